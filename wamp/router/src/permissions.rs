//! What a principal may do: rules over URIs, the most specific of which decides.

use std::cmp::Reverse;
use std::ops::BitOr;
use wamp_proto::{MatchPolicy, Uri};

/// A set of things that can be done with a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    /// Nothing: a rule with this forbids.
    pub const NONE: Self = Self(0);
    /// Call the procedure.
    pub const CALL: Self = Self(1);
    /// Register the procedure.
    pub const REGISTER: Self = Self(2);
    /// Publish to the topic.
    pub const PUBLISH: Self = Self(4);
    /// Subscribe to the topic.
    pub const SUBSCRIBE: Self = Self(8);
    /// All of them.
    pub const ALL: Self = Self(15);

    /// Whether all of `actions` are in the set.
    pub const fn contain(self, actions: Self) -> bool {
        self.0 & actions.0 == actions.0
    }
}

impl Actions {
    /// What one action is called.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::CALL => "call",
            Self::REGISTER => "register",
            Self::PUBLISH => "publish",
            Self::SUBSCRIBE => "subscribe",
            _ => "do",
        }
    }
}

impl BitOr for Actions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Whether a callee or subscriber learns who called or published (spec, "Caller Identification",
/// "Publisher Identification").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Disclosure {
    /// Never; `disclose_me` is refused, and `disclose_caller` of a callee is without effect.
    Never,
    /// If the one side asks by `disclose_me` or the other by `disclose_caller`.
    #[default]
    OnRequest,
    /// Always.
    Always,
}

/// What is allowed for the URIs that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The URI or pattern.
    pub uri: Uri,
    /// How it matches.
    pub policy: MatchPolicy,
    /// What is allowed.
    pub allow: Actions,
    /// Whether doing it discloses who did.
    pub disclosure: Disclosure,
}

impl Rule {
    /// A rule that allows `allow` and leaves disclosure to those who ask.
    pub fn new(policy: MatchPolicy, uri: impl Into<Uri>, allow: Actions) -> Self {
        Self {
            uri: uri.into(),
            policy,
            allow,
            disclosure: Disclosure::default(),
        }
    }

    /// The same rule with another disclosure.
    #[must_use]
    pub const fn disclosing(mut self, disclosure: Disclosure) -> Self {
        self.disclosure = disclosure;
        self
    }

    /// Greater is more specific: an exact rule, then the one with more text before its first
    /// wildcard; of two with equally much, the wildcard before the prefix, and of two wildcards the
    /// one that names more components.
    fn specificity(&self) -> (bool, usize, bool, usize) {
        let exact = self.policy == MatchPolicy::Exact;
        let wildcard = self.policy == MatchPolicy::Wildcard;
        let named = self.uri.components().filter(|c| !c.is_empty()).count();
        (exact, head(self.policy, &self.uri).len(), wildcard, named)
    }

    /// Whether every URI that the pattern matches is matched by this rule.
    fn covers(&self, policy: MatchPolicy, uri: &Uri) -> bool {
        match (self.policy, policy) {
            (_, MatchPolicy::Exact) => self.uri.matches(self.policy, uri),
            (MatchPolicy::Prefix, _) => head(policy, uri).starts_with(self.uri.as_str()),
            (MatchPolicy::Wildcard, MatchPolicy::Wildcard) => {
                self.pairs(uri, |own, other| own.is_empty() || own == other)
            }
            (MatchPolicy::Exact | MatchPolicy::Wildcard, _) => false,
        }
    }

    /// Whether there may be a URI that both this rule and the pattern match. True where that would
    /// take long to find out.
    fn overlaps(&self, policy: MatchPolicy, uri: &Uri) -> bool {
        match (self.policy, policy) {
            (_, MatchPolicy::Exact) => self.uri.matches(self.policy, uri),
            (MatchPolicy::Exact, _) => uri.matches(policy, &self.uri),
            (MatchPolicy::Wildcard, MatchPolicy::Wildcard) => self.pairs(uri, |own, other| {
                own.is_empty() || other.is_empty() || own == other
            }),
            _ => {
                let (own, other) = (head(self.policy, &self.uri), head(policy, uri));
                own.starts_with(other) || other.starts_with(own)
            }
        }
    }

