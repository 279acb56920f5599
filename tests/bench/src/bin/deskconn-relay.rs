//! Relays frames between the connections of the benchmark.

use deskconn_bench::relay::Relay;
use std::io::Write;
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let unix = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("relay.sock"), PathBuf::from);
    let relay = Relay::bind(&unix)?;
    let mut out = std::io::stdout();
    writeln!(out, "tcp {}", relay.address()?)?;
    out.flush()?;
    relay.run()
}
