//! Proof that nothing was lost: who received which message of one conversation, in which order.

use std::collections::VecDeque;

use anyhow::{Result, bail};

use crate::wire::number_after;

/// What every member of a conversation has received.
pub struct Ledger {
    /// `seq` that each member received last; 0 before the first.
    last: Vec<u64>,
    /// The messages that have not reached everybody, by ascending `seq`.
    open: VecDeque<Open>,
    /// `seq` of the first open message; 0 before the first of all.
    first_open: u64,
}

struct Open {
    frame: Vec<u8>,
    received: usize,
}

impl Ledger {
    /// A ledger for `members`, none of whom has received anything.
    pub fn new(members: usize) -> Self {
        Self { last: vec![0; members], open: VecDeque::new(), first_open: 0 }
    }

    /// Notes that `member` received this event, and says whether every member has it now.
    ///
    /// # Errors
    /// When it is not the one that follows the member's last one, or differs from what the others received.
    pub fn note(&mut self, member: usize, event: &[u8]) -> Result<bool> {
        let Some(seq) = number_after(event, b"\"seq\":") else {
            bail!("an event without seq: {}", String::from_utf8_lossy(event));
        };
        let last = std::mem::replace(&mut self.last[member], seq);
        if self.first_open == 0 {
            self.first_open = seq;
        }
        if last + 1 != seq && !(last == 0 && seq == self.first_open) {
            bail!("lost or out of order: member {member} received message {seq} after {last}");
        }
        let place = (seq - self.first_open) as usize;
        if place == self.open.len() {
            self.open.push_back(Open { frame: event.to_vec(), received: 0 });
        }
        let message = &mut self.open[place];
        if message.frame != event {
            bail!("member {member} received another message {seq} than those before");
        }
        message.received += 1;
        if message.received < self.last.len() {
            return Ok(false);
        }
        // Nobody skips one, so those before it have reached everybody as well.
        self.open.pop_front();
        self.first_open += 1;
        Ok(true)
    }

    /// Which messages are on their way, and to how many members each has come: for saying what was lost.
    pub fn missing(&self) -> Vec<(u64, usize)> {
        (self.first_open..).zip(self.open.iter().map(|message| message.received)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_complete_when_every_member_has_it() {
        let mut ledger = Ledger::new(2);
        let (one, two) = (b"{\"seq\":1}", b"{\"seq\":2}");
        assert!(!ledger.note(0, one).unwrap());
        assert!(!ledger.note(0, two).unwrap());
        assert!(ledger.note(1, one).unwrap());
        assert_eq!(ledger.missing(), [(2, 1)]);
        assert!(ledger.note(1, two).unwrap());
        assert_eq!(ledger.missing(), []);
    }

    #[test]
    fn a_gap_a_repeat_and_another_content_are_faults() {
        let noted = || {
            let mut ledger = Ledger::new(2);
            ledger.note(0, b"{\"seq\":1}").unwrap();
            ledger
        };
        assert!(noted().note(0, b"{\"seq\":3}").is_err());
        assert!(noted().note(0, b"{\"seq\":1}").is_err());
        assert!(noted().note(1, b"{\"seq\":2}").is_err());
        assert!(noted().note(1, b"{\"seq\":1 }").is_err());
    }
}
