use std::io;

use super::Survey;
use crate::files::source::Source;

/// Signature and version.
const SIGNATURE: u64 = 6;
/// Applications whose extensions decide how the picture looks: how often it repeats, and its colours.
const LOOKS: &[&[u8; 11]] = &[b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

/// Keeps the pictures and how they follow one another. Comments, other applications' data and what stands behind the end
/// go.
pub(super) fn walk(source: &mut Source<'_>, survey: &mut Survey) -> io::Result<()> {
    source.skip(SIGNATURE)?;
    let is_read = match source.take()? {
        Some([_, _, _, _, colours, _, _]) => source.skip(table(colours))?,
        None => false,
    };
    survey.pieces.keep(0, if is_read { source.position() } else { source.length() });
    while is_read && !survey.pieces.are_too_many() {
        let start = source.position();
        match block(source)? {
            Some(Block::Belongs) => survey.pieces.keep(start, source.position()),
            Some(Block::Other) => survey.pieces.leave_out(),
            Some(Block::End) => {
                survey.pieces.keep(start, source.position());
                if source.position() < source.length() {
                    survey.pieces.leave_out();
                }
                break;
            }
            // Cut off or broken: whatever it is, it stays.
            None => {
                survey.pieces.keep(start, source.length());
                break;
            }
        }
    }
    Ok(())
}

enum Block {
    Belongs,
    Other,
    End,
}

fn block(source: &mut Source<'_>) -> io::Result<Option<Block>> {
    let belongs = match source.take()? {
        Some([0x3b]) => return Ok(Some(Block::End)),
        Some([0x2c]) => {
            let Some([.., colours]) = source.take::<9>()? else { return Ok(None) };
            // The table of colours, and the size of the codes behind it.
            if !source.skip(table(colours) + 1)? {
                return Ok(None);
            }
            true
        }
        Some([0x21]) => match source.take()? {
            Some([0xff]) => {
                let Some([length]) = source.take()? else { return Ok(None) };
                let Some(name) = source.take_vec(u16::from(length))? else { return Ok(None) };
                LOOKS.iter().any(|looks| name == **looks)
            }
            Some([0xfe]) => false,
            Some(_) => true,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let block = if belongs { Block::Belongs } else { Block::Other };
    Ok(skip_content(source)?.then_some(block))
}

/// Goes behind the block's parts; answers whether they end.
fn skip_content(source: &mut Source<'_>) -> io::Result<bool> {
    loop {
        match source.take()? {
            Some([0]) => return Ok(true),
            Some([length]) if source.skip(u64::from(length))? => {}
            _ => return Ok(false),
        }
    }
}

/// Bytes of the table of colours that such a byte announces.
const fn table(colours: u8) -> u64 {
    if colours & 0x80 == 0 { 0 } else { 3 << ((colours & 7) + 1) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_robust, bare};

    #[test]
    fn a_picture_keeps_its_frames_and_loses_what_is_said_of_them() {
        let header = [&b"GIF89a\x02\0\x03\0\x80\0\0"[..], &[0; 6]].concat();
        let repeats = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";
        let control = b"\x21\xf9\x04\0\x0a\0\0\0";
        let frame = b"\x2c\0\0\0\0\x02\0\x03\0\0\x02\x02\x44\x01\0";
        let comment = b"\x21\xfe\x04home\x02me\0";
        let xmp = b"\x21\xff\x0bXMP DataXMP\x03<x>\0";
        let whole =
            [&header[..], repeats, comment, control, frame, xmp, control, frame, b"\x3b", b"more"].concat();
        let kept = [&header[..], repeats, control, frame, control, frame, b"\x3b"].concat();
        assert_eq!(bare("image/gif", &whole), Some(kept.clone()));
        assert_eq!(bare("image/gif", &kept), None);
        assert_robust("image/gif", &whole);
    }
}
