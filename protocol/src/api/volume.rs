//! `org.deskconn.volume.*`: how loud it is, and the microphone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of every `org.deskconn.volume.*` procedure, and what `.on_change` carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Volume {
    /// Whether there is a volume to set.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How loud it is, 0 to 100; what is amplified beyond counts as 100.
    #[schemars(range(max = 100))]
    pub percent: u8,
    /// Whether nothing is heard.
    pub muted: bool,
    /// Whether the microphone hears nothing; left out if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microphone_muted: Option<bool>,
}

/// Arguments of `org.deskconn.volume.set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetVolume {
    /// How loud, 0 to 100.
    #[schemars(range(max = 100))]
    pub percent: u8,
}

/// Arguments of `org.deskconn.volume.step`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepVolume {
    /// How many percent louder, or quieter if it is negative.
    pub by: i16,
}

/// Arguments of `org.deskconn.volume.mute` and `.mute_microphone`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mute {
    /// Whether it is to be muted; if it is left out, the other way round than it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
}
