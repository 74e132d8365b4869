use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::account::USERNAME_CHARS;
use crate::fold::fold;

/// Most people that a message mentions.
pub const MAX_MENTIONS: usize = 50;
/// Most names that are looked up for one message: each takes the store a step down a tree.
const MAX_NAMES: usize = 400;
/// Most places of a text that are looked at.
const MAX_PLACES: usize = 400;

/// A place in a text where somebody may be named: behind an `@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// What their name may be, [folded](fold), the longest first: a name may have spaces, so only who knows the names can
    /// tell where it ends. The first one that a member has is meant.
    pub names: Vec<String>,
}

impl Naming {
    /// Every such place of a text, in order; those at its end are left out when there are too many. An `@` behind a letter
    /// or digit names nobody: it is part of an address.
    pub fn all_in(text: &str) -> Vec<Self> {
        let mut namings = Vec::new();
        let mut left = MAX_NAMES;
        for (at, _) in text.match_indices('@').take(MAX_PLACES) {
            if text[..at].chars().next_back().is_some_and(is_word_char) {
                continue;
            }
            let names = names_at_start(&text[at + 1..]);
            let Some(rest) = left.checked_sub(names.len()) else { break };
            left = rest;
            if !names.is_empty() {
                namings.push(Self { names });
            }
        }
        namings
    }
}

/// What a text may begin with that is a name, folded, the longest first.
fn names_at_start(text: &str) -> Vec<String> {
    if text.starts_with(' ') {
        return Vec::new();
    }
    // One more, to see whether the longest ends there.
    let chars: Vec<char> = text.nfc().take(USERNAME_CHARS.end() + 1).collect();
    let end = chars.iter().position(|c| !is_name_char(*c)).unwrap_or(chars.len()).min(*USERNAME_CHARS.end());
    let ends_name = |length: &usize| {
        let last = chars[length - 1];
        last != ' ' && chars.get(*length).is_none_or(|next| !is_one_word(last, *next))
    };
    (*USERNAME_CHARS.start()..=end)
        .rev()
        .filter(ends_name)
        .map(|length| fold(&chars[..length].iter().collect::<String>()))
        .collect()
}

fn is_name_char(c: char) -> bool {
    is_word_char(c) || matches!(c, '.' | '_' | '-' | ' ')
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Whether two characters one behind the other belong to the same word for certain.
fn is_one_word(last: char, next: char) -> bool {
    is_combining_mark(next)
        || is_word_char(last)
            && is_word_char(next)
            && !is_written_without_spaces(last)
            && !is_written_without_spaces(next)
}

/// Whether it is of a script that puts no space between words, or particles right behind a name: of Thai to Burmese,
/// Khmer, Japanese, Chinese and Korean.
const fn is_written_without_spaces(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Vec<String>> {
        Naming::all_in(text).into_iter().map(|naming| naming.names).collect()
    }

    #[test]
    fn a_name_ends_with_a_word_and_the_longest_comes_first() {
        assert_eq!(names("@Ann Lee, hi"), [["ann lee", "ann"]]);
        assert_eq!(names("hi @bob"), [["bob"]]);
        assert_eq!(names("(@bob)"), [["bob"]]);
        assert_eq!(names("@a.b-c."), [["a.b-c.", "a.b-c", "a.b-", "a.b"]]);
        assert_eq!(names("@bob's\n@carol"), [["bob"], ["carol"]]);
        assert_eq!(names("@ZOE\u{308}"), [["zoë"]]);
    }

    #[test]
    fn scripts_without_spaces_end_a_name_anywhere() {
        assert_eq!(names("@李小龙你好")[0].last().unwrap(), "李小龙");
        assert!(names("@ann你好")[0].contains(&"ann".to_owned()));
        assert!(names("@영희야 hi")[0].contains(&"영희야".to_owned()));
        assert!(!names("@สมชายครับ")[0].is_empty());
    }

    #[test]
    fn an_address_and_an_at_alone_name_nobody() {
        for text in
            ["", "bob", "@", "@ bob", "@ab", "ann@example.org", "1@bob", "ü@bob", "me @ home", "@\nbob"]
        {
            assert_eq!(names(text), Vec::<Vec<String>>::new(), "{text}");
        }
        assert_eq!(names("@@bob"), [["bob"]]);
    }

    #[test]
    fn no_text_makes_more_names_than_can_be_looked_up() {
        let long = "x ".repeat(20);
        let all = names(&format!("@{long}").repeat(1000));
        assert!(all.iter().map(Vec::len).sum::<usize>() <= MAX_NAMES);
        assert!(all.iter().flatten().all(|name| name.chars().count() <= 32));
        assert_eq!(names(&"@bob ".repeat(MAX_NAMES + 9)).len(), MAX_NAMES);
    }
}
