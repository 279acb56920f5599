//! `deskconn devices add`: letting a WAMP client in that can not pair.

use std::path::PathBuf;

use deskconn_protocol::api::daemon::{AddDevice, Device, Status, Tls};
use deskconn_protocol::api::grants::Lasting;
use deskconn_protocol::identity::VerifyingKey;
use deskconn_protocol::uris;
use serde_json::json;

use super::card;
use crate::context::Context;
use crate::duration;
use crate::error::CliError;
use crate::pem;
use crate::rpc;
use crate::timestamp::now;

/// Let a WAMP client in that can not pair, by a key or a certificate of its own.
///
/// It comes over TLS and joins the realm `deskconn`: by `cryptosign` with that key, or by `tls` with that
/// certificate. Make a key for this computer alone: another one that is shown the same key could pass its
/// signature on.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("known_by").required(true).multiple(true))]
pub(crate) struct Args {
    /// What to call it.
    name: String,

    /// Its Ed25519 public key, in hexadecimal.
    #[arg(long, value_name = "HEX", group = "known_by")]
    key: Option<VerifyingKey>,

    /// A file with its certificate, in PEM.
    #[arg(long, value_name = "FILE", group = "known_by")]
    certificate: Option<PathBuf>,

    /// What it may do, instead of what every device may; several times for several.
    #[arg(long = "grant", value_name = "GRANT")]
    grants: Vec<String>,

    /// How long it stays, as 8h or 7d; `forever` if it is until you remove it [default: forever].
    #[arg(long = "for", value_name = "TIME", value_parser = duration::lasting)]
    lasting: Option<Lasting>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    let certificate = args.certificate.as_deref().map(pem::pin).transpose()?;
    let add = AddDevice {
        name: args.name,
        key: args.key,
        certificate,
        grants: Some(args.grants).filter(|grants| !grants.is_empty()),
        lasting: args.lasting,
    };
    let work = async {
        let session = context.session().await?;
        let device: Device = rpc::ask(&session, uris::DAEMON_ADD_DEVICE, &add).await?;
        let status: Status = rpc::ask(&session, uris::DAEMON_STATUS, &()).await?;
        Ok::<_, CliError>((device, status.tls))
    };
    let (device, tls) = context.unless_interrupted(work).await?;
    let methods = methods(&add);
    if context.output.is_json() {
        let mut added = json!(device);
        added["authmethods"] = json!(methods);
        added["urls"] = json!(tls.as_ref().map_or(&[][..], |tls| &tls.urls));
        return context.output.json(&added);
    }
    let way = way_in(&device, &methods, tls.as_ref());
    context
        .output
        .text(&format!("{}\n\n{way}", card(&device, now())))
}

fn methods(add: &AddDevice) -> Vec<&'static str> {
    let key = add.key.map(|_| "cryptosign");
    let certificate = add.certificate.map(|_| "tls");
    key.into_iter().chain(certificate).collect()
}

/// How the client connects.
fn way_in(device: &Device, methods: &[&str], tls: Option<&Tls>) -> String {
    let Some(tls) = tls else {
        return "This computer speaks no TLS, so it can not come in yet: set `enabled = true` in [listen.tls]"
            .to_owned();
    };
    let mut lines = vec!["It connects so:".to_owned()];
    for url in &tls.urls {
        let raw = url.replace("wss://", "rss://").replace("/ws", "");
        lines.push(format!(
            "  URL          {url} (WebSocket), {raw} (RawSocket)"
        ));
    }
    lines.push(format!("  Realm        {}", uris::REALM));
    lines.push(format!("  Auth id      {}", device.id));
    lines.push(format!("  Auth method  {}", methods.join(" or ")));
    lines.push(format!("  Trusts       the key {}", tls.pin));
    lines.push(
        "It must check that this is the computer it meets: `deskconn certificate` prints the certificate to trust."
            .to_owned(),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::grants::Grants;
    use deskconn_protocol::pin::Pin;
    use deskconn_protocol::profile::{DeviceKind, Profile};
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_way_in_is_all_that_a_client_needs_to_be_told() {
        let device = Device {
            id: "3f7kabcdefghijklmnopqrstuvwxyz23".parse().expect("an id"),
            profile: Profile::new("robot", "", "", DeviceKind::Other),
            grants: Grants::default(),
            paired_at: 0,
            until: None,
            last_seen: None,
            connected: false,
            certificate: None,
        };
        let tls = Tls {
            pin: Pin([0xAB; 32]),
            certificate: String::new(),
            urls: vec!["wss://192.0.2.7:5020/ws".to_owned()],
        };
        expect![[r#"
            It connects so:
              URL          wss://192.0.2.7:5020/ws (WebSocket), rss://192.0.2.7:5020 (RawSocket)
              Realm        deskconn
              Auth id      3f7kabcdefghijklmnopqrstuvwxyz23
              Auth method  cryptosign or tls
              Trusts       the key abababababababababababababababababababababababababababababababab
            It must check that this is the computer it meets: `deskconn certificate` prints the certificate to trust."#]]
        .assert_eq(&way_in(&device, &["cryptosign", "tls"], Some(&tls)));
        let off = way_in(&device, &["tls"], None);
        assert!(off.contains("[listen.tls]"), "{off}");
    }
}
