//! One error, three faces: an ack, an HTTP response and a `connect_error` are made of it by the outer crates.

use std::time::Duration;

use crate::account;
use crate::search::QueryFault;

/// What went wrong underneath; logged once, never shown to a client.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The domain's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was refused. The display text is what people read, in the contract's words; [`Error::code`] is
/// what programs branch on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The payload's `field` is missing, of the wrong type or out of bounds.
    #[error("Invalid {field}")]
    InvalidPayload {
        /// The field at fault, as the client spells it.
        field: &'static str,
    },
    /// A search that can't be made, and why.
    #[error("Invalid q: {0}")]
    InvalidQuery(QueryFault),
    /// The actor is not a member of the conversation, or there is no such conversation.
    #[error("Not a member")]
    NotAMember,
    /// A direct conversation, where only a group will do.
    #[error("Not a group")]
    NotAGroup,
    /// The actor's role does not go that far.
    #[error("Not allowed")]
    NotAllowed,
    /// The recipient does not want direct messages from the sender.
    #[error("Blocked")]
    Blocked,
    /// No such user.
    #[error("User not found")]
    UserNotFound,
    /// No such message, or not one that the actor may see.
    #[error("Message not found")]
    MessageNotFound,
    /// A message without text and without a file.
    #[error("Empty message")]
    EmptyMessage,
    /// A message over `LIMIT_MESSAGE_CHARS`.
    #[error("Message too long")]
    MessageTooLong {
        /// Most characters.
        limit: usize,
    },
    /// A message that its author may not change any more, `LIMIT_EDIT_AGE` after it was sent.
    #[error("Message too old")]
    TooOld,
    /// A file that is not an upload of the sender's own.
    #[error("Invalid file")]
    InvalidFile,
    /// A reaction that is no emoji.
    #[error("Invalid emoji")]
    InvalidEmoji,
    /// Another kind of reaction than the many that a message has.
    #[error("Too many reactions")]
    TooManyReactions,
    /// A group over `LIMIT_GROUP_MEMBERS`.
    #[error("Too many members")]
    TooManyMembers {
        /// Most members.
        limit: usize,
    },
    /// Somebody else has this name.
    #[error("Username taken")]
    UsernameTaken,
    /// Somebody else has this address.
    #[error("Email taken")]
    EmailTaken,
    /// Unknown account or wrong password: which of them is not said.
    #[error("Invalid credentials")]
    InvalidCredentials,
    /// A token that is bad, expired, of a wrong algorithm or revoked.
    #[error("Authentication failed")]
    AuthenticationFailed,
    /// The server does not take new accounts.
    #[error("Registration is closed")]
    RegistrationClosed,
    /// A setup code that is wrong, or has been used.
    #[error("Invalid setup code")]
    InvalidSetupCode,
    /// More than a limit allows.
    #[error("Too many requests")]
    RateLimited {
        /// How long to wait before trying again.
        retry_after: Duration,
    },
    /// A part that is needed is out of reach or full; nothing was changed. Worth trying again.
    #[error("Try again later")]
    Unavailable(#[source] BoxError),
    /// A fault of ours, or of what the store holds. Not worth trying again.
    #[error("Internal error")]
    Internal(#[source] BoxError),
}

impl Error {
    /// The stable name for programs, in snake_case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidPayload { .. } => "invalid_payload",
            Self::InvalidQuery(_) => "invalid_query",
            Self::NotAMember => "not_a_member",
            Self::NotAGroup => "not_a_group",
            Self::NotAllowed => "not_allowed",
            Self::Blocked => "blocked",
            Self::UserNotFound => "user_not_found",
            Self::MessageNotFound => "message_not_found",
            Self::EmptyMessage => "empty_message",
            Self::MessageTooLong { .. } => "too_long",
            Self::TooOld => "too_old",
            Self::InvalidFile => "invalid_file",
            Self::InvalidEmoji => "invalid_emoji",
            Self::TooManyReactions => "too_many_reactions",
            Self::TooManyMembers { .. } => "too_many_members",
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::InvalidCredentials => "invalid_credentials",
            Self::AuthenticationFailed => "authentication_failed",
            Self::RegistrationClosed => "registration_closed",
            Self::InvalidSetupCode => "invalid_setup_code",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// What was expected instead, for people, where that can be said in a few words.
    pub fn expected(&self) -> Option<&'static str> {
        match self {
            Self::InvalidPayload { field: "payload" } => Some("expected a JSON object"),
            Self::InvalidPayload { field } => account::expected(field),
            _ => None,
        }
    }

    /// The limit that was passed.
    pub const fn limit(&self) -> Option<usize> {
        match self {
            Self::MessageTooLong { limit } | Self::TooManyMembers { limit } => Some(*limit),
            _ => None,
        }
    }

    /// A refusal that a part out of reach caused.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::Unavailable(source.into())
    }

    /// A fault of ours.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self::Internal(source.into())
    }
}
