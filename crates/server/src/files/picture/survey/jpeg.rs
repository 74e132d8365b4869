use std::io;

use super::Survey;
use crate::files::source::Source;

const EXIF: &[u8] = b"Exif\0\0";
const COLOUR_PROFILE: &[u8] = b"ICC_PROFILE\0";
/// Bytes of the marker that every JPEG starts with.
const START: u64 = 2;

/// A marker, and where it starts.
#[derive(Clone, Copy)]
struct Marker {
    name: u8,
    start: u64,
}

/// What follows a marker.
#[derive(Clone, Copy)]
enum Segment {
    /// Nothing: the file goes on.
    Bare,
    /// Its length and as many bytes, and whether they belong to the picture.
    Long { belongs: bool },
    /// The same, and behind it the picture's content.
    Scan,
    /// Nothing more.
    End,
}

/// Keeps everything that decoding needs and the colour profile. EXIF data, XMP, captions, comments, and what stands
/// behind the picture's end go: there phones put films, other sizes and depth maps, with data of their own.
pub(super) fn walk(source: &mut Source<'_>, survey: &mut Survey) -> io::Result<()> {
    walk_segments(source, survey)?;
    if let Some(exif) = survey.exif_to_keep() {
        survey.pieces.insert_behind(START, exif_segment(&exif));
    }
    Ok(())
}

fn walk_segments(source: &mut Source<'_>, survey: &mut Survey) -> io::Result<()> {
    source.skip(START)?;
    survey.pieces.keep(0, source.position());
    let mut next = next_marker(source)?;
    if next.is_some_and(|marker| marker.start > START) {
        survey.pieces.leave_out();
    }
    let mut has_content = false;
    while !survey.pieces.are_too_many() {
        let start = next.map_or(source.position(), |marker| marker.start);
        let kind = match next {
            Some(marker) => segment(source, marker.name, survey)?,
            None => None,
        };
        let end = source.position();
        has_content |= matches!(kind, Some(Segment::Scan));
        next = match kind {
            Some(Segment::Scan) => skip_content(source)?,
            Some(Segment::Bare | Segment::Long { .. }) => next_marker(source)?,
            Some(Segment::End) => {
                survey.pieces.keep(start, end);
                if end < source.length() {
                    survey.pieces.leave_out();
                }
                return Ok(());
            }
            None => None,
        };
        let start = match kind {
            Some(Segment::Long { belongs: false }) => {
                survey.pieces.leave_out();
                end
            }
            Some(Segment::Bare) if !has_content => {
                survey.pieces.leave_out();
                end
            }
            _ => start,
        };
        let Some(marker) = next else {
            // Cut off or broken: whatever follows, it stays.
            survey.pieces.keep(start, source.length());
            survey.is_cut_off = true;
            return Ok(());
        };
        // Decoders differ in what they make of stray bytes ahead of the content; within it, they may be a part of it.
        if has_content || marker.start == end {
            survey.pieces.keep(start, marker.start);
        } else {
            survey.pieces.leave_out();
            survey.pieces.keep(start, end);
        }
    }
    Ok(())
}

/// Goes to the next marker, past bytes that are none, as decoders do.
fn next_marker(source: &mut Source<'_>) -> io::Result<Option<Marker>> {
    while source.seek_byte(0xff)? {
        let start = source.position();
        let name = loop {
            match source.take()? {
                Some([0xff]) => {}
                Some([name]) => break name,
                None => return Ok(None),
            }
        };
        if name != 0x00 {
            return Ok(Some(Marker { name, start }));
        }
    }
    Ok(None)
}

/// Goes to the next marker that is none of those within a scan.
fn skip_content(source: &mut Source<'_>) -> io::Result<Option<Marker>> {
    loop {
        match next_marker(source)? {
            Some(Marker { name: 0xd0..=0xd7, .. }) => {}
            found => return Ok(found),
        }
    }
}

/// Goes to the end of the segment behind this marker.
fn segment(source: &mut Source<'_>, marker: u8, survey: &mut Survey) -> io::Result<Option<Segment>> {
    match marker {
        0xd9 => return Ok(Some(Segment::End)),
        0x01 | 0xd0..=0xd7 => return Ok(Some(Segment::Bare)),
        0xd8 => return Ok(None),
        _ => {}
    }
    let length = source.take()?.map(u16::from_be_bytes).and_then(|length| length.checked_sub(2));
    let Some(length) = length else { return Ok(None) };
    let belongs = match marker {
        0xe1 => {
            let Some(content) = source.take_vec(length)? else { return Ok(None) };
            if let Some(exif) = content.strip_prefix(EXIF) {
                survey.exif.get_or_insert_with(|| exif.to_vec());
            }
            return Ok(Some(Segment::Long { belongs: false }));
        }
        0xe2 => {
            let Some(content) = source.take_vec(length)? else { return Ok(None) };
            return Ok(Some(Segment::Long { belongs: content.starts_with(COLOUR_PROFILE) }));
        }
        // JFIF, and Adobe's, which says what the colours mean.
        0xe0 | 0xee => true,
        0xe3..=0xef | 0xfe => false,
        _ => true,
    };
    survey.is_progressive |= matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
    let is_there = source.skip(u64::from(length))?;
    Ok(is_there.then_some(if marker == 0xda { Segment::Scan } else { Segment::Long { belongs } }))
}

