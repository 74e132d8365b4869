//! Names of the rooms that sockets are in.

use chirrup_domain::{ConversationId, UserId};

/// All devices of a user.
pub fn of_user(user: UserId) -> String {
    format!("user:{user}")
}

/// All devices of a group's members.
pub fn of_group(conversation: ConversationId) -> String {
    format!("group:{conversation}")
}

/// The devices that have a group open.
pub fn of_open(conversation: ConversationId) -> String {
    format!("open:{conversation}")
}
