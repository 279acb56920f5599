//! A router that follows a script, at the other end of a link in memory.

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use wamp_client::{JoinOptions, Session};
use wamp_proto::{Message, Outbound, Serializer, decode, encode};
use wamp_transport::{Link, memory};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The scripted router.
pub(crate) struct Router {
    link: Link,
}

impl Router {
    /// A router and the link that leads to it.
    pub(crate) fn new() -> (Self, Link) {
        Self::with_capacity(memory::Capacity::default())
    }

    pub(crate) fn with_capacity(capacity: memory::Capacity) -> (Self, Link) {
        let (link, client) = memory::pair(capacity, ["router", "client"]);
        (Self { link }, client)
    }

    /// A session that this router let in as session 7 of the realm `realm1`.
    pub(crate) async fn with_session() -> (Session, Self) {
        let (router, link) = Self::new();
        router.let_in(link).await
    }

    /// Lets a client in that joins over `link`.
    pub(crate) async fn let_in(mut self, link: Link) -> (Session, Self) {
        let join = Session::join(link, JoinOptions::new("realm1"));
        let (session, ()) = tokio::join!(join, self.welcome());
        (session.expect("the router lets everybody in"), self)
    }

    /// Takes any HELLO and answers it.
    pub(crate) async fn welcome(&mut self) {
        let hello = self.receive().await;
        assert!(hello.starts_with("[1,"), "{hello}");
        self.send(
            r#"[2,7,{"realm":"realm1","authid":"ann","authrole":"owner","roles":{
                "broker":{},"dealer":{"features":{"call_canceling":true}}}}]"#,
        )
        .await;
    }

    /// Plays a script: lines that start with `>` are expected from the client, lines that start
    /// with `<` are sent to it.
    pub(crate) async fn plays(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
            match line.split_at(1) {
                (">", expected) => assert_eq!(self.receive().await, expected.trim()),
                ("<", message) => self.send(message.trim()).await,
                _ => panic!("a line of a script starts with > or <: {line}"),
            }
        }
    }

    /// The next message from the client, as JSON.
    pub(crate) async fn receive(&mut self) -> String {
        let message = tokio::time::timeout(PATIENCE, self.link.next()).await;
        let message = message.expect("the client says something");
        let message = message.expect("the client is there").expect("a message");
        let mut text = BytesMut::new();
        encode(&message, Serializer::Json, &mut text).expect("payloads fit JSON");
        String::from_utf8(text.to_vec()).expect("JSON is text")
    }

    /// Sends a message, given as JSON.
    pub(crate) async fn send(&mut self, json: &str) {
        let message = decode(Serializer::Json, &Bytes::copy_from_slice(json.as_bytes()));
        self.send_message(message.expect("scripts are well formed"))
            .await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        let sent = tokio::time::timeout(PATIENCE, self.link.send(Outbound::from(message)));
        sent.await
            .expect("the client reads")
            .expect("the client is there");
    }

    /// Takes leave of a client that leaves.
    pub(crate) async fn says_goodbye(&mut self) {
        self.plays(
            r#"
            > [6,{},"wamp.close.close_realm"]
            < [6,{},"wamp.close.goodbye_and_out"]
            "#,
        )
        .await;
        self.sees_the_end().await;
    }

    /// Sees to it that the client says no more and closes the link.
    pub(crate) async fn sees_the_end(&mut self) {
        let end = tokio::time::timeout(PATIENCE, self.link.next()).await;
        assert!(
            end.expect("the client closes the link").is_none(),
            "the client goes on"
        );
    }

    /// Shows that the client has handled everything sent so far, and has said nothing meanwhile: an
    /// invocation of a registration it does not have is refused in its turn.
    pub(crate) async fn sees_silence(&mut self) {
        self.plays(
            r#"
            < [68,9007199254740991,4242,{}]
            > [8,68,9007199254740991,{},"wamp.error.no_such_registration",["the procedure is not registered here any more"]]
            "#,
        )
        .await;
    }
}

/// Waits, but not for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it happens soon")
}
