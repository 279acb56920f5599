//! `deskconn subscribe`: printing events as they come.

use wamp_client::{Event, Session};
use wamp_proto::Uri;

use crate::args::Match;
use crate::context::Context;
use crate::error::CliError;
use crate::rpc;
use crate::value::{Arguments, arguments_to_json};

/// Print the events of a topic as they come, one line of JSON each.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The topic or pattern.
    topic: String,

    /// How the topic matches.
    #[arg(long = "match", value_enum, default_value_t, value_name = "HOW")]
    matching: Match,

    /// End after so many events.
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    context.unless_interrupted(follow(args, context)).await
}

async fn follow(args: Args, context: &Context) -> Result<(), CliError> {
    let session: Session = context.session().await?;
    let subscribe = session.events(Uri::from(args.topic.clone()));
    let subscribed = subscribe.matching(args.matching.into()).await;
    let mut events = subscribed.map_err(|error| CliError::request(error, &args.topic))?;
    context
        .output
        .note(&format!("subscribed to {}", args.topic));
    let mut left = args.count;
    while left != Some(0) {
        let Some(event) = events.next().await else {
            return Err(rpc::lost(&session, &args.topic).await);
        };
        print(&event, context)?;
        left = left.map(|left| left - 1);
    }
    Ok(())
}

fn print(event: &Event, context: &Context) -> Result<(), CliError> {
    if event.missed() > 0 {
        let missed = event.missed();
        context
            .output
            .note(&format!("{missed} events came too fast and were missed"));
    }
    let mut line = arguments_to_json(Arguments::read(event.payload())?)?;
    line["topic"] = event.topic().as_str().into();
    line["publication"] = event.publication().get().into();
    if let Some(publisher) = event.publisher() {
        line["publisher"] = publisher.get().into();
    }
    context.output.json(&line)
}
