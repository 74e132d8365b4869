use chirrup_domain::Result;
use serde::Deserialize;

use super::field::{Field, object, required};

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    token: Field<'a>,
}

/// Reads the token of `{ token }`.
///
/// # Errors
/// [`InvalidPayload`](chirrup_domain::Error::InvalidPayload).
pub fn parse(json: &str) -> Result<String> {
    let Fields { token } = object(json)?;
    required(token, "token")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_text() {
        assert_eq!(parse(r#"{"token":"a.b.c"}"#).unwrap(), "a.b.c");
        for (json, field) in [("null", "payload"), ("{}", "token"), (r#"{"token":{"$ne":null}}"#, "token")] {
            assert_eq!(parse(json).unwrap_err().to_string(), format!("Invalid {field}"));
        }
    }
}
