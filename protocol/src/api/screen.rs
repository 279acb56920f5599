//! `org.deskconn.screen.*`: how bright the screen is, whether it is locked, and keeping it awake.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::octets::Octets;

/// Result of `org.deskconn.screen.brightness.status`, `.set` and `.step`, and what `.on_change` carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Brightness {
    /// Whether the brightness of a screen can be set.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The screens that have a brightness.
    #[serde(default)]
    pub displays: Vec<Display>,
    /// Whether somebody has the screens brighter for a while.
    #[serde(default)]
    pub boosted: bool,
}

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Display {
    /// What calls name it by.
    pub id: String,
    /// What people know it by.
    pub name: String,
    /// How bright it is, 0 to 100.
    #[schemars(range(max = 100))]
    pub percent: u8,
}

/// Arguments of `org.deskconn.screen.brightness.set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetBrightness {
    /// How bright, 0 to 100. Nothing makes a screen black: 0 is taken as 1.
    #[schemars(range(max = 100))]
    pub percent: u8,
    /// Which screen; without it, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// In what time, milliseconds; at once if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_ms: Option<u64>,
}

/// Arguments of `org.deskconn.screen.brightness.step`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepBrightness {
    /// How many percent brighter, or darker if it is negative.
    pub by: i16,
    /// Which screen; without it, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// Arguments of `org.deskconn.screen.brightness.boost`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Boost {
    /// How bright every screen is at least, 0 to 100.
    #[schemars(range(max = 100))]
    pub percent: u8,
    /// For how long, milliseconds; until it is restored or the session ends, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
}

/// What somebody has for a while: result of `org.deskconn.screen.brightness.boost` and
/// `org.deskconn.screen.awake.keep`, and arguments of `.restore` and `.release`.
///
/// It ends with the session that took it, whatever else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lease {
    /// Its number, which means something to the session that took it only.
    pub lease: u64,
}

/// Result of `org.deskconn.screen.lock.status`, and what `.on_change` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lock {
    /// Whether the screen can be locked.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it is locked.
    pub state: LockState,
}

/// Whether the screen is locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LockState {
    /// It is.
    Locked,
    /// It is not.
    Unlocked,
    /// Nothing on this desktop tells.
    #[default]
    Unknown,
}

/// Result of `org.deskconn.screen.lock.lock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockResult {
    /// What came of it.
    pub state: Locking,
}

/// What came of locking the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Locking {
    /// It is locked.
    Locked,
    /// The desktop was asked to; nothing has said yet that it is.
    Requested,
}

/// Result of `org.deskconn.screen.unlock.unlock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnlockResult {
    /// What came of it.
    pub state: Unlocking,
}

/// What came of unlocking the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unlocking {
    /// It is not locked any more.
    Unlocked,
    /// The desktop was asked to; nothing has said yet that it is.
    Requested,
}

/// Arguments of `org.deskconn.screen.awake.keep`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeepAwake {
    /// For how long, milliseconds; until it is released or the session ends, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Why, in a few words that the desktop may show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Result of `org.deskconn.screen.awake.status` and `.release`, and what `.on_change` carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Awake {
    /// Whether the screen can be kept awake.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it is.
    pub awake: bool,
    /// Why, in the words of those who keep it so.
    #[serde(default)]
    pub why: Vec<String>,
}

/// Result of `org.deskconn.screen.screenshot.take`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    /// What it is: `image/png`.
    pub mime: String,
    /// The picture, or what is left of it after the parts.
    pub octets: Octets,
}

/// A part of a picture that is too large for one message, in the order of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PicturePart {
    /// The part.
    pub octets: Octets,
}
