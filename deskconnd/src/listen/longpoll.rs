//! WAMP over HTTP requests that wait, at `/lp` (spec, "HTTP Longpoll Transport").
//!
//! ```text
//!  POST /lp/open        {"protocols": ["wamp.2.json"]} ──▶ {"protocol": "wamp.2.json", "transport": id}
//!  POST /lp/id/receive  waits for one message, or a batch; 204 if none comes for a while
//!  POST /lp/id/send     takes one message, or a batch
//!  POST /lp/id/close
//! ```
//!
//! Whoever knows an id is its client: it is drawn at random, and never logged. Requests of one transport
//! may come on any connection, so a session is not bound to the TLS of one, nor known by its certificate.

use super::http::Visit;
use super::web;
use super::{Gate, Strangers};
use crate::router::{self, Door};
use axum::Router as Routes;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodFilter, on};
use data_encoding::BASE64URL_NOPAD;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN,
    CACHE_CONTROL, CONTENT_TYPE, HeaderValue, ORIGIN, VARY,
};
use http::{Method, Response, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use wamp_proto::Serializer;
use wamp_transport::longpoll::{self, Client, Received};
use wamp_transport::{Framing, Opened, Subprotocol, negotiate};

/// How long a request waits for messages before it is answered without one. Less than what clients and
/// proxies wait for an answer; autobahn-js gives up after twelve seconds.
const WAIT: Duration = Duration::from_secs(10);

/// How long an answer takes at most, if it is read.
pub(super) const ANSWER: Duration = Duration::from_secs(12);

/// How long a connection stays when the router shuts down, so that its client can be told.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// How long a message may take to come whole, and to be taken.
const BODY: Duration = Duration::from_secs(10);

/// The longest request to open a transport, in octets: six names of protocols and some more.
const OPENING: usize = 4096;

/// The transports of one listener, by their ids.
pub(crate) struct LongPoll {
    gate: Gate,
    strangers: Strangers,
    inactivity: Duration,
    clients: Mutex<HashMap<String, Arc<Client>>>,
}

#[derive(Deserialize)]
struct Opening {
    protocols: Vec<String>,
}

#[derive(Serialize)]
struct Transport<'a> {
    protocol: String,
    transport: &'a str,
}

impl fmt::Debug for LongPoll {
    /// Without the ids: each lets in whoever knows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongPoll")
            .field("inactivity", &self.inactivity)
            .field("transports", &self.lock().len())
            .finish_non_exhaustive()
    }
}

impl LongPoll {
    /// No transports. Each takes a place in `gate` and, while it is a stranger's, one of `strangers`. It is
    /// given up once its client asks for nothing for as long as `inactivity`.
    pub(crate) fn new(gate: Gate, strangers: Strangers, inactivity: Duration) -> Arc<Self> {
        Arc::new(Self {
            gate,
            strangers,
            inactivity,
            clients: Mutex::default(),
        })
    }

    /// How long a client may ask for nothing.
    pub(crate) const fn inactivity(&self) -> Duration {
        self.inactivity
    }

    fn client(&self, id: &str) -> Option<Arc<Client>> {
        self.lock().get(id).cloned()
    }

