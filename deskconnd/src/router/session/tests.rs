//! Whole sessions over memory links, with a clock that runs when nothing else does.

use super::handshake::enter;
use super::*;
use crate::audit::Audit;
use crate::auth::DeskAuthority;
use crate::components::Insiders;
use crate::desk::Realms;
use crate::devices::Devices;
use crate::router::queues::SlowReaders;
use crate::router::{Admission, Queues};
use deskconn_protocol::uris as names;
use deskconn_state::StateDir;
use futures_util::StreamExt;
use std::net::{IpAddr, Ipv4Addr};
use tempfile::TempDir;
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::{Call, Hello, Publish, Register, Subscribe};
use wamp_proto::options::{
    CallOptions, HelloDetails, PublishOptions, RegisterOptions, SubscribeOptions,
};
use wamp_proto::{Features, RequestId, Roles, Uri};
use wamp_router::{Joining, Realm, RealmConfig};
use wamp_transport::memory::{self, Capacity};

/// Longer than anything here may take. No test waits so long: the clock is paused.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

/// A procedure that is not there, so that a call of it is answered at once.
const NOTHING: &str = "com.example.nothing";

const LOCAL: Door = Door::Local {
    uid: 0,
    component: None,
};
const STRANGER: Door = Door::Network(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));

fn router() -> (Arc<Router>, TempDir) {
    router_of(Realms::new([1, 2]).all())
}

/// A router whose realm of those who are known has these queues.
fn router_with(queues: Queues) -> (Arc<Router>, TempDir) {
    let realm = Realm::new(RealmConfig::new(names::REALM), 1);
    router_of([SharedRealm::new(realm, queues)])
}

fn router_of(realms: impl IntoIterator<Item = Arc<SharedRealm>>) -> (Arc<Router>, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let devices = Devices::open(StateDir::open(home.path()).unwrap()).unwrap();
    let authority = DeskAuthority::new(
        devices,
        Realms::new([1, 2]).main,
        Audit::off(home.path()),
        Insiders::new().0,
    );
    (Router::new(authority, realms), home)
}

/// A client of `realm` that has been let in, and the end of its session. Its link holds one message.
async fn join(
    router: &Arc<Router>,
    door: Door,
    realm: &'static str,
) -> (Link, tokio::task::JoinHandle<()>) {
    let capacity = Capacity {
        messages: 1,
        octets: 1,
    };
    let (mut client, link) = memory::pair(capacity, ["client", "router"]);
    let served = tokio::spawn(serve(Arc::clone(router), link, door, ()));
    let role = Some(Features::NONE);
    let roles = Roles {
        caller: role,
        callee: role,
        publisher: role,
        subscriber: role,
        ..Roles::default()
    };
    let details = HelloDetails {
        roles: Some(roles),
        ..HelloDetails::default()
    };
    let hello = Hello {
        realm: Uri::from_static(realm),
        details: Box::new(details),
    };
    client.send(Message::from(hello).into()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap().name(), "WELCOME");
    (client, served)
}

fn call(number: u64, procedure: &'static str) -> Outbound {
    let call = Call {
        request: RequestId::new(number).unwrap(),
        options: CallOptions::default().into(),
        procedure: procedure.into(),
        payload: Payload::NONE,
    };
    Message::from(call).into()
}

async fn subscribe(client: &mut Link, topic: &'static str) {
    let subscribe = Subscribe {
        request: RequestId::new(1).unwrap(),
        options: SubscribeOptions::default(),
        topic: topic.into(),
    };
    client.send(Message::from(subscribe).into()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap().name(), "SUBSCRIBED");
}

/// A publication of about a thousand octets, for its publisher too.
fn publish(number: u64, topic: &'static str) -> Outbound {
    let options = PublishOptions {
        exclude_me: Some(false),
        ..PublishOptions::default()
    };
    let publish = Publish {
        request: RequestId::new(number).unwrap(),
        options: options.into(),
        topic: topic.into(),
        payload: Payload::sentence(&"x".repeat(1000)),
    };
    Message::from(publish).into()
}

