//! `wamp.reflect.*` and `wamp.reflection.*` (spec, "Interface Reflection").

use super::arguments::{args, invalid, kwargs, one};
use super::{Answer, PROCEDURES, is_meta};
use crate::context::{Context, Refusal};
use crate::events::{self, EntryDetails};
use crate::realm::Tables;
use crate::reflection::{Kind, Reflection};
use crate::{Permissions, SessionKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wamp_proto::{Dict, MatchPolicy, Payload, Serializer, Uri};

/// `wamp.reflect.define(uri, description; kind)` describes a procedure, or by `kind` a topic or an
/// error; without a description, it takes the caller's away.
pub(super) fn define(
    ctx: &mut Context<'_>,
    reflection: &mut Reflection,
    from: SessionKey,
    payload: &Payload,
) -> Result<Answer, Refusal> {
    let Definition(uri, description) = args(payload)?;
    let DefineOptions { kind } = kwargs(payload)?;
    let kind = kind.unwrap_or_default();
    ctx.check_length(&uri)?;
    // Patterns are described as well; every URI is one.
    if !uri.is_valid_pattern(MatchPolicy::Wildcard, ctx.config.uri_rule) {
        return Err(Refusal::invalid_uri(&uri));
    }
    if uri.is_reserved() {
        return Err(Refusal::reserved());
    }
    let done = Answer::Result(Payload::NONE);
    let Some(session) = ctx.sessions.get(from) else {
        return Ok(done);
    };
    if !kind.is_defined_by(&session.permissions, &uri) {
        return Err(Refusal::not_authorized("describe", &uri));
    }
    let Some(description) = description else {
        reflection.undefine(ctx, from, kind, &uri);
        return Ok(done);
    };
    let limits = &ctx.config.limits;
    if payload.len() > limits.description {
        return Err(Refusal::limit("the description is too long"));
    }
    let is_new = !session.definitions.contains(&(kind, uri.clone()));
    if is_new && session.definitions.len() >= limits.descriptions {
        return Err(Refusal::limit("too many descriptions"));
    }
    // Whoever asks for it may speak any serializer, of which JSON can say the least.
    Payload::new(Serializer::Json, &(&description,), &()).map_err(|error| invalid(&error))?;
    reflection.define(ctx, from, kind, &uri, description);
    Ok(done)
}

/// Something that is asked.
pub(super) enum Question {
    /// Which URIs of a kind there are.
    List(Kind),
    /// What is known of one URI.
    Describe(Kind),
    /// What is known of one URI, whatever it is.
    DescribeAny,
}

impl Question {
    /// The question that a procedure's name asks.
    pub(super) fn read(family: &str, verb: &str) -> Option<Self> {
        let kind = match family {
            "wamp.reflect" if verb == "describe" => return Some(Self::DescribeAny),
            "wamp.reflection.procedure" => Kind::Procedure,
            "wamp.reflection.topic" => Kind::Topic,
            "wamp.reflection.error" => Kind::Error,
            _ => return None,
        };
        match verb {
            "list" => Some(Self::List(kind)),
            "describe" => Some(Self::Describe(kind)),
            _ => None,
        }
    }

    pub(super) fn answer(
        self,
        ctx: &Context<'_>,
        tables: &Tables,
        from: SessionKey,
        payload: &Payload,
    ) -> Result<Answer, Refusal> {
        let none = Permissions::none();
        let asker = ctx.sessions.get(from);
        let permissions = asker.map_or(&none, |asker| &*asker.permissions);
        let known = |kind, uri| Known::find(ctx, tables, permissions, kind, uri);
        Ok(match self {
            Self::List(kind) => {
                let mut uris = all(tables, kind);
                uris.retain(|uri| kind.is_shown_to(permissions, uri));
                Answer::of(uris)
            }
            Self::Describe(kind) => {
                let uri: Uri = one(payload)?;
                Answer::of(known(kind, &uri))
            }
            Self::DescribeAny => {
                let uri: Uri = one(payload)?;
                let all = KnownOfAll {
                    procedure: known(Kind::Procedure, &uri),
                    topic: known(Kind::Topic, &uri),
                    error: known(Kind::Error, &uri),
                };
                Answer::of(all.is_some().then_some(all))
            }
        })
    }
}

/// The URIs of that kind: what is described, what is registered or subscribed exactly, and the
/// router's own.
fn all(tables: &Tables, kind: Kind) -> BTreeSet<Uri> {
    let mut uris: BTreeSet<_> = tables.reflection.uris(kind).cloned().collect();
    match kind {
        Kind::Procedure => {
            uris.extend(tables.dealer.registrations.exact().cloned());
            uris.extend(PROCEDURES.iter().map(|uri| Uri::from_static(uri)));
        }
        Kind::Topic => {
            let topics = tables.broker.subscriptions.exact();
            uris.extend(topics.filter(|topic| !topic.is_reserved()).cloned());
            uris.extend(events::TOPICS);
        }
        Kind::Error => {}
    }
    uris
}

/// What is known of a URI.
#[derive(Serialize)]
struct Known<'a> {
    uri: Uri,
    kind: Kind,
    /// The dictionary given by `wamp.reflect.define`.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a Dict>,
    /// Where a call goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration: Option<EntryDetails<'a>>,
    /// Who subscribes to exactly this topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<EntryDetails<'a>>,
}

impl<'a> Known<'a> {
    /// `None` if there is nothing, or it is not for the asker to know.
    fn find(
        ctx: &Context<'_>,
        tables: &'a Tables,
        permissions: &Permissions,
        kind: Kind,
        uri: &Uri,
    ) -> Option<Self> {
        let Tables {
            dealer,
            broker,
            reflection,
        } = tables;
        let epoch = ctx.config.epoch;
        let description = reflection.get(kind, uri);
        let (mut registration, mut subscription, mut own) = (None, None, false);
        match kind {
            Kind::Procedure if is_meta(uri) => own = PROCEDURES.contains(&uri.as_str()),
            Kind::Procedure => {
                let best = dealer.registrations.best(uri);
                registration =
                    best.and_then(|(_, id)| EntryDetails::of_registration(dealer, id, epoch));
            }
            Kind::Topic => {
                own = events::TOPICS.contains(uri);
                let exact = broker.subscriptions.lookup(MatchPolicy::Exact, uri);
                subscription =
                    exact.and_then(|id| EntryDetails::of_subscription(broker, id, epoch));
            }
            Kind::Error => {}
        }
        let known =
            own || description.is_some() || registration.is_some() || subscription.is_some();
        (known && kind.is_shown_to(permissions, uri)).then(|| Self {
            uri: uri.clone(),
            kind,
            description,
            registration,
            subscription,
        })
    }
}

/// The same for every kind.
#[derive(Serialize)]
struct KnownOfAll<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    procedure: Option<Known<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Known<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Known<'a>>,
}

impl KnownOfAll<'_> {
    const fn is_some(&self) -> bool {
        self.procedure.is_some() || self.topic.is_some() || self.error.is_some()
    }
}

/// A URI and its description, or none.
#[derive(Deserialize)]
#[serde(expecting = "a URI and a dictionary, or null")]
struct Definition(Uri, #[serde(default)] Option<Dict>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct DefineOptions {
    kind: Option<Kind>,
}
