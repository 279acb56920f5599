//! CALL, which becomes INVOCATION.

use super::{Dealer, NOT_ONE_BINARY, passes_through};
use crate::calls::{Attempt, CallKey, PendingCall};
use crate::context::{Context, Refusal};
use crate::registrations::Registration;
use crate::session::Session;
use crate::sharding::NodeKey;
use crate::{Actions, Disclosure, SessionKey};
use std::time::Duration;
use wamp_proto::error::Violation;
use wamp_proto::message::{Call, Invocation};
use wamp_proto::options::{InvocationDetails, RunMode};
use wamp_proto::{Feature, MatchPolicy, uris};

impl Dealer {
    pub(crate) fn call(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        call: Call,
    ) -> Result<(), Violation> {
        let Some(caller) = ctx.sessions.get(from) else {
            return Ok(());
        };
        let roles = &caller.info.roles;
        // "The Caller did not announce the progressive call invocations feature": "protocol errors
        // with the underlying WAMP sessions being aborted" (spec, "Progressive Call Invocations").
        if call.options.progress && !roles.caller_has(Feature::ProgressiveCallInvocations) {
            return Err(Violation::Option(
                "CALL.Options.progress without the feature progressive_call_invocations",
            ));
        }
        // The same for payload passthru (spec, "Payload Passthru Mode").
        if passes_through(&call.options.ppt_scheme)
            && !roles.caller_has(Feature::PayloadPassthruMode)
        {
            return Err(Violation::Option(
                "CALL.Options.ppt_scheme without the feature payload_passthru_mode",
            ));
        }
        if passes_through(&call.options.ppt_scheme) && !call.payload.is_one_binary() {
            return Err(NOT_ONE_BINARY);
        }
        let (request, in_parts) = (call.request, call.options.progress);
        if let Err(refusal) = self.route(ctx, from, call) {
            ctx.refuse_call(from, request, in_parts, refusal);
        }
        Ok(())
    }

    /// Finds the registration that a call goes to and whether the caller may call it.
    fn route(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        call: Call,
    ) -> Result<(), Refusal> {
        let Some(caller) = ctx.sessions.get(from) else {
            return Ok(());
        };
        let best = self.registrations.best(&call.procedure);
        // What is registered exactly is valid; only what is not has to be looked at.
        if !matches!(best, Some((MatchPolicy::Exact, _))) {
            ctx.check_length(&call.procedure)?;
            if !call.procedure.is_valid(ctx.config.uri_rule) {
                return Err(Refusal::invalid_uri(&call.procedure));
            }
        }
        let disclosure =
            caller.judge(Actions::CALL, MatchPolicy::Exact, &call.procedure, ctx.out)?;
        let Some((_, registration)) = best else {
            let message = format!("no procedure {} is registered", call.procedure);
            return Err(Refusal::new(uris::NO_SUCH_PROCEDURE, message));
        };
        // A dealer may deny the request to be disclosed (spec, "Caller Identification").
        if call.options.disclose_me && disclosure == Disclosure::Never {
            let message = "callers are not disclosed here";
            return Err(Refusal::new(uris::DISCLOSE_ME_DISALLOWED, message));
        }
        if caller.invoking >= ctx.config.limits.calls {
            return Err(Refusal::limit("too many calls at a time"));
        }
        self.check_total(ctx, 1)?;
        let timeout = timeout_of(&call);
        let runmode = call.options.runmode;
        let mut attempt = Attempt {
            caller: from,
            registration,
            disclosure,
            deadline: timeout.and_then(|timeout| ctx.now.checked_add(timeout)),
            call,
            tried: Vec::new(),
            node: None,
            to_all: false,
        };
        match runmode {
            None => {}
            Some(RunMode::Partition) => attempt.node = self.shard(&attempt)?,
            Some(RunMode::All) => return self.invoke_all(ctx, attempt),
        }
        self.invoke(ctx, attempt)
    }

    /// Refuses `more` calls if those of all sessions are as many as they may be.
    fn check_total(&self, ctx: &Context<'_>, more: usize) -> Result<(), Refusal> {
        if self.calls.invoking() + more > ctx.config.limits.totals.calls {
            return Err(Refusal::limit("the realm has too many calls at a time"));
        }
        Ok(())
    }

