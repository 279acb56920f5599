//! `deskconn log`: who did what, and whether they were allowed to.

use std::collections::HashMap;
use std::time::Duration;

use deskconn_protocol::api::audit::{Entry, Log, LogQuery, What};
use deskconn_protocol::api::daemon::Devices;
use deskconn_protocol::uris;
use wamp_client::Session;

use super::devices::find;
use crate::context::Context;
use crate::duration;
use crate::error::CliError;
use crate::output::Output;
use crate::rpc;
use crate::text::one_line;
use crate::timestamp::utc;

/// Show who did what here, and what was refused.
///
/// Devices that were paired and granted something, what they called and subscribed to, and whether they
/// were allowed to; never what they sent. Times are in UTC.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Go on with what happens, until Ctrl-C.
    #[arg(long, short)]
    follow: bool,

    /// Only this device: its name, or the beginning of its id.
    #[arg(long)]
    device: Option<String>,

    /// Only what happened so long ago or later, as 30m or 7d.
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    since: Option<Duration>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    context.unless_interrupted(show(args, context)).await
}

async fn show(args: Args, context: &Context) -> Result<(), CliError> {
    let session = context.session().await?;
    let device = match &args.device {
        Some(wanted) => Some(find(&session, wanted).await?.id),
        None => None,
    };
    let mut screen = Screen {
        output: &context.output,
        names: names(&session).await?,
    };
    // Subscribed before asking, so that nothing is missed between the two.
    let events = match args.follow {
        true => Some(
            session
                .events(uris::DAEMON_ON_LOG)
                .await
                .map_err(|error| CliError::request(error, uris::DAEMON_ON_LOG))?,
        ),
        false => None,
    };
    let query = LogQuery {
        device,
        since_ms: args
            .since
            .and_then(|span| u64::try_from(span.as_millis()).ok()),
        limit: None,
    };
    let Log { entries: shown } = rpc::ask(&session, uris::DAEMON_LOG, &query).await?;
    shown.iter().try_for_each(|entry| screen.show(entry))?;
    let Some(mut events) = events else {
        return Ok(());
    };
    while let Some(event) = events.next().await {
        let Ok(Log { entries }) = event.kwargs() else {
            context
                .output
                .note("something happened that this version can not show");
            continue;
        };
        if event.missed() > 0 {
            let missed = format!("{} events came too fast and were missed", event.missed());
            context.output.note(&missed);
        }
        for entry in entries.iter().filter(|entry| !shown.contains(entry)) {
            if entry.what == What::Paired {
                screen.names = names(&session).await?;
            }
            if device.is_none_or(|id| entry.who == id.as_str()) {
                screen.show(entry)?;
            }
        }
    }
    Err(rpc::lost(&session, uris::DAEMON_ON_LOG).await)
}

/// What the devices are called.
async fn names(session: &Session) -> Result<HashMap<String, String>, CliError> {
    let Devices { devices } = rpc::ask(session, uris::DAEMON_DEVICES, &()).await?;
    let name = |device: &deskconn_protocol::api::daemon::Device| {
        let name = format!("{} ({})", device.profile.name, device.id.short());
        (device.id.to_string(), name)
    };
    Ok(devices.iter().map(name).collect())
}

/// Where entries are shown.
struct Screen<'a> {
    output: &'a Output,
    /// By device id.
    names: HashMap<String, String>,
}

impl Screen<'_> {
    fn show(&self, entry: &Entry) -> Result<(), CliError> {
        if self.output.is_json() {
            return self.output.json(entry);
        }
        let name = self.names.get(&entry.who).unwrap_or(&entry.who);
        self.output.text(&one_line(&line(entry, name)))
    }
}

/// `2026-11-21 15:02:11  phone (3f7k)  called org.deskconn.slides.next, from 192.0.2.7`.
fn line(entry: &Entry, name: &str) -> String {
    let uri = entry.uri.as_deref().unwrap_or_default();
    let detail = entry.detail.as_deref().unwrap_or_default();
    let allowed = entry.allowed != Some(false);
    let what = match (entry.what, allowed) {
        (What::Joined, _) => "joined".to_owned(),
        (What::Refused, _) => format!("was refused: {detail}"),
        (What::Paired, _) if detail.is_empty() => "was paired".to_owned(),
        (What::Paired, _) => format!("was added: {detail}"),
        (What::Certified, _) if detail.is_empty() => "has no certificate any more".to_owned(),
        (What::Certified, _) => format!("has a certificate of the key {detail}"),
        (What::WrongCode, _) if detail.is_empty() => "used a wrong pairing code".to_owned(),
        (What::WrongCode, _) => format!("used a wrong pairing code ({detail})"),
        (What::Unpaired, _) => "was removed".to_owned(),
        (What::Ended, _) => "was removed: its time was over".to_owned(),
        (What::Granted, _) => format!("was granted {detail}"),
        (What::Revoked, _) => format!("lost {detail}"),
        (What::Call, true) => format!("called {uri}"),
        (What::Call, false) => format!("may not call {uri}"),
        (What::Register, true) => format!("registered {uri}"),
        (What::Register, false) => format!("may not register {uri}"),
        (What::Publish, true) => format!("published to {uri}"),
        (What::Publish, false) => format!("may not publish to {uri}"),
        (What::Subscribe, true) => format!("subscribed to {uri}"),
        (What::Subscribe, false) => format!("may not subscribe to {uri}"),
        (What::Lost, _) => format!("misses {detail} entries here"),
    };
    let from = entry.from.as_ref();
    let from = from.map_or_else(String::new, |from| format!(", from {from}"));
    format!("{}  {name}  {what}{from}", utc(entry.at))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn an_entry_is_a_line_that_says_who_did_what_from_where() {
        let entry = |what, uri: &str, allowed, detail: &str| Entry {
            at: 1_795_273_331_000,
            what,
            who: "3f7k".to_owned(),
            from: Some("192.0.2.7".to_owned()).filter(|_| !uri.is_empty()),
            uri: Some(uri.to_owned()),
            allowed,
            detail: Some(detail.to_owned()),
        };
        let call = "org.deskconn.slides.next";
        let lines = [
            entry(What::Paired, "", None, ""),
            entry(What::Granted, "", None, "slides"),
            entry(What::Call, call, Some(true), ""),
            entry(What::Subscribe, call, Some(false), ""),
            entry(What::Revoked, "", None, "slides"),
        ];
        let lines: Vec<_> = lines.iter().map(|entry| line(entry, "phone")).collect();
        expect![[r#"
            2026-11-21 15:02:11  phone  was paired
            2026-11-21 15:02:11  phone  was granted slides
            2026-11-21 15:02:11  phone  called org.deskconn.slides.next, from 192.0.2.7
            2026-11-21 15:02:11  phone  may not subscribe to org.deskconn.slides.next, from 192.0.2.7
            2026-11-21 15:02:11  phone  lost slides"#]].assert_eq(&lines.join("\n"));
    }
}
