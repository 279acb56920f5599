//! What an announcement on the local network says, written and read (protocol §2, RFC 6763).
//!
//! Nothing in an announcement is trusted: it only says where to knock.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::identity::DeviceId;
use crate::pairing;
use crate::profile::clean;

/// The DNS-SD service type of a daemon, without the domain.
pub const SERVICE_TYPE: &str = "_deskconn._tcp";

/// TXT key: the pairing protocol's version.
const KEY_VERSION: &str = "v";
/// TXT key: the first eight characters of the device id.
const KEY_ID: &str = "id";
/// TXT key: `1` while a pairing window is open.
const KEY_PAIRING: &str = "pm";

/// The longest DNS label, in octets (RFC 6763 §4.1.1).
const MAX_LABEL: usize = 63;

/// Room for the count a responder adds to a name that is taken: ` (12)`.
const RENAME_ROOM: usize = 6;

/// How many characters of the id stand in the instance name.
const SHORT_ID: usize = 4;

/// A daemon that was heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredDaemon {
    /// Its display name, fit to print.
    pub name: String,
    /// The beginning of its device id, if it tells one.
    pub id_hint: Option<String>,
    /// Whether it says that a pairing window is open.
    pub pairing: bool,
    /// Where to connect, the likeliest first.
    pub addresses: Vec<SocketAddr>,
}

/// The instance name of a daemon, `study-laptop 3f7k`: fits a DNS label and may still be renamed.
pub fn instance_name(name: &str, id: &DeviceId) -> String {
    // Responders differ in how they escape a dot or a backslash in a label, so none is sent.
    let mut name = clean(&name.replace(['.', '\\'], " "));
    while name.len() > MAX_LABEL - RENAME_ROOM - SHORT_ID - 1 {
        name.pop();
    }
    let name = match name.trim_end() {
        "" => "deskconn",
        name => name,
    };
    format!("{name} {}", id.short())
}

/// The TXT keys and values of a daemon.
pub fn txt(id: &DeviceId, pairing: bool) -> [(&'static str, String); 3] {
    [
        (KEY_VERSION, pairing::VERSION.to_string()),
        (KEY_ID, id.hint().to_owned()),
        (KEY_PAIRING, u8::from(pairing).to_string()),
    ]
}

/// What a TXT record says, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Txt {
    /// Key `v`, when it is a number.
    pub version: Option<u32>,
    /// Key `id`, when it can be the beginning of a device id.
    pub id_hint: Option<String>,
    /// Whether key `pm` is `1`.
    pub pairing: bool,
}

impl Txt {
    /// Reads the keys through `value_of`; missing, unknown and unreadable ones are no error.
    pub fn read<'a>(value_of: impl Fn(&str) -> Option<&'a str>) -> Self {
        let is_hint = |id: &&str| {
            let base32 = |b| matches!(b, b'a'..=b'z' | b'2'..=b'7');
            (1..=DeviceId::LEN).contains(&id.len()) && id.bytes().all(base32)
        };
        Self {
            version: value_of(KEY_VERSION).and_then(|version| version.parse().ok()),
            id_hint: value_of(KEY_ID).filter(is_hint).map(str::to_owned),
            pairing: value_of(KEY_PAIRING) == Some("1"),
        }
    }
}

/// The display name in an instance name: without the id's beginning, when `id_hint` confirms that
/// it is one, and without the count a responder added.
pub fn display_name(instance: &str, id_hint: Option<&str>) -> String {
    let instance = clean(instance);
    let uncounted = match instance.rsplit_once(' ') {
        Some((rest, count)) if is_count(count) => rest,
        _ => &instance,
    };
    match (uncounted.rsplit_once(' '), id_hint) {
        (Some((name, short)), Some(hint)) if short.len() == SHORT_ID && hint.starts_with(short) => {
            name.to_owned()
        }
        _ => instance,
    }
}

/// `(2)` as our own responder counts, `#2` as Avahi does.
fn is_count(word: &str) -> bool {
    let in_brackets = word
        .strip_prefix('(')
        .and_then(|word| word.strip_suffix(')'));
    let number = word.strip_prefix('#').or(in_brackets);
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{DeviceId, Txt, display_name, instance_name, txt};

    fn id() -> DeviceId {
        "3f7kabcdefghijklmnopqrstuvwxyz23".parse().expect("an id")
    }

    #[test]
    fn an_instance_name_is_the_name_and_the_start_of_the_id() {
        for (name, instance) in [
            ("study-laptop", "study-laptop 3f7k"),
            ("pc.example.org", "pc example org 3f7k"),
            ("Böri's \u{202E}Laptop\n", "Böri's Laptop 3f7k"),
            (" \t ", "deskconn 3f7k"),
        ] {
            assert_eq!(instance_name(name, &id()), instance);
        }
    }

    #[test]
    fn an_instance_name_fits_a_label_even_when_renamed() {
        for name in ["x", "ж", "🖥"] {
            let instance = instance_name(&name.repeat(100), &id());
            assert!(instance.len() + " (12)".len() <= 63, "{instance}");
            assert!(instance.ends_with(" 3f7k"), "{instance}");
        }
    }

    #[test]
    fn a_txt_record_is_read_back() {
        for pairing in [false, true] {
            let pairs = txt(&id(), pairing);
            let read = Txt::read(|key| {
                let pair = pairs.iter().find(|(name, _)| *name == key);
                pair.map(|(_, value)| value.as_str())
            });
            let expected = Txt {
                version: Some(1),
                id_hint: Some("3f7kabcd".to_owned()),
                pairing,
            };
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn nonsense_in_a_txt_record_is_no_error() {
        assert_eq!(Txt::read(|_| None), Txt::default());
        assert_eq!(Txt::read(|_| Some("\u{1b}[2J")), Txt::default());
        assert_eq!(Txt::read(|_| Some("")), Txt::default());
    }

    #[test]
    fn the_display_name_leaves_out_what_was_added() {
        for (instance, hint, name) in [
            ("study-laptop 3f7k", Some("3f7kabcd"), "study-laptop"),
            ("study-laptop 3f7k (2)", Some("3f7kabcd"), "study-laptop"),
            ("study-laptop 3f7k #12", Some("3f7kabcd"), "study-laptop"),
            ("study-laptop 3f7k", None, "study-laptop 3f7k"),
            ("my room", Some("3f7kabcd"), "my room"),
        ] {
            assert_eq!(display_name(instance, hint), name, "{instance}");
        }
    }
}
