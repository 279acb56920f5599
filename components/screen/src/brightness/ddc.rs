//! External monitors over DDC/CI, by the program `ddcutil`, which knows what monitors get wrong: fixed
//! arguments, no shell.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use deskconn_component::Unavailable;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::display::Display;

/// The brightness among what a monitor can be told (VESA MCCS, VCP code 10h).
const BRIGHTNESS: &str = "10";

/// Buses without a monitor are tried for seconds.
const PATIENCE: Duration = Duration::from_secs(30);

const LACKS: &str = "`ddcutil environment` tells what is missing, as the right to use /dev/i2c-*";

/// How many monitors are asked for at most.
const MONITORS: usize = 8;

/// The monitors, asked for in the background whenever something is plugged in or out: asking takes
/// seconds, and setting one a tenth of a second.
///
/// What its own buttons do to a monitor is seen when it is asked for the next time.
#[derive(Debug)]
pub(crate) struct Monitors {
    connectors: PathBuf,
    plugged: BTreeMap<PathBuf, String>,
    known: Vec<Display>,
    asking: Option<JoinHandle<Vec<Display>>>,
}

impl Monitors {
    /// The monitors at the connectors below `sysfs`.
    pub(crate) fn new(sysfs: &Path) -> Self {
        Self {
            connectors: sysfs.join("class/drm"),
            plugged: BTreeMap::new(),
            known: Vec::new(),
            asking: None,
        }
    }

    /// Those that have answered. Asks again if other ones are plugged in than before; [`Self::changed`]
    /// ends when they have answered.
    pub(crate) fn look(&mut self) -> &[Display] {
        let plugged = plugged(&self.connectors);
        if self.asking.is_none() && plugged != self.plugged {
            self.plugged = plugged;
            self.asking = Some(tokio::spawn(ask()));
        }
        &self.known
    }

    /// Whether this is one of them.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.known.iter().any(|monitor| monitor.id == id)
    }

    /// Sets a monitor's level.
    ///
    /// # Errors
    /// If the monitor does not take it.
    pub(crate) async fn set(&mut self, id: &str, level: u32) -> Result<(), Unavailable> {
        // Two at once would disturb each other on the monitor's bus.
        if self.asking.is_some() {
            self.changed().await;
        }
        let level_text = level.to_string();
        ddcutil(&["--bus", bus(id), "setvcp", BRIGHTNESS, &level_text]).await?;
        if let Some(monitor) = self.known.iter_mut().find(|monitor| monitor.id == id) {
            monitor.level = level;
        }
        Ok(())
    }

    /// Waits until those that are asked have answered. Cancel safe.
    pub(crate) async fn changed(&mut self) {
        let Some(asking) = &mut self.asking else {
            return std::future::pending().await;
        };
        self.known = asking.await.unwrap_or_default();
        self.asking = None;
    }
}

impl Drop for Monitors {
    fn drop(&mut self) {
        if let Some(asking) = &self.asking {
            asking.abort();
        }
    }
}

/// What is plugged in where, as the kernel says.
fn plugged(connectors: &Path) -> BTreeMap<PathBuf, String> {
    let entries = fs::read_dir(connectors).into_iter().flatten().flatten();
    let status = entries.filter_map(|entry| {
        let path = entry.path();
        let status = fs::read_to_string(path.join("status")).ok()?;
        Some((path, status))
    });
    status.collect()
}

/// Every monitor that tells its brightness.
async fn ask() -> Vec<Display> {
    let found = match ddcutil(&["detect", "--brief"]).await {
        Ok(said) => detected(&said),
        Err(error) => {
            tracing::warn!("monitors can not be asked for their brightness: {error}");
            return Vec::new();
        }
    };
    let mut monitors = Vec::new();
    for (id, name) in found.into_iter().take(MONITORS) {
        match ddcutil(&["--bus", bus(&id), "getvcp", BRIGHTNESS, "--brief"]).await {
            Ok(said) => monitors.extend(levels(&said).map(|(level, max)| Display {
                id,
                name,
                level,
                max,
            })),
            Err(error) => {
                tracing::info!(monitor = name, "it does not tell its brightness: {error}");
            }
        }
    }
    monitors
}

