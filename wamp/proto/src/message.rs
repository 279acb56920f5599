//! The WAMP messages, in the order of the specification (spec, "Messages").
//!
//! Each message is declared once, below, with the elements that follow its type on the wire; the
//! codec of every serializer follows from that one list.

use crate::auth::Secret;
use crate::codec::{Elements, Field, Format, Frame, Sink};
use crate::options::*;
use crate::{
    DecodeError, EncodeError, Payload, PublicationId, RegistrationId, RequestId, SessionId, Sparse,
    SubscriptionId, Uri,
};

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident = $code:literal $wire:literal {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }

            impl From<$name> for Message {
                fn from(message: $name) -> Self {
                    Self::$name(message)
                }
            }
        )*

        /// One WAMP message.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Message {
            $($(#[$doc])* $name($name),)*
        }

        impl Message {
            /// Every message there is: its code and its name.
            pub const KINDS: &'static [(u64, &'static str)] = &[$(($code, $wire)),*];

            /// The number that stands first on the wire.
            pub const fn code(&self) -> u64 {
                match self { $(Self::$name(_) => $code,)* }
            }

            /// The name on the wire, as `CALL`.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $wire,)* }
            }

            pub(crate) fn read<F: Format>(frame: &Frame<'_>) -> std::result::Result<Self, DecodeError> {
                match frame.code::<F>()? {
                    $($code => {
                        let mut elements = Elements::new(frame, $wire);
                        let message = $name {
                            $($field: Field::read::<F>(&mut elements, stringify!($field))?,)*
                        };
                        elements.end()?;
                        Ok(Self::$name(message))
                    })*
                    unknown => Err(DecodeError::UnknownType(unknown)),
                }
            }

            pub(crate) fn write<F: Format>(&self, sink: &mut Sink<'_>) -> std::result::Result<(), EncodeError> {
                match self {
                    $(Self::$name(message) => {
                        let elements = 1 $(+ message.$field.elements::<F>())*;
                        sink.begin::<F>(elements, $code);
                        $(message.$field.write::<F>(sink)?;)*
                        sink.end::<F>();
                        Ok(())
                    })*
                }
            }
        }
    };
}

