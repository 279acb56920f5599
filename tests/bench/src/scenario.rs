//! What routers are asked to do.

mod calls;
mod churn;
mod entries;
mod events;
mod sessions;
mod window;

use crate::connection::Connection;
use crate::drive::Drive;
use crate::endpoint::{Address, Endpoint};
use crate::process::Process;
use crate::words::{Match, Message, Serializer, code, heard};
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// For tables: what happens.
    pub name: String,
    /// What is counted.
    pub unit: &'static str,
    /// Over which transport.
    pub door: Door,
    /// In which encoding; the callee's, where sides differ, is in [`Work`].
    pub serializer: Serializer,
    /// The length of the argument of each message, in octets.
    pub payload: usize,
    /// What is done.
    pub work: Work,
}

/// What is done.
#[derive(Clone, Debug)]
pub enum Work {
    /// Each caller has a callee of its own and so many calls to it in flight.
    Calls {
        /// How many callers.
        callers: usize,
        /// How many calls of each are in flight.
        window: usize,
        /// What the callees speak.
        callee: Serializer,
    },
    /// Every event goes to every subscriber.
    Events {
        /// How many publishers.
        publishers: usize,
        /// How many subscribers.
        subscribers: usize,
        /// How many publications of each are in flight.
        window: usize,
        /// Whether there is one more subscriber, which never reads.
        slow_reader: bool,
    },
    /// Connections that join, leave and come again.
    Churn {
        /// How many at a time.
        at_once: usize,
    },
    /// Sessions that do nothing, until one event comes for all.
    Sessions {
        /// How many.
        count: usize,
    },
    /// So many procedures or topics of one session, each used at random.
    Entries {
        /// Of which kind.
        entry: Entry,
        /// How they match.
        policy: Match,
        /// How many.
        count: u32,
    },
}

/// What a session can have many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Procedures.
    Registration,
    /// Topics.
    Subscription,
}

/// By which transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Door {
    /// WebSocket over TCP.
    WebSocket,
    /// WebSocket over TLS.
    SecureWebSocket,
    /// RawSocket over TCP.
    RawSocket,
    /// RawSocket over a Unix socket.
    Unix,
}

impl Door {
    /// The one that a URL leads to.
    pub const fn of(endpoint: &Endpoint) -> Self {
        match (&endpoint.address, &endpoint.path) {
            (_, Some(_)) if endpoint.is_tls => Self::SecureWebSocket,
            (_, Some(_)) => Self::WebSocket,
            (Address::Tcp(_), None) => Self::RawSocket,
            (Address::Unix(_), None) => Self::Unix,
        }
    }

    /// For tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "ws",
            Self::SecureWebSocket => "wss",
            Self::RawSocket => "RawSocket",
            Self::Unix => "Unix socket",
        }
    }
}

/// A router that runs, or the relay.
#[derive(Clone, Debug)]
pub struct Target {
    /// For tables.
    pub name: String,
    /// Where it is reached.
    pub endpoints: BTreeMap<Door, Endpoint>,
    /// What it can encode.
    pub serializers: Vec<Serializer>,
    /// The realm to join; `None` is the relay.
    pub realm: Option<String>,
    /// Its process, to see what it costs.
    pub process: Option<Process>,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measured {
    /// Operations per second.
    pub rate: f64,
    /// How long operations took, in microseconds: half, 90 %, 99 % and 99.9 % of them no longer.
    pub p50: f64,
    /// See `p50`.
    pub p90: f64,
    /// See `p50`.
    pub p99: f64,
    /// See `p50`.
    pub p999: f64,
    /// The router's processor time for each operation, in microseconds.
    pub cpu: Option<f64>,
    /// The router's memory at the end, in mebioctets.
    pub resident: Option<f64>,
    /// What else there is to say, by its name.
    pub more: BTreeMap<&'static str, f64>,
}

/// What a connection is there for.
#[derive(Clone, Copy, Debug)]
enum Part {
    Caller(usize),
    Callee(usize),
    Publisher,
    Subscriber,
}

impl Scenario {
    /// Whether `target` can be asked for it at all.
    pub fn suits(&self, target: &Target) -> bool {
        let callee = match self.work {
            Work::Calls { callee, .. } => callee,
            _ => self.serializer,
        };
        let speaks = |serializer| target.serializers.contains(&serializer);
        let is_relayed = !matches!(self.work, Work::Entries { .. });
        target.endpoints.contains_key(&self.door)
            && speaks(self.serializer)
            && speaks(callee)
            && (is_relayed || target.realm.is_some())
    }

