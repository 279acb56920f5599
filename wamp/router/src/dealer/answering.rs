//! CANCEL from the caller; YIELD and ERROR from the callee.

use super::{Dealer, NOT_ONE_BINARY, interrupt, passes_through};
use crate::SessionKey;
use crate::calls::{CallKey, PendingCall};
use crate::context::{Context, Refusal};
use crate::session::Session;
use wamp_proto::error::Violation;
use wamp_proto::message::{Cancel, Error, Result as CallResult, Yield, request_type};
use wamp_proto::options::{CancelMode, ResultDetails};
use wamp_proto::{Feature, RequestId, Value, uris};

impl Dealer {
    pub(crate) fn cancel(&mut self, ctx: &mut Context<'_>, from: SessionKey, message: &Cancel) {
        // The call may have ended while CANCEL was under way.
        let caller = ctx.sessions.get(from);
        let Some(key) = caller.and_then(|caller| caller.calls.get(&message.request).copied())
        else {
            return;
        };
        // "If the callee does not support call canceling, then behavior is skip" (spec, "Call
        // Canceling"), which is killnowait without INTERRUPT. Which mode an absent one is, it does
        // not say.
        let keys = self.calls.with_others(key);
        let mode = match message.options.mode {
            Some(CancelMode::Kill) if !self.all_cancel(ctx, &keys) => CancelMode::KillNoWait,
            mode => mode.unwrap_or(CancelMode::KillNoWait),
        };
        if mode != CancelMode::Kill {
            let refusal = Refusal::canceled("the call was canceled");
            self.abandon(ctx, key, mode, refusal);
            return;
        }
        // "ERROR is not returned to the caller until after the callee has responded".
        for key in keys {
            if let Some(call) = self.calls.get_mut(key).filter(|call| !call.interrupted) {
                call.interrupted = true;
                interrupt(ctx, call, mode, uris::CANCELED);
            }
        }
    }

    /// Whether all who were invoked can be interrupted.
    fn all_cancel(&self, ctx: &Context<'_>, keys: &[CallKey]) -> bool {
        let mut callees = keys.iter().filter_map(|key| self.calls.get(*key));
        callees.all(|call| {
            let callee = ctx.sessions.get(call.callee);
            callee.is_some_and(|callee| callee.callee_has(Feature::CallCanceling))
        })
    }

    pub(crate) fn yield_(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: Yield,
    ) -> Result<(), Violation> {
        let Some(callee) = ctx.sessions.get(from) else {
            return Ok(());
        };
        let passthru = passes_through(&message.options.ppt_scheme);
        if passthru && !callee.callee_has(Feature::PayloadPassthruMode) {
            return Err(Violation::Option(
                "YIELD.Options.ppt_scheme without the feature payload_passthru_mode",
            ));
        }
        if passthru && !message.payload.is_one_binary() {
            return Err(NOT_ONE_BINARY);
        }
        let Some(key) = invocation(callee, message.request)? else {
            return Ok(());
        };
        let mut progress = message.options.progress;
        let Some(call) = self.calls.get_mut(key) else {
            return Ok(());
        };
        let (caller, request) = (call.caller, call.request);
        if passthru
            && !ctx
                .sessions
                .get(caller)
                .is_some_and(|c| c.info.roles.caller_has(Feature::PayloadPassthruMode))
        {
            self.refuse_result(ctx, key, from, message.request);
            return Ok(());
        }
        if progress {
            let wanted = call.results_in_parts;
            call.again = None;
            // The timeout is "the time between received YIELD messages" (spec, "Progressive Call
            // Results").
            self.calls.restart_timer(key, ctx.now);
            // A caller that did not ask would take a part for the whole.
            if !wanted {
                return Ok(());
            }
        } else if let Some(call) = self.end(ctx, key) {
            // Of a call to all shards, the result of the last to answer is the final one.
            progress = call.to_all && !self.calls.of(caller, request).is_empty();
        }
        let options = message.options.into_inner();
        ctx.send(
            caller,
            CallResult {
                request,
                details: ResultDetails {
                    ppt_scheme: options.ppt_scheme,
                    ppt_serializer: options.ppt_serializer,
                    ppt_cipher: options.ppt_cipher,
                    ppt_keyid: options.ppt_keyid,
                    progress,
                }
                .into(),
                payload: message.payload,
            },
        );
        Ok(())
    }