    /// Opens a transport and begins a session on it, unless there are too many. Gives its id.
    fn open(self: &Arc<Self>, subprotocol: Subprotocol, visit: &Visit) -> Option<String> {
        let connection = self.gate.enter()?;
        let stranger = match ((visit.place)(), &visit.door) {
            (Some(place), _) => place,
            // A second transport by the same connection, whose place went to the first.
            (None, Door::Network(address)) => Box::new(self.strangers.enter(*address).ok()?),
            (None, _) => Box::new(()),
        };
        let mut id = [0; 24];
        getrandom::fill(&mut id).ok()?;
        let id = BASE64URL_NOPAD.encode(&id);
        let (site, door) = (Arc::clone(&visit.site), visit.door.clone());
        let limits = site.limits(&door);
        let (opened, client) =
            longpoll::open(subprotocol, door.to_string(), self.inactivity, limits);
        let Opened::Plain(link) = opened else {
            return None;
        };
        self.lock().insert(id.clone(), Arc::new(client));
        let (transports, own) = (Arc::clone(self), id.clone());
        self.gate.tasks.spawn(async move {
            router::serve(Arc::clone(&site.router), link, door, stranger).await;
            transports.lock().remove(&own);
            drop(connection);
        });
        Some(id)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Client>>> {
        // Each change is one insert or remove.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What answers requests, on a listener that has transports.
pub(super) fn routes() -> Routes<Visit> {
    let asked = MethodFilter::POST.or(MethodFilter::OPTIONS);
    Routes::new()
        .route("/lp/open", on(asked, open))
        .route("/lp/{id}/receive", on(asked, receive))
        .route("/lp/{id}/send", on(asked, send))
        .route("/lp/{id}/close", on(asked, close))
        .layer(from_fn(share))
}

/// Lets pages of other origins, which the listener has admitted, read the answers (Fetch, "CORS protocol").
/// autobahn-js asks with credentials, of which there are none here.
async fn share(request: Request, next: Next) -> Response<Body> {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = match *request.method() {
        Method::OPTIONS => nothing(),
        _ => next.run(request).await,
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
            (ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
            (VARY, "origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

async fn open(State(visit): State<Visit>, request: Request) -> Response<Body> {
    let refused = |status, why: &str| web::text(status, &format!("{why}\n"));
    let bad = |why| refused(StatusCode::BAD_REQUEST, why);
    let Ok(Ok(body)) = timeout(BODY, to_bytes(request.into_body(), OPENING)).await else {
        return bad("the request is too long or did not come whole");
    };
    let Ok(Opening { protocols }) = serde_json::from_slice(&body) else {
        return bad(r#"send the protocols you speak, as {"protocols": ["wamp.2.json"]}"#);
    };
    let is_offered = |subprotocol: Subprotocol| subprotocol.framing != Framing::Sealed;
    let Some(subprotocol) = negotiate(protocols.iter().map(String::as_str), is_offered) else {
        return bad("none of the protocols is spoken here, as wamp.2.json");
    };
    let transports = visit.site.longpoll.as_ref();
    let Some(id) = transports.and_then(|transports| transports.open(subprotocol, &visit)) else {
        let why = "too many are open; hint: try again later";
        return refused(StatusCode::SERVICE_UNAVAILABLE, why);
    };
    let opened = Transport {
        protocol: subprotocol.name(),
        transport: &id,
    };
    match serde_json::to_vec(&opened) {
        Ok(opened) => content("application/json", opened.into()),
        Err(_) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "no answer can be written",
        ),
    }
}

async fn receive(State(visit): State<Visit>, Path(id): Path<String>) -> Response<Body> {
    let Some(client) = find(&visit, &id) else {
        return gone();
    };
    match timeout(WAIT, client.receive()).await {
        Ok(Received::Frame(frame)) => content(kind(&client), frame),
        Ok(Received::Displaced) => {
            web::text(StatusCode::CONFLICT, "a later request receives instead\n")
        }
        Ok(Received::Closed) => gone(),
        Err(_) => nothing(),
    }
}

async fn send(
    State(visit): State<Visit>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let Some(client) = find(&visit, &id) else {
        return gone();
    };
    let longest = visit.site.message;
    let taking = async {
        let slot = client.slot().await?;
        Some((slot, to_bytes(request.into_body(), longest).await))
    };
    match timeout(BODY, taking).await {
        Ok(Some((_, Ok(body)))) if body.is_empty() => web::text(
            StatusCode::BAD_REQUEST,
            "there is no message in the request\n",
        ),
        Ok(Some((slot, Ok(body)))) => {
            slot.fill(body);
            nothing()
        }
        Ok(Some((_, Err(_)))) => {
            let why = format!("a message has at most {longest} octets here\n");
            web::text(StatusCode::PAYLOAD_TOO_LARGE, &why)
        }
        Ok(None) => gone(),
        Err(_) => web::text(
            StatusCode::REQUEST_TIMEOUT,
            "the message did not come in time\n",
        ),
    }
}

/// Closes a transport. One that is not there is closed: autobahn-js asks for it after GOODBYE, when the
/// router may have closed it already, and knows of no end but a success.
async fn close(State(visit): State<Visit>, Path(id): Path<String>) -> Response<Body> {
    if let Some(client) = find(&visit, &id) {
        client.close();
    }
    nothing()
}

/// The client of that id. Whoever knows one is no stranger any more than the session is.
fn find(visit: &Visit, id: &str) -> Option<Arc<Client>> {
    let client = visit.site.longpoll.as_ref()?.client(id)?;
    drop((visit.place)());
    Some(client)
}

fn kind(client: &Client) -> &'static str {
    match client.subprotocol().serializer {
        Serializer::Json => "application/json",
        Serializer::MessagePack | Serializer::Cbor => "application/octet-stream",
    }
}

fn content(kind: &'static str, content: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the specification calls "202 (no content)": see docs/adr/0007, row 26.
fn nothing() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn gone() -> Response<Body> {
    web::text(
        StatusCode::NOT_FOUND,
        "there is no such transport, or not any more\n",
    )
}

#[cfg(test)]
mod tests;
