//! `deskconn metrics`: what the daemon's router counts.

use deskconn_protocol::api::daemon::Metrics;
use deskconn_protocol::uris;

use crate::context::Context;
use crate::error::CliError;
use crate::rpc;

/// Show what the daemon counts: sessions, messages, refusals.
///
/// The lines are those of Prometheus' text format.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(Args {}: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Metrics>(&session, uris::DAEMON_METRICS, &()).await
    };
    let metrics = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return context.output.json(&metrics);
    }
    let lines = metrics.metrics.iter().map(ToString::to_string);
    context.output.text(&lines.collect::<Vec<_>>().join("\n"))
}
