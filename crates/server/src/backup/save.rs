use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use chirrup_store_sqlite::backup as database;
use tar::{Builder, EntryType, Header};

use super::{BackupError, DATABASE, END, Existing, FORMAT, LABEL, SECRET, UPLOADS};
use crate::data_dir;

/// What was saved.
pub(crate) struct Saved {
    /// How many uploads.
    pub(crate) uploads: u64,
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
    if !source.exists() {
        return Err(BackupError::NoDatabase(data_dir.to_owned()));
    }
    if existing == Existing::Kept && file.exists() {
        return Err(BackupError::FileExists(file.to_owned()));
    }
    let unwritten = BackupError::io(file);
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    // For the owner only, and gone when dropped.
    let workshop =
        tempfile::Builder::new().prefix(".chirrup-backup-").tempdir_in(folder).map_err(&unwritten)?;
    let copied = workshop.path().join(DATABASE);
    database::copy(&source, &copied)?;

    let archive = tempfile::NamedTempFile::new_in(workshop.path()).map_err(&unwritten)?;
    let mut builder = Builder::new(io::BufWriter::new(archive));
    add_text(&mut builder, LABEL, FORMAT).map_err(&unwritten)?;
    add_file(&mut builder, DATABASE, &copied).map_err(&unwritten)?;
    let has_secret = add_file(&mut builder, SECRET, &data_dir.join(SECRET)).map_err(&unwritten)?;
    let mut uploads = 0;
    database::for_each_upload(&copied, |name| {
        let path = data_dir.join(UPLOADS).join(name.as_str());
        let added = add_file(&mut builder, &format!("{UPLOADS}/{name}"), &path);
        uploads += u64::from(added.map_err(BackupError::io(&path))?);
        Ok::<_, BackupError>(())
    })?;
    add_text(&mut builder, END, &uploads.to_string()).map_err(&unwritten)?;

    let written = builder.into_inner().and_then(|buffered| Ok(buffered.into_inner()?));
    let archive = written.map_err(&unwritten)?;
    archive.as_file().sync_all().map_err(&unwritten)?;
    let kept = match existing {
        Existing::Kept => archive.persist_noclobber(file),
        Existing::Replaced => archive.persist(file),
    };
    kept.map_err(|refused| unwritten(refused.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(&unwritten)?;
    Ok(Saved { uploads, has_secret })
}

/// Adds a file; answers whether there is one.
fn add_file(builder: &mut Builder<impl io::Write>, name: &str, path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let size = fs::File::metadata(&file)?.len();
    add(builder, name, size, file)?;
    Ok(true)
}

fn add_text(builder: &mut Builder<impl io::Write>, name: &str, text: &str) -> io::Result<()> {
    add(builder, name, text.len() as u64, text.as_bytes())
}

fn add(builder: &mut Builder<impl io::Write>, name: &str, size: u64, content: impl Read) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(size);
    let mut content = content.take(size);
    builder.append_data(&mut header, name, &mut content)?;
    // What is shorter than its header says would shift everything behind it.
    match content.limit() {
        0 => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
