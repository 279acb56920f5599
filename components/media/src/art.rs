//! The picture of what a player plays: a file of this computer's, if it is one.

use std::fs::File;
use std::io::Read;

use deskconn_protocol::api::media::{Art, Picture};
use deskconn_protocol::api::octets::Octets;
use rustix::fs::{Mode, OFlags, open};

/// The largest picture that is given away, in octets.
const LARGEST: u64 = 1 << 20;

/// Whether a picture may be at `url`.
pub(crate) fn is_file(url: &str) -> bool {
    path(url).is_some()
}

/// The picture at `url`; `None` if that is no file, a file of another kind, or too large. Players name
/// what they like, so nothing but pictures leaves the computer. Waits for the disk.
pub(crate) fn read(url: &str) -> Option<Art> {
    let path = path(url)?;
    // A pipe in its place does not keep us waiting, nor does a link lead elsewhere.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(open(path.as_slice(), flags, Mode::empty()).ok()?);
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    let mut octets = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut octets).ok()?;
    let fits = u64::try_from(octets.len()).is_ok_and(|length| length <= LARGEST);
    let mime = picture(&octets).filter(|_| fits)?;
    Some(Art {
        mime,
        bytes: Octets(octets),
    })
}

/// What it is a picture of, by how it begins.
fn picture(octets: &[u8]) -> Option<Picture> {
    if octets.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(Picture::Png)
    } else if octets.starts_with(b"\xff\xd8\xff") {
        Some(Picture::Jpeg)
    } else if octets.starts_with(b"RIFF") && octets.get(8..12) == Some(b"WEBP") {
        Some(Picture::Webp)
    } else {
        None
    }
}

/// The path of a `file:` URL of this computer (RFC 8089).
fn path(url: &str) -> Option<Vec<u8>> {
    let rest = url.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let mut octets = rest.bytes();
    let mut path = Vec::with_capacity(rest.len());
    while let Some(octet) = octets.next() {
        let octet = match octet {
            b'%' => {
                let digits = [octets.next()?, octets.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                // `+` is no digit, though numbers may begin with it.
                let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                u8::from_str_radix(digits, 16).ok().filter(|_| are_digits)?
            }
            octet => octet,
        };
        path.push(octet);
    }
    (path.starts_with(b"/") && !path.contains(&0)).then_some(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::process::Command;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    fn url(path: &Path) -> String {
        format!("file://{}", path.display())
    }

    #[test]
    fn pictures_are_known_by_how_they_begin() {
        for (octets, expected) in [
            (PNG, Some(Picture::Png)),
            (b"\xff\xd8\xff\xe0rest", Some(Picture::Jpeg)),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some(Picture::Webp)),
            (b"RIFF\x01\x02\x03\x04WAVEfmt ", None),
            (b"RIFF", None),
            (b"GIF89a", None),
            (b"<svg xmlns=", None),
            (b"root:x:0:0", None),
            (b"", None),
        ] {
            assert_eq!(picture(octets), expected, "{octets:?}");
        }
    }

    #[test]
    fn only_paths_of_this_computer_are_paths() {
        for (url, expected) in [
            ("file:///a/b.png", Some("/a/b.png")),
            ("file://localhost/a%20b%C3%BC.png", Some("/a bü.png")),
            ("file:///a%2Fb", Some("/a/b")),
            ("file://server/share/a.png", None),
            ("file:/a", None),
            ("https://example.org/a.png", None),
            ("/a/b.png", None),
            ("file:///a%00b", None),
            ("file:///a%+1b", None),
            ("file:///a%2", None),
            ("", None),
        ] {
            let path = path(url);
            let path = path.as_deref().map(String::from_utf8_lossy);
            assert_eq!(path.as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_picture_is_given_and_nothing_else_in_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, octets: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, octets).expect("a file");
            path
        };
        let good = file("cover 1.png", PNG);
        let art = read(&url(&good).replace(' ', "%20")).expect("a picture");
        assert_eq!((art.mime, art.bytes.0.as_slice()), (Picture::Png, PNG));

        let link = folder.path().join("link.png");
        symlink(&good, &link).expect("a link");
        let pipe = folder.path().join("pipe.png");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo runs").success());
        let too_large = [PNG, &vec![0; 1 << 20]].concat();
        for path in [
            link,
            pipe,
            file("text.png", b"root:x:0:0"),
            file("large.png", &too_large),
            folder.path().to_path_buf(),
            folder.path().join("none.png"),
            "/dev/zero".into(),
        ] {
            assert_eq!(read(&url(&path)), None, "{}", path.display());
        }
    }
}
