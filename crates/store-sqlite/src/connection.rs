use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Result};

/// Nobody else writes, so only a checkpoint or a backup can be in the way.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const CACHED_STATEMENTS: usize = 128;

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The disk: what was committed survives power loss.
    Disk,
    /// Nothing: only the process has to survive.
    None,
}

/// Makes the file, for its owner's eyes only, if there is none. SQLite gives the log's files the same mode.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    File::options().create(true).append(true).mode(0o600).open(path).map(drop)
}

/// Opens the connection that writes, making the file if there is none.
pub(crate) fn open_writer(path: &Path, durability: Durability) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(
        None,
        "synchronous",
        match durability {
            Durability::Disk => "FULL",
            Durability::None => "OFF",
        },
    )?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Rolling one request back keeps copies of the pages it touched; they belong in memory, not in a file.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A checkpoint costs two more fsyncs and rewrites hot pages: four times rarer than SQLite's own choice.
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "cache_size", -64 * 1024)?; // KiB
    Ok(connection)
}

/// Opens a connection that reads. The file and its log must exist.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?; // KiB
    Ok(connection)
}

/// Opens a connection to a database that nobody uses. The file must exist.
pub(crate) fn open_existing(path: &Path) -> Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    // Each connection stays on one thread, so SQLite needs no mutex of its own around it.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // A plan that depends on the values bound to it would be made anew for each.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_waits_for_the_disk_and_only_the_writer_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chirrup.db");
        let writer = open_writer(&path, Durability::Disk).unwrap();
        let setting = |name| writer.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((setting("synchronous"), setting("foreign_keys")), (2, 1));
        let journal: String = writer.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(journal, "wal");

        writer.execute_batch("CREATE TABLE t (c)").unwrap();
        let reader = open_reader(&path).unwrap();
        assert!(reader.execute("INSERT INTO t VALUES (1)", []).is_err());
    }
}