/// Runs `ddcutil` to its end and gives what it prints.
async fn ddcutil(arguments: &[&str]) -> Result<String, Unavailable> {
    let mut command = Command::new("ddcutil");
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await;
    let output = output
        .map_err(|_| Unavailable::new("ddcutil does not come to an end", LACKS))?
        .map_err(|error| {
            let hint = "install it: `sudo apt install ddcutil`, or the like";
            Unavailable::new(
                format!("the program `ddcutil` does not start: {error}"),
                hint,
            )
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let mut lines = stderr.lines().chain(stdout.lines()).map(str::trim);
    let reason = lines.find(|line| !line.is_empty());
    let reason = reason.unwrap_or("no reason");
    Err(Unavailable::new(format!("ddcutil fails: {reason}"), LACKS))
}

/// The bus of the monitor `i2c-4`: `4`.
fn bus(id: &str) -> &str {
    id.trim_start_matches("i2c-")
}

/// The monitors of `ddcutil detect --brief`, by bus and name. What it calls an invalid display, as a
/// panel that is built in, is none.
fn detected(said: &str) -> Vec<(String, String)> {
    let displays = said.split("\n\n").filter_map(|display| {
        let mut lines = display.trim_start().lines();
        lines.next().filter(|line| line.starts_with("Display "))?;
        let field = |name: &str| {
            let mut fields = lines.clone().filter_map(|line| line.trim().split_once(':'));
            fields.find_map(|(key, value)| (key == name).then_some(value.trim()))
        };
        let id = field("I2C bus")?.strip_prefix("/dev/")?;
        bus(id).parse::<u32>().ok()?;
        // Manufacturer, model and serial number.
        let name = field("Monitor")?.split(':').nth(1).unwrap_or_default();
        let name = if name.is_empty() { "Monitor" } else { name };
        Some((id.to_owned(), name.to_owned()))
    });
    displays.collect()
}

/// The level and the highest one of `VCP 10 C 50 100`.
fn levels(said: &str) -> Option<(u32, u32)> {
    let mut words = said.split_whitespace().skip_while(|word| *word != "VCP");
    let what = [words.next()?, words.next()?, words.next()?];
    let (level, max) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (what == ["VCP", BRIGHTNESS, "C"] && max > 0).then_some((level, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitors_are_told_from_panels_and_from_what_does_not_answer() {
        let said = "Invalid display\n   I2C bus:  /dev/i2c-3\n   DRM connector:           card0-eDP-1\n   \
                    Monitor:             BOE::\n\nDisplay 1\n   I2C bus:  /dev/i2c-4\n   DRM connector: \
                    card0-DP-1\n   Monitor:             DEL:DELL U2415:7MT01\n\nDisplay 2\n   \
                    I2C bus:  /dev/i2c-12\n   Monitor:  GSM::\n\nDisplay 3\n   USB bus: 1\n";
        let expected = [("i2c-4", "DELL U2415"), ("i2c-12", "Monitor")];
        let expected = expected.map(|(id, name)| (id.to_owned(), name.to_owned()));
        assert_eq!(detected(said), expected);
        assert_eq!(detected("No displays found.\n"), []);
        assert_eq!(
            detected("Display 1\n   I2C bus:  /dev/i2c-1 --force\n   Monitor: a:b:c\n"),
            []
        );
    }

    #[test]
    fn a_level_is_read_where_there_is_one() {
        for (said, expected) in [
            ("VCP 10 C 50 100\n", Some((50, 100))),
            ("VCP 10 C 0 255", Some((0, 255))),
            ("VCP 10 ERR\n", None),
            ("VCP 12 C 50 100", None),
            ("VCP 10 C 50 0", None),
            ("VCP 10 C -1 100", None),
            ("", None),
        ] {
            assert_eq!(levels(said), expected, "{said}");
        }
    }
}
