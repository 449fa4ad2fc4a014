use super::hex;
use crate::ports::{PortError, PortErrorKind, Secrets, Token};
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

    fn seal(&self, purpose: &str, context: &str, plain: &str) -> String {
        let salt = hex(&self.random().0[..8]);
        let covered = self.covered(purpose, context, &salt, plain.as_bytes());
        let tag = hex(&self.tag(purpose, context, &salt, &covered));
        format!("fake.{salt}.{}.{tag}", hex(&covered))
    }

    fn open(&self, purpose: &str, context: &str, sealed: &str) -> Result<String, PortError> {
        let parts: Vec<&str> = sealed.split('.').collect();
        let plain = match *parts {
            ["fake", salt, covered, tag] => unhex(covered)
                .filter(|covered| hex(&self.tag(purpose, context, salt, covered)) == tag)
                .map(|covered| self.covered(purpose, context, salt, &covered))
                .and_then(|plain| String::from_utf8(plain).ok()),
            _ => None,
        };
        plain.ok_or_else(|| PortError::new(PortErrorKind::Corrupt, "secrets", "open", "not sealed here"))
    }
}

impl FakeSecrets {
    /// Covers and uncovers: each block of a digest over the text.
    fn covered(&self, purpose: &str, context: &str, salt: &str, text: &[u8]) -> Vec<u8> {
        let block = |n: u64| {
            let (seed, n) = (self.seed.to_be_bytes(), n.to_be_bytes());
            digest(&[b"seal", &seed, purpose.as_bytes(), context.as_bytes(), salt.as_bytes(), &n])
        };
        let blocks = text.chunks(32).zip(0..);
        blocks
            .flat_map(|(chunk, n)| chunk.iter().zip(block(n)).map(|(a, b)| a ^ b).collect::<Vec<_>>())
            .collect()
    }

    fn tag(&self, purpose: &str, context: &str, salt: &str, covered: &[u8]) -> [u8; 32] {
        let seed = self.seed.to_be_bytes();
        digest(&[b"tag", &seed, purpose.as_bytes(), context.as_bytes(), salt.as_bytes(), covered])
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) && text.len().is_multiple_of(2);
    let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
    if lower { (0..text.len()).step_by(2).map(pair).collect() } else { None }
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
