use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chirrup_domain::Clock;
use chirrup_domain::clock::SystemClock;

use super::{BackupError, DATABASE, SECRET, UPLOADS, sync};
use crate::data_dir;

/// What the folders are called that hold what was there before.
const ASIDE: &str = "before-restore-";
/// What carries the database's lock, and stays where it is.
const LOCK: &str = "chirrup.db.lock";
/// What a fresh volume has in it.
const LOST: &str = "lost+found";
/// The database and what lies beside it, as their names begin.
const DATABASE_PREFIX: &str = "chirrup.db";

/// What is in a data directory, but for what is not of the data: what restoring needs there and has left there before.
pub(super) fn entries(data_dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(data_dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_none =
            [LOCK, LOST, super::restore::WORKSHOP, data_dir::HALF_RESTORED].iter().any(|own| name == *own);
        if !is_none && !name.to_string_lossy().starts_with(ASIDE) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Puts what was unpacked in the place of what is there, which goes into a folder of the data directory: that is answered,
/// if there was anything. Until the end a mark keeps everybody from the data directory, the databases are moved last, and
/// what can't be done is undone.
///
/// # Errors
/// [`BackupError::Io`]: everything is as it was. [`BackupError::NotUndone`].
pub(super) fn install(workshop: &Path, data_dir: &Path) -> Result<Option<PathBuf>, BackupError> {
    let unusable = BackupError::io(data_dir);
    let before = entries(data_dir).map_err(&unusable)?;
    let mark = data_dir.join(data_dir::HALF_RESTORED);
    let was_marked = mark.exists();
    File::create(&mark).and_then(|mark| mark.sync_all()).and_then(|()| sync(data_dir)).map_err(&unusable)?;

    let mut moves = Moves::default();
    let installed = exchange(&mut moves, before, workshop, data_dir);
    match &installed {
        Ok(_) => {}
        Err(_) => moves
            .undo()
            .and_then(|()| sync(data_dir))
            .map_err(|source| BackupError::NotUndone { path: data_dir.to_owned(), source })?,
    }
    // What an earlier try left half done is no better now.
    if installed.is_ok() || !was_marked {
        fs::remove_file(&mark).and_then(|()| sync(data_dir)).map_err(&unusable)?;
    }
    installed
}

fn exchange(
    moves: &mut Moves,
    before: Vec<PathBuf>,
    workshop: &Path,
    data_dir: &Path,
) -> Result<Option<PathBuf>, BackupError> {
    let unusable = BackupError::io(data_dir);
    let aside = match before.is_empty() {
        true => None,
        false => Some(moves.make_folder(data_dir).map_err(&unusable)?),
    };
    let (databases, others): (Vec<_>, Vec<_>) =
        before.into_iter().partition(|path| name(path).starts_with(DATABASE_PREFIX));
    let out = |path: &PathBuf| Some((path.clone(), aside.as_ref()?.join(path.file_name()?)));
    let into = |name: &str| (workshop.join(name), data_dir.join(name));

    let mut steps: Vec<_> = others.iter().filter_map(out).collect();
    steps.push(into(UPLOADS));
    // It may have been set elsewhere.
    if workshop.join(SECRET).exists() {
        steps.push(into(SECRET));
    }
    steps.extend(databases.iter().filter_map(out));
    steps.push(into(DATABASE));
    for (from, to) in steps {
        moves.rename(&from, &to).map_err(BackupError::io(&from))?;
    }
    if let Some(aside) = &aside {
        sync(aside).map_err(&unusable)?;
    }
    sync(data_dir).map_err(&unusable)?;
    Ok(aside)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What was done so far, to be undone.
#[derive(Default)]
struct Moves {
    folder: Option<PathBuf>,
    renamed: Vec<(PathBuf, PathBuf)>,
}

impl Moves {
    /// A new folder for what is there.
    fn make_folder(&mut self, data_dir: &Path) -> io::Result<PathBuf> {
        let mut number = SystemClock.now().as_millis() / 1000;
        loop {
            let folder = data_dir.join(format!("{ASIDE}{number}"));
            match DirBuilder::new().mode(0o700).create(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                made => {
                    made?;
                    self.folder = Some(folder.clone());
                    return Ok(folder);
                }
            }
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        self.renamed.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn undo(&mut self) -> io::Result<()> {
        while let Some((from, to)) = self.renamed.pop() {
            fs::rename(&to, &from)?;
        }
        self.folder.take().map_or(Ok(()), fs::remove_dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap()
    }

    /// A data directory with something in it, and in it what would be put in its place.
    fn prepared() -> (tempfile::TempDir, PathBuf) {
        let data = tempfile::tempdir().unwrap();
        let workshop = data.path().join(super::super::restore::WORKSHOP);
        for folder in [data.path(), &workshop] {
            let said = if folder == workshop { "new" } else { "old" };
            fs::create_dir_all(folder.join(UPLOADS)).unwrap();
            for name in ["uploads/a.txt", DATABASE, SECRET] {
                fs::write(folder.join(name), said).unwrap();
            }
        }
        for kept in ["lost+found", "before-restore-1"] {
            fs::create_dir(data.path().join(kept)).unwrap();
        }
        fs::write(data.path().join("chirrup.db-wal"), "old").unwrap();
        (data, workshop)
    }

    #[test]
    fn what_was_there_goes_aside_but_what_went_before() {
        let (data, workshop) = prepared();
        let aside = install(&workshop, data.path()).unwrap().unwrap();
        for name in ["uploads/a.txt", DATABASE, SECRET] {
            assert_eq!((text(data.path(), name), text(&aside, name)), ("new".to_owned(), "old".to_owned()));
        }
        assert_eq!(text(&aside, "chirrup.db-wal"), "old");
        assert!(!data.path().join("chirrup.db-wal").exists() && !data_dir::is_half_restored(data.path()));
        assert!(data.path().join("before-restore-1").exists() && !aside.join("before-restore-1").exists());
        assert!(data.path().join("lost+found").exists());
    }

    #[test]
    fn a_failure_at_any_step_leaves_everything_as_it_was() {
        for missing in [UPLOADS, DATABASE] {
            let (data, workshop) = prepared();
            match missing {
                UPLOADS => fs::remove_dir_all(workshop.join(missing)).unwrap(),
                _ => fs::remove_file(workshop.join(missing)).unwrap(),
            }
            let before = entries(data.path()).unwrap().len();
            assert!(matches!(install(&workshop, data.path()), Err(BackupError::Io { .. })));
            for name in ["uploads/a.txt", DATABASE, "chirrup.db-wal", SECRET] {
                assert_eq!(text(data.path(), name), "old", "{missing}");
            }
            assert_eq!(entries(data.path()).unwrap().len(), before);
            assert!(!data_dir::is_half_restored(data.path()));
            let asides = fs::read_dir(data.path()).unwrap();
            let asides = asides.filter(|entry| name(&entry.as_ref().unwrap().path()).starts_with(ASIDE));
            assert_eq!(asides.count(), 1);
        }
    }
}
