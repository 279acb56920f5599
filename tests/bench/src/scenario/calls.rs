//! Calls, each caller with a callee of its own.

use super::window::Window;
use super::{Entry, Measured, Part, Scenario, Target, Work, unexpected};
use crate::connection::Output;
use crate::drive::Drive;
use crate::words::{Filler, Serializer, Stamp, Template, code, heard};
use anyhow::{Context, bail};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A caller and what it waits for.
struct Caller {
    pair: usize,
    template: Template,
    /// When each call was made that comes after [`Self::first`]; `None` once it is answered.
    calls: VecDeque<Option<Instant>>,
    /// The request id of the first of them.
    first: u64,
}

/// A callee and what comes next.
struct Callee {
    pair: usize,
    template: Template,
    next: u32,
}

pub(super) fn run(
    scenario: &Scenario,
    target: &Target,
    duration: Duration,
) -> anyhow::Result<Measured> {
    let Work::Calls {
        callers,
        window,
        callee,
    } = scenario.work
    else {
        bail!("these are no calls");
    };
    // The relay reads nothing, so both sides have to speak alike.
    let callee_speaks = if target.is_relay() {
        scenario.serializer
    } else {
        callee
    };
    let filler = Filler::new(scenario.payload);
    let mut drive = Drive::new()?;
    let (mut calling, mut called) = (Vec::new(), Vec::new());
    for pair in 0..callers {
        let procedure = format!("com.example.bench.procedure{pair}");
        let number = target.join(&mut drive, scenario.door, callee_speaks, Part::Callee(pair))?;
        target.enter(
            &mut drive,
            number,
            callee_speaks,
            (Entry::Registration, &procedure),
        )?;
        called.push(Callee {
            pair,
            template: Template::answer(callee_speaks, &filler),
            next: 1,
        });
        target.join(
            &mut drive,
            scenario.door,
            scenario.serializer,
            Part::Caller(pair),
        )?;
        calling.push(Caller {
            pair,
            template: Template::call(scenario.serializer, &procedure, &filler),
            calls: VecDeque::new(),
            first: 1,
        });
    }

    let mut measuring = Window::new(duration);
    for caller in &mut calling {
        let number = caller.pair * 2 + 1;
        for _ in 0..window {
            caller.call(Instant::now(), drive.output(number));
        }
        drive.flush(number)?;
    }
    let mut goes_on = true;
    while goes_on || calling.iter().any(|caller| !caller.calls.is_empty()) {
        drive.turn(&mut |number, frame, now, output| {
            // Callees were connected first, so they have the even numbers.
            if number % 2 == 0 {
                return called[number / 2].invoked(callee_speaks, frame, &filler, output);
            }
            let caller = &mut calling[number / 2];
            let sent = caller.answered(scenario.serializer, frame, &filler)?;
            measuring.count(sent, now);
            if goes_on {
                caller.call(now, output);
            }
            Ok(())
        })?;
        goes_on = goes_on && measuring.goes_on(target);
    }
    Ok(measuring.measured(target))
}

impl Caller {
    fn call(&mut self, now: Instant, output: &mut Output) {
        let id = self.first + self.calls.len() as u64;
        let stamp = Stamp {
            sender: self.pair,
            number: id as u32,
        };
        self.template
            .fill(id, &stamp.write(), |parts| output.message(parts));
        self.calls.push_back(Some(now));
    }

    /// Checks a result, and says when its call was made.
    fn answered(
        &mut self,
        serializer: Serializer,
        frame: &[u8],
        filler: &Filler,
    ) -> anyhow::Result<Instant> {
        let result = heard(serializer, frame)
            .filter(|heard| [code::RESULT, code::YIELD].contains(&heard.code))
            .with_context(|| unexpected(frame))?;
        let id = result.id;
        let stamp = result
            .text(filler.length())
            .and_then(|text| filler.read(text));
        let right = Stamp {
            sender: self.pair,
            number: id as u32,
        };
        if stamp != Some(right) {
            return Err(unexpected(frame));
        }
        let call = id
            .checked_sub(self.first)
            .and_then(|at| self.calls.get_mut(at as usize));
        let sent = call
            .and_then(Option::take)
            .with_context(|| format!("call {id} was answered twice"))?;
        while let Some(None) = self.calls.front() {
            self.calls.pop_front();
            self.first += 1;
        }
        Ok(sent)
    }
}

impl Callee {
    /// Answers an invocation with the same.
    fn invoked(
        &mut self,
        serializer: Serializer,
        frame: &[u8],
        filler: &Filler,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let invocation = heard(serializer, frame)
            .filter(|heard| [code::INVOCATION, code::CALL].contains(&heard.code))
            .with_context(|| unexpected(frame))?;
        let stamp = invocation
            .text(filler.length())
            .and_then(|text| filler.read(text));
        let right = Stamp {
            sender: self.pair,
            number: self.next,
        };
        if stamp != Some(right) {
            return Err(unexpected(frame).context(format!("invocation {} was expected", self.next)));
        }
        self.next += 1;
        self.template
            .fill(invocation.id, &right.write(), |parts| output.message(parts));
        Ok(())
    }
}
