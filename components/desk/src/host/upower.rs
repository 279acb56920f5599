//! The battery as UPower has it: one device that stands for all (`org.freedesktop.UPower(7)`).

use deskconn_desktop::{Buses, is_to_be_had};
use deskconn_protocol::api::host::{Battery, Charge};
use futures_util::StreamExt;
use zbus::message::Type;
use zbus::proxy::CacheProperties;
use zbus::{Connection, MatchRule, MessageStream};

const NAME: &str = "org.freedesktop.UPower";

const DISPLAY_DEVICE: &str = "/org/freedesktop/UPower/devices/DisplayDevice";

/// `Type` of a battery.
const BATTERY: u32 = 2;

#[zbus::proxy(
    interface = "org.freedesktop.UPower.Device",
    default_service = "org.freedesktop.UPower",
    default_path = "/org/freedesktop/UPower/devices/DisplayDevice"
)]
trait Device {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn is_present(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn percentage(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn time_to_empty(&self) -> zbus::Result<i64>;
    #[zbus(property)]
    fn time_to_full(&self) -> zbus::Result<i64>;
}

/// The battery; `None` within if this computer has none.
///
/// # Errors
/// If there is no UPower.
pub(super) async fn battery(buses: &Buses) -> zbus::Result<Option<Battery>> {
    let bus = system(buses).await?;
    let device = DeviceProxy::builder(&bus)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    if !device.is_present().await? || device.kind().await? != BATTERY {
        return Ok(None);
    }
    let state = charge(device.state().await?);
    let seconds = match state {
        Charge::Charging => device.time_to_full().await?,
        Charge::Discharging => device.time_to_empty().await?,
        _ => 0,
    };
    Ok(Some(Battery {
        percent: percent(device.percentage().await?),
        state,
        minutes_left: minutes(seconds),
    }))
}

/// Everything that UPower says about the battery.
#[derive(Debug)]
pub(super) struct Signals {
    said: MessageStream,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// If there is no UPower.
    pub(super) async fn listen(buses: &Buses) -> zbus::Result<Self> {
        let bus = system(buses).await?;
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(NAME)
            .path(DISPLAY_DEVICE)
            .interface("org.freedesktop.DBus.Properties")
            .member("PropertiesChanged")
            .build()?;
        let said = MessageStream::for_match_rule(rule, &bus, None).await?;
        Ok(Self { said })
    }

    /// Waits for the next; `false` when the bus has gone. Cancel safe.
    pub(super) async fn next(&mut self) -> bool {
        matches!(self.said.next().await, Some(Ok(_)))
    }
}

async fn system(buses: &Buses) -> zbus::Result<Connection> {
    let bus = buses.system().await?;
    if is_to_be_had(&bus, NAME).await {
        Ok(bus)
    } else {
        Err(zbus::Error::Failure("there is no UPower".to_owned()))
    }
}

/// `State` in our words.
const fn charge(state: u32) -> Charge {
    match state {
        1 => Charge::Charging,
        // Emptying, empty, and about to be.
        2 | 3 | 6 => Charge::Discharging,
        4 => Charge::Full,
        5 => Charge::Idle,
        _ => Charge::Unknown,
    }
}

/// A whole number of percent, whatever the battery makes of itself.
fn percent(percentage: f64) -> u8 {
    let percents = 0..=100_u8;
    let nearest = percents.min_by(|a, b| {
        let away = |percent: &u8| (f64::from(*percent) - percentage).abs();
        away(a).total_cmp(&away(b))
    });
    nearest.unwrap_or_default()
}

/// Seconds as minutes; 0 says that nobody knows.
fn minutes(seconds: i64) -> Option<u64> {
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?;
    Some(seconds.div_ceil(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_upower_says_is_put_in_our_words() {
        assert_eq!(
            [0.0, 49.5, 49.4, 100.0, 250.0, -1.0].map(percent),
            [0, 49, 49, 100, 100, 0]
        );
        assert_eq!(
            [0, -5, 1, 60, 61, 7200].map(minutes),
            [None, None, Some(1), Some(1), Some(2), Some(120)]
        );
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 99].map(charge),
            [
                Charge::Unknown,
                Charge::Charging,
                Charge::Discharging,
                Charge::Discharging,
                Charge::Full,
                Charge::Idle,
                Charge::Discharging,
                Charge::Unknown
            ]
        );
    }
}
