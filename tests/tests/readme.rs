//! What the README says of the router is what the router says of itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use wamp_proto::handshake::router::Principal;
use wamp_proto::{Feature, Message, Outbound, Roles};
use wamp_router::{CloseReason, Egress, Joining, Permissions, Realm, RealmConfig, SessionKey};

const README: &str = include_str!("../../README.md");

/// Takes the roles out of WELCOME.
#[derive(Default)]
struct Welcome(Roles);

impl Egress for Welcome {
    fn send(&mut self, _to: SessionKey, message: Outbound) {
        if let Message::Welcome(welcome) = message.into_message() {
            self.0 = welcome.details.roles.expect("WELCOME announces roles");
        }
    }

    fn close(&mut self, _session: SessionKey, _reason: CloseReason) {}
}

fn announced() -> BTreeSet<&'static str> {
    let mut welcome = Welcome::default();
    let principal = Principal {
        authid: "reader".into(),
        authrole: "reader".into(),
        authmethod: "anonymous".into(),
        authprovider: "test".into(),
        authextra: None,
    };
    let joining = Joining {
        roles: Roles::default(),
        principal,
        permissions: Arc::new(Permissions::none()),
        trustlevel: None,
        peer: String::new(),
    };
    Realm::new(RealmConfig::new("realm1"), 1).join(joining, Instant::now(), &mut welcome);
    let roles = [welcome.0.broker, welcome.0.dealer];
    let features = roles
        .into_iter()
        .flatten()
        .flat_map(|features| features.iter());
    features.map(Feature::name).collect()
}

/// The rows of the feature table whose last column is `state`.
fn rows(state: &str) -> BTreeSet<&'static str> {
    let row = |line: &'static str| {
        let mut columns = line.strip_prefix("| ")?.strip_suffix(" |")?.rsplit(" | ");
        let said = columns.next()?;
        let name = columns.next()?.strip_prefix('`')?.strip_suffix('`')?;
        (said == state).then_some(name)
    };
    README.lines().filter_map(row).collect()
}

#[test]
fn the_feature_table_says_what_the_router_announces() {
    assert_eq!(rows("yes"), announced());
}

#[test]
fn the_feature_table_leaves_no_feature_out() {
    let said: BTreeSet<_> = rows("yes").union(&rows("not yet")).copied().collect();
    assert_eq!(
        said,
        Feature::ALL.iter().map(|feature| feature.name()).collect()
    );
}
