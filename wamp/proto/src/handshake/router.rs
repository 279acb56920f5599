//! The router's side of a handshake.
//!
//! ```text
//!              HELLO                admit
//!  AwaitHello ───────► Deciding ───────────► Done: the realm sends WELCOME
//!      │               │  │  ▲                ▲
//!      │          deny │  │  │ the authority  │ right
//!      │               │  │  │ asked for it   │
//!      ▼               ▼  │  │                │
//!    ABORT         ABORT  └─►AwaitProof ──────┘
//!                            │
//!                            ▼ wrong, a decoy's, or anything else
//!                          ABORT
//! ```

use crate::auth::Verification;
use crate::error::Violation;
use crate::message::{Abort, Authenticate, Challenge, Hello};
use crate::options::{AnyDetails, CloseDetails, HelloDetails, Text};
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

/// What the authority answers to a HELLO, or to a proof it asked for.
#[derive(Debug)]
pub enum Decision {
    /// Let the client in without further proof.
    Admit(Principal),
    /// Let it in once it has given the right answer, which the handshake checks.
    Challenge {
        /// Who it will be.
        principal: Principal,
        /// What it has to answer.
        verification: Verification,
    },
    /// Ask a client for proof that nobody is known by, and refuse whatever it answers as a wrong one is
    /// refused (see [`decoy`](crate::auth::decoy)).
    Decoy(Verification),
    /// Ask for a proof that the authority checks: it comes back as [`Step::Verify`]. The way for
    /// authenticators that are somewhere else, as behind a procedure, and for methods not known here.
    Ask {
        /// The method, by its name on the wire.
        method: String,
        /// `CHALLENGE.Extra`.
        extra: AnyDetails,
    },
    /// Turn it away.
    Deny {
        /// Why, as an error URI.
        reason: Uri,
        /// Why, for people. It must not tell strangers who is known here.
        message: String,
    },
}

impl Decision {
    /// The answer to a wrong proof, the same for each method and whether or not somebody is known.
    pub fn denied() -> Self {
        Self::Deny {
            reason: uris::AUTHENTICATION_DENIED,
            message: WRONG_PROOF.to_owned(),
        }
    }
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
    /// Ask the authority about this proof, for which it asked by [`Decision::Ask`], and pass its answer
    /// to [`RouterHandshake::decide`]. It may ask for another.
    Verify {
        /// The realm to be joined.
        realm: Uri,
        /// Who asks and how.
        details: Box<HelloDetails>,
        /// The method that was asked for.
        method: String,
        /// What the client answered.
        proof: Authenticate,
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
    AwaitProof(Hello, Asked),
    Done,
}

/// Who checks the proof that is awaited.
#[derive(Debug)]
enum Asked {
    /// The handshake does. Without a principal it is a decoy, and no proof is right.
    Here {
        principal: Option<Principal>,
        verification: Box<Verification>,
    },
    /// The authority does.
    Authority { method: String },
}

impl RouterHandshake {
    /// A handshake that waits for HELLO.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the client's next message.
    pub fn receive(&mut self, message: Message) -> Step {
        match (std::mem::replace(&mut self.state, State::Done), message) {
            (State::AwaitHello, Message::Hello(hello)) => self.hello(hello),
            (State::AwaitProof(hello, asked), Message::Authenticate(proof)) => match asked {
                Asked::Here {
                    principal,
                    verification,
                } => verify(hello, principal, &verification, &proof),
                Asked::Authority { method } => {
                    let (realm, details) = (hello.realm.clone(), hello.details.clone());
                    self.state = State::Deciding(hello);
                    Step::Verify {
                        realm,
                        details,
                        method,
                        proof,
                    }
                }
            },
            (_, Message::Abort(_) | Message::Goodbye(_)) => {
                abort(uris::GOODBYE_AND_OUT, "the client gave up")
            }
            (_, other) => abort_for(&Violation::Unexpected {
                message: other.name(),
                when: "before the session is open",
            }),
        }
    }

    /// Takes the authority's answer to [`Step::Decide`] or [`Step::Verify`].
    ///
    /// # Panics
    /// If none was asked for.
    pub fn decide(&mut self, decision: Decision) -> Step {
        let State::Deciding(hello) = std::mem::replace(&mut self.state, State::Done) else {
            panic!("a decision that nobody asked for");
        };
        match decision {
            Decision::Admit(principal) => join(hello, principal),
            Decision::Deny { reason, message } => abort(reason, &message),
            Decision::Challenge {
                principal,
                verification,
            } => self.challenge(hello, Some(principal), verification),
            Decision::Decoy(verification) => self.challenge(hello, None, verification),
            Decision::Ask { method, extra } => {
                let challenge = Challenge {
                    authmethod: method.clone(),
                    extra,
                };
                self.state = State::AwaitProof(hello, Asked::Authority { method });
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
            return abort(
                uris::PROTOCOL_VIOLATION,
                "HELLO announces no role of a client",
            );
        }
        let (realm, details) = (hello.realm.clone(), hello.details.clone());
        self.state = State::Deciding(hello);
        Step::Decide { realm, details }
    }

    fn challenge(
        &mut self,
        hello: Hello,
        principal: Option<Principal>,
        verification: Verification,
    ) -> Step {
        let challenge = verification.challenge();
        let asked = Asked::Here {
            principal,
            verification: Box::new(verification),
        };
        self.state = State::AwaitProof(hello, asked);
        Step::Send(challenge.into())
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

/// Says no more than that: not which part is wrong, nor whether anybody is known.
const WRONG_PROOF: &str = "the proof is not right";

fn verify(
    hello: Hello,
    principal: Option<Principal>,
    verification: &Verification,
    proof: &Authenticate,
) -> Step {
    // A decoy's proof is checked as any other, so that it takes as long to be refused.
    match (verification.accept(proof), principal) {
        (Some(answer), Some(mut principal)) => {
            principal.authmethod = verification.method().name().into();
            if !answer.is_empty() {
                let authextra = principal.authextra.get_or_insert_default();
                authextra.extend(answer);
            }
            join(hello, principal)
        }
        _ => abort(uris::AUTHENTICATION_DENIED, WRONG_PROOF),
    }
}

fn join(hello: Hello, principal: Principal) -> Step {
    let Hello { realm, details } = hello;
    Step::Join {
        realm,
        details,
        principal,
    }
}

fn abort(reason: Uri, message: &str) -> Step {
    Step::Abort(abort_with(reason, message))
}

fn abort_for(violation: &Violation) -> Step {
    Step::Abort(abort_message(violation))
}

#[cfg(test)]
mod tests;
