use std::sync::Arc;

use chirrup_domain::conversation::{
    Conversation, ConversationView, Created, NewConversation, NewMembers, Role,
};
use chirrup_domain::{ConversationId, Error, Fact, Result, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::load::{find_conversation, seen_by};
use crate::account::{find_key, find_keys};
use crate::block::is_blocked;
use crate::columns::{Column, Columns};
use crate::error::Failure;
use crate::upload::check_avatar;
use crate::writer::Transaction;

/// The two users of a direct conversation; twice the same for notes to oneself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DirectPair {
    /// Who begins it.
    pub(crate) creator: Member,
    /// With whom.
    pub(crate) other: Member,
}

/// A user with the key of their row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    /// Who it is.
    pub(crate) id: UserId,
    /// The key.
    pub(crate) key: i64,
}

impl DirectPair {
    /// The keys of both, the lower first: how the pair's conversation is found.
    fn keys(self) -> (i64, i64) {
        let (a, b) = (self.creator.key, self.other.key);
        (a.min(b), a.max(b))
    }

    fn members(self) -> Vec<Member> {
        match self.creator == self.other {
            true => vec![self.creator],
            false => vec![self.creator, self.other],
        }
    }
}

/// A direct conversation that exists.
pub(crate) struct Direct {
    /// Key of its row.
    pub(crate) key: i64,
    /// Which one.
    pub(crate) id: ConversationId,
    /// Place of its newest message; zero before the first.
    pub(crate) last_seq: u64,
}

/// A conversation about to be inserted.
struct NewRow<'a> {
    id: ConversationId,
    pair: Option<(i64, i64)>,
    name: Option<&'a str>,
    avatar: Option<&'a str>,
    owner: Option<i64>,
    at: Timestamp,
}

/// Makes a conversation, or finds the direct one that exists.
pub(super) fn create(transaction: &mut Transaction<'_>, new: NewConversation) -> Result<Created, Failure> {
    let creator = member(transaction.connection(), new.creator)?;
    let (id, existed) = match new.members {
        NewMembers::Direct(other) => {
            let pair = DirectPair { creator, other: member(transaction.connection(), other)? };
            match find_direct(transaction.connection(), pair)? {
                Some(direct) => (direct.id, true),
                None if is_blocked(transaction.connection(), pair.other.key, pair.creator.key)? => {
                    return Err(Error::Blocked.into());
                }
                None => {
                    begin_direct(transaction, new.id, pair, new.at)?;
                    (new.id, false)
                }
            }
        }
        NewMembers::Group { name, avatar, others } => {
            if let Some(url) = &avatar {
                check_avatar(transaction.connection(), creator.key, url)?;
            }
            let mut members = Vec::with_capacity(others.len() + 1);
            members.push(creator);
            let keys = find_keys(transaction.connection(), &others)?.ok_or(Error::UserNotFound)?;
            members.extend(others.into_iter().zip(keys).map(|(id, key)| Member { id, key }));
            let row = NewRow {
                id: new.id,
                pair: None,
                name: Some(&name),
                avatar: avatar.as_deref(),
                owner: Some(creator.key),
                at: new.at,
            };
            let conversation = begin(transaction, &row, &members)?.conversation;
            let conversation = Arc::unwrap_or_clone(conversation);
            let view = ConversationView { conversation, last_read_seq: None, unread_count: 0, muted: false };
            return Ok(Created { view, existed: false });
        }
    };
    let view = seen_by(transaction.connection(), id, new.creator)?;
    Ok(Created { view, existed })
}

/// The direct conversation of a pair.
pub(crate) fn find_direct(connection: &Connection, pair: DirectPair) -> rusqlite::Result<Option<Direct>> {
    connection
        .prepare_cached("SELECT key, oid, last_seq FROM conversations WHERE low = ?1 AND high = ?2")?
        .query_row(pair.keys(), |row| Ok(Direct { key: row.get(0)?, id: row.id(1)?, last_seq: row.get(2)? }))
        .optional()
}

/// Begins the direct conversation of a pair that has none; gives the key of its row.
pub(crate) fn begin_direct(
    transaction: &mut Transaction<'_>,
    id: ConversationId,
    pair: DirectPair,
    at: Timestamp,
) -> Result<i64, Failure> {
    let row = NewRow { id, pair: Some(pair.keys()), name: None, avatar: None, owner: None, at };
    Ok(begin(transaction, &row, &pair.members())?.key)
}

/// A conversation just made.
struct Begun {
    key: i64,
    conversation: Arc<Conversation>,
}

fn begin(transaction: &mut Transaction<'_>, new: &NewRow<'_>, members: &[Member]) -> Result<Begun, Failure> {
    let connection = transaction.connection();
    let no = transaction.next_no().0;
    let (low, high) = new.pair.unzip();
    connection
        .prepare_cached(
            "INSERT INTO conversations (oid, low, high, name, owner, member_count, created_at, updated_at,
                                        changed_no, last_no, latest_no, avatar)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?8, ?8, ?9)",
        )?
        .execute(params![
            new.id.as_bytes(),
            low,
            high,
            new.name,
            new.owner,
            members.len(),
            new.at.to_column(),
            no,
            new.avatar,
        ])?;
    let key = connection.last_insert_rowid();
    let mut insert = connection.prepare_cached(
        "INSERT INTO members (conversation, place, user, role, joined_no, changed_no)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    )?;
    for (index, member) in members.iter().enumerate() {
        let role = if Some(member.key) == new.owner { Role::Owner } else { Role::Member };
        insert.execute(params![key, index + 1, member.key, role.to_column(), no])?;
    }
    let conversation = find_conversation(connection, key)?
        .ok_or_else(|| Error::internal("a conversation just made has no member"))?;
    let conversation = Arc::new(conversation);
    transaction.record(Fact::ConversationCreated {
        conversation: conversation.clone(),
        members: members.iter().map(|member| member.id).collect(),
    });
    Ok(Begun { key, conversation })
}

fn member(connection: &Connection, id: UserId) -> Result<Member, Failure> {
    let key = find_key(connection, id)?.ok_or(Error::UserNotFound)?;
    Ok(Member { id, key })
}
