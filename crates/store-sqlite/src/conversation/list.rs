use chirrup_domain::conversation::{ConversationAfter, ConversationPage, ConversationView};
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{ConversationId, MAX_PAGE, UserId};
use rusqlite::{Connection, OptionalExtension, Result};

use super::load::{read_view, select_views};
use crate::account::find_key;

/// A page of somebody's conversations, latest first, and behind which place there are more.
pub(super) fn list_page(
    connection: &Connection,
    reader: UserId,
    page: ConversationPage,
) -> Result<(Vec<ConversationView>, Option<ChangeNo>)> {
    let Some(reader) = find_key(connection, reader)? else { return Ok(Default::default()) };
    let before = match page.after {
        None => i64::MAX,
        Some(ConversationAfter::Place(no)) => no.0.try_into().unwrap_or(i64::MAX),
        Some(ConversationAfter::Conversation(id)) => match latest_no(connection, id, reader)? {
            Some(latest) => latest,
            None => return Ok(Default::default()),
        },
    };
    let limit = usize::from(page.limit.clamp(1, MAX_PAGE));
    let mut views: Vec<(ConversationView, ChangeNo)> = connection
        .prepare_cached(select_views!(
            "WHERE m.user = ?1 AND c.latest_no < ?2 ORDER BY c.latest_no DESC LIMIT ?3"
        ))?
        .query_map((reader, before, limit + 1), |row| {
            Ok((read_view(connection, row)?, row.get("latest_no").map(ChangeNo)?))
        })?
        .collect::<Result<_>>()?;
    let more = views.len() > limit;
    views.truncate(limit);
    let next = views.last().filter(|_| more).map(|(_, latest)| *latest);
    Ok((views.into_iter().map(|(view, _)| view).collect(), next))
}

/// The groups that somebody is in.
pub(super) fn list_group_ids(connection: &Connection, member: UserId) -> Result<Vec<ConversationId>> {
    connection
        .prepare_cached(
            "SELECT c.oid
             FROM users u
             JOIN members m ON m.user = u.key AND m.left_no IS NULL
             JOIN conversations c ON c.key = m.conversation AND c.low IS NULL
             WHERE u.oid = ?1",
        )?
        .query_map([member.as_bytes()], |row| row.get::<_, [u8; 12]>(0).map(ConversationId::from))?
        .collect()
}

/// Everybody who shares a conversation with somebody.
pub(super) fn list_contacts(connection: &Connection, user: UserId) -> rusqlite::Result<Vec<UserId>> {
    list_others(connection, user, false)
}

/// Everybody who sees what somebody wrote: who shares a conversation with them, or is in one that they left.
pub(crate) fn list_audience(connection: &Connection, user: UserId) -> rusqlite::Result<Vec<UserId>> {
    list_others(connection, user, true)
}

fn list_others(connection: &Connection, user: UserId, left: bool) -> rusqlite::Result<Vec<UserId>> {
    connection
        .prepare_cached(
            "SELECT DISTINCT other.oid
             FROM users u
             JOIN members mine ON mine.user = u.key AND (?2 OR mine.left_no IS NULL)
             JOIN members theirs ON theirs.conversation = mine.conversation AND theirs.left_no IS NULL
             JOIN users other ON other.key = theirs.user
             WHERE u.oid = ?1 AND other.key <> u.key",
        )?
        .query_map((user.as_bytes(), left), |row| row.get::<_, [u8; 12]>(0).map(UserId::from))?
        .collect()
}

fn latest_no(connection: &Connection, id: ConversationId, member: i64) -> Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT c.latest_no
             FROM conversations c JOIN members m ON m.conversation = c.key AND m.left_no IS NULL
             WHERE c.oid = ?1 AND m.user = ?2",
        )?
        .query_row((id.as_bytes(), member), |row| row.get(0))
        .optional()
}
