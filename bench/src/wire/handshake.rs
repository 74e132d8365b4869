//! Connecting as the official client does with `transports: ["websocket"]`: upgrade, open, CONNECT with the token.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use memchr::memmem;

use super::{Frame, Packet, push_text};

/// Longest wait for the server's part of a handshake.
const PATIENCE: Duration = Duration::from_secs(20);

/// Handshakes that are under way at once.
const AT_ONCE: usize = 16;

/// A connection past its handshake.
pub struct Connected {
    /// The connection, blocking.
    pub stream: TcpStream,
    /// What came behind the handshake already.
    pub rest: Vec<u8>,
}

/// Connects over TCP only, one after the other.
///
/// # Errors
/// When the server does not listen.
pub fn connect_bare(address: SocketAddr, count: usize) -> Result<Vec<Connected>> {
    let connect = || -> Result<Connected> {
        let stream = TcpStream::connect(address).context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Connected { stream, rest: Vec::new() })
    };
    (0..count).map(|_| connect()).collect()
}

/// Connects one authenticated client per token, a few at once; in the tokens' order.
///
/// # Errors
/// When one of them is refused or gets no answer.
pub fn connect(address: SocketAddr, tokens: &[String]) -> Result<Vec<Connected>> {
    let share = tokens.len().div_ceil(AT_ONCE).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = tokens
            .chunks(share)
            .map(|tokens| {
                scope.spawn(move || tokens.iter().map(|token| shake_hands(address, token)).collect())
            })
            .collect();
        let mut all = Vec::with_capacity(tokens.len());
        for worker in workers {
            let connected: Result<Vec<_>> = worker.join().unwrap_or_else(|_| bail!("a handshake panicked"));
            all.extend(connected?);
        }
        Ok(all)
    })
}

fn shake_hands(address: SocketAddr, token: &str) -> Result<Connected> {
    let stream = TcpStream::connect(address).context("cannot connect")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut shaking = Shaking { stream, received: Vec::new() };
    shaking.upgrade(address)?;
    shaking.expect(&Packet::Open)?;
    let mut frame = Vec::with_capacity(512);
    push_text(&mut frame, format!("40{{\"token\":\"{token}\"}}").as_bytes());
    shaking.stream.write_all(&frame)?;
    shaking.expect(&Packet::Connected)?;
    Ok(Connected { stream: shaking.stream, rest: shaking.received })
}

struct Shaking {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Shaking {
    /// Asks with the headers that a browser sends: a server may choose by them what it tells a client.
    fn upgrade(&mut self, address: SocketAddr) -> Result<()> {
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64) chirrup-bench\r\n\r\n"
        );
        self.stream.write_all(request.as_bytes())?;
        let head = loop {
            if let Some(end) = memmem::find(&self.received, b"\r\n\r\n") {
                break end + 4;
            }
            self.receive()?;
        };
        if !self.received.starts_with(b"HTTP/1.1 101") {
            bail!("the upgrade was refused: {}", String::from_utf8_lossy(&self.received[..head]));
        }
        self.received.drain(..head);
        Ok(())
    }

    /// Takes the next packet, which has to be of the kind of `wanted`.
    fn expect(&mut self, wanted: &Packet<'_>) -> Result<()> {
        loop {
            let Some(frame) = Frame::parse(&self.received)? else {
                self.receive()?;
                continue;
            };
            if Packet::parse(frame.payload) != *wanted {
                bail!("wanted {wanted:?}, got {}", String::from_utf8_lossy(frame.payload));
            }
            let len = frame.len;
            self.received.drain(..len);
            return Ok(());
        }
    }

    fn receive(&mut self) -> Result<()> {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer).context("no answer to the handshake")? {
            0 => bail!("the server closed the connection in the handshake"),
            length => self.received.extend(&buffer[..length]),
        }
        Ok(())
    }
}
