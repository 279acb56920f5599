//! What windows of the day mean for a moment: on or off, and what comes next.
//!
//! Each window is two moments of a day. A time that the clocks skip in spring comes as much later as
//! they were put forward; one that comes twice in autumn counts when it comes first.

use deskconn_protocol::api::gpio::{Day, Window};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// More than enough for a week that is different every day.
const MAX_WINDOWS: usize = 32;

/// How many days ahead the next change is looked for: what a week does not bring never comes.
const DAYS_AHEAD: i64 = 8;

const MIDNIGHT: &str = "24:00";

/// Windows that make sense.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan(Vec<Span>);

/// One window.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    from: Time,
    until: Time,
    /// Whether `until` is on the day after.
    overnight: bool,
    /// The days on which it begins; every day if empty.
    days: Vec<Day>,
}

/// Why windows make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadWindow {
    /// Not a time.
    #[error("`{0}` is no time of day, like 10:00")]
    Time(String),
    /// It has no length.
    #[error("a window from {0} until {0} is empty; for the whole day write 00:00 until 24:00")]
    Empty(String),
    /// Too many.
    #[error("there can be {MAX_WINDOWS} windows at most")]
    TooMany,
}

impl Plan {
    /// Reads windows.
    pub(crate) fn parse(windows: &[Window]) -> Result<Self, BadWindow> {
        if windows.len() > MAX_WINDOWS {
            return Err(BadWindow::TooMany);
        }
        let spans = windows.iter().map(Span::parse).collect::<Result<_, _>>()?;
        Ok(Self(spans))
    }

    /// Whether it says anything at all.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is on at `now` in the time zone `tz`.
    pub(crate) fn is_on(&self, now: Timestamp, tz: &TimeZone) -> bool {
        is_in(&self.moments(now, tz), now)
    }

    /// When it next changes after `now`, and whether it is on then.
    pub(crate) fn next(&self, now: Timestamp, tz: &TimeZone) -> Option<(Timestamp, bool)> {
        let moments = self.moments(now, tz);
        let on = is_in(&moments, now);
        let mut edges: Vec<_> = moments
            .iter()
            .flat_map(|(from, until)| [*from, *until])
            .collect();
        edges.sort_unstable();
        // What is on for ever seems to end where nothing is looked for any more.
        let last = now + (24 * DAYS_AHEAD).hours();
        let mut later = edges.into_iter().filter(|edge| now < *edge && *edge < last);
        let next = later.find(|edge| is_in(&moments, *edge) != on)?;
        Some((next, !on))
    }

    /// Beginning and end of every window around `now`, from the day before it.
    fn moments(&self, now: Timestamp, tz: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
        let today = tz.to_datetime(now).date();
        let days = (-1..=DAYS_AHEAD + 1).filter_map(|days| today.checked_add(days.days()).ok());
        let days: Vec<_> = days.collect();
        let spans = self
            .0
            .iter()
            .flat_map(|span| days.iter().map(move |day| (span, *day)));
        spans.filter_map(|(span, day)| span.on(day, tz)).collect()
    }
}

fn is_in(moments: &[(Timestamp, Timestamp)], now: Timestamp) -> bool {
    moments
        .iter()
        .any(|(from, until)| *from <= now && now < *until)
}

impl Span {
    fn parse(window: &Window) -> Result<Self, BadWindow> {
        let from = time(&window.from)?;
        let (until, overnight) = if window.until == MIDNIGHT {
            (Time::midnight(), true)
        } else {
            let until = time(&window.until)?;
            (until, until <= from)
        };
        if until == from && window.until != MIDNIGHT {
            return Err(BadWindow::Empty(window.from.clone()));
        }
        Ok(Self {
            from,
            until,
            overnight,
            days: window.days.clone(),
        })
    }

    /// Its beginning and end if it begins on `date`.
    fn on(&self, date: Date, tz: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        if !self.days.is_empty() && !self.days.contains(&day(date.weekday())) {
            return None;
        }
        let last = if self.overnight {
            date.tomorrow().ok()?
        } else {
            date
        };
        let moment = |date: Date, time: Time| tz.to_timestamp(date.to_datetime(time)).ok();
        Some((moment(date, self.from)?, moment(last, self.until)?))
    }
}

/// Reads `10:00`, or `9:30`.
fn time(text: &str) -> Result<Time, BadWindow> {
    let bad = || BadWindow::Time(text.to_owned());
    let number = |digits: &str| -> Option<i8> {
        let is_number =
            (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| digits.parse().ok())?
    };
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let (Some(hour), Some(minute), 2) = (number(hour), number(minute), minute.len()) else {
        return Err(bad());
    };
    Time::new(hour, minute, 0, 0).map_err(|_| bad())
}

