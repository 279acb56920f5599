//! The program `xdg-open`, for desktops without a portal: one argument, no shell.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use deskconn_protocol::api::open::Opening;
use tokio::process::Command;
use tokio::time::timeout;

use super::address::Address;

const PROGRAM: &str = "xdg-open";

/// How long it has to fail. It may go on as long as the browser it has started.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a desktop's programs need of our environment; nothing else goes there.
const KEPT: [&str; 21] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_SESSION",
    "DISPLAY",
    "GNOME_DESKTOP_SESSION_ID",
    "HOME",
    "KDE_FULL_SESSION",
    "KDE_SESSION_VERSION",
    "LANG",
    "LC_ALL",
    "LC_MESSAGES",
    "LOGNAME",
    "PATH",
    "USER",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_CONFIG_HOME",
    "XDG_CURRENT_DESKTOP",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
];

/// The program, and the environment it runs in.
#[derive(Debug)]
pub(super) struct Opener {
    program: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

/// Why the program has not opened an address.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotOpened {
    /// It does not start.
    #[error("`{PROGRAM}` can not be started")]
    NotStarted(#[source] io::Error),
    /// It has failed.
    #[error("`{PROGRAM}` fails")]
    Failed,
}

impl Opener {
    /// The program as this environment finds it; `None` without a screen to open anything on, or
    /// without the program.
    pub(super) fn find(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
            return None;
        }
        let program = program(&variable("PATH")?)?;
        let kept = KEPT
            .iter()
            .filter_map(|name| Some((*name, variable(name)?)));
        Some(Self {
            program,
            environment: kept.collect(),
        })
    }

    /// Has it open `address`. It is in a process group of its own, and waited for however long it runs.
    pub(super) async fn open(&self, address: &Address) -> Result<Opening, NotOpened> {
        let mut child = Command::new(&self.program)
            .arg(address.as_str())
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(NotOpened::NotStarted)?;
        match timeout(PATIENCE, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(Opening::Opened),
            Ok(_) => Err(NotOpened::Failed),
            Err(_) => {
                tokio::spawn(async move { child.wait().await });
                Ok(Opening::Requested)
            }
        }
    }
}

/// The program in the first of these directories that has it.
fn program(path: &OsStr) -> Option<PathBuf> {
    let mut directories = env::split_paths(path).filter(|directory| directory.is_absolute());
    directories.find_map(|directory| {
        let program = directory.join(PROGRAM);
        let metadata = program.metadata().ok()?;
        let may_run = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
        may_run.then_some(program)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// A directory with an `xdg-open` that does this.
    fn directory(script: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        let program = directory.path().join(PROGRAM);
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("our file");
        directory
    }

    fn opener(path: &Path, screen: &str) -> Option<Opener> {
        let path = format!("relative:{}:/usr/bin:/bin", path.display());
        Opener::find(|name| match name {
            "DISPLAY" => Some(screen.into()),
            "PATH" => Some(path.clone().into()),
            "DESKCONN_TICKET" | "NOTIFY_SOCKET" => Some("secret".into()),
            "HOME" => Some("/home/ana".into()),
            _ => None,
        })
    }

    fn address() -> Address {
        Address::parse("https://example.org/?a=$(b)&c='d';e").expect("an address")
    }

    #[test]
    fn there_is_nothing_to_open_with_where_there_is_no_screen() {
        let with = directory("exit 0");
        assert!(opener(with.path(), ":0").is_some());
        assert!(opener(with.path(), "").is_none());
        assert!(Opener::find(|_| None).is_none());
        let without = |name: &str| match name {
            "DISPLAY" => Some(":0".into()),
            "PATH" => Some("/nonexistent:.".into()),
            _ => None,
        };
        assert!(Opener::find(without).is_none());
    }

    #[tokio::test]
    async fn it_gets_one_argument_and_little_of_the_environment() {
        let directory = directory(
            r#"{ echo "$#"; echo "$1"; env | sort | grep -v '^_=\|^PWD=\|^OLDPWD=\|^SHLVL='; } > "${0%/*}/said""#,
        );
        let opener = opener(directory.path(), ":7").expect("an opener");
        let opened = opener.open(&address()).await.expect("opened");
        assert_eq!(opened, Opening::Opened);
        let said = fs::read_to_string(directory.path().join("said")).expect("a file");
        let lines: Vec<_> = said.lines().collect();
        let path = format!("PATH=relative:{}:/usr/bin:/bin", directory.path().display());
        let expected = [
            "1",
            address().as_str(),
            "DISPLAY=:7",
            "HOME=/home/ana",
            path.as_str(),
        ]
        .map(str::to_owned);
        assert_eq!(lines, expected);
    }

    #[tokio::test]
    async fn one_that_fails_has_opened_nothing() {
        let directory = directory("exit 3");
        let opener = opener(directory.path(), ":7").expect("an opener");
        let error = opener.open(&address()).await.expect_err("it fails");
        assert_eq!(error.to_string(), "`xdg-open` fails");
    }
}
