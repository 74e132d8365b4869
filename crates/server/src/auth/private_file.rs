//! Small secrets kept in the data directory, for their owner's eyes only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What the file says, without the white space around it.
///
/// # Errors
/// When it can't be read, or is empty.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    match text.trim() {
        "" => Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is empty", path.display()))),
        text => Ok(text.to_owned()),
    }
}

/// What the file says, which is made of this many random bytes if there is none yet.
///
/// # Errors
/// When it can be neither read nor made, or is empty.
pub(super) fn read_or_create(dir: &Path, name: &str, bytes: usize) -> io::Result<String> {
    let path = dir.join(name);
    match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(dir, name, bytes),
        found => found,
    }
}

fn create(dir: &Path, name: &str, bytes: usize) -> io::Result<String> {
    let path = dir.join(name);
    let text = random_hex(bytes)?;
    // Written under another name first: a crash leaves either no file or a whole one, and of two servers that start
    // at once the second one's link fails, and it takes the first one's secret.
    let draft = dir.join(format!("{name}.{}", std::process::id()));
    let linked = write_private(&draft, &text).and_then(|()| fs::hard_link(&draft, &path));
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => File::open(dir)?.sync_all()?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    read(&path)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Random bytes as hex digits.
///
/// # Errors
/// When the operating system gives none.
pub(crate) fn random_hex(bytes: usize) -> io::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
