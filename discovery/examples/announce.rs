//! Announces a daemon: `announce NAME DEVICE_ID PORT [INTERFACE…]`, told on stdin to `open` or `close` its pairing window.
//!
//! Prints each change of its status on a line. Ends with a goodbye when stdin does.

use std::io::{self, Write};

use deskconn_discovery::{Advertiser, Announcement, Options, Status};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(device_id), Some(port)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: announce NAME DEVICE_ID PORT [INTERFACE…]".into());
    };
    let announcement = Announcement {
        name,
        device_id,
        port: port.parse()?,
        pairing: false,
    };
    let options = Options {
        interfaces: arguments.collect(),
        loopback: false,
    };
    let mut advertiser = Advertiser::start(announcement, options)
        .await
        .map_err(|error| format!("{error}, hint: {}", error.hint()))?;
    say(&describe(&advertiser.status()))?;

    let mut commands = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            status = advertiser.changed() => say(&describe(&status))?,
            command = commands.next_line() => match command?.as_deref() {
                Some("open") => advertiser.set_pairing(true),
                Some("close") => advertiser.set_pairing(false),
                Some(other) => say(&format!("no such command: {other}"))?,
                None => break,
            },
        }
    }
    advertiser.shutdown().await;
    say("gone")
}

fn describe(status: &Status) -> String {
    match status {
        Status::Starting(backend) => format!("starting backend={backend:?}"),
        Status::Announced { backend, instance } => {
            format!("announced backend={backend:?} instance={instance:?}")
        }
        other => format!("{other:?}"),
    }
}

fn say(line: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
