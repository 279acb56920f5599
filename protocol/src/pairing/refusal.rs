//! Why a daemon refuses a pairing call, with the words and the URI the caller gets.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Malformed, Method};
use crate::uris;

/// A refused pairing call. `Display` is the ERROR's one positional argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No pairing window is open, or none for this method.
    #[error("{}", match closed { None => "this computer is not pairing", Some(Method::Code) => "the code is closed", Some(Method::Qr) => "the QR code is closed" })]
    NotPairing {
        /// The method that is closed while another is open.
        closed: Option<Method>,
    },
    /// Too many exchanges are under way.
    #[error("another device is pairing at the moment")]
    Busy {
        /// When a place may be free.
        retry_after: Duration,
    },
    /// The confirmation tag is wrong.
    #[error("wrong {}", match method { Method::Code => "code", Method::Qr => "QR code" })]
    BadCode {
        /// Which secret was wrong.
        method: Method,
        /// How many more wrong codes this window bears; `None` for a QR secret.
        attempts_left: Option<u32>,
        /// How long to keep the caller waiting for this answer.
        delay: Duration,
    },
    /// The exchange took too long, was ended by another's success, or never was.
    #[error("the pairing took too long, or another device was faster")]
    Expired,
    /// The device knew the secret, and was not let in.
    #[error("{}", match .0 {
        Declined::No => "the owner of that computer did not let this device in",
        Declined::Unanswered => "nobody answered at that computer whether this device may in",
        Declined::Cancelled => "the pairing was cancelled at that computer",
        Declined::Gone => "this device went away before it was let in",
    })]
    Declined(Declined),
    /// No common version.
    #[error("this computer speaks pairing version 1 only")]
    Version,
    /// A field is missing, too long or not what it should be; names it.
    #[error("malformed pairing message: {0}")]
    Malformed(&'static str),
}

/// Why a device was not let in that knew the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declined {
    /// The owner said no.
    No,
    /// The owner said nothing in time.
    Unanswered,
    /// The owner closed the window, or opened another.
    Cancelled,
    /// The device did not wait for the answer.
    Gone,
}

impl Refusal {
    /// The ERROR's URI.
    pub fn uri(&self) -> &'static str {
        match self {
            Self::NotPairing { .. } => uris::PAIRING_ERROR_NOT_PAIRING,
            Self::Busy { .. } => uris::PAIRING_ERROR_BUSY,
            Self::BadCode { .. } => uris::PAIRING_ERROR_BAD_CODE,
            Self::Expired => uris::PAIRING_ERROR_EXPIRED,
            Self::Declined(_) => uris::PAIRING_ERROR_DECLINED,
            Self::Version => uris::PAIRING_ERROR_VERSION,
            Self::Malformed(_) => uris::PAIRING_ERROR_MALFORMED,
        }
    }

    /// What the person at the joining device can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotPairing { closed: None } => "run `deskconn pair` on the computer",
            Self::NotPairing {
                closed: Some(Method::Code),
            } => "there were too many wrong codes: scan the QR code, or run `deskconn pair` again",
            Self::NotPairing {
                closed: Some(Method::Qr),
            } => "type the code instead",
            Self::Busy { .. } => "try again in a few seconds",
            Self::BadCode {
                method: Method::Code,
                ..
            } => "look at the code on the computer and type it again",
            Self::BadCode {
                method: Method::Qr, ..
            } => "the QR code is an old one: scan the one the computer shows now",
            Self::Expired => "start again with the code the computer shows now",
            Self::Declined(_) => "ask for a new code there, and start again with it",
            Self::Version => "update the older of the two programs",
            Self::Malformed(_) => "update the program that joins, or report this as its bug",
        }
    }

    /// How long to wait before answering, so that guessing is slow. Zero for all but a wrong secret.
    pub fn delay(&self) -> Duration {
        match self {
            Self::BadCode { delay, .. } => *delay,
            _ => Duration::ZERO,
        }
    }

    /// The ERROR's `kwargs`.
    pub fn details(&self) -> RefusalDetails {
        RefusalDetails {
            hint: self.hint().to_owned(),
            attempts_left: match self {
                Self::BadCode { attempts_left, .. } => *attempts_left,
                _ => None,
            },
            retry_after_ms: match self {
                Self::Busy { retry_after } => {
                    Some(u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX))
                }
                _ => None,
            },
        }
    }
}

impl From<Malformed> for Refusal {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what)
    }
}

/// `kwargs` of an `org.deskconn.pairing.error.*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalDetails {
    /// What to do about it.
    #[serde(default)]
    pub hint: String,
    /// After a wrong code: how many more this window bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
    /// When busy: after how many milliseconds a place may be free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}
