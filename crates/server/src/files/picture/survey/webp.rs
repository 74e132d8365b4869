use std::io;

use super::Survey;
use crate::files::source::Source;

/// What the length in the header does not count: `RIFF` and itself.
const UNCOUNTED: u64 = 8;
/// Chunks that decide how the picture looks, and those of animations.
const LOOKS: &[&[u8; 4]] = &[b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// Bits in the first byte of `VP8X`: which other chunks there are.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
/// What some programs put before EXIF data, as JPEG has it.
const EXIF: &[u8] = b"Exif\0\0";

/// Bytes that `VP8X` has, and that a frame has at least to tell its size.
const HEAD: u32 = 10;
/// What a lossy frame has behind its first three bytes, and a lossless one ahead of all.
const LOSSY: [u8; 3] = [0x9d, 0x01, 0x2a];
const LOSSLESS: u8 = 0x2f;
/// Bits that each side of a frame has.
const SIDE: u32 = 0x3fff;
/// Bytes ahead of the chunks within `ANMF`.
const FRAME_HEAD: u64 = 16;

/// Width and height of the whole, and the most that a frame has of each.
#[derive(Default)]
struct Sizes {
    whole: Option<(u32, u32)>,
    frames: (u32, u32),
}

impl Sizes {
    fn add_frame(&mut self, (width, height): (u32, u32)) {
        self.frames = (self.frames.0.max(width), self.frames.1.max(height));
    }

    /// Whether a frame is larger than the whole, where that is said apart from the frame.
    fn differ(&self) -> bool {
        self.whole.is_some_and(|(width, height)| self.frames.0 > width || self.frames.1 > height)
    }
}

/// The first byte of `VP8X`.
struct Flags {
    flags: u8,
    /// The index of the piece that it is.
    piece: usize,
}

/// Keeps the chunks that decide how the picture looks. EXIF data, XMP, what nobody knows and what stands behind the end
/// go.
pub(super) fn walk(source: &mut Source<'_>, survey: &mut Survey) -> io::Result<()> {
    let Some([_, _, _, _, a, b, c, d, _, _, _, _]) = source.take()? else { return Ok(()) };
    let end = (UNCOUNTED + u64::from(u32::from_le_bytes([a, b, c, d]))).min(source.length());
    let header = survey.pieces.make(Vec::new());
    let flags = walk_chunks(source, survey, end)?;
    if let Some(exif) = survey.exif_to_keep() {
        survey.pieces.make(chunk(*b"EXIF", &exif));
    }
    if let Some(Flags { flags, piece }) = flags {
        let has_exif = if survey.exif_to_keep().is_some() { HAS_EXIF } else { 0 };
        survey.pieces.remake(piece, vec![(flags & !(HAS_EXIF | HAS_XMP)) | has_exif]);
    }
    let length = survey.pieces.length() + b"WEBP".len() as u64;
    let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    survey.pieces.remake(header, [&b"RIFF"[..], &length, b"WEBP"].concat());
    Ok(())
}

fn walk_chunks(source: &mut Source<'_>, survey: &mut Survey, end: u64) -> io::Result<Option<Flags>> {
    let (mut flags, mut sizes) = (None, Sizes::default());
    while source.position() < end && !survey.pieces.are_too_many() {
        let start = source.position();
        let head = chunk_head(source)?;
        let content = source.position();
        let Some((name, length)) = head else {
            survey.pieces.keep(start, end);
            survey.is_cut_off = true;
            return Ok(flags);
        };
        if let (b"EXIF", Ok(length)) = (&name, u16::try_from(length)) {
            let exif = source.take_vec(length)?;
            let exif = exif.map(|exif| exif.strip_prefix(EXIF).map(<[u8]>::to_vec).unwrap_or(exif));
            survey.exif = survey.exif.take().or(exif);
        }
        let first = if name == *b"VP8X" && length > 0 { source.take()? } else { None };
        match &name {
            b"VP8X" if length >= HEAD => {
                let whole = source.take()?.map(whole_size);
                sizes.whole = sizes.whole.or(whole);
            }
            b"VP8X" => survey.is_cut_off = true,
            b"VP8 " | b"VP8L" if length >= HEAD => {
                source.take()?.and_then(frame_size).into_iter().for_each(|size| sizes.add_frame(size));
            }
            b"ANMF" => {
                survey.is_cut_off |= !walk_frame(source, &mut sizes, content + u64::from(length))?;
            }
            _ => {}
        }
        // Chunks start at even places; what fills the last one up may be missing.
        let padded = content + u64::from(length) + u64::from(length % 2);
        let after = padded.min(end.max(content + u64::from(length)));
        if !source.skip(after.saturating_sub(source.position()))? {
            survey.pieces.keep(start, end);
            survey.is_cut_off = true;
            return Ok(flags);
        }
        match first {
            _ if !LOOKS.contains(&&name) => survey.pieces.leave_out(),
            Some([first]) => {
                survey.pieces.keep(start, content);
                flags = Some(Flags { flags: first, piece: survey.pieces.make(vec![first]) });
                survey.pieces.keep(content + 1, after);
            }
            None => survey.pieces.keep(start, after),
        }
    }
    if source.position() < source.length() {
        survey.pieces.leave_out();
    }
    survey.has_larger_frame = sizes.differ();
    Ok(flags)
}

/// Measures what is in a frame of an animation that ends at this place; answers whether its chunks fit into it.
fn walk_frame(source: &mut Source<'_>, sizes: &mut Sizes, end: u64) -> io::Result<bool> {
    let start = source.position() + FRAME_HEAD;
    if start > end || !source.skip(FRAME_HEAD)? {
        return Ok(false);
    }
    while source.position() + UNCOUNTED <= end {
        let Some((_, length)) = chunk_head(source)? else { return Ok(false) };
        let after = source.position() + u64::from(length);
        if after > end {
            return Ok(false);
        }
        // Whatever its name: there is a decoder that does not look at the second one's.
        if length >= HEAD {
            source.take()?.and_then(frame_size).into_iter().for_each(|size| sizes.add_frame(size));
        }
        let padded = (after + u64::from(length % 2)).min(end);
        if !source.skip(padded - source.position())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What `VP8X` says behind its first byte.
fn whole_size([_, _, _, a, b, c, d, e, f]: [u8; 9]) -> (u32, u32) {
    (1 + u32::from_le_bytes([a, b, c, 0]), 1 + u32::from_le_bytes([d, e, f, 0]))
}

/// What a frame says of its size.
fn frame_size([first, a, b, c, d, e, f, g, h, i]: [u8; HEAD as usize]) -> Option<(u32, u32)> {
    if [c, d, e] == LOSSY {
        let side = |low, high| u32::from(u16::from_le_bytes([low, high])) & SIDE;
        return Some((side(f, g), side(h, i)));
    }
    let sides = u32::from_le_bytes([a, b, c, d]);
    (first == LOSSLESS).then_some((1 + (sides & SIDE), 1 + ((sides >> 14) & SIDE)))
}

fn chunk_head(source: &mut Source<'_>) -> io::Result<Option<([u8; 4], u32)>> {
    let Some(name) = source.take()? else { return Ok(None) };
    Ok(source.take()?.map(|length| (name, u32::from_le_bytes(length))))
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let padding = &[0][..content.len() % 2];
    [&name[..], &length.to_le_bytes(), content, padding].concat()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_robust, bare, survey};
    use super::*;
    use crate::files::picture::orientation::Orientation;

    fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
        let chunks = chunks.concat();
        let length = u32::try_from(chunks.len() + 4).unwrap();
        [&b"RIFF"[..], &length.to_le_bytes(), b"WEBP", &chunks].concat()
    }

    fn extended(flags: u8) -> Vec<u8> {
        chunk(*b"VP8X", &[flags, 0, 0, 0, 1, 0, 0, 2, 0, 0])
    }

    #[test]
    fn a_picture_keeps_the_chunks_that_it_looks_by() {
        let [profile, alpha, data] = [*b"ICCP", *b"ALPH", *b"VP8 "].map(|name| chunk(name, b"abc"));
        let [exif, xmp, own] = [*b"EXIF", *b"XMP ", *b"mine"].map(|name| chunk(name, b"GPS 48.2 N"));
        let order = |flags, more: &[&Vec<u8>]| {
            let kept = [extended(flags), profile.clone(), alpha.clone(), data.clone()];
            riff(&[kept.to_vec(), more.iter().map(|chunk| (*chunk).clone()).collect()].concat())
        };
        let whole = [order(0x3c, &[&exif, &xmp, &own]), b"more".to_vec()].concat();
        let kept = order(0x30, &[]);
        assert_eq!(bare("image/webp", &whole), Some(kept.clone()));
        assert_eq!(bare("image/webp", &kept), None);
        assert_robust("image/webp", &whole);
    }

    fn lossy(width: u16, height: u16) -> Vec<u8> {
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        chunk(*b"VP8 ", &[&[0x10, 0, 0][..], &LOSSY, &sides, b"content"].concat())
    }

    fn lossless(width: u32, height: u32) -> Vec<u8> {
        let sides = (width - 1) | (height - 1) << 14;
        chunk(*b"VP8L", &[&[LOSSLESS][..], &sides.to_le_bytes(), b"content"].concat())
    }

    fn animated(chunks: &[Vec<u8>]) -> Vec<u8> {
        chunk(*b"ANMF", &[&[0; FRAME_HEAD as usize][..], &chunks.concat()].concat())
    }

    #[test]
    fn a_frame_that_is_larger_than_the_whole_is_noticed() {
        let is_sound = |chunks: &[Vec<u8>]| survey("image/webp", &riff(chunks)).is_sound();
        let (alpha, whole) = (chunk(*b"ALPH", b"abc"), extended(0));
        for frame in [lossy(2, 3), lossless(2, 3)] {
            assert!(is_sound(&[whole.clone(), frame.clone()]));
            assert!(is_sound(&[whole.clone(), animated(&[alpha.clone(), frame])]));
        }
        assert!(is_sound(&[lossy(9, 9)]) && is_sound(&[lossless(9, 9)]));
        let mut nameless = lossy(3, 3);
        nameless[..4].copy_from_slice(b"mine");
        for frame in [lossy(3, 3), lossy(2, 4), lossless(3, 3), lossless(2, 4)] {
            assert!(!is_sound(&[whole.clone(), frame.clone()]));
            assert!(!is_sound(&[whole.clone(), animated(std::slice::from_ref(&frame))]));
            assert!(!is_sound(&[whole.clone(), animated(&[lossy(1, 1)]), animated(&[alpha.clone(), frame])]));
        }
        assert!(!is_sound(&[whole.clone(), animated(&[alpha.clone(), nameless])]));
        // Chunks that reach out of their frame, and a whole that does not tell its size.
        let (mut cut, frame) = (animated(&[alpha]), lossy(2, 3));
        cut[4] -= 3;
        assert!(!is_sound(&[whole, cut, frame.clone()]));
        assert!(!is_sound(&[chunk(*b"VP8X", &[0; 9]), frame]));
    }

    #[test]
    fn it_keeps_how_it_has_to_be_turned() {
        let mut exif = [EXIF, &Orientation::of_exif(&[]).to_exif()].concat();
        exif[EXIF.len() + 19] = 6;
        exif.extend(b"GPS");
        let whole = riff(&[extended(0x08), chunk(*b"VP8L", b"ab"), chunk(*b"EXIF", &exif)]);
        let made = bare("image/webp", &whole).unwrap();
        assert_eq!(survey("image/webp", &made).orientation().number(), 6);
        assert!(!made.windows(3).any(|word| word == b"GPS"));
        assert_eq!(bare("image/webp", &made), Some(made));
    }
}
