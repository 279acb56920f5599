//! The scenarios, and the order in which all targets go through them.

use crate::report::{Figure, median};
use crate::scenario::{Door, Entry, Measured, Scenario, Target, Work};
use crate::targets::{Program, Running};
use crate::words::{Match, Serializer};
use std::io::Write;
use std::time::Duration;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Extent {
    /// How often.
    pub rounds: usize,
    /// For how long each time.
    pub duration: Duration,
    /// Only scenarios that have one of these words in their name; none is all.
    pub only: Vec<String>,
}

/// Who is measured.
#[derive(Debug)]
pub enum Subject {
    /// A program that is started for it.
    Program(Program),
    /// A router that runs.
    Running(Target),
}

impl Subject {
    fn name(&self) -> &str {
        match self {
            Self::Program(program) => &program.name,
            Self::Running(target) => &target.name,
        }
    }
}

/// Goes through all scenarios, target by target in each round, so that what else the machine does hits
/// all of them alike.
///
/// # Errors
/// If `log` can not be written. A scenario that fails is noted in its figure.
pub fn run(
    subjects: &[Subject],
    extent: &Extent,
    log: &mut impl Write,
) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for scenario in scenarios() {
        let is_wanted = |word: &String| scenario.name.contains(word.as_str());
        if !extent.only.is_empty() && !extent.only.iter().any(is_wanted) {
            continue;
        }
        figures.extend(measure(&scenario, subjects, extent, log)?);
    }
    Ok(figures)
}

fn measure(
    scenario: &Scenario,
    subjects: &[Subject],
    extent: &Extent,
    log: &mut impl Write,
) -> anyhow::Result<Vec<Figure>> {
    let mut rounds = vec![Vec::new(); subjects.len()];
    let mut failed = vec![None; subjects.len()];
    let mut running = subjects.iter().map(|_| None).collect::<Vec<_>>();
    for _ in 0..extent.rounds {
        for (at, subject) in subjects.iter().enumerate() {
            if failed[at].is_some() {
                continue;
            }
            match round(scenario, subject, &mut running[at], extent) {
                Ok(measured) => rounds[at].extend(measured),
                Err(error) => {
                    failed[at] = Some(format!("{error:#}"));
                    running[at] = None;
                }
            }
        }
    }
    let limit = subjects
        .iter()
        .position(|subject| subject.name() == "relay");
    let limit = limit.map(|at| rounds[at].clone());
    let mut figures = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        if rounds[at].is_empty() && failed[at].is_none() {
            continue;
        }
        let figure = Figure {
            scenario: scenario.name.clone(),
            unit: scenario.unit,
            target: subject.name().to_owned(),
            median: median(&rounds[at]),
            of_limit: limit
                .as_ref()
                .and_then(|limit| ratio(&rounds[at], limit, |m| m.rate)),
            p99_of_limit: limit
                .as_ref()
                .and_then(|limit| ratio(&rounds[at], limit, |m| m.p99)),
            rounds: std::mem::take(&mut rounds[at]),
            failed: failed[at].take(),
        };
        writeln!(log, "{figure}")?;
        figures.push(figure);
    }
    Ok(figures)
}

/// One round with one target, which is started if it does not run; `None` if the scenario is not for it.
fn round(
    scenario: &Scenario,
    subject: &Subject,
    running: &mut Option<Started>,
    extent: &Extent,
) -> anyhow::Result<Option<Measured>> {
    // Memory is looked at in a process that has not grown yet.
    let started = match running.take() {
        Some(started) if !scenario.is_about_memory() => started,
        _ => start(subject)?,
    };
    let target = started.target();
    let measured = match scenario.suits(&target) {
        true => Some(scenario.run(&target, extent.duration)?),
        false => None,
    };
    *running = Some(started);
    Ok(measured)
}

/// The median of the rounds' ratios.
fn ratio(ours: &[Measured], limit: &[Measured], of: impl Fn(&Measured) -> f64) -> Option<f64> {
    let mut ratios = ours
        .iter()
        .zip(limit)
        .map(|(ours, limit)| of(ours) / of(limit))
        .collect::<Vec<_>>();
    ratios.sort_by(f64::total_cmp);
    ratios
        .get(ratios.len() / 2)
        .copied()
        .filter(|ratio| ratio.is_finite())
}

enum Started {
    Ours(Running),
    Given(Target),
}

impl Started {
    fn target(&self) -> Target {
        match self {
            Self::Ours(running) => running.target.clone(),
            Self::Given(target) => target.clone(),
        }
    }
}

fn start(subject: &Subject) -> anyhow::Result<Started> {
    Ok(match subject {
        Subject::Program(program) => Started::Ours(program.start()?),
        Subject::Running(target) => Started::Given(target.clone()),
    })
}

