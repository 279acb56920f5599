//! Sessions that do nothing, and one event that comes to all of them.

use super::window::Window;
use super::{Entry, Measured, Part, Scenario, Target, unexpected};
use crate::drive::Drive;
use crate::words::{Filler, Stamp, Template, code, heard};
use anyhow::{Context, bail};
use std::time::{Duration, Instant};

const TOPIC: &str = "com.example.bench.all";

pub(super) fn run(scenario: &Scenario, target: &Target, count: usize) -> anyhow::Result<Measured> {
    let (door, serializer) = (scenario.door, scenario.serializer);
    let filler = Filler::new(scenario.payload);
    let mut drive = Drive::new()?;
    let publisher = target.join(&mut drive, door, serializer, Part::Publisher)?;
    let before = target.process.and_then(|process| process.resident().ok());
    let begins = Instant::now();
    for _ in 0..count {
        let number = target.join(&mut drive, door, serializer, Part::Subscriber)?;
        target.enter(&mut drive, number, serializer, (Entry::Subscription, TOPIC))?;
    }
    let joining = begins.elapsed();
    let after = target.process.and_then(|process| process.resident().ok());

    // One event; the window is as long as it takes.
    let mut measuring = Window::new(Duration::ZERO);
    measuring.goes_on(target);
    let stamp = Stamp {
        sender: 0,
        number: 1,
    };
    let template = Template::publish(serializer, TOPIC, &filler);
    let sent = Instant::now();
    template.fill(2, &stamp.write(), |parts| {
        drive.output(publisher).message(parts);
    });
    drive.flush(publisher)?;
    let mut has_come = vec![false; count];
    let mut missing = count;
    while missing > 0 {
        drive.turn(&mut |number, frame, now, _| {
            let event = heard(serializer, frame).filter(|heard| {
                [code::EVENT, code::PUBLISH].contains(&heard.code)
                    && heard
                        .text(filler.length())
                        .and_then(|text| filler.read(text))
                        == Some(stamp)
            });
            event.with_context(|| unexpected(frame))?;
            // The publisher is number 0.
            let has_come = number.checked_sub(1).and_then(|at| has_come.get_mut(at));
            if std::mem::replace(has_come.with_context(|| unexpected(frame))?, true) {
                bail!("an event came twice");
            }
            missing -= 1;
            measuring.count(sent, now);
            Ok(())
        })?;
    }
    measuring.goes_on(target);
    let mut measured = measuring.measured(target);
    measured
        .more
        .insert("joins per second", count as f64 / joining.as_secs_f64());
    if let (Some(before), Some(after)) = (before, after) {
        let octets = after.saturating_sub(before) as f64 / count as f64;
        measured.more.insert("octets per session", octets);
    }
    Ok(measured)
}