fn exif_segment(exif: &[u8]) -> Vec<u8> {
    let length = u16::try_from(2 + EXIF.len() + exif.len()).unwrap_or(u16::MAX);
    [&b"\xff\xe1"[..], &length.to_be_bytes(), EXIF, exif].concat()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_robust, bare, survey};
    use super::*;
    use crate::files::picture::orientation::Orientation;

    const JFIF: &[u8] = b"\xff\xe0\0\x06JFIF";
    const XMP: &[u8] = b"\xff\xe1\0\x08http:/";
    const PROFILE: &[u8] = b"\xff\xe2\0\x10ICC_PROFILE\0\x01\x01";
    const OTHER_SIZES: &[u8] = b"\xff\xe2\0\x06MPF\0";
    const CAPTION: &[u8] = b"\xff\xed\0\x04IP";
    const ADOBE: &[u8] = b"\xff\xee\0\x07Adobe";
    const COMMENT: &[u8] = b"\xff\xfe\0\x06home";
    const FRAME: &[u8] = b"\xff\xc0\0\x0b\x08\0\x03\0\x02\x01\x01\x11\0";
    const SCAN: &[u8] = b"\xff\xda\0\x03\x01ab\xff\0c\xff\xd0d\xff\xff\0";
    const END: &[u8] = b"\xff\xd9";

    fn exif(orientation: u8) -> Vec<u8> {
        let mut tiff = Orientation::of_exif(&[]).to_exif();
        tiff[19] = orientation;
        tiff.extend(b"GPS 48.2 N 16.4 E");
        exif_segment(&tiff)
    }

    #[test]
    fn a_picture_keeps_what_shows_it_and_nothing_that_tells_on_its_owner() {
        let (upright, start) = (exif(1), &b"\xff\xd8"[..]);
        let whole = [
            start,
            JFIF,
            &upright,
            XMP,
            PROFILE,
            OTHER_SIZES,
            CAPTION,
            ADOBE,
            COMMENT,
            FRAME,
            SCAN,
            FRAME,
            SCAN,
            END,
            b"and a film",
        ];
        let kept = [start, JFIF, PROFILE, ADOBE, FRAME, SCAN, FRAME, SCAN, END].concat();
        assert_eq!(bare("image/jpeg", &whole.concat()).as_deref(), Some(&kept[..]));
        assert_eq!(bare("image/jpeg", &kept), None);
        assert_robust("image/jpeg", &whole.concat());
    }

    #[test]
    fn it_keeps_how_it_has_to_be_turned() {
        let turned = exif(6);
        let whole = [&b"\xff\xd8"[..], &turned, JFIF, FRAME, SCAN, END].concat();
        assert_eq!(survey("image/jpeg", &whole).orientation().number(), 6);
        let made = bare("image/jpeg", &whole).unwrap();
        assert!(!made.windows(3).any(|word| word == b"GPS"));
        assert_eq!(survey("image/jpeg", &made).orientation().number(), 6);
        assert!(made.ends_with(&[JFIF, FRAME, SCAN, END].concat()));
        let again = bare("image/jpeg", &made).unwrap();
        assert_eq!(again, made);
    }

    #[test]
    fn stray_bytes_hide_nothing() {
        let (upright, start) = (exif(1), &b"\xff\xd8"[..]);
        let kept = [start, JFIF, FRAME, SCAN, END].concat();
        for stray in [&b"\0"[..], b"ab", b"\xff\0", b"a\xff\xff\0\xe1", b"\xff\x01", b"\xff\xd0b"] {
            for whole in [
                [start, stray, &upright, JFIF, FRAME, SCAN, END].concat(),
                [start, JFIF, stray, &upright, FRAME, SCAN, END].concat(),
                [start, JFIF, &upright, stray, FRAME, SCAN, END].concat(),
                [start, JFIF, stray, FRAME, SCAN, END].concat(),
            ] {
                assert_eq!(bare("image/jpeg", &whole).as_ref(), Some(&kept), "{stray:?}");
                assert!(survey("image/jpeg", &whole).is_sound());
            }
        }
        let whole = [start, JFIF, FRAME, SCAN, b"\xff\x01c\xff\xd1d", &upright, SCAN, END].concat();
        let kept = [start, JFIF, FRAME, SCAN, b"\xff\x01c\xff\xd1d", SCAN, END].concat();
        assert_eq!(bare("image/jpeg", &whole), Some(kept));
        assert_robust("image/jpeg", &whole);
    }

    #[test]
    fn one_that_is_cut_off_keeps_its_rest_and_loses_its_head() {
        let upright = exif(1);
        let whole = [&b"\xff\xd8"[..], &upright, FRAME, SCAN].concat();
        assert_eq!(bare("image/jpeg", &whole), Some([&b"\xff\xd8"[..], FRAME, SCAN].concat()));
        assert!(survey("image/jpeg", &whole).is_cut_off);
        assert!(!survey("image/jpeg", &[&whole[..], END].concat()).is_cut_off);
    }

    #[test]
    fn scans_over_the_whole_picture_are_noticed() {
        let progressive = [b"\xff\xd8\xff\xc2", &FRAME[2..], SCAN, END].concat();
        assert!(survey("image/jpeg", &progressive).is_progressive);
        assert!(!survey("image/jpeg", &[b"\xff\xd8", FRAME, SCAN, END].concat()).is_progressive);
    }
}
