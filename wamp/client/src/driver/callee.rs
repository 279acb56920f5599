//! The session as a callee: its registrations and the invocations that run.

use super::command::{Key, Outcome, Revoker, StartRegistration, WeakCommands};
use super::lanes::Lanes;
use crate::error::{RemoteError, RequestError};
use crate::invocation::{Arguments, Handler, Interrupt, Invocation};
use crate::lane::LaneId;
use crate::queue::{Bounds, Queue};
use crate::reply::InvocationError;
use std::{collections::HashMap, sync::Arc};
use tokio::{sync::watch, task::JoinSet};
use wamp_proto::options::{AnyDetails, YieldOptions};
use wamp_proto::{
    IdSequence, Message, Payload, RegistrationId, RequestId, Serializer, Uri, message,
    message::request_type, uris,
};

/// How many invocations run or wait in a session; further ones are answered `wamp.error.unavailable`,
/// upon which a router may choose another callee.
const INVOCATIONS: usize = 1024;

/// How many octets of arguments those may hold.
const OCTETS: usize = 16 << 20;

/// How many further arguments of one invocation wait for its handler.
const PARTS: Bounds = Bounds {
    items: 1024,
    octets: 4 << 20,
};

/// What a session registered, and the invocations it has not answered.
pub(crate) struct Callee {
    registering: HashMap<RequestId, StartRegistration>,
    unregistering: HashMap<RequestId, (RegistrationId, Outcome<()>)>,
    registrations: HashMap<RegistrationId, Entry>,
    invocations: HashMap<RequestId, Running>,
    lanes: Lanes<Task>,
    /// Octets of arguments in `invocations`.
    octets: usize,
    commands: WeakCommands,
    serializer: Serializer,
}

struct Entry {
    key: Key,
    procedure: Uri,
    handler: Handler,
    lane: Option<LaneId>,
    revoker: Revoker,
}

/// An invocation that runs, or waits in its lane.
struct Running {
    interrupt: watch::Sender<Option<Interrupt>>,
    lane: Option<LaneId>,
    octets: usize,
    /// Takes further arguments, while there may be any.
    parts: Option<Parts>,
    /// Whether it was answered before its handler ended.
    answered: bool,
}

/// A handler about to be called.
struct Task {
    handler: Handler,
    invocation: Invocation,
}

impl Callee {
    pub(crate) fn new(commands: WeakCommands, serializer: Serializer) -> Self {
        Self {
            registering: HashMap::new(),
            unregistering: HashMap::new(),
            registrations: HashMap::new(),
            invocations: HashMap::new(),
            lanes: Lanes::default(),
            octets: 0,
            commands,
            serializer,
        }
    }

    /// Notes a REGISTER that was sent as `request`.
    pub(crate) fn registering(&mut self, request: RequestId, start: StartRegistration) {
        self.registering.insert(request, start);
    }

    /// Installs the handler before anything else is read, so that it gets the first invocation.
    /// Returns the UNREGISTER for a registration that nobody waits for any more.
    pub(crate) fn registered(
        &mut self,
        registered: &message::Registered,
        requests: &mut IdSequence,
    ) -> Option<message::Unregister> {
        let registration = registered.registration;
        let start = self.registering.remove(&registered.request)?;
        if !start.reply.answer(Ok(registration)) {
            return Some(unregister(registration, requests));
        }
        let entry = Entry {
            key: start.key,
            procedure: start.procedure,
            handler: start.handler,
            lane: start.lane.map(|lane| lane.id()),
            revoker: start.revoker,
        };
        self.registrations.insert(registration, entry);
        None
    }

    /// Notes an UNREGISTER that was sent as `request`. Invocations are served until the router
    /// confirms it.
    pub(crate) fn unregistering(
        &mut self,
        request: RequestId,
        registration: RegistrationId,
        reply: Outcome<()>,
    ) {
        self.unregistering.insert(request, (registration, reply));
    }

