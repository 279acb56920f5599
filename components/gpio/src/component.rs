//! The component: `org.deskconn.gpio.*`.

use std::sync::Arc;
use std::time::Duration;

use deskconn_component::{
    Component, Context, Health, HealthReporter, Manifest, Procedure, Reach, Registrar, StartError,
    Topic, Unavailable,
};
use deskconn_protocol::api::gpio::{
    Blink, Chips, Lines, OnChange, Pulse, Pwm, Schedule, SetSchedule, Status, Value, Write,
};
use deskconn_protocol::uris;
use deskconn_state::StateDir;
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use wamp_client::{Invocation, InvocationError, Session};
use wamp_proto::Uri;

use crate::clock::WallTimer;
use crate::desk::Desk;
use crate::keeper::client::{Client, KeeperProcess, News};
use crate::schedule::Store;
use crate::{LineName, Settings, pins};

/// How many changes may wait to be told before the keeper's reports have to wait.
const NEWS: usize = 256;

/// How long taking all lines may take before the component counts as started without them.
const TAKING: Duration = Duration::from_secs(5);

/// How long a keeper may take to make everything safe and let go.
const ENDING: Duration = Duration::from_secs(2);

/// Sets and reads pins. Without a line in the configuration there is nothing to do, and it says so.
pub struct Gpio {
    keeper: Option<Arc<Client>>,
    tasks: JoinSet<()>,
}

impl Component for Gpio {
    const MANIFEST: Manifest = Manifest {
        name: "gpio",
        summary: "Sets and reads the pins that the configuration gives names.",
        grants: &["gpio:NAME"],
        procedures: &[
            Procedure::of::<(), Lines>(uris::GPIO_LIST, "List the lines that have names."),
            Procedure::of::<(), Chips>(
                uris::GPIO_CHIPS,
                "List the chips and lines of this computer; for its owner.",
            ),
            Procedure::of::<(), Status>(uris::GPIO_STATUS, "Say how the line is doing."),
            Procedure::of::<(), Value>(uris::GPIO_READ, "Say whether the line is on."),
            Procedure::of::<Write, Value>(uris::GPIO_WRITE, "Switch the output on or off."),
            Procedure::of::<(), Value>(
                uris::GPIO_TOGGLE,
                "Switch the output on if it is off, and off if it is on.",
            ),
            Procedure::of::<Pulse, Value>(
                uris::GPIO_PULSE,
                "Switch the output on for a while, or off.",
            ),
            Procedure::of::<Blink, Value>(uris::GPIO_BLINK, "Switch the output on and off."),
            Procedure::of::<Pwm, Value>(
                uris::GPIO_PWM,
                "Switch the output on for a part of each period: software PWM, to 200 Hz and within \
                 a tenth of a millisecond on an idle machine.",
            ),
            Procedure::of::<(), Value>(
                uris::GPIO_STOP,
                "End the pulse, the blinking or the PWM that is under way; the output is off then.",
            ),
            Procedure::of::<(), Schedule>(
                uris::GPIO_SCHEDULE,
                "Say when the output is on by itself, and what comes next.",
            ),
            Procedure::of::<SetSchedule, Schedule>(
                uris::GPIO_SET_SCHEDULE,
                "Say when the output is on by itself, from now on and after restarts.",
            ),
        ],
        topics: &[Topic::of::<OnChange>(
            uris::GPIO_ON_CHANGE,
            "The line has changed, whoever changed it.",
        )],
        needs: "/dev/gpiochip*",
    };

    const REACH: Reach = Reach::writing(&["/dev/gpiochip*"]);

    type Settings = Settings;

    async fn start(
        session: Session,
        settings: Settings,
        Context { health, state }: Context,
    ) -> Result<Self, StartError> {
        let lines = settings.lines().map_err(StartError::Settings)?;
        let names: Vec<LineName> = lines.keys().cloned().collect();
        let dir = StateDir::open_shared(state)
            .map_err(|error| StartError::State(format!("{error}; hint: {}", error.hint())))?;
        let spawn = KeeperProcess {
            dir: dir.path().to_owned(),
        };
        let keeper = Arc::new(Client::new(spawn, lines.clone()));
        let desk = Arc::new(Desk::new(lines, Arc::clone(&keeper), Store::new(dir)));
        register(&session, &desk, &names).await?;

        let mut tasks = JoinSet::new();
        if names.is_empty() {
            health.report(Health::Idle(Unavailable::new(
                "no pin has a name",
                "name pins as [components.gpio.lines.NAME] in the configuration; \
                 `deskconn call org.deskconn.gpio.chips` lists those there are",
            )));
            // Held, so that the component counts as running.
            tasks.spawn(async move {
                let _health = health;
                std::future::pending::<()>().await;
            });
            return Ok(Self {
                keeper: None,
                tasks,
            });
        }

        let (news, told) = mpsc::channel(NEWS);
        tasks.spawn(Arc::clone(&keeper).run(news));
        let (settled, mut is_settled) = watch::channel(false);
        tasks.spawn(tell(session, Arc::clone(&desk), told, health, settled));
        // Whoever calls next finds lines that are taken, if they can be.
        drop(tokio::time::timeout(TAKING, is_settled.wait_for(|settled| *settled)).await);
        tasks.spawn(run_schedules(desk));
        Ok(Self {
            keeper: Some(keeper),
            tasks,
        })
    }

