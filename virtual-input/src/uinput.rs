//! A pointer and a keyboard made by the kernel, through `/dev/uinput`.
//!
//! They reach every desktop, and the console, the way those that are plugged in do.

mod explain;

use std::io;

use deskconn_component::Unavailable;
use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, BusType, EventType, InputEvent, InputId, KeyCode, RelativeAxisCode};

use crate::Wanted;
use crate::device::{Change, Device};
pub use explain::{explain, probe};

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
    pointer: Option<VirtualDevice>,
    /// Parts of steps to the right and up that are not yet whole ones.
    begun: (i32, i32),
}

/// Creates the devices that are `wanted`; of other keys the kernel takes none.
///
/// A desktop needs a moment to notice them and misses what is done before.
///
/// # Errors
/// [`Unavailable`] with what is missing and how to get it.
pub fn open(wanted: &Wanted) -> Result<Box<dyn Device>, Unavailable> {
    let create = || -> io::Result<Kernel> {
        let keys: AttributeSet<KeyCode> = wanted.keys.iter().collect();
        let keyboard = VirtualDevice::builder()?
            .name(wanted.keyboard)
            .input_id(InputId::new(BusType::BUS_VIRTUAL, 0, 0, 1))
            .with_keys(&keys)?
            .build()?;
        Ok(Kernel {
            keyboard,
            pointer: wanted.pointer.map(pointer).transpose()?,
            begun: (0, 0),
        })
    };
    let kernel = create().map_err(|error| explain(&error))?;
    Ok(Box::new(kernel))
}

fn pointer(name: &str) -> io::Result<VirtualDevice> {
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
    VirtualDevice::builder()?
        .name(name)
        .input_id(InputId::new(BusType::BUS_VIRTUAL, 0, 0, 2))
        .with_keys(&buttons)?
        .with_relative_axes(&axes)?
        .build()
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
        if let Some(pointer) = &mut self.pointer
            && !of_pointer.is_empty()
        {
            pointer.emit(&of_pointer)?;
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
