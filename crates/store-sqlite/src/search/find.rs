use std::collections::{BinaryHeap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::{HistoryPage, MessageType};
use chirrup_domain::search::{Candidate, Found, FoundPage, Highlight, MAX_FOUND, Query, Search, keys};
use chirrup_domain::{Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Result};

use super::filter::{self, Senders};
use super::place;
use super::rooms::{self, Room};
use super::stream::{self, Source, Stream};
use crate::account::find_key;
use crate::columns::Columns;
use crate::message::{read_one, size};

/// In so many conversations each is looked up in the index by itself; in more, a key is first read as a whole.
const FEW_ROOMS: usize = 32;
/// Rows of the index that are read for one key as a whole: first little of each key, then more of the first ones.
const LISTED: [(usize, usize); 2] = [(1_000, usize::MAX), (12_000, 2)];
/// Messages that are looked at for one page; more of them have to wait for the next. Of those where a key is too frequent to
/// be listed, so many nearly always fill a page.
const MOST_LOOKED_AT: usize = 1_500;
/// As soon as so many bytes of text were looked at for one page, the others have to wait for the next.
const MOST_BYTES_LOOKED_AT: usize = 1_000_000;
/// Clocks are set back by no more than this: the times of messages may be out of order by as much.
const CLOCK_SLACK: Duration = Duration::from_secs(3600);

/// A page of what a member finds.
pub(super) fn find(connection: &Connection, reader: UserId, search: &Search) -> Result<Option<FoundPage>> {
    let Some(reader) = find_key(connection, reader)? else { return Ok(None) };
    let mut rooms = match search.conversation {
        None => rooms::list(connection, reader)?,
        Some(id) => match rooms::one(connection, reader, id)? {
            Some(room) => vec![room],
            None => return Ok(None),
        },
    };
    let query = &search.query;
    let senders = Senders::of(connection, query, reader)?;
    filter::narrow(connection, &mut rooms, query, reader)?;
    if let Some(since) = query.since {
        rooms.retain(|room| room.last_at.is_some_and(|last| last.plus(CLOCK_SLACK) >= since));
    }
    if rooms.is_empty() || senders.is_nobody() {
        return Ok(Some(FoundPage::default()));
    }
    let keys = filter::keys(query, &senders);
    let keys = keys.iter().map(|key| format!("\"{key}\" OR \"{}\"", keys::LONG).into()).collect();
    let mut finder = Finder { connection, query, senders, keys, streams: Vec::new() };
    let queue = finder.open(&rooms, search.before)?;
    finder.page(queue, search).map(Some)
}

struct Finder<'a> {
    connection: &'a Connection,
    query: &'a Query,
    senders: Senders,
    keys: Vec<Rc<str>>,
    streams: Vec<Stream>,
}

/// A stream in the order of what comes next in it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    /// The number of the next message, which may be smaller as long as its place is not known.
    no: u64,
    stream: usize,
    seq: Option<u64>,
}

