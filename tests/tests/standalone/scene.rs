//! A router in a folder of its own, and clients of it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use deskconn_tests::{Output, Running, TempHome, deskconnd, eventually};
use ed25519_dalek::{Signer as _, SigningKey};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wamp_client::{Credentials, JoinError, JoinOptions, Session};
use wamp_proto::auth::cryptosign::{Signer, message_to_sign};

/// A running router; killed when dropped.
pub(crate) struct Router {
    pub(crate) program: Running,
    /// Where it listens, in the order of the configuration.
    pub(crate) urls: Vec<String>,
    home: TempHome,
}

impl Router {
    /// A router of this configuration, with as many listeners as it has.
    pub(crate) async fn start(config: &str) -> Self {
        Self::start_in(TempHome::new(), config).await
    }

    /// The same in a home that may hold more files.
    pub(crate) async fn start_in(home: TempHome, config: &str) -> Self {
        Self::start_as(command(), home, config).await
    }

    /// The same by this command, which may prepare the machine first.
    pub(crate) async fn start_as(mut command: Command, home: TempHome, config: &str) -> Self {
        command.arg("--config").arg(write(&home, config));
        let mut program = home.start(command, &[]);
        let mut urls = Vec::new();
        for _ in config.lines().filter(|line| *line == "[[listener]]") {
            urls.push(program.expect("reached at  ").await);
        }
        Self {
            program,
            urls,
            home,
        }
    }

    /// Has it take on another configuration, and waits until it has said this.
    pub(crate) async fn reload(&mut self, config: &str, said: &str) -> String {
        write(&self.home, config);
        self.program.signal(Signal::HUP);
        self.program.expect(said).await
    }

    /// Ends it as a crash would, and gives back its home.
    pub(crate) async fn kill(self) -> TempHome {
        self.program.signal(Signal::KILL);
        self.program.ended().await;
        self.home
    }

    /// Has it end in order, and gives back its home.
    pub(crate) async fn stop(self) -> TempHome {
        self.program.signal(Signal::TERM);
        self.program.ended().await;
        self.home
    }

    /// Has it end in order, and returns everything it has said.
    pub(crate) async fn said_after_stopping(self) -> String {
        self.program.signal(Signal::TERM);
        self.program.ended().await.1
    }

    /// A file in its home.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.home.path().join(file)
    }

    /// What `/metrics` of its last listener says of one number: its name and labels, as they are
    /// written there. Nothing is 0.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let url = self.urls.last().expect("a listener");
        let host = url.split('/').nth(2).expect("ws://host:port/ws");
        let mut stream = TcpStream::connect(host).await.expect("it listens");
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let mut lines = answer.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().expect("a number"))
    }

    /// Waits until a number is as it should be.
    pub(crate) async fn metric_becomes(&self, name: &str, right: impl Fn(u64) -> bool) -> u64 {
        eventually(name, async || {
            Some(self.metric(name).await).filter(|n| right(*n))
        })
        .await
    }

    /// A session of realm `realm1` over the first listener.
    pub(crate) async fn join(&self, credentials: Credentials) -> Result<Session, JoinError> {
        self.join_by(&self.urls[0], "realm1", credentials).await
    }

    /// A session over one of its listeners.
    pub(crate) async fn join_by(
        &self,
        url: &str,
        realm: &'static str,
        credentials: Credentials,
    ) -> Result<Session, JoinError> {
        wamp_client::connect(url, JoinOptions::new(realm).credentials(credentials)).await
    }

    /// The same by ticket.
    pub(crate) async fn user(&self, authid: &str, secret: &str) -> Session {
        let joined = self.join(ticket(authid, secret)).await;
        joined.unwrap_or_else(|error| panic!("{authid}: {error}"))
    }

    /// Why a client does not get in, as an error URI.
    pub(crate) async fn refusal(&self, credentials: Credentials) -> String {
        let what = format!("{credentials:?}");
        let error = self.join(credentials).await.expect_err(&what);
        let reason = error.reason();
        reason
            .unwrap_or_else(|| panic!("{what}: {error}"))
            .to_string()
    }
}

/// A router for everybody, with more settings of its listener, of its realm, and after that. The last
/// listener is for metrics.
pub(crate) fn for_everybody(listener: &str, realm: &str, more: &str) -> String {
    format!(
        r#"
[[listener]]
tcp = "127.0.0.1:0"
{listener}
[[listener]]
tcp = "127.0.0.1:0"
metrics = true

[[realm]]
name = "realm1"
{realm}
[[realm.role]]
name = "guest"
allow = [
    {{ uri = "com.example.", match = "prefix", allow = ["call", "register", "publish", "subscribe"] }},
    {{ uri = "wamp.", match = "prefix", allow = ["call"] }},
]

[realm.anonymous]
role = "guest"
{more}
"#
    )
}

/// `deskconnd --router-only`.
pub(crate) fn command() -> Command {
    let mut command = Command::new(deskconnd());
    command.arg("--router-only");
    command
}

/// What `deskconnd --router-only` says to these arguments.
pub(crate) async fn run(home: &TempHome, arguments: &[&str]) -> Output {
    home.run(command(), arguments).await
}

/// Writes a router's configuration that nobody else reads.
pub(crate) fn write(home: &TempHome, config: &str) -> PathBuf {
    let path = home.path().join("router.toml");
    std::fs::write(&path, config).expect("a writable home");
    keep_private(&path);
    path
}

pub(crate) fn keep_private(path: &Path) {
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, mode).expect("our file");
}

pub(crate) fn ticket(authid: &str, ticket: &str) -> Credentials {
    Credentials::Ticket {
        authid: authid.to_owned(),
        ticket: ticket.into(),
    }
}

pub(crate) fn wampcra(authid: &str, secret: &str) -> Credentials {
    Credentials::WampCra {
        authid: authid.to_owned(),
        secret: secret.into(),
    }
}

pub(crate) fn scram(authid: &str, password: &str) -> Credentials {
    Credentials::Scram {
        authid: authid.to_owned(),
        password: password.into(),
    }
}

/// By an Ed25519 key, with or without saying whose.
pub(crate) fn cryptosign(authid: Option<&str>, seed: [u8; 32]) -> Credentials {
    Credentials::Cryptosign {
        authid: authid.map(str::to_owned),
        signer: Arc::new(Key(SigningKey::from_bytes(&seed))),
        router: None,
    }
}

/// An Ed25519 key that signs challenges.
pub(crate) struct Key(pub(crate) SigningKey);

impl Signer for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        let message = message_to_sign(challenge, channel_id);
        self.0.sign(&message).to_bytes()
    }
}
