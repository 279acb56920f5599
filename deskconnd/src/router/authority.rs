//! Who may enter which realm by which door, and as what: the question, and those who answer it.

use super::Cookie;
use crate::listen::Rate;
use futures_util::future::BoxFuture;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use wamp_proto::Uri;
use wamp_proto::handshake::router::{Decision, Principal};
use wamp_proto::message::Authenticate;
use wamp_proto::options::{HelloDetails, Text};
use wamp_router::{Permissions, Question, Ruling};
use wamp_transport::LinkInfo;

/// By which way a client came in. What it is trusted with depends on this before anything it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// A TCP connection, loopback included: every web page and user of the machine reaches that.
    Network(IpAddr),
    /// The Unix socket, from a process of that user.
    Local {
        /// The user id.
        uid: u32,
        /// The component whose process it is, if it is one's.
        component: Option<String>,
    },
    /// A bridge to those who speak no WAMP, which the configuration gives its role.
    Bridge {
        /// Its name, as `bridge /publish`.
        name: Text,
        /// As what it acts.
        role: Text,
    },
    /// A part of this daemon.
    Internal {
        /// Its name, as `slides`.
        name: &'static str,
    },
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(f),
            Self::Local {
                component: Some(name),
                ..
            } => write!(f, "component {name}"),
            Self::Local { uid, .. } => write!(f, "local user {uid}"),
            Self::Bridge { name, .. } => name.fmt(f),
            Self::Internal { name } => write!(f, "component {name}"),
        }
    }
}

/// What a browser says of who opened a connection by it, which no page can change (`Origin`, RFC 6454).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    /// A page of this computer's; no other may.
    Page,
    /// One of its extensions.
    Extension,
}

impl Browser {
    /// The role of strangers that come by a browser.
    pub(crate) const fn role(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Extension => "extension",
        }
    }

    /// The browser of strangers in this role; none if they did not come by one.
    pub(crate) fn of_role(role: &str) -> Option<Self> {
        let all = [Self::Page, Self::Extension];
        all.into_iter().find(|browser| browser.role() == role)
    }
}

/// How a link came in.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// By which door.
    pub(crate) door: Door,
    /// With which cookie, if a browser's connection has one.
    pub(crate) cookie: Option<Cookie>,
    /// By which sort of browser, if by one.
    pub(crate) browser: Option<Browser>,
}

impl From<Door> for Arrival {
    fn from(door: Door) -> Self {
        Self {
            door,
            cookie: None,
            browser: None,
        }
    }
}

/// What an authority is asked: whether this client may enter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Knock<'a> {
    /// By which door it came.
    pub(crate) door: &'a Door,
    /// With which cookie.
    pub(crate) cookie: Option<&'a Cookie>,
    /// By which sort of browser.
    pub(crate) browser: Option<Browser>,
    /// Over which link.
    pub(crate) link: &'a LinkInfo,
    /// Which realm it wants to enter.
    pub(crate) realm: &'a Uri,
    /// What it says of itself in HELLO.
    pub(crate) details: &'a HelloDetails,
    /// What it answered to the [`Decision::Ask`] before; nothing at first.
    pub(crate) proof: Option<Proof<'a>>,
}

/// An answer that the authority has to check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proof<'a> {
    /// The method that was asked for.
    pub(crate) method: &'a str,
    /// What the client answered.
    pub(crate) answer: &'a Authenticate,
}

/// What an authority answers.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Whether the client is let in, at once or after a proof.
    pub(crate) decision: Decision,
    /// What comes with that; nothing for those who can not be.
    pub(crate) admission: Option<Admission>,
}

/// What comes with being let in.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    /// What the session may do.
    pub(crate) permissions: Arc<Permissions>,
    /// Strangers stay no longer than this, keep their place among the strangers and share their lines
    /// of the log. `None` for those who are known.
    pub(crate) stay: Option<Duration>,
    /// Of which edition of the authority's knowledge this is, where there are several: see
    /// [`Authority::joined`].
    pub(crate) edition: Option<u64>,
    /// By which the browser may be remembered.
    pub(crate) cookie: Option<Cookie>,
    /// How fast messages may come; those beyond wait.
    pub(crate) pace: Option<Rate>,
}

impl Admission {
    /// Of somebody who is known.
    pub(crate) fn known(permissions: impl Into<Arc<Permissions>>) -> Self {
        Self {
            permissions: permissions.into(),
            stay: None,
            edition: None,
            cookie: None,
            pace: None,
        }
    }

    /// Of a stranger, for so long.
    pub(crate) fn stranger(permissions: impl Into<Arc<Permissions>>, stay: Duration) -> Self {
        Self {
            stay: Some(stay),
            ..Self::known(permissions)
        }
    }
}

impl Verdict {
    /// Lets the client in without further proof.
    pub(crate) const fn admit(principal: Principal, admission: Admission) -> Self {
        Self {
            decision: Decision::Admit(principal),
            admission: Some(admission),
        }
    }

    /// Turns the client away.
    pub(crate) fn deny(reason: Uri, message: &str) -> Self {
        Decision::Deny {
            reason,
            message: message.to_owned(),
        }
        .into()
    }
}

impl From<Decision> for Verdict {
    /// A decision by which nobody is let in.
    fn from(decision: Decision) -> Self {
        Self {
            decision,
            admission: None,
        }
    }
}

/// Why a session that has just begun has to end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unwelcome {
    /// As an error URI.
    pub(crate) reason: Uri,
    /// For people.
    pub(crate) message: &'static str,
}

/// Decides about every HELLO.
pub(crate) trait Authority: fmt::Debug + Send + Sync {
    /// Decides about a client. May take its time; the handshake's deadline bounds it.
    fn decide<'a>(&'a self, knock: Knock<'a>) -> BoxFuture<'a, Verdict>;

    /// Decides about a message of a session of `realm`, as its permissions have it. Needs not be fast: the
    /// session waits, and no other.
    fn rule(self: Arc<Self>, realm: Uri, question: Question) -> BoxFuture<'static, Ruling>;

    /// Counts a session that is in its realm now, or says why it must leave again: the authority may
    /// have changed its mind since it decided, and could not have found the session then.
    fn joined(
        &self,
        realm: &Uri,
        principal: &Principal,
        admission: &Admission,
    ) -> Result<(), Unwelcome>;

    /// Forgets whom it remembered by this cookie.
    fn log_out(&self, cookie: &Cookie);

    /// Counts a session that has ended.
    fn left(&self, authid: &str);

    /// Hears that a session's messages had to wait, since they came too fast.
    fn held_back(&self, _authid: &str) {}

    /// Hears of a client that was turned away; of strangers now and then only, however many come.
    fn refused(&self, _door: &Door, _reason: &Uri) {}
}
