//! The routers of others, as `scripts/bench-peers` installs them. Each is configured as its manual says, with
//! everything allowed and as little logged as it can.

use super::{ALL, Kind, Program, REALM, Running, running};
use crate::scenario::Door;
use crate::words::Serializer::{Json, Msgpack};
use anyhow::bail;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a router may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a peer that is installed at a path, in a home of its own.
pub(super) type Start = fn(&str, &Path, TempDir) -> anyhow::Result<Running>;

/// The peers, each with the program that is there if it is installed.
const PEERS: [(&str, &str, Start); 4] = [
    ("crossbar", "crossbar/bin/crossbar", start_crossbar),
    ("nexus", "nexusd", start_nexus),
    (
        "fox-wamp",
        "fox-wamp/node_modules/fox-wamp/index.js",
        start_fox_wamp,
    ),
    ("wampire", "wampire/bin/wampire", start_wampire),
];

/// Those that are installed in `folder`.
pub fn peers(folder: &Path) -> Vec<Program> {
    let installed = PEERS
        .iter()
        .map(|(name, file, start)| (name, folder.join(file), start));
    installed
        .filter(|(_, path, _)| path.exists())
        .map(|(name, path, start)| Program::new(name, Kind::Peer(*start), path))
        .collect()
}

fn start_crossbar(name: &str, path: &Path, home: TempDir) -> anyhow::Result<Running> {
    let (web, raw) = (free_port()?, free_port()?);
    let socket = home.path().join("router.sock");
    let config = include_str!("../../peers/crossbar.json")
        .replace("\"port\": 0", &format!("\"port\": {web}"))
        .replace("\"port\": 1", &format!("\"port\": {raw}"));
    fs::write(home.path().join("config.json"), config)?;
    let mut command = Command::new(path);
    command
        .args(["start", "--loglevel", "error", "--cbdir"])
        .arg(home.path());
    let child = listening(command, &[web, raw])?;
    let endpoints = [
        (Door::WebSocket, format!("ws://127.0.0.1:{web}/")),
        (Door::RawSocket, format!("rs://127.0.0.1:{raw}")),
        (Door::Unix, format!("rs+unix://{}", socket.display())),
    ];
    running(name, child, home, &endpoints, &ALL)
}

fn start_nexus(name: &str, path: &Path, home: TempDir) -> anyhow::Result<Running> {
    let (web, raw) = (free_port()?, free_port()?);
    let socket = home.path().join("router.sock");
    let config = serde_json::json!({
        "websocket": { "address": format!("127.0.0.1:{web}") },
        "rawsocket": {
            "tcp_address": format!("127.0.0.1:{raw}"),
            "unix_address": socket,
            "max_msg_len": 0,
        },
        "router": { "realms": [{ "uri": REALM, "anonymous_auth": true, "allow_disclose": true }] },
    });
    let file = home.path().join("nexus.json");
    fs::write(&file, config.to_string())?;
    let mut command = Command::new(path);
    command.arg("-c").arg(file);
    let child = listening(command, &[web, raw])?;
    let endpoints = [
        (Door::WebSocket, format!("ws://127.0.0.1:{web}/")),
        (Door::RawSocket, format!("rs://127.0.0.1:{raw}")),
        (Door::Unix, format!("rs+unix://{}", socket.display())),
    ];
    running(name, child, home, &endpoints, &ALL)
}

fn start_fox_wamp(name: &str, path: &Path, home: TempDir) -> anyhow::Result<Running> {
    let port = free_port()?;
    let script = home.path().join("run.js");
    fs::write(&script, include_str!("../../peers/fox-wamp.js"))?;
    // <folder>/node_modules/fox-wamp/index.js
    let folder = path.ancestors().nth(3).unwrap_or(path);
    let mut command = Command::new("node");
    command.arg(script).arg(folder).arg(port.to_string());
    let child = listening(command, &[port])?;
    let endpoints = [(Door::WebSocket, format!("ws://127.0.0.1:{port}/"))];
    running(name, child, home, &endpoints, &[Json, Msgpack])
}

fn start_wampire(name: &str, path: &Path, home: TempDir) -> anyhow::Result<Running> {
    let port = free_port()?;
    let mut command = Command::new(path);
    command.args(["--realm", REALM, "--port", &port.to_string()]);
    let child = listening(command, &[port])?;
    let endpoints = [(Door::WebSocket, format!("ws://127.0.0.1:{port}/"))];
    running(name, child, home, &endpoints, &[Json, Msgpack])
}

/// A port that nobody has now.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Runs a program until it listens at these ports.
fn listening(mut command: Command, ports: &[u16]) -> anyhow::Result<Child> {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn()?;
    let began = Instant::now();
    let listens = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).is_ok();
    while !ports.iter().all(listens) {
        if let Some(status) = child.try_wait()? {
            bail!("it has ended: {status}");
        }
        if began.elapsed() > PATIENCE {
            drop(child.kill());
            bail!("it does not listen");
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(child)
}
