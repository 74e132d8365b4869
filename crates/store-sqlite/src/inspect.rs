use std::path::Path;

use rusqlite::{Connection, Result};

use crate::OpenError;
use crate::connection::open_existing;
use crate::lock::ProcessLock;
use crate::schema::{LATEST, version};

/// What a database holds, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// How many accounts there are.
    pub users: u64,
    /// How many of them are admins'.
    pub admins: u64,
    /// Whether its schema is this program's; else the next start brings it up to date.
    pub current: bool,
}

/// Looks into the database at `path` and leaves it as it is; `None` if there is none.
///
/// # Errors
/// As opening it.
pub fn inspect(path: &Path) -> Result<Option<Found>, OpenError> {
    if !path.exists() {
        return Ok(None);
    }
    let _lock = ProcessLock::take(path)?;
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let connection = open_existing(path).map_err(sqlite)?;
    let found = version(&connection).map_err(sqlite)?;
    if found > LATEST {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: LATEST });
    }
    if found == 0 {
        return Ok(Some(Found { users: 0, admins: 0, current: false }));
    }
    let count = |sql| count(&connection, sql).map_err(sqlite);
    Ok(Some(Found {
        users: count("SELECT count(*) FROM users")?,
        admins: count("SELECT count(*) FROM users WHERE role = 1")?,
        current: found == LATEST,
    }))
}

fn count(connection: &Connection, sql: &str) -> Result<u64> {
    connection.query_row(sql, [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use chirrup_domain::feed::NoFeed;
    use chirrup_domain::presence::Nobody;

    use super::*;
    use crate::SqliteStore;

    #[test]
    fn looking_makes_nothing_and_leaves_what_is_in_use_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chirrup.db");
        assert_eq!(inspect(&path).unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        let store = SqliteStore::open(&path, Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
        assert!(matches!(inspect(&path), Err(OpenError::InUse(_))));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(chirrup_domain::Store::close(&store)).unwrap();
        assert_eq!(inspect(&path).unwrap(), Some(Found { users: 0, admins: 0, current: true }));

        fs::write(&path, "no database").unwrap();
        assert!(matches!(inspect(&path), Err(OpenError::Sqlite { .. })));
    }
}
