use std::ops::RangeInclusive;

use crate::{Error, Result};

const USERNAME_CHARS: RangeInclusive<usize> = 3..=32;
const PASSWORD_CHARS: RangeInclusive<usize> = 8..=256;
const EMAIL_BYTES: usize = 254;

/// The username without the spaces around it, if it is one.
pub(super) fn username(text: &str) -> Result<String> {
    let name = text.trim();
    // Two spaces look like one wherever HTML shows them, so a name with two would pass for another.
    let fits = USERNAME_CHARS.contains(&name.chars().count())
        && name
            .chars()
            .all(|c| c.is_alphabetic() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | ' '))
        && !name.contains("  ");
    fits.then(|| name.to_owned()).ok_or(Error::InvalidPayload { field: "username" })
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
