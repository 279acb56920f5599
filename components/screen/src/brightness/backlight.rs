//! The backlights of the kernel, `/sys/class/backlight` (Documentation/ABI/stable/sysfs-class-backlight).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::display::Display;

/// Connectors of panels that are built in.
const BUILT_IN: [&str; 3] = ["eDP", "LVDS", "DSI"];

/// Where the kernel shows its backlights, and which of them count.
#[derive(Debug, Clone)]
pub(crate) struct Backlights {
    folder: PathBuf,
    /// Only these; all if it is empty.
    only: Vec<String>,
}

/// One backlight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Backlight {
    /// The screen it lights; its id is the device's name.
    pub(crate) display: Display,
    folder: PathBuf,
    control: Control,
    connector: Option<String>,
}

/// What drives a backlight (`type`), best first: where a panel has several, the kernel asks to take
/// them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Control {
    Firmware,
    Platform,
    Raw,
}

impl Backlights {
    /// The backlights below `sysfs`, which is `/sys` but in tests; only those in `only`, if it names
    /// any.
    pub(crate) fn new(sysfs: &Path, only: Vec<String>) -> Self {
        Self {
            folder: sysfs.join("class/backlight"),
            only,
        }
    }

    /// One backlight for each screen: where the panel that is built in has several, the best one.
    pub(crate) fn list(&self) -> Vec<Backlight> {
        let found = self.found();
        if !self.only.is_empty() {
            return found;
        }
        let mut panels = BTreeMap::new();
        let (built_in, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(Backlight::is_built_in);
        // Firmware and platform drivers do not tell which panel is theirs: there is one.
        let one_panel = built_in.iter().any(|light| light.control != Control::Raw);
        for mut light in built_in {
            light.display.name = "Built-in screen".to_owned();
            let panel = match &light.connector {
                Some(connector) if !one_panel => connector.clone(),
                _ => String::new(),
            };
            let best = panels.entry(panel).or_insert_with(|| light.clone());
            if light.rank() < best.rank() {
                *best = light;
            }
        }
        // A raw one that hangs on no connector drives a panel that also has one that does.
        if panels.len() > 1 {
            panels.remove("");
        }
        let mut lights: Vec<_> = panels.into_values().chain(others).collect();
        lights.sort_by_key(Backlight::rank);
        lights
    }

    /// Every backlight that can be read and whose screen is there.
    fn found(&self) -> Vec<Backlight> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut lights: Vec<_> = entries
            .filter_map(|entry| Backlight::read(&entry.ok()?.path()))
            .filter(|light| self.only.is_empty() || self.only.contains(&light.display.id))
            .collect();
        lights.sort_by(|a, b| a.display.id.cmp(&b.display.id));
        lights
    }
}

impl Backlight {
    /// The backlight in `folder`; `None` if it can not be read, as when it goes away just now, or if
    /// no screen is connected there.
    fn read(folder: &Path) -> Option<Self> {
        let id = folder.file_name()?.to_str()?.to_owned();
        let number = |name| -> Option<u32> { word(&folder.join(name))?.parse().ok() };
        let control = match word(&folder.join("type")).as_deref() {
            Some("firmware") => Control::Firmware,
            Some("platform") => Control::Platform,
            _ => Control::Raw,
        };
        if word(&folder.join("device/status")).as_deref() == Some("disconnected") {
            return None;
        }
        Some(Self {
            display: Display {
                name: id.clone(),
                id,
                level: number("brightness")?,
                max: number("max_brightness")?.max(1),
            },
            connector: connector(folder),
            control,
            folder: folder.to_owned(),
        })
    }

    /// The files that change with the brightness: what is asked for, and what the device does.
    pub(crate) fn files(&self) -> [PathBuf; 2] {
        ["brightness", "actual_brightness"].map(|name| self.folder.join(name))
    }

