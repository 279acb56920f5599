//! Whether the system's bus and logind are there, for what is announced and for whose screen it is.

use std::os::unix::net::UnixStream;

use super::{Finding, Machine};

const CHECK: &str = "bus";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    let bus = UnixStream::connect(machine.file("/run/dbus/system_bus_socket"));
    let bus = match bus {
        Ok(_) => Finding::ok(CHECK, "the system bus can be reached"),
        Err(error) => Finding::warning(
            CHECK,
            format!(
                "the system bus can not be reached: {error}; the daemon announces itself without Avahi"
            ),
            "sudo systemctl start dbus",
        ),
    };
    let logind = match machine.file("/run/systemd/seats").is_dir() {
        true => Finding::ok(CHECK, "logind knows whose screen it is"),
        false => Finding::warning(
            CHECK,
            "logind does not run, so the udev rule can give nobody the virtual keyboard",
            "sudo systemctl start systemd-logind",
        ),
    };
    vec![bus, logind]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, told};
    use super::*;
    use std::fs;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_bus_that_listens_and_a_seat_are_well() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        let levels = told(&look(&machine));
        assert!(
            levels.iter().all(|line| line.starts_with("Warning")),
            "{levels:?}"
        );
        fs::create_dir_all(machine.file("/run/dbus")).expect("a directory");
        fs::create_dir_all(machine.file("/run/systemd/seats")).expect("a directory");
        let socket = machine.file("/run/dbus/system_bus_socket");
        let _listener = UnixListener::bind(socket).expect("a socket");
        let levels = told(&look(&machine));
        assert!(
            levels.iter().all(|line| line.starts_with("Ok")),
            "{levels:?}"
        );
    }
}
