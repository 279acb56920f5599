//! Turns points on the monotonic clock into the dates that the meta API gives.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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
        let date = match at.checked_duration_since(self.instant) {
            Some(after) => self.date.checked_add(after),
            None => self.date.checked_sub(self.instant.duration_since(at)),
        };
        let since_1970 = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        format(since_1970.unwrap_or_default())
    }
}

fn format(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = since_1970.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of a number of days since 1970.
///
/// Years are counted from March, so that the leap day is the last of its year, in eras of 400 years,
/// which all have 146,097 days.
const fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
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
            assert_eq!(format(Duration::from_secs(seconds)), date);
        }
        assert_eq!(
            format(Duration::from_millis(1234)),
            "1970-01-01T00:00:01.234Z"
        );
    }
}
