//! Incoming frames, cut at any byte.

use std::collections::VecDeque;

use bytes::Bytes;

use super::CloseCode;

/// More frames than this in one message are an attack: a browser sends one, a proxy a few.
const MAX_FRAGMENTS: u32 = 4096;
/// Longest control frame (RFC 6455 section 5.5).
const MAX_CONTROL: u64 = 125;
/// Reserved at once for a message, whatever length its frame declares; the rest as its bytes arrive.
const FIRST_RESERVE: usize = 16 * 1024;

/// What a client sent, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Bytes),
    /// A ping, to be answered with the same bytes.
    Ping(Bytes),
    /// A close frame, to be answered with the same code. Nothing follows it.
    Close(CloseCode),
}

/// Makes messages of the bytes of one connection. Holds no more than the message being received.
#[derive(Debug)]
pub(crate) struct Decoder {
    max_payload: u64,
    header: [u8; 14],
    header_len: u8,
    frame: Option<Frame>,
    /// Kind of the message whose fragments are arriving.
    message_kind: Option<Kind>,
    fragments: u32,
    message: Vec<u8>,
    control: Vec<u8>,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Binary,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    fin: bool,
    /// `None` for the data of the message being received.
    control: Option<Control>,
    mask: [u8; 4],
    /// Bytes of the payload still to come.
    remaining: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Close,
    Ping,
    Pong,
}

impl Decoder {
    /// A decoder for messages of up to `max_payload` bytes.
    pub(crate) fn new(max_payload: usize) -> Self {
        Self {
            max_payload: max_payload as u64,
            header: [0; 14],
            header_len: 0,
            frame: None,
            message_kind: None,
            fragments: 0,
            message: Vec::new(),
            control: Vec::new(),
            closed: false,
        }
    }

    /// Takes the next bytes and appends to `out` what they complete. What follows a close frame is ignored.
    ///
    /// # Errors
    /// The code to close the connection with; `out` then holds what came before the fault.
    pub(crate) fn decode(&mut self, mut input: &[u8], out: &mut VecDeque<Incoming>) -> Result<(), CloseCode> {
        while !self.closed {
            let Some(mut frame) = self.frame.take() else {
                match self.read_header(&mut input)? {
                    Some(frame) => self.frame = Some(frame),
                    None => return Ok(()),
                }
                continue;
            };
            let (now, later) = input.split_at(frame.remaining.min(input.len()));
            let target = if frame.control.is_some() { &mut self.control } else { &mut self.message };
            unmask(now, &mut frame.mask, target);
            frame.remaining -= now.len();
            input = later;
            if frame.remaining > 0 {
                self.frame = Some(frame);
                return Ok(());
            }
            self.finish(frame, out)?;
        }
        Ok(())
    }

    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, CloseCode> {
        loop {
            let have = usize::from(self.header_len);
            let need = header_length(&self.header[..have]);
            if have == need {
                break;
            }
            let take = (need - have).min(input.len());
            if take == 0 {
                return Ok(None);
            }
            self.header[have..have + take].copy_from_slice(&input[..take]);
            self.header_len += take as u8;
            *input = &input[take..];
        }
        let frame = self.parse_header()?;
        self.header_len = 0;
        Ok(Some(frame))
    }

    fn parse_header(&mut self) -> Result<Frame, CloseCode> {
        let [first, second, rest @ ..] = self.header;
        let fin = first & 0x80 != 0;
        let masked = second & 0x80 != 0;
        if first & 0x70 != 0 || !masked {
            return Err(CloseCode::Protocol);
        }
        let (length, mask_at) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes([rest[0], rest[1]])), 2),
            127 => (
                u64::from_be_bytes([rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]]),
                8,
            ),
            short => (u64::from(short), 0),
        };
        let mask = [rest[mask_at], rest[mask_at + 1], rest[mask_at + 2], rest[mask_at + 3]];
        let control = match first & 0x0f {
            0 if self.message_kind.is_some() => None,
            1 if self.message_kind.is_none() => self.begin(Kind::Text),
            2 if self.message_kind.is_none() => self.begin(Kind::Binary),
            8 => Some(Control::Close),
            9 => Some(Control::Ping),
            10 => Some(Control::Pong),
            _ => return Err(CloseCode::Protocol),
        };
        if control.is_some() {
            if !fin || length > MAX_CONTROL {
                return Err(CloseCode::Protocol);
            }
        } else {
            self.fragments += 1;
            if self.fragments > MAX_FRAGMENTS
                || length.saturating_add(self.message.len() as u64) > self.max_payload
            {
                return Err(CloseCode::TooBig);
            }
            self.message.reserve((length as usize).min(FIRST_RESERVE));
        }
        Ok(Frame { fin, control, mask, remaining: length as usize })
    }

    fn begin(&mut self, kind: Kind) -> Option<Control> {
        self.message_kind = Some(kind);
        self.fragments = 0;
        None
    }

    fn finish(&mut self, frame: Frame, out: &mut VecDeque<Incoming>) -> Result<(), CloseCode> {
        match frame.control {
            Some(Control::Ping) => {
                out.push_back(Incoming::Ping(Bytes::from(std::mem::take(&mut self.control))))
            }
            Some(Control::Pong) => self.control = Vec::new(),
            Some(Control::Close) => {
                let code = close_code(&self.control)?;
                self.closed = true;
                out.push_back(Incoming::Close(code));
            }
            None if frame.fin => {
                let message = std::mem::take(&mut self.message);
                match self.message_kind.take() {
                    Some(Kind::Text) => {
                        let text = String::from_utf8(message).map_err(|_| CloseCode::InvalidText)?;
                        out.push_back(Incoming::Text(text));
                    }
                    _ => out.push_back(Incoming::Binary(Bytes::from(message))),
                }
            }
            None => {}
        }
        Ok(())
    }
}

