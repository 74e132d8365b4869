use std::iter::Peekable;
use std::str::Chars;

use unicode_properties::emoji::{
    EmojiStatus, UnicodeEmoji, is_emoji_presentation_selector, is_regional_indicator, is_tag_character,
    is_zwj,
};

/// Longest sequence that there is: one of tags, or of four people with skin tones.
const MAX_CHARS: usize = 32;
const PRESENTATION_SELECTOR: char = '\u{fe0f}';
const ZWJ: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';
const END_OF_TAGS: char = '\u{e007f}';

/// One emoji as people see it: a sequence of characters as UTS #51 defines them, in its fully qualified form, so that
/// what looks the same is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Emoji(String);

impl Emoji {
    /// The emoji that this text is, if it is one and nothing else. Whether the selector of the emoji presentation (U+FE0F)
    /// is written makes no difference.
    pub fn parse(text: &str) -> Option<Self> {
        if is_too_long(text) {
            return None;
        }
        let mut chars = text.chars().peekable();
        let mut emoji = String::with_capacity(text.len() + PRESENTATION_SELECTOR.len_utf8());
        match chars.peek()? {
            first if is_regional_indicator(*first) => flag(&mut chars, &mut emoji)?,
            '0'..='9' | '#' | '*' => keycap(&mut chars, &mut emoji)?,
            _ => joined(&mut chars, &mut emoji)?,
        }
        (chars.next().is_none() && !is_too_long(&emoji)).then_some(Self(emoji))
    }

    /// One that a store has kept: it was parsed before, maybe by other tables of Unicode.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The emoji as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_too_long(text: &str) -> bool {
    text.chars().nth(MAX_CHARS).is_some()
}

/// Two letters of a region.
fn flag(chars: &mut Peekable<Chars<'_>>, emoji: &mut String) -> Option<()> {
    for _ in 0..2 {
        emoji.push(chars.next_if(|c| is_regional_indicator(*c))?);
    }
    Some(())
}

/// A digit or sign on a key.
fn keycap(chars: &mut Peekable<Chars<'_>>, emoji: &mut String) -> Option<()> {
    emoji.push(chars.next()?);
    chars.next_if(|c| is_emoji_presentation_selector(*c));
    emoji.push(PRESENTATION_SELECTOR);
    emoji.push(chars.next_if_eq(&KEYCAP)?);
    Some(())
}

/// One element or several that are joined to one picture.
fn joined(chars: &mut Peekable<Chars<'_>>, emoji: &mut String) -> Option<()> {
    element(chars, emoji)?;
    while chars.next_if(|c| is_zwj(*c)).is_some() {
        emoji.push(ZWJ);
        element(chars, emoji)?;
    }
    Some(())
}

/// A character with what may modify it: a skin tone, or tags.
fn element(chars: &mut Peekable<Chars<'_>>, emoji: &mut String) -> Option<()> {
    let base = chars.next_if(|c| is_pictographic(*c))?;
    emoji.push(base);
    let has_selector = chars.next_if(|c| is_emoji_presentation_selector(*c)).is_some();
    if takes_skin_tone(base) && chars.peek().is_some_and(|c| is_skin_tone(*c)) {
        emoji.extend(chars.next());
    } else if !has_own_presentation(base) {
        emoji.push(PRESENTATION_SELECTOR);
    } else if has_selector && is_skin_tone(base) {
        return None;
    }
    if chars.peek().is_some_and(|c| is_tag(*c)) {
        while let Some(tag) = chars.next_if(|c| is_tag(*c)) {
            emoji.push(tag);
        }
        emoji.push(chars.next_if_eq(&END_OF_TAGS)?);
    }
    Some(())
}

/// Whether it is an emoji by itself, and neither a letter of a region nor a sign on a key.
fn is_pictographic(c: char) -> bool {
    c.is_emoji_char() && !is_regional_indicator(c) && !c.is_ascii()
}

/// Whether it is shown as a picture without a selector.
fn has_own_presentation(c: char) -> bool {
    matches!(
        c.emoji_status(),
        EmojiStatus::EmojiPresentation
            | EmojiStatus::EmojiPresentationAndModifierBase
            | EmojiStatus::EmojiPresentationAndEmojiComponent
            | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
    )
}

fn takes_skin_tone(c: char) -> bool {
    matches!(c.emoji_status(), EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiPresentationAndModifierBase)
}

fn is_skin_tone(c: char) -> bool {
    c.emoji_status() == EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
}

fn is_tag(c: char) -> bool {
    is_tag_character(c) && ('\u{e0020}'..END_OF_TAGS).contains(&c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Emoji::parse(text).map(|emoji| emoji.as_str().to_owned())
    }

    #[test]
    fn every_form_of_emoji_is_one() {
        for text in [
            "👍",
            "❤️",
            "👋🏽",
            "☝🏿",
            "🇩🇪",
            "1️⃣",
            "#️⃣",
            "👨‍👩‍👧‍👦",
            "👩🏻‍❤️‍💋‍👩🏾",
            "🏳️‍🌈",
            "🏴‍☠️",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "🕵🏻‍♂️",
            "👁️‍🗨️",
            "🧑‍🦰",
            "❤️‍🔥",
            "©️",
            "🫨",
        ] {
            assert_eq!(parsed(text).as_deref(), Some(text), "{text}");
        }
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (text, same) in [
            ("❤", "❤️"),
            ("👍\u{fe0f}", "👍"),
            ("1\u{20e3}", "1️⃣"),
            ("☝\u{fe0f}🏿", "☝🏿"),
            ("🏳\u{200d}🌈", "🏳️‍🌈"),
            ("👁\u{200d}🗨", "👁️‍🗨️"),
            ("🕵🏻\u{200d}♂", "🕵🏻‍♂️"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(same), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "a",
            "1",
            "#",
            "1\u{fe0f}",
            "a\u{20e3}",
            ":+1:",
            "<b>",
            " 👍",
            "👍 ",
            "👍👍",
            "👍a",
            "😀🏽",
            "🇩",
            "🇩🇪🇫",
            "🇩a",
            "❤\u{fe0e}",
            "\u{fe0f}",
            "\u{200d}",
            "👍\u{200d}",
            "\u{200d}👍",
            "👍\u{200d}1",
            "👍\u{fe0f}\u{fe0f}",
            "🏴\u{e0067}\u{e0062}",
            "🏴\u{e007f}",
            "\u{e0067}",
            "ü",
            "李",
            "👍\u{301}",
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
        assert_eq!(parsed(&"👍\u{200d}".repeat(10_000)), None);
        let endless = format!("🏴{}\u{e007f}", "\u{e0061}".repeat(MAX_CHARS));
        assert_eq!(parsed(&endless), None);
        // It has room without the selectors that belong to it.
        assert_eq!(parsed(&["\u{2764}"; 16].join("\u{200d}")), None);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_an_emoji_stays_itself(
            text in "[👍❤☝🏿🇩🇪1#\u{200d}\u{fe0f}\u{20e3}\u{e0061}\u{e007f}🏴👩a]{0,8}|.{0,4}|(❤\u{200d}){0,20}❤"
        ) {
            if let Some(emoji) = Emoji::parse(&text) {
                prop_assert_eq!(Emoji::parse(emoji.as_str()), Some(emoji.clone()));
                prop_assert!(emoji.as_str().chars().count() <= MAX_CHARS);
            }
        }
    }
}
