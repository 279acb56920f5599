//! Devices that the compositor takes for real ones, over the socket that it has given (the EI protocol of
//! libei).

use std::collections::BTreeSet;
use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use deskconn_desktop::Buses;
use evdev::KeyCode;
use reis::ei;
use reis::enumflags2::BitFlags;
use reis::event::{Connection, DeviceCapability, EiEvent};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Wanted;
use crate::device::{Change, Device, Prepared, Writer};

/// What the compositor knows us as.
const NAME: &str = "DeskConn";

/// How long it may take to offer its devices.
const PATIENCE: Duration = Duration::from_secs(5);

/// Kernel's numbers of buttons (`BTN_MISC` to before `KEY_OK`).
const BUTTONS: std::ops::Range<u16> = 0x100..0x160;

/// What the compositor offers now.
#[derive(Debug, Default)]
struct Offer {
    connection: Option<Connection>,
    /// Those that take events.
    devices: Vec<reis::event::Device>,
    /// It is gone.
    has_ended: bool,
}

/// The devices, as long as the compositor lets us have them.
#[derive(Debug)]
pub(super) struct Hands {
    offer: watch::Receiver<Offer>,
    keys: BTreeSet<KeyCode>,
    /// Of the socket whose other end a thread has, which ends when this is shut down.
    socket: UnixStream,
    /// Without it the portal's session ends.
    _buses: Buses,
}

impl Hands {
    /// Takes the `wanted` devices that the compositor offers on `socket`.
    ///
    /// # Errors
    /// If it does not offer them in time.
    pub(super) async fn on(socket: OwnedFd, wanted: Wanted, buses: Buses) -> io::Result<Self> {
        let socket = UnixStream::from(socket);
        let theirs = socket.try_clone()?;
        let (sender, offer) = watch::channel(Offer::default());
        let capabilities = match wanted.pointer {
            Some(_) => keyboard() | pointer(),
            None => keyboard(),
        };
        thread::Builder::new()
            .name("ei".to_owned())
            .spawn(move || {
                let ended = follow(theirs, capabilities, &sender);
                if let Err(error) = ended {
                    tracing::debug!(%error, "the compositor's offer has ended");
                }
                sender.send_modify(|offer| {
                    offer.devices.clear();
                    offer.has_ended = true;
                });
            })?;
        let mut hands = Self {
            offer,
            keys: wanted.keys,
            socket,
            _buses: buses,
        };
        let has_pointer = wanted.pointer.is_some();
        let is_complete = |offer: &Offer| {
            let has = |capability| offer.device(capability).is_some();
            let pointer = pointer().iter().all(has);
            has(DeviceCapability::Keyboard) && (pointer || !has_pointer)
        };
        let complete = hands.offer.wait_for(|it| it.has_ended || is_complete(it));
        let is_complete = match timeout(PATIENCE, complete).await {
            Ok(Ok(offer)) => !offer.has_ended,
            _ => false,
        };
        if is_complete {
            Ok(hands)
        } else {
            Err(io::Error::other("the compositor offers no such devices"))
        }
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        if let Some(connection) = &self.offer.borrow().connection {
            connection.connection().disconnect();
            // One that is gone need not be told.
            connection.flush().ok();
        }
        self.socket.shutdown(Shutdown::Both).ok();
    }
}

impl Device for Hands {
    fn report(&mut self, changes: &[Change]) -> io::Result<()> {
        let offer = self.offer.borrow();
        let mut used = Vec::new();
        for change in changes {
            let device = match *change {
                Change::Key(key, down) if BUTTONS.contains(&key.code()) => {
                    let (device, button) = offer.interface::<ei::Button>()?;
                    button.button(u32::from(key.code()), button_state(down));
                    device
                }
                Change::Key(key, down) if self.keys.contains(&key) => {
                    let (device, keyboard) = offer.interface::<ei::Keyboard>()?;
                    keyboard.key(u32::from(key.code()), key_state(down));
                    device
                }
                // Nobody wanted it when the session was opened.
                Change::Key(..) => continue,
                Change::Move(dx, dy) => {
                    let (device, pointer) = offer.interface::<ei::Pointer>()?;
                    pointer.motion_relative(units(dx), units(dy));
                    device
                }
                Change::Scroll(dx, dy) => {
                    let (device, scroll) = offer.interface::<ei::Scroll>()?;
                    scroll.scroll_discrete(dx, dy);
                    device
                }
            };
            if !used.contains(&device) {
                used.push(device);
            }
        }
        offer.send(&used)
    }

    fn writer(&mut self) -> Option<&mut dyn Writer> {
        let writes = self.offer.borrow().device(DeviceCapability::Text).is_some();
        writes.then_some(self)
    }
}

