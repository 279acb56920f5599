//! Which crate may know which: `ARCHITECTURE.md` draws it, this file holds the crates to it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::source::root;

/// What waits, or makes others wait: not for crates whose time and randomness come from outside.
const ASYNC: &[&str] = &[
    "async-io",
    "futures-core",
    "futures-util",
    "hyper",
    "mio",
    "smol",
    "tokio",
];

/// Crates that test others: they may know all, and nobody may know them.
const OF_TESTS: &[&str] = &[
    "deskconn-bench",
    "deskconn-fuzz",
    "deskconn-netns",
    "deskconn-tests",
];

/// The edges that must not be, each as `Cargo.toml:1: …`. Dependencies of tests and examples do not
/// count, what comes in through others does.
pub(crate) fn forbidden() -> Vec<String> {
    let graph = graph();
    let mut findings = Vec::new();
    for (name, path) in &graph.members {
        let reach = graph.reach(name);
        for (other, why) in forbidden_for(name, path, graph) {
            if reach.contains(other) {
                findings.push(format!("{path}/Cargo.toml:1: depends on {other}: {why}"));
            }
        }
    }
    findings
}

/// The crates of components.
pub(crate) fn components() -> Vec<&'static str> {
    let members = graph().members.iter();
    members
        .filter(|(name, path)| is_component(name, path))
        .map(|(name, _)| name.as_str())
        .collect()
}

fn is_component(name: &str, path: &str) -> bool {
    path.starts_with("components/") && name != "deskconn-component"
}

fn forbidden_for<'a>(name: &str, path: &str, graph: &'a Graph) -> Vec<(&'a str, &'static str)> {
    if OF_TESTS.contains(&name) {
        return Vec::new();
    }
    let mut forbidden = Vec::new();
    let mut forbid = |others: Vec<&'a str>, why| {
        forbidden.extend(
            others
                .into_iter()
                .filter(|other| *other != name)
                .map(|other| (other, why)),
        );
    };
    if ["wamp-proto", "wamp-router", "deskconn-protocol"].contains(&name) {
        forbid(ASYNC.to_vec(), "it is a pure state machine");
    }
    if name == "wamp-router" {
        forbid(
            vec!["wamp-transport", "wamp-client"],
            "routing knows no connections",
        );
    }
    if path.starts_with("wamp/") {
        let ours = graph.members.iter();
        let ours = ours.filter(|(_, path)| !path.starts_with("wamp/"));
        forbid(
            ours.map(|(name, _)| name.as_str()).collect(),
            "WAMP knows nothing of DeskConn",
        );
    }
    if name != "deskconnd" {
        forbid(
            vec!["deskconnd"],
            "it speaks to the daemon as any client does",
        );
        forbid(components(), "only the daemon takes components in");
    }
    forbid(OF_TESTS.to_vec(), "it is for tests");
    forbid(vec!["deskconn-cli"], "it is a program, not a library");
    forbidden
}

/// The crates of the workspace and what each needs to be built.
struct Graph {
    /// The workspace's crates and their folders.
    members: BTreeMap<String, String>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Every crate that `name` needs, directly or not.
    fn reach(&self, name: &str) -> BTreeSet<&str> {
        let mut reach = BTreeSet::new();
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            for next in self.edges.get(name).into_iter().flatten() {
                if reach.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        reach
    }
}

fn graph() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--format-version",
                "1",
                "--all-features",
                "--locked",
            ])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata: {errors}");
        let metadata = serde_json::from_slice(&output.stdout).expect("cargo's metadata");
        Graph::new(metadata)
    })
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

impl Graph {
    fn new(metadata: Metadata) -> Self {
        let root = root();
        let names = metadata.packages.iter();
        let names = names
            .map(|package| (package.id.as_str(), package.name.as_str()))
            .collect::<BTreeMap<_, _>>();
        let members = metadata.packages.iter();
        let members = members
            .filter(|package| metadata.workspace_members.contains(&package.id))
            .map(|package| {
                let folder = package.manifest_path.trim_end_matches("/Cargo.toml");
                let folder = folder
                    .strip_prefix(&*root.to_string_lossy())
                    .unwrap_or(folder);
                (
                    package.name.clone(),
                    folder.trim_start_matches('/').to_owned(),
                )
            })
            .collect();
        let mut edges = BTreeMap::<_, BTreeSet<_>>::new();
        for node in &metadata.resolve.nodes {
            let needed = node.deps.iter().filter(|dependency| {
                let mut kinds = dependency.dep_kinds.iter();
                kinds.any(|kind| kind.kind.as_deref() != Some("dev"))
            });
            let needed = needed.map(|dependency| names[dependency.pkg.as_str()].to_owned());
            edges
                .entry(names[node.id.as_str()].to_owned())
                .or_default()
                .extend(needed);
        }
        Self { members, edges }
    }
}
