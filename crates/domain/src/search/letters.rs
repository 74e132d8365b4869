//! Letters as they are compared: without case, accents and ways of writing.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text without case, accents and other marks that people leave out, and with one way of writing each letter. Not
/// for display.
pub fn fold_letters(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(cluster) = first_cluster(rest) {
        fold_cluster(cluster, |letter| folded.push(letter));
        rest = &rest[cluster.len()..];
    }
    folded
}

/// A character with the marks that belong to it, from the start of the text.
pub(super) fn first_cluster(text: &str) -> Option<&str> {
    let mut chars = text.char_indices();
    chars.next()?;
    let end = chars.find(|(_, c)| !is_attached(*c)).map_or(text.len(), |(at, _)| at);
    Some(&text[..end])
}

/// Gives the letters that a cluster is compared by; none for one that does not count.
pub(super) fn fold_cluster(cluster: &str, mut letter: impl FnMut(char)) {
    if let [byte] = cluster.as_bytes() {
        return letter(char::from(byte.to_ascii_lowercase()));
    }
    let folded = cluster
        .nfkd()
        // Upper case first: it also joins what lower case keeps apart, such as both forms of a small sigma.
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !is_left_out(*c))
        // Kana with their sound marks and Korean syllables are letters of their own.
        .nfc();
    for c in folded {
        match plain(c) {
            Some(plain) => plain.chars().for_each(&mut letter),
            None => letter(c),
        }
    }
}

/// Whether a character continues the one before it: accents, what is left out, the later parts of a Korean syllable, and
/// the sound marks of narrow kana.
fn is_attached(c: char) -> bool {
    !c.is_ascii()
        && (is_combining_mark(c)
            || is_left_out(c)
            || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}'))
}

/// Letters with a stroke, and joined ones, have no accent that could be taken away.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'æ' => "ae",
        'œ' => "oe",
        _ => return None,
    })
}

/// Accents and points that people leave out as they like, and what nobody sees. The marks of other scripts, such as the
/// vowels of Thai and Hindi, are as good as letters.
const fn is_left_out(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        // Points of Hebrew; vowels, hamza and stretching of Arabic; points of Syriac.
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{711}' | '\u{730}'..='\u{74a}'
        // Soft hyphens, joiners, directions, variants of emoji and colours of skin.
        | '\u{ad}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
        | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_ways_of_writing_make_no_difference() {
        for (a, b) in [
            ("CAFÉ", "cafe"),
            ("cafe\u{301}", "café"),
            ("Straße", "STRASSE"),
            ("Όσος", "οσοσ"),
            ("İstanbul", "istanbul"),
            ("Łódź", "lodz"),
            ("Ｔｅｘｔ ﬁle", "text file"),
            ("ёлка", "елка"),
            ("كِتَاب", "كتاب"),
            ("שָׁלוֹם", "שלום"),
            ("か\u{3099}", "が"),
            ("ｶﾞ", "ガ"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("👍🏽", "👍"),
            ("co\u{ad}operate", "cooperate"),
        ] {
            assert_eq!(fold_letters(a), fold_letters(b), "{a} {b}");
        }
    }

    #[test]
    fn marks_that_are_letters_stay() {
        for (a, b) in [("が", "か"), ("กา", "กำ"), ("की", "का"), ("한", "하")] {
            assert_ne!(fold_letters(a), fold_letters(b));
        }
    }
}
