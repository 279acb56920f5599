//! Switches a pin on and panics: `panic_with_pin NAME`, to see that the pin is safe then.
//!
//! Says `on` when it is on, and panics when a line comes on standard input.

#![expect(
    clippy::print_stdout,
    reason = "this is a program for the command line"
)]

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("pins are Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use deskconn_gpio::{
        Action, Command, Keeper, KernelPins, Line, LineName, LineRef, Output, Place, Role,
    };

    pub(crate) fn run() -> Result<(), Box<dyn std::error::Error>> {
        let pin = std::env::args().nth(1).ok_or("name a pin")?;
        let name = LineName::try_from("pin".to_owned())?;
        let line = Line {
            title: pin.clone(),
            place: Place {
                chip: None,
                line: LineRef::Name(pin),
            },
            active_low: false,
            bias: None,
            max_rate: 10,
            role: Role::Output(Output {
                initial: true,
                safe: false,
                writable: true,
                max_pulse: Duration::from_secs(1),
                schedule: Vec::new(),
            }),
        };

        let mut keeper = Keeper::new(KernelPins::default());
        let mut reports = Vec::new();
        let lines = BTreeMap::from([(name.clone(), line)]);
        keeper.obey(Command::Open(lines), Instant::now(), &mut reports);
        let on = Command::Do {
            id: 1,
            line: name,
            action: Action::Set(true),
            by: None,
        };
        keeper.obey(on, Instant::now(), &mut reports);
        println!("on");
        std::io::stdin().read_line(&mut String::new())?;
        panic!("with the pin on");
    }
}
