//! `deskconn devices certificate`: tying a certificate to a device.

use std::path::PathBuf;

use deskconn_protocol::api::daemon::{Device, SetCertificate};
use deskconn_protocol::uris;

use super::{describe_one, find};
use crate::context::Context;
use crate::error::CliError;
use crate::pem;
use crate::rpc;

/// Let a device log in by showing a certificate over TLS.
///
/// It may do then what it was granted, as when it comes otherwise. The certificate takes the place of the
/// one it had, and whoever came by that is cut off. Who made it and what it says is of no matter: the key
/// counts, which stays when a certificate is renewed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The device: its name, or the beginning of its id.
    device: String,

    /// A file with the certificate, in PEM.
    #[arg(required_unless_present = "none")]
    file: Option<PathBuf>,

    /// Take the certificate away that it has.
    #[arg(long, conflicts_with = "file")]
    none: bool,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let certificate = args.file.as_deref().map(pem::pin).transpose()?;
    let work = async {
        let session = context.session().await?;
        let set = SetCertificate {
            id: find(&session, &args.device).await?.id,
            certificate,
        };
        rpc::ask::<Device>(&session, uris::DAEMON_SET_CERTIFICATE, &set).await
    };
    let device = context.unless_interrupted(work).await?;
    describe_one(&device, &context.output)
}
