use chirrup_domain::conversation::{ConversationView, Role};
use chirrup_domain::member::{Act, Notice};
use chirrup_domain::{Error, Fact, Result, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::group::Group;
use crate::account::{KnownUser, find_known};
use crate::columns::Column;
use crate::conversation::seen_by;
use crate::error::Failure;
use crate::writer::Transaction;

/// Brings people into a group.
pub(super) fn add(
    transaction: &mut Transaction<'_>,
    act: Act,
    users: Vec<UserId>,
    max: Option<usize>,
) -> Result<ConversationView, Failure> {
    let connection = transaction.connection();
    let group = Group::open(connection, act, Role::Admin)?;
    let mut newcomers = Vec::with_capacity(users.len());
    for id in users {
        let user = find_known(connection, id)?.ok_or(Error::UserNotFound)?;
        if !is_in(connection, &group, &user)? {
            newcomers.push(user);
        }
    }
    if newcomers.is_empty() {
        return seen_by(connection, group.id, act.actor);
    }
    let count = group.member_count + newcomers.len();
    if let Some(limit) = max.filter(|max| count > *max) {
        return Err(Error::TooManyMembers { limit }.into());
    }
    join(transaction, &group, &newcomers)?;
    group.touch(transaction, count)?;

    let names: Vec<_> = newcomers.iter().map(|user| user.sender.username.clone()).collect();
    let ids = newcomers.iter().map(|user| user.sender.id).collect();
    group.tell(transaction, Notice::Added(&names), |conversation| Fact::MembersAdded {
        conversation,
        newcomers: ids,
    })?;
    seen_by(connection, group.id, act.actor)
}

fn is_in(connection: &Connection, group: &Group, user: &KnownUser) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM members WHERE user = ?1 AND conversation = ?2 AND left_no IS NULL")?
        .exists((user.key, group.key))
}

/// Whoever was in the group before gets their row back, at the end of the list. What was said before is read, and the
/// message that says that they came is their first news.
fn join(transaction: &Transaction<'_>, group: &Group, newcomers: &[KnownUser]) -> rusqlite::Result<()> {
    let connection = transaction.connection();
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(place) FROM members WHERE conversation = ?1")?
        .query_row([group.key], |row| row.get(0))
        .optional()?
        .flatten();
    let mut insert = connection.prepare_cached(
        "INSERT INTO members (conversation, place, user, role, joined_no, changed_no, last_read_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, (SELECT last_seq FROM conversations WHERE key = ?1))
         ON CONFLICT (user, conversation) DO UPDATE
         SET place = excluded.place, role = excluded.role, muted = 0, joined_no = excluded.joined_no,
             left_no = NULL, changed_no = excluded.changed_no, last_read_seq = excluded.last_read_seq",
    )?;
    let no = transaction.next_no().0;
    for (place, user) in (last.unwrap_or(0) + 1..).zip(newcomers) {
        insert.execute((group.key, place, user.key, Role::Member.to_column(), no))?;
    }
    Ok(())
}
