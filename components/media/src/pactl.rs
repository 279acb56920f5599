//! The program `pactl`, which PipeWire and PulseAudio share: fixed arguments, no shell.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use deskconn_component::Unavailable;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// A local server answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where sound goes to, and where it comes from.
const SINK: &str = "@DEFAULT_SINK@";
const SOURCE: &str = "@DEFAULT_SOURCE@";

const HINT: &str = "run the daemon as a service of the user who is logged in, and have PipeWire (pipewire-pulse) or \
     PulseAudio run";

/// How loud it is, as `pactl` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sound {
    /// May be above 100.
    pub(crate) percent: u16,
    pub(crate) muted: bool,
    /// `None` if there is no microphone.
    pub(crate) microphone_muted: Option<bool>,
}

/// How loud it is now.
///
/// # Errors
/// If there is no sound server, or no `pactl`.
pub(crate) async fn look() -> Result<Sound, Unavailable> {
    let percent = run(&["get-sink-volume", SINK]).await?;
    let muted = run(&["get-sink-mute", SINK]).await?;
    let source = run(&["get-default-source"]).await?;
    // What is played can be recorded as well, but that is no microphone.
    let microphone = !source.trim().ends_with(".monitor");
    let microphone_muted = match run(&["get-source-mute", SOURCE]).await {
        Ok(said) if microphone => Some(is_yes(&said)),
        _ => None,
    };
    Ok(Sound {
        percent: read_percent(&percent)
            .ok_or_else(|| unavailable("the sound server has no output"))?,
        muted: is_yes(&muted),
        microphone_muted,
    })
}

/// Sets the volume.
///
/// # Errors
/// As [`look`].
pub(crate) async fn set_volume(percent: u8) -> Result<(), Unavailable> {
    let percent = format!("{}%", percent.min(100));
    run(&["set-sink-volume", SINK, &percent]).await.map(drop)
}

/// Mutes, or not; the other way round than it is without an answer to that.
///
/// # Errors
/// As [`look`].
pub(crate) async fn mute(muted: Option<bool>) -> Result<(), Unavailable> {
    run(&["set-sink-mute", SINK, switch(muted)]).await.map(drop)
}

/// The same for the microphone.
///
/// # Errors
/// As [`look`].
pub(crate) async fn mute_microphone(muted: Option<bool>) -> Result<(), Unavailable> {
    run(&["set-source-mute", SOURCE, switch(muted)])
        .await
        .map(drop)
}

/// Tells when something changes; its program ends with it.
#[derive(Debug)]
pub(crate) struct Subscription {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Subscription {
    /// Begins to listen; `None` if there is no server to listen to.
    pub(crate) fn start() -> Option<Self> {
        if !is_server_there(|name| env::var_os(name)) {
            return None;
        }
        let mut child = command(&["subscribe"])
            .stdout(Stdio::piped())
            .spawn()
            .inspect_err(|error| tracing::debug!(%error, "pactl does not start"))
            .ok()?;
        let lines = BufReader::new(child.stdout.take()?).lines();
        Some(Self {
            _child: child,
            lines,
        })
    }

    /// Waits for something that may be about the volume; `false` when the server has gone. Cancel
    /// safe.
    pub(crate) async fn next(&mut self) -> bool {
        loop {
            match self.lines.next_line().await {
                Ok(Some(line)) if is_about_volume(&line) => return true,
                Ok(Some(_)) => {}
                _ => return false,
            }
        }
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("pactl");
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs `pactl` to its end and gives what it prints.
async fn run(arguments: &[&str]) -> Result<String, Unavailable> {
    if !is_server_there(|name| env::var_os(name)) {
        return Err(Unavailable::without_desktop(
            "no sound server runs here",
            HINT,
        ));
    }
    let output = timeout(PATIENCE, command(arguments).output()).await;
    let output = output.map_err(|_| unavailable("the sound server does not answer"))?;
    let output = output.map_err(|error| {
        tracing::debug!(%error, "pactl does not start");
        Unavailable::new(
            "there is no program `pactl`",
            "install it: `sudo apt install pulseaudio-utils`, or the like",
        )
    })?;
    if !output.status.success() {
        return Err(unavailable("the sound server refuses"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn unavailable(reason: &str) -> Unavailable {
    Unavailable::new(reason, HINT)
}

/// Whether a server listens, by its address or its socket. Without one, `pactl` would start one.
fn is_server_there(env: impl Fn(&str) -> Option<OsString>) -> bool {
    let socket = |folder: OsString| Path::new(&folder).join("pulse/native").exists();
    env("PULSE_SERVER").is_some_and(|server| !server.is_empty())
        || env("XDG_RUNTIME_DIR").is_some_and(socket)
}

const fn switch(muted: Option<bool>) -> &'static str {
    match muted {
        Some(true) => "1",
        Some(false) => "0",
        None => "toggle",
    }
}

/// The loudest channel of `Volume: front-left: 19661 /  30% / -31.37 dB,   front-right: …`.
fn read_percent(said: &str) -> Option<u16> {
    let fields = said.split('/').map(str::trim);
    let percents = fields.filter_map(|field| field.strip_suffix('%')?.parse().ok());
    percents.max()
}

/// `Mute: yes`
fn is_yes(said: &str) -> bool {
    said.trim().ends_with("yes")
}

/// `Event 'change' on sink #0`, and not on `sink-input`.
fn is_about_volume(line: &str) -> bool {
    let about = |what: &str| line.contains(&format!(" on {what}"));
    ["sink #", "source #", "server"]
        .iter()
        .any(|what| about(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_channel_counts() {
        let said = "Volume: front-left: 19661 /  30% / -31.37 dB,   front-right: 26214 /  40% / -23.88 dB\n\
                    \x20       balance 0.25\n";
        assert_eq!(read_percent(said), Some(40));
        assert_eq!(
            read_percent("Volume: mono: 98304 / 150% / 10.57 dB"),
            Some(150)
        );
        assert_eq!(read_percent("No such entity"), None);
    }

    #[test]
    fn what_is_muted_says_yes() {
        assert!(is_yes("Mute: yes\n"));
        assert!(!is_yes("Mute: no\n"));
    }

    #[test]
    fn streams_of_programs_are_not_the_volume() {
        for (line, expected) in [
            ("Event 'change' on sink #51", true),
            ("Event 'new' on source #3", true),
            ("Event 'change' on server", true),
            ("Event 'change' on server #-1", true),
            ("Event 'new' on sink-input #7", false),
            ("Event 'change' on client #9", false),
        ] {
            assert_eq!(is_about_volume(line), expected, "{line}");
        }
    }

    #[test]
    fn no_server_is_started() {
        let folder = env::temp_dir().join("no such folder");
        let env = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| folder.clone().into());
        assert!(!is_server_there(env));
        assert!(!is_server_there(|_| None));
        let server = |name: &str| (name == "PULSE_SERVER").then(|| "unix:/x".into());
        assert!(is_server_there(server));
    }
}
