use std::fmt;

use chirrup_domain::feed::ChangeNo;

/// A place in the list of conversations or of what was found, as the wire has it: `next` of one page, `after` or `before`
/// of the one behind it. What it looks like is nobody's business but ours; it is never taken for an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPlace(pub ChangeNo);

/// What every such text begins with.
const MARK: &str = "at-";

impl fmt::Display for ListPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{:x}", self.0.0)
    }
}

impl ListPlace {
    /// The place that a text stands for, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let number = u64::from_str_radix(text.strip_prefix(MARK)?, 16).ok()?;
        Some(Self(ChangeNo(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back() {
        for no in [0, 255, u64::MAX] {
            let place = ListPlace(ChangeNo(no));
            assert_eq!(ListPlace::parse(&place.to_string()), Some(place));
        }
        for text in ["", "at-", "ff", "at-x", "65a51c2f0123456789abcdef"] {
            assert_eq!(ListPlace::parse(text), None, "{text}");
        }
    }
}
