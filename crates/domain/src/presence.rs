//! Who has a device connected.

use crate::UserId;

/// One connection of a user's device to this process; no other one of the process has the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceId(pub u64);

/// Tells who is here, from memory.
pub trait Presence: Send + Sync + 'static {
    /// Whether the user shows as online: from the first device on, until the last one has been gone for the grace.
    fn is_online(&self, user: UserId) -> bool;

    /// Whether the user has at least one device connected at this moment. A store asks it as it stores a direct message,
    /// to give it its status.
    fn has_device(&self, user: UserId) -> bool;
}

/// Nobody is here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Presence for Nobody {
    fn is_online(&self, _: UserId) -> bool {
        false
    }

    fn has_device(&self, _: UserId) -> bool {
        false
    }
}
