use std::io;

use super::fragments::Fragments;
use super::{MOST_PARTS, Playable, tracks};
use crate::files::source::Source;

/// What has been read so far.
#[derive(Default)]
struct Seen {
    has_film: bool,
    has_sound: bool,
    duration: u64,
    per_second: u32,
    fragments: Fragments,
}

/// The box `moov` has the tracks and the duration, wherever it stands; of what was recorded in fragments, only they tell.
pub(super) fn read(source: &mut Source<'_>) -> io::Result<Playable> {
    let mut seen = Seen::default();
    for _ in 0..MOST_PARTS {
        let start = source.position();
        let (Some(length), Some(name)) = (source.take()?, source.take()?) else { break };
        let length = match u32::from_be_bytes(length) {
            0 => source.length() - start,
            1 => source.take()?.map_or(0, u64::from_be_bytes),
            length => length.into(),
        };
        // Boxes of boxes: the first one within comes next.
        if matches!(&name, b"moov" | b"trak" | b"mdia" | b"mvex" | b"moof" | b"traf") {
            continue;
        }
        content(source, name, &mut seen)?;
        let end = start.saturating_add(length);
        if end < source.position() || !source.skip(end - source.position())? {
            break;
        }
    }
    let tracks = tracks(seen.has_film, seen.has_sound);
    if seen.duration > 0 {
        return Ok(Playable::new(tracks, seen.duration, seen.per_second.into()));
    }
    let (units, per_second) = seen.fragments.duration();
    Ok(Playable::new(tracks, units, per_second))
}

fn content(source: &mut Source<'_>, name: [u8; 4], seen: &mut Seen) -> io::Result<()> {
    match &name {
        b"mvhd" => (seen.per_second, seen.duration) = time(source)?,
        b"mehd" => {
            let wide = is_wide(source)?;
            seen.duration = seen.duration.max(duration(source, wide)?);
        }
        b"mdhd" => seen.fragments.track(time(source)?.0),
        b"hdlr" => {
            source.skip(8)?;
            match source.take()?.as_ref() {
                Some(b"vide") => seen.has_film = true,
                Some(b"soun") => seen.has_sound = true,
                _ => {}
            }
        }
        b"tkhd" => {
            let wide = is_wide(source)?;
            source.skip(if wide { 16 } else { 8 })?;
            seen.fragments.name_track(source.take()?.map_or(0, u32::from_be_bytes));
        }
        b"trex" => seen.fragments.defaults(source)?,
        b"tfhd" => seen.fragments.begin(source)?,
        b"tfdt" => {
            let wide = is_wide(source)?;
            seen.fragments.start_at(duration(source, wide)?);
        }
        b"trun" => seen.fragments.samples(source)?,
        _ => {}
    }
    Ok(())
}

/// Units in a second, and how many of them: behind two dates.
fn time(source: &mut Source<'_>) -> io::Result<(u32, u64)> {
    let wide = is_wide(source)?;
    source.skip(if wide { 16 } else { 8 })?;
    let per_second = source.take()?.map_or(0, u32::from_be_bytes);
    Ok((per_second, duration(source, wide)?))
}

/// Whether this box has times in 64 bits, by its version; reads its flags too.
fn is_wide(source: &mut Source<'_>) -> io::Result<bool> {
    Ok(source.take()?.is_some_and(|[version, _, _, _]: [u8; 4]| version == 1))
}

