//! The reading side of a session over WebSocket.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::packet::{Message, Packet};
use super::session::{Priority, Session};
use super::{Application, Reason};
use crate::ws::{self, CloseCode, Decoder, Incoming, Opcode};

const READ_BUFFER: usize = 64 * 1024;
/// The list of decoded messages gives its memory back above this many.
const KEPT_MESSAGES: usize = 4;

thread_local! {
    /// One for each thread, so that idle connections hold none.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BUFFER].into_boxed_slice());
}

/// Reads the messages of a WebSocket, one by one.
pub(super) struct Reader {
    stream: Arc<TcpStream>,
    decoder: Decoder,
    messages: VecDeque<Incoming>,
    fault: Option<CloseCode>,
}

impl Reader {
    /// A reader of the stream, of which `read` has been read already.
    pub(super) fn new(stream: Arc<TcpStream>, read: &[u8], max_payload: usize) -> Self {
        let mut reader =
            Self { stream, decoder: Decoder::new(max_payload), messages: VecDeque::new(), fault: None };
        reader.decode(read);
        reader
    }

    pub(super) fn stream(&self) -> &Arc<TcpStream> {
        &self.stream
    }

    /// The next message; `None` at the end of the stream.
    ///
    /// # Errors
    /// The code to close with, when the client broke the protocol.
    pub(super) async fn next(&mut self) -> Result<Option<Incoming>, CloseCode> {
        loop {
            // Who sends faster than is handled would otherwise have the thread for himself; also with what makes no
            // message, such as pongs.
            tokio::task::consume_budget().await;
            if let Some(next) = self.messages.pop_front() {
                if self.messages.is_empty() && self.messages.capacity() > KEPT_MESSAGES {
                    self.messages = VecDeque::new();
                }
                return Ok(Some(next));
            }
            if let Some(code) = self.fault {
                return Err(code);
            }
            if self.stream.readable().await.is_err() || self.read() == Some(0) {
                return Ok(None);
            }
        }
    }