const fn day(weekday: Weekday) -> Day {
    match weekday {
        Weekday::Monday => Day::Mon,
        Weekday::Tuesday => Day::Tue,
        Weekday::Wednesday => Day::Wed,
        Weekday::Thursday => Day::Thu,
        Weekday::Friday => Day::Fri,
        Weekday::Saturday => Day::Sat,
        Weekday::Sunday => Day::Sun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::DateTime;

    fn berlin() -> TimeZone {
        // The rule itself, so that no file of the system is needed.
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a rule")
    }

    fn window(from: &str, until: &str, days: &[Day]) -> Window {
        Window {
            from: from.to_owned(),
            until: until.to_owned(),
            days: days.to_vec(),
        }
    }

    fn plan(windows: &[Window]) -> Plan {
        Plan::parse(windows).expect("it makes sense")
    }

    /// The state at `from` and the next `count` changes, in local time with its distance from UTC.
    fn changes(plan: &Plan, from: &str, count: usize) -> String {
        let tz = berlin();
        let local: DateTime = from.parse().expect("a moment");
        let mut now = tz.to_timestamp(local).expect("it exists");
        let mut told = vec![if plan.is_on(now, &tz) { "on" } else { "off" }.to_owned()];
        for _ in 0..count {
            let Some((at, on)) = plan.next(now, &tz) else {
                told.push("for ever".to_owned());
                break;
            };
            assert_eq!(plan.is_on(at, &tz), on);
            let local = at
                .to_zoned(tz.clone())
                .strftime("%a %d %H:%M%:z")
                .to_string();
            told.push(format!("{local} {}", if on { "on" } else { "off" }));
            now = at;
        }
        told.join(", ")
    }

    #[test]
    fn the_sun_from_ten_to_four() {
        let plan = plan(&[window("10:00", "16:00", &[])]);
        assert_eq!(
            changes(&plan, "2026-06-01T09:00", 3),
            "off, Mon 01 10:00+02:00 on, Mon 01 16:00+02:00 off, Tue 02 10:00+02:00 on"
        );
        assert_eq!(
            changes(&plan, "2026-06-01T10:00", 1),
            "on, Mon 01 16:00+02:00 off"
        );
        assert_eq!(
            changes(&plan, "2026-06-01T16:00", 1),
            "off, Tue 02 10:00+02:00 on"
        );
    }

    #[test]
    fn only_on_some_days_and_over_midnight() {
        let plan = plan(&[window("22:00", "6:30", &[Day::Fri, Day::Sat])]);
        assert_eq!(
            changes(&plan, "2026-06-01T12:00", 5),
            "off, Fri 05 22:00+02:00 on, Sat 06 06:30+02:00 off, Sat 06 22:00+02:00 on, \
             Sun 07 06:30+02:00 off, Fri 12 22:00+02:00 on"
        );
    }

    #[test]
    fn windows_that_touch_are_one() {
        let morning = window("00:00", "12:00", &[]);
        let evening = window("12:00", "24:00", &[]);
        assert_eq!(
            changes(&plan(&[morning.clone(), evening]), "2026-06-01T09:00", 1),
            "on, for ever"
        );
        let afternoon = window("11:00", "13:00", &[]);
        assert_eq!(
            changes(&plan(&[morning, afternoon]), "2026-06-01T09:00", 1),
            "on, Mon 01 13:00+02:00 off"
        );
        assert_eq!(changes(&plan(&[]), "2026-06-01T09:00", 1), "off, for ever");
    }

    #[test]
    fn hours_that_are_skipped_come_later() {
        // On 29 March 2026 the clocks go from 02:00 to 03:00.
        let plan = plan(&[window("02:15", "02:45", &[])]);
        assert_eq!(
            changes(&plan, "2026-03-28T12:00", 3),
            "off, Sun 29 03:15+02:00 on, Sun 29 03:45+02:00 off, Mon 30 02:15+02:00 on"
        );
        let sun = self::plan(&[window("10:00", "16:00", &[])]);
        assert_eq!(
            changes(&sun, "2026-03-28T16:00", 1),
            "off, Sun 29 10:00+02:00 on"
        );
    }

    #[test]
    fn hours_that_come_twice_count_once() {
        // On 25 October 2026 the clocks go from 03:00 back to 02:00.
        let plan = plan(&[window("02:15", "02:45", &[])]);
        assert_eq!(
            changes(&plan, "2026-10-24T12:00", 3),
            "off, Sun 25 02:15+02:00 on, Sun 25 02:45+02:00 off, Mon 26 02:15+01:00 on"
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (from, until, said) in [
            ("10", "16:00", "`10` is no time of day, like 10:00"),
            ("10:00", "16:60", "`16:60` is no time of day, like 10:00"),
            ("10:00", "-1:00", "`-1:00` is no time of day, like 10:00"),
            ("24:00", "16:00", "`24:00` is no time of day, like 10:00"),
            ("10:0", "16:00", "`10:0` is no time of day, like 10:00"),
            (
                "10:00",
                "10:00",
                "a window from 10:00 until 10:00 is empty; for the whole day write 00:00 until 24:00",
            ),
        ] {
            let refused = Plan::parse(&[window(from, until, &[])]).expect_err(from);
            assert_eq!(refused.to_string(), said);
        }
        let many = vec![window("10:00", "16:00", &[]); 33];
        assert_eq!(Plan::parse(&many), Err(BadWindow::TooMany));
    }
}
