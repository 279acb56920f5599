//! The router's side of a handshake.
//!
//! ```text
//!               HELLO                  admit
//!  AwaitHello ─────────► Deciding ─────────────► Done (the realm sends WELCOME)
//!      │                   │  ▲ challenge          ▲
//!      │ anything else     │  └──────────┐         │ right
//!      ▼                   ▼ deny        ▼         │
//!    ABORT               ABORT      AwaitProof ────┘
//!                                        │ wrong, or anything else
//!                                        ▼
//!                                      ABORT
//! ```

use crate::auth::{AuthMethod, cryptosign};
use crate::error::Violation;
use crate::message::{Abort, Challenge, Hello};
use crate::options::{CloseDetails, HelloDetails, Text};
use crate::{Dict, Message, Payload, Uri, uris};

/// Who a session acts for, as the authority decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Who.
    pub authid: Text,
    /// In which role.
    pub authrole: Text,
    /// How that was proved.
    pub authmethod: Text,
    /// Who vouches for it.
    pub authprovider: Text,
    /// What WELCOME says beside.
    pub authextra: Option<Dict>,
}

/// What the authority answers to a HELLO.
#[derive(Debug)]
pub enum Decision {
    /// Let the client in without further proof.
    Admit(Principal),
    /// Let it in once it has signed.
    Cryptosign {
        /// Who it will be.
        principal: Principal,
        /// What it has to sign.
        verification: cryptosign::Verification,
    },
    /// Turn it away.
    Deny {
        /// Why, as an error URI.
        reason: Uri,
        /// Why, for people. It must not tell strangers who is known here.
        message: String,
    },
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Ask the authority about this HELLO and pass its answer to [`RouterHandshake::decide`].
    Decide {
        /// The realm to be joined.
        realm: Uri,
        /// Who asks and how.
        details: Box<HelloDetails>,
    },
    /// Send this and wait for the client.
    Send(Message),
    /// The client is in: join the realm with these. The realm sends WELCOME.
    Join {
        /// The realm to be joined.
        realm: Uri,
        /// What the client said of itself.
        details: Box<HelloDetails>,
        /// Who it is.
        principal: Principal,
    },
    /// Send this and close the link.
    Abort(Message),
}

/// One client's handshake, from the router's side.
#[derive(Debug, Default)]
pub struct RouterHandshake {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    AwaitHello,
    Deciding(Hello),
    AwaitProof(Box<AwaitProof>),
    Done,
}

#[derive(Debug)]
struct AwaitProof {
    hello: Hello,
    principal: Principal,
    verification: cryptosign::Verification,
}

impl RouterHandshake {
    /// A handshake that waits for HELLO.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the client's next message.
    pub fn receive(&mut self, message: Message) -> Step {
        match (std::mem::take(&mut self.state), message) {
            (State::AwaitHello, Message::Hello(hello)) => self.hello(hello),
            (State::AwaitProof(awaited), Message::Authenticate(proof)) => {
                self.state = State::Done;
                if !awaited.verification.accepts(&proof.signature) {
                    return abort(uris::AUTHENTICATION_DENIED, "the signature is not right");
                }
                let AwaitProof {
                    hello: Hello { realm, details },
                    principal,
                    ..
                } = *awaited;
                Step::Join {
                    realm,
                    details,
                    principal,
                }
            }
            (_, Message::Abort(_) | Message::Goodbye(_)) => {
                self.state = State::Done;
                abort(uris::GOODBYE_AND_OUT, "the client gave up")
            }
            (_, other) => {
                self.state = State::Done;
                abort_for(&Violation::Unexpected {
                    message: other.name(),
                    when: "before the session is open",
                })
            }
        }
    }

    /// Takes the authority's answer to [`Step::Decide`].
    ///
    /// # Panics
    /// If none was asked for.
    pub fn decide(&mut self, decision: Decision) -> Step {
        let State::Deciding(hello) = std::mem::replace(&mut self.state, State::Done) else {
            panic!("a decision that nobody asked for");
        };
        match decision {
            Decision::Admit(principal) => {
                let Hello { realm, details } = hello;
                Step::Join {
                    realm,
                    details,
                    principal,
                }
            }
            Decision::Deny { reason, message } => abort(reason, &message),
            Decision::Cryptosign {
                principal,
                verification,
            } => {
                let challenge = Challenge {
                    authmethod: AuthMethod::Cryptosign.name().to_owned(),
                    extra: verification.extra(),
                };
                let awaited = AwaitProof {
                    hello,
                    principal,
                    verification,
                };
                self.state = State::AwaitProof(Box::new(awaited));
                Step::Send(challenge.into())
            }
        }
    }

