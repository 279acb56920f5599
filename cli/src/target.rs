//! Which daemon `deskconn join` is to pair with: by link, by address, or as it is announced.

use std::collections::BTreeMap;
use std::time::Duration;

use deskconn_discovery::{Daemon, DiscoveryEvent, Options, browse};
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::link::PairingLink;
use deskconn_protocol::pairing::QrSecret;
use tokio::time::{Instant, timeout_at};

use crate::address::Address;
use crate::error::CliError;

/// How long to listen for announcements.
const LISTEN: Duration = Duration::from_secs(3);

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The link in a QR code.
    Link(PairingLink),
    /// An address.
    Address(Address),
    /// A name, or the beginning of an id, as announced.
    Announced(String),
    /// Nothing: whichever is announced to be pairing.
    Any,
}

impl Wanted {
    /// Reads what was typed.
    ///
    /// # Errors
    ///
    /// If it looks like a link and is none. The error does not repeat it: it holds a secret.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, CliError> {
        let Some(text) = text else {
            return Ok(Self::Any);
        };
        if text.contains("://") || text.contains('#') {
            let link: PairingLink = text.parse().map_err(|error| {
                CliError::usage(format!("{error}"))
                    .hint("copy the whole link that `deskconn pair` shows, in quotes")
            })?;
            return Ok(Self::Link(link));
        }
        // An announced name has neither dots nor colons.
        if text.contains(['.', ':']) || text == "localhost" {
            let address = text.parse().map_err(|_| {
                CliError::usage(format!("`{text}` is no address"))
                    .hint("write 192.168.1.5, 192.168.1.5:5020, [fd00::5]:5020 or name.local")
            })?;
            return Ok(Self::Address(address));
        }
        Ok(Self::Announced(text.to_owned()))
    }
}

/// A daemon to pair with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// What to call it as long as it has not told its name.
    pub(crate) name: String,
    /// Where to try to reach it.
    pub(crate) addresses: Vec<Address>,
    /// The secret and the daemon that must answer, if there was a link.
    pub(crate) proof: Option<(QrSecret, DeviceId)>,
}

/// Finds the daemon, listening to the network if need be.
///
/// # Errors
///
/// If nothing, or more than one, is announced that fits.
pub(crate) async fn resolve(wanted: Wanted) -> Result<Target, CliError> {
    match wanted {
        Wanted::Link(link) => Ok(of_link(link)),
        Wanted::Address(address) => Ok(Target {
            name: address.to_string(),
            addresses: vec![address],
            proof: None,
        }),
        Wanted::Announced(name) => choose(&listen(LISTEN).await?, Some(&name)),
        Wanted::Any => choose(&listen(LISTEN).await?, None),
    }
}

/// The daemons that are announced within `span`, in the order of their names.
///
/// # Errors
///
/// If multicast DNS can not be spoken.
pub(crate) async fn listen(span: Duration) -> Result<Vec<Daemon>, CliError> {
    let mut browser = browse(Options::default())?;
    let end = Instant::now() + span;
    let mut heard = BTreeMap::new();
    while let Ok(Some(event)) = timeout_at(end, browser.next()).await {
        match event {
            DiscoveryEvent::Found(daemon) => {
                heard.insert(daemon.instance.clone(), daemon);
            }
            DiscoveryEvent::Lost(instance) => {
                heard.remove(&instance);
            }
        }
    }
    Ok(heard.into_values().collect())
}

fn of_link(link: PairingLink) -> Target {
    let addresses: Vec<Address> = link
        .addresses
        .iter()
        .map(|address| (*address, link.port).into())
        .collect();
    let first = addresses.first().map(Address::to_string);
    Target {
        name: link.name.or(first).unwrap_or_default(),
        addresses,
        proof: Some((link.secret, link.id)),
    }
}

