use std::path::{Path, PathBuf};
use std::{fs, hint, io};

use chirrup_domain::account::SetupCode;

use super::private_file;

const FILE: &str = "setup-code";
const BYTES: usize = 16;

/// The code of a server without an admin, kept in the data directory until it is used.
pub struct SetupFile {
    path: PathBuf,
    code: String,
}

impl SetupFile {
    /// The code kept in the data directory; made there, for its owner's eyes only, if there is none yet.
    ///
    /// # Errors
    /// When it can be neither read nor made, or is empty.
    pub fn load_or_create(data_dir: &Path) -> io::Result<Self> {
        let code = private_file::read_or_create(data_dir, FILE, BYTES)?;
        Ok(Self { path: data_dir.join(FILE), code })
    }

    /// Removes what was left of a code that has been used.
    pub fn remove(data_dir: &Path) {
        remove(&data_dir.join(FILE));
    }

    /// The code, for the link that is printed.
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl SetupCode for SetupFile {
    fn matches(&self, given: &str) -> bool {
        // The length is no secret: all codes have the same.
        let pairs = self.code.bytes().zip(given.bytes());
        let difference = pairs.fold(0, |sum, (a, b)| hint::black_box(sum | (a ^ b)));
        difference == 0 && self.code.len() == given.len()
    }

    fn forget(&self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "a used setup code could not be removed");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_code_is_kept_until_it_is_used() {
        let dir = tempfile::tempdir().unwrap();
        let made = SetupFile::load_or_create(dir.path()).unwrap();
        let path = dir.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = SetupFile::load_or_create(dir.path()).unwrap();
        assert_eq!(made.code(), again.code());
        again.forget();
        assert!(!path.exists());
        assert_ne!(SetupFile::load_or_create(dir.path()).unwrap().code(), made.code());
    }

    #[test]
    fn only_the_whole_code_is_the_code() {
        let dir = tempfile::tempdir().unwrap();
        let setup = SetupFile::load_or_create(dir.path()).unwrap();
        assert!(setup.matches(setup.code()));
        for wrong in ["", &setup.code()[1..], &setup.code()[..31], &format!("{}0", setup.code())] {
            assert!(!setup.matches(wrong), "{wrong}");
        }
    }
}
