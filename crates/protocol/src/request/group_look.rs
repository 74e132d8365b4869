use chirrup_domain::Result;
use chirrup_domain::member::GroupLook;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::field::{Field, object, optional, present};

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    name: Field<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    avatar: Option<&'a RawValue>,
}

/// Reads `{ name?, avatar? }`: how a group is to look. A null takes the picture away; the name stays then.
///
/// # Errors
/// [`InvalidPayload`](chirrup_domain::Error::InvalidPayload).
pub fn parse_group_look(json: &str) -> Result<GroupLook> {
    let Fields { name, avatar } = object(json)?;
    Ok(GroupLook { name: optional(name, "name")?, avatar: optional(avatar, "avatar")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_stays() {
        let look = |json| parse_group_look(json).unwrap();
        assert_eq!(look("{}"), GroupLook::default());
        assert_eq!(look(r#"{"name":"X"}"#), GroupLook { name: Some("X".into()), avatar: None });
        let avatar = Some(Some("/uploads/x.png".into()));
        assert_eq!(look(r#"{"avatar":"/uploads/x.png"}"#), GroupLook { name: None, avatar });
        assert_eq!(look(r#"{"avatar":null,"name":null}"#), GroupLook { name: None, avatar: Some(None) });
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        for (json, field) in [
            (r#"{"name":1}"#, "name"),
            (r#"{"name":{"$ne":null}}"#, "name"),
            (r#"{"avatar":1}"#, "avatar"),
            (r#"{"avatar":{}}"#, "avatar"),
            ("[]", "payload"),
        ] {
            assert_eq!(parse_group_look(json).unwrap_err().to_string(), format!("Invalid {field}"));
        }
    }
}
