//! A client and a router that talk over every serializer.

use crate::routers::{Router, fresh};
use wamp_proto::auth::ChannelBinding;
use wamp_proto::handshake::client::{Credentials, HandshakeError, Step as ClientStep};
use wamp_proto::handshake::router::{Principal, Step};
use wamp_proto::handshake::{ClientHandshake, RouterHandshake};
use wamp_proto::message::Welcome;
use wamp_proto::options::WelcomeDetails;
use wamp_proto::{Dict, Features, Message, Roles, Serializer, SessionId, Value, decode, encode};

const LINK: ChannelBinding = ChannelBinding {
    name: "x-noise-h",
    id: [7; 32],
};

/// How the two ends of the link see it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Binding {
    None,
    Link,
    /// There are two links, with somebody between them.
    Differs,
}

/// How it ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Joined(Welcome),
    Refused(HandshakeError),
    Failed(HandshakeError),
}

impl Outcome {
    #[track_caller]
    pub(crate) fn joined(self) -> Welcome {
        match self {
            Self::Joined(welcome) => welcome,
            other => panic!("not in: {other:?}"),
        }
    }

    /// By what URI and in which words the router refused.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (&str, &str) {
        match self {
            Self::Refused(HandshakeError::Aborted { reason, message }) => {
                (reason.as_str(), message.as_deref().unwrap_or_default())
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    /// What the client did not put up with.
    #[track_caller]
    pub(crate) fn failure(self) -> HandshakeError {
        match self {
            Self::Failed(error) => error,
            other => panic!("not failed: {other:?}"),
        }
    }
}

/// What went over the link.
#[derive(Default)]
pub(crate) struct Transcript {
    messages: Vec<Message>,
    /// The same as JSON.
    pub(crate) frames: Vec<String>,
}

impl Transcript {
    pub(crate) fn hello(&self) -> Message {
        self.messages.first().expect("HELLO").clone()
    }

    pub(crate) fn proof(&self) -> Message {
        let mut messages = self.messages.iter();
        let proof = messages.find(|message| message.name() == "AUTHENTICATE");
        proof.expect("AUTHENTICATE").clone()
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        let names = self.messages.iter().map(Message::name);
        names.filter(|other| *other == name).count()
    }

    /// The frames with what differs from attempt to attempt, and from name to name, made alike.
    pub(crate) fn shape(&self) -> Vec<String> {
        let mut shape = self.frames.clone();
        for frame in &mut shape {
            let mut inside = String::new();
            for text in frame.split('"') {
                let is_random = text.len() >= 16 && !text.contains(' ') && !text.contains('.');
                let alike = if is_random {
                    &"?".repeat(text.len())
                } else {
                    text
                };
                inside.push_str(alike);
                inside.push('"');
            }
            *frame = inside.replace("mallo", "alice");
        }
        shape
    }

    /// The salts in the challenges.
    pub(crate) fn salts(&self) -> Vec<Value> {
        let challenges = self.messages.iter().filter_map(|message| match message {
            Message::Challenge(challenge) => challenge.extra.get("salt").cloned(),
            _ => None,
        });
        challenges.collect()
    }

    /// Carries `message` through every serializer.
    fn carry(&mut self, message: Message) -> Message {
        for serializer in Serializer::ALL {
            let mut frame = bytes::BytesMut::new();
            encode(&message, serializer, &mut frame).expect("a message that can be sent");
            let frame = frame.freeze();
            assert_eq!(decode(serializer, &frame).as_ref(), Ok(&message));
            if serializer == Serializer::Json {
                let text = String::from_utf8(frame.to_vec());
                self.frames.push(text.expect("JSON is text"));
            }
        }
        self.messages.push(message.clone());
        message
    }
}

pub(crate) fn client(
    credentials: Credentials,
    binding: Option<ChannelBinding>,
    nonce: [u8; 32],
) -> ClientHandshake {
    let roles = Roles {
        caller: Some(Features::NONE),
        ..Roles::default()
    };
    let agent = "test".to_owned();
    ClientHandshake::new("realm1".into(), agent, roles, credentials, binding, nonce)
}

/// Lets the two talk over a link without binding.
pub(crate) fn talk(router: &Router, credentials: Credentials) -> (Outcome, Transcript) {
    talk_as(router, credentials, Binding::None)
}

/// Lets the two talk until one of them is done.
pub(crate) fn talk_as(
    router: &Router,
    credentials: Credentials,
    binding: Binding,
) -> (Outcome, Transcript) {
    let (near, far) = match binding {
        Binding::None => (None, None),
        Binding::Link => (Some(LINK), Some(LINK)),
        Binding::Differs => (
            Some(LINK),
            Some(ChannelBinding {
                id: [8; 32],
                ..LINK
            }),
        ),
    };
    let mut client = client(credentials, near, fresh());
    let mut handshake = RouterHandshake::new();
    let mut transcript = Transcript::default();
    let mut to_router = client.hello();
    loop {
        let mut step = handshake.receive(transcript.carry(to_router));
        if let Step::Decide { details, .. } = &step {
            step = handshake.decide(router.decide(details, far.as_ref()));
        }
        if let Step::Verify { proof, .. } = &step {
            step = handshake.decide(router.verify(proof.signature.expose()));
        }
        let to_client = match step {
            Step::Send(message) | Step::Abort(message) => message,
            Step::Join { principal, .. } => welcome(principal),
            other => panic!("decided already: {other:?}"),
        };
        let step = match client.receive(transcript.carry(to_client)) {
            Ok(ClientStep::Derive(derivation)) => {
                client.derived(&derivation.run().expect("enough memory"))
            }
            Ok(step) => step,
            Err(refusal @ HandshakeError::Aborted { .. }) => {
                return (Outcome::Refused(refusal), transcript);
            }
            Err(error) => return (Outcome::Failed(error), transcript),
        };
        to_router = match step {
            ClientStep::Send(message) => message,
            ClientStep::Joined(welcome) => return (Outcome::Joined(welcome), transcript),
            ClientStep::Derive(_) => panic!("derived already"),
        };
    }
}

fn welcome(principal: Principal) -> Message {
    let details = WelcomeDetails {
        authid: Some(principal.authid),
        authrole: Some(principal.authrole),
        authmethod: Some(principal.authmethod),
        authprovider: Some(principal.authprovider),
        authextra: principal.authextra.filter(|extra: &Dict| !extra.is_empty()),
        ..WelcomeDetails::default()
    };
    Welcome {
        session: SessionId::new(3_251_278_072_152_162).expect("an id"),
        details: Box::new(details),
    }
    .into()
}
