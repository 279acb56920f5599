//! Why `/dev/uinput` cannot be opened, in words that help.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use deskconn_component::Unavailable;
use rustix::io::Errno;

const UINPUT: &str = "/dev/uinput";

const LOAD_MODULE: &str = "run `sudo modprobe uinput`; to have it at every boot: `echo uinput | sudo tee /etc/modules-load.d/uinput.conf`";

const ALLOW: &str = "install packaging/udev/60-deskconn-uinput.rules as \
     /etc/udev/rules.d/60-deskconn-uinput.rules (the packages do), then run \
     `sudo udevadm control --reload && sudo udevadm trigger --name-match=uinput`; \
     it gives the keyboard to whoever sits at the screen, not to remote logins";

const SANDBOX: &str = "let the container or sandbox have the device, \
     like `--device /dev/uinput` or `snap connect deskconn:uinput`";

/// Looks whether virtual devices could be created; opens `/dev/uinput`, creates nothing.
///
/// # Errors
/// What is missing and how to get it.
pub fn probe() -> Result<(), Unavailable> {
    probe_at(Path::new(UINPUT))
}

/// Why creating a virtual device failed.
pub fn explain(error: &io::Error) -> Unavailable {
    explain_at(Path::new(UINPUT), error)
}

fn probe_at(path: &Path) -> Result<(), Unavailable> {
    let file_type = fs::metadata(path)
        .map_err(|error| explain_at(path, &error))?
        .file_type();
    if !file_type.is_char_device() {
        return Err(Unavailable::new(
            format!("{} is not a device", path.display()),
            format!("remove it, then {LOAD_MODULE}"),
        ));
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map(drop)
        .map_err(|error| explain_at(path, &error))
}

fn explain_at(path: &Path, error: &io::Error) -> Unavailable {
    let path = path.display();
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => Unavailable::new(format!("there is no {path}"), LOAD_MODULE),
        Some(Errno::NODEV | Errno::NXIO) => {
            Unavailable::new(format!("the driver of {path} is not loaded"), LOAD_MODULE)
        }
        Some(Errno::ACCESS) => Unavailable::new(format!("no permission to open {path}"), ALLOW),
        Some(Errno::PERM) => Unavailable::new(format!("opening {path} is forbidden"), SANDBOX),
        _ => Unavailable::new(
            format!("cannot open {path}: {error}"),
            "look for uinput in the kernel's log, `sudo dmesg`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_device_asks_for_the_module() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("uinput");

        let unavailable = probe_at(&path).expect_err("there is none");

        assert_eq!(
            unavailable.reason,
            format!("there is no {}", path.display())
        );
        assert!(unavailable.hint.contains("sudo modprobe uinput"));
        assert!(unavailable.hint.contains("/etc/modules-load.d/uinput.conf"));
    }

    #[test]
    fn a_plain_file_is_not_a_device() {
        let file = tempfile::NamedTempFile::new().expect("a file");

        let unavailable = probe_at(file.path()).expect_err("a plain file");

        assert!(unavailable.reason.ends_with("is not a device"));
    }

    #[test]
    fn a_device_that_opens_is_fine() {
        assert_eq!(probe_at(Path::new("/dev/null")), Ok(()));
    }

    #[test]
    fn each_refusal_has_its_own_hint() {
        let explained = |errno: Errno| explain_at(Path::new("/dev/uinput"), &errno.into());

        let denied = explained(Errno::ACCESS);
        assert_eq!(denied.reason, "no permission to open /dev/uinput");
        assert!(denied.hint.contains("60-deskconn-uinput.rules"));
        assert!(denied.hint.contains("udevadm trigger"));

        assert!(explained(Errno::PERM).hint.contains("sandbox"));
        assert!(explained(Errno::NODEV).hint.contains("modprobe"));
        assert!(explained(Errno::IO).reason.contains("Input/output error"));
    }
}