    fn pairs(&self, uri: &Uri, agree: impl Fn(&str, &str) -> bool) -> bool {
        self.uri.components().count() == uri.components().count()
            && self
                .uri
                .components()
                .zip(uri.components())
                .all(|(own, other)| agree(own, other))
    }
}

/// The text that every URI matched by a pattern starts with.
fn head(policy: MatchPolicy, uri: &Uri) -> &str {
    if policy != MatchPolicy::Wildcard || !uri.components().any(str::is_empty) {
        return uri.as_str();
    }
    let named = uri.components().take_while(|c| !c.is_empty());
    &uri.as_str()[..named.map(|c| c.len() + 1).sum()]
}

/// Ordered rules. What no rule matches is not allowed.
///
/// The rules are asked one after the other, so a principal should have tens of them, not thousands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// The most specific first.
    rules: Box<[Rule]>,
    /// Whether somebody else decides about what no rule speaks of.
    asking: bool,
}

impl Permissions {
    /// Permissions by `rules`. The most specific rule that matches decides alone: an exact one, then
    /// the one with the longest text before its first wildcard. Of two rules for one pattern the
    /// later counts.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.reverse();
        rules.sort_by_key(|rule| Reverse(rule.specificity()));
        Self {
            rules: rules.into(),
            asking: false,
        }
    }

    /// The same, but what no rule speaks of is for somebody else to decide, message by message: see
    /// [`Realm::question`](crate::Realm::question).
    #[must_use]
    pub const fn asking(mut self) -> Self {
        self.asking = true;
        self
    }

    pub(crate) const fn is_asking(&self) -> bool {
        self.asking
    }

    /// Whether `action` on every URI that the pattern matches is for somebody else to decide: no rule
    /// allows it, and none forbids it for any of them.
    pub(crate) fn asks(&self, action: Actions, policy: MatchPolicy, uri: &Uri) -> bool {
        let mut rules = self.rules.iter();
        self.asking
            && rules.all(|rule| {
                !rule.overlaps(policy, uri)
                    || rule.allow.contain(action) && !rule.covers(policy, uri)
            })
    }

    /// Whether what was allowed may go on: a rule allows it, or somebody else did and no rule forbids it.
    pub(crate) fn let_go_on(&self, action: Actions, policy: MatchPolicy, uri: &Uri) -> bool {
        self.check_pattern(action, policy, uri).is_some() || self.asks(action, policy, uri)
    }

    /// Everything is allowed, `wamp.session.kill` and the rest of the meta API included.
    pub fn all() -> Self {
        Self::new([Rule::new(MatchPolicy::Prefix, "", Actions::ALL)])
    }

    /// Nothing is allowed.
    pub fn none() -> Self {
        Self::new([])
    }

    /// Whether `action` is allowed on `uri`, and if so what it discloses.
    pub fn check(&self, action: Actions, uri: &str) -> Option<Disclosure> {
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.uri.matches(rule.policy, uri))?;
        rule.allow.contain(action).then_some(rule.disclosure)
    }

    /// Whether `action` is allowed on every URI that the pattern matches. A pattern that reaches
    /// into a more specific rule's URIs needs that rule's consent too.
    pub fn check_pattern(
        &self,
        action: Actions,
        policy: MatchPolicy,
        uri: &Uri,
    ) -> Option<Disclosure> {
        for rule in self.rules.iter().filter(|rule| rule.overlaps(policy, uri)) {
            if !rule.allow.contain(action) {
                return None;
            }
            if rule.covers(policy, uri) {
                return Some(rule.disclosure);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MatchPolicy::{Exact, Prefix, Wildcard};

    fn permissions(rules: &[(MatchPolicy, &'static str, Actions)]) -> Permissions {
        let rule = |(policy, uri, allow): &(_, &'static str, _)| Rule::new(*policy, *uri, *allow);
        Permissions::new(rules.iter().map(rule))
    }

    #[test]
    fn what_no_rule_matches_is_denied() {
        let some = permissions(&[(Prefix, "com.app.", Actions::CALL | Actions::SUBSCRIBE)]);
        assert!(some.check(Actions::CALL, "com.app.x").is_some());
        assert!(some.check(Actions::PUBLISH, "com.app.x").is_none());
        assert!(some.check(Actions::CALL, "com.apple").is_none());
        assert!(Permissions::none().check(Actions::CALL, "a").is_none());
        assert!(Permissions::all().check(Actions::ALL, "a").is_some());
    }

    #[test]
    fn the_most_specific_rule_decides() {
        let some = permissions(&[
            (Prefix, "", Actions::ALL),
            (Exact, "com.app.secret", Actions::NONE),
            (Prefix, "com.app.admin.", Actions::NONE),
            (Wildcard, "com.app.admin..status", Actions::CALL),
            (Wildcard, "..hidden", Actions::NONE),
        ]);
        for (uri, allowed) in [
            ("com.app.x", true),
            ("com.app.secret", false),
            ("com.app.secrets", true),
            ("com.app.admin.stop", false),
            ("com.app.admin.router.status", true),
            ("a.b.hidden", false),
        ] {
            assert_eq!(some.check(Actions::CALL, uri).is_some(), allowed, "{uri}");
        }
    }

    #[test]
    fn what_no_rule_speaks_of_is_asked_if_there_is_somebody_to_ask() {
        let rules = permissions(&[
            (Prefix, "com.app.", Actions::CALL),
            (Exact, "com.app.secret", Actions::NONE),
        ]);
        let asking = rules.clone().asking();
        for (policy, uri, asks) in [
            (Exact, "org.other", true),
            (Exact, "com.app.x", false),
            (Exact, "com.app.secret", false),
            (Prefix, "com.other.", true),
            (Prefix, "com.", false),
            (Prefix, "com.app.", false),
            (Wildcard, "org..x", true),
        ] {
            let asked = |rules: &Permissions| rules.asks(Actions::CALL, policy, &Uri::from(uri));
            assert_eq!(asked(&asking), asks, "{policy:?} {uri}");
            assert!(!asked(&rules), "{policy:?} {uri}");
        }
        assert!(asking.check(Actions::CALL, "org.other").is_none());
        assert!(asking.let_go_on(Actions::CALL, Exact, &"org.other".into()));
        assert!(!asking.let_go_on(Actions::CALL, Exact, &"com.app.secret".into()));
        assert!(!rules.let_go_on(Actions::CALL, Exact, &"org.other".into()));
    }

    #[test]
    fn of_two_rules_for_one_pattern_the_later_counts() {
        let some = permissions(&[(Exact, "a", Actions::ALL), (Exact, "a", Actions::NONE)]);
        assert!(some.check(Actions::CALL, "a").is_none());
    }

    #[test]
    fn a_pattern_needs_leave_for_all_that_it_matches() {
        let some = permissions(&[
            (Prefix, "com.app.", Actions::SUBSCRIBE),
            (Prefix, "com.app.private.", Actions::NONE),
            (Exact, "com.app.one.secret", Actions::NONE),
            (Wildcard, "org..news", Actions::SUBSCRIBE),
        ]);
        for (policy, uri, allowed) in [
            (Exact, "com.app.x", true),
            (Prefix, "com.app.open.", true),
            (Prefix, "com.app.", false),
            (Prefix, "com.app.private.x", false),
            (Prefix, "com.", false),
            (Prefix, "", false),
            (Wildcard, "com.app.open..x", true),
            (Wildcard, "com.app..x", false),
            (Wildcard, "com.app.one.", false),
            (Wildcard, "org..news", true),
            (Wildcard, "org.a.news", true),
            (Wildcard, "..news", false),
            (Prefix, "org.", false),
        ] {
            let got = some
                .check_pattern(Actions::SUBSCRIBE, policy, &Uri::from(uri))
                .is_some();
            assert_eq!(got, allowed, "{policy:?} {uri:?}");
        }
    }
}
