//! The same sends over Socket.IO: everybody is connected, and sends the next message when the last one was acked.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use memchr::memmem;

use super::plan::{GROUP, Plan, TEXT, To};
use super::window::{WARM_UP, Window};
use crate::ledger::Ledger;
use crate::load::{ClientNo, Load};
use crate::people::tokens;
use crate::target::Process;
use crate::wire::{self, Packet, event};

/// Deliveries that have not come this long after the last send count as lost.
const PATIENCE: Duration = Duration::from_secs(15);

/// The people and what they have sent and received.
pub struct Crowd<'a> {
    plan: &'a Plan,
    clients: Range<ClientNo>,
    /// Sends so far, by person.
    sent: Vec<u64>,
    counts: Counts,
    /// One per group.
    ledgers: Vec<Ledger>,
}

#[derive(Default)]
struct Counts {
    acked: u64,
    direct_sent: u64,
    direct_received: u64,
    group_sent: u64,
    group_received: u64,
}

impl<'a> Crowd<'a> {
    /// Connects everybody.
    ///
    /// # Errors
    /// When somebody is refused.
    pub fn enter(plan: &'a Plan, load: &mut Load, server: &Process) -> Result<Self> {
        let clients = load.join(wire::connect(server.address, &tokens(&plan.people)?)?)?;
        load.settle(Duration::from_millis(500))?;
        let ledgers = plan.groups.iter().map(|_| Ledger::new(GROUP)).collect();
        Ok(Self { plan, sent: vec![0; clients.len()], clients, counts: Counts::default(), ledgers })
    }

    /// Sends until the window is over, then waits for what is on its way and checks that nothing is missing.
    ///
    /// # Errors
    /// When a send is refused, or a message lost, repeated or out of order.
    pub fn run(mut self, load: &mut Load, server: &Process, seconds: u64) -> Result<Window> {
        let all: Vec<usize> = (0..self.clients.len()).collect();
        self.send(load, all)?;
        self.send_for(load, Duration::from_secs(WARM_UP))?;
        let (acked, begun, before) = (self.counts.acked, Instant::now(), server.cpu()?);
        self.send_for(load, Duration::from_secs(seconds))?;
        let cpu = before.until(&server.cpu()?);
        let window = Window {
            sends: self.counts.acked - acked,
            seconds: begun.elapsed().as_secs_f64(),
            cpu_ns: cpu.run_ns,
        };
        self.finish(load)?;
        Ok(window)
    }

    fn send_for(&mut self, load: &mut Load, time: Duration) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < time {
            let acked = self.listen(load)?;
            self.send(load, acked)?;
        }
        Ok(())
    }

    fn send(&mut self, load: &mut Load, people: Vec<usize>) -> Result<()> {
        for person in people {
            let number = self.sent[person];
            self.sent[person] += 1;
            let (name, key, id) = match self.plan.target(person, number) {
                To::Person(recipient) => {
                    self.counts.direct_sent += 1;
                    ("send_direct_message", "recipientId", recipient.to_string())
                }
                To::Group(group) => {
                    self.counts.group_sent += 1;
                    ("send_group_message", "conversationId", group.to_string())
                }
            };
            let client_id = Plan::client_id(person, number);
            let payload =
                format!("{{\"{key}\":\"{id}\",\"content\":\"{TEXT}\",\"clientId\":\"{client_id}\"}}");
            load.send_text(self.clients.start + person, &event(number, name, &payload))?;
        }
        Ok(())
    }

    /// Takes what has come, and gives the people whose sends were acked.
    fn listen(&mut self, load: &mut Load) -> Result<Vec<usize>> {
        let Self { clients, counts, ledgers, .. } = self;
        let mut acked = Vec::new();
        load.turn(Duration::from_millis(100), &mut |client, packet| {
            let person = client - clients.start;
            match packet {
                Packet::Ack { arguments, .. } => {
                    if memmem::find(arguments, b"\"success\":true").is_none() {
                        bail!("a send was refused: {}", String::from_utf8_lossy(arguments));
                    }
                    counts.acked += 1;
                    acked.push(person);
                }
                Packet::Event(event) if event.starts_with(b"42[\"new_message\"") => {
                    counts.direct_received += 1;
                }
                Packet::Event(event) if event.starts_with(b"42[\"new_group_message\"") => {
                    counts.group_received += 1;
                    ledgers[person / GROUP].note(person % GROUP, event)?;
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(acked)
    }

    fn finish(&mut self, load: &mut Load) -> Result<()> {
        let begun = Instant::now();
        while !self.counts.is_complete() {
            self.listen(load)?;
            if begun.elapsed() > PATIENCE {
                bail!("LOST: {}", self.counts);
            }
        }
        // One too many would come now.
        let complete = Instant::now();
        while complete.elapsed() < Duration::from_millis(200) {
            self.listen(load)?;
        }
        if !self.counts.is_complete() {
            bail!("REPEATED: {}", self.counts);
        }
        Ok(())
    }
}

impl Counts {
    fn is_complete(&self) -> bool {
        self.acked == self.direct_sent + self.group_sent
            && self.direct_received == self.direct_sent
            && self.group_received == self.group_sent * GROUP as u64
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} acks of {} sends; {} of {} direct and {} of {} group deliveries",
            self.acked,
            self.direct_sent + self.group_sent,
            self.direct_received,
            self.direct_sent,
            self.group_received,
            self.group_sent * GROUP as u64,
        )
    }
}
