//! Media players and the volume: two components that a remote control shows together.
//!
//! [`Media`] speaks MPRIS with players, [`Volume`] has `pactl` speak with PipeWire or PulseAudio. Neither
//! plays anything; of files they look only at the pictures that players name.

mod art;
mod media;
mod mpris;
mod pactl;
mod player;
mod volume;

pub use media::Media;
pub use volume::Volume;

use serde::Deserialize;

/// `[components.media]` and `[components.volume]`: nothing to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}
