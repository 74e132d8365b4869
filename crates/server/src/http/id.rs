use chirrup_domain::{ConversationId, Error, UserId};

/// The conversation of a path; nobody is a member of what is no id.
pub(super) fn conversation(text: &str) -> Result<ConversationId, Error> {
    text.parse().map_err(|_| Error::NotAMember)
}

/// The user of a path; nobody is found by what is no id.
pub(super) fn user(text: &str) -> Result<UserId, Error> {
    text.parse().map_err(|_| Error::UserNotFound)
}
