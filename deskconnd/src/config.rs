//! The configuration: one TOML file whose defaults, comments included, are `default.toml`.

mod place;
mod third_party;

use deskconn_component::process::Sandbox;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use third_party::{Health, Limits, Restart, ThirdParty};

/// The default configuration with its comments: the documentation of every setting.
pub const DEFAULT: &str = include_str!("default.toml");

/// The settings of a daemon. Field by field, `default.toml` says what they mean.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Config {
    pub device: Device,
    pub listen: Listen,
    pub discovery: Discovery,
    pub log: Log,
    pub audit: Audit,
    pub runtime: Runtime,
    pub components: BTreeMap<String, Component>,
    #[serde(default)]
    pub component: Vec<ThirdParty>,
}

/// `[device]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Device {
    pub name: String,
}

/// `[listen]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Listen {
    pub tcp: Vec<SocketAddr>,
    pub connections: usize,
    pub strangers: usize,
    pub hosts: Vec<String>,
    pub tls: Tls,
}

/// `[listen.tls]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Tls {
    pub enabled: bool,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// `[discovery]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Discovery {
    pub announce: bool,
    pub interfaces: Vec<String>,
}

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Log {
    pub filter: String,
}

/// `[audit]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Audit {
    pub enabled: bool,
    pub owner: bool,
}

/// `[runtime]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml documents every field")]
pub struct Runtime {
    pub threads: usize,
}

/// `[components.<name>]`: whether it runs, where, and the settings of its own, which it checks itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Component {
    /// Whether it is started.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where it runs.
    #[serde(default)]
    pub process: Process,
    /// What it reaches in a process of its own, besides what it has to do with.
    #[serde(default)]
    pub sandbox: Option<Sandbox>,
    /// The rest.
    #[serde(flatten)]
    pub settings: toml::Table,
}

/// Where a component of the daemon's runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// In the daemon.
    #[default]
    Daemon,
    /// In a process of its own.
    Own,
}

const fn yes() -> bool {
    true
}

/// Why a configuration can not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file can not be read.
    #[error("can not read the configuration {}: {source}", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no configuration. The message names the line.
    #[error("the configuration {} is wrong: {message}", .path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
}

impl ConfigError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "name another file with --config",
            Self::Wrong { .. } => {
                "`deskconnd --print-default-config` shows every setting with its meaning, and with --router-only those of a router"
            }
        }
    }
}

impl Config {
    /// The default configuration with the settings of `text` over it. `path` is for the messages.
    ///
    /// # Errors
    /// If `text` is no TOML, names a setting that does not exist, or gives one a wrong value.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let wrong = |message: String| ConfigError::Wrong {
            path: path.to_owned(),
            message,
        };
        let own: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().to_owned()))?;
        let config = Self::over_defaults(own).map_err(|mistake| {
            // The mistake is in the setting that goes wrong alone.
            let settings = place::settings(text).into_iter();
            let culprit = settings
                .filter_map(|setting| {
                    let mistake = Self::over_defaults(setting.alone).err()?;
                    let (line, keys) = (setting.line, setting.keys.join("."));
                    Some(format!("line {line}, `{keys}`: {mistake}"))
                })
                .next();
            wrong(culprit.unwrap_or(mistake))
        })?;
        config.check_together().map_err(wrong)?;
        Ok(config)
    }

    /// The default configuration with the settings of `own` over it, or what is wrong with them.
    fn over_defaults(own: toml::Table) -> Result<Self, String> {
        let message = |error: toml::de::Error| error.message().to_owned();
        let mut merged: toml::Table = DEFAULT.parse().map_err(message)?;
        overlay(&mut merged, own);
        let config: Self = toml::Value::Table(merged).try_into().map_err(message)?;
        config.check()?;
        Ok(config)
    }

    /// The configuration in the file `path`. If `required` is false, no file means the defaults.
    ///
    /// # Errors
    /// If the file can not be read or is wrong.
    pub fn load(path: &Path, required: bool) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => {
                Self::parse("", path)
            }
            Err(source) => Err(ConfigError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    fn check(&self) -> Result<(), String> {
        if let Some(name) = self
            .components
            .keys()
            .find(|name| !crate::components::is_known(name))
        {
            let known = crate::components::names().collect::<Vec<_>>().join(", ");
            return Err(format!(
                "there is no component `{name}`; there are: {known}"
            ));
        }
        let sandboxes = self.components.values().map(|component| &component.sandbox);
        let sandboxes = sandboxes.chain(self.component.iter().map(|component| &component.sandbox));
        let mut paths = sandboxes
            .flatten()
            .flat_map(|s| s.read.iter().chain(&s.write));
        if let Some(path) = paths.find(|path| !path.is_absolute()) {
            let path = path.display();
            return Err(format!(
                "a sandbox takes whole paths, from / on, and `{path}` is none"
            ));
        }
        for (at, component) in self.component.iter().enumerate() {
            component.check(self.component.get(..at).unwrap_or_default())?;
            component.check_uses(&self.component)?;
        }
        if !(1..=256).contains(&self.runtime.threads) {
            return Err("runtime.threads is a number from 1 to 256".to_owned());
        }
        let Tls {
            certificate, key, ..
        } = &self.listen.tls;
        let is_part = |path: &&PathBuf| is_given(path) && !path.is_absolute();
        if [certificate, key].iter().any(is_part) {
            return Err("listen.tls takes whole paths, from / on".to_owned());
        }
        Ok(())
    }

    /// Whether settings fit each other that are right alone.
    fn check_together(&self) -> Result<(), String> {
        let mut components = self.components.iter();
        if let Some((name, _)) = components.find(|(_, component)| {
            component.sandbox.is_some() && component.process == Process::Daemon
        }) {
            return Err(format!(
                "components.{name} can have a sandbox with `process = \"own\"` only"
            ));
        }
        let Listen {
            strangers,
            connections,
            tls,
            ..
        } = &self.listen;
        if *strangers == 0 || connections < strangers {
            return Err("listen.strangers is at least 1 and at most listen.connections".to_owned());
        }
        if is_given(&tls.certificate) != is_given(&tls.key) {
            return Err("listen.tls needs both a certificate and its key, or neither".to_owned());
        }
        Ok(())
    }
}

