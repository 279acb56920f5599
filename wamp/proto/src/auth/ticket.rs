//! Ticket: the client shows a text that the router knows (spec, "Ticket-based Authentication").
//!
//! The ticket crosses the link as it is. Whoever reads the link has it, and so has whoever poses as the
//! router: it is for links that are sealed.

use super::Secret;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// The router's side of one authentication: which ticket is right.
///
/// Only the SHA-256 of the ticket is kept. That hides a ticket drawn at random, not a password, which
/// can be guessed from so quick a hash: passwords are for SCRAM.
#[derive(Clone)]
pub struct Verification {
    digest: [u8; 32],
}

impl Verification {
    /// To be shown `ticket`.
    pub fn of_ticket(ticket: &Secret) -> Self {
        Self {
            digest: digest(ticket),
        }
    }

    /// To be shown the ticket whose SHA-256 is `digest`.
    pub const fn of_digest(digest: [u8; 32]) -> Self {
        Self { digest }
    }

    /// The SHA-256 of the ticket, to be stored in its place.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whether `ticket` is the right one. How long that takes tells nothing of the right one.
    pub fn accepts(&self, ticket: &Secret) -> bool {
        digest(ticket).ct_eq(&self.digest).into()
    }
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification").finish_non_exhaustive()
    }
}

fn digest(ticket: &Secret) -> [u8; 32] {
    Sha256::digest(ticket.expose().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticket_itself_is_accepted_and_nothing_near_it() {
        let asked = Verification::of_ticket(&"secret!!!".into());
        assert!(asked.accepts(&"secret!!!".into()));
        let stored = Verification::of_digest(*asked.digest());
        assert!(stored.accepts(&"secret!!!".into()));
        let long = "secret!!!".repeat(100_000);
        for wrong in ["", "secret!!", "secret!!!!", "Secret!!!", long.as_str()] {
            assert!(!asked.accepts(&wrong.into()), "{wrong:.20}");
        }
    }
}
