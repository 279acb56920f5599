//! Players on the session bus (MPRIS D-Bus Interface Specification 2.2).

use deskconn_component::Unavailable;
use deskconn_desktop::Buses;
use deskconn_protocol::api::media::Player;
use futures_util::StreamExt;
use zbus::ObjectPath;
use zbus::fdo::{DBusProxy, PropertiesProxy};
use zbus::message::Type;
use zbus::names::InterfaceName;
use zbus::proxy::CacheProperties;
use zbus::{Connection, MatchRule, MessageStream};

use crate::player::{self, Properties};

/// What the names of players begin with.
const PREFIX: &str = "org.mpris.MediaPlayer2.";

const PATH: &str = "/org/mpris/MediaPlayer2";

const ROOT: &str = "org.mpris.MediaPlayer2";

const PLAYER: &str = "org.mpris.MediaPlayer2.Player";

/// How many players are asked at most.
const PLAYERS: usize = 16;

const HINT: &str = "run the daemon as a service of the user who is logged in: `systemctl --user enable --now deskconnd`";

/// The players of this desktop.
#[derive(Debug, Default)]
pub(crate) struct Mpris {
    buses: Buses,
}

/// A player that was found, and how it can be reached.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) player: Player,
    bus: Connection,
    track: Option<String>,
    /// Where the picture of what it plays is, if that is a file.
    pub(crate) picture: Option<String>,
}

impl Mpris {
    /// The players as they are now: who plays first, then who is paused.
    ///
    /// # Errors
    /// If there is no session bus.
    pub(crate) async fn players(&self) -> Result<Vec<Found>, Unavailable> {
        let bus = self.bus().await?;
        let names = names(&bus).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the bus does not tell its names");
            Vec::new()
        });
        let mut players = Vec::new();
        for id in names {
            match look(&bus, &id).await {
                Ok(found) => players.push(found),
                // It may have gone just now.
                Err(error) => tracing::debug!(%error, id, "a player does not answer"),
            }
        }
        players.sort_by(|a, b| {
            let key = |found: &Found| (found.player.state, found.player.id.clone());
            key(a).cmp(&key(b))
        });
        Ok(players)
    }

    /// Everything that players say, and their coming and going.
    ///
    /// # Errors
    /// If there is no session bus.
    pub(crate) async fn signals(&self) -> Result<Signals, Unavailable> {
        let bus = self.bus().await?;
        let rule = || MatchRule::builder().msg_type(Type::Signal);
        let said = rule().path(PATH).build();
        let moved = rule()
            .sender("org.freedesktop.DBus")
            .member("NameOwnerChanged")
            .arg0ns("org.mpris.MediaPlayer2")
            .build();
        let lost =
            |error: zbus::Error| Unavailable::new(format!("no media players: {error}"), HINT);
        Ok(Signals {
            said: MessageStream::for_match_rule(said.map_err(lost)?, &bus, None)
                .await
                .map_err(lost)?,
            moved: MessageStream::for_match_rule(moved.map_err(lost)?, &bus, None)
                .await
                .map_err(lost)?,
        })
    }

    async fn bus(&self) -> Result<Connection, Unavailable> {
        self.buses.session().await.map_err(|error| {
            tracing::debug!(%error, "no session bus");
            Unavailable::without_desktop("there is no desktop session with media players", HINT)
        })
    }
}

/// What players say.
#[derive(Debug)]
pub(crate) struct Signals {
    said: MessageStream,
    moved: MessageStream,
}

impl Signals {
    /// Waits for the next; `false` when the bus has gone. Cancel safe.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! {
            said = self.said.next() => said.is_some(),
            moved = self.moved.next() => moved.is_some(),
        }
    }
}

impl Found {
    /// Has it do `method`, which takes nothing.
    pub(crate) async fn tell(&self, method: &'static str) -> zbus::Result<()> {
        let to = Some(self.name());
        self.bus
            .call_method(to, PATH, Some(PLAYER), method, &())
            .await?;
        Ok(())
    }

    /// Moves on by so many microseconds, or back.
    pub(crate) async fn seek_by(&self, microseconds: i64) -> zbus::Result<()> {
        let to = Some(self.name());
        self.bus
            .call_method(to, PATH, Some(PLAYER), "Seek", &microseconds)
            .await?;
        Ok(())
    }

    /// Goes to so many microseconds from the beginning of the track that was seen; a player that has
    /// gone on to another does nothing.
    pub(crate) async fn seek_to(&self, microseconds: i64) -> zbus::Result<()> {
        let track = self.track.as_deref().unwrap_or("/");
        let track = ObjectPath::try_from(track)?;
        let to = Some(self.name());
        self.bus
            .call_method(
                to,
                PATH,
                Some(PLAYER),
                "SetPosition",
                &(track, microseconds),
            )
            .await?;
        Ok(())
    }

    fn name(&self) -> String {
        format!("{PREFIX}{}", self.player.id)
    }
}

/// The players by what follows the prefix in their names.
async fn names(bus: &Connection) -> zbus::Result<Vec<String>> {
    let names = DBusProxy::new(bus).await?.list_names().await?;
    let ids = names
        .iter()
        .filter_map(|name| Some(name.as_str().strip_prefix(PREFIX)?.to_owned()));
    Ok(ids.take(PLAYERS).collect())
}

async fn look(bus: &Connection, id: &str) -> zbus::Result<Found> {
    let properties = PropertiesProxy::builder(bus)
        .destination(format!("{PREFIX}{id}"))
        .path(PATH)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    let all = async |interface: &'static str| -> zbus::Result<Properties> {
        let interface = InterfaceName::try_from(interface)?;
        Ok(properties.get_all(interface).await?)
    };
    let (root, said) = (all(ROOT).await?, all(PLAYER).await?);
    Ok(Found {
        player: player::read(id, &root, &said),
        track: player::track(&said),
        picture: player::picture(&said),
        bus: bus.clone(),
    })
}
