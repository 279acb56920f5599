//! What the daemon counts, as its owner asks for it.

use deskconn_protocol::api::daemon::Metrics;

use crate::doors::Wire;
use crate::scene;

#[tokio::test]
async fn the_owner_sees_what_the_daemon_counts_and_the_network_does_not() {
    let daemon = scene::start().await;
    let shown = daemon.cli(&["metrics"]).await;
    let shown = shown.success();
    assert!(
        shown.contains("deskconn_sessions{realm=\"deskconn\"} "),
        "{shown}"
    );

    let as_json = daemon.cli(&["metrics", "--json"]).await;
    let counted: Metrics = serde_json::from_str(as_json.success()).expect("JSON");
    let joined = "deskconn_sessions_joined_total";
    let joined = counted
        .metrics
        .iter()
        .filter(|metric| metric.name == joined);
    assert!(joined.map(|metric| metric.value).sum::<u64>() > 0);

    let mut wire = Wire::network(&daemon).await;
    let head = wire.request("GET /metrics", &["Host: 127.0.0.1"]).await;
    assert_eq!(head.status, 404);
}
