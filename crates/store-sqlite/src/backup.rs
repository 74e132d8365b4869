//! Copies of a whole database.

use std::path::Path;

use chirrup_domain::upload::UploadName;
use rusqlite::Connection;

use crate::OpenError;
use crate::columns::Columns;
use crate::connection::{open_existing, open_reader};
use crate::schema::{LATEST, version};

/// Copies the database at `path`, as it is at one moment, to a new file. It may be in use: nobody waits for it.
///
/// # Errors
/// When there is none, or it can't be read, or the copy can't be written.
pub fn copy(path: &Path, target: &Path) -> Result<(), OpenError> {
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let connection = open_reader(path).map_err(sqlite)?;
    check_version(&connection, path)?;
    // Not SQLite's backup by steps, which begins anew whenever somebody else writes.
    connection.execute("VACUUM INTO ?1", [target.to_string_lossy()]).map(drop).map_err(sqlite)
}

/// Calls `each` with every upload that the database at `path`, which nobody uses, has a record of.
///
/// # Errors
/// When it can't be read, and those of `each`.
pub fn for_each_upload<E: From<OpenError>>(
    path: &Path,
    mut each: impl FnMut(UploadName) -> Result<(), E>,
) -> Result<(), E> {
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let connection = open_reader(path).map_err(sqlite)?;
    let mut select =
        connection.prepare("SELECT name FROM uploads WHERE looked_at IS NOT NULL").map_err(sqlite)?;
    let mut rows = select.query([]).map_err(sqlite)?;
    while let Some(row) = rows.next().map_err(sqlite)? {
        if let Some(name) = row.upload_name(0).map_err(sqlite)? {
            each(name)?;
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
