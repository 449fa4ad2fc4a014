//! Passwords, random bytes, message authentication and sealing in software.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hdip_core::ports::{PortError, PortErrorKind, Secrets, Token};
use hmac::{Hmac, KeyInit, Mac};
use rand::{TryRng, rngs::SysRng};
use sha2::Sha256;
use std::fmt::{self, Debug};
use tokio::sync::Semaphore;

/// Hashes in work at once: each takes a core and [`PasswordCost::memory_kib`]; more would starve the rest.
const AT_ONCE: usize = 2;

/// Hashes that would cost more than this are not ours: 256 MiB, 16 passes, 16 lanes. Without a bound a
/// forged row could take all memory.
const DEAREST: PasswordCost = PasswordCost { memory_kib: 256 * 1024, passes: 16, lanes: 16 };

/// What one Argon2id hash costs. Written into each hash, so that it can be raised at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB, at least 8 per lane.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; they are computed one after the other.
    pub lanes: u32,
}

impl PasswordCost {
    /// OWASP's least for Argon2id (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane.
    pub const OWASP: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };
    /// Far too cheap: for tests only.
    pub const TESTS_ONLY: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
}

/// What a sealed text begins with: the one form there is so far.
const SEALED: &str = "x1.";
/// Bytes of an XChaCha20 nonce: enough that random ones never meet.
const NONCE: usize = 24;

/// Argon2id, HMAC-SHA-256, XChaCha20-Poly1305 and the operating system's random bytes. Hashing runs on tokio's blocking
/// threads, two at once; further calls wait.
pub struct SoftwareSecrets {
    key: [u8; 32],
    params: Params,
    slots: Semaphore,
}

impl SoftwareSecrets {
    /// With [`PasswordCost::OWASP`]. The key is the deployment's secret: all its processes share it, and
    /// whoever knows it can make every MAC. Passwords do not depend on it.
    pub fn new(key: [u8; 32]) -> Self {
        let PasswordCost { memory_kib, passes, lanes } = PasswordCost::OWASP;
        const { assert!(PasswordCost::OWASP.memory_kib == Params::DEFAULT_M_COST) };
        let params = Params::new(memory_kib, passes, lanes, None).unwrap_or(Params::DEFAULT);
        Self { key, params, slots: Semaphore::new(AT_ONCE) }
    }

    /// With a cost of choice; `Rejected` if Argon2 does not allow it, or above 256 MiB, 16 passes, 16 lanes.
    pub fn with_cost(key: [u8; 32], cost: PasswordCost) -> Result<Self, PortError> {
        let refused = |why: String| PortError::new(PortErrorKind::Rejected, "secrets", "new", why);
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|error| refused(format!("password cost: {error}")))?;
        if !affordable(&params) {
            return Err(refused(format!("password cost is above {DEAREST:?}")));
        }
        Ok(Self { params, ..Self::new(key) })
    }

    /// Runs `work` where it may block, when it is its turn.
    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PortError> {
        let failed =
            || PortError::new(PortErrorKind::Other, "secrets", operation, "the hashing task did not finish");
        let _slot = self.slots.acquire().await.map_err(|error| failed().with_source(error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| failed().with_source(error))
    }
}

fn affordable(params: &Params) -> bool {
    params.m_cost() <= DEAREST.memory_kib
        && params.t_cost() <= DEAREST.passes
        && params.p_cost() <= DEAREST.lanes
}

fn argon2id(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash, if it is one that we may have made.
fn ours(hash: &str) -> Option<PasswordHash> {
    let hash = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let whole = hash.salt.is_some() && hash.hash.as_ref().is_some_and(|output| output.len() >= 16);
    (hash.algorithm.as_str() == "argon2id" && whole && affordable(&params)).then_some(hash)
}

#[async_trait]
impl Secrets for SoftwareSecrets {
    async fn hash_password(&self, password: &str) -> Result<String, PortError> {
        let (params, password) = (self.params.clone(), password.to_owned());
        let hash = self.blocking("hash_password", move || {
            argon2id(params).hash_password(password.as_bytes()).map(|hash| hash.to_string())
        });
        hash.await?.map_err(|error| {
            PortError::new(PortErrorKind::Other, "secrets", "hash_password", "Argon2 refused the password")
                .with_source(error)
        })
    }

    async fn verify_password(&self, password: &str, hash: &str) -> Result<bool, PortError> {
        let (params, password, hash) = (self.params.clone(), password.to_owned(), ours(hash));
        self.blocking("verify_password", move || match hash {
            Some(hash) => argon2id(params).verify_password(password.as_bytes(), &hash).is_ok(),
            None => {
                // As slow as a real one, so that time does not tell which users have a password.
                let _ = argon2id(params).hash_password_with_salt(password.as_bytes(), b"no such password");
                false
            }
        })
        .await
    }

    /// # Panics
    /// If the operating system has no random bytes: nothing secret can be made then.
    fn random(&self) -> Token {
        let mut bytes = [0; 32];
        SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
        Token(bytes)
    }

    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        // The length in front keeps purpose and data apart.
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(data);
        mac.finalize().into_bytes().into()
    }

    /// # Panics
    /// As [`SoftwareSecrets::random`].
    fn seal(&self, purpose: &str, context: &str, plain: &str) -> String {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&self.random().0[..NONCE]);
        let payload = Payload { msg: plain.as_bytes(), aad: context.as_bytes() };
        let covered = self.cipher(purpose).encrypt(&XNonce::from(nonce), payload);
        let covered = covered.expect("a text in memory is shorter than the cipher's limit of 256 GiB");
        format!("{SEALED}{}", URL_SAFE_NO_PAD.encode([&nonce[..], &covered].concat()))
    }

    fn open(&self, purpose: &str, context: &str, sealed: &str) -> Result<String, PortError> {
        let corrupt =
            || PortError::new(PortErrorKind::Corrupt, "secrets", "open", "not sealed with this key for this");
        let bytes = sealed.strip_prefix(SEALED).ok_or_else(corrupt)?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).map_err(|error| corrupt().with_source(error))?;
        let (nonce, covered) = bytes.split_first_chunk::<NONCE>().ok_or_else(corrupt)?;
        let payload = Payload { msg: covered, aad: context.as_bytes() };
        let plain = self.cipher(purpose).decrypt(&XNonce::from(*nonce), payload).map_err(|_| corrupt())?;
        String::from_utf8(plain).map_err(|error| corrupt().with_source(error))
    }
}

impl SoftwareSecrets {
    /// A key per purpose, drawn from the deployment's.
    fn cipher(&self, purpose: &str) -> XChaCha20Poly1305 {
        let key = self.mac("seal", purpose.as_bytes());
        XChaCha20Poly1305::new(&key.into())
    }
}

impl Debug for SoftwareSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareSecrets").field("params", &self.params).finish_non_exhaustive()
    }
}