impl Scenario {
    const fn is_about_memory(&self) -> bool {
        matches!(self.work, Work::Sessions { .. } | Work::Entries { .. })
    }
}

/// All of them.
pub fn scenarios() -> Vec<Scenario> {
    use Door::{RawSocket, SecureWebSocket, Unix, WebSocket};
    use Serializer::{Cbor, Json, Msgpack};
    let mut all = vec![
        calls(1, 1, 32, WebSocket, Json),
        calls(4, 16, 32, WebSocket, Json),
        calls(4, 16, 32, WebSocket, Msgpack),
        calls(4, 16, 32, WebSocket, Cbor),
        calls(4, 16, 32, RawSocket, Msgpack),
        calls(4, 16, 32, Unix, Msgpack),
        calls(4, 16, 32, SecureWebSocket, Json),
        calls(4, 4, 64 << 10, SecureWebSocket, Msgpack),
        calls(4, 4, 4 << 10, WebSocket, Json),
        calls(4, 4, 64 << 10, WebSocket, Msgpack),
        calls(1, 1, 1 << 20, WebSocket, Msgpack),
        mixed(),
        events(1, 10, WebSocket, Json),
        events(1, 10, WebSocket, Msgpack),
        events(1, 100, WebSocket, Json),
        events(4, 40, WebSocket, Json),
        slow_reader(),
        Scenario {
            name: "connect, join and leave, ws json".to_owned(),
            unit: "sessions/s",
            door: WebSocket,
            serializer: Json,
            payload: 32,
            work: Work::Churn { at_once: 16 },
        },
    ];
    for count in [10, 1000, 10_000] {
        all.push(Scenario {
            name: format!("{count} idle sessions, one event for all, ws json"),
            unit: "events/s",
            door: WebSocket,
            serializer: Json,
            payload: 32,
            work: Work::Sessions { count },
        });
    }
    for policy in [Match::Exact, Match::Prefix, Match::Wildcard] {
        for count in [10, 1000, 100_000] {
            all.push(entries(Entry::Registration, policy, count));
        }
        for count in [10, 1_000_000] {
            all.push(entries(Entry::Subscription, policy, count));
        }
    }
    all
}

fn calls(
    callers: usize,
    window: usize,
    payload: usize,
    door: Door,
    serializer: Serializer,
) -> Scenario {
    let (name, transport) = (serializer.name(), door.name());
    let octets = octets(payload);
    let name = match (callers, window) {
        (1, 1) => format!("one call at a time, {transport} {name}{octets}"),
        _ => format!("calls {callers} × {window}, {transport} {name}{octets}"),
    };
    Scenario {
        name,
        unit: "calls/s",
        door,
        serializer,
        payload,
        work: Work::Calls {
            callers,
            window,
            callee: serializer,
        },
    }
}

fn octets(payload: usize) -> String {
    match payload {
        32 => String::new(),
        long if long >= 1 << 20 => format!(", {} MiB", long >> 20),
        long => format!(", {} KiB", long >> 10),
    }
}

/// Callers and callees that speak differently.
fn mixed() -> Scenario {
    Scenario {
        name: "calls 4 × 16, ws, from json to msgpack".to_owned(),
        work: Work::Calls {
            callers: 4,
            window: 16,
            callee: Serializer::Msgpack,
        },
        ..calls(4, 16, 32, Door::WebSocket, Serializer::Json)
    }
}

fn events(publishers: usize, subscribers: usize, door: Door, serializer: Serializer) -> Scenario {
    Scenario {
        name: format!(
            "events {publishers} → {subscribers}, {} {}",
            door.name(),
            serializer.name()
        ),
        unit: "deliveries/s",
        door,
        serializer,
        payload: 32,
        work: Work::Events {
            publishers,
            subscribers,
            window: 16,
            slow_reader: false,
        },
    }
}

fn slow_reader() -> Scenario {
    Scenario {
        name: "events 1 → 10 beside one that never reads, ws json".to_owned(),
        work: Work::Events {
            publishers: 1,
            subscribers: 10,
            window: 16,
            slow_reader: true,
        },
        ..events(1, 10, Door::WebSocket, Serializer::Json)
    }
}

fn entries(entry: Entry, policy: Match, count: u32) -> Scenario {
    let (what, unit) = match entry {
        Entry::Registration => ("calls to", "calls/s"),
        Entry::Subscription => ("events of", "events/s"),
    };
    let which = match entry {
        Entry::Registration => "procedures",
        Entry::Subscription => "topics",
    };
    Scenario {
        name: format!("{what} {count} {} {which}, ws msgpack", policy.name()),
        unit,
        door: Door::WebSocket,
        serializer: Serializer::Msgpack,
        payload: 32,
        work: Work::Entries {
            entry,
            policy,
            count,
        },
    }
}
