//! The component `open`: `org.deskconn.open.*`.

mod address;
mod portal;
mod program;

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskconn_component::{
    Component, Context, Health, HealthReporter, Manifest, Procedure, Reach, Registrar, StartError,
    Unavailable, failure,
};
use deskconn_desktop::{Buses, is_to_be_had};
use deskconn_protocol::api::open::{Open as Status, OpenUrl, Opened, Opening};
use deskconn_protocol::uris;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};
use wamp_client::{InvocationError, Session};

use crate::pace::Paces;
use crate::{NoSettings, caller};
use address::Address;
use portal::Answer;
use program::Opener;

/// How many addresses a caller may have opened in [`WINDOW`].
const LIMIT: usize = 5;

const WINDOW: Duration = Duration::from_secs(10);

/// How often to look whether there is a desktop by now.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

const HINT: &str = "run the daemon as a service of the user who is logged in: `systemctl --user enable --now deskconnd`";

/// Opens web addresses in the browser of this desk.
#[derive(Debug)]
pub struct Open {
    _stop: DropGuard,
}

impl Component for Open {
    const MANIFEST: Manifest = Manifest {
        name: "open",
        summary: "Opens web addresses in the browser of the desk.",
        grants: &["open"],
        procedures: &[
            Procedure::of::<(), Status>(
                uris::OPEN_STATUS,
                "Say whether web addresses can be opened.",
            ),
            Procedure::of::<OpenUrl, Opened>(
                uris::OPEN_URL,
                "Open a web address, `http` or `https`, and nothing else.",
            ),
        ],
        topics: &[],
        needs: "a desktop with a portal (xdg-desktop-portal), or the program `xdg-open`",
    };

    // A browser that it starts is a program of the desk's user.
    const REACH: Reach = Reach::Everything;

    type Settings = NoSettings;

    async fn start(
        session: Session,
        NoSettings {}: NoSettings,
        context: Context,
    ) -> Result<Self, StartError> {
        let desk = Arc::new(Desk {
            buses: Buses::default(),
            paces: Paces::new(LIMIT, WINDOW),
            health: context.health,
        });
        desk.status().await;
        let registrar = Registrar::new(&session, &Self::MANIFEST, Arc::clone(&desk));
        registrar
            .procedure(uris::OPEN_STATUS, |desk, (), _| async move {
                Ok(desk.status().await)
            })
            .await?;
        registrar
            .procedure(uris::OPEN_URL, |desk, OpenUrl { url }, call| async move {
                desk.open(&url, caller::of(&call)?).await
            })
            .await?;
        let stop = CancellationToken::new();
        let looking = async move {
            loop {
                sleep(LOOK_AGAIN).await;
                desk.status().await;
            }
        };
        tokio::spawn(stop.clone().run_until_cancelled_owned(looking));
        Ok(Self {
            _stop: stop.drop_guard(),
        })
    }
}

#[derive(Debug)]
struct Desk {
    buses: Buses,
    paces: Paces,
    health: HealthReporter,
}

impl Desk {
    async fn status(&self) -> Status {
        let portal = match self.buses.session().await {
            Ok(bus) => is_to_be_had(&bus, portal::NAME).await,
            Err(_) => false,
        };
        let is_there = portal || opener().is_some();
        let unavailable = (!is_there).then(unavailable);
        let reason = unavailable.as_ref().map(ToString::to_string);
        let health = unavailable.map_or(Health::Running, Health::Unavailable);
        self.health.report(health);
        Status {
            available: is_there,
            reason,
        }
    }

    async fn open(&self, url: &str, by: &str) -> Result<Opened, InvocationError> {
        let address = Address::parse(url).map_err(|error| {
            failure(
                uris::ERROR_INVALID_ARGUMENT,
                error.to_string(),
                error.hint(),
            )
            .kwarg("argument", "url")
        })?;
        self.paces.admit(by, Instant::now())?;
        let state = self.ask(&address).await?;
        tracing::info!(by, host = address.host(), "a web address was opened");
        Ok(Opened { state })
    }

    /// By the portal, which starts the browser outside of the daemon's own confinement; where there is
    /// none, by the program.
    async fn ask(&self, address: &Address) -> Result<Opening, InvocationError> {
        if let Ok(bus) = self.buses.session().await {
            match portal::open(&bus, address).await {
                Ok(Answer::Yes(state)) => return Ok(state),
                Ok(Answer::Declined) => {
                    let message = "somebody at the desk does not want it opened";
                    return Err(failure(uris::ERROR_DENIED, message, "ask them"));
                }
                Ok(Answer::No) => tracing::debug!("the portal opens nothing"),
                Err(error) => tracing::debug!(%error, "there is no portal"),
            }
        }
        let opener = opener().ok_or_else(unavailable)?;
        opener.open(address).await.map_err(|error| {
            let hint = "see whether `xdg-open https://example.org` works at the desk";
            tracing::debug!(?error, "an address was not opened");
            failure(uris::ERROR_FAILED, error.to_string(), hint)
        })
    }
}

fn opener() -> Option<Opener> {
    Opener::find(|name| env::var_os(name))
}

fn unavailable() -> Unavailable {
    Unavailable::without_desktop("there is no desktop to open web addresses on", HINT)
}