impl Finder<'_> {
    /// Begins a stream for each conversation.
    fn open(&mut self, rooms: &[Room], before: Option<ChangeNo>) -> Result<BinaryHeap<Next>> {
        let mut changed = changed_places(self.connection, rooms)?;
        let is_asked = rooms.len() <= FEW_ROOMS && !self.keys.is_empty();
        let mut listed = if is_asked { None } else { self.list()? };
        let mut queue = BinaryHeap::with_capacity(rooms.len());
        for room in rooms {
            let source = match &mut listed {
                Some(listed) => Source::Listed(listed.remove(&room.key).unwrap_or_default()),
                None if is_asked => Source::keys(&self.keys),
                None => Source::Every,
            };
            let mut stream = Stream::new(room, changed.remove(&room.key).unwrap_or_default(), source);
            if let Some(before) = self.query.before {
                let late = before.plus(CLOCK_SLACK).as_millis();
                stream.skip_to(self.last_below(room.key, room.last_seq, "created_at", late)?);
            }
            let below = before.map_or(u64::MAX, |before| before.0.saturating_sub(1));
            queue.push(Next { no: room.latest_no.0.min(below), stream: self.streams.len(), seq: None });
            self.streams.push(stream);
        }
        Ok(queue)
    }

    /// Every place that has one of the keys, by conversation and ascending; `None` if there are too many of each.
    fn list(&self) -> Result<Option<HashMap<i64, Vec<u64>>>> {
        for (most, keys) in LISTED {
            for key in self.keys.iter().take(keys) {
                let mut listed: HashMap<i64, Vec<u64>> = HashMap::new();
                let rows = stream::read(self.connection, key, 0..=i64::MAX, most)?;
                let mut count = 0;
                for (conversation, seq) in rows.map(place::of_row) {
                    listed.entry(conversation).or_default().push(seq);
                    count += 1;
                }
                if count < most {
                    listed.values_mut().for_each(|places| places.reverse());
                    return Ok(Some(listed));
                }
            }
        }
        Ok(None)
    }

    fn page(&mut self, mut queue: BinaryHeap<Next>, search: &Search) -> Result<FoundPage> {
        let limit = usize::from(search.limit.clamp(1, MAX_FOUND));
        let (mut found, mut bytes): (Vec<Found>, _) = (Vec::new(), 0);
        let (mut looked_at, mut bytes_looked_at) = (0, 0);
        let mut last = ChangeNo(0);
        while let Some(next) = queue.pop() {
            let Some(seq) = next.seq else {
                queue.extend(self.resolve(next, search.before)?);
                continue;
            };
            if looked_at == MOST_LOOKED_AT || bytes_looked_at >= MOST_BYTES_LOOKED_AT {
                return Ok(FoundPage { found, next: Some(ChangeNo(next.no + 1)) });
            }
            looked_at += 1;
            let conversation = self.streams[next.stream].conversation;
            let (verdict, length) = self.look_at(conversation, seq)?;
            bytes_looked_at += length;
            if let Verdict::Found(highlights) = verdict {
                let size = size(self.connection, conversation, seq)?;
                if found.len() == limit || !found.is_empty() && bytes + size > HistoryPage::MAX_BYTES {
                    return Ok(FoundPage { found, next: Some(last) });
                }
                if let Some(message) = read_one(self.connection, conversation, seq)? {
                    (bytes, last) = (bytes + size, ChangeNo(next.no));
                    found.push(Found { message, highlights });
                }
            } else if let Verdict::TooOld = verdict {
                continue;
            }
            self.streams[next.stream].skip_to(seq - 1);
            queue.push(Next { no: next.no - 1, stream: next.stream, seq: None });
        }
        Ok(FoundPage { found, next: None })
    }

    /// Finds out which message of a stream comes next; none if there is no more.
    fn resolve(&mut self, next: Next, before: Option<ChangeNo>) -> Result<Option<Next>> {
        let conversation = self.streams[next.stream].conversation;
        loop {
            let Some(seq) = self.streams[next.stream].propose(self.connection)? else { return Ok(None) };
            let no: Option<u64> = self
                .connection
                .prepare_cached("SELECT no FROM messages WHERE conversation = ?1 AND seq = ?2")?
                .query_row((conversation, seq), |row| row.get(0))
                .optional()?;
            let upto = match (no, before) {
                (Some(no), Some(before)) if no >= before.0 => {
                    self.last_below(conversation, seq, "no", before.0.try_into().unwrap_or(i64::MAX))?
                }
                (Some(no), _) => return Ok(Some(Next { no, seq: Some(seq), ..next })),
                (None, _) => seq - 1,
            };
            self.streams[next.stream].skip_to(upto);
        }
    }

    fn look_at(&self, conversation: i64, seq: u64) -> Result<(Verdict, usize)> {
        let mut select = self.connection.prepare_cached(
            "SELECT content, type, created_at, sender, file FROM messages WHERE conversation = ?1 AND seq = ?2",
        )?;
        let mut rows = select.query((conversation, seq))?;
        let Some(row) = rows.next()? else { return Ok((Verdict::Other, 0)) };
        let content = row.get_ref(0)?.as_str()?;
        let candidate =
            Candidate { content, message_type: row.value(1)?, created_at: row.value::<Timestamp>(2)? };
        if self.query.since.is_some_and(|since| candidate.created_at.plus(CLOCK_SLACK) < since) {
            return Ok((Verdict::TooOld, 0));
        }
        // Of a deleted message nothing is left.
        let is_empty = content.is_empty() && row.get::<_, Option<i64>>(4)?.is_none();
        if is_empty || candidate.message_type == MessageType::System || !self.senders.fits(row.get(3)?) {
            return Ok((Verdict::Other, 0));
        }
        let verdict = self.query.find_in(&candidate).map_or(Verdict::Other, Verdict::Found);
        Ok((verdict, content.len()))
    }

    /// The last place up to `last` whose column is below a bound, in which all before it are.
    fn last_below(&self, conversation: i64, last: u64, column: &str, bound: i64) -> Result<u64> {
        let sql = format!("SELECT {column} < ?3 FROM messages WHERE conversation = ?1 AND seq = ?2");
        let mut select = self.connection.prepare_cached(&sql)?;
        let (mut below, mut above) = (0, last + 1);
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            let is_below: Option<bool> =
                select.query_row((conversation, middle, bound), |row| row.get(0)).optional()?;
            if is_below.unwrap_or(true) { below = middle } else { above = middle }
        }
        Ok(below)
    }
}

/// What a message turned out to be.
enum Verdict {
    /// What is looked for.
    Found(Vec<Highlight>),
    /// Something else.
    Other,
    /// Too old, as is everything before it in its conversation.
    TooOld,
}

/// Places in these conversations that the index knows wrongly, by conversation and ascending.
fn changed_places(connection: &Connection, rooms: &[Room]) -> Result<HashMap<i64, Vec<u64>>> {
    let mut changed: HashMap<i64, Vec<u64>> = HashMap::new();
    let mut any = connection.prepare_cached("SELECT 1 FROM search_changes")?;
    if !any.exists([])? {
        return Ok(changed);
    }
    let mut select =
        connection.prepare_cached("SELECT seq FROM search_changes WHERE conversation = ?1 ORDER BY seq")?;
    for room in rooms {
        let places: Vec<u64> = select.query_map([room.key], |row| row.get(0))?.collect::<Result<_>>()?;
        changed.insert(room.key, places);
    }
    Ok(changed)
}
