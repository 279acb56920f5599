//! Lists the daemons on the network as they come, change and go: `browse [INTERFACE…]`. Ends when stdin does.

use std::io::{self, Write};

use deskconn_discovery::{Daemon, DiscoveryEvent, Options, browse};
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let options = Options {
        interfaces: std::env::args().skip(1).collect(),
        loopback: false,
    };
    let mut browser =
        browse(options).map_err(|error| format!("{error}, hint: {}", error.hint()))?;
    say("browsing")?;
    let mut input = tokio::io::stdin();
    let mut byte = [0];
    loop {
        tokio::select! {
            event = browser.next() => match event {
                Some(DiscoveryEvent::Found(daemon)) => say(&describe(&daemon))?,
                Some(DiscoveryEvent::Lost(instance)) => say(&format!("lost instance={instance:?}"))?,
                None => return Ok(()),
            },
            read = input.read(&mut byte) => if read? == 0 { return Ok(()) },
        }
    }
}

fn describe(daemon: &Daemon) -> String {
    let addresses: Vec<String> = daemon.addresses.iter().map(ToString::to_string).collect();
    format!(
        "found instance={:?} name={:?} id={} version={} pairing={} addresses={}",
        daemon.instance,
        daemon.name,
        daemon.device_id_prefix.as_deref().unwrap_or("-"),
        daemon
            .version
            .map_or_else(|| "-".to_owned(), |v| v.to_string()),
        daemon.pairing,
        addresses.join(","),
    )
}

fn say(line: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
