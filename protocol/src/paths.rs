//! Where the daemon's socket, state and configuration are: one answer for the daemon, the command
//! line and the components.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names the Unix socket directly.
pub const ENV_SOCKET: &str = "DESKCONN_SOCKET";
/// Names the state directory directly.
pub const ENV_STATE_DIR: &str = "DESKCONN_STATE_DIR";
/// Names the configuration file directly.
pub const ENV_CONFIG: &str = "DESKCONN_CONFIG";

const SOCKET_NAME: &str = "deskconnd.sock";
const CONFIG_NAME: &str = "deskconnd.toml";

/// Where a daemon keeps what is its own.
///
/// | | a user's daemon | root's daemon | in a snap |
/// |---|---|---|---|
/// | `socket` | `$XDG_RUNTIME_DIR/deskconn/deskconnd.sock` | `/run/deskconn/deskconnd.sock` | `$SNAP_COMMON/run/deskconnd.sock` |
/// | `state_dir` | `$XDG_STATE_HOME/deskconn`, else `~/.local/state/deskconn` | `/var/lib/deskconn` | `$SNAP_COMMON/state` |
/// | `config` | `$XDG_CONFIG_HOME/deskconn/deskconnd.toml`, else under `~/.config` | `/etc/deskconn/deskconnd.toml` | `$SNAP_COMMON/deskconnd.toml` |
///
/// Root counts as a user when its login session has an `XDG_RUNTIME_DIR`. A user without one has the
/// socket in the state directory. [`ENV_SOCKET`], [`ENV_STATE_DIR`] and [`ENV_CONFIG`] go before
/// everything. As the XDG specification demands, a variable that is empty or not an absolute path
/// counts as unset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The Unix socket of the owner's door.
    pub socket: PathBuf,
    /// The directory of the identity and the paired devices; mode 0700.
    pub state_dir: PathBuf,
    /// The configuration file, which need not exist.
    pub config: PathBuf,
}

