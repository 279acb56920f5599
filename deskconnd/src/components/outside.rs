//! A component in a process of its own: starts the process, lets it join, and finds out whether it lives.

use super::host::{Host, Surroundings};
use super::insiders::{Allowance, Insiders, authid_of};
use super::output::Output;
use super::supervisor::{Ended, Run};
use crate::config::{self, Health, Restart};
use crate::in_process;
use crate::sandbox;
use deskconn_component::process::{Launcher, Process, Spec, describe};
use deskconn_protocol::api::components::{Held, Report, Stream};
use deskconn_protocol::api::daemon::ComponentState;
use deskconn_protocol::uris;
use std::process::ExitStatus;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::warn;
use wamp_client::{CallError, Session};
use wamp_proto::Uri;
use wamp_router::{CloseReason, SessionInfo};

/// What a component can be asked whether it lives, below its prefix.
pub(super) const HEALTH: &str = "health";

/// A component in a process of its own.
pub(super) struct Outside {
    name: String,
    spec: Spec,
    /// How far this kernel holds it to its sandbox, if it has one.
    held: Option<Held>,
    around: Surroundings,
    /// How many sessions it has.
    sessions: watch::Receiver<usize>,
    /// What it says about itself.
    reports: watch::Receiver<Option<Report>>,
    output: Arc<Output>,
    /// How fast it may write, in the long run.
    output_kb_per_second: u32,
    /// The procedure by which it says that it lives, if it has one.
    ping: Option<Uri>,
    health: Health,
    restart: Restart,
}

impl Outside {
    /// The component `name`, which runs `spec` and may do what `allowance` says.
    pub(super) fn new(
        name: &str,
        mut spec: Spec,
        allowance: &Allowance,
        around: &Surroundings,
    ) -> Self {
        let sessions = around.insiders.add(name, allowance, &around.catalogue);
        let prefix = allowance.prefixes.first().cloned().unwrap_or_default();
        let ping = Some(Uri::from(format!("{prefix}{HEALTH}")));
        let socket = around.socket.display().to_string();
        spec.env.extend(
            [
                ("DESKCONN_SOCKET", socket.clone()),
                ("DESKCONN_URL", format!("unix://{socket}")),
                ("DESKCONN_REALM", uris::REALM.to_owned()),
                ("DESKCONN_AUTHID", authid_of(name)),
                ("DESKCONN_PREFIX", prefix),
            ]
            .map(|(key, value)| (key.to_owned(), value)),
        );
        Self {
            name: name.to_owned(),
            held: spec.sandbox.as_ref().map(|_| sandbox::probe()),
            spec,
            around: around.clone(),
            sessions,
            reports: watch::channel(None).1,
            output: Arc::default(),
            output_kb_per_second: config::Limits::default().output_kb_per_second,
            ping,
            health: Health::default(),
            restart: Restart::default(),
        }
    }

    /// Hears in `reports` what the component says about itself, and keeps in `output` what it writes.
    pub(super) fn reporting(
        mut self,
        reports: watch::Receiver<Option<Report>>,
        output: &Arc<Output>,
    ) -> Self {
        self.reports = reports;
        self.output = Arc::clone(output);
        self
    }

    /// Lets it write so many kilobytes a second.
    pub(super) const fn writing(mut self, output_kb_per_second: u32) -> Self {
        self.output_kb_per_second = output_kb_per_second;
        self
    }

    /// Takes it to hang as `health` says, and starts it again as `restart` says.
    pub(super) const fn checked(mut self, health: Health, restart: Restart) -> Self {
        self.health = health;
        self.restart = restart;
        self
    }

    /// How far it is held to its sandbox, if it has one.
    pub(super) const fn sandbox(&self) -> Option<Held> {
        self.held
    }

    /// Runs the process once.
    pub(super) async fn run(&self, mut run: Run<'_>) -> Ended {
        let stop = run.stop();
        tokio::pin!(stop);
        // Whether it joins is its own affair: the daemon does not wait for it.
        run.set(ComponentState::Starting, None);
        let host = Arc::clone(run.host());
        if let Some(held) = self.held.filter(|held| *held != Held::Fully) {
            let what = sandbox::words(held);
            if self.spec.sandbox.as_ref().is_some_and(|it| it.required) {
                let hint = "set `required = false` in its sandbox to run it all the same";
                return Ended::Hopeless(format!("{what}; hint: {hint}"));
            }
            host.note(&self.name, what);
        }
        let caller = in_process::join(&self.around.router, &self.around.tasks, "supervisor").await;
        let caller = match caller {
            Ok(caller) => caller,
            Err(error) => return Ended::Failed(format!("nobody can look after it: {error}")),
        };
        let mut process = match self.spawn() {
            Ok(process) => process,
            Err(reason) => return Ended::Failed(reason),
        };
        host.runs_in(&self.name, process.group());
        // Those who follow its output end with it.
        let _following = self.follow_output(&mut process, &host);
        let watching = async {
            tokio::select! {
                never = self.follow(&mut run) => never,
                reason = self.stays_away() => Ended::Failed(reason),
                reason = self.hangs(&caller) => Ended::Failed(reason),
            }
        };
        let ended = tokio::select! {
            status = process.ended() => match status {
                Ok(status) => self.after(status),
                Err(error) => Ended::Failed(error.to_string()),
            },
            ended = watching => ended,
            () = &mut stop => Ended::Stopped,
        };
        self.around.insiders.end(&self.name);
        if let Err(error) = process.stop().await {
            warn!(component = self.name, %error, "nobody knows how its process ended");
        }
        self.cut_off();
        host.runs_in(&self.name, None);
        caller.leave().await;
        ended
    }

