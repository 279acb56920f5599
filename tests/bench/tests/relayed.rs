//! Scenarios over the relay, which runs in a thread.

use deskconn_bench::relay::Relay;
use deskconn_bench::scenario::{Door, Scenario, Target, Work};
use deskconn_bench::suite::scenarios;
use deskconn_bench::words::Serializer;
use std::collections::BTreeMap;
use std::time::Duration;

/// A relay that ends with the test.
fn relay() -> (Target, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a folder");
    let socket = home.path().join("relay.sock");
    let relay = Relay::bind(&socket).expect("sockets");
    let address = relay.address().expect("an address");
    std::thread::spawn(move || relay.run());
    let urls = [
        (Door::WebSocket, format!("ws://{address}/ws")),
        (Door::RawSocket, format!("rs://{address}")),
        (Door::Unix, format!("rs+unix://{}", socket.display())),
    ];
    let target = Target {
        name: "relay".to_owned(),
        endpoints: BTreeMap::from(urls.map(|(door, url)| (door, url.parse().expect("a URL")))),
        serializers: vec![Serializer::Json, Serializer::Msgpack, Serializer::Cbor],
        realm: None,
        process: None,
    };
    (target, home)
}

/// Of sessions, as many as a test needs.
fn small(mut scenario: Scenario) -> Scenario {
    if let Work::Sessions { count } = &mut scenario.work {
        *count = (*count).min(20);
    }
    scenario
}

#[test]
fn everything_that_can_be_relayed_comes_back_in_order() {
    let (target, _home) = relay();
    let all = scenarios().into_iter().map(small);
    for scenario in all.filter(|scenario| scenario.suits(&target)) {
        let measured = scenario.run(&target, Duration::from_millis(20));
        let measured = measured.unwrap_or_else(|error| panic!("{}: {error:#}", scenario.name));
        assert!(measured.rate > 0.0, "{}", scenario.name);
    }
}

#[test]
fn a_scenario_that_nobody_answers_as_expected_fails() {
    let (mut target, _home) = relay();
    // The relay knows no realm and says nothing to HELLO, or closes.
    target.realm = Some("realm1".to_owned());
    target.endpoints.insert(
        Door::WebSocket,
        "ws://127.0.0.1:1/ws".parse().expect("a URL"),
    );
    let scenario = scenarios().remove(0);
    assert!(scenario.run(&target, Duration::from_millis(1)).is_err());
}
