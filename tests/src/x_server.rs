//! An X server that nobody sees, and a program on it that notes what pointer and keyboard do.

use std::path::PathBuf;
use std::process::Command;
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateWindowAux, EventMask, GetKeyboardMappingReply, InputFocus,
    KeyButMask, KeyPressEvent, WindowClass,
};
use x11rb::rust_connection::{DefaultStream, RustConnection};

use crate::home::TempHome;
use crate::output::output_of;
use crate::running::Running;
use crate::wait::DEADLINE;

/// The secret without which the server lets nobody in, and its kind.
const SECRET: &[u8; 16] = b"not for everyone";
const KIND: &[u8] = b"MIT-MAGIC-COOKIE-1";

const SIZE: (u16, u16) = (800, 600);

/// Xvfb, with a window over all of its screen that has the focus.
#[derive(Debug)]
pub struct XServer {
    server: Running,
    number: u16,
    authority: PathBuf,
    events: UnboundedReceiver<String>,
}

impl XServer {
    /// Starts one with a display of its own; files are in this home.
    ///
    /// # Panics
    ///
    /// When `scripts/setup` has not installed what it takes.
    pub async fn start(home: &TempHome) -> Self {
        let authority = home.path().join("authority");
        std::fs::write(&authority, entry()).expect("a writable home");
        let mut server = Command::new("Xvfb");
        server.args([
            "-displayfd",
            "1",
            "-nolisten",
            "tcp",
            "-noreset",
            "-screen",
            "0",
        ]);
        server.arg(format!("{}x{}x24", SIZE.0, SIZE.1));
        server.arg("-auth").arg(&authority);
        let mut server = Running::start(server);
        let number = loop {
            // Warnings are among what it says.
            if let Ok(number) = server.expect("").await.parse() {
                break number;
            }
        };
        let events = watch(number);
        let mut server = Self {
            server,
            number,
            authority,
            events,
        };
        // The window has put the pointer there.
        assert_eq!(server.events(1).await, ["at 100,100"]);
        server
    }

    /// Makes `command` one of this server's session.
    pub fn adopt<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DISPLAY", self.display())
            .env("XAUTHORITY", &self.authority)
    }

    /// Gives the keyboard these layouts, as `us,ru`; the last is in use.
    ///
    /// # Panics
    ///
    /// When the server does not take them.
    pub async fn set_layout(&mut self, layout: &str) {
        let mut command = Command::new("setxkbmap");
        command.args(["-display", &self.display(), "-layout", layout]);
        self.adopt(&mut command);
        output_of(command).await.success();
    }

    /// What each key gives now.
    pub fn keymap(&self) -> Vec<u32> {
        keymap(&connect(self.number)).keysyms
    }

    /// The next `count` things that pointer and keyboard do: `+q` and `-q` for a key that gives q, `+ff56`
    /// for one that gives this keysym, `+button1`, `at 10,20`.
    ///
    /// # Panics
    ///
    /// When there are not so many by the deadline.
    pub async fn events(&mut self, count: usize) -> Vec<String> {
        let mut events = Vec::new();
        while events.len() < count {
            let next = timeout(DEADLINE, self.events.recv()).await;
            match next {
                Ok(Some(event)) => events.push(event),
                other => panic!("{other:?} instead of {count} events, after {events:?}"),
            }
        }
        events
    }

    /// The text that is typed until the key with the keysym `end` goes down.
    ///
    /// # Panics
    ///
    /// When it does not by the deadline.
    pub async fn text_until(&mut self, end: &str) -> String {
        let mut text = String::new();
        loop {
            let event = self.events(1).await.remove(0);
            let Some(pressed) = event.strip_prefix('+') else {
                continue;
            };
            if pressed == end {
                return text;
            }
            match pressed {
                "ff0d" => text.push('\n'),
                "ff09" => text.push('\t'),
                // Shift and AltGr.
                "ffe1" | "fe03" => {}
                _ => text.push_str(pressed),
            }
        }
    }

    /// Ends it.
    pub async fn stop(self) {
        self.server.signal(rustix::process::Signal::TERM);
        self.server.ended().await;
    }

    fn display(&self) -> String {
        format!(":{}", self.number)
    }
}

