//! `deskconn open`: a web address in the browser of the desk.

use deskconn_protocol::api::open::{OpenUrl, Opened, Opening};
use deskconn_protocol::uris;

use crate::context::Context;
use crate::error::CliError;
use crate::rpc;

/// Open a web address in the browser of the desk.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address, `http://…` or `https://…`.
    url: String,
}

pub(crate) async fn run(Args { url }: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Opened>(&session, uris::OPEN_URL, &OpenUrl { url }).await
    };
    let opened = context.unless_interrupted(work).await?;
    match (context.output.is_json(), opened.state) {
        (true, _) => context.output.json(&opened),
        (false, Opening::Opened) => Ok(()),
        (false, Opening::Requested) => context.output.text("The desk was asked to open it."),
    }
}
