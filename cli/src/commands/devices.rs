//! `deskconn devices`: the devices that were paired.

mod add;
mod certificate;

use std::time::Duration;

use deskconn_protocol::api::daemon::{Device, Devices};
use deskconn_protocol::grants::Grants;
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::uris;
use wamp_client::Session;

use crate::context::Context;
use crate::duration::{ago, rough};
use crate::error::CliError;
use crate::output::Output;
use crate::pairing_screen::{about, grants, kind};
use crate::rpc;
use crate::select::{Named, select};
use crate::table::table;
use crate::text::one_line;
use crate::timestamp::now;

/// List the paired devices and what they may do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show all there is to know of one device.
    Show {
        /// The device: its name, or the beginning of its id.
        device: String,
    },
    Add(add::Args),
    Certificate(certificate::Args),
}

impl Named for Device {
    fn id(&self) -> &DeviceId {
        &self.id
    }

    fn name(&self) -> &str {
        &self.profile.name
    }
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    match args.what {
        None => list(context).await,
        Some(What::Show { device }) => show(&device, context).await,
        Some(What::Add(args)) => add::run(args, context).await,
        Some(What::Certificate(args)) => certificate::run(args, context).await,
    }
}

/// The paired device that `wanted` names.
///
/// # Errors
///
/// If there is none or more than one, or the daemon does not answer.
pub(crate) async fn find(session: &Session, wanted: &str) -> Result<Device, CliError> {
    let Devices { devices } = rpc::ask(session, uris::DAEMON_DEVICES, &()).await?;
    select(&devices, wanted, "device").cloned()
}

/// Prints what there is to know of a device.
///
/// # Errors
///
/// If nobody reads it.
pub(crate) fn describe_one(device: &Device, output: &Output) -> Result<(), CliError> {
    if output.is_json() {
        return output.json(device);
    }
    output.text(&card(device, now()))
}