    /// The shard that a call's routing key belongs to: "If CALL.Options.runmode == "partition", then
    /// CALL.Options.rkey MUST be present" (spec, "Sharded Registration").
    fn shard(&self, attempt: &Attempt) -> Result<Option<NodeKey>, Refusal> {
        let rkey = attempt.call.options.rkey.as_ref().ok_or_else(|| {
            let message = "runmode partition needs the option rkey";
            Refusal::new(uris::INVALID_ARGUMENT, message)
        })?;
        let registration = self.registrations.get(attempt.registration);
        Ok(registration.and_then(|registration| registration.shard(rkey)))
    }

    /// Sends an INVOCATION to each shard (docs/adr/0008). Each one's result becomes a part of the
    /// caller's, the last to come the final one; the first error ends the call.
    fn invoke_all(&mut self, ctx: &mut Context<'_>, attempt: Attempt) -> Result<(), Refusal> {
        let options = &attempt.call.options;
        if !options.receive_progress {
            let message = "runmode all gives results in parts, and needs receive_progress";
            return Err(Refusal::new(uris::OPTION_NOT_ALLOWED, message));
        }
        if options.progress {
            let message = "runmode all takes no arguments in parts";
            return Err(Refusal::new(uris::FEATURE_NOT_SUPPORTED, message));
        }
        let registration = self.registrations.get(attempt.registration);
        let shards = registration.map(Registration::shards).unwrap_or_default();
        let caller = ctx.sessions.get(attempt.caller);
        if caller.is_some_and(|c| c.invoking + shards.len() > ctx.config.limits.calls) {
            return Err(Refusal::limit("too many calls at a time"));
        }
        self.check_total(ctx, shards.len())?;
        for node in shards {
            let attempt = Attempt {
                node: Some(node),
                to_all: true,
                ..attempt.clone()
            };
            let (caller, request) = (attempt.caller, attempt.call.request);
            if let Err(refusal) = self.invoke(ctx, attempt) {
                self.call_off(ctx, caller, request);
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// Chooses a callee and sends it the INVOCATION.
    pub(super) fn invoke(
        &mut self,
        ctx: &mut Context<'_>,
        attempt: Attempt,
    ) -> Result<(), Refusal> {
        let unavailable =
            || Refusal::new(uris::NO_AVAILABLE_CALLEE, "no callee can take the call now");
        let id = attempt.registration;
        let registration = self.registrations.get_mut(id).ok_or_else(unavailable)?;
        let (policy, shared) = (registration.policy, registration.callees.len() > 1);
        // The table's own copy where there is one: a slice of a frame would keep all of the frame.
        let procedure = match policy {
            MatchPolicy::Exact => registration.uri.clone(),
            MatchPolicy::Prefix | MatchPolicy::Wildcard => attempt.call.procedure.clone(),
        };
        let (callee, place) = registration
            .choose(&attempt.tried, attempt.node.as_ref(), ctx.rng)
            .ok_or_else(unavailable)?;
        let (key, disclose_caller) = (callee.session, callee.disclose_caller);
        let forward_timeout = callee.forward_timeout;

        let (Some(caller), Some(callee)) =
            (ctx.sessions.get(attempt.caller), ctx.sessions.get(key))
        else {
            return Err(unavailable());
        };
        if let Err(refusal) = supports(callee, &attempt.call) {
            if let Some(place) = place {
                self.registrations.release(place);
            }
            return Err(refusal);
        }
        let options = &attempt.call.options;
        let mut details = InvocationDetails {
            // "a Dealer MUST supply the original CALL.Procedure" (spec, "Pattern-based
            // Registrations").
            procedure: (policy != MatchPolicy::Exact).then(|| attempt.call.procedure.clone()),
            trustlevel: caller.info.trustlevel,
            ppt_scheme: options.ppt_scheme.clone(),
            ppt_serializer: options.ppt_serializer.clone(),
            ppt_cipher: options.ppt_cipher.clone(),
            ppt_keyid: options.ppt_keyid.clone(),
            // "If the Callee supports Progressive Call Results", for which it needs Call Canceling
            // too (spec, "Progressive Call Results").
            receive_progress: options.receive_progress
                && callee.callee_has(Feature::ProgressiveCallResults)
                && callee.callee_has(Feature::CallCanceling),
            progress: options.progress,
            ..InvocationDetails::default()
        };
        let disclosed = match attempt.disclosure {
            Disclosure::Never => false,
            Disclosure::OnRequest => options.disclose_me || disclose_caller,
            Disclosure::Always => true,
        };
        if disclosed {
            let principal = &caller.info.principal;
            details.caller = Some(caller.info.id);
            details.caller_authid = Some(principal.authid.clone());
            details.caller_authrole = Some(principal.authrole.clone());
        }
        // "checks if the matching RPC registration had the forward_timeout option set, then
        // accordingly either forwards the timeout value or handles the timeout logic locally" (spec,
        // "Call Timeouts").
        let mut timeout = timeout_of(&attempt.call);
        if forward_timeout && callee.callee_has(Feature::CallTimeout) && timeout.is_some() {
            details.timeout = options.timeout;
            timeout = None;
        }
        let again =
            (shared && callee.callee_has(Feature::CallReroute)).then(|| Box::new(attempt.clone()));
        let stream = options.progress.then(|| Box::new(details.clone()));

        let Some(callee) = ctx.sessions.get_mut(key) else {
            return Err(unavailable());
        };
        let invocation = callee.invoked.next_request();
        let pending = PendingCall {
            caller: attempt.caller,
            request: attempt.call.request,
            callee: key,
            invocation,
            registration: id,
            procedure,
            to_all: attempt.to_all,
            place,
            results_in_parts: details.receive_progress,
            interrupted: false,
            timeout,
            deadline: timeout.and(attempt.deadline),
            stream,
            again,
        };
        self.calls.add(pending, ctx.sessions);
        ctx.send(
            key,
            Invocation {
                request: invocation,
                registration: id,
                details: details.into(),
                payload: attempt.call.payload,
            },
        );
        Ok(())
    }

    /// Sends the callee further arguments of a call (spec, "Progressive Call Invocations").
    pub(crate) fn continue_call(
        &mut self,
        ctx: &mut Context<'_>,
        key: CallKey,
        message: Call,
    ) -> Result<(), Violation> {
        let Some(call) = self.calls.get_mut(key) else {
            return Ok(());
        };
        // "else abort_session": a call that is complete, or of another procedure, can not go on
        // (spec, "Verification of CALL Request IDs").
        let Some(mut details) = call
            .stream
            .as_deref()
            .filter(|_| call.procedure == message.procedure)
            .cloned()
        else {
            return Err(Violation::Option(
                "CALL.Request is that of a call under way",
            ));
        };
        // "Only the progress option shall be considered by the Dealer in subsequent progressive call
        // invocations" (spec, "Freezing of Options").
        details.progress = message.options.progress;
        if !message.options.progress {
            call.stream = None;
        }
        call.again = None;
        if call.interrupted {
            return Ok(());
        }
        // "route all subsequent progressive calls to the same Callee", under the same id.
        let (callee, request, registration) = (call.callee, call.invocation, call.registration);
        ctx.send(
            callee,
            Invocation {
                request,
                registration,
                details: details.into(),
                payload: message.payload,
            },
        );
        Ok(())
    }
}

/// Whether the callee can do what the call needs of it.
fn supports(callee: &Session, call: &Call) -> Result<(), Refusal> {
    let lacks = |message| Err(Refusal::new(uris::FEATURE_NOT_SUPPORTED, message));
    // "A Callee that supports progressive call invocations, but does not support call canceling,
    // shall be considered by the Dealer as not supporting progressive call invocations."
    if call.options.progress
        && !(callee.callee_has(Feature::ProgressiveCallInvocations)
            && callee.callee_has(Feature::CallCanceling))
    {
        return lacks("the callee does not support arguments in parts");
    }
    if passes_through(&call.options.ppt_scheme) && !callee.callee_has(Feature::PayloadPassthruMode)
    {
        return lacks("the callee does not support payload passthru");
    }
    Ok(())
}

/// "Automatic call timeouts are deactivated if there is no timeout option, or if its value is 0"
/// (spec, "Call Timeouts").
fn timeout_of(call: &Call) -> Option<Duration> {
    call.options
        .timeout
        .filter(|ms| *ms > 0)
        .map(Duration::from_millis)
}
