//! Everything a command can end with: what failed, what to do about it, and the exit code.

use deskconn_discovery::MdnsError;
use deskconn_protocol::paths::NoHome;
use deskconn_protocol::uris;
use deskconn_state::StateError;
use wamp_client::{CallError, CloseCause, JoinError, RemoteError, RequestError};
use wamp_proto::Uri;

/// What sort of end it is. Scripts tell them apart by the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// It was tried and went wrong, here or at the other end.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// No daemon answered, or it went away.
    Unreachable,
    /// The daemon does not let us.
    Denied,
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads our output any more.
    BrokenPipe,
    /// What was run has ended with this exit code, and has said so itself.
    Exited(u8),
}

impl ErrorKind {
    /// The exit code; for a signal it is what a shell makes of one: 128 and the signal's number.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Denied => 4,
            Self::Interrupted => 130,
            Self::BrokenPipe => 141,
            Self::Exited(code) => code,
        }
    }

    /// Whether there is nothing to say about it.
    pub(crate) fn is_silent(self) -> bool {
        matches!(self, Self::Interrupted | Self::BrokenPipe | Self::Exited(_))
    }
}

/// Why a command ended without success. Its texts may come from a peer: [`crate::output::Output`]
/// makes them fit to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CliError {
    /// What sort of end it is.
    pub(crate) kind: ErrorKind,
    /// What failed.
    pub(crate) message: String,
    /// What was tried, one line each.
    pub(crate) details: Vec<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl CliError {
    /// An error without a hint.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            details: Vec::new(),
            hint: None,
        }
    }

    /// Something was tried and went wrong.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// The command line makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// No daemon answered.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unreachable, message)
    }

    /// Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(ErrorKind::Interrupted, "interrupted")
    }

    /// Says what to do about it; an empty text says nothing.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        self
    }

    /// Says what was tried.
    pub(crate) fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// An ERROR that answered a request about `uri`.
    pub(crate) fn remote(error: &RemoteError, uri: &str) -> Self {
        let own = well_known(error.uri(), uri);
        let kind = if is_denial(error.uri()) {
            ErrorKind::Denied
        } else {
            ErrorKind::Failed
        };
        let message = match (&own, error.message()) {
            (Some((message, _)), _) => message.clone(),
            (None, Some(message)) => format!("{message} ({})", error.uri()),
            (None, None) => error.uri().to_string(),
        };
        let own_hint = own.map(|(_, hint)| hint.to_owned());
        Self::new(kind, message).hint(error.hint().or(own_hint).unwrap_or_default())
    }

    /// A call of `procedure` that has no result.
    pub(crate) fn call(error: CallError, procedure: &str) -> Self {
        match error {
            CallError::Application(error) | CallError::Canceled(error) => {
                Self::remote(&error, procedure)
            }
            CallError::Timeout => Self::failed(format!("`{procedure}` took too long"))
                .hint("give it longer with --timeout"),
            CallError::Closed(cause) => cause.into(),
            CallError::InvalidUri(_) | CallError::Arguments(_) => Self::usage(error.to_string()),
            error => Self::failed(error.to_string()),
        }
    }

    /// A request about `uri` that the router did not grant.
    pub(crate) fn request(error: RequestError, uri: &str) -> Self {
        match error {
            RequestError::Refused(error) => Self::remote(&error, uri),
            RequestError::Closed(cause) => cause.into(),
            RequestError::InvalidUri(_) | RequestError::Arguments(_) => {
                Self::usage(error.to_string())
            }
            error => Self::failed(error.to_string()),
        }
    }
}

impl From<CloseCause> for CliError {
    fn from(cause: CloseCause) -> Self {
        let reason = match &cause {
            CloseCause::Goodbye { reason, .. } | CloseCause::Aborted { reason, .. } => Some(reason),
            _ => None,
        };
        if reason.is_some_and(|reason| *reason == wamp_proto::uris::KILLED) {
            return Self::new(ErrorKind::Denied, cause.to_string())
                .hint("pair again: run `deskconn pair` there and `deskconn join` here");
        }
        let kind = match reason {
            Some(reason) if is_denial(reason) => ErrorKind::Denied,
            _ => ErrorKind::Unreachable,
        };
        Self::new(kind, cause.to_string())
    }
}

