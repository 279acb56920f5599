//! `[[component]]`: commands of the owner's choice that offer procedures of their own.

use deskconn_component::process;
use deskconn_protocol::grants::{Catalogue, Foreign};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A command that the daemon runs as a component. `default.toml` says what the fields mean.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct ThirdParty {
    pub name: String,
    pub command: Vec<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub directory: Option<PathBuf>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    prefix: Option<String>,
    #[serde(default)]
    pub uses: Vec<String>,
    #[serde(default)]
    pub for_web: bool,
    #[serde(default)]
    pub restart: Restart,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub sandbox: Option<process::Sandbox>,
    #[serde(default)]
    pub health: Health,
}

/// When a command that has ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// However it ended.
    #[default]
    Always,
    /// Unless it ended by itself and said that all was well.
    OnFailure,
    /// Not by itself.
    Never,
}

/// What the process of a component may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Limits {
    pub memory_mb: u64,
    pub open_files: u64,
    pub niceness: i32,
    pub messages_per_second: u32,
    pub output_kb_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let process::Limits {
            memory_mb,
            open_files,
            niceness,
        } = process::Limits::default();
        Self {
            memory_mb,
            open_files,
            niceness,
            messages_per_second: 500,
            output_kb_per_second: 64,
        }
    }
}

impl Limits {
    /// Those that the system holds it to.
    pub const fn of_process(&self) -> process::Limits {
        process::Limits {
            memory_mb: self.memory_mb,
            open_files: self.open_files,
            niceness: self.niceness,
        }
    }
}

/// When a component is taken to hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    join_within: u64,
    every: u64,
    within: u64,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            join_within: 30,
            every: 10,
            within: 5,
        }
    }
}

impl Health {
    /// How long it may be there without a session.
    pub const fn join_within(&self) -> Duration {
        Duration::from_secs(self.join_within)
    }

    /// How often it is asked whether it lives.
    pub const fn every(&self) -> Duration {
        Duration::from_secs(self.every)
    }

    /// How long it may take to answer that.
    pub const fn within(&self) -> Duration {
        Duration::from_secs(self.within)
    }
}

impl ThirdParty {
    /// What its procedures and topics begin with.
    pub fn prefix(&self) -> String {
        let own = self.prefix.clone();
        own.unwrap_or_else(|| format!("local.{}.", self.name))
    }

    /// What devices can be granted of it.
    pub fn foreign(&self) -> Foreign {
        Foreign {
            name: self.name.clone(),
            prefix: self.prefix(),
            for_web: self.for_web,
        }
    }

    /// What is wrong with what it uses, where `all` are the components of the configuration.
    pub(super) fn check_uses(&self, all: &[Self]) -> Result<(), String> {
        let catalogue = Catalogue::new(all.iter().map(Self::foreign).collect());
        let mut grants = self.uses.iter().map(|grant| catalogue.check(grant));
        match grants.find_map(Result::err) {
            None => Ok(()),
            Some(refused) => Err(format!(
                "component `{}` uses what is no grant: {refused}; {}",
                self.name,
                refused.hint(&catalogue)
            )),
        }
    }

    /// What is wrong with it where other components are called `others` and have their prefixes.
    pub(super) fn check(&self, others: &[Self]) -> Result<(), String> {
        let (name, prefix) = (&self.name, self.prefix());
        if !self.foreign().is_possible() || crate::components::is_known(name) {
            return Err(format!(
                "component `{name}` with the prefix `{prefix}`: its name is a word of a to z, 0 to 9 and `_` that is no grant or component of the daemon's own, and its prefix ends in a dot and is not under `org.deskconn.` or `wamp.`"
            ));
        }
        if self.command.first().is_none_or(String::is_empty) {
            return Err(format!("component `{name}` has no command"));
        }
        let positive = [
            self.limits.messages_per_second.into(),
            self.limits.output_kb_per_second.into(),
            self.health.join_within,
            self.health.every,
            self.health.within,
        ];
        if positive.contains(&0) || !self.limits.of_process().are_possible() {
            return Err(format!(
                "component `{name}`: limits and times are at least 1, and niceness is from 0 to 19"
            ));
        }
        let overlaps = |other: &&Self| {
            let theirs = other.prefix();
            other.name == *name || theirs.starts_with(&prefix) || prefix.starts_with(&theirs)
        };
        match others.iter().find(overlaps) {
            None => Ok(()),
            Some(other) => Err(format!(
                "components `{}` and `{name}` have one name, or the prefix of one is in that of the other",
                other.name
            )),
        }
    }
}

const fn yes() -> bool {
    true
}
