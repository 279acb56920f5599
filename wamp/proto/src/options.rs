//! The options and details dictionaries of WAMP messages, typed.
//!
//! Unknown keys are ignored; a known key of a wrong type or value makes the frame a protocol
//! violation (spec, "Protocol Errors"). A key that is absent is `None` or `false` here and is not
//! written. Flags whose absence is not the same as `false` are `Option<bool>`.

use crate::sparse::Dictionary;
use crate::{Dict, MatchPolicy, Roles, SessionId, Uri, Value};
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;

/// Short text that many messages share, as an authid.
pub type Text = Arc<str>;

/// A list that is read once and never grows.
type List<T> = Box<[T]>;

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    } $(+ { $($(#[$flag_doc:meta])* $flag:ident,)* })?)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
            $($(
                $(#[$flag_doc])*
                #[serde(skip_serializing_if = "unset", deserialize_with = "flag")]
                pub $flag: bool,
            )*)?
        }

        impl Dictionary for $name {
            const EMPTY: &'static Self = &Self {
                $($field: None,)*
                $($($flag: false,)*)?
            };
        }
    )*};
}

options! {
    /// `HELLO.Details` (spec, "HELLO").
    HelloDetails {
        /// The client's name and version.
        agent: String,
        /// The roles the client takes.
        roles: Roles,
        /// Who the client claims to be.
        authid: String,
        /// The role the client wishes for.
        authrole: String,
        /// The authentication methods the client can do, most wanted first.
        authmethods: Vec<String>,
        /// What those methods need beside.
        authextra: Dict,
    }

    /// `WELCOME.Details` (spec, "WELCOME").
    WelcomeDetails {
        /// The router's name and version.
        agent: String,
        /// The roles the router takes.
        roles: Roles,
        /// The realm joined.
        realm: Uri,
        /// Who the client is.
        authid: Text,
        /// The role it was given.
        authrole: Text,
        /// How it was authenticated.
        authmethod: Text,
        /// Who vouched for it.
        authprovider: Text,
        /// What the method says beside.
        authextra: Dict,
    }

    /// `GOODBYE.Details` and `ABORT.Details`.
    CloseDetails {
        /// A sentence for people.
        message: String,
    }

    /// `PUBLISH.Options` (spec, "Publishing and Events" and the Advanced Profile).
    PublishOptions {
        /// Sessions that must not receive the event.
        exclude: List<SessionId>,
        /// Authids that must not receive the event.
        exclude_authid: List<Text>,
        /// Authroles that must not receive the event.
        exclude_authrole: List<Text>,
        /// The only sessions that may receive the event.
        eligible: List<SessionId>,
        /// The only authids that may receive the event.
        eligible_authid: List<Text>,
        /// The only authroles that may receive the event.
        eligible_authrole: List<Text>,
        /// Whether the publisher itself is left out; absent means yes.
        exclude_me: bool,
        /// The routing key for sharded subscriptions.
        rkey: Text,
        /// Payload passthru: the scheme.
        ppt_scheme: Text,
        /// Payload passthru: how the payload is serialized.
        ppt_serializer: Text,
        /// Payload passthru: how the payload is encrypted.
        ppt_cipher: Text,
        /// Payload passthru: with which key.
        ppt_keyid: Text,
    } + {
        /// Whether PUBLISHED or ERROR is asked for.
        acknowledge,
        /// Whether the event says who published it.
        disclose_me,
        /// Whether the event is kept for later subscribers.
        retain,
    }

    /// `SUBSCRIBE.Options`.
    SubscribeOptions {
        /// How the topic matches; absent means exactly.
        r#match: MatchPolicy,
        /// The node key: which shard of the subscription the subscriber is.
        nkey: Text,
    } + {
        /// Whether the retained event is asked for.
        get_retained,
    }

    /// `EVENT.Details`.
    EventDetails {
        /// The topic published to, on subscriptions by pattern.
        topic: Uri,
        /// Who published, if disclosed.
        publisher: SessionId,
        /// Who published, if disclosed.
        publisher_authid: Text,
        /// The publisher's role, if disclosed.
        publisher_authrole: Text,
        /// How far the publisher is trusted.
        trustlevel: u64,
        /// Payload passthru: the scheme.
        ppt_scheme: Text,
        /// Payload passthru: how the payload is serialized.
        ppt_serializer: Text,
        /// Payload passthru: how the payload is encrypted.
        ppt_cipher: Text,
        /// Payload passthru: with which key.
        ppt_keyid: Text,
        /// How many events the router left out for this session since the EVENT before, on whatever
        /// subscription, because it read too slowly. Private to this router, hence the underscore
        /// (spec, "Protocol Extensibility").
        #[serde(rename = "_dropped")]
        dropped: u64,
    } + {
        /// Whether this is the event kept from before.
        retained,
    }

    /// `CALL.Options`.
    CallOptions {
        /// After how many milliseconds the call ends by itself; 0 is never.
        timeout: u64,
        /// Which shards of a sharded registration are called; absent means that it is no matter.
        runmode: RunMode,
        /// The routing key for sharded registrations.
        rkey: Text,
        /// Payload passthru: the scheme.
        ppt_scheme: Text,
        /// Payload passthru: how the payload is serialized.
        ppt_serializer: Text,
        /// Payload passthru: how the payload is encrypted.
        ppt_cipher: Text,
        /// Payload passthru: with which key.
        ppt_keyid: Text,
    } + {
        /// Whether results in parts are welcome.
        receive_progress,
        /// Whether more arguments follow in further CALLs of this id.
        progress,
        /// Whether the callee is told who calls.
        disclose_me,
    }

    /// `CANCEL.Options`.
    CancelOptions {
        /// What happens to the invocation; absent means [`CancelMode::KillNoWait`].
        mode: CancelMode,
    }

    /// `RESULT.Details`.
    ResultDetails {
        /// Payload passthru: the scheme.
        ppt_scheme: Text,
        /// Payload passthru: how the payload is serialized.
        ppt_serializer: Text,
        /// Payload passthru: how the payload is encrypted.
        ppt_cipher: Text,
        /// Payload passthru: with which key.
        ppt_keyid: Text,
    } + {
        /// Whether more results follow.
        progress,
    }

    /// `REGISTER.Options`.
    RegisterOptions {
        /// How the procedure matches; absent means exactly.
        r#match: MatchPolicy,
        /// How a callee is chosen; absent means there is only one.
        invoke: InvokePolicy,
        /// How many invocations the callee takes at a time.
        concurrency: u64,
        /// The node key: which shard of the registration the callee is.
        nkey: Text,
    } + {
        /// Whether an existing registration gives way.
        force_reregister,
        /// Whether invocations are to say who called.
        disclose_caller,
        /// Whether the callee watches the timeout itself.
        forward_timeout,
    }

    /// `INVOCATION.Details`.
    InvocationDetails {
        /// The procedure called, on registrations by pattern.
        procedure: Uri,
        /// Who calls, if disclosed.
        caller: SessionId,
        /// Who calls, if disclosed.
        caller_authid: Text,
        /// The caller's role, if disclosed.
        caller_authrole: Text,
        /// How far the caller is trusted.
        trustlevel: u64,
        /// After how many milliseconds the call ends, if forwarded.
        timeout: u64,
        /// Payload passthru: the scheme.
        ppt_scheme: Text,
        /// Payload passthru: how the payload is serialized.
        ppt_serializer: Text,
        /// Payload passthru: how the payload is encrypted.
        ppt_cipher: Text,
        /// Payload passthru: with which key.
        ppt_keyid: Text,
    } + {
        /// Whether results in parts are welcome.
        receive_progress,
        /// Whether more arguments follow in further INVOCATIONs of this id.
        progress,
    }

    /// `INTERRUPT.Options`.
    InterruptOptions {
        /// How the call was cancelled.
        mode: CancelMode,
        /// Why, as an error URI.
        reason: Uri,
    }

    /// `YIELD.Options`.
    YieldOptions {
        /// Payload passthru: the scheme.
        ppt_scheme: Text,
        /// Payload passthru: how the payload is serialized.
        ppt_serializer: Text,
        /// Payload passthru: how the payload is encrypted.
        ppt_cipher: Text,
        /// Payload passthru: with which key.
        ppt_keyid: Text,
    } + {
        /// Whether more results follow.
        progress,
    }

    /// `UNSUBSCRIBED.Details` where the router took the subscription back.
    UnsubscribedDetails {
        /// Which subscription.
        subscription: crate::SubscriptionId,
        /// Why.
        reason: Uri,
    }

    /// `UNREGISTERED.Details` where the router took the registration back.
    UnregisteredDetails {
        /// Which registration.
        registration: crate::RegistrationId,
        /// Why.
        reason: Uri,
    }
}

