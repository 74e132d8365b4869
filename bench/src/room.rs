//! A group whose members are all connected, and a few of whom speak.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use memchr::memmem;

use crate::ledger::Ledger;
use crate::load::{ClientNo, Load};
use crate::machine::{CpuSample, CpuUsed};
use crate::target::Process;
use crate::wire::{Packet, event, number_after};

/// A message that takes longer than this to reach everybody counts as lost.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a member speaks.
pub enum Speech {
    /// With the byte that triggers the raw limit; it acks nothing.
    Trigger,
    /// With an acked `send_group_message`.
    Group {
        /// The group's id.
        group: String,
        /// Makes the text longer.
        filler: String,
    },
}

impl Speech {
    /// Into this group, with the shortest text.
    pub fn group(group: &str) -> Self {
        Self::Group { group: group.to_owned(), filler: String::new() }
    }
}

/// The group.
pub struct Room {
    members: Range<ClientNo>,
    speech: Speech,
    ledger: Ledger,
    frame_bytes: usize,
    /// Messages sent so far.
    sent: usize,
}

/// What a round came to.
pub struct Round {
    /// What the server used for it.
    pub cpu: CpuUsed,
    /// What the load used for it.
    pub load_cpu: CpuUsed,
    /// Messages times members.
    pub deliveries: usize,
    /// From the first send until the last delivery.
    pub elapsed: Duration,
}

/// One message in flight.
#[derive(Clone, Copy, Default)]
struct Slot {
    acked: bool,
    delivered: bool,
}

impl Room {
    /// A room of clients that the load has, none of whom has received anything.
    pub fn new(members: Range<ClientNo>, speech: Speech) -> Self {
        let ledger = Ledger::new(members.len());
        Self { members, speech, ledger, frame_bytes: 0, sent: 0 }
    }

    /// Length of the frames that its members receive, in bytes, header included.
    pub fn frame_bytes(&self) -> usize {
        self.frame_bytes
    }

    /// Makes the text long enough for frames of `wanted` bytes, if the event leaves room for text.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn fit_frames(&mut self, load: &mut Load, server: &Process, wanted: usize) -> Result<()> {
        self.run(load, server, 1, 1, Duration::ZERO)?;
        if let Speech::Group { filler, .. } = &mut self.speech {
            *filler = "x".repeat(wanted.saturating_sub(self.frame_bytes));
        }
        self.run(load, server, 1, 1, Duration::ZERO)?;
        Ok(())
    }

    /// Has `in_flight` members send `messages` together, each its next one when its last one has been acked and has
    /// reached everybody; then waits until nothing came for `quiet`.
    ///
    /// # Errors
    /// When a message is refused, lost, repeated or out of order.
    pub fn run(
        &mut self,
        load: &mut Load,
        server: &Process,
        in_flight: usize,
        messages: usize,
        quiet: Duration,
    ) -> Result<Round> {
        let (before, load_before) = (server.cpu()?, CpuSample::of(std::process::id())?);
        let begun = Instant::now();
        let mut slots = vec![Slot::default(); in_flight];
        let mut started = 0;
        let mut done = 0;
        for slot in 0..in_flight.min(messages) {
            self.speak(load, slot, in_flight)?;
            started += 1;
        }
        let mut progress = Instant::now();
        while done < messages {
            self.listen(load, &mut slots)?;
            for (slot, state) in slots.iter_mut().enumerate() {
                if !(state.acked && state.delivered) {
                    continue;
                }
                *state = Slot::default();
                done += 1;
                progress = Instant::now();
                if started < messages {
                    self.speak(load, slot, in_flight)?;
                    started += 1;
                }
            }
            if progress.elapsed() > PATIENCE {
                let missing = self.ledger.missing();
                bail!("LOST: {done} of {messages} messages done, then none; (seq, received by): {missing:?}");
            }
        }
        let elapsed = begun.elapsed();
        load.settle(quiet)?;
        let cpu = before.until(&server.cpu()?);
        let load_cpu = load_before.until(&CpuSample::of(std::process::id())?);
        Ok(Round { cpu, load_cpu, deliveries: messages * self.members.len(), elapsed })
    }

    /// The member that speaks for a slot; those of all slots are spread over the room.
    fn speaker(&self, slot: usize, in_flight: usize) -> ClientNo {
        self.members.start + slot * self.members.len() / in_flight
    }

    fn speak(&mut self, load: &mut Load, slot: usize, in_flight: usize) -> Result<()> {
        self.sent += 1;
        let speaker = self.speaker(slot, in_flight);
        match &self.speech {
            Speech::Trigger => load.send_raw(speaker, &[b'0' + slot as u8]),
            Speech::Group { group, filler } => {
                let content = format!("slot={slot} {:06} {filler}", self.sent);
                let payload = format!("{{\"conversationId\":\"{group}\",\"content\":\"{content}\"}}");
                load.send_text(speaker, &event(slot as u64, "send_group_message", &payload))
            }
        }
    }

    fn listen(&mut self, load: &mut Load, slots: &mut [Slot]) -> Result<()> {
        let Self { members, ledger, frame_bytes, speech, .. } = self;
        let acks = matches!(speech, Speech::Group { .. });
        load.turn(Duration::from_millis(100), &mut |client, packet| {
            if !members.contains(&client) {
                return Ok(());
            }
            match packet {
                Packet::Event(event) if event.starts_with(b"42[\"new_group_message\"") => {
                    *frame_bytes = event.len() + 4;
                    if ledger.note(client - members.start, event)? {
                        let slot = number_after(event, b"slot=").context("a message of somebody else")?;
                        slots[slot as usize].delivered = true;
                        slots[slot as usize].acked |= !acks;
                    }
                }
                Packet::Ack { id, arguments } => {
                    if memmem::find(arguments, b"\"success\":true").is_none() {
                        bail!("a send was refused: {}", String::from_utf8_lossy(arguments));
                    }
                    slots[id as usize].acked = true;
                }
                _ => {}
            }
            Ok(())
        })
    }
}
