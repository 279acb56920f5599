//! Times as signed requests write them: RFC 3339 in UTC, as `2026-11-21T14:03:16.826Z`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 3600;

/// The time that `text` is, or `None` if it is none after 1970 or not in UTC. Of a fraction of a second, at
/// most nine digits are read.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_time = hour < 24 && minute < 60 && second < 60;
    if year < 1970 || day < 1 || day > days_of(year, month)? || !is_time {
        return None;
    }
    let seconds = days_until(year, month, day)? * DAY + hour * 3600 + minute * 60 + second;
    let nanoseconds =
        digits(fraction, 1..=9)? * 10_u64.pow(9 - u32::try_from(fraction.len()).ok()?);
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds))
}

/// Three numbers with so many digits each.
fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        *number = digits(parts.next()?, length..=length)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u64> {
    let are_digits = text.bytes().all(|octet| octet.is_ascii_digit());
    (are_digits && lengths.contains(&text.len()))
        .then(|| text.parse().ok())
        .flatten()
}

fn days_of(year: u64, month: u64) -> Option<u64> {
    Some(match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    })
}

/// How many days lie between 1970-01-01 and a date.
fn days_until(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap_days = |year: u64| (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    let mut days = (year - 1970) * 365 + leap_days(year) - leap_days(1970);
    for earlier in 1..month {
        days += days_of(year, earlier)?;
    }
    Some(days + day - 1)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_fraction() {
        for (text, seconds, nanoseconds) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2000-02-29T12:30:15.5Z", 951_827_415, 500_000_000),
            ("2026-11-21T14:03:16.826979Z", 1_795_269_796, 826_979_000),
            ("2100-03-01T00:00:00.000000001Z", 4_107_542_400, 1),
        ] {
            let time = parse(text).expect(text);
            let expected = Duration::new(seconds, nanoseconds);
            assert_eq!(time.duration_since(UNIX_EPOCH).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_in_utc_is_none() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T14:03:16",
            "2026-11-21T14:03:16+00:00",
            "2026-11-21 14:03:16Z",
            "2026-11-31T14:03:16Z",
            "2026-02-29T14:03:16Z",
            "2026-13-01T14:03:16Z",
            "2026-11-21T24:03:16Z",
            "2026-11-21T14:03:60Z",
            "1969-12-31T23:59:59Z",
            "2026-11-21T14:03:16.Z",
            "2026-11-21T14:03:16.0000000001Z",
            "+026-11-21T14:03:16Z",
            "2026-1-21T14:03:16Z",
            "99999-11-21T14:03:16Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