async fn list(context: &Context) -> Result<(), CliError> {
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

async fn show(wanted: &str, context: &Context) -> Result<(), CliError> {
    let work = async { find(&context.session().await?, wanted).await };
    let device = context.unless_interrupted(work).await?;
    describe_one(&device, &context.output)
}

fn describe(devices: &[Device], now: u64) -> String {
    if devices.is_empty() {
        return "No device is paired. `deskconn pair` pairs one.".to_owned();
    }
    let row = |device: &Device| {
        [
            device.profile.name.clone(),
            device.id.hint().to_owned(),
            kind(device.profile.kind).to_owned(),
            grants(device.grants.names()),
            ago(device.paired_at, now),
            seen(device, now),
            device.until.map_or_else(String::new, |end| left(end, now)),
        ]
    };
    let rows: Vec<_> = devices.iter().map(row).collect();
    table(
        ["NAME", "ID", "KIND", "MAY USE", "PAIRED", "SEEN", "ENDS"],
        &rows,
    )
}

fn card(device: &Device, now: u64) -> String {
    let profile = &device.profile;
    let end = device.until.map(|end| left(end, now));
    let mut rows = vec![
        ("Name", profile.name.clone()),
        ("Id", device.id.to_string()),
        ("Kind", about(profile)),
        ("Paired", ago(device.paired_at, now)),
        ("Seen", seen(device, now)),
        ("Ends", end.unwrap_or_else(|| "not by itself".to_owned())),
    ];
    if let Some(pin) = device.certificate {
        rows.push(("Shows", format!("a certificate of the key {pin}")));
    }
    let mut label = "May use";
    for grant in each_grant(&device.grants, now) {
        rows.push((std::mem::take(&mut label), grant));
    }
    let lines = rows
        .iter()
        .map(|(label, text)| format!("{label:7}  {}", one_line(text)));
    lines.collect::<Vec<_>>().join("\n")
}

fn each_grant(grants: &Grants, now: u64) -> Vec<String> {
    if grants.is_empty() {
        return vec!["nothing".to_owned()];
    }
    let each = grants.iter().map(|(grant, until)| match until {
        Some(end) => format!("{grant}, ends {}", left(end, now)),
        None => grant.to_string(),
    });
    each.collect()
}

fn seen(device: &Device, now: u64) -> String {
    match (device.connected, device.last_seen) {
        (true, _) => "here now".to_owned(),
        (false, Some(then)) => ago(then, now),
        (false, None) => "not yet".to_owned(),
    }
}

/// How long before `end` it is, both in seconds since 1970: `in 3 h 12 min`.
fn left(end: u64, now: u64) -> String {
    match end.saturating_sub(now) {
        0 => "now".to_owned(),
        seconds => format!("in {}", rough(Duration::from_secs(seconds))),
    }
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::grants::Grant;
    use deskconn_protocol::pin::Pin;
    use deskconn_protocol::profile::{DeviceKind, Profile};
    use expect_test::expect;

    use super::*;

    #[test]
    fn devices_are_a_table() {
        let device = |id: &str, name: &str, kind, last_seen, connected| Device {
            id: format!("{id:a<32}").parse().expect("an id"),
            profile: Profile::new(name, "", "", kind),
            grants: ["slides", "status"]
                .map(|grant| grant.parse::<Grant>().expect("a grant"))
                .into_iter()
                .collect(),
            paired_at: 1_000_000,
            until: (kind == DeviceKind::Web).then_some(1_043_200),
            last_seen,
            connected,
            certificate: None,
        };
        let devices = [
            device("3f7k", "Zoë’s phone", DeviceKind::Phone, None, true),
            device("7777", "desk", DeviceKind::Cli, Some(1_003_000), false),
            device("aaaa", "tablet", DeviceKind::Web, None, false),
        ];
        let expected = expect![[r#"
            NAME         ID        KIND          MAY USE         PAIRED   SEEN      ENDS
            Zoë’s phone  3f7kaaaa  phone         slides, status  2 h ago  here now
            desk         7777aaaa  command line  slides, status  2 h ago  1 h ago
            tablet       aaaaaaaa  web page      slides, status  2 h ago  not yet   in 10 h 0 min"#]];
        expected.assert_eq(&describe(&devices, 1_007_200));
    }

    #[test]
    fn one_device_is_shown_with_the_end_of_each_grant() {
        let mut device = Device {
            id: "3f7kabcdefghijklmnopqrstuvwxyz23".parse().expect("an id"),
            profile: Profile::new(
                "Zoë’s phone",
                "Android 16",
                "Fairphone 5",
                DeviceKind::Phone,
            ),
            grants: ["slides", "status"]
                .map(|grant| grant.parse::<Grant>().expect("a grant"))
                .into_iter()
                .collect(),
            paired_at: 1_000_000,
            until: None,
            last_seen: None,
            connected: true,
            certificate: Some(Pin([0xAB; 32])),
        };
        let register: Grant = "register:com.example.".parse().expect("a grant");
        device.grants.add(register, Some(1_010_000));
        expect![[r#"
            Name     Zoë’s phone
            Id       3f7kabcdefghijklmnopqrstuvwxyz23
            Kind     phone, Fairphone 5, Android 16
            Paired   2 h ago
            Seen     here now
            Ends     not by itself
            Shows    a certificate of the key abababababababababababababababababababababababababababababababab
            May use  register:com.example., ends in 46 min 40 s
                     slides
                     status"#]]
        .assert_eq(&card(&device, 1_007_200));
        device.grants = Grants::default();
        device.until = Some(1_043_200);
        expect![[r#"
            Name     Zoë’s phone
            Id       3f7kabcdefghijklmnopqrstuvwxyz23
            Kind     phone, Fairphone 5, Android 16
            Paired   2 h ago
            Seen     here now
            Ends     in 10 h 0 min
            Shows    a certificate of the key abababababababababababababababababababababababababababababababab
            May use  nothing"#]]
        .assert_eq(&card(&device, 1_007_200));
    }

    #[test]
    fn no_device_is_told_in_words() {
        let expected = expect!["No device is paired. `deskconn pair` pairs one."];
        expected.assert_eq(&describe(&[], 0));
    }
}