    /// The next message of those that the operating system has received; `None` behind them. The connection stays open
    /// for reading: shut, it would be reset by what a client sends that does not know yet.
    ///
    /// # Errors
    /// As of [`next`](Self::next).
    fn next_received(&mut self) -> Result<Option<Incoming>, CloseCode> {
        loop {
            if let Some(next) = self.messages.pop_front() {
                return Ok(Some(next));
            }
            if let Some(code) = self.fault {
                return Err(code);
            }
            let Self { stream, decoder, messages, fault } = self;
            // Past Tokio, which may not have been told yet that something came.
            let read = BUFFER.with_borrow_mut(|buffer| {
                let read = (&*SockRef::from(&**stream)).read(buffer).unwrap_or(0);
                *fault = decoder.decode(&buffer[..read], messages).err();
                read
            });
            if read == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads and drops what still comes, to the end of the stream: closing a socket with unread bytes would reset it,
    /// and the client might never see the close frame.
    pub(super) async fn discard(&mut self) {
        self.messages = VecDeque::new();
        self.decoder = Decoder::new(0);
        while self.stream.readable().await.is_ok() && self.fill(|_| ()) != Some(0) {
            tokio::task::consume_budget().await;
        }
    }

    /// Reads once. Answers how many bytes came, 0 at the end of the stream, `None` if there was nothing.
    fn read(&mut self) -> Option<usize> {
        let Self { stream, decoder, messages, fault } = self;
        fill(stream, |bytes| *fault = decoder.decode(bytes, messages).err())
    }

    fn fill(&self, take: impl FnOnce(&[u8])) -> Option<usize> {
        fill(&self.stream, take)
    }

    fn decode(&mut self, bytes: &[u8]) {
        self.fault = self.decoder.decode(bytes, &mut self.messages).err();
    }
}

fn fill(stream: &TcpStream, take: impl FnOnce(&[u8])) -> Option<usize> {
    BUFFER.with_borrow_mut(|buffer| {
        let mut read = 0;
        let result = stream.try_io(Interest::READABLE, || {
            read = (&*SockRef::from(stream)).read(buffer)?;
            // A read that leaves room has taken everything: saying so here saves the system call that would find it out.
            if (1..buffer.len()).contains(&read) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match result {
            _ if read > 0 => {
                take(&buffer[..read]);
                Some(read)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            // A broken connection and one that ended are the same to the reader.
            _ => Some(0),
        }
    })
}

/// Handles what comes until the connection ends or has to. Answers why, and with what code to close.
pub(super) async fn run<A: Application>(
    app: &A,
    session: &Arc<Session>,
    state: &mut A::State,
    reader: &mut Reader,
) -> (Reason, CloseCode) {
    loop {
        if session.is_cut_off() {
            return (Reason::ServerShutdown, CloseCode::GoingAway);
        }
        let next = if session.is_draining() {
            reader.next_received()
        } else {
            let next = async {
                tokio::select! {
                    biased;
                    next = reader.next() => Some(next),
                    () = session.wait_interrupted() => None,
                }
            };
            let next = match app.deadline(state) {
                None => next.await,
                Some(deadline) => match Box::pin(tokio::time::timeout_at(deadline, next)).await {
                    Ok(next) => next,
                    Err(_) => return (Reason::ConnectTimeout, CloseCode::None),
                },
            };
            let Some(next) = next else { continue };
            next
        };
        let result = match next {
            Ok(Some(Incoming::Text(packet))) => match Packet::from_text(packet) {
                Ok(packet) => handle(app, session, state, packet).await,
                Err(reason) => Err(reason),
            },
            Ok(Some(Incoming::Binary(bytes))) => {
                handle(app, session, state, Packet::Message(Message::Binary(bytes))).await
            }
            Ok(Some(Incoming::Ping(payload))) => {
                session.push(ws::encode_control(Opcode::Pong, &payload), Priority::Now);
                Ok(())
            }
            Ok(Some(Incoming::Close(code))) => return (Reason::TransportClose, code),
            Ok(None) if session.is_draining() => return (Reason::ServerShutdown, CloseCode::GoingAway),
            Ok(None) => Err(Reason::TransportClose),
            Err(code) => return (Reason::ParseError, code),
        };
        if let Err(reason) = result {
            return (reason, CloseCode::None);
        }
        session.flush();
    }
}

/// Handles one packet.
///
/// # Errors
/// Why the session is to be closed.
pub(super) async fn handle<A: Application>(
    app: &A,
    session: &Arc<Session>,
    state: &mut A::State,
    packet: Packet,
) -> Result<(), Reason> {
    match packet {
        Packet::Message(message) => {
            session.set_busy(true);
            let result = app.message(session, state, message).await;
            session.set_busy(false);
            result
        }
        Packet::Pong => {
            session.ponged();
            Ok(())
        }
        Packet::Close => Err(Reason::TransportClose),
        Packet::Upgrade | Packet::Noop => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::task::{consume_budget, yield_now};

    use super::*;

    async fn is_pending(future: impl Future) -> bool {
        let mut future = pin!(future);
        poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
    }

    #[tokio::test]
    async fn who_floods_pongs_leaves_the_thread_to_others() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        SockRef::from(&stream).set_recv_buffer_size(4 * READ_BUFFER).unwrap();
        // A whole read of pongs, and a message behind them. A mask of zeros leaves the text as it is.
        let pongs = b"\x8a\x82\0\0\0\0ok".repeat(READ_BUFFER / 8);
        client.write_all(&pongs).await.unwrap();
        client.write_all(b"\x81\x81\0\0\0\0x").await.unwrap();
        let mut received = vec![0; 2 * READ_BUFFER];
        while stream.peek(&mut received).await.unwrap() < READ_BUFFER + 7 {}

        let mut reader = Reader::new(Arc::new(stream), b"", 100);
        yield_now().await;
        let mut budget = 0;
        while !is_pending(consume_budget()).await {
            budget += 1;
        }
        yield_now().await;
        for _ in 1..budget {
            consume_budget().await;
        }
        assert!(is_pending(reader.next()).await, "the pongs cost nothing");
        assert_eq!(reader.next().await, Ok(Some(Incoming::Text("x".into()))));
    }
}
