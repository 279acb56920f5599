//! `deskconn screenshot`: a picture of the screen.

use std::path::PathBuf;

use deskconn_protocol::api::screen::{Picture, PicturePart};
use deskconn_protocol::uris;
use wamp_client::CallResult;
use wamp_proto::Uri;

use crate::context::Context;
use crate::error::CliError;

/// More than any screen's picture has.
const LARGEST: usize = 64 << 20;

/// Take a picture of the screen and write it to a file, as PNG.
///
/// The computer's owner has to allow it: `screenshot = true` in [components.screen].
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, which is written over if it is there.
    file: PathBuf,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    context.unless_interrupted(take(args, context)).await
}

async fn take(Args { file }: Args, context: &Context) -> Result<(), CliError> {
    let session = context.session().await?;
    let procedure = uris::SCREEN_SCREENSHOT_TAKE;
    let call = session.call(Uri::from_static(procedure)).progress();
    let explain = |error| CliError::call(error, procedure);
    let mut pending = call.start().await.map_err(explain)?;
    let mut picture = Vec::new();
    while let Some(next) = pending.next().await {
        picture.extend(octets(&next.map_err(explain)?)?);
        if picture.len() > LARGEST {
            return Err(CliError::failed("the picture is larger than any screen"));
        }
    }
    std::fs::write(&file, &picture)
        .map_err(|error| CliError::failed(format!("{}: {error}", file.display())))
}

/// What a result has of the picture.
fn octets(result: &CallResult) -> Result<Vec<u8>, CliError> {
    let read = if result.is_progress() {
        result.kwargs().map(|part: PicturePart| part.octets)
    } else {
        result.kwargs().map(|picture: Picture| picture.octets)
    };
    let octets = read.map_err(|error| CliError::failed(error.to_string()))?;
    Ok(octets.0)
}
