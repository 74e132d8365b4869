use chirrup_domain::account::SignIn;
use chirrup_domain::{Error, Result};
use serde::Deserialize;

use super::field::{Field, object, optional, required};

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    email: Field<'a>,
    #[serde(borrow)]
    username: Field<'a>,
    #[serde(borrow)]
    password: Field<'a>,
}

/// Reads `{ email or username, password }`; with both, the email counts.
///
/// # Errors
/// [`InvalidPayload`](Error::InvalidPayload).
pub fn parse(json: &str) -> Result<SignIn> {
    let Fields { email, username, password } = object(json)?;
    let email = optional(email, "email")?;
    let username = optional(username, "username")?;
    let account = email.or(username).ok_or(Error::InvalidPayload { field: "email" })?;
    Ok(SignIn { account, password: required(password, "password")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_name_will_do() {
        let by = |json| parse(json).unwrap().account;
        assert_eq!(by(r#"{"email":"a@b.c","password":"x"}"#), "a@b.c");
        assert_eq!(by(r#"{"username":"ann","password":"x"}"#), "ann");
        assert_eq!(by(r#"{"email":"a@b.c","username":"ann","password":"x"}"#), "a@b.c");
    }

    #[test]
    fn an_object_is_no_name_and_no_password() {
        for (json, field) in [
            (r#"{"email":{"$ne":null},"password":"x"}"#, "email"),
            (r#"{"username":{"$ne":null},"password":"x"}"#, "username"),
            (r#"{"username":"ann","password":{"$ne":null}}"#, "password"),
            (r#"{"password":"x"}"#, "email"),
            (r#"{"username":"ann"}"#, "password"),
        ] {
            assert_eq!(parse(json).err().unwrap().to_string(), format!("Invalid {field}"));
        }
    }
}
