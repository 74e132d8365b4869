use chirrup_domain::{Error, Result, UserId};
use serde::Deserialize;

use super::field::{Field, object, optional, required, user_ids};

/// `POST /api/conversations { type, participants, name?, avatar? }`. Whoever asks is a participant, named or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateConversation {
    /// With the only other participant, or with oneself.
    Direct {
        /// The participants as given.
        participants: Vec<UserId>,
    },
    /// A group.
    Group {
        /// What it is called.
        name: String,
        /// URL of its picture.
        avatar: Option<String>,
        /// The participants as given.
        participants: Vec<UserId>,
    },
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, rename = "type")]
    kind: Field<'a>,
    #[serde(borrow)]
    participants: Field<'a>,
    #[serde(borrow)]
    name: Field<'a>,
    #[serde(borrow)]
    avatar: Field<'a>,
}

impl CreateConversation {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload); [`UserNotFound`](Error::UserNotFound) for a participant that is a
    /// text but no id.
    pub fn parse(json: &str) -> Result<Self> {
        let Fields { kind, participants, name, avatar } = object(json)?;
        let kind: String = required(kind, "type")?;
        let participants = user_ids(participants, "participants")?;
        let avatar = optional(avatar, "avatar")?;
        match kind.as_str() {
            "direct" if avatar.is_some() => Err(Error::InvalidPayload { field: "avatar" }),
            "direct" => Ok(Self::Direct { participants }),
            "group" => Ok(Self::Group { name: required(name, "name")?, avatar, participants }),
            _ => Err(Error::InvalidPayload { field: "type" }),
        }
    }

    /// Whom a direct conversation is with, from the creator's point of view.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload) unless it is exactly one person.
    pub fn other(creator: UserId, participants: &[UserId]) -> Result<UserId> {
        let mut others = participants.iter().copied().filter(|user| *user != creator);
        match (others.next(), participants) {
            (Some(other), _) if others.all(|user| user == other) => Ok(other),
            (None, [_, ..]) => Ok(creator),
            _ => Err(Error::InvalidPayload { field: "participants" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "65a51c2f0123456789abcd01";

    fn refused(json: &str) -> String {
        CreateConversation::parse(json).unwrap_err().to_string()
    }

    #[test]
    fn both_kinds_are_read() {
        let participants = vec![ANN.parse().unwrap()];
        assert_eq!(
            CreateConversation::parse(&format!(r#"{{"type":"direct","participants":["{ANN}"]}}"#)).unwrap(),
            CreateConversation::Direct { participants: participants.clone() }
        );
        assert_eq!(
            CreateConversation::parse(&format!(
                r#"{{"type":"group","name":"Team","participants":["{ANN}"],"avatar":null}}"#
            ))
            .unwrap(),
            CreateConversation::Group { name: "Team".into(), avatar: None, participants }
        );
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        for (json, error) in [
            (r#"{"participants":[]}"#, "Invalid type"),
            (r#"{"type":"channel","participants":[]}"#, "Invalid type"),
            (r#"{"type":"group","name":"x"}"#, "Invalid participants"),
            (r#"{"type":"group","name":"x","participants":"ann"}"#, "Invalid participants"),
            (r#"{"type":"group","name":"x","participants":[null]}"#, "Invalid participants"),
            (r#"{"type":"group","name":"x","participants":[{"$ne":null}]}"#, "Invalid participants"),
            (r#"{"type":"group","name":"x","participants":["ann"]}"#, "User not found"),
            (r#"{"type":"group","participants":[]}"#, "Invalid name"),
            (r#"{"type":"group","name":"x","participants":[],"avatar":{}}"#, "Invalid avatar"),
            (r#"{"type":"direct","participants":[],"avatar":"/uploads/x.png"}"#, "Invalid avatar"),
        ] {
            assert_eq!(refused(json), error, "{json}");
        }
    }

    #[test]
    fn a_direct_conversation_is_with_one_other_or_with_oneself() {
        let [me, you, them] = [1, 2, 3].map(|n| UserId::from([n; 12]));
        let other = |participants: &[UserId]| CreateConversation::other(me, participants).ok();
        assert_eq!(other(&[you]), Some(you));
        assert_eq!(other(&[me, you]), Some(you));
        assert_eq!(other(&[you, you]), Some(you));
        assert_eq!(other(&[me]), Some(me));
        assert_eq!(other(&[]), None);
        assert_eq!(other(&[you, them]), None);
    }
}
