//! Finds what is registered or subscribed under a URI: exact, by prefix and by wildcard.

use crate::table::relax;
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::ops::Bound;
use wamp_proto::{MatchPolicy, Uri};

/// Values under URIs and patterns, one per policy and text.
///
/// Looking up an exact URI costs one hash, however many there are. Prefixes cost a walk down an
/// ordered map, a step per match and at worst one per character; wildcards cost a walk down a tree
/// of components, bounded by the patterns that match so far.
#[derive(Debug)]
pub(crate) struct UriIndex<V> {
    exact: HashMap<Uri, V>,
    prefix: BTreeMap<Uri, V>,
    wildcard: Node<V>,
    wildcards: usize,
}

/// What matches a wildcard pattern's components up to here.
#[derive(Debug)]
struct Node<V> {
    named: HashMap<String, Self>,
    any: Option<Box<Self>>,
    value: Option<V>,
}

impl<V> Default for UriIndex<V> {
    fn default() -> Self {
        Self {
            exact: HashMap::new(),
            prefix: BTreeMap::new(),
            wildcard: Node::default(),
            wildcards: 0,
        }
    }
}

impl<V> Default for Node<V> {
    fn default() -> Self {
        Self {
            named: HashMap::new(),
            any: None,
            value: None,
        }
    }
}

impl<V: Copy> UriIndex<V> {
    /// Puts `value` under `uri`, which is kept and so should be [`Uri::detached`].
    pub(crate) fn insert(&mut self, policy: MatchPolicy, uri: Uri, value: V) {
        match policy {
            MatchPolicy::Exact => {
                self.exact.insert(uri, value);
            }
            MatchPolicy::Prefix => {
                self.prefix.insert(uri, value);
            }
            MatchPolicy::Wildcard => {
                let node = uri.components().fold(&mut self.wildcard, Node::grow);
                if node.value.replace(value).is_none() {
                    self.wildcards += 1;
                }
            }
        }
    }

    /// What stands under exactly this policy and text.
    pub(crate) fn get(&self, policy: MatchPolicy, uri: &str) -> Option<V> {
        match policy {
            MatchPolicy::Exact => self.exact.get(uri).copied(),
            MatchPolicy::Prefix => self.prefix.get(uri).copied(),
            MatchPolicy::Wildcard => uri.split('.').try_fold(&self.wildcard, Node::child)?.value,
        }
    }

    /// Removes what stands under exactly this policy and text.
    pub(crate) fn remove(&mut self, policy: MatchPolicy, uri: &str) {
        match policy {
            MatchPolicy::Exact => {
                self.exact.remove(uri);
                relax(&mut self.exact);
            }
            MatchPolicy::Prefix => {
                self.prefix.remove(uri);
            }
            MatchPolicy::Wildcard => {
                if self.wildcard.prune(uri.split('.')) {
                    self.wildcards -= 1;
                }
            }
        }
    }

    /// The one that a call goes to: an exact match, else the longest prefix, else the wildcard with
    /// the longest portions before its wildcards, compared from the left (spec, "Pattern-based
    /// Registrations").
    pub(crate) fn best(&self, uri: &str) -> Option<(MatchPolicy, V)> {
        if let Some(value) = self.exact.get(uri) {
            return Some((MatchPolicy::Exact, *value));
        }
        let mut best = None;
        self.prefixes(uri, &mut |value| {
            best = best.or(Some((MatchPolicy::Prefix, value)));
        });
        if best.is_none() && self.wildcards > 0 {
            self.wildcard.walk(uri.split('.'), &mut |value| {
                best = best.or(Some((MatchPolicy::Wildcard, value)));
            });
        }
        best
    }

    /// Passes every match on: the exact one, then prefixes from the longest on, then wildcards.
    pub(crate) fn matches(&self, uri: &str, mut found: impl FnMut(MatchPolicy, V)) {
        if let Some(value) = self.exact.get(uri) {
            found(MatchPolicy::Exact, *value);
        }
        self.prefixes(uri, &mut |value| found(MatchPolicy::Prefix, value));
        if self.wildcards > 0 {
            let found = &mut |value| found(MatchPolicy::Wildcard, value);
            self.wildcard.walk(uri.split('.'), found);
        }
    }

    /// The prefixes of `uri`, from the longest on.
    ///
    /// In order, a prefix of a text stands before the text, and whatever stands between the two
    /// shares that prefix. So the greatest entry up to the text is its longest prefix, or shares one
    /// with it that no shorter candidate can exceed.
    fn prefixes(&self, uri: &str, found: &mut impl FnMut(V)) {
        if self.prefix.is_empty() {
            return;
        }
        let mut upto = Bound::Included(uri);
        while let Some((prefix, value)) = self
            .prefix
            .range::<str, _>((Bound::Unbounded, upto))
            .next_back()
        {
            if uri.starts_with(prefix.as_str()) {
                found(*value);
                upto = Bound::Excluded(&uri[..prefix.len()]);
            } else {
                upto = Bound::Included(common_head(uri, prefix));
            }
        }
    }
}

