//! `[components.gpio]`: which lines there are, and what may be done with each.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use deskconn_protocol::api::gpio::{Direction, Window};
use serde::{Deserialize, Serialize};

use crate::LineName;
use crate::schedule::Plan;

/// How many lines there may be.
const MAX_LINES: usize = 64;

/// The most changes a second that can be allowed: what this program can time.
const MAX_RATE: u32 = 400;

/// The lines, by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `[components.gpio.lines.<name>]`.
    #[serde(default)]
    lines: BTreeMap<LineName, Written>,
}

/// One line and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its name for people.
    pub title: String,
    /// Which line of the computer it is.
    pub place: Place,
    /// Whether it is on when its voltage is low.
    pub active_low: bool,
    /// The resistor inside the chip, where it has any.
    pub bias: Option<Bias>,
    /// How many changes a second it takes, or tells of.
    pub max_rate: u32,
    /// Whether it sets or tells.
    pub role: Role,
}

/// A line of the computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The chip's label, as `pinctrl-bcm2711`, or its name, as `gpiochip0`.
    pub chip: Option<String>,
    /// The line.
    pub line: LineRef,
}

/// What a line is called by the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LineRef {
    /// Its number on its chip.
    Offset(u32),
    /// Its name, `GPIO17`.
    Name(String),
}

/// A resistor inside the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// None.
    Disabled,
    /// To the supply.
    PullUp,
    /// To ground.
    PullDown,
}

/// What a line is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It tells what is connected.
    Input {
        /// How long it must be still before a change counts.
        debounce: Duration,
    },
    /// It sets what is connected.
    Output(Output),
}

/// What may be done with an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its state when the component starts.
    pub initial: bool,
    /// Its state when the component does not run.
    pub safe: bool,
    /// Whether callers may change it.
    pub writable: bool,
    /// The longest pulse.
    pub max_pulse: Duration,
    /// When it is on by itself.
    pub schedule: Vec<Window>,
}

/// A line as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    line: LineRef,
    chip: Option<String>,
    title: Option<String>,
    direction: Direction,
    #[serde(default)]
    active_low: bool,
    bias: Option<Bias>,
    max_rate: Option<u32>,
    // Of inputs.
    debounce_ms: Option<u64>,
    // Of outputs.
    initial: Option<bool>,
    safe: Option<bool>,
    writable: Option<bool>,
    max_pulse_ms: Option<u64>,
    schedule: Option<Vec<Window>>,
}

impl Settings {
    /// The lines, checked.
    ///
    /// # Errors
    /// What is wrong, and with which line.
    pub fn lines(self) -> Result<BTreeMap<LineName, Line>, String> {
        if self.lines.len() > MAX_LINES {
            return Err(format!("there can be {MAX_LINES} lines at most"));
        }
        let mut places = BTreeMap::new();
        let mut lines = BTreeMap::new();
        for (name, written) in self.lines {
            let line = written
                .check(&name)
                .map_err(|mistake| format!("lines.{name}: {mistake}"))?;
            let place = line.place.to_string();
            if let Some(other) = places.insert(place.clone(), name.clone()) {
                return Err(format!("lines.{name}: {place} is `{other}` already"));
            }
            lines.insert(name, line);
        }
        Ok(lines)
    }
}

impl Written {
    fn check(self, name: &LineName) -> Result<Line, String> {
        if self.chip.is_none() && matches!(self.line, LineRef::Offset(_)) {
            return Err("`line` is a number, so `chip` must say on which chip".to_owned());
        }
        let max_rate = self.max_rate.unwrap_or(10);
        if !(1..=MAX_RATE).contains(&max_rate) {
            return Err(format!("`max_rate` is a number from 1 to {MAX_RATE}"));
        }
        let role = match self.direction {
            Direction::Input => self.input()?,
            Direction::Output => self.output()?,
        };
        Ok(Line {
            title: self.title.unwrap_or_else(|| name.to_string()),
            place: Place {
                chip: self.chip,
                line: self.line,
            },
            active_low: self.active_low,
            bias: self.bias,
            max_rate,
            role,
        })
    }

    fn input(&self) -> Result<Role, String> {
        let of_outputs = [
            ("initial", self.initial.is_some()),
            ("safe", self.safe.is_some()),
            ("writable", self.writable.is_some()),
            ("max_pulse_ms", self.max_pulse_ms.is_some()),
            ("schedule", self.schedule.is_some()),
        ];
        if let Some((setting, _)) = of_outputs.iter().find(|(_, written)| *written) {
            return Err(format!("an input has no `{setting}`"));
        }
        let debounce = Duration::from_millis(self.debounce_ms.unwrap_or(0));
        if debounce > Duration::from_secs(60) {
            return Err("`debounce_ms` is 60000 at most".to_owned());
        }
        Ok(Role::Input { debounce })
    }

