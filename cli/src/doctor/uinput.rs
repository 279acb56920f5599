//! Whether virtual keys can be pressed.

use std::fs::OpenOptions;
use std::io::ErrorKind;

use super::{Finding, Machine};

const CHECK: &str = "uinput";
const RULE: &str = "60-deskconn-uinput.rules";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    let opened = OpenOptions::new()
        .write(true)
        .open(machine.file("/dev/uinput"));
    let has_rule = [
        "/etc/udev/rules.d",
        "/usr/lib/udev/rules.d",
        "/lib/udev/rules.d",
    ]
    .iter()
    .any(|folder| machine.file(folder).join(RULE).exists());
    vec![match opened {
        Ok(_) => Finding::ok(CHECK, "/dev/uinput can be written"),
        Err(error) if error.kind() == ErrorKind::NotFound => Finding::warning(
            CHECK,
            "there is no /dev/uinput, so slides turn by the desktop's portal or its X server only",
            "sudo modprobe uinput",
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied && has_rule => Finding::warning(
            CHECK,
            "/dev/uinput is not this user's, although the udev rule is there",
            "sudo udevadm control --reload; sudo udevadm trigger; then log in again at the screen",
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Finding::warning(
            CHECK,
            "/dev/uinput is not this user's",
            format!("sudo cp packaging/udev/{RULE} /etc/udev/rules.d/, then log in again"),
        ),
        Err(error) => Finding::warning(CHECK, error.to_string(), "sudo modprobe uinput"),
    }]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, put, told};
    use super::*;

    #[test]
    fn uinput_is_there_and_writable_or_it_is_said_what_to_do() {
        let root = tempfile::tempdir().expect("a directory");
        let machine = machine(root.path());
        assert!(told(&look(&machine))[0].starts_with("Warning there is no /dev/uinput"));
        put(&machine, "/dev/uinput", "");
        assert_eq!(told(&look(&machine)), ["Ok /dev/uinput can be written"]);
    }
}
