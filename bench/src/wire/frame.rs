//! WebSocket frames (RFC 6455).

use anyhow::{Result, bail};

/// Any key but zero, so that the server has to unmask.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// A text message, whole.
    Text,
    /// A close frame.
    Close,
    /// Any other: binary, ping, pong.
    Other,
}

/// A frame as the server sent it.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub opcode: Opcode,
    /// What it carries.
    pub payload: &'a [u8],
    /// Its length in bytes, header included.
    pub len: usize,
}

impl<'a> Frame<'a> {
    /// The frame at the start of `bytes`; `None` while it is not whole.
    ///
    /// # Errors
    /// For a masked or fragmented frame, which no server has to send here.
    pub fn parse(bytes: &'a [u8]) -> Result<Option<Self>> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        if first & 0x80 == 0 || second & 0x80 != 0 {
            bail!("the server sent a fragmented or masked frame");
        }
        let (header, length) = match (second, rest) {
            (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            (127, [0, 0, 0, 0, a, b, c, d, ..]) => (10, u32::from_be_bytes([*a, *b, *c, *d]) as usize),
            (126 | 127, _) => return Ok(None),
            (short, _) => (2, usize::from(*short)),
        };
        let opcode = match first & 0x0f {
            1 => Opcode::Text,
            8 => Opcode::Close,
            _ => Opcode::Other,
        };
        let len = header + length;
        Ok(bytes.get(header..len).map(|payload| Self { opcode, payload, len }))
    }
}

/// Appends a masked text frame.
pub fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(0x81);
    match text.len() {
        short @ ..126 => out.push(0x80 | short as u8),
        medium @ ..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend((medium as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(text.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_parsed_once_it_is_whole() {
        let mut bytes = vec![0x81, 126, 0, 200];
        bytes.extend([b'x'; 200]);
        for cut in 0..bytes.len() {
            assert_eq!(Frame::parse(&bytes[..cut]).unwrap(), None);
        }
        bytes.push(0x88);
        let frame = Frame::parse(&bytes).unwrap().unwrap();
        assert_eq!((frame.opcode, frame.payload.len(), frame.len), (Opcode::Text, 200, 204));
    }

    #[test]
    fn masked_text_unmasks_to_what_it_was() {
        for length in [0, 5, 125, 126, 70_000] {
            let text = vec![b'y'; length];
            let mut out = Vec::new();
            push_text(&mut out, &text);
            let masked = &out[out.len() - length..];
            let back: Vec<u8> =
                masked.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            assert_eq!(back, text);
        }
    }
}
