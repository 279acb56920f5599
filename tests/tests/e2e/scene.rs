//! What most of these tests begin with: a daemon on a machine without uinput, and somebody who pairs with it.

use deskconn_protocol::api::daemon::{Device, Devices};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Running, TempHome, apart, deskconnd};

/// A daemon called `study` that presses no keys wherever the test runs: for it, there is no
/// `/dev/uinput`. It announces nothing.
pub(crate) const CONFIG: &str = "[device]\nname = 'study'\n[discovery]\nannounce = false\n";

/// Starts that daemon on loopback.
pub(crate) async fn start() -> Daemon {
    start_in(home()).await
}

/// The home of that daemon.
pub(crate) fn home() -> TempHome {
    let home = TempHome::new();
    home.configure(CONFIG);
    home
}

/// Starts the daemon of this home on loopback, on a machine without uinput.
pub(crate) async fn start_in(home: TempHome) -> Daemon {
    start_at(home, "127.0.0.1:0").await
}

/// Starts the daemon of this home at this address, on a machine without uinput.
pub(crate) async fn start_at(home: TempHome, address: &str) -> Daemon {
    let mut command = apart("mount -t tmpfs none /dev", deskconnd());
    command.args(["--listen", address]);
    Daemon::start_as(command, home).await
}

/// A pairing window on its owner's screen.
#[derive(Debug)]
pub(crate) struct Window {
    /// `deskconn pair`, as it goes on.
    pub(crate) screen: Running,
    /// The code it shows.
    pub(crate) code: String,
    /// The link it shows, for browsers.
    pub(crate) link: String,
}

impl Window {
    /// Opens one, with further options of `deskconn pair`.
    pub(crate) async fn open(daemon: &Daemon, options: &[&str]) -> Self {
        let arguments: Vec<_> = ["pair"].iter().chain(options).copied().collect();
        let mut screen = daemon.home().start_cli(&arguments);
        let code = screen.expect("Code ").await;
        let link = format!("http://{}", screen.expect("Link http://").await);
        screen.expect("Ctrl-C cancels").await;
        Self { screen, code, link }
    }
}

/// Pairs a new user with the daemon, by the code. Returns their home.
pub(crate) async fn pair(daemon: &Daemon) -> TempHome {
    pair_for(daemon, &[]).await
}

/// Pairs a new user with further options of `deskconn pair`.
pub(crate) async fn pair_for(daemon: &Daemon, options: &[&str]) -> TempHome {
    let window = Window::open(daemon, options).await;
    let guest = TempHome::new();
    let address = daemon.address().to_string();
    guest
        .cli(&["join", &address, "--code", &window.code])
        .await
        .success();
    assert_eq!(window.screen.ended().await.0, Some(0));
    guest
}

/// The devices the daemon knows.
pub(crate) async fn devices(daemon: &Daemon) -> Vec<Device> {
    let list = daemon.owner().await.call(uris::DAEMON_DEVICES).await;
    let Devices { devices } = list.expect("a list").kwargs().expect("a list");
    devices
}

/// Whether the daemon does its work for its owner: it still lives.
pub(crate) async fn assert_alive(daemon: &Daemon) {
    let status = daemon.cli(&["status"]).await;
    assert!(status.success().contains("study"), "{status:?}");
}