/// Room for a few publications, for which publishers wait ten seconds.
fn few_and_patient() -> Queues {
    Queues {
        session: 8 << 10,
        slow_readers: SlowReaders::Backpressure,
        ..Queues::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_that_does_not_read_is_gone_when_its_time_is_over() {
    let (router, _home) = router();
    let (mut client, served) = join(&router, STRANGER, names::REALM_PAIRING).await;
    for number in 1..=10 {
        client.send(call(number, NOTHING)).await.unwrap();
    }
    let ended = tokio::time::timeout(FOREVER, served).await;
    assert!(ended.is_ok(), "the session is still there");
}

#[tokio::test(start_paused = true)]
async fn a_session_over_its_budget_ends_although_its_client_does_not_read() {
    let (router, _home) = router_with(Queues {
        session: 4096,
        ..Queues::default()
    });
    let (mut client, served) = join(&router, LOCAL, names::REALM).await;
    // It hears of all who come and go.
    subscribe(&mut client, "wamp.session.on_join").await;
    for _ in 0..20 {
        join(&router, LOCAL, names::REALM).await;
    }
    let ended = tokio::time::timeout(FOREVER, served).await;
    assert!(ended.is_ok(), "the session is still there");
}

#[tokio::test]
async fn a_stranger_has_four_calls_under_way_at_most() {
    let (router, _home) = router();
    let internal = Door::Internal { name: "test" };
    let (mut callee, _) = join(&router, internal, names::REALM_PAIRING).await;
    let register = Register {
        request: RequestId::new(1).unwrap(),
        options: RegisterOptions::default(),
        procedure: names::PAIRING_BEGIN.into(),
    };
    callee.send(Message::from(register).into()).await.unwrap();
    assert_eq!(callee.next().await.unwrap().unwrap().name(), "REGISTERED");
    let (mut stranger, _) = join(&router, STRANGER, names::REALM_PAIRING).await;
    for number in 1..=5 {
        let call = call(number, names::PAIRING_BEGIN);
        stranger.send(call).await.unwrap();
    }
    let Message::Error(error) = stranger.next().await.unwrap().unwrap() else {
        panic!("a call too many was not refused");
    };
    assert_eq!(
        (error.request.get(), error.error),
        (5, uris::LIMIT_EXCEEDED)
    );
}

#[tokio::test(start_paused = true)]
async fn who_publishes_to_itself_and_to_who_publishes_to_it_gets_it_all_by_reading() {
    let (router, _home) = router_with(few_and_patient());
    let mut clients = Vec::new();
    for _ in 0..2 {
        let (mut client, _) = join(&router, LOCAL, names::REALM).await;
        subscribe(&mut client, "com.example.topic").await;
        clients.push(client);
    }
    let reading = clients.into_iter().map(|client| {
        let (mut out, events) = client.split();
        tokio::spawn(async move {
            for number in 2..102 {
                let event = publish(number, "com.example.topic");
                out.send(event).await.unwrap();
            }
            // Open for as long as the other reads.
            std::future::pending::<()>().await;
        });
        events.take(200).count()
    });
    let received = futures_util::future::join_all(reading);
    let received = tokio::time::timeout(FOREVER, received).await;
    assert_eq!(received.expect("nobody waits for ever"), [200, 200]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_itself_and_does_not_read_ends_and_holds_up_nobody() {
    let (router, _home) = router_with(few_and_patient());
    let (mut client, served) = join(&router, LOCAL, names::REALM).await;
    let (mut other, _) = join(&router, LOCAL, names::REALM).await;
    subscribe(&mut client, "com.example.topic").await;
    let publishing = tokio::spawn(async move {
        for number in 2..1002 {
            let event = publish(number, "com.example.topic");
            client.send(event).await.unwrap();
        }
        client
    });
    other.send(call(1, NOTHING)).await.unwrap();
    assert_eq!(other.next().await.unwrap().unwrap().name(), "ERROR");
    assert!(!served.is_finished());
    let ended = tokio::time::timeout(FOREVER, served).await;
    assert!(ended.is_ok(), "the session is still there");
    drop(publishing.await.unwrap());
}

#[tokio::test]
async fn nobody_joins_a_router_that_shuts_down() {
    let (router, _home) = router();
    let realm = router.realm(&Uri::from_static(names::REALM)).unwrap();
    let admission = Admission::known(wamp_router::Permissions::all());
    let joining = || Joining {
        roles: Roles::default(),
        principal: Principal {
            authid: "alice".into(),
            authrole: "user".into(),
            authmethod: "anonymous".into(),
            authprovider: "test".into(),
            authextra: None,
        },
        permissions: Arc::clone(&admission.permissions),
        trustlevel: None,
        peer: "test".to_owned(),
    };
    let enter = || enter(&router, Arc::clone(&realm), joining(), &admission);
    let before = enter();
    assert!(before.is_ok());
    router.shutdown.cancel();
    assert!(enter().is_err());
    assert_eq!(realm.with(|realm, _, _| realm.sessions().count()), 1);
}
