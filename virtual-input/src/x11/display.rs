//! Connecting to the X server of the desktop, on this machine only.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use deskconn_component::Unavailable;
use deskconn_desktop::Environment;
use x11rb::connection::RequestConnection;
use x11rb::errors::ConnectError;
use x11rb::protocol::{xkb, xtest};
use x11rb::rust_connection::{DefaultStream, RustConnection};

/// Where X servers listen, `:7` at `X7`.
const SOCKETS: &str = "/tmp/.X11-unix";

/// The kind of secret that X servers of desktops ask for.
const COOKIE: &[u8] = b"MIT-MAGIC-COOKIE-1";

/// More than any desktop keeps.
const MAX_FILE: u64 = 1 << 20;

/// A connection to the server that `environment` names.
///
/// # Errors
/// [`Unavailable`] if there is none, if it lets nobody in, or if it lacks XTEST or XKB.
pub(super) fn connect(environment: &Environment) -> Result<RustConnection, Unavailable> {
    let display = environment.get("DISPLAY").ok_or_else(|| {
        Unavailable::new(
            "there is no X server: DISPLAY is not set",
            "start the daemon in the desktop's session, or tell systemd of it: \
             `systemctl --user import-environment DISPLAY XAUTHORITY`",
        )
    })?;
    let Some((number, screen)) = parse(display) else {
        return Err(Unavailable::new(
            format!("the X server `{display}` is not one of this machine"),
            "set DISPLAY to one like `:0`",
        ));
    };
    let refused = |error: ConnectError| {
        Unavailable::new(
            format!("the X server `{display}` lets nobody in: {error}"),
            "is XAUTHORITY that of the desktop's session? tell systemd of it: \
             `systemctl --user import-environment DISPLAY XAUTHORITY`",
        )
    };
    let cookie = authority(environment).and_then(|file| cookie(&file, number));
    let stream = UnixStream::connect(Path::new(SOCKETS).join(format!("X{number}")));
    let stream = stream.and_then(DefaultStream::from_unix_stream);
    let (stream, _) = stream.map_err(|error| refused(error.into()))?;
    let (kind, secret) = cookie.map_or_else(Default::default, |it| (COOKIE.to_vec(), it));
    let connection = RustConnection::connect_to_stream_with_auth_info(stream, screen, kind, secret);
    let connection = connection.map_err(refused)?;
    for extension in [xtest::X11_EXTENSION_NAME, xkb::X11_EXTENSION_NAME] {
        let has = connection.extension_information(extension);
        if !has.is_ok_and(|found| found.is_some()) {
            return Err(Unavailable::new(
                format!("the X server `{display}` has no {extension}"),
                "start it with that extension",
            ));
        }
    }
    Ok(connection)
}

/// The numbers of `:DISPLAY.SCREEN`. What names a machine is another's, even if it is this one.
fn parse(display: &str) -> Option<(u16, usize)> {
    let numbers = display.strip_prefix(':')?;
    let (number, screen) = numbers.split_once('.').unwrap_or((numbers, "0"));
    Some((number.parse().ok()?, screen.parse().ok()?))
}

/// What is in the file that has the session's secrets.
fn authority(environment: &Environment) -> Option<Vec<u8>> {
    let named = environment.get("XAUTHORITY").map(PathBuf::from);
    let usual = || Some(Path::new(environment.get("HOME")?).join(".Xauthority"));
    let path = named.or_else(usual)?;
    let size = path.metadata().ok()?.len();
    (size <= MAX_FILE).then(|| std::fs::read(path).ok())?
}

/// The secret of display `number`, in a file as `Xau(3)` has it: entries of a family and four texts, each
/// after its length, all in network order.
fn cookie(mut file: &[u8], number: u16) -> Option<Vec<u8>> {
    /// Families of addresses: this machine, by whatever name, and any.
    const FAMILIES: [u16; 2] = [256, 65535];
    let number = number.to_string();
    loop {
        let family = u16::from_be_bytes(take(&mut file, 2)?.try_into().ok()?);
        let mut text = || {
            let length = u16::from_be_bytes(take(&mut file, 2)?.try_into().ok()?);
            take(&mut file, usize::from(length))
        };
        let (_address, display, kind, secret) = (text()?, text()?, text()?, text()?);
        let is_of_display = display.is_empty() || display == number.as_bytes();
        if FAMILIES.contains(&family) && is_of_display && kind == COOKIE {
            return Some(secret.to_vec());
        }
    }
}

fn take<'a>(file: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = file.split_at_checked(length)?;
    *file = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry of the file.
    fn entry(family: u16, texts: [&[u8]; 4]) -> Vec<u8> {
        let mut entry = family.to_be_bytes().to_vec();
        for text in texts {
            let length = u16::try_from(text.len()).expect("a short text");
            entry.extend(length.to_be_bytes());
            entry.extend(text);
        }
        entry
    }

    #[test]
    fn only_displays_of_this_machine_count() {
        assert_eq!(parse(":0"), Some((0, 0)));
        assert_eq!(parse(":12.1"), Some((12, 1)));
        for other in [
            "",
            "0",
            ":",
            ":x",
            "localhost:10.0",
            "host/unix:0",
            ":70000",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn the_secret_is_that_of_the_display() {
        let file = [
            entry(0, [b"\x7f\0\0\x01", b"7", COOKIE, b"of another machine"]),
            entry(256, [b"desk", b"7", b"SUN-DES-1", b"of another kind"]),
            entry(256, [b"desk", b"8", COOKIE, b"eight"]),
            entry(256, [b"desk", b"7", COOKIE, b"seven"]),
            entry(65535, [b"", b"", COOKIE, b"any"]),
        ];
        let file = file.concat();
        assert_eq!(cookie(&file, 7).as_deref(), Some(b"seven".as_slice()));
        assert_eq!(cookie(&file, 8).as_deref(), Some(b"eight".as_slice()));
        assert_eq!(cookie(&file, 9).as_deref(), Some(b"any".as_slice()));
    }

    #[test]
    fn a_file_that_is_cut_off_has_what_is_whole() {
        let file = entry(256, [b"desk", b"7", COOKIE, b"seven"]);
        for length in 0..file.len() {
            assert_eq!(cookie(&file[..length], 7), None, "{length}");
        }
    }
}
