//! What "the same whatever its case" means, for every store alike.

/// The text in a form that differs only where more than the case does. Not for display.
pub fn fold(text: &str) -> String {
    // Upper case first: it also joins what lower case keeps apart, such as both forms of a small sigma.
    text.to_uppercase().to_lowercase()
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
}
