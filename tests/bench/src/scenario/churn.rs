//! Connections that join, leave and come again.

use super::window::Window;
use super::{Measured, Scenario, Target, expect};
use crate::connection::{Connection, Output, Progress, Scratch};
use crate::endpoint::{Endpoint, answered};
use crate::stream::Stream;
use crate::words::{Message, Serializer, code};
use anyhow::{Context, bail};
use mio::{Events, Interest, Poll, Token};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// How long nothing may come before a connection counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection on its way through a session.
struct Visit {
    began: Instant,
    stage: Stage,
}

enum Stage {
    /// The handshake is still to be sent, or to be answered.
    Opening {
        stream: Stream,
        has_asked: bool,
        heard: Vec<u8>,
    },
    /// HELLO was sent.
    Joining(Connection),
    /// GOODBYE was sent.
    Leaving(Connection),
    /// GOODBYE was answered.
    Over,
}

/// What every visit says.
struct Words {
    serializer: Serializer,
    handshake: Vec<u8>,
    hello: Message,
    goodbye: Message,
    is_relay: bool,
}

pub(super) fn run(
    scenario: &Scenario,
    target: &Target,
    at_once: usize,
    duration: Duration,
) -> anyhow::Result<Measured> {
    let endpoint = target.endpoint(scenario.door)?;
    let serializer = scenario.serializer;
    let words = Words {
        serializer,
        handshake: endpoint.handshake(serializer),
        hello: Message::hello(serializer, target.realm.as_deref().unwrap_or_default()),
        goodbye: Message::goodbye(serializer),
        is_relay: target.is_relay(),
    };
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut scratch = Scratch::default();
    let mut measuring = Window::new(duration);
    let mut visits = Vec::new();
    for number in 0..at_once {
        visits.push(Some(begin(endpoint, &poll, number)?));
    }
    while visits.iter().any(Option::is_some) {
        poll.poll(&mut events, Some(PATIENCE))?;
        if events.is_empty() {
            bail!("nothing came for {} s", PATIENCE.as_secs());
        }
        for event in &events {
            let Token(number) = event.token();
            let Some(Some(visit)) = visits.get_mut(number) else {
                continue;
            };
            visit.advance(endpoint, &words, &mut scratch)?;
            if let Stage::Over = visit.stage {
                measuring.count(visit.began, Instant::now());
                visits[number] = match measuring.goes_on(target) {
                    true => Some(begin(endpoint, &poll, number)?),
                    false => None,
                };
            }
        }
    }
    Ok(measuring.measured(target))
}

fn begin(endpoint: &Endpoint, poll: &Poll, number: usize) -> anyhow::Result<Visit> {
    let began = Instant::now();
    let mut stream = endpoint.begin().context("connecting")?;
    let interest = Interest::READABLE | Interest::WRITABLE;
    poll.registry()
        .register(&mut stream, Token(number), interest)?;
    Ok(Visit {
        began,
        stage: Stage::Opening {
            stream,
            has_asked: false,
            heard: Vec::new(),
        },
    })
}

impl Visit {
    /// Does what can be done without waiting.
    fn advance(
        &mut self,
        endpoint: &Endpoint,
        words: &Words,
        scratch: &mut Scratch,
    ) -> anyhow::Result<()> {
        loop {
            let (stage, goes_on) = match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Opening {
                    stream,
                    has_asked,
                    heard,
                } => open(stream, has_asked, heard, endpoint, words)?,
                Stage::Joining(mut connection) => {
                    let joined =
                        words.hear(&mut connection, scratch, code::WELCOME, &words.goodbye)?;
                    match joined {
                        true => (Stage::Leaving(connection), true),
                        false => (Stage::Joining(connection), false),
                    }
                }
                Stage::Leaving(mut connection) => {
                    match words.hear(&mut connection, scratch, code::GOODBYE, &words.goodbye)? {
                        true => (Stage::Over, false),
                        false => (Stage::Leaving(connection), false),
                    }
                }
                Stage::Over => (Stage::Over, false),
            };
            self.stage = stage;
            if !goes_on {
                return Ok(());
            }
        }
    }
}

/// Goes on with a handshake; says whether there may be more to do.
fn open(
    mut stream: Stream,
    mut has_asked: bool,
    mut heard: Vec<u8>,
    endpoint: &Endpoint,
    words: &Words,
) -> anyhow::Result<(Stage, bool)> {
    if !has_asked {
        match stream.write(&words.handshake) {
            Ok(_) => has_asked = true,
            // It is not connected yet.
            Err(error)
                if [ErrorKind::WouldBlock, ErrorKind::NotConnected].contains(&error.kind()) => {}
            Err(error) => return Err(error).context("connecting"),
        }
    }
    let mut room = [0; 1024];
    match stream.read(&mut room) {
        Ok(0) => bail!("the connection ended while it opened"),
        Ok(read) => heard.extend_from_slice(&room[..read]),
        Err(error) if [ErrorKind::WouldBlock, ErrorKind::NotConnected].contains(&error.kind()) => {}
        Err(error) => return Err(error).context("opening"),
    }
    let framing = endpoint.framing();
    if answered(framing, &heard)?.is_none() {
        return Ok((
            Stage::Opening {
                stream,
                has_asked,
                heard,
            },
            false,
        ));
    }
    let mut connection = Connection::new(stream, framing, words.serializer);
    let hello = if words.is_relay {
        b"echo 0"
    } else {
        words.hello.octets()
    };
    connection.output.message(&[hello]);
    connection.flush()?;
    Ok((Stage::Joining(connection), true))
}

impl Words {
    /// Reads; says whether a message of type `code` has come, and then says `reply` if that is WELCOME.
    fn hear(
        &self,
        connection: &mut Connection,
        scratch: &mut Scratch,
        code: u64,
        reply: &Message,
    ) -> anyhow::Result<bool> {
        let mut has_come = false;
        let on = |frame: &[u8], output: &mut Output| {
            if !self.is_relay {
                expect(self.serializer, frame, code)?;
            }
            has_come = true;
            if code == code::WELCOME {
                output.message(&[reply.octets()]);
            }
            Ok(())
        };
        if connection.receive(scratch, on)? == Progress::End && !has_come {
            bail!("the connection ended before message {code}");
        }
        connection.flush()?;
        Ok(has_come)
    }
}
