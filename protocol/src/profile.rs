//! How a device presents itself to people: its name, its make and its kind.

use serde::{Deserialize, Deserializer, Serialize};

/// The longest name, platform or model that is kept, in characters.
pub const MAX_TEXT: usize = 64;

/// What a device says about itself. Text that comes from a peer is cleaned as it is read, so that it
/// is safe to print: see [`clean`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name its owner gave it, `study-laptop`.
    #[serde(deserialize_with = "cleaned_name")]
    pub name: String,
    /// The operating system or browser, `Debian 13`.
    #[serde(default, deserialize_with = "cleaned")]
    pub platform: String,
    /// The make, `ThinkPad X1`.
    #[serde(default, deserialize_with = "cleaned")]
    pub model: String,
    /// What sort of device it is.
    pub kind: DeviceKind,
}

impl Profile {
    /// A profile of cleaned texts; an empty name becomes `unnamed`.
    pub fn new(name: &str, platform: &str, model: &str, kind: DeviceKind) -> Self {
        Self {
            name: clean_name(name),
            platform: clean(platform),
            model: clean(model),
            kind,
        }
    }
}

/// What sort of device pairs, `kind` in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A telephone or tablet with the app.
    Phone,
    /// A web page, the web remote.
    Web,
    /// A browser extension.
    Ext,
    /// The command line of another computer.
    Cli,
    /// A daemon.
    Daemon,
    /// A kind this version does not know.
    #[serde(other)]
    Other,
}

/// Makes a text from a peer fit to be shown: no control, direction or invisible characters, blanks
/// collapsed, at most [`MAX_TEXT`] characters.
pub fn clean(text: &str) -> String {
    clean_up_to(MAX_TEXT, text)
}

/// As [`clean`], but at most `longest` characters.
pub fn clean_up_to(longest: usize, text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_deceptive(*c))
        .collect();
    let collapsed = visible
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let cut: String = collapsed.chars().take(longest).collect();
    cut.trim_end().to_owned()
}

/// Characters that reorder, hide or fake what stands beside them. The joiners U+200C and U+200D stay:
/// Persian and emoji need them.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{00AD}'
        | '\u{034F}'
        | '\u{061C}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{200E}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

fn clean_name(name: &str) -> String {
    let name = clean(name);
    if name.is_empty() {
        return "unnamed".to_owned();
    }
    name
}

fn cleaned_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(clean_name(&String::deserialize(deserializer)?))
}

/// Serde function that cleans a text as it is read.
pub(crate) fn cleaned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(clean(&String::deserialize(deserializer)?))
}

#[cfg(test)]
mod tests {
    use super::{DeviceKind, MAX_TEXT, Profile, clean};

    #[test]
    fn a_peers_text_can_not_move_the_cursor_or_the_words() {
        let cases = [
            ("study-laptop", "study-laptop"),
            ("Ana's \u{1F4F1} phone", "Ana's \u{1F4F1} phone"),
            ("  two\t\n lines\r\n", "two lines"),
            ("\u{1b}[2Jgone", "[2Jgone"),
            ("exe.\u{202E}gpj", "exe.gpj"),
            ("a\u{2066}b\u{200B}c\u{FEFF}d\u{E0041}", "abcd"),
            ("\u{2028}\u{2029}", ""),
        ];
        for (raw, shown) in cases {
            assert_eq!(clean(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = clean(&"é".repeat(1000));
        assert_eq!(cut.chars().count(), MAX_TEXT);
    }

    #[test]
    fn a_profile_is_cleaned_as_it_is_read() {
        let profile: Profile =
            serde_json::from_str(r#"{"name":"\u001b","model":"a\u0000b","kind":"toaster"}"#)
                .expect("a profile");
        assert_eq!(profile, Profile::new("", "", "ab", DeviceKind::Other));
        assert_eq!(profile.name, "unnamed");
    }
}
