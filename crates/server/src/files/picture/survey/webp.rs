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
    let mut flags = None;
    while source.position() < end && !survey.pieces.are_too_many() {
        let start = source.position();
        let head = chunk_head(source)?;
        let content = source.position();
        let Some((name, length)) = head else {
            survey.pieces.keep(start, end);
            return Ok(flags);
        };
        if let (b"EXIF", Ok(length)) = (&name, u16::try_from(length)) {
            let exif = source.take_vec(length)?;
            let exif = exif.map(|exif| exif.strip_prefix(EXIF).map(<[u8]>::to_vec).unwrap_or(exif));
            survey.exif = survey.exif.take().or(exif);
        }
        let first = if name == *b"VP8X" && length > 0 { source.take()? } else { None };
        // Chunks start at even places; what fills the last one up may be missing.
        let padded = content + u64::from(length) + u64::from(length % 2);
        let after = padded.min(end.max(content + u64::from(length)));
        if !source.skip(after.saturating_sub(source.position()))? {
            survey.pieces.keep(start, end);
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
    Ok(flags)
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
