//! The dealer: procedures, and the calls to them from CALL to the final RESULT or ERROR.

mod answering;
mod calling;
mod registering;
mod withdrawing;

use crate::SessionKey;
use crate::calls::{CallKey, Calls, PendingCall};
use crate::context::{Context, Refusal};
use crate::registrations::Registrations;
use crate::session::Session;
use std::time::Instant;
use wamp_proto::error::Violation;
use wamp_proto::message::{Interrupt, request_type};
use wamp_proto::options::{CancelMode, InterruptOptions, Text};
use wamp_proto::{Feature, RequestId, Uri, uris};

/// The procedures of a realm and the calls to them.
#[derive(Debug, Default)]
pub(crate) struct Dealer {
    pub(crate) registrations: Registrations,
    pub(crate) calls: Calls,
}

impl Dealer {
    /// Ends the calls whose time is up (spec, "Call Timeouts").
    pub(crate) fn handle_timeout(&mut self, ctx: &mut Context<'_>) {
        while let Some(key) = self.calls.overdue(ctx.now) {
            // "The cancellation mode is implicitly killnowait if the Callee supports call
            // cancellation, otherwise the cancellation mode is skip."
            let refusal = Refusal::new(uris::TIMEOUT, "the call took longer than its timeout");
            self.abandon(ctx, key, CancelMode::KillNoWait, refusal);
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.calls.next_deadline()
    }

    /// Releases all that a session had, which is not among the sessions any more.
    pub(crate) fn leave(&mut self, ctx: &mut Context<'_>, session: &Session) {
        let key = session.info.key;
        for id in &session.registrations {
            self.detach(ctx, session.info.id, key, *id);
        }
        // "the Dealer shall send an INTERRUPT to the Callee if both the Dealer and Callee support
        // the Call Cancelling advanced feature", with mode killnowait (spec, "Caller Leaving During
        // an RPC Invocation").
        for call in in_order(&session.calls) {
            for key in self.calls.with_others(call) {
                if let Some(call) = self.end(ctx, key) {
                    interrupt(ctx, &call, CancelMode::KillNoWait, uris::CANCELED);
                }
            }
        }
        // "the Dealer SHALL return an ERROR message back to the Caller with a wamp.error.canceled
        // URI" (spec, "Callee Leaving During an RPC Invocation").
        for invocation in in_order(&session.invocations) {
            let refusal = Refusal::canceled("the callee left");
            self.abandon(ctx, invocation, CancelMode::KillNoWait, refusal);
        }
    }

    /// Ends a call from the router's side: ERROR for the caller, INTERRUPT for the callee if it is
    /// to be told and can be.
    fn abandon(&mut self, ctx: &mut Context<'_>, key: CallKey, mode: CancelMode, refusal: Refusal) {
        let mut caller = None;
        for key in self.calls.with_others(key) {
            let Some(call) = self.end(ctx, key) else {
                continue;
            };
            if mode == CancelMode::KillNoWait {
                interrupt(ctx, &call, mode, refusal.error.clone());
            }
            caller = Some((call.caller, call.request));
        }
        if let Some((caller, request)) = caller {
            ctx.refuse(caller, request_type::CALL, request, refusal);
        }
    }

    /// Ends what else went out for a CALL to all shards, of which one has failed.
    fn call_off(&mut self, ctx: &mut Context<'_>, caller: SessionKey, request: RequestId) {
        for key in self.calls.of(caller, request) {
            if let Some(call) = self.end(ctx, key).filter(|call| !call.interrupted) {
                interrupt(ctx, &call, CancelMode::KillNoWait, uris::CANCELED);
            }
        }
    }

    fn end(&mut self, ctx: &mut Context<'_>, key: CallKey) -> Option<PendingCall> {
        let call = self.calls.end(key, ctx.sessions)?;
        if let Some(place) = call.place {
            self.registrations.release(place);
        }
        Some(call)
    }
}

/// The calls in the order of their request ids.
fn in_order(calls: &hashbrown::HashMap<RequestId, CallKey>) -> Vec<CallKey> {
    let mut calls: Vec<_> = calls.iter().collect();
    calls.sort_unstable();
    calls.into_iter().map(|(_, key)| *key).collect()
}

/// Tells the callee of a call, if it is there and knows of INTERRUPT.
fn interrupt(ctx: &mut Context<'_>, call: &PendingCall, mode: CancelMode, reason: Uri) {
    let callee = ctx.sessions.get(call.callee);
    if callee.is_some_and(|callee| callee.callee_has(Feature::CallCanceling)) {
        let options = InterruptOptions {
            mode: Some(mode),
            reason: Some(reason),
        };
        ctx.send(
            call.callee,
            Interrupt {
                request: call.invocation,
                options,
            },
        );
    }
}

/// "the message payload MUST be sent as one binary item within Arguments|list, while ArgumentsKw|dict
/// MUST be absent or empty" (spec, "Payload Passthru Mode").
pub(crate) const NOT_ONE_BINARY: Violation =
    Violation::Option("a payload that passes through is not one binary item");

/// "A Router can recognize that Payload Passthru Mode is in use by checking the existence and
/// non-empty value of this attribute" (spec, "Payload Passthru Mode").
pub(crate) fn passes_through(ppt_scheme: &Option<Text>) -> bool {
    ppt_scheme.as_ref().is_some_and(|scheme| !scheme.is_empty())
}
