//! Outgoing frames: unmasked, unfragmented, made once and shared by all who receive them.

use bytes::{BufMut, Bytes, BytesMut};

use super::CloseCode;

/// Room for the longest header of a frame that the server sends. A text is built behind it, so that the header can be
/// put right before the text without moving it.
pub(crate) const HEADER_ROOM: usize = 10;

/// Kinds of frame that the server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text = 1,
    Binary = 2,
    Close = 8,
    Pong = 10,
}

fn header(opcode: Opcode, length: usize) -> ([u8; HEADER_ROOM], usize) {
    let mut bytes = [0; HEADER_ROOM];
    bytes[0] = 0x80 | opcode as u8;
    let used = match length {
        ..126 => {
            bytes[1] = length as u8;
            2
        }
        126..65_536 => {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            4
        }
        _ => {
            bytes[1] = 127;
            bytes[2..].copy_from_slice(&(length as u64).to_be_bytes());
            10
        }
    };
    (bytes, used)
}

/// The frame of the text that stands in `buffer` behind [`HEADER_ROOM`] bytes, without copying it.
pub(crate) fn text_frame_from(mut buffer: Vec<u8>) -> Bytes {
    let (bytes, used) = header(Opcode::Text, buffer.len() - HEADER_ROOM);
    let start = HEADER_ROOM - used;
    buffer[start..HEADER_ROOM].copy_from_slice(&bytes[..used]);
    let frame = Bytes::from(buffer);
    frame.slice(start..)
}

/// The frame of a short text.
pub(crate) fn text_frame(text: &str) -> Bytes {
    frame(Opcode::Text, text.as_bytes())
}

/// Appends the frame of a binary message.
pub(crate) fn encode_binary(payload: &[u8], frames: &mut Vec<u8>) {
    let (bytes, used) = header(Opcode::Binary, payload.len());
    frames.extend_from_slice(&bytes[..used]);
    frames.extend_from_slice(payload);
}

/// A pong, or any other control frame with a payload of up to 125 bytes.
pub(crate) fn encode_control(opcode: Opcode, payload: &[u8]) -> Bytes {
    frame(opcode, payload)
}

/// A close frame.
pub(crate) fn close_frame(code: CloseCode) -> Bytes {
    match code.number() {
        Some(number) => frame(Opcode::Close, &number.to_be_bytes()),
        None => frame(Opcode::Close, &[]),
    }
}

fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let (bytes, used) = header(opcode, payload.len());
    let mut frame = BytesMut::with_capacity(used + payload.len());
    frame.put_slice(&bytes[..used]);
    frame.put_slice(payload);
    frame.freeze()
}

/// The frames that stand one behind the other in `encoded`, which this module made.
pub(crate) fn frames(mut encoded: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let [first, second, rest @ ..] = encoded else { return None };
        let (length, start) = match second {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), 2),
            127 => {
                let bytes = [rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]];
                (u64::from_be_bytes(bytes) as usize, 8)
            }
            short => (usize::from(*short), 0),
        };
        let (payload, later) = rest[start..].split_at(length);
        encoded = later;
        Some((first & 0x0f, payload))
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_of_every_length_read_back() {
        for length in [0, 1, 125, 126, 65_535, 65_536, 200_000] {
            let text = "x".repeat(length);
            let mut buffer = vec![0; HEADER_ROOM];
            buffer.extend_from_slice(text.as_bytes());
            let mut encoded = text_frame_from(buffer).to_vec();
            encode_binary(&vec![7; length], &mut encoded);
            let read: Vec<_> = frames(&encoded).collect();
            assert_eq!(read, [(1, text.as_bytes()), (2, &vec![7; length][..])], "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_frames_behind_each_other_read_back(payloads in vec((any::<bool>(), vec(any::<u8>(), 0..700)), 0..8)) {
            let mut encoded = Vec::new();
            for (text, payload) in &payloads {
                if *text {
                    encoded.extend(frame(Opcode::Text, payload));
                } else {
                    encode_binary(payload, &mut encoded);
                }
            }
            let read: Vec<_> = frames(&encoded).map(|(opcode, payload)| (opcode == 1, payload.to_vec())).collect();
            prop_assert_eq!(read, payloads);
        }
    }
}
