//! Engine.IO packets, as messages of a WebSocket and as records of a polling payload.

use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::Reason;
use crate::ws;

/// Stands between the packets of a polling payload.
const SEPARATOR: char = '\x1e';

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A text.
    Text(Text),
    /// Bytes.
    Binary(Bytes),
}

/// A text message, without the packet type in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    packet: String,
}

impl Text {
    /// The text with the one character of its packet type before it, for those who go on with its memory.
    pub(crate) fn into_packet(self) -> String {
        self.packet
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.packet[1..]
    }
}

/// What a client's packet means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet {
    Message(Message),
    Pong,
    Close,
    /// Ends an upgrade; means nothing elsewhere.
    Upgrade,
    Noop,
}

impl Packet {
    /// Reads a packet in its text form.
    ///
    /// # Errors
    /// [`Reason::ParseError`] for what is no packet, or not the client's to send.
    pub(super) fn from_text(packet: String) -> Result<Self, Reason> {
        match packet.as_bytes() {
            [b'4', ..] => Ok(Self::Message(Message::Text(Text { packet }))),
            [b'b', encoded @ ..] => {
                // The Java client breaks it into lines and ends the last one.
                let encoded: Vec<u8> =
                    encoded.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
                let bytes = STANDARD.decode(encoded).map_err(|_| Reason::ParseError)?;
                Ok(Self::Message(Message::Binary(Bytes::from(bytes))))
            }
            [b'3', ..] => Ok(Self::Pong),
            [b'1'] => Ok(Self::Close),
            [b'5'] => Ok(Self::Upgrade),
            [b'6'] => Ok(Self::Noop),
            _ => Err(Reason::ParseError),
        }
    }

    /// Reads the packets of a polling request's body.
    ///
    /// # Errors
    /// [`Reason::ParseError`] if one of them is none; none of them counts then.
    pub(super) fn from_payload(body: &[u8]) -> Result<Vec<Self>, Reason> {
        let text = std::str::from_utf8(body).map_err(|_| Reason::ParseError)?;
        text.split(SEPARATOR).map(|packet| Self::from_text(packet.to_owned())).collect()
    }
}

/// Appends packets, given as WebSocket frames, to the payload that answers a poll.
pub(super) fn append_to_payload(payload: &mut String, frames: &[u8]) {
    for (opcode, content) in ws::frames(frames) {
        match opcode {
            1 => {
                separate(payload);
                payload.push_str(std::str::from_utf8(content).unwrap_or_default());
            }
            2 => {
                separate(payload);
                payload.push('b');
                STANDARD.encode_string(content, payload);
            }
            // Control frames are the WebSocket's own.
            _ => {}
        }
    }
}

fn separate(payload: &mut String) {
    if !payload.is_empty() {
        payload.push(SEPARATOR);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_payload_of_every_kind_of_packet_is_read() {
        let packets = Packet::from_payload(b"4hello\x1e4\x1ebAQID\x1e3\x1e6\x1e1").unwrap();
        let text = |packet: &str| Packet::Message(Message::Text(Text { packet: packet.into() }));
        let binary = Packet::Message(Message::Binary(Bytes::from_static(&[1, 2, 3])));
        assert_eq!(packets, [text("4hello"), text("4"), binary, Packet::Pong, Packet::Noop, Packet::Close]);
    }

    #[test]
    fn binary_in_lines_is_read() {
        let binary = |bytes: &'static [u8]| Packet::Message(Message::Binary(Bytes::from_static(bytes)));
        let packets = Packet::from_payload(b"bAQID\n\x1ebAQIDBAUG\r\nBwgJ\r\n").unwrap();
        assert_eq!(packets, [binary(&[1, 2, 3]), binary(&[1, 2, 3, 4, 5, 6, 7, 8, 9])]);
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for body in ["", "abc", "2", "2probe", "0", "7", "4a\x1e", "b@@", "1x", "\u{1F600}"] {
            assert_eq!(Packet::from_payload(body.as_bytes()), Err(Reason::ParseError), "{body}");
        }
        assert_eq!(Packet::from_payload(b"4\xff"), Err(Reason::ParseError));
    }

    #[test]
    fn a_poll_gets_the_same_packets_as_a_websocket() {
        let mut frames = ws::text_frame("42[1]").to_vec();
        ws::encode_binary(&[1, 2, 3], &mut frames);
        let mut payload = String::new();
        append_to_payload(&mut payload, &ws::text_frame("2"));
        append_to_payload(&mut payload, &frames);
        assert_eq!(payload, "2\x1e42[1]\x1ebAQID");
    }

    proptest! {
        #[test]
        fn no_payload_panics(body in vec(any::<u8>(), 0..200)) {
            let _ = Packet::from_payload(&body);
        }

        #[test]
        fn what_a_poll_is_answered_with_reads_back(packets in vec(prop_oneof![
            "4[^\x1e]{0,40}".prop_map(|packet| Packet::Message(Message::Text(Text { packet }))),
            vec(any::<u8>(), 0..300).prop_map(|bytes| Packet::Message(Message::Binary(Bytes::from(bytes)))),
        ], 1..8)) {
            let mut payload = String::new();
            for packet in &packets {
                match packet {
                    Packet::Message(Message::Text(text)) => append_to_payload(&mut payload, &ws::text_frame(&text.packet)),
                    Packet::Message(Message::Binary(bytes)) => {
                        let mut frame = Vec::new();
                        ws::encode_binary(bytes, &mut frame);
                        append_to_payload(&mut payload, &frame);
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(Packet::from_payload(payload.as_bytes()), Ok(packets));
        }
    }
}
