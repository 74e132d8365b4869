//! WebSocket (RFC 6455), the server's side: the opening handshake, incoming frames, outgoing frames.
//!
//! Written here and not taken from a library because of three things that the figures in `bench/` rest on: frames are
//! encoded once for all recipients, the read buffer belongs to the thread and not to the connection, and the raw
//! socket stays in reach for `writev`. No extension is negotiated.

mod decode;
mod encode;
mod handshake;

pub(crate) use decode::{Decoder, Incoming};
pub(crate) use encode::{
    HEADER_ROOM, Opcode, close_frame, encode_binary, encode_control, frames, text_frame, text_frame_from,
};
pub(crate) use handshake::{Rejection, accept, is_upgrade, switch};

/// What a close frame tells (RFC 6455 section 7.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseCode {
    /// No code: done, as the reference server closes.
    None,
    /// 1001: the server goes away; clients come back by themselves.
    GoingAway,
    /// 1002: a frame that the protocol does not allow.
    Protocol,
    /// 1007: text that is not UTF-8.
    InvalidText,
    /// 1009: a message over `max_payload`.
    TooBig,
    /// The client's own code, given back.
    Echo(u16),
}

impl CloseCode {
    pub(crate) const fn number(self) -> Option<u16> {
        match self {
            Self::None => None,
            Self::GoingAway => Some(1001),
            Self::Protocol => Some(1002),
            Self::InvalidText => Some(1007),
            Self::TooBig => Some(1009),
            Self::Echo(code) => Some(code),
        }
    }
}
