use chirrup_domain::{Error, Result};
use serde::Deserialize;

use super::field::{Field, object, optional, required};

/// Another password, and the one so far.
pub struct ChangePassword {
    /// The password so far.
    pub current: String,
    /// The one from now on.
    pub new: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    current_password: Field<'a>,
    #[serde(borrow)]
    password: Field<'a>,
    #[serde(borrow)]
    new_password: Field<'a>,
}

impl ChangePassword {
    /// Reads `{ password or currentPassword, newPassword }`; with both, `currentPassword` counts.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload).
    pub fn parse(json: &str) -> Result<Self> {
        let Fields { current_password, password, new_password } = object(json)?;
        let current = optional(current_password, "currentPassword")?;
        let password = optional(password, "password")?;
        let current = current.or(password).ok_or(Error::InvalidPayload { field: "password" })?;
        Ok(Self { current, new: required(new_password, "newPassword")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_so_far_has_two_names() {
        for key in ["password", "currentPassword"] {
            let parsed =
                ChangePassword::parse(&format!(r#"{{"{key}":"old one","newPassword":"new one"}}"#)).unwrap();
            assert_eq!((parsed.current.as_str(), parsed.new.as_str()), ("old one", "new one"));
        }
    }

    #[test]
    fn both_passwords_are_needed() {
        for (json, field) in [
            (r#"{"newPassword":"x"}"#, "password"),
            (r#"{"password":"x"}"#, "newPassword"),
            (r#"{"currentPassword":1,"newPassword":"x"}"#, "currentPassword"),
            (r#"{"password":"x","newPassword":{"$ne":null}}"#, "newPassword"),
        ] {
            assert_eq!(ChangePassword::parse(json).err().unwrap().to_string(), format!("Invalid {field}"));
        }
    }
}
