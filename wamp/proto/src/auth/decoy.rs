//! Challenges for principals that there are not, so that a stranger can not find out who there is.
//!
//! What is made here depends on the authid and on a secret of the router alone: who asks twice is asked
//! twice for the same ("a generated `salt` value that is always the same for a given `authid`"; spec,
//! "Salted Challenge Response Authentication"). It goes into
//! [`Decision::Decoy`](crate::handshake::router::Decision), which lets nobody in.
//!
//! A decoy passes for a principal only if those who there are have the same method, key derivation
//! function, costs, length of salt and, for WAMP-CRA, role.

use super::kdf::Kdf;
use super::wampcra::Salting;
use super::{Secret, hmac_sha256, scram, ticket, wampcra};
use data_encoding::BASE64;
use std::fmt;
use zeroize::Zeroizing;

/// Makes up credentials.
#[derive(Clone)]
pub struct Decoys {
    secret: Zeroizing<[u8; 32]>,
}

impl Decoys {
    /// From a `secret` drawn at random once for the router, and kept: with another one every decoy
    /// changes, and no principal does.
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            secret: Zeroizing::new(secret),
        }
    }

    /// For ticket.
    pub fn ticket(&self, authid: &str) -> ticket::Verification {
        ticket::Verification::of_digest(self.octets("ticket", authid))
    }

    /// For WAMP-CRA without salt.
    pub fn wampcra(&self, authid: &str) -> wampcra::Credential {
        wampcra::Credential::plain(Secret::new(BASE64.encode(&self.octets("wampcra", authid))))
    }

    /// For WAMP-CRA with salt, as [`Salting::new`] makes it for principals.
    pub fn wampcra_salted(&self, authid: &str, iterations: u32) -> wampcra::Credential {
        let salting = Salting::new(&self.salt("wampcra salt", authid), iterations);
        wampcra::Credential {
            salting: Some(salting),
            ..self.wampcra(authid)
        }
    }

    /// For SCRAM, as [`scram::Credential::enrol`] makes it for principals.
    pub fn scram(&self, authid: &str, dialect: scram::Dialect, kdf: Kdf) -> scram::Credential {
        scram::Credential {
            dialect,
            kdf,
            salt: self.salt("scram salt", authid).to_vec(),
            stored_key: self.octets("scram stored key", authid),
            server_key: self.octets("scram server key", authid),
        }
    }

    /// One of `count` principals that there are, for an authid that nobody has to be answered like: if
    /// each of them is chosen as often, unknown ones differ among each other as known ones do. 0 if there
    /// are none.
    pub fn pick(&self, authid: &str, count: usize) -> usize {
        let [a, b, c, d, e, f, g, h, ..] = self.octets("pick", authid);
        let number = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        // Less than `count`, which is a `usize`.
        (number % count) as usize
    }

    fn salt(&self, purpose: &str, authid: &str) -> [u8; 16] {
        let [salt @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            self.octets(purpose, authid);
        salt
    }

    fn octets(&self, purpose: &str, authid: &str) -> [u8; 32] {
        hmac_sha256(
            &self.secret[..],
            &[purpose.as_bytes(), b"\0", authid.as_bytes()],
        )
    }
}

impl fmt::Debug for Decoys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scram::Dialect;

    const KDF: Kdf = Kdf::Pbkdf2 { iterations: 4096 };

    #[test]
    fn a_decoy_stays_the_same_for_its_authid_and_its_router() {
        let decoys = Decoys::new([1; 32]);
        let salt = |decoys: &Decoys, authid| decoys.scram(authid, Dialect::Spec, KDF).salt.clone();
        assert_eq!(salt(&decoys, "bob"), salt(&decoys, "bob"));
        assert_ne!(salt(&decoys, "bob"), salt(&decoys, "rob"));
        assert_ne!(salt(&decoys, "bob"), salt(&Decoys::new([2; 32]), "bob"));
        let salting = |authid| decoys.wampcra_salted(authid, 1000).salting;
        assert_eq!(salting("bob"), salting("bob"));
        assert_ne!(salting("bob"), salting("rob"));
    }

    #[test]
    fn decoys_are_like_each_principal_as_often() {
        let decoys = Decoys::new([1; 32]);
        assert_eq!(decoys.pick("bob", 7), decoys.pick("bob", 7));
        assert_eq!(decoys.pick("bob", 0), 0);
        let mut counts = [0; 3];
        for number in 0..300 {
            counts[decoys.pick(&number.to_string(), 3)] += 1;
        }
        assert!(counts.iter().all(|count| *count > 60), "{counts:?}");
    }

    #[test]
    fn what_a_decoy_shows_tells_nothing_of_what_it_hides() {
        let decoys = Decoys::new([1; 32]);
        let scram = decoys.scram("bob", Dialect::Spec, KDF);
        assert_eq!(scram.salt.len(), 16);
        assert!(!scram.stored_key.starts_with(&scram.salt));
        assert!(!scram.server_key.starts_with(&scram.salt));
        assert_ne!(scram.stored_key, scram.server_key);
        assert_eq!(format!("{decoys:?}"), "Decoys");
    }

    #[test]
    fn a_decoy_has_the_size_of_the_real_thing() {
        let decoys = Decoys::new([1; 32]);
        let real =
            scram::Credential::enrol(Dialect::Spec, KDF, &"pencil".into(), &[5; 16]).unwrap();
        let decoy = decoys.scram("bob", Dialect::Spec, KDF);
        assert_eq!(decoy.salt.len(), real.salt.len());
        let real = wampcra::Credential::salted(&"pencil".into(), Salting::new(&[5; 16], 1000));
        let (real, decoy) = (real.unwrap(), decoys.wampcra_salted("bob", 1000));
        assert_eq!(decoy.key.expose().len(), real.key.expose().len());
        let salt_length = |credential: wampcra::Credential| credential.salting.unwrap().salt.len();
        assert_eq!(salt_length(decoy), salt_length(real));
    }
}
