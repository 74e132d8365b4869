use chirrup_domain::account::{self, AccountRole};
use chirrup_domain::{Timestamp, UserId};
use serde::Serialize;

use crate::shown::Shown;

/// `Sender`: the little of a user that goes with each message, and wherever presence would be out of place.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Sender<'a> {
    #[serde(rename = "_id")]
    id: Shown<UserId>,
    username: &'a str,
    avatar: Option<&'a str>,
}

impl<'a> From<&'a account::Sender> for Sender<'a> {
    fn from(sender: &'a account::Sender) -> Self {
        Self { id: Shown(sender.id), username: &sender.username, avatar: sender.avatar.as_deref() }
    }
}

impl<'a> From<&'a account::User> for Sender<'a> {
    fn from(user: &'a account::User) -> Self {
        Self { id: Shown(user.id), username: &user.username, avatar: user.avatar.as_deref() }
    }
}

/// `User`: a person and their presence; to themselves, their address and role too.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User<'a> {
    #[serde(flatten)]
    sender: Sender<'a>,
    is_online: bool,
    last_seen: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
}

impl<'a> User<'a> {
    /// The user as others see them.
    pub fn other(user: &'a account::User, is_online: bool) -> Self {
        Self {
            sender: user.into(),
            is_online,
            // Somebody who was never here was last seen as they registered: the key is never left out.
            last_seen: Shown(user.last_seen.unwrap_or(user.created_at)),
            email: None,
            role: None,
        }
    }

    /// The user as they see themselves.
    pub fn oneself(user: &'a account::User, is_online: bool) -> Self {
        let role = match user.role {
            AccountRole::Member => "member",
            AccountRole::Admin => "admin",
        };
        Self { email: Some(&user.email), role: Some(role), ..Self::other(user, is_online) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ann() -> account::User {
        account::User {
            id: "65a51c2f0123456789abcdef".parse().unwrap(),
            username: "ann".into(),
            email: "ann@example.com".into(),
            role: AccountRole::Member,
            avatar: None,
            last_seen: None,
            created_at: Timestamp::from_millis(1_768_473_000_000),
        }
    }

    #[test]
    fn others_see_neither_address_nor_role() {
        let seen = serde_json::to_value(User::other(&ann(), true)).unwrap();
        assert_eq!(
            seen,
            json!({
                "_id": "65a51c2f0123456789abcdef",
                "username": "ann",
                "avatar": null,
                "isOnline": true,
                "lastSeen": "2026-01-15T10:30:00.000Z",
            })
        );
    }

    #[test]
    fn one_sees_ones_own_address_and_role() {
        let seen = serde_json::to_value(User::oneself(&ann(), false)).unwrap();
        assert_eq!(seen["email"], "ann@example.com");
        assert_eq!(seen["role"], "member");
    }
}
