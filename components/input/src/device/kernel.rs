//! A pointer and a keyboard made by the kernel, through `/dev/uinput`.

use std::io;

use deskconn_component::{Unavailable, uinput};
use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, BusType, EventType, InputEvent, InputId, KeyCode, RelativeAxisCode};

use super::{Change, Device};
use crate::keys;

/// The name of the virtual keyboard, as desktops show it.
pub const KEYBOARD_NAME: &str = "DeskConn Keyboard";

/// The name of the virtual pointer.
pub const POINTER_NAME: &str = "DeskConn Pointer";

/// What a wheel's step is in the kernel's high resolution.
const STEP: i32 = 120;

const BUTTONS: [KeyCode; 5] = [
    KeyCode::BTN_LEFT,
    KeyCode::BTN_RIGHT,
    KeyCode::BTN_MIDDLE,
    KeyCode::BTN_SIDE,
    KeyCode::BTN_EXTRA,
];

/// Two devices: a desktop takes one that is both for neither. The kernel lets go of every key and
/// removes them when this is dropped or the process ends in whatever way.
struct Kernel {
    keyboard: VirtualDevice,
    pointer: VirtualDevice,
    /// Parts of steps to the right and up that are not yet whole ones.
    begun: (i32, i32),
}

/// Creates a pointer and a keyboard with the keys that can be named or typed.
///
/// A desktop needs a moment to notice them and misses what is done before.
///
/// # Errors
/// [`Unavailable`] with what is missing and how to get it.
pub fn open() -> Result<Box<dyn Device>, Unavailable> {
    let create = || -> io::Result<Kernel> {
        let keys: AttributeSet<KeyCode> = keys::all().collect();
        let keyboard = VirtualDevice::builder()?
            .name(KEYBOARD_NAME)
            .input_id(InputId::new(BusType::BUS_VIRTUAL, 0, 0, 1))
            .with_keys(&keys)?
            .build()?;
        let buttons: AttributeSet<KeyCode> = BUTTONS.into_iter().collect();
        let axes: AttributeSet<RelativeAxisCode> = [
            RelativeAxisCode::REL_X,
            RelativeAxisCode::REL_Y,
            RelativeAxisCode::REL_WHEEL,
            RelativeAxisCode::REL_HWHEEL,
            RelativeAxisCode::REL_WHEEL_HI_RES,
            RelativeAxisCode::REL_HWHEEL_HI_RES,
        ]
        .into_iter()
        .collect();
        let pointer = VirtualDevice::builder()?
            .name(POINTER_NAME)
            .input_id(InputId::new(BusType::BUS_VIRTUAL, 0, 0, 2))
            .with_keys(&buttons)?
            .with_relative_axes(&axes)?
            .build()?;
        Ok(Kernel {
            keyboard,
            pointer,
            begun: (0, 0),
        })
    };
    let kernel = create().map_err(|error| uinput::explain(&error))?;
    Ok(Box::new(kernel))
}

impl Device for Kernel {
    fn report(&mut self, changes: &[Change]) -> io::Result<()> {
        let mut of_keyboard = Vec::new();
        let mut of_pointer = Vec::new();
        for change in changes {
            match *change {
                Change::Key(key, down) => {
                    let event = InputEvent::new(EventType::KEY.0, key.code(), down.into());
                    if BUTTONS.contains(&key) {
                        of_pointer.push(event);
                    } else {
                        of_keyboard.push(event);
                    }
                }
                Change::Move(dx, dy) => {
                    of_pointer.push(relative(RelativeAxisCode::REL_X, dx));
                    of_pointer.push(relative(RelativeAxisCode::REL_Y, dy));
                }
                Change::Scroll(dx, dy) => self.scroll(dx, dy, &mut of_pointer),
            }
        }
        if !of_keyboard.is_empty() {
            self.keyboard.emit(&of_keyboard)?;
        }
        if !of_pointer.is_empty() {
            self.pointer.emit(&of_pointer)?;
        }
        Ok(())
    }
}

impl Kernel {
    /// Programs read the fine steps, or the whole ones; the kernel's wheel goes up.
    fn scroll(&mut self, dx: i32, dy: i32, events: &mut Vec<InputEvent>) {
        let axes = [
            (
                dx,
                &mut self.begun.0,
                RelativeAxisCode::REL_HWHEEL_HI_RES,
                RelativeAxisCode::REL_HWHEEL,
            ),
            (
                -dy,
                &mut self.begun.1,
                RelativeAxisCode::REL_WHEEL_HI_RES,
                RelativeAxisCode::REL_WHEEL,
            ),
        ];
        for (by, begun, fine, whole) in axes {
            if by == 0 {
                continue;
            }
            *begun += by;
            events.push(relative(fine, by));
            if *begun / STEP != 0 {
                events.push(relative(whole, *begun / STEP));
                *begun %= STEP;
            }
        }
    }
}

fn relative(axis: RelativeAxisCode, by: i32) -> InputEvent {
    InputEvent::new(EventType::RELATIVE.0, axis.0, by)
}