/// The secret as `Xau(3)` writes it: for any machine and any display.
fn entry() -> Vec<u8> {
    let mut entry = u16::MAX.to_be_bytes().to_vec();
    for text in [b"".as_slice(), b"", KIND, SECRET] {
        let length = u16::try_from(text.len()).expect("a short text");
        entry.extend(length.to_be_bytes());
        entry.extend(text);
    }
    entry
}

fn connect(number: u16) -> RustConnection {
    let path = PathBuf::from("/tmp/.X11-unix").join(format!("X{number}"));
    let stream = std::os::unix::net::UnixStream::connect(path).expect("the server listens");
    let (stream, _) = DefaultStream::from_unix_stream(stream).expect("a stream");
    let secret = (KIND.to_vec(), SECRET.to_vec());
    RustConnection::connect_to_stream_with_auth_info(stream, 0, secret.0, secret.1)
        .expect("the server lets us in")
}

fn keymap(connection: &RustConnection) -> GetKeyboardMappingReply {
    let setup = connection.setup();
    let (first, last) = (setup.min_keycode, setup.max_keycode);
    let asked = connection.get_keyboard_mapping(first, last - first + 1);
    asked.expect("asked").reply().expect("a keymap")
}

/// Opens the window, and notes what comes to it until the server ends.
fn watch(number: u16) -> UnboundedReceiver<String> {
    let connection = connect(number);
    let screen = &connection.setup().roots[0];
    let window = connection.generate_id().expect("an id");
    let wanted = EventMask::KEY_PRESS
        | EventMask::KEY_RELEASE
        | EventMask::BUTTON_PRESS
        | EventMask::BUTTON_RELEASE
        | EventMask::POINTER_MOTION;
    let settings = CreateWindowAux::new()
        .override_redirect(1)
        .event_mask(wanted | EventMask::EXPOSURE);
    let (width, height) = SIZE;
    connection
        .create_window(
            0,
            window,
            screen.root,
            0,
            0,
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            0,
            &settings,
        )
        .expect("a window");
    connection.map_window(window).expect("mapped");
    connection.flush().expect("a server");
    // Who has not been shown can not have the focus.
    while !matches!(connection.wait_for_event(), Ok(Event::Expose(_))) {}
    connection
        .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
        .expect("the focus");
    connection
        .warp_pointer(x11rb::NONE, window, 0, 0, 0, 0, 100, 100)
        .expect("a pointer");
    // All of it is done when this is answered.
    let mut keymap = keymap(&connection);
    let (sender, events) = unbounded_channel();
    thread::spawn(move || {
        while let Ok(event) = connection.wait_for_event() {
            let noted = match event {
                Event::KeyPress(key) => format!("+{}", name(&keymap, &connection, &key)),
                Event::KeyRelease(key) => format!("-{}", name(&keymap, &connection, &key)),
                Event::ButtonPress(button) => format!("+button{}", button.detail),
                Event::ButtonRelease(button) => format!("-button{}", button.detail),
                Event::MotionNotify(motion) => format!("at {},{}", motion.event_x, motion.event_y),
                Event::MappingNotify(_) => {
                    keymap = self::keymap(&connection);
                    continue;
                }
                _ => continue,
            };
            if sender.send(noted).is_err() {
                return;
            }
        }
    });
    events
}

/// What a key gives with the modifiers that are held, as programs find it out.
fn name(
    keymap: &GetKeyboardMappingReply,
    connection: &RustConnection,
    key: &KeyPressEvent,
) -> String {
    let width = usize::from(keymap.keysyms_per_keycode);
    let first = connection.setup().min_keycode;
    let gives = &keymap.keysyms[usize::from(key.detail - first) * width..][..width];
    // The layout in use is in two bits of the state (XKB protocol, section 2.2.2).
    let group = usize::from(u16::from(key.state) >> 13 & 3);
    let shift = usize::from(key.state.contains(KeyButMask::SHIFT));
    let level3 = key.state.contains(KeyButMask::MOD5);
    let column = if level3 { 4 } else { 0 } + 2 * group + shift;
    let keysym = gives.get(column).copied().filter(|keysym| *keysym != 0);
    let keysym = keysym.unwrap_or(gives[0]);
    match keysym {
        0x20..=0x7e | 0xa0..=0xff | 0x20ac => char::from_u32(keysym),
        0x0100_0000.. => char::from_u32(keysym - 0x0100_0000),
        _ => None,
    }
    .map_or_else(|| format!("{keysym:x}"), String::from)
}
