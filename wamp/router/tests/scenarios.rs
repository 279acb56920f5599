//! Runs every transcript in `tests/scenarios`.
//!
//! A transcript is a list of steps; below each stands, indented, what the realm did. The test runs
//! the steps and compares. `UPDATE_EXPECT=1 cargo test -p wamp-router` writes what it did instead.
//!
//! ```text
//! # A comment.
//! realm request_ids=strict limit.calls=2 history=prefix:com.app.:10
//! join alice caller=call_canceling callee=all authid=al authrole=user trust=3
//! join bob may=call+subscribe@prefix:com.app. may=none@exact:com.app.x disclose=never@prefix:com.
//! alice -> CALL [1, {}, "com.app.add", [1, 2]]
//! alice -> [48, 2]
//! alice lost
//! close bob shutdown
//! permit al may=none@prefix:
//! +200ms
//! counts
//! restart
//! ```
//!
//! Every session takes all four roles, with the features named; it may do anything unless rules are
//! given. Session ids read `<alice>`, publication ids `<p1>`, `<p2>` in the order they appear.
//! WELCOME is shown only by `welcome` instead of `join`. `restart` is a new realm with the history of the
//! old one. In the end all sessions leave, and every
//! table has to be empty.

mod support;

use std::path::Path;
use support::Transcript;

#[test]
fn scenarios() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut failed = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("a scenario").path())
        .collect();
    files.sort();
    assert!(files.len() > 40, "scenarios are missing");
    for file in files {
        let expected = std::fs::read_to_string(&file).expect("a readable scenario");
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let actual = Transcript::run(&name, &expected);
        if actual == expected {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&file, actual).expect("a writable scenario");
        } else {
            failed.push(difference(&name, &expected, &actual));
        }
    }
    assert!(
        failed.is_empty(),
        "{}\nUPDATE_EXPECT=1 accepts all of it",
        failed.join("\n")
    );
}

/// The first lines in which two transcripts differ.
fn difference(name: &str, expected: &str, actual: &str) -> String {
    let same = expected
        .lines()
        .zip(actual.lines())
        .take_while(|(a, b)| a == b)
        .count();
    let from = |text: &str| {
        let lines = text.lines().skip(same.saturating_sub(3)).take(12);
        lines
            .map(|line| format!("    {line}\n"))
            .collect::<String>()
    };
    let line = same + 1;
    format!(
        "{name}:{line}\n  expected\n{}  got\n{}",
        from(expected),
        from(actual)
    )
}
