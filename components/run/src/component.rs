//! The component: `org.deskconn.run.*`.

use std::sync::Arc;

use deskconn_component::process::Launcher;
use deskconn_component::{
    Component, Context, Health, HealthReporter, Manifest, Procedure, Reach, Registrar, StartError,
    Topic, Unavailable,
};
use deskconn_protocol::api::run::{Command, Commands, Ended, Part, Why};
use deskconn_protocol::uris;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use wamp_client::{Invocation, InvocationError, Reply, Session};
use wamp_proto::Uri;
use wamp_proto::options::CancelMode;

use crate::Settings;
use crate::desk::{Changes, Desk};

/// Runs the commands of the configuration. Without one there is nothing to do, and it says so.
#[derive(Debug)]
pub struct Run {
    desk: Arc<Desk>,
    _telling: JoinSet<()>,
    /// Held, so that the component counts as running.
    _health: HealthReporter,
}

impl Component for Run {
    const MANIFEST: Manifest = Manifest {
        name: "run",
        summary: "Runs the commands that the configuration gives names, and nothing else.",
        grants: &["run:NAME"],
        procedures: &[
            Procedure::of::<(), Commands>(uris::RUN_LIST, "List the commands that have names."),
            Procedure::of::<(), Command>(uris::RUN_STATUS, "Say how the command is doing."),
            Procedure::of::<(), Ended>(
                uris::RUN_START,
                "Run the command, and say how it ended; nothing can be handed to it. What it writes \
                 comes in parts. Cancelling the call ends the command, and so does going away, unless \
                 it is set to keep running.",
            )
            .in_parts::<Part>(),
            Procedure::of::<(), Command>(
                uris::RUN_STOP,
                "End the command, wherever it was started.",
            ),
        ],
        topics: &[Topic::of::<Command>(
            uris::RUN_ON_CHANGE,
            "The command was started, or has ended.",
        )],
        needs: "whatever the commands need",
    };

    // What the commands reach is for their owner to say.
    const REACH: Reach = Reach::Everything;

    type Settings = Settings;

    async fn start(
        session: Session,
        settings: Settings,
        context: Context,
    ) -> Result<Self, StartError> {
        let commands = settings.commands().map_err(StartError::Settings)?;
        let names: Vec<_> = commands.keys().cloned().collect();
        let desk = Arc::new(Desk::new(commands, Launcher::daemon()));
        let of_all = Registrar::new(&session, &Self::MANIFEST, Arc::clone(&desk));
        of_all
            .procedure(uris::RUN_LIST, |desk, (), _| async move {
                let commands = desk.list();
                Ok(Commands { commands })
            })
            .await?;
        let mut telling = JoinSet::new();
        for name in &names {
            let command = OfCommand {
                desk: Arc::clone(&desk),
                name: name.clone(),
            };
            if let Some(changes) = desk.changes(name) {
                telling.spawn(command.clone().tell(session.clone(), changes));
            }
            command.register(&session).await?;
        }
        if names.is_empty() {
            context.health.report(Health::Idle(Unavailable::new(
                "no command has a name",
                "name commands as [components.run.commands.NAME] in the configuration",
            )));
        }
        Ok(Self {
            desk,
            _telling: telling,
            _health: context.health,
        })
    }

    async fn stop(self) {
        self.desk.close().await;
    }
}

/// One command, for its procedures.
#[derive(Debug, Clone)]
struct OfCommand {
    desk: Arc<Desk>,
    name: String,
}

impl OfCommand {
    async fn register(&self, session: &Session) -> Result<(), StartError> {
        let registrar = Registrar::new(session, &Run::MANIFEST, self.clone());
        registrar
            .procedure_of(uris::RUN_STATUS, &self.name, |of, (), _| async move {
                of.desk.status(&of.name)
            })
            .await?;
        registrar
            .procedure_of(uris::RUN_START, &self.name, |of, (), call| async move {
                of.start(&call).await
            })
            .await?;
        registrar
            .procedure_of(uris::RUN_STOP, &self.name, |of, (), _| async move {
                of.desk.stop(&of.name).await
            })
            .await
    }

    /// Runs it for who calls.
    async fn start(&self, call: &Invocation) -> Result<Ended, InvocationError> {
        let by = call.caller_authid().unwrap_or("somebody");
        let (parts, mut written) = mpsc::channel::<Part>(1);
        let cancelled = is_given_up(call, self.desk.keeps_running(&self.name));
        let running = self.desk.start(&self.name, by, parts, cancelled);
        let passing_on = async {
            while let Some(part) = written.recv().await {
                // Who has gone away takes nothing any more, and the command may be to run on.
                if !call.is_cancelled() {
                    drop(call.progress(Reply::kwargs(part)).await);
                }
            }
        };
        let (ended, ()) = tokio::join!(running, passing_on);
        match ended? {
            Ended {
                why: Why::Cancelled,
                ..
            } => Err(InvocationError::canceled()),
            ended => Ok(ended),
        }
    }

    /// Tells those who have subscribed of every change.
    async fn tell(self, session: Session, mut changes: Changes) {
        let topic = Uri::from(uris::of_name(uris::RUN_ON_CHANGE, &self.name));
        while changes.next().await {
            let Ok(status) = self.desk.status(&self.name) else {
                return;
            };
            if let Err(error) = session.publish(topic.clone()).kwargs(status).await {
                tracing::debug!(%error, "a change of a command was not told");
            }
        }
    }
}

/// Waits until who called wants the command to end: by cancelling the call, by losing the right to it, and
/// by going away unless the command `keeps_running` then.
async fn is_given_up(call: &Invocation, keeps_running: bool) {
    let interrupt = call.cancelled().await;
    // What comes of a caller who leaves (spec, "Caller Leaving During an RPC Invocation").
    let has_left = interrupt.mode != Some(CancelMode::Kill)
        && interrupt
            .reason
            .is_none_or(|reason| reason == wamp_proto::uris::CANCELED);
    if keeps_running && has_left {
        std::future::pending::<()>().await;
    }
}
