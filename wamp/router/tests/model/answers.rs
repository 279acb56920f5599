//! CANCEL, YIELD and ERROR.

use crate::words::{Lines, error, interrupt};
use crate::world::World;
use proptest::sample::Index;
use wamp_proto::message::{Cancel, Error, Yield, request_type};
use wamp_proto::options::{CancelMode, CancelOptions, YieldOptions};
use wamp_proto::{Payload, Uri, uris};
use wamp_router::SessionKey;

impl World {
    pub(crate) fn cancel(&mut self, which: &Index, mode: Option<CancelMode>) {
        if self.calls.is_empty() {
            return;
        }
        let at = which.index(self.calls.len());
        let (caller, request) = (self.calls[at].caller, self.calls[at].request);
        let options = CancelOptions { mode };
        let sent = self.send(caller, Cancel { request, options });
        let callee_is_able = self.is_able(self.calls[at].callee);
        let call = &mut self.calls[at];
        let mut expected = Lines::new();
        match mode.unwrap_or(CancelMode::KillNoWait) {
            CancelMode::Kill if callee_is_able => {
                if !call.interrupted {
                    call.interrupted = true;
                    let line = interrupt(call.invocation, CancelMode::Kill);
                    expected.push((call.callee, line));
                }
            }
            mode => {
                if callee_is_able && mode == CancelMode::KillNoWait {
                    expected.push((call.callee, interrupt(call.invocation, mode)));
                }
                let line = error(request_type::CALL, request, &uris::CANCELED);
                expected.push((caller, line));
                self.end(at);
            }
        }
        assert_eq!(sent.in_words(), expected);
    }

    pub(crate) fn answer(&mut self, which: &Index, progress: bool) {
        if self.calls.is_empty() {
            return;
        }
        let at = which.index(self.calls.len());
        let (number, payload) = self.next_payload();
        let answer = Yield {
            request: self.calls[at].invocation,
            options: YieldOptions {
                progress,
                ..Default::default()
            }
            .into(),
            payload,
        };
        let sent = self.send(self.calls[at].callee, answer);
        let call = &mut self.calls[at];
        let line = format!("RESULT {} {progress} {number}", call.request);
        let expected = (!progress || call.wants_parts).then_some((call.caller, line));
        if progress {
            call.deadline = call.timeout.map(|timeout| self.now + timeout);
            call.again = None;
        } else {
            self.end(at);
        }
        assert_eq!(sent.in_words(), Vec::from_iter(expected));
    }

    pub(crate) fn fail(&mut self, which: &Index, unavailable: bool) {
        if self.calls.is_empty() {
            return;
        }
        let at = which.index(self.calls.len());
        let uri = match unavailable {
            true => uris::UNAVAILABLE,
            false => Uri::from_static("com.app.error.oops"),
        };
        let (callee, request) = (self.calls[at].callee, self.calls[at].invocation);
        let failure = Error::new(
            request_type::INVOCATION,
            request,
            uri.clone(),
            Payload::NONE,
        );
        let sent = self.send(callee, failure);
        let reroutes = unavailable && self.is_able(callee) && !self.calls[at].interrupted;
        let again = self.calls[at].again.take().filter(|_| reroutes);
        if let Some(mut attempt) = again {
            let call = self.calls.remove(at);
            self.over.push((callee, call.invocation));
            attempt.tried.push(callee);
            self.invoke(attempt, &sent);
            return;
        }
        let uri = match reroutes {
            true => uris::NO_AVAILABLE_CALLEE,
            false => uri,
        };
        let call = self.end(at);
        let line = error(request_type::CALL, call.request, &uri);
        assert_eq!(sent.in_words(), [(call.caller, line)]);
    }

    pub(crate) fn answer_again(&mut self, which: &Index) {
        let is_there = |key: SessionKey| self.clients.iter().any(|client| client.key == key);
        let over: Vec<_> = self.over.iter().filter(|(key, _)| is_there(*key)).collect();
        if over.is_empty() {
            return;
        }
        let (callee, request) = *over[which.index(over.len())];
        let answer = Yield {
            request,
            options: YieldOptions::default().into(),
            payload: Payload::NONE,
        };
        let sent = self.send(callee, answer);
        assert_eq!(sent.in_words(), []);
    }
}
