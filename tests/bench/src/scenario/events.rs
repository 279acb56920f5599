//! Events, each for every subscriber.

use super::window::Window;
use super::{Entry, Measured, Part, Scenario, Target, Work, unexpected};
use crate::connection::Output;
use crate::drive::Drive;
use crate::words::{Filler, Serializer, Stamp, Template, code, heard};
use anyhow::{Context, bail};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

const TOPIC: &str = "com.example.bench.topic";

/// A publisher and what has not come everywhere.
struct Publisher {
    number: usize,
    template: Template,
    published: VecDeque<Publication>,
    /// The number of the first of them.
    first: u32,
}

/// A publication on its way.
struct Publication {
    sent: Instant,
    /// How many subscribers have not got it.
    missing: usize,
}

pub(super) fn run(
    scenario: &Scenario,
    target: &Target,
    duration: Duration,
) -> anyhow::Result<Measured> {
    let Work::Events {
        publishers,
        subscribers,
        window,
        slow_reader,
    } = scenario.work
    else {
        bail!("these are no events");
    };
    let (door, serializer) = (scenario.door, scenario.serializer);
    let filler = Filler::new(scenario.payload);
    let mut drive = Drive::new()?;
    // What each subscriber gets next from each publisher.
    let mut next = vec![vec![1; publishers]; subscribers];
    for _ in 0..subscribers {
        let number = target.join(&mut drive, door, serializer, Part::Subscriber)?;
        target.enter(&mut drive, number, serializer, (Entry::Subscription, TOPIC))?;
    }
    let mut publishing = Vec::new();
    for _ in 0..publishers {
        publishing.push(Publisher {
            number: target.join(&mut drive, door, serializer, Part::Publisher)?,
            template: Template::publish(serializer, TOPIC, &filler),
            published: VecDeque::new(),
            first: 1,
        });
    }
    // The relay would keep all that it never takes.
    if slow_reader && !target.is_relay() {
        let number = target.join(&mut drive, door, serializer, Part::Subscriber)?;
        target.enter(&mut drive, number, serializer, (Entry::Subscription, TOPIC))?;
        drive.ignore(number)?;
    }

    let mut measuring = Window::new(duration);
    let mut goes_on = true;
    loop {
        let mut is_done = !goes_on;
        for (sender, publisher) in publishing.iter_mut().enumerate() {
            while goes_on && publisher.published.len() < window {
                publisher.publish(sender, subscribers, drive.output(publisher.number));
            }
            drive.flush(publisher.number)?;
            is_done &= publisher.published.is_empty();
        }
        if is_done {
            return Ok(measuring.measured(target));
        }
        drive.turn(&mut |number, frame, now, _| {
            let next = next.get_mut(number).with_context(|| unexpected(frame))?;
            let stamp = event(serializer, frame, &filler).with_context(|| unexpected(frame))?;
            let (next, publisher) = next
                .get_mut(stamp.sender)
                .zip(publishing.get_mut(stamp.sender))
                .with_context(|| unexpected(frame))?;
            if stamp.number != *next {
                bail!("event {} came when it was the turn of {next}", stamp.number);
            }
            *next += 1;
            measuring.count(publisher.arrived(stamp.number)?, now);
            Ok(())
        })?;
        goes_on = goes_on && measuring.goes_on(target);
    }
}

/// What an event carries.
fn event(serializer: Serializer, frame: &[u8], filler: &Filler) -> Option<Stamp> {
    let event = heard(serializer, frame)?;
    let is_event = [code::EVENT, code::PUBLISH].contains(&event.code);
    filler.read(event.text(filler.length()).filter(|_| is_event)?)
}

impl Publisher {
    fn publish(&mut self, sender: usize, subscribers: usize, output: &mut Output) {
        let number = self.first + self.published.len() as u32;
        let stamp = Stamp { sender, number };
        self.template
            .fill(number.into(), &stamp.write(), |parts| output.message(parts));
        self.published.push_back(Publication {
            sent: Instant::now(),
            missing: subscribers,
        });
    }

    /// Notes that a publication has come to one more, and says when it was sent.
    fn arrived(&mut self, number: u32) -> anyhow::Result<Instant> {
        let at = number.checked_sub(self.first).map(|at| at as usize);
        let publication = at.and_then(|at| self.published.get_mut(at));
        let publication = publication.with_context(|| format!("event {number} came too often"))?;
        publication.missing -= 1;
        let sent = publication.sent;
        while self
            .published
            .front()
            .is_some_and(|publication| publication.missing == 0)
        {
            self.published.pop_front();
            self.first += 1;
        }
        Ok(sent)
    }
}
