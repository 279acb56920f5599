//! The authentication methods by name.

use super::scram::Dialect;
use crate::options::HelloDetails;

/// An authentication method, by its name on the wire (spec, "Authentication Methods").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthMethod {
    /// No proof at all.
    Anonymous,
    /// A text that the router knows.
    Ticket,
    /// A signature by a shared secret.
    WampCra,
    /// A password that the router does not know, as the specification has it.
    WampScram,
    /// The same as Autobahn and Crossbar.io have it.
    Scram,
    /// A signature by an Ed25519 key.
    Cryptosign,
    /// What the browser was given when it logged in before.
    Cookie,
    /// The certificate that the client showed in the TLS handshake below the link.
    Tls,
}

impl AuthMethod {
    /// Every method.
    pub const ALL: [Self; 8] = [
        Self::Anonymous,
        Self::Ticket,
        Self::WampCra,
        Self::WampScram,
        Self::Scram,
        Self::Cryptosign,
        Self::Cookie,
        Self::Tls,
    ];

    /// Its name in `authmethods`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Ticket => "ticket",
            Self::WampCra => "wampcra",
            Self::WampScram => "wamp-scram",
            Self::Scram => "scram",
            Self::Cryptosign => "cryptosign",
            Self::Cookie => "cookie",
            Self::Tls => "tls",
        }
    }

    /// The method of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The method by which the client is to be let in: of those it offers in HELLO, in its order, the
    /// first that is `allowed`. A client that offers none is anonymous.
    pub fn choose(details: &HelloDetails, allowed: &[Self]) -> Option<Self> {
        let is_allowed = |method: &Self| allowed.contains(method);
        match &details.authmethods {
            None => Some(Self::Anonymous).filter(is_allowed),
            Some(offered) => {
                let known = offered.iter().filter_map(|name| Self::from_name(name));
                known.into_iter().find(is_allowed)
            }
        }
    }
}

impl From<Dialect> for AuthMethod {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Spec => Self::WampScram,
            Dialect::Autobahn => Self::Scram,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_by_its_name() {
        for method in AuthMethod::ALL {
            assert_eq!(AuthMethod::from_name(method.name()), Some(method));
        }
        assert_eq!(AuthMethod::from_name("Ticket"), None);
    }

    #[test]
    fn the_client_orders_and_the_router_allows() {
        use AuthMethod::{Anonymous, Cryptosign, Ticket, WampCra};
        let choose = |offered: Option<&[&str]>, allowed: &[AuthMethod]| {
            let offered = offered.map(|names| names.iter().map(ToString::to_string).collect());
            let details = HelloDetails {
                authmethods: offered,
                ..HelloDetails::default()
            };
            AuthMethod::choose(&details, allowed)
        };
        let offered: Option<&[&str]> = Some(&["x-mine", "wampcra", "ticket"]);
        assert_eq!(choose(offered, &[Ticket, WampCra]), Some(WampCra));
        assert_eq!(choose(offered, &[Ticket]), Some(Ticket));
        assert_eq!(choose(offered, &[Cryptosign, Anonymous]), None);
        assert_eq!(choose(None, &[Ticket, Anonymous]), Some(Anonymous));
        assert_eq!(choose(None, &[Ticket]), None);
        assert_eq!(choose(Some(&[]), &[Anonymous]), None);
    }
}
