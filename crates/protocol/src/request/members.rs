use chirrup_domain::conversation::Role;
use chirrup_domain::{Error, Result, UserId};
use serde::Deserialize;

use super::field::{Field, object, required, user_ids};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMembers<'a> {
    #[serde(borrow)]
    user_ids: Field<'a>,
}

#[derive(Deserialize)]
struct NewRole<'a> {
    #[serde(borrow)]
    role: Field<'a>,
}

/// Reads `{ userIds }`: who is to come into a group.
///
/// # Errors
/// [`InvalidPayload`](Error::InvalidPayload); [`UserNotFound`](Error::UserNotFound) for a text that is no id.
pub fn parse_new_members(json: &str) -> Result<Vec<UserId>> {
    let NewMembers { user_ids: ids } = object(json)?;
    user_ids(ids, "userIds")
}

/// Reads `{ role }`: what a member may do from now on.
///
/// # Errors
/// [`InvalidPayload`](Error::InvalidPayload).
pub fn parse_new_role(json: &str) -> Result<Role> {
    let NewRole { role } = object(json)?;
    let role: String = required(role, "role")?;
    match role.as_str() {
        "owner" => Ok(Role::Owner),
        "admin" => Ok(Role::Admin),
        "member" => Ok(Role::Member),
        _ => Err(Error::InvalidPayload { field: "role" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_a_list_of_ids() {
        let ann = "65a51c2f0123456789abcd01";
        let read = parse_new_members(&format!(r#"{{"userIds":["{ann}"]}}"#)).unwrap();
        assert_eq!(read, [ann.parse().unwrap()]);
        for (json, error) in [
            ("{}", "Invalid userIds"),
            (r#"{"userIds":null}"#, "Invalid userIds"),
            (r#"{"userIds":"65a51c2f0123456789abcd01"}"#, "Invalid userIds"),
            (r#"{"userIds":[null]}"#, "Invalid userIds"),
            (r#"{"userIds":[{"$ne":null}]}"#, "Invalid userIds"),
            (r#"{"userIds":["ann"]}"#, "User not found"),
            ("[]", "Invalid payload"),
        ] {
            assert_eq!(parse_new_members(json).unwrap_err().to_string(), error, "{json}");
        }
    }

    #[test]
    fn a_role_is_one_of_three() {
        assert_eq!(parse_new_role(r#"{"role":"owner"}"#).unwrap(), Role::Owner);
        assert_eq!(parse_new_role(r#"{"role":"admin"}"#).unwrap(), Role::Admin);
        assert_eq!(parse_new_role(r#"{"role":"member"}"#).unwrap(), Role::Member);
        for json in ["{}", r#"{"role":"Owner"}"#, r#"{"role":2}"#, r#"{"role":["admin"]}"#] {
            assert_eq!(parse_new_role(json).unwrap_err().to_string(), "Invalid role", "{json}");
        }
    }
}
