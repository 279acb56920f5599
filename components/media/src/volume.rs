//! The component `volume`: `org.deskconn.volume.*`.

use std::time::Duration;

use deskconn_component::{
    Component, Context, Health, HealthReporter, Manifest, Procedure, Reach, Registrar, StartError,
    Topic, Unavailable,
};
use deskconn_protocol::api::volume::{Mute, SetVolume, StepVolume, Volume as Status};
use deskconn_protocol::uris;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};
use wamp_client::Session;
use wamp_proto::Uri;

use crate::NoSettings;
use crate::pactl::{self, Sound, Subscription};

/// Changes that follow each other faster are one.
const QUIET: Duration = Duration::from_millis(50);

/// How often to look for a sound server.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// The volume of this desktop.
#[derive(Debug)]
pub struct Volume {
    _stop: DropGuard,
}

impl Component for Volume {
    const MANIFEST: Manifest = Manifest {
        name: "volume",
        summary: "Sees and sets the volume, and mutes the microphone.",
        grants: &["volume"],
        procedures: &[
            Procedure::of::<(), Status>(uris::VOLUME_STATUS, "Say how loud it is."),
            Procedure::of::<SetVolume, Status>(uris::VOLUME_SET, "Set how loud it is."),
            Procedure::of::<StepVolume, Status>(uris::VOLUME_STEP, "Make it louder or quieter."),
            Procedure::of::<Mute, Status>(uris::VOLUME_MUTE, "Mute it, or not."),
            Procedure::of::<Mute, Status>(
                uris::VOLUME_MUTE_MICROPHONE,
                "Mute the microphone, or not.",
            ),
        ],
        topics: &[Topic::of::<Status>(
            uris::VOLUME_ON_CHANGE,
            "It is louder, quieter or muted, by whomever.",
        )],
        needs: "PipeWire or PulseAudio, and the program `pactl`",
    };

    // `pactl` shows the cookie of the sound server, which may be on another machine.
    const REACH: Reach = Reach::Only {
        read: &["~/.config/pulse", "~/.pulse-cookie"],
        write: &[],
        network: true,
    };

    type Settings = NoSettings;

    async fn start(
        session: Session,
        NoSettings {}: NoSettings,
        context: Context,
    ) -> Result<Self, StartError> {
        let registrar = Registrar::new(&session, &Self::MANIFEST, ());
        registrar
            .procedure(uris::VOLUME_STATUS, |(), (), _| async move {
                Ok(status(&pactl::look().await))
            })
            .await?;
        registrar
            .procedure(
                uris::VOLUME_SET,
                |(), SetVolume { percent }, _| async move {
                    pactl::set_volume(percent).await?;
                    Ok(status(&pactl::look().await))
                },
            )
            .await?;
        registrar
            .procedure(uris::VOLUME_STEP, |(), StepVolume { by }, _| async move {
                let percent = stepped(pactl::look().await?.percent, by);
                pactl::set_volume(percent).await?;
                Ok(status(&pactl::look().await))
            })
            .await?;
        registrar
            .procedure(uris::VOLUME_MUTE, |(), Mute { muted }, _| async move {
                pactl::mute(muted).await?;
                Ok(status(&pactl::look().await))
            })
            .await?;
        registrar
            .procedure(
                uris::VOLUME_MUTE_MICROPHONE,
                |(), Mute { muted }, _| async move {
                    pactl::mute_microphone(muted).await?;
                    Ok(status(&pactl::look().await))
                },
            )
            .await?;

        let mut watch = Watch {
            session,
            health: context.health,
            told: Status::default(),
        };
        watch.look().await;
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(watch.run()));
        Ok(Self {
            _stop: stop.drop_guard(),
        })
    }
}

fn status(sound: &Result<Sound, Unavailable>) -> Status {
    match sound {
        Ok(sound) => Status {
            available: true,
            reason: None,
            percent: u8::try_from(sound.percent.min(100)).unwrap_or(100),
            muted: sound.muted,
            microphone_muted: sound.microphone_muted,
        },
        Err(unavailable) => Status {
            reason: Some(unavailable.to_string()),
            ..Status::default()
        },
    }
}

/// A step from where it is, to 0 at least and to 100 at most.
fn stepped(percent: u16, by: i16) -> u8 {
    let percent = i32::from(percent) + i32::from(by);
    u8::try_from(percent.clamp(0, 100)).unwrap_or(100)
}

/// Tells when it is louder, quieter or muted.
struct Watch {
    session: Session,
    health: HealthReporter,
    told: Status,
}

impl Watch {
    async fn run(mut self) {
        let mut subscription = None;
        loop {
            if subscription.is_none() {
                subscription = Subscription::start();
            }
            self.look().await;
            let again = Instant::now() + LOOK_AGAIN;
            tokio::select! {
                true = next(&mut subscription) => sleep(QUIET).await,
                () = sleep_until(again) => {}
            }
        }
    }

    async fn look(&mut self) {
        let sound = pactl::look().await;
        let status = status(&sound);
        self.health
            .report(sound.err().map_or(Health::Running, Health::Unavailable));
        if status == self.told {
            return;
        }
        self.told = status.clone();
        let topic = Uri::from_static(uris::VOLUME_ON_CHANGE);
        if let Err(error) = self.session.publish(topic).kwargs(status).await {
            tracing::debug!(%error, "a change of the volume was not told");
        }
    }
}

/// Waits for the next change; `false` when there will be none, and then there is no subscription any
/// more.
async fn next(subscription: &mut Option<Subscription>) -> bool {
    let Some(listening) = subscription else {
        return std::future::pending().await;
    };
    let goes_on = listening.next().await;
    if !goes_on {
        *subscription = None;
    }
    goes_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stay_between_silence_and_all() {
        for (percent, by, expected) in [(50, 10, 60), (5, -10, 0), (95, 10, 100), (150, -10, 100)] {
            assert_eq!(stepped(percent, by), expected, "{percent} {by}");
        }
        assert_eq!(stepped(u16::MAX, i16::MIN), 100);
    }
}
