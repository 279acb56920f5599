//! The screens of this desk, by whatever sets their brightness here: KDE Plasma, else logind, else the
//! kernel's files.

use futures_util::StreamExt;
use zbus::MessageStream;

use deskconn_component::Unavailable;

use super::backlight::{Backlight, Backlights};
use super::display::Display;
use super::kde;
use super::watch::Watch;
use crate::logind;
use deskconn_desktop::Buses;

const NO_SCREEN_HINT: &str = "nothing to do on a computer without a built-in screen; for monitors, \
     KDE Plasma or the kernel module ddcci-backlight is needed";

const NO_WAY_HINT: &str = "run the daemon as the user who is logged in at the screen, or let it write \
     the file, as with udev's `SUBSYSTEM==\"backlight\", ACTION==\"add\", \
     RUN+=\"/bin/chgrp deskconn $sys$devpath/brightness\", RUN+=\"/bin/chmod g+w $sys$devpath/brightness\"`";

/// Sees and sets the screens.
#[derive(Debug)]
pub(crate) struct Screens {
    buses: Buses,
    backlights: Backlights,
    watch: Option<Watch>,
    /// What Plasma says, once it has been there.
    plasma: Option<MessageStream>,
}

/// Why a screen was not set.
#[derive(Debug, thiserror::Error)]
#[error("the brightness of {display} can not be set: {reason}")]
pub(crate) struct SetError {
    display: String,
    reason: String,
}

impl SetError {
    /// What to do about it.
    pub(crate) const fn hint(&self) -> &'static str {
        NO_WAY_HINT
    }
}

impl Screens {
    /// The screens on these buses and below this folder.
    pub(crate) fn new(buses: Buses, backlights: Backlights) -> Self {
        let watch = Watch::new()
            .inspect_err(|error| tracing::warn!(%error, "brightness is not watched"))
            .ok();
        Self {
            buses,
            backlights,
            watch,
            plasma: None,
        }
    }

    /// The screens as they are now.
    ///
    /// # Errors
    /// If there is none, or none that this process may set.
    pub(crate) async fn look(&mut self) -> Result<Vec<Display>, Unavailable> {
        let plasma = self.plasma_displays().await;
        if !plasma.is_empty() {
            return Ok(plasma);
        }
        let lights = self.backlights.list();
        if let Some(watch) = &self.watch {
            watch.follow(lights.iter().flat_map(Backlight::files));
        }
        if lights.is_empty() {
            return Err(Unavailable::new(
                "no screen here has a brightness",
                NO_SCREEN_HINT,
            ));
        }
        if !lights.iter().all(Backlight::is_writable) && self.session().await.is_err() {
            return Err(Unavailable::new(
                "this process may not set the brightness",
                NO_WAY_HINT,
            ));
        }
        Ok(lights.into_iter().map(|light| light.display).collect())
    }

    /// Sets the level of the screen `id`.
    ///
    /// # Errors
    /// If it has gone, or if no way to set it works; the last one says why.
    pub(crate) async fn set(&self, id: &str, level: u32) -> Result<(), SetError> {
        let failed = |reason: String| SetError {
            display: id.to_owned(),
            reason,
        };
        if let Some(light) = self.light(id) {
            return self.set_light(&light, level).await.map_err(failed);
        }
        let Ok(bus) = self.buses.session().await else {
            return Err(failed("it is not there any more".to_owned()));
        };
        let set = kde::set(&bus, id, level).await;
        set.map_err(|error| failed(error.to_string()))
    }

    /// Waits until something may have changed. Cancel safe.
    pub(crate) async fn changed(&mut self) {
        let files = async {
            match &self.watch {
                Some(watch) => watch.changed().await,
                None => std::future::pending().await,
            }
        };
        let plasma = async {
            match &mut self.plasma {
                Some(signals) => signals.next().await.is_some(),
                None => std::future::pending().await,
            }
        };
        let goes_on = tokio::select! {
            () = files => true,
            goes_on = plasma => goes_on,
        };
        if !goes_on {
            self.plasma = None;
        }
    }

    /// The screens of Plasma, which is watched from the first time that it has some.
    async fn plasma_displays(&mut self) -> Vec<Display> {
        let Ok(bus) = self.buses.session().await else {
            return Vec::new();
        };
        let displays = kde::displays(&bus).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "Plasma does not tell its screens");
            Vec::new()
        });
        if !displays.is_empty() && self.plasma.is_none() {
            self.plasma = kde::signals(&bus).await.ok();
        }
        displays
    }

    fn light(&self, id: &str) -> Option<Backlight> {
        let lights = self.backlights.list().into_iter();
        lights.into_iter().find(|light| light.display.id == id)
    }

    /// By logind, which lets the user at the screen; else by the file, for those who may write it.
    async fn set_light(&self, light: &Backlight, level: u32) -> Result<(), String> {
        let by_logind = match self.session().await {
            Ok(session) => {
                session
                    .set_brightness("backlight", &light.display.id, level)
                    .await
            }
            Err(error) => Err(error),
        };
        let Err(refused) = by_logind else {
            return Ok(());
        };
        light
            .write(level)
            .map_err(|error| format!("{error}, and logind: {refused}"))
    }

    async fn session(&self) -> zbus::Result<logind::SessionProxy<'static>> {
        logind::own_session(&self.buses.system().await?).await
    }
}
