//! WAMP-cryptosign bound to a sealed link: the CHALLENGE's answer, made and checked (protocol §5).

use crate::hex;
use crate::identity::{Identity, PublicIdentity, challenge_message};

/// The name of the binding in `authextra` and in CHALLENGE: the hash of the Noise handshake.
pub const CHANNEL_BINDING: &str = "x-noise-h";

/// Answers a challenge that came over the sealed link whose handshake hash is `channel_binding`:
/// the signature, then what was signed, 192 hexadecimal digits.
pub fn answer(identity: &Identity, challenge: &[u8; 32], channel_binding: &[u8; 32]) -> String {
    let signature = identity.sign_challenge(challenge, channel_binding);
    let signed = challenge_message(challenge, channel_binding);
    hex::encode(&signature) + &hex::encode(&signed)
}

/// Checks an answer to `challenge` over the sealed link whose handshake hash is `channel_binding`.
///
/// # Errors
///
/// If it is not 96 bytes of hexadecimal, was made for another challenge or another link, or was not
/// signed by `device`.
pub fn verify(
    device: &PublicIdentity,
    challenge: &[u8; 32],
    channel_binding: &[u8; 32],
    answer: &str,
) -> Result<(), ChallengeError> {
    let answer: [u8; 96] = hex::decode_array(answer).ok_or(ChallengeError::Malformed)?;
    let mut signature = [0; 64];
    signature.copy_from_slice(&answer[..64]);
    if answer[64..] != challenge_message(challenge, channel_binding) {
        return Err(ChallengeError::NotBound);
    }
    if !device.verify_challenge(challenge, channel_binding, &signature) {
        return Err(ChallengeError::BadSignature);
    }
    Ok(())
}

/// Why an answer to a challenge does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// Not 192 lower-case hexadecimal digits.
    #[error("the answer is not 96 bytes of hexadecimal")]
    Malformed,
    /// Made for another challenge or another link.
    #[error("the answer is not bound to this link and challenge")]
    NotBound,
    /// Not signed by the device.
    #[error("the signature is wrong")]
    BadSignature,
}

#[cfg(test)]
mod tests {
    use super::{ChallengeError, answer, verify};
    use crate::identity::Identity;

    #[test]
    fn an_answer_holds_for_its_device_challenge_and_link_only() {
        let device = Identity::from_seed(&[1; 64]);
        let stranger = Identity::from_seed(&[2; 64]);
        let (challenge, link) = ([3; 32], [4; 32]);
        let good = answer(&device, &challenge, &link);
        let check = |who: &Identity, challenge, link, answer: &str| {
            verify(who.public(), challenge, link, answer)
        };
        assert_eq!(check(&device, &challenge, &link, &good), Ok(()));
        assert_eq!(
            check(&device, &challenge, &[5; 32], &good),
            Err(ChallengeError::NotBound)
        );
        assert_eq!(
            check(&device, &[5; 32], &link, &good),
            Err(ChallengeError::NotBound)
        );
        assert_eq!(
            check(&stranger, &challenge, &link, &good),
            Err(ChallengeError::BadSignature)
        );
        for malformed in ["", &good[2..], &good.to_uppercase(), &format!("{good}00")] {
            assert_eq!(
                check(&device, &challenge, &link, malformed),
                Err(ChallengeError::Malformed)
            );
        }
    }

    #[test]
    fn an_answer_relayed_over_another_link_is_refused() {
        // A false daemon shows the true daemon's challenge on its own link.
        let device = Identity::from_seed(&[1; 64]);
        let challenge = [3; 32];
        let over_false_link = answer(&device, &challenge, &[0xF0; 32]);
        let at_true_daemon = verify(device.public(), &challenge, &[0x0F; 32], &over_false_link);
        assert_eq!(at_true_daemon, Err(ChallengeError::NotBound));
    }
}
