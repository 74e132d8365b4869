use chirrup_domain::upload::UploadName;
use chirrup_domain::{Error, Result};
use serde::Deserialize;

use super::field::{Field, object, required};

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    url: Field<'a>,
}

/// The upload that a `file` names by its `url`. Its other keys count for nothing: the server knows them better.
pub(super) fn parse(file: Field) -> Result<Option<UploadName>> {
    let Some(file) = file else { return Ok(None) };
    let url: Option<String> = object(file.get()).and_then(|Fields { url }| required(url, "url")).ok();
    url.and_then(|url| UploadName::from_url(&url)).map(Some).ok_or(Error::InvalidFile)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn read(json: &str) -> Result<Option<UploadName>> {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        parse(Some(&raw))
    }

    #[test]
    fn a_file_is_what_the_upload_gave() {
        let json = r#"{"size":7,"url":"/uploads/00000000000000000000000000000abc.png","filename":{}}"#;
        assert_eq!(read(json).unwrap(), Some(UploadName::new(0xabc, "png")));
        assert_eq!(parse(None).unwrap(), None);
    }

    #[test]
    fn anything_else_is_refused() {
        for json in [
            "1",
            "\"/uploads/00000000000000000000000000000abc.png\"",
            "[]",
            "{}",
            r#"{"url":null}"#,
            r#"{"url":{"$ne":null}}"#,
            r#"{"url":"https://evil.example/x.png"}"#,
            r#"{"url":"https://evil.example/uploads/00000000000000000000000000000abc.png"}"#,
            r#"{"url":"/uploads/../chirrup.db"}"#,
            r#"{"url":"/uploads/00000000000000000000000000000abc.png?x"}"#,
        ] {
            assert!(matches!(read(json), Err(Error::InvalidFile)), "{json}");
        }
    }
}
