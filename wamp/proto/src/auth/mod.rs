//! Authentication methods as pure functions: what is asked, what is answered, what is right.
//!
//! | Module         | The client shows                    | The router keeps            | The router is shown right |
//! |----------------|-------------------------------------|-----------------------------|---------------------------|
//! | [`ticket`]     | a text                              | its hash                    | no                        |
//! | [`wampcra`]    | the HMAC of a challenge             | the secret, or one derived  | no                        |
//! | [`scram`]      | that it can derive a key            | what checks and answers it  | yes                       |
//! | [`cryptosign`] | a signature, bound to the link      | a public key                | if the client wishes      |
//!
//! Randomness, time and the channel id of the link come in as arguments. A router that does not check
//! proofs itself, but asks somebody else, needs nothing from here: see
//! [`Decision::Ask`](crate::handshake::router::Decision).

mod channel;
pub mod cryptosign;
pub mod decoy;
pub mod kdf;
mod method;
pub mod scram;
mod secret;
pub mod ticket;
mod verification;
pub mod wampcra;

pub use channel::ChannelBinding;
pub use method::AuthMethod;
pub use secret::Secret;
pub use verification::Verification;

use hmac::{Hmac, Mac};
use sha2::Sha256;

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
