use chirrup_domain::account::User;
use chirrup_domain::member::UserPage;
use chirrup_domain::{Error, UserId};
use rusqlite::{Connection, Result};

use crate::account::{find_key, read_user};
use crate::error::Failure;

/// Whether the user with the key `user` does not want direct messages from `other`.
pub(crate) fn is_blocked(connection: &Connection, user: i64, other: i64) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM blocks WHERE user = ?1 AND blocked = ?2")?.exists((user, other))
}

/// Notes whether `user` wants direct messages from `other`.
pub(super) fn set(
    connection: &Connection,
    user: UserId,
    other: UserId,
    blocked: bool,
) -> Result<(), Failure> {
    let user = find_key(connection, user)?.ok_or(Error::UserNotFound)?;
    let other = find_key(connection, other)?.ok_or(Error::UserNotFound)?;
    let sql = match blocked {
        true => "INSERT INTO blocks (user, blocked) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        false => "DELETE FROM blocks WHERE user = ?1 AND blocked = ?2",
    };
    connection.prepare_cached(sql)?.execute((user, other))?;
    Ok(())
}

/// A page of those whom somebody has blocked, and whether there are more behind it.
pub(super) fn list_page(connection: &Connection, user: UserId, page: UserPage) -> Result<(Vec<User>, bool)> {
    let Some(user) = find_key(connection, user)? else { return Ok(Default::default()) };
    let behind = match page.after {
        None => 0,
        Some(id) => match find_key(connection, id)? {
            Some(key) => key,
            None => return Ok(Default::default()),
        },
    };
    let read = connection
        .prepare_cached(
            "SELECT u.* FROM blocks b JOIN users u ON u.key = b.blocked
             WHERE b.user = ?1 AND b.blocked > ?2 ORDER BY b.blocked LIMIT ?3",
        )?
        .query_map((user, behind, page.reach()), read_user)?
        .collect::<Result<_>>()?;
    Ok(page.cut(read))
}
