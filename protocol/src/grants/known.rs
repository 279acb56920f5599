//! The grants this version knows: what each allows, and who may have it.

use std::borrow::Cow;

use super::{Catalogue, Grant, NotAGrant};
use crate::uris;

/// One permission: what may be done with the URIs that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A URI, or the beginning of some.
    pub uri: Cow<'static, str>,
    /// How `uri` matches.
    pub matching: Matching,
    /// What may be done there.
    pub allow: &'static [Action],
}

/// How a rule's URI matches, in the words of WAMP's pattern-based subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// The URI itself.
    Exact,
    /// Every URI that begins so.
    Prefix,
}

/// What can be done with a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Call the procedure.
    Call,
    /// Register the procedure.
    Register,
    /// Publish to the topic.
    Publish,
    /// Subscribe to the topic.
    Subscribe,
}

/// A sort of grant. What it allows follows from its name: see [`Kind::rules`].
struct Kind {
    name: &'static str,
    argument: Argument,
    /// Whether a web page may have it. It was loaded over plain HTTP, so whoever forged it has it too.
    for_web: bool,
    /// Whether a device has it from the beginning.
    default: bool,
    /// What a device can do with it, in words.
    summary: &'static str,
}

/// What stands after the colon of a grant.
enum Argument {
    /// Nothing.
    None,
    /// The name that the owner has given to one thing of several, a word of a URI.
    Name,
    /// The beginning of names of the device's own.
    Prefix,
}

#[rustfmt::skip]
const KNOWN: &[Kind] = &[
    //   grant               argument          web    default
    kind("gpio",              Argument::Name,   false, false, "Read and drive this line of GPIO."),
    kind("host",              Argument::None,   true,  false, "See load, memory and battery."),
    kind("input",             Argument::None,   false, false, "Move the pointer, click, type."),
    kind("media",             Argument::None,   true,  true,  "See and run what is playing."),
    kind("notify",            Argument::None,   false, false, "Show notifications."),
    kind("open",              Argument::None,   false, false, "Open web addresses."),
    kind("register",          Argument::Prefix, false, false, "Offer procedures and publish, under this prefix."),
    kind("run",               Argument::Name,   false, false, "Run this command of the configuration."),
    kind("screen.awake",      Argument::None,   true,  false, "Keep the screen on."),
    kind("screen.brightness", Argument::None,   true,  true,  "See and set the brightness."),
    kind("screen.lock",       Argument::None,   true,  true,  "See whether the screen is locked, and lock it."),
    kind("screen.screenshot", Argument::None,   false, false, "Take pictures of the screen."),
    kind("screen.unlock",     Argument::None,   false, false, "Unlock the screen."),
    kind("slides",            Argument::None,   true,  true,  "Turn slides."),
    kind("status",            Argument::None,   true,  true,  "See the daemon's name, version and components."),
    kind("volume",            Argument::None,   true,  true,  "See and set volume, speakers and microphone."),
];

/// A row of the table.
const fn kind(
    name: &'static str,
    argument: Argument,
    for_web: bool,
    default: bool,
    summary: &'static str,
) -> Kind {
    Kind {
        name,
        argument,
        for_web,
        default,
        summary,
    }
}

impl Kind {
    /// As it is written, its argument as a word in capitals.
    fn pattern(&self) -> String {
        match self.argument {
            Argument::None => self.name.to_owned(),
            Argument::Name => format!("{}:NAME", self.name),
            Argument::Prefix => format!("{}:PREFIX", self.name),
        }
    }

