//! `deskconn subscribe`: printing events as they come.

use clap_complete::engine::ArgValueCompleter;
use wamp_client::Event;
use wamp_proto::Uri;

use crate::args::Match;
use crate::completion;
use crate::context::Context;
use crate::error::CliError;
use crate::value::{Arguments, arguments_to_json};

/// Print the events of a topic as they come, one line of JSON each.
///
/// When the connection is lost, it is made again as soon as that is possible. Events in between are missed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The topic or pattern.
    #[arg(add = ArgValueCompleter::new(completion::topics))]
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
    let mut lasting = context.lasting().await?;
    let subscribe = lasting.client().events(Uri::from(args.topic.clone()));
    let subscribe = subscribe.matching(args.matching.into());
    let mut events = tokio::select! {
        subscribed = subscribe.into_future() => {
            subscribed.map_err(|error| CliError::request(error, &args.topic))?
        }
        end = lasting.end(&args.topic, &context.output) => return Err(end),
    };
    context
        .output
        .note(&format!("subscribed to {}", args.topic));
    let mut left = args.count;
    while left != Some(0) {
        tokio::select! {
            // What has come is printed before the end is told.
            biased;
            Some(event) = events.next() => print(&event, context)?,
            end = lasting.end(&args.topic, &context.output) => return Err(end),
        }
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