impl<V: Copy> Node<V> {
    fn grow<'a>(&'a mut self, component: &str) -> &'a mut Self {
        if component.is_empty() {
            self.any.get_or_insert_default()
        } else {
            self.named.entry_ref(component).or_default()
        }
    }

    fn child(&self, component: &str) -> Option<&Self> {
        if component.is_empty() {
            self.any.as_deref()
        } else {
            self.named.get(component)
        }
    }

    /// Passes on the values of all patterns that match, the named component before the wildcard.
    ///
    /// Where two patterns first differ, the one that names its component has the longer portion
    /// there; so this is the order of rank, best first.
    fn walk<'u>(&self, mut uri: impl Iterator<Item = &'u str> + Clone, found: &mut impl FnMut(V)) {
        let Some(component) = uri.next() else {
            if let Some(value) = self.value {
                found(value);
            }
            return;
        };
        let named = self.named.get(component);
        for node in named.into_iter().chain(self.any.as_deref()) {
            node.walk(uri.clone(), found);
        }
    }

    /// Removes the value at the end of `pattern` and the nodes that only led there.
    fn prune<'u>(&mut self, mut pattern: impl Iterator<Item = &'u str>) -> bool {
        let Some(component) = pattern.next() else {
            return self.value.take().is_some();
        };
        let child = if component.is_empty() {
            self.any.as_deref_mut()
        } else {
            self.named.get_mut(component)
        };
        let Some(child) = child else { return false };
        let removed = child.prune(pattern);
        if child.is_empty() {
            if component.is_empty() {
                self.any = None;
            } else {
                self.named.remove(component);
                relax(&mut self.named);
            }
        }
        removed
    }

    fn is_empty(&self) -> bool {
        self.value.is_none() && self.any.is_none() && self.named.is_empty()
    }
}

/// The longest text that both start with.
fn common_head<'u>(uri: &'u str, other: &str) -> &'u str {
    let same = uri
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let end = (0..=same).rev().find(|end| uri.is_char_boundary(*end));
    &uri[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wamp_proto::UriRule;

    fn index(patterns: &[(MatchPolicy, &str)]) -> UriIndex<usize> {
        let mut index = UriIndex::default();
        for (number, (policy, uri)) in patterns.iter().enumerate() {
            index.insert(*policy, Uri::from(*uri), number + 1);
        }
        index
    }

    #[test]
    fn calls_go_to_the_best_match_as_in_the_specification() {
        use MatchPolicy::{Exact, Prefix, Wildcard};
        let index = index(&[
            (Exact, "a1.b2.c3.d4.e55"),
            (Prefix, "a1.b2.c3"),
            (Prefix, "a1.b2.c3.d4"),
            (Wildcard, "a1.b2..d4.e5"),
            (Wildcard, "a1.b2.c33..e5"),
            (Wildcard, "a1.b2..d4.e5..g7"),
            (Wildcard, "a1.b2..d4..f6.g7"),
        ]);
        for (uri, best) in [
            ("a1.b2.c3.d4.e55", Some(1)),
            ("a1.b2.c3.d98.e74", Some(2)),
            ("a1.b2.c3.d4.e325", Some(3)),
            ("a1.b2.c55.d4.e5", Some(4)),
            // The specification says 5 here, where prefixes would have to be whole components;
            // its own prefix rule makes `a1.b2.c3` match, as it does in other routers.
            ("a1.b2.c33.d4.e5", Some(2)),
            ("a1.b2.c88.d4.e5.f6.g7", Some(6)),
            ("a2.b2.c2.d2.e2", None),
        ] {
            assert_eq!(index.best(uri).map(|(_, n)| n), best, "{uri}");
        }
    }

    #[test]
    fn removing_leaves_nothing_behind() {
        use MatchPolicy::{Exact, Prefix, Wildcard};
        let patterns = [
            (Exact, "a.b"),
            (Prefix, "a."),
            (Wildcard, "a..c"),
            (Wildcard, "a.."),
        ];
        let mut index = index(&patterns);
        for (policy, uri) in patterns {
            assert!(index.get(policy, uri).is_some());
            index.remove(policy, uri);
            index.remove(policy, uri);
            assert_eq!(index.get(policy, uri), None);
        }
        assert!(index.exact.is_empty() && index.prefix.is_empty() && index.wildcard.is_empty());
        assert_eq!(index.wildcards, 0);
    }

    fn policy() -> impl Strategy<Value = MatchPolicy> {
        prop_oneof![
            Just(MatchPolicy::Exact),
            Just(MatchPolicy::Prefix),
            Just(MatchPolicy::Wildcard),
        ]
    }

    proptest! {
        #[test]
        fn finds_what_asking_every_pattern_finds(
            patterns in proptest::collection::btree_set((policy(), "[abä.]{0,6}"), 0..40),
            removed in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
            uris in proptest::collection::vec("[abä]{1,2}(\\.[abä]{1,2}){0,3}", 1..10),
        ) {
            let mut patterns: Vec<_> = patterns
                .into_iter()
                .map(|(policy, text)| (policy, Uri::from(text)))
                .filter(|(policy, uri)| uri.is_valid_pattern(*policy, UriRule::Loose))
                .enumerate()
                .collect();
            let mut index = UriIndex::default();
            for (number, (policy, uri)) in &patterns {
                index.insert(*policy, uri.clone(), *number);
            }
            for at in removed {
                if patterns.is_empty() {
                    break;
                }
                let (_, (policy, uri)) = patterns.swap_remove(at.index(patterns.len()));
                index.remove(policy, &uri);
            }
            for uri in uris {
                let mut found = Vec::new();
                index.matches(&uri, |_, value| found.push(value));
                let first = found.first().copied();
                prop_assert_eq!(index.best(&uri).map(|(_, value)| value), first);
                let mut expected: Vec<_> = patterns
                    .iter()
                    .filter(|(_, (policy, pattern))| pattern.matches(*policy, &uri))
                    .map(|(number, _)| *number)
                    .collect();
                found.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
