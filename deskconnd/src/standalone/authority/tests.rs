//! Whole logins, by the router's and the client's own handshakes.

use super::*;
use crate::router::Door;
use crate::standalone::config::EXAMPLE;
use ed25519_dalek::{Signer as _, SigningKey};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use wamp_proto::auth::Secret;
use wamp_proto::auth::cryptosign::{Signer, message_to_sign};
use wamp_proto::handshake::client::{Credentials, Step as ClientStep};
use wamp_proto::handshake::router::{Principal, Step};
use wamp_proto::handshake::{ClientHandshake, RouterHandshake};
use wamp_proto::{Message, Roles, Serializer, Uri};
use wamp_router::Permissions;
use wamp_transport::{Framing, LinkInfo, TransportKind};

const NETWORK: Door = Door::Network(IpAddr::V4(Ipv4Addr::LOCALHOST));

struct Key(SigningKey);

impl Signer for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign_challenge(&self, challenge: &[u8; 32], channel_id: Option<&[u8; 32]>) -> [u8; 64] {
        self.0
            .sign(&message_to_sign(challenge, channel_id))
            .to_bytes()
    }
}

/// RFC 8032's first test key, whose public key the example lists.
fn daves_key() -> Arc<Key> {
    let seed = data_encoding::HEXLOWER
        .decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        .unwrap();
    Arc::new(Key(SigningKey::from_bytes(&seed.try_into().unwrap())))
}

fn authority() -> Arc<StandaloneAuthority> {
    authority_of(EXAMPLE)
}

fn authority_of(text: &str) -> Arc<StandaloneAuthority> {
    let config = RouterConfig::parse(text, Path::new("test.toml")).unwrap();
    StandaloneAuthority::new(&config, [7; 32])
}

fn link() -> LinkInfo {
    LinkInfo {
        serializer: Serializer::Json,
        transport: TransportKind::WebSocket,
        framing: Framing::Plain,
        tls: None,
        sealed: None,
        binding: None,
        peer: String::new(),
    }
}

/// What comes of an attempt to join: `authid as authrole by authmethod`, or an error URI. And the
/// CHALLENGE on the way, if there was one.
fn log_in(
    authority: &StandaloneAuthority,
    door: &Door,
    realm: &str,
    credentials: Credentials,
) -> (String, Option<String>) {
    let agent = String::new();
    let realm = Uri::from(realm);
    let mut client = ClientHandshake::new(realm, agent, roles(), credentials, None, [3; 32]);
    let mut router = RouterHandshake::new();
    let mut asked = None;
    let mut step = router.receive(client.hello());
    loop {
        step = match step {
            Step::Decide { realm, details } => {
                let link = link();
                let verdict = authority.decide(Knock {
                    door,
                    link: &link,
                    realm: &realm,
                    details: &details,
                    cookie: None,
                    browser: None,
                    proof: None,
                });
                let verdict = verdict.now_or_never().expect("nobody else is asked");
                router.decide(verdict.decision)
            }
            Step::Send(message) => {
                let Message::Challenge(challenge) = &message else {
                    panic!("{message:?}");
                };
                let known: Vec<_> = challenge.extra.keys().map(String::as_str).collect();
                asked = Some(format!("{} {}", challenge.authmethod, known.join(" ")));
                match client.receive(message) {
                    Ok(ClientStep::Send(answer)) => router.receive(answer),
                    Ok(ClientStep::Derive(derivation)) => {
                        let key = derivation.run().unwrap();
                        let ClientStep::Send(answer) = client.derived(&key) else {
                            panic!("no answer");
                        };
                        router.receive(answer)
                    }
                    other => panic!("{other:?}"),
                }
            }
            Step::Join { principal, .. } => {
                let Principal {
                    authid,
                    authrole,
                    authmethod,
                    ..
                } = principal;
                return (format!("{authid} as {authrole} by {authmethod}"), asked);
            }
            Step::Abort(Message::Abort(abort)) => return (abort.reason.to_string(), asked),
            other => panic!("{other:?}"),
        }
    }
}

fn roles() -> Roles {
    Roles {
        caller: Some(wamp_proto::Features::NONE),
        ..Roles::default()
    }
}

fn ticket(authid: &str, ticket: &str) -> Credentials {
    Credentials::Ticket {
        authid: authid.to_owned(),
        ticket: ticket.into(),
    }
}

fn wampcra(authid: &str, secret: &str) -> Credentials {
    Credentials::WampCra {
        authid: authid.to_owned(),
        secret: secret.into(),
    }
}

fn scram(authid: &str, password: &str) -> Credentials {
    Credentials::Scram {
        authid: authid.to_owned(),
        password: password.into(),
    }
}

fn cryptosign(authid: Option<&str>, signer: Arc<Key>) -> Credentials {
    Credentials::Cryptosign {
        authid: authid.map(str::to_owned),
        signer,
        router: None,
    }
}

fn stranger() -> Arc<Key> {
    Arc::new(Key(SigningKey::from_bytes(&[9; 32])))
}

const DENIED: &str = "wamp.error.authentication_denied";

