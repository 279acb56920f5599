//! Does actions: finds the viewer's keys, minds the rate, presses them.

use std::io;
use std::time::{Duration, Instant};

use deskconn_component::{RateLimit, TooFast, Unavailable};
use deskconn_protocol::api::slides::Action;
use deskconn_protocol::uris;
use deskconn_virtual_input::IsGone;

use crate::keyboard::{Keyboard, Keys};
use crate::profile::{ProfileError, Profiles};

/// Faster than any thumb, too slow to make a toy of somebody's keyboard.
const ACTIONS_PER_SECOND: usize = 20;

/// Runs slide shows through one keyboard.
#[derive(Debug)]
pub struct Presenter<K: Keyboard> {
    profiles: Profiles,
    rate: RateLimit,
    keys: Keys<K>,
}

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// There are no keys for it.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// It came too soon after others.
    #[error(transparent)]
    TooFast(#[from] TooFast),
    /// The keyboard failed.
    #[error("the virtual keyboard does not take keys: {0}")]
    Keyboard(#[from] io::Error),
    /// There is no keyboard.
    #[error("{}", .0.reason)]
    Unavailable(#[from] Unavailable),
}

impl IsGone for PerformError {
    fn is_gone(&self) -> Option<&io::Error> {
        match self {
            Self::Keyboard(error) => Some(error),
            _ => None,
        }
    }
}

impl PerformError {
    /// The error's URI.
    pub fn uri(&self) -> &'static str {
        match self {
            Self::Profile(ProfileError::Unknown { .. }) => uris::ERROR_NOT_FOUND,
            Self::Profile(ProfileError::NoKey { .. }) => uris::SLIDES_ERROR_NO_KEY,
            Self::TooFast(_) => uris::ERROR_RATE_LIMITED,
            Self::Keyboard(_) | Self::Unavailable(_) => uris::ERROR_UNAVAILABLE,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Profile(error) => error.hint(),
            Self::TooFast(_) => "wait a moment".to_owned(),
            Self::Keyboard(_) => "try again".to_owned(),
            Self::Unavailable(unavailable) => unavailable.hint.clone(),
        }
    }
}

impl<K: Keyboard> Presenter<K> {
    /// A presenter that presses on `keyboard` what `profiles` say.
    ///
    /// `keyboard` must have at least [`Profiles::keys`].
    pub fn new(profiles: Profiles, keyboard: K) -> Self {
        Self {
            profiles,
            rate: RateLimit::new(ACTIONS_PER_SECOND, Duration::from_secs(1)),
            keys: Keys::new(keyboard),
        }
    }

    /// The viewers that can be named in [`Presenter::perform`].
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// Does `action` in the viewer called `profile`. `now` is for the rate limit.
    ///
    /// # Errors
    ///
    /// [`PerformError`]; no key is left down.
    pub fn perform(
        &mut self,
        profile: &str,
        action: Action,
        now: Instant,
    ) -> Result<(), PerformError> {
        let chords = self.profiles.chords(profile, action)?;
        self.rate.admit(now)?;
        for chord in chords {
            self.keys.press(chord)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakeKeyboard;

    fn presenter() -> (Presenter<FakeKeyboard>, FakeKeyboard) {
        let keyboard = FakeKeyboard::default();
        let presenter = Presenter::new(Profiles::builtin(), keyboard.clone());
        (presenter, keyboard)
    }

    #[test]
    fn presses_the_keys_of_the_viewer_one_chord_after_another() {
        let (mut presenter, keyboard) = presenter();

        presenter
            .perform("okular", Action::Start, Instant::now())
            .expect("done");

        assert_eq!(
            keyboard.reports(),
            [
                "+Ctrl +Home",
                "-Home -Ctrl",
                "+Ctrl +Shift +P",
                "-P -Shift -Ctrl"
            ]
        );
    }

    #[test]
    fn without_a_key_nothing_is_pressed() {
        let (mut presenter, keyboard) = presenter();

        let error = presenter
            .perform("okular", Action::White, Instant::now())
            .expect_err("Okular cannot go white");

        assert_eq!(error.uri(), uris::SLIDES_ERROR_NO_KEY);
        assert_eq!(error.to_string(), "Okular has no key for white");
        assert!(keyboard.reports().is_empty());
    }

    #[test]
    fn twenty_actions_a_second_and_no_more() {
        let (mut presenter, keyboard) = presenter();
        let start = Instant::now();
        let mut next = |ms| {
            let now = start + Duration::from_millis(ms);
            presenter
                .perform("generic", Action::Next, now)
                .map_err(|error| error.uri())
        };

        for ms in 0..20 {
            assert_eq!(next(ms), Ok(()));
        }
        assert_eq!(next(500), Err(uris::ERROR_RATE_LIMITED));
        assert_eq!(next(1000), Ok(()));
        assert_eq!(keyboard.reports().len(), 2 * 21);
    }

    #[test]
    fn a_keyboard_that_fails_is_reported() {
        let (mut presenter, keyboard) = presenter();

        keyboard.fail_next_report();
        let error = presenter
            .perform("generic", Action::Next, Instant::now())
            .expect_err("the keyboard failed");

        assert_eq!(error.uri(), uris::ERROR_UNAVAILABLE);
    }
}
