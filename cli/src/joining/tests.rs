//! Pairing with a daemon whose window is real and whose router is a script.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::Identity;
use deskconn_protocol::pairing::{
    Code, DEFAULT_TTL, Method, PairingSecret, QrSecret, RESPONDER_ENTROPY, Refusal, Secrets, Window,
};
use deskconn_protocol::profile::{DeviceKind, Profile};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use wamp_client::JoinOptions;
use wamp_proto::{Outbound, Serializer, decode, encode};
use wamp_transport::{Link, memory};

use super::*;

const RIGHT: &str = "4821 7305";
const WRONG: &str = "0000 0000";
const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 66));

#[tokio::test]
async fn the_right_code_pairs_with_the_daemon_it_was_typed_for() {
    let (paired, calls) = join(RIGHT, Daemon::new()).await;
    let paired = paired.expect("paired");
    assert_eq!(paired.peer.id, Identity::from_seed(&[2; 64]).id());
    assert_eq!(paired.peer.profile.name, "study-laptop");
    assert_eq!(paired.grants, Grant::defaults());
    assert_eq!(calls, [uris::PAIRING_BEGIN, uris::PAIRING_CONFIRM]);
}

#[tokio::test]
async fn a_wrong_code_is_told_with_the_attempts_left_and_not_tried_again() {
    let (paired, calls) = join(WRONG, Daemon::new()).await;
    let error = paired.expect_err("a wrong code");
    assert_eq!(error.message, "wrong code, 9 attempts left");
    assert_eq!(error.kind.exit_code(), 1);
    assert!(error.hint.is_some());
    assert_eq!(calls, [uris::PAIRING_BEGIN, uris::PAIRING_CONFIRM]);
}

#[tokio::test]
async fn a_closed_window_and_a_busy_one_say_what_to_do() {
    let busy = Refusal::Busy {
        retry_after: Duration::from_millis(2500),
    };
    let closed = Refusal::NotPairing { closed: None };
    let code_closed = Refusal::NotPairing {
        closed: Some(Method::Code),
    };
    for (refusal, message, hint) in [
        (
            busy,
            "another device is pairing with study at the moment",
            "try again in 3 s",
        ),
        (
            closed,
            "study does not pair: this computer is not pairing",
            "run `deskconn pair` on the computer",
        ),
        (
            code_closed,
            "study does not pair: the code is closed",
            "there were too many wrong codes: scan the QR code, or run `deskconn pair` again",
        ),
    ] {
        let daemon = Daemon {
            refusal: Some(refusal),
            ..Daemon::new()
        };
        let (paired, calls) = join(RIGHT, daemon).await;
        let error = paired.expect_err(message);
        assert_eq!(error.message, message);
        assert_eq!(error.hint.as_deref(), Some(hint));
        assert_eq!(calls, [uris::PAIRING_BEGIN]);
    }
}

#[tokio::test]
async fn a_daemon_that_forgets_to_prove_itself_is_not_believed() {
    let daemon = Daemon {
        false_tag: true,
        ..Daemon::new()
    };
    let (paired, _) = join(RIGHT, daemon).await;
    let error = paired.expect_err("a false tag");
    assert_eq!(
        error.message,
        "the computer did not prove that it knows the code"
    );
}

/// Joins with `code`; returns what came of it and which procedures were called.
async fn join(code: &str, daemon: Daemon) -> (Result<Paired, CliError>, Vec<String>) {
    let (there, here) = memory::pair(memory::Capacity::default(), ["daemon", "cli"]);
    let served = tokio::spawn(daemon.serve(there));
    let options = JoinOptions::new(Uri::from_static(uris::REALM_PAIRING));
    let session = Session::join(here, options).await.expect("let in");
    let offer = Join {
        secret: PairingSecret::Code(code.parse().expect("a code")),
        identity: Arc::new(Identity::from_seed(&[1; 64])),
        profile: Profile::new("desk", "", "", DeviceKind::Cli),
        app: "deskconn/0".to_owned(),
        grants: Grant::defaults(),
        expected: None,
    };
    let paired = pair(&session, offer, "study", |_| ()).await;
    session.leave().await;
    (paired, served.await.expect("the daemon ends well"))
}

/// A daemon with an open window, reached over a router that is only a script.
struct Daemon {
    window: Window,
    /// How it refuses every call.
    refusal: Option<Refusal>,
    /// Whether it answers confirmations with a tag that proves nothing.
    false_tag: bool,
}

impl Daemon {
    fn new() -> Self {
        let identity = Arc::new(Identity::from_seed(&[2; 64]));
        let profile = Profile::new("study-laptop", "", "", DeviceKind::Daemon);
        let mut window = Window::new(identity, profile);
        let secrets = Secrets {
            code: RIGHT.parse::<Code>().expect("a code"),
            qr: QrSecret::from_bytes(&[9; 16]),
        };
        window.open(Instant::now(), DEFAULT_TTL, secrets, false);
        Self {
            window,
            refusal: None,
            false_tag: false,
        }
    }

    /// Serves until the client leaves; returns the procedures that were called.
    async fn serve(mut self, mut link: Link) -> Vec<String> {
        let mut calls = Vec::new();
        while let Some(message) = receive(&mut link).await {
            let answer = match message[0].as_u64() {
                Some(1) => json!([2, 7, {"roles": {"dealer": {}}}]),
                Some(48) => {
                    calls.push(message[3].as_str().expect("a procedure").to_owned());
                    self.answer(&message)
                }
                Some(6) => json!([6, {}, "wamp.close.goodbye_and_out"]),
                _ => panic!("{message}"),
            };
            send(&mut link, &answer).await;
        }
        calls
    }

    fn answer(&mut self, call: &Json) -> Json {
        let (request, kwargs) = (&call[1], call[5].clone());
        let result = match (&self.refusal, call[3].as_str()) {
            (Some(refusal), _) => Err(refusal.clone()),
            (None, Some(uris::PAIRING_BEGIN)) => self.begin(kwargs),
            (None, _) => self.confirm(kwargs),
        };
        match result {
            Ok(kwargs) => json!([50, request, {}, [], kwargs]),
            Err(refusal) => {
                let details = refusal.details();
                json!([
                    8,
                    48,
                    request,
                    {},
                    refusal.uri(),
                    [refusal.to_string()],
                    details
                ])
            }
        }
    }

    fn begin(&mut self, kwargs: Json) -> Result<Json, Refusal> {
        let call = serde_json::from_value(kwargs).expect("a begin call");
        let entropy = [3; RESPONDER_ENTROPY];
        let answer = self.window.begin(SOURCE, &call, Instant::now(), &entropy)?;
        Ok(json!(answer))
    }

    fn confirm(&mut self, kwargs: Json) -> Result<Json, Refusal> {
        let call = serde_json::from_value(kwargs).expect("a confirm call");
        let proven = self.window.prove(SOURCE, &call, Instant::now())?;
        let (_, answer) = self.window.accept(proven, Grant::defaults())?;
        let mut answer = json!(answer);
        if self.false_tag {
            answer["tag"] = "00".repeat(32).into();
        }
        Ok(answer)
    }
}

async fn receive(link: &mut Link) -> Option<Json> {
    let message = link.next().await?.expect("a message");
    let mut text = BytesMut::new();
    encode(&message, Serializer::Json, &mut text).expect("JSON");
    Some(serde_json::from_slice(&text).expect("JSON"))
}

async fn send(link: &mut Link, message: &Json) {
    let message = decode(Serializer::Json, &Bytes::from(message.to_string()));
    let message = Outbound::from(message.expect("a message"));
    link.send(message).await.expect("the client is there");
}
