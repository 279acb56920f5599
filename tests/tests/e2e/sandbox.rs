//! Components in a sandbox: what they reach, and that they work there. A kernel that does not hold them fails
//! these tests: they are run where it does (Linux 6.12).

use std::net::TcpListener;
use std::path::Path;

use deskconn_protocol::api::components::{Components, Details, Held, Origin};
use deskconn_protocol::api::daemon::ComponentState;
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, TempHome, apart, deskconnd, eventually};
use rustix::process::{Pid, Signal, kill_process};
use wamp_client::Session;

use crate::scene;

async fn components(owner: &Session) -> Vec<Details> {
    let listed = owner.call(uris::DAEMON_COMPONENTS).await.expect("a list");
    let Components { components } = listed.kwargs().expect("a list");
    components
}

/// What comes of an attempt of the component `unruly`.
async fn tried(owner: &Session, what: &str, argument: impl serde::Serialize) -> String {
    let attempt = owner.call(format!("local.unruly.{what}"));
    let came_of_it = attempt.args((argument,)).await.expect("an answer");
    came_of_it.read().expect("a text")
}

/// A program of Python, in a sandbox that has its interpreter and `data`, and these further settings.
async fn in_a_sandbox(home: &TempHome, more: &str) -> (Daemon, Session) {
    let interpreter = deskconn_netns::python();
    // The environment of Python, and the Python that it is of.
    let python = interpreter.canonicalize().expect("it is installed");
    let parts = [&interpreter, &python].map(|program| {
        let folder = program.parent().and_then(Path::parent);
        folder.expect("programs are in a folder of its own")
    });
    let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("components");
    let data = home.path().join("data");
    home.configure(&format!(
        "{}\n[[component]]\nname = 'unruly'\ncommand = [{interpreter:?}, 'unruly.py']\n\
         directory = {components:?}\n\
         sandbox = {{ read = {parts:?}, write = [{data:?}], {more} }}\n",
        scene::CONFIG
    ));
    let daemon = Daemon::start_in(home.clone()).await;
    let owner = daemon.owner().await;
    eventually("the component runs", async || {
        owner.call("local.unruly.pid").await.ok()
    })
    .await;
    (daemon, owner)
}

#[tokio::test]
async fn a_component_in_a_sandbox_reaches_its_own_and_no_more() {
    let home = TempHome::new();
    let (key, data) = (home.path().join("key"), home.path().join("data"));
    std::fs::write(&key, "secret").expect("a writable home");
    std::fs::create_dir(&data).expect("a writable home");
    let (daemon, owner) = in_a_sandbox(&home, "required = true").await;
    let listed = components(&owner).await.into_iter();
    let unruly = listed.clone().find(|one| one.component.name == "unruly");
    assert_eq!(unruly.expect("it is listed").sandbox, Some(Held::Fully));

    const CLOSED: &str = "Permission denied";
    let identity = home.paths().state_dir.join("identity.toml");
    assert!(identity.exists());
    for file in [&key, &home.paths().config, &identity] {
        assert_eq!(tried(&owner, "read", file).await, CLOSED, "{file:?}");
        assert_eq!(tried(&owner, "change", file).await, CLOSED, "{file:?}");
    }
    assert_eq!(tried(&owner, "read", "/etc/hosts").await, "done");
    assert_eq!(tried(&owner, "change", data.join("new")).await, "done");
    assert_eq!(tried(&owner, "read", data.join("new")).await, "done");

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    assert_eq!(tried(&owner, "reach", port).await, CLOSED);
    let outside = std::process::id();
    let refused = tried(&owner, "interrupt", outside).await;
    assert_eq!(refused, "Operation not permitted");
    let listed = daemon.cli(&["component", "list"]).await;
    assert!(listed.success().contains(", sandboxed"), "{listed:?}");
}

#[tokio::test]
async fn one_that_may_use_the_network_does() {
    let home = TempHome::new();
    let (_daemon, owner) = in_a_sandbox(&home, "network = true").await;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    assert_eq!(tried(&owner, "reach", port).await, "done");
}

/// Which component runs in which process, when none is about to start; `None` while one is.
async fn settled(owner: &Session) -> Option<Vec<(String, Option<u32>, u64)>> {
    let components = components(owner).await;
    let is_up = |one: &Details| one.component.state != ComponentState::Starting;
    let all = components.iter().all(is_up).then_some(components)?;
    let all = all.into_iter();
    Some(
        all.map(|one| (one.component.name, one.pid, one.restarts))
            .collect(),
    )
}

#[tokio::test]
async fn every_component_of_the_daemon_works_in_a_sandbox_and_survives_any_signal() {
    // Which there are is the daemon's to say, so that none is left out.
    let daemon = scene::start().await;
    let known = components(&daemon.owner().await).await;
    let own = known.iter().filter(|one| one.origin == Origin::BuiltIn);
    let names: Vec<_> = own.map(|one| one.component.name.clone()).collect();
    assert!(names.len() >= 7, "{names:?}");
    drop(daemon);

    let home = TempHome::new();
    let own: Vec<_> = names
        .iter()
        .map(|name| format!("[components.{name}]\nenabled = true\nprocess = 'own'\n"))
        .collect();
    home.configure(&format!("{}{}", scene::CONFIG, own.concat()));
    // Away from the devices of the machine that runs the tests, and from its desktop.
    let null = home.path().join("null");
    std::fs::write(&null, "").expect("a writable home");
    let null = null.display();
    let without_devices = format!(
        "mount --bind /dev/null {null} && mount -t tmpfs none /dev && touch /dev/null \
         && mount --bind {null} /dev/null"
    );
    let mut command = apart(&without_devices, deskconnd());
    command.args(["--listen", "127.0.0.1:0"]);
    command.env_remove("DBUS_SESSION_BUS_ADDRESS");
    let daemon = Daemon::start_as(command, home).await;
    let owner = daemon.owner().await;
    let mut before = eventually("all have settled", async || settled(&owner).await).await;
    for details in components(&owner).await {
        let name = &details.component.name;
        // Those that start programs of their owner's have none.
        let is_open = ["open", "run"].contains(&name.as_str());
        let expected = (!is_open).then_some(Held::Fully);
        assert_eq!(details.sandbox, expected, "{name}");
        assert_eq!(details.restarts, 0, "{details:?}");
        let state = details.component.state;
        assert!(
            !matches!(state, ComponentState::Failed | ComponentState::Disabled),
            "{details:?}"
        );
    }

    // SIGSEGV would not do: Rust's runtime takes the first one for a stack that is used up.
    for signal in [Signal::KILL, Signal::ABORT, Signal::ILL] {
        for (name, pid, _) in &before {
            let pid = pid.and_then(|pid| Pid::from_raw(pid.cast_signed()));
            kill_process(pid.expect(name), signal).expect(name);
        }
        before = eventually("all run again", async || {
            let now = settled(&owner).await?;
            let is_new =
                |((_, pid, _), (_, old, _)): (&(_, Option<u32>, _), &(_, Option<u32>, _))| {
                    pid.is_some() && pid != old
                };
            now.iter().zip(&before).all(is_new).then_some(now)
        })
        .await;
        scene::assert_alive(&daemon).await;
    }
    assert!(
        before.iter().all(|(_, _, restarts)| *restarts == 3),
        "{before:?}"
    );
}
