//! A realm's history across restarts of the realm.

use super::*;
use crate::router::{Queues, SharedRealm, realm_config};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::Publish;
use wamp_proto::options::PublishOptions;
use wamp_proto::{MatchPolicy, Message, Payload, RequestId, Roles, Serializer};
use wamp_router::{HistoryTopic, Joining, Permissions, Realm, RealmConfig};

fn inner() -> Realm {
    let topic = HistoryTopic {
        uri: "com.example.".into(),
        policy: MatchPolicy::Prefix,
        events: 3,
        octets: usize::MAX,
        lasting: true,
    };
    let config = RealmConfig {
        history: vec![topic],
        ..realm_config("realm1".into())
    };
    Realm::new(config, 1)
}

/// A realm with that file, in which these numbers are published before it closes again. Returns what
/// its history held at first, and whether it could not be written at last.
async fn open(path: &Path, published: &[u64]) -> (Vec<Payload>, bool) {
    let mut inner = inner();
    let lasting = Lasting::restore(path.to_owned(), &mut inner).await;
    let held = inner.history().map(|event| event.payload.clone()).collect();
    let pending = lasting.pending();
    let realm = SharedRealm::recording(inner, Queues::default(), Some(Arc::clone(&pending)));
    let ends = CancellationToken::new();
    let keeper = lasting.keeper(Arc::clone(&realm));
    let keeping = keeper.map(|keeper| tokio::spawn(keeper.run(ends.clone())));
    publish(&realm, published);
    ends.cancel();
    if let Some(keeping) = keeping {
        keeping.await.unwrap();
    }
    (held, pending.is_failing())
}

fn publish(realm: &SharedRealm, numbers: &[u64]) {
    let name = || "test".into();
    let joining = Joining {
        roles: Roles::default(),
        principal: Principal {
            authid: name(),
            authrole: name(),
            authmethod: name(),
            authprovider: name(),
            authextra: None,
        },
        permissions: Arc::new(Permissions::all()),
        trustlevel: None,
        peer: "test".to_owned(),
    };
    let key = realm.join(joining, &realm.outbox()).unwrap();
    let publications = numbers.iter().zip(1..).map(|(number, request)| {
        Message::from(Publish {
            request: RequestId::new(request).unwrap(),
            options: PublishOptions::default().into(),
            topic: "com.example.topic".into(),
            payload: payload(*number),
        })
    });
    realm.receive(key, &mut publications.collect(), None);
}

fn payload(number: u64) -> Payload {
    Payload::new(Serializer::Json, &[number], &()).unwrap()
}

#[tokio::test]
async fn events_are_there_again_as_many_as_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history");
    assert_eq!(open(&path, &[1, 2]).await, (vec![], false));
    assert_eq!(open(&path, &[3, 4]).await.0, [1, 2].map(payload));
    assert_eq!(open(&path, &[5]).await.0, [2, 3, 4].map(payload));
    assert_eq!(open(&path, &[]).await.0, [3, 4, 5].map(payload));
}

#[tokio::test]
async fn a_file_that_is_no_history_is_not_touched_and_the_realm_opens_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history");
    fs::write(&path, "my letters").unwrap();
    assert_eq!(open(&path, &[1]).await, (vec![], true));
    assert_eq!(fs::read(&path).unwrap(), b"my letters");
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_written_is_written_when_the_disk_is_well_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history");
    open(&path, &[1]).await;
    let mut inner = inner();
    let lasting = Lasting::restore(path.clone(), &mut inner).await;
    let pending = lasting.pending();
    let realm = SharedRealm::recording(inner, Queues::default(), Some(Arc::clone(&pending)));
    let ends = CancellationToken::new();
    let keeping = lasting
        .keeper(Arc::clone(&realm))
        .unwrap()
        .run(ends.clone());
    // As after a mistake on the disk: changes are not noted any more.
    pending.give_up();
    publish(&realm, &[2, 3]);
    assert_eq!(pending.waiting(), 0);
    let keeping = tokio::spawn(keeping);
    pending.wake();
    while pending.written() == 0 {
        tokio::task::yield_now().await;
    }
    ends.cancel();
    keeping.await.unwrap();
    assert_eq!(open(&path, &[]).await.0, [1, 2, 3].map(payload));
}
