//! The component: `org.deskconn.input.*`.

use std::sync::Arc;
use std::time::Instant;

use deskconn_component::{
    Component, Context, Manifest, Procedure, Reach, Registrar, StartError, failure,
};
use deskconn_protocol::api::input::{
    MakeGesture, Move, PressButton, PressKey, Scroll, Status, Type,
};
use deskconn_protocol::uris;
use deskconn_virtual_input::{Choice, Device, Devices, Opener, Standing, Wanted};
use serde::Deserialize;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wamp_client::{EventStream, Invocation, InvocationError, Session};
use wamp_proto::SessionId;

use crate::desk::{Desk, Refusal};
use crate::typing::tidy_up;
use crate::{Layouts, keys};

/// The names of the virtual devices.
const KEYBOARD: &str = "DeskConn Keyboard";
const POINTER: &str = "DeskConn Pointer";

/// What stands for the system's own layout.
const AUTO: &str = "auto";

/// Moves the pointer and types. Without devices it answers with what is missing, and looks again at each
/// call.
pub struct Input {
    _tasks: JoinSet<()>,
}

/// `[components.input]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The layout that text is typed for, or `auto`.
    pub layout: String,
    /// Which ways to a pointer and a keyboard may be taken.
    pub backend: Choice,
}

/// The devices, and the layout.
pub(crate) struct Shared {
    pub(crate) layouts: Layouts,
    pub(crate) layout: String,
    /// One text after another.
    pub(crate) typing: tokio::sync::Mutex<()>,
    /// A text was written.
    pub(crate) typed: Notify,
    pub(crate) devices: Devices<Desk<Box<dyn Device>>>,
}

impl Component for Input {
    const MANIFEST: Manifest = Manifest {
        name: "input",
        summary: "Moves the pointer, clicks, presses keys and types.",
        grants: &["input"],
        procedures: &[
            Procedure::of::<(), Status>(
                uris::INPUT_STATUS,
                "Say whether there are a pointer and a keyboard, and for which layout it types.",
            ),
            Procedure::of::<Move, ()>(uris::INPUT_MOVE, "Move the pointer."),
            Procedure::of::<Scroll, ()>(uris::INPUT_SCROLL, "Turn the wheel."),
            Procedure::of::<PressButton, ()>(
                uris::INPUT_BUTTON,
                "Click, or press a button until it is released or the session ends.",
            ),
            Procedure::of::<PressKey, ()>(uris::INPUT_KEY, "Press a key, with modifiers."),
            Procedure::of::<Type, ()>(
                uris::INPUT_TYPE,
                "Type text; nothing of it if the layout has no key for a character.",
            ),
            Procedure::of::<MakeGesture, ()>(
                uris::INPUT_GESTURE,
                "Do what a gesture on a touchpad does.",
            ),
        ],
        topics: &[],
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
        Context { health, state }: Context,
    ) -> Result<Self, StartError> {
        let layouts = Layouts::builtin();
        let layout = match settings.layout.as_str() {
            AUTO => system_layout(),
            layout => layout.to_owned(),
        };
        if settings.layout != AUTO && layouts.get(&layout).is_none() {
            let known = layouts.names().join(", ");
            return Err(StartError::Settings(format!(
                "there is no layout `{layout}`; hint: there are: {AUTO}, {known}"
            )));
        }
        let wanted = Wanted {
            keyboard: KEYBOARD,
            keys: keys::all().collect(),
            pointer: Some(POINTER),
        };
        let opener = Opener::new(wanted, settings.backend, state);
        let shared = Arc::new(Shared {
            layouts,
            layout,
            typing: tokio::sync::Mutex::default(),
            typed: Notify::new(),
            devices: Devices::open(opener, health, Desk::new).await,
        });
        // Before anybody can hold something.
        let topic = wamp_proto::uris::SESSION_ON_LEAVE;
        let leaving = session.events(topic).await?;
        register(&session, &shared).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(let_go(leaving, Arc::clone(&shared)));
        tasks.spawn(tidy_up(shared));
        Ok(Self { _tasks: tasks })
    }
}

