//! `deskconn devices`: the devices that were paired.

use std::time::{SystemTime, UNIX_EPOCH};

use deskconn_protocol::api::daemon::{Device, Devices};
use deskconn_protocol::uris;

use crate::context::Context;
use crate::duration::ago;
use crate::error::CliError;
use crate::pairing_screen::{grants, kind};
use crate::rpc;
use crate::table::table;

/// List the paired devices and what they may do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(Args {}: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Devices>(&session, uris::DAEMON_DEVICES, &()).await
    };
    let Devices { devices } = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return context.output.json(&devices);
    }
    context.output.text(&describe(&devices, now()))
}

/// The time in seconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn describe(devices: &[Device], now: u64) -> String {
    if devices.is_empty() {
        return "No device is paired. `deskconn pair` pairs one.".to_owned();
    }
    let row = |device: &Device| {
        let seen = match (device.connected, device.last_seen) {
            (true, _) => "here now".to_owned(),
            (false, Some(then)) => ago(then, now),
            (false, None) => "not yet".to_owned(),
        };
        [
            device.profile.name.clone(),
            device.id.hint().to_owned(),
            kind(device.profile.kind).to_owned(),
            grants(&device.grants),
            ago(device.paired_at, now),
            seen,
        ]
    };
    let rows: Vec<_> = devices.iter().map(row).collect();
    table(["NAME", "ID", "KIND", "MAY USE", "PAIRED", "SEEN"], &rows)
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::grants::Grant;
    use deskconn_protocol::profile::{DeviceKind, Profile};
    use expect_test::expect;

    use super::*;

    #[test]
    fn devices_are_a_table() {
        let device = |id: &str, name: &str, kind, last_seen, connected| Device {
            id: format!("{id:a<32}").parse().expect("an id"),
            profile: Profile::new(name, "", "", kind),
            grants: Grant::defaults(),
            paired_at: 1_000_000,
            last_seen,
            connected,
        };
        let devices = [
            device("3f7k", "Zoë’s phone", DeviceKind::Phone, None, true),
            device("7777", "desk", DeviceKind::Cli, Some(1_003_000), false),
            device("aaaa", "tablet", DeviceKind::Web, None, false),
        ];
        let expected = expect![[r#"
            NAME         ID        KIND          MAY USE         PAIRED   SEEN
            Zoë’s phone  3f7kaaaa  phone         slides, status  2 h ago  here now
            desk         7777aaaa  command line  slides, status  2 h ago  1 h ago
            tablet       aaaaaaaa  web page      slides, status  2 h ago  not yet"#]];
        expected.assert_eq(&describe(&devices, 1_007_200));
    }

    #[test]
    fn no_device_is_told_in_words() {
        let expected = expect!["No device is paired. `deskconn pair` pairs one."];
        expected.assert_eq(&describe(&[], 0));
    }
}
