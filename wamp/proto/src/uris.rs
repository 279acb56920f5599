//! The URIs that the specification predefines (spec, "Predefined URIs" and the Advanced Profile).

use crate::Uri;

macro_rules! uris {
    ($($(#[$doc:meta])* $name:ident = $uri:literal;)*) => {
        $($(#[$doc])* pub const $name: Uri = Uri::from_static($uri);)*
    };
}

uris! {
    /// The URI is not well formed, or reserved.
    INVALID_URI = "wamp.error.invalid_uri";
    /// No procedure is registered that matches.
    NO_SUCH_PROCEDURE = "wamp.error.no_such_procedure";
    /// The procedure is registered already, or with another policy.
    PROCEDURE_ALREADY_EXISTS = "wamp.error.procedure_already_exists";
    /// The registration is not the session's.
    NO_SUCH_REGISTRATION = "wamp.error.no_such_registration";
    /// The subscription is not the session's.
    NO_SUCH_SUBSCRIPTION = "wamp.error.no_such_subscription";
    /// The arguments are not what the procedure takes.
    INVALID_ARGUMENT = "wamp.error.invalid_argument";
    /// The call was cancelled, or its callee left.
    CANCELED = "wamp.error.canceled";
    /// The payload is larger than a receiver takes.
    PAYLOAD_SIZE_EXCEEDED = "wamp.error.payload_size_exceeded";
    /// The peer broke the protocol.
    PROTOCOL_VIOLATION = "wamp.error.protocol_violation";
    /// The session may not do that.
    NOT_AUTHORIZED = "wamp.error.not_authorized";
    /// Whether the session may do that could not be found out.
    AUTHORIZATION_FAILED = "wamp.error.authorization_failed";
    /// There is no such realm.
    NO_SUCH_REALM = "wamp.error.no_such_realm";
    /// There is no such role.
    NO_SUCH_ROLE = "wamp.error.no_such_role";
    /// There is no such session.
    NO_SUCH_SESSION = "wamp.error.no_such_session";
    /// None of the client's authentication methods is offered.
    NO_MATCHING_AUTH_METHOD = "wamp.error.no_matching_auth_method";
    /// The principal is unknown.
    NO_SUCH_PRINCIPAL = "wamp.error.no_such_principal";
    /// The proof is wrong.
    AUTHENTICATION_DENIED = "wamp.error.authentication_denied";
    /// The proof could not be checked.
    AUTHENTICATION_FAILED = "wamp.error.authentication_failed";
    /// The call took longer than its timeout.
    TIMEOUT = "wamp.error.timeout";
    /// The option is not allowed.
    OPTION_NOT_ALLOWED = "wamp.error.option_not_allowed";
    /// `disclose_me` is not allowed here.
    DISCLOSE_ME_DISALLOWED = "wamp.error.option_disallowed.disclose_me";
    /// The callee's connection broke.
    NETWORK_FAILURE = "wamp.error.network_failure";
    /// The callee can not take the call now.
    UNAVAILABLE = "wamp.error.unavailable";
    /// No callee can take the call now.
    NO_AVAILABLE_CALLEE = "wamp.error.no_available_callee";
    /// A peer lacks the feature asked for.
    FEATURE_NOT_SUPPORTED = "wamp.error.feature_not_supported";
    /// A limit of the router is reached. Not in the spec, which has no word for it.
    LIMIT_EXCEEDED = "wamp.error.limit_exceeded";
    /// The router shuts down.
    SYSTEM_SHUTDOWN = "wamp.close.system_shutdown";
    /// The client leaves the realm.
    CLOSE_REALM = "wamp.close.close_realm";
    /// The client leaves and does not want to be remembered. Not in the spec; Autobahn and Crossbar.io's.
    LOGOUT = "wamp.close.logout";
    /// The answer to GOODBYE.
    GOODBYE_AND_OUT = "wamp.close.goodbye_and_out";
    /// Somebody who may has ended the session.
    KILLED = "wamp.close.killed";
    /// How a session ends that nobody gave a reason for.
    NORMAL = "wamp.close.normal";
    /// A session joined.
    SESSION_ON_JOIN = "wamp.session.on_join";
    /// A session left.
    SESSION_ON_LEAVE = "wamp.session.on_leave";
    /// A procedure was registered that was not before.
    REGISTRATION_ON_CREATE = "wamp.registration.on_create";
    /// A callee joined a registration.
    REGISTRATION_ON_REGISTER = "wamp.registration.on_register";
    /// A callee left a registration.
    REGISTRATION_ON_UNREGISTER = "wamp.registration.on_unregister";
    /// The last callee left a registration.
    REGISTRATION_ON_DELETE = "wamp.registration.on_delete";
    /// A topic was subscribed that was not before.
    SUBSCRIPTION_ON_CREATE = "wamp.subscription.on_create";
    /// A subscriber joined a subscription.
    SUBSCRIPTION_ON_SUBSCRIBE = "wamp.subscription.on_subscribe";
    /// A subscriber left a subscription.
    SUBSCRIPTION_ON_UNSUBSCRIBE = "wamp.subscription.on_unsubscribe";
    /// The last subscriber left a subscription.
    SUBSCRIPTION_ON_DELETE = "wamp.subscription.on_delete";
    /// A procedure, topic or error was described, or is described otherwise now.
    REFLECT_ON_DEFINE = "wamp.reflect.on_define";
    /// A procedure, topic or error is not described any more.
    REFLECT_ON_UNDEFINE = "wamp.reflect.on_undefine";
}