    fn output(&self) -> Result<Role, String> {
        if self.debounce_ms.is_some() {
            return Err("an output has no `debounce_ms`".to_owned());
        }
        let schedule = self.schedule.clone().unwrap_or_default();
        Plan::parse(&schedule).map_err(|error| format!("`schedule`: {error}"))?;
        let max_pulse = Duration::from_millis(self.max_pulse_ms.unwrap_or(60_000));
        if max_pulse.is_zero() || max_pulse > Duration::from_secs(24 * 3600) {
            return Err("`max_pulse_ms` is a number from 1 to 86400000, a day".to_owned());
        }
        let safe = self.safe.unwrap_or(false);
        Ok(Role::Output(Output {
            initial: self.initial.unwrap_or(safe),
            safe,
            writable: self.writable.unwrap_or(true),
            max_pulse,
            schedule,
        }))
    }
}

impl Line {
    /// Whether it sets or tells.
    pub const fn direction(&self) -> Direction {
        match self.role {
            Role::Input { .. } => Direction::Input,
            Role::Output(_) => Direction::Output,
        }
    }

    /// What may be done with it, if it is an output.
    pub const fn output(&self) -> Option<&Output> {
        match &self.role {
            Role::Input { .. } => None,
            Role::Output(output) => Some(output),
        }
    }
}

impl Output {
    /// The longest pulse, in milliseconds.
    pub fn max_pulse_ms(&self) -> u64 {
        u64::try_from(self.max_pulse.as_millis()).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.line {
            LineRef::Name(name) => write!(f, "line {name}")?,
            LineRef::Offset(offset) => write!(f, "line {offset}")?,
        }
        match &self.chip {
            Some(chip) => write!(f, " of {chip}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Result<BTreeMap<LineName, Line>, String> {
        let settings: Settings =
            toml::from_str(text).map_err(|error| error.message().to_owned())?;
        settings.lines()
    }

    #[test]
    fn an_output_that_says_nothing_more_is_off_and_may_be_switched() {
        let lines = lines("[lines.lamp]\nline = 'GPIO17'\ndirection = 'output'").expect("right");
        let lamp = &lines["lamp"];
        assert_eq!(lamp.title, "lamp");
        assert_eq!(lamp.place.to_string(), "line GPIO17");
        let expected = Output {
            initial: false,
            safe: false,
            writable: true,
            max_pulse: Duration::from_secs(60),
            schedule: Vec::new(),
        };
        assert_eq!(lamp.output(), Some(&expected));
    }

    #[test]
    fn a_line_starts_in_its_safe_state_unless_it_says_otherwise() {
        let line = "line = 3\nchip = 'gpiochip0'\ndirection = 'output'\nsafe = true";
        let lines = lines(&format!("[lines.fan]\n{line}")).expect("right");
        assert!(lines["fan"].output().expect("an output").initial);
    }

    #[test]
    fn mistakes_are_named() {
        let output = "line = 'A'\ndirection = 'output'";
        for (text, said) in [
            ("[lines.List]", "`List` is no name for a line"),
            ("[lines.a]\ndirection = 'input'", "missing field `line`"),
            (
                "[lines.a]\nline = 1\ndirection = 'input'",
                "lines.a: `line` is a number",
            ),
            (
                "[lines.a]\nline = 'A'\ndirection = 'input'\nsafe = true",
                "lines.a: an input has no `safe`",
            ),
            (
                &format!("[lines.a]\n{output}\ndebounce_ms = 1"),
                "lines.a: an output has no `debounce_ms`",
            ),
            (
                &format!("[lines.a]\n{output}\nmax_rate = 401"),
                "`max_rate` is a number from 1 to 400",
            ),
            (
                &format!("[lines.a]\n{output}\nschedule = [{{ from = '25:00', until = '1:00' }}]"),
                "lines.a: `schedule`: `25:00` is no time of day",
            ),
            (
                &format!("[lines.a]\n{output}\n[lines.b]\n{output}"),
                "lines.b: line A is `a` already",
            ),
            (
                &format!("[lines.a]\n{output}\ncolour = 1"),
                "unknown field `colour`",
            ),
        ] {
            let mistake = lines(text).expect_err(text);
            assert!(mistake.contains(said), "{text}: {mistake}");
        }
    }
}
