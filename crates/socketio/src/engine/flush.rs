//! Writing what waits for a connection.

use std::io::{self, IoSlice};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parking_lot::MutexGuard;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::Reason;
use super::outbox::{Dirty, Outbox, Phase};
use super::session::Session;

/// Most packets that one system call carries.
const BATCH: usize = 64;

impl Session {
    /// Writes what waits, as far as the connection takes it. The flusher calls it, and a session's own task after each
    /// message, so that an ack needs nobody else to wake up. Answers how many packets were taken from the queue.
    pub(crate) fn flush(self: &Arc<Self>) -> usize {
        let mut outbox = self.outbox.lock();
        outbox.dirty = Dirty::No;
        if outbox.writing || outbox.blocked || outbox.corked {
            return 0;
        }
        let Some(stream) = self.stream() else {
            if !outbox.is_empty() {
                outbox.answer_poll();
            }
            return 0;
        };
        let (taken, blocked) = self.write(stream, outbox, |bytes| bytes.send(stream));
        if blocked {
            self.flush_when_writable();
        }
        taken
    }

    /// Writes with `send` until nothing waits. Answers how many packets were taken, and whether the connection took no
    /// more: then `blocked` is set, and the caller's to clear.
    fn write<'a>(
        &'a self,
        stream: &TcpStream,
        mut outbox: MutexGuard<'a, Outbox>,
        send: impl Fn(&Batch) -> io::Result<usize>,
    ) -> (usize, bool) {
        let mut taken = 0;
        while !outbox.corked
            && let Some(mut batch) = Batch::take(&mut outbox)
        {
            taken += batch.len();
            outbox.writing = true;
            drop(outbox);
            let result = send(&batch);
            let written = *result.as_ref().unwrap_or(&0);
            let rest = batch.advance(written);
            outbox = self.outbox.lock();
            outbox.writing = false;
            if let Phase::Closed(_) = outbox.phase {
                return (taken, false);
            }
            match result {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                    drop(outbox);
                    self.close(Reason::TransportError);
                    return (taken, false);
                }
                _ => {}
            }
            outbox.put_back(batch);
            outbox.wrote(written);
            if !self.over_bound(outbox.len() * 2, outbox.bytes() * 2) {
                outbox.tell_low();
            }
            if rest {
                outbox.blocked = true;
                return (taken, true);
            }
        }
        if let Phase::Finishing(_) = outbox.phase
            && outbox.is_empty()
        {
            // The close frame is out; the client's answer, or the end of its stream, ends the reader.
            let _ = SockRef::from(stream).shutdown(std::net::Shutdown::Write);
        }
        (taken, false)
    }

    /// Goes on when the connection takes more. That is a task for each connection that takes no more for the moment;
    /// there are few of them at a time.
    fn flush_when_writable(self: &Arc<Self>) {
        let (session, stream) = (Arc::clone(self), self.shared_stream());
        self.shard.runtime.spawn(async move {
            let Some(stream) = stream else { return };
            loop {
                let _ = stream.writable().await;
                let mut outbox = session.outbox.lock();
                outbox.blocked = false;
                // Through Tokio, which learns by it that the connection takes no more.
                let send = |batch: &Batch| stream.try_io(Interest::WRITABLE, || batch.send(&stream));
                if !session.write(&stream, outbox, send).1 {
                    return;
                }
            }
        });
    }
}

/// Packets on their way from the queue to the operating system.
enum Batch {
    One(Bytes),
    Many(Vec<Bytes>),
    None,
}

impl Batch {
    /// Takes what the next system call is to carry.
    fn take(outbox: &mut Outbox) -> Option<Self> {
        let first = outbox.take_one()?;
        if outbox.is_empty() {
            return Some(Self::One(first));
        }
        let mut packets = Vec::with_capacity(BATCH.min(outbox.len() + 1));
        packets.push(first);
        outbox.take(BATCH - 1, &mut packets);
        Some(Self::Many(packets))
    }

    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(packets) => packets.len(),
        }
    }

    /// Hands the packets to the operating system, past Tokio's note of whether the connection takes more: that lies in
    /// memory of its own, which would have to be fetched for each delivery, and nearly always says yes.
    fn send(&self, stream: &TcpStream) -> io::Result<usize> {
        let socket = SockRef::from(stream);
        match self {
            Self::None => Ok(0),
            Self::One(packet) => socket.send(packet),
            Self::Many(packets) => {
                let mut slices = [IoSlice::new(&[]); BATCH];
                for (slice, packet) in slices.iter_mut().zip(packets) {
                    *slice = IoSlice::new(packet);
                }
                socket.send_vectored(&slices[..packets.len()])
            }
        }
    }

    /// Drops what has been written. Answers whether anything is left.
    fn advance(&mut self, written: usize) -> bool {
        match self {
            Self::One(packet) if packet.len() > written => packet.advance(written),
            Self::Many(packets) => {
                let mut left = written;
                let is_whole = |packet: &&Bytes| {
                    let whole = packet.len() <= left;
                    left -= if whole { packet.len() } else { 0 };
                    whole
                };
                let whole = packets.iter().take_while(is_whole).count();
                packets.drain(..whole);
                match packets.first_mut() {
                    Some(first) => first.advance(left),
                    None => *self = Self::None,
                }
            }
            _ => *self = Self::None,
        }
        !matches!(self, Self::None)
    }
}

impl Outbox {
    /// Puts back what could not be written.
    fn put_back(&mut self, batch: Batch) {
        match batch {
            Batch::None => {}
            Batch::One(packet) => self.push_front(packet),
            Batch::Many(packets) => packets.into_iter().rev().for_each(|packet| self.push_front(packet)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_stays_in_its_order() {
        for written in 0..=9 {
            let mut outbox = Outbox::new();
            for packet in ["abc", "d", "efghi"] {
                outbox.push(Bytes::from_static(packet.as_bytes()));
            }
            let mut batch = Batch::take(&mut outbox).unwrap();
            assert_eq!(batch.advance(written), written < 9);
            outbox.put_back(batch);
            outbox.wrote(written);
            let rest: Vec<u8> = std::iter::from_fn(|| outbox.take_one()).flatten().collect();
            assert_eq!(rest, b"abcdefghi"[written..]);
            assert_eq!(outbox.bytes(), 9 - written);
        }
    }
}
