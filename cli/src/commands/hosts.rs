//! `deskconn hosts`: the computers this one was paired with.

use serde_json::{Value, json};

use crate::context::Context;
use crate::duration::ago;
use crate::error::CliError;
use crate::hosts::Known;
use crate::pairing_screen::grants;
use crate::table::table;
use crate::timestamp::now;

/// List the computers that were joined, for `--on`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(Args {}: Args, context: &Context) -> Result<(), CliError> {
    let hosts = context.hosts()?.list();
    if context.output.is_json() {
        let hosts: Vec<Value> = hosts.iter().map(to_json).collect();
        return context.output.json(&hosts);
    }
    context.output.text(&describe(&hosts, now()))
}

/// A host as `hosts` and `join` tell programs about it.
pub(crate) fn to_json(known: &Known) -> Value {
    json!({
        "id": known.id,
        "name": known.host.name,
        "addresses": known.host.addresses,
        "port": known.host.port,
        "grants": known.host.grants,
        "joined_at": known.host.joined_at,
        "certificate": known.host.certificate,
    })
}

fn describe(hosts: &[Known], now: u64) -> String {
    if hosts.is_empty() {
        return "This computer has joined no other. `deskconn join` does.".to_owned();
    }
    let row = |known: &Known| {
        let addresses = known.host.addresses();
        [
            known.host.name.clone(),
            known.id.hint().to_owned(),
            addresses
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            grants(&known.host.grants),
            ago(known.host.joined_at, now),
        ]
    };
    let rows: Vec<_> = hosts.iter().map(row).collect();
    table(["NAME", "ID", "ADDRESS", "MAY USE", "JOINED"], &rows)
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::identity::Identity;
    use expect_test::expect;

    use super::*;
    use crate::hosts::Host;

    #[test]
    fn hosts_are_a_table() {
        let keys = *Identity::from_seed(&[1; 64]).public();
        let host = Host {
            name: "study-laptop".to_owned(),
            addresses: vec!["fd00::7".to_owned()],
            port: 5020,
            grants: ["slides", "status"]
                .map(|grant| grant.parse().expect("a grant"))
                .into(),
            joined_at: 1_000_000,
            certificate: None,
            keys,
        };
        let id = keys.id();
        let expected = expect![[r#"
            NAME          ID        ADDRESS         MAY USE         JOINED
            study-laptop  ef5nhkh3  [fd00::7]:5020  slides, status  2 h ago"#]];
        expected.assert_eq(&describe(&[Known { id, host }], 1_007_200));
    }
}
