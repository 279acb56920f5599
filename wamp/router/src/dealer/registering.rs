//! REGISTER and UNREGISTER, and registrations taken back.

use super::Dealer;
use crate::context::{Context, Refusal};
use crate::events::{MetaEvent, Table};
use crate::registrations::Callee;
use crate::{Actions, Disclosure, SessionKey};
use wamp_proto::message::{Register, Registered, Unregister, Unregistered, request_type};
use wamp_proto::options::{InvokePolicy, RegisterOptions, UnregisteredDetails};
use wamp_proto::{Feature, MatchPolicy, RegistrationId, SessionId, Uri, uris};

impl Dealer {
    pub(crate) fn register(&mut self, ctx: &mut Context<'_>, from: SessionKey, message: Register) {
        let request = message.request;
        if let Err(refusal) = self.try_register(ctx, from, message) {
            ctx.refuse(from, request_type::REGISTER, request, refusal);
        }
    }

    fn try_register(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: Register,
    ) -> Result<(), Refusal> {
        let Register {
            request,
            options,
            procedure,
        } = message;
        let policy = options.r#match.unwrap_or_default();
        ctx.check_length(&procedure)?;
        if !procedure.is_valid_pattern(policy, ctx.config.uri_rule) {
            return Err(Refusal::invalid_uri(&procedure));
        }
        // "wamp" as the first component "is reserved for WAMP predefined and reserved URIs" (spec,
        // "URIs").
        if procedure.is_reserved() {
            return Err(Refusal::reserved());
        }
        let Some(session) = ctx.sessions.get(from) else {
            return Ok(());
        };
        let disclosure = session.judge(Actions::REGISTER, policy, &procedure, ctx.out)?;
        // A dealer may deny the request to disclose callers (spec, "Caller Identification").
        if options.disclose_caller && disclosure == Disclosure::Never {
            let message = "callers are not disclosed here";
            return Err(Refusal::new(uris::OPTION_NOT_ALLOWED, message));
        }
        if session.registrations.len() >= ctx.config.limits.registrations {
            return Err(Refusal::limit("too many registrations"));
        }

        if options.force_reregister {
            self.give_way(ctx, policy, &procedure, from);
        }
        let (id, created) = self.attach(ctx, from, policy, &procedure, &options)?;
        // "REGISTERED precedes the first INVOCATION" (spec, "Ordering Guarantees").
        ctx.send(
            from,
            Registered {
                request,
                registration: id,
            },
        );
        if let Some(session) = ctx.sessions.get_mut(from) {
            session.registrations.insert(id);
            let (by, table) = (session.info.id, Table::Registration(id));
            if created {
                ctx.events.push_back(MetaEvent::Created { by, table });
            }
            ctx.events.push_back(MetaEvent::Attached { by, table });
        }
        Ok(())
    }

    /// Adds a callee to the registration there is, or creates one. Returns its id and whether it is
    /// new.
    fn attach(
        &mut self,
        ctx: &Context<'_>,
        from: SessionKey,
        policy: MatchPolicy,
        procedure: &Uri,
        options: &RegisterOptions,
    ) -> Result<(RegistrationId, bool), Refusal> {
        let invoke = options.invoke.unwrap_or_default();
        let Some(session) = ctx.sessions.get(from) else {
            return Err(Refusal::canceled("the session is gone"));
        };
        let callee = Callee::new(&session.info, options);
        let existing = self.registrations.lookup(policy, procedure);
        let Some(shared) = existing.and_then(|id| self.registrations.get(id)) else {
            if self.registrations.len() >= ctx.config.limits.totals.registrations {
                return Err(Refusal::limit("the realm has too many registrations"));
            }
            let id = self
                .registrations
                .create(policy, procedure, invoke, callee, ctx.now);
            return Ok((id, true));
        };
        let has_it = session.registrations.contains(&shared.id);
        // "the Dealer MUST fail all subsequent attempts to register a procedure for the URI where the
        // value for this option does not match that of the initial registration" (spec, "Shared
        // Registration"); with `single`, all attempts.
        if has_it || shared.invoke != invoke || invoke == InvokePolicy::Single {
            let message = format!("{procedure} is registered already");
            return Err(Refusal::new(uris::PROCEDURE_ALREADY_EXISTS, message));
        }
        let id = shared.id;
        self.registrations.attach(id, callee);
        Ok((id, false))
    }

    /// Revokes a registration in favour of `successor`, if that acts for the same principal as all
    /// who hold it now: a callee that lost its link is replaced, a stranger's is not.
    fn give_way(
        &mut self,
        ctx: &mut Context<'_>,
        policy: MatchPolicy,
        procedure: &Uri,
        successor: SessionKey,
    ) {
        let authid = |key| ctx.sessions.get(key).map(|s| &s.info.principal.authid);
        let id = self.registrations.lookup(policy, procedure);
        let Some(registration) = id.and_then(|id| self.registrations.get(id)) else {
            return;
        };
        let id = registration.id;
        let holders: Vec<_> = registration.callees.iter().map(|c| c.session).collect();
        if holders
            .iter()
            .all(|key| *key != successor && authid(*key) == authid(successor))
        {
            for holder in holders {
                self.revoke(ctx, holder, id, uris::PROCEDURE_ALREADY_EXISTS);
            }
        }
    }

    /// Takes a registration back from one of its callees (spec, "Registration Revocation").
    pub(crate) fn revoke(
        &mut self,
        ctx: &mut Context<'_>,
        callee: SessionKey,
        id: RegistrationId,
        reason: Uri,
    ) {
        let Some(session) = ctx.sessions.get_mut(callee) else {
            return;
        };
        if !session.registrations.remove(&id) {
            return;
        }
        let announced = session.callee_has(Feature::RegistrationRevocation);
        let by = session.info.id;
        // Peers that do not know of revocation "MUST NOT" be sent this form.
        if announced {
            let details = UnregisteredDetails {
                registration: Some(id),
                reason: Some(reason),
            };
            ctx.send(
                callee,
                Unregistered {
                    request: None,
                    details: Some(details),
                },
            );
        }
        self.detach(ctx, by, callee, id);
    }

    pub(super) fn detach(
        &mut self,
        ctx: &mut Context<'_>,
        by: SessionId,
        callee: SessionKey,
        id: RegistrationId,
    ) {
        let deleted = self.registrations.detach(id, callee);
        let table = Table::Registration(id);
        ctx.events.push_back(MetaEvent::Detached { by, table });
        if deleted {
            ctx.events.push_back(MetaEvent::Deleted { by, table });
        }
    }

    pub(crate) fn unregister(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: &Unregister,
    ) {
        let Unregister {
            request,
            registration,
        } = *message;
        let Some(session) = ctx.sessions.get_mut(from) else {
            return;
        };
        let by = session.info.id;
        // Only what is one's own: another session's registration does not exist here.
        if !session.registrations.remove(&registration) {
            let refusal = Refusal::new(uris::NO_SUCH_REGISTRATION, "the registration is not yours");
            ctx.refuse(from, request_type::UNREGISTER, request, refusal);
            return;
        }
        ctx.send(
            from,
            Unregistered {
                request: Some(request),
                details: None,
            },
        );
        self.detach(ctx, by, from, registration);
    }
}
