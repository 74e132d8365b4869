//! Accounts by name.

use chirrup_domain::account::{Account, AccountPage};
use chirrup_domain::fold::fold;
use chirrup_domain::{MAX_PAGE, UserId};
use rusqlite::{Connection, OptionalExtension, Result};

use super::read_account;

/// A page of accounts, and whether there are more behind it. It walks the index of names, which is small beside the
/// accounts themselves, and reads only what is on the page.
pub(super) fn list_page(connection: &Connection, page: AccountPage) -> Result<(Vec<Account>, bool)> {
    let after = match page.after {
        None => String::new(),
        Some(id) => match find_name(connection, id)? {
            Some(name) => name,
            None => return Ok(Default::default()),
        },
    };
    let limit = usize::from(page.limit.clamp(1, MAX_PAGE));
    let mut accounts: Vec<_> = connection
        .prepare_cached(
            "SELECT * FROM users
             WHERE username_folded > ?1 AND instr(username_folded, ?2) > 0 AND (?3 OR NOT disabled)
             ORDER BY username_folded LIMIT ?4",
        )?
        .query_map((after, fold(&page.query), page.disabled, limit + 1), read_account)?
        .collect::<Result<_>>()?;
    let more = accounts.len() > limit;
    accounts.truncate(limit);
    Ok((accounts, more))
}

fn find_name(connection: &Connection, id: UserId) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT username_folded FROM users WHERE oid = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()
}
