use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

use chirrup_store_sqlite::backup as database;
use tar::{Builder, EntryType, Header};
use tempfile::NamedTempFile;

use super::digest::Tally;
use super::workshop::Workshop;
use super::{BackupError, DATABASE, END, Existing, FORMAT, LABEL, SECRET, UPLOADS, sync};
use crate::data_dir;

/// What was saved.
pub(crate) struct Saved {
    /// How many uploads, thumbnails included.
    pub(crate) uploads: u64,
    /// How many more the database has records of.
    pub(crate) missing: u64,
    /// Whether the secret that signs the tokens is in it.
    pub(crate) has_secret: bool,
}

/// Saves a data directory in a file, for its owner only, whole or not at all. A server may be using it: the database is
/// taken first and as it is at one moment, so that every file it knows is there, but those that went meanwhile as unused.
///
/// # Errors
/// See [`BackupError`].
pub(crate) fn save(data_dir: &Path, file: &Path, existing: Existing) -> Result<Saved, BackupError> {
    let source = data_dir::database(data_dir);
    if data_dir::is_half_restored(data_dir) {
        return Err(BackupError::HalfRestored(data_dir.to_owned()));
    }
    if !source.exists() {
        return Err(BackupError::NoDatabase(data_dir.to_owned()));
    }
    if existing == Existing::Kept && file.exists() {
        return Err(BackupError::FileExists(file.to_owned()));
    }
    let unwritten = BackupError::io(file);
    let folder = folder_for(file, data_dir)?;
    let workshop = Workshop::make(&folder).map_err(&unwritten)?;
    let copied = workshop.path().join(DATABASE);
    database::copy(&source, &copied)?;

    let archive = NamedTempFile::new_in(workshop.path()).map_err(&unwritten)?;
    let mut writer = ArchiveWriter::begin(archive).map_err(&unwritten)?;
    writer.add_file(DATABASE, &copied).map_err(&unwritten)?;
    let has_secret = writer.add_file(SECRET, &data_dir.join(SECRET)).map_err(&unwritten)?;
    let (mut uploads, mut missing) = (0, 0);
    database::for_each_upload(&copied, |name| {
        let path = data_dir.join(UPLOADS).join(name.as_str());
        match writer.add_file(&format!("{UPLOADS}/{name}"), &path).map_err(BackupError::io(&path))? {
            true => uploads += 1,
            false => missing += 1,
        }
        Ok::<_, BackupError>(())
    })?;
    let archive = writer.end(uploads).map_err(&unwritten)?;
    let kept = match existing {
        Existing::Kept => archive.persist_noclobber(file),
        Existing::Replaced => archive.persist(file),
    };
    kept.map_err(|refused| match refused.error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::FileExists(file.to_owned()),
        _ => unwritten(refused.error),
    })?;
    sync(&folder).map_err(&unwritten)?;
    Ok(Saved { uploads, missing, has_secret })
}

/// The folder of the archive, which is not in the data directory: there it could replace what it is a backup of.
fn folder_for(file: &Path, data_dir: &Path) -> Result<PathBuf, BackupError> {
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().map_err(BackupError::io(file))?;
    let data_dir = data_dir.canonicalize().map_err(BackupError::io(data_dir))?;
    match folder.starts_with(&data_dir) {
        true => Err(BackupError::InDataDir(file.to_owned())),
        false => Ok(folder),
    }
}

/// Writes an archive, entry by entry.
struct ArchiveWriter {
    builder: Builder<BufWriter<NamedTempFile>>,
    tally: Tally,
}

impl ArchiveWriter {
    fn begin(archive: NamedTempFile) -> io::Result<Self> {
        let mut writer = Self { builder: Builder::new(BufWriter::new(archive)), tally: Tally::new() };
        writer.add(LABEL, FORMAT.len() as u64, FORMAT.as_bytes())?;
        Ok(writer)
    }

    /// Adds a file; answers whether there is one.
    fn add_file(&mut self, name: &str, path: &Path) -> io::Result<bool> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            opened => opened?,
        };
        self.add(name, file.metadata()?.len(), file)?;
        Ok(true)
    }

    fn add(&mut self, name: &str, size: u64, content: impl Read) -> io::Result<()> {
        let mut content = content.take(size);
        append(&mut self.builder, name, size, self.tally.entry(name.as_bytes(), size, &mut content))?;
        // What is shorter than its header says would shift everything behind it.
        match content.limit() {
            0 => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Ends the archive and waits until it is on disk.
    fn end(self, uploads: u64) -> io::Result<NamedTempFile> {
        let Self { mut builder, tally } = self;
        let end = tally.end(uploads);
        append(&mut builder, END, end.len() as u64, end.as_bytes())?;
        let archive = builder.into_inner()?.into_inner()?;
        archive.as_file().sync_all()?;
        Ok(archive)
    }
}

fn append(
    builder: &mut Builder<impl io::Write>,
    name: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(size);
    builder.append_data(&mut header, name, content)
}
