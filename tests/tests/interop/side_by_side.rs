//! What our router does in situations where routers differ, beside what Crossbar does in them.

use std::collections::{BTreeMap, BTreeSet};

use deskconn_tests::python;

use crate::document::{says, tables};
use crate::router::Router;

/// What Crossbar does, written down by `make crossbar`.
const CROSSBAR: &str = include_str!("../../interop/side_by_side/crossbar.txt");
const DIFFERENCES: &str = "Side by side with Crossbar";

#[tokio::test]
async fn every_difference_is_explained_and_every_explanation_still_holds() {
    let router = Router::start().await;
    let address = format!("unix:{}", router.socket);
    let program = "tests/interop/side_by_side/play.py";
    let said = python(program, &[&address]).await;

    let (crossbar, here) = (transcript(CROSSBAR), transcript(said.success()));
    let names = |transcript: &BTreeMap<_, _>| transcript.keys().copied().collect::<BTreeSet<_>>();
    assert_eq!(
        names(&crossbar),
        names(&here),
        "the situations have changed; hint: run `make crossbar`"
    );
    let count = format!("Of {} situations,", here.len());
    assert!(says(&count), "docs/interop.md does not say {count:?}");
    let differences = here.iter().filter_map(|(name, here)| {
        let crossbar = crossbar[name];
        (crossbar != *here).then(|| format!("| {name} | `{crossbar}` | `{here}` |"))
    });
    let (found, explained) = (differences.collect(), explained());
    let lines = |set: &BTreeSet<String>, other| {
        let lines: Vec<_> = set.difference(other).map(String::as_str).collect();
        lines.join("\n")
    };
    assert!(
        found == explained,
        "docs/interop.md, {DIFFERENCES}\nnot there:\n{}\nthere, and no more so:\n{}",
        lines(&found, &explained),
        lines(&explained, &found)
    );
}

/// What happened, by situation.
fn transcript(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines();
    lines
        .map(|line| line.split_once(": ").expect("SITUATION: WHAT HAPPENED"))
        .collect()
}

fn explained() -> BTreeSet<String> {
    let rows = tables(DIFFERENCES).into_iter().flat_map(|(_, rows)| rows);
    rows.map(|row| format!("| {} |", row.join(" | "))).collect()
}
