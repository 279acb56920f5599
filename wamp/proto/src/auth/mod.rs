//! Authentication methods as pure functions: what is asked, what is answered, what is right.

pub mod cryptosign;

/// An authentication method, by its name on the wire (spec, "Authentication Methods").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthMethod {
    /// No proof at all.
    Anonymous,
    /// A signature by an Ed25519 key.
    Cryptosign,
}

impl AuthMethod {
    /// Every method.
    pub const ALL: [Self; 2] = [Self::Anonymous, Self::Cryptosign];

    /// Its name in `authmethods`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Cryptosign => "cryptosign",
        }
    }

    /// The method of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}
