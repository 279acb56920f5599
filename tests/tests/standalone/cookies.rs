//! Browsers that come back: known by a cookie, as whom they logged in, and no longer than that is right.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scene::Router;

const PAGE: &str = "https://app.example.com";

const CONFIG: &str = r#"
[[listener]]
tcp = "127.0.0.1:0"
origins = ["https://app.example.com"]

[listener.cookie]
name = "login"

[[realm]]
name = "realm1"

[[realm.role]]
name = "user"

[[realm.user]]
authid = "alice"
role = "user"
ticket = "a"

[[realm]]
name = "realm2"

[[realm.role]]
name = "guest"

[realm.anonymous]
role = "guest"
"#;

/// A browser's WebSocket, and the cookie that it was told to keep.
struct Browser {
    stream: TcpStream,
    set: Option<String>,
}

impl Browser {
    /// Connects with this cookie, if one is given.
    async fn connect(router: &Router, cookie: Option<&str>) -> Self {
        let address = router.urls[0].trim_start_matches("ws://");
        let address = address.trim_end_matches("/ws");
        let mut stream = TcpStream::connect(address).await.expect("a listener");
        let cookie = cookie.map_or(String::new(), |cookie| format!("Cookie: a=b; {cookie}\r\n"));
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nOrigin: {PAGE}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: wamp.2.json\r\n{cookie}\r\n"
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("it answers"));
        }
        let head = String::from_utf8(head).expect("text");
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        let set = headers.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        Self {
            stream,
            set: set.map(|(_, value)| value.to_owned()),
        }
    }

    /// What it sends the next time.
    fn cookie(&self) -> String {
        let set = self.set.as_deref().expect("a cookie was set");
        set.split(';').next().expect("a pair").to_owned()
    }

    async fn send(&mut self, message: Value) {
        let text = message.to_string();
        let length = u8::try_from(text.len()).expect("short");
        // Masked with zeros.
        let mut frame = vec![0x81, 0x80 | 126, 0, length, 0, 0, 0, 0];
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).await.expect("it reads");
    }

    async fn receive(&mut self) -> Value {
        assert_eq!(self.stream.read_u8().await.expect("a frame"), 0x81);
        let length = match self.stream.read_u8().await.expect("a length") {
            126 => self.stream.read_u16().await.expect("a length"),
            short => u16::from(short),
        };
        let mut text = vec![0; usize::from(length)];
        self.stream.read_exact(&mut text).await.expect("a message");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// Asks to join by these methods, and says what comes of it: who it is, the reason of an ABORT, or
    /// the method of a CHALLENGE.
    async fn hello(&mut self, realm: &str, methods: &[&str]) -> String {
        let details = json!({"roles": {"caller": {}}, "authmethods": methods, "authid": "alice"});
        self.send(json!([1, realm, details])).await;
        self.came().await
    }

    async fn came(&mut self) -> String {
        let message = self.receive().await;
        let details = &message[2];
        match message[0].as_u64() {
            Some(2) => format!(
                "{} as {} by {}",
                details["authid"].as_str().expect("an authid"),
                details["authrole"].as_str().expect("an authrole"),
                details["authmethod"].as_str().expect("an authmethod"),
            ),
            Some(3) => details.as_str().expect("a reason").to_owned(),
            _ => message[1].as_str().expect("a method").to_owned(),
        }
    }
}

/// A browser that has logged in as Alice.
async fn alice(router: &Router) -> Browser {
    let mut browser = Browser::connect(router, None).await;
    assert_eq!(
        browser.hello("realm1", &["cookie", "ticket"]).await,
        "ticket"
    );
    browser.send(json!([5, "a", {}])).await;
    assert_eq!(browser.came().await, "alice as user by ticket");
    browser
}

const NO_METHOD: &str = "wamp.error.no_matching_auth_method";

/// What comes of offering the cookie alone.
async fn come_back(router: &Router, realm: &str, cookie: &str) -> String {
    let mut browser = Browser::connect(router, Some(cookie)).await;
    browser.hello(realm, &["cookie"]).await
}

#[tokio::test]
async fn a_browser_that_logged_in_is_known_by_its_cookie_in_that_realm() {
    let router = Router::start(CONFIG).await;
    let browser = alice(&router).await;
    let set = browser.set.clone().expect("a cookie");
    assert!(
        set.contains("HttpOnly; SameSite=Strict") && set.contains("Max-Age=86400"),
        "{set}"
    );
    let cookie = browser.cookie();
    assert_eq!(
        come_back(&router, "realm1", &cookie).await,
        "alice as user by cookie"
    );
    let again = Browser::connect(&router, Some(&cookie)).await;
    assert_eq!(again.set, None, "it has its cookie");
    assert_eq!(come_back(&router, "realm2", &cookie).await, NO_METHOD);
}

#[tokio::test]
async fn a_cookie_is_worth_nothing_without_a_login() {
    let router = Router::start(CONFIG).await;
    let mut wrong = Browser::connect(&router, None).await;
    assert_eq!(wrong.hello("realm1", &["ticket"]).await, "ticket");
    wrong.send(json!([5, "wrong", {}])).await;
    assert_eq!(wrong.came().await, "wamp.error.authentication_denied");
    assert_eq!(
        come_back(&router, "realm1", &wrong.cookie()).await,
        NO_METHOD
    );

    let mut guest = Browser::connect(&router, None).await;
    let came = guest.hello("realm2", &["anonymous"]).await;
    assert!(came.ends_with("as guest by anonymous"), "{came}");
    assert_eq!(
        come_back(&router, "realm2", &guest.cookie()).await,
        NO_METHOD
    );

    // One that somebody made up is replaced before anybody logs in with it.
    let made_up = format!("login={}", "A".repeat(43));
    let browser = Browser::connect(&router, Some(&made_up)).await;
    assert!(browser.set.is_some() && browser.cookie() != made_up);
}

#[tokio::test]
async fn a_login_is_forgotten_when_the_user_logs_out() {
    let router = Router::start(CONFIG).await;
    let mut browser = alice(&router).await;
    browser.send(json!([6, {}, "wamp.close.logout"])).await;
    assert_eq!(browser.receive().await[0], 6);
    assert_eq!(
        come_back(&router, "realm1", &browser.cookie()).await,
        NO_METHOD
    );
}

#[tokio::test]
async fn a_login_is_forgotten_when_it_would_not_be_right_any_more() {
    let mut router = Router::start(CONFIG).await;
    let (first, second) = (alice(&router).await, alice(&router).await);
    router.reload(CONFIG, "reloaded").await;
    assert_eq!(
        come_back(&router, "realm1", &first.cookie()).await,
        "alice as user by cookie"
    );
    let other = CONFIG.replace("ticket = \"a\"", "ticket = \"b\"");
    router.reload(&other, "reloaded").await;
    router.reload(CONFIG, "reloaded").await;
    assert_eq!(
        come_back(&router, "realm1", &second.cookie()).await,
        NO_METHOD
    );
}
