use std::collections::{HashMap, HashSet};

use chirrup_domain::{ConversationId, UserId};
use parking_lot::Mutex;

/// Keeps devices in the rooms of just those groups that their users are in.
///
/// A device joins its user's room and then reads which groups that user is in; the publisher meanwhile takes all sockets
/// in the user's room into groups and out of them. What was read may be older than what has been published, so a group
/// that was left since the reading began is noted, and not joined after it. A group that was read but not published yet
/// does no harm: it is joined twice, or left in its turn.
///
/// Whatever joins or leaves rooms does it under one lock, so that it happens before such a change or after it.
#[derive(Default)]
pub(super) struct Memberships {
    arriving: Mutex<HashMap<UserId, HashMap<u64, Left>>>,
}

/// Groups that a user has left while a device of theirs was reading.
type Left = HashSet<ConversationId>;

/// A device that is reading which groups it is to join.
pub(super) struct Arrival<'a> {
    memberships: &'a Memberships,
    user: UserId,
    device: u64,
}

impl Memberships {
    /// A device, which is in its user's room already, begins to read.
    pub(super) fn arrive(&self, user: UserId, device: u64) -> Arrival<'_> {
        self.arriving.lock().entry(user).or_default().insert(device, Left::new());
        Arrival { memberships: self, user, device }
    }

    /// Somebody came into a group; `join` takes the sockets in their room into the group's.
    pub(super) fn added(&self, user: UserId, group: ConversationId, join: impl FnOnce()) {
        let mut arriving = self.arriving.lock();
        for left in arriving.get_mut(&user).into_iter().flat_map(HashMap::values_mut) {
            left.remove(&group);
        }
        join();
    }

    /// Somebody is out of a group; `leave` takes the sockets in their room out of the group's.
    pub(super) fn removed(&self, user: UserId, group: ConversationId, leave: impl FnOnce()) {
        let mut arriving = self.arriving.lock();
        for left in arriving.get_mut(&user).into_iter().flat_map(HashMap::values_mut) {
            left.insert(group);
        }
        leave();
    }

    /// Does something that nobody's coming or going may divide.
    pub(super) fn undivided<T>(&self, act: impl FnOnce() -> T) -> T {
        let _arriving = self.arriving.lock();
        act()
    }
}

impl Arrival<'_> {
    /// Joins, of the groups that were read, those that were not left since.
    pub(super) fn join(self, groups: Vec<ConversationId>, join: impl FnMut(ConversationId)) {
        let mut arriving = self.memberships.arriving.lock();
        let left = forget(&mut arriving, self.user, self.device);
        groups.into_iter().filter(|group| !left.contains(group)).for_each(join);
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        forget(&mut self.memberships.arriving.lock(), self.user, self.device);
    }
}

fn forget(arriving: &mut HashMap<UserId, HashMap<u64, Left>>, user: UserId, device: u64) -> Left {
    let Some(devices) = arriving.get_mut(&user) else { return Left::new() };
    let left = devices.remove(&device).unwrap_or_default();
    if devices.is_empty() {
        arriving.remove(&user);
    }
    left
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// One device, and the rooms that it is in.
    #[derive(Default)]
    struct Device {
        memberships: Memberships,
        rooms: RefCell<HashSet<ConversationId>>,
    }

    impl Device {
        fn arrive(&self) -> Arrival<'_> {
            self.memberships.arrive(ann(), 1)
        }

        fn added(&self, group: ConversationId) {
            self.memberships.added(ann(), group, || {
                self.rooms.borrow_mut().insert(group);
            });
        }

        fn removed(&self, group: ConversationId) {
            self.memberships.removed(ann(), group, || {
                self.rooms.borrow_mut().remove(&group);
            });
        }

        /// The rooms once the device has joined what it read.
        fn settled(&self, arrival: Arrival<'_>, read: &[ConversationId]) -> Vec<ConversationId> {
            arrival.join(read.to_vec(), |group| {
                self.rooms.borrow_mut().insert(group);
            });
            assert!(self.memberships.arriving.lock().is_empty(), "nothing is noted for who has arrived");
            let mut rooms: Vec<_> = self.rooms.borrow().iter().copied().collect();
            rooms.sort();
            rooms
        }
    }

    fn ann() -> UserId {
        UserId::from([1; 12])
    }

    fn group(n: u8) -> ConversationId {
        ConversationId::from([n; 12])
    }

    #[test]
    fn a_group_left_after_it_was_read_is_not_joined() {
        let device = Device::default();
        let arrival = device.arrive();
        device.removed(group(1));
        assert_eq!(device.settled(arrival, &[group(1), group(2)]), [group(2)]);
    }

    #[test]
    fn a_group_joined_after_the_reading_is_not_missed() {
        let device = Device::default();
        let arrival = device.arrive();
        device.added(group(2));
        assert_eq!(device.settled(arrival, &[group(1)]), [group(1), group(2)]);
    }

    #[test]
    fn of_several_changes_the_last_one_counts_whatever_was_read() {
        for read in [&[][..], &[group(1)]] {
            let device = Device::default();
            let arrival = device.arrive();
            device.removed(group(1));
            device.added(group(1));
            assert_eq!(device.settled(arrival, read), [group(1)]);

            let device = Device::default();
            let arrival = device.arrive();
            device.added(group(1));
            device.removed(group(1));
            assert_eq!(device.settled(arrival, read), []);
        }
    }

    #[test]
    fn what_was_read_before_it_is_published_is_left_in_its_turn() {
        let device = Device::default();
        let arrival = device.arrive();
        assert_eq!(device.settled(arrival, &[group(1)]), [group(1)]);
        device.removed(group(1));
        device.added(group(1));
        device.removed(group(1));
        assert!(device.rooms.borrow().is_empty());
    }

    #[test]
    fn a_change_before_the_reading_is_in_what_is_read() {
        let device = Device::default();
        device.removed(group(1));
        let arrival = device.arrive();
        assert_eq!(device.settled(arrival, &[group(1)]), [group(1)]);
    }

    #[test]
    fn somebody_elses_changes_and_an_arrival_given_up_leave_nothing() {
        let device = Device::default();
        let arrival = device.arrive();
        device.memberships.removed(UserId::from([2; 12]), group(1), || {});
        assert_eq!(device.settled(arrival, &[group(1)]), [group(1)]);
        drop(device.arrive());
        assert!(device.memberships.arriving.lock().is_empty());
    }
}