    /// Ends a call whose result its caller can not take: "the Dealer MUST respond to the Callee with
    /// a wamp.error.feature_not_supported error message" (spec, "Payload Passthru Mode"), and the
    /// caller's call has to end too.
    fn refuse_result(
        &mut self,
        ctx: &mut Context<'_>,
        key: CallKey,
        callee: SessionKey,
        invocation: RequestId,
    ) {
        let refusal = || {
            let message = "the caller does not support payload passthru";
            Refusal::new(uris::FEATURE_NOT_SUPPORTED, message)
        };
        ctx.refuse(callee, request_type::YIELD, invocation, refusal());
        if let Some(call) = self.end(ctx, key) {
            self.call_off(ctx, call.caller, call.request);
            ctx.refuse(call.caller, request_type::CALL, call.request, refusal());
        }
    }

    pub(crate) fn error(
        &mut self,
        ctx: &mut Context<'_>,
        from: SessionKey,
        message: Error,
    ) -> Result<(), Violation> {
        if message.request_type != request_type::INVOCATION {
            return Err(Violation::Option(
                "ERROR.Type of a client is not INVOCATION",
            ));
        }
        let scheme = message.details.get("ppt_scheme").and_then(Value::as_str);
        if scheme.is_some_and(|scheme| !scheme.is_empty()) && !message.payload.is_one_binary() {
            return Err(NOT_ONE_BINARY);
        }
        let Some(callee) = ctx.sessions.get(from) else {
            return Ok(());
        };
        let Some(key) = invocation(callee, message.request)? else {
            return Ok(());
        };
        let reroutes = callee.callee_has(Feature::CallReroute);
        let Some(call) = self.end(ctx, key) else {
            return Ok(());
        };
        // "When the Dealer receives the wamp.error.unavailable message in response to an INVOCATION,
        // it will reroute the CALL" (spec, "Call Re-Routing"), unless the caller gave it up.
        if reroutes && message.error == uris::UNAVAILABLE && !call.interrupted {
            self.reroute(ctx, call);
            return Ok(());
        }
        self.call_off(ctx, call.caller, call.request);
        ctx.send(
            call.caller,
            Error {
                request_type: request_type::CALL,
                request: call.request,
                ..message
            },
        );
        Ok(())
    }

    /// Asks the next callee, "while assuming that the unavailable registration virtually does not
    /// exist".
    fn reroute(&mut self, ctx: &mut Context<'_>, call: PendingCall) {
        let rerouted = match call.again {
            Some(mut attempt) => {
                attempt.tried.push(call.callee);
                self.invoke(ctx, *attempt)
            }
            None => Err(Refusal::new(
                uris::NO_AVAILABLE_CALLEE,
                "no other callee can take the call",
            )),
        };
        match rerouted {
            Ok(()) => {
                if let Some(caller) = ctx.sessions.get_mut(call.caller) {
                    caller.call_goes_on(call.request);
                }
            }
            Err(refusal) => {
                self.call_off(ctx, call.caller, call.request);
                ctx.refuse(call.caller, request_type::CALL, call.request, refusal);
            }
        }
    }
}

/// The call that a callee answers. `None` if it has ended meanwhile: the dealer "shall be prepared to
/// discard" such an answer. One to an invocation that was never made is a violation; ids of other
/// sessions' invocations mean nothing here, since they are counted per session.
fn invocation(callee: &Session, request: RequestId) -> Result<Option<CallKey>, Violation> {
    match callee.invocations.get(&request) {
        Some(key) => Ok(Some(*key)),
        None if request.get() <= callee.invoked.last() => Ok(None),
        None => Err(Violation::UnknownInvocation(request)),
    }
}