    /// The UNREGISTER for a registration whose handle was dropped before it was handed out.
    pub(crate) fn abandon(
        &mut self,
        key: Key,
        requests: &mut IdSequence,
    ) -> Option<message::Unregister> {
        let mut registrations = self.registrations.iter();
        let (&registration, _) = registrations.find(|(_, entry)| entry.key == key)?;
        self.registrations.remove(&registration);
        Some(unregister(registration, requests))
    }

    pub(crate) fn unregistered(&mut self, unregistered: &message::Unregistered) {
        let Some(request) = unregistered.request else {
            self.revoked(unregistered);
            return;
        };
        if let Some((registration, reply)) = self.unregistering.remove(&request) {
            self.registrations.remove(&registration);
            reply.answer(Ok(()));
        }
    }

    /// Fails a REGISTER.
    pub(crate) fn fail_register(&mut self, request: RequestId, error: RemoteError) {
        if let Some(start) = self.registering.remove(&request) {
            start.reply.answer(Err(RequestError::Refused(error)));
        }
    }

    /// Fails an UNREGISTER.
    pub(crate) fn fail_unregister(&mut self, request: RequestId, error: RemoteError) {
        if let Some((_, reply)) = self.unregistering.remove(&request) {
            reply.answer(Err(RequestError::Refused(error)));
        }
    }

    /// Starts an invocation, has it wait in its lane, or returns the ERROR that refuses it.
    pub(crate) fn invoke(
        &mut self,
        invocation: message::Invocation,
        tasks: &mut JoinSet<()>,
    ) -> Option<message::Error> {
        let request = invocation.request;
        if let Some(running) = self.invocations.get_mut(&request) {
            return running.go_on(invocation);
        }
        let Some(entry) = self.registrations.get(&invocation.registration) else {
            let sentence = "the procedure is not registered here any more";
            return Some(refusal(request, uris::NO_SUCH_REGISTRATION, sentence));
        };
        let octets = invocation.payload.len();
        let full = self.invocations.len() >= INVOCATIONS || self.octets + octets > OCTETS;
        let commands = self.commands.upgrade().filter(|_| !full);
        let Some(commands) = commands else {
            let sentence = "the callee is busy";
            return Some(refusal(request, uris::UNAVAILABLE, sentence));
        };
        let (interrupt, interrupted) = watch::channel(None);
        let parts = invocation.details.progress.then(Parts::new);
        let lane = entry.lane;
        let task = Task {
            handler: entry.handler.clone(),
            invocation: Invocation::new(
                invocation,
                &entry.procedure,
                self.serializer,
                commands,
                interrupted,
                parts.as_ref().map(Parts::queue),
            ),
        };
        let running = Running {
            interrupt,
            lane,
            octets,
            parts,
            answered: false,
        };
        self.octets += octets;
        self.invocations.insert(request, running);
        match lane {
            Some(lane) => self.lanes.enter(lane, request, task),
            None => Some(task),
        }
        .into_iter()
        .for_each(|task| task.spawn(tasks));
        None
    }

    /// Tells an invocation that its call was cancelled. One that still waits ends here.
    pub(crate) fn interrupt(&mut self, interrupt: message::Interrupt) -> Option<message::Error> {
        let request = interrupt.request;
        let running = self.invocations.get(&request)?;
        if let Some(lane) = running.lane
            && self.lanes.withdraw(lane, request)
        {
            self.forget(request);
            return Some(refusal(request, uris::CANCELED, "the call was cancelled"));
        }
        let interrupt = Interrupt::new(interrupt.options);
        running.interrupt.send_replace(Some(interrupt));
        None
    }

    /// The YIELD for a part of a result, if its invocation still runs.
    pub(crate) fn progress(&self, request: RequestId, payload: Payload) -> Option<message::Yield> {
        self.running(request)?;
        let options = YieldOptions {
            progress: true,
            ..YieldOptions::default()
        };
        Some(message::Yield {
            request,
            options: options.into(),
            payload,
        })
    }

