//! Copies of a whole database.

use std::path::Path;

use chirrup_domain::upload::UploadName;
use rusqlite::{Connection, ErrorCode, ffi};

use crate::OpenError;
use crate::columns::Columns;
use crate::connection::{create, open_existing, open_reader};
use crate::schema::{LATEST, version};

/// Copies the database at `path`, as it is at one moment, to a new file for its owner only. It may be in use: nobody waits
/// for it.
///
/// # Errors
/// When there is none, or it can't be read, or the copy can't be written; the path is that of the one it lies with.
pub fn copy(path: &Path, target: &Path) -> Result<(), OpenError> {
    let sqlite = |source| {
        let path = if is_of_target(&source) { target } else { path };
        OpenError::Sqlite { path: path.to_owned(), source }
    };
    let connection = open_reader(path).map_err(sqlite)?;
    check_version(&connection, path)?;
    // SQLite takes a file that is empty, and would make one for everybody to read.
    create(target).map_err(|source| OpenError::Io { path: target.to_owned(), source })?;
    // Not SQLite's backup by steps, which begins anew whenever somebody else writes.
    connection.execute("VACUUM INTO ?1", [target.to_string_lossy()]).map(drop).map_err(sqlite)
}

/// Whether copying came to its end where it writes, which it does nowhere but at the target.
fn is_of_target(error: &rusqlite::Error) -> bool {
    let writing = [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_TRUNCATE];
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || error.sqlite_error().is_some_and(|error| writing.contains(&error.extended_code))
}

/// Writes what the log beside the database at `path` holds into the database itself, so that it is whole without the log.
///
/// # Errors
/// [`OpenError::InUse`] where somebody still reads it, so that the log is needed; when it can't be read or written.
pub fn settle(path: &Path) -> Result<(), OpenError> {
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let connection = open_existing(path).map_err(sqlite)?;
    let is_needed: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(sqlite)?;
    match is_needed {
        true => Err(OpenError::InUse(path.to_owned())),
        false => Ok(()),
    }
}

/// Calls `each` with every file that the database at `path`, which nobody uses, has a record of: uploads and their
/// thumbnails.
///
/// # Errors
/// When it can't be read, and those of `each`.
pub fn for_each_upload<E: From<OpenError>>(
    path: &Path,
    mut each: impl FnMut(UploadName) -> Result<(), E>,
) -> Result<(), E> {
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let connection = open_reader(path).map_err(sqlite)?;
    let mut select = connection
        .prepare("SELECT name, thumbnail FROM uploads WHERE looked_at IS NOT NULL")
        .map_err(sqlite)?;
    let mut rows = select.query([]).map_err(sqlite)?;
    while let Some(row) = rows.next().map_err(sqlite)? {
        for column in 0..2 {
            if let Some(name) = row.upload_name(column).map_err(sqlite)? {
                each(name)?;
            }
        }
    }
    Ok(())
}

/// Checks the copy at `path` from end to end, and makes it a database of its own: with another epoch, so that what clients
/// know of the one it was copied from is recognised as that.
///
/// # Errors
/// When it is no whole database of this program's or of an earlier version.
pub fn adopt(path: &Path) -> Result<(), OpenError> {
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let connection = open_existing(path).map_err(sqlite)?;
    check_version(&connection, path)?;
    let found: String =
        connection.pragma_query_value(None, "integrity_check", |row| row.get(0)).map_err(sqlite)?;
    if found != "ok" {
        return Err(OpenError::Damaged { path: path.to_owned(), found });
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(sqlite)?;
    let changed = connection.execute("UPDATE meta SET epoch = random() & 0x7fffffffffffffff", []);
    match changed.map_err(sqlite)? {
        1 => Ok(()),
        _ => Err(OpenError::Foreign(path.to_owned())),
    }
}

fn check_version(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    match version(connection).map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })? {
        0 => Err(OpenError::Foreign(path.to_owned())),
        found if found > LATEST => Err(OpenError::Newer { path: path.to_owned(), found, known: LATEST }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use chirrup_domain::Store;
    use chirrup_domain::feed::NoFeed;
    use chirrup_domain::presence::Nobody;

    use super::*;
    use crate::SqliteStore;

    #[tokio::test]
    async fn a_copy_that_was_adopted_is_another_database() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("chirrup.db"), folder.path().join("copy.db"));
        let open = |path| SqliteStore::open(path, Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
        let store = open(&path);
        copy(&path, &target).unwrap();
        adopt(&target).unwrap();
        let copied = open(&target);
        assert_ne!(copied.epoch(), store.epoch());
        store.close().await.unwrap();
        copied.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_page_that_is_damaged_anywhere_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chirrup.db");
        let store = SqliteStore::open(&path, Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
        store.close().await.unwrap();
        // A page that nothing reads but the check.
        let find = "SELECT rootpage FROM sqlite_master WHERE name = 'uploads_looked_at'";
        let page: usize =
            open_reader(&path).unwrap().query_row(find, [], |row| Ok(row.get_unwrap(0))).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[(page - 1) * 4096..][..4096].fill(7);
        fs::write(&path, bytes).unwrap();
        let refused = adopt(&path);
        assert!(matches!(refused, Err(OpenError::Damaged { .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn what_is_settled_needs_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let (path, log) = (folder.path().join("chirrup.db"), folder.path().join("chirrup.db-wal"));
        let store = SqliteStore::open(&path, Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
        store.ping().await.unwrap();
        assert!(fs::metadata(&log).unwrap().len() > 0);
        settle(&path).unwrap();
        assert_eq!(fs::metadata(&log).unwrap().len(), 0);
        store.close().await.unwrap();
        settle(&path).unwrap();
        assert!(!log.exists());
    }

    #[tokio::test]
    async fn a_copy_is_its_owners_and_a_failure_names_what_failed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("chirrup.db"), folder.path().join("copy.db"));
        SqliteStore::open(&path, Arc::new(NoFeed), Arc::new(Nobody)).unwrap().close().await.unwrap();
        copy(&path, &target).unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);

        let nowhere = folder.path().join("nowhere/copy.db");
        assert!(matches!(copy(&path, &nowhere), Err(OpenError::Io { path, .. }) if path == nowhere));
        let full = Path::new("/dev/full");
        let refused = copy(&path, full).unwrap_err();
        assert!(matches!(&refused, OpenError::Sqlite { path, .. } if path == full), "{refused:?}");
    }

    #[test]
    fn what_is_no_database_of_ours_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chirrup.db");
        assert!(copy(&path, &folder.path().join("copy.db")).is_err());
        assert!(adopt(&path).is_err() && !path.exists());
        fs::write(&path, "").unwrap();
        assert!(matches!(adopt(&path), Err(OpenError::Foreign(_))));
        fs::write(&path, "no database").unwrap();
        assert!(matches!(adopt(&path), Err(OpenError::Sqlite { .. })));
    }
}
