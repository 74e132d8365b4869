use chirrup_domain::Result;
use chirrup_domain::account::Registration;
use serde::Deserialize;

use super::field::{Field, object, required};

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    username: Field<'a>,
    #[serde(borrow)]
    email: Field<'a>,
    #[serde(borrow)]
    password: Field<'a>,
}

/// Reads `{ username, email, password }`.
///
/// # Errors
/// [`InvalidPayload`](chirrup_domain::Error::InvalidPayload).
pub fn parse(json: &str) -> Result<Registration> {
    let Fields { username, email, password } = object(json)?;
    Ok(Registration {
        username: required(username, "username")?,
        email: required(email, "email")?,
        password: required(password, "password")?,
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
        ] {
            assert_eq!(parse(json).err().unwrap().to_string(), format!("Invalid {field}"));
        }
    }
}
