//! Presses presentation keys for real: `press [--profile NAME] [ACTION...]`.
//!
//! Without an ACTION it reads them from standard input, one a line; there `hold ACTION` leaves
//! the keys down and `release` lets go. Says `ready` when the keyboard exists.

#![expect(
    clippy::print_stdout,
    reason = "this is a program for the command line"
)]

use std::error::Error;
use std::io;

use deskconn_slides::{Action, Keyboard, Keys, Profiles, VirtualKeyboard};
use deskconn_virtual_input::uinput;

fn main() -> Result<(), Box<dyn Error>> {
    let mut profile = "generic".to_owned();
    let mut actions = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--profile" => profile = args.next().ok_or("--profile takes a name")?,
            _ => actions.push(arg),
        }
    }

    let profiles = Profiles::builtin();
    let keyboard = uinput::open(&VirtualKeyboard::wanted(&profiles.keys()))?;
    let mut keys = Keys::new(VirtualKeyboard::new(keyboard));
    println!("ready");

    if actions.is_empty() {
        for line in io::stdin().lines() {
            obey(&line?, &profile, &profiles, &mut keys)?;
        }
    }
    for action in actions {
        obey(&action, &profile, &profiles, &mut keys)?;
    }
    Ok(())
}

fn obey<K: Keyboard>(
    line: &str,
    profile: &str,
    profiles: &Profiles,
    keys: &mut Keys<K>,
) -> Result<(), Box<dyn Error>> {
    if line == "release" {
        return Ok(keys.release()?);
    }
    let (hold, action) = match line.strip_prefix("hold ") {
        Some(action) => (true, action),
        None => (false, line),
    };
    let action: Action = action.parse()?;
    for chord in profiles.chords(profile, action)? {
        if hold {
            keys.hold(chord)?;
        } else {
            keys.press(chord)?;
        }
    }
    Ok(())
}
