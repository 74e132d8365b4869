use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chirrup_domain::upload::UploadName;
use chirrup_domain::{Error, Result};
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// The folder, within the data directory.
const UPLOADS: &str = "uploads";
/// How files end that are still coming; no upload's name does.
const UNFINISHED: &str = ".part";

/// Where uploads lie: each under its name, whole and on disk, or not at all.
pub struct Folder {
    path: PathBuf,
}

/// A file that is still coming. Dropped before it is [kept](Self::keep), it leaves nothing.
pub struct Incoming {
    file: File,
    path: TempPath,
}

impl Folder {
    /// The folder within this data directory, made if there is none, without what an earlier process left unfinished.
    ///
    /// # Errors
    /// When it can't be made or read.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(UPLOADS);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(UNFINISHED) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { path })
    }

    /// A new file, empty.
    ///
    /// # Errors
    /// [`Unavailable`](Error::Unavailable), as for everything that a disk refuses.
    pub async fn create(&self) -> Result<Incoming> {
        let folder = self.path.clone();
        let made = blocking(move || tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(folder)).await?;
        let (file, path) = made.into_parts();
        Ok(Incoming { file: File::from_std(file), path })
    }

    /// A file, to be read.
    ///
    /// # Errors
    /// [`Unavailable`](Error::Unavailable).
    pub async fn read(&self, name: &UploadName) -> Result<Option<File>> {
        match File::open(self.path.join(name.as_str())).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::unavailable(error)),
        }
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// [`Unavailable`](Error::Unavailable).
    pub async fn remove(&self, name: &UploadName) -> Result<()> {
        match tokio::fs::remove_file(self.path.join(name.as_str())).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::unavailable(error)),
            _ => Ok(()),
        }
    }

    /// Keeps a file under this name, for good: its folder knows it even after a power cut.
    ///
    /// # Errors
    /// [`Unavailable`](Error::Unavailable); nothing is left of the file then.
    pub async fn keep(&self, incoming: Incoming, name: &UploadName) -> Result<()> {
        let (folder, target) = (self.path.clone(), self.path.join(name.as_str()));
        blocking(move || {
            incoming.path.persist(&target).map_err(|refused| refused.error)?;
            fs::File::open(folder)?.sync_all().inspect_err(|_| {
                // Whether it would survive is unknown, and its sender is told that it was not stored.
                let _ = fs::remove_file(&target);
            })
        })
        .await
    }
}

impl Incoming {
    /// Adds to the file.
    ///
    /// # Errors
    /// [`Unavailable`](Error::Unavailable).
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).await.map_err(Error::unavailable)
    }

    /// Waits until everything written is on disk.
    ///
    /// # Errors
    /// [`Unavailable`](Error::Unavailable).
    pub async fn sync(&mut self) -> Result<()> {
        self.file.flush().await.map_err(Error::unavailable)?;
        self.file.sync_all().await.map_err(Error::unavailable)
    }

    /// Where it lies for the moment.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?.map_err(Error::unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Folder) -> Vec<String> {
        let entries = fs::read_dir(&folder.path).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_file_is_there_once_it_is_kept_and_not_before() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::open(data.path()).unwrap();
        let name = UploadName::new(7, "txt");
        let mut incoming = folder.create().await.unwrap();
        incoming.write(b"hello").await.unwrap();
        incoming.sync().await.unwrap();
        assert!(folder.read(&name).await.unwrap().is_none());
        folder.keep(incoming, &name).await.unwrap();
        assert_eq!(names(&folder), [name.as_str()]);
        assert_eq!(folder.read(&name).await.unwrap().unwrap().metadata().await.unwrap().len(), 5);
        folder.remove(&name).await.unwrap();
        folder.remove(&name).await.unwrap();
        assert!(names(&folder).is_empty());
    }

    #[tokio::test]
    async fn what_was_not_finished_is_gone() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::open(data.path()).unwrap();
        let mut incoming = folder.create().await.unwrap();
        incoming.write(b"half").await.unwrap();
        drop(incoming);
        assert!(names(&folder).is_empty());
    }

    #[tokio::test]
    async fn what_a_killed_process_left_goes_at_the_next_start() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::open(data.path()).unwrap();
        let incoming = folder.create().await.unwrap();
        std::mem::forget(incoming);
        let whole = UploadName::new(7, "txt");
        fs::write(folder.path.join(whole.as_str()), "whole").unwrap();
        assert_eq!(names(&folder).len(), 2);
        assert_eq!(names(&Folder::open(data.path()).unwrap()), [whole.as_str()]);
    }
}
