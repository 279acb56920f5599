//! `org.deskconn.media.*`: the media players of a desktop.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::octets::Octets;

/// Result of `org.deskconn.media.status`, and what `.on_change` carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// Whether players can be seen here.
    pub available: bool,
    /// Why not, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The players, the one that calls mean by default first.
    #[serde(default)]
    pub players: Vec<Player>,
}

/// A media player.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Player {
    /// What calls name it by.
    pub id: String,
    /// What people know it by.
    pub name: String,
    /// What it does.
    pub state: Playback,
    /// The title of what it plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who made that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// On what it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub album: Option<String>,
    /// Whether there may be a picture of it; `art` gives it.
    pub has_art: bool,
    /// How long it is, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_ms: Option<u64>,
    /// Where it was when this was written down, milliseconds from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_ms: Option<u64>,
    /// Whether it can be told to play.
    pub can_play: bool,
    /// Whether it can be told to pause.
    pub can_pause: bool,
    /// Whether there is a next track.
    pub can_next: bool,
    /// Whether there is a previous track.
    pub can_previous: bool,
    /// Whether it can go to another place.
    pub can_seek: bool,
}

/// What a player does.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Playback {
    /// It plays.
    Playing,
    /// It was paused.
    Paused,
    /// It does nothing.
    #[default]
    Stopped,
}

/// Arguments of the procedures that tell a player to do something, and of `org.deskconn.media.art`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfPlayer {
    /// Which player; the first of the status if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player: Option<String>,
}

/// Arguments of `org.deskconn.media.seek`: one of `position_ms` and `by_ms`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seek {
    /// Which player; the first of the status if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player: Option<String>,
    /// Where to, milliseconds from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_ms: Option<u64>,
    /// How far, milliseconds from where it is; back if it is negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_ms: Option<i64>,
}

/// Result of `org.deskconn.media.art`: the picture of what is played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Art {
    /// What kind of picture it is.
    pub mime: Picture,
    /// The picture: octets, and in JSON `\0` and base64.
    pub bytes: Octets,
}

/// A kind of picture, as its media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Picture {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
}
