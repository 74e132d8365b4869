use std::io;

use super::{MOST_PARTS, Playable, tracks};
use crate::files::source::Source;

/// Nanoseconds in a unit of time where nothing else is said.
const DEFAULT_UNIT: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

/// Elements within which others are looked at.
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK: u32 = 0xae;
const CLUSTER: u32 = 0x1f43_b675;
const BLOCK_GROUP: u32 = 0xa0;

const UNIT: u32 = 0x2a_d7b1;
const DURATION: u32 = 0x4489;
const TRACK_TYPE: u32 = 0x83;
const CLUSTER_TIME: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK: u32 = 0xa1;

/// What has been read so far, in units of time.
struct Seen {
    unit: u64,
    duration: Option<f64>,
    has_film: bool,
    has_sound: bool,
    cluster: u64,
    /// When the last block starts, and the one before it.
    last: [u64; 2],
}

/// Tracks and duration stand before the content; what a browser records has no duration, and then the times of its blocks
/// tell.
pub(super) fn read(source: &mut Source<'_>) -> io::Result<Playable> {
    let mut seen = Seen {
        unit: DEFAULT_UNIT,
        duration: None,
        has_film: false,
        has_sound: false,
        cluster: 0,
        last: [0; 2],
    };
    for _ in 0..MOST_PARTS {
        let Some(id) = id(source)? else { break };
        let Some(length) = length(source)? else { break };
        if id == CLUSTER && seen.duration.is_some() {
            break;
        }
        if matches!(id, SEGMENT | INFO | TRACKS | TRACK | CLUSTER | BLOCK_GROUP) {
            continue;
        }
        // Only what is looked into may be of unknown length.
        let Some(length) = length else { break };
        let end = source.position().saturating_add(length);
        element(source, id, length, &mut seen)?;
        if !source.skip(end.saturating_sub(source.position()))? {
            break;
        }
    }
    let units = seen.duration.map_or_else(
        // The last block plays as long as the one before it.
        || seen.last[1].saturating_add(seen.last[1].saturating_sub(seen.last[0])),
        |duration| duration as u64,
    );
    let nanoseconds = units.saturating_mul(seen.unit);
    Ok(Playable::new(tracks(seen.has_film, seen.has_sound), nanoseconds, SECOND))
}

fn element(source: &mut Source<'_>, id: u32, length: u64, seen: &mut Seen) -> io::Result<()> {
    match id {
        UNIT => seen.unit = number(source, length)?.unwrap_or(DEFAULT_UNIT),
        DURATION => seen.duration = float(source, length)?.filter(|duration| *duration > 0.0),
        TRACK_TYPE => match number(source, length)? {
            Some(1) => seen.has_film = true,
            Some(2) => seen.has_sound = true,
            _ => {}
        },
        CLUSTER_TIME => seen.cluster = number(source, length)?.unwrap_or(seen.cluster),
        SIMPLE_BLOCK | BLOCK => {
            let (Some(_track), Some(offset)) = (self::length(source)?, source.take()?) else { return Ok(()) };
            let time = seen.cluster.saturating_add_signed(i16::from_be_bytes(offset).into());
            if time > seen.last[1] {
                seen.last = [seen.last[1], time];
            }
        }
        _ => {}
    }
    Ok(())
}

/// The name of an element: as many bytes as the zeros before its first one say, four at most.
fn id(source: &mut Source<'_>) -> io::Result<Option<u32>> {
    let Some([first]) = source.take()? else { return Ok(None) };
    let more = first.leading_zeros();
    if more > 3 {
        return Ok(None);
    }
    let mut id = u32::from(first);
    for _ in 0..more {
        let Some([next]) = source.take()? else { return Ok(None) };
        id = (id << 8) | u32::from(next);
    }
    Ok(Some(id))
}

