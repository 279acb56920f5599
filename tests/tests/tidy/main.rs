//! What the architecture and the house rules forbid, as tests: each lists every place that breaks its rule.

mod behaviours;
mod code;
mod dependencies;
mod source;

use std::fmt::Write as _;

use deskconn_protocol::uris;
use source::{Language, Source};

/// Longer files are two ideas in one.
const MAX_LINES: usize = 500;

/// Files that may break a rule, and why. One that no longer does must go from its list.
type Exceptions = &'static [(&'static str, &'static str)];

#[test]
fn every_rust_file_says_in_its_first_line_what_it_is() {
    let findings = rust()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.at(0, "no `//!` line at the top"));
    check(findings, &[]);
}

#[test]
fn no_rust_is_unsafe_unfinished_dead_or_left_out() {
    let forbidden = [
        "unsafe",
        "todo!",
        "unimplemented!",
        "dbg!",
        "allow(dead_code",
        "#[ignore",
    ];
    let findings = rust().flat_map(|file| file.code_with(&forbidden));
    check(findings.collect::<Vec<_>>(), &[]);
}

#[test]
fn nothing_is_left_for_later() {
    let forbidden = ["TODO", "FIXME", "XXX", "HACK"];
    let by_hand = |file: &&Source| file.language != Language::Data;
    let findings = others()
        .filter(by_hand)
        .flat_map(|file| file.text_with(&forbidden));
    check(findings.collect::<Vec<_>>(), &[]);
}

#[test]
fn no_file_is_too_long() {
    let exceptions: Exceptions = &[(
        "web/client/src/api/components.ts",
        "nobody writes it: it is made of what the components say",
    )];
    let findings = files()
        .filter(|file| file.language.is_program())
        .filter_map(|file| {
            let lines = file.text.lines().count();
            (lines > MAX_LINES).then(|| file.at(lines - 1, &format!("more than {MAX_LINES} lines")))
        });
    check(findings, exceptions);
}

#[test]
fn tests_wait_for_conditions_and_not_for_time() {
    let exceptions: Exceptions = &[(
        "tests/src/wait.rs",
        "the pace at which `eventually` looks again",
    )];
    let findings = rust().flat_map(Source::waits_in_tests);
    check(findings.collect::<Vec<_>>(), exceptions);
}

#[test]
fn only_the_command_line_prints() {
    let must_not = |file: &&Source| !file.is_in("cli") && !file.path.contains("examples/");
    let findings = rust()
        .filter(must_not)
        .flat_map(|file| file.product_code_with(&["println!", "print!"]));
    check(findings.collect::<Vec<_>>(), &[]);
}

#[test]
fn every_name_used_is_declared() {
    let known = |name: &str| {
        name.starts_with("org.deskconn.test") || uris::ALL.iter().any(|uri| matches(name, uri))
    };
    let declared_in = "protocol/src/uris.rs";
    let findings = files()
        .filter(|file| file.language.is_program() && file.path != declared_in)
        .flat_map(|file| {
            let unknown = file.literals("org.deskconn.");
            let unknown = unknown.filter(|(_, name)| !known(name));
            unknown
                .map(|(line, name)| {
                    file.at(line, &format!("{name} is not declared in {declared_in}"))
                })
                .collect::<Vec<_>>()
        });
    check(findings.collect::<Vec<_>>(), &[]);
}

#[test]
fn every_promise_of_security_names_tests_that_are_there() {
    let promises = files().find(|file| file.path == "docs/security.md");
    let lines = promises.expect("the promises").text.lines().enumerate();
    let in_table = lines.filter(|(_, line)| line.starts_with("| ") && line.contains("_"));
    let named = in_table.flat_map(|(number, line)| {
        let quoted = line.split('`').skip(1).step_by(2);
        quoted.map(move |name| (number, name))
    });
    let is_name = |name: &str| name.contains('_') && !name.contains(['.', '/']);
    let mut count = 0;
    let missing = named
        .filter(|(_, name)| is_name(name))
        .filter_map(|(number, name)| {
            count += 1;
            let function = format!("fn {name}(");
            let is_there = rust().any(|file| file.text.contains(&function));
            (!is_there).then(|| format!("docs/security.md:{}: no test {name}", number + 1))
        });
    check(missing.collect::<Vec<_>>(), &[]);
    assert!(count > 30, "only {count} tests are named");
}

#[test]
fn nothing_names_a_machine_it_was_written_on() {
    /// Made-up users of examples.
    const NOBODY: [&str; 3] = ["ana", "alice", "user"];
    let findings = others().flat_map(|file| {
        let mut places = file.paths_below(&["/root/", "/work/", "/Users/"]);
        places.extend(file.paths_below(&["/home/"]).into_iter().filter(|place| {
            !NOBODY
                .iter()
                .any(|name| place.contains(&format!("/home/{name}")))
        }));
        places.extend(file.text_with(&["\"resolved\": \"http"]));
        places
    });
    check(findings.collect::<Vec<_>>(), &[]);
}

#[test]
fn the_daemon_names_its_components_in_one_file_only() {
    let components = dependencies::components();
    let names = components
        .iter()
        .map(|name| name.replace('-', "_"))
        .collect::<Vec<_>>();
    let names = names.iter().map(String::as_str).collect::<Vec<_>>();
    let findings = rust()
        .filter(|file| {
            file.is_in("deskconnd/src") && file.path != "deskconnd/src/components/registry.rs"
        })
        .flat_map(|file| file.code_with(&names));
    check(findings.collect::<Vec<_>>(), &[]);
}

#[test]
fn every_behaviour_that_is_promised_is_held_by_a_test() {
    check(behaviours::unheld(), &[]);
}

#[test]
fn crates_depend_in_one_direction() {
    check(dependencies::forbidden(), &[]);
}

/// Whether `name` is `uri`, with any word for `NAME`, its beginning up to a dot, or a wildcard pattern of it.
fn matches(name: &str, uri: &str) -> bool {
    let mut words = uri.split('.');
    name.ends_with('.') && uri.starts_with(name)
        || name.split('.').all(|word| {
            words
                .next()
                .is_some_and(|other| word.is_empty() || other == "NAME" || word == other)
        }) && words.next().is_none()
}

fn files() -> impl Iterator<Item = &'static Source> {
    source::all().iter()
}

/// All but this folder, whose rules spell what they forbid.
fn others() -> impl Iterator<Item = &'static Source> {
    files().filter(|file| !file.is_in("tests/tests/tidy"))
}

fn rust() -> impl Iterator<Item = &'static Source> {
    files().filter(|file| file.language == Language::Rust)
}

/// Fails with all `findings`, each `PATH:LINE: …`, that are not in an excepted file, and with the
/// exceptions that are not needed.
#[track_caller]
fn check(findings: impl IntoIterator<Item = String>, exceptions: Exceptions) {
    let (excepted, mut broken) = findings.into_iter().partition::<Vec<_>, _>(|finding| {
        let (path, _) = finding.split_once(':').expect("a place in a file");
        exceptions.iter().any(|(exception, _)| *exception == path)
    });
    for (path, _) in exceptions {
        if !excepted
            .iter()
            .any(|finding| finding.starts_with(&format!("{path}:")))
        {
            broken.push(format!("{path}: is excepted without need"));
        }
    }
    let mut list = String::new();
    for line in &broken {
        writeln!(list, "{line}").expect("a string takes everything");
    }
    assert!(broken.is_empty(), "{} places:\n{list}", broken.len());
}
