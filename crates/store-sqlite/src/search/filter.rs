//! What a query says about people and places, as this database knows them.

use chirrup_domain::ConversationId;
use chirrup_domain::fold::fold;
use chirrup_domain::search::{Conditions, Person, Query, Room as Named, fold_letters, keys};
use rusqlite::{Connection, OptionalExtension, Result};

use super::index::sender_key;
use super::rooms::{self, Room};

/// Keys that are asked for at most: more of them tell little.
const MOST_KEYS: usize = 8;

/// People by their keys; nobody stands for somebody unknown.
pub(super) struct Senders {
    wanted: Option<Vec<i64>>,
    unwanted: Vec<i64>,
}

impl Senders {
    /// Those whom the query names, as the reader with this key sees it.
    pub(super) fn of(connection: &Connection, query: &Query, reader: i64) -> Result<Self> {
        let known = |conditions: &Conditions| -> Result<Vec<i64>> {
            let people = conditions.from.iter().map(|person| find(connection, person, reader));
            people.filter_map(Result::transpose).collect()
        };
        let wanted = if query.wanted.from.is_empty() { None } else { Some(known(&query.wanted)?) };
        Ok(Self { wanted, unwanted: known(&query.unwanted)? })
    }

    /// Whether nobody can have sent what is looked for.
    pub(super) fn is_nobody(&self) -> bool {
        self.wanted.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether it may be this one's.
    pub(super) fn fits(&self, sender: i64) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(&sender)) && !self.unwanted.contains(&sender)
    }
}

/// Keys that every message that is looked for has in the index, those that tell most first.
pub(super) fn keys(query: &Query, senders: &Senders) -> Vec<String> {
    let mut wanted: Vec<String> = query.wanted.terms.iter().flat_map(keys::of_term).collect();
    wanted.sort_by_key(|key| std::cmp::Reverse(key.len()));
    wanted.extend(query.wanted.has.iter().map(|kind| keys::of_kind(*kind).to_owned()));
    if let Some([sender]) = senders.wanted.as_deref() {
        wanted.push(sender_key(*sender));
    }
    wanted.dedup();
    wanted.truncate(MOST_KEYS);
    wanted
}

/// Leaves those of the reader's conversations in which the query looks.
pub(super) fn narrow(
    connection: &Connection,
    rooms: &mut Vec<Room>,
    query: &Query,
    reader: i64,
) -> Result<()> {
    for (conditions, wanted) in [(&query.wanted, true), (&query.unwanted, false)] {
        if conditions.within.is_empty() {
            continue;
        }
        let named = conditions
            .within
            .iter()
            .map(|name| Place::of(connection, name, reader))
            .collect::<Result<Vec<_>>>()?;
        let mut left = Vec::with_capacity(rooms.len());
        for room in rooms.drain(..) {
            let mut is_named = false;
            for place in &named {
                is_named = is_named || place.is(connection, &room)?;
            }
            if is_named == wanted {
                left.push(room);
            }
        }
        *rooms = left;
    }
    Ok(())
}

/// A conversation that a query names.
enum Place {
    Id(ConversationId),
    /// A group with this name, folded.
    Group(String),
    /// The direct conversation of these two, in the order of their keys.
    Direct((i64, i64)),
    Nowhere,
}

impl Place {
    fn of(connection: &Connection, name: &Named, reader: i64) -> Result<Self> {
        Ok(match name {
            Named::Id(id) => Self::Id(*id),
            Named::Group(name) => Self::Group(fold_letters(name.trim())),
            Named::With(person) => find(connection, person, reader)?
                .map_or(Self::Nowhere, |other| Self::Direct((reader.min(other), reader.max(other)))),
        })
    }

    fn is(&self, connection: &Connection, room: &Room) -> Result<bool> {
        Ok(match self {
            Self::Id(id) => room.id == *id,
            Self::Group(folded) if room.pair.is_none() => {
                rooms::name(connection, room.key)?.is_some_and(|name| fold_letters(&name) == *folded)
            }
            Self::Direct(pair) => room.pair == Some(*pair),
            _ => false,
        })
    }
}

fn find(connection: &Connection, person: &Person, reader: i64) -> Result<Option<i64>> {
    match person {
        Person::Me => Ok(Some(reader)),
        Person::Named(name) => connection
            .prepare_cached("SELECT key FROM users WHERE username_folded = ?1")?
            .query_row([fold(name.trim())], |row| row.get(0))
            .optional(),
    }
}
