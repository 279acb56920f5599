//! Why a component cannot run on this machine, and what its owner can do about it.

use serde::{Deserialize, Serialize};

/// What a component answers when the hardware or the permission it needs is missing.
///
/// Shown to people as it is: by the daemon's log, `deskconn status` and the callers of the
/// component's procedures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}; hint: {hint}")]
pub struct Unavailable {
    /// What is missing, in lower case without a full stop.
    pub reason: String,
    /// What to do, as a command where one is enough.
    pub hint: String,
    /// Whether it is a desktop that is missing: on a server that is as it should be.
    #[serde(default)]
    pub no_desktop: bool,
}

impl Unavailable {
    /// An answer from its two sentences.
    pub fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: hint.into(),
            no_desktop: false,
        }
    }

    /// The same, where a desktop would have what is missing.
    pub fn without_desktop(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            no_desktop: true,
            ..Self::new(reason, hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_failed_and_what_to_do() {
        let unavailable = Unavailable::new("there is no /dev/uinput", "run `modprobe uinput`");
        assert_eq!(
            unavailable.to_string(),
            "there is no /dev/uinput; hint: run `modprobe uinput`"
        );
    }
}
