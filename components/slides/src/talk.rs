//! Whether somebody presents, as far as remotes tell, and a screen that stays awake meanwhile.

use std::time::Duration;

use deskconn_desktop::Buses;
use deskconn_desktop::awake::Hold;
use deskconn_protocol::api::slides::Action;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long after the last key a talk counts as over that nobody has ended.
const OVER: Duration = Duration::from_secs(3600);

/// What the desktop may show.
const WHY: &str = "somebody presents";

/// A talk: from the action that starts it to the one that ends it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Talk {
    /// When it is over if nobody does anything more.
    until: Option<Instant>,
}

impl Talk {
    /// Somebody does `action` at `now`.
    pub(crate) fn act(&mut self, action: Action, now: Instant) {
        let goes_on = match action {
            Action::Start | Action::StartCurrent => true,
            Action::Stop => false,
            _ => self.is_on(now),
        };
        self.until = goes_on.then(|| now + OVER);
    }

    fn is_on(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// Keeps the screen awake during talks, until there is no `talk` to hear of. The desktop lets the screen sleep
/// when this ends in whatever way: what it holds is bound to connections of its own.
pub(crate) async fn keep_awake(mut talk: watch::Receiver<Talk>) {
    let mut held: Option<(Buses, Hold)> = None;
    loop {
        let now = *talk.borrow_and_update();
        match (now.is_on(Instant::now()), held.take()) {
            (true, None) => held = take().await,
            (false, Some((_buses, hold))) => hold.release().await,
            (_, same) => held = same,
        }
        let over = held.as_ref().and(now.until);
        tokio::select! {
            changed = talk.changed() => if changed.is_err() { return },
            () = wait_until(over) => {}
        }
    }
}

async fn take() -> Option<(Buses, Hold)> {
    let buses = Buses::default();
    let hold = Hold::take(&buses, WHY).await;
    if hold.is_err() {
        tracing::debug!("nothing here can keep the screen awake");
    }
    hold.ok().map(|hold| (buses, hold))
}

async fn wait_until(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talk_lasts_from_its_start_to_its_end() {
        let now = Instant::now();
        let mut talk = Talk::default();
        talk.act(Action::Next, now);
        assert!(!talk.is_on(now), "nobody has started");
        for (action, is_on) in [
            (Action::Start, true),
            (Action::Next, true),
            (Action::Stop, false),
            (Action::Previous, false),
            (Action::StartCurrent, true),
        ] {
            talk.act(action, now);
            assert_eq!(talk.is_on(now), is_on, "{action}");
        }
    }

    #[test]
    fn a_talk_that_nobody_ends_is_over_an_hour_after_the_last_key() {
        let start = Instant::now();
        let at = |minutes: u64| start + Duration::from_secs(60 * minutes);
        let mut talk = Talk::default();
        talk.act(Action::Start, at(0));
        talk.act(Action::Next, at(50));
        assert!(talk.is_on(at(109)));
        assert!(!talk.is_on(at(110)));
        talk.act(Action::Next, at(120));
        assert!(!talk.is_on(at(120)), "a key does not start it again");
    }
}
