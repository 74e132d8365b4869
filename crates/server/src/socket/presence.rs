//! Tells who is online: devices are counted, and a short absence is none.

use std::sync::Arc;

use chirrup_domain::{Clock, Presence, Store, Timestamp, UserId};
use chirrup_protocol::event;
use chirrup_socketio::{Emission, Hub};

use super::device::Device;
use super::encode::encode;
use super::rooms;
use super::tracker::{News, Tracker};
use crate::config::{self, Audience};
use crate::log;

/// With `PRESENCE=auto`, everybody hears of everybody while fewer users than this are connected.
const FEW_USERS: usize = 500;

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

    /// A device has connected.
    pub(super) fn arrive(&self, device: &Device) {
        self.tracker.arrive(device.user, device.username());
    }

    /// A device has gone; its user is, when the grace has passed without another.
    pub(super) fn leave(self: &Arc<Self>, user: UserId) {
        let Some(arrivals) = self.tracker.leave(user, self.clock.now()) else { return };
        let announcer = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(announcer.config.grace).await;
            // Telling people does not wait for this.
            if let Some(left_at) = announcer.tracker.give_up(user, arrivals) {
                store_seen(&*announcer.store, vec![(user, left_at)]).await;
            }
        });
    }

    /// Tells comings and goings for ever, one after the other: so nobody's overtake one another.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let (user, emission) = match self.tracker.news().await {
                News::Came { user, username } => {
                    // A crash leaves no older time behind than this.
                    let (store, seen) = (self.store.clone(), vec![(user, self.clock.now())]);
                    tokio::spawn(async move { store_seen(&*store, seen).await });
                    (user, encode(event::USER_ONLINE, &event::UserOnline::new(user, &username)))
                }
                News::Went { user, left_at } => {
                    (user, encode(event::USER_OFFLINE, &event::UserOffline::new(user, left_at)))
                }
            };
            if let Some(emission) = emission {
                self.announce(user, &emission.ephemeral()).await;
            }
        }
    }

    /// Stores when those were last seen who were here to the end.
    pub(super) async fn store_last_seen(&self) {
        let seen = self.tracker.last_seen(self.clock.now());
        if !seen.is_empty() {
            store_seen(&*self.store, seen).await;
        }
    }

    async fn announce(&self, user: UserId, emission: &Emission) {
        if goes_to_everyone(self.config.audience, self.tracker.count()) {
            return self.hub.everyone().emit(emission);
        }
        match self.store.list_contacts(user).await {
            Ok(contacts) => {
                for contact in contacts.into_iter().filter(|contact| self.tracker.has_device(*contact)) {
                    self.hub.to(&rooms::of_user(contact)).emit(emission);
                }
            }
            // Presence is a kindness: a store that can't answer now has been reported by those who need it.
            Err(error) => tracing::debug!(%error, "presence could not be told"),
        }
    }
}

async fn store_seen(store: &dyn Store, seen: Vec<(UserId, Timestamp)>) {
    if let Err(error) = store.set_last_seen(seen).await {
        log::refusal("when somebody was last seen", &error);
    }
}

fn goes_to_everyone(audience: Audience, users: usize) -> bool {
    match audience {
        Audience::Everyone => true,
        Audience::Contacts => false,
        Audience::Auto => users < FEW_USERS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_hears_of_everybody_while_few_are_connected_or_as_set() {
        assert!(goes_to_everyone(Audience::Auto, 499));
        assert!(!goes_to_everyone(Audience::Auto, 500));
        assert!(goes_to_everyone(Audience::Everyone, 100_000));
        assert!(!goes_to_everyone(Audience::Contacts, 1));
    }
}
