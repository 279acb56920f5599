//! A panel with a backlight, as far as files go.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::wait::eventually;

/// A folder that looks like `/sys` and has one backlight, `panel`, of 1000 steps.
#[derive(Debug, Clone)]
pub struct Panel {
    sysfs: PathBuf,
}

impl Panel {
    /// A panel at this level, with its files below `folder`.
    ///
    /// # Panics
    ///
    /// When there is no room for it.
    pub fn new(folder: &Path, level: u32) -> Self {
        let sysfs = folder.join("sys");
        let connector = sysfs.join("devices/card0-eDP-1");
        let device = connector.join("panel");
        let class = sysfs.join("class/backlight");
        fs::create_dir_all(&device).expect("a folder");
        fs::create_dir_all(&class).expect("a folder");
        symlink(&connector, device.join("device")).expect("a link");
        symlink(&device, class.join("panel")).expect("a link");
        for (file, text) in [("type", "raw"), ("max_brightness", "1000")] {
            fs::write(device.join(file), text).expect("a file");
        }
        let panel = Self { sysfs };
        panel.set(level);
        panel
    }

    /// Where the files are.
    pub fn sysfs(&self) -> &Path {
        &self.sysfs
    }

    /// The level now.
    ///
    /// # Panics
    ///
    /// When the file has something else in it.
    pub fn level(&self) -> u32 {
        self.read().expect("a level")
    }

    /// Waits until the level is this.
    ///
    /// # Panics
    ///
    /// When it is not by the deadline.
    pub async fn expect(&self, level: u32) {
        let what = format!("the panel is at {level}");
        eventually(&what, async || (self.read() == Some(level)).then_some(())).await;
    }

    /// Somebody sets the level, as by keys.
    ///
    /// # Panics
    ///
    /// When it can not be written.
    pub fn set(&self, level: u32) {
        fs::write(self.file(), level.to_string()).expect("a file");
    }

    fn read(&self) -> Option<u32> {
        // The file may be empty for the moment in which it is written.
        fs::read_to_string(self.file()).ok()?.trim().parse().ok()
    }

    fn file(&self) -> PathBuf {
        self.sysfs.join("class/backlight/panel/brightness")
    }
}
