use super::Standing;
use crate::upload::UploadName;
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

/// A user together with which of their tokens are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The person.
    pub user: User,
    /// Whether and by which tokens they are let in.
    pub standing: Standing,
}

/// An account together with what proves whose it is.
#[derive(Clone)]
pub struct Credentials {
    /// The account.
    pub account: Account,
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

/// What a user changes about themselves; its fields have been checked. `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfileUpdate {
    /// See [`User::username`].
    pub username: Option<String>,
    /// See [`User::email`].
    pub email: Option<String>,
    /// The upload that is the picture from now on; `Some(None)` takes the picture away.
    pub avatar: Option<Option<UploadName>>,
}

/// A new password in place of the old one.
#[derive(Clone)]
pub struct PasswordChange {
    /// Whose.
    pub user: UserId,
    /// PHC string of the new password.
    pub password_hash: String,
    /// The token version that the change rests on, so that of two at once one is refused; `None` for whoever runs the
    /// server.
    pub expected: Option<u32>,
    /// When; tokens issued until then are revoked.
    pub at: Timestamp,
}

/// Which part of the accounts to read, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct AccountPage {
    /// Only names with this text in them, whatever its case; empty for all.
    pub query: String,
    /// Begin behind this one; `None` begins at the first. Nothing is behind one that does not exist.
    pub after: Option<UserId>,
    /// At most this many, 1 to 200.
    pub limit: u16,
    /// Whether disabled accounts are among them.
    pub disabled: bool,
}
