//! Waiting for a moment of the wall clock, which can be set, go on during sleep and change its zone.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use jiff::Timestamp;
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The longest wait: a change of the time zone is noticed by then.
const LONGEST: Duration = Duration::from_secs(3600);

/// A timer of the kernel that is told when somebody sets the clock.
#[derive(Debug)]
pub(crate) struct WallTimer(AsyncFd<OwnedFd>);

impl WallTimer {
    /// A timer, within a runtime.
    ///
    /// # Errors
    /// If the kernel gives none.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Realtime, flags)?;
        #[expect(
            deprecated,
            reason = "the new one is unsafe; an `OwnedFd` stays what it is, as it demands"
        )]
        let timer = AsyncFd::with_interest(timer, Interest::READABLE)?;
        Ok(Self(timer))
    }

    /// Waits until `moment`, or until the clock is set, or an hour: whatever comes first. Without a
    /// moment for one of the others.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub(crate) async fn wait(&mut self, moment: Option<Timestamp>) -> io::Result<()> {
        let longest = Timestamp::now()
            .saturating_add(LONGEST)
            .unwrap_or(Timestamp::MAX);
        let until = moment.map_or(longest, |moment| moment.min(longest));
        let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
        let at = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec {
                // Zero would switch the timer off.
                tv_sec: until.as_second().max(1),
                tv_nsec: i64::from(until.subsec_nanosecond()).max(0),
            },
        };
        timerfd_settime(self.0.get_ref(), flags, &at)?;
        let read = self
            .0
            .async_io(Interest::READABLE, |timer| {
                Ok(rustix::io::read(timer, &mut [0_u8; 8])?)
            })
            .await;
        match read {
            // The clock was set.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::CANCELED) => Ok(()),
            read => read.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_moment_that_has_passed_is_not_waited_for() {
        let mut timer = WallTimer::new().expect("a timer");
        let past = Timestamp::now() - Duration::from_secs(1);
        for moment in [past, Timestamp::UNIX_EPOCH] {
            timer.wait(Some(moment)).await.expect("it comes");
        }
    }
}
