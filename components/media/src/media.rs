//! The component `media`: `org.deskconn.media.*`.

use std::sync::Arc;
use std::time::Duration;

use deskconn_component::{
    Component, Context, Health, HealthReporter, Manifest, Procedure, Reach, Registrar, StartError,
    Topic, Unavailable, failure,
};
use deskconn_protocol::api::media::{Art, Media as Status, OfPlayer, Seek};
use deskconn_protocol::uris;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};
use wamp_client::{InvocationError, Session};
use wamp_proto::Uri;

use crate::NoSettings;
use crate::art;
use crate::mpris::{Found, Mpris, Signals};

/// Changes that follow each other faster are one: players tell a new track in several signals.
const QUIET: Duration = Duration::from_millis(50);

/// How often to look for a bus, and at players without a reason.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// The media players of this desktop.
#[derive(Debug)]
pub struct Media {
    _stop: DropGuard,
}

/// The procedures that have a player do something, and what MPRIS calls that.
const VERBS: [(&str, &str); 6] = [
    (uris::MEDIA_PLAY, "Play"),
    (uris::MEDIA_PAUSE, "Pause"),
    (uris::MEDIA_PLAY_PAUSE, "PlayPause"),
    (uris::MEDIA_NEXT, "Next"),
    (uris::MEDIA_PREVIOUS, "Previous"),
    (uris::MEDIA_STOP, "Stop"),
];

impl Component for Media {
    const MANIFEST: Manifest = Manifest {
        name: "media",
        summary: "Sees what media players play, and controls them.",
        grants: &["media"],
        procedures: &[
            Procedure::of::<(), Status>(
                uris::MEDIA_STATUS,
                "List the players, the one that other calls mean by default first.",
            ),
            Procedure::of::<OfPlayer, ()>(uris::MEDIA_PLAY, "Play."),
            Procedure::of::<OfPlayer, ()>(uris::MEDIA_PAUSE, "Pause."),
            Procedure::of::<OfPlayer, ()>(uris::MEDIA_PLAY_PAUSE, "Play, or pause."),
            Procedure::of::<OfPlayer, ()>(uris::MEDIA_NEXT, "Go to the next track."),
            Procedure::of::<OfPlayer, ()>(uris::MEDIA_PREVIOUS, "Go to the previous track."),
            Procedure::of::<OfPlayer, ()>(uris::MEDIA_STOP, "Stop."),
            Procedure::of::<Seek, ()>(uris::MEDIA_SEEK, "Go to another place in the track."),
            Procedure::of::<OfPlayer, Art>(
                uris::MEDIA_ART,
                "Give the picture of what is played, if it is a file of at most a megabyte.",
            ),
        ],
        topics: &[Topic::of::<Status>(
            uris::MEDIA_ON_CHANGE,
            "A player has come, gone, or plays something else.",
        )],
        needs: "a desktop session with players that speak MPRIS, as most do",
    };

    // Where players keep the pictures of what they play.
    const REACH: Reach = Reach::Only {
        read: &["~/.cache", "~/.mozilla/firefox-mpris", "~/Music", "/tmp"],
        write: &[],
        network: false,
    };

    type Settings = NoSettings;

    async fn start(
        session: Session,
        NoSettings {}: NoSettings,
        context: Context,
    ) -> Result<Self, StartError> {
        let desk = Arc::new(Desk {
            mpris: Mpris::default(),
        });
        let registrar = Registrar::new(&session, &Self::MANIFEST, Arc::clone(&desk));
        registrar
            .procedure(uris::MEDIA_STATUS, |desk, (), _| async move {
                Ok(desk.status().await.0)
            })
            .await?;
        for (uri, method) in VERBS {
            let act = move |desk: Arc<Desk>, OfPlayer { player }, _| async move {
                let found = desk.player(player).await?;
                found.tell(method).await.map_err(refused)
            };
            registrar.procedure(uri, act).await?;
        }
        registrar
            .procedure(uris::MEDIA_SEEK, |desk, wanted, _| async move {
                desk.seek(wanted).await
            })
            .await?;

        registrar
            .procedure(uris::MEDIA_ART, |desk, OfPlayer { player }, _| async move {
                desk.art(player).await
            })
            .await?;

        let (told, unavailable) = desk.status().await;
        let watch = Watch {
            desk,
            session,
            health: context.health,
            told,
        };
        watch.report(unavailable);
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(watch.run()));
        Ok(Self {
            _stop: stop.drop_guard(),
        })
    }
}

