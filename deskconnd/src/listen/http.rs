//! What answers behind every door: pages, `/healthz`, the WebSocket at `/ws`, long-poll, and RawSocket.

use super::Tls;
use super::cookie::Cookies;
use super::longpoll::{self, LongPoll};
use super::origin::{self, Visitors, Wanted};
use super::seal::Seal;
use super::web;
use crate::bridge::Bridges;
use crate::components::Insiders;
use crate::metrics;
use crate::router::{self, Arrival, Browser, Cookie, Door, Router};
use axum::Router as Routes;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing::get;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL, SET_COOKIE};
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tower::ServiceExt;
use tracing::{debug, info};
use wamp_transport::io::Io;
use wamp_transport::sealed::Sealing;
use wamp_transport::tls::Channel;
use wamp_transport::{
    Framing, Link, LinkLimits, OpenError, Opened, Subprotocol, negotiate, rawsocket, websocket,
};

/// How long a request's head may take, and how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(5);

/// How long a connection may ask for pages before it is a WebSocket: long enough to load the web
/// remote over a bad network. Nobody keeps a stranger's place by reading slowly.
const VISIT: Duration = Duration::from_secs(30);

/// Where the WebSocket is.
const SOCKET: &str = "/ws";

/// On every answer. The pages bring their own scripts and styles and talk to this computer only.
const SECURITY_HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What is behind a door, for every connection that comes by it.
#[derive(Debug)]
pub(crate) struct Site {
    /// Where links go.
    pub(crate) router: Arc<Router>,
    /// Whose requests are answered.
    pub(crate) visitors: Visitors,
    /// What there is to see.
    pub(crate) pages: Pages,
    /// Answers sealed links; without it none are offered.
    pub(crate) seal: Option<Arc<Seal>>,
    /// Whether `/metrics` tells whoever asks what the router counts.
    pub(crate) metrics: bool,
    /// Speaks TLS; without it none is spoken.
    pub(crate) tls: Option<Arc<Tls>>,
    /// Sessions over HTTP requests that wait; without it there are none.
    pub(crate) longpoll: Option<Arc<LongPoll>>,
    /// Knows the processes of components, which are not the owner's other programs.
    pub(crate) insiders: Option<Arc<Insiders>>,
    /// Has browsers known again; without it they are not.
    pub(crate) cookies: Option<Cookies>,
    /// The longest message taken, in octets. Strangers may send one before anyone knows them: this
    /// times their places is what they can make the daemon hold.
    pub(crate) message: usize,
}

/// What there is beside the WebSocket.
#[derive(Debug)]
pub(crate) enum Pages {
    /// The web remote.
    WebRemote,
    /// Bridges, and nothing for a browser: the WebSocket answers at `/` too.
    Bridges(Bridges),
}

/// What the routes of one connection know of it.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) site: Arc<Site>,
    pub(super) door: Door,
    /// Whether the connection is TLS.
    is_secure: bool,
    /// Takes the stream over once a request has asked for a WebSocket.
    upgrade: Arc<Mutex<Option<Upgrade>>>,
    /// Takes the connection's place among the strangers, to hand it on or to give it back.
    pub(super) place: Arc<dyn Fn() -> Option<Place> + Send + Sync>,
}

impl Visit {
    pub(super) fn new(
        site: Arc<Site>,
        door: Door,
        place: impl Fn() -> Option<Place> + Send + Sync + 'static,
    ) -> Self {
        Self {
            site,
            door,
            is_secure: false,
            upgrade: Arc::default(),
            place: Arc::new(place),
        }
    }
}

/// Whatever a stranger holds while it is one.
pub(super) type Place = Box<dyn Send>;

/// A connection that carries WAMP now. What it took to come so far is not kept for as long as it lives.
pub(crate) struct Arrived {
    opened: Opened,
    arrival: Arrival,
    /// Its place among the strangers.
    stranger: Option<Place>,
}

/// A WebSocket that was agreed on, until the answer is written and the stream is free.
struct Upgrade {
    on: hyper::upgrade::OnUpgrade,
    subprotocol: Subprotocol,
    cookie: Option<Cookie>,
    browser: Option<Browser>,
}

impl Site {
    /// Opens a RawSocket connection, of which nothing was read yet; in `channel` if it is TLS.
    pub(crate) async fn rawsocket<S, T>(
        self: Arc<Self>,
        stream: S,
        door: Door,
        channel: Option<Channel>,
        stranger: T,
    ) -> Option<Arrived>
    where
        S: Io + 'static,
        T: Send + 'static,
    {
        let (limits, peer) = (self.limits(&door), door.to_string());
        let opening = rawsocket::accept(stream, |offered| self.offers(offered), peer, limits);
        match self.unless_shut_down(opening).await? {
            Ok(opened) => Some(Arrived {
                opened: over(opened, channel),
                arrival: door.into(),
                stranger: Some(Box::new(stranger)),
            }),
            Err(error) => {
                debug!(from = %door, %error, "a RawSocket was not opened");
                None
            }
        }
    }

