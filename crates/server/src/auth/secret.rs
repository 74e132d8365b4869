use std::io;
use std::path::Path;

use super::private_file;
use crate::config::Secret;

const FILE: &str = "jwt-secret";
const BYTES: usize = 32;

/// The secret kept in the data directory; made there, for its owner's eyes only, if there is none yet.
///
/// # Errors
/// When it can be neither read nor made, or is empty.
pub fn load_or_create(data_dir: &Path) -> io::Result<Secret> {
    private_file::read_or_create(data_dir, FILE, BYTES).map(Secret::new)
}

/// The secret kept in the data directory, if there is one.
///
/// # Errors
/// When it can't be read, or is empty.
pub fn find(data_dir: &Path) -> io::Result<Option<Secret>> {
    match private_file::read(&data_dir.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(|text| Some(Secret::new(text))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(find(dir.path()).unwrap(), None);
        let made = load_or_create(dir.path()).unwrap();
        assert_eq!(find(dir.path()).unwrap().as_ref(), Some(&made));
        assert_eq!(made.reveal().len(), 2 * BYTES);
        assert_eq!(load_or_create(dir.path()).unwrap(), made);
        let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_empty_secret_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "\n").unwrap();
        assert!(load_or_create(dir.path()).is_err() && find(dir.path()).is_err());
    }
}
