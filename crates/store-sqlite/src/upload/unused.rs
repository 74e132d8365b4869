use chirrup_domain::Timestamp;
use chirrup_domain::upload::{GivenUp, UPLOADS, UploadName};
use rusqlite::{Connection, Result, Row};

use crate::columns::{Column, Columns};

/// Looks at some old uploads and gives up those that nothing uses.
pub(super) fn give_up(
    connection: &Connection,
    before: Timestamp,
    now: Timestamp,
    limit: u16,
) -> Result<GivenUp> {
    let found: Vec<(i64, bool)> = connection
        .prepare_cached(
            "SELECT u.key,
                    EXISTS (SELECT 1 FROM messages WHERE file = u.key)
                    OR EXISTS (SELECT 1 FROM users WHERE avatar = ?3 || u.name)
                    OR EXISTS (SELECT 1 FROM conversations WHERE avatar = ?3 || u.name)
             FROM uploads u WHERE u.looked_at <= ?1 ORDER BY u.looked_at LIMIT ?2",
        )?
        .query_map((before.to_column(), limit, UPLOADS), |row| row.try_into())?
        .collect::<Result<_>>()?;
    for (key, used) in &found {
        connection
            .prepare_cached("UPDATE uploads SET looked_at = ?2 WHERE key = ?1")?
            .execute((key, used.then(|| now.to_column())))?;
    }
    let names: Vec<UploadName> = connection
        .prepare_cached("SELECT name FROM uploads WHERE looked_at IS NULL LIMIT ?1")?
        .query_map([limit], |row: &Row<'_>| row.upload_name(0))?
        .filter_map(Result::transpose)
        .collect::<Result<_>>()?;
    let more = found.len() == usize::from(limit) || names.len() == usize::from(limit);
    Ok(GivenUp { names, more })
}

/// Forgets uploads that were given up.
pub(super) fn forget(connection: &Connection, names: &[UploadName]) -> Result<()> {
    let mut delete =
        connection.prepare_cached("DELETE FROM uploads WHERE name = ?1 AND looked_at IS NULL")?;
    names.iter().try_for_each(|name| delete.execute([name.as_str()]).map(drop))
}