/// The code of a close frame's payload.
fn close_code(payload: &[u8]) -> Result<CloseCode, CloseCode> {
    let (code, reason) = match payload {
        [] => return Ok(CloseCode::None),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        _ => return Err(CloseCode::Protocol),
    };
    // Of those below 3000 only the defined ones may be sent; 1004 to 1006 and 1015 never.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(CloseCode::Protocol);
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(CloseCode::InvalidText);
    }
    Ok(CloseCode::Echo(code))
}

/// Length of the header that begins with these bytes, as far as they tell.
fn header_length(known: &[u8]) -> usize {
    match known {
        [_, second, ..] => {
            6 + match second & 0x7f {
                126 => 2,
                127 => 8,
                _ => 0,
            }
        }
        _ => 2,
    }
}

/// Appends `masked`, unmasked, to `target` and turns the mask so that it fits the bytes that follow.
fn unmask(masked: &[u8], mask: &mut [u8; 4], target: &mut Vec<u8>) {
    let start = target.len();
    target.extend_from_slice(masked);
    for chunk in target[start..].chunks_mut(4) {
        for (byte, key) in chunk.iter_mut().zip(*mask) {
            *byte ^= key;
        }
    }
    mask.rotate_left(masked.len() % 4);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        masked_frame(first, payload, [0x12, 0x34, 0x56, 0x78], 0)
    }

    /// A frame whose length takes at least so many bytes behind the first two.
    fn masked_frame(first: u8, payload: &[u8], mask: [u8; 4], length_bytes: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            short @ ..126 if length_bytes == 0 => bytes.push(0x80 | short as u8),
            medium @ ..65_536 if length_bytes <= 2 => {
                bytes.push(0x80 | 126);
                bytes.extend((medium as u16).to_be_bytes());
            }
            long => {
                bytes.push(0x80 | 127);
                bytes.extend((long as u64).to_be_bytes());
            }
        }
        bytes.extend(mask);
        bytes.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
        bytes
    }

    fn decode_all(bytes: &[u8]) -> (VecDeque<Incoming>, Result<(), CloseCode>) {
        let mut out = VecDeque::new();
        let result = Decoder::new(100_000).decode(bytes, &mut out);
        (out, result)
    }

    #[test]
    fn fragments_make_one_message_with_a_ping_between() {
        let bytes = [frame(0x01, b"he"), frame(0x89, b"?"), frame(0x00, b"ll"), frame(0x80, b"o")].concat();
        let (out, result) = decode_all(&bytes);
        assert_eq!(result, Ok(()));
        assert_eq!(out, [Incoming::Ping(Bytes::from_static(b"?")), Incoming::Text("hello".into())]);
    }

    #[test]
    fn what_the_protocol_forbids_closes_with_its_code() {
        let cases: [(&str, Vec<u8>, CloseCode); 12] = [
            ("reserved bits", frame(0xC1, b"x"), CloseCode::Protocol),
            ("unmasked", vec![0x81, 1, b'x', 0, 0, 0], CloseCode::Protocol),
            ("unknown opcode", frame(0x83, b"x"), CloseCode::Protocol),
            ("continuation of nothing", frame(0x80, b"x"), CloseCode::Protocol),
            (
                "a message inside a message",
                [frame(0x01, b"x"), frame(0x81, b"y")].concat(),
                CloseCode::Protocol,
            ),
            ("a fragmented ping", frame(0x09, b"x"), CloseCode::Protocol),
            ("a ping of 126 bytes", frame(0x89, &[0; 126]), CloseCode::Protocol),
            ("text that is not UTF-8", frame(0x81, &[0xff]), CloseCode::InvalidText),
            ("a close code that nobody may send", frame(0x88, &1005_u16.to_be_bytes()), CloseCode::Protocol),
            ("half a close code", frame(0x88, &[3]), CloseCode::Protocol),
            ("a close reason that is not UTF-8", frame(0x88, &[3, 232, 0xff]), CloseCode::InvalidText),
            ("over the limit", frame(0x81, &[b'x'; 100_001]), CloseCode::TooBig),
        ];
        for (what, bytes, code) in cases {
            assert_eq!(decode_all(&bytes).1, Err(code), "{what}");
        }
    }

    #[test]
    fn a_declared_length_reserves_nothing_before_its_bytes_come() {
        let mut decoder = Decoder::new(1 << 40);
        let header = [0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4];
        decoder.decode(&header, &mut VecDeque::new()).unwrap();
        assert!(decoder.message.capacity() <= FIRST_RESERVE);
    }

    #[test]
    fn endless_empty_fragments_are_cut_off() {
        let mut bytes = frame(0x01, b"");
        for _ in 0..=MAX_FRAGMENTS {
            bytes.extend(frame(0x00, b""));
        }
        assert_eq!(decode_all(&bytes).1, Err(CloseCode::TooBig));
    }

    proptest! {
        #[test]
        fn any_bytes_cut_anywhere_never_panic_and_mean_the_same(bytes in vec(any::<u8>(), 0..300), cuts in vec(1usize..40, 0..20)) {
            let whole = decode_all(&bytes);
            let mut decoder = Decoder::new(100_000);
            let (mut out, mut result, mut rest) = (VecDeque::new(), Ok(()), &bytes[..]);
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                rest = later;
                result = decoder.decode(now, &mut out);
                if result.is_err() { break; }
            }
            prop_assert_eq!(whole, (out, result));
        }

        #[test]
        fn any_text_in_any_fragments_arrives_whole(text in ".{0,400}", cuts in vec(0usize..100, 0..6), chunk in 1usize..700) {
            let mut rest = text.as_bytes();
            let mut bytes = Vec::new();
            let mut first = 0x01;
            for cut in cuts {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                bytes.extend(frame(first, now));
                (rest, first) = (later, 0x00);
            }
            bytes.extend(frame(0x80 | first, rest));
            let mut decoder = Decoder::new(100_000);
            let mut out = VecDeque::new();
            for part in bytes.chunks(chunk) {
                decoder.decode(part, &mut out).unwrap();
            }
            prop_assert_eq!(out, vec![Incoming::Text(text)]);
        }

        #[test]
        fn whatever_a_client_sends_arrives_as_it_was(messages in vec(message(), 0..8), chunk in 1usize..5000) {
            let bytes: Vec<u8> = messages.iter().flat_map(|(frames, _)| frames.concat()).collect();
            let expected: Vec<Incoming> = messages.into_iter().flat_map(|(_, incoming)| incoming).collect();
            let mut decoder = Decoder::new(200_000);
            let mut out = VecDeque::new();
            for part in bytes.chunks(chunk) {
                decoder.decode(part, &mut out).unwrap();
            }
            prop_assert_eq!(out, expected);
        }
    }

    /// The frames of a message, with control frames between its fragments, and what they are to arrive as.
    fn message() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<Incoming>)> {
        let payload = prop_oneof![
            8 => any::<String>().prop_map(|text| (0x01, text.into_bytes())),
            8 => vec(any::<u8>(), 0..300).prop_map(|bytes| (0x02, bytes)),
            1 => (65_000usize..140_000).prop_map(|length| (0x02, vec![7; length])),
        ];
        let fragment = (0usize..200, any::<[u8; 4]>(), prop_oneof![Just(0), Just(2), Just(8)]);
        let control = proptest::option::of((prop_oneof![Just(0x89), Just(0x8A)], vec(any::<u8>(), 0..=125)));
        (payload, vec((fragment, control), 1..6)).prop_map(|((opcode, payload), fragments)| {
            let (mut frames, mut incoming, mut rest) = (Vec::new(), Vec::new(), &payload[..]);
            let count = fragments.len();
            for (index, ((length, mask, length_bytes), control)) in fragments.into_iter().enumerate() {
                let last = index + 1 == count;
                let (now, later) = rest.split_at(if last { rest.len() } else { length.min(rest.len()) });
                rest = later;
                let first = if index == 0 { opcode } else { 0 } | if last { 0x80 } else { 0 };
                if let Some((kind, payload)) = control {
                    frames.push(masked_frame(kind, &payload, mask, 0));
                    if kind == 0x89 {
                        incoming.push(Incoming::Ping(Bytes::from(payload)));
                    }
                }
                frames.push(masked_frame(first, now, mask, length_bytes));
            }
            incoming.push(match opcode {
                0x01 => Incoming::Text(String::from_utf8(payload).unwrap()),
                _ => Incoming::Binary(Bytes::from(payload)),
            });
            (frames, incoming)
        })
    }
}
