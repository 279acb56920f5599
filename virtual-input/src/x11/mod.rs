//! The pointer and the keyboard of an X server, through its extension XTEST.
//!
//! The server does not let go of what a killed client holds. So keys go down and up in requests that leave
//! together, and whatever the last process has left down goes up when the device is opened.

mod display;
mod keymap;
mod keysym;
mod writer;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use deskconn_component::Unavailable;
use deskconn_desktop::Environment;
use evdev::KeyCode;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, Keycode, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::Wanted;
use crate::device::{Change, Device, Writer};
use keymap::Keymap;

/// What a wheel's step is in the kernel's high resolution.
const STEP: i32 = 120;

/// How long the server may take to do what it was asked last.
const FAREWELL: Duration = Duration::from_secs(1);

/// Buttons, and their numbers.
const BUTTONS: [(KeyCode, u8); 5] = [
    (KeyCode::BTN_LEFT, 1),
    (KeyCode::BTN_MIDDLE, 2),
    (KeyCode::BTN_RIGHT, 3),
    (KeyCode::BTN_SIDE, 8),
    (KeyCode::BTN_EXTRA, 9),
];

/// The wheel's buttons: up, down, left, right.
const WHEEL: [u8; 4] = [4, 5, 6, 7];

/// The XTEST devices of an X server, with the keys that are wanted.
struct X11 {
    connection: Arc<RustConnection>,
    keymap: Keymap,
    /// Where the wanted keys are in this keymap.
    keys: BTreeMap<KeyCode, Keycode>,
    has_pointer: bool,
    /// Parts of steps to the right and down that are not yet whole ones.
    begun: (i32, i32),
    /// Which of its layouts was in use when text was written last, and whether Caps Lock was on.
    group: u8,
    caps: bool,
    /// Keys that give something else for a while.
    lent: Vec<Keycode>,
}

