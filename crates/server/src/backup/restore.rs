use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chirrup_domain::Clock;
use chirrup_domain::clock::SystemClock;
use chirrup_store_sqlite::{ProcessLock, backup as database};
use tar::{Archive, EntryType};

use super::{BackupError, DATABASE, Entry, Existing, FORMAT, SECRET, UPLOADS};
use crate::data_dir;

/// Where the archive is unpacked, within the data directory; what a crash left there is removed by the next try.
const WORKSHOP: &str = "restoring";
/// What carries the lock, and stays where it is.
const LOCK: &str = "chirrup.db.lock";
/// Most bytes of an entry that is read as text.
const MAX_TEXT: u64 = 32;

/// What was restored.
pub(crate) struct Restored {
    /// How many uploads.
    pub(crate) uploads: u64,
    /// Where that is now which was there before.
    pub(crate) aside: Option<PathBuf>,
}

/// Makes a data directory of a backup. It is unpacked beside what is there, checked, and put in place by renaming, the
/// database last: what a crash leaves half done has none.
///
/// # Errors
/// See [`BackupError`].
pub(crate) fn restore(file: &Path, data_dir: &Path, existing: Existing) -> Result<Restored, BackupError> {
    let unusable = BackupError::io(data_dir);
    let archive = File::open(file).map_err(BackupError::io(file))?;
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(&unusable)?;
    let occupied = !entries(data_dir).map_err(&unusable)?.is_empty();
    if occupied && existing == Existing::Kept {
        return Err(BackupError::NotEmpty(data_dir.to_owned()));
    }
    // Whoever runs on it has this lock, and who would start now does not get it.
    let _lock = ProcessLock::take(&data_dir::database(data_dir))?;

    let workshop = Workshop::make(data_dir).map_err(&unusable)?;
    let uploads = unpack(file, archive, &workshop.0)?;
    database::adopt(&workshop.0.join(DATABASE)).map_err(|why| match why.is_outage() {
        true => BackupError::Database(why),
        false => BackupError::NoBackup { path: file.to_owned(), why: crate::log::chain(&why) },
    })?;
    sync(&workshop.0.join(DATABASE)).and_then(|()| sync(&workshop.0)).map_err(&unusable)?;

    let aside = if occupied { Some(move_aside(data_dir).map_err(&unusable)?) } else { None };
    put_in_place(&workshop.0, data_dir).map_err(&unusable)?;
    Ok(Restored { uploads, aside })
}

/// A folder of our own, gone when dropped.
struct Workshop(PathBuf);

impl Workshop {
    fn make(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(WORKSHOP);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&path)?;
        let workshop = Self(path);
        DirBuilder::new().mode(0o700).create(workshop.0.join(UPLOADS))?;
        Ok(workshop)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // The next try removes it otherwise.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What is in a data directory, but for what restoring itself needs there.
fn entries(data_dir: &Path) -> io::Result<Vec<PathBuf>> {
    let own = [WORKSHOP, LOCK].map(|name| data_dir.join(name));
    let paths = fs::read_dir(data_dir)?.map(|entry| Ok(entry?.path()));
    Ok(paths.collect::<io::Result<Vec<_>>>()?.into_iter().filter(|path| !own.contains(path)).collect())
}

/// Unpacks an archive; answers how many uploads it has. Of it nothing counts but files with the names that a backup has,
/// so that none can lie anywhere else.
fn unpack(file: &Path, archive: File, folder: &Path) -> Result<u64, BackupError> {
    let bad = |why: String| BackupError::NoBackup { path: file.to_owned(), why };
    let unread = |error: io::Error| bad(error.to_string());
    let mut archive = Archive::new(BufReader::new(archive));
    let (mut uploads, mut ended, mut labelled) = (0, false, false);
    for entry in archive.entries().map_err(unread)? {
        let mut entry = entry.map_err(unread)?;
        let path = entry.path_bytes().into_owned();
        let shown = String::from_utf8_lossy(&path).escape_debug().to_string();
        let known = match entry.header().entry_type() {
            EntryType::Regular if !ended => Entry::parse(&path),
            _ => None,
        };
        let target = match known {
            Some(Entry::Label) if !labelled && text(&mut entry).map_err(unread)? == FORMAT => {
                labelled = true;
                continue;
            }
            Some(Entry::End) if text(&mut entry).map_err(unread)? == uploads.to_string() => {
                ended = true;
                continue;
            }
            Some(Entry::Database) if labelled => folder.join(DATABASE),
            Some(Entry::Secret) if labelled => folder.join(SECRET),
            Some(Entry::Upload(name)) if labelled => {
                uploads += 1;
                folder.join(UPLOADS).join(name.as_str())
            }
            _ => return Err(bad(format!("\"{shown}\" does not belong there"))),
        };
        let failed = BackupError::io(&target);
        let mut written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&target)
            .map_err(|_| bad(format!("\"{shown}\" can't be unpacked, or is there twice")))?;
        let size = entry.header().size().map_err(unread)?;
        let copied = io::copy(&mut entry, &mut written).and_then(|copied| Ok((copied, written.sync_all()?)));
        match copied.map_err(&failed)? {
            (copied, ()) if copied == size => {}
            _ => return Err(bad("it is cut short".to_owned())),
        }
    }
    if !folder.join(DATABASE).exists() {
        return Err(bad("it has no database".to_owned()));
    }
    match ended {
        true => sync(&folder.join(UPLOADS)).map(|()| uploads).map_err(BackupError::io(folder)),
        false => Err(bad("it is cut short".to_owned())),
    }
}

fn text(entry: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    entry.take(MAX_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// Moves what is in a data directory into a folder of it, the database first: without it the rest is none.
fn move_aside(data_dir: &Path) -> io::Result<PathBuf> {
    let seconds = SystemClock.now().as_millis() / 1000;
    let before = entries(data_dir)?;
    let aside = data_dir.join(format!("before-restore-{seconds}"));
    DirBuilder::new().mode(0o700).create(&aside)?;
    let (databases, others): (Vec<_>, Vec<_>) = before.into_iter().partition(|path| path.ends_with(DATABASE));
    for path in databases.iter().chain(&others) {
        if let Some(name) = path.file_name() {
            fs::rename(path, aside.join(name))?;
        }
    }
    sync(&aside)?;
    sync(data_dir)?;
    Ok(aside)
}

fn put_in_place(workshop: &Path, data_dir: &Path) -> io::Result<()> {
    for name in [UPLOADS, SECRET] {
        match fs::rename(workshop.join(name), data_dir.join(name)) {
            // The secret may have been set elsewhere.
            Err(error) if name == SECRET && error.kind() == io::ErrorKind::NotFound => {}
            renamed => renamed?,
        }
    }
    sync(data_dir)?;
    fs::rename(workshop.join(DATABASE), data_dir.join(DATABASE))?;
    sync(data_dir)
}

/// Waits until a file, or what a folder has in it, is on disk.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
