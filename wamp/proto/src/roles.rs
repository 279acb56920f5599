//! Roles and Advanced Profile features, as HELLO and WELCOME announce them.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use std::fmt;

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// An Advanced Profile feature that peers announce to each other (spec, "Feature
        /// Announcement and Advertising").
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Feature {
            $($(#[$doc])* $variant,)*
        }

        impl Feature {
            /// Every feature this crate knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in the `features` dictionary.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

features! {
    /// Results in parts.
    ProgressiveCallResults = "progressive_call_results";
    /// Arguments in parts.
    ProgressiveCallInvocations = "progressive_call_invocations";
    /// Calls that end by themselves after a time.
    CallTimeout = "call_timeout";
    /// Calls that the caller takes back.
    CallCanceling = "call_canceling";
    /// Invocations that say who called.
    CallerIdentification = "caller_identification";
    /// Invocations that say how far the caller is trusted.
    CallTrustlevels = "call_trustlevels";
    /// `wamp.registration.*`.
    RegistrationMetaApi = "registration_meta_api";
    /// Registrations by prefix and wildcard.
    PatternBasedRegistration = "pattern_based_registration";
    /// Several callees behind one procedure.
    SharedRegistration = "shared_registration";
    /// Callees chosen by a key.
    ShardedRegistration = "sharded_registration";
    /// Registrations taken back by the router.
    RegistrationRevocation = "registration_revocation";
    /// Calls that go to another callee when one is not available.
    CallReroute = "call_reroute";
    /// Procedures and topics that describe themselves.
    ProcedureReflection = "procedure_reflection";
    /// Topics that describe themselves.
    TopicReflection = "topic_reflection";
    /// Publications for, or not for, named receivers.
    SubscriberBlackwhiteListing = "subscriber_blackwhite_listing";
    /// Publishers that may receive their own events.
    PublisherExclusion = "publisher_exclusion";
    /// Events that say who published.
    PublisherIdentification = "publisher_identification";
    /// Events that say how far the publisher is trusted.
    PublicationTrustlevels = "publication_trustlevels";
    /// `wamp.subscription.*`.
    SubscriptionMetaApi = "subscription_meta_api";
    /// Subscriptions by prefix and wildcard.
    PatternBasedSubscription = "pattern_based_subscription";
    /// Subscribers chosen by a key.
    ShardedSubscription = "sharded_subscription";
    /// Events kept for later questions.
    EventHistory = "event_history";
    /// The last event kept for new subscribers.
    EventRetention = "event_retention";
    /// Subscriptions taken back by the router.
    SubscriptionRevocation = "subscription_revocation";
    /// `wamp.session.*`.
    SessionMetaApi = "session_meta_api";
    /// Publications made when a session ends.
    TestamentMetaApi = "testament_meta_api";
    /// Payloads the router can not read.
    PayloadPassthruMode = "payload_passthru_mode";
}

/// A set of [`Feature`]s.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Features(u32);

impl Features {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The set of `features`.
    pub const fn of(features: &[Feature]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < features.len() {
            bits |= 1 << features[i] as u32;
            i += 1;
        }
        Self(bits)
    }

    /// Whether `feature` is in the set.
    pub const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u32) != 0
    }

    /// The features in the set.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.iter().copied().filter(move |f| self.has(*f))
    }

    const fn insert(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u32;
    }
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Feature::name))
            .finish()
    }
}

/// The roles a peer takes, each with the features it announces there. `None` is a role not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Roles {
    /// Publishes events.
    pub publisher: Option<Features>,
    /// Subscribes to topics.
    pub subscriber: Option<Features>,
    /// Calls procedures.
    pub caller: Option<Features>,
    /// Registers procedures.
    pub callee: Option<Features>,
    /// Routes events.
    pub broker: Option<Features>,
    /// Routes calls.
    pub dealer: Option<Features>,
}

impl Roles {
    /// Whether at least one of the roles a client can take is there (spec, "HELLO").
    pub const fn has_client_role(&self) -> bool {
        self.publisher.is_some()
            || self.subscriber.is_some()
            || self.caller.is_some()
            || self.callee.is_some()
    }

    /// Whether the peer announced `feature` as a callee.
    pub fn callee_has(&self, feature: Feature) -> bool {
        self.callee.is_some_and(|f| f.has(feature))
    }

