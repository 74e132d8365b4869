//! Engine.IO and Socket.IO packets, parsed just far enough to count them.

use memchr::memmem;

/// What the server says.
#[derive(Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// An Engine.IO ping, to be answered with a pong.
    Ping,
    /// The Engine.IO session is open.
    Open,
    /// The namespace is joined: the token was accepted.
    Connected,
    /// The token was refused.
    Refused(&'a [u8]),
    /// An event: the whole packet.
    Event(&'a [u8]),
    /// The answer to the event that carried this id.
    Ack {
        /// The client's number for the event.
        id: u64,
        /// The arguments, a JSON array.
        arguments: &'a [u8],
    },
    /// The server ended the session.
    Disconnected,
    /// Anything else.
    Other,
}

impl<'a> Packet<'a> {
    /// The packet that a text frame carries.
    pub fn parse(payload: &'a [u8]) -> Self {
        match payload {
            [b'4', b'2', ..] => Self::Event(payload),
            [b'4', b'3', ack @ ..] => {
                let digits = ack.iter().take_while(|byte| byte.is_ascii_digit()).count();
                Self::Ack { id: number(&ack[..digits]), arguments: &ack[digits..] }
            }
            [b'2', ..] => Self::Ping,
            [b'0', ..] => Self::Open,
            [b'4', b'0', ..] => Self::Connected,
            [b'4', b'4', refusal @ ..] => Self::Refused(refusal),
            [b'4', b'1', ..] | [b'1'] => Self::Disconnected,
            _ => Self::Other,
        }
    }
}

/// An event that asks for an ack by this id; `payload` is JSON.
pub fn event(id: u64, name: &str, payload: &str) -> String {
    format!("42{id}[\"{name}\",{payload}]")
}

/// The number that follows the first `key`, such as `"seq":`.
pub fn number_after(text: &[u8], key: &[u8]) -> Option<u64> {
    let rest = &text[memmem::find(text, key)? + key.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| number(&rest[..digits]))
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart() {
        assert_eq!(Packet::parse(b"2"), Packet::Ping);
        assert_eq!(Packet::parse(b"0{\"sid\":\"a\"}"), Packet::Open);
        assert_eq!(Packet::parse(b"40{\"sid\":\"a\"}"), Packet::Connected);
        assert_eq!(Packet::parse(b"44{}"), Packet::Refused(b"{}"));
        assert_eq!(Packet::parse(b"4312[{}]"), Packet::Ack { id: 12, arguments: b"[{}]" });
        assert_eq!(Packet::parse(b"41"), Packet::Disconnected);
        let sent = event(7, "typing_start", "{}");
        assert_eq!(sent, "427[\"typing_start\",{}]");
        assert_eq!(Packet::parse(sent.as_bytes()), Packet::Event(sent.as_bytes()));
    }

    #[test]
    fn a_number_is_read_behind_its_key() {
        assert_eq!(number_after(b"{\"seq\":42,", b"\"seq\":"), Some(42));
        assert_eq!(number_after(b"{\"seq\":null", b"\"seq\":"), None);
        assert_eq!(number_after(b"{}", b"\"seq\":"), None);
    }
}
