//! A router of the real program, set up for foreign clients.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use deskconn_tests::{Running, TempHome, deskconnd};

const CONFIG: &str = include_str!("../../interop/router.toml");

/// The realm of its configuration.
pub(crate) const REALM: &str = "realm1";

/// A running router; killed when dropped.
pub(crate) struct Router {
    /// HOST:PORT.
    pub(crate) tcp: String,
    /// The path of its Unix socket.
    pub(crate) socket: String,
    _program: Running,
    /// Gone with the router.
    _home: TempHome,
}

impl Router {
    pub(crate) async fn start() -> Self {
        let home = TempHome::new();
        let folder = home.path().to_str().expect("a path in UTF-8");
        let config = home.path().join("router.toml");
        write_private(&config, &CONFIG.replace("PLACE", folder));
        let mut command = Command::new(deskconnd());
        command.arg("--router-only").arg("--config").arg(config);

        let mut program = home.start(command, &[]);
        let tcp = program.expect("reached at  ws://").await;
        let tcp = tcp.split('/').next().unwrap_or_default().to_owned();
        let socket = program.expect("reached at  unix://").await;
        Self {
            tcp,
            socket,
            _program: program,
            _home: home,
        }
    }
}

fn write_private(path: &PathBuf, text: &str) {
    std::fs::write(path, text).expect("a writable home");
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, mode).expect("our file");
}