    /// Serves an HTTP connection, of which nothing was read yet, until it ends or becomes a WebSocket; in
    /// `channel` if it is TLS.
    pub(crate) async fn http<S, T>(
        self: Arc<Self>,
        stream: S,
        door: Door,
        channel: Option<Channel>,
        stranger: T,
    ) -> Option<Arrived>
    where
        S: Io + 'static,
        T: Send + 'static,
    {
        let stranger = Arc::new(Mutex::new(Some(Box::new(stranger) as Place)));
        let place = Arc::clone(&stranger);
        let visit = Visit {
            is_secure: channel.is_some(),
            ..Visit::new(Arc::clone(&self), door.clone(), move || taken(&place))
        };
        let upgrade = Arc::clone(&visit.upgrade);
        let service = service_fn(move |request: http::Request<Incoming>| {
            let visit = visit.clone();
            async move { Ok::<_, Infallible>(answer(visit, request.map(Body::new)).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let visited = {
            let visit = async {
                let mut connection = Box::pin(connection);
                if let Ok(ended) = timeout(VISIT, connection.as_mut()).await {
                    return Ok(ended);
                }
                // An answer that is under way may still be given.
                connection.as_mut().graceful_shutdown();
                timeout(self.longest_answer(), connection).await
            };
            // What HTTP needs room for, no session has to keep.
            let mut visit = Box::pin(visit);
            match self.unless_shut_down(visit.as_mut()).await {
                Some(visited) => visited,
                // Who waits for messages is told.
                None if self.longpoll.is_some() => timeout(longpoll::FAREWELL, visit)
                    .await
                    .unwrap_or(Ok(Ok(()))),
                None => return None,
            }
        };
        match visited {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(from = %door, %error, "an HTTP connection failed"),
            Err(_) => {
                debug!(from = %door, "an HTTP connection took too long");
                return None;
            }
        }
        let Upgrade {
            on,
            subprotocol,
            cookie,
            browser,
        } = taken(&upgrade)?;
        // Back to the bare stream: nothing of the HTTP machinery is kept for the session's life.
        let parts = on.await.ok()?.downcast::<TokioIo<S>>().ok()?;
        let stream = parts.io.into_inner();
        let opened = websocket::accept(
            stream,
            parts.read_buf,
            subprotocol,
            door.to_string(),
            self.limits(&door),
        )
        .await;
        Some(Arrived {
            opened: over(opened, channel),
            arrival: Arrival {
                door,
                cookie,
                browser,
            },
            stranger: taken(&stranger),
        })
    }

    /// Serves a link; a sealed one only if a paired device is at its other end.
    pub(crate) async fn link(self: Arc<Self>, arrived: Arrived) {
        let Arrived {
            opened,
            arrival,
            stranger,
        } = arrived;
        let door = &arrival.door;
        let link = match opened {
            Opened::Plain(link) => link,
            Opened::Sealed(sealing) => match Box::pin(self.unseal_in_time(sealing)).await {
                None => return,
                Some(Ok(Some(link))) => link,
                Some(Ok(None)) => {
                    if self.router.stranger_log.admits() {
                        info!(from = %door, "a device that is not paired was refused");
                    }
                    return;
                }
                Some(Err(error)) => {
                    return debug!(from = %door, %error, "a sealed link was not opened");
                }
            },
        };
        router::serve(Arc::clone(&self.router), link, arrival, stranger).await;
    }

    /// What comes of `work`, or `None` if the daemon shuts down before it is done.
    pub(super) async fn unless_shut_down<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.router.shutdown.run_until_cancelled(work).await
    }

    /// How long after its time a visit may go on, for the sake of an answer.
    fn longest_answer(&self) -> Duration {
        let waiting = match self.longpoll {
            Some(_) => longpoll::ANSWER,
            None => Duration::ZERO,
        };
        let bridged = match &self.pages {
            Pages::Bridges(bridges) => bridges.longest_answer(),
            Pages::WebRemote => Duration::ZERO,
        };
        waiting.max(bridged)
    }

    /// What a link by this door may cost.
    pub(super) fn limits(&self, door: &Door) -> LinkLimits {
        let limits = LinkLimits {
            max_message: self.message,
            ..LinkLimits::default()
        };
        match door {
            Door::Network(_) => limits,
            // The kernel tells when a program of this machine is gone.
            Door::Local { .. } | Door::Bridge { .. } | Door::Internal { .. } => LinkLimits {
                keepalive: None,
                ..limits
            },
        }
    }

    /// Whether links of this kind are served here.
    const fn offers(&self, subprotocol: Subprotocol) -> bool {
        !matches!(subprotocol.framing, Framing::Sealed) || self.seal.is_some()
    }

    async fn unseal_in_time(&self, sealing: Sealing) -> Option<Result<Option<Link>, OpenError>> {
        self.unless_shut_down(self.unseal(sealing)).await
    }

    async fn unseal(&self, sealing: Sealing) -> Result<Option<Link>, OpenError> {
        match &self.seal {
            Some(seal) => seal.open(sealing).await,
            None => Ok(None),
        }
    }
}

fn over(opened: Opened, channel: Option<Channel>) -> Opened {
    match channel {
        Some(channel) => opened.over_tls(channel),
        None => opened,
    }
}

/// Everything but WebSockets, which most connections become at once, and which are not looked up here.
fn routes(visit: Visit) -> Routes {
    let routes = Routes::new().route("/healthz", get(|| async { "ok\n" }));
    let routes = match visit.site.pages {
        Pages::WebRemote => routes.fallback(page),
        Pages::Bridges(_) => routes.fallback(bridge),
    };
    let routes = match visit.site.metrics {
        true => routes.route("/metrics", get(metrics)),
        false => routes,
    };
    let routes = match visit.site.longpoll {
        Some(_) => routes.merge(longpoll::routes()),
        None => routes,
    };
    routes.with_state(visit)
}

/// Answers a request. Refuses what is not for this computer or not from it, and puts the headers on every
/// answer.
async fn answer(visit: Visit, request: Request) -> Response<Body> {
    let (wanted, is_socket) = match (request.uri().path(), &visit.site.pages) {
        (SOCKET, _) => (Wanted::Socket, true),
        ("/", Pages::Bridges(_)) => (Wanted::Page, true),
        _ => (Wanted::Page, false),
    };
    let mut response = match visit.site.visitors.check(wanted, request.headers()) {
        Ok(()) if is_socket => upgrade(&visit, request),
        Ok(()) => match routes(visit.clone()).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Err(foreign) => {
            if visit.site.router.stranger_log.admits() {
                info!(from = %visit.door, "a request was refused: {foreign}");
            }
            web::text(StatusCode::FORBIDDEN, &format!("{foreign}\n"))
        }
    };
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

/// What the router counts, for Prometheus.
async fn metrics(State(visit): State<Visit>) -> Response<Body> {
    let text = metrics::text(&metrics::gather(&visit.site.router));
    let mut response = web::text(StatusCode::OK, &text);
    let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, format);
    response
}

/// What is in the slot, which is empty then.
fn taken<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    // Each change is one assignment.
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Has a bridge answer, if there is one.
async fn bridge(State(visit): State<Visit>, request: Request) -> Response<Body> {
    let answer = match &visit.site.pages {
        Pages::Bridges(bridges) => bridges.serve(request, &|| drop((visit.place)())).await,
        Pages::WebRemote => None,
    };
    let Some(answer) = answer else {
        return web::text(StatusCode::NOT_FOUND, "There is nothing here.\n");
    };
    if answer.status() == StatusCode::UNAUTHORIZED && visit.site.router.stranger_log.admits() {
        info!(from = %visit.door, "a request without a right signature was refused");
    }
    answer
}

async fn page(request: Request) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return web::text(StatusCode::METHOD_NOT_ALLOWED, "Pages are only read.\n");
    }
    web::serve(request.uri().path(), request.headers())
}

/// Answers the opening of a WebSocket (RFC 6455 §4.2, and spec, "WebSocket Transport").
fn upgrade(visit: &Visit, mut request: Request) -> Response<Body> {
    let mut response = match create_response_with_body(&request, Body::empty) {
        Ok(response) => response,
        Err(error) => return web::text(StatusCode::BAD_REQUEST, &format!("{error}\n")),
    };
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.iter().filter_map(|value| value.to_str().ok());
    let Some(subprotocol) = negotiate(offered, |offered| visit.site.offers(offered)) else {
        return web::text(
            StatusCode::BAD_REQUEST,
            "offer a subprotocol, as wamp.2.json\n",
        );
    };
    if let Ok(name) = HeaderValue::from_str(&subprotocol.name()) {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, name);
    }
    let cookies = visit.site.cookies.as_ref();
    let cookie = cookies.and_then(|cookies| cookies.of(request.headers(), visit.is_secure));
    let cookie = cookie.map(|(cookie, set)| {
        if let Some(set) = set {
            response.headers_mut().insert(SET_COOKIE, set);
        }
        cookie
    });
    let browser = origin::browser(request.headers());
    let on = hyper::upgrade::on(&mut request);
    if let Ok(mut agreed) = visit.upgrade.lock() {
        *agreed = Some(Upgrade {
            on,
            subprotocol,
            cookie,
            browser,
        });
    }
    response
}

#[cfg(test)]
mod tests;
