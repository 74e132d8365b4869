use std::io;

use super::Survey;
use crate::files::source::Source;

const SIGNATURE: u64 = 8;
/// Length, name and checksum.
const FRAME: u64 = 12;
/// The signature and the first chunk, whose size is fixed.
const HEADER: u64 = 33;
/// Chunks that decide how the picture looks, and those of animations.
const LOOKS: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP",
    b"mDCV", b"cLLI", b"pHYs", b"bKGD", b"hIST", b"acTL", b"fcTL", b"fdAT",
];

/// Keeps the chunks that decide how the picture looks. Texts, times, EXIF data, what nobody knows and what stands behind
/// the end go.
pub(super) fn walk(source: &mut Source<'_>, survey: &mut Survey) -> io::Result<()> {
    walk_chunks(source, survey)?;
    if let Some(exif) = survey.exif_to_keep() {
        survey.pieces.insert_behind(HEADER, chunk(*b"eXIf", &exif));
    }
    Ok(())
}

fn walk_chunks(source: &mut Source<'_>, survey: &mut Survey) -> io::Result<()> {
    source.skip(SIGNATURE)?;
    survey.pieces.keep(0, source.position());
    while !survey.pieces.are_too_many() {
        let start = source.position();
        let Some((length, name)) = chunk_head(source)? else {
            survey.pieces.keep(start, source.length());
            return Ok(());
        };
        let end = start + FRAME + u64::from(length);
        match (&name, u16::try_from(length)) {
            (b"IHDR", _) => {
                survey.is_deep = source.take()?.is_some_and(|[.., depth]: [u8; 9]| depth == 16);
            }
            (b"eXIf", Ok(length)) => {
                let exif = source.take_vec(length)?;
                survey.exif = survey.exif.take().or(exif);
            }
            _ => {}
        }
        if !source.skip(end.saturating_sub(source.position()))? {
            survey.pieces.keep(start, source.length());
            return Ok(());
        }
        match LOOKS.contains(&&name) {
            true => survey.pieces.keep(start, end),
            false => survey.pieces.leave_out(),
        }
        if name == *b"IEND" {
            if end < source.length() {
                survey.pieces.leave_out();
            }
            return Ok(());
        }
    }
    Ok(())
}

fn chunk_head(source: &mut Source<'_>) -> io::Result<Option<(u32, [u8; 4])>> {
    let Some(length) = source.take()? else { return Ok(None) };
    Ok(source.take()?.map(|name| (u32::from_be_bytes(length), name)))
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let named = [&name[..], content].concat();
    [&length.to_be_bytes()[..], &named, &checksum(&named).to_be_bytes()].concat()
}

/// CRC-32, as PNG has it.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_robust, bare, survey};
    use super::*;
    use crate::files::picture::orientation::Orientation;

    fn picture(depth: u8) -> [Vec<u8>; 2] {
        let header = [&[0, 0, 0, 2, 0, 0, 0, 3][..], &[depth, 2, 0, 0, 0]].concat();
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(*b"IHDR", &header)]
    }

    #[test]
    fn a_picture_keeps_the_chunks_that_it_looks_by() {
        let [signature, header] = picture(8);
        let [profile, data, end] = [(*b"iCCP", &b"p"[..]), (*b"IDAT", b"x"), (*b"IEND", b"")]
            .map(|(name, content)| chunk(name, content));
        let [exif, text, time, own] =
            [*b"eXIf", *b"iTXt", *b"tIME", *b"prVt"].map(|name| chunk(name, b"GPS 48.2 N"));
        let kept = [&signature[..], &header, &profile, &data, &data, &end].concat();
        let whole =
            [&signature[..], &header, &text, &profile, &exif, &data, &data, &time, &own, &end, b"more"]
                .concat();
        assert_eq!(bare("image/png", &whole), Some(kept.clone()));
        assert_eq!(bare("image/png", &kept), None);
        assert_robust("image/png", &whole);
    }

    #[test]
    fn it_keeps_how_it_has_to_be_turned() {
        let [signature, header] = picture(16);
        let mut exif = Orientation::of_exif(&[]).to_exif();
        exif[19] = 8;
        exif.extend(b"GPS");
        let end = chunk(*b"IEND", b"");
        let whole = [&signature[..], &header, &chunk(*b"eXIf", &exif), &end].concat();
        let made = bare("image/png", &whole).unwrap();
        let found = survey("image/png", &made);
        assert_eq!((found.orientation().number(), found.is_deep), (8, true));
        assert!(!made.windows(3).any(|word| word == b"GPS"));
        assert!(made.ends_with(&end));
    }

    #[test]
    fn a_checksum_is_that_of_the_specification() {
        assert_eq!(checksum(b"IEND"), 0xae42_6082);
    }
}