    /// Sets the level by writing the file, which takes root or a rule of udev's.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn write(&self, level: u32) -> io::Result<()> {
        let [file, _] = self.files();
        fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(file)
            .and_then(|mut file| io::Write::write_all(&mut file, level.to_string().as_bytes()))
    }

    /// Whether this process may write the file.
    pub(crate) fn is_writable(&self) -> bool {
        let [file, _] = self.files();
        rustix::fs::access(file, rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// Whether it is of the panel that a laptop or tablet has: the firmware's and the platform's are,
    /// others if they hang on such a connector, or on the graphics card itself and on no connector.
    fn is_built_in(&self) -> bool {
        match (&self.connector, self.control) {
            (Some(connector), Control::Raw) => {
                BUILT_IN.iter().any(|kind| connector.starts_with(kind))
            }
            (None, Control::Raw) => !self.is_on_a_cable(),
            _ => true,
        }
    }

    /// Whether it hangs on something that is plugged in: USB, a HID device, or a monitor's DDC.
    fn is_on_a_cable(&self) -> bool {
        let device = fs::canonicalize(self.folder.join("device"));
        device.is_ok_and(|device| {
            let mut parents = device.components();
            parents.any(|part| {
                let part = part.as_os_str().to_string_lossy();
                ["usb", "i2c-", "uhid"]
                    .iter()
                    .any(|bus| part.starts_with(bus))
            })
        })
    }

    /// By what it is preferred to others; less is better.
    fn rank(&self) -> (bool, Control, bool) {
        (!self.is_built_in(), self.control, self.connector.is_none())
    }
}

/// The connector a backlight hangs on, `eDP-1` of `…/drm/card0/card0-eDP-1`.
fn connector(folder: &Path) -> Option<String> {
    let device = fs::canonicalize(folder.join("device")).ok()?;
    let name = device.file_name()?.to_str()?;
    let (card, connector) = name.split_once('-')?;
    card.starts_with("card").then(|| connector.to_owned())
}

/// What a file of one line says.
fn word(path: &Path) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder like `/sys` with the backlights a test wants.
    #[derive(Debug)]
    struct FakeSysfs(tempfile::TempDir);

    impl FakeSysfs {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a folder"))
        }

        fn path(&self) -> &Path {
            self.0.path()
        }

        /// A backlight whose device is at `device`, below `/sys/devices`.
        fn add(&self, name: &str, kind: &str, device: &str, level: u32, max: u32) {
            let device = self.path().join("devices").join(device);
            let folder = device.join("backlight").join(name);
            fs::create_dir_all(&folder).expect("folders");
            for (file, text) in [
                ("type", kind.to_owned()),
                ("brightness", level.to_string()),
                ("actual_brightness", level.to_string()),
                ("max_brightness", max.to_string()),
            ] {
                fs::write(folder.join(file), text + "\n").expect("a file");
            }
            std::os::unix::fs::symlink(&device, folder.join("device")).expect("a link");
            let class = self.path().join("class/backlight");
            fs::create_dir_all(&class).expect("folders");
            std::os::unix::fs::symlink(&folder, class.join(name)).expect("a link");
        }

        /// A backlight of the panel that is built in.
        fn panel(level: u32, max: u32) -> Self {
            let sysfs = Self::new();
            sysfs.add("panel", "raw", "pci/drm/card0/card0-eDP-1", level, max);
            sysfs
        }

        fn level(&self, name: &str) -> u32 {
            let file = self.path().join("class/backlight").join(name);
            let level = word(&file.join("brightness")).expect("a level");
            level.parse().expect("a number")
        }
    }

    fn ids(sysfs: &FakeSysfs, only: &[&str]) -> Vec<String> {
        let only = only.iter().map(|&name| name.to_owned()).collect();
        let lights = Backlights::new(sysfs.path(), only).list();
        lights.into_iter().map(|light| light.display.id).collect()
    }

    #[test]
    fn a_machine_without_backlights_has_none() {
        assert_eq!(ids(&FakeSysfs::new(), &[]), [""; 0]);
    }

    #[test]
    fn a_panel_with_several_is_set_by_the_firmware_then_the_platform_then_the_driver() {
        let sysfs = FakeSysfs::new();
        sysfs.add("intel_backlight", "raw", "pci/drm/card0/card0-eDP-1", 5, 10);
        assert_eq!(ids(&sysfs, &[]), ["intel_backlight"]);
        sysfs.add("vendor", "platform", "platform/vendor", 5, 10);
        assert_eq!(ids(&sysfs, &[]), ["vendor"]);
        sysfs.add("acpi_video0", "firmware", "pci/acpi", 5, 10);
        assert_eq!(ids(&sysfs, &[]), ["acpi_video0"]);
        assert_eq!(ids(&sysfs, &["intel_backlight"]), ["intel_backlight"]);
    }

    #[test]
    fn a_driver_on_the_panels_connector_goes_before_one_on_the_card() {
        let sysfs = FakeSysfs::new();
        sysfs.add("a_card", "raw", "pci/0000:01:00.0", 5, 10);
        sysfs.add("b_panel", "raw", "pci/drm/card0/card0-eDP-1", 5, 10);
        assert_eq!(ids(&sysfs, &[]), ["b_panel"]);
    }

    #[test]
    fn two_panels_and_a_monitor_are_three_screens() {
        let sysfs = FakeSysfs::new();
        sysfs.add("ddcci5", "raw", "pci/i2c-5/5-0037", 5, 10);
        sysfs.add("lower", "raw", "pci/drm/card0/card0-eDP-2", 5, 10);
        sysfs.add("upper", "raw", "pci/drm/card0/card0-eDP-1", 5, 10);
        assert_eq!(ids(&sysfs, &[]), ["upper", "lower", "ddcci5"]);
    }

    #[test]
    fn a_connector_without_a_screen_does_not_count() {
        let sysfs = FakeSysfs::panel(5, 10);
        sysfs.add("nvidia_0", "raw", "pci/drm/card1/card1-eDP-2", 5, 10);
        let status = "devices/pci/drm/card1/card1-eDP-2/status";
        fs::write(sysfs.path().join(status), "disconnected\n").expect("a file");
        assert_eq!(ids(&sysfs, &[]), ["panel"]);
    }

    #[test]
    fn a_level_that_is_written_is_read() {
        let sysfs = FakeSysfs::panel(500, 1000);
        let backlights = Backlights::new(sysfs.path(), Vec::new());
        let lights = backlights.list();
        assert!(lights[0].is_writable());
        lights[0].write(70).expect("writable");
        assert_eq!(backlights.list()[0].display.level, 70);
        assert_eq!(sysfs.level("panel"), 70);
    }
}
