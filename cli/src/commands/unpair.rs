//! `deskconn unpair`: removing a device.

use deskconn_protocol::api::daemon::{Unpair, Unpaired};
use deskconn_protocol::uris;

use super::devices::find;
use crate::context::Context;
use crate::error::CliError;
use crate::rpc;
use crate::text::one_line;

/// Remove a paired device and end its sessions at once.
///
/// It can do nothing here any more, until it is paired again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The device: its name, or the beginning of its id.
    device: String,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        let id = find(&session, &args.device).await?.id;
        rpc::ask::<Unpaired>(&session, uris::DAEMON_UNPAIR, &Unpair { id }).await
    };
    let removed = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return context.output.json(&removed);
    }
    let Unpaired { id, name } = removed;
    let name = one_line(&name);
    context.output.text(&format!("Removed {name} ({id})"))
}
