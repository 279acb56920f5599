//! The keeper itself, without sockets and clocks: which lines it holds, and what is due when.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use deskconn_component::Unavailable;

use super::messages::{Action, Command, Report, State};
use super::wave::{Playing, Step};
use crate::{Line, LineName, Pins};

/// Holds lines, and drives every output to its safe state when it is dropped.
#[derive(Debug)]
pub struct Keeper<P: Pins> {
    pins: P,
    held: BTreeMap<LineName, Held>,
}

/// One line.
#[derive(Debug)]
struct Held {
    line: Line,
    state: Result<State, Unavailable>,
    playing: Option<Playing>,
    /// An input that has just told of a change does not tell of the next before.
    quiet_until: Option<Instant>,
}

impl<P: Pins> Keeper<P> {
    /// A keeper that takes its lines from `pins`.
    pub const fn new(pins: P) -> Self {
        let held = BTreeMap::new();
        Self { pins, held }
    }

    /// The pins it holds.
    pub const fn pins(&self) -> &P {
        &self.pins
    }

    /// Obeys `command` at `now`; what there is to say goes to `reports`.
    pub fn obey(&mut self, command: Command, now: Instant, reports: &mut Vec<Report>) {
        match command {
            Command::Open(lines) => self.open(lines, reports),
            Command::Do {
                id,
                line,
                action,
                by,
            } => {
                let Some(held) = self.held.get_mut(&line) else {
                    let result = Err(Unavailable::new(
                        format!("there is no line {line}"),
                        "try again",
                    ));
                    return reports.push(Report::Done { id, result });
                };
                let before = held.state.clone();
                held.act(&mut self.pins, &line, action, now);
                let state = held.state.clone();
                if state != before {
                    let state = state.clone();
                    reports.push(Report::Changed { line, state, by });
                }
                reports.push(Report::Done { id, result: state });
            }
            Command::End => self.make_safe(),
        }
    }

    /// When [`Keeper::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let playing = |held: &Held| Some(held.playing.as_ref()?.until());
        let dues = self.held.values();
        dues.flat_map(|held| [playing(held), held.quiet_until])
            .flatten()
            .min()
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Instant, reports: &mut Vec<Report>) {
        for (name, held) in &mut self.held {
            if held.quiet_until.is_some_and(|until| until <= now) {
                held.quiet_until = None;
            }
            let before = held.state.clone();
            held.step(&mut self.pins, name, now);
            held.tell_change(name, &before, reports);
        }
    }

    /// The inputs whose edges are waited for. One that changes faster than it may is left alone for a
    /// while; the kernel keeps its latest edges.
    pub fn watched(&self) -> impl Iterator<Item = &LineName> {
        let watched = self.held.iter().filter(|(_, held)| {
            held.line.output().is_none() && held.state.is_ok() && held.quiet_until.is_none()
        });
        watched.map(|(name, _)| name)
    }

    /// Takes the edges of the input `name`.
    pub fn edges(&mut self, name: &LineName, now: Instant, reports: &mut Vec<Report>) {
        let Some(held) = self.held.get_mut(name) else {
            return;
        };
        let before = held.state.clone();
        match self.pins.take_edges(name) {
            Ok(Some(value)) => held.state = Ok(State { value, doing: None }),
            Ok(None) => {}
            Err(error) => held.lose(&mut self.pins, name, &error),
        }
        held.quiet_until = Some(now + Duration::from_secs(1) / held.line.max_rate);
        held.tell_change(name, &before, reports);
    }

    /// Drives every output to its safe state.
    pub fn make_safe(&mut self) {
        for (name, held) in &mut self.held {
            held.playing = None;
            if let (Some(output), Ok(state)) = (held.line.output(), &mut held.state) {
                let value = output.safe;
                // Of a chip that is gone nothing can be said or done.
                if self.pins.set(name, value).is_ok() {
                    *state = State { value, doing: None };
                }
            }
        }
    }

    fn open(&mut self, lines: BTreeMap<LineName, Line>, reports: &mut Vec<Report>) {
        for (name, line) in lines {
            let mut held = Held {
                line,
                state: Err(Unavailable::new("not yet open", "try again")),
                playing: None,
                quiet_until: None,
            };
            held.open(&mut self.pins, &name);
            reports.push(Report::Changed {
                line: name.clone(),
                state: held.state.clone(),
                by: None,
            });
            self.held.insert(name, held);
        }
    }
}

impl<P: Pins> Drop for Keeper<P> {
    fn drop(&mut self) {
        self.make_safe();
    }
}

impl Held {
    fn open(&mut self, pins: &mut impl Pins, name: &LineName) {
        let initial = self.line.output().is_some_and(|output| output.initial);
        self.state = pins
            .open(name, &self.line, initial)
            .map(|value| State { value, doing: None });
    }

    /// Does `action`; a line that could not be had is asked for again first.
    fn act(&mut self, pins: &mut impl Pins, name: &LineName, action: Action, now: Instant) {
        if self.state.is_err() {
            self.open(pins, name);
        }
        let Ok(state) = self.state else {
            return;
        };
        let goes_on = matches!(action, Action::Read);
        let (value, playing) = match action {
            Action::Read if self.line.output().is_some() => return,
            Action::Read => match pins.read(name) {
                Ok(value) => (value, None),
                Err(error) => return self.lose(pins, name, &error),
            },
            Action::Set(value) => (value, None),
            Action::Toggle => (!state.value, None),
            Action::Play(wave) => (wave.value, Some(wave.start(now))),
            Action::Stop => (state.value && self.playing.is_none(), None),
        };
        self.playing = playing;
        self.state = Ok(State {
            value,
            doing: self.playing.as_ref().map(Playing::doing),
        });
        if !goes_on {
            self.set(pins, name, value);
        }
    }

    fn step(&mut self, pins: &mut impl Pins, name: &LineName, now: Instant) {
        let Some(step) = self.playing.as_mut().and_then(|playing| playing.step(now)) else {
            return;
        };
        match step {
            Step::Set(value) => self.set(pins, name, value),
            Step::Last(value) => {
                self.playing = None;
                self.state = Ok(State { value, doing: None });
                self.set(pins, name, value);
            }
        }
    }

    fn set(&mut self, pins: &mut impl Pins, name: &LineName, value: bool) {
        if let Err(error) = pins.set(name, value) {
            self.lose(pins, name, &error);
        }
    }

    /// The chip does not obey: it may have been unplugged.
    fn lose(&mut self, pins: &mut impl Pins, name: &LineName, error: &std::io::Error) {
        pins.close(name);
        self.playing = None;
        self.state = Err(Unavailable::new(
            format!("{} is gone: {error}", self.line.place),
            "plug it in again and call once more",
        ));
    }

    fn tell_change(
        &self,
        name: &LineName,
        before: &Result<State, Unavailable>,
        reports: &mut Vec<Report>,
    ) {
        if self.state != *before {
            reports.push(Report::Changed {
                line: name.clone(),
                state: self.state.clone(),
                by: None,
            });
        }
    }
}

#[cfg(test)]
mod tests;
