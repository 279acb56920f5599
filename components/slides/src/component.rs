//! The component: `org.deskconn.slides.*`.

use crate::talk::{Talk, keep_awake};
use crate::timer::{Press, Timer};
use crate::{PerformError, Presenter, Profiles, VirtualKeyboard};
use deskconn_component::{
    Component, Context, Manifest, Procedure, Reach, Registrar, StartError, Topic, failure,
};
use deskconn_protocol::api::slides::{
    Action, OnAction, Profile as ProfileInfo, Profiles as ProfilesInfo, SetProfile, Status,
    TimerStatus,
};
use deskconn_protocol::uris;
use deskconn_virtual_input::{Choice, Devices, Opener, Standing};
use serde::Deserialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch;
use tokio::task::JoinSet;
use wamp_client::{Invocation, InvocationError, Session};
use wamp_proto::Uri;

/// Flips slides. Without a keyboard it answers with what is missing, and looks again at each call.
pub struct Slides {
    _tasks: JoinSet<()>,
}

/// `[components.slides]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The viewer whose keys are pressed at first.
    pub profile: String,
    /// Which ways to a keyboard may be taken.
    pub backend: Choice,
    /// Whether the screen stays awake while somebody presents.
    pub keep_awake: bool,
}

/// The keyboard and the viewer in use.
struct Desk {
    profiles: Profiles,
    profile: Mutex<String>,
    presenter: Devices<Presenter<VirtualKeyboard>>,
    timer: Mutex<Timer>,
    talk: watch::Sender<Talk>,
}

impl Component for Slides {
    const MANIFEST: Manifest = Manifest {
        name: "slides",
        summary: "Flips slides with the keys of a virtual keyboard.",
        grants: &["slides"],
        procedures: &[
            Procedure::of::<(), ()>(uris::SLIDES_NEXT, "Show the next slide."),
            Procedure::of::<(), ()>(uris::SLIDES_PREVIOUS, "Show the previous slide."),
            Procedure::of::<(), ()>(uris::SLIDES_FIRST, "Show the first slide."),
            Procedure::of::<(), ()>(uris::SLIDES_LAST, "Show the last slide."),
            Procedure::of::<(), ()>(uris::SLIDES_START, "Start at the first slide."),
            Procedure::of::<(), ()>(uris::SLIDES_START_CURRENT, "Start at the current slide."),
            Procedure::of::<(), ()>(uris::SLIDES_STOP, "End the presentation."),
            Procedure::of::<(), ()>(
                uris::SLIDES_BLACK,
                "Make the screen black, or show the slide again.",
            ),
            Procedure::of::<(), ()>(
                uris::SLIDES_WHITE,
                "Make the screen white, or show the slide again.",
            ),
            Procedure::of::<(), Status>(
                uris::SLIDES_STATUS,
                "Say whether keys can be pressed, and which viewer's.",
            ),
            Procedure::of::<(), ProfilesInfo>(
                uris::SLIDES_PROFILES,
                "List the viewers whose keys are known.",
            ),
            Procedure::of::<SetProfile, Status>(uris::SLIDES_SET_PROFILE, "Choose the viewer."),
            Procedure::of::<(), TimerStatus>(
                uris::SLIDES_TIMER_START,
                "Let the timer run, which all remotes share.",
            ),
            Procedure::of::<(), TimerStatus>(uris::SLIDES_TIMER_PAUSE, "Let the timer stand."),
            Procedure::of::<(), TimerStatus>(
                uris::SLIDES_TIMER_RESET,
                "Set the timer back to nothing, standing and without marks.",
            ),
            Procedure::of::<(), TimerStatus>(
                uris::SLIDES_TIMER_MARK,
                "Note the time that the timer shows.",
            ),
            Procedure::of::<(), TimerStatus>(
                uris::SLIDES_TIMER_STATUS,
                "Say what the timer shows.",
            ),
        ],
        topics: &[
            Topic::of::<OnAction>(
                uris::SLIDES_ON_ACTION,
                "Somebody did something to the slides.",
            ),
            Topic::of::<TimerStatus>(
                uris::SLIDES_TIMER_ON_CHANGE,
                "Somebody did something to the timer.",
            ),
        ],
        needs: "/dev/uinput, the portal of a desktop, or an X server",
    };

    // The cookie of an X server is where its user or its desktop says.
    const REACH: Reach = Reach::Only {
        read: &["~/.Xauthority", "$XAUTHORITY"],
        write: &["/dev/uinput"],
        network: false,
    };

    type Settings = Settings;

