//! What a player says about itself, read with patience: players differ in what they say and how.

use std::collections::HashMap;

use deskconn_protocol::api::media::{Playback, Player};
use zbus::{Array, OwnedVariant, Variant};

use crate::art;

/// How many letters of a title are passed on.
const TEXT: usize = 300;

/// The properties of an interface, by name.
pub(crate) type Properties = HashMap<String, OwnedVariant>;

/// The player `id` by its properties (`org.mpris.MediaPlayer2` and `.Player`).
pub(crate) fn read(id: &str, root: &Properties, player: &Properties) -> Player {
    let metadata = player.get("Metadata").map(|value| &**value);
    let metadata = |key: &str| entry(metadata?, key);
    let can = |name: &str| {
        // Who may not be controlled at all can do nothing.
        flag(player, "CanControl").unwrap_or(true) && flag(player, name).unwrap_or(false)
    };
    Player {
        id: id.to_owned(),
        name: text(root.get("Identity").map(|value| &**value)).unwrap_or_else(|| id.to_owned()),
        state: match text(player.get("PlaybackStatus").map(|value| &**value)).as_deref() {
            Some("Playing") => Playback::Playing,
            Some("Paused") => Playback::Paused,
            _ => Playback::Stopped,
        },
        title: text(metadata("xesam:title")),
        artist: text(metadata("xesam:artist")),
        album: text(metadata("xesam:album")),
        has_art: picture(player).is_some(),
        length_ms: milliseconds(metadata("mpris:length")),
        position_ms: milliseconds(player.get("Position").map(|value| &**value)),
        can_play: can("CanPlay"),
        can_pause: can("CanPause"),
        can_next: can("CanGoNext"),
        can_previous: can("CanGoPrevious"),
        can_seek: can("CanSeek"),
    }
}

/// The track that is played, by which `SetPosition` knows that it is still the same.
pub(crate) fn track(player: &Properties) -> Option<String> {
    match entry(player.get("Metadata")?, "mpris:trackid")? {
        Variant::ObjectPath(path) => Some(path.as_str().to_owned()),
        // Some send it as a text.
        Variant::Str(path) => Some(path.as_str().to_owned()),
        _ => None,
    }
}

/// Where the picture of it is, if that is a file.
pub(crate) fn picture(player: &Properties) -> Option<String> {
    match entry(player.get("Metadata")?, "mpris:artUrl")? {
        Variant::Str(url) if art::is_file(url.as_str()) => Some(url.as_str().to_owned()),
        _ => None,
    }
}

fn entry<'a>(dictionary: &'a Variant<'_>, key: &str) -> Option<&'a Variant<'a>> {
    let Variant::Dict(dictionary) = dictionary else {
        return None;
    };
    let mut entries = dictionary.iter();
    let (_, value) = entries.find(|(name, _)| matches!(name, Variant::Str(name) if name == key))?;
    Some(inner(value))
}

/// What is in a variant, however deep.
fn inner<'a>(value: &'a Variant<'a>) -> &'a Variant<'a> {
    match value {
        Variant::Variant(value) => inner(value),
        value => value,
    }
}

/// A text, or several with commas between them; not too long, and `None` if it is empty.
fn text(value: Option<&Variant<'_>>) -> Option<String> {
    let joined = match inner(value?) {
        Variant::Str(text) => text.as_str().to_owned(),
        Variant::Array(array) => texts(array).join(", "),
        _ => return None,
    };
    let clean = joined.chars().filter(|c| !c.is_control()).take(TEXT);
    Some(clean.collect()).filter(|text: &String| !text.is_empty())
}

fn texts(array: &Array<'_>) -> Vec<String> {
    let texts = array.iter().filter_map(|value| match inner(value) {
        Variant::Str(text) => Some(text.as_str().to_owned()),
        _ => None,
    });
    texts.collect()
}

fn flag(properties: &Properties, name: &str) -> Option<bool> {
    match inner(properties.get(name)?) {
        Variant::Bool(flag) => Some(*flag),
        _ => None,
    }
}

/// Microseconds of any integer type, as milliseconds.
fn milliseconds(value: Option<&Variant<'_>>) -> Option<u64> {
    let microseconds = match inner(value?) {
        Variant::I64(number) => u64::try_from(*number).ok()?,
        Variant::U64(number) => *number,
        Variant::I32(number) => u64::try_from(*number).ok()?,
        Variant::U32(number) => u64::from(*number),
        _ => return None,
    };
    Some(microseconds / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(entries: Vec<(&str, Variant<'_>)>) -> Properties {
        let owned = entries.into_iter().map(|(name, value)| {
            let value = value.try_to_owned().expect("no descriptors");
            (name.to_owned(), value)
        });
        owned.collect()
    }

    #[test]
    fn what_a_player_says_is_understood() {
        let metadata: HashMap<&str, Variant<'_>> = [
            ("xesam:title", Variant::from("Alle Farben")),
            ("xesam:artist", Variant::from(vec!["A", "B"])),
            ("mpris:length", Variant::from(61_500_000_i64)),
            ("mpris:trackid", Variant::from("/track/7")),
            ("mpris:artUrl", Variant::from("file:///cover.png")),
        ]
        .into();
        let root = properties(vec![("Identity", Variant::from("VLC"))]);
        let player = properties(vec![
            ("PlaybackStatus", Variant::from("Playing")),
            ("Metadata", Variant::from(metadata)),
            ("Position", Variant::from(1_500_999_i64)),
            ("CanPause", Variant::from(true)),
            ("CanGoNext", Variant::from(false)),
        ]);
        let expected = Player {
            id: "vlc".to_owned(),
            name: "VLC".to_owned(),
            state: Playback::Playing,
            title: Some("Alle Farben".to_owned()),
            artist: Some("A, B".to_owned()),
            has_art: true,
            length_ms: Some(61_500),
            position_ms: Some(1_500),
            can_pause: true,
            ..Player::default()
        };
        assert_eq!(read("vlc", &root, &player), expected);
        assert_eq!(track(&player).as_deref(), Some("/track/7"));
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let player = properties(vec![
            ("PlaybackStatus", Variant::from(7)),
            ("Metadata", Variant::from("none")),
            ("Position", Variant::from(-1_i64)),
            ("CanPlay", Variant::from("yes")),
        ]);
        let expected = Player {
            id: "odd".to_owned(),
            name: "odd".to_owned(),
            ..Player::default()
        };
        assert_eq!(read("odd", &Properties::new(), &player), expected);
        assert_eq!(track(&player), None);
    }

    #[test]
    fn a_player_that_may_not_be_controlled_can_do_nothing() {
        let player = properties(vec![
            ("CanControl", Variant::from(false)),
            ("CanPlay", Variant::from(true)),
        ]);
        assert!(!read("tv", &Properties::new(), &player).can_play);
    }

    #[test]
    fn titles_are_not_endless_and_hold_no_control_characters() {
        let title = "\u{1b}[31m".to_owned() + &"x".repeat(1000);
        let metadata: HashMap<&str, Variant<'_>> = [("xesam:title", Variant::from(title))].into();
        let player = properties(vec![("Metadata", Variant::from(metadata))]);
        let title = read("x", &Properties::new(), &player)
            .title
            .expect("a title");
        assert!(title.starts_with("[31mx"));
        assert_eq!(title.len(), TEXT);
    }
}
