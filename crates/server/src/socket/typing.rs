//! Who types where: announced, renewed, and ended by the server if the device does not.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::{ConversationId, UserId};
use chirrup_protocol::event;
use chirrup_socketio::{Emission, Hub};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::device::{Device, DeviceSocket};
use super::encode::encode;
use super::rooms;

/// Typing ends by itself this long after it was last renewed.
const LASTS: Duration = Duration::from_secs(6);
/// A device types in so many conversations at most; in one more, it has stopped in the one renewed longest ago.
const PLACES: usize = 8;

/// Everybody who types, in memory only: one timer does for all of them.
pub(super) struct Typing {
    hub: Hub<Device>,
    typists: Mutex<Typists>,
    /// Somebody began to type while nobody did.
    begun: Notify,
}

/// Who hears that somebody types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearers {
    /// The other devices that have the group open.
    Group,
    /// This user's devices.
    User(UserId),
    /// Nobody: notes to oneself, and typing to somebody who does not take one's messages.
    Nobody,
}

/// One device's typing in one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Burst {
    device: u64,
    user: UserId,
    conversation: ConversationId,
    hearers: Hearers,
    ends: Instant,
}

/// The bursts by device, and in the order in which they end.
#[derive(Default)]
struct Typists {
    devices: HashMap<u64, Vec<Burst>>,
    ends: BTreeSet<(Instant, u64, ConversationId)>,
}

impl Typing {
    pub(super) fn new(hub: Hub<Device>) -> Self {
        Self { hub, typists: Mutex::default(), begun: Notify::new() }
    }

    /// A device types, or still does; those who hear it are told each time.
    pub(super) fn start(&self, socket: &DeviceSocket, conversation: ConversationId, hearers: Hearers) {
        let (user, username) = (socket.data.user, socket.data.username());
        let ends = Instant::now() + LASTS;
        let burst = Burst { device: socket.key(), user, conversation, hearers, ends };
        // Told under the lock, so that the timer's end of a burst never overtakes its renewal.
        let mut typists = self.typists.lock();
        if typists.ends.is_empty() {
            self.begun.notify_one();
        }
        if let Some(told) =
            encode(event::USER_TYPING, &event::UserThere::named(user, &username, conversation))
        {
            self.tell(&burst, told);
        }
        if let Some(ended) = typists.start(burst) {
            self.tell_end(&ended);
        }
    }

    /// A device types no more; if it did, those who heard of it are told.
    pub(super) fn stop(&self, device: u64, conversation: ConversationId) {
        let mut typists = self.typists.lock();
        if let Some(burst) = typists.stop(device, conversation) {
            self.tell_end(&burst);
        }
    }

    /// Somebody sent into a conversation, from no device: none of theirs types there any more.
    pub(super) fn stop_all(&self, user: UserId, conversation: ConversationId) {
        for socket in self.hub.sockets_in(&rooms::of_user(user)) {
            self.stop(socket.key(), conversation);
        }
    }

    /// A device has gone.
    pub(super) fn forget(&self, device: u64) {
        let mut typists = self.typists.lock();
        for burst in typists.forget(device) {
            self.tell_end(&burst);
        }
    }

    /// Ends what is not renewed, for ever.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let next = self.end_overdue(Instant::now());
            match next {
                Some(at) => sleep_until(at).await,
                None => self.begun.notified().await,
            }
        }
    }

    /// Ends what is overdue; answers when there is something to end next.
    fn end_overdue(&self, now: Instant) -> Option<Instant> {
        let mut typists = self.typists.lock();
        while let Some(burst) = typists.stop_overdue(now) {
            self.tell_end(&burst);
        }
        typists.ends.first().map(|(at, ..)| *at)
    }

    fn tell_end(&self, burst: &Burst) {
        let payload = event::UserThere::nameless(burst.user, burst.conversation);
        if let Some(told) = encode(event::USER_STOPPED_TYPING, &payload) {
            self.tell(burst, told);
        }
    }

    fn tell(&self, burst: &Burst, told: Emission) {
        let told = told.ephemeral();
        match burst.hearers {
            Hearers::Group => {
                self.hub.to(&rooms::of_open(burst.conversation)).except(burst.device).emit(&told);
            }
            Hearers::User(user) => self.hub.to(&rooms::of_user(user)).emit(&told),
            Hearers::Nobody => {}
        }
    }
}

