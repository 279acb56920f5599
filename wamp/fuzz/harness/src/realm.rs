//! A realm under arbitrary sessions that send it arbitrary messages.

mod numbered;
mod observer;
mod peer;

use crate::messages::{Messages, NAMES};
use arbitrary::{Result, Unstructured};
use observer::Observer;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};
use wamp_proto::handshake::router::Principal;
use wamp_proto::message::Goodbye;
use wamp_proto::options::CloseDetails;
use wamp_proto::{MatchPolicy, Message, SessionId, UriRule, uris};
use wamp_router::{
    Actions, CloseReason, Disclosure, Epoch, Joining, Limits, Permissions, Realm, RealmConfig,
    RequestIds, Rule, SessionInfo, SessionKey,
};

/// How many sessions there are at a time.
const PLACES: usize = 6;

/// Runs a realm and holds it to its promises (ARCHITECTURE.md, "Invariants"): whatever it sends is
/// checked by an `Observer`, whatever it counts is compared with what the observer counts.
pub fn realm_ops(octets: &[u8]) {
    realm_digest(octets);
}

/// The same; returns a digest of all that the realm sent, which the same octets always give.
pub fn realm_digest(octets: &[u8]) -> u64 {
    let mut octets = Unstructured::new(octets);
    let Ok(mut world) = World::new(&mut octets) else {
        return 0;
    };
    while !octets.is_empty() && world.step(&mut octets).is_ok() {
        world.check();
    }
    world.finish()
}

struct World {
    realm: Realm,
    now: Instant,
    places: [Option<SessionKey>; PLACES],
    observer: Observer,
}

impl World {
    fn new(octets: &mut Unstructured<'_>) -> Result<Self> {
        let now = Instant::now();
        let mut config = RealmConfig::new("realm1");
        if octets.ratio(1, 4)? {
            config.uri_rule = UriRule::Strict;
        }
        if octets.ratio(1, 4)? {
            config.request_ids = RequestIds::Strict;
        }
        config.limits = Limits {
            registrations: 6,
            subscriptions: 6,
            calls: 6,
            testaments: 3,
            retained_topics: 3,
            uri_length: 32,
            ..Limits::default()
        };
        config.epoch = Some(Epoch {
            instant: now,
            date: UNIX_EPOCH,
        });
        Ok(Self {
            observer: Observer::default(),
            realm: Realm::new(config, octets.arbitrary::<u8>()?.into()),
            now,
            places: [None; PLACES],
        })
    }

    fn step(&mut self, octets: &mut Unstructured<'_>) -> Result<()> {
        let place = octets.int_in_range(0..=PLACES - 1)?;
        let Some(key) = self.places.get(place).copied().flatten() else {
            return self.join(place, octets);
        };
        match octets.int_in_range(0..=15)? {
            0 => self.join(place, octets)?,
            1 => self.leave(key),
            2 => {
                let (details, reason) = (CloseDetails::default(), uris::CLOSE_REALM);
                self.receive(key, Goodbye { details, reason }.into());
            }
            3 => {
                let message = Messages::new(octets, &self.sessions()).any()?;
                self.receive(key, message);
            }
            4 => self.wait(octets.arbitrary::<u8>()?.into()),
            5 => self.wait(octets.arbitrary()?),
            6 => self.permit(octets)?,
            7 => self.revoke(octets)?,
            _ => self.send(key, octets)?,
        }
        Ok(())
    }

    fn join(&mut self, place: usize, octets: &mut Unstructured<'_>) -> Result<()> {
        let name = *octets.choose(NAMES)?;
        let joining = Joining {
            roles: Messages::new(octets, &[]).roles()?,
            principal: Principal {
                authid: name.into(),
                authrole: (*octets.choose(NAMES)?).into(),
                authmethod: "test".into(),
                authprovider: "test".into(),
                authextra: None,
            },
            permissions: permissions(octets)?,
            trustlevel: octets.arbitrary::<Option<u8>>()?.map(u64::from),
            peer: String::new(),
        };
        if let Some(key) = self.places.get(place).copied().flatten() {
            self.leave(key);
        }
        self.observer.expect_join(&joining);
        let key = self.realm.join(joining, self.now, &mut self.observer);
        assert!(self.observer.is_open(key), "joined without WELCOME");
        if let Some(place) = self.places.get_mut(place) {
            *place = Some(key);
        }
        Ok(())
    }

