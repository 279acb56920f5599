//! Two computers on one network: found by announcement, paired, and nothing of it readable on the wire.

use std::path::Path;

use deskconn_netns::{Host, Lab};
use deskconn_tests::{Daemon, Output, Running, TempHome, deskconn, deskconnd};

use crate::scene::{self, Window};

const CONFIG: &str = "[device]\nname = 'study'\n[components.slides]\nenabled = true\n";

#[tokio::test]
async fn a_computer_is_found_by_its_announcement_paired_and_used_in_secret() {
    let lab = Lab::new();
    let home = TempHome::new();
    home.configure(CONFIG);
    let mut command = lab.a().command("sh");
    let without_uinput = "mount -t tmpfs none /dev && exec \"$0\" \"$@\"";
    command
        .args(["-c", without_uinput])
        .arg(deskconnd())
        .args(["--listen", "[::]:0"]);
    let daemon = Daemon::start_as(command, home).await;
    let guest = Guest::at(lab.b());
    let mut capture = Capture::start(&lab.b(), guest.home.path()).await;

    guest.hears("study", "\"pairing\":false").await;
    let window = Window::open(&daemon, &[]).await;
    guest.hears("study", "\"pairing\":true").await;
    let joined = guest.run(&["join", "study", "--code", &window.code]).await;
    assert!(joined.contains("Paired with study"), "{joined}");
    let pairing = capture.finish().await;
    capture = Capture::start(&lab.b(), guest.home.path()).await;
    let status = ["--on", "study", "call", "org.deskconn.slides.status"];
    assert!(guest.run(&status).await.contains("generic"));
    let sealed = capture.finish().await;

    // The capture works: pairing is in the open, but for its code and what the code protects.
    assert!(contains(&pairing, b"org.deskconn.pairing.begin"));
    assert!(contains(&pairing, b"\xB0deskconn.pairing"));
    let digits = window.code.replace(' ', "");
    for secret in [&window.code, &digits, "ed25519\"", "\"grants\""] {
        assert!(
            !contains(&pairing, secret.as_bytes()),
            "{secret} is on the wire"
        );
    }

    assert!(
        contains(&sealed, b"deskconn.sealed.v1."),
        "the session is in the capture"
    );
    let device = scene::devices(&daemon).await[0].id;
    let secrets = [
        &b"\xA8deskconn"[..], // the realm, as MessagePack has it
        deskconn_protocol::uris::SLIDES_PREFIX.as_bytes(),
        b"generic\xA6",
        b"/dev/uinput",
        b"cryptosign",
        b"challenge",
        b"channel_binding",
        device.as_str().as_bytes(),
        daemon.status().id.as_str().as_bytes(),
    ];
    for secret in secrets {
        let shown = String::from_utf8_lossy(secret);
        assert!(!contains(&sealed, secret), "{shown} is on the wire");
    }
}

#[tokio::test]
async fn the_one_computer_that_is_pairing_needs_no_name() {
    let lab = Lab::new();
    let home = TempHome::new();
    home.configure(
        "device.name = 'study'\ncomponents.screen.enabled = false\ncomponents.slides.enabled = false\n",
    );
    let mut command = lab.a().command(deskconnd());
    command.args(["--listen", "[::]:0"]);
    let mut daemon = Daemon::start_as(command, home).await;
    let guest = Guest::at(lab.b());
    let window = Window::open(&daemon, &[]).await;
    guest.hears("study", "\"pairing\":true").await;
    let joined = guest.run(&["join", "--code", &window.code]).await;
    assert!(joined.contains("Paired with study"), "{joined}");

    // It is found again at another port, by the id it announces.
    let home = daemon.home().clone();
    assert!(daemon.stop().await.success());
    let mut command = lab.a().command(deskconnd());
    command.args(["--listen", "[::]:0"]);
    let moved = Daemon::start_as(command, home).await;
    assert_ne!(moved.address().port(), daemon.address().port());
    assert!(
        guest
            .run(&["--on", "study", "status"])
            .await
            .contains("study")
    );
}

/// Whoever sits at the other computer.
pub(crate) struct Guest<'lab> {
    home: TempHome,
    host: Host<'lab>,
}

impl<'lab> Guest<'lab> {
    /// Somebody new at a host.
    pub(crate) fn at(host: Host<'lab>) -> Self {
        let home = TempHome::new();
        Self { home, host }
    }

    /// Runs `deskconn` there, and returns what it printed when it has succeeded.
    pub(crate) async fn run(&self, arguments: &[&str]) -> String {
        self.try_run(arguments).await.success().to_owned()
    }

    /// Runs `deskconn` there, whatever comes of it.
    pub(crate) async fn try_run(&self, arguments: &[&str]) -> Output {
        let command = self.host.command(deskconn());
        self.home.run(command, arguments).await
    }

    /// Starts `deskconn` there.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.home.start(self.host.command(deskconn()), arguments)
    }

    /// Waits until that computer hears an announcement with these words in it.
    pub(crate) async fn hears(&self, name: &str, detail: &str) {
        let mut watching = self.start(&["discover", "--watch", "--json"]);
        let is_it =
            |line: &str| line.contains(&format!("\"name\":\"{name}\"")) && line.contains(detail);
        while !is_it(&watching.expect("{").await) {}
    }
}

/// Every frame that passes a host's network card.
pub(crate) struct Capture {
    running: Running,
    file: std::path::PathBuf,
}

impl Capture {
    /// Starts it. What passes is written to the file `capture` of this folder.
    pub(crate) async fn start(host: &Host<'_>, folder: &Path) -> Self {
        let file = folder.join("capture");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/capture.py");
        let mut command = host.command(deskconn_netns::python());
        command.arg(program).arg(&file);
        let mut running = Running::start(command);
        running.expect("capturing").await;
        Self { running, file }
    }

    /// Ends it once it has seen everything that was sent until now.
    pub(crate) async fn finish(self) -> Vec<u8> {
        self.running.signal(rustix::process::Signal::TERM);
        let (code, said) = self.running.ended().await;
        assert_eq!(code, Some(0), "{said}");
        std::fs::read(&self.file).expect("the capture")
    }
}

/// Whether `bytes` are in the capture, as they are or under the mask of a WebSocket: four octets that
/// stand before what they mask, and are repeated over it. Shorter `bytes` could be there by chance.
fn contains(capture: &[u8], bytes: &[u8]) -> bool {
    assert!(bytes.len() >= 8, "{bytes:?} may be there by chance");
    capture.windows(bytes.len()).any(|window| {
        let mask: Vec<u8> = window.iter().zip(bytes).map(|(a, b)| a ^ b).collect();
        mask.iter().zip(&mask[4..]).all(|(a, b)| a == b)
    })
}
