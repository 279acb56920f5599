//! Prints what an input device sends: `read_events --name NAME [--count N] [--until KEY] [--timeout S] [--list]`.
//!
//! Waits for the device called NAME, says `reading PATH` on standard error and prints lines like
//! `KEY_A 1` and `REL_X -3`. Ends after N events, or when KEY has been released. With `--list` it prints the
//! keys that the device has instead. Exit status 1 if the S seconds (20) are over or the device is gone
//! before that.

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
    eprintln!("read_events reads /dev/input, which is Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::error::Error;
    use std::path::PathBuf;
    use std::sync::mpsc::{self, SyncSender};
    use std::time::{Duration, Instant};
    use std::{io, thread};

    use evdev::{Device, EventSummary};

    pub(crate) fn run() -> Result<(), Box<dyn Error>> {
        let mut name = None;
        let mut count = usize::MAX;
        let mut until = None;
        let mut timeout = 20;
        let mut list = false;
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} takes a value"));
            match arg.as_str() {
                "--name" => name = Some(value()?),
                "--count" => count = value()?.parse()?,
                "--until" => until = Some(format!("{} 0", value()?)),
                "--timeout" => timeout = value()?.parse()?,
                "--list" => list = true,
                _ => return Err(format!("unknown option {arg}").into()),
            }
        }
        let deadline = Instant::now() + Duration::from_secs(timeout);
        let (path, device) = wait_for(&name.ok_or("name a device")?, deadline)?;
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
            let line = received.recv_timeout(left)??;
            println!("{line}");
            if Some(&line) == until.as_ref() {
                break;
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
                return Err(format!("no device called {name}"));
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
                let line = match event.destructure() {
                    EventSummary::Key(_, key, value) => format!("{key:?} {value}"),
                    EventSummary::RelativeAxis(_, axis, value) => format!("{axis:?} {value}"),
                    _ => continue,
                };
                if events.send(Ok(line)).is_err() {
                    return;
                }
            }
        }
    }
}
