//! `deskconn pair`: opening a pairing window and following what happens in it.

use std::io::{self, IsTerminal};
use std::time::Duration;

use deskconn_protocol::api::grants::Lasting;
use deskconn_protocol::api::pairing::{Answer, Open, Update};
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::pairing::MAX_TTL;
use deskconn_protocol::uris;
use rustix::termios::{QueueSelector, tcflush};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::{Instant, sleep, timeout};
use wamp_client::{CancelMode, PendingCall, Session};
use wamp_proto::Uri;

use crate::context::Context;
use crate::duration::{self, clock};
use crate::error::CliError;
use crate::output::Output;
use crate::pairing_screen::{Screen, Show};
use crate::value::{Arguments, to_json};
use crate::{digits, qr};

/// How long the daemon may take to close the window.
const CLOSING_TIME: Duration = Duration::from_secs(2);

/// Let a device pair: show a code to type and a QR code to scan.
///
/// The window closes when a device has paired, when its time is over, and on Ctrl-C.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long the window stays open, as 90s or 5m; 15m at most [default: 2m].
    #[arg(long, value_name = "TIME", value_parser = ttl)]
    ttl: Option<Duration>,

    /// How long the device stays paired, as 8h or 7d; `forever` if it is until you remove it
    /// [default: 12h for a web page, forever for others].
    #[arg(long = "for", value_name = "TIME", value_parser = duration::lasting)]
    lasting: Option<Lasting>,

    /// Ask before a device is let in that knows the code: y on standard input lets it in, anything else
    /// does not.
    #[arg(long)]
    confirm: bool,

    /// Do not draw the QR code.
    #[arg(long)]
    no_qr: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let (session, mut window) = context.unless_interrupted(open(&args, context)).await?;
    let mut follower = Follower {
        output: &context.output,
        draws_qr: !args.no_qr,
        screen: Screen::default(),
        ttl: None,
        closes_at: None,
        asked: None,
    };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            update = next(&mut window) => {
                if let Some(end) = follower.on(update?)? {
                    return end;
                }
            }
            line = lines.next_line(), if follower.asked.is_some() => {
                if let Some(id) = follower.asked.take() {
                    answer(&session, id, says_yes(line.ok().flatten()), &context.output).await;
                }
            }
            () = sleep(follower.until_tick()) => follower.tick()?,
            () = context.interrupted() => return close(window, &context.output).await,
        }
    }
}

/// Reads `--ttl`.
fn ttl(text: &str) -> Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("a window must be open for some time".to_owned()),
        ttl if ttl > MAX_TTL => Err(format!("at most {}m", MAX_TTL.as_secs() / 60)),
        ttl => Ok(ttl),
    }
}

async fn open(args: &Args, context: &Context) -> Result<(Session, PendingCall), CliError> {
    let session = context.session().await?;
    let open = Open {
        ttl_ms: args.ttl.and_then(|ttl| u64::try_from(ttl.as_millis()).ok()),
        lasting: args.lasting,
        confirm: args.confirm,
    };
    let call = session.call(Uri::from_static(uris::PAIRING_OPEN));
    let call = call.kwargs(open).progress().start();
    let window = call
        .await
        .map_err(|error| CliError::call(error, uris::PAIRING_OPEN))?;
    Ok((session, window))
}

/// Whether somebody has said yes; an end of the input says no.
fn says_yes(line: Option<String>) -> bool {
    let line = line.unwrap_or_default();
    ["y", "yes"].contains(&line.trim().to_lowercase().as_str())
}

/// Tells the daemon whether a device gets in. What comes of that the window tells.
async fn answer(session: &Session, id: DeviceId, accept: bool, output: &Output) {
    let answer = Answer { id, accept };
    let call = session.call(Uri::from_static(uris::PAIRING_ANSWER));
    if let Err(error) = call.kwargs(answer).await {
        output.note(&CliError::call(error, uris::PAIRING_ANSWER).message);
    }
}

/// Forgets what was typed before there was anything to answer.
fn forget_typed() {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        // Where that can not be done, what was typed is read as the answer.
        let _ = tcflush(stdin, QueueSelector::IFlush);
    }
}

/// What happens next in the window.
async fn next(window: &mut PendingCall) -> Result<Arguments, CliError> {
    match window.next().await {
        Some(Ok(result)) => Arguments::read(result.payload()),
        Some(Err(error)) => Err(CliError::call(error, uris::PAIRING_OPEN)),
        None => Err(CliError::failed(
            "the daemon did not say how the pairing ended",
        )),
    }
}