    fn leave(&mut self, key: SessionKey) {
        self.observer.forget(key);
        self.realm.leave(key, self.now, &mut self.observer);
    }

    /// Sends a message with the id that is its turn, or with any.
    fn send(&mut self, key: SessionKey, octets: &mut Unstructured<'_>) -> Result<()> {
        let which: u8 = octets.arbitrary()?;
        let mut message = Messages::new(octets, &self.sessions()).of_client()?;
        if which < 240 {
            self.observer.put_in_turn(key, &mut message, which);
        }
        self.receive(key, message);
        Ok(())
    }

    fn receive(&mut self, key: SessionKey, message: Message) {
        let message = self.observer.sent(key, message);
        let now = self.now;
        self.realm.receive(key, message, now, &mut self.observer);
    }

    fn wait(&mut self, ms: u32) {
        let until = self.now + Duration::from_millis(ms.into());
        while let Some(due) = self.realm.next_timeout().filter(|due| *due <= until) {
            self.realm.handle_timeout(due, &mut self.observer);
            let next = self.realm.next_timeout();
            assert!(next.is_none_or(|next| next > due), "a timeout was missed");
        }
        self.now = until;
        self.realm.handle_timeout(until, &mut self.observer);
    }

    fn permit(&mut self, octets: &mut Unstructured<'_>) -> Result<()> {
        let name = *octets.choose(NAMES)?;
        let permissions = permissions(octets)?;
        let (now, out) = (self.now, &mut self.observer);
        let which = |session: &SessionInfo| *session.principal.authid == *name;
        self.realm
            .set_permissions(which, permissions.clone(), now, out);
        self.observer.permitted(name, &permissions);
        Ok(())
    }

    fn revoke(&mut self, octets: &mut Unstructured<'_>) -> Result<()> {
        let name = *octets.choose(NAMES)?;
        let (now, out) = (self.now, &mut self.observer);
        self.realm.close_sessions(
            |session| *session.principal.authid == *name,
            CloseReason::Revoked,
            now,
            out,
        );
        Ok(())
    }

    fn sessions(&self) -> Vec<SessionId> {
        self.realm.sessions().map(|session| session.id).collect()
    }

    /// Compares what the realm holds with what it should.
    fn check(&mut self) {
        for place in &mut self.places {
            *place = place.filter(|key| self.observer.is_open(*key));
        }
        self.observer.settled();
        let (counts, expected) = (self.realm.counts(), self.observer.counts());
        assert_eq!(counts.sessions, expected.sessions, "sessions");
        assert_eq!(counts.calls, expected.calls, "calls that have not ended");
        assert_eq!(
            counts.subscriptions, expected.subscriptions,
            "subscriptions"
        );
        assert_eq!(
            counts.registrations, expected.registrations,
            "registrations"
        );
        assert!(counts.retained_topics <= 3, "retained topics");
    }

    /// Lets everybody leave, after which nothing may be left.
    fn finish(mut self) -> u64 {
        for key in self.places.into_iter().flatten() {
            self.leave(key);
        }
        assert!(self.realm.is_empty(), "{:?}", self.realm.counts());
        assert_eq!(self.observer.counts(), Default::default());
        self.observer.digest()
    }
}

/// Everything, nothing, or some of it.
fn permissions(octets: &mut Unstructured<'_>) -> Result<Arc<Permissions>> {
    if octets.arbitrary()? {
        return Ok(Arc::new(Permissions::all()));
    }
    let patterns = [
        (MatchPolicy::Prefix, ""),
        (MatchPolicy::Prefix, "a."),
        (MatchPolicy::Prefix, "wamp."),
        (MatchPolicy::Wildcard, "a..c"),
        (MatchPolicy::Exact, "a.b"),
    ];
    let sets = [
        Actions::ALL,
        Actions::NONE,
        Actions::CALL | Actions::PUBLISH,
        Actions::REGISTER | Actions::SUBSCRIBE,
    ];
    let disclosures = [Disclosure::OnRequest, Disclosure::Never, Disclosure::Always];
    let mut rules = Vec::new();
    for (policy, uri) in patterns {
        if octets.arbitrary()? {
            let rule = Rule::new(policy, uri, *octets.choose(&sets)?);
            rules.push(rule.disclosing(*octets.choose(&disclosures)?));
        }
    }
    Ok(Arc::new(Permissions::new(rules)))
}
