//! The screens of KDE Plasma, which sets monitors (DDC/CI) and panels alike: PowerDevil's
//! `org.kde.ScreenBrightness`.

use zbus::Connection;
use zbus::message::Type;
use zbus::proxy::CacheProperties;
use zbus::{MatchRule, MessageStream};

use super::display::Display;
use deskconn_desktop::is_there;

const NAME: &str = "org.kde.ScreenBrightness";

const PATH: &str = "/org/kde/ScreenBrightness";

/// How many screens are asked for at most.
const DISPLAYS: usize = 16;

/// No picture of a bar on the screen: whoever calls has one of their own.
const SUPPRESS_INDICATOR: u32 = 1;

#[zbus::proxy(
    interface = "org.kde.ScreenBrightness",
    default_service = "org.kde.ScreenBrightness",
    default_path = "/org/kde/ScreenBrightness"
)]
trait ScreenBrightness {
    #[zbus(property, name = "DisplaysDBusNames")]
    fn displays_dbus_names(&self) -> zbus::Result<Vec<String>>;
}

#[zbus::proxy(
    interface = "org.kde.ScreenBrightness.Display",
    default_service = "org.kde.ScreenBrightness",
    assume_defaults = false
)]
trait ScreenBrightnessDisplay {
    fn set_brightness(&self, brightness: i32, flags: u32) -> zbus::Result<()>;
    #[zbus(property)]
    fn label(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn brightness(&self) -> zbus::Result<i32>;
    #[zbus(property)]
    fn max_brightness(&self) -> zbus::Result<i32>;
}

/// Its screens; none where Plasma does not run or knows none.
pub(super) async fn displays(bus: &Connection) -> zbus::Result<Vec<Display>> {
    if !is_there(bus, NAME).await {
        return Ok(Vec::new());
    }
    let plasma = ScreenBrightnessProxy::builder(bus)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    let mut displays = Vec::new();
    for id in plasma
        .displays_dbus_names()
        .await?
        .into_iter()
        .take(DISPLAYS)
    {
        let display = display(bus, &id).await?;
        let steps = |number: i32| u32::try_from(number).unwrap_or(0);
        displays.push(Display {
            name: display.label().await?,
            level: steps(display.brightness().await?),
            max: steps(display.max_brightness().await?).max(1),
            id,
        });
    }
    Ok(displays)
}

/// Sets a screen's level.
pub(super) async fn set(bus: &Connection, id: &str, level: u32) -> zbus::Result<()> {
    let level = i32::try_from(level).unwrap_or(i32::MAX);
    let display = display(bus, id).await?;
    display.set_brightness(level, SUPPRESS_INDICATOR).await
}

/// Everything Plasma says about brightness.
pub(super) async fn signals(bus: &Connection) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface(NAME)
        .build()?;
    MessageStream::for_match_rule(rule, bus, None).await
}

async fn display(
    bus: &Connection,
    id: &str,
) -> zbus::Result<ScreenBrightnessDisplayProxy<'static>> {
    ScreenBrightnessDisplayProxy::builder(bus)
        .path(format!("{PATH}/{id}"))
        .cache_properties(CacheProperties::No)
        .build()
        .await
}
