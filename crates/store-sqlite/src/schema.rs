use rusqlite::{Connection, TransactionBehavior};

/// One step each, in order. A step that was ever released is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_receipts.sql"),
    include_str!("../migrations/0003_groups.sql"),
    include_str!("../migrations/0004_accounts.sql"),
    include_str!("../migrations/0005_files.sql"),
    include_str!("../migrations/0006_changes.sql"),
    include_str!("../migrations/0007_thumbnails.sql"),
    include_str!("../migrations/0008_search.sql"),
];

/// The version that this program works with.
pub(crate) const LATEST: usize = MIGRATIONS.len();

/// The version of a database; 0 for an empty one.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// What a database turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Of the version that this program works with.
    Current,
    /// Of a later version, and left alone.
    Newer { found: usize, known: usize },
}

/// Brings the schema up to date, each step in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<Schema> {
    let found = version(connection)?;
    if found > LATEST {
        return Ok(Schema::Newer { found, known: LATEST });
    }
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step + 1)?;
        transaction.commit()?;
    }
    Ok(Schema::Current)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(connection: &Connection) -> i64 {
        connection.query_row("SELECT epoch FROM meta", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(migrate(&mut connection).unwrap(), Schema::Current);
        let before = epoch(&connection);
        assert_eq!(migrate(&mut connection).unwrap(), Schema::Current);
        assert_eq!(epoch(&connection), before);
    }

    #[test]
    fn every_database_gets_a_word_of_its_own() {
        let [a, b] = [(); 2].map(|()| {
            let mut connection = Connection::open_in_memory().unwrap();
            migrate(&mut connection).unwrap();
            epoch(&connection)
        });
        assert_ne!(a, b);
    }

    #[test]
    fn a_later_version_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        assert_eq!(migrate(&mut connection).unwrap(), Schema::Newer { found: 999, known: MIGRATIONS.len() });
    }
}