#[test]
fn users_log_in_by_what_they_are_known_by() {
    let authority = authority();
    for (credentials, expected) in [
        (
            ticket("alice", "a text drawn at random, not this one"),
            "alice as user by ticket",
        ),
        (
            wampcra("bob", "another text drawn at random"),
            "bob as user by wampcra",
        ),
        (scram("carol", "secret"), "carol as user by wamp-scram"),
        (
            cryptosign(Some("dave"), daves_key()),
            "dave as user by cryptosign",
        ),
        (cryptosign(None, daves_key()), "dave as user by cryptosign"),
        (ticket("alice", "wrong"), DENIED),
        (wampcra("bob", "wrong"), DENIED),
        (scram("carol", "wrong"), DENIED),
        (cryptosign(Some("dave"), stranger()), DENIED),
        (cryptosign(None, stranger()), DENIED),
        (wampcra("alice", "x"), "wamp.error.no_matching_auth_method"),
        // Somebody else's proof.
        (
            cryptosign(Some("alice"), daves_key()),
            "wamp.error.no_matching_auth_method",
        ),
        (
            ticket("bob", "a text drawn at random, not this one"),
            "wamp.error.no_matching_auth_method",
        ),
    ] {
        let what = format!("{credentials:?}");
        let (came, _) = log_in(&authority, &NETWORK, "realm1", credentials);
        assert_eq!(came, expected, "{what}");
    }
}

#[test]
fn the_clients_order_decides_among_the_methods() {
    let authority = authority();
    let by_ticket = ticket("alice", "a text drawn at random, not this one");
    let several = [wampcra("alice", "x"), Credentials::Anonymous, by_ticket];
    let (came, _) = log_in(
        &authority,
        &NETWORK,
        "realm1",
        Credentials::AnyOf(several.into()),
    );
    assert!(came.ends_with("as guest by anonymous"), "{came}");
}

/// The Unix socket, from a process of that user.
const fn local(uid: u32) -> Door {
    Door::Local {
        uid,
        component: None,
    }
}

#[test]
fn who_shows_nothing_is_anonymous_and_a_local_user_is_known_by_its_id() {
    let authority = authority();
    let enter = |door: &Door, realm| log_in(&authority, door, realm, Credentials::Anonymous).0;
    let first = enter(&NETWORK, "realm1");
    assert!(first.ends_with("as guest by anonymous"), "{first}");
    assert_ne!(
        enter(&NETWORK, "realm1"),
        first,
        "each has a name of its own"
    );
    assert_eq!(enter(&local(0), "realm1"), "uid-0 as user by local");
    let other = enter(&local(1000), "realm1");
    assert!(other.ends_with("as guest by anonymous"), "{other}");
    assert_eq!(enter(&NETWORK, "realm2"), "wamp.error.no_such_realm");
}

#[test]
fn without_a_role_for_them_those_who_show_nothing_are_turned_away() {
    let text = EXAMPLE.replace("[realm.anonymous]\nrole = \"guest\"\n", "");
    assert_ne!(text, EXAMPLE);
    let (came, _) = log_in(
        &authority_of(&text),
        &NETWORK,
        "realm1",
        Credentials::Anonymous,
    );
    assert_eq!(came, "wamp.error.no_matching_auth_method");
}

#[test]
fn unknown_authids_are_asked_like_known_ones_and_refused_like_wrong_proofs() {
    let authority = authority();
    let attempts: [fn(&str) -> Credentials; 4] = [
        |authid| ticket(authid, "x"),
        |authid| wampcra(authid, "x"),
        |authid| scram(authid, "x"),
        |authid| cryptosign(Some(authid), stranger()),
    ];
    let probe = |authid: &str| {
        attempts.map(|attempt| log_in(&authority, &NETWORK, "realm1", attempt(authid)))
    };
    let known = ["alice", "bob", "carol", "dave", "frank"].map(probe);
    for number in 0..40 {
        let authid = format!("nobody{number}");
        let answers = probe(&authid);
        assert!(known.contains(&answers), "{authid}: {answers:?}");
        assert_eq!(probe(&authid), answers, "the same whenever it asks");
    }
}

#[test]
fn a_router_with_a_key_proves_itself_to_those_who_ask() {
    let home = tempfile::tempdir().unwrap();
    let seed = [5; 32];
    std::fs::write(home.path().join("router.key"), "05".repeat(32)).unwrap();
    let text = EXAMPLE.replace("# router_key_file", "router_key_file");
    let config = RouterConfig::parse(&text, &home.path().join("router.toml")).unwrap();
    let authority = StandaloneAuthority::new(&config, [7; 32]);
    let credentials = Credentials::Cryptosign {
        authid: None,
        signer: daves_key(),
        router: Some(SigningKey::from_bytes(&seed).verifying_key().to_bytes()),
    };
    // The client checks the router's signature before it answers.
    let (came, _) = log_in(&authority, &NETWORK, "realm1", credentials);
    assert_eq!(came, "dave as user by cryptosign");
}

#[test]
fn what_scram_keeps_of_a_password_lets_in_who_knows_it() {
    let lines = crate::standalone::scram_credentials(&Secret::new("pencil")).unwrap();
    let text = EXAMPLE.to_owned()
        + &format!("[[realm.user]]\nauthid = \"erin\"\nrole = \"user\"\n{lines}");
    let authority = authority_of(&text);
    let enter = |password| log_in(&authority, &NETWORK, "realm1", scram("erin", password)).0;
    // The client offers both dialects, Autobahn's first.
    assert_eq!(enter("pencil"), "erin as user by scram");
    assert_eq!(enter("pen"), DENIED);
}

#[test]
fn an_admission_of_another_edition_does_not_last() {
    let authority = authority();
    let admission = |edition| Admission {
        edition,
        ..Admission::known(Permissions::none())
    };
    let alice = principal("alice".into(), &"user".into(), "ticket");
    let joined = |edition| authority.joined(&"realm1".into(), &alice, &admission(edition));
    assert!(joined(Some(0)).is_ok());
    assert!(joined(None).is_ok());
    assert!(joined(Some(1)).is_err());
}