impl From<JoinError> for CliError {
    fn from(error: JoinError) -> Self {
        Self::from(&error)
    }
}

impl From<&JoinError> for CliError {
    fn from(error: &JoinError) -> Self {
        let kind = match error.reason() {
            Some(reason) if is_denial(reason) => ErrorKind::Denied,
            _ => ErrorKind::Unreachable,
        };
        Self::new(kind, chain(error))
    }
}

impl From<StateError> for CliError {
    fn from(error: StateError) -> Self {
        let hint = match &error {
            // The library speaks of the daemon's options, which are not ours.
            StateError::InUse { .. } => "another `deskconn join` is running: let it end".to_owned(),
            StateError::Exposed { .. } | StateError::Malformed { .. } => error.hint(),
            _ => "set DESKCONN_STATE_DIR to a directory this user can write".to_owned(),
        };
        Self::failed(error.to_string()).hint(hint)
    }
}

impl From<MdnsError> for CliError {
    fn from(error: MdnsError) -> Self {
        Self::failed(chain(&error)).hint(error.hint())
    }
}

impl From<NoHome> for CliError {
    fn from(error: NoHome) -> Self {
        Self::usage(error.to_string())
    }
}

/// `error` and everything that caused it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries repeat the cause in their own words already.
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// Whether the other side says that we may not.
fn is_denial(uri: &Uri) -> bool {
    use wamp_proto::uris as wamp;
    let denials = [
        wamp::NOT_AUTHORIZED,
        wamp::NO_SUCH_PRINCIPAL,
        wamp::AUTHENTICATION_DENIED,
        wamp::AUTHENTICATION_FAILED,
        wamp::NO_MATCHING_AUTH_METHOD,
    ];
    denials.contains(uri) || uri.as_str() == uris::ERROR_DENIED
}

/// What the router's own errors about `about` mean, and what to do; it says them by URI alone.
fn well_known(error: &Uri, about: &str) -> Option<(String, &'static str)> {
    use wamp_proto::uris as wamp;
    let (message, hint) = if *error == wamp::NO_SUCH_PROCEDURE {
        (
            format!("nobody has registered `{about}`"),
            "`deskconn status` shows the components and why one is not running",
        )
    } else if *error == wamp::NOT_AUTHORIZED {
        (
            format!("`{about}` is not allowed"),
            "this device was not granted it; its owner may do it on that computer",
        )
    } else if *error == wamp::PROCEDURE_ALREADY_EXISTS {
        (
            format!("`{about}` is registered already"),
            "choose another name, or stop the program that has it",
        )
    } else if *error == wamp::INVALID_URI {
        (
            format!("`{about}` is not a name the daemon takes"),
            "write lower-case words with dots between them",
        )
    } else {
        return None;
    };
    Some((message, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_exit_code() {
        use ErrorKind::{BrokenPipe, Denied, Failed, Interrupted, Unreachable, Usage};
        let kinds = [Failed, Usage, Unreachable, Denied, Interrupted, BrokenPipe];
        assert_eq!(kinds.map(ErrorKind::exit_code), [1, 2, 3, 4, 130, 141]);
    }

    #[test]
    fn a_denial_is_told_from_a_failure() {
        let closed = |reason: Uri| {
            let message = None;
            CliError::from(CloseCause::Aborted { reason, message }).kind
        };
        assert_eq!(closed(wamp_proto::uris::NOT_AUTHORIZED), ErrorKind::Denied);
        assert_eq!(closed(wamp_proto::uris::KILLED), ErrorKind::Denied);
        assert_eq!(
            closed(wamp_proto::uris::SYSTEM_SHUTDOWN),
            ErrorKind::Unreachable
        );
        assert_eq!(
            CliError::from(CloseCause::Ended).kind,
            ErrorKind::Unreachable
        );
    }

    #[test]
    fn a_cause_is_told_once() {
        let io = std::io::Error::other("no route to host");
        let outer = StateError::Io {
            action: "read",
            path: "/x".into(),
            source: io,
        };
        assert_eq!(chain(&outer), "can not read /x: no route to host");
    }

    #[test]
    fn hints_speak_of_this_program() {
        let in_use = StateError::InUse { path: "/x".into() };
        let error = CliError::from(in_use);
        assert!(!error.hint.expect("a hint").contains("--state-dir"));
    }
}