impl Paths {
    /// Works the paths out of the environment, looked up through `env` (`std::env::var_os` does),
    /// for a process that is root or not.
    ///
    /// # Errors
    ///
    /// If a user has neither a home nor all the variables that make up for it.
    pub fn from_env(env: impl Fn(&str) -> Option<OsString>, is_root: bool) -> Result<Self, NoHome> {
        let dir = |name: &str| {
            env(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let defaults = match (own_snap(&env, &dir), dir("XDG_RUNTIME_DIR")) {
            (Some(common), _) => Ok(Self::in_snap(&common)),
            (None, None) if is_root => Ok(Self::of_system()),
            (None, runtime) => Self::of_user(runtime, &dir),
        };
        match (dir(ENV_SOCKET), dir(ENV_STATE_DIR), dir(ENV_CONFIG)) {
            (Some(socket), Some(state_dir), Some(config)) => Ok(Self {
                socket,
                state_dir,
                config,
            }),
            (socket, state_dir, config) => {
                let defaults = defaults?;
                Ok(Self {
                    socket: socket.unwrap_or(defaults.socket),
                    state_dir: state_dir.unwrap_or(defaults.state_dir),
                    config: config.unwrap_or(defaults.config),
                })
            }
        }
    }

    fn in_snap(common: &Path) -> Self {
        Self {
            socket: common.join("run").join(SOCKET_NAME),
            state_dir: common.join("state"),
            config: common.join(CONFIG_NAME),
        }
    }

    fn of_system() -> Self {
        Self {
            socket: Path::new("/run/deskconn").join(SOCKET_NAME),
            state_dir: PathBuf::from("/var/lib/deskconn"),
            config: Path::new("/etc/deskconn").join(CONFIG_NAME),
        }
    }

    fn of_user(
        runtime: Option<PathBuf>,
        dir: &impl Fn(&str) -> Option<PathBuf>,
    ) -> Result<Self, NoHome> {
        let below = |variable: &str, in_home: &str| {
            dir(variable)
                .or_else(|| dir("HOME").map(|home| home.join(in_home)))
                .map(|base| base.join("deskconn"))
                .ok_or(NoHome)
        };
        let state_dir = below("XDG_STATE_HOME", ".local/state")?;
        let config = below("XDG_CONFIG_HOME", ".config")?.join(CONFIG_NAME);
        let socket = match runtime {
            Some(runtime) => runtime.join("deskconn").join(SOCKET_NAME),
            None => state_dir.join(SOCKET_NAME),
        };
        Ok(Self {
            socket,
            state_dir,
            config,
        })
    }
}

/// `$SNAP_COMMON`, if the snap is ours: a terminal started by another snap passes its own on.
fn own_snap(
    env: &impl Fn(&str) -> Option<OsString>,
    dir: &impl Fn(&str) -> Option<PathBuf>,
) -> Option<PathBuf> {
    let name = env("SNAP_NAME")?;
    (name == "deskconn" || name == "deskconnd").then(|| dir("SNAP_COMMON"))?
}

/// There is no home directory to keep state in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no home directory: set HOME, or DESKCONN_SOCKET, DESKCONN_STATE_DIR and DESKCONN_CONFIG")]
pub struct NoHome;

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{NoHome, Paths};

    fn paths(env: &[(&str, &str)], is_root: bool) -> Result<[String; 3], NoHome> {
        let lookup = |name: &str| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let Paths {
            socket,
            state_dir,
            config,
        } = Paths::from_env(lookup, is_root)?;
        Ok([socket, state_dir, config].map(|path| path.display().to_string()))
    }

    fn check(env: &[(&str, &str)], is_root: bool, expected: [&str; 3]) {
        assert_eq!(paths(env, is_root), Ok(expected.map(str::to_owned)));
    }

    #[test]
    fn a_user_has_the_xdg_directories() {
        check(
            &[("HOME", "/home/ana"), ("XDG_RUNTIME_DIR", "/run/user/1000")],
            false,
            [
                "/run/user/1000/deskconn/deskconnd.sock",
                "/home/ana/.local/state/deskconn",
                "/home/ana/.config/deskconn/deskconnd.toml",
            ],
        );
        check(
            &[
                ("XDG_RUNTIME_DIR", "/r"),
                ("XDG_STATE_HOME", "/s"),
                ("XDG_CONFIG_HOME", "/c"),
            ],
            false,
            [
                "/r/deskconn/deskconnd.sock",
                "/s/deskconn",
                "/c/deskconn/deskconnd.toml",
            ],
        );
    }

    #[test]
    fn a_user_without_a_runtime_directory_has_the_socket_with_the_state() {
        check(
            &[("HOME", "/home/ana"), ("XDG_RUNTIME_DIR", "relative")],
            false,
            [
                "/home/ana/.local/state/deskconn/deskconnd.sock",
                "/home/ana/.local/state/deskconn",
                "/home/ana/.config/deskconn/deskconnd.toml",
            ],
        );
    }

    #[test]
    fn root_is_the_system_unless_it_is_logged_in() {
        check(
            &[("HOME", "/root")],
            true,
            [
                "/run/deskconn/deskconnd.sock",
                "/var/lib/deskconn",
                "/etc/deskconn/deskconnd.toml",
            ],
        );
        let logged_in = [("HOME", "/root"), ("XDG_RUNTIME_DIR", "/run/user/0")];
        let [socket, ..] = paths(&logged_in, true).expect("paths");
        assert_eq!(socket, "/run/user/0/deskconn/deskconnd.sock");
    }

    #[test]
    fn only_our_own_snap_counts() {
        let common = ("SNAP_COMMON", "/var/snap/deskconn/common");
        check(
            &[("SNAP_NAME", "deskconn"), common, ("HOME", "/root")],
            true,
            [
                "/var/snap/deskconn/common/run/deskconnd.sock",
                "/var/snap/deskconn/common/state",
                "/var/snap/deskconn/common/deskconnd.toml",
            ],
        );
        let editor = [
            ("SNAP_NAME", "code"),
            ("SNAP_COMMON", "/var/snap/code/common"),
            ("HOME", "/home/ana"),
        ];
        let [_, state_dir, _] = paths(&editor, false).expect("paths");
        assert_eq!(state_dir, "/home/ana/.local/state/deskconn");
    }

    #[test]
    fn our_own_variables_go_first() {
        let own = [
            ("DESKCONN_SOCKET", "/t/s"),
            ("DESKCONN_STATE_DIR", "/t/d"),
            ("DESKCONN_CONFIG", "/t/c"),
        ];
        check(&own, false, ["/t/s", "/t/d", "/t/c"]);
        assert_eq!(paths(&own[..2], false), Err(NoHome));
        let [socket, state_dir, _] = paths(&[own[0], ("HOME", "/home/ana")], false).expect("paths");
        assert_eq!(
            [&*socket, &*state_dir],
            ["/t/s", "/home/ana/.local/state/deskconn"]
        );
    }
}
