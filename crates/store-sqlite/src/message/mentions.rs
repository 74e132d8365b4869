use chirrup_domain::UserId;
use chirrup_domain::message::{MAX_MENTIONS, Naming};
use rusqlite::{Connection, OptionalExtension, Result};

use crate::columns::Columns;

/// Bytes of an id.
const ID: usize = 12;

/// The members of a conversation who are named, each once.
pub(super) fn resolve(connection: &Connection, conversation: i64, namings: &[Naming]) -> Result<Vec<UserId>> {
    let mut mentions = Vec::new();
    for naming in namings {
        if mentions.len() == MAX_MENTIONS {
            break;
        }
        for name in &naming.names {
            if let Some(member) = find_member(connection, conversation, name)? {
                if !mentions.contains(&member) {
                    mentions.push(member);
                }
                break;
            }
        }
    }
    Ok(mentions)
}

fn find_member(connection: &Connection, conversation: i64, name: &str) -> Result<Option<UserId>> {
    connection
        .prepare_cached(
            "SELECT u.oid
             FROM users u JOIN members m ON m.user = u.key AND m.conversation = ?1 AND m.left_no IS NULL
             WHERE u.username_folded = ?2",
        )?
        .query_row((conversation, name), |row| row.id(0))
        .optional()
}

/// The column that stands for these: null for nobody.
pub(super) fn to_column(mentions: &[UserId]) -> Option<Vec<u8>> {
    (!mentions.is_empty()).then(|| mentions.iter().flat_map(|user| *user.as_bytes()).collect())
}

/// Those whom a column stands for.
pub(super) fn from_column(stored: Option<&[u8]>) -> Vec<UserId> {
    let (ids, _) = stored.unwrap_or_default().as_chunks::<ID>();
    ids.iter().copied().map(UserId::from).collect()
}
