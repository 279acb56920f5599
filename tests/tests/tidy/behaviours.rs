//! Every behaviour that `docs/behaviours.md` promises has the test that it names.

use crate::source::root;

const DOCUMENT: &str = "docs/behaviours.md";

/// How many situations the first table numbers.
const SITUATIONS: usize = 45;

/// What is promised and not tested, each as `docs/behaviours.md:1: …`.
pub(crate) fn unheld() -> Vec<String> {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).expect("it is there");
    let lines = text.lines().enumerate();
    let rows = lines.filter(|(_, line)| line.starts_with("| ") && line.ends_with('|'));
    rows.flat_map(|(number, row)| {
        let found = missing(row).into_iter();
        found.map(move |what| format!("{DOCUMENT}:{}: {what}", number + 1))
    })
    .collect()
}

/// The numbers of the situations, in order.
pub(crate) fn numbers() -> Vec<usize> {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).expect("it is there");
    let number = |line: &str| line.strip_prefix("| ")?.split(' ').next()?.parse().ok();
    text.lines().filter_map(number).collect()
}

#[test]
fn every_situation_is_there_once() {
    assert_eq!(numbers(), (1..=SITUATIONS).collect::<Vec<_>>());
}

#[test]
fn a_row_without_a_test_or_with_one_that_is_not_there_is_found() {
    assert_eq!(missing("| 1 | this | that | `cancel_skip` |"), [""; 0]);
    let here = "tests/tests/tidy/behaviours.rs";
    let row = format!("| this | `{here}::every_situation_is_there_once` |");
    assert_eq!(missing(&row), [""; 0]);
    assert_eq!(missing("| this | that |"), ["no test holds it"]);
    for gone in [
        "no_such_scenario",
        &format!("{here}::no_such_test"),
        "no.rs::a",
    ] {
        let row = format!("| this | `{gone}` |");
        assert_eq!(missing(&row), [format!("there is no test {gone}")]);
    }
}

/// What is wrong with the last column of a row.
fn missing(row: &str) -> Vec<String> {
    let held_by = row
        .trim_end_matches(" |")
        .rsplit(" | ")
        .next()
        .unwrap_or("");
    let mut tests = held_by.split('`').skip(1).step_by(2).peekable();
    if held_by == "held by" {
        return Vec::new();
    }
    if tests.peek().is_none() {
        return vec!["no test holds it".to_owned()];
    }
    tests
        .filter(|test| !exists(test))
        .map(|test| format!("there is no test {test}"))
        .collect()
}

fn exists(test: &str) -> bool {
    match test.split_once("::") {
        Some((file, name)) => std::fs::read_to_string(root().join(file))
            .is_ok_and(|text| text.contains(&format!("fn {name}("))),
        None => root()
            .join(format!("wamp/router/tests/scenarios/{test}.txt"))
            .exists(),
    }
}
