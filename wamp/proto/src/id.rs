//! WAMP ids: integers from 1 to 2^53, one type per scope and meaning (spec, "IDs").

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// The largest id: 2^53, the largest integer every JSON implementation keeps exactly.
pub const MAX_ID: u64 = 1 << 53;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub struct $name(u64);

        impl $name {
            /// The id of that number, if it lies in 1 ..= 2^53.
            pub const fn new(id: u64) -> Option<Self> {
                if id >= 1 && id <= MAX_ID { Some(Self(id)) } else { None }
            }

            /// A uniformly distributed id from 64 random bits (spec, "global scope").
            pub const fn from_random(bits: u64) -> Self {
                Self((bits & (MAX_ID - 1)) + 1)
            }

            /// The number itself.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = u64::deserialize(deserializer)?;
                Self::new(id).ok_or_else(|| serde::de::Error::custom("an id lies in 1..=2^53"))
            }
        }
    )*};
}

ids! {
    /// Names a session within its router; global scope, drawn at random.
    SessionId;
    /// Names a registration within its realm; router scope.
    RegistrationId;
    /// Names a subscription within its realm; router scope.
    SubscriptionId;
    /// Names one publication; global scope, drawn at random.
    PublicationId;
    /// Names a request within a session and direction; session scope, counted from 1.
    RequestId;
}

/// Hands out ids one after the other: 1, 2, … 2^53, then 1 again (spec, "session scope").
#[derive(Clone, Debug, Default)]
pub struct IdSequence {
    last: u64,
}

impl IdSequence {
    /// The number that follows the last one handed out.
    pub const fn next_number(&mut self) -> u64 {
        self.last = if self.last >= MAX_ID {
            1
        } else {
            self.last + 1
        };
        self.last
    }

    /// The request id that follows the last one handed out.
    pub const fn next_request(&mut self) -> RequestId {
        RequestId(self.next_number())
    }

    /// The registration id that follows the last one handed out.
    pub const fn next_registration(&mut self) -> RegistrationId {
        RegistrationId(self.next_number())
    }

    /// The subscription id that follows the last one handed out.
    pub const fn next_subscription(&mut self) -> SubscriptionId {
        SubscriptionId(self.next_number())
    }

    /// The number handed out last; 0 if none was.
    pub const fn last(&self) -> u64 {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lie_in_one_to_two_to_the_53() {
        assert_eq!(SessionId::new(0), None);
        assert_eq!(SessionId::new(MAX_ID).map(SessionId::get), Some(MAX_ID));
        assert_eq!(SessionId::new(MAX_ID + 1), None);
        assert_eq!(SessionId::from_random(0).get(), 1);
        assert_eq!(SessionId::from_random(u64::MAX).get(), MAX_ID);
    }

    #[test]
    fn a_sequence_starts_at_one_and_wraps_to_one() {
        let mut ids = IdSequence::default();
        assert_eq!((ids.next_number(), ids.next_number()), (1, 2));
        let mut ids = IdSequence { last: MAX_ID };
        assert_eq!(ids.next_number(), 1);
    }
}