#[derive(Debug)]
struct Desk {
    mpris: Mpris,
}

impl Desk {
    async fn status(&self) -> (Status, Option<Unavailable>) {
        match self.mpris.players().await {
            Ok(players) => {
                let players = players.into_iter().map(|found| found.player).collect();
                let status = Status {
                    available: true,
                    reason: None,
                    players,
                };
                (status, None)
            }
            Err(unavailable) => {
                let status = Status {
                    reason: Some(unavailable.to_string()),
                    ..Status::default()
                };
                (status, Some(unavailable))
            }
        }
    }

    /// The player that is named, or the first.
    async fn player(&self, id: Option<String>) -> Result<Found, InvocationError> {
        let players = self.mpris.players().await?;
        let ids: Vec<_> = players
            .iter()
            .map(|found| found.player.id.clone())
            .collect();
        let mut players = players.into_iter();
        let found = match &id {
            Some(id) => players.find(|found| found.player.id == *id),
            None => players.next(),
        };
        found.ok_or_else(|| {
            let hint = if ids.is_empty() {
                "start one on that computer".to_owned()
            } else {
                format!("there are: {}", ids.join(", "))
            };
            failure(uris::ERROR_NOT_FOUND, "there is no such media player", hint)
        })
    }

    async fn seek(&self, wanted: Seek) -> Result<(), InvocationError> {
        let found = self.player(wanted.player).await?;
        // Milliseconds of thousands of years: what does not fit is the end.
        let microseconds = |ms: i64| ms.saturating_mul(1000);
        let sought = match (wanted.position_ms, wanted.by_ms) {
            (Some(position), None) => {
                let position = i64::try_from(position).unwrap_or(i64::MAX);
                found.seek_to(microseconds(position)).await
            }
            (None, Some(by)) => found.seek_by(microseconds(by)).await,
            _ => {
                let message = "exactly one of `position_ms` and `by_ms` is needed";
                return Err(failure(uris::ERROR_INVALID_ARGUMENT, message, "give one"));
            }
        };
        sought.map_err(refused)
    }

    async fn art(&self, player: Option<String>) -> Result<Art, InvocationError> {
        let found = self.player(player).await?;
        let read = async || {
            let url = found.picture?;
            let reading = tokio::task::spawn_blocking(move || art::read(&url));
            reading.await.ok().flatten()
        };
        read().await.ok_or_else(|| {
            let hint = "only pictures in files are given: PNG, JPEG and WebP";
            failure(uris::ERROR_NOT_FOUND, "there is no picture of it", hint)
        })
    }
}

fn refused(error: zbus::Error) -> InvocationError {
    let hint = "`org.deskconn.media.status` says what the player can do";
    let message = format!("the media player refuses: {error}");
    failure(uris::ERROR_FAILED, message, hint)
}

/// Tells when something else is played.
struct Watch {
    desk: Arc<Desk>,
    session: Session,
    health: HealthReporter,
    told: Status,
}

impl Watch {
    async fn run(mut self) {
        let mut signals = None;
        loop {
            if signals.is_none() {
                signals = self.desk.mpris.signals().await.ok();
            }
            self.look().await;
            let again = Instant::now() + LOOK_AGAIN;
            tokio::select! {
                goes_on = next(&mut signals) => {
                    if !goes_on {
                        signals = None;
                    }
                    sleep(QUIET).await;
                }
                () = sleep_until(again) => {}
            }
        }
    }

    async fn look(&mut self) {
        let (status, unavailable) = self.desk.status().await;
        self.report(unavailable);
        if timeless(&status) == timeless(&self.told) {
            return;
        }
        self.told = status.clone();
        let topic = Uri::from_static(uris::MEDIA_ON_CHANGE);
        if let Err(error) = self.session.publish(topic).kwargs(status).await {
            tracing::debug!(%error, "what is played was not told");
        }
    }

    fn report(&self, unavailable: Option<Unavailable>) {
        let health = unavailable.map_or(Health::Running, Health::Unavailable);
        self.health.report(health);
    }
}

/// The status without the places in tracks, which go on by themselves.
fn timeless(status: &Status) -> Status {
    let mut status = status.clone();
    for player in &mut status.players {
        player.position_ms = None;
    }
    status
}

/// Waits for the next signal; for ever where there are none.
async fn next(signals: &mut Option<Signals>) -> bool {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}
