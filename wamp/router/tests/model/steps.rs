//! What can happen, and how often.

use proptest::prelude::*;
use proptest::sample::Index;
use wamp_proto::MatchPolicy;
use wamp_proto::options::{CancelMode, InvokePolicy};

/// URIs and patterns that overlap in many ways.
pub(crate) const URIS: [&str; 5] = ["a", "a.b", "a.b.c", "ab", "b.b"];
pub(crate) const PATTERNS: [(MatchPolicy, &str); 12] = [
    (MatchPolicy::Exact, "a"),
    (MatchPolicy::Exact, "a.b"),
    (MatchPolicy::Exact, "a.b.c"),
    (MatchPolicy::Prefix, ""),
    (MatchPolicy::Prefix, "a"),
    (MatchPolicy::Prefix, "a."),
    (MatchPolicy::Prefix, "a.b"),
    (MatchPolicy::Wildcard, "."),
    (MatchPolicy::Wildcard, "a."),
    (MatchPolicy::Wildcard, ".b"),
    (MatchPolicy::Wildcard, "a.."),
    (MatchPolicy::Wildcard, "a..c"),
];

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Join {
        /// Whether the client announces what callees and subscribers can.
        able: bool,
        /// Whether what it may do changes.
        watched: bool,
    },
    Leave {
        who: Index,
        says_goodbye: bool,
    },
    /// Whoever is watched may do everything, or nothing below `a.`.
    Permit {
        all: bool,
    },
    Subscribe {
        who: Index,
        pattern: usize,
    },
    Unsubscribe {
        who: Index,
        which: Index,
    },
    Publish {
        who: Index,
        uri: usize,
        exclude_me: Option<bool>,
        acknowledge: bool,
    },
    Register {
        who: Index,
        pattern: usize,
        invoke: InvokePolicy,
        concurrency: Option<u64>,
    },
    Unregister {
        who: Index,
        which: Index,
    },
    Call {
        who: Index,
        uri: usize,
        receive_progress: bool,
        in_parts: bool,
        timeout: Option<u64>,
    },
    /// Further arguments of a call, wanted or not any more.
    Continue {
        which: Index,
        last: bool,
    },
    Cancel {
        which: Index,
        mode: Option<CancelMode>,
    },
    Yield {
        which: Index,
        progress: bool,
    },
    Fail {
        which: Index,
        unavailable: bool,
    },
    AnswerAgain {
        which: Index,
    },
    Wait {
        ms: u64,
    },
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let flag = any::<bool>;
    let mode = prop_oneof![
        Just(None),
        Just(Some(CancelMode::Skip)),
        Just(Some(CancelMode::Kill)),
        Just(Some(CancelMode::KillNoWait)),
    ];
    let invoke = prop_oneof![
        2 => Just(InvokePolicy::Single),
        1 => Just(InvokePolicy::First),
        1 => Just(InvokePolicy::Last),
        2 => Just(InvokePolicy::RoundRobin),
        1 => Just(InvokePolicy::Random),
    ];
    let concurrency = prop_oneof![2 => Just(None), 1 => (1..3_u64).prop_map(Some)];
    let seldom = || proptest::bool::weighted(0.2);
    let pattern = || 0..PATTERNS.len();
    let uri = || 0..URIS.len();
    prop_oneof![
        2 => (flag(), flag()).prop_map(|(able, watched)| Step::Join { able, watched }),
        1 => (index(), flag()).prop_map(|(who, says_goodbye)| Step::Leave { who, says_goodbye }),
        1 => flag().prop_map(|all| Step::Permit { all }),
        4 => (index(), pattern()).prop_map(|(who, pattern)| Step::Subscribe { who, pattern }),
        2 => (index(), index()).prop_map(|(who, which)| Step::Unsubscribe { who, which }),
        6 => (index(), uri(), any::<Option<bool>>(), flag()).prop_map(
            |(who, uri, exclude_me, acknowledge)| Step::Publish { who, uri, exclude_me, acknowledge }
        ),
        4 => (index(), pattern(), invoke, concurrency).prop_map(
            |(who, pattern, invoke, concurrency)| {
                Step::Register { who, pattern, invoke, concurrency }
            }
        ),
        1 => (index(), index()).prop_map(|(who, which)| Step::Unregister { who, which }),
        8 => (index(), uri(), flag(), seldom(), proptest::option::of(1..100_u64)).prop_map(
            |(who, uri, receive_progress, in_parts, timeout)| {
                Step::Call { who, uri, receive_progress, in_parts, timeout }
            }
        ),
        2 => (index(), flag()).prop_map(|(which, last)| Step::Continue { which, last }),
        2 => (index(), mode).prop_map(|(which, mode)| Step::Cancel { which, mode }),
        6 => (index(), flag()).prop_map(|(which, progress)| Step::Yield { which, progress }),
        2 => (index(), flag()).prop_map(|(which, unavailable)| Step::Fail { which, unavailable }),
        1 => index().prop_map(|which| Step::AnswerAgain { which }),
        1 => (1..60_u64).prop_map(|ms| Step::Wait { ms }),
    ]
}
