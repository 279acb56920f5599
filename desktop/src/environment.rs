//! The variables of the desktop's session, also for a service that was started before it.

use std::collections::BTreeMap;

use zbus::proxy::CacheProperties;

use crate::{Buses, is_there};

const SYSTEMD: &str = "org.freedesktop.systemd1";

/// The part of systemd's D-Bus interface that we use (`org.freedesktop.systemd1(5)`).
#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    #[zbus(property)]
    fn environment(&self) -> zbus::Result<Vec<String>>;
}

/// The environment variables of a desktop's session.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Of this process.
    own: BTreeMap<String, String>,
    /// What the session has told the user's systemd, as desktops do when they start.
    told: BTreeMap<String, String>,
}

impl Environment {
    /// The variables of this process and, after them, those that the session has told systemd.
    pub async fn of_session(buses: &Buses) -> Self {
        let told = told(buses).await.unwrap_or_default();
        let told = told.iter().filter_map(|line| line.split_once('='));
        let own = std::env::vars_os();
        let own = own.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self {
            own: own.collect(),
            told: told
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// The variable `name`; none if it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.own.get(name).or_else(|| self.told.get(name));
        value.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the desktop is a Wayland one.
    pub fn is_wayland(&self) -> bool {
        self.get("WAYLAND_DISPLAY").is_some() || self.get("XDG_SESSION_TYPE") == Some("wayland")
    }
}

async fn told(buses: &Buses) -> zbus::Result<Vec<String>> {
    let bus = buses.session().await?;
    if !is_there(&bus, SYSTEMD).await {
        return Ok(Vec::new());
    }
    let manager = ManagerProxy::builder(&bus)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    manager.environment().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(own: &[(&str, &str)], told: &[(&str, &str)]) -> Environment {
        let map = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        Environment {
            own: map(own),
            told: map(told),
        }
    }

    #[test]
    fn what_the_process_has_goes_before_what_the_session_has_told() {
        let both = environment(&[("DISPLAY", ":1")], &[("DISPLAY", ":0"), ("HOME", "/h")]);
        assert_eq!(both.get("DISPLAY"), Some(":1"));
        assert_eq!(both.get("HOME"), Some("/h"));
        assert_eq!(both.get("XAUTHORITY"), None);
    }

    #[test]
    fn a_wayland_desktop_is_known_by_its_display_or_its_type() {
        assert!(environment(&[], &[("WAYLAND_DISPLAY", "wayland-0")]).is_wayland());
        assert!(environment(&[("XDG_SESSION_TYPE", "wayland")], &[]).is_wayland());
        assert!(!environment(&[("XDG_SESSION_TYPE", "tty"), ("DISPLAY", ":0")], &[]).is_wayland());
        assert!(!environment(&[("WAYLAND_DISPLAY", "")], &[]).is_wayland());
    }
}
