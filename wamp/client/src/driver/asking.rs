//! What handles ask of the driver.

use super::command::{Abandoned, Command, Key, Outcome, StartCall};
use super::ending::Ending;
use super::{Driver, Flow};
use crate::error::{CallError, RequestError};
use std::ops::ControlFlow;
use wamp_proto::options::{CallOptions, PublishOptions};
use wamp_proto::{Message, Payload, PublicationId, RequestId, Uri, message};
use wamp_transport::LinkError;

impl Driver {
    /// Does what a handle asks. The wire is ready.
    pub(super) fn command(&mut self, command: Command) -> Flow {
        match command {
            Command::Call(start) => self.call(start),
            Command::Continue {
                key,
                procedure,
                payload,
                progress,
                outcome,
            } => {
                let options = CallOptions {
                    progress,
                    ..CallOptions::default()
                };
                let sent = self.continue_call(key, options, procedure, payload);
                outcome.answer(sent);
            }
            Command::Cancel(key, mode) => {
                let cancel = self.caller.cancel(key, mode);
                self.push(cancel);
            }
            Command::Publish {
                options,
                topic,
                payload,
                reply,
            } => self.publish(options, topic, payload, reply),
            Command::Subscribe(start) => {
                let sent = self.request(|request| message::Subscribe {
                    request,
                    options: start.options.clone(),
                    topic: start.topic.clone(),
                });
                match sent {
                    Ok(request) => self.subscriber.subscribing(request, start),
                    Err(error) => unsent(start.reply, error),
                }
            }
            Command::Unsubscribe {
                subscription,
                listener,
                reply,
            } => {
                let requests = &mut self.requests;
                let unsubscribe =
                    self.subscriber
                        .unsubscribe(subscription, listener, reply, requests);
                self.push(unsubscribe);
            }
            Command::Register(start) => {
                let sent = self.request(|request| message::Register {
                    request,
                    options: start.options.clone(),
                    procedure: start.procedure.clone(),
                });
                match sent {
                    Ok(request) => self.callee.registering(request, start),
                    Err(error) => unsent(start.reply, error),
                }
            }
            Command::Unregister {
                registration,
                reply,
            } => {
                let sent = self.request(|request| message::Unregister {
                    request,
                    registration,
                });
                match sent {
                    Ok(request) => self.callee.unregistering(request, registration, reply),
                    Err(error) => unsent(reply, error),
                }
            }
            Command::Progress(request, payload) => {
                let part = self.callee.progress(request, payload);
                self.answer(request, part.map(Into::into));
            }
            Command::Answer(request, answer) => {
                let answer = self.callee.answer(request, answer, &mut self.tasks);
                self.answer(request, answer);
            }
            Command::Leave => return ControlFlow::Break(Ending::Leave),
        }
        ControlFlow::Continue(())
    }

    fn call(&mut self, start: StartCall) {
        if start.outcome.is_abandoned() {
            return;
        }
        let sent = self.request(|request| message::Call {
            request,
            options: start.options.into(),
            procedure: start.procedure,
            payload: start.payload,
        });
        match sent {
            Ok(request) => {
                self.caller
                    .called(request, start.key, start.outcome, start.parts);
            }
            Err(error) => {
                start.outcome.answer(Err(CallError::Unsent(error)));
            }
        }
    }

    /// Sends further arguments of a call, under its id.
    fn continue_call(
        &mut self,
        key: Key,
        options: CallOptions,
        procedure: Uri,
        payload: Payload,
    ) -> Result<(), CallError> {
        let request = self.caller.request(key).ok_or(CallError::Ended)?;
        let call = message::Call {
            request,
            options: options.into(),
            procedure,
            payload,
        };
        self.wire.send(call).map_err(CallError::Unsent)
    }

    fn publish(
        &mut self,
        options: PublishOptions,
        topic: Uri,
        payload: Payload,
        reply: Option<Outcome<PublicationId>>,
    ) {
        let sent = self.request(|request| message::Publish {
            request,
            options: options.into(),
            topic,
            payload,
        });
        match (sent, reply) {
            (Ok(request), Some(reply)) => self.publisher.awaits(request, reply),
            (Ok(_), None) => {}
            (Err(error), Some(reply)) => unsent(reply, error),
            (Err(error), None) => tracing::warn!(%error, "a publication can not be sent"),
        }
    }

    /// Sends the next request. Its id is used up only if it is sent: the ids of a session follow one
    /// another without gaps (spec, "IDs").
    fn request<M: Into<Message>>(
        &mut self,
        message: impl FnOnce(RequestId) -> M,
    ) -> Result<RequestId, LinkError> {
        let mut requests = self.requests.clone();
        let request = requests.next_request();
        self.wire.send(message(request))?;
        self.requests = requests;
        Ok(request)
    }

    /// Sends what answers an invocation. Its caller must not wait for a result that can not be sent.
    fn answer(&mut self, request: RequestId, answer: Option<Message>) {
        if let Some(answer) = answer
            && let Err(error) = self.wire.send(answer)
        {
            tracing::warn!(%error, "the result of a procedure can not be sent");
            let refusal = self.callee.too_long(request);
            self.wire.push(refusal);
        }
    }

    /// Takes back what nobody waits for any more.
    pub(super) fn abandon(&mut self, what: Abandoned) -> Flow {
        let requests = &mut self.requests;
        match what {
            Abandoned::Call(key) => {
                let cancel = self.caller.abandon(key);
                self.push(cancel);
            }
            Abandoned::Listener(key) => {
                let unsubscribe = self.subscriber.abandon(key, requests);
                self.push(unsubscribe);
            }
            Abandoned::Registration(key) => {
                let unregister = self.callee.abandon(key, requests);
                self.push(unregister);
            }
            Abandoned::Session => return ControlFlow::Break(Ending::Leave),
        }
        ControlFlow::Continue(())
    }
}

/// Tells whoever asked that the link can not carry the request.
fn unsent<T>(reply: Outcome<T>, error: LinkError) {
    reply.answer(Err(RequestError::Unsent(error)));
}
