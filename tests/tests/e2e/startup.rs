//! Starting where something is in the way: said in words, with what to do, and nothing is lost.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use deskconn_tests::{TempHome, apart, deskconnd};

use crate::scene;

const ANY_PORT: [&str; 2] = ["--listen", "127.0.0.1:0"];

#[tokio::test]
async fn an_occupied_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let port = address.port();
    let home = scene::home();
    let arguments = ["--listen", &address.to_string()];
    assert_eq!(
        complaint(&home, Command::new(deskconnd()), &arguments).await,
        format!(
            "error: can not listen on {address}: Address already in use (os error 98)\n\
             hint: another program has port {port}; find it with `ss -ltnp sport = :{port}`, \
             or choose another port, with --listen or in the configuration\n"
        )
    );
}

#[tokio::test]
async fn a_second_daemon_with_the_same_state_stays_out_of_the_firsts_way() {
    let daemon = scene::start().await;
    let state = daemon.home().paths().state_dir.display();
    assert_eq!(
        complaint(daemon.home(), Command::new(deskconnd()), &ANY_PORT).await,
        format!(
            "error: {state} is in use by another process\n\
             hint: stop the other daemon, or give this one its own --state-dir\n"
        )
    );
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn a_second_daemon_with_the_same_socket_stays_out_of_the_firsts_way() {
    let daemon = scene::start().await;
    let socket = daemon.socket().display().to_string();
    let other = scene::home();
    let arguments = [&ANY_PORT[..], &["--socket", &socket]].concat();
    assert_eq!(
        complaint(&other, Command::new(deskconnd()), &arguments).await,
        format!(
            "error: another daemon answers on {socket}\n\
             hint: stop it, or give this one its own --socket and --state-dir\n"
        )
    );
    scene::assert_alive(&daemon).await;
}

#[tokio::test]
async fn a_state_directory_that_can_not_be_written_is_named() {
    let home = scene::home();
    let state = home
        .paths()
        .state_dir
        .parent()
        .expect("a folder")
        .to_owned();
    fs::create_dir_all(&state).expect("a writable home");
    let read_only = format!("mount -t tmpfs -o ro none '{}'", state.display());
    let parent = state.display();
    let state = home.paths().state_dir.display();
    assert_eq!(
        complaint(&home, apart(&read_only, deskconnd()), &ANY_PORT).await,
        format!(
            "error: can not make the directory {state}: Read-only file system (os error 30)\n\
             hint: let this user write {parent}, or choose another place with --state-dir\n"
        )
    );
}

#[tokio::test]
async fn a_disk_without_room_keeps_a_pairing_from_being_promised() {
    let home = scene::home();
    let state = home.paths().state_dir.clone();
    fs::create_dir_all(&state).expect("a writable home");
    // Room for the daemon's own keys and its certificate, and none for a device.
    let small = format!(
        "chmod 700 '{0}' && mount -t tmpfs -o size=64k,nr_inodes=5,mode=700 none '{0}' && mount -t tmpfs none /dev",
        state.display()
    );
    let mut command = apart(&small, deskconnd());
    command.args(ANY_PORT);
    let daemon = deskconn_tests::Daemon::start_as(command, home).await;
    let window = scene::Window::open(&daemon, &[]).await;
    let guest = TempHome::new();
    let address = daemon.address().to_string();
    let refused = guest.cli(&["join", &address, "--code", &window.code]).await;
    let stderr = refused.failure(1);
    assert!(stderr.contains("could not store this device"), "{stderr}");
    assert!(stderr.contains("hint: free some space"), "{stderr}");
    let (code, said) = window.screen.ended().await;
    assert_ne!(code, Some(0));
    assert!(
        said.ends_with(
            "error: a device knew the code, but could not be stored: it is not paired\n\
             hint: free some space on that disk; nothing was lost\n"
        ),
        "{said}"
    );
    assert_eq!(scene::devices(&daemon).await, []);
    assert!(
        guest
            .cli(&["hosts"])
            .await
            .success()
            .contains("deskconn join")
    );
}

#[tokio::test]
async fn keys_that_others_can_read_are_not_used() {
    let (home, identity) = lived_in().await;
    let before = fs::read(&identity).expect("the keys");
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o644)).expect("our file");
    let file = identity.display();
    assert_eq!(
        complaint(&home, Command::new(deskconnd()), &ANY_PORT).await,
        format!(
            "error: {file} is open to other users (mode 644)\n\
             hint: run `chmod go= {file}`; if others may have read it, remove the file and pair again\n"
        )
    );
    assert_eq!(fs::read(&identity).expect("the keys"), before);

    // What the hint says helps.
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o600)).expect("our file");
    scene::assert_alive(&scene::start_in(home.clone()).await).await;
    assert_eq!(fs::read(&identity).expect("the keys"), before);
}

