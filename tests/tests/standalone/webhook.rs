//! Events that are posted to a URL.

use deskconn_tests::{eventually, python};
use serde_json::json;
use wamp_client::Session;

use crate::http::Receiver;
use crate::scene::Router;

const SECRET: &str = "an example, not a secret";

fn config(url: &str, more: &str) -> String {
    format!(
        r#"
[[listener]]
tcp = "127.0.0.1:0"

[[realm]]
name = "realm1"

[[realm.role]]
name = "hook"
allow = [{{ uri = "com.example.", match = "prefix", allow = ["subscribe"] }}]

[[realm.role]]
name = "shop"
allow = [
    {{ uri = "com.example.", match = "prefix", allow = ["publish"], disclose = "always" }},
    {{ uri = "wamp.subscription.match", allow = ["call"] }},
]

[[realm.user]]
authid = "shop"
role = "shop"
ticket = "s"

[[realm.webhook]]
topic = "com.example."
match = "prefix"
role = "hook"
url = "{url}"
secret = "{SECRET}"
{more}
"#
    )
}

/// A router with that webhook, and somebody who publishes once it listens.
async fn start(receiver: &Receiver, more: &str) -> (Router, Session) {
    let router = Router::start(&config(&receiver.url(), more)).await;
    let shop = router.user("shop", "s").await;
    eventually("the webhook subscribes", async || {
        let matched = shop
            .call("wamp.subscription.match")
            .arg("com.example.a")
            .await;
        let (found,): (Option<Vec<u64>>,) = matched.expect("allowed").args().expect("a list");
        found
    })
    .await;
    (router, shop)
}

async fn publish(shop: &Session, number: u64) {
    let publish = shop.publish("com.example.order").arg(number);
    publish.acknowledge().await.expect("allowed");
}

#[tokio::test]
async fn an_event_is_posted_and_its_signature_is_right() {
    let receiver = Receiver::new().await;
    let (_router, shop) = start(&receiver, "").await;
    let published = shop
        .publish("com.example.order")
        .args(("tea", 2))
        .acknowledge();
    let publication = published.await.expect("allowed").expect("an id");
    let posted = receiver.next().await;
    assert!(
        posted.head.starts_with("POST /hook HTTP/1.1\r\n"),
        "{}",
        posted.head
    );
    assert_eq!(posted.header("wamp-publication"), publication.to_string());
    let publisher = json!({"session": shop.id(), "authid": "shop", "authrole": "shop"});
    assert_eq!(
        posted.json(),
        json!({
            "topic": "com.example.order",
            "publication": publication,
            "publisher": publisher,
            "missed": 0,
            "args": ["tea", 2],
            "kwargs": {},
        })
    );
    let signature = posted.header("wamp-signature").to_owned();
    let program = "tests/interop/bridge.py";
    let verified = python(program, &["verify", SECRET, &signature, &posted.body]).await;
    verified.success();
    let forged = python(program, &["verify", "another", &signature, &posted.body]).await;
    forged.failure(1);
    posted.answer("200 OK").await;
}

#[tokio::test]
async fn an_event_is_tried_again_and_redirects_are_not_followed() {
    let receiver = Receiver::new().await;
    let (mut router, shop) = start(&receiver, "in_flight = 1").await;
    publish(&shop, 1).await;
    let first = receiver.next().await;
    let number = first.header("wamp-publication").to_owned();
    first.answer("503 Service Unavailable").await;
    let again = receiver.next().await;
    assert_eq!(again.header("wamp-publication"), number);
    again
        .answer("307 Temporary Redirect\r\nlocation: /elsewhere")
        .await;
    router
        .program
        .expect("an event was dropped: answered 307")
        .await;
    publish(&shop, 2).await;
    let second = receiver.next().await;
    assert_eq!(second.json()["args"], json!([2]));
    second.answer("204 No Content").await;
}

#[tokio::test]
async fn events_that_do_not_fit_are_dropped_and_counted() {
    let receiver = Receiver::new().await;
    let (_router, shop) = start(&receiver, "in_flight = 1\nqueue = 2").await;
    publish(&shop, 1).await;
    let first = receiver.next().await;
    for number in 2..=10 {
        publish(&shop, number).await;
    }
    first.answer("200 OK").await;
    let (mut last, mut missed) = (1, 0);
    while last < 10 {
        let posted = receiver.next().await.taken().await;
        let number = posted["args"][0].as_u64().expect("a number");
        let left_out = posted["missed"].as_u64().expect("a number");
        // In order, and whatever is not there has been counted.
        assert_eq!(number, last + left_out + 1);
        last = number;
        missed += left_out;
    }
    assert!(missed > 0, "nine events are more than two");
}

#[tokio::test]
async fn webhooks_come_and_go_with_the_configuration() {
    let [before, after] = [Receiver::new().await, Receiver::new().await];
    let (mut router, shop) = start(&before, "").await;
    publish(&shop, 1).await;
    before.next().await.answer("200 OK").await;
    router.reload(&config(&after.url(), ""), "reloaded").await;
    // Which of them subscribes and which leaves first does not matter, but that it happens.
    let posted = eventually("the new webhook is posted to", async || {
        publish(&shop, 2).await;
        after.more().await
    })
    .await;
    assert_eq!(posted.json()["args"], json!([2]));
}
