//! Many procedures or topics of one session.

use super::window::Window;
use super::{Entry, Measured, Part, Scenario, Target, expect, unexpected};
use crate::drive::Drive;
use crate::words::{Filler, Match, Message, Serializer, Stamp, Template, code, heard};
use anyhow::{Context, bail};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many requests are in flight.
const WINDOW: usize = 16;
/// How many of the entries are used, drawn at random.
const USED: usize = 1000;

pub(super) fn run(
    scenario: &Scenario,
    target: &Target,
    (entry, policy, count): (Entry, Match, u32),
    duration: Duration,
) -> anyhow::Result<Measured> {
    let (door, serializer) = (scenario.door, scenario.serializer);
    let filler = Filler::new(scenario.payload);
    let mut drive = Drive::new()?;
    let owner = target.join(&mut drive, door, serializer, Part::Callee(0))?;
    let user = target.join(&mut drive, door, serializer, Part::Caller(0))?;
    let before = target.process.and_then(|process| process.resident().ok());
    let begins = Instant::now();
    fill(&mut drive, owner, serializer, (entry, policy, count))?;
    let filling = begins.elapsed();
    let after = target.process.and_then(|process| process.resident().ok());

    let templates = templates(serializer, &filler, (entry, policy, count));
    let answer = Template::answer(serializer, &filler);
    let mut measuring = Window::new(duration);
    let mut sent = VecDeque::<Option<Instant>>::new();
    let (mut first, mut flying, mut goes_on) = (1_u64, 0_usize, true);
    while goes_on || flying > 0 {
        while goes_on && flying < WINDOW {
            let id = first + sent.len() as u64;
            let stamp = Stamp {
                sender: 0,
                number: id as u32,
            };
            let template = &templates[fastrand::usize(..templates.len())];
            template.fill(id, &stamp.write(), |parts| {
                drive.output(user).message(parts);
            });
            sent.push_back(Some(Instant::now()));
            flying += 1;
        }
        drive.flush(user)?;
        drive.turn(&mut |_, frame, now, output| {
            let message = heard(serializer, frame).with_context(|| unexpected(frame))?;
            let text = message
                .text(filler.length())
                .with_context(|| unexpected(frame))?;
            let stamp = filler.read(text).with_context(|| unexpected(frame))?;
            if message.code == code::INVOCATION {
                answer.fill(message.id, &stamp.write(), |parts| output.message(parts));
                return Ok(());
            }
            let at = u64::from(stamp.number).checked_sub(first);
            let sent_at = at.and_then(|at| sent.get_mut(at as usize)?.take());
            let sent_at = sent_at.with_context(|| format!("{} came twice", stamp.number))?;
            measuring.count(sent_at, now);
            flying -= 1;
            while let Some(None) = sent.front() {
                sent.pop_front();
                first += 1;
            }
            Ok(())
        })?;
        goes_on = goes_on && measuring.goes_on(target);
    }
    let mut measured = measuring.measured(target);
    measured.more.insert(
        "entered per second",
        f64::from(count) / filling.as_secs_f64(),
    );
    if let (Some(before), Some(after)) = (before, after) {
        let octets = after.saturating_sub(before) as f64 / f64::from(count);
        measured.more.insert("octets per entry", octets);
    }
    Ok(measured)
}

/// Registers or subscribes to all of them.
fn fill(
    drive: &mut Drive,
    owner: usize,
    serializer: Serializer,
    (entry, policy, count): (Entry, Match, u32),
) -> anyhow::Result<()> {
    let (mut asked, mut answered) = (0, 0);
    while answered < count {
        while asked < count && asked < answered + 64 {
            asked += 1;
            let uri = pattern(policy, asked);
            let message = match entry {
                Entry::Registration => Message::register(serializer, asked, &uri, policy),
                Entry::Subscription => Message::subscribe(serializer, asked, &uri, policy),
            };
            drive.output(owner).message(&[message.octets()]);
        }
        drive.flush(owner)?;
        drive.turn(&mut |_, frame, _, _| {
            answered += 1;
            match entry {
                Entry::Registration => expect(serializer, frame, code::REGISTERED)?,
                Entry::Subscription => expect(serializer, frame, code::SUBSCRIBED)?,
            }
            if heard(serializer, frame).is_none_or(|heard| heard.id != u64::from(answered)) {
                bail!("requests were answered out of order");
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// What to send to some of them.
fn templates(
    serializer: Serializer,
    filler: &Filler,
    (entry, policy, count): (Entry, Match, u32),
) -> Vec<Template> {
    let mut random = fastrand::Rng::with_seed(1);
    let used = std::iter::repeat_with(|| matching(policy, random.u32(1..=count)));
    used.take(USED)
        .map(|uri| match entry {
            Entry::Registration => Template::call(serializer, &uri, filler),
            Entry::Subscription => Template::publish(serializer, &uri, filler),
        })
        .collect()
}

/// The URI or pattern of an entry.
fn pattern(policy: Match, number: u32) -> String {
    match policy {
        Match::Exact => format!("com.example.bench.n{number:07}"),
        Match::Prefix => format!("com.example.bench.n{number:07}."),
        Match::Wildcard => format!("com.example..n{number:07}"),
    }
}

/// A URI that only that entry matches.
fn matching(policy: Match, number: u32) -> String {
    match policy {
        Match::Exact => pattern(policy, number),
        Match::Prefix => format!("com.example.bench.n{number:07}.a"),
        Match::Wildcard => format!("com.example.bench.n{number:07}"),
    }
}
