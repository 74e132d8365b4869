//! `Content-Disposition`: what browsers and programs write of a file's name, and what they read.

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What RFC 8187 wants encoded: everything but letters, digits and a few signs.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parameters of a part that count.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartName {
    /// The field's name.
    pub(super) name: String,
    /// The file's name; `None` if it is no file.
    pub(super) filename: Option<String>,
}

/// Reads the value of a part's `Content-Disposition`. Names are UTF-8 as browsers write them, or RFC 8187's
/// `filename*=UTF-8''...`, which goes before the other.
pub(super) fn parse_part(value: &str) -> PartName {
    let mut part = PartName::default();
    let mut extended = None;
    let mut rest = value.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((key, value, next)) = next_parameter(rest) {
        match key.trim().to_ascii_lowercase().as_str() {
            "name" => part.name = unescaped(&value),
            "filename" => part.filename = Some(unescaped(&value)),
            "filename*" => extended = read_extended(&value),
            _ => {}
        }
        rest = next;
    }
    part.filename = extended.or(part.filename);
    part
}

/// Key, value and what comes after them. A backslash counts only before a quote or another: `"C:\cat.png"` is a path.
fn next_parameter(text: &str) -> Option<(&str, String, &str)> {
    let (key, rest) = text.split_once('=')?;
    let rest = rest.trim_start();
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, next) = rest.split_once(';').unwrap_or((rest, ""));
        return Some((key, value.trim().to_owned(), next));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let next = &quoted[at + 1..];
                return Some((key, value, next.split_once(';').map_or("", |(_, next)| next)));
            }
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    Some((key, value, ""))
}

/// Browsers escape these three, and no percent sign that stands before others.
fn unescaped(value: &str) -> String {
    value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

fn read_extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    charset
        .eq_ignore_ascii_case("utf-8")
        .then(|| percent_decode_str(encoded).decode_utf8_lossy().into_owned())
}

/// The header that tells a browser to show a file or to save it, and under which name.
pub(super) fn of_file(inline: bool, filename: &str) -> HeaderValue {
    let kind = if inline { "inline" } else { "attachment" };
    let plain: String = filename
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let mut value = format!("{kind}; filename=\"{plain}\"");
    if plain != filename {
        value.push_str("; filename*=UTF-8''");
        value.extend(utf8_percent_encode(filename, ENCODED));
    }
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filename(value: &str) -> Option<String> {
        parse_part(value).filename
    }

    #[test]
    fn names_are_read_as_clients_write_them() {
        for (value, expected) in [
            (r#"form-data; name="file"; filename="cat.png""#, "cat.png"),
            (r#"form-data; name="file"; filename="Kätzchen 李.png""#, "Kätzchen 李.png"),
            (r#"form-data; filename=cat.png; name=file"#, "cat.png"),
            (r#"form-data; name="file"; filename="a%22b; c.png""#, "a\"b; c.png"),
            (r#"form-data; name="file"; filename="a\"b\\c.png""#, "a\"b\\c.png"),
            (r#"form-data; name="file"; filename="C:\cat.png""#, r"C:\cat.png"),
            (
                r#"form-data; name="file"; filename="_.png"; filename*=UTF-8''K%C3%A4tzchen.png"#,
                "Kätzchen.png",
            ),
            (r#"form-data; name="file"; filename*=utf-8'de'%e6%9d%8e.png"#, "李.png"),
            (r#"form-data; name="file"; FileName="unclosed"#, "unclosed"),
            (r#"form-data; name="file"; filename="100%.png""#, "100%.png"),
        ] {
            let part = parse_part(value);
            assert_eq!((part.name.as_str(), part.filename.as_deref()), ("file", Some(expected)), "{value}");
        }
    }

    #[test]
    fn a_field_without_a_file_name_is_no_file() {
        assert_eq!(filename(r#"form-data; name="file""#), None);
        for value in ["", "form-data", ";;;", "form-data; =; \"", "form-data; name"] {
            assert_eq!(filename(value), None, "{value}");
        }
    }

    #[test]
    fn a_served_name_is_ascii_and_utf8() {
        assert_eq!(of_file(true, "cat 1.png"), "inline; filename=\"cat 1.png\"");
        assert_eq!(
            of_file(false, "Kätz\"chen.zip"),
            "attachment; filename=\"K_tz_chen.zip\"; filename*=UTF-8''K%C3%A4tz%22chen.zip"
        );
        assert_eq!(of_file(false, "a\r\nb"), "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab");
    }
}
