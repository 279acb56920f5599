//! A program that knows WAMP and nothing of DeskConn, on the daemon's own machine.

use deskconn_protocol::api::daemon::Status;
use deskconn_protocol::uris;
use wamp_client::{Invocation, JoinOptions, Reply, Session};

use crate::doors::{Wire, websocket_frame};
use crate::scene;

const ADD: &str = "com.example.add";
const ADDED: &str = "com.example.added";

#[tokio::test]
async fn one_client_serves_another_over_either_transport_of_the_unix_socket() {
    let daemon = scene::start().await;
    let socket = daemon.socket().display();
    let urls = [format!("unix://{socket}"), format!("ws+unix://{socket}")];
    for (server, client) in [(&urls[0], &urls[1]), (&urls[1], &urls[0])] {
        let (server, client) = (join(server).await, join(client).await);
        let mut added = client.events(ADDED).await.expect("subscribed");
        let announce = server.clone();
        let add = move |call: Invocation| {
            let announce = announce.clone();
            async move {
                let (a, b): (i64, i64) = call.args()?;
                let announced = announce.publish(ADDED).arg(a + b).acknowledge().await;
                announced.expect("published");
                Ok(Reply::value(a + b))
            }
        };
        let _registered = server.register(ADD, add).await.expect("registered");
        let sum: i64 = client
            .call(ADD)
            .args((2, 3))
            .await
            .expect("a sum")
            .read()
            .expect("a sum");
        assert_eq!(sum, 5);
        let event = added.next().await.expect("an event");
        assert_eq!(event.args::<(i64,)>().expect("a sum"), (5,));

        let status = client.call(uris::DAEMON_STATUS).await.expect("a status");
        assert_eq!(status.kwargs::<Status>().expect("a status").name, "study");
        server.leave().await;
    }
}

#[tokio::test]
async fn the_command_line_calls_publishes_and_registers_what_is_foreign() {
    let daemon = scene::start().await;
    let mut serving = daemon.home().start_cli(&[
        "register",
        ADD,
        "--",
        "sh",
        "-c",
        "read -r call; echo \"$call\"",
    ]);
    serving.expect("registered").await;
    let called = daemon.cli(&["call", ADD, "2", "-k", "b=3", "--json"]).await;
    let echoed: serde_json::Value = serde_json::from_str(called.success()).expect("JSON");
    assert_eq!(echoed["args"], serde_json::json!([2]));
    assert_eq!(echoed["kwargs"]["b"], 3);

    let mut following = daemon
        .home()
        .start_cli(&["subscribe", ADDED, "--count", "1"]);
    following.expect("subscribed").await;
    daemon.cli(&["publish", ADDED, "five"]).await.success();
    let (code, said) = following.ended().await;
    assert_eq!(code, Some(0));
    assert!(said.contains(r#""args":["five"]"#), "{said}");
}

#[tokio::test]
async fn bare_rawsocket_frames_of_json_are_enough() {
    let daemon = scene::start().await;
    let mut wire = Wire::local(&daemon).await.rawsocket().await;
    wire.send_frame(0, br#"[1,"deskconn",{"roles":{"caller":{}}}]"#)
        .await;
    let welcome = wire.receive_frame().await;
    assert!(welcome.starts_with("[2,"), "{welcome}");
    assert!(welcome.contains(r#""authrole":"owner""#), "{welcome}");
    wire.send_frame(0, br#"[48,1,{},"org.deskconn.daemon.status"]"#)
        .await;
    let result = wire.receive_frame().await;
    assert!(result.starts_with("[50,1,"), "{result}");
    assert!(result.contains(r#""name":"study""#), "{result}");
    wire.send_frame(1, b"are you there").await;
    assert_eq!(wire.receive::<4>().await, [2, 0, 0, 13]);
    assert_eq!(&wire.receive::<13>().await, b"are you there");
    wire.send_frame(0, br#"[6,{},"wamp.close.normal"]"#).await;
    let goodbye = wire.receive_frame().await;
    assert!(goodbye.contains("wamp.close.goodbye_and_out"), "{goodbye}");
    wire.until_closed().await;
}

#[tokio::test]
async fn bare_websocket_frames_of_json_are_enough() {
    let daemon = scene::start().await;
    let mut wire = Wire::local(&daemon).await.websocket("wamp.2.json").await;
    for (message, answer) in [
        (r#"[1,"deskconn",{"roles":{"caller":{}}}]"#, "[2,"),
        (
            r#"[48,1,{},"org.deskconn.daemon.status"]"#,
            r#""name":"study""#,
        ),
        (
            r#"[6,{},"wamp.close.normal"]"#,
            "wamp.close.goodbye_and_out",
        ),
    ] {
        wire.send(&websocket_frame(1, message.as_bytes())).await;
        wire.receive_until(answer).await;
    }
    wire.send(&websocket_frame(8, &1000_u16.to_be_bytes()))
        .await;
    wire.until_closed().await;
}

async fn join(url: &str) -> Session {
    let joined = wamp_client::connect(url, JoinOptions::new(uris::REALM)).await;
    joined.unwrap_or_else(|error| panic!("{url}: {error}"))
}
