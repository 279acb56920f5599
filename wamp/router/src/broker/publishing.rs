//! PUBLISH, which becomes EVENT.

use super::Broker;
use crate::context::{Context, Refusal};
use crate::dealer::{NOT_ONE_BINARY, passes_through};
use crate::publication::{Draft, Publication};
use crate::recipients::Recipients;
use crate::session::Session;
use crate::{Actions, Disclosure, RealmConfig, SessionKey};
use wamp_proto::error::Violation;
use wamp_proto::message::{Publish, Published, request_type};
use wamp_proto::options::EventDetails;
use wamp_proto::{Feature, MatchPolicy, PublicationId, uris};

impl Broker {
    pub(crate) fn publish(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: Publish,
    ) -> Result<(), Violation> {
        let id = ctx.next_publication();
        let Some(publisher) = ctx.sessions.get(from) else {
            return Ok(());
        };
        let roles = &publisher.info.roles;
        let passthru = passes_through(&message.options.ppt_scheme);
        // "Cases where a Publisher sends a PUBLISH message with payload passthru, without announcing
        // it during HELLO handshake MUST be treated as PROTOCOL ERRORS".
        if passthru
            && !roles
                .publisher
                .is_some_and(|f| f.has(Feature::PayloadPassthruMode))
        {
            return Err(Violation::Option(
                "PUBLISH.Options.ppt_scheme without the feature payload_passthru_mode",
            ));
        }
        if passthru && !message.payload.is_one_binary() {
            return Err(NOT_ONE_BINARY);
        }
        let (request, acknowledge) = (message.request, message.options.acknowledge);
        let retain = message.options.retain;
        let draft = Draft {
            topic: message.topic,
            options: message.options.into_inner(),
            payload: message.payload,
        };
        let topic = draft.topic.clone();
        let prepared = self.prepare(ctx.config, publisher, id, draft);
        let error = prepared.as_ref().err().map(|refusal| &refusal.error);
        // A topic that nobody may publish to is refused before permissions are looked at.
        if error != Some(&uris::INVALID_URI) {
            let denials = [uris::NOT_AUTHORIZED, uris::AUTHORIZATION_FAILED];
            let allowed = error.is_none_or(|error| !denials.contains(error));
            let by = &publisher.info;
            ctx.out.judged(by, Actions::PUBLISH, &topic, allowed);
        }
        match prepared {
            Ok(publication) => {
                if acknowledge {
                    ctx.send(
                        from,
                        Published {
                            request,
                            publication: id,
                        },
                    );
                }
                self.dispatch(ctx, publication, retain);
            }
            // An ERROR is only for those who asked for PUBLISHED (spec, "PUBLISH").
            Err(refusal) => {
                self.refused += 1;
                if acknowledge {
                    ctx.refuse(from, request_type::PUBLISH, request, refusal);
                } else {
                    ctx.refusals.count(&refusal.error);
                }
            }
        }
        Ok(())
    }

    /// Makes a draft a publication, if its author may publish it.
    pub(crate) fn prepare(
        &self,
        config: &RealmConfig,
        publisher: &Session,
        id: PublicationId,
        draft: Draft,
    ) -> Result<Publication, Refusal> {
        let disclosed = self.authorize(config, publisher, &draft)?;
        let mut options = draft.options;
        let recipients = Recipients::take(&mut options, publisher.info.key);
        let principal = &publisher.info.principal;
        let details = EventDetails {
            publisher: disclosed.then_some(publisher.info.id),
            publisher_authid: disclosed.then(|| principal.authid.clone()),
            publisher_authrole: disclosed.then(|| principal.authrole.clone()),
            trustlevel: publisher.info.trustlevel,
            ppt_scheme: options.ppt_scheme,
            ppt_serializer: options.ppt_serializer,
            ppt_cipher: options.ppt_cipher,
            ppt_keyid: options.ppt_keyid,
            ..EventDetails::default()
        };
        Ok(Publication {
            id,
            topic: draft.topic,
            details: details.into(),
            payload: draft.payload,
            recipients,
            rkey: options.rkey,
        })
    }

    /// Whether the publisher may publish this, and if so whether it is disclosed.
    pub(crate) fn authorize(
        &self,
        config: &RealmConfig,
        publisher: &Session,
        draft: &Draft,
    ) -> Result<bool, Refusal> {
        let topic = &draft.topic;
        // What is subscribed exactly is valid; only what is not has to be looked at.
        if self
            .subscriptions
            .lookup(MatchPolicy::Exact, topic)
            .is_none()
        {
            config.limits.check_length(topic)?;
            if !topic.is_valid(config.uri_rule) {
                return Err(Refusal::invalid_uri(topic));
            }
        }
        // Events on these topics come from the router alone.
        if topic.is_reserved() {
            return Err(Refusal::reserved());
        }
        let disclose_me = draft.options.disclose_me;
        match publisher.may(Actions::PUBLISH, MatchPolicy::Exact, topic)? {
            // A broker may deny the request to be disclosed (spec, "Publisher Identification").
            Disclosure::Never if disclose_me => {
                let message = "publishers are not disclosed here";
                Err(Refusal::new(uris::DISCLOSE_ME_DISALLOWED, message))
            }
            Disclosure::Never => Ok(false),
            Disclosure::OnRequest => Ok(disclose_me),
            Disclosure::Always => Ok(true),
        }
    }

    /// Sends a publication to all it is for: one EVENT per matching subscription, so a session whose
    /// subscriptions overlap gets several, of one publication id (spec, "Pattern-based
    /// Subscriptions").
    pub(crate) fn dispatch(
        &mut self,
        ctx: &mut Context<'_>,
        publication: Publication,
        retain: bool,
    ) {
        let (sessions, out) = (&*ctx.sessions, &mut *ctx.out);
        self.subscriptions
            .matching(&publication.topic, |subscription| {
                publication.send(subscription, sessions, out);
            });
        if self.history.keeps(&publication.topic)
            && let Some(epoch) = ctx.config.epoch
            && let Some(event) = publication.stored(epoch.millis(ctx.now))
        {
            self.history.keep(event, ctx.out);
        }
        if retain {
            let limit = ctx.config.limits.retained_topics;
            self.retained.keep(&publication, limit);
        }
    }

    /// Publishes what a session left to be published when it ends, as far as it still may.
    pub(crate) fn execute(&mut self, ctx: &mut Context<'_>, session: &mut Session) {
        for draft in session.testaments.take() {
            let (id, retain) = (ctx.next_publication(), draft.options.retain);
            match self.prepare(ctx.config, session, id, draft) {
                Ok(publication) => self.dispatch(ctx, publication, retain),
                Err(_) => self.refused += 1,
            }
        }
    }
}