fn is_given(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

/// Puts the settings of `over` in the place of those of `base`, table by table.
fn overlay(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => overlay(base, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("test.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_written_means_the_defaults() {
        let config = parse("").unwrap();
        assert_eq!(config, parse(DEFAULT).unwrap());
        assert_eq!(config.listen.tcp, ["[::]:5020".parse().unwrap()]);
        assert!(config.discovery.announce);
    }

    #[test]
    fn a_setting_changes_alone() {
        let config = parse("[listen]\ntcp = []\n[components.slides]\nprofile = 'okular'").unwrap();
        assert_eq!(config.listen.tcp, []);
        assert_eq!(config.listen.strangers, 32);
        assert!(config.components["slides"].enabled);
        assert_eq!(
            config.components["slides"].settings["profile"].as_str(),
            Some("okular")
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (text, said) in [
            (
                "[listen]\ntcp = []\nport = 1",
                "line 3, `listen.port`: unknown field `port`",
            ),
            ("[listen]\ntcp = ['5020']", "line 2, `listen.tcp`: invalid"),
            ("device = 1", "line 1, `device`: invalid type: integer `1`"),
            ("[listen", "line 1"),
            (
                "\n[components.toaster]",
                "line 2, `components.toaster`: there is no component `toaster`",
            ),
            ("[runtime]\nthreads = 0", "line 2, `runtime.threads`"),
            (
                "[components.slides]\nprocess = 'own'\nsandbox.read = ['x']",
                "line 3, `components.slides.sandbox.read`: a sandbox takes whole paths",
            ),
            (
                "[components.slides.sandbox]\nrequired = true",
                "components.slides can have a sandbox with `process = \"own\"` only",
            ),
            (
                "[listen.tls]\ncertificate = 'c.pem'\nkey = '/k.pem'",
                "listen.tls takes whole paths",
            ),
            (
                "[listen]\nstrangers = 1025\nconnections = 1025\n[runtime]\nthreads = 0",
                "line 5, `runtime.threads`",
            ),
            (
                "[[component]]\nname = 'slides'\ncommand = ['true']",
                "component `slides` with the prefix `local.slides.`",
            ),
            (
                "[[component]]\nname = 'lamp'\ncommand = []",
                "component `lamp` has no command",
            ),
            (
                "[[component]]\nname = 'lamp'\ncommand = ['true']\nuses = ['slide']",
                "component `lamp` uses what is no grant: there is no grant `slide`",
            ),
            (
                "[[component]]\nname = 'a'\ncommand = ['true']\n[[component]]\nname = 'b'\ncommand = ['true']\nprefix = 'local.a.b.'",
                "components `a` and `b` have one name",
            ),
            // Wrong together only.
            ("[listen.tls]\nkey = '/k.pem'", "listen.tls needs both"),
            (
                "[listen]\nstrangers = 30\nconnections = 29",
                "listen.strangers is at least 1",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
            assert!(error.contains("test.toml"), "{error}");
        }
    }
}