    /// What the grant of that argument allows; nothing if the argument makes no sense.
    ///
    /// `X` is for all that is under `org.deskconn.X.`, and `X:NAME` for all that is under
    /// `org.deskconn.X.NAME.` and for the list of names, `org.deskconn.X.list`. `register` and `status`
    /// are the exceptions.
    fn rules(&self, argument: Option<&str>) -> Vec<Rule> {
        const USE: &[Action] = &[Action::Call, Action::Subscribe];
        let rule = |uri: String, matching, allow| Rule {
            uri: uri.into(),
            matching,
            allow,
        };
        let name = self.name;
        match (&self.argument, argument) {
            (Argument::None, None) if name == "status" => {
                vec![rule(
                    uris::DAEMON_STATUS.into(),
                    Matching::Exact,
                    &[Action::Call],
                )]
            }
            (Argument::None, None) => {
                vec![rule(format!("org.deskconn.{name}."), Matching::Prefix, USE)]
            }
            (Argument::Name, Some(of)) => vec![
                rule(format!("org.deskconn.{name}.{of}."), Matching::Prefix, USE),
                rule(format!("org.deskconn.{name}.list"), Matching::Exact, USE),
            ],
            (Argument::Prefix, Some(prefix)) => {
                let allow = &[Action::Register, Action::Publish];
                vec![rule(prefix.to_owned(), Matching::Prefix, allow)]
            }
            _ => Vec::new(),
        }
    }
}

/// What no device may register or publish: the daemon's own names, and WAMP's.
const RESERVED: [&str; 2] = ["org.deskconn.", "wamp."];

/// How many letters a name may be away from the one it was taken for.
const NEAR: usize = 2;

impl Grant {
    /// Reads a grant that somebody wants to give.
    ///
    /// # Errors
    ///
    /// If this version does not know it, or its argument is not what it should be. What is not known
    /// can not be given: it would come to mean something with a later version, unasked.
    pub(super) fn known(text: &str) -> Result<Self, Refused> {
        let grant: Self = text.parse()?;
        let Some(kind) = grant.kind() else {
            let near = near(grant.name());
            return Err(Refused::Unknown { grant, near });
        };
        let name = kind.name;
        match (&kind.argument, grant.argument()) {
            (Argument::None, None) => Ok(grant),
            (Argument::None, Some(_)) => Err(Refused::TakesNoArgument { name }),
            (Argument::Name, Some(of)) if is_name(of) => Ok(grant),
            (Argument::Name, _) => Err(Refused::Name { name }),
            (Argument::Prefix, Some(prefix)) if is_own_prefix(prefix) => Ok(grant),
            (Argument::Prefix, _) => Err(Refused::Prefix { name }),
        }
    }

    /// What a device gets when it pairs and nobody says otherwise: what does no harm and is expected
    /// of a remote control.
    pub fn defaults() -> Vec<Self> {
        let defaults = KNOWN.iter().filter(|kind| kind.default);
        defaults.map(|kind| Self(kind.name.to_owned())).collect()
    }

    /// What the grant allows. One that this version does not know, or whose argument makes no sense,
    /// allows nothing.
    pub(super) fn rules(&self) -> Vec<Rule> {
        let known = Self::known(&self.0).ok();
        let kind = known.as_ref().and_then(Self::kind);
        kind.map_or_else(Vec::new, |kind| kind.rules(self.argument()))
    }

    /// What a device can do with it, in words; nothing for one that this version does not know.
    pub fn summary(&self) -> Option<&'static str> {
        self.kind().map(|kind| kind.summary)
    }

    /// Whether a device has it from the beginning.
    pub fn is_default(&self) -> bool {
        self.argument().is_none() && self.kind().is_some_and(|kind| kind.default)
    }

    /// Whether a web page may have it without its owner insisting.
    pub(super) fn is_for_web(&self) -> bool {
        self.kind().is_some_and(|kind| kind.for_web)
    }

    /// Every grant there is, as it is written: `gpio:NAME, host, …`.
    pub(super) fn list() -> String {
        let all: Vec<String> = KNOWN.iter().map(Kind::pattern).collect();
        all.join(", ")
    }

    fn kind(&self) -> Option<&'static Kind> {
        KNOWN.iter().find(|kind| kind.name == self.name())
    }
}

