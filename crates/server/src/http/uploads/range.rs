/// Which bytes of a file a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them.
    Whole,
    /// From the first to the last of these.
    Part {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// None that there are.
    Nothing,
}

/// Reads a `Range` for a file of this size. What is no single range of bytes is not understood, and the whole is sent.
pub(super) fn parse(range: &str, size: u64) -> Wanted {
    let bounds = range.trim().strip_prefix("bytes=").and_then(|bounds| bounds.trim().split_once('-'));
    let Some((first, last)) = bounds else { return Wanted::Whole };
    match (number(first), number(last)) {
        (Ok(Some(first)), Ok(last)) if last.is_none_or(|last| first <= last) => {
            let end = size.saturating_sub(1);
            match first < size {
                true => Wanted::Part { first, last: last.unwrap_or(end).min(end) },
                false => Wanted::Nothing,
            }
        }
        (Ok(None), Ok(Some(count))) => match count.min(size) {
            0 => Wanted::Nothing,
            count => Wanted::Part { first: size - count, last: size - 1 },
        },
        _ => Wanted::Whole,
    }
}

/// A number, or none where nothing stands. One that is too large is as good as the largest.
fn number(text: &str) -> Result<Option<u64>, ()> {
    match text {
        "" => Ok(None),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(text.parse().unwrap_or(u64::MAX))),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_ranges_are_understood() {
        for (range, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=2-5", 2, 5),
            ("bytes=2-", 2, 9),
            ("bytes=2-99999999999999999999999", 2, 9),
            ("bytes=-3", 7, 9),
            ("bytes=-30", 0, 9),
        ] {
            assert_eq!(parse(range, 10), Wanted::Part { first, last }, "{range}");
        }
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            assert_eq!(parse(range, 10), Wanted::Nothing, "{range}");
        }
        assert_eq!(parse("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(parse("bytes=-1", 0), Wanted::Nothing);
    }

    #[test]
    fn everything_else_is_the_whole() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=+1-2",
            "bytes=a-b",
        ] {
            assert_eq!(parse(range, 10), Wanted::Whole, "{range}");
        }
    }
}
