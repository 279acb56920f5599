//! What callers can do to pointer and keyboard: minds the rate, and whose buttons are down.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, Instant};

use deskconn_component::{RateLimit, TooFast, Unavailable, failure};
use deskconn_protocol::api::input::{
    Button, ButtonAction, Gesture, Modifier, Move, PressButton, PressKey, Scroll,
};
use deskconn_protocol::uris;
use deskconn_virtual_input::{Change, Device, IsGone, Prepared, Writer};
use evdev::KeyCode;
use wamp_client::InvocationError;
use wamp_proto::SessionId;

use crate::keys;
use crate::layout::{Layout, Stroke};

/// As often as a good mouse tells, and hands can not do more.
const MOVES_PER_SECOND: usize = 250;

/// Faster than any fingers.
const PRESSES_PER_SECOND: usize = 50;

/// Texts a second: what a program sends in pieces still gets through.
const TEXTS_PER_SECOND: usize = 4;

/// A pointer and a keyboard, and what is down on them. Dropping it lets go of everything.
#[derive(Debug)]
pub struct Desk<D: Device> {
    device: D,
    moves: RateLimit,
    presses: RateLimit,
    texts: RateLimit,
    /// Who holds which button.
    held: BTreeMap<Button, SessionId>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No key has that name.
    #[error("there is no key `{0}`")]
    NoSuchKey(String),
    /// No key of the layout gives these characters.
    #[error("the layout `{layout}` has no key for {}", quoted(.characters))]
    NoKeyFor {
        /// The layout.
        layout: String,
        /// The characters, each once.
        characters: String,
    },
    /// No key can be made to give these characters.
    #[error("no key gives {}", quoted(.0))]
    NotWritable(String),
    /// Somebody else holds the button.
    #[error("another device holds that button")]
    HeldByAnother,
    /// It came too soon after others.
    #[error(transparent)]
    TooFast(#[from] TooFast),
    /// The device failed.
    #[error("the virtual devices failed: {0}")]
    Device(#[from] io::Error),
    /// There is no device.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl IsGone for Refusal {
    fn is_gone(&self) -> Option<&io::Error> {
        match self {
            Self::Device(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Refusal> for InvocationError {
    fn from(refusal: Refusal) -> Self {
        let (uri, hint) = match &refusal {
            Refusal::NoSuchKey(_) => (
                uris::ERROR_INVALID_ARGUMENT,
                "org.deskconn.input.status lists the names",
            ),
            Refusal::NoKeyFor { .. } => (
                uris::ERROR_INVALID_ARGUMENT,
                "nothing was typed; is `layout` in [components.input] that of the desktop?",
            ),
            Refusal::NotWritable(_) => (
                uris::ERROR_INVALID_ARGUMENT,
                "nothing was typed; org.deskconn.input.key presses keys that are no text",
            ),
            Refusal::HeldByAnother => (uris::ERROR_DENIED, "wait until it is released"),
            Refusal::TooFast(_) => (uris::ERROR_RATE_LIMITED, "wait a moment"),
            Refusal::Device(_) => (uris::ERROR_UNAVAILABLE, "try again"),
            Refusal::Unavailable(unavailable) => return unavailable.clone().into(),
        };
        failure(uri, refusal.to_string(), hint)
    }
}

impl<D: Device> Desk<D> {
    /// A desk with nothing held down.
    pub fn new(device: D) -> Self {
        let limit = |count| RateLimit::new(count, Duration::from_secs(1));
        Self {
            device,
            moves: limit(MOVES_PER_SECOND),
            presses: limit(PRESSES_PER_SECOND),
            texts: limit(TEXTS_PER_SECOND),
            held: BTreeMap::new(),
        }
    }

    /// Moves the pointer.
    ///
    /// # Errors
    /// [`Refusal`], as for all that follow.
    pub fn r#move(&mut self, Move { dx, dy }: Move, now: Instant) -> Result<(), Refusal> {
        self.moves.admit(now)?;
        Ok(self.device.report(&[Change::Move(dx, dy)])?)
    }

    /// Turns the wheel.
    pub fn scroll(&mut self, Scroll { dx, dy }: Scroll, now: Instant) -> Result<(), Refusal> {
        self.moves.admit(now)?;
        Ok(self.device.report(&[Change::Scroll(fine(dx), fine(dy))])?)
    }

    /// Presses a button for the session `by`, or lets go of it.
    pub fn button(
        &mut self,
        press: PressButton,
        by: SessionId,
        now: Instant,
    ) -> Result<(), Refusal> {
        self.presses.admit(now)?;
        let PressButton { button, action } = press;
        if self.held.get(&button).is_some_and(|holder| *holder != by) {
            return Err(Refusal::HeldByAnother);
        }
        let key = keys::button(button);
        if action != ButtonAction::Release {
            // Noted first: after a report that failed half-way it may be down.
            self.held.insert(button, by);
            self.device.report(&[Change::Key(key, true)])?;
        }
        if action != ButtonAction::Press && self.held.contains_key(&button) {
            self.device.report(&[Change::Key(key, false)])?;
            self.held.remove(&button);
        }
        Ok(())
    }

    /// Presses a key with modifiers, and lets go of them.
    pub fn key(&mut self, press: &PressKey, now: Instant) -> Result<(), Refusal> {
        let key = keys::key(&press.key).ok_or_else(|| Refusal::NoSuchKey(press.key.clone()))?;
        self.presses.admit(now)?;
        let mut modifiers = press.modifiers.clone();
        modifiers.sort_unstable();
        modifiers.dedup();
        let modifiers = modifiers.into_iter().map(keys::modifier);
        self.press(&modifiers.chain([key]).collect::<Vec<_>>())
    }

    /// Whether the keyboard knows by itself what its keys give; then text is for [`Desk::begin`], and
    /// [`Desk::text`] otherwise.
    pub(crate) fn writes(&mut self) -> bool {
        self.device.writer().is_some()
    }

    /// Looks whether the keyboard can write `text`.
    pub(crate) fn begin(&mut self, text: &str, now: Instant) -> Result<(), Refusal> {
        let mut missing = self.writer()?.unwritable(text)?;
        if missing.is_empty() {
            return Ok(self.texts.admit(now)?);
        }
        let mut seen = BTreeSet::new();
        missing.retain(|c| seen.insert(c));
        Err(Refusal::NotWritable(missing))
    }

    /// Has the keyboard get ready for `text`, or as much of its beginning as it can at once.
    pub(crate) fn prepare(&mut self, text: &str) -> Result<Prepared, Refusal> {
        let prepared = self.writer()?.prepare(text)?;
        if prepared.length == 0 {
            let first = text.chars().take(1).collect();
            return Err(Refusal::NotWritable(first));
        }
        Ok(prepared)
    }

    /// Has the keyboard write a character that it is ready for.
    pub(crate) fn write(&mut self, character: char) -> Result<(), Refusal> {
        Ok(self.writer()?.write(character)?)
    }

    /// Has the keyboard be again as it was before [`Desk::prepare`].
    pub(crate) fn finish(&mut self) -> Result<(), Refusal> {
        Ok(self.writer()?.finish()?)
    }

    /// The strokes that type `text` in `layout`, called `name`; each is for [`Desk::stroke`].
    pub(crate) fn text(
        &mut self,
        text: &str,
        layout: &Layout,
        name: &str,
        now: Instant,
    ) -> Result<Vec<Stroke>, Refusal> {
        let strokes = layout
            .strokes(text)
            .map_err(|characters| Refusal::NoKeyFor {
                layout: name.to_owned(),
                characters,
            })?;
        self.texts.admit(now)?;
        Ok(strokes)
    }

    /// Types one character, or a dead key.
    pub(crate) fn stroke(&mut self, stroke: Stroke) -> Result<(), Refusal> {
        let shift = stroke.shift.then_some(KeyCode::KEY_LEFTSHIFT);
        let altgr = stroke.altgr.then_some(KeyCode::KEY_RIGHTALT);
        let keys: Vec<_> = [shift, altgr, Some(stroke.key)]
            .into_iter()
            .flatten()
            .collect();
        self.press(&keys)
    }

    /// Does what a gesture does.
    pub fn gesture(&mut self, gesture: Gesture, now: Instant) -> Result<(), Refusal> {
        self.presses.admit(now)?;
        let zoom = |steps| [Change::Scroll(0, fine(steps))];
        match gesture {
            Gesture::Back => self.press(&[KeyCode::BTN_SIDE]),
            Gesture::Forward => self.press(&[KeyCode::BTN_EXTRA]),
            Gesture::ZoomIn => self.with_ctrl(&zoom(-1.0)),
            Gesture::ZoomOut => self.with_ctrl(&zoom(1.0)),
        }
    }

    /// Lets go of what the session `who` holds: it has left.
    pub fn left(&mut self, who: SessionId) {
        let of_them = self.held.iter().filter(|(_, holder)| **holder == who);
        let buttons: Vec<_> = of_them.map(|(button, _)| *button).collect();
        for button in buttons {
            // A device that is gone has nothing down.
            self.device
                .report(&[Change::Key(keys::button(button), false)])
                .ok();
            self.held.remove(&button);
        }
    }

    /// The sessions that hold something.
    pub(crate) fn holders(&self) -> Vec<SessionId> {
        self.held.values().copied().collect()
    }

    fn writer(&mut self) -> io::Result<&mut dyn Writer> {
        let gone = || io::Error::other("it is another keyboard now");
        self.device.writer().ok_or_else(gone)
    }

    fn with_ctrl(&mut self, changes: &[Change]) -> Result<(), Refusal> {
        let ctrl = keys::modifier(Modifier::Ctrl);
        let done = self
            .device
            .report(&[Change::Key(ctrl, true)])
            .and_then(|()| self.device.report(changes));
        let released = self.device.report(&[Change::Key(ctrl, false)]);
        Ok(done.and(released)?)
    }

    /// Presses `keys` in this order, and lets go of them the other way round, whatever happens.
    fn press(&mut self, keys: &[KeyCode]) -> Result<(), Refusal> {
        let down: Vec<_> = keys.iter().map(|key| Change::Key(*key, true)).collect();
        let up = keys.iter().rev().map(|key| Change::Key(*key, false));
        let up: Vec<_> = up.collect();
        let pressed = self.device.report(&down);
        let released = self.device.report(&up);
        Ok(pressed.and(released)?)
    }
}

impl<D: Device> Drop for Desk<D> {
    fn drop(&mut self) {
        for who in self.holders() {
            self.left(who);
        }
    }
}

/// Steps of a wheel in the kernel's 120ths, within what the API allows.
#[expect(
    clippy::cast_possible_truncation,
    reason = "within six thousand either way"
)]
fn fine(steps: f64) -> i32 {
    (steps.clamp(-50.0, 50.0) * 120.0).round() as i32
}

/// `“é”, “€”`.
fn quoted(characters: &str) -> String {
    let quoted = characters
        .chars()
        .map(|c| format!("`{}`", c.escape_debug()));
    quoted.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
