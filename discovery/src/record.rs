//! What an announcement says: the service type, the instance name and the TXT keys, written and read.

use crate::Announcement;

/// The DNS-SD service type of a DeskConn daemon (RFC 6763 section 4.1.2), without the domain.
pub const SERVICE_TYPE: &str = "_deskconn._tcp";

/// The protocol version this crate announces, TXT key `v`.
const VERSION: u32 = 1;

/// How much of the device id the instance name and the TXT key `id` show.
const ID_IN_NAME: usize = 4;
const ID_IN_TXT: usize = 8;
const DEVICE_ID_LEN: usize = 32;

/// An instance name is one DNS label, at most 63 octets (RFC 6763 section 4.1.1). Ours keeps room
/// for the suffix of a responder that has to rename it, such as ` (12)`.
const MAX_LABEL: usize = 63;
const MAX_OWN_NAME: usize = MAX_LABEL - ID_IN_NAME - 1 - 6;

/// The announcement of this machine, in DNS-SD's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Display name and the start of the device id: `study-laptop 3f7k`.
    pub(crate) instance: String,
    /// The first eight characters of the device id.
    pub(crate) id: String,
    pub(crate) port: u16,
    pub(crate) pairing: bool,
}

impl Record {
    /// Takes the announcement apart; `None` when its device id is not 32 characters of lower-case base32.
    pub(crate) fn new(announcement: &Announcement) -> Option<Self> {
        let id = &announcement.device_id;
        if id.len() != DEVICE_ID_LEN || !is_base32(id) {
            return None;
        }
        let (short, hint) = (id.get(..ID_IN_NAME)?, id.get(..ID_IN_TXT)?);
        // Responders differ in how they escape a dot inside a label, so we send none.
        let name = clean(&announcement.name.replace(['.', '\\'], " "), MAX_OWN_NAME);
        let name = if name.is_empty() { "deskconn" } else { &name };
        Some(Self {
            instance: format!("{name} {short}"),
            id: hint.to_owned(),
            port: announcement.port,
            pairing: announcement.pairing,
        })
    }

    /// The TXT keys and values, in the order they are sent (RFC 6763 section 6).
    pub(crate) fn txt(&self) -> [(&'static str, String); 3] {
        [
            ("v", VERSION.to_string()),
            ("id", self.id.clone()),
            ("pm", u8::from(self.pairing).to_string()),
        ]
    }
}

/// What somebody's TXT record says, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Txt {
    /// Key `v`, when it is a number.
    pub(crate) version: Option<u32>,
    /// Key `id`, when it looks like the start of a device id.
    pub(crate) id: Option<String>,
    /// Key `pm` is `1`.
    pub(crate) pairing: bool,
}

impl Txt {
    /// Reads the keys we know through `value_of`; missing, unknown and unreadable ones are no error.
    pub(crate) fn read<'a>(value_of: impl Fn(&str) -> Option<&'a [u8]>) -> Self {
        let text = |key| value_of(key).and_then(|value| std::str::from_utf8(value).ok());
        Self {
            version: text("v").and_then(|v| v.parse().ok()),
            id: text("id")
                .filter(|id| (1..=DEVICE_ID_LEN).contains(&id.len()) && is_base32(id))
                .map(str::to_owned),
            pairing: text("pm") == Some("1"),
        }
    }
}

/// The display name inside an instance name: without the id's first characters and without the
/// suffix a responder adds to a name that is taken (`study-laptop 3f7k (2)`, `study-laptop 3f7k #2`).
pub(crate) fn display_name(instance: &str, id: Option<&str>) -> String {
    let cleaned = clean(instance, MAX_LABEL);
    let without_count = match cleaned.rsplit_once(' ') {
        Some((rest, last)) if is_count(last) => rest,
        _ => &cleaned,
    };
    match (without_count.rsplit_once(' '), id) {
        (Some((name, short)), Some(id)) if short.len() == ID_IN_NAME && id.starts_with(short) => {
            name.to_owned()
        }
        _ => cleaned,
    }
}

/// `text` made safe to print on one line, in at most `max` octets: no control characters, none that
/// reorder or hide text, whitespace runs as one space.
pub(crate) fn clean(text: &str, max: usize) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !c.is_control() && !steers_text(c))
        .collect();
    let mut cleaned = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    while cleaned.len() > max {
        cleaned.pop();
    }
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// Directional marks, overrides and isolates (Unicode UAX #9), and the invisible byte order mark.
fn steers_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_base32(text: &str) -> bool {
    text.bytes().all(|c| matches!(c, b'a'..=b'z' | b'2'..=b'7'))
}