impl Typists {
    /// Begins or renews a burst; gives one that is ended for it: the same where others heard it, or the oldest if the
    /// device types in too many places.
    fn start(&mut self, burst: Burst) -> Option<Burst> {
        let unheard =
            self.stop(burst.device, burst.conversation).filter(|earlier| earlier.hearers != burst.hearers);
        let bursts = self.devices.entry(burst.device).or_default();
        let oldest = (bursts.len() >= PLACES).then(|| bursts.remove(0));
        if let Some(oldest) = &oldest {
            self.ends.remove(&key(oldest));
        }
        self.ends.insert(key(&burst));
        bursts.push(burst);
        unheard.or(oldest)
    }

    fn stop(&mut self, device: u64, conversation: ConversationId) -> Option<Burst> {
        let bursts = self.devices.get_mut(&device)?;
        let index = bursts.iter().position(|burst| burst.conversation == conversation)?;
        let burst = bursts.remove(index);
        if bursts.is_empty() {
            self.devices.remove(&device);
        }
        self.ends.remove(&key(&burst));
        Some(burst)
    }

    fn stop_overdue(&mut self, now: Instant) -> Option<Burst> {
        let (_, device, conversation) = *self.ends.first().filter(|(at, ..)| *at <= now)?;
        self.stop(device, conversation)
    }

    fn forget(&mut self, device: u64) -> Vec<Burst> {
        let bursts = self.devices.remove(&device).unwrap_or_default();
        for burst in &bursts {
            self.ends.remove(&key(burst));
        }
        bursts
    }
}

fn key(burst: &Burst) -> (Instant, u64, ConversationId) {
    (burst.ends, burst.device, burst.conversation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burst(device: u64, place: u8, ends: Instant) -> Burst {
        let conversation = ConversationId::from([place; 12]);
        Burst { device, user: UserId::from([1; 12]), conversation, hearers: Hearers::Group, ends }
    }

    #[test]
    fn a_burst_ends_once_and_when_it_was_last_renewed_for() {
        let (mut typists, now) = (Typists::default(), Instant::now());
        assert_eq!(typists.start(burst(1, 1, now + LASTS)), None);
        let renewed = burst(1, 1, now + LASTS * 2);
        assert_eq!(typists.start(renewed.clone()), None);
        assert_eq!(typists.stop_overdue(now + LASTS), None);
        assert_eq!(typists.stop_overdue(now + LASTS * 2), Some(renewed));
        assert_eq!(typists.stop_overdue(now + LASTS * 3), None);
        assert!(typists.devices.is_empty() && typists.ends.is_empty());
    }

    #[test]
    fn who_is_to_hear_no_more_of_a_burst_is_told_that_it_ended() {
        let (mut typists, now) = (Typists::default(), Instant::now());
        let heard = Burst { hearers: Hearers::User(UserId::from([2; 12])), ..burst(1, 1, now) };
        let unheard = Burst { hearers: Hearers::Nobody, ..burst(1, 1, now + LASTS) };
        assert_eq!(typists.start(heard.clone()), None);
        assert_eq!(typists.start(heard.clone()), None);
        assert_eq!(typists.start(unheard), Some(heard));
    }

    #[test]
    fn a_device_types_in_few_places_at_once() {
        let (mut typists, now) = (Typists::default(), Instant::now());
        let at = |place: u8| now + Duration::from_millis(place.into());
        for place in 0..8 {
            assert_eq!(typists.start(burst(1, place, at(place))), None);
        }
        assert_eq!(typists.start(burst(1, 0, at(8))), None, "a renewal is no further place");
        assert_eq!(typists.start(burst(1, 9, at(9))), Some(burst(1, 1, at(1))));
        assert_eq!(typists.start(burst(2, 9, at(9))), None, "another device has places of its own");
        assert_eq!((typists.devices[&1].len(), typists.ends.len()), (8, 9));
    }

    #[test]
    fn who_goes_or_stops_leaves_nothing_behind() {
        let (mut typists, now) = (Typists::default(), Instant::now());
        for place in 1..=3 {
            typists.start(burst(1, place, now));
        }
        assert!(typists.stop(1, ConversationId::from([1; 12])).is_some());
        assert!(typists.stop(1, ConversationId::from([1; 12])).is_none());
        assert_eq!(typists.forget(1).len(), 2);
        assert!(typists.devices.is_empty() && typists.ends.is_empty());
    }
}
