//! Counts devices, and keeps in order what is to be told of their users.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chirrup_domain::{Presence, Timestamp, UserId};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Who is here. Whoever has no device any more stays until [given up](Self::give_up), and then until that has been told.
#[derive(Default)]
pub(super) struct Tracker {
    state: Mutex<State>,
    /// Something is to be told.
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// Every device is about to be closed.
    closing: bool,
    users: HashMap<UserId, Person>,
    /// Of whom something may have to be told, each once: so it never holds more than there are users.
    untold: VecDeque<UserId>,
}

#[derive(Default)]
struct Person {
    username: Arc<str>,
    connected: usize,
    /// Grows with each device that comes, so that an old departure knows that it was overtaken.
    arrivals: u64,
    left_at: Option<Timestamp>,
    /// No device came back within the grace.
    given_up: bool,
    /// What people know.
    told_online: bool,
    is_untold: bool,
}

/// What people are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// Somebody's first device came.
    Came { user: UserId, username: Arc<str> },
    /// Somebody's last device had gone at that time and none came back.
    Went { user: UserId, left_at: Timestamp },
}

impl Presence for Tracker {
    fn is_online(&self, user: UserId) -> bool {
        self.state.lock().users.get(&user).is_some_and(|person| !person.given_up)
    }

    fn has_device(&self, user: UserId) -> bool {
        let state = self.state.lock();
        !state.closing && state.users.get(&user).is_some_and(|person| person.connected > 0)
    }
}

impl Tracker {
    /// From here on no device counts on for what is sent: it may be closed before it gets that.
    pub(super) fn close(&self) {
        self.state.lock().closing = true;
    }

    /// Counts a device in.
    pub(super) fn arrive(&self, user: UserId, username: Arc<str>) {
        let mut state = self.state.lock();
        let person = state.users.entry(user).or_default();
        person.username = username;
        person.connected += 1;
        person.arrivals += 1;
        person.left_at = None;
        person.given_up = false;
        if !person.told_online {
            self.is_to_be_told(&mut state, user);
        }
    }

    /// Counts a device out. If it was the last one, answers by what to [give its user up](Self::give_up) later.
    pub(super) fn leave(&self, user: UserId, at: Timestamp) -> Option<u64> {
        let mut state = self.state.lock();
        let person = state.users.get_mut(&user)?;
        person.connected = person.connected.saturating_sub(1);
        if person.connected > 0 {
            return None;
        }
        person.left_at = Some(at);
        Some(person.arrivals)
    }

    /// Takes a user for gone, unless a device has come since. Answers when the last one went.
    pub(super) fn give_up(&self, user: UserId, arrivals: u64) -> Option<Timestamp> {
        let mut state = self.state.lock();
        let person = state.users.get_mut(&user)?;
        if person.arrivals != arrivals || person.given_up {
            return None;
        }
        person.given_up = person.left_at.is_some();
        let left_at = person.left_at?;
        self.is_to_be_told(&mut state, user);
        Some(left_at)
    }

    /// The next thing to tell. Everybody's comings and goings alternate, whatever time telling them takes; who has come
    /// and gone meanwhile is left out.
    pub(super) async fn news(&self) -> News {
        loop {
            if let Some(news) = self.next_news() {
                return news;
            }
            self.changed.notified().await;
        }
    }

    /// How many users are here.
    pub(super) fn count(&self) -> usize {
        self.state.lock().users.len()
    }

    /// Everybody who is here, with when they were last: at `now`, or before if no device is left.
    pub(super) fn last_seen(&self, now: Timestamp) -> Vec<(UserId, Timestamp)> {
        let state = self.state.lock();
        state.users.iter().map(|(user, person)| (*user, person.left_at.unwrap_or(now))).collect()
    }

    fn is_to_be_told(&self, state: &mut State, user: UserId) {
        if let Some(person) = state.users.get_mut(&user)
            && !std::mem::replace(&mut person.is_untold, true)
        {
            state.untold.push_back(user);
            self.changed.notify_one();
        }
    }

