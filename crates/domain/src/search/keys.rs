//! What a message is found by in an index: short words of letters and digits, or of bytes beyond ASCII, with no space in
//! them. The first character says what kind of key it is.
//!
//! A word has itself as a key, and its first three letters; a word of six letters and more has its first six instead of
//! itself. Each key costs every send, so there are no more: what a key finds too much is seen when its text is looked at. A
//! character that stands for itself has itself, and itself with the one that follows.

use super::{Has, SHORTEST_BEGINNING, Term, Word, Words};
use crate::message::MessageType;

/// Counts up with every change of these rules or of how texts are cut, so that indexes are made anew.
pub const RULES: u32 = 3;

/// The key of a text with more keys than an index keeps of one: it may have any.
pub const LONG: &str = "l";

/// How many first letters are keys. Words with as many letters as the last have no other key of their own.
const BEGINNINGS: [usize; 2] = [SHORTEST_BEGINNING, 6];
const LONGEST: usize = BEGINNINGS[BEGINNINGS.len() - 1];
/// More keys than these make a search slower and hardly narrower.
const MOST_OF_A_TERM: usize = 6;

const WHOLE: char = 'w';
const SINGLE: char = 's';

/// Adds the keys of a text.
pub fn of_words(words: &Words, mut add: impl FnMut(&str)) {
    let mut key = String::new();
    for (index, word) in words.iter().enumerate() {
        if word.single {
            add(made(&mut key, SINGLE, word.letters, ""));
            if let Some(next) = words.get(index + 1).filter(|next| next.single) {
                add(made(&mut key, SINGLE, word.letters, next.letters));
            }
            continue;
        }
        let mut ends = word.letters.char_indices().map(|(at, _)| at).skip(1).chain([word.letters.len()]);
        let mut letters = 0;
        for length in BEGINNINGS {
            let Some(end) = ends.nth(length - letters - 1) else { break };
            letters = length;
            add(made(&mut key, beginning(length), &word.letters[..end], ""));
        }
        if letters < LONGEST {
            add(made(&mut key, WHOLE, word.letters, ""));
        }
    }
}

/// Adds the keys of what a message carries.
pub fn of_contents(content: &str, message_type: MessageType, mut add: impl FnMut(&str)) {
    for kind in [Has::File, Has::Image, Has::Video, Has::Audio, Has::Link] {
        if kind.is_met(content, message_type) {
            add(of_kind(kind));
        }
    }
}

/// The key of what a message can carry.
pub const fn of_kind(kind: Has) -> &'static str {
    match kind {
        Has::File => "hf",
        Has::Image => "hi",
        Has::Video => "hv",
        Has::Audio => "ha",
        Has::Link => "hl",
    }
}

/// Keys that every message with this term has; none if there are too few letters to tell.
pub fn of_term(term: &Term) -> Vec<String> {
    let words = term.words();
    let last = words.len().saturating_sub(1);
    let mut keys = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let open = term.is_beginning() && index == last;
        keys.extend(match (word.single, words.get(index + 1).filter(|next| next.single)) {
            (true, Some(next)) => Some(format!("{SINGLE}{}{}", word.letters, next.letters)),
            // It is in the pair that it ends.
            (true, None) if index > 0 && words.get(index - 1).is_some_and(|before| before.single) => None,
            (true, None) => Some(format!("{SINGLE}{}", word.letters)),
            (false, _) => of_word(word, open),
        });
    }
    // The longest tell most.
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    keys.dedup();
    keys.truncate(MOST_OF_A_TERM);
    keys
}

fn of_word(word: Word<'_>, open: bool) -> Option<String> {
    let letters = word.letters.chars().count();
    if !open && letters < LONGEST {
        return Some(format!("{WHOLE}{}", word.letters));
    }
    let length = BEGINNINGS.into_iter().rfind(|length| *length <= letters)?;
    let start: String = word.letters.chars().take(length).collect();
    Some(format!("{}{start}", beginning(length)))
}

fn beginning(length: usize) -> char {
    char::from_digit(length as u32, 10).unwrap_or(WHOLE)
}

fn made<'k>(key: &'k mut String, kind: char, letters: &str, more: &str) -> &'k str {
    key.clear();
    key.push(kind);
    key.push_str(letters);
    key.push_str(more);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        let mut keys = Vec::new();
        of_words(&Words::of(text), |key| keys.push(key.to_owned()));
        keys
    }

    #[test]
    fn a_word_is_found_by_itself_and_by_how_it_begins() {
        assert_eq!(keys("a"), ["wa"]);
        assert_eq!(keys("ab"), ["wab"]);
        assert_eq!(keys("Ünals"), ["3una", "wunals"]);
        assert_eq!(keys("searching"), ["3sea", "6search"]);
    }

    #[test]
    fn characters_are_found_by_themselves_and_in_pairs() {
        assert_eq!(keys("東京 a"), ["s東", "s東京", "s京", "wa"]);
    }

    #[test]
    fn a_term_asks_for_keys_that_its_texts_have() {
        for (term, text) in [
            (Term::new("cat", false), "The Cat."),
            (Term::new("cat", true), "catalogue"),
            (Term::new("cata", true), "catalogue"),
            (Term::new("catalogues", false), "two catalogues"),
            (Term::new("the cata", true), "the catalogue"),
            (Term::new("京タ", false), "東京タワー"),
            (Term::new("京", false), "東京"),
            (Term::new("iphone手机", false), "我的iPhone手机"),
        ] {
            let (wanted, had) = (of_term(&term), keys(text));
            assert!(!wanted.is_empty() && wanted.iter().all(|key| had.contains(key)), "{wanted:?} {had:?}");
        }
    }
}
