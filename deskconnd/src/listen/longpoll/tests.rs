//! Sessions over requests: what each request is answered, and when a transport is gone.

use super::*;
use crate::audit::Audit;
use crate::auth::DeskAuthority;
use crate::bridge::Bridges;
use crate::components::Insiders;
use crate::desk::Realms;
use crate::devices::Devices;
use crate::listen::http::{Pages, Site};
use crate::listen::{Names, Visitors};
use crate::router::{Door, Router};
use deskconn_protocol::uris;
use deskconn_state::StateDir;
use std::net::{IpAddr, Ipv4Addr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use wamp_proto::options::HelloDetails;
use wamp_proto::{BatchReader, BatchWriter, Message, Roles, decode, encode, message};

const INACTIVITY: Duration = Duration::from_secs(30);
const MESSAGE: usize = 4096;

/// A listener with so many places, and what its connections know.
struct Scene {
    visit: Visit,
    tasks: TaskTracker,
    _home: tempfile::TempDir,
}

impl Scene {
    fn new(places: usize) -> Self {
        let home = tempfile::tempdir().unwrap();
        let devices = Devices::open(StateDir::open(home.path()).unwrap()).unwrap();
        let tasks = TaskTracker::new();
        let gate = Gate::new(places, tasks.clone());
        let realms = Realms::new([1, 2]);
        let authority = DeskAuthority::new(
            devices,
            Arc::clone(&realms.main),
            Audit::off(home.path()),
            Insiders::new().0,
        );
        let site = Arc::new(Site {
            router: Router::new(authority, realms.all()),
            visitors: Visitors::Own(Names::new("desk", &[])),
            pages: Pages::Bridges(Bridges::default()),
            seal: None,
            insiders: None,
            metrics: false,
            cookies: None,
            tls: None,
            longpoll: Some(LongPoll::new(gate, Strangers::new(1), INACTIVITY)),
            message: MESSAGE,
        });
        let door = Door::Network(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Self {
            visit: Visit::new(site, door, || Some(Box::new(()))),
            tasks,
            _home: home,
        }
    }

    async fn request(&self, request: http::Request<Body>) -> Response<Body> {
        let routes = routes().with_state(self.visit.clone());
        routes.oneshot(request).await.unwrap()
    }

    async fn post(&self, path: &str, body: impl Into<Body>) -> (StatusCode, Bytes) {
        let request = http::Request::post(path).body(body.into()).unwrap();
        let response = self.request(request).await;
        let status = response.status();
        (
            status,
            to_bytes(response.into_body(), MESSAGE).await.unwrap(),
        )
    }

    /// Opens a transport; gives the path of it.
    async fn open(&self, protocol: &str) -> String {
        let body = format!(r#"{{"protocols": ["x", "{protocol}"]}}"#);
        let (status, body) = self.post("/lp/open", body).await;
        assert_eq!(status, StatusCode::OK, "{body:?}");
        let opened: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(opened["protocol"], protocol);
        let id = opened["transport"].as_str().unwrap();
        assert_eq!(id.len(), 32);
        format!("/lp/{id}")
    }

    async fn join(&self, path: &str, protocol: &str) {
        let subprotocol = Subprotocol::from_name(protocol).unwrap();
        let (status, _) = self.send(path, hello(subprotocol)).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (status, body) = self.post(&format!("{path}/receive"), "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(names(subprotocol, body), ["WELCOME"]);
    }

    async fn send(&self, path: &str, body: impl Into<Body>) -> (StatusCode, Bytes) {
        self.post(&format!("{path}/send"), body).await
    }

    async fn receive(&self, path: &str) -> (StatusCode, Bytes) {
        self.post(&format!("{path}/receive"), "").await
    }
}

fn hello(subprotocol: Subprotocol) -> Bytes {
    let roles = Roles {
        caller: Some(wamp_proto::Features::default()),
        ..Roles::default()
    };
    let hello = message::Hello {
        realm: uris::REALM_PAIRING.into(),
        details: Box::new(HelloDetails {
            roles: Some(roles),
            ..HelloDetails::default()
        }),
    };
    let mut frame = bytes::BytesMut::new();
    encode(&Message::from(hello), subprotocol.serializer, &mut frame).unwrap();
    if subprotocol.framing == Framing::Plain {
        return frame.freeze();
    }
    let mut batch = BatchWriter::new(subprotocol.serializer);
    batch.push(&frame);
    batch.take().unwrap()
}

fn names(subprotocol: Subprotocol, body: Bytes) -> Vec<&'static str> {
    let name = |frame: &Bytes| decode(subprotocol.serializer, frame).unwrap().name();
    match subprotocol.framing {
        Framing::Plain => vec![name(&body)],
        _ => BatchReader::new(subprotocol.serializer, body)
            .unwrap()
            .map(|frame| name(&frame.unwrap()))
            .collect(),
    }
}

#[tokio::test]
async fn a_session_begins_and_ends_in_every_protocol() {
    let scene = Scene::new(8);
    for serializer in Serializer::ALL {
        for subprotocol in [
            Subprotocol::plain(serializer),
            Subprotocol::batched(serializer),
        ] {
            let protocol = subprotocol.name();
            let path = scene.open(&protocol).await;
            scene.join(&path, &protocol).await;
            let (status, _) = scene.post(&format!("{path}/close"), "").await;
            assert_eq!(status, StatusCode::NO_CONTENT);
        }
    }
    scene.tasks.close();
    scene.tasks.wait().await;
    assert!(
        scene
            .visit
            .site
            .longpoll
            .as_ref()
            .unwrap()
            .lock()
            .is_empty()
    );
}

#[tokio::test]
async fn what_can_not_be_opened_is_refused_with_the_reason() {
    let scene = Scene::new(8);
    let long = " ".repeat(OPENING + 1);
    for (body, reason) in [
        ("", "send the protocols"),
        ("[]", "send the protocols"),
        (r#"{"protocols": "wamp.2.json"}"#, "send the protocols"),
        (r#"{"protocols": []}"#, "none of the protocols"),
        (
            r#"{"protocols": ["deskconn.sealed.v1.json"]}"#,
            "none of the protocols",
        ),
        (&long, "too long"),
    ] {
        let (status, said) = scene.post("/lp/open", body.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(String::from_utf8_lossy(&said).contains(reason), "{said:?}");
    }
}

#[tokio::test]
async fn a_transport_nobody_opened_is_not_there() {
    let scene = Scene::new(8);
    for path in ["/lp/x/send", "/lp/open/receive"] {
        let (status, _) = scene.post(path, "[]").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let path = scene.open("wamp.2.json").await;
    scene.post(&format!("{path}/close"), "").await;
    scene.tasks.close();
    scene.tasks.wait().await;
    assert_eq!(scene.receive(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(scene.send(&path, "[]").await.0, StatusCode::NOT_FOUND);
    let (status, _) = scene.post(&format!("{path}/close"), "").await;
    assert_eq!(status, StatusCode::NO_CONTENT, "closed it is");
}

#[tokio::test]
async fn there_are_no_more_transports_than_places() {
    let mut scene = Scene::new(1);
    let opening = r#"{"protocols": ["wamp.2.json"]}"#;
    scene.open("wamp.2.json").await;
    let (status, _) = scene.post("/lp/open", opening).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    // A connection has one place. The transports after the first need places of their own.
    scene = Scene::new(8);
    scene.visit.place = Arc::new(|| None);
    scene.open("wamp.2.json").await;
    let (status, _) = scene.post("/lp/open", opening).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_in_vain_is_answered_without_a_message() {
    let scene = Scene::new(8);
    let path = scene.open("wamp.2.json").await;
    scene.join(&path, "wamp.2.json").await;
    let asked = tokio::time::Instant::now();
    let (status, body) = scene.receive(&path).await;
    assert_eq!((status, body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(asked.elapsed(), WAIT);
    assert!(WAIT < ANSWER && BODY < ANSWER);
}

#[tokio::test]
async fn only_the_last_request_that_waits_receives() {
    let scene = Scene::new(8);
    let path = scene.open("wamp.2.json").await;
    let json = Subprotocol::plain(Serializer::Json);
    let (earlier, later, _) = tokio::join!(
        scene.receive(&path),
        scene.receive(&path),
        scene.send(&path, hello(json))
    );
    assert_eq!(earlier.0, StatusCode::CONFLICT);
    assert_eq!(names(json, later.1), ["WELCOME"]);
}

#[tokio::test]
async fn messages_are_bounded_and_not_empty() {
    let scene = Scene::new(8);
    let path = scene.open("wamp.2.json").await;
    let long = vec![b' '; MESSAGE + 1];
    assert_eq!(
        scene.send(&path, long).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(scene.send(&path, "").await.0, StatusCode::BAD_REQUEST);
    // Neither was taken, and the session can still begin.
    scene.join(&path, "wamp.2.json").await;
}

#[tokio::test]
async fn what_is_no_message_is_answered_with_an_abort_and_the_end() {
    let scene = Scene::new(8);
    let path = scene.open("wamp.2.json").await;
    assert_eq!(scene.send(&path, "[false]").await.0, StatusCode::NO_CONTENT);
    let (_, body) = scene.receive(&path).await;
    assert_eq!(names(Subprotocol::plain(Serializer::Json), body), ["ABORT"]);
    assert_eq!(scene.receive(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_nothing_is_gone_after_a_while() {
    let scene = Scene::new(8);
    let path = scene.open("wamp.2.json").await;
    scene.join(&path, "wamp.2.json").await;
    scene.tasks.close();
    let began = tokio::time::Instant::now();
    scene.tasks.wait().await;
    assert!((INACTIVITY..INACTIVITY * 3).contains(&began.elapsed()));
    assert_eq!(scene.receive(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_an_origin_that_was_admitted_may_read_the_answers() {
    let scene = Scene::new(8);
    let origin = "https://app.example.com";
    for method in [Method::OPTIONS, Method::POST] {
        let request = http::Request::builder()
            .method(method.clone())
            .uri("/lp/open")
            .header(ORIGIN, origin)
            .body(Body::from("{}"))
            .unwrap();
        let response = scene.request(request).await;
        let headers = response.headers();
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], origin, "{method}");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_HEADERS], "content-type");
    }
    let request = http::Request::get("/lp/open").body(Body::empty()).unwrap();
    let response = scene.request(request).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(!response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[tokio::test]
async fn who_waits_is_told_when_the_router_shuts_down() {
    let scene = Scene::new(8);
    let path = scene.open("wamp.2.json").await;
    scene.join(&path, "wamp.2.json").await;
    let (mut client, stream) = tokio::io::duplex(4096);
    let Visit { site, door, .. } = scene.visit.clone();
    let router = Arc::clone(&site.router);
    let visit = tokio::spawn(site.http(stream, door, None, ()));
    let request =
        format!("POST {path}/receive HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let (_, read, visited) = tokio::join!(
        router.shut_down(&scene.tasks),
        client.read_to_end(&mut answer),
        visit
    );
    read.unwrap();
    visited.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("\r\n\r\n[6,{"), "{answer}");
    assert!(answer.contains("wamp.close.system_shutdown"), "{answer}");
}