/// A time; zero where it says that it is not known.
fn duration(source: &mut Source<'_>, wide: bool) -> io::Result<u64> {
    let known = match wide {
        true => source.take()?.map(u64::from_be_bytes).filter(|time| *time != u64::MAX),
        false => source.take()?.map(u32::from_be_bytes).filter(|time| *time != u32::MAX).map(u64::from),
    };
    Ok(known.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use chirrup_domain::upload::Tracks;

    use super::super::tests::{assert_robust, read, sound};
    use super::*;

    fn part(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 8).unwrap();
        [&length.to_be_bytes()[..], name, content].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    /// Version, flags, two dates, units in a second, how many.
    fn time(per_second: u32, duration: u32) -> Vec<u8> {
        words(&[0, 0, 0, per_second, duration, 0])
    }

    fn track(id: u32, handler: &[u8; 4], per_second: u32) -> Vec<u8> {
        let head = part(b"tkhd", &words(&[0, 0, 0, id, 0, 0]));
        let handler = part(b"hdlr", &[&[0; 8][..], handler, &[0; 12]].concat());
        let media = part(b"mdia", &[part(b"mdhd", &time(per_second, 0)), handler].concat());
        part(b"trak", &[head, media].concat())
    }

    fn movie(duration: u32, tracks: &[Vec<u8>]) -> Vec<u8> {
        part(b"moov", &[part(b"mvhd", &time(1000, duration)), tracks.concat()].concat())
    }

    #[test]
    fn the_head_tells_wherever_it_stands() {
        let (kind, movie) = (part(b"ftyp", b"isom"), movie(1500, &[track(1, b"soun", 48_000)]));
        let data = part(b"mdat", &[0; 100]);
        let long = [&words(&[1])[..], b"mdat", &words(&[0, 116]), &[0; 100]].concat();
        for parts in [[&kind, &movie, &data], [&kind, &data, &movie], [&kind, &long, &movie]] {
            let file = parts.map(Vec::as_slice).concat();
            assert_eq!(read("mp4", &file), sound(1500));
        }
        assert_robust("mp4", &[kind, movie].concat());
    }

    #[test]
    fn a_wide_head_tells_the_same() {
        let head = [&words(&[1 << 24, 0, 0, 0, 0, 1000, 0, 1500])[..], &[0; 8]].concat();
        let movie = part(b"moov", &[part(b"mvhd", &head), track(1, b"soun", 1)].concat());
        assert_eq!(read("m4a", &movie), sound(1500));
    }

    #[test]
    fn moving_pictures_make_a_film() {
        let movie = movie(1500, &[track(1, b"soun", 1), track(2, b"vide", 1)]);
        assert_eq!(read("mp4", &movie).tracks, Some(Tracks::Film));
        assert_eq!(read("mp4", &part(b"ftyp", b"isom")), Playable::default());
    }

    #[test]
    fn fragments_tell_where_the_head_does_not() {
        let extends = part(b"mvex", &part(b"trex", &words(&[0, 1, 1, 480, 0, 0])));
        let mut file =
            part(b"moov", &[part(b"mvhd", &time(1000, 0)), track(1, b"soun", 48_000), extends].concat());
        let fragment = |header: &[u32], start: u32, run: &[u32]| {
            let parts = [
                part(b"tfhd", &words(header)),
                part(b"tfdt", &words(&[0, start])),
                part(b"trun", &words(run)),
            ];
            part(b"moof", &part(b"traf", &parts.concat()))
        };
        // By the default of the track, of the fragment, and sample by sample.
        file.extend(fragment(&[0, 1], 0, &[0, 50]));
        assert_eq!(read("mp4", &file), sound(500));
        file.extend(fragment(&[0x02_0008, 1, 960], 24_000, &[0x201, 25, 0, 7, 7]));
        assert_eq!(read("mp4", &file), sound(1000));
        file.extend(fragment(&[0x02, 1, 9], 48_000, &[0x301, 2, 0, 20_000, 7, 4_000, 7]));
        assert_eq!(read("mp4", &file), sound(1500));
        assert_robust("mp4", &file);
        file.extend(fragment(&[0, 1], 0, &[0x100, u32::MAX, 1]));
        read("mp4", &file);
    }

    #[test]
    fn a_fragment_of_no_track_is_nothing() {
        let fragment =
            part(b"traf", &[part(b"tfhd", &words(&[0, 9])), part(b"trun", &words(&[0, 9]))].concat());
        let movie = movie(0, &[track(1, b"soun", 48_000)]);
        assert_eq!(read("mp4", &[movie, part(b"moof", &fragment)].concat()).duration, None);
    }
}
