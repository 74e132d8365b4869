//! Who is online: devices are counted, and a short absence is none.

use std::collections::HashMap;
use std::sync::Arc;

use chirrup_domain::{Clock, Presence, Store, UserId};
use chirrup_protocol::event;
use chirrup_socketio::{Emission, Hub};
use parking_lot::Mutex;

use super::device::Device;
use super::encode::encode;
use super::rooms;
use crate::config::{self, Audience};

/// With `PRESENCE=auto`, everybody hears of everybody while fewer users than this are connected.
const FEW_USERS: usize = 500;

/// Counts devices.
#[derive(Default)]
pub(super) struct Tracker {
    users: Mutex<HashMap<UserId, Devices>>,
}

#[derive(Default)]
struct Devices {
    connected: usize,
    /// Grows with each device that comes, so that an old departure knows that it was overtaken.
    arrivals: u64,
}

impl Presence for Tracker {
    fn is_online(&self, user: UserId) -> bool {
        self.users.lock().get(&user).is_some_and(|devices| devices.connected > 0)
    }
}

impl Tracker {
    /// Counts a device in. Answers whether its user comes online by it.
    fn arrive(&self, user: UserId) -> bool {
        let mut users = self.users.lock();
        let was_online = users.contains_key(&user);
        let devices = users.entry(user).or_default();
        devices.connected += 1;
        devices.arrivals += 1;
        !was_online
    }

    /// Counts a device out. If it was the last one, answers by what to ask later whether the user has stayed away.
    fn leave(&self, user: UserId) -> Option<u64> {
        let mut users = self.users.lock();
        let devices = users.get_mut(&user)?;
        devices.connected = devices.connected.saturating_sub(1);
        (devices.connected == 0).then_some(devices.arrivals)
    }

    /// Answers whether the user has gone, no device having come since.
    fn has_stayed_away(&self, user: UserId, arrivals: u64) -> bool {
        let mut users = self.users.lock();
        let away =
            users.get(&user).is_some_and(|devices| devices.connected == 0 && devices.arrivals == arrivals);
        if away {
            users.remove(&user);
        }
        away
    }

    fn count(&self) -> usize {
        self.users.lock().len()
    }
}

/// Tells people who comes and goes.
pub(super) struct Announcer {
    tracker: Arc<Tracker>,
    hub: Hub<Device>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    config: config::Presence,
}

impl Announcer {
    pub(super) fn new(
        tracker: Arc<Tracker>,
        hub: Hub<Device>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        config: config::Presence,
    ) -> Self {
        Self { tracker, hub, store, clock, config }
    }

    /// A device has connected. Answers whether its user comes online by it, which is then to be
    /// [announced](Self::online).
    pub(super) fn arrive(&self, device: &Device) -> bool {
        self.tracker.arrive(device.user)
    }

    /// Tells people that a device's user is online, and notes it, so that a crash leaves no older time behind than this.
    pub(super) async fn online(&self, device: &Device) {
        let (store, user, at) = (self.store.clone(), device.user, self.clock.now());
        tokio::spawn(async move {
            if let Err(error) = store.set_last_seen(user, at).await {
                tracing::debug!(%error, "when somebody came could not be stored");
            }
        });
        let username = device.username();
        let payload = event::UserOnline::new(device.user, &username);
        if let Some(emission) = encode(event::USER_ONLINE, &payload) {
            self.announce(device.user, &emission.ephemeral()).await;
        }
    }

    /// A device has gone; its user is, when the grace has passed without another.
    pub(super) fn leave(self: &Arc<Self>, user: UserId) {
        let Some(arrivals) = self.tracker.leave(user) else { return };
        let left_at = self.clock.now();
        let announcer = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(announcer.config.grace).await;
            if !announcer.tracker.has_stayed_away(user, arrivals) {
                return;
            }
            if let Err(error) = announcer.store.set_last_seen(user, left_at).await {
                tracing::warn!(%error, "when somebody was last seen could not be stored");
            }
            if let Some(emission) = encode(event::USER_OFFLINE, &event::UserOffline::new(user, left_at)) {
                announcer.announce(user, &emission.ephemeral()).await;
            }
        });
    }

    async fn announce(&self, user: UserId, emission: &Emission) {
        let everyone = match self.config.audience {
            Audience::Everyone => true,
            Audience::Contacts => false,
            Audience::Auto => self.tracker.count() < FEW_USERS,
        };
        if everyone {
            return self.hub.everyone().emit(emission);
        }
        match self.store.list_contacts(user).await {
            Ok(contacts) => {
                for contact in contacts.into_iter().filter(|contact| self.tracker.is_online(*contact)) {
                    self.hub.to(&rooms::of_user(contact)).emit(emission);
                }
            }
            // Presence is a kindness: a store that can't answer now has been reported by those who need it.
            Err(error) => tracing::debug!(%error, "presence could not be told"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> UserId {
        UserId::from([1; 12])
    }

    #[test]
    fn a_second_device_changes_nothing_when_it_comes_or_goes() {
        let tracker = Tracker::default();
        assert!(tracker.arrive(ann()));
        assert!(!tracker.arrive(ann()));
        assert_eq!(tracker.leave(ann()), None);
        assert!(tracker.is_online(ann()));
    }

    #[test]
    fn a_reload_within_the_grace_is_no_absence() {
        let tracker = Tracker::default();
        tracker.arrive(ann());
        let left = tracker.leave(ann()).unwrap();
        assert!(!tracker.is_online(ann()));
        assert!(!tracker.arrive(ann()), "coming back is not coming online");
        assert!(!tracker.has_stayed_away(ann(), left));
        let left_again = tracker.leave(ann()).unwrap();
        assert!(!tracker.has_stayed_away(ann(), left), "an old departure does not count for a new one");
        assert!(tracker.has_stayed_away(ann(), left_again));
        assert!(tracker.arrive(ann()));
    }
}
