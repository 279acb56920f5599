//! A real realm behind real links: the smallest router there is.

use futures_util::{SinkExt, StreamExt};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use tokio::sync::mpsc;
use wamp_client::{JoinOptions, Session};
use wamp_proto::handshake::{
    RouterHandshake,
    router::{Decision, Principal, Step},
};
use wamp_proto::{Outbound, Roles};
use wamp_router::{
    CloseReason, Egress, Joining, Permissions, Realm, RealmConfig, RequestIds, SessionKey,
};
use wamp_transport::{Link, memory};

/// A router with one realm, `realm1`, in which everybody may do everything.
#[derive(Clone)]
pub(crate) struct RealRouter(Arc<Mutex<State>>);

struct State {
    realm: Realm,
    outboxes: Outboxes,
}

#[derive(Default)]
struct Outboxes(HashMap<SessionKey, mpsc::UnboundedSender<Outbound>>);

impl Egress for Outboxes {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        if let Some(outbox) = self.0.get(&to) {
            outbox.send(message).ok();
        }
    }

    fn close(&mut self, session: SessionKey, _reason: CloseReason) {
        self.0.remove(&session);
    }
}

impl RealRouter {
    pub(crate) fn new() -> Self {
        let config = RealmConfig {
            request_ids: RequestIds::Strict,
            ..RealmConfig::new("realm1")
        };
        Self(Arc::new(Mutex::new(State {
            realm: Realm::new(config, 1),
            outboxes: Outboxes::default(),
        })))
    }

    /// A session over a link in memory.
    pub(crate) async fn session(&self) -> Session {
        let (router, client) = memory::pair(memory::Capacity::default(), ["router", "client"]);
        self.serve(router);
        let joined = Session::join(client, JoinOptions::new("realm1")).await;
        joined.expect("everybody is let in")
    }

    /// Serves a client.
    pub(crate) fn serve(&self, link: Link) {
        tokio::spawn(self.clone().run(link));
    }

    /// Whether every session is gone, with all it had.
    pub(crate) fn is_empty(&self) -> bool {
        self.with(|state| state.realm.is_empty())
    }

    async fn run(self, mut link: Link) {
        let Some(roles) = let_in(&mut link).await else {
            return;
        };
        let (outbox, mut queued) = mpsc::unbounded_channel();
        let key = self.join(roles, outbox);
        let (mut sink, mut stream) = link.split();
        let write = async {
            while let Some(message) = queued.recv().await {
                if sink.send(message).await.is_err() {
                    return;
                }
            }
            sink.close().await.ok();
        };
        let read = async {
            while let Some(Ok(message)) = stream.next().await {
                self.with(|State { realm, outboxes }| {
                    realm.receive(key, message, Instant::now(), outboxes);
                });
            }
            self.with(|State { realm, outboxes }| realm.leave(key, Instant::now(), outboxes));
        };
        tokio::join!(write, read);
    }

    fn join(&self, roles: Roles, outbox: mpsc::UnboundedSender<Outbound>) -> SessionKey {
        let joining = Joining {
            roles,
            principal: anybody(),
            permissions: Arc::new(Permissions::all()),
            trustlevel: None,
            peer: "a test".to_owned(),
        };
        self.with(|State { realm, outboxes }| {
            // The key is known only after WELCOME was sent to it.
            let mut welcome = Welcome(None);
            let key = realm.join(joining, Instant::now(), &mut welcome);
            outbox.send(welcome.0.expect("a welcome")).ok();
            outboxes.0.insert(key, outbox);
            key
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes the WELCOME.
struct Welcome(Option<Outbound>);

impl Egress for Welcome {
    fn send(&mut self, _to: SessionKey, message: Outbound) {
        self.0.get_or_insert(message);
    }

    fn close(&mut self, _session: SessionKey, _reason: CloseReason) {}
}

async fn let_in(link: &mut Link) -> Option<Roles> {
    let mut handshake = RouterHandshake::new();
    let hello = link.next().await?.ok()?;
    let Step::Decide { .. } = handshake.receive(hello) else {
        return None;
    };
    match handshake.decide(Decision::Admit(anybody())) {
        Step::Join { details, .. } => details.roles,
        _ => None,
    }
}

fn anybody() -> Principal {
    Principal {
        authid: "ann".into(),
        authrole: "anybody".into(),
        authmethod: "anonymous".into(),
        authprovider: "test".into(),
        authextra: None,
    }
}
