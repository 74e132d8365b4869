//! Identifiers: MongoDB ObjectIds, whichever store holds them (contract section 1).

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Timestamp;

/// A text that is not 24 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 24 lower-case hex digits expected")]
pub struct InvalidId;

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 12]);

        impl $name {
            /// The id as the stores keep it.
            pub const fn as_bytes(&self) -> &[u8; 12] {
                &self.0
            }
        }

        impl From<[u8; 12]> for $name {
            fn from(bytes: [u8; 12]) -> Self {
                Self(bytes)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(hex(&self.0, &mut [0; 24]))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

object_id! {
    /// Identifies one user.
    UserId
}
object_id! {
    /// Identifies one conversation, direct or group.
    ConversationId
}
object_id! {
    /// Identifies one message. Says nothing about order: that is [`Seq`](crate::message::Seq)'s.
    MessageId
}

fn parse(text: &str) -> Result<[u8; 12], InvalidId> {
    let digits: &[u8; 24] = text.as_bytes().try_into().map_err(|_| InvalidId)?;
    let mut bytes = [0; 12];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

fn digit(character: u8) -> Result<u8, InvalidId> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(InvalidId),
    }
}

fn hex<'a>(bytes: &[u8; 12], text: &'a mut [u8; 24]) -> &'a str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    std::str::from_utf8(text).unwrap_or_default()
}

/// Makes ids that differ from each other, from other processes' and from those of a start before this one:
/// four bytes of time in seconds, five random per generator, three counting (the ObjectId specification).
#[derive(Debug)]
pub struct IdGenerator {
    random: [u8; 5],
    counter: AtomicU32,
}

impl IdGenerator {
    /// A generator with its own random part.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)?;
        let [a, b, c, d, e, counter @ ..] = bytes;
        let [x, y, z] = counter;
        Ok(Self { random: [a, b, c, d, e], counter: AtomicU32::new(u32::from_be_bytes([0, x, y, z])) })
    }

    /// The next id, for something made at `now`.
    pub fn next<I: From<[u8; 12]>>(&self, now: Timestamp) -> I {
        let mut bytes = [0; 12];
        let seconds = (now.as_millis() / 1000) as u32; // The specification lets the seconds wrap in 2106.
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        bytes[4..9].copy_from_slice(&self.random);
        bytes[9..].copy_from_slice(&self.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes()[1..]);
        I::from(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_shows() {
        let text = "65a51c2f0123456789abcdef";
        assert_eq!(text.parse::<UserId>().unwrap().to_string(), text);
    }

    #[test]
    fn anything_but_24_lower_case_hex_digits_is_refused() {
        for text in [
            "",
            "65a51c2f",
            "65A51C2F0123456789ABCDEF",
            "65a51c2f0123456789abcdeg",
            "é5a51c2f0123456789abcde",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId), "{text}");
        }
    }

    #[test]
    fn ids_made_in_the_same_second_differ() {
        let ids = IdGenerator::new().unwrap();
        let now = Timestamp::from_millis(1_768_473_000_000);
        let (a, b): (MessageId, MessageId) = (ids.next(now), ids.next(now));
        assert_ne!(a, b);
        assert!(a.to_string().starts_with("6968c"), "{a}");
    }
}