    /// The YIELD or ERROR that answers an invocation. Starts the next one of its lane.
    pub(crate) fn answer(
        &mut self,
        request: RequestId,
        answer: Result<Payload, InvocationError>,
        tasks: &mut JoinSet<()>,
    ) -> Option<Message> {
        let Running { lane, answered, .. } = self.forget(request)?;
        if let Some(task) = lane.and_then(|lane| self.lanes.leave(lane)) {
            task.spawn(tasks);
        }
        if answered {
            return None;
        }
        Some(match answer {
            Ok(payload) => {
                let options = YieldOptions::default();
                message::Yield {
                    request,
                    options: options.into(),
                    payload,
                }
                .into()
            }
            Err(error) => error.into_message(request, self.serializer).into(),
        })
    }

    /// The ERROR for an invocation whose result the link can not carry. If its handler still runs,
    /// what else it has to say is not sent.
    pub(crate) fn too_long(&mut self, request: RequestId) -> message::Error {
        if let Some(running) = self.invocations.get_mut(&request) {
            running.answered = true;
        }
        let sentence = "the result is too long";
        refusal(request, uris::PAYLOAD_SIZE_EXCEEDED, sentence)
    }

    fn running(&self, request: RequestId) -> Option<&Running> {
        let running = self.invocations.get(&request)?;
        (!running.answered).then_some(running)
    }

    fn forget(&mut self, request: RequestId) -> Option<Running> {
        let running = self.invocations.remove(&request)?;
        self.octets -= running.octets;
        Some(running)
    }

    /// The router took a registration back (spec, "Registration Revocation").
    fn revoked(&mut self, unregistered: &message::Unregistered) {
        let details = unregistered.details.as_ref();
        let registration = details.and_then(|details| details.registration);
        let Some(entry) = registration.and_then(|id| self.registrations.remove(&id)) else {
            return;
        };
        let reason = details.and_then(|details| details.reason.as_deref());
        tracing::warn!(procedure = %entry.procedure, reason, "the router took a registration back");
        entry.revoker.revoked();
    }
}

impl Running {
    /// Takes further arguments. Returns the ERROR for a call whose callee is too slow for them.
    fn go_on(&mut self, invocation: message::Invocation) -> Option<message::Error> {
        if self.answered {
            return None;
        }
        let request = invocation.request;
        let Some(parts) = &self.parts else {
            tracing::warn!(%request, "the router repeats an invocation; ignored");
            return None;
        };
        let pushed = parts.0.push(Arguments::new(invocation.payload));
        if pushed.is_err() {
            self.answered = true;
            self.interrupt.send_replace(Some(Interrupt::default()));
            let sentence = "arguments come in faster than they are taken";
            return Some(refusal(request, uris::UNAVAILABLE, sentence));
        }
        if !invocation.details.progress {
            self.parts = None;
        }
        None
    }
}

/// The further arguments of one invocation. Dropping it tells their taker that there are no more.
struct Parts(Arc<Queue<Arguments>>);

impl Parts {
    fn new() -> Self {
        Self(Arc::new(Queue::new(PARTS)))
    }

    fn queue(&self) -> Arc<Queue<Arguments>> {
        Arc::clone(&self.0)
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Task {
    fn spawn(self, tasks: &mut JoinSet<()>) {
        tasks.spawn(self.invocation.serve(self.handler));
    }
}

fn unregister(registration: RegistrationId, requests: &mut IdSequence) -> message::Unregister {
    message::Unregister {
        request: requests.next_request(),
        registration,
    }
}

/// The ERROR for an invocation that no handler answers.
fn refusal(request: RequestId, error: Uri, sentence: &str) -> message::Error {
    message::Error {
        request_type: request_type::INVOCATION,
        request,
        details: AnyDetails::new(),
        error,
        payload: Payload::sentence(sentence),
    }
}
