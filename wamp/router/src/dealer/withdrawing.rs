//! What a session loses in the dealer when its permissions become fewer.

use super::{Dealer, in_order};
use crate::calls::CallKey;
use crate::context::{Context, Refusal};
use crate::session::Session;
use crate::{Actions, SessionKey};
use std::collections::BTreeSet;
use wamp_proto::options::CancelMode;
use wamp_proto::{MatchPolicy, RegistrationId, uris};

impl Dealer {
    /// Ends the calls of a session that it may not make any more, for both sides: neither goes on
    /// with arguments or results in parts.
    pub(crate) fn withdraw_calls(&mut self, ctx: &mut Context<'_>, key: SessionKey) {
        let session = ctx.sessions.get(key);
        let calls = session.map_or_else(Vec::new, |session| self.forbidden_calls(session));
        for call in calls {
            let message = "the permission for this call was taken back";
            let refusal = Refusal::new(uris::NOT_AUTHORIZED, message);
            self.abandon(ctx, call, CancelMode::KillNoWait, refusal);
        }
    }

    /// Revokes the registrations that a session may not have any more, and ends what it was invoked
    /// for through them.
    pub(crate) fn withdraw_registrations(&mut self, ctx: &mut Context<'_>, key: SessionKey) {
        let Some(session) = ctx.sessions.get(key) else {
            return;
        };
        let registrations = self.forbidden_registrations(session);
        for invocation in self.invocations_of(session, &registrations) {
            let refusal = Refusal::canceled("the callee may not serve the procedure any more");
            self.abandon(ctx, invocation, CancelMode::KillNoWait, refusal);
        }
        for registration in registrations {
            self.revoke(ctx, key, registration, uris::NOT_AUTHORIZED);
        }
    }

    fn forbidden_registrations(&self, session: &Session) -> BTreeSet<RegistrationId> {
        let forbidden = |id: &&RegistrationId| {
            self.registrations.get(**id).is_some_and(|registration| {
                let (policy, uri) = (registration.policy, &registration.uri);
                !session
                    .permissions
                    .let_go_on(Actions::REGISTER, policy, uri)
            })
        };
        let registrations = session.registrations.iter();
        registrations.filter(forbidden).copied().collect()
    }

    fn forbidden_calls(&self, session: &Session) -> Vec<CallKey> {
        let forbidden = |key: &CallKey| {
            self.calls.get(*key).is_some_and(|call| {
                let (policy, procedure) = (MatchPolicy::Exact, &call.procedure);
                !session
                    .permissions
                    .let_go_on(Actions::CALL, policy, procedure)
            })
        };
        let mut calls = in_order(&session.calls);
        calls.retain(forbidden);
        calls
    }

    /// What a session was invoked for through these registrations and has not answered.
    fn invocations_of(
        &self,
        session: &Session,
        registrations: &BTreeSet<RegistrationId>,
    ) -> Vec<CallKey> {
        let mut invocations = in_order(&session.invocations);
        invocations.retain(|key| {
            let call = self.calls.get(*key);
            call.is_some_and(|call| registrations.contains(&call.registration))
        });
        invocations
    }
}
