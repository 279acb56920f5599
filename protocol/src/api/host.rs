//! `org.deskconn.host.*`: how the computer itself is doing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `org.deskconn.host.status`. What this computer can not tell is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    /// Whether it can say anything: always.
    pub available: bool,
    /// Its host name.
    pub name: String,
    /// How long it has been up, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_s: Option<u64>,
    /// How many programs wanted to run, on average of the last one, five and fifteen minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// How many programs can run at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
    /// Its memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Space>,
    /// The file system at `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Space>,
    /// How warm its processor is, degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Its battery, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<Battery>,
}

/// How many programs wanted to run, on average of some minutes (`proc_loadavg(5)`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Load {
    /// Of the last minute.
    pub one: f64,
    /// Of the last five.
    pub five: f64,
    /// Of the last fifteen.
    pub fifteen: f64,
}

/// Room for data, octets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Space {
    /// How much there is.
    pub total: u64,
    /// How much of that programs can still have.
    pub available: u64,
}

/// The battery; also what `org.deskconn.host.on_battery` carries. Several are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Battery {
    /// How full it is, 0 to 100.
    #[schemars(range(max = 100))]
    pub percent: u8,
    /// What it does.
    pub state: Charge,
    /// Until it is empty, or full if it is charging, minutes; left out if nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes_left: Option<u64>,
}

/// What a battery does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// It gets fuller.
    Charging,
    /// It gets emptier.
    Discharging,
    /// It is full.
    Full,
    /// It is plugged in, and stays as it is.
    Idle,
    /// Nothing tells.
    #[default]
    Unknown,
}