/// Closes the window on Ctrl-C, and waits until the daemon has.
async fn close(mut window: PendingCall, output: &Output) -> Result<(), CliError> {
    window.cancel(CancelMode::Kill).await?;
    let closed = timeout(CLOSING_TIME, async {
        while let Ok(update) = next(&mut window).await {
            if output.is_json() {
                output.json(&to_json(&update.into_value())?)?;
            }
        }
        Ok::<(), CliError>(())
    });
    match closed.await {
        Ok(closed) => closed?,
        Err(_) => output.note("the daemon did not confirm that the window is closed"),
    }
    output.note("Cancelled: the code is worthless now");
    Err(CliError::interrupted())
}

/// Shows what happens.
struct Follower<'a> {
    output: &'a Output,
    draws_qr: bool,
    screen: Screen,
    ttl: Option<Duration>,
    closes_at: Option<Instant>,
    /// The device of which the owner is to say whether it gets in.
    asked: Option<DeviceId>,
}

impl Follower<'_> {
    /// Shows one update. Returns how the command ends, if the window has closed.
    fn on(&mut self, update: Arguments) -> Result<Option<Result<(), CliError>>, CliError> {
        let value = to_json(&update.into_value())?;
        if self.output.is_json() {
            self.output.json(&value)?;
        }
        let event = value["event"].as_str().unwrap_or("something").to_owned();
        let Ok(update) = serde_json::from_value::<Update>(value) else {
            let unknown = format!("`{event}` happened, which this version does not know");
            self.output.note(&unknown);
            return Ok(None);
        };
        if let Update::Opened { expires_in_ms, .. } = update {
            let ttl = Duration::from_millis(expires_in_ms);
            self.ttl = Some(ttl);
            self.closes_at = Instant::now().checked_add(ttl);
        }
        let shown = self.screen.on(&update);
        if !self.output.is_json() {
            shown.iter().try_for_each(|show| self.show(show))?;
        }
        if let Update::Asking { id, .. } = update {
            // The code is spent, and its time does not count any more.
            self.closes_at = None;
            forget_typed();
            self.output.ask("Let it in? [y/N]");
            self.asked = Some(id);
        }
        if let Update::Closed { reason } = update {
            return Ok(Some(self.screen.end(reason, self.ttl)));
        }
        self.tick()?;
        Ok(None)
    }

    fn show(&self, show: &Show) -> Result<(), CliError> {
        match show {
            Show::Text(text) => self.output.text(text),
            Show::Code(code) => {
                if self.output.is_live() {
                    let large = digits::large(code);
                    large.iter().try_for_each(|line| self.output.strong(line))?;
                    self.output.text("")?;
                }
                self.output.strong(&format!("Code {code}"))
            }
            Show::Qr(link) if self.draws_qr => self.qr(link),
            Show::Qr(_) => Ok(()),
        }
    }

    fn qr(&self, link: &str) -> Result<(), CliError> {
        let Some(lines) = qr::lines(link) else {
            return Ok(());
        };
        let needed = lines.first().map_or(0, |line| line.chars().count());
        if self.output.width().is_some_and(|width| width < needed) {
            let too_narrow = format!("A QR code needs a window of {needed} columns.\n");
            return self.output.text(&too_narrow);
        }
        self.output.qr(&lines)?;
        self.output.text("")
    }

    /// Shows the countdown.
    fn tick(&self) -> Result<(), CliError> {
        let Some(closes_at) = self.closes_at else {
            return Ok(());
        };
        let left = closes_at.saturating_duration_since(Instant::now());
        self.output
            .live(&format!("Waiting for a device, {} left", clock(left)))
    }

    /// How long the countdown stays as it is: until its next full second.
    fn until_tick(&self) -> Duration {
        let left = self
            .closes_at
            .map(|closes_at| closes_at.saturating_duration_since(Instant::now()))
            .filter(|left| self.output.is_live() && !left.is_zero());
        match left {
            Some(left) => Duration::from_nanos(u64::from(left.subsec_nanos()) + 1),
            None => Duration::from_secs(3600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (line, yes) in [
            (Some("y"), true),
            (Some(" YES \r"), true),
            (Some(""), false),
            (Some("n"), false),
            (Some("yellow"), false),
            (None, false),
        ] {
            assert_eq!(says_yes(line.map(str::to_owned)), yes, "{line:?}");
        }
    }

    #[test]
    fn a_window_is_open_for_some_time_and_not_for_too_long() {
        assert_eq!(ttl("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(ttl("15m"), Ok(MAX_TTL));
        assert_eq!(ttl("16m"), Err("at most 15m".to_owned()));
        assert!(ttl("0").is_err());
        assert!(ttl("soon").is_err());
    }
}
