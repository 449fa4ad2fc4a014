use super::PortError;
use async_trait::async_trait;
use std::fmt::{self, Debug};

/// 32 random bytes, for tokens shown once. `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub [u8; 32]);

impl Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Passwords, random bytes, message authentication, sealing of what is stored.
///
/// Contract:
/// - `verify_password` accepts exactly what `hash_password` was given, however old the hash's parameters;
///   a text that is no hash of ours is refused, not an error.
/// - `hash_password` of the same password differs each time (salt).
/// - `mac` is a keyed function of `purpose` and `data`: another purpose, key or byte gives another value,
///   the same input the same value in every process that shares the key.
/// - `random` never repeats.
/// - `open` gives what `seal` was given, in every process that shares the key, under the same `purpose` and
///   `context` only: a text sealed for one record cannot be moved to another. Anything else, a single changed
///   character included, is `Corrupt`.
/// - A sealed text is one line of visible ASCII, does not hold what was sealed, and differs each time.
#[async_trait]
pub trait Secrets: Debug + Send + Sync {
    /// Hashes a password for storage (a PHC string). Slow on purpose.
    async fn hash_password(&self, password: &str) -> Result<String, PortError>;
    /// Whether `password` is the one `hash` was made from. Slow on purpose, also for a bad hash.
    async fn verify_password(&self, password: &str, hash: &str) -> Result<bool, PortError>;
    /// Fresh random bytes from the operating system.
    fn random(&self) -> Token;
    /// A 256-bit MAC (HMAC-SHA-256) over purpose and data.
    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32];
    /// Encrypts a text for storage. `context` says where it belongs, for example the record's id.
    fn seal(&self, purpose: &str, context: &str, plain: &str) -> String;
    /// Decrypts it.
    ///
    /// # Errors
    /// `Corrupt` for what was not sealed with this key, purpose and context.
    fn open(&self, purpose: &str, context: &str, sealed: &str) -> Result<String, PortError>;
}
