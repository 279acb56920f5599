//! Announcing and browsing between two hosts, with our own programs, python-zeroconf and Avahi as peers.
//!
//! Every test has a network of its own, see `tests/netns`.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use deskconn_netns::{Host, Lab, Program, python};

const ID: &str = "3f7kabcdefghijklmnopqrstuvwxyz23";
/// Shows the same first eight characters as `ID`: what a cloned disk would announce.
const CLONE: &str = "3f7kabcd222222222222222222222222";

#[test]
fn a_daemon_is_found_changes_and_leaves() {
    let lab = Lab::new();
    let mut browser = browse(lab.b());
    let mut daemon = announce(lab.a(), "Study Laptop", ID);

    daemon.expect(&[
        "announced",
        "backend=Mdns",
        r#"instance="Study Laptop 3f7k""#,
    ]);
    browser.expect(&[
        r#"found instance="Study Laptop 3f7k" name="Study Laptop" id=3f7kabcd version=1 pairing=false"#,
        "addresses=10.77.0.1:5020,[fd77::1]:5020",
    ]);
    daemon.tell("open");
    browser.expect(&["found", "pairing=true"]);
    daemon.tell("close");
    browser.expect(&["found", "pairing=false"]);
    assert!(daemon.finish().success());
    browser.expect(&[r#"lost instance="Study Laptop 3f7k""#]);
}

#[test]
fn a_daemon_that_was_there_first_is_found() {
    let lab = Lab::new();
    let mut daemon = announce(lab.a(), "pc", ID);
    daemon.expect(&["announced"]);
    browse(lab.b()).expect(&[r#"found instance="pc 3f7k""#, "10.77.0.1:5020"]);
}

#[test]
fn the_machine_itself_finds_its_daemon() {
    let lab = Lab::new();
    let mut daemon = announce(lab.a(), "pc", ID);
    daemon.expect(&["announced"]);
    browse(lab.a()).expect(&[r#"found instance="pc 3f7k""#, "10.77.0.1:5020"]);
}

#[test]
fn link_local_addresses_come_with_the_interface_to_use() {
    let lab = Lab::new();
    let mut browser = browse(lab.b());
    // Named interfaces are announced with all their addresses.
    let _daemon = lab
        .a()
        .start(example("announce"), &["pc", ID, "5020", "eth0"]);
    let link = lab.b().run("ip", &["-oneline", "link", "show", "eth0"]);
    let (index, _) = link.split_once(':').expect("INDEX: eth0…");
    browser.expect(&["found", &format!("[fe80::1%{index}]:5020")]);
}

#[test]
fn containers_hear_nothing_unless_their_interface_is_named() {
    let lab = Lab::new();
    let (a, b) = (lab.a(), lab.b());
    let to_b = ["peer", "name", "eth1", "netns", &b.pid()];
    a.run(
        "ip",
        &[&["link", "add", "docker0", "type", "veth"][..], &to_b].concat(),
    );
    for (host, interface, address) in [
        (a, "docker0", "172.17.0.1/16"),
        (b, "eth1", "172.17.0.2/16"),
    ] {
        host.run("ip", &["addr", "add", address, "dev", interface]);
        host.run("ip", &["link", "set", interface, "up"]);
    }
    let mut container = b.start(example("browse"), &["eth1"]);
    container.expect(&["browsing"]);
    let mut daemon = announce(a, "pc", ID);
    browse(b).expect(&["found", "10.77.0.1:5020"]);
    daemon.expect(&["announced"]);

    let _named = a.start(example("announce"), &["named", ID, "5020", "docker0"]);
    container.expect(&[r#"found instance="named 3f7k""#, "172.17.0.1:5020"]);
    assert_eq!(
        container
            .said()
            .iter()
            .find(|line| line.contains("pc 3f7k")),
        None
    );
}

#[test]
fn an_address_that_comes_later_is_announced() {
    let lab = Lab::new();
    let mut browser = browse(lab.b());
    let mut daemon = announce(lab.a(), "pc", ID);
    daemon.expect(&["announced"]);
    browser.expect(&["found", "10.77.0.1:5020,[fd77::1]"]);
    lab.a()
        .run("ip", &["addr", "add", "10.77.0.99/24", "dev", "eth0"]);
    browser.expect(&["found", "10.77.0.99:5020"]);
}

#[test]
fn two_daemons_of_one_name_are_both_found() {
    let lab = Lab::new();
    let mut first = announce(lab.a(), "pc", ID);
    first.expect(&["announced", r#"instance="pc 3f7k""#]);
    let mut second = announce(lab.b(), "pc", CLONE);
    second.expect(&["announced", r#"instance="pc 3f7k (2)""#]);

    browse(lab.a()).expect(&[r#"found instance="pc 3f7k (2)" name="pc""#, "10.77.0.2"]);
    browse(lab.a()).expect(&[r#"found instance="pc 3f7k" name="pc""#, "10.77.0.1"]);
    second.tell("open");
    browse(lab.a()).expect(&[r#"instance="pc 3f7k (2)""#, "pairing=true"]);
}

#[test]
fn zeroconf_sees_a_daemon_change_and_leave() {
    let lab = Lab::new();
    let mut browser = zeroconf(lab.b(), &["browse", "10.77.0.2"]);
    browser.expect(&["browsing"]);
    let mut daemon = announce(lab.a(), "Büro PC", ID);
    browser.expect(&[
        "added Büro PC 3f7k._deskconn._tcp.local. port=5020",
        "10.77.0.1",
        "id=3f7kabcd pm=0 v=1",
    ]);
    daemon.tell("open");
    browser.expect(&["updated", "pm=1"]);
    assert!(daemon.finish().success());
    browser.expect(&["removed Büro PC 3f7k._deskconn._tcp.local."]);
}

#[test]
fn a_daemon_announced_by_zeroconf_is_seen_to_change_and_leave() {
    let lab = Lab::new();
    let mut browser = browse(lab.b());
    let announced = [
        "announce",
        "10.77.0.1",
        "phone 7zzz",
        "9090",
        "v=2",
        "id=7zzz2222",
        "pm=0",
    ];
    let mut peer = zeroconf(lab.a(), &announced);
    browser.expect(&[
        r#"found instance="phone 7zzz" name="phone" id=7zzz2222 version=2 pairing=false addresses=10.77.0.1:9090"#,
    ]);
    peer.tell("v=2 id=7zzz2222 pm=1");
    browser.expect(&["found", "pairing=true"]);
    assert!(peer.finish().success());
    browser.expect(&[r#"lost instance="phone 7zzz""#]);
}

#[test]
fn an_announcement_made_to_deceive_is_listed_without_its_tricks() {
    let lab = Lab::new();
    let mut browser = browse(lab.b());
    let mut peer = hostile(lab.a());
    peer.tell("names");
    browser.expect(&[
        r#"found instance="[31mevil" name="[31mevil" id=- version=- pairing=false addresses=10.77.0.66:5020"#,
    ]);
}

#[test]
fn a_host_that_gives_half_its_addresses_is_asked_for_the_others() {
    let lab = Lab::new();
    let mut browser = browse(lab.b());
    let mut peer = hostile(lab.a());
    peer.tell("halves");
    browser.expect(&[r#"found instance="half""#, "addresses=[fd77::66]:5020"]);
    browser.expect(&[
        r#"found instance="half""#,
        "addresses=10.77.0.66:5020,[fd77::66]:5020",
    ]);
    peer.expect(&["sent"]);
}

#[test]
fn broken_packets_end_neither_the_browser_nor_the_announcement() {
    let lab = Lab::new();
    let mut browser = browse(lab.b());
    let mut daemon = announce(lab.b(), "tv", CLONE);
    daemon.expect(&["announced"]);
    let mut peer = hostile(lab.a());
    peer.tell("noise");
    peer.expect(&["sent"]);
    let mut other = announce(lab.a(), "pc", ID);
    other.expect(&["announced"]);
    browser.expect(&[r#"found instance="pc 3f7k""#]);
    browse(lab.a()).expect(&[r#"found instance="tv 3f7k""#, "10.77.0.2:5020"]);
}

#[test]
fn avahi_announces_where_it_runs() {
    let lab = Lab::new();
    let _bus = lab.a().start_bus();
    let _avahi = lab.a().start_avahi("");
    let mut browser = browse(lab.b());
    let mut daemon = announce(lab.a(), "pc", ID);
    daemon.expect(&["announced", "backend=Avahi", r#"instance="pc 3f7k""#]);
    browser.expect(&[
        r#"found instance="pc 3f7k" name="pc" id=3f7kabcd version=1 pairing=false"#,
        "10.77.0.1:5020",
    ]);

    let seen = lab.a().run(
        "avahi-browse",
        &["--resolve", "--parsable", "--terminate", "_deskconn._tcp"],
    );
    assert!(seen.contains(r"pc\0323f7k;_deskconn._tcp;local;"), "{seen}");
    assert!(seen.contains(r#""pm=0" "id=3f7kabcd" "v=1""#), "{seen}");

    daemon.tell("open");
    browser.expect(&["found", "pairing=true"]);
    assert!(daemon.finish().success());
    browser.expect(&[r#"lost instance="pc 3f7k""#]);
}

#[test]
fn the_announcement_follows_avahi_as_it_crashes_and_returns() {
    let lab = Lab::new();
    let bus = lab.a().start_bus();
    let avahi = lab.a().start_avahi("");
    let mut daemon = announce(lab.a(), "pc", ID);
    daemon.expect(&["announced", "backend=Avahi"]);
    daemon.tell("open");

    avahi.kill();
    daemon.expect(&["announced", "backend=Mdns", r#"instance="pc 3f7k""#]);
    // A browser that starts now can not have heard of Avahi's announcement.
    let mut browser = browse(lab.b());
    browser.expect(&["found", "pairing=true", "10.77.0.1:5020"]);

    let _returned = lab.a().start_avahi("");
    daemon.expect(&["announced", "backend=Avahi", r#"instance="pc 3f7k""#]);
    browser.expect(&["found", "pairing=true", "10.77.0.1:5020"]);
    bus.kill();
    daemon.expect(&["announced", "backend=Mdns"]);
}

#[test]
fn avahi_that_starts_later_takes_over() {
    let lab = Lab::new();
    let _bus = lab.a().start_bus();
    let mut daemon = announce(lab.a(), "pc", ID);
    daemon.expect(&["announced", "backend=Mdns"]);
    let _avahi = lab.a().start_avahi("");
    daemon.expect(&["announced", "backend=Avahi", r#"instance="pc 3f7k""#]);
}

#[test]
fn avahi_finds_another_name_for_a_taken_one() {
    let lab = Lab::new();
    let _bus = lab.a().start_bus();
    let _avahi = lab.a().start_avahi("");
    let mut first = announce(lab.a(), "pc", ID);
    first.expect(&["announced", r#"instance="pc 3f7k""#]);
    // Taken on the same machine, which Avahi tells at once.
    let mut second = lab.a().start(example("announce"), &["pc", CLONE, "5021"]);
    second.expect(&["announced", "backend=Avahi", r#"instance="pc 3f7k #2""#]);
    browse(lab.b()).expect(&[r#"found instance="pc 3f7k #2" name="pc""#, "10.77.0.1:5021"]);
}

#[test]
fn avahi_finds_another_name_for_one_taken_elsewhere() {
    let lab = Lab::new();
    let mut first = announce(lab.b(), "pc", ID);
    first.expect(&["announced", "backend=Mdns", r#"instance="pc 3f7k""#]);
    let _bus = lab.a().start_bus();
    let _avahi = lab.a().start_avahi("");
    // Taken on another machine, which Avahi finds out by probing.
    let mut second = announce(lab.a(), "pc", CLONE);
    second.expect(&["announced", "backend=Avahi", r#"instance="pc 3f7k #2""#]);
    browse(lab.b()).expect(&[r#"found instance="pc 3f7k #2" name="pc""#, "10.77.0.1"]);
}

#[test]
fn browsing_works_beside_avahi() {
    let lab = Lab::new();
    let _bus = lab.a().start_bus();
    let _avahi = lab.a().start_avahi("");
    let mut own = announce(lab.a(), "pc", ID);
    own.expect(&["announced", "backend=Avahi"]);
    let mut other = announce(lab.b(), "tv", CLONE);
    other.expect(&["announced", "backend=Mdns"]);
    browse(lab.a()).expect(&[r#"found instance="tv 3f7k""#, "10.77.0.2:5020"]);
    browse(lab.a()).expect(&[r#"found instance="pc 3f7k""#, "10.77.0.1:5020"]);
}

#[test]
fn a_responder_that_keeps_the_port_is_named_as_the_cause() {
    let lab = Lab::new();
    let _bus = lab.a().start_bus();
    let _avahi = lab.a().start_avahi("disallow-other-stacks=yes");
    let mut browser = lab.a().start(example("browse"), &[]);
    browser.expect(&[
        "can not open UDP port 5353",
        "hint:",
        "disallow-other-stacks=no",
    ]);
}

fn announce(host: Host<'_>, name: &str, id: &str) -> Program {
    host.start(example("announce"), &[name, id, "5020"])
}

fn browse(host: Host<'_>) -> Program {
    let mut browser = host.start(example("browse"), &[]);
    browser.expect(&["browsing"]);
    browser
}

fn zeroconf(host: Host<'_>, arguments: &[&str]) -> Program {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zeroconf_peer.py");
    host.start(python(), &[&["-u", script], arguments].concat())
}

fn hostile(host: Host<'_>) -> Program {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile_peer.py");
    host.start(python(), &["-u", script, "10.77.0.1"])
}

/// A program of this crate's `examples`. Plain `cargo test` builds them, `cargo test --test network`
/// alone does not: an old one must not pass for the code that is there now.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let target = test
        .parent()
        .and_then(Path::parent)
        .expect("target/PROFILE/deps");
    let program = target.join("examples").join(name);
    let built = modified(&program);
    for folder in ["src", "src/avahi", "examples"] {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for source in sources.read_dir().expect("our sources").flatten() {
            let source = source.path();
            let fresh = source.extension() != Some("rs".as_ref()) || modified(&source) <= built;
            assert!(
                fresh,
                "{} is out of date: cargo build --examples",
                program.display()
            );
        }
    }
    program
}

/// When the file was written; long ago if it is not there.
fn modified(path: &Path) -> SystemTime {
    let metadata = path.metadata();
    metadata
        .and_then(|file| file.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
