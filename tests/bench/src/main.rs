//! Measures routers: ours, those of others that are installed, or one that runs.

use anyhow::Context;
use clap::Parser;
use deskconn_bench::endpoint::Endpoint;
use deskconn_bench::plot::{Shown, bars};
use deskconn_bench::process::Process;
use deskconn_bench::report::{Machine, Report, table};
use deskconn_bench::scenario::{Door, Target};
use deskconn_bench::suite::{Extent, Subject, run, scenarios};
use deskconn_bench::targets::{self, Program};
use deskconn_bench::words::Serializer;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Measures WAMP routers: how fast they are, how long they take, what they cost, and what a bare relay
/// with the same sockets takes in the same run.
#[derive(Debug, Parser)]
struct Args {
    /// Only scenarios with this in their name; may be given several times.
    #[arg(long)]
    only: Vec<String>,
    /// How often each is measured; medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// For how many seconds each time.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Measures the router at this URL in place of those that it would start: ws://HOST:PORT/PATH,
    /// wss://HOST:PORT/PATH, rs://HOST:PORT, ws+unix:///PATH or rs+unix:///PATH; once for each transport.
    #[arg(long)]
    url: Vec<Endpoint>,
    /// The realm to join there.
    #[arg(long, default_value = targets::REALM)]
    realm: String,
    /// The router's process, to see what it costs.
    #[arg(long)]
    pid: Option<u32>,
    /// Where other routers are installed.
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Where bench.json, bench.md and pictures are written.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Lists the scenarios.
    #[arg(long)]
    list: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut screen = std::io::stdout();
    if args.list {
        for scenario in scenarios() {
            writeln!(screen, "{}", scenario.name)?;
        }
        return Ok(());
    }
    take_all_handles()?;
    let extent = Extent {
        rounds: args.rounds.max(1),
        duration: Duration::try_from_secs_f64(args.seconds).context("--seconds")?,
        only: args.only.clone(),
    };
    let figures = run(&subjects(&args)?, &extent, &mut screen)?;
    let table = table(&figures);
    writeln!(screen, "\n{table}")?;
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out)?;
        std::fs::write(out.join("bench.md"), table)?;
        let speed = bars("How fast: longer is better", &figures, Shown::Rate);
        std::fs::write(out.join("rate.svg"), speed)?;
        let cost = bars(
            "Processor time of the router for each operation: shorter is better",
            &figures,
            Shown::Cpu,
        );
        std::fs::write(out.join("cpu.svg"), cost)?;
        let report = Report {
            machine: Machine::here(),
            figures,
        };
        std::fs::write(out.join("bench.json"), serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}

fn subjects(args: &Args) -> anyhow::Result<Vec<Subject>> {
    let mut subjects = vec![Program::relay(targets::beside_us("deskconn-relay")?)];
    if !args.url.is_empty() {
        let endpoints = args.url.iter().map(|url| (Door::of(url), url.clone()));
        let given = Target {
            name: "router".to_owned(),
            endpoints: endpoints.collect::<BTreeMap<_, _>>(),
            serializers: vec![Serializer::Json, Serializer::Msgpack, Serializer::Cbor],
            realm: Some(args.realm.clone()),
            process: args.pid.map(Process::new),
        };
        let relay = subjects.into_iter().map(Subject::Program);
        return Ok(relay.chain([Subject::Running(given)]).collect());
    }
    subjects.push(Program::deskconnd(targets::beside_us("deskconnd")?));
    if let Some(folder) = &args.peers {
        subjects.extend(targets::peers(folder));
    }
    Ok(subjects.into_iter().map(Subject::Program).collect())
}

/// Ten thousand connections are ten thousand handles, here and in the routers that are started.
fn take_all_handles() -> anyhow::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    Ok(setrlimit(Resource::Nofile, all)?)
}
