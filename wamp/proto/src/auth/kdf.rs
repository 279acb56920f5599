//! Keys from passwords, slowly on purpose: PBKDF2 and Argon2id, within limits on what a router may ask
//! a client to spend.

use super::Secret;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// The most iterations of PBKDF2, for each 32 octets of key: a second or two on a small computer.
pub const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;

/// The most memory for Argon2id, in KiB. A client on a phone must still find it.
pub const MAX_ARGON2_MEMORY: u32 = 256 * 1024;

/// The most work for Argon2id, iterations times KiB: twice what Autobahn asks for (4096 × 512), some
/// seconds on a small computer.
pub const MAX_ARGON2_WORK: u64 = 4 * 1024 * 1024;

/// The fewest iterations of PBKDF2 that protect a password (RFC 7677, section 4).
pub const MIN_PBKDF2_ITERATIONS: u32 = 4096;

/// The least work for Argon2id that protects a password, iterations times KiB: 16 MiB once.
pub const MIN_ARGON2_WORK: u64 = 16 * 1024;

/// The shortest salt Argon2 takes, in octets (RFC 9106, section 3.1).
const MIN_ARGON2_SALT: usize = 8;

/// A key derivation function and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kdf {
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2).
    Pbkdf2 {
        /// How often the hash is repeated.
        iterations: u32,
    },
    /// Argon2id, version 1.3, with one lane (RFC 9106).
    Argon2id13 {
        /// How often the memory is passed over.
        iterations: u32,
        /// How much memory, in KiB.
        memory: u32,
    },
}

impl Kdf {
    /// How often it iterates.
    pub const fn iterations(self) -> u32 {
        match self {
            Self::Pbkdf2 { iterations } | Self::Argon2id13 { iterations, .. } => iterations,
        }
    }

    /// Whether it is so cheap that whoever has the outcome can try every likely password.
    pub(super) fn is_weak(self) -> bool {
        match self {
            Self::Pbkdf2 { iterations } => iterations < MIN_PBKDF2_ITERATIONS,
            Self::Argon2id13 { iterations, memory } => work(iterations, memory) < MIN_ARGON2_WORK,
        }
    }
}

/// Why a key can not be derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KdfError {
    /// It would take longer than anybody waits.
    #[error(
        "the key derivation would take more than {} iterations",
        MAX_PBKDF2_ITERATIONS
    )]
    Iterations,
    /// It would take more memory than a client has to give.
    #[error(
        "the key derivation would take more than {} KiB of memory",
        MAX_ARGON2_MEMORY
    )]
    Memory,
    /// Iterations and memory are well each, but not together.
    #[error(
        "the key derivation would take too long: more than {} KiB in all passes",
        MAX_ARGON2_WORK
    )]
    Work,
    /// The function is not defined for these parameters.
    #[error("the key derivation is not defined for these parameters")]
    Undefined,
    /// The memory is not there now.
    #[error("there is not enough memory to derive the key")]
    OutOfMemory,
}

/// One run of a key derivation function, within the limits of this module but possibly seconds long.
/// Not for a thread that others wait for.
pub struct Derivation {
    kdf: Kdf,
    password: Secret,
    salt: Vec<u8>,
    length: usize,
}

impl Derivation {
    /// To derive `length` octets from `password` and `salt`.
    ///
    /// # Errors
    /// If that would cost more than the limits of this module, or the function is not defined for it.
    pub fn new(kdf: Kdf, password: Secret, salt: Vec<u8>, length: usize) -> Result<Self, KdfError> {
        match kdf {
            _ if kdf.iterations() == 0 || length == 0 => return Err(KdfError::Undefined),
            Kdf::Pbkdf2 { iterations } => {
                let blocks = u32::try_from(length.div_ceil(32)).unwrap_or(u32::MAX);
                if iterations.saturating_mul(blocks) > MAX_PBKDF2_ITERATIONS {
                    return Err(KdfError::Iterations);
                }
            }
            Kdf::Argon2id13 { memory, .. } if memory > MAX_ARGON2_MEMORY => {
                return Err(KdfError::Memory);
            }
            Kdf::Argon2id13 { iterations, memory } => {
                if work(iterations, memory) > MAX_ARGON2_WORK {
                    return Err(KdfError::Work);
                }
                if salt.len() < MIN_ARGON2_SALT {
                    return Err(KdfError::Undefined);
                }
                argon2_params(iterations, memory, length)?;
            }
        }
        Ok(Self {
            kdf,
            password,
            salt,
            length,
        })
    }

    /// Derives the key.
    ///
    /// # Errors
    /// If the memory it needs is not there.
    pub fn run(self) -> Result<DerivedKey, KdfError> {
        let mut key = Zeroizing::new(vec![0; self.length]);
        let password = self.password.expose().as_bytes();
        match self.kdf {
            Kdf::Pbkdf2 { iterations } => {
                pbkdf2::pbkdf2_hmac::<Sha256>(password, &self.salt, iterations, &mut key);
            }
            Kdf::Argon2id13 { iterations, memory } => {
                let params = argon2_params(iterations, memory, self.length)?;
                let mut blocks = Blocks::allocate(params.block_count())?;
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into_with_memory(password, &self.salt, &mut key, &mut blocks.0)
                    .map_err(|_| KdfError::Undefined)?;
            }
        }
        Ok(DerivedKey(key))
    }
}

