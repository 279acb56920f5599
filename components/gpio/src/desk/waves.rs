//! What a pulse, blinking and PWM are, within the limits of a line.

use std::time::Duration;

use deskconn_protocol::api::gpio::{Blink, Doing, Pulse, Pwm};

use super::Refusal;
use crate::keeper::{Action, Wave};
use crate::{Line, Output};

/// The longest part that can be asked for.
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) fn pulse(pulse: &Pulse, output: &Output) -> Result<Action, Refusal> {
    Ok(Action::Play(Wave {
        doing: Doing::Pulse,
        value: pulse.value,
        first: within("for_ms", pulse.for_ms, output.max_pulse)?,
        second: Duration::ZERO,
        times: Some(1),
    }))
}

pub(super) fn blink(blink: &Blink, line: &Line, output: &Output) -> Result<Action, Refusal> {
    let first = within("on_ms", blink.on_ms, output.max_pulse)?;
    let second = within("off_ms", blink.off_ms, DAY)?;
    if blink.times == Some(0) {
        return Err(Refusal::Argument {
            argument: "times",
            should: "is a number from 1".to_owned(),
        });
    }
    let period = blink.on_ms.saturating_add(blink.off_ms);
    allow(2000_u64.div_ceil(period), line)?;
    Ok(Action::Play(Wave {
        doing: Doing::Blink,
        value: true,
        first,
        second,
        times: blink.times,
    }))
}

pub(super) fn pwm(pwm: &Pwm, line: &Line) -> Result<Action, Refusal> {
    let frequency = u64::from(pwm.frequency_hz);
    if frequency == 0 {
        return Err(Refusal::Argument {
            argument: "frequency_hz",
            should: "is a number from 1".to_owned(),
        });
    }
    if pwm.duty_percent > 100 {
        return Err(Refusal::Argument {
            argument: "duty_percent",
            should: "is a number from 0 to 100".to_owned(),
        });
    }
    allow(2 * frequency, line)?;
    let run = pwm.for_ms.map(|ms| within("for_ms", ms, DAY)).transpose()?;
    let period = Duration::from_secs(1) / pwm.frequency_hz;
    let on = period * u32::from(pwm.duty_percent) / 100;
    let wave = |value, first, second, times| Wave {
        doing: Doing::Pwm,
        value,
        first,
        second,
        times,
    };
    // All or nothing does not change within a period.
    Ok(match (pwm.duty_percent, run) {
        (0, _) => Action::Set(false),
        (100, None) => Action::Set(true),
        (100, Some(run)) => Action::Play(wave(true, run, Duration::ZERO, Some(1))),
        (_, run) => {
            let times = run.map(|run| run.as_millis() * u128::from(frequency) / 1000);
            let times = times.map(|times| u32::try_from(times).unwrap_or(u32::MAX).max(1));
            Action::Play(wave(true, on, period - on, times))
        }
    })
}

fn within(argument: &'static str, ms: u64, most: Duration) -> Result<Duration, Refusal> {
    let duration = Duration::from_millis(ms);
    if duration.is_zero() || duration > most {
        return Err(Refusal::outside(argument, 1, most));
    }
    Ok(duration)
}

fn allow(wanted: u64, line: &Line) -> Result<(), Refusal> {
    let max_rate = line.max_rate;
    if wanted > u64::from(max_rate) {
        return Err(Refusal::TooManyChanges { wanted, max_rate });
    }
    Ok(())
}
