//! `deskconn discover`: the daemons that are announced on the local network.

use std::time::Duration;

use deskconn_discovery::{Daemon, DiscoveryEvent, Options, browse};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;
use crate::hosts::Known;
use crate::table::table;
use crate::target::listen;

/// List the computers with DeskConn on this network.
///
/// Announcements are hearsay: they say where to knock, not who is there.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long to listen.
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    seconds: u16,

    /// Go on until Ctrl-C, and tell who comes and goes.
    #[arg(long, conflicts_with = "seconds")]
    watch: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let joined = context.hosts()?.list();
    if args.watch {
        return context.unless_interrupted(watch(&joined, context)).await;
    }
    let span = Duration::from_secs(args.seconds.into());
    let heard = context.unless_interrupted(listen(span)).await?;
    if context.output.is_json() {
        let heard: Vec<Value> = heard
            .iter()
            .map(|daemon| to_json(daemon, &joined))
            .collect();
        return context.output.json(&heard);
    }
    context.output.text(&describe(&heard, &joined))
}

async fn watch(joined: &[Known], context: &Context) -> Result<(), CliError> {
    let output = &context.output;
    let mut browser = browse(Options::default())?;
    while let Some(event) = browser.next().await {
        if output.is_json() {
            output.json(&event_to_json(&event, joined))?;
        } else {
            output.text(&event_to_line(&event, joined))?;
        }
    }
    Err(CliError::failed("listening to announcements has ended"))
}

fn event_to_json(event: &DiscoveryEvent, joined: &[Known]) -> Value {
    match event {
        DiscoveryEvent::Found(daemon) => {
            let mut found = to_json(daemon, joined);
            found["event"] = "found".into();
            found
        }
        DiscoveryEvent::Lost(instance) => json!({ "event": "lost", "instance": instance }),
    }
}

fn event_to_line(event: &DiscoveryEvent, joined: &[Known]) -> String {
    match event {
        DiscoveryEvent::Found(daemon) => {
            let [_, id, address, state] = row(daemon, joined);
            let parts = [&daemon.instance, &id, &address, &state];
            let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
            format!("found  {}", parts.join("  ").trim_end())
        }
        DiscoveryEvent::Lost(instance) => format!("lost   {instance}"),
    }
}

fn to_json(daemon: &Daemon, joined: &[Known]) -> Value {
    json!({
        "name": daemon.name,
        "instance": daemon.instance,
        "id_hint": daemon.device_id_prefix,
        "addresses": daemon.addresses,
        "pairing": daemon.pairing,
        "joined": is_joined(daemon, joined),
    })
}

fn describe(heard: &[Daemon], joined: &[Known]) -> String {
    if heard.is_empty() {
        return "No computer is announced on this network.".to_owned();
    }
    let rows: Vec<_> = heard.iter().map(|daemon| row(daemon, joined)).collect();
    table(["NAME", "ID", "ADDRESS", "STATE"], &rows)
}

fn row(daemon: &Daemon, joined: &[Known]) -> [String; 4] {
    let state = [
        (is_joined(daemon, joined), "joined"),
        (daemon.pairing, "pairing"),
    ];
    let state: Vec<&str> = state
        .iter()
        .filter_map(|(holds, word)| holds.then_some(*word))
        .collect();
    let address = daemon.addresses.first();
    [
        daemon.name.clone(),
        daemon.device_id_prefix.clone().unwrap_or_default(),
        address.map(ToString::to_string).unwrap_or_default(),
        state.join(", "),
    ]
}

/// Whether it says that it is one of those this computer was paired with.
fn is_joined(daemon: &Daemon, joined: &[Known]) -> bool {
    let Some(prefix) = &daemon.device_id_prefix else {
        return false;
    };
    joined
        .iter()
        .any(|known| known.id.as_str().starts_with(prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::identity::Identity;
    use expect_test::expect;

    use super::*;
    use crate::hosts::Host;

    fn daemon(name: &str, id: Option<&str>, pairing: bool) -> Daemon {
        Daemon {
            instance: format!("{name} 3f7k"),
            name: name.to_owned(),
            device_id_prefix: id.map(str::to_owned),
            host: "pc.local.".to_owned(),
            addresses: vec!["192.0.2.7:5020".parse().expect("an address")],
            port: 5020,
            pairing,
            version: Some(1),
        }
    }

    fn joined() -> Vec<Known> {
        let keys = *Identity::from_seed(&[1; 64]).public();
        let host = Host {
            name: "study".to_owned(),
            addresses: Vec::new(),
            port: 5020,
            grants: Vec::new(),
            joined_at: 0,
            certificate: None,
            keys,
        };
        let id = keys.id();
        vec![Known { id, host }]
    }

    #[test]
    fn daemons_are_a_table_that_marks_those_joined_and_pairing() {
        let joined = joined();
        let heard = [
            daemon("study", Some(joined[0].id.hint()), true),
            daemon("desk", Some("7777abcd"), false),
            daemon("foreign", None, true),
        ];
        let expected = expect![[r#"
            NAME     ID        ADDRESS         STATE
            study    ef5nhkh3  192.0.2.7:5020  joined, pairing
            desk     7777abcd  192.0.2.7:5020
            foreign            192.0.2.7:5020  pairing"#]];
        expected.assert_eq(&describe(&heard, &joined));
    }

    #[test]
    fn who_comes_and_goes_is_one_line_each() {
        let found = DiscoveryEvent::Found(daemon("desk", Some("7777abcd"), true));
        let lost = DiscoveryEvent::Lost("desk 3f7k".to_owned());
        assert_eq!(
            event_to_line(&found, &[]),
            "found  desk 3f7k  7777abcd  192.0.2.7:5020  pairing"
        );
        assert_eq!(event_to_line(&lost, &[]), "lost   desk 3f7k");
        let json = event_to_json(&found, &joined());
        assert_eq!(
            (&json["event"], &json["joined"]),
            (&"found".into(), &false.into())
        );
    }
}