impl fmt::Debug for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derivation")
            .field("kdf", &self.kdf)
            .finish_non_exhaustive()
    }
}

/// What [`Derivation::run`] gives: as good as the password.
pub struct DerivedKey(Zeroizing<Vec<u8>>);

impl DerivedKey {
    /// The octets.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey")
    }
}

/// Argon2's memory, wiped when it is done.
struct Blocks(Vec<Block>);

impl Blocks {
    fn allocate(count: usize) -> Result<Self, KdfError> {
        let mut blocks = Vec::new();
        blocks
            .try_reserve_exact(count)
            .map_err(|_| KdfError::OutOfMemory)?;
        blocks.resize(count, Block::new());
        Ok(Self(blocks))
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        for block in &mut self.0 {
            block.as_mut().zeroize();
        }
    }
}

fn argon2_params(iterations: u32, memory: u32, length: usize) -> Result<Params, KdfError> {
    Params::new(memory, iterations, 1, Some(length)).map_err(|_| KdfError::Undefined)
}

fn work(iterations: u32, memory: u32) -> u64 {
    u64::from(iterations) * u64::from(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(kdf: Kdf, length: usize) -> Option<KdfError> {
        Derivation::new(kdf, "password".into(), b"saltsalt".to_vec(), length).err()
    }

    #[test]
    fn what_would_cost_too_much_is_refused_before_it_starts() {
        let pbkdf2 = |iterations| Kdf::Pbkdf2 { iterations };
        let argon2 = |iterations, memory| Kdf::Argon2id13 { iterations, memory };
        for (kdf, length, refused) in [
            (pbkdf2(MAX_PBKDF2_ITERATIONS), 32, None),
            (
                pbkdf2(MAX_PBKDF2_ITERATIONS),
                33,
                Some(KdfError::Iterations),
            ),
            (
                pbkdf2(MAX_PBKDF2_ITERATIONS + 1),
                16,
                Some(KdfError::Iterations),
            ),
            (pbkdf2(u32::MAX), 64, Some(KdfError::Iterations)),
            (pbkdf2(1), usize::MAX, Some(KdfError::Iterations)),
            (argon2(4096, 512), 32, None),
            (argon2(1, MAX_ARGON2_MEMORY), 32, None),
            (argon2(1, MAX_ARGON2_MEMORY + 1), 32, Some(KdfError::Memory)),
            (argon2(1, u32::MAX), 32, Some(KdfError::Memory)),
            (argon2(17, MAX_ARGON2_MEMORY), 32, Some(KdfError::Work)),
            (argon2(u32::MAX, 8), 32, Some(KdfError::Work)),
        ] {
            assert_eq!(refusal(kdf, length), refused, "{kdf:?} {length}");
        }
    }

    #[test]
    fn what_is_not_defined_is_refused() {
        let undefined = Some(KdfError::Undefined);
        assert_eq!(refusal(Kdf::Pbkdf2 { iterations: 0 }, 32), undefined);
        assert_eq!(refusal(Kdf::Pbkdf2 { iterations: 1 }, 0), undefined);
        let argon2 = |iterations, memory| Kdf::Argon2id13 { iterations, memory };
        assert_eq!(refusal(argon2(0, 512), 32), undefined);
        assert_eq!(refusal(argon2(1, 7), 32), undefined);
        let short = Derivation::new(argon2(1, 512), "password".into(), b"seven77".to_vec(), 32);
        assert_eq!(short.err(), undefined);
    }

    #[test]
    fn cheap_is_weak() {
        assert!(Kdf::Pbkdf2 { iterations: 4095 }.is_weak());
        assert!(!Kdf::Pbkdf2 { iterations: 4096 }.is_weak());
        let argon2 = |iterations, memory| Kdf::Argon2id13 { iterations, memory };
        assert!(argon2(31, 512).is_weak());
        assert!(!argon2(32, 512).is_weak());
        assert!(!argon2(1, 16 * 1024).is_weak());
    }

    #[test]
    fn neither_passwords_nor_keys_are_shown() {
        let kdf = Kdf::Pbkdf2 { iterations: 1 };
        let derivation = Derivation::new(kdf, "hush".into(), vec![], 4).unwrap();
        let shown = format!("{derivation:?}");
        assert_eq!(shown, "Derivation { kdf: Pbkdf2 { iterations: 1 }, .. }");
        let key = derivation.run().unwrap();
        assert_eq!(key.expose().len(), 4);
        assert_eq!(format!("{key:?}"), "DerivedKey");
    }
}
