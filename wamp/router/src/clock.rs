//! Turns points on the monotonic clock into the dates that the meta API gives, and reads those it
//! takes.

use serde::Deserialize;
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wamp_proto::date;

/// One moment on both clocks, from which others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// The moment as the realm's `now` counts.
    pub instant: Instant,
    /// The same moment as people count.
    pub date: SystemTime,
}

impl Epoch {
    /// The date of `at` in UTC as ISO 8601 writes it, to the millisecond.
    pub(crate) fn iso_8601(&self, at: Instant) -> String {
        iso_8601(self.millis(at))
    }

    /// The milliseconds from 1970 (UTC) to `at`.
    pub(crate) fn millis(&self, at: Instant) -> u64 {
        let date = match at.checked_duration_since(self.instant) {
            Some(after) => self.date.checked_add(after),
            None => self.date.checked_sub(self.instant.duration_since(at)),
        };
        let since_1970 = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        let millis = since_1970.unwrap_or_default().as_millis();
        u64::try_from(millis).unwrap_or(u64::MAX)
    }
}

/// A date so many milliseconds after 1970 (UTC), as ISO 8601 writes it.
pub(crate) fn iso_8601(millis: u64) -> String {
    date::iso_8601(Duration::from_millis(millis))
}

/// A date as RFC 3339 writes it, in nanoseconds from 1970 (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Date(i128);

impl Date {
    pub(crate) const fn from_millis(millis: u64) -> Self {
        Self(millis as i128 * 1_000_000)
    }
}

impl TryFrom<String> for Date {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Date {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        rfc_3339(text).ok_or("a date is written as 2026-01-31T23:59:59Z")
    }
}

/// RFC 3339, section 5.6: `YYYY-MM-DDThh:mm:ss`, perhaps a fraction, and `Z` or `+hh:mm`.
fn rfc_3339(text: &str) -> Option<Date> {
    let text = text.to_ascii_uppercase();
    let (date, time) = text.split_once(['T', ' '])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let zone_at = time.find(['Z', '+', '-'])?;
    let (time, zone) = time.split_at_checked(zone_at)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, ahead) => {
            let [hours, minutes] = numbers(ahead, ':', [2, 2])?;
            let seconds = hours * 3600 + minutes * 60;
            (hours < 24 && minutes < 60).then_some(if sign == "-" { -seconds } else { seconds })?
        }
    };
    // A second 60 is a leap second, which this clock counts with the next.
    let in_a_day = hour < 24 && minute < 60 && second <= 60;
    if !in_a_day || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let nanos = nanos(fraction)?;
    Some(Date(i128::from(seconds - offset) * 1_000_000_000 + nanos))
}

/// Numbers of so many digits each, and nothing else.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = part
            .bytes()
            .all(|c| c.is_ascii_digit())
            .then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(numbers)
}

/// A fraction of a second, whose digits beyond the ninth do not count.
fn nanos(fraction: &str) -> Option<i128> {
    if fraction.is_empty() || !fraction.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(digits.fold(0, |nanos, digit| nanos * 10 + i128::from(digit - b'0')))
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970 to a date, before if negative. The inverse of [`date::civil`].
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (march_year.div_euclid(400), march_year.rem_euclid(400));
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_709_251_200, "2024-03-01T00:00:00.000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso_8601(seconds * 1000), date);
            assert_eq!(date.parse(), Ok(Date::from_millis(seconds * 1000)));
        }
        assert_eq!(iso_8601(1234), "1970-01-01T00:00:01.234Z");
    }

    #[test]
    fn dates_are_read_in_every_form_of_rfc_3339() {
        let noon = Date::from_millis(1_709_208_000_000);
        for text in [
            "2024-02-29T12:00:00Z",
            "2024-02-29t12:00:00z",
            "2024-02-29 12:00:00.000Z",
            "2024-02-29T13:30:00+01:30",
            "2024-02-28T22:00:00-14:00",
        ] {
            assert_eq!(text.parse(), Ok(noon), "{text}");
        }
        let later = |text: &str| text.parse::<Date>().map(|date| date.0 - noon.0);
        assert_eq!(later("2024-02-29T12:00:00.0000000019Z"), Ok(1));
        assert_eq!(later("2024-02-29T12:00:00.5Z"), Ok(500_000_000));
        assert_eq!("1969-12-31T23:59:59Z".parse(), Ok(Date(-1_000_000_000)));
        for text in [
            "",
            "2024-02-29",
            "2024-02-29T12:00:00",
            "2024-02-29T12:00:00.Z",
            "2024-02-29T24:00:00Z",
            "2023-02-29T12:00:00Z",
            "2024-13-01T12:00:00Z",
            "2024-1-01T12:00:00Z",
            "2024-02-29T12:00:00+1:00",
            "2024-02-29T12:00:00Zulu",
            "2024-02-29T12:00:+0Z",
            "zwölf",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
