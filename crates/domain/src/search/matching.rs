//! Where a query's words stand in a text.

use std::ops::Range;

use super::{Candidate, Highlight, Query, Term, Words};

/// Highlights of one message that are told; nobody needs more to see why it was found.
const MAX_HIGHLIGHTS: usize = 100;

impl Query {
    /// Where the terms stand in a message, ascending and apart from each other, if it is what the query looks for. Who
    /// sent it and where it stands has been looked at before.
    pub fn find_in(&self, candidate: &Candidate<'_>) -> Option<Vec<Highlight>> {
        let Candidate { content, message_type, created_at } = *candidate;
        let is_met = |has: &super::Has| has.is_met(content, message_type);
        let fits = self.before.is_none_or(|before| created_at < before)
            && self.since.is_none_or(|since| since <= created_at)
            && self.wanted.has.iter().all(is_met)
            && !self.unwanted.has.iter().any(is_met);
        if !fits {
            return None;
        }
        if self.wanted.terms.is_empty() && self.unwanted.terms.is_empty() {
            return Some(Vec::new());
        }
        let words = Words::of(content);
        if self.unwanted.terms.iter().any(|term| term.places(&words).next().is_some()) {
            return None;
        }
        let mut places: Vec<Range<usize>> = Vec::new();
        for term in &self.wanted.terms {
            let before = places.len();
            places.extend(term.places(&words).take(MAX_HIGHLIGHTS).filter_map(|place| words.source(place)));
            if places.len() == before {
                return None;
            }
        }
        Some(joined(places))
    }
}

impl Term {
    /// Every place in a text where the term stands.
    fn places(&self, words: &Words) -> impl Iterator<Item = Range<usize>> {
        let length = self.words().len();
        let starts = 0..(words.len() + 1).saturating_sub(length.max(1));
        starts.filter(move |start| self.stands_at(words, *start)).map(move |start| start..start + length)
    }

    fn stands_at(&self, words: &Words, start: usize) -> bool {
        let last = self.words().len() - 1;
        self.words().iter().enumerate().all(|(index, wanted)| {
            words.get(start + index).is_some_and(|word| {
                let begins = self.is_beginning() && index == last && word.letters.starts_with(wanted.letters);
                word.single == wanted.single && (begins || word.letters == wanted.letters)
            })
        })
    }
}

fn joined(mut places: Vec<Range<usize>>) -> Vec<Highlight> {
    places.sort_unstable_by_key(|place| place.start);
    let mut highlights: Vec<Highlight> = Vec::new();
    for place in places {
        match highlights.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => highlights.push(Highlight { start: place.start, end: place.end }),
        }
    }
    highlights.truncate(MAX_HIGHLIGHTS);
    highlights
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Timestamp;
    use crate::message::MessageType;
    use crate::search::keys;

    const AT: Timestamp = Timestamp::from_millis(1_768_473_000_000);

    fn candidate(content: &str) -> Candidate<'_> {
        Candidate { content, message_type: MessageType::Text, created_at: AT }
    }

    /// What is highlighted, as JavaScript cuts it; `None` if the text is not found.
    fn found(query: &str, content: &str) -> Option<Vec<String>> {
        let units: Vec<u16> = content.encode_utf16().collect();
        let cut = |mark: Highlight| String::from_utf16(&units[mark.start..mark.end]).unwrap();
        let highlights = Query::parse(query).unwrap().find_in(&candidate(content))?;
        Some(highlights.into_iter().map(cut).collect())
    }

    #[test]
    fn words_are_found_whole_and_marked() {
        for (query, text, marked) in [
            ("red ", "Red, red! redder", &["Red", "red"][..]),
            ("red", "Red, red! redder", &["Red", "red", "redder"]),
            ("cafe ", "😀 un Café", &["Café"]),
            ("strasse ", "STRASSE, Straße", &["STRASSE", "Straße"]),
            ("sky red ", "red blue sky", &["red", "sky"]),
            ("\"blue sky\"", "a Blue, sky", &["Blue, sky"]),
            ("http://x.org/a ", "see http://x.org/a!", &["http://x.org/a"]),
            ("12:30 ", "at 12:30", &["12:30"]),
            ("京タ ", "東京タワー", &["京タ"]),
            ("ワ ", "東京タワー", &["ワ"]),
            ("회의 ", "주간회의가", &["회의"]),
            ("ดี ", "สวัสดีครับ", &["ดี"]),
            ("👍 ", "ok 👍🏽", &["👍🏽"]),
            ("inv* ", "an invoice", &["invoice"]),
        ] {
            assert_eq!(
                found(query, text).as_deref(),
                Some(&marked.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
                "{query}"
            );
        }
    }

    #[test]
    fn what_is_missing_or_unwanted_is_not_found() {
        for (query, text) in [
            ("red ", "redder"),
            ("red green ", "red"),
            ("\"sky blue\"", "blue sky"),
            ("red -blue", "red blue"),
            ("red -\"blue sky\"", "red blue sky"),
            ("京東 ", "東京"),
            ("has:link red ", "red"),
            ("red -has:link", "red http://x.org"),
            ("red before:2026-01-15 ", "red"),
            ("red after:2026-01-15 ", "red"),
        ] {
            assert_eq!(found(query, text), None, "{query}");
        }
        for query in ["red before:2026-01-16 ", "red after:2026-01-14 ", "red -\"sky blue\""] {
            assert_eq!(found(query, "red blue sky").unwrap(), ["red"], "{query}");
        }
    }

    #[test]
    fn so_many_highlights_are_told_and_no_more() {
        assert_eq!(found("a ", &"a ".repeat(500)).unwrap().len(), 100);
        assert_eq!(found("猫 ", &"猫".repeat(50)).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_or_a_named_fault(text in any::<String>()) {
            if let Err(fault) = Query::parse(&text) {
                prop_assert!(!fault.to_string().is_empty());
            }
        }

        #[test]
        fn whatever_is_found_has_the_keys_that_are_asked_for(
            text in "([a-cäÄé東京ก👍' ]|ﬁ|e\u{301}){0,30}",
            query in "[a-cäé東京ก👍'\"* -]{1,12}",
        ) {
            let Ok(query) = Query::parse(&query) else { return Ok(()) };
            let Some(highlights) = query.find_in(&candidate(&text)) else { return Ok(()) };
            let mut had = Vec::new();
            keys::of_words(&Words::of(&text), |key| had.push(key.to_owned()));
            for key in query.wanted.terms.iter().flat_map(keys::of_term) {
                prop_assert!(had.contains(&key), "{key} is not in {had:?}");
                prop_assert!(key.chars().all(char::is_alphanumeric) || !key.is_ascii());
            }
            let units: Vec<u16> = text.encode_utf16().collect();
            let mut end = 0;
            for mark in highlights {
                prop_assert!(mark.start < mark.end && mark.end <= units.len() && (end == 0 || mark.start > end));
                prop_assert!(String::from_utf16(&units[mark.start..mark.end]).is_ok());
                end = mark.end;
            }
        }
    }
}