/// Why a grant can not be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It is no grant at all.
    #[error(transparent)]
    NotAGrant(#[from] NotAGrant),
    /// This version does not know it.
    #[error("there is no grant `{grant}`")]
    Unknown {
        /// What was asked for.
        grant: Grant,
        /// What may have been meant.
        near: Option<&'static str>,
    },
    /// It has an argument too many.
    #[error("`{name}` takes no argument")]
    TakesNoArgument {
        /// The grant's name.
        name: &'static str,
    },
    /// The name of what it is for is missing or malformed.
    #[error("`{name}` needs the name of what it is for, of lower-case letters, digits and `_`")]
    Name {
        /// The grant's name.
        name: &'static str,
    },
    /// Its prefix is missing, malformed or reserved.
    #[error(
        "`{name}` needs the beginning of names of its own, which ends in a dot and is not \
         under `org.deskconn.` or `wamp.`"
    )]
    Prefix {
        /// The grant's name.
        name: &'static str,
    },
}

impl Refused {
    /// What to do about it, where there are the grants of `catalogue`.
    pub fn hint(&self, catalogue: &Catalogue) -> String {
        let there_are = || format!("there are: {}", catalogue.list());
        match self {
            Self::NotAGrant(_) | Self::Unknown { near: None, .. } => there_are(),
            Self::Unknown {
                near: Some(near), ..
            } => format!("did you mean `{near}`? {}", there_are()),
            Self::TakesNoArgument { name } => format!("write `{name}`"),
            Self::Name { name } => format!("write `{name}:NAME`, with a name of the configuration"),
            Self::Prefix { name } => format!("write `{name}:com.example.`"),
        }
    }
}

/// Whether something can be called so whose procedures stand beside `list`.
fn is_name(name: &str) -> bool {
    is_word(name) && name != "list"
}

/// Whether it is a word of a URI.
fn is_word(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !word.is_empty() && word.bytes().all(allowed)
}

/// Whether a device may have names that begin so: whole components, and none that are reserved.
pub(super) fn is_own_prefix(prefix: &str) -> bool {
    let words = prefix.strip_suffix('.');
    words.is_some_and(|words| words.split('.').all(is_word))
        && !RESERVED
            .iter()
            .any(|reserved| prefix.starts_with(reserved) || reserved.starts_with(prefix))
}

/// The name that somebody may have meant who wrote `name`.
fn near(name: &str) -> Option<&'static str> {
    let distances = KNOWN
        .iter()
        .map(|kind| (distance(name, kind.name), kind.name));
    let (distance, name) = distances.min()?;
    (distance <= NEAR).then_some(name)
}