    /// Ends the sessions that processes elsewhere may have opened with the ticket of this run.
    fn cut_off(&self) {
        let realm = self.around.router.realm(&Uri::from_static(uris::REALM));
        let authid = authid_of(&self.name);
        if let Some(realm) = realm {
            realm.with(|realm, now, out| {
                let is_its = |info: &SessionInfo| *info.principal.authid == *authid;
                realm.close_sessions(is_its, CloseReason::Revoked, now, out);
            });
        }
    }

    /// Starts the process, with a ticket of its own.
    fn spawn(&self) -> Result<Process, String> {
        let ticket = self.around.insiders.begin(&self.name);
        let ticket = ticket.map_err(|error| format!("the system has no randomness: {error}"))?;
        let mut spec = self.spec.clone();
        let ticket = ticket.expose().to_owned();
        spec.env.insert("DESKCONN_TICKET".to_owned(), ticket);
        Process::spawn(&Launcher::daemon(), &spec)
            .map_err(|error| format!("it can not be started: {error}"))
    }

    /// Keeps what the process writes. It is noted whenever that has to wait.
    fn follow_output(&self, process: &mut Process, host: &Arc<Host>) -> JoinSet<()> {
        let mut following = JoinSet::new();
        let Some((out, err)) = process.take_output() else {
            return following;
        };
        let (name, told) = (self.name.clone(), Arc::clone(host));
        let too_fast = move || told.note(&name, "writes more than it may: its output has to wait");
        let rate = self.output_kb_per_second.saturating_mul(1024);
        let kept = || (Arc::clone(&self.output), self.name.clone());
        let (output, name) = kept();
        following.spawn(output.follow(name, Stream::Out, out, rate, too_fast.clone()));
        let (output, name) = kept();
        following.spawn(output.follow(name, Stream::Err, err, rate, too_fast));
        following
    }

    /// Says how the component is doing whenever that changes.
    async fn follow(&self, run: &mut Run<'_>) -> Ended {
        let (mut sessions, mut reports) = (self.sessions.clone(), self.reports.clone());
        // What an earlier run said is not about this one.
        reports.mark_unchanged();
        let mut report: Option<Report> = None;
        let mut was = None;
        loop {
            let is_there = *sessions.borrow_and_update() > 0;
            let now = match (&report, is_there) {
                (_, false) => (ComponentState::Starting, None),
                (Some(report), true) if !report.available => {
                    (ComponentState::Unavailable, Some(reason(report)))
                }
                (Some(report), true) if report.reason.is_some() => {
                    (ComponentState::Idle, Some(reason(report)))
                }
                (_, true) => (ComponentState::Running, None),
            };
            if was.as_ref() != Some(&now) {
                run.set(now.0, now.1.clone());
                was = Some(now);
            }
            let changed = tokio::select! {
                changed = sessions.changed() => changed,
                changed = reports.changed() => {
                    report.clone_from(&*reports.borrow_and_update());
                    changed
                }
            };
            if changed.is_err() {
                return Ended::Failed("nobody follows it any more".to_owned());
            }
        }
    }

    /// Ends, with the reason, when the process has had no session for too long.
    async fn stays_away(&self) -> String {
        let mut sessions = self.sessions.clone();
        let within = self.health.join_within();
        loop {
            let gone = sessions.wait_for(|count| *count == 0).await.is_err();
            let back = timeout(within, sessions.wait_for(|count| *count > 0)).await;
            if gone || back.is_err() {
                let within = within.as_secs();
                return format!("it had no session for {within} s: it hangs, or can not join");
            }
        }
    }

    /// Ends, with the reason, when the component does not answer any more.
    async fn hangs(&self, caller: &Session) -> String {
        let (mut sessions, within) = (self.sessions.clone(), self.health.within());
        let Some(ping) = &self.ping else {
            return std::future::pending().await;
        };
        loop {
            sleep(self.health.every()).await;
            if sessions.wait_for(|count| *count > 0).await.is_err() {
                return std::future::pending().await;
            }
            // A component without the procedure is not asked further than that.
            let answer = timeout(within, caller.call(ping.clone())).await;
            if answer.is_err() {
                let within = within.as_secs();
                return format!("it hangs: {ping} did not answer within {within} s");
            }
            if let Ok(Err(CallError::Closed(_))) = answer {
                return std::future::pending().await;
            }
        }
    }

    /// What becomes of a component whose process has ended by itself.
    fn after(&self, status: ExitStatus) -> Ended {
        let how = describe(status);
        let finished = match self.restart {
            Restart::Always => false,
            Restart::OnFailure => status.success(),
            Restart::Never => true,
        };
        if finished {
            let hint = format!("`deskconn component restart {}` starts it", self.name);
            return Ended::Hopeless(format!("{how}; hint: {hint}"));
        }
        let hint = format!(
            "`deskconn component logs {}` shows what it wrote",
            self.name
        );
        Ended::Failed(format!("{how}; hint: {hint}"))
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        Insiders::end(&self.around.insiders, &self.name);
    }
}

/// Why a component is unavailable, as it says itself.
fn reason(report: &Report) -> String {
    let reason = report.reason.as_deref().unwrap_or("it does not say why");
    match &report.hint {
        Some(hint) => format!("{reason}; hint: {hint}"),
        None => reason.to_owned(),
    }
}
