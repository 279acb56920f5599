//! Servers that take an event, refuse it, send it elsewhere or say nothing.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const BODY: &str = r#"{"topic":"com.example.hello","args":["Hello"]}"#;

/// A server that gives one connection after the other one of `answers`, then none. It returns what it was
/// asked.
async fn server(answers: &'static [&'static str]) -> (Target, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(BODY.as_bytes()) {
                let mut octets = [0; 1024];
                let read = stream.read(&mut octets).await.unwrap();
                assert!(read > 0, "the request ends early");
                request.extend(&octets[..read]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            requests.push(String::from_utf8(request).unwrap());
        }
        requests
    });
    let target = serde_json::from_value(url.into()).unwrap();
    (target, served)
}

fn delivery(target: Target, attempts: u32) -> Delivery {
    Delivery {
        target,
        secret: Some(Secret::new("an example, not a secret")),
        timeout: Duration::from_secs(60),
        attempts,
        publication: serde_json::from_str("5512315355").unwrap(),
        body: BODY.into(),
    }
}

#[test]
fn the_signature_is_that_of_the_documentation() {
    let secret = Secret::new("an example, not a secret");
    let now = UNIX_EPOCH + Duration::from_secs(1_795_269_796);
    let signature = sign(&secret, BODY.as_bytes(), now);
    let document = include_str!("../../../../../docs/bridge.md");
    assert!(document.contains(&signature), "{signature}");
}

#[tokio::test]
async fn an_event_is_posted_with_its_signature_and_number() {
    let (target, served) = server(&["HTTP/1.1 204 No Content\r\n\r\n"]).await;
    let host = target.authority();
    let outcome = delivery(target, 1).run().await;
    assert!(matches!(outcome, Outcome::Delivered), "{outcome:?}");
    let [request] = served.await.unwrap().try_into().unwrap();
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    for header in [
        &format!("host: {host}\r\n"),
        "content-type: application/json\r\n",
        "wamp-publication: 5512315355\r\n",
        "wamp-signature: t=",
    ] {
        assert!(request.contains(header), "{header}: {request}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_will_not_is_given_up() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    let fine = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    for (answers, attempts, expected) in [
        (&[busy, fine][..], 2, None),
        (
            &[busy][..],
            1,
            Some("answered 503 Service Unavailable, at attempt 1"),
        ),
        (
            &["HTTP/1.1 404 Not Found\r\n\r\n"][..],
            5,
            Some("answered 404 Not Found, at attempt 1"),
        ),
        (
            &["HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\n\r\n"][..],
            5,
            Some("answered 307 Temporary Redirect, at attempt 1"),
        ),
    ] {
        let (target, served) = server(answers.to_vec().leak()).await;
        let outcome = delivery(target, attempts).run().await;
        match (outcome, expected) {
            (Outcome::Delivered, None) => {}
            (Outcome::GivenUp(why), Some(expected)) => assert_eq!(why, expected),
            (outcome, _) => panic!("{answers:?}: {outcome:?}"),
        }
        assert_eq!(served.await.unwrap().len(), answers.len());
    }
}

#[tokio::test]
async fn a_server_that_talks_without_end_is_given_up() {
    let endless: &'static str = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(1 << 20)).leak();
    let (target, served) = server(vec![endless].leak()).await;
    let outcome = delivery(target, 1).run().await;
    assert!(matches!(outcome, Outcome::GivenUp(_)), "{outcome:?}");
    // It may have been cut off while it talked.
    served.abort();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let target = serde_json::from_value(url.into()).unwrap();
    let outcome = delivery(target, 3).run().await;
    let Outcome::GivenUp(why) = outcome else {
        panic!("delivered")
    };
    assert_eq!(why, "no answer in time, at attempt 3");
}
