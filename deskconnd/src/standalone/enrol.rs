//! What a router keeps in the place of a password.

use data_encoding::BASE64;
use std::fmt::Write as _;
use wamp_proto::auth::Secret;
use wamp_proto::auth::kdf::Kdf;
use wamp_proto::auth::scram::{Credential, Dialect, ScramError};

/// RFC 9106's second recommendation but for the lanes, of which WAMP has one: three passes over 64 MiB.
pub(super) const KDF: Kdf = Kdf::Argon2id13 {
    iterations: ITERATIONS,
    memory: MEMORY,
};
const ITERATIONS: u32 = 3;
const MEMORY: u32 = 64 * 1024;

/// Why there is nothing to keep.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The system gives no randomness.
    #[error("the system has no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The password can not be one.
    #[error("the password can not be used: {0}")]
    Password(#[from] ScramError),
}

/// The lines that let a user log in with `password`, by SCRAM as the specification has it and as Autobahn
/// and Crossbar.io have it, to be put under `[[realm.user]]`. Takes about a second.
///
/// # Errors
/// If the system has no randomness, or the password characters that can not be typed alike everywhere.
pub fn scram_credentials(password: &Secret) -> Result<String, EnrolError> {
    let mut lines = String::new();
    for (method, dialect) in [("wamp-scram", Dialect::Spec), ("scram", Dialect::Autobahn)] {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)?;
        let credential = Credential::enrol(dialect, KDF, password, &salt)?;
        let [salt, stored_key, server_key] = [
            &credential.salt[..],
            &credential.stored_key,
            &credential.server_key,
        ]
        .map(|octets| BASE64.encode(octets));
        writeln!(
            lines,
            "{method} = {{ kdf = \"argon2id13\", iterations = {ITERATIONS}, memory = {MEMORY}, \
             salt = \"{salt}\", stored_key = \"{stored_key}\", server_key = \"{server_key}\" }}"
        )
        .expect("a string takes everything");
    }
    Ok(lines)
}
