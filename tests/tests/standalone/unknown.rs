//! Who asks for somebody that nobody is sees what a wrong secret sees, message for message.

use deskconn_tests::DEADLINE;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::http::address;
use crate::scene::Router;

/// A realm with one user, who is known by every method that asks for something. The password is "secret".
const CONFIG: &str = r#"
[[listener]]
tcp = "127.0.0.1:0"

[[realm]]
name = "realm1"

[[realm.role]]
name = "user"

[[realm.user]]
authid = "alice"
role = "user"
ticket = "a ticket"
wampcra = { secret = "a secret" }
wamp-scram = { kdf = "pbkdf2", iterations = 4096, salt = "c2FsdCBvZiBjYXJvbCAxNg==", stored_key = "zVOCyoMF55d58zRapbrD6lu5PXg/9hdGImgVqt/MYI8=", server_key = "Hq4UQifZnqmKpauFMl2+pC+6Xf96+/R1GP/kbvVFGZ0=" }
cryptosign = ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"]
"#;

#[tokio::test]
async fn an_unknown_authid_is_challenged_and_refused_like_a_known_one() {
    let router = Router::start(CONFIG).await;
    for (method, extra, proof) in [
        ("ticket", json!({}), "wrong"),
        (
            "wampcra",
            json!({}),
            "d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmc=",
        ),
        (
            "wamp-scram",
            json!({"nonce": "r0oKRIArtRyE8g9TDJ9CEQ=="}),
            "d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmc=",
        ),
        (
            "cryptosign",
            json!({"pubkey": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}),
            &"0".repeat(192),
        ),
    ] {
        let mut seen = Vec::new();
        for authid in ["alice", "alicf"] {
            let hello = json!([1, "realm1", {
                "roles": {"caller": {}},
                "authid": authid,
                "authmethods": [method],
                "authextra": extra,
            }]);
            let mut wire = Wire::open(&router.urls[0]).await;
            wire.send(&hello).await;
            let challenge = wire.receive().await;
            assert_eq!(challenge[0], 4, "{method}: {challenge}");
            wire.send(&json!([5, proof, {}])).await;
            let abort = wire.receive().await;
            assert_eq!(abort[0], 3, "{method}: {abort}");
            seen.push((shape(&challenge), abort));
        }
        assert_eq!(seen[0], seen[1], "{method}");
    }
}

/// What does not change from one attempt to the next: names, numbers, and how long texts are.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "session")
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect(),
        Value::Array(elements) => elements.iter().map(shape).collect(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ Value::Object(_)) => shape(&inner),
            _ => json!(text.len()),
        },
        other => other.clone(),
    }
}

/// A RawSocket connection of JSON.
struct Wire(TcpStream);

impl Wire {
    async fn open(url: &str) -> Self {
        let stream = TcpStream::connect(address(url)).await;
        let mut wire = Self(stream.expect("it listens"));
        wire.0.write_all(&[0x7F, 0xF1, 0, 0]).await.expect("sent");
        let answer: [u8; 4] = wire.octets(4).await.try_into().expect("four octets");
        assert_eq!((answer[0], answer[1] & 0x0F), (0x7F, 1));
        wire
    }

    async fn send(&mut self, message: &Value) {
        let message = message.to_string();
        let length = u32::try_from(message.len()).expect("short").to_be_bytes();
        let frame = [&length, message.as_bytes()].concat();
        self.0.write_all(&frame).await.expect("sent");
    }

    async fn receive(&mut self) -> Value {
        let length: [u8; 4] = self.octets(4).await.try_into().expect("four octets");
        let message = self.octets(u32::from_be_bytes(length) as usize).await;
        serde_json::from_slice(&message).expect("JSON")
    }

    async fn octets(&mut self, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        let read = timeout(DEADLINE, self.0.read_exact(&mut octets)).await;
        read.expect("the router answers").expect("an answer");
        octets
    }
}
