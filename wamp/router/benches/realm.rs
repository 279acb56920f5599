//! What routing costs: calls with their results, and events, in realms of various sizes.
//!
//! `cargo bench -p wamp-router`; docs/performance.md has figures and says how they were got. Nothing is
//! encoded or sent here: this is the realm alone.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::{Call, Publish, Register, Subscribe, Yield};
use wamp_proto::options::{
    CallOptions, PublishOptions, RegisterOptions, SubscribeOptions, YieldOptions,
};
use wamp_proto::{
    Features, IdSequence, MatchPolicy, Message, Outbound, Payload, RequestId, Roles, Serializer,
    Uri,
};
use wamp_router::{CloseReason, Egress, Joining, Permissions, Realm, RealmConfig, SessionKey};

/// How many procedures or topics there are.
const SIZES: [usize; 2] = [10, 100_000];

const POLICIES: [(&str, MatchPolicy); 3] = [
    ("exact", MatchPolicy::Exact),
    ("prefix", MatchPolicy::Prefix),
    ("wildcard", MatchPolicy::Wildcard),
];

/// Counts what the realm sends.
#[derive(Default)]
struct Sent(u64);

impl Egress for Sent {
    fn send(&mut self, _to: SessionKey, message: Outbound) {
        self.0 += 1;
        black_box(message);
    }

    fn close(&mut self, _session: SessionKey, reason: CloseReason) {
        panic!("a session ended: {reason}");
    }
}

/// A realm and the time in it, which stands still.
struct World {
    realm: Realm,
    now: Instant,
    sent: Sent,
}

/// A session that sends messages with ids in sequence.
struct Client {
    key: SessionKey,
    requests: IdSequence,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "only times after this one count")]
    fn new() -> Self {
        let mut config = RealmConfig::new("bench");
        config.limits.registrations = usize::MAX;
        config.limits.subscriptions = usize::MAX;
        Self {
            realm: Realm::new(config, 1),
            now: Instant::now(),
            sent: Sent::default(),
        }
    }

    fn join(&mut self) -> Client {
        let role = Some(Features::NONE);
        let joining = Joining {
            roles: Roles {
                publisher: role,
                subscriber: role,
                caller: role,
                callee: role,
                ..Roles::default()
            },
            principal: Principal {
                authid: "anyone".into(),
                authrole: "user".into(),
                authmethod: "test".into(),
                authprovider: "test".into(),
                authextra: None,
            },
            permissions: Arc::new(Permissions::all()),
            trustlevel: None,
            peer: String::new(),
        };
        let key = self.realm.join(joining, self.now, &mut self.sent);
        let requests = IdSequence::default();
        Client { key, requests }
    }

    fn receive(&mut self, from: SessionKey, message: impl Into<Message>) {
        let (now, out) = (self.now, &mut self.sent);
        self.realm.receive(from, message.into(), now, out);
    }

    fn register(&mut self, callee: &mut Client, policy: MatchPolicy, procedure: Uri) {
        let request = callee.requests.next_request();
        let options = RegisterOptions {
            r#match: Some(policy),
            ..RegisterOptions::default()
        };
        let register = Register {
            request,
            options,
            procedure,
        };
        self.receive(callee.key, register);
    }

    fn subscribe(&mut self, subscriber: &mut Client, policy: MatchPolicy, topic: Uri) {
        let request = subscriber.requests.next_request();
        let options = SubscribeOptions {
            r#match: Some(policy),
            ..SubscribeOptions::default()
        };
        let subscribe = Subscribe {
            request,
            options,
            topic,
        };
        self.receive(subscriber.key, subscribe);
    }

    fn publish(&mut self, publisher: &mut Client, topic: &Uri, payload: &Payload) {
        let publish = Publish {
            request: publisher.requests.next_request(),
            options: PublishOptions::default().into(),
            topic: topic.clone(),
            payload: payload.clone(),
        };
        self.receive(publisher.key, publish);
    }

    /// A call from CALL to RESULT.
    fn call(
        &mut self,
        caller: &mut Client,
        callee: SessionKey,
        invocation: RequestId,
        procedure: &Uri,
        payload: &Payload,
    ) {
        let call = Call {
            request: caller.requests.next_request(),
            options: CallOptions::default().into(),
            procedure: procedure.clone(),
            payload: payload.clone(),
        };
        self.receive(caller.key, call);
        let result = Yield {
            request: invocation,
            options: YieldOptions::default().into(),
            payload: payload.clone(),
        };
        self.receive(callee, result);
    }
}

/// The pattern of that number.
fn pattern(policy: MatchPolicy, number: usize) -> Uri {
    let text = match policy {
        MatchPolicy::Exact => format!("com.example.device{number}.set_value"),
        MatchPolicy::Prefix => format!("com.example.device{number}."),
        MatchPolicy::Wildcard => format!("com..device{number}.set_value"),
    };
    Uri::from(text.as_str())
}

/// A URI that the pattern of that number matches.
fn uri(number: usize) -> Uri {
    pattern(MatchPolicy::Exact, number)
}

fn payload() -> Payload {
    Payload::new(Serializer::MessagePack, &[1, 2, 3], &()).expect("a payload")
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call and result");
    group.throughput(Throughput::Elements(1));
    for (name, policy) in POLICIES {
        for size in SIZES {
            let mut world = World::new();
            let (mut caller, mut callee) = (world.join(), world.join());
            for number in 0..size {
                world.register(&mut callee, policy, pattern(policy, number));
            }
            let (procedure, payload) = (uri(size / 2), payload());
            let mut invocations = IdSequence::default();
            let before = world.sent.0;
            let mut calls = 0;
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| {
                    calls += 1;
                    let id = invocations.next_request();
                    world.call(&mut caller, callee.key, id, &procedure, &payload);
                });
            });
            assert_eq!(world.sent.0 - before, 2 * calls);
        }
    }
    group.finish();
}

fn events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event to one");
    group.throughput(Throughput::Elements(1));
    for (name, policy) in POLICIES {
        for size in SIZES {
            let mut world = World::new();
            let (mut publisher, mut subscriber) = (world.join(), world.join());
            for number in 0..size {
                world.subscribe(&mut subscriber, policy, pattern(policy, number));
            }
            let (topic, payload) = (uri(size / 2), payload());
            let before = world.sent.0;
            let mut events = 0;
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| {
                    events += 1;
                    world.publish(&mut publisher, &topic, &payload);
                });
            });
            assert_eq!(world.sent.0 - before, events);
        }
    }
    group.finish();
}

fn events_to_many(criterion: &mut Criterion) {
    const SUBSCRIBERS: u64 = 1000;
    let mut group = criterion.benchmark_group("event to 1000");
    group.throughput(Throughput::Elements(SUBSCRIBERS));
    for (name, policy) in POLICIES {
        let mut world = World::new();
        let mut publisher = world.join();
        for _ in 0..SUBSCRIBERS {
            let mut subscriber = world.join();
            world.subscribe(&mut subscriber, policy, pattern(policy, 1));
        }
        let (topic, payload) = (uri(1), payload());
        let before = world.sent.0;
        let mut events = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                events += 1;
                world.publish(&mut publisher, &topic, &payload);
            });
        });
        assert_eq!(world.sent.0 - before, SUBSCRIBERS * events);
    }
    group.finish();
}

criterion_group!(benches, calls, events, events_to_many);
criterion_main!(benches);
