//! `org.deskconn.gpio.*`: pins of this computer that its owner has given names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a line sets or tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It tells what is connected.
    Input,
    /// It sets what is connected.
    Output,
}

/// What goes on with an output that changes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// It goes back after a while.
    Pulse,
    /// It goes on and off.
    Blink,
    /// It is on for a part of each period.
    Pwm,
}

/// Result of `org.deskconn.gpio.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lines {
    /// Every line that has a name.
    pub lines: Vec<Status>,
}

/// Result of `org.deskconn.gpio.<line>.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Whether it can be used.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its name, as in the URIs.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether it sets or tells.
    pub direction: Direction,
    /// Whether it is on; of a line that blinks, whether it was when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<bool>,
    /// What is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<Doing>,
    /// Whether callers may change it.
    pub writable: bool,
    /// How often it may change in a second.
    pub max_rate: u32,
    /// The longest pulse; only of outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pulse_ms: Option<u64>,
    /// What its schedule does next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

/// Result of `org.deskconn.gpio.<line>.read`, and of everything that changes a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Value {
    /// Whether it is on.
    pub value: bool,
    /// When that was so, in seconds since 1970.
    pub at: u64,
}

/// What `org.deskconn.gpio.<line>.on_change` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnChange {
    /// Whether it is on.
    pub value: bool,
    /// When it became so, in seconds since 1970.
    pub at: u64,
    /// What is under way; while a line blinks, only beginning and end are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<Doing>,
    /// The `authid` of who did it, or `schedule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Arguments of `org.deskconn.gpio.<line>.write`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Write {
    /// Whether it should be on.
    pub value: bool,
}

/// Arguments of `org.deskconn.gpio.<line>.pulse`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pulse {
    /// For how long, in milliseconds.
    #[schemars(range(min = 1))]
    pub for_ms: u64,
    /// On or off meanwhile; afterwards it is the other.
    #[serde(default = "on")]
    pub value: bool,
}

/// Arguments of `org.deskconn.gpio.<line>.blink`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blink {
    /// How long it is on each time, in milliseconds.
    #[schemars(range(min = 1))]
    pub on_ms: u64,
    /// How long it is off in between, in milliseconds.
    #[schemars(range(min = 1))]
    pub off_ms: u64,
    /// How many times; until it is stopped if not said.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub times: Option<u32>,
}

/// Arguments of `org.deskconn.gpio.<line>.pwm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pwm {
    /// How many periods a second.
    #[schemars(range(min = 1, max = 200))]
    pub frequency_hz: u32,
    /// The part of each period in which it is on.
    #[schemars(range(max = 100))]
    pub duty_percent: u8,
    /// For how long, in milliseconds; until it is stopped if not said.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub for_ms: Option<u64>,
}

/// Result of `org.deskconn.gpio.<line>.schedule` and `.set_schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Schedule {
    /// When it is on; never by itself if there are none.
    pub windows: Vec<Window>,
    /// Whether they come from the configuration, and not from `set_schedule`.
    pub configured: bool,
    /// The time zone they are in.
    pub time_zone: String,
    /// Whether it should be on now, if it has windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    /// What comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

/// Arguments of `org.deskconn.gpio.<line>.set_schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetSchedule {
    /// When it is on; none: never by itself. Not said: as the configuration says.
    #[serde(default)]
    pub windows: Option<Vec<Window>>,
}

/// A part of the day, in the computer's local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// When it begins, `10:00`.
    pub from: String,
    /// When it ends, `16:00`; on the next day if that is not after `from`. `24:00` is midnight.
    pub until: String,
    /// On which days it begins; on every day if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "everybody knows them")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// What a schedule does next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Next {
    /// On or off.
    pub value: bool,
    /// When, in seconds since 1970.
    pub at: u64,
    /// The same in local time, `2026-06-01 10:00`.
    pub local: String,
}

/// Result of `org.deskconn.gpio.chips`, for the owner: what could be given a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chips {
    /// The chips that can be opened.
    pub chips: Vec<Chip>,
}

/// A chip and its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chip {
    /// Its name, `gpiochip0`, which may be another after the next boot.
    pub name: String,
    /// Its label, which stays.
    pub label: String,
    /// Its lines.
    pub lines: Vec<ChipLine>,
}

/// A line of a chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChipLine {
    /// Its number.
    pub offset: u32,
    /// Its name, `GPIO17`, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who uses it, if somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

const fn on() -> bool {
    true
}
