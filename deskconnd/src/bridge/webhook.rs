//! Events that become requests: a subscriber that posts what it receives to somebody's URL.
//!
//! ```text
//!   realm ──> the session's queue (drops its oldest) ──> at most `in_flight` deliveries ──> URL
//!                                                            each tried `attempts` times
//! ```

mod delivery;
mod target;

pub(crate) use target::Target;

use super::answer::arguments;
use super::seat::Seat;
use super::settings::WebhookSettings;
use crate::router::Router;
use delivery::{Delivery, Outcome};
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};
use wamp_client::{Event, EventStream};
use wamp_proto::Uri;

/// How long to wait before subscribing again, after the first failure and at most.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// A subscription whose events go to a URL.
#[derive(Debug)]
pub(crate) struct Webhook {
    settings: WebhookSettings,
    seat: Seat,
}

impl Webhook {
    /// The webhook of `realm` that `settings` say; its session is served by `tasks`.
    pub(crate) fn new(
        settings: WebhookSettings,
        realm: &Uri,
        router: &Arc<Router>,
        tasks: &TaskTracker,
    ) -> Self {
        let name = format!("webhook {}", settings.topic);
        let seat = Seat::new(router, tasks, realm, &settings.role, &name);
        Self { settings, seat }
    }

    /// Delivers until `shutdown`. A session that ends is made anew.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let work = async {
            let [mut pause, longest] = PAUSES;
            loop {
                match self.subscribe().await {
                    Ok(events) => {
                        pause = PAUSES[0];
                        self.deliver(events).await;
                    }
                    Err(why) => warn!(hook = %self, "a webhook can not subscribe: {why}"),
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        };
        shutdown.run_until_cancelled(work).await;
    }

    async fn subscribe(&self) -> Result<EventStream, String> {
        let session = self.seat.session().await;
        let session = session.map_err(|error| error.to_string())?;
        let events = session.events(self.settings.topic.clone());
        let events = events
            .matching(self.settings.policy)
            .capacity(self.settings.queue)
            .await;
        events.map_err(|error| error.to_string())
    }

    /// Delivers events until there are no more. What is under way when this is dropped is given up.
    async fn deliver(&self, mut events: EventStream) {
        let mut deliveries = JoinSet::new();
        loop {
            let has_place = deliveries.len() < self.settings.in_flight;
            tokio::select! {
                Some(done) = deliveries.join_next() => self.note(done),
                event = events.next(), if has_place => match event {
                    Some(event) => drop(self.delivery(&event).map(|delivery| {
                        deliveries.spawn(async move { delivery.run().await })
                    })),
                    None => break,
                },
            }
        }
        while let Some(done) = deliveries.join_next().await {
            self.note(done);
        }
        info!(hook = %self, "a webhook's session ended");
    }

    /// What is to be done with an event, if anything can be.
    fn delivery(&self, event: &Event) -> Option<Delivery> {
        if event.missed() > 0 {
            let dropped = event.missed();
            warn!(hook = %self, dropped, "a webhook is behind: events were dropped");
        }
        let Some(body) = body_of(event) else {
            warn!(hook = %self, "an event was dropped: JSON has no form for it");
            return None;
        };
        Some(Delivery {
            target: self.settings.url.clone(),
            secret: self.settings.secret.clone(),
            timeout: Duration::from_secs(self.settings.timeout),
            attempts: self.settings.attempts,
            publication: event.publication(),
            body: body.into(),
        })
    }

    /// Says in the log what came of a delivery, if an event is lost.
    fn note(&self, done: Result<Outcome, JoinError>) {
        match done {
            Ok(Outcome::Delivered) => debug!(hook = %self, "an event was delivered"),
            Ok(Outcome::GivenUp(why)) => warn!(hook = %self, "an event was dropped: {why}"),
            Err(error) => warn!(hook = %self, "an event was dropped: {error}"),
        }
    }
}

impl fmt::Display for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the path: there may be a secret in it.
        write!(
            f,
            "{} to {}",
            self.settings.topic,
            self.settings.url.authority()
        )
    }
}

/// What is posted for `event`, if JSON has a form for it.
fn body_of(event: &Event) -> Option<String> {
    let (args, kwargs) = arguments(event.payload())?;
    let details = event.details();
    let publisher = details.publisher.map(|session| {
        json!({
            "session": session,
            "authid": details.publisher_authid,
            "authrole": details.publisher_authrole,
        })
    });
    Some(format!(
        r#"{{"topic":{},"publication":{},"publisher":{},"missed":{},"args":{args},"kwargs":{kwargs}}}"#,
        json!(event.topic()),
        json!(event.publication()),
        json!(publisher),
        event.missed(),
    ))
}
