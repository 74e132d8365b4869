use chirrup_domain::Timestamp;
use chirrup_domain::upload::{GivenUp, UPLOADS, UploadName};
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::columns::{Column, Columns};

/// Whether something uses the upload `u`; ?1 is what the paths of uploads begin with.
macro_rules! is_used {
    () => {
        "(EXISTS (SELECT 1 FROM messages WHERE file = u.key)
          OR EXISTS (SELECT 1 FROM users WHERE avatar = ?1 || u.name)
          OR EXISTS (SELECT 1 FROM conversations WHERE avatar = ?1 || u.name))"
    };
}

/// Gives up the upload with this key unless something uses it; answers whether it did. Its content goes with the next look
/// at old uploads.
pub(crate) fn give_up_one(connection: &Connection, key: i64) -> Result<bool> {
    let given_up = connection
        .prepare_cached(concat!(
            "UPDATE uploads AS u SET looked_at = NULL WHERE u.key = ?2 AND NOT ",
            is_used!()
        ))?
        .execute((UPLOADS, key))?;
    Ok(given_up > 0)
}

/// Looks at some old uploads and gives up those that nothing uses.
pub(super) fn give_up(
    connection: &Connection,
    before: Timestamp,
    now: Timestamp,
    limit: u16,
) -> Result<GivenUp> {
    let found: Vec<(i64, bool)> = connection
        .prepare_cached(concat!(
            "SELECT u.key, ",
            is_used!(),
            " FROM uploads u WHERE u.looked_at <= ?2 ORDER BY u.looked_at LIMIT ?3"
        ))?
        .query_map((UPLOADS, before.to_column(), limit), |row| row.try_into())?
        .collect::<Result<_>>()?;
    for (key, used) in &found {
        connection
            .prepare_cached("UPDATE uploads SET looked_at = ?2 WHERE key = ?1")?
            .execute((key, used.then(|| now.to_column())))?;
    }
    let given_up: Vec<[Option<UploadName>; 2]> = connection
        .prepare_cached("SELECT name, thumbnail FROM uploads WHERE looked_at IS NULL LIMIT ?1")?
        .query_map([limit], |row: &Row<'_>| Ok([row.upload_name(0)?, row.upload_name(1)?]))?
        .collect::<Result<_>>()?;
    let more = found.len() == usize::from(limit) || given_up.len() == usize::from(limit);
    Ok(GivenUp { names: given_up.into_iter().flatten().flatten().collect(), more })
}

/// Forgets uploads that were given up, if their thumbnails are named too.
pub(super) fn forget(connection: &Connection, names: &[UploadName]) -> Result<()> {
    let mut find =
        connection.prepare_cached("SELECT thumbnail FROM uploads WHERE name = ?1 AND looked_at IS NULL")?;
    let mut delete = connection.prepare_cached("DELETE FROM uploads WHERE name = ?1")?;
    for name in names {
        let thumbnail = find.query_row([name.as_str()], |row| row.upload_name(0)).optional()?;
        if thumbnail.is_some_and(|thumbnail| thumbnail.is_none_or(|thumbnail| names.contains(&thumbnail))) {
            delete.execute([name.as_str()])?;
        }
    }
    Ok(())
}