/// Connects to the X server of this session's `environment`.
///
/// # Errors
/// [`Unavailable`] if there is none, if it lets nobody in, or if it has no XTEST.
pub(crate) fn open(
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Box<dyn Device>, Unavailable> {
    let connection = display::connect(environment)?;
    let open = || -> io::Result<X11> {
        follow_keymap(&connection)?;
        let keymap = Keymap::of(&connection)?;
        let keys = wanted.keys.iter().map(|key| (*key, keymap.key(*key)));
        let keys = keys.collect();
        let mut device = X11 {
            connection: Arc::new(connection),
            keymap,
            keys,
            has_pointer: wanted.pointer.is_some(),
            begun: (0, 0),
            group: 0,
            caps: false,
            lent: Vec::new(),
        };
        device.release_all()?;
        Ok(device)
    };
    match open() {
        Ok(device) => Ok(Box::new(device)),
        Err(error) => Err(Unavailable::new(
            format!("the X server does not answer: {error}"),
            "try again",
        )),
    }
}

/// Has the server tell when its keymap changes.
fn follow_keymap(connection: &RustConnection) -> io::Result<()> {
    let used = connection.xkb_use_extension(1, 0);
    let used = used.map_err(io::Error::other)?.reply();
    used.map_err(io::Error::other)?;
    let changes = xkb::EventType::MAP_NOTIFY | xkb::EventType::NEW_KEYBOARD_NOTIFY;
    let none = xkb::EventType::from(0u16);
    let all = xkb::MapPart::from(u16::from(u8::MAX));
    let keyboard = xkb::ID::USE_CORE_KBD.into();
    connection
        .xkb_select_events(
            keyboard,
            none,
            changes,
            all,
            all,
            &xkb::SelectEventsAux::new(),
        )
        .map(|_| ())
        .map_err(io::Error::other)
}

impl Device for X11 {
    fn report(&mut self, changes: &[Change]) -> io::Result<()> {
        self.catch_up()?;
        for change in changes {
            match *change {
                Change::Key(key, down) => self.key(key, down)?,
                Change::Move(dx, dy) if self.has_pointer => self.r#move(dx, dy)?,
                Change::Scroll(dx, dy) if self.has_pointer => self.scroll(dx, dy)?,
                Change::Move(..) | Change::Scroll(..) => {}
            }
        }
        self.connection.flush().map_err(io::Error::other)
    }

    fn writer(&mut self) -> Option<&mut dyn Writer> {
        Some(self)
    }
}

impl X11 {
    /// Reads what the server has sent. Somebody may have changed the keymap, as by choosing a layout.
    fn catch_up(&mut self) -> io::Result<()> {
        let mut has_changed = false;
        while let Some(event) = self.connection.poll_for_event().map_err(io::Error::other)? {
            has_changed |= matches!(
                event,
                Event::XkbMapNotify(_) | Event::XkbNewKeyboardNotify(_)
            );
        }
        if has_changed {
            self.keymap = Keymap::of(&self.connection)?;
            for (key, place) in &mut self.keys {
                *place = self.keymap.key(*key);
            }
        }
        Ok(())
    }

    fn key(&self, key: KeyCode, down: bool) -> io::Result<()> {
        let button = BUTTONS.iter().find(|(button, _)| *button == key);
        match (button, self.keys.get(&key)) {
            (Some((_, number)), _) if self.has_pointer => {
                let kind = if down {
                    BUTTON_PRESS_EVENT
                } else {
                    BUTTON_RELEASE_EVENT
                };
                self.fake(kind, *number, (0, 0))
            }
            (None, Some(place)) => self.press(*place, down),
            // Nobody wanted it when the device was opened.
            _ => Ok(()),
        }
    }

    fn press(&self, key: Keycode, down: bool) -> io::Result<()> {
        let kind = if down {
            KEY_PRESS_EVENT
        } else {
            KEY_RELEASE_EVENT
        };
        self.fake(kind, key, (0, 0))
    }

    fn r#move(&self, dx: i32, dy: i32) -> io::Result<()> {
        let (dx, dy) = (coordinate(dx), coordinate(dy));
        const RELATIVE: u8 = 1;
        self.fake(MOTION_NOTIFY_EVENT, RELATIVE, (dx, dy))
    }

    /// A step of the wheel is a click of one of four buttons.
    fn scroll(&mut self, dx: i32, dy: i32) -> io::Result<()> {
        let [up, down, left, right] = WHEEL;
        let (mut begun_x, mut begun_y) = self.begun;
        for (by, begun, back, on) in [
            (dx, &mut begun_x, left, right),
            (dy, &mut begun_y, up, down),
        ] {
            *begun += by;
            let button = if *begun < 0 { back } else { on };
            for _ in 0..(*begun / STEP).abs() {
                self.fake(BUTTON_PRESS_EVENT, button, (0, 0))?;
                self.fake(BUTTON_RELEASE_EVENT, button, (0, 0))?;
            }
            *begun %= STEP;
        }
        self.begun = (begun_x, begun_y);
        Ok(())
    }

    /// The server passes on only what is really down on its XTEST devices.
    fn release_all(&mut self) -> io::Result<()> {
        let keys: Vec<_> = self.keys.keys().copied().collect();
        let buttons = BUTTONS.map(|(button, _)| button);
        let all = keys.into_iter().chain(buttons);
        let up: Vec<_> = all.map(|key| Change::Key(key, false)).collect();
        self.report(&up)
    }

    fn fake(&self, kind: u8, detail: u8, (x, y): (i16, i16)) -> io::Result<()> {
        let faked = self.connection.xtest_fake_input(
            kind,
            detail,
            x11rb::CURRENT_TIME,
            x11rb::NONE,
            x,
            y,
            0,
        );
        // A wrong request is answered with an error, which comes as an event and is passed over.
        faked.map(|_| ()).map_err(io::Error::other)
    }
}

impl Drop for X11 {
    fn drop(&mut self) {
        // A server that is gone has no keymap to mend.
        if self.finish().is_ok() {
            wait_until_done(&self.connection);
        }
    }
}

/// Waits until the server has done what it was asked; a server that hangs is not waited for. What a client
/// asks for and does not wait for is lost when it is gone before the server comes round to it.
fn wait_until_done(connection: &Arc<RustConnection>) {
    let (tell, done) = mpsc::channel();
    let connection = Arc::clone(connection);
    let ask = move || {
        // Requests are done in order, so the answer to one says that all before it are.
        let answer = connection.get_input_focus().map(|asked| asked.reply());
        drop(answer);
        tell.send(())
    };
    if thread::Builder::new().spawn(ask).is_ok() {
        // Neither an answer nor its absence changes anything now.
        done.recv_timeout(FAREWELL).ok();
    }
}

fn coordinate(by: i32) -> i16 {
    let limits = i32::from(i16::MIN)..=i32::from(i16::MAX);
    let by = by.clamp(*limits.start(), *limits.end());
    i16::try_from(by).unwrap_or_default()
}
