//! Web addresses, by a portal that is played and by a program in the place of `xdg-open`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use deskconn_protocol::api::open::{OpenUrl, Opened, Opening};
use deskconn_protocol::uris;
use deskconn_tests::{Daemon, Desktop, TempHome, deskconnd};
use wamp_client::{CallError, Session};

const CONFIG: &str = "
    discovery.announce = false
    components.input.enabled = false
    components.slides.enabled = false
";

/// A daemon on a desktop of these parts, and the file into which its `xdg-open` writes what it gets.
struct Desk {
    daemon: Daemon,
    desktop: Desktop,
    owner: Session,
    opened: PathBuf,
}

async fn start(parts: &[&str]) -> Desk {
    let home = TempHome::new();
    home.configure(CONFIG);
    let desktop = Desktop::start(&home, parts).await;
    let opened = home.path().join("opened");
    let program = home.path().join("xdg-open");
    let script = format!("#!/bin/sh\necho \"$@\" >> '{}'\n", opened.display());
    fs::write(&program, script).expect("a file");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("our file");
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    let mut command = Command::new(deskconnd());
    desktop.adopt(command.args(["--listen", "127.0.0.1:0"]));
    command.env("DISPLAY", ":7").env("PATH", path);
    let daemon = Daemon::start_as(command, home).await;
    let owner = daemon.owner().await;
    Desk {
        daemon,
        desktop,
        owner,
        opened,
    }
}

impl Desk {
    async fn open(&self, url: &str) -> Result<Opening, CallError> {
        let url = url.to_owned();
        let opened = self
            .owner
            .call(uris::OPEN_URL)
            .kwargs(OpenUrl { url })
            .await?;
        let Opened { state } = opened.kwargs().expect("what came of it");
        Ok(state)
    }

    fn opened(&self) -> Option<String> {
        fs::read_to_string(&self.opened).ok()
    }
}

#[tokio::test]
async fn the_portal_opens_an_address_and_only_the_computer_is_noted() {
    let mut desk = start(&["portal"]).await;
    let address = "https://example.org/secret?token=hidden#part";
    desk.daemon.cli(&["open", address]).await.success();
    assert_eq!(
        desk.desktop.expect("OpenURI ").await,
        format!("{address:?}")
    );
    assert_eq!(desk.opened(), None);
    let said = desk.daemon.said();
    let noted = said.lines().find(|line| line.contains("was opened"));
    assert!(
        noted.is_some_and(|line| line.contains("example.org")),
        "{said}"
    );
    assert!(
        !said.contains("secret") && !said.contains("hidden"),
        "{said}"
    );
}

#[tokio::test]
async fn what_somebody_at_the_desk_declines_is_not_opened_otherwise() {
    let desk = start(&["portal-declines"]).await;
    let declined = desk.daemon.cli(&["open", "https://example.org/"]).await;
    let stderr = declined.failure(4);
    assert!(stderr.contains("does not want it opened"), "{stderr}");
    assert_eq!(desk.opened(), None);
}

#[tokio::test]
async fn a_portal_that_says_nothing_was_asked_and_nobody_else_is() {
    let desk = start(&["portal-silent"]).await;
    let asked = desk.daemon.cli(&["open", "https://example.org/"]).await;
    assert!(
        asked.success().contains("was asked to open it"),
        "{asked:?}"
    );
    assert_eq!(desk.opened(), None);
}

#[tokio::test]
async fn without_a_portal_that_can_the_program_opens_it() {
    for parts in [&["portal-fails"][..], &[]] {
        let desk = start(parts).await;
        let address = "https://example.org/?a=$(b)&c='d';e";
        assert_eq!(desk.open(address).await.ok(), Some(Opening::Opened));
        assert_eq!(desk.opened(), Some(format!("{address}\n")), "{parts:?}");
    }
}

#[tokio::test]
async fn nothing_but_web_addresses_reaches_what_opens_them() {
    let mut desk = start(&["portal"]).await;
    let huge = format!("https://example.org/{}", "a".repeat(5000));
    for url in [
        "",
        "javascript:alert(1)",
        "javascript://example.org/%0aalert(1)",
        "file:///etc/passwd",
        "data:text/html,<script>alert(1)</script>",
        "ftp://example.org/",
        "mailto:ana@example.org",
        " http://example.org/",
        "-flag",
        "--version https://example.org/",
        "https://example.org/\n--version",
        "https://example.org/\0",
        "https://example.org/ --version",
        "https://ana@example.org/",
        "https://ana:secret@example.org/",
        "https://example.org\\@example.net/",
        "https://\u{430}pple.com/",
        "https://",
        "/etc/passwd",
        &huge,
    ] {
        let refused = desk.open(url).await.expect_err("no web address");
        let uri = refused.remote_error().map(|error| error.uri().to_string());
        assert_eq!(
            uri.as_deref(),
            Some(uris::ERROR_INVALID_ARGUMENT),
            "{url:?}"
        );
    }
    // What reaches it first is this, as it was given.
    let homograph = "https://xn--pple-43d.com/";
    assert_eq!(desk.open(homograph).await.ok(), Some(Opening::Opened));
    assert_eq!(
        desk.desktop.expect("OpenURI ").await,
        format!("{homograph:?}")
    );
    assert_eq!(desk.opened(), None);
}

#[tokio::test]
async fn nobody_opens_one_after_the_other_without_end() {
    let desk = start(&["portal"]).await;
    for _ in 0..5 {
        desk.open("https://example.org/").await.expect("opened");
    }
    let refused = desk
        .open("https://example.org/")
        .await
        .expect_err("too many");
    let refused = refused.to_string();
    assert!(refused.contains(uris::ERROR_RATE_LIMITED), "{refused}");
}
