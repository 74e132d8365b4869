use chirrup_domain::Result;
use chirrup_domain::account::ProfileChange;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::field::{Field, object, optional, present};

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    username: Field<'a>,
    #[serde(borrow)]
    email: Field<'a>,
    /// Here null says something: no picture.
    #[serde(borrow, default, deserialize_with = "present")]
    avatar: Option<&'a RawValue>,
}

/// Reads `{ username?, email?, avatar? }`; `avatar: null` takes the picture away.
///
/// # Errors
/// [`InvalidPayload`](chirrup_domain::Error::InvalidPayload).
pub fn parse(json: &str) -> Result<ProfileChange> {
    let Fields { username, email, avatar } = object(json)?;
    Ok(ProfileChange {
        username: optional(username, "username")?,
        email: optional(email, "email")?,
        avatar: optional(avatar, "avatar")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        assert_eq!(parse("{}").unwrap(), ProfileChange::default());
        let change = parse(r#"{"username":"ann","avatar":null}"#).unwrap();
        assert_eq!((change.username.as_deref(), change.avatar), (Some("ann"), Some(None)));
        assert_eq!(parse(r#"{"avatar":"/a.png"}"#).unwrap().avatar, Some(Some("/a.png".to_owned())));
    }

    #[test]
    fn a_field_of_the_wrong_type_is_named() {
        for (json, field) in [
            ("[]", "payload"),
            (r#"{"username":1}"#, "username"),
            (r#"{"email":{"$ne":null}}"#, "email"),
            (r#"{"avatar":false}"#, "avatar"),
        ] {
            assert_eq!(parse(json).unwrap_err().to_string(), format!("Invalid {field}"));
        }
    }
}
