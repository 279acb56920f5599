//! Prints the keys a keyboard sends: `read_keys [--name NAME] [--count N] [--timeout S] [--list]`.
//!
//! Waits for the keyboard called NAME ("DeskConn Slides"), says `reading PATH` on standard error
//! and prints lines like `KEY_PAGEDOWN 1` (down) and `KEY_PAGEDOWN 0` (up). Ends after N events.
//! With `--list` it prints the keys the keyboard has instead. Exit status 1 if the S seconds
//! (10) are over or the keyboard is gone before that.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program for the command line"
)]

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("read_keys reads /dev/input, which is Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::error::Error;
    use std::path::PathBuf;
    use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
    use std::time::{Duration, Instant};
    use std::{io, thread};

    use deskconn_slides::backend::KEYBOARD_NAME;
    use evdev::{Device, EventSummary};

    pub(crate) fn run() -> Result<(), Box<dyn Error>> {
        let mut name = KEYBOARD_NAME.to_owned();
        let mut count = usize::MAX;
        let mut timeout = 10;
        let mut list = false;
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} takes a value"));
            match arg.as_str() {
                "--name" => name = value()?,
                "--count" => count = value()?.parse()?,
                "--timeout" => timeout = value()?.parse()?,
                "--list" => list = true,
                _ => return Err(format!("unknown option {arg}").into()),
            }
        }
        let deadline = Instant::now() + Duration::from_secs(timeout);

        let (path, device) = wait_for(&name, deadline)?;
        if list {
            for key in device.supported_keys().into_iter().flatten() {
                println!("{key:?}");
            }
            return Ok(());
        }

        let (events, received) = mpsc::sync_channel(64);
        thread::spawn(move || forward(device, &events));
        eprintln!("reading {}", path.display());
        for _ in 0..count {
            let left = deadline.saturating_duration_since(Instant::now());
            match received.recv_timeout(left) {
                Ok(line) => println!("{}", line?),
                Err(RecvTimeoutError::Timeout) => return Err("time is over".into()),
                Err(RecvTimeoutError::Disconnected) => return Err("no more events".into()),
            }
        }
        Ok(())
    }

    /// Devices appear without a signal here (no udev in the rig), so this looks every 10 ms.
    fn wait_for(name: &str, deadline: Instant) -> Result<(PathBuf, Device), String> {
        loop {
            if let Some(found) = evdev::enumerate().find(|(_, dev)| dev.name() == Some(name)) {
                return Ok(found);
            }
            if Instant::now() > deadline {
                return Err(format!("no keyboard called {name}"));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn forward(mut device: Device, events: &SyncSender<io::Result<String>>) {
        loop {
            let batch = match device.fetch_events() {
                Ok(batch) => batch,
                Err(error) => {
                    events.send(Err(error)).ok();
                    return;
                }
            };
            for event in batch {
                if let EventSummary::Key(_, key, value) = event.destructure()
                    && events.send(Ok(format!("{key:?} {value}"))).is_err()
                {
                    return;
                }
            }
        }
    }
}
