//! The screens of this desk, by whatever sets their brightness here: KDE Plasma for all of them; else
//! logind or the kernel's files for panels, and DDC/CI for monitors.

use futures_util::StreamExt;
use zbus::MessageStream;

use deskconn_component::Unavailable;

use super::backlight::{Backlight, Backlights};
use super::ddc::Monitors;
use super::display::Display;
use super::kde;
use super::watch::Watch;
use crate::logind;
use deskconn_desktop::Buses;

const NO_SCREEN_HINT: &str = "nothing to do on a computer without a built-in screen; for monitors, \
     set `monitors = true` in [components.screen] and install ddcutil";

const NO_WAY_HINT: &str = "run the daemon as the user who is logged in at the screen, or let it write \
     the file, as with udev's `SUBSYSTEM==\"backlight\", ACTION==\"add\", \
     RUN+=\"/bin/chgrp deskconn $sys$devpath/brightness\", RUN+=\"/bin/chmod g+w $sys$devpath/brightness\"`";

/// Sees and sets the screens.
#[derive(Debug)]
pub(crate) struct Screens {
    buses: Buses,
    backlights: Backlights,
    /// `None` where monitors are left alone.
    monitors: Option<Monitors>,
    watch: Option<Watch>,
    /// What Plasma says, once it has been there.
    plasma: Option<MessageStream>,
}

/// Why a screen was not set.
#[derive(Debug, thiserror::Error)]
#[error("the brightness of {display} can not be set: {}", why.reason)]
pub(crate) struct SetError {
    display: String,
    why: Unavailable,
}

impl SetError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &str {
        &self.why.hint
    }
}

impl Screens {
    /// The screens on these buses, these panels and these monitors.
    pub(crate) fn new(buses: Buses, backlights: Backlights, monitors: Option<Monitors>) -> Self {
        let watch = Watch::new()
            .inspect_err(|error| tracing::warn!(%error, "brightness is not watched"))
            .ok();
        Self {
            buses,
            backlights,
            monitors,
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
        let monitors = self
            .monitors
            .as_mut()
            .map_or(&[][..], Monitors::look)
            .to_vec();
        if lights.is_empty() && monitors.is_empty() {
            return Err(Unavailable::without_desktop(
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
        let lights = lights.into_iter().map(|light| light.display);
        Ok(lights.chain(monitors).collect())
    }

    /// Sets the level of the screen `id`.
    ///
    /// # Errors
    /// If it has gone, or if no way to set it works; the last one says why.
    pub(crate) async fn set(&mut self, id: &str, level: u32) -> Result<(), SetError> {
        let failed = |why: Unavailable| SetError {
            display: id.to_owned(),
            why,
        };
        let no_way = |reason: String| failed(Unavailable::new(reason, NO_WAY_HINT));
        if let Some(light) = self.light(id) {
            return self.set_light(&light, level).await.map_err(no_way);
        }
        if let Some(monitors) = self.monitors.as_mut().filter(|all| all.has(id)) {
            return monitors.set(id, level).await.map_err(failed);
        }
        let Ok(bus) = self.buses.session().await else {
            return Err(no_way("it is not there any more".to_owned()));
        };
        let set = kde::set(&bus, id, level).await;
        set.map_err(|error| no_way(error.to_string()))
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
        let monitors = async {
            match &mut self.monitors {
                Some(monitors) => monitors.changed().await,
                None => std::future::pending().await,
            }
        };
        let goes_on = tokio::select! {
            () = files => true,
            () = monitors => true,
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
