//! Where a message stands, as one number of the index.

/// The row of the index for a message; none for places that no database gets to.
pub(super) fn row(conversation: i64, seq: u64) -> Option<i64> {
    let (conversation, seq) = (u32::try_from(conversation).ok()?, u32::try_from(seq).ok()?);
    (conversation <= u32::MAX >> 1).then(|| i64::from(conversation) << 32 | i64::from(u32::MAX - seq))
}

/// The message of a row: its conversation and its place there.
pub(super) const fn of_row(row: i64) -> (i64, u64) {
    (row >> 32, (u32::MAX - (row & u32::MAX as i64) as u32) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back_and_the_newest_come_first() {
        for place in [(1, 1), (7, 300_000), (i64::from(i32::MAX), u64::from(u32::MAX))] {
            assert_eq!(of_row(row(place.0, place.1).unwrap()), place);
        }
        assert!(row(3, 9) < row(3, 8) && row(3, 1) < row(4, 9));
        assert_eq!((row(1 << 31, 1), row(1, 1 << 32), row(-1, 1)), (None, None, None));
    }
}
