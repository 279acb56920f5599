//! Who shows notifications on this desktop (Desktop Notifications Specification 1.2).

use std::collections::HashMap;

use deskconn_component::Unavailable;
use deskconn_desktop::{Buses, is_to_be_had};
use deskconn_protocol::api::notify::{ClosedBy, Urgency};
use futures_util::StreamExt;
use zbus::message::Type;
use zbus::{Connection, MatchRule, Message, MessageStream, Variant};

use super::text::{Words, as_markup};

const NAME: &str = "org.freedesktop.Notifications";

const PATH: &str = "/org/freedesktop/Notifications";

/// What the desktop says shows it.
const APPLICATION: &str = "DeskConn";

const HINT: &str = "run the daemon as a service of the user who is logged in, and have the desktop show \
     notifications: `notify-send hello` should, too";

/// The desktop of this user.
#[derive(Debug, Default)]
pub(super) struct Desktop {
    buses: Buses,
}

/// What the desktop can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// It shows buttons.
    pub(super) actions: bool,
    /// It takes the body for markup.
    markup: bool,
}

/// What the desktop says of a notification, by its own number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Somebody has answered it.
    Answered(u32, String),
    /// It is not shown any more.
    Closed(u32, ClosedBy),
    /// The desktop is another one, or none: what was shown is not.
    Gone,
}

impl Desktop {
    /// What it can do.
    ///
    /// # Errors
    /// If it shows no notifications.
    pub(super) async fn abilities(&self) -> Result<Abilities, Unavailable> {
        let bus = self.bus().await?;
        let said = bus.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &());
        let said = said.await.and_then(|said| said.body().deserialize());
        let said: Vec<String> = said.map_err(|error| refused(&error))?;
        let can = |ability: &str| said.iter().any(|said| said == ability);
        Ok(Abilities {
            actions: can("actions"),
            markup: can("body-markup"),
        })
    }

    /// Shows a notification, and gives the desktop's number for it.
    ///
    /// # Errors
    /// If it does not.
    pub(super) async fn show(&self, words: &Words, urgency: Urgency) -> Result<u32, Unavailable> {
        let abilities = self.abilities().await?;
        let bus = self.bus().await?;
        let body = match abilities.markup {
            true => as_markup(&words.body),
            false => words.body.clone(),
        };
        let actions = words.actions.iter().filter(|_| abilities.actions);
        let actions: Vec<&str> = actions
            .flat_map(|(id, label)| [id.as_str(), label.as_str()])
            .collect();
        let urgency: u8 = match urgency {
            Urgency::Low => 0,
            Urgency::Normal => 1,
            Urgency::Critical => 2,
        };
        let hints = HashMap::from([("urgency", Variant::from(urgency))]);
        // It replaces none, has no picture, and stays as long as the desktop likes.
        let arguments = (
            APPLICATION,
            0_u32,
            "",
            words.summary.as_str(),
            body,
            actions,
            hints,
            -1,
        );
        let shown = bus.call_method(Some(NAME), PATH, Some(NAME), "Notify", &arguments);
        let shown = shown.await.and_then(|shown| shown.body().deserialize());
        shown.map_err(|error| refused(&error))
    }

    /// Puts one away. One that is not there any more is none that could be.
    pub(super) async fn close(&self, on_desktop: u32) {
        let Ok(bus) = self.bus().await else { return };
        let closed = bus.call_method(
            Some(NAME),
            PATH,
            Some(NAME),
            "CloseNotification",
            &on_desktop,
        );
        if let Err(error) = closed.await {
            tracing::debug!(%error, "a notification was not closed");
        }
    }

    /// Everything that the desktop says of notifications.
    ///
    /// # Errors
    /// If it shows none.
    pub(super) async fn signals(&self) -> Result<Signals, Unavailable> {
        let bus = self.bus().await?;
        let listened = Signals::listen(&bus).await;
        listened.map_err(|error| refused(&error))
    }

    async fn bus(&self) -> Result<Connection, Unavailable> {
        let bus = self.buses.session().await;
        let bus = bus.inspect_err(|error| tracing::debug!(%error, "no session bus"));
        match bus {
            Ok(bus) if is_to_be_had(&bus, NAME).await => Ok(bus),
            _ => Err(Unavailable::without_desktop(
                "there is no desktop that shows notifications",
                HINT,
            )),
        }
    }
}

/// What is said about notifications.
#[derive(Debug)]
pub(super) struct Signals {
    said: MessageStream,
    moved: MessageStream,
}

impl Signals {
    async fn listen(bus: &Connection) -> zbus::Result<Self> {
        let rule = || MatchRule::builder().msg_type(Type::Signal);
        let said = rule().sender(NAME).path(PATH).interface(NAME).build()?;
        let moved = rule()
            .sender("org.freedesktop.DBus")
            .member("NameOwnerChanged")
            .arg(0, NAME)
            .build()?;
        Ok(Self {
            said: MessageStream::for_match_rule(said, bus, None).await?,
            moved: MessageStream::for_match_rule(moved, bus, None).await?,
        })
    }

    /// Waits for the next; `None` when the bus has gone. Cancel safe.
    pub(super) async fn next(&mut self) -> Option<Said> {
        loop {
            let said = tokio::select! {
                said = self.said.next() => read(&said?.ok()?),
                moved = self.moved.next() => owner_has_gone(&moved?.ok()?).then_some(Said::Gone),
            };
            if said.is_some() {
                return said;
            }
        }
    }
}

fn read(message: &Message) -> Option<Said> {
    let header = message.header();
    let member = header.member()?.to_string();
    let body = message.body();
    match member.as_str() {
        "ActionInvoked" => {
            let (id, action): (u32, String) = body.deserialize().ok()?;
            Some(Said::Answered(id, action))
        }
        "NotificationClosed" => {
            let (id, reason): (u32, u32) = body.deserialize().ok()?;
            Some(Said::Closed(id, closed_by(reason)))
        }
        _ => None,
    }
}

/// Whether somebody had the name until now.
fn owner_has_gone(message: &Message) -> bool {
    let owners = message.body().deserialize();
    owners.is_ok_and(|(_, before, _): (String, String, String)| !before.is_empty())
}

const fn closed_by(reason: u32) -> ClosedBy {
    match reason {
        1 => ClosedBy::Expired,
        2 => ClosedBy::Dismissed,
        3 => ClosedBy::Device,
        _ => ClosedBy::Unknown,
    }
}

fn refused(error: &zbus::Error) -> Unavailable {
    tracing::debug!(%error, "the desktop shows no notifications");
    Unavailable::new("the desktop does not show notifications", HINT)
}
