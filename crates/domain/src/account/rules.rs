use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::{Error, Result};

/// How long usernames are.
pub const USERNAME_CHARS: RangeInclusive<usize> = 3..=32;
const PASSWORD_CHARS: RangeInclusive<usize> = 8..=256;
const EMAIL_BYTES: usize = 254;

/// The username, composed (NFC) and without the spaces around it, if it is one.
pub(super) fn username(text: &str) -> Result<String> {
    let name: String = text.trim().nfc().collect();
    // Two spaces look like one wherever HTML shows them, so a name with two would pass for another.
    let fits =
        USERNAME_CHARS.contains(&name.chars().count()) && are_name_chars(&name) && !name.contains("  ");
    fits.then_some(name).ok_or(Error::InvalidPayload { field: "username" })
}

/// What these fields are, in a few words for whoever gave something else.
pub(crate) fn expected(field: &str) -> Option<&'static str> {
    match field {
        "username" => {
            Some("expected 3 to 32 letters, digits, dots, underscores, hyphens, and single spaces inside")
        }
        "email" => Some("expected an address such as ann@example.com"),
        "password" | "newPassword" => Some("expected 8 to 256 characters"),
        _ => None,
    }
}

/// Whether these are letters of any script, each with the marks that belong to it, digits and the few signs that a name
/// may have.
fn are_name_chars(name: &str) -> bool {
    let mut behind_letter = false;
    name.chars().all(|c| {
        let is_mark = is_combining_mark(c);
        let fits = !is_invisible(c)
            && match is_mark {
                // Scripts of India and Thailand write vowels and tones so.
                true => behind_letter,
                false => c.is_alphabetic() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | ' '),
            };
        behind_letter = is_mark || c.is_alphabetic();
        fits
    })
}

/// Whether nothing is seen of it, so that a name with it would pass for one without: Unicode's default-ignorable
/// characters, Hangul's fillers among them, which count as letters.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The address in lower case, if it can be one: only a letter sent there could tell for certain.
pub(super) fn email(text: &str) -> Result<String> {
    let address = text.trim().to_lowercase();
    let plausible = address.len() <= EMAIL_BYTES
        && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c))
        && address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && is_domain(domain));
    plausible.then_some(address).ok_or(Error::InvalidPayload { field: "email" })
}

fn is_domain(text: &str) -> bool {
    text.contains('.') && !text.contains('@') && text.split('.').all(|label| !label.is_empty())
}

/// The password as it is, if it is neither short nor endless; `field` is what the client calls it.
pub(super) fn password(text: String, field: &'static str) -> Result<String> {
    let fits = PASSWORD_CHARS.contains(&text.chars().count());
    fits.then_some(text).ok_or(Error::InvalidPayload { field })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_have_letters_of_any_script_digits_and_a_few_signs() {
        for name in ["bob", "Zoë", "李小龍", "Ольга", "a.b_c-d", "Ann Lee 2", &"x".repeat(32)] {
            assert_eq!(username(name).unwrap(), name);
        }
        assert_eq!(username(" Ann Lee ").unwrap(), "Ann Lee");
    }

    #[test]
    fn letters_may_have_marks() {
        for name in ["हिन्दी", "தமிழ்", "สมชาย", "ผู้ใช้", "مُحَمَّد", "Nguyễn", "q\u{308}yz"]
        {
            assert_eq!(username(name).unwrap(), name);
        }
        assert_eq!(username("Zoe\u{308}").unwrap(), "Zoë", "composed");
        for name in ["\u{301}bob", "bo-\u{301}b", "bo \u{301}b", "12\u{20e3}3"] {
            assert!(username(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn what_nobody_sees_is_no_letter() {
        for c in
            ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}', '\u{200d}', '\u{34f}', '\u{fe0f}', '\u{e0100}']
        {
            assert!(username(&format!("bob{c}")).is_err(), "{c:?}");
        }
    }

    #[test]
    fn other_usernames_are_refused() {
        for name in
            ["", "ab", " a ", "a@b", "a  b", "<b>x</b>", "tab\there", "zero\u{200b}width", &"x".repeat(33)]
        {
            assert!(matches!(username(name), Err(Error::InvalidPayload { field: "username" })), "{name:?}");
        }
    }

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!(email(" Ann.Lee+chat@Example.COM ").unwrap(), "ann.lee+chat@example.com");
        assert_eq!(email("ö@bücher.example").unwrap(), "ö@bücher.example");
    }

    #[test]
    fn implausible_addresses_are_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        for text in
            ["", "ann", "@b.c", "ann@", "ann@home", "a@b@c.d", "a@b..c", "a b@c.d", "A <a@b.c>", &long]
        {
            assert!(matches!(email(text), Err(Error::InvalidPayload { field: "email" })), "{text:?}");
        }
    }

    #[test]
    fn passwords_are_counted_in_characters_and_kept_as_they_are() {
        let password = |text: &str| password(text.into(), "password");
        assert_eq!(password(" pässw0rd").unwrap(), " pässw0rd");
        assert!(password(&"ü".repeat(256)).is_ok());
        assert!(password(&"ü".repeat(257)).is_err());
        assert!(password(&"ü".repeat(7)).is_err());
    }
}
