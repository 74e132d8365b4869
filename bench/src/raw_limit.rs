//! The limit without batching: a server that only writes.
//!
//! It holds plain TCP connections. Each byte that a client sends triggers one frame to every connection, with one
//! write each, in order, before it looks at the next byte. The frame is a WebSocket text frame, so that the load reads it
//! as it reads any server's; there is no handshake, no token, no storing and no ack.

use std::io::{self, Read, Write};

use anyhow::{Context, Result, bail};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);

/// Serves on a loopback port until it is killed; each frame has `frame_bytes` bytes, header included.
///
/// # Errors
/// When the port is taken, or a client does not read what it is sent.
pub fn serve(port: u16, frame_bytes: usize) -> Result<()> {
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(([127, 0, 0, 1], port).into())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut connections: Vec<Option<TcpStream>> = Vec::new();
    let mut frame = Frame::new(frame_bytes)?;
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                LISTENER => accept(&listener, &poll, &mut connections)?,
                Token(client) => {
                    let mut triggers = [0; 64];
                    let Some(connection) = &mut connections[client] else { continue };
                    let count = match connection.read(&mut triggers) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                        Ok(count @ 1..) => count,
                        Ok(0) | Err(_) => {
                            connections[client] = None;
                            continue;
                        }
                    };
                    for &trigger in &triggers[..count] {
                        broadcast(&mut connections, frame.next(trigger))?;
                    }
                }
            }
        }
    }
}

fn accept(listener: &TcpListener, poll: &Poll, connections: &mut Vec<Option<TcpStream>>) -> Result<()> {
    loop {
        let mut connection = match listener.accept() {
            Ok((connection, _)) => connection,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        connection.set_nodelay(true)?;
        poll.registry().register(&mut connection, Token(connections.len()), Interest::READABLE)?;
        connections.push(Some(connection));
    }
}

fn broadcast(connections: &mut [Option<TcpStream>], frame: &[u8]) -> Result<()> {
    for connection in connections.iter_mut().flatten() {
        if connection.write(frame).context("a client does not read")? < frame.len() {
            bail!("a client does not read");
        }
    }
    Ok(())
}

/// The frame, into which only the number and the trigger are written anew.
struct Frame {
    bytes: Vec<u8>,
    seq: u64,
}

impl Frame {
    const HEADER: usize = 4;
    const BEFORE_SEQ: &[u8] = b"42[\"new_group_message\",{\"seq\":";
    const SEQ_DIGITS: usize = 10;
    const BEFORE_SLOT: &[u8] = b",\"content\":\"slot=";
    const AFTER: &[u8] = b"\"}]";
    const SEQ_AT: usize = Self::HEADER + Self::BEFORE_SEQ.len();
    const SLOT_AT: usize = Self::SEQ_AT + Self::SEQ_DIGITS + Self::BEFORE_SLOT.len();

    fn new(len: usize) -> Result<Self> {
        let payload = u16::try_from(len.saturating_sub(Self::HEADER))?;
        if payload < 126 {
            bail!("a frame of at least 130 bytes is wanted");
        }
        let mut bytes = vec![b'x'; len];
        bytes[..2].copy_from_slice(&[0x81, 126]);
        bytes[2..Self::HEADER].copy_from_slice(&payload.to_be_bytes());
        bytes[Self::HEADER..Self::SEQ_AT].copy_from_slice(Self::BEFORE_SEQ);
        bytes[Self::SEQ_AT + Self::SEQ_DIGITS..Self::SLOT_AT].copy_from_slice(Self::BEFORE_SLOT);
        bytes[len - Self::AFTER.len()..].copy_from_slice(Self::AFTER);
        Ok(Self { bytes, seq: 0 })
    }

    /// The next frame, for a trigger from this slot (a digit).
    fn next(&mut self, slot: u8) -> &[u8] {
        self.seq += 1;
        let seq = format!("{:<width$}", self.seq, width = Self::SEQ_DIGITS);
        self.bytes[Self::SEQ_AT..Self::SEQ_AT + Self::SEQ_DIGITS].copy_from_slice(seq.as_bytes());
        self.bytes[Self::SLOT_AT] = slot;
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn a_frame_has_the_length_asked_for_and_reads_as_an_event() {
        let mut frame = Frame::new(360).unwrap();
        frame.next(b'0');
        let bytes = frame.next(b'5');
        let parsed = wire::Frame::parse(bytes).unwrap().unwrap();
        assert_eq!(parsed.len, 360);
        assert_eq!(wire::number_after(parsed.payload, b"\"seq\":"), Some(2));
        assert_eq!(wire::number_after(parsed.payload, b"slot="), Some(5));
    }
}
