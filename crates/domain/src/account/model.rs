use crate::{Timestamp, UserId};

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// The name that others see; unique whatever its case.
    pub username: String,
    /// Lower-case address; shown to oneself only.
    pub email: String,
    /// What the account may do on this server.
    pub role: AccountRole,
    /// URL of an upload of one's own.
    pub avatar: Option<String>,
    /// When the last device went away; `None` before the first.
    pub last_seen: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// What an account may do on the whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRole {
    /// Talks.
    Member,
    /// Runs the server.
    Admin,
}

/// The little of a user that goes with each message (contract section 1, `Sender`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Who sent it.
    pub id: UserId,
    /// The sender's name now.
    pub username: String,
    /// The sender's picture now.
    pub avatar: Option<String>,
}

/// A user together with what proves who it is.
#[derive(Clone)]
pub struct Credentials {
    /// The account.
    pub user: User,
    /// PHC string of the password; never leaves the server.
    pub password_hash: String,
}

/// An account about to be made; its fields have been checked.
#[derive(Clone)]
pub struct NewUser {
    /// The id to give it.
    pub id: UserId,
    /// See [`User::username`].
    pub username: String,
    /// See [`User::email`].
    pub email: String,
    /// PHC string of the password.
    pub password_hash: String,
    /// See [`User::role`].
    pub role: AccountRole,
    /// When it is made.
    pub at: Timestamp,
}
