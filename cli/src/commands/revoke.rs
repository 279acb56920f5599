//! `deskconn revoke`: letting a device do less.

use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::api::grants::Revoking;
use deskconn_protocol::uris;

use super::devices::{describe_one, find};
use crate::context::Context;
use crate::error::CliError;
use crate::rpc;

/// Let a device do less, at once.
///
/// What it was following, serving or doing with the grant ends. `deskconn unpair` removes the device.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The device: its name, or the beginning of its id.
    device: String,

    /// What it may not do any more; `deskconn devices show` lists what it may.
    #[arg(required = true, value_name = "GRANT")]
    grants: Vec<String>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        let revoking = Revoking {
            id: find(&session, &args.device).await?.id,
            grants: args.grants,
        };
        rpc::ask::<Device>(&session, uris::DAEMON_REVOKE, &revoking).await
    };
    let device = context.unless_interrupted(work).await?;
    describe_one(&device, &context.output)
}
