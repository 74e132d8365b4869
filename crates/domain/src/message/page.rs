use std::ops::RangeInclusive;

use super::{HistoryAt, HistoryPage, Seq};
use crate::MAX_PAGE;

/// The places that a page of history covers, for a store to read as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// `seq` of the first and last message of the page; empty (the last before the first) where nothing lies there.
    pub range: RangeInclusive<u64>,
    /// Whether there are older ones.
    pub has_before: bool,
    /// Whether there are newer ones.
    pub has_after: bool,
}

impl HistoryPage {
    /// Most bytes of text on a page, however many messages are asked for; a single message is never too long for one.
    pub const MAX_BYTES: usize = 1_000_000;

    /// The places that this page covers in a conversation whose newest message has the place `last`. Every place up to
    /// it is taken, since `seq` has no gaps; so no store needs to look for where a page begins.
    pub fn places(&self, last: Option<Seq>) -> Places {
        let last = last.map_or(0, Seq::get);
        let limit = u64::from(self.limit.clamp(1, MAX_PAGE));
        let (first, end) = match self.at {
            HistoryAt::Newest => (last.saturating_sub(limit) + 1, last),
            HistoryAt::Before(seq) => {
                let end = last.min(seq.get() - 1);
                (end.saturating_sub(limit) + 1, end)
            }
            HistoryAt::After(seq) => {
                let first = last.min(seq.get()) + 1;
                (first, last.min(first + limit - 1))
            }
            HistoryAt::Around(seq) => {
                // At either end of the conversation the page moves inwards and stays full.
                let newest_first = last.saturating_sub(limit) + 1;
                let first = seq.get().saturating_sub(limit / 2).clamp(1, newest_first);
                (first, last.min(first + limit - 1))
            }
        };
        Places { range: first..=end, has_before: first > 1, has_after: end < last }
    }
}

impl Places {
    /// The part of these places whose texts fit on a page, `sizes` being the bytes of each, from the first on: what lies
    /// nearest to where the page was asked for stays.
    pub fn fitting(self, at: HistoryAt, sizes: &[usize]) -> Self {
        if sizes.iter().sum::<usize>() <= HistoryPage::MAX_BYTES {
            return self;
        }
        let start = *self.range.start();
        let newest = sizes.len() - 1;
        let anchor = match at {
            HistoryAt::Newest | HistoryAt::Before(_) => newest,
            HistoryAt::After(_) => 0,
            HistoryAt::Around(seq) => {
                usize::try_from(seq.get().saturating_sub(start)).map_or(newest, |index| index.min(newest))
            }
        };
        let (mut first, mut last) = (anchor, anchor);
        let mut left = HistoryPage::MAX_BYTES.saturating_sub(sizes[anchor]);
        let mut take = |size: usize| left.checked_sub(size).map(|rest| left = rest).is_some();
        // By turns in both directions, each until its next text does not fit.
        let (mut older, mut newer) = (true, true);
        while older || newer {
            older = older && first > 0 && take(sizes[first - 1]);
            first -= usize::from(older);
            newer = newer && last < newest && take(sizes[last + 1]);
            last += usize::from(newer);
        }
        Self {
            range: start + first as u64..=start + last as u64,
            has_before: self.has_before || first > 0,
            has_after: self.has_after || last < newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(at: HistoryAt, limit: u16, last: u64) -> (u64, u64, bool, bool) {
        let places = HistoryPage { at, limit }.places(Seq::new(last));
        (*places.range.start(), *places.range.end(), places.has_before, places.has_after)
    }

    fn seq(seq: u64) -> Seq {
        Seq::new(seq).unwrap()
    }

    #[test]
    fn the_newest_page_ends_at_the_last_message() {
        assert_eq!(places(HistoryAt::Newest, 3, 10), (8, 10, true, false));
        assert_eq!(places(HistoryAt::Newest, 10, 10), (1, 10, false, false));
        assert_eq!(places(HistoryAt::Newest, 10, 0), (1, 0, false, false));
    }

    #[test]
    fn a_page_before_or_after_leaves_its_bound_out() {
        assert_eq!(places(HistoryAt::Before(seq(5)), 3, 10), (2, 4, true, true));
        assert_eq!(places(HistoryAt::Before(seq(1)), 3, 10), (1, 0, false, true));
        assert_eq!(places(HistoryAt::Before(seq(99)), 3, 10), (8, 10, true, false));
        assert_eq!(places(HistoryAt::After(seq(5)), 3, 10), (6, 8, true, true));
        assert_eq!(places(HistoryAt::After(seq(8)), 3, 10), (9, 10, true, false));
        assert_eq!(places(HistoryAt::After(seq(99)), 3, 10), (11, 10, true, false));
    }

    #[test]
    fn a_page_around_a_message_holds_it_and_stays_full_at_the_ends() {
        assert_eq!(places(HistoryAt::Around(seq(5)), 4, 10), (3, 6, true, true));
        assert_eq!(places(HistoryAt::Around(seq(5)), 1, 10), (5, 5, true, true));
        assert_eq!(places(HistoryAt::Around(seq(1)), 4, 10), (1, 4, false, true));
        assert_eq!(places(HistoryAt::Around(seq(10)), 4, 10), (7, 10, true, false));
        assert_eq!(places(HistoryAt::Around(seq(99)), 4, 10), (7, 10, true, false));
        assert_eq!(places(HistoryAt::Around(seq(2)), 4, 0), (1, 0, false, false));
    }

    #[test]
    fn a_page_holds_1_to_200_messages() {
        assert_eq!(places(HistoryAt::Newest, 0, 10), (10, 10, true, false));
        assert_eq!(places(HistoryAt::Newest, 999, 300), (101, 300, true, false));
    }

    #[test]
    fn a_page_holds_no_more_text_than_its_bytes() {
        let fitting = |at, limit, sizes: &[usize]| {
            let places = HistoryPage { at, limit }.places(Seq::new(sizes.len() as u64));
            let asked = *places.range.start() as usize - 1..*places.range.end() as usize;
            let places = places.fitting(at, &sizes[asked]);
            (*places.range.start(), *places.range.end(), places.has_before, places.has_after)
        };
        let large = [HistoryPage::MAX_BYTES / 3; 9];
        assert_eq!(fitting(HistoryAt::Newest, 9, &large), (7, 9, true, false));
        assert_eq!(fitting(HistoryAt::Before(seq(6)), 9, &large), (3, 5, true, true));
        assert_eq!(fitting(HistoryAt::After(seq(2)), 9, &large), (3, 5, true, true));
        assert_eq!(fitting(HistoryAt::Around(seq(5)), 9, &large), (4, 6, true, true));
        assert_eq!(fitting(HistoryAt::Around(seq(1)), 9, &large), (1, 3, false, true));
        assert_eq!(fitting(HistoryAt::Newest, 9, &[1; 9]), (1, 9, false, false));
        let huge = [2 * HistoryPage::MAX_BYTES; 3];
        assert_eq!(fitting(HistoryAt::Newest, 3, &huge), (3, 3, true, false));
        assert_eq!(fitting(HistoryAt::After(seq(1)), 3, &huge), (2, 2, true, true));
    }
}
