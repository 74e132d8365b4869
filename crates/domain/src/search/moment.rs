use std::time::{Duration, UNIX_EPOCH};

use crate::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The first moment of what a text names, and the first one after it: of a day in UTC, or of a millisecond.
pub(super) fn parse(text: &str) -> Option<(Timestamp, Timestamp)> {
    if let Some(start) = utc(&format!("{text}T00:00:00Z")) {
        return Some((start, start.plus(DAY)));
    }
    let (time, ahead) = split_offset(text)?;
    let start = utc(&format!("{}Z", time.to_ascii_uppercase()))?;
    let start = Timestamp::from_millis(start.as_millis() - ahead);
    Some((start, start.plus(Duration::from_millis(1))))
}

/// The time before its offset from UTC, and that in milliseconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let (time, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    // A plus in an address stands for a space, unless it is escaped.
    let sign = match offset.as_bytes()[0] {
        b'+' | b' ' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = offset[1..].split_once(':')?;
    let digits =
        |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<i64>().ok());
    let (hours, minutes) = (digits(hours)??, digits(minutes)??);
    (hours < 24 && minutes < 60).then_some((time, sign * (hours * 60 + minutes) * 60_000))
}

fn utc(text: &str) -> Option<Timestamp> {
    let since = humantime::parse_rfc3339(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<(String, String)> {
        parse(text).map(|(start, end)| (start.to_string(), end.to_string()))
    }

    #[test]
    fn a_day_is_one_of_utc_and_a_time_may_be_anywhere() {
        let pair = |start: &str, end: &str| Some((start.to_owned(), end.to_owned()));
        assert_eq!(shown("2026-01-31"), pair("2026-01-31T00:00:00.000Z", "2026-02-01T00:00:00.000Z"));
        let noon = pair("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.001Z");
        for text in ["2026-01-31T12:00:00Z", "2026-01-31t14:00:00+02:00", "2026-01-31T06:30:00.000-05:30"] {
            assert_eq!(shown(text), noon, "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_time() {
        for text in
            ["", "yesterday", "2026-02-30", "31.1.2026", "2026-01-31T12:00", "12:30", "é-02:00", "2026-01"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
