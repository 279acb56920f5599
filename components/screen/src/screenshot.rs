//! `org.deskconn.screen.screenshot.*`: a picture of the screen, where the owner allows it. The desktop's portal
//! takes it, and asks whoever sits there if it wants to.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deskconn_component::{Registrar, StartError, failure};
use deskconn_desktop::Buses;
use deskconn_desktop::portal::{Options, PortalError, interface, request, text};
use deskconn_protocol::api::octets::Octets;
use deskconn_protocol::api::screen::{Picture, PicturePart};
use deskconn_protocol::uris;
use rustix::fs::{Mode, OFlags, open};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use wamp_client::{Invocation, InvocationError, Reply, Session};

use crate::manifest::MANIFEST;

const SCREENSHOT: &str = "org.freedesktop.portal.Screenshot";

/// For a person to answer, if the desktop asks.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than any screen's picture has.
const LARGEST: u64 = 32 << 20;

/// What goes in one message, which has a megabyte at most, also as text.
const PART: usize = 512 << 10;

/// What every PNG begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Takes pictures of the screen.
#[derive(Debug)]
pub(crate) struct Screenshot {
    buses: Buses,
    /// Whether the owner allows it at all.
    allowed: bool,
    /// One after another.
    taking: Mutex<()>,
}

impl Screenshot {
    /// Registers the procedure.
    ///
    /// # Errors
    /// If it can not be registered.
    pub(crate) async fn start(
        session: &Session,
        buses: Buses,
        allowed: bool,
    ) -> Result<(), StartError> {
        let screenshot = Arc::new(Self {
            buses,
            allowed,
            taking: Mutex::default(),
        });
        Registrar::new(session, &MANIFEST, screenshot)
            .procedure(
                uris::SCREEN_SCREENSHOT_TAKE,
                |screenshot, (), call| async move { screenshot.answer(&call).await },
            )
            .await
    }

    /// Takes a picture and sends it, in parts to those who take them.
    async fn answer(&self, call: &Invocation) -> Result<Picture, InvocationError> {
        if !self.allowed {
            let hint =
                "set `screenshot = true` in [components.screen]: who may call it sees the screen";
            let message = "pictures of the screen are switched off on this computer";
            return Err(failure(uris::ERROR_DENIED, message, hint));
        }
        let Ok(_one_at_a_time) = self.taking.try_lock() else {
            let message = "a picture is being taken";
            return Err(failure(uris::ERROR_RATE_LIMITED, message, "wait a moment"));
        };
        let octets = self.take().await?;
        let by = call.caller_authid().unwrap_or("?");
        tracing::info!(by, "a picture of the screen was taken");
        let mut rest = octets.as_slice();
        if !call.takes_progress() && rest.len() > PART {
            let hint = "take it in parts (progressive results), as `deskconn screenshot` does";
            let message = "the picture is too large for one message";
            return Err(failure(uris::ERROR_FAILED, message, hint));
        }
        while let Some((part, later)) = rest.split_at_checked(PART) {
            if later.is_empty() {
                break;
            }
            let octets = Octets(part.to_vec());
            let sent = call.progress(Reply::kwargs(PicturePart { octets })).await;
            // Who does not want it any more has left, or has cancelled.
            sent.map_err(|_| InvocationError::canceled())?;
            rest = later;
        }
        Ok(Picture {
            mime: "image/png".to_owned(),
            octets: Octets(rest.to_vec()),
        })
    }

    /// The picture, of which no file is left.
    async fn take(&self) -> Result<Vec<u8>, InvocationError> {
        let path = self.ask().await.map_err(|error| {
            let uri = match error {
                PortalError::Refused => uris::ERROR_DENIED,
                _ => uris::ERROR_UNAVAILABLE,
            };
            let hint = "the desktop needs xdg-desktop-portal, and may ask at the screen";
            failure(uri, error.to_string(), hint)
        })?;
        let read = spawn_blocking(move || collect(&path)).await;
        let read = read.unwrap_or_else(|error| Err(io::Error::other(error)));
        read.map_err(|error| {
            let message = format!("the desktop's picture can not be read: {error}");
            failure(uris::ERROR_FAILED, message, "try again")
        })
    }

    /// Has the desktop take it, and returns where it has put it.
    async fn ask(&self) -> Result<PathBuf, PortalError> {
        let bus = self.buses.session().await?;
        let desktop = interface(&bus, SCREENSHOT).await?;
        let options = Options::from([("interactive", false.into())]);
        let arguments = |options| ("", options);
        let taken = request(&desktop, "Screenshot", options, arguments, PATIENCE).await?;
        path(&text(&taken, "uri")?).ok_or(PortalError::Lacks("file"))
    }
}

/// What is in the file at `path`, which is removed.
fn collect(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut file = File::from(open(path, flags, Mode::empty())?);
    check(&file.metadata()?)?;
    std::fs::remove_file(path)?;
    let mut octets = Vec::new();
    file.by_ref().take(LARGEST).read_to_end(&mut octets)?;
    if !octets.starts_with(PNG) {
        return Err(io::Error::other("it is no PNG"));
    }
    Ok(octets)
}

/// A file of this user that is not too large; another's would not be the desktop's.
fn check(file: &Metadata) -> io::Result<()> {
    let own = file.uid() == rustix::process::getuid().as_raw();
    if !file.is_file() || !own {
        return Err(io::Error::other("it is no file of this user"));
    }
    if file.len() > LARGEST {
        return Err(io::Error::other("it is too large"));
    }
    Ok(())
}

/// The path of a `file:` URI of this machine (RFC 8089).
fn path(uri: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;

    let encoded = uri.strip_prefix("file://")?;
    let encoded = &encoded[encoded.find('/')?..];
    let mut octets = Vec::new();
    let mut rest = encoded.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => octet,
        });
    }
    Some(std::ffi::OsString::from_vec(octets).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_a_path_of_this_machine() {
        let is = |uri: &str, expected: Option<&str>| {
            assert_eq!(path(uri), expected.map(PathBuf::from), "{uri}");
        };
        is(
            "file:///tmp/Pictures/Screenshot%201.png",
            Some("/tmp/Pictures/Screenshot 1.png"),
        );
        is("file://localhost/tmp/a.png", Some("/tmp/a.png"));
        is("file:///tmp/%C3%A4.png", Some("/tmp/ä.png"));
        for other in [
            "https://a/b.png",
            "/tmp/a.png",
            "file://",
            "file:///a%2",
            "file:///a%zz",
        ] {
            is(other, None);
        }
    }

    #[test]
    fn only_a_picture_is_taken_and_its_file_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let picture = folder.path().join("picture.png");
        std::fs::write(&picture, [PNG, b"rest"].concat()).expect("written");
        let link = folder.path().join("link.png");
        std::os::unix::fs::symlink(&picture, &link).expect("a link");
        collect(&link).expect_err("a link");
        assert_eq!(
            collect(&picture).expect("a picture"),
            [PNG, b"rest"].concat()
        );
        assert!(!picture.exists());

        std::fs::write(&picture, "no picture").expect("written");
        let refused = collect(&picture).expect_err("no picture");
        assert_eq!(refused.to_string(), "it is no PNG");
        collect(folder.path()).expect_err("a folder");
        let large = File::create(&picture).expect("a file");
        large.set_len(LARGEST + 1).expect("a sparse file");
        let refused = collect(&picture).expect_err("too large");
        assert_eq!(refused.to_string(), "it is too large");
    }
}