/// How many letters have to be put in, taken out or replaced to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), above_left) in b.bytes().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            let replaced = above_left + usize::from(x != y);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Action, Catalogue, Grant, KNOWN, Matching, distance, near};
    use crate::uris;

    fn refusal(text: &str) -> String {
        let refused = Grant::known(text).expect_err(text);
        format!("{refused}; {}", refused.hint(&Catalogue::default()))
    }

    #[test]
    fn a_new_device_gets_what_a_remote_control_does_and_nothing_of_the_owners() {
        let defaults = Grant::defaults();
        let names: Vec<_> = defaults.iter().map(Grant::as_str).collect();
        assert_eq!(
            names,
            [
                "media",
                "screen.brightness",
                "screen.lock",
                "slides",
                "status",
                "volume"
            ]
        );
        assert!(
            defaults
                .iter()
                .all(|grant| grant.is_default() && grant.is_for_web())
        );
        let rules: Vec<_> = defaults.iter().flat_map(Grant::rules).collect();
        assert_eq!(rules.len(), defaults.len());
        let owners = [
            uris::PAIRING_OPEN,
            uris::DAEMON_UNPAIR,
            uris::DAEMON_DEVICES,
            uris::DAEMON_GRANT,
            uris::DAEMON_SHUTDOWN,
        ];
        for uri in owners {
            assert!(
                !rules.iter().any(|rule| uri.starts_with(&*rule.uri)),
                "{uri}"
            );
        }
    }

    #[test]
    fn an_unknown_grant_allows_nothing_and_is_refused_with_the_known_ones() {
        let grant: Grant = "launch.missiles".parse().expect("well-formed");
        assert_eq!(grant.rules(), []);
        assert!(!grant.is_for_web());
        let known = Grant::list();
        assert!(known.starts_with("gpio:NAME, host, input, "), "{known}");
        assert_eq!(
            refusal("launch.missiles"),
            format!("there is no grant `launch.missiles`; there are: {known}")
        );
        assert_eq!(
            refusal("slide"),
            format!("there is no grant `slide`; did you mean `slides`? there are: {known}")
        );
        assert!(refusal("*").ends_with(&known));
        assert_eq!(
            refusal("slides:2"),
            "`slides` takes no argument; write `slides`"
        );
    }

    #[test]
    fn register_is_for_names_of_its_own_only() {
        let grant = Grant::known("register:com.example.").expect("a grant");
        let rules = grant.rules();
        let [rule] = rules.as_slice() else {
            panic!("{rules:?}")
        };
        assert_eq!(
            (&*rule.uri, rule.matching),
            ("com.example.", Matching::Prefix)
        );
        assert_eq!(rule.allow, [Action::Register, Action::Publish]);
        for text in [
            "register",
            "register:com.example",
            "register:.",
            "register:com..example.",
            "register:Com.",
            "register:org.",
            "register:org.deskconn.",
            "register:org.deskconn.slides.",
            "register:wamp.",
            "register:wamp.session.",
        ] {
            assert!(refusal(text).contains("com.example."), "{text}");
            let grant: Grant = text.parse().expect("well-formed");
            assert_eq!(grant.rules(), [], "{text}");
        }
        assert!(Grant::known("register:org.deskconnect.").is_ok());
    }

    #[test]
    fn only_what_does_no_harm_is_for_web_pages() {
        let for_web = KNOWN.iter().filter(|kind| kind.for_web);
        let names: Vec<_> = for_web.map(|kind| kind.name).collect();
        assert_eq!(
            names,
            [
                "host",
                "media",
                "screen.awake",
                "screen.brightness",
                "screen.lock",
                "slides",
                "status",
                "volume"
            ]
        );
    }

    #[test]
    fn a_grant_is_for_what_begins_with_its_name() {
        let allowed = |text: &str| -> Vec<String> {
            let grant = Grant::known(text).expect(text);
            let rules = grant.rules().into_iter();
            let rules = rules.map(|rule| format!("{:?} {}", rule.matching, rule.uri));
            rules.collect()
        };
        assert_eq!(allowed("screen.lock"), ["Prefix org.deskconn.screen.lock."]);
        assert_eq!(allowed("status"), ["Exact org.deskconn.daemon.status"]);
        assert_eq!(
            allowed("gpio:pump_2"),
            [
                "Prefix org.deskconn.gpio.pump_2.",
                "Exact org.deskconn.gpio.list"
            ]
        );
    }

    #[test]
    fn what_has_a_name_needs_one_that_fits_into_a_uri() {
        for text in [
            "gpio",
            "gpio:",
            "gpio:list",
            "gpio:a.b",
            "gpio:Pump",
            "run:nightly-backup",
        ] {
            assert!(Grant::known(text).is_err(), "{text}");
            let rules = text
                .parse()
                .map_or_else(|_| Vec::new(), |grant: Grant| grant.rules());
            assert_eq!(rules, [], "{text}");
        }
        assert!(refusal("gpio").contains("`gpio:NAME`"));
    }

    #[test]
    fn names_differ_by_their_letters() {
        for (a, b, letters) in [
            ("slides", "slides", 0),
            ("slide", "slides", 1),
            ("slieds", "slides", 2),
            ("", "status", 6),
        ] {
            assert_eq!(distance(a, b), letters, "{a} {b}");
        }
        for kind in KNOWN {
            assert_eq!(near(kind.name), Some(kind.name));
        }
    }
}
