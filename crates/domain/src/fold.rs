//! What "the same whatever its case" means, for every store alike.

use unicode_normalization::UnicodeNormalization;

/// The text in a form that differs only where more than the case does, or the way of writing the same letters: wide and
/// narrow ones, ligatures, composed and decomposed (NFKC). Not for display.
pub fn fold(text: &str) -> String {
    // Upper case first: it also joins what lower case keeps apart, such as both forms of a small sigma. Either may take
    // letters apart again that were composed.
    text.nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_only_in_case_fold_to_the_same() {
        for (a, b) in [("Alice", "aLICE"), ("STRASSE", "straße"), ("Όσος", "ΌΣΟΣ"), ("Ünal", "üNAL")]
        {
            assert_eq!(fold(a), fold(b));
        }
        assert_ne!(fold("alice"), fold("alíce"));
    }

    #[test]
    fn names_that_are_written_otherwise_fold_to_the_same() {
        for (a, b) in [("Zoë", "zoe\u{308}"), ("ｂｏｂ", "BOB"), ("ﬁona", "Fiona"), ("ǰan", "J\u{30c}AN")]
        {
            assert_eq!(fold(a), fold(b));
            assert_eq!(fold(&fold(a)), fold(a));
        }
    }
}
