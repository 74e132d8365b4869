use std::ops::RangeInclusive;
use std::rc::Rc;

use rusqlite::{Connection, Result};

use super::place;
use super::rooms::Room;

/// Rows that are taken out of the index at first; later ones in larger portions.
const FIRST_PORTION: usize = 32;
const LARGEST_PORTION: usize = 2048;
/// After so many steps of looking for a place that has all keys, one that has some is proposed instead.
const PATIENCE: usize = 64;

/// The messages of one conversation that may be what is looked for, the newest first.
pub(super) struct Stream {
    pub(super) conversation: i64,
    /// The largest place that has not been looked at; zero at the end.
    upto: u64,
    /// Up to which place the index knows the conversation.
    indexed: u64,
    /// Places that the index knows wrongly, ascending.
    changed: Vec<u64>,
    source: Source,
}

/// How the places that the index knows are proposed.
pub(super) enum Source {
    /// Every one.
    Every,
    /// These, ascending.
    Listed(Vec<u64>),
    /// Those that have all keys.
    Keys(Vec<Portion>),
}

impl Source {
    /// Asks the index for what has all these keys.
    pub(super) fn keys(keys: &[Rc<str>]) -> Self {
        Self::Keys(keys.iter().map(|key| Portion::of(Rc::clone(key))).collect())
    }
}

impl Stream {
    /// Begins at the newest message.
    pub(super) fn new(room: &Room, changed: Vec<u64>, source: Source) -> Self {
        Self { conversation: room.key, upto: room.last_seq, indexed: room.indexed_seq, changed, source }
    }

    /// Leaves out what lies behind this place.
    pub(super) fn skip_to(&mut self, seq: u64) {
        self.upto = self.upto.min(seq);
    }

    /// The newest place that may be it and has not been left out.
    pub(super) fn propose(&mut self, connection: &Connection) -> Result<Option<u64>> {
        if self.upto == 0 || self.upto > self.indexed {
            return Ok(Some(self.upto).filter(|seq| *seq > 0));
        }
        let proposed = match &mut self.source {
            Source::Every => Some(self.upto),
            Source::Listed(places) => last_upto(places, self.upto),
            Source::Keys(portions) => common(connection, portions, self.conversation, self.upto)?,
        };
        Ok(proposed.max(last_upto(&mut self.changed, self.upto)))
    }
}

/// The last one that is not above `upto`, of places in ascending order.
fn last_upto(places: &mut Vec<u64>, upto: u64) -> Option<u64> {
    while places.last().is_some_and(|place| *place > upto) {
        places.pop();
    }
    places.last().copied()
}

/// The newest place up to this one that has all keys.
fn common(
    connection: &Connection,
    portions: &mut [Portion],
    conversation: i64,
    upto: u64,
) -> Result<Option<u64>> {
    let (mut wanted, mut agreeing, mut steps) = (upto, 0, 0);
    while agreeing < portions.len() && steps < PATIENCE * portions.len() {
        let index = steps % portions.len();
        let Some(found) = portions[index].seek(connection, conversation, wanted)? else { return Ok(None) };
        agreeing = if found == wanted { agreeing + 1 } else { 1 };
        (wanted, steps) = (found, steps + 1);
    }
    Ok(Some(wanted))
}

/// What was read of the places that have a key.
pub(super) struct Portion {
    key: Rc<str>,
    /// Newest first.
    places: Vec<u64>,
    size: usize,
    is_last: bool,
}

impl Portion {
    const fn of(key: Rc<str>) -> Self {
        Self { key, places: Vec::new(), size: FIRST_PORTION, is_last: false }
    }

    /// The newest place up to this one that has the key. The places asked for only fall.
    fn seek(&mut self, connection: &Connection, conversation: i64, upto: u64) -> Result<Option<u64>> {
        loop {
            let index = self.places.partition_point(|place| *place > upto);
            if let Some(place) = self.places.get(index) {
                return Ok(Some(*place));
            }
            if self.is_last {
                return Ok(None);
            }
            let rows = match (place::row(conversation, upto), place::row(conversation, 1)) {
                (Some(newest), Some(oldest)) => newest..=oldest,
                _ => return Ok(None),
            };
            self.places =
                read(connection, &self.key, rows, self.size)?.map(|row| place::of_row(row).1).collect();
            self.is_last = self.places.len() < self.size;
            self.size = (self.size * 4).min(LARGEST_PORTION);
        }
    }
}

/// The rows of the index that have a key, ascending; up to `most` of them.
pub(super) fn read(
    connection: &Connection,
    key: &str,
    rows: RangeInclusive<i64>,
    most: usize,
) -> Result<impl Iterator<Item = i64>> {
    let rows: Vec<i64> = connection
        .prepare_cached(
            "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid LIMIT ?4",
        )?
        .query_map((key, rows.start(), rows.end(), most), |row| row.get(0))?
        .collect::<Result<_>>()?;
    Ok(rows.into_iter())
}