    fn next_news(&self) -> Option<News> {
        let mut state = self.state.lock();
        while let Some(user) = state.untold.pop_front() {
            let Some(person) = state.users.get_mut(&user) else { continue };
            person.is_untold = false;
            if !person.given_up {
                if !std::mem::replace(&mut person.told_online, true) {
                    return Some(News::Came { user, username: person.username.clone() });
                }
            } else if let Some(Person { told_online: true, left_at: Some(left_at), .. }) =
                state.users.remove(&user)
            {
                return Some(News::Went { user, left_at });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> UserId {
        UserId::from([1; 12])
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn came() -> Option<News> {
        Some(News::Came { user: ann(), username: "ann".into() })
    }

    fn went(millis: i64) -> Option<News> {
        Some(News::Went { user: ann(), left_at: at(millis) })
    }

    #[test]
    fn a_second_device_changes_nothing_when_it_comes_or_goes() {
        let tracker = Tracker::default();
        tracker.arrive(ann(), "ann".into());
        tracker.arrive(ann(), "ann".into());
        assert_eq!(tracker.leave(ann(), at(1)), None);
        assert!(tracker.is_online(ann()) && tracker.has_device(ann()));
        assert_eq!((tracker.next_news(), tracker.next_news()), (came(), None));
    }

    #[test]
    fn a_reload_within_the_grace_is_no_absence() {
        let tracker = Tracker::default();
        tracker.arrive(ann(), "ann".into());
        assert_eq!(tracker.next_news(), came());
        let left = tracker.leave(ann(), at(1)).unwrap();
        assert!(!tracker.has_device(ann()));
        assert!(tracker.is_online(ann()), "within the grace she shows as online");
        tracker.arrive(ann(), "ann".into());
        assert_eq!(tracker.give_up(ann(), left), None);
        let left_again = tracker.leave(ann(), at(2)).unwrap();
        assert_eq!(tracker.give_up(ann(), left), None, "an old departure does not count for a new one");
        assert_eq!(tracker.next_news(), None);
        assert_eq!(tracker.give_up(ann(), left_again), Some(at(2)));
        assert!(!tracker.is_online(ann()));
        assert_eq!((tracker.next_news(), tracker.next_news()), (went(2), None));
        assert_eq!(tracker.count(), 0);
    }

    #[test]
    fn comings_and_goings_are_told_in_order_however_late() {
        let tracker = Tracker::default();
        let come_and_go = |millis| {
            tracker.arrive(ann(), "ann".into());
            let left = tracker.leave(ann(), at(millis)).unwrap();
            assert_eq!(tracker.give_up(ann(), left), Some(at(millis)));
        };
        tracker.arrive(ann(), "ann".into());
        assert_eq!(tracker.next_news(), came());
        let left = tracker.leave(ann(), at(1)).unwrap();
        tracker.give_up(ann(), left);
        tracker.arrive(ann(), "ann".into());
        assert_eq!(tracker.next_news(), None, "who is back before it was told was never away for others");
        let left = tracker.leave(ann(), at(2)).unwrap();
        tracker.give_up(ann(), left);
        assert_eq!(tracker.next_news(), went(2));
        come_and_go(3);
        assert_eq!(tracker.next_news(), None, "a visit that is over is not told");
        tracker.arrive(ann(), "ann".into());
        assert_eq!((tracker.next_news(), tracker.next_news()), (came(), None));
    }

    #[test]
    fn those_who_are_here_were_seen_now_or_when_they_left() {
        let tracker = Tracker::default();
        let bob = UserId::from([2; 12]);
        tracker.arrive(ann(), "ann".into());
        tracker.arrive(bob, "bob".into());
        tracker.leave(bob, at(5));
        let mut seen = tracker.last_seen(at(9));
        seen.sort();
        assert_eq!(seen, [(ann(), at(9)), (bob, at(5))]);
    }
}