/// The length of an element, which may be unknown; `None` if there is none.
#[expect(clippy::option_option, reason = "the end of the file and an unknown length are two things")]
fn length(source: &mut Source<'_>) -> io::Result<Option<Option<u64>>> {
    let Some([first]) = source.take()? else { return Ok(None) };
    let more = first.leading_zeros();
    if more > 7 {
        return Ok(None);
    }
    let mut length = u64::from(first) & ((1 << (7 - more)) - 1);
    for _ in 0..more {
        let Some([next]) = source.take()? else { return Ok(None) };
        length = (length << 8) | u64::from(next);
    }
    let unknown = (1 << (7 * (more + 1))) - 1;
    Ok(Some((length != unknown).then_some(length)))
}

fn number(source: &mut Source<'_>, length: u64) -> io::Result<Option<u64>> {
    let Ok(length @ 0..=8) = u16::try_from(length) else { return Ok(None) };
    let bytes = source.take_vec(length)?;
    Ok(bytes.map(|bytes| bytes.into_iter().fold(0, |number, byte| (number << 8) | u64::from(byte))))
}

fn float(source: &mut Source<'_>, length: u64) -> io::Result<Option<f64>> {
    match length {
        4 => Ok(source.take()?.map(f32::from_be_bytes).map(f64::from)),
        8 => Ok(source.take()?.map(f64::from_be_bytes)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use chirrup_domain::upload::Tracks;

    use super::super::tests::{assert_robust, read, sound};
    use super::*;

    fn element(id: u32, content: &[u8]) -> Vec<u8> {
        let id = id.to_be_bytes();
        let id = &id[id.iter().position(|byte| *byte != 0).unwrap()..];
        let length = 0x4000 | u16::try_from(content.len()).unwrap();
        [id, &length.to_be_bytes(), content].concat()
    }

    fn endless(id: u32, content: &[u8]) -> Vec<u8> {
        [&id.to_be_bytes()[..], b"\x01\xff\xff\xff\xff\xff\xff\xff", content].concat()
    }

    fn webm(info: &[u8], types: &[u8], clusters: &[u8]) -> Vec<u8> {
        let entries: Vec<u8> =
            types.iter().flat_map(|kind| element(TRACK, &element(TRACK_TYPE, &[*kind]))).collect();
        let content = [&element(INFO, info)[..], &element(TRACKS, &entries), clusters].concat();
        [element(0x1a45_dfa3, b"\x42\x82\x84webm"), endless(SEGMENT, &content)].concat()
    }

    fn cluster(time: u16, blocks: &[i16]) -> Vec<u8> {
        let time = element(CLUSTER_TIME, &time.to_be_bytes());
        let block =
            |offset: &i16| element(SIMPLE_BLOCK, &[&[0x81][..], &offset.to_be_bytes(), b"\x80x"].concat());
        endless(CLUSTER, &[time, blocks.iter().flat_map(block).collect()].concat())
    }

    #[test]
    fn a_duration_in_the_head_is_believed() {
        let unit = element(UNIT, &[0x0f, 0x42, 0x40]);
        let long = element(DURATION, &1500_f64.to_be_bytes());
        let short = element(DURATION, &1500_f32.to_be_bytes());
        for info in [[&unit[..], &long].concat(), [&unit[..], &short].concat(), short.clone()] {
            assert_eq!(read("webm", &webm(&info, &[2], &cluster(9000, &[0]))), sound(1500));
        }
    }

    #[test]
    fn what_a_browser_recorded_lasts_as_long_as_its_blocks() {
        let clusters = [cluster(0, &[0, 60, 120]), cluster(1320, &[0, 60, 120])].concat();
        let recorded = webm(&[], &[2], &clusters);
        assert_eq!(read("webm", &recorded), sound(1500));
        assert_robust("webm", &recorded);
        let group = element(BLOCK_GROUP, &element(BLOCK, &[0x81, 0, 30, 0]));
        assert_eq!(read("webm", &webm(&[], &[2], &endless(CLUSTER, &group))), sound(60));
    }

    #[test]
    fn moving_pictures_make_a_film() {
        assert_eq!(read("webm", &webm(&[], &[2, 1], &[])).tracks, Some(Tracks::Film));
        assert_eq!(read("webm", &webm(&[], &[], &[])), Playable::default());
    }
}