    async fn stop(mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.end();
            // The first of the tasks to end is the one that has seen the keeper end.
            drop(tokio::time::timeout(ENDING, self.tasks.join_next()).await);
        }
    }
}

impl Drop for Gpio {
    fn drop(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.end();
        }
    }
}

/// Takes note of what the keeper says, and tells those who have subscribed.
async fn tell(
    session: Session,
    desk: Arc<Desk>,
    mut told: mpsc::Receiver<News>,
    health: HealthReporter,
    settled: watch::Sender<bool>,
) {
    while let Some(news) = told.recv().await {
        let change = match news {
            News::Started => {
                desk.keeper_started();
                continue;
            }
            News::Changed(change) => change,
        };
        let topic = Uri::from(uris::of_name(uris::GPIO_ON_CHANGE, change.line.as_str()));
        if let Some(event) = desk.note(change)
            && let Err(error) = session.publish(topic).kwargs(event).await
        {
            tracing::debug!(%error, "a change of a line was not told");
        }
        if let Some(now) = desk.health() {
            health.report(now);
            settled.send_replace(true);
        }
    }
}

/// Runs the schedules, in the time zone of the system.
async fn run_schedules(desk: Arc<Desk>) {
    let mut timer = match WallTimer::new() {
        Ok(timer) => timer,
        Err(error) => return tracing::error!("schedules can not run: {error}"),
    };
    loop {
        let next = desk.run_schedules(&TimeZone::system()).await;
        tokio::select! {
            waited = timer.wait(next) => if let Err(error) = waited {
                return tracing::error!("schedules can not go on: {error}");
            },
            () = desk.rescheduled() => {}
        }
    }
}

async fn register(
    session: &Session,
    desk: &Arc<Desk>,
    names: &[LineName],
) -> Result<(), StartError> {
    let of_all = Registrar::new(session, &Gpio::MANIFEST, Arc::clone(desk));
    of_all
        .procedure(uris::GPIO_LIST, |desk, (), _| async move {
            Ok(Lines { lines: desk.list() })
        })
        .await?;
    of_all
        .procedure(
            uris::GPIO_CHIPS,
            |_, (), _| async move { list_chips().await },
        )
        .await?;
    for name in names {
        let line = OfLine {
            desk: Arc::clone(desk),
            name: name.clone(),
        };
        line.register(session).await?;
    }
    Ok(())
}

/// Asks the kernel, whose answer may take a moment.
async fn list_chips() -> Result<Chips, InvocationError> {
    let chips = tokio::task::spawn_blocking(pins::chips).await;
    let chips = chips.unwrap_or_else(|_| {
        Err(Unavailable::new(
            "the chips could not be listed",
            "report this: it is a mistake in the daemon",
        ))
    });
    Ok(chips?)
}

/// One line, for its procedures.
#[derive(Clone)]
struct OfLine {
    desk: Arc<Desk>,
    name: LineName,
}

impl OfLine {
    async fn register(&self, session: &Session) -> Result<(), StartError> {
        let registrar = Registrar::new(session, &Gpio::MANIFEST, self.clone());
        let name = self.name.as_str();
        registrar
            .procedure_of(uris::GPIO_STATUS, name, |line, (), _| async move {
                Ok(line.desk.status(&line.name)?)
            })
            .await?;
        registrar
            .procedure_of(uris::GPIO_READ, name, |line, (), _| async move {
                Ok(line.desk.read(&line.name).await?)
            })
            .await?;
        registrar
            .procedure_of(
                uris::GPIO_WRITE,
                name,
                |line, Write { value }, call| async move {
                    Ok(line.desk.write(&line.name, value, by(&call)).await?)
                },
            )
            .await?;
        registrar
            .procedure_of(uris::GPIO_TOGGLE, name, |line, (), call| async move {
                Ok(line.desk.toggle(&line.name, by(&call)).await?)
            })
            .await?;
        registrar
            .procedure_of(uris::GPIO_PULSE, name, |line, pulse, call| async move {
                Ok(line.desk.pulse(&line.name, pulse, by(&call)).await?)
            })
            .await?;
        registrar
            .procedure_of(uris::GPIO_BLINK, name, |line, blink, call| async move {
                Ok(line.desk.blink(&line.name, blink, by(&call)).await?)
            })
            .await?;
        registrar
            .procedure_of(uris::GPIO_PWM, name, |line, pwm, call| async move {
                Ok(line.desk.pwm(&line.name, pwm, by(&call)).await?)
            })
            .await?;
        registrar
            .procedure_of(uris::GPIO_STOP, name, |line, (), call| async move {
                Ok(line.desk.stop(&line.name, by(&call)).await?)
            })
            .await?;
        registrar
            .procedure_of(uris::GPIO_SCHEDULE, name, |line, (), _| async move {
                Ok(line.desk.schedule(&line.name)?)
            })
            .await?;
        registrar
            .procedure_of(
                uris::GPIO_SET_SCHEDULE,
                name,
                |line, wanted, _| async move { Ok(line.desk.set_schedule(&line.name, wanted)?) },
            )
            .await
    }
}

/// Who calls.
fn by(call: &Invocation) -> Option<String> {
    call.caller_authid().map(str::to_owned)
}
