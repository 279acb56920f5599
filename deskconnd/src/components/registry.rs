//! The table of components: a row for each, whether it is compiled in or not.

use deskconn_component::{Component, Context, Manifest, Reach, StartError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::io;
use std::path::Path;
use wamp_client::Session;

/// A component's name, and what it is.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// `None` in a binary that was built without it.
    pub(super) built: Option<Built>,
}

/// A component that is compiled in.
#[derive(Clone, Copy)]
pub(super) struct Built {
    /// What it says of itself.
    pub(super) manifest: fn() -> Manifest,
    /// What it reaches in a process of its own.
    pub(super) reach: Reach,
    /// Starts it.
    pub(super) start: Start,
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

/// A row: the component's name, its type, and where it is built in.
macro_rules! row {
    ($name:literal, $component:ty, $($built:tt)+) => {
        Row {
            name: $name,
            #[cfg($($built)+)]
            built: Some(Built::of::<$component>()),
            #[cfg(not($($built)+))]
            built: None,
        }
    };
}

/// Every component.
pub(super) const TABLE: &[Row] = &[
    row!(
        "gpio",
        deskconn_gpio::Gpio,
        all(feature = "gpio", target_os = "linux")
    ),
    row!("host", deskconn_desk::Host, feature = "desk"),
    row!(
        "input",
        deskconn_input::Input,
        all(feature = "input", target_os = "linux")
    ),
    row!("media", deskconn_media::Media, feature = "media"),
    row!("notify", deskconn_desk::Notify, feature = "desk"),
    row!("open", deskconn_desk::Open, feature = "desk"),
    row!("run", deskconn_run::Run, all(feature = "run", unix)),
    row!("screen", deskconn_screen::Screen, feature = "screen"),
    row!(
        "slides",
        deskconn_slides::Slides,
        all(feature = "slides", target_os = "linux")
    ),
    row!("volume", deskconn_media::Volume, feature = "media"),
];

/// What runs in a process of its own for a component: the daemon's program, with this first argument
/// and a directory.
pub(super) const HELPERS: &[(&str, Helper)] = &[
    #[cfg(all(feature = "gpio", target_os = "linux"))]
    (deskconn_gpio::HELPER, deskconn_gpio::keep),
];

/// Runs until it is told to end.
pub(super) type Helper = fn(&Path) -> io::Result<()>;

/// The row of a component.
pub(super) fn row(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

impl Built {
    #[cfg_attr(
        not(any(
            feature = "desk",
            feature = "gpio",
            feature = "input",
            feature = "media",
            feature = "run",
            feature = "screen",
            feature = "slides"
        )),
        expect(dead_code, reason = "no component is compiled in")
    )]
    pub(super) const fn of<C: Component>() -> Self {
        Self {
            manifest: || C::MANIFEST,
            reach: C::REACH,
            start: start::<C>,
        }
    }

    /// What its procedures and topics begin with: `org.deskconn.slides.`.
    pub(super) fn prefixes(&self) -> Vec<String> {
        let Manifest {
            procedures, topics, ..
        } = (self.manifest)();
        let procedures = procedures.iter().map(|procedure| procedure.uri);
        let uris = procedures.chain(topics.iter().map(|topic| topic.uri));
        let mut prefixes: Vec<_> = uris.filter_map(prefix).collect();
        prefixes.sort();
        prefixes.dedup();
        prefixes
    }
}

/// A grant of a manifest as it may be given: `gpio:NAME` needs a name.
pub(super) fn named(grant: &str) -> String {
    grant.replace(":NAME", ":name")
}

/// The first three words of a URI, and the dot after them.
fn prefix(uri: &str) -> Option<String> {
    let (end, _) = uri.match_indices('.').nth(2)?;
    uri.get(..=end).map(str::to_owned)
}

#[cfg_attr(
    not(any(
        feature = "desk",
        feature = "gpio",
        feature = "input",
        feature = "media",
        feature = "run",
        feature = "screen",
        feature = "slides"
    )),
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
    use deskconn_protocol::grants::Catalogue;
    use deskconn_protocol::uris;

    #[test]
    fn the_default_configuration_has_settings_for_every_component() {
        let config = crate::config::Config::parse("", Path::new("default.toml")).unwrap();
        let named: Vec<_> = config.components.keys().map(String::as_str).collect();
        let mut known: Vec<_> = TABLE.iter().map(|row| row.name).collect();
        known.sort_unstable();
        assert_eq!(named, known);
    }

    #[test]
    fn what_a_manifest_names_is_declared_and_its_grants_are_for_its_own() {
        for built in TABLE.iter().filter_map(|row| row.built) {
            let manifest = (built.manifest)();
            let procedures = manifest.procedures.iter().map(|procedure| procedure.uri);
            for uri in procedures.chain(manifest.topics.iter().map(|topic| topic.uri)) {
                assert!(uris::ALL.contains(&uri), "{uri}");
            }
            assert!(!manifest.grants.is_empty());
            for name in manifest.grants {
                let catalogue = Catalogue::default();
                let grant = catalogue.check(&named(name)).expect(name);
                for rule in catalogue.rules(&grant) {
                    let mut prefixes = built.prefixes().into_iter();
                    assert!(prefixes.any(|own| rule.uri.starts_with(&own)), "{name}");
                }
            }
        }
    }

    #[test]
    fn a_component_keeps_to_its_own_part_of_the_names() {
        assert_eq!(
            prefix("org.deskconn.screen.brightness.set").as_deref(),
            Some("org.deskconn.screen.")
        );
        for built in TABLE.iter().filter_map(|row| row.built) {
            assert!(!built.prefixes().is_empty());
        }
    }
}