    fn hello(&mut self, hello: Hello) -> Step {
        // "a Client must announce the roles it supports" and at least one (spec, "HELLO").
        if !hello
            .details
            .roles
            .is_some_and(|roles| roles.has_client_role())
        {
            self.state = State::Done;
            return abort(
                uris::PROTOCOL_VIOLATION,
                "HELLO announces no role of a client",
            );
        }
        let (realm, details) = (hello.realm.clone(), hello.details.clone());
        self.state = State::Deciding(hello);
        Step::Decide { realm, details }
    }
}

/// The ABORT that ends a session for a violation (spec, "Protocol Errors").
pub fn abort_message(violation: &Violation) -> Message {
    abort_with(uris::PROTOCOL_VIOLATION, &violation.to_string())
}

/// An ABORT with a reason and a sentence for people.
pub fn abort_with(reason: Uri, message: &str) -> Message {
    let details = CloseDetails {
        message: Some(message.to_owned()),
    };
    Abort {
        details,
        reason,
        payload: Payload::NONE,
    }
    .into()
}

fn abort(reason: Uri, message: &str) -> Step {
    Step::Abort(abort_with(reason, message))
}

fn abort_for(violation: &Violation) -> Step {
    Step::Abort(abort_message(violation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Authenticate, Goodbye};
    use crate::options::AnyDetails;
    use crate::roles::{Features, Roles};

    fn hello() -> Message {
        let roles = Roles {
            caller: Some(Features::NONE),
            ..Roles::default()
        };
        let details = Box::new(HelloDetails {
            roles: Some(roles),
            ..HelloDetails::default()
        });
        Hello {
            realm: "realm1".into(),
            details,
        }
        .into()
    }

    fn alice() -> Principal {
        Principal {
            authid: "alice".into(),
            authrole: "user".into(),
            authmethod: "cryptosign".into(),
            authprovider: "static".into(),
            authextra: None,
        }
    }

    #[track_caller]
    fn expect_abort(step: Step, reason: &Uri) {
        match step {
            Step::Abort(Message::Abort(abort)) => assert_eq!(abort.reason, *reason),
            other => panic!("not an abort: {other:?}"),
        }
    }

    #[test]
    fn hello_asks_the_authority_and_admission_joins() {
        let mut handshake = RouterHandshake::new();
        assert!(
            matches!(handshake.receive(hello()), Step::Decide { realm, .. } if realm == "realm1")
        );
        let step = handshake.decide(Decision::Admit(alice()));
        assert!(matches!(step, Step::Join { principal, .. } if &*principal.authid == "alice"));
    }

    #[test]
    fn anything_but_hello_first_aborts() {
        let goodbye = Goodbye {
            details: CloseDetails::default(),
            reason: uris::CLOSE_REALM,
        };
        expect_abort(
            RouterHandshake::new().receive(goodbye.into()),
            &uris::GOODBYE_AND_OUT,
        );
        let proof = Authenticate {
            signature: String::new(),
            extra: AnyDetails::new(),
        };
        expect_abort(
            RouterHandshake::new().receive(proof.into()),
            &uris::PROTOCOL_VIOLATION,
        );
    }

    #[test]
    fn hello_twice_aborts() {
        let mut handshake = RouterHandshake::new();
        assert!(matches!(handshake.receive(hello()), Step::Decide { .. }));
        expect_abort(handshake.receive(hello()), &uris::PROTOCOL_VIOLATION);
        expect_abort(handshake.receive(hello()), &uris::PROTOCOL_VIOLATION);
    }

    #[test]
    fn hello_without_a_role_aborts() {
        let details = Box::new(HelloDetails::default());
        let hello = Hello {
            realm: "realm1".into(),
            details,
        };
        expect_abort(
            RouterHandshake::new().receive(hello.into()),
            &uris::PROTOCOL_VIOLATION,
        );
    }

    #[test]
    fn a_wrong_signature_is_denied() {
        let mut handshake = RouterHandshake::new();
        assert!(matches!(handshake.receive(hello()), Step::Decide { .. }));
        let verification = cryptosign::Verification {
            challenge: [0; 32],
            public_key: [2; 32],
            binding: None,
        };
        let step = handshake.decide(Decision::Cryptosign {
            principal: alice(),
            verification,
        });
        assert!(matches!(step, Step::Send(Message::Challenge(_))));
        let proof = Authenticate {
            signature: "00".repeat(96),
            extra: AnyDetails::new(),
        };
        expect_abort(
            handshake.receive(proof.into()),
            &uris::AUTHENTICATION_DENIED,
        );
    }
}
