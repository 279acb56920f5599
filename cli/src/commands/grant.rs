//! `deskconn grant`: letting a device do more.

use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::api::grants::{Granting, Lasting};
use deskconn_protocol::uris;

use super::devices::{describe_one, find};
use crate::context::Context;
use crate::duration;
use crate::error::CliError;
use crate::rpc;

/// Let a device do more, from now on.
///
/// A grant is a component, `slides`; or `status`; or `register:com.example.`, with which the device
/// may register procedures and publish events under that prefix.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The device: its name, or the beginning of its id.
    device: String,

    /// What it may do from now on, besides what it may do already.
    #[arg(required = true, value_name = "GRANT")]
    grants: Vec<String>,

    /// For how long, as 30m, 8h or 7d; `forever` if it does not end by itself [default: forever].
    #[arg(long = "for", value_name = "TIME", value_parser = duration::lasting)]
    lasting: Option<Lasting>,

    /// Give a web page what web pages are not meant to have.
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        let granting = Granting {
            id: find(&session, &args.device).await?.id,
            grants: args.grants,
            lasting: args.lasting,
            force: args.force,
        };
        rpc::ask::<Device>(&session, uris::DAEMON_GRANT, &granting).await
    };
    let device = context.unless_interrupted(work).await?;
    describe_one(&device, &context.output)
}
