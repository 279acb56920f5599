//! SPAKE2 over Ed25519, with the checks the `spake2` crate leaves to its callers (protocol §4).

use curve25519_dalek::edwards::CompressedEdwardsY;
use rand_core::{CryptoRng, Error, RngCore};
use spake2::{Ed25519Group, Identity, Password, Spake2};
use zeroize::Zeroizing;

use super::{Malformed, Side};
use crate::hex;

/// How many random bytes a side needs for its scalar.
pub(crate) const SCALAR_ENTROPY: usize = 64;

/// A SPAKE2 message: the side octet, then a point.
pub(crate) type Share = [u8; 33];

/// One side that has sent its share. Finishing it uses it up: a share answers one peer, once.
pub(crate) struct Spake(Spake2<Ed25519Group>);

impl Spake {
    /// Starts `side` with a one-time password and 64 random bytes; returns it and its share.
    pub(crate) fn start(
        side: Side,
        password: &[u8],
        entropy: &[u8; SCALAR_ENTROPY],
    ) -> (Self, Share) {
        let password = Password::new(password);
        let id_a = Identity::new(b"deskconn-pair-v1 A");
        let id_b = Identity::new(b"deskconn-pair-v1 B");
        let rng = FixedEntropy(Zeroizing::new(*entropy));
        let (state, share) = match side {
            Side::A => Spake2::start_a_with_rng(&password, &id_a, &id_b, rng),
            Side::B => Spake2::start_b_with_rng(&password, &id_a, &id_b, rng),
        };
        let share = share.try_into().expect("a SPAKE2 message is 33 bytes");
        (Self(state), share)
    }

    /// Takes the peer's share, as [`parse_share`] read it, and gives the key: the same on both sides
    /// if the password was.
    pub(crate) fn finish(self, peer: &Share) -> Result<Zeroizing<Vec<u8>>, Malformed> {
        let key = self.0.finish(peer).map_err(|_| Malformed("share"))?;
        Ok(Zeroizing::new(key))
    }
}

/// Reads a share from a message and checks its point, before anything is computed with it.
pub(crate) fn parse_share(text: &str) -> Result<Share, Malformed> {
    let share = hex::decode_array(text).ok_or(Malformed("share"))?;
    check_point(&share)?;
    Ok(share)
}

/// Refuses points outside the prime-order group, above all those of small order, with which a peer
/// could learn about the password or force the key. Only such points have a second spelling.
fn check_point(share: &Share) -> Result<(), Malformed> {
    let refused = Malformed("share");
    let encoded = CompressedEdwardsY::from_slice(&share[1..]).map_err(|_| refused)?;
    let point = encoded.decompress().ok_or(refused)?;
    if point.is_small_order() || !point.is_torsion_free() {
        return Err(refused);
    }
    Ok(())
}

/// The 64 bytes `spake2` draws its scalar from, given as the random number generator it asks for.
struct FixedEntropy(Zeroizing<[u8; SCALAR_ENTROPY]>);

impl CryptoRng for FixedEntropy {}

impl RngCore for FixedEntropy {
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        assert_eq!(dest.len(), self.0.len(), "spake2 draws one 64-byte scalar");
        dest.copy_from_slice(&self.0[..]);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }

    fn next_u32(&mut self) -> u32 {
        unreachable!("spake2 draws one 64-byte scalar")
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("spake2 draws one 64-byte scalar")
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    use super::{Malformed, Share, Side, Spake, parse_share};
    use crate::hex;

    fn share(side: u8, point: [u8; 32]) -> Share {
        let mut share = [side; 33];
        share[1..].copy_from_slice(&point);
        share
    }

    fn read(share: &Share) -> Result<Share, Malformed> {
        parse_share(&hex::encode(share))
    }

    #[test]
    fn both_sides_agree_only_on_the_same_password() {
        let agree = |pw_a: &[u8], pw_b: &[u8]| {
            let (a, x) = Spake::start(Side::A, pw_a, &[1; 64]);
            let (b, y) = Spake::start(Side::B, pw_b, &[2; 64]);
            a.finish(&y).expect("a key") == b.finish(&x).expect("a key")
        };
        assert!(agree(b"48217305", b"48217305"));
        assert!(!agree(b"48217305", b"48217306"));
    }

    #[test]
    fn a_share_reflected_to_its_sender_is_refused() {
        let (a, x) = Spake::start(Side::A, b"48217305", &[1; 64]);
        assert_eq!(a.finish(&x), Err(Malformed("share")));
        let (b, y) = Spake::start(Side::B, b"48217305", &[1; 64]);
        assert_eq!(b.finish(&y), Err(Malformed("share")));
    }

    #[test]
    fn points_of_small_order_are_refused() {
        for point in EIGHT_TORSION {
            let share = share(b'B', point.compress().to_bytes());
            assert_eq!(read(&share), Err(Malformed("share")));
        }
    }

    #[test]
    fn points_with_a_small_part_are_refused() {
        let mixed = ED25519_BASEPOINT_POINT + EIGHT_TORSION[1];
        let share = share(b'B', mixed.compress().to_bytes());
        assert_eq!(read(&share), Err(Malformed("share")));
    }

    #[test]
    fn what_is_not_a_point_is_refused() {
        let mut two = [0; 32];
        two[0] = 2;
        assert_eq!(read(&share(b'B', two)), Err(Malformed("share")));
        // y = p + 4, a second spelling of y = 4.
        let mut unreduced = [0xFF; 32];
        unreduced[0] = 0xF1;
        unreduced[31] = 0x7F;
        assert_eq!(read(&share(b'B', unreduced)), Err(Malformed("share")));
    }
}