#[tokio::test]
async fn broken_keys_are_left_as_they_are() {
    let (home, identity) = lived_in().await;
    fs::write(&identity, "half a ke").expect("our file");
    let said = complaint(&home, Command::new(deskconnd()), &ANY_PORT).await;
    let file = identity.display();
    assert!(
        said.starts_with(&format!("error: {file} can not be understood: ")),
        "{said}"
    );
    assert!(
        said.ends_with(&format!("hint: mend {file} or move it away\n")),
        "{said}"
    );
    assert_eq!(fs::read(&identity).expect("our file"), b"half a ke");
}

#[tokio::test]
async fn a_broken_device_is_left_out_and_the_others_stay() {
    let mut daemon = scene::start().await;
    let guest = scene::pair(&daemon).await;
    let broken = daemon
        .home()
        .paths()
        .state_dir
        .join(format!("devices/{}.toml", "a".repeat(32)));
    fs::write(&broken, "name = ").expect("a writable home");
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o600)).expect("our file");
    assert!(daemon.stop().await.success());
    let (address, home) = (daemon.address().to_string(), daemon.home().clone());
    let daemon = scene::start_at(home, &address).await;
    assert!(
        daemon.said().contains("a device was left out: "),
        "{}",
        daemon.said()
    );
    assert_eq!(fs::read(&broken).expect("our file"), b"name = ");
    guest.cli(&["--on", "study", "status"]).await.success();
}

#[tokio::test]
async fn a_mistake_in_the_configuration_is_found_by_its_line() {
    let home = TempHome::new();
    let file = home.paths().config.display().to_string();
    for (config, mistake) in [
        (
            "# Mine.\n[listen]\nprot = 5020\n",
            "line 3, `listen.prot`: unknown field `prot`, expected one of `tcp`, ",
        ),
        (
            "[device]\nname = 'study'\n[listen]\n\ntcp = ['here']\n",
            "line 5, `listen.tcp`: ",
        ),
        (
            "[components.toaster]\n",
            "line 1, `components.toaster`: there is no component `toaster`",
        ),
        (
            "[listen]\ntcp = [\n",
            "TOML parse error at line 2, column 8\n",
        ),
    ] {
        home.configure(config);
        for arguments in [&ANY_PORT[..], &["--check-config"]] {
            let said = complaint(&home, Command::new(deskconnd()), arguments).await;
            let beginning = format!("error: the configuration {file} is wrong: {mistake}");
            assert!(said.starts_with(&beginning), "{said}");
            let hint =
                "\nhint: `deskconnd --print-default-config` shows every setting with its meaning";
            assert!(said.contains(hint), "{said}");
        }
    }
}

#[tokio::test]
async fn the_configuration_that_is_printed_is_right() {
    let home = TempHome::new();
    let printed = home
        .run(Command::new(deskconnd()), &["--print-default-config"])
        .await;
    home.configure(printed.success());
    let checked = home
        .run(Command::new(deskconnd()), &["--check-config"])
        .await;
    assert_eq!(checked.success(), "The configuration is right.\n");
}

#[tokio::test]
async fn the_command_line_says_that_no_daemon_runs() {
    let home = TempHome::new();
    let socket = home.paths().socket.display();
    for verb in ["status", "devices", "pair"] {
        let said = home.cli(&[verb]).await;
        assert_eq!(
            said.failure(3),
            format!(
                "error: the daemon is not running: nobody is at {socket}\n\
                 hint: start it with `deskconnd`\n"
            )
        );
    }
}

/// What `command`, a daemon that can not start, says last: why, and what to do.
async fn complaint(home: &TempHome, command: Command, arguments: &[&str]) -> String {
    let output = home.run(command, arguments).await;
    let stderr = output.failure(1);
    let error = stderr.find("error: ").expect("an error");
    stderr[error..].to_owned()
}

/// The home of a daemon that ran before, and its keys.
async fn lived_in() -> (TempHome, PathBuf) {
    let mut daemon = scene::start().await;
    assert!(daemon.stop().await.success());
    let home = daemon.home().clone();
    let identity = Path::join(&home.paths().state_dir, "identity.toml");
    (home, identity)
}
