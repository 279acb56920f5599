//! `deskconn certificate`: the certificate by which this computer is known over TLS.

use deskconn_protocol::api::daemon::Status;
use deskconn_protocol::uris;

use crate::context::Context;
use crate::error::CliError;
use crate::rpc;

/// Print the certificate that this computer shows over TLS, for programs that are to trust it.
///
/// A program that takes a file of authorities takes this one: it vouches for itself. `deskconn status`
/// shows the key in it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(Args {}: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Status>(&session, uris::DAEMON_STATUS, &()).await
    };
    let status = context.unless_interrupted(work).await?;
    let tls = status.tls.ok_or_else(|| {
        CliError::failed(format!("{} speaks no TLS", status.name))
            .hint("set `enabled = true` in [listen.tls] of its configuration")
    })?;
    if context.output.is_json() {
        return context.output.json(&tls);
    }
    context.output.text(tls.certificate.trim_end())
}
