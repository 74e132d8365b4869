use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tar::{Archive, EntryType};

use super::digest::Tally;
use super::{BackupError, DATABASE, Entry, FORMAT, SECRET, UPLOADS, sync};

/// Most bytes of an entry that is read as text.
const MAX_TEXT: u64 = 128;
/// Most characters of a name that are shown.
const MAX_SHOWN: usize = 60;

/// Unpacks the archive `file` into a folder, in which one for the uploads is; answers how many these are. Of an archive
/// nothing counts but files with the names that a backup has, so that none can lie anywhere else.
///
/// # Errors
/// [`BackupError::NoBackup`], [`BackupError::Io`].
pub(super) fn unpack(file: &Path, folder: &Path) -> Result<u64, BackupError> {
    let unread = |error: io::Error| NotWhole(error.to_string()).into();
    let refused = |problem| match problem {
        Problem::Archive(NotWhole(why)) => BackupError::NoBackup { path: file.to_owned(), why },
        Problem::Disk(error) => error,
    };
    let mut archive = Archive::new(BufReader::new(File::open(file).map_err(BackupError::io(file))?));
    let mut unpacking =
        Unpacking { folder, tally: Tally::new(), uploads: 0, labelled: false, database: false };
    // Raw, since a name may be of any length otherwise.
    let entries = archive.entries().map_err(unread).map_err(refused)?;
    for entry in entries.raw(true) {
        let taken = entry.map_err(unread).and_then(|entry| unpacking.take(entry));
        if let Some(text) = taken.map_err(refused)? {
            return unpacking.end(&text).map_err(refused);
        }
    }
    Err(refused(Problem::Archive(NotWhole::cut_short())))
}

/// What is wrong with an archive.
struct NotWhole(String);

impl NotWhole {
    fn cut_short() -> Self {
        Self("it is cut short".to_owned())
    }
}

/// Why it is not unpacked.
enum Problem {
    Archive(NotWhole),
    Disk(BackupError),
}

impl From<NotWhole> for Problem {
    fn from(why: NotWhole) -> Self {
        Self::Archive(why)
    }
}

struct Unpacking<'a> {
    folder: &'a Path,
    tally: Tally,
    uploads: u64,
    labelled: bool,
    database: bool,
}

impl Unpacking<'_> {
    /// Takes an entry; answers what it says if it is the one at the end.
    fn take(&mut self, mut entry: tar::Entry<'_, impl Read>) -> Result<Option<String>, Problem> {
        let unread = |error: io::Error| NotWhole(error.to_string());
        let path = entry.path_bytes().into_owned();
        let size = entry.header().size().map_err(unread)?;
        let known = match entry.header().entry_type() {
            EntryType::Regular => Entry::parse(&path),
            _ => None,
        };
        let target = match known {
            Some(Entry::Label) if !self.labelled => {
                let said = text(self.tally.entry(&path, size, &mut entry)).map_err(unread)?;
                self.labelled = said == FORMAT;
                return match self.labelled {
                    true => Ok(None),
                    false => Err(NotWhole("it is of another version".to_owned()).into()),
                };
            }
            Some(Entry::End) if self.labelled => return Ok(Some(text(&mut entry).map_err(unread)?)),
            Some(known) if self.labelled => self.target(&known),
            _ => None,
        };
        let target = target.ok_or_else(|| NotWhole(format!("\"{}\" does not belong there", shown(&path))))?;
        let content = self.tally.entry(&path, size, &mut entry);
        write(&target, size, content).map_err(|problem| match problem {
            Problem::Disk(BackupError::Io { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                NotWhole(format!("\"{}\" is there twice", shown(&path))).into()
            }
            problem => problem,
        })?;
        Ok(None)
    }

    /// Where the content of an entry goes, if it is a file's.
    fn target(&mut self, known: &Entry) -> Option<PathBuf> {
        match known {
            Entry::Database => {
                self.database = true;
                Some(self.folder.join(DATABASE))
            }
            Entry::Secret => Some(self.folder.join(SECRET)),
            Entry::Upload(name) => {
                self.uploads += 1;
                Some(self.folder.join(UPLOADS).join(name.as_str()))
            }
            Entry::Label | Entry::End => None,
        }
    }

    /// Checks that everything was there that the end says there is, as it was.
    fn end(self, said: &str) -> Result<u64, Problem> {
        let (folder, uploads) = (self.folder, self.uploads);
        if !self.database {
            return Err(NotWhole("it has no database".to_owned()).into());
        }
        if self.tally.end(uploads) != said {
            return Err(NotWhole("it is damaged: not everything is as it was saved".to_owned()).into());
        }
        sync(&folder.join(UPLOADS)).map_err(|error| Problem::Disk(BackupError::io(folder)(error)))?;
        Ok(uploads)
    }
}

/// Writes a new file, of this size, and waits until it is on disk.
fn write(target: &Path, size: u64, mut content: impl Read) -> Result<(), Problem> {
    let failed = |error| Problem::Disk(BackupError::io(target)(error));
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(target).map_err(failed)?;
    let copied = io::copy(&mut content, &mut file).and_then(|copied| Ok((copied, file.sync_all()?)));
    match copied.map_err(failed)? {
        (copied, ()) if copied == size => Ok(()),
        _ => Err(NotWhole::cut_short().into()),
    }
}

fn text(content: impl Read) -> io::Result<String> {
    let mut text = String::new();
    content.take(MAX_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// A name out of an archive as it can be printed.
fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    text.escape_debug().take(MAX_SHOWN).collect()
}
