use super::hex;
use crate::ports::{PortError, Secrets, Token};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::fmt::{self, Debug};
use std::sync::atomic::{AtomicU64, Ordering};

/// Fast and predictable: everything follows from the seed, so that runs repeat. **Not secret.**
pub struct FakeSecrets {
    seed: u64,
    drawn: AtomicU64,
}

impl FakeSecrets {
    /// Two with the same seed share their key and draw the same "random" bytes.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }

    fn password_hash(salt: &str, password: &str) -> String {
        format!("$fake${salt}${}", hex(&digest(&[b"password", salt.as_bytes(), password.as_bytes()])))
    }
}

impl Debug for FakeSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeSecrets(…)")
    }
}

#[async_trait]
impl Secrets for FakeSecrets {
    async fn hash_password(&self, password: &str) -> Result<String, PortError> {
        let salt = hex(&self.random().0[..8]);
        Ok(Self::password_hash(&salt, password))
    }

    async fn verify_password(&self, password: &str, hash: &str) -> Result<bool, PortError> {
        let salt = hash.strip_prefix("$fake$").and_then(|rest| rest.split('$').next());
        Ok(salt.is_some_and(|salt| Self::password_hash(salt, password) == hash))
    }

    fn random(&self) -> Token {
        let n = self.drawn.fetch_add(1, Ordering::Relaxed);
        Token(digest(&[b"random", &self.seed.to_be_bytes(), &n.to_be_bytes()]))
    }

    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        digest(&[b"mac", &self.seed.to_be_bytes(), purpose.as_bytes(), data])
    }
}

/// SHA-256 over parts, each behind its length, so that no two lists of parts run together.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
