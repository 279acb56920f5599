//! A user's home that exists for one test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use deskconn_protocol::paths::Paths;
use tempfile::TempDir;

use crate::output::{Output, output_of};
use crate::programs;
use crate::running::Running;

/// Nothing that reaches out of the test: no announcements on the machine's network, no pointer, no key
/// presses and nothing shown on its desktop, and its screen left alone.
const QUIET: &str = "
    discovery.announce = false
    components.input.enabled = false
    components.media.enabled = false
    components.notify.enabled = false
    components.open.enabled = false
    components.screen.enabled = false
    components.slides.enabled = false
    components.volume.enabled = false
";

/// Variables by which programs would find the desktop and the services of the user who runs the tests.
const FOREIGN: [&str; 9] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "RUST_LOG",
    "SNAP_NAME",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_SESSION_TYPE",
];

/// A home directory with its state, configuration and runtime directories, gone when the last
/// clone is dropped. The daemon's identity and devices are in it, so a daemon started in the home of
/// another is the same one.
#[derive(Clone, Debug)]
pub struct TempHome {
    directory: Arc<TempDir>,
    paths: Paths,
}

impl TempHome {
    /// An empty home whose daemon announces nothing and presses no keys.
    ///
    /// # Panics
    ///
    /// When there is no room for it.
    pub fn new() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("deskconn-")
            .tempdir()
            .expect("a temporary directory");
        let variables = variables(directory.path());
        let value = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.into())
        };
        let paths = Paths::from_env(value, false).expect("HOME is among the variables");
        let home = Self {
            directory: Arc::new(directory),
            paths,
        };
        home.configure(QUIET);
        home
    }

    /// Writes the daemon's configuration, instead of the quiet one.
    ///
    /// # Panics
    ///
    /// When it can not be written.
    pub fn configure(&self, toml: &str) {
        let folder = self.paths.config.parent().expect("a file is in a folder");
        std::fs::create_dir_all(folder).expect("a writable home");
        std::fs::write(&self.paths.config, toml).expect("a writable home");
    }

    /// The home directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where the daemon of this home keeps what is its own.
    pub const fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Makes `command` a command of this home's user, who has nothing to do with the user who runs
    /// the tests.
    pub fn adopt<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DESKCONN_") {
                command.env_remove(name);
            }
        }
        // What a test has set is of the test.
        let set: Vec<_> = command
            .get_envs()
            .map(|(name, _)| name.to_owned())
            .collect();
        for name in FOREIGN {
            if !set.iter().any(|set| set == name) {
                command.env_remove(name);
            }
        }
        command.envs(variables(self.path()))
    }

    /// Runs `deskconn` with these arguments to its end.
    ///
    /// # Panics
    ///
    /// When it has not ended by the deadline.
    pub async fn cli(&self, arguments: &[&str]) -> Output {
        self.run(Command::new(programs::deskconn()), arguments)
            .await
    }

    /// Runs `command` with these arguments to its end.
    ///
    /// # Panics
    ///
    /// When it has not ended by the deadline.
    pub async fn run(&self, mut command: Command, arguments: &[&str]) -> Output {
        self.adopt(command.args(arguments));
        output_of(command).await
    }

    /// Starts `deskconn` with these arguments.
    ///
    /// # Panics
    ///
    /// When it can not be started.
    pub fn start_cli(&self, arguments: &[&str]) -> Running {
        self.start(Command::new(programs::deskconn()), arguments)
    }

    /// Starts `command` with these arguments.
    ///
    /// # Panics
    ///
    /// When it can not be started.
    pub fn start(&self, mut command: Command, arguments: &[&str]) -> Running {
        self.adopt(command.args(arguments));
        Running::start(command)
    }
}

impl Default for TempHome {
    fn default() -> Self {
        Self::new()
    }
}

fn variables(home: &Path) -> [(&'static str, PathBuf); 4] {
    [
        ("HOME", home.to_path_buf()),
        ("XDG_CONFIG_HOME", home.join("config")),
        ("XDG_RUNTIME_DIR", home.join("runtime")),
        ("XDG_STATE_HOME", home.join("state")),
    ]
}