messages! {
    /// `[HELLO, Realm|uri, Details|dict]`: a client asks to join a realm.
    Hello = 1 "HELLO" {
        /// The realm.
        realm: Uri,
        /// Roles, features and authentication.
        details: Box<HelloDetails>,
    }

    /// `[WELCOME, Session|id, Details|dict]`: the router lets the client in.
    Welcome = 2 "WELCOME" {
        /// The new session.
        session: SessionId,
        /// Roles, features and who the client is.
        details: Box<WelcomeDetails>,
    }

    /// `[ABORT, Details|dict, Reason|uri, Arguments|list, ArgumentsKw|dict]`: the session ends, or
    /// never begins.
    Abort = 3 "ABORT" {
        /// A sentence for people.
        details: CloseDetails,
        /// Why.
        reason: Uri,
        /// More about it.
        payload: Payload,
    }

    /// `[CHALLENGE, AuthMethod|string, Extra|dict]`: the router asks for proof.
    Challenge = 4 "CHALLENGE" {
        /// The method chosen.
        authmethod: String,
        /// What the method needs.
        extra: AnyDetails,
    }

    /// `[AUTHENTICATE, Signature|string, Extra|dict]`: the client gives it.
    Authenticate = 5 "AUTHENTICATE" {
        /// The proof.
        signature: Secret,
        /// What the method needs beside.
        extra: AnyDetails,
    }

    /// `[GOODBYE, Details|dict, Reason|uri]`: a session ends in peace.
    Goodbye = 6 "GOODBYE" {
        /// A sentence for people.
        details: CloseDetails,
        /// Why.
        reason: Uri,
    }

    /// `[ERROR, REQUEST.Type|int, REQUEST.Request|id, Details|dict, Error|uri, Arguments|list,
    /// ArgumentsKw|dict]`: a request failed.
    Error = 8 "ERROR" {
        /// Which message the request was.
        request_type: u64,
        /// Which request it was.
        request: RequestId,
        /// Passed on as they are.
        details: AnyDetails,
        /// What went wrong.
        error: Uri,
        /// More about it.
        payload: Payload,
    }

    /// `[PUBLISH, Request|id, Options|dict, Topic|uri, Arguments|list, ArgumentsKw|dict]`.
    Publish = 16 "PUBLISH" {
        /// The request.
        request: RequestId,
        /// Who receives it and how.
        options: Sparse<PublishOptions>,
        /// The topic.
        topic: Uri,
        /// What is published.
        payload: Payload,
    }

    /// `[PUBLISHED, PUBLISH.Request|id, Publication|id]`.
    Published = 17 "PUBLISHED" {
        /// The request.
        request: RequestId,
        /// The publication it became.
        publication: PublicationId,
    }

    /// `[SUBSCRIBE, Request|id, Options|dict, Topic|uri]`.
    Subscribe = 32 "SUBSCRIBE" {
        /// The request.
        request: RequestId,
        /// How the topic matches.
        options: SubscribeOptions,
        /// The topic or pattern.
        topic: Uri,
    }

    /// `[SUBSCRIBED, SUBSCRIBE.Request|id, Subscription|id]`.
    Subscribed = 33 "SUBSCRIBED" {
        /// The request.
        request: RequestId,
        /// The subscription.
        subscription: SubscriptionId,
    }

    /// `[UNSUBSCRIBE, Request|id, SUBSCRIBED.Subscription|id]`.
    Unsubscribe = 34 "UNSUBSCRIBE" {
        /// The request.
        request: RequestId,
        /// The subscription.
        subscription: SubscriptionId,
    }

    /// `[UNSUBSCRIBED, UNSUBSCRIBE.Request|id]`, or `[UNSUBSCRIBED, 0, Details|dict]` where the
    /// router took the subscription back (spec, "Subscription Revocation").
    Unsubscribed = 35 "UNSUBSCRIBED" {
        /// The request; `None` is the 0 of a revocation.
        request: Option<RequestId>,
        /// Which subscription was taken back, and why.
        details: Option<UnsubscribedDetails>,
    }

    /// `[EVENT, SUBSCRIBED.Subscription|id, PUBLISHED.Publication|id, Details|dict, Arguments|list,
    /// ArgumentsKw|dict]`.
    Event = 36 "EVENT" {
        /// The subscription it comes by.
        subscription: SubscriptionId,
        /// The publication.
        publication: PublicationId,
        /// Where it comes from.
        details: Sparse<EventDetails>,
        /// What was published.
        payload: Payload,
    }

    /// `[CALL, Request|id, Options|dict, Procedure|uri, Arguments|list, ArgumentsKw|dict]`.
    Call = 48 "CALL" {
        /// The request.
        request: RequestId,
        /// How to call.
        options: Sparse<CallOptions>,
        /// The procedure.
        procedure: Uri,
        /// Its arguments.
        payload: Payload,
    }

    /// `[CANCEL, CALL.Request|id, Options|dict]`.
    Cancel = 49 "CANCEL" {
        /// The call.
        request: RequestId,
        /// What becomes of the invocation.
        options: CancelOptions,
    }

    /// `[RESULT, CALL.Request|id, Details|dict, YIELD.Arguments|list, YIELD.ArgumentsKw|dict]`.
    Result = 50 "RESULT" {
        /// The call.
        request: RequestId,
        /// Whether more follow.
        details: Sparse<ResultDetails>,
        /// What came out.
        payload: Payload,
    }

    /// `[REGISTER, Request|id, Options|dict, Procedure|uri]`.
    Register = 64 "REGISTER" {
        /// The request.
        request: RequestId,
        /// How the procedure matches and is shared.
        options: RegisterOptions,
        /// The procedure or pattern.
        procedure: Uri,
    }

    /// `[REGISTERED, REGISTER.Request|id, Registration|id]`.
    Registered = 65 "REGISTERED" {
        /// The request.
        request: RequestId,
        /// The registration.
        registration: RegistrationId,
    }

    /// `[UNREGISTER, Request|id, REGISTERED.Registration|id]`.
    Unregister = 66 "UNREGISTER" {
        /// The request.
        request: RequestId,
        /// The registration.
        registration: RegistrationId,
    }

    /// `[UNREGISTERED, UNREGISTER.Request|id]`, or `[UNREGISTERED, 0, Details|dict]` where the
    /// router took the registration back (spec, "Registration Revocation").
    Unregistered = 67 "UNREGISTERED" {
        /// The request; `None` is the 0 of a revocation.
        request: Option<RequestId>,
        /// Which registration was taken back, and why.
        details: Option<UnregisteredDetails>,
    }

    /// `[INVOCATION, Request|id, REGISTERED.Registration|id, Details|dict, CALL.Arguments|list,
    /// CALL.ArgumentsKw|dict]`.
    Invocation = 68 "INVOCATION" {
        /// The invocation, counted per callee.
        request: RequestId,
        /// The registration it comes by.
        registration: RegistrationId,
        /// Who calls and how.
        details: Sparse<InvocationDetails>,
        /// The arguments.
        payload: Payload,
    }

    /// `[INTERRUPT, INVOCATION.Request|id, Options|dict]`.
    Interrupt = 69 "INTERRUPT" {
        /// The invocation.
        request: RequestId,
        /// How and why it was cancelled.
        options: InterruptOptions,
    }

    /// `[YIELD, INVOCATION.Request|id, Options|dict, Arguments|list, ArgumentsKw|dict]`.
    Yield = 70 "YIELD" {
        /// The invocation.
        request: RequestId,
        /// Whether more follow.
        options: Sparse<YieldOptions>,
        /// What came out.
        payload: Payload,
    }
}

/// The message types that requests have, as they stand in `ERROR.request_type`.
pub mod request_type {
    /// PUBLISH.
    pub const PUBLISH: u64 = 16;
    /// SUBSCRIBE.
    pub const SUBSCRIBE: u64 = 32;
    /// UNSUBSCRIBE.
    pub const UNSUBSCRIBE: u64 = 34;
    /// CALL.
    pub const CALL: u64 = 48;
    /// CANCEL.
    pub const CANCEL: u64 = 49;
    /// REGISTER.
    pub const REGISTER: u64 = 64;
    /// UNREGISTER.
    pub const UNREGISTER: u64 = 66;
    /// INVOCATION.
    pub const INVOCATION: u64 = 68;
    /// YIELD, in the ERROR to a callee whose caller can not take its payload.
    pub const YIELD: u64 = 70;
}

impl Error {
    /// An ERROR without details, whose arguments are a sentence for people.
    pub fn new(request_type: u64, request: RequestId, error: Uri, payload: Payload) -> Self {
        let details = AnyDetails::new();
        Self {
            request_type,
            request,
            details,
            error,
            payload,
        }
    }
}

impl Message {
    /// The application payload, for the messages that have one.
    pub const fn payload(&self) -> Option<&Payload> {
        Some(match self {
            Self::Abort(m) => &m.payload,
            Self::Error(m) => &m.payload,
            Self::Publish(m) => &m.payload,
            Self::Event(m) => &m.payload,
            Self::Call(m) => &m.payload,
            Self::Result(m) => &m.payload,
            Self::Invocation(m) => &m.payload,
            Self::Yield(m) => &m.payload,
            _ => return None,
        })
    }
}
