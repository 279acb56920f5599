//! `deskconn publish`: publishing to a topic.

use serde_json::json;
use wamp_proto::{Dict, Uri, Value};

use crate::context::Context;
use crate::error::CliError;
use crate::value::{argument, keyword};

/// Publish an event.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The topic.
    topic: String,

    /// Positional arguments: JSON if they are some, otherwise text.
    #[arg(allow_negative_numbers = true)]
    args: Vec<String>,

    /// A keyword argument; may be given several times.
    #[arg(short, long = "kwarg", value_name = "KEY=VALUE", value_parser = keyword)]
    kwargs: Vec<(String, Value)>,

    /// Wait until the daemon has confirmed it, and print its number.
    #[arg(long)]
    ack: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let topic = args.topic.clone();
    let work = async {
        let session = context.session().await?;
        let positional: Vec<Value> = args.args.iter().map(|text| argument(text)).collect();
        let kwargs: Dict = args.kwargs.into_iter().collect();
        let publish = session.publish(Uri::from(args.topic)).args(positional);
        let publish = publish.kwargs(kwargs);
        // Asked for in any case: otherwise a daemon that refuses says nothing.
        let published = publish.acknowledge().await;
        published.map_err(|error| CliError::request(error, &topic))
    };
    let publication = context.unless_interrupted(work).await?;
    let Some(publication) = publication.filter(|_| args.ack) else {
        return Ok(());
    };
    let publication = publication.get();
    if context.output.is_json() {
        return context.output.json(&json!({ "publication": publication }));
    }
    context.output.text(&publication.to_string())
}