    async fn start(
        session: Session,
        settings: Settings,
        context: Context,
    ) -> Result<Self, StartError> {
        let profiles = Profiles::builtin();
        profiles
            .get(&settings.profile)
            .map_err(|error| StartError::Settings(format!("{error}; hint: {}", error.hint())))?;
        let keeps_awake = settings.keep_awake;
        let desk = Arc::new(Desk::open(profiles, settings, context).await);
        let registrar = Registrar::new(&session, &Self::MANIFEST, Arc::clone(&desk));
        for action in Action::ALL {
            let announce = session.clone();
            let act = move |desk: Arc<Desk>, (), call: Invocation| {
                let announce = announce.clone();
                async move { desk.act(action, &call, &announce).await }
            };
            registrar.procedure(action.uri(), act).await?;
        }
        registrar
            .procedure(uris::SLIDES_STATUS, |desk, (), _| async move {
                Ok(desk.status())
            })
            .await?;
        registrar
            .procedure(uris::SLIDES_PROFILES, |desk, (), _| async move {
                Ok(desk.list())
            })
            .await?;
        registrar
            .procedure(uris::SLIDES_SET_PROFILE, |desk, wanted, _| async move {
                desk.choose(wanted)?;
                Ok(desk.status())
            })
            .await?;
        for (uri, press) in [
            (uris::SLIDES_TIMER_START, Press::Start),
            (uris::SLIDES_TIMER_PAUSE, Press::Pause),
            (uris::SLIDES_TIMER_RESET, Press::Reset),
            (uris::SLIDES_TIMER_MARK, Press::Mark),
        ] {
            let announce = session.clone();
            let act = move |desk: Arc<Desk>, (), _: Invocation| {
                let announce = announce.clone();
                async move { Ok(desk.press(press, &announce).await) }
            };
            registrar.procedure(uri, act).await?;
        }
        registrar
            .procedure(uris::SLIDES_TIMER_STATUS, |desk, (), _| async move {
                Ok(desk.timer().status(Instant::now()))
            })
            .await?;
        let mut tasks = JoinSet::new();
        if keeps_awake {
            tasks.spawn(keep_awake(desk.talk.subscribe()));
        }
        Ok(Self { _tasks: tasks })
    }
}

impl Desk {
    async fn open(profiles: Profiles, settings: Settings, context: Context) -> Self {
        let wanted = VirtualKeyboard::wanted(&profiles.keys());
        let opener = Opener::new(wanted, settings.backend, context.state);
        let for_presenter = profiles.clone();
        let presenter = Devices::open(opener, context.health, move |device| {
            Presenter::new(for_presenter.clone(), VirtualKeyboard::new(device))
        });
        Self {
            presenter: presenter.await,
            profiles,
            profile: Mutex::new(settings.profile),
            timer: Mutex::default(),
            talk: watch::Sender::default(),
        }
    }

    async fn act(
        &self,
        action: Action,
        invocation: &Invocation,
        announce: &Session,
    ) -> Result<(), InvocationError> {
        let profile = self.profile().clone();
        self.presenter
            .act(|presenter| presenter.perform(&profile, action, Instant::now()))
            .await
            .map_err(|error: PerformError| failure(error.uri(), error.to_string(), error.hint()))?;
        self.talk
            .send_modify(|talk| talk.act(action, tokio::time::Instant::now()));
        let done = OnAction {
            action,
            by: invocation.caller_authid().map(str::to_owned),
        };
        // The slide has turned; that nobody could be told of it does not turn it back.
        if let Err(error) = announce
            .publish(Uri::from_static(uris::SLIDES_ON_ACTION))
            .kwargs(done)
            .await
        {
            tracing::debug!(%error, "a turned slide was not announced");
        }
        Ok(())
    }

    /// Does `press` to the timer, and tells all remotes what it shows then.
    async fn press(&self, press: Press, announce: &Session) -> TimerStatus {
        let now = Instant::now();
        let (has_changed, status) = {
            let mut timer = self.timer();
            (timer.press(press, now), timer.status(now))
        };
        if has_changed
            && let Err(error) = announce
                .publish(Uri::from_static(uris::SLIDES_TIMER_ON_CHANGE))
                .kwargs(status.clone())
                .await
        {
            tracing::debug!(%error, "a change of the timer was not announced");
        }
        status
    }

    fn timer(&self) -> MutexGuard<'_, Timer> {
        // Nothing in there can fail half-way.
        self.timer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> Status {
        let Standing {
            unavailable,
            backend,
            not_used,
        } = self.presenter.standing();
        Status {
            available: unavailable.is_none(),
            reason: unavailable.map(|unavailable| unavailable.to_string()),
            backend,
            not_used,
            profile: self.profile().clone(),
        }
    }

    fn list(&self) -> ProfilesInfo {
        let profiles = self.profiles.iter().map(|(name, profile)| ProfileInfo {
            name: name.to_owned(),
            title: profile.title().to_owned(),
            actions: profile.actions().collect(),
        });
        ProfilesInfo {
            current: self.profile().clone(),
            profiles: profiles.collect(),
        }
    }

    fn choose(&self, SetProfile { profile }: SetProfile) -> Result<(), InvocationError> {
        self.profiles
            .get(&profile)
            .map_err(|error| failure(uris::ERROR_NOT_FOUND, error.to_string(), error.hint()))?;
        *self.profile() = profile;
        Ok(())
    }

    fn profile(&self) -> MutexGuard<'_, String> {
        // No change here is made in more than one step.
        self.profile.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
