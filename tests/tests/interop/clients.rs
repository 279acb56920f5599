//! Every client over every transport it has, in every serializer, by every login.

use std::collections::BTreeSet;

use deskconn_tests::{Output, node, python};

use crate::document::{Row, list, tables};
use crate::router::{REALM, Router};

const TRANSPORTS: &str = "Clients, transports and serializers";
const LOGINS: &str = "Clients and logins";
const CANNOT: &str = "What a client can not do";

#[tokio::test]
async fn autobahn_python() {
    speaks_as_documented("autobahn-python").await;
}

#[tokio::test]
async fn autobahn_js() {
    speaks_as_documented("autobahn-js").await;
}

#[tokio::test]
async fn wampy() {
    speaks_as_documented("wampy").await;
}

#[tokio::test]
async fn autobahn_python_logs_in() {
    logs_in_as_documented("autobahn-python").await;
}

#[tokio::test]
async fn autobahn_js_logs_in() {
    logs_in_as_documented("autobahn-js").await;
}

#[tokio::test]
async fn wampy_logs_in() {
    logs_in_as_documented("wampy").await;
}

#[test]
fn no_client_is_documented_and_not_tried() {
    for title in [TRANSPORTS, LOGINS] {
        let clients: BTreeSet<_> = rows(title).1.iter().map(|row| row[0]).collect();
        let tried = BTreeSet::from(["autobahn-python", "autobahn-js", "wampy"]);
        assert_eq!(clients, tried, "{title}");
    }
}

/// Plays the scenario with `client`, over the transports and in the serializers of its rows.
async fn speaks_as_documented(client: &str) {
    let router = Router::start().await;
    let (head, rows) = rows(TRANSPORTS);
    let mut left_out = BTreeSet::new();
    for row in rows.iter().filter(|row| row[0] == client) {
        let serializers = yes(&head, row);
        assert!(!serializers.is_empty(), "{row:?}");
        let said = witness("witness", client, row[1], &router, &serializers).await;
        let steps = check(client, row[1], &said);
        let skipped = steps.iter().filter_map(|step| step.split_once(" # SKIP "));
        left_out.extend(skipped.map(|(step, why)| {
            let step = step.rsplit(": ").next().unwrap_or(step);
            format!("{client}: {step}: {why}")
        }));
    }
    let documented = list(CANNOT).into_iter();
    let documented: BTreeSet<_> = documented
        .filter(|entry| entry.starts_with(&format!("{client}: ")))
        .map(str::to_owned)
        .collect();
    assert_eq!(left_out, documented, "{CANNOT} in docs/interop.md");
}

/// Logs in by every method `client` has, over each of its transports.
async fn logs_in_as_documented(client: &str) {
    let router = Router::start().await;
    let (head, rows) = rows(LOGINS);
    for row in rows.iter().filter(|row| row[0] == client) {
        let said = witness("logins", client, row[1], &router, &[]).await;
        let steps = check(client, row[1], &said);
        let mut methods: Vec<_> = steps
            .iter()
            .filter_map(|step| step.split_once(" - ")?.1.split(" of ").next())
            .collect();
        methods.sort_unstable();
        methods.dedup();
        let mut documented = yes(&head, row);
        documented.sort_unstable();
        assert_eq!(methods, documented, "{client}, {}", row[1]);
    }
}

/// The columns that say yes.
fn yes(head: &Row, row: &Row) -> Vec<&'static str> {
    let cells = head.iter().zip(row).skip(2);
    cells
        .filter_map(|(name, cell)| match *cell {
            "yes" => Some(*name),
            "–" => None,
            other => panic!("{other:?} is neither yes nor –: {row:?}"),
        })
        .collect()
}

fn rows(title: &str) -> (Row, Vec<Row>) {
    tables(title).into_iter().next().expect("a table")
}

/// Runs `program` of `tests/interop` with one client over one transport.
async fn witness(
    program: &str,
    client: &str,
    transport: &str,
    router: &Router,
    serializers: &[&str],
) -> Output {
    let Router {
        tcp,
        tls,
        authority,
        socket,
        ..
    } = router;
    let (kind, address, url) = match transport {
        "WebSocket over TCP" => ("websocket", format!("tcp:{tcp}"), format!("ws://{tcp}/ws")),
        "WebSocket over Unix sockets" => {
            let url = format!("ws+unix:{socket}:/ws");
            ("websocket", format!("unix:{socket}"), url)
        }
        "long-poll over TCP" => {
            let url = format!("http://{tcp}/lp");
            ("long-poll", url.clone(), url)
        }
        "RawSocket over TCP" => ("rawsocket", format!("tcp:{tcp}"), format!("tcp:{tcp}")),
        "RawSocket over Unix sockets" => {
            let url = format!("unix:{socket}");
            ("rawsocket", url.clone(), url)
        }
        "WebSocket over TLS" => ("websocket", format!("tls:{tls}:{authority}"), String::new()),
        "RawSocket over TLS" => ("rawsocket", format!("tls:{tls}:{authority}"), String::new()),
        other => panic!("docs/interop.md: no transport {other:?}"),
    };
    let script = |extension| format!("tests/interop/{program}.{extension}");
    match client {
        "autobahn-python" => {
            let arguments = [&[kind, &address, REALM], serializers].concat();
            python(&script("py"), &arguments).await
        }
        _ => {
            let library = client.trim_end_matches("-js");
            let arguments = [&[library, &url, REALM], serializers].concat();
            node(&script("mjs"), &arguments).await
        }
    }
}

/// The steps that were taken; all that were announced, and none failed.
#[track_caller]
fn check<'a>(client: &str, transport: &str, output: &'a Output) -> Vec<&'a str> {
    let Output { stdout, stderr, .. } = output;
    let (steps, others): (Vec<_>, Vec<_>) =
        stdout.lines().partition(|line| line.starts_with("ok "));
    let failed = others.join("\n");
    assert_eq!(
        output.code,
        Some(0),
        "{client}, {transport}:\n{failed}\n{stderr}"
    );
    // TAP: the plan is all that is left.
    assert_eq!(
        failed,
        format!("1..{}", steps.len()),
        "{client}, {transport}"
    );
    steps
}
