//! The routers that are measured, started for it: the relay, ours, and those of others that are installed.

mod peers;

pub use peers::peers;

use crate::process::Process;
use crate::scenario::{Door, Target};
use crate::words::Serializer;
use anyhow::{Context, bail};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The realm that everybody joins.
pub const REALM: &str = "realm1";

/// A program that can be measured, not started yet.
#[derive(Clone, Debug)]
pub struct Program {
    /// For tables.
    pub name: String,
    kind: Kind,
    path: PathBuf,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Relay,
    Deskconnd,
    Peer(peers::Start),
}

/// A program that runs; killed when dropped.
#[derive(Debug)]
pub struct Running {
    /// How it is driven.
    pub target: Target,
    child: Child,
    /// What it has on disk.
    _home: TempDir,
}

impl Program {
    /// The relay at `path`.
    pub fn relay(path: PathBuf) -> Self {
        Self::new("relay", Kind::Relay, path)
    }

    /// Our router at `path`.
    pub fn deskconnd(path: PathBuf) -> Self {
        Self::new("deskconnd", Kind::Deskconnd, path)
    }

    fn new(name: &str, kind: Kind, path: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            path,
        }
    }

    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// If it does not come up.
    pub fn start(&self) -> anyhow::Result<Running> {
        let home = tempfile::tempdir()?;
        let started = match self.kind {
            Kind::Relay => self.start_relay(home),
            Kind::Deskconnd => self.start_deskconnd(home),
            Kind::Peer(start) => start(&self.name, &self.path, home),
        };
        started.with_context(|| format!("{} does not start", self.name))
    }

    fn start_relay(&self, home: TempDir) -> anyhow::Result<Running> {
        let socket = home.path().join("relay.sock");
        let mut command = Command::new(&self.path);
        command.arg(&socket).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let [address] = lines(&mut child, ["tcp "])?;
        let endpoints = [
            (Door::WebSocket, format!("ws://{address}/ws")),
            (Door::RawSocket, format!("rs://{address}")),
            (Door::Unix, format!("rs+unix://{}", socket.display())),
        ];
        let mut running = running(&self.name, child, home, &endpoints, &ALL)?;
        running.target.realm = None;
        Ok(running)
    }

    fn start_deskconnd(&self, home: TempDir) -> anyhow::Result<Running> {
        let socket = home.path().join("router.sock");
        let config = home.path().join("router.toml");
        let name = vec!["localhost".to_owned()];
        let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(name)?;
        fs::write(home.path().join("router.pem"), cert.pem())?;
        let key = home.path().join("router.key.pem");
        fs::write(&key, signing_key.serialize_pem())?;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
        fs::write(
            &config,
            include_str!("targets/router.toml").replace("SOCKET", &socket.to_string_lossy()),
        )?;
        let mut command = Command::new(&self.path);
        command
            .args(["--router-only", "--config"])
            .arg(&config)
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let [url, _] = lines(&mut child, ["  reached at  ", "  reached at  "])?;
        let address = url.trim_start_matches("wss://").trim_end_matches("/ws");
        let endpoints = [
            (Door::WebSocket, format!("ws://{address}/ws")),
            (Door::SecureWebSocket, url.clone()),
            (Door::RawSocket, format!("rs://{address}")),
            (Door::Unix, format!("rs+unix://{}", socket.display())),
        ];
        running(&self.name, child, home, &endpoints, &ALL)
    }
}

/// Everything that this client speaks.
const ALL: [Serializer; 3] = [Serializer::Json, Serializer::Msgpack, Serializer::Cbor];

fn running(
    name: &str,
    child: Child,
    home: TempDir,
    endpoints: &[(Door, String)],
    serializers: &[Serializer],
) -> anyhow::Result<Running> {
    let parsed = endpoints
        .iter()
        .map(|(door, url)| Ok((*door, url.parse()?)));
    let target = Target {
        name: name.to_owned(),
        endpoints: parsed.collect::<anyhow::Result<_>>()?,
        serializers: serializers.to_vec(),
        realm: Some(REALM.to_owned()),
        process: Some(Process::new(child.id())),
    };
    Ok(Running {
        target,
        child,
        _home: home,
    })
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What follows each of `starts` on the lines that begin so.
fn lines<const N: usize>(child: &mut Child, starts: [&str; N]) -> anyhow::Result<[String; N]> {
    let said = child.stdout.take().context("its output is not read")?;
    let mut said = BufReader::new(said).lines();
    let mut found = starts.map(str::to_owned);
    for found in &mut found {
        *found = loop {
            match said.next() {
                Some(line) => {
                    if let Some(rest) = line?.strip_prefix(found.as_str()) {
                        break rest.to_owned();
                    }
                }
                None => bail!("it has ended"),
            }
        };
    }
    Ok(found)
}

/// A program in the folder of this one.
///
/// # Errors
/// If it is not there.
pub fn beside_us(name: &str) -> anyhow::Result<PathBuf> {
    let us = std::env::current_exe()?;
    let path = us.parent().unwrap_or_else(|| Path::new(".")).join(name);
    if !path.exists() {
        bail!("no {}; hint: `make bench` builds it", path.display());
    }
    Ok(path)
}
