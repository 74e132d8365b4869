use chirrup_domain::Result;
use chirrup_domain::account::Registration;
use serde::Deserialize;

use super::field::{Field, object, optional, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    username: Field<'a>,
    #[serde(borrow)]
    email: Field<'a>,
    #[serde(borrow)]
    password: Field<'a>,
    #[serde(borrow)]
    setup_code: Field<'a>,
}

/// Reads `{ username, email, password, setupCode? }`.
///
/// # Errors
/// [`InvalidPayload`](chirrup_domain::Error::InvalidPayload).
pub fn parse(json: &str) -> Result<Registration> {
    let Fields { username, email, password, setup_code } = object(json)?;
    Ok(Registration {
        username: required(username, "username")?,
        email: required(email, "email")?,
        password: required(password, "password")?,
        setup_code: optional(setup_code, "setupCode")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_needed() {
        for (json, field) in [
            (r#"{"email":"a@b.c","password":"secret12"}"#, "username"),
            (r#"{"username":"ann","password":"secret12"}"#, "email"),
            (r#"{"username":"ann","email":"a@b.c"}"#, "password"),
            (r#"{"username":"ann","email":"a@b.c","password":12345678}"#, "password"),
            (r#"{"username":"ann","email":"a@b.c","password":"secret12","setupCode":1}"#, "setupCode"),
        ] {
            assert_eq!(parse(json).err().unwrap().to_string(), format!("Invalid {field}"));
        }
    }
}
