//! `deskconn status`: how the daemon is doing.

use std::time::Duration;

use deskconn_protocol::api::daemon::{Component, ComponentState, Status};
use deskconn_protocol::uris;

use crate::context::Context;
use crate::duration::rough;
use crate::error::CliError;
use crate::rpc;
use crate::text::one_line;

/// Show how the daemon is doing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(Args {}: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Status>(&session, uris::DAEMON_STATUS, &()).await
    };
    let status = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return context.output.json(&status);
    }
    context.output.text(&describe(&status))
}

fn describe(status: &Status) -> String {
    let pairing = if status.pairing { "open" } else { "closed" };
    let tls = match &status.tls {
        Some(tls) => format!("key {}", tls.pin),
        None => "off".to_owned(),
    };
    let rows = [
        ("Name", one_line(&status.name)),
        ("Id", status.id.to_string()),
        ("Version", one_line(&status.version)),
        ("Uptime", rough(Duration::from_millis(status.uptime_ms))),
        ("Listening", one_line(&status.listening.join(", "))),
        ("TLS", tls),
        ("Pairing", pairing.to_owned()),
        ("Devices", status.devices.to_string()),
        ("Sessions", status.sessions.to_string()),
    ];
    let rows = rows.iter().map(|(key, value)| format!("{key:9}  {value}"));
    let mut lines: Vec<String> = rows.collect();
    if !status.components.is_empty() {
        lines.push("Components".to_owned());
        lines.extend(status.components.iter().flat_map(component));
    }
    lines.join("\n")
}

/// `slides  running`, or why not and what to do about it.
fn component(component: &Component) -> Vec<String> {
    let state = match component.state {
        ComponentState::Running => "running",
        ComponentState::Idle => "idle",
        ComponentState::Starting => "starting",
        ComponentState::Unavailable => "unavailable",
        ComponentState::Failed => "failed",
        ComponentState::Disabled => "disabled",
    };
    let name = one_line(&component.name);
    let Some(reason) = &component.reason else {
        return vec![format!("  {name}  {state}")];
    };
    match reason.split_once("; hint: ") {
        None => vec![format!("  {name}  {state}: {}", one_line(reason))],
        Some((reason, hint)) => vec![
            format!("  {name}  {state}: {}", one_line(reason)),
            format!(
                "  {:width$}  hint: {}",
                "",
                one_line(hint),
                width = name.chars().count()
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::api::daemon::Tls;
    use deskconn_protocol::pin::Pin;
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_status_tells_what_does_not_run_and_what_to_do() {
        let component = |name: &str, state, reason: Option<&str>| Component {
            name: name.to_owned(),
            state,
            reason: reason.map(str::to_owned),
        };
        let status = Status {
            name: "study-laptop".to_owned(),
            id: "3f7kabcdefghijklmnopqrstuvwxyz23".parse().expect("an id"),
            version: "0.1.0".to_owned(),
            uptime_ms: 11_520_000,
            pairing: false,
            sessions: 3,
            devices: 1,
            listening: vec![
                "tcp://0.0.0.0:5020".to_owned(),
                "unix:///run/user/1000/deskconn/deskconnd.sock".to_owned(),
            ],
            tls: Some(Tls {
                pin: Pin([0xAB; 32]),
                certificate: String::new(),
                urls: Vec::new(),
            }),
            components: vec![
                component("slides", ComponentState::Running, None),
                component(
                    "gpio",
                    ComponentState::Unavailable,
                    Some("there is no /dev/gpiochip0; hint: run this on a Raspberry Pi"),
                ),
                component("screen", ComponentState::Failed, Some("it panicked")),
            ],
        };
        let expected = expect![[r#"
            Name       study-laptop
            Id         3f7kabcdefghijklmnopqrstuvwxyz23
            Version    0.1.0
            Uptime     3 h 12 min
            Listening  tcp://0.0.0.0:5020, unix:///run/user/1000/deskconn/deskconnd.sock
            TLS        key abababababababababababababababababababababababababababababababab
            Pairing    closed
            Devices    1
            Sessions   3
            Components
              slides  running
              gpio  unavailable: there is no /dev/gpiochip0
                    hint: run this on a Raspberry Pi
              screen  failed: it panicked"#]];
        expected.assert_eq(&describe(&status));
    }
}
