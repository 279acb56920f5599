//! The grants this version knows: what each allows, and who may have it.

use std::borrow::Cow;

use super::{Grant, NotAGrant};
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

/// A sort of grant.
struct Kind {
    name: &'static str,
    /// What its argument is, in a word; `None` if it takes none.
    argument: Option<&'static str>,
    /// Whether a web page may have it. It was loaded over plain HTTP, so whoever forged it has it too.
    for_web: bool,
    matching: Matching,
    /// The URI, or what stands for it: the argument.
    uri: Option<&'static str>,
    allow: &'static [Action],
}

const KNOWN: &[Kind] = &[
    Kind {
        name: "register",
        argument: Some("PREFIX"),
        for_web: false,
        matching: Matching::Prefix,
        uri: None,
        allow: &[Action::Register, Action::Publish],
    },
    Kind {
        name: "slides",
        argument: None,
        for_web: true,
        matching: Matching::Prefix,
        uri: Some(uris::SLIDES_PREFIX),
        allow: &[Action::Call, Action::Subscribe],
    },
    Kind {
        name: "status",
        argument: None,
        for_web: true,
        matching: Matching::Exact,
        uri: Some(uris::DAEMON_STATUS),
        allow: &[Action::Call],
    },
];

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
    pub fn known(text: &str) -> Result<Self, Refused> {
        let grant: Self = text.parse()?;
        let Some(kind) = grant.kind() else {
            let near = near(grant.name());
            return Err(Refused::Unknown { grant, near });
        };
        match (kind.argument, grant.argument()) {
            (None, None) => Ok(grant),
            (None, Some(_)) => Err(Refused::TakesNoArgument { name: kind.name }),
            (Some(_), Some(prefix)) if is_own_prefix(prefix) => Ok(grant),
            (Some(_), _) => Err(Refused::Prefix { name: kind.name }),
        }
    }

    /// What the grant allows. One that this version does not know, or whose argument makes no sense,
    /// allows nothing.
    pub fn rule(&self) -> Option<Rule> {
        let kind = Self::known(&self.0).ok()?.kind()?;
        let uri = match kind.uri {
            Some(uri) => Cow::Borrowed(uri),
            None => Cow::Owned(self.argument()?.to_owned()),
        };
        Some(Rule {
            uri,
            matching: kind.matching,
            allow: kind.allow,
        })
    }

    /// Whether a web page may have it without its owner insisting.
    pub fn is_for_web(&self) -> bool {
        self.kind().is_some_and(|kind| kind.for_web)
    }

    /// Every grant there is, as it is written: `register:PREFIX, slides, status`.
    pub fn list() -> String {
        let write = |kind: &Kind| match kind.argument {
            Some(argument) => format!("{}:{argument}", kind.name),
            None => kind.name.to_owned(),
        };
        let all: Vec<String> = KNOWN.iter().map(write).collect();
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
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotAGrant(_) => format!("there are: {}", Grant::list()),
            Self::Unknown { near: None, .. } => format!("there are: {}", Grant::list()),
            Self::Unknown {
                near: Some(near), ..
            } => format!("did you mean `{near}`? there are: {}", Grant::list()),
            Self::TakesNoArgument { name } => format!("write `{name}`"),
            Self::Prefix { name } => format!("write `{name}:com.example.`"),
        }
    }
}

/// Whether a device may have names that begin so: whole components, and none that are reserved.
fn is_own_prefix(prefix: &str) -> bool {
    let is_word = |word: &str| {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        !word.is_empty() && word.bytes().all(allowed)
    };
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
    use super::{Action, Grant, KNOWN, Matching, NEAR, distance};
    use crate::uris;

    fn refusal(text: &str) -> String {
        let refused = Grant::known(text).expect_err(text);
        format!("{refused}; {}", refused.hint())
    }

    #[test]
    fn a_new_device_gets_slides_and_status_and_nothing_of_the_owners() {
        let defaults = Grant::defaults();
        let rules: Vec<_> = defaults.iter().filter_map(Grant::rule).collect();
        assert_eq!(rules.len(), 2);
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
        assert_eq!(grant.rule(), None);
        assert!(!grant.is_for_web());
        let known = "register:PREFIX, slides, status";
        assert_eq!(
            refusal("launch.missiles"),
            format!("there is no grant `launch.missiles`; there are: {known}")
        );
        assert_eq!(
            refusal("slide"),
            format!("there is no grant `slide`; did you mean `slides`? there are: {known}")
        );
        assert!(refusal("*").ends_with(known));
        assert_eq!(
            refusal("slides:2"),
            "`slides` takes no argument; write `slides`"
        );
    }

    #[test]
    fn register_is_for_names_of_its_own_only() {
        let grant = Grant::known("register:com.example.").expect("a grant");
        let rule = grant.rule().expect("a rule");
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
            assert_eq!(grant.rule(), None, "{text}");
        }
        assert!(Grant::known("register:org.deskconnect.").is_ok());
    }

    #[test]
    fn only_what_does_no_harm_is_for_web_pages() {
        let for_web = KNOWN.iter().filter(|kind| kind.for_web);
        let names: Vec<_> = for_web.map(|kind| kind.name).collect();
        assert_eq!(names, ["slides", "status"]);
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
            let others = KNOWN.iter().filter(|other| other.name != kind.name);
            assert!(
                others
                    .map(|other| distance(kind.name, other.name))
                    .all(|d| d > NEAR)
            );
        }
    }
}
