//! What the router says to the driver.

use super::command::{Abandoned, StartSubscription};
use super::ending::Ending;
use super::{Driver, Flow};
use crate::error::{CloseCause, RemoteError};
use crate::event;
use std::ops::ControlFlow;
use wamp_proto::message::{self, request_type};
use wamp_proto::{Message, SubscriptionId};

impl Driver {
    /// Takes a message of the open session.
    pub(super) fn receive(&mut self, message: Message) -> Flow {
        match message {
            Message::Result(result) => {
                let cancel = self.caller.result(result);
                self.push(cancel);
            }
            Message::Error(error) => self.fail(error),
            Message::Published(published) => self.publisher.published(&published),
            Message::Subscribed(subscribed) => {
                if let Some(start) = self.subscriber.subscribed(&subscribed) {
                    return self.start_listening(start, subscribed.subscription);
                }
            }
            Message::Unsubscribed(unsubscribed) => self.subscriber.unsubscribed(&unsubscribed),
            Message::Event(event) => self.subscriber.event(event),
            Message::Registered(registered) => {
                let unregister = self.callee.registered(&registered, &mut self.requests);
                self.push(unregister);
            }
            Message::Unregistered(unregistered) => self.callee.unregistered(&unregistered),
            Message::Invocation(invocation) => {
                let refusal = self.callee.invoke(invocation, &mut self.tasks);
                self.push(refusal);
            }
            Message::Interrupt(interrupt) => {
                let answer = self.callee.interrupt(interrupt);
                self.push(answer);
            }
            Message::Goodbye(goodbye) => {
                return ControlFlow::Break(Ending::Answer(CloseCause::Goodbye {
                    reason: goodbye.reason.detached(),
                    message: goodbye.details.message,
                }));
            }
            Message::Abort(abort) => {
                return ControlFlow::Break(Ending::Gone(CloseCause::Aborted {
                    reason: abort.reason.detached(),
                    message: abort.details.message,
                }));
            }
            other => {
                let what = format!("{} in an open session", other.name());
                return ControlFlow::Break(Ending::Abort(what));
            }
        }
        ControlFlow::Continue(())
    }

    fn start_listening(&mut self, start: StartSubscription, id: SubscriptionId) -> Flow {
        if !start.reply.answer(Ok(id)) {
            return self.abandon(Abandoned::Listener(start.listener));
        }
        if let Some(handler) = start.handler {
            self.tasks.spawn(event::serve(start.queue, handler));
        }
        ControlFlow::Continue(())
    }

    /// A request of ours failed.
    fn fail(&mut self, error: message::Error) {
        let request = error.request;
        let request_type = error.request_type;
        let error = RemoteError::new(error);
        match request_type {
            request_type::CALL => self.caller.fail(request, error),
            request_type::PUBLISH => self.publisher.fail(request, error),
            request_type::SUBSCRIBE => {
                let requests = &mut self.requests;
                let unsubscribe = self.subscriber.fail_subscribe(request, error, requests);
                self.push(unsubscribe);
            }
            request_type::UNSUBSCRIBE => self.subscriber.fail_unsubscribe(request, error),
            request_type::REGISTER => self.callee.fail_register(request, error),
            request_type::UNREGISTER => self.callee.fail_unregister(request, error),
            // About what is long done with.
            _ => {}
        }
    }
}