async fn register(session: &Session, shared: &Arc<Shared>) -> Result<(), StartError> {
    let registrar = Registrar::new(session, &Input::MANIFEST, Arc::clone(shared));
    registrar
        .procedure(uris::INPUT_STATUS, |shared, (), _| async move {
            Ok(shared.status())
        })
        .await?;
    registrar
        .procedure(uris::INPUT_MOVE, |shared, by: Move, _| async move {
            shared.act(|desk, now| desk.r#move(by, now)).await
        })
        .await?;
    registrar
        .procedure(uris::INPUT_SCROLL, |shared, by: Scroll, _| async move {
            shared.act(|desk, now| desk.scroll(by, now)).await
        })
        .await?;
    registrar
        .procedure(
            uris::INPUT_BUTTON,
            |shared, press: PressButton, call| async move {
                let who = caller(&call)?;
                shared.act(|desk, now| desk.button(press, who, now)).await
            },
        )
        .await?;
    registrar
        .procedure(uris::INPUT_KEY, |shared, press: PressKey, _| async move {
            shared.act(|desk, now| desk.key(&press, now)).await
        })
        .await?;
    registrar
        .procedure(uris::INPUT_TYPE, |shared, Type { text }, call| async move {
            shared.type_text(&text, &call).await
        })
        .await?;
    registrar
        .procedure(
            uris::INPUT_GESTURE,
            |shared, MakeGesture { gesture }, _| async move {
                shared.act(|desk, now| desk.gesture(gesture, now)).await
            },
        )
        .await
}

/// Lets go of what sessions hold when they leave.
async fn let_go(mut leaving: EventStream, shared: Arc<Shared>) {
    while let Some(event) = leaving.next().await {
        let args: Result<(u64, Option<String>, Option<String>), _> = event.args();
        let left = args.ok().and_then(|(id, ..)| SessionId::new(id));
        shared.devices.if_open(|desk| {
            if event.missed() > 0 {
                // One of them may have been among those that there was no room to tell of.
                for who in desk.holders() {
                    desk.left(who);
                }
            }
            if let Some(who) = left {
                desk.left(who);
            }
        });
    }
}

impl Shared {
    /// Does something at the desk; opens the devices first if there are none.
    pub(crate) async fn act<T>(
        &self,
        act: impl FnOnce(&mut Desk<Box<dyn Device>>, Instant) -> Result<T, Refusal>,
    ) -> Result<T, InvocationError> {
        let done = self.devices.act(|desk| act(desk, Instant::now())).await;
        Ok(done?)
    }

    fn status(&self) -> Status {
        let Standing {
            unavailable,
            backend,
            not_used,
        } = self.devices.standing();
        Status {
            available: unavailable.is_none(),
            reason: unavailable.map(|unavailable| unavailable.to_string()),
            backend,
            not_used,
            layout: self.layout.clone(),
            layouts: self.layouts.names(),
            keys: keys::names(),
        }
    }
}

/// The session that calls.
fn caller(call: &Invocation) -> Result<SessionId, InvocationError> {
    call.caller().ok_or_else(|| {
        let hint = "the router has to disclose callers to components";
        failure(uris::ERROR_FAILED, "it is not known who calls", hint)
    })
}

/// The layout that Debian's configuration names, with its variant if it has one; `us` if there is none.
fn system_layout() -> String {
    let file = std::fs::read_to_string("/etc/default/keyboard").unwrap_or_default();
    layout_of(&file)
}

/// The first layout of `/etc/default/keyboard`.
fn layout_of(file: &str) -> String {
    let setting = |name: &str| {
        let mut lines = file
            .lines()
            .filter_map(|line| line.trim().strip_prefix(name));
        let value = lines.next()?.strip_prefix('=')?.trim_matches('"');
        let first = value.split(',').next()?.trim();
        (!first.is_empty()).then(|| first.to_owned())
    };
    let layout = setting("XKBLAYOUT").unwrap_or_else(|| "us".to_owned());
    match setting("XKBVARIANT") {
        Some(variant) => format!("{layout}({variant})"),
        None => layout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_layout_is_its_first_and_a_variant_is_another() {
        for (file, layout) in [
            ("", "us"),
            ("XKBLAYOUT=\"de\"\nXKBVARIANT=\"\"", "de"),
            ("# XKBLAYOUT=fr\nXKBLAYOUT=fr,us\n", "fr"),
            ("XKBLAYOUT=\"de\"\nXKBVARIANT=\"neo\"", "de(neo)"),
        ] {
            assert_eq!(layout_of(file), layout, "{file}");
        }
    }
}
