//! Thousands of clients on one thread: reads what servers send, answers their pings, hands on the rest.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::wire::{Connected, Frame, Opcode, Packet, push_text};

/// A client's place in the load.
pub type ClientNo = usize;

/// What takes the packets, pings excepted.
pub type Listener<'a> = dyn FnMut(ClientNo, Packet<'_>) -> Result<()> + 'a;

/// All clients, and the one loop that serves them.
pub struct Load {
    poll: Poll,
    events: Events,
    /// Shared by all clients: only the start of a frame whose rest has not come is kept with its client.
    buffer: Vec<u8>,
    clients: Vec<Client>,
    /// Clients that brought bytes along from their handshake.
    unread: Vec<ClientNo>,
    /// Never sleeps, so that no server pays for waking it.
    spin: bool,
}

struct Client {
    stream: TcpStream,
    partial: Vec<u8>,
}

impl Load {
    /// A load without clients; one that spins takes a whole core and never sleeps.
    ///
    /// # Errors
    /// When the kernel gives no epoll.
    pub fn new(spin: bool) -> Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            buffer: vec![0; 256 * 1024],
            clients: Vec::new(),
            unread: Vec::new(),
            spin,
        })
    }

    /// Takes connections over; they get the next places.
    ///
    /// # Errors
    /// When epoll refuses one.
    pub fn join(&mut self, connections: Vec<Connected>) -> Result<Range<ClientNo>> {
        let first = self.clients.len();
        for Connected { stream, rest } in connections {
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            let client = self.clients.len();
            self.poll.registry().register(&mut stream, Token(client), Interest::READABLE)?;
            if !rest.is_empty() {
                self.unread.push(client);
            }
            self.clients.push(Client { stream, partial: rest });
        }
        Ok(first..self.clients.len())
    }

    /// The place of the client that joins next.
    pub fn next(&self) -> ClientNo {
        self.clients.len()
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// When the connection does not take them all at once.
    pub fn send_raw(&mut self, client: ClientNo, bytes: &[u8]) -> Result<()> {
        write_whole(&mut self.clients[client].stream, bytes)
    }

    /// Writes a text frame.
    ///
    /// # Errors
    /// When the connection does not take it all at once.
    pub fn send_text(&mut self, client: ClientNo, text: &str) -> Result<()> {
        let mut frame = Vec::with_capacity(text.len() + 14);
        push_text(&mut frame, text.as_bytes());
        self.send_raw(client, &frame)
    }

    /// Waits up to `patience` for something to come, and reads all that has come.
    ///
    /// # Errors
    /// When a server closes a connection, or the listener finds a fault.
    pub fn turn(&mut self, patience: Duration, listener: &mut Listener<'_>) -> Result<()> {
        let brought_along = std::mem::take(&mut self.unread);
        for &client in &brought_along {
            let bytes = std::mem::take(&mut self.clients[client].partial);
            self.clients[client].take(client, &bytes, listener)?;
        }
        let patience = if self.spin || !brought_along.is_empty() { Duration::ZERO } else { patience };
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        for event in &self.events {
            let client = event.token().0;
            self.clients[client].read(client, &mut self.buffer, listener)?;
        }
        Ok(())
    }

    /// Answers pings and ignores the rest until, pings apart, nothing has come for `quiet`.
    ///
    /// # Errors
    /// When a server closes a connection, or does not fall quiet within a minute.
    pub fn settle(&mut self, quiet: Duration) -> Result<()> {
        let begun = Instant::now();
        let mut last = begun;
        while last.elapsed() < quiet {
            self.turn(Duration::from_millis(10), &mut |_, _| {
                last = Instant::now();
                Ok(())
            })?;
            if begun.elapsed() > Duration::from_secs(60) {
                bail!("a server does not fall quiet");
            }
        }
        Ok(())
    }
}

impl Client {
    /// Reads until the socket is empty, which a read that does not fill the buffer shows.
    fn read(&mut self, number: ClientNo, buffer: &mut [u8], listener: &mut Listener<'_>) -> Result<()> {
        loop {
            let kept = self.partial.len();
            buffer[..kept].copy_from_slice(&self.partial);
            let length = match self.stream.read(&mut buffer[kept..]) {
                Ok(0) => bail!("a server closed the connection of client {number}"),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context(format!("client {number}")),
            };
            self.partial.clear();
            self.take(number, &buffer[..kept + length], listener)?;
            if kept + length < buffer.len() {
                return Ok(());
            }
        }
    }

    /// Hands on every whole frame and keeps the rest.
    fn take(&mut self, number: ClientNo, mut bytes: &[u8], listener: &mut Listener<'_>) -> Result<()> {
        while let Some(frame) = Frame::parse(bytes)? {
            bytes = &bytes[frame.len..];
            match frame.opcode {
                Opcode::Text => match Packet::parse(frame.payload) {
                    Packet::Ping => {
                        let mut pong = Vec::with_capacity(8);
                        push_text(&mut pong, b"3");
                        write_whole(&mut self.stream, &pong)?;
                    }
                    Packet::Disconnected => bail!("the server disconnected client {number}"),
                    packet => listener(number, packet)?,
                },
                Opcode::Close => bail!("the server sent client {number} a close frame"),
                Opcode::Other => {}
            }
        }
        self.partial.extend_from_slice(bytes);
        Ok(())
    }
}

fn write_whole(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    let written = stream.write(bytes).context("a server does not read what it is sent")?;
    if written < bytes.len() {
        bail!("a server does not read what it is sent");
    }
    Ok(())
}
