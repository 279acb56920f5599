//! What the realm sent, in words that can be compared.

use wamp_proto::options::CancelMode;
use wamp_proto::{Message, Outbound, Payload, RequestId, Uri};
use wamp_router::{CloseReason, Egress, SessionKey};

/// Messages and their receivers.
pub(crate) type Lines = Vec<(SessionKey, String)>;

/// What the realm sent, in order.
#[derive(Default)]
pub(crate) struct Sent(pub(crate) Vec<(SessionKey, Message)>);

impl Egress for Sent {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        self.0.push((to, message.into_message()));
    }

    fn close(&mut self, _: SessionKey, reason: CloseReason) {
        assert_eq!(reason, CloseReason::Goodbye, "the model breaks no rules");
    }
}

impl Sent {
    pub(crate) fn in_words(&self) -> Lines {
        let lines = self.0.iter();
        lines.map(|(to, message)| (*to, words(message))).collect()
    }
}

pub(crate) fn interrupt(invocation: RequestId, mode: CancelMode) -> String {
    format!("INTERRUPT {invocation} {mode:?}")
}

pub(crate) fn error(request_type: u64, request: RequestId, uri: &Uri) -> String {
    format!("ERROR {request_type} {request} {uri}")
}

pub(crate) fn number_of(payload: &Payload) -> u64 {
    payload.read_args::<(u64,)>().expect("a number").0
}

pub(crate) fn sorted(mut lines: Lines) -> Lines {
    lines.sort();
    lines
}

fn words(message: &Message) -> String {
    match message {
        Message::Goodbye(_) => "GOODBYE".to_owned(),
        Message::Published(m) => format!("PUBLISHED {}", m.request),
        Message::Event(m) => format!("EVENT {} {}", m.subscription, number_of(&m.payload)),
        Message::Error(m) => error(m.request_type, m.request, &m.error),
        Message::Interrupt(m) => interrupt(m.request, m.options.mode.expect("a mode")),
        Message::Invocation(m) => {
            let number = number_of(&m.payload);
            format!("INVOCATION {} {} {number}", m.request, m.details.progress)
        }
        Message::Result(m) => {
            let number = number_of(&m.payload);
            format!("RESULT {} {} {number}", m.request, m.details.progress)
        }
        Message::Unsubscribed(m) => match (m.request, &m.details) {
            (Some(request), None) => format!("UNSUBSCRIBED {request}"),
            (None, Some(details)) => format!("REVOKED {:?}", details.subscription),
            _ => panic!("UNSUBSCRIBED is either asked for or says why: {m:?}"),
        },
        Message::Unregistered(m) => match (m.request, &m.details) {
            (Some(request), None) => format!("UNREGISTERED {request}"),
            (None, Some(details)) => format!("REVOKED {:?}", details.registration),
            _ => panic!("UNREGISTERED is either asked for or says why: {m:?}"),
        },
        other => panic!("the model does not know {}", other.name()),
    }
}
