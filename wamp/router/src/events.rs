//! The meta events: what the router tells of sessions, subscriptions and registrations.

use crate::broker::Broker;
use crate::context::Context;
use crate::dealer::Dealer;
use crate::realm::Tables;
use crate::reflection::Kind;
use crate::{Epoch, SessionInfo, SessionKey};
use serde::Serialize;
use wamp_proto::options::{InvokePolicy, Text};
use wamp_proto::{
    MatchPolicy, Payload, RegistrationId, Serializer, SessionId, SubscriptionId, Uri, uris,
};

/// Something that has happened, told once the message that caused it is handled.
///
/// Handlers note these in the order the specification wants: creation before attachment, detachment
/// before deletion, and a session's leaving after all it left.
#[derive(Debug)]
pub(crate) enum MetaEvent {
    Joined(SessionKey),
    Left {
        session: SessionId,
        authid: Text,
        authrole: Text,
    },
    Created {
        by: SessionId,
        table: Table,
    },
    Attached {
        by: SessionId,
        table: Table,
    },
    Detached {
        by: SessionId,
        table: Table,
    },
    Deleted {
        by: SessionId,
        table: Table,
    },
    /// What is shown of a procedure, topic or error is new or another.
    Defined(Kind, Uri),
    Undefined(Kind, Uri),
}

/// The topics of meta events.
pub(crate) const TOPICS: [Uri; 12] = [
    uris::SESSION_ON_JOIN,
    uris::SESSION_ON_LEAVE,
    uris::REGISTRATION_ON_CREATE,
    uris::REGISTRATION_ON_REGISTER,
    uris::REGISTRATION_ON_UNREGISTER,
    uris::REGISTRATION_ON_DELETE,
    uris::SUBSCRIPTION_ON_CREATE,
    uris::SUBSCRIPTION_ON_SUBSCRIBE,
    uris::SUBSCRIPTION_ON_UNSUBSCRIBE,
    uris::SUBSCRIPTION_ON_DELETE,
    uris::REFLECT_ON_DEFINE,
    uris::REFLECT_ON_UNDEFINE,
];

/// What was created, attached to, detached from or deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Table {
    Registration(RegistrationId),
    Subscription(SubscriptionId),
}

impl Table {
    const fn id(self) -> u64 {
        match self {
            Self::Registration(id) => id.get(),
            Self::Subscription(id) => id.get(),
        }
    }

    /// One of two topics.
    fn topic(self, of_registration: Uri, of_subscription: Uri) -> Uri {
        match self {
            Self::Registration(_) => of_registration,
            Self::Subscription(_) => of_subscription,
        }
    }
}

/// Publishes one meta event to those who subscribe to it.
pub(crate) fn tell(event: &MetaEvent, ctx: &mut Context<'_>, tables: &Tables) {
    let Tables { broker, dealer, .. } = tables;
    match event {
        MetaEvent::Joined(key) => broker.announce(ctx, uris::SESSION_ON_JOIN, |sessions| {
            // Nobody leaves before it was told that they came.
            let session = sessions.get(*key);
            session.map_or(Payload::NONE, |session| {
                arguments(&(SessionDetails::of(&session.info),))
            })
        }),
        MetaEvent::Left {
            session,
            authid,
            authrole,
        } => broker.announce(ctx, uris::SESSION_ON_LEAVE, |_| {
            arguments(&(session, authid, authrole))
        }),
        MetaEvent::Created { by, table } => {
            let topic = table.topic(uris::REGISTRATION_ON_CREATE, uris::SUBSCRIPTION_ON_CREATE);
            let epoch = ctx.config.epoch;
            broker.announce(ctx, topic, |_| {
                let details = match table {
                    Table::Registration(id) => EntryDetails::of_registration(dealer, *id, epoch),
                    Table::Subscription(id) => EntryDetails::of_subscription(broker, *id, epoch),
                };
                arguments(&(by, details))
            });
        }
        MetaEvent::Attached { by, table } => {
            let topic = table.topic(
                uris::REGISTRATION_ON_REGISTER,
                uris::SUBSCRIPTION_ON_SUBSCRIBE,
            );
            broker.announce(ctx, topic, |_| arguments(&(by, table.id())));
        }
        MetaEvent::Detached { by, table } => {
            let topic = table.topic(
                uris::REGISTRATION_ON_UNREGISTER,
                uris::SUBSCRIPTION_ON_UNSUBSCRIBE,
            );
            broker.announce(ctx, topic, |_| arguments(&(by, table.id())));
        }
        MetaEvent::Deleted { by, table } => {
            let topic = table.topic(uris::REGISTRATION_ON_DELETE, uris::SUBSCRIPTION_ON_DELETE);
            broker.announce(ctx, topic, |_| arguments(&(by, table.id())));
        }
        MetaEvent::Defined(kind, uri) => {
            broker.announce(ctx, uris::REFLECT_ON_DEFINE, |_| arguments(&(kind, uri)));
        }
        MetaEvent::Undefined(kind, uri) => {
            broker.announce(ctx, uris::REFLECT_ON_UNDEFINE, |_| arguments(&(kind, uri)));
        }
    }
}

/// What `wamp.session.on_join` and `wamp.session.get` say of a session.
#[derive(Serialize)]
pub(crate) struct SessionDetails<'a> {
    session: SessionId,
    authid: &'a str,
    authrole: &'a str,
    authmethod: &'a str,
    authprovider: &'a str,
    transport: TransportDetails<'a>,
}

#[derive(Serialize)]
struct TransportDetails<'a> {
    peer: &'a str,
}

impl<'a> SessionDetails<'a> {
    pub(crate) fn of(session: &'a SessionInfo) -> Self {
        let principal = &session.principal;
        Self {
            session: session.id,
            authid: &principal.authid,
            authrole: &principal.authrole,
            authmethod: &principal.authmethod,
            authprovider: &principal.authprovider,
            transport: TransportDetails {
                peer: &session.peer,
            },
        }
    }
}

/// What `on_create` and `get` say of a registration or subscription.
#[derive(Serialize)]
pub(crate) struct EntryDetails<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    uri: &'a Uri,
    r#match: MatchPolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoke: Option<InvokePolicy>,
}

impl<'a> EntryDetails<'a> {
    pub(crate) fn of_registration(
        dealer: &'a Dealer,
        id: RegistrationId,
        epoch: Option<Epoch>,
    ) -> Option<Self> {
        let registration = dealer.registrations.get(id)?;
        Some(Self {
            id: id.get(),
            created: epoch.map(|epoch| epoch.iso_8601(registration.created)),
            uri: &registration.uri,
            r#match: registration.policy,
            invoke: Some(registration.invoke),
        })
    }

    pub(crate) fn of_subscription(
        broker: &'a Broker,
        id: SubscriptionId,
        epoch: Option<Epoch>,
    ) -> Option<Self> {
        let subscription = broker.subscriptions.get(id)?;
        Some(Self {
            id: id.get(),
            created: epoch
                .zip(subscription.created)
                .map(|(epoch, created)| epoch.iso_8601(created)),
            uri: &subscription.uri,
            r#match: subscription.policy,
            invoke: None,
        })
    }
}

/// Positional arguments of the router's own making.
pub(crate) fn arguments<T: Serialize>(args: &T) -> Payload {
    // Values without floating point numbers have a form in every serializer.
    Payload::new(Serializer::Json, args, &()).unwrap_or(Payload::NONE)
}
