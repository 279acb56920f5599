//! How much may wait for the sessions of a realm, and what becomes of those that do not read it
//! (docs/adr/0011).

use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// How much may wait for the sessions of a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Queues {
    /// How many octets may wait for one session. A message of the largest size has to fit.
    pub(crate) session: usize,
    /// How many octets may wait for all sessions together, whatever their number. Beyond that the
    /// session that most waits for ends. An event counts for each of its receivers, although they
    /// share it in memory.
    pub(crate) realm: usize,
    /// What becomes of a session that is behind.
    pub(crate) slow_readers: SlowReaders,
    /// How long publishers wait for a session, each time, with [`SlowReaders::Backpressure`]. Written
    /// in seconds.
    #[serde(deserialize_with = "seconds")]
    pub(crate) patience: Duration,
}

impl Default for Queues {
    /// 16 MiB for one session, 256 MiB for all, and slow readers are closed; where publishers wait for
    /// them, for ten seconds.
    fn default() -> Self {
        Self {
            session: 16 << 20,
            realm: 256 << 20,
            slow_readers: SlowReaders::default(),
            patience: Duration::from_secs(10),
        }
    }
}

/// What becomes of a session that is sent more than it reads. In every case what waits for it is
/// bounded, and a session whose queue is over its budget ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SlowReaders {
    /// Senders pause for it for a few milliseconds, so that bursts pass; then it ends. No message is
    /// lost to a session that lives.
    #[default]
    Close,
    /// It goes on without some EVENTs, and is told how many. Nobody pauses for them.
    DropEvents,
    /// Publishers wait until it has room, for at most [`Queues::patience`] each time; then it ends.
    /// Its other senders pause as with [`SlowReaders::Close`].
    Backpressure,
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_is_as_always() {
        let queues: Queues = toml::from_str("slow_readers = 'backpressure'\npatience = 3").unwrap();
        let expected = Queues {
            slow_readers: SlowReaders::Backpressure,
            patience: Duration::from_secs(3),
            ..Queues::default()
        };
        assert_eq!(queues, expected);
        let error = toml::from_str::<Queues>("slow_readers = 'wait'").unwrap_err();
        assert!(error.message().contains("`drop-events`"), "{error}");
    }
}
