//! What the router announces in WELCOME.

use crate::RealmConfig;
use wamp_proto::handshake::router::Principal;
use wamp_proto::options::WelcomeDetails;
use wamp_proto::{Feature, Features, Roles};

/// The features this router announces as a broker.
const BROKER: Features = Features::of(&[
    Feature::EventHistory,
    Feature::EventRetention,
    Feature::PatternBasedSubscription,
    Feature::PayloadPassthruMode,
    Feature::PublicationTrustlevels,
    Feature::PublisherExclusion,
    Feature::PublisherIdentification,
    Feature::SessionMetaApi,
    Feature::ShardedSubscription,
    Feature::SubscriberBlackwhiteListing,
    Feature::SubscriptionMetaApi,
    Feature::SubscriptionRevocation,
    Feature::TopicReflection,
]);

/// The features this router announces as a dealer.
const DEALER: Features = Features::of(&[
    Feature::CallCanceling,
    Feature::CallReroute,
    Feature::CallTimeout,
    Feature::CallTrustlevels,
    Feature::CallerIdentification,
    Feature::PatternBasedRegistration,
    Feature::PayloadPassthruMode,
    Feature::ProcedureReflection,
    Feature::ProgressiveCallInvocations,
    Feature::ProgressiveCallResults,
    Feature::RegistrationMetaApi,
    Feature::RegistrationRevocation,
    Feature::SessionMetaApi,
    Feature::ShardedRegistration,
    Feature::SharedRegistration,
    Feature::TestamentMetaApi,
]);

/// The details of WELCOME for a client that acts for `principal`.
pub(crate) fn welcome(config: &RealmConfig, principal: &Principal) -> WelcomeDetails {
    WelcomeDetails {
        agent: Some(config.agent.clone()),
        roles: Some(Roles {
            broker: Some(BROKER),
            dealer: Some(DEALER),
            ..Roles::default()
        }),
        realm: Some(config.name.clone()),
        authid: Some(principal.authid.clone()),
        authrole: Some(principal.authrole.clone()),
        authmethod: Some(principal.authmethod.clone()),
        authprovider: Some(principal.authprovider.clone()),
        authextra: principal.authextra.clone(),
    }
}
