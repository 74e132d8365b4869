use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::letters::{first_cluster, fold_cluster};

/// Characters of a message that are looked at. Only who lifts `LIMIT_MESSAGE_CHARS` can write longer ones.
pub const SEARCHED_CHARS: usize = 32_768;

/// A text cut into what can be looked for: words, and single characters of the scripts that put no spaces between words,
/// and emoji.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    folded: String,
    units: Vec<Unit>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    folded: Range<usize>,
    source: Range<usize>,
    single: bool,
}

/// A word, or a character that stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// Its letters, folded.
    pub letters: &'a str,
    /// Whether it is a character that stands for itself.
    pub single: bool,
}

impl Words {
    /// Cuts a text.
    pub fn of(text: &str) -> Self {
        let mut cutter = Cutter::default();
        let mut rest = text;
        let (mut chars, mut at) = (0, 0);
        while chars < SEARCHED_CHARS
            && let Some(cluster) = first_cluster(rest)
        {
            let end = at + cluster.chars().map(char::len_utf16).sum::<usize>();
            fold_cluster(cluster, |letter| cutter.push(letter, at..end));
            rest = &rest[cluster.len()..];
            chars += cluster.chars().count();
            at = end;
        }
        cutter.words
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The word at this place.
    pub fn get(&self, index: usize) -> Option<Word<'_>> {
        let unit = self.units.get(index)?;
        Some(Word { letters: &self.folded[unit.folded.clone()], single: unit.single })
    }

    /// The words in their order.
    pub fn iter(&self) -> impl Iterator<Item = Word<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Where these words stand in the text, in UTF-16 code units.
    pub(super) fn source(&self, words: Range<usize>) -> Option<Range<usize>> {
        let units = self.units.get(words)?;
        Some(units.first()?.source.start..units.last()?.source.end)
    }
}

#[derive(Default)]
struct Cutter {
    words: Words,
    in_word: bool,
}

impl Cutter {
    fn push(&mut self, letter: char, source: Range<usize>) {
        let single = stands_for_itself(letter);
        let in_word = !single && (letter.is_alphanumeric() || self.in_word && is_combining_mark(letter));
        if !single && !in_word {
            self.in_word = false;
            return;
        }
        let start = self.words.folded.len();
        self.words.folded.push(letter);
        let end = self.words.folded.len();
        match self.words.units.last_mut() {
            Some(word) if in_word && self.in_word => {
                word.folded.end = end;
                word.source.end = source.end;
            }
            _ => self.words.units.push(Unit { folded: start..end, source, single }),
        }
        self.in_word = in_word;
    }
}

/// Characters that any part of a text may begin and end with: those of scripts without spaces between words, those of
/// Korean, whose words grow at their ends, and pictures.
const fn stands_for_itself(c: char) -> bool {
    matches!(c,
        // Han, Kana, Bopomofo, Yi.
        '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{3099}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{a48c}' | '\u{f900}'..='\u{faff}' | '\u{1b000}'..='\u{1b16f}'
        | '\u{20000}'..='\u{3ffff}'
        // Hangul.
        | '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        // Thai, Lao, Myanmar, Khmer, Tai.
        | '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e81}'..='\u{ecf}' | '\u{edc}'..='\u{edf}'
        | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}' | '\u{109a}'..='\u{109f}' | '\u{1780}'..='\u{17d3}'
        | '\u{1950}'..='\u{19cf}' | '\u{1a20}'..='\u{1a7f}' | '\u{a9e0}'..='\u{a9ef}' | '\u{aa60}'..='\u{aadf}'
        // Arrows, signs and emoji.
        | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        Words::of(text).iter().map(|word| word.letters.to_owned()).collect()
    }

    #[test]
    fn words_end_where_letters_and_digits_do() {
        assert_eq!(
            cut("Don't panic: 12:30, a_b@c.org!"),
            ["don", "t", "panic", "12", "30", "a", "b", "c", "org"]
        );
        assert_eq!(cut("हिन्दी में"), ["हिन्दी", "में"]);
        assert_eq!(cut("कागज़"), cut("कागज\u{93c}"));
        assert!(cut(" \n--- \"...\" ").is_empty());
    }

    #[test]
    fn scripts_without_spaces_and_emoji_are_cut_into_characters() {
        assert_eq!(cut("東京タワー2号"), ["東", "京", "タ", "ワ", "ー", "2", "号"]);
        assert_eq!(cut("สวัสดี"), ["ส", "ว", "ั", "ส", "ด", "ี"]);
        assert_eq!(cut("회의가"), ["회", "의", "가"]);
        assert_eq!(cut("ok👍🏽👨‍👩"), ["ok", "👍", "👨", "👩"]);
    }

    #[test]
    fn a_word_knows_where_it_stands_as_javascript_counts() {
        let words = Words::of("😀 Cafe\u{301} ﬁx");
        let places: Vec<_> = (0..3).map(|n| words.source(n..n + 1).unwrap()).collect();
        assert_eq!(places, [0..2, 3..8, 9..11]);
    }

    #[test]
    fn no_more_than_so_many_characters_are_looked_at() {
        assert_eq!(Words::of(&"a ".repeat(SEARCHED_CHARS)).len(), SEARCHED_CHARS / 2);
    }
}
