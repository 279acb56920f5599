//! `deskconn notify`: a notification on the desk.

use clap::ValueEnum;
use deskconn_protocol::api::notify::{Show, Shown, Urgency};
use deskconn_protocol::uris;

use crate::context::Context;
use crate::error::CliError;
use crate::rpc;

/// Show a notification on the desk.
///
/// It names the computer it is from. What is answered to one with buttons is told by
/// `deskconn subscribe org.deskconn.notify.on_action`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it is about, in a line.
    title: String,

    /// More about it.
    body: Option<String>,

    /// How urgent it is.
    #[arg(long, value_enum, default_value_t)]
    urgency: HowUrgent,
}

/// How urgent a notification is.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum HowUrgent {
    /// It can wait.
    Low,
    /// As most things.
    #[default]
    Normal,
    /// It can not.
    Critical,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let show = Show {
        title: args.title,
        body: args.body,
        urgency: Some(match args.urgency {
            HowUrgent::Low => Urgency::Low,
            HowUrgent::Normal => Urgency::Normal,
            HowUrgent::Critical => Urgency::Critical,
        }),
        actions: Vec::new(),
    };
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Shown>(&session, uris::NOTIFY_SHOW, &show).await
    };
    let shown = context.unless_interrupted(work).await?;
    match context.output.is_json() {
        true => context.output.json(&shown),
        false => Ok(()),
    }
}
