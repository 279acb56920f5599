//! For programs that speak HTTP and no WAMP: requests become publications and calls, and events become requests.
//!
//! A bridge is a session of its own in its realm, in the role that the configuration gives it: what it may
//! do is what that role may do, whoever asks. `request` takes what clients send, `publisher` and `caller`
//! do it, `answer` says what came of it; `signature` finds out who signed it. `webhook` goes the other
//! way. `docs/bridge.md` is the contract.

mod answer;
mod caller;
mod instant;
mod publisher;
mod request;
mod seat;
mod settings;
mod signature;
mod webhook;

pub(crate) use settings::{BridgeSettings, WebhookSettings};
pub(crate) use webhook::Webhook;

use crate::router::Router;
use axum::body::Body;
use axum::extract::Request;
use http::Response;
use seat::Seat;
use settings::Kind;
use signature::Keyring;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// The bridges of one listener, by their paths.
#[derive(Debug, Default)]
pub(crate) struct Bridges(HashMap<String, Bridge>);

/// One path at which requests become publications or calls.
#[derive(Debug)]
pub(crate) struct Bridge {
    kind: Kind,
    seat: Seat,
    /// Who may ask; `None` if anybody may.
    keyring: Option<Keyring>,
    /// The longest body taken, in octets.
    body: usize,
    /// How long a call may take.
    timeout: Duration,
}

impl Bridges {
    /// As the configuration has them; their sessions are served by `tasks`.
    pub(crate) fn new(
        settings: impl IntoIterator<Item = BridgeSettings>,
        router: &Arc<Router>,
        tasks: &TaskTracker,
    ) -> Self {
        let mut bridges = HashMap::new();
        for settings in settings {
            let keyring = match settings.unsigned {
                true => None,
                false => Some(Keyring::new(&settings)),
            };
            let name = format!("bridge {}", settings.path);
            let bridge = Bridge {
                kind: settings.kind,
                seat: Seat::new(router, tasks, &settings.realm, &settings.role, &name),
                keyring,
                body: settings.body,
                timeout: Duration::from_secs(settings.timeout),
            };
            bridges.insert(settings.path, bridge);
        }
        Self(bridges)
    }

    /// How long an answer may take; no time where there are no bridges.
    pub(crate) fn longest_answer(&self) -> Duration {
        let timeouts = self.0.values().map(|bridge| bridge.timeout);
        timeouts.max().map_or(Duration::ZERO, |timeout| {
            timeout.saturating_add(request::BODY)
        })
    }

    /// The answer to `request`, if there is a bridge at its path. `known` is called once it has been
    /// found to be signed.
    pub(crate) async fn serve(
        &self,
        request: Request,
        known: &(dyn Fn() + Send + Sync),
    ) -> Option<Response<Body>> {
        let bridge = self.0.get(request.uri().path())?;
        // In a box of its own: every connection has room for the largest of its answers.
        Some(Box::pin(request::serve(bridge, request, known)).await)
    }
}
