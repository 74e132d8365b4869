//! From HTTP to a WebSocket: of a new session, and of one that began with polling.

use std::sync::Arc;

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::outbox::Phase;
use super::polling::{Input, PollingSession};
use super::websocket::Reader;
use super::{Reason, session};
use crate::ws::{self, Incoming};

/// Takes the connection out of hyper's hands, whose buffers are freed with that. Answers it, and what has been read
/// of it already; `None` if the client has gone, or if the connection is not a plain `TokioIo<TcpStream>`.
pub(super) async fn take_stream(upgrade: OnUpgrade) -> Option<(Arc<TcpStream>, Bytes)> {
    let upgraded = upgrade.await.ok()?;
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => {
            let stream = parts.io.into_inner();
            // A frame waits for no acknowledgement of the one before it.
            let _ = stream.set_nodelay(true);
            Some((Arc::new(stream), parts.read_buf))
        }
        Err(_) => {
            tracing::error!(
                "a WebSocket needs a connection served as hyper_util::rt::TokioIo<tokio::net::TcpStream>"
            );
            None
        }
    }
}

/// Plays the server's part of an upgrade: answers the probe, then switches the session over. Where the client does
/// anything else, the WebSocket is given up and the session goes on polling.
pub(super) async fn upgrade(polling: &PollingSession, mut reader: Reader) -> Option<()> {
    let session = &polling.session;
    let probe = tokio::select! {
        probe = reader.next() => probe,
        () = polling.over.cancelled() => return None,
    };
    if !matches!(probe, Ok(Some(Incoming::Text(packet))) if packet == "2probe") {
        return None;
    }
    write_all(reader.stream(), ws::text_frame("3probe")).await.ok()?;
    // From here on a poll is answered at once: the client waits for the one that it has open before it goes on.
    {
        let mut outbox = session.outbox.lock();
        outbox.upgrading = true;
        outbox.answer_poll();
    }
    let _polling_again = StopUpgrading(polling);
    tokio::select! {
        switched = switch(&mut reader) => switched?,
        () = is_over_for_long(polling) => return None,
    }
    // A place in the channel first: once the transport is switched, the reader must arrive.
    let place = polling.input.reserve().await.ok()?;
    if !session.upgrade(Arc::clone(reader.stream())) {
        return None;
    }
    place.send(Input::WebSocket(Box::new(reader)));
    session.flush();
    Some(())
}

/// Waits for the client to go over.
async fn switch(reader: &mut Reader) -> Option<()> {
    loop {
        match reader.next().await.ok()?? {
            Incoming::Text(packet) if packet == "5" => return Some(()),
            Incoming::Ping(_) => {}
            _ => return None,
        }
    }
}

/// Waits until a client has had the time to go over whose session ends. It polls no more once its probe was answered, and
/// where its WebSocket ends before it has gone over it notices neither end: the official client stands still until its
/// ping is overdue. One that has closed the session by itself waits for nothing.
async fn is_over_for_long(polling: &PollingSession) {
    polling.over.cancelled().await;
    let phase = polling.session.outbox.lock().phase;
    if phase != Phase::Closed(Reason::TransportClose) {
        tokio::time::sleep(session::FINISH_WITHIN).await;
    }
}

/// Lets polls wait again after an upgrade that came to nothing.
struct StopUpgrading<'a>(&'a PollingSession);

impl Drop for StopUpgrading<'_> {
    fn drop(&mut self) {
        self.0.session.outbox.lock().upgrading = false;
    }
}

async fn write_all(stream: &TcpStream, mut bytes: Bytes) -> std::io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(&bytes) {
            Ok(written) => drop(bytes.split_to(written)),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
