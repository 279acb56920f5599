//! The table of components: a row for each, whether it is compiled in or not.

use deskconn_component::{Component, Context, StartError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::io;
use std::path::Path;
use wamp_client::Session;

/// A component's name and how to start it.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// `None` in a binary that was built without it.
    pub(super) start: Option<Start>,
}

/// Starts a component with its session and settings. What comes out is the running component;
/// dropping it stops it.
pub(super) type Start =
    fn(Session, toml::Table, Context) -> BoxFuture<'static, Result<Box<dyn Running>, StartError>>;

/// A running component of any kind.
pub(super) trait Running: Send {
    /// Stops it, as [`Component::stop`].
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}

impl<C: Component> Running for C {
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        Component::stop(*self).boxed()
    }
}

/// Every component.
pub(super) const TABLE: &[Row] = &[
    Row {
        name: "gpio",
        #[cfg(all(feature = "gpio", target_os = "linux"))]
        start: Some(start::<deskconn_gpio::Gpio>),
        #[cfg(not(all(feature = "gpio", target_os = "linux")))]
        start: None,
    },
    Row {
        name: "screen",
        #[cfg(feature = "screen")]
        start: Some(start::<deskconn_screen::Screen>),
        #[cfg(not(feature = "screen"))]
        start: None,
    },
    Row {
        name: "slides",
        #[cfg(feature = "slides")]
        start: Some(start::<deskconn_slides::Slides>),
        #[cfg(not(feature = "slides"))]
        start: None,
    },
];

/// What runs in a process of its own for a component: the daemon's program, with this first argument
/// and a directory.
pub(super) const HELPERS: &[(&str, Helper)] = &[
    #[cfg(all(feature = "gpio", target_os = "linux"))]
    (deskconn_gpio::HELPER, deskconn_gpio::keep),
];

/// Runs until it is told to end.
pub(super) type Helper = fn(&Path) -> io::Result<()>;

#[cfg_attr(
    not(any(feature = "gpio", feature = "screen", feature = "slides")),
    expect(dead_code, reason = "no component is compiled in")
)]
fn start<C: Component>(
    session: Session,
    settings: toml::Table,
    context: Context,
) -> BoxFuture<'static, Result<Box<dyn Running>, StartError>> {
    async move {
        let settings = settings
            .try_into()
            .map_err(|error: toml::de::Error| StartError::Settings(error.message().to_owned()))?;
        let running = C::start(session, settings, context).await?;
        Ok(Box::new(running) as Box<dyn Running>)
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_configuration_has_settings_for_every_component() {
        let config = crate::config::Config::parse("", Path::new("default.toml")).unwrap();
        let named: Vec<_> = config.components.keys().map(String::as_str).collect();
        let known: Vec<_> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(named, known);
    }
}