    /// Whether the peer announced `feature` as a caller.
    pub fn caller_has(&self, feature: Feature) -> bool {
        self.caller.is_some_and(|f| f.has(feature))
    }

    /// Whether the peer announced `feature` as a subscriber.
    pub fn subscriber_has(&self, feature: Feature) -> bool {
        self.subscriber.is_some_and(|f| f.has(feature))
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, Features)> {
        [
            ("publisher", self.publisher),
            ("subscriber", self.subscriber),
            ("caller", self.caller),
            ("callee", self.callee),
            ("broker", self.broker),
            ("dealer", self.dealer),
        ]
        .into_iter()
        .filter_map(|(name, features)| Some((name, features?)))
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<Features>> {
        Some(match name {
            "publisher" => &mut self.publisher,
            "subscriber" => &mut self.subscriber,
            "caller" => &mut self.caller,
            "callee" => &mut self.callee,
            "broker" => &mut self.broker,
            "dealer" => &mut self.dealer,
            _ => return None,
        })
    }
}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.named().count()))?;
        for (name, features) in self.named() {
            map.serialize_entry(name, &Role { features })?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RolesVisitor;
        impl<'de> Visitor<'de> for RolesVisitor {
            type Value = Roles;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a dictionary of roles")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Roles, A::Error> {
                let mut roles = Roles::default();
                while let Some(name) = map.next_key::<String>()? {
                    let role: Role = map.next_value()?;
                    if let Some(slot) = roles.slot(&name) {
                        *slot = Some(role.features);
                    }
                }
                Ok(roles)
            }
        }
        deserializer.deserialize_map(RolesVisitor)
    }
}

/// One role's dictionary: `{}` or `{"features": {…}}`.
struct Role {
    features: Features,
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.features == Features::NONE {
            return serializer.serialize_map(Some(0))?.end();
        }
        let mut role = serializer.serialize_struct("Role", 1)?;
        role.serialize_field("features", &self.features)?;
        role.end()
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Wire {
            #[serde(default)]
            features: Option<Features>,
        }
        let wire = Wire::deserialize(deserializer)?;
        let features = wire.features.unwrap_or_default();
        Ok(Self { features })
    }
}

impl Serialize for Features {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|f| (f.name(), true)))
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FeaturesVisitor;
        impl<'de> Visitor<'de> for FeaturesVisitor {
            type Value = Features;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a dictionary of features")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Features, A::Error> {
                let mut features = Features::NONE;
                while let Some(name) = map.next_key::<String>()? {
                    // Peers announce extensions of their own with values of other types.
                    let announced = map.next_value::<crate::Value>()? == crate::Value::Bool(true);
                    if let Some(feature) = by_name(&name).filter(|_| announced) {
                        features.insert(feature);
                    }
                }
                Ok(features)
            }
        }
        deserializer.deserialize_map(FeaturesVisitor)
    }
}

/// The feature of that name, by the spec's spelling or one that older peers use.
fn by_name(name: &str) -> Option<Feature> {
    let name = match name {
        "call_cancelling" => "call_canceling",
        "progressive_calls" => "progressive_call_invocations",
        "shareded_subscriptions" => "sharded_subscription",
        current => current,
    };
    Feature::ALL.iter().copied().find(|f| f.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_keep_known_features_and_ignore_the_rest() {
        let roles: Roles = serde_json::from_str(
            r#"{"caller":{"features":{"call_cancelling":true,"call_timeout":false,"x_own":[1]}},
                "callee":{},"observer":{}}"#,
        )
        .unwrap();
        assert_eq!(roles.caller, Some(Features::of(&[Feature::CallCanceling])));
        assert_eq!(roles.callee, Some(Features::NONE));
        assert_eq!(roles.publisher, None);
        let text = serde_json::to_string(&roles).unwrap();
        assert_eq!(
            text,
            r#"{"caller":{"features":{"call_canceling":true}},"callee":{}}"#
        );
    }

    #[test]
    fn the_set_holds_every_feature() {
        assert!(Feature::ALL.len() <= 32);
        let all = Features::of(Feature::ALL);
        assert_eq!(all.iter().count(), Feature::ALL.len());
    }
}