/// The one announced daemon that is meant.
fn choose(heard: &[Daemon], name: Option<&str>) -> Result<Target, CliError> {
    let is_meant = |daemon: &&Daemon| match name {
        None => daemon.pairing,
        Some(name) => {
            let id = daemon.device_id_prefix.as_deref().unwrap_or_default();
            daemon.name.to_lowercase() == name.to_lowercase()
                || daemon.instance.to_lowercase() == name.to_lowercase()
                || (name.len() >= 4
                    && (id.starts_with(name) || name.starts_with(id))
                    && !id.is_empty())
        }
    };
    let meant: Vec<&Daemon> = heard.iter().filter(is_meant).collect();
    match (&meant[..], name) {
        ([daemon], _) => Ok(Target {
            name: daemon.name.clone(),
            addresses: daemon.addresses.iter().map(|a| (*a).into()).collect(),
            proof: None,
        }),
        ([], Some(name)) => Err(CliError::unreachable(format!(
            "no computer called `{name}` is announced on this network"
        ))
        .details(heard.iter().map(describe).collect())
        .hint("write its address instead: `deskconn join 192.168.1.5`")),
        ([], None) => Err(
            CliError::unreachable("no computer on this network is pairing")
                .details(heard.iter().map(describe).collect())
                .hint(
                    "run `deskconn pair` there, or write its address: `deskconn join 192.168.1.5`",
                ),
        ),
        (several, None) => Err(CliError::usage("several computers are pairing")
            .details(several.iter().map(|daemon| describe(daemon)).collect())
            .hint("say which: `deskconn join NAME`")),
        (several, Some(name)) => Err(CliError::usage(format!("several computers are `{name}`"))
            .details(several.iter().map(|daemon| describe(daemon)).collect())
            .hint("write the id or the address of the one you mean")),
    }
}

fn describe(daemon: &Daemon) -> String {
    let id = daemon.device_id_prefix.as_deref().unwrap_or("-");
    let address = daemon.addresses.first();
    let address = address.map_or_else(String::new, |address| format!(" at {address}"));
    format!("{id} {}{address}", daemon.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str =
        "http://192.168.1.5:5020/#p1.QUJDREVGR0hJSktMTU5PUA.3f7kabcdefghijklmnopqrstuvwxyz23";

    fn daemon(name: &str, id: &str, pairing: bool) -> Daemon {
        Daemon {
            instance: format!("{name} {}", &id[..4]),
            name: name.to_owned(),
            device_id_prefix: Some(id.to_owned()),
            host: "pc.local.".to_owned(),
            addresses: vec!["192.0.2.7:5020".parse().expect("an address")],
            port: 5020,
            pairing,
            version: Some(1),
        }
    }

    #[test]
    fn what_was_typed_is_a_link_an_address_or_a_name() {
        let parse = |text| Wanted::parse(Some(text)).expect(text);
        assert!(matches!(parse(LINK), Wanted::Link(_)));
        for text in [
            "192.0.2.7",
            "[::1]:80",
            "fd00::7",
            "desk.local",
            "localhost",
        ] {
            assert!(matches!(parse(text), Wanted::Address(_)), "{text}");
        }
        for text in ["study-laptop", "3f7k", "my pc 3f7k"] {
            assert_eq!(parse(text), Wanted::Announced(text.to_owned()));
        }
        assert_eq!(Wanted::parse(None), Ok(Wanted::Any));
    }

    #[test]
    fn a_bad_link_is_refused_without_being_repeated() {
        let bad = LINK.replace("3f7k", "");
        let error = Wanted::parse(Some(&bad)).expect_err("a bad link");
        assert!(!format!("{error:?}").contains("QUJD"), "{error:?}");
        assert_eq!(error.kind.exit_code(), 2);
        assert!(Wanted::parse(Some("https://example.org")).is_err());
    }

    #[test]
    fn a_link_brings_its_secret_and_the_daemon_that_must_answer() {
        let link: PairingLink = LINK.parse().expect("a link");
        let target = of_link(link.clone());
        assert_eq!(
            target.addresses,
            ["192.168.1.5".parse().expect("an address")]
        );
        assert_eq!(target.proof, Some((link.secret, link.id)));
    }

    #[test]
    fn the_one_that_fits_is_chosen() {
        let heard = [
            daemon("study", "3f7kabcd", false),
            daemon("desk", "7777abcd", true),
        ];
        for (name, chosen) in [
            (Some("Study"), "study"),
            (Some("study 3f7k"), "study"),
            (Some("3f7ka"), "study"),
            (Some("7777abcdefghijklmnopqrstuvwxyz23"), "desk"),
            (None, "desk"),
        ] {
            let target = choose(&heard, name).expect("one");
            assert_eq!(target.name, chosen, "{name:?}");
        }
    }

    #[test]
    fn none_or_several_are_told_with_what_was_heard() {
        let heard = [
            daemon("desk", "3f7kabcd", true),
            daemon("desk", "7777abcd", true),
        ];
        let error = |heard: &[Daemon], name| choose(heard, name).expect_err("not one");
        assert_eq!(error(&heard, None).kind.exit_code(), 2);
        assert_eq!(error(&heard, Some("desk")).details.len(), 2);
        assert_eq!(error(&heard, Some("study")).kind.exit_code(), 3);
        assert_eq!(error(&[], None).kind.exit_code(), 3);
    }
}
