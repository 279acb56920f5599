//! What the egress hears of requests that were allowed and of those that were not.

use std::sync::Arc;
use std::time::Instant;
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::{Call, Publish, Register, Subscribe};
use wamp_proto::options::{CallOptions, PublishOptions, RegisterOptions, SubscribeOptions};
use wamp_proto::{Features, MatchPolicy, Message, Outbound, Payload, RequestId, Roles, Uri};
use wamp_router::{
    Actions, CloseReason, Egress, Joining, Permissions, Realm, RealmConfig, Rule, SessionInfo,
    SessionKey,
};

/// `authid action uri allowed`, one for each request.
#[derive(Default)]
struct Judgements(Vec<String>);

impl Egress for Judgements {
    fn send(&mut self, _to: SessionKey, _message: Outbound) {}

    fn close(&mut self, _session: SessionKey, _reason: CloseReason) {}

    fn judged(&mut self, by: &SessionInfo, action: Actions, uri: &Uri, allowed: bool) {
        let authid = &by.principal.authid;
        self.0.push(format!("{authid} {action:?} {uri} {allowed}"));
    }
}

#[test]
fn every_request_is_judged_once_and_aloud() {
    #[expect(clippy::disallowed_methods, reason = "any time will do")]
    let now = Instant::now();
    let mut realm = Realm::new(RealmConfig::new("realm1"), 1);
    let mut out = Judgements::default();
    let role = Some(Features::of(&[]));
    let joining = Joining {
        roles: Roles {
            publisher: role,
            subscriber: role,
            caller: role,
            callee: role,
            ..Roles::default()
        },
        principal: Principal {
            authid: "al".into(),
            authrole: "user".into(),
            authmethod: "anonymous".into(),
            authprovider: "test".into(),
            authextra: None,
        },
        permissions: Arc::new(Permissions::new([
            Rule::new(MatchPolicy::Prefix, "com.", Actions::ALL),
            Rule::new(MatchPolicy::Exact, "wamp.session.count", Actions::CALL),
        ])),
        trustlevel: None,
        peer: "memory".to_owned(),
    };
    let key = realm.join(joining, now, &mut out);
    let mut requests = 0;
    for uri in ["com.a", "org.a"] {
        for what in ["register", "subscribe", "publish", "call"] {
            requests += 1;
            let message = message(what, uri, requests);
            realm.receive(key, message, now, &mut out);
        }
    }
    for uri in ["wamp.session.count", "wamp.session.list"] {
        requests += 1;
        realm.receive(key, message("call", uri, requests), now, &mut out);
    }
    // What is refused whoever asks for it is not judged.
    for what in ["register", "publish"] {
        requests += 1;
        realm.receive(key, message(what, "wamp.a", requests), now, &mut out);
    }
    for what in ["register", "subscribe", "publish", "call"] {
        requests += 1;
        realm.receive(key, message(what, "com. a", requests), now, &mut out);
    }
    let expected = [
        (Actions::REGISTER, "com.a", true),
        (Actions::SUBSCRIBE, "com.a", true),
        (Actions::PUBLISH, "com.a", true),
        (Actions::CALL, "com.a", true),
        (Actions::REGISTER, "org.a", false),
        (Actions::SUBSCRIBE, "org.a", false),
        (Actions::PUBLISH, "org.a", false),
        (Actions::CALL, "org.a", false),
        (Actions::CALL, "wamp.session.count", true),
        (Actions::CALL, "wamp.session.list", false),
    ];
    let expected = expected.map(|(action, uri, allowed)| format!("al {action:?} {uri} {allowed}"));
    assert_eq!(out.0, expected);
}

fn message(what: &str, uri: &'static str, request: u64) -> Message {
    let request = RequestId::new(request).expect("an id");
    let uri = Uri::from(uri);
    match what {
        "register" => Register {
            request,
            options: RegisterOptions::default(),
            procedure: uri,
        }
        .into(),
        "subscribe" => Subscribe {
            request,
            options: SubscribeOptions::default(),
            topic: uri,
        }
        .into(),
        "publish" => Publish {
            request,
            options: PublishOptions::default().into(),
            topic: uri,
            payload: Payload::NONE,
        }
        .into(),
        _ => Call {
            request,
            options: CallOptions::default().into(),
            procedure: uri,
            payload: Payload::NONE,
        }
        .into(),
    }
}
