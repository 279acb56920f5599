//! Spans of time as people type and read them.

use std::time::Duration;

use deskconn_protocol::api::grants::Lasting;

/// Reads `90s`, `5m`, `1h`, `7d`, `500ms` or a plain number of seconds.
///
/// # Errors
///
/// A sentence for the person who typed it.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration: write 90s, 5m, 1h, 7d or 500ms");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let unit = text.get(digits.len()..).ok_or_else(wrong)?;
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let total = number.checked_mul(milliseconds).ok_or_else(wrong)?;
    Ok(Duration::from_millis(total))
}

/// Reads how long something is to last: a span, or `forever`.
///
/// # Errors
///
/// A sentence for the person who typed it.
pub(crate) fn lasting(text: &str) -> Result<Lasting, String> {
    match text {
        "forever" => Ok(Lasting::Forever),
        text => match parse(text)? {
            Duration::ZERO => Err("it must last for some time".to_owned()),
            span => Ok(span.into()),
        },
    }
}

/// Minutes and seconds for a countdown: `1:58`.
pub(crate) fn clock(span: Duration) -> String {
    // The last second still shows as one: `0:00` would look over.
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The two largest units: `3 h 12 min`.
pub(crate) fn rough(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// How long before `now` something was, both in seconds since 1970: `3 h ago`.
pub(crate) fn ago(then: u64, now: u64) -> String {
    let seconds = now.saturating_sub(then);
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_the_usual_units() {
        for (text, milliseconds) in [
            ("90", 90_000),
            ("90s", 90_000),
            ("5m", 300_000),
            ("5min", 300_000),
            ("1h", 3_600_000),
            ("7d", 604_800_000),
            ("250ms", 250),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in [
            "",
            "m",
            "-5s",
            "5 m",
            "1.5h",
            "5w",
            "99999999999999999999",
            "5é",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("{}h", u64::MAX)).is_err());
    }

    #[test]
    fn what_lasts_ends_some_time_or_never() {
        assert_eq!(lasting("8h"), Ok(Lasting::ForMs(28_800_000)));
        assert_eq!(lasting("forever"), Ok(Lasting::Forever));
        assert!(lasting("0").is_err());
        assert!(lasting("ever").is_err());
    }

    #[test]
    fn spans_are_written_for_people() {
        let seconds = Duration::from_secs;
        assert_eq!(clock(seconds(118)), "1:58");
        assert_eq!(clock(Duration::from_millis(1)), "0:01");
        assert_eq!(clock(seconds(0)), "0:00");
        assert_eq!(rough(seconds(7)), "7 s");
        assert_eq!(rough(seconds(61)), "1 min 1 s");
        assert_eq!(rough(seconds(11_520)), "3 h 12 min");
        assert_eq!(rough(seconds(200_000)), "2 d 7 h");
    }

    #[test]
    fn moments_are_told_as_seen_from_now() {
        for (then, text) in [
            (1_000_000, "just now"),
            (1_000_500, "just now"),
            (999_000, "16 min ago"),
            (990_000, "2 h ago"),
            (0, "11 d ago"),
        ] {
            assert_eq!(ago(then, 1_000_000), text);
        }
    }
}
