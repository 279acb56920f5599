//! The webhooks of a realm: started and stopped while it runs.

use crate::bridge::{Webhook, WebhookSettings};
use crate::router::Router;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wamp_proto::Uri;

/// The webhooks that run, each until its token says otherwise.
#[derive(Debug, Default)]
pub(super) struct Webhooks(Vec<(WebhookSettings, CancellationToken)>);

/// Where webhooks run.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) realm: &'a Uri,
    pub(super) router: &'a Arc<Router>,
    pub(super) tasks: &'a TaskTracker,
    /// Ends all of them.
    pub(super) ends: &'a CancellationToken,
}

impl Webhooks {
    /// Starts and stops webhooks until they are as `wanted`; those that are stay, with what waits.
    pub(super) fn become_as<'a>(
        &mut self,
        wanted: impl IntoIterator<Item = &'a WebhookSettings>,
        place: &Place<'_>,
    ) {
        let mut before = std::mem::take(&mut self.0);
        for settings in wanted {
            let running = before.iter().position(|(running, _)| running == settings);
            let running = running.map(|at| before.swap_remove(at));
            self.0
                .push(running.unwrap_or_else(|| start(settings, place)));
        }
        for (_, ends) in before {
            ends.cancel();
        }
    }
}

fn start(settings: &WebhookSettings, place: &Place<'_>) -> (WebhookSettings, CancellationToken) {
    let ends = place.ends.child_token();
    let webhook = Webhook::new(settings.clone(), place.realm, place.router, place.tasks);
    place.tasks.spawn(webhook.run(ends.clone()));
    (settings.clone(), ends)
}