/// Where the compositor takes text as it is, it need not be known what any key gives.
impl Writer for Hands {
    fn unwritable(&mut self, text: &str) -> io::Result<String> {
        let cannot = text.chars().filter(|c| c.is_control());
        Ok(cannot.filter(|c| !['\n', '\t'].contains(c)).collect())
    }

    fn prepare(&mut self, text: &str) -> io::Result<Prepared> {
        Ok(Prepared {
            length: text.len(),
            has_changed_keys: false,
        })
    }

    fn write(&mut self, character: char) -> io::Result<()> {
        let key = match character {
            '\n' => KeyCode::KEY_ENTER,
            '\t' => KeyCode::KEY_TAB,
            _ => {
                let offer = self.offer.borrow();
                let (device, text) = offer.interface::<ei::Text>()?;
                text.utf8(character.encode_utf8(&mut [0; 4]));
                return offer.send(&[device]);
            }
        };
        self.report(&[Change::Key(key, true)])?;
        self.report(&[Change::Key(key, false)])
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Offer {
    fn device(&self, capability: DeviceCapability) -> Option<&reis::event::Device> {
        let mut devices = self.devices.iter();
        devices.find(|device| device.has_capability(capability))
    }

    /// A device that takes events of this kind, and what they are sent to.
    fn interface<I: ei::Interface>(&self) -> io::Result<(&reis::event::Device, I)> {
        let mut found = self.devices.iter();
        let found = found.find_map(|device| Some((device, device.interface::<I>()?)));
        found.ok_or_else(|| io::Error::other("the compositor takes no such events now"))
    }

    /// Has the compositor take what was done on `devices` as done at once.
    fn send(&self, devices: &[&reis::event::Device]) -> io::Result<()> {
        let gone = || io::Error::other("the compositor is gone");
        let connection = self.connection.as_ref().ok_or_else(gone)?;
        for device in devices {
            device.device().frame(connection.serial(), microseconds());
        }
        Ok(connection.flush()?)
    }
}

/// Keeps `offer` as the compositor has it, until it is gone.
fn follow(
    socket: UnixStream,
    capabilities: BitFlags<DeviceCapability>,
    offer: &watch::Sender<Offer>,
) -> Result<(), reis::Error> {
    let context = ei::Context::new(socket)?;
    let sender = ei::handshake::ContextType::Sender;
    let (connection, events) = context.handshake_blocking(NAME, sender)?;
    offer.send_modify(|offer| offer.connection = Some(connection.clone()));
    let mut sequence = 0;
    for event in events {
        match event? {
            EiEvent::SeatAdded(added) => added.seat.bind_capabilities(capabilities),
            EiEvent::DeviceResumed(resumed) => {
                sequence += 1;
                let device = resumed.device;
                device
                    .device()
                    .start_emulating(connection.serial(), sequence);
                offer.send_modify(|offer| offer.devices.push(device));
            }
            EiEvent::DevicePaused(paused) => forget(offer, &paused.device),
            EiEvent::DeviceRemoved(removed) => forget(offer, &removed.device),
            EiEvent::Disconnected(_) => return Ok(()),
            _ => continue,
        }
        connection.flush().map_err(io::Error::from)?;
    }
    Ok(())
}

fn forget(offer: &watch::Sender<Offer>, device: &reis::event::Device) {
    offer.send_modify(|offer| offer.devices.retain(|known| known != device));
}

fn keyboard() -> BitFlags<DeviceCapability> {
    DeviceCapability::Keyboard | DeviceCapability::Text
}

fn pointer() -> BitFlags<DeviceCapability> {
    DeviceCapability::Pointer | DeviceCapability::Button | DeviceCapability::Scroll
}

const fn button_state(down: bool) -> ei::button::ButtonState {
    if down {
        ei::button::ButtonState::Press
    } else {
        ei::button::ButtonState::Released
    }
}

const fn key_state(down: bool) -> ei::keyboard::KeyState {
    if down {
        ei::keyboard::KeyState::Press
    } else {
        ei::keyboard::KeyState::Released
    }
}

/// Pixels, of which callers can not ask for more than fit.
fn units(by: i32) -> f32 {
    let limits = i32::from(i16::MIN)..=i32::from(i16::MAX);
    let by = by.clamp(*limits.start(), *limits.end());
    f32::from(i16::try_from(by).unwrap_or_default())
}

/// The time of `CLOCK_MONOTONIC`, as EI has it.
fn microseconds() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let (seconds, nanoseconds) = (now.tv_sec.cast_unsigned(), now.tv_nsec.cast_unsigned());
    seconds * 1_000_000 + nanoseconds / 1000
}
