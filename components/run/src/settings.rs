//! `[components.run]`: which commands there are, and how each is run.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

use deskconn_component::process::{Inherited, Limits, Spec};
use deskconn_protocol::grants::Catalogue;
use serde::Deserialize;

/// How many commands there may be.
const MAX_COMMANDS: usize = 64;

/// The longest time that a command can be given: a week.
const MAX_TIMEOUT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The most of its output that can be passed on: 1 GB.
const MAX_OUTPUT_KB: u32 = 1 << 20;

/// What a command gets of the daemon's environment: who its user is, and where the desktop is to be found.
const INHERITED: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "HOME",
    "LANG",
    "LC_ALL",
    "LOGNAME",
    "PATH",
    "TZ",
    "USER",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
];

/// The commands, by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `[components.run.commands.<name>]`.
    #[serde(default)]
    commands: BTreeMap<String, Written>,
}

/// A command and how it is run.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// Its name for people.
    pub(crate) title: String,
    /// What is run, and with what.
    pub(crate) spec: Spec,
    /// How long it may run.
    pub(crate) timeout: Duration,
    /// How many octets of its output are passed on at most.
    pub(crate) max_output: u64,
    /// How fast it may write, in octets a second.
    pub(crate) output_rate: u32,
    /// Whether it has to end before it can be started again.
    pub(crate) one_at_a_time: bool,
    /// Whether it goes on when its caller has gone away.
    pub(crate) keep_running: bool,
}

/// A command as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: Option<String>,
    command: Vec<String>,
    directory: Option<PathBuf>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    timeout_s: Option<u64>,
    max_output_kb: Option<u32>,
    output_kb_per_second: Option<u32>,
    one_at_a_time: Option<bool>,
    #[serde(default)]
    keep_running: bool,
    #[serde(default)]
    limits: Limits,
}

impl Settings {
    /// The commands, checked.
    ///
    /// # Errors
    /// What is wrong, and with which command.
    pub(crate) fn commands(self) -> Result<BTreeMap<String, Command>, String> {
        if self.commands.len() > MAX_COMMANDS {
            return Err(format!("there can be {MAX_COMMANDS} commands at most"));
        }
        let checked = self.commands.into_iter().map(|(name, written)| {
            let command = written
                .check(&name)
                .map_err(|mistake| format!("commands.{name}: {mistake}"))?;
            Ok((name, command))
        });
        checked.collect()
    }
}

impl Written {
    fn check(self, name: &str) -> Result<Command, String> {
        if name.len() > 32 || Catalogue::default().check(&format!("run:{name}")).is_err() {
            return Err(
                "its name is of at most 32 lower-case letters, digits and underscores, and not `list`"
                    .to_owned(),
            );
        }
        if self.command.first().is_none_or(String::is_empty) {
            return Err("`command` is a list of a program and its arguments".to_owned());
        }
        let timeout = Duration::from_secs(self.timeout_s.unwrap_or(600));
        if timeout.is_zero() || timeout > MAX_TIMEOUT {
            return Err("`timeout_s` is a number from 1 to 604800, a week".to_owned());
        }
        let max_output_kb = self.max_output_kb.unwrap_or(1024);
        let output_kb_per_second = self.output_kb_per_second.unwrap_or(256);
        if max_output_kb > MAX_OUTPUT_KB || !(1..=MAX_OUTPUT_KB).contains(&output_kb_per_second) {
            return Err(format!(
                "`max_output_kb` and `output_kb_per_second` are {MAX_OUTPUT_KB} at most"
            ));
        }
        if !self.limits.are_possible() {
            return Err("limits are at least 1, and niceness is from 0 to 19".to_owned());
        }
        let directory = match self.directory {
            Some(directory) if directory.is_absolute() => directory,
            Some(_) => return Err("`directory` is a whole path, from / on".to_owned()),
            None => env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from),
        };
        Ok(Command {
            title: self.title.unwrap_or_else(|| name.to_owned()),
            spec: Spec {
                command: self.command,
                directory,
                inherits: Inherited::Only(INHERITED),
                env: self.environment,
                limits: self.limits,
                sandbox: None,
            },
            timeout,
            max_output: u64::from(max_output_kb) * 1024,
            output_rate: output_kb_per_second.saturating_mul(1024),
            one_at_a_time: self.one_at_a_time.unwrap_or(true),
            keep_running: self.keep_running,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Result<BTreeMap<String, Command>, String> {
        let settings: Settings =
            toml::from_str(text).map_err(|error| error.message().to_owned())?;
        settings.commands()
    }

    #[test]
    fn a_command_that_says_nothing_more_is_alone_and_ends_with_its_caller() {
        let commands = commands("[commands.sync]\ncommand = ['/bin/true', '-v']").expect("right");
        let sync = &commands["sync"];
        assert_eq!(sync.title, "sync");
        assert_eq!(sync.spec.command, ["/bin/true", "-v"]);
        assert_eq!(sync.spec.limits, Limits::default());
        assert_eq!(sync.timeout, Duration::from_secs(600));
        assert_eq!(sync.max_output, 1 << 20);
        assert!(sync.one_at_a_time && !sync.keep_running);
    }

    #[test]
    fn mistakes_are_named() {
        for (more, said) in [
            (
                "[commands.list]\ncommand = ['a']",
                "commands.list: its name",
            ),
            ("[commands.A-b]\ncommand = ['a']", "commands.A-b: its name"),
            ("[commands.a]\ncommand = []", "commands.a: `command`"),
            ("[commands.a]\ncommand = ['']", "commands.a: `command`"),
            ("[commands.a]\ncommand = 'a b'", "invalid type: string"),
            (
                "[commands.a]\ncommand = ['a']\ntimeout_s = 0",
                "`timeout_s`",
            ),
            (
                "[commands.a]\ncommand = ['a']\nmax_output_kb = 2000000",
                "`max_output_kb`",
            ),
            (
                "[commands.a]\ncommand = ['a']\ndirectory = 'b'",
                "`directory` is a whole path",
            ),
            (
                "[commands.a]\ncommand = ['a']\nlimits.niceness = -1",
                "niceness is from 0 to 19",
            ),
            ("[commands.a]\ncommand = ['a']\nshell = true", "`shell`"),
        ] {
            let mistake = commands(more).expect_err(more);
            assert!(mistake.contains(said), "{more}: {mistake}");
        }
    }
}
