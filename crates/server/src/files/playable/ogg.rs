use std::io;

use memchr::memmem;

use super::{Playable, tracks};
use crate::files::source::Source;

/// As much of a file's end as holds the start of its last page.
const LONGEST_PAGE: u64 = 64 * 1024;
/// What a page starts with.
const PAGE: &[u8; 5] = b"OggS\0";
/// In a page's flags: a stream begins.
const BEGINS: u8 = 0x02;
/// How far a stream has come by a page in which nothing ends.
const NOWHERE: u64 = u64::MAX;

/// The head of a page.
struct Page {
    begins: bool,
    stream: u32,
    /// Bytes behind the head.
    content: u64,
}

/// A stream of sound.
#[derive(Clone, Copy)]
struct Sound {
    stream: u32,
    rate: u32,
    /// Samples before the first that is heard.
    skipped: u16,
}

/// The first pages say which streams there are, and the last of a stream of sound how many samples it has.
pub(super) fn read(source: &mut Source<'_>) -> io::Result<Playable> {
    let (mut has_film, mut sound) = (false, None);
    while let Some(page) = page(source)?.filter(|page| page.begins) {
        let start = source.position();
        let head = source.take_rest(40)?;
        has_film |=
            head.starts_with(b"\x80theora") || head.starts_with(b"OVP80") || head.starts_with(b"BBCD");
        sound = sound.or(read_sound(&head, page.stream));
        if !source.skip((start + page.content).saturating_sub(source.position()))? {
            break;
        }
    }
    let rest = source.length().saturating_sub(source.position());
    source.skip(rest.saturating_sub(LONGEST_PAGE))?;
    let tail = source.take_rest(LONGEST_PAGE)?;
    let samples = match sound {
        Some(sound) => last_position(&tail, sound.stream).saturating_sub(sound.skipped.into()),
        None => 0,
    };
    Ok(Playable::new(tracks(has_film, sound.is_some()), samples, sound.map_or(0, |sound| sound.rate.into())))
}

fn read_sound(head: &[u8], stream: u32) -> Option<Sound> {
    let rate = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
    Some(match head {
        // Whatever the rate was, Opus counts as if it were 48 kHz.
        _ if head.starts_with(b"OpusHead") => {
            Sound { stream, rate: 48_000, skipped: u16::from_le_bytes(head.get(10..12)?.try_into().ok()?) }
        }
        _ if head.starts_with(b"\x01vorbis") => Sound { stream, rate: rate(12)?, skipped: 0 },
        _ if head.starts_with(b"Speex   ") => Sound { stream, rate: rate(36)?, skipped: 0 },
        _ if head.starts_with(b"\x7fFLAC") => Sound { stream, rate: 0, skipped: 0 },
        _ => return None,
    })
}

/// Where this stream has come to in the last of its pages.
fn last_position(tail: &[u8], stream: u32) -> u64 {
    // The letters may stand within a page by chance: hardly ever with the stream's number behind them.
    let positions = memmem::find_iter(tail, PAGE).filter_map(|at| {
        let position = u64::from_le_bytes(tail.get(at + 6..at + 14)?.try_into().ok()?);
        let of = u32::from_le_bytes(tail.get(at + 14..at + 18)?.try_into().ok()?);
        (of == stream && position != NOWHERE).then_some(position)
    });
    positions.last().unwrap_or(0)
}

/// Reads the head of a page, if one stands here.
fn page(source: &mut Source<'_>) -> io::Result<Option<Page>> {
    if source.take()?.as_ref() != Some(PAGE) {
        return Ok(None);
    }
    let Some([flags]) = source.take()? else { return Ok(None) };
    let Some(_position) = source.take::<8>()? else { return Ok(None) };
    let Some(stream) = source.take()?.map(u32::from_le_bytes) else { return Ok(None) };
    let Some([_, _, _, _, _, _, _, _, segments]) = source.take()? else { return Ok(None) };
    let Some(table) = source.take_vec(segments.into())? else { return Ok(None) };
    let content = table.into_iter().map(u64::from).sum();
    Ok(Some(Page { begins: flags & BEGINS != 0, stream, content }))
}

#[cfg(test)]
mod tests {
    use chirrup_domain::upload::Tracks;

    use super::super::tests::{assert_robust, read, sound};
    use super::*;

    fn page(flags: u8, position: u64, stream: u32, content: &[u8]) -> Vec<u8> {
        let mut head =
            [&b"OggS\0"[..], &[flags], &position.to_le_bytes(), &stream.to_le_bytes(), &[0; 8]].concat();
        head.extend([1, u8::try_from(content.len()).unwrap()]);
        [&head, content].concat()
    }

    const OPUS: &[u8] = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0";
    const VORBIS: &[u8] = b"\x01vorbis\0\0\0\0\x01\x44\xac\0\0\0\0\0\0\0\0\0\0";
    const THEORA: &[u8] = b"\x80theora\x03\x02\x01";

    #[test]
    fn the_last_page_tells_how_long_a_sound_is() {
        let opus = [
            page(2, 0, 7, OPUS),
            page(0, 0, 7, b"OpusTags"),
            page(0, 48_000, 7, b"OOggS"),
            page(4, 72_312, 7, b"abc"),
            page(4, 999_999, 8, b"another stream"),
            page(0, u64::MAX, 7, b""),
        ];
        assert_eq!(read("ogg", &opus.concat()), sound(1500));
        assert_robust("ogg", &opus.concat());
        let vorbis = [page(2, 0, 1, VORBIS), vec![0; 300_000], page(4, 66_150, 1, b"abc")];
        assert_eq!(read("ogg", &vorbis.concat()), sound(1500));
    }

    #[test]
    fn moving_pictures_make_a_film() {
        let film = [page(2, 0, 1, THEORA), page(2, 0, 2, VORBIS), page(4, 66_150, 2, b"abc")].concat();
        assert_eq!(read("ogg", &film).tracks, Some(Tracks::Film));
        assert_eq!(read("ogg", &page(2, 0, 1, b"unknown")), Playable::default());
    }
}