    /// Does it for `duration`, where it has no end of its own.
    ///
    /// # Errors
    /// If the router does not do what it should, or loses, repeats or reorders something.
    pub fn run(&self, target: &Target, duration: Duration) -> anyhow::Result<Measured> {
        match self.work {
            Work::Calls { .. } => calls::run(self, target, duration),
            Work::Events { .. } => events::run(self, target, duration),
            Work::Churn { at_once } => churn::run(self, target, at_once, duration),
            Work::Sessions { count } => sessions::run(self, target, count),
            Work::Entries {
                entry,
                policy,
                count,
            } => entries::run(self, target, (entry, policy, count), duration),
        }
    }
}

impl Target {
    fn endpoint(&self, door: Door) -> anyhow::Result<&Endpoint> {
        self.endpoints
            .get(&door)
            .with_context(|| format!("{} has no {door:?}", self.name))
    }

    /// What the relay is told in place of HELLO.
    const fn is_relay(&self) -> bool {
        self.realm.is_none()
    }

    /// Connects and joins; gives the number of the connection.
    fn join(
        &self,
        drive: &mut Drive,
        door: Door,
        serializer: Serializer,
        part: Part,
    ) -> anyhow::Result<usize> {
        let opened = self.endpoint(door)?.open(serializer)?;
        let number = drive.add(Connection::from(opened))?;
        let Some(realm) = &self.realm else {
            let place = match part {
                Part::Caller(pipe) => format!("caller {pipe}"),
                Part::Callee(pipe) => format!("callee {pipe}"),
                Part::Publisher => "publisher 0".to_owned(),
                Part::Subscriber => "subscriber 0".to_owned(),
            };
            drive.ask(number, place.as_bytes())?;
            return Ok(number);
        };
        let hello = Message::hello(serializer, realm);
        expect(
            serializer,
            &drive.ask(number, hello.octets())?,
            code::WELCOME,
        )?;
        Ok(number)
    }

    /// Registers or subscribes, which the relay does not do.
    fn enter(
        &self,
        drive: &mut Drive,
        number: usize,
        serializer: Serializer,
        (entry, uri): (Entry, &str),
    ) -> anyhow::Result<()> {
        if self.is_relay() {
            return Ok(());
        }
        let (message, answer) = match entry {
            Entry::Registration => (
                Message::register(serializer, 1, uri, Match::Exact),
                code::REGISTERED,
            ),
            Entry::Subscription => (
                Message::subscribe(serializer, 1, uri, Match::Exact),
                code::SUBSCRIBED,
            ),
        };
        expect(serializer, &drive.ask(number, message.octets())?, answer)
    }
}

/// Fails if a message is of another type.
fn expect(serializer: Serializer, frame: &[u8], code: u64) -> anyhow::Result<()> {
    match heard(serializer, frame) {
        Some(heard) if heard.code == code => Ok(()),
        _ => bail!(
            "instead of a message {code}: {}",
            String::from_utf8_lossy(frame)
        ),
    }
}

/// A message that should not have come.
fn unexpected(frame: &[u8]) -> anyhow::Error {
    let start = &frame[..frame.len().min(200)];
    anyhow::anyhow!("not what was sent: {}", String::from_utf8_lossy(start))
}