fn is_count(word: &str) -> bool {
    let number = word
        .strip_prefix('#')
        .or_else(|| word.strip_prefix('(').and_then(|w| w.strip_suffix(')')));
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f7kabcdefghijklmnopqrstuvwxyz23";

    fn record(name: &str) -> Record {
        Record::new(&Announcement {
            name: name.to_owned(),
            device_id: ID.to_owned(),
            port: 5020,
            pairing: false,
        })
        .expect("a valid announcement")
    }

    fn txt(pairs: &[(&str, &[u8])]) -> Txt {
        Txt::read(|key| pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| *v))
    }

    #[test]
    fn instance_is_the_name_and_the_start_of_the_id() {
        assert_eq!(record("study-laptop").instance, "study-laptop 3f7k");
        assert_eq!(record("Böri's Laptop").instance, "Böri's Laptop 3f7k");
        assert_eq!(record("pc.example.org").instance, "pc example org 3f7k");
        assert_eq!(record(" \n\t ").instance, "deskconn 3f7k");
    }

    #[test]
    fn instance_fits_a_label_with_room_for_a_suffix() {
        for name in ["x".repeat(500), "ж".repeat(500), "🖥".repeat(500)] {
            let instance = record(&name).instance;
            assert!(instance.len() + " (12)".len() <= 63, "{instance}");
            assert!(instance.ends_with(" 3f7k"));
        }
    }

    #[test]
    fn device_id_that_is_not_base32_is_refused() {
        for id in [
            "",
            "3f7k",
            &ID.to_uppercase(),
            &ID.replace('3', "1"),
            &format!("{ID}a"),
        ] {
            let announcement = Announcement {
                name: "pc".to_owned(),
                device_id: id.to_owned(),
                port: 5020,
                pairing: false,
            };
            assert_eq!(Record::new(&announcement), None, "{id}");
        }
    }

    #[test]
    fn txt_carries_version_id_hint_and_pairing() {
        let mut record = record("pc");
        let expected = |pm: &str| {
            [
                ("v", "1".to_owned()),
                ("id", "3f7kabcd".to_owned()),
                ("pm", pm.to_owned()),
            ]
        };
        assert_eq!(record.txt(), expected("0"));
        record.pairing = true;
        assert_eq!(record.txt(), expected("1"));
    }

    #[test]
    fn txt_is_read_back() {
        let record = record("pc");
        let pairs = record.txt();
        let pairs: Vec<(&str, &[u8])> = pairs.iter().map(|(k, v)| (*k, v.as_bytes())).collect();
        let expected = Txt {
            version: Some(1),
            id: Some("3f7kabcd".to_owned()),
            pairing: false,
        };
        assert_eq!(txt(&pairs), expected);
    }

    #[test]
    fn txt_that_makes_no_sense_is_read_as_nothing() {
        assert_eq!(txt(&[]), Txt::default());
        assert_eq!(txt(&[("realm", b"realm1")]), Txt::default());
        assert_eq!(
            txt(&[("v", b"-1"), ("id", b"\xff\xfe"), ("pm", b"yes")]),
            Txt::default()
        );
        assert_eq!(txt(&[("v", b""), ("id", b""), ("pm", b"")]), Txt::default());
        assert_eq!(txt(&[("id", b"../../etc"), ("pm", b"01")]), Txt::default());
        assert_eq!(txt(&[("id", &[b'a'; 33])]), Txt::default());
    }

    #[test]
    fn later_versions_are_read_too() {
        let read = txt(&[
            ("v", b"7"),
            ("id", b"3f7kabcd"),
            ("pm", b"1"),
            ("new", b"thing"),
        ]);
        assert_eq!(
            read,
            Txt {
                version: Some(7),
                id: Some("3f7kabcd".to_owned()),
                pairing: true
            }
        );
    }

    #[test]
    fn display_name_is_the_instance_without_its_suffixes() {
        let id = Some("3f7kabcd");
        for instance in ["My PC 3f7k", "My PC 3f7k (2)", "My PC 3f7k #12"] {
            assert_eq!(display_name(instance, id), "My PC", "{instance}");
        }
        // Not the id, or no id at all: the instance is all there is to show.
        for (instance, id) in [
            ("My PC 9zzz", id),
            ("My PC 3f7k", None),
            ("My PC (2)", id),
            ("3f7k", id),
        ] {
            assert_eq!(display_name(instance, id), instance);
        }
    }

    #[test]
    fn names_from_the_network_can_not_steer_a_terminal() {
        assert_eq!(clean("\u{1b}[31mred\u{7}\r\nnext", 63), "[31mred next");
        assert_eq!(clean("abc\u{202e}txt.exe", 63), "abctxt.exe");
        assert_eq!(clean("  a \u{a0} b  ", 63), "a b");
        assert_eq!(clean("aaaa bbbb", 5), "aaaa");
        assert_eq!(clean("éééé", 5), "éé");
    }
}