/// A dictionary that passes through as it is, as `ERROR.Details`.
pub type AnyDetails = std::collections::BTreeMap<String, Value>;

/// How a call is cancelled (spec, "Call Canceling").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CancelMode {
    /// The caller gets its ERROR at once; the callee is not told.
    Skip,
    /// The callee is interrupted; the caller gets what the callee answers.
    Kill,
    /// The callee is interrupted; the caller gets its ERROR at once.
    KillNoWait,
}

/// Which shards a call goes to (spec, "Sharded Registration").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunMode {
    /// The one that the routing key belongs to.
    Partition,
    /// All of them.
    All,
}

/// How a callee is chosen among those sharing a registration (spec, "Shared Registration").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvokePolicy {
    /// There is only one.
    #[default]
    Single,
    /// The one that registered first.
    First,
    /// The one that registered last.
    Last,
    /// Each in turn.
    RoundRobin,
    /// Any.
    Random,
}

/// Whether a flag is false, and so is not written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde calls")]
const fn unset(flag: &bool) -> bool {
    !*flag
}

/// Reads an explicit `null` as an absent flag, as some clients write it.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<bool>::deserialize(deserializer)?.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_ignored_and_wrong_types_refused() {
        let read = serde_json::from_str::<CallOptions>;
        let options = read(r#"{"x_mine":[1],"timeout":5,"progress":null}"#).unwrap();
        assert_eq!(options.timeout, Some(5));
        assert!(!options.progress);
        assert!(read(r#"{"timeout":"soon"}"#).is_err());
        assert!(read(r#"{"progress":1}"#).is_err());
        assert!(serde_json::from_str::<SubscribeOptions>(r#"{"match":"glob"}"#).is_err());
    }

    #[test]
    fn absent_keys_are_not_written() {
        assert_eq!(
            serde_json::to_string(&PublishOptions::default()).unwrap(),
            "{}"
        );
        let options = SubscribeOptions {
            r#match: Some(MatchPolicy::Prefix),
            get_retained: true,
            ..SubscribeOptions::default()
        };
        let text = serde_json::to_string(&options).unwrap();
        assert_eq!(text, r#"{"match":"prefix","get_retained":true}"#);
    }
}
