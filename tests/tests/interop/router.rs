//! A router of the real program, set up for foreign clients.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use deskconn_tests::{Authority, Running, TempHome, deskconnd};

const CONFIG: &str = include_str!("../../interop/router.toml");

/// The realm of its configuration.
pub(crate) const REALM: &str = "realm1";

/// A running router; killed when dropped.
pub(crate) struct Router {
    /// HOST:PORT.
    pub(crate) tcp: String,
    /// HOST:PORT where it speaks TLS.
    pub(crate) tls: String,
    /// The file with the certificate of who vouches for it there.
    pub(crate) authority: String,
    /// The path of its Unix socket.
    pub(crate) socket: String,
    _program: Running,
    /// Gone with the router.
    _home: TempHome,
}

impl Router {
    pub(crate) async fn start() -> Self {
        let home = TempHome::new();
        let authority = Authority::new(home.path(), "authority");
        authority.issue("router", &["127.0.0.1"]);
        let config = home.path().join("router.toml");
        write_private(&config, &CONFIG.replace("PLACE", &text(home.path())));
        let mut command = Command::new(deskconnd());
        command.arg("--router-only").arg("--config").arg(config);

        let mut program = home.start(command, &[]);
        let tcp = host_and_port(&program.expect("reached at  ws://").await);
        let tls = host_and_port(&program.expect("reached at  wss://").await);
        let socket = program.expect("reached at  unix://").await;
        Self {
            tcp,
            tls,
            authority: text(&authority.certificate),
            socket,
            _program: program,
            _home: home,
        }
    }
}

fn host_and_port(rest_of_url: &str) -> String {
    let (host_and_port, _) = rest_of_url.split_once('/').expect("a URL with a path");
    host_and_port.to_owned()
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a writable home");
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, mode).expect("our file");
}
