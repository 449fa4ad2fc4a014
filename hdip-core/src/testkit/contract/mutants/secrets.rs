use crate::ports::{PortError, PortErrorKind, Secrets, Token};
use crate::testkit::FakeSecrets;
use crate::testkit::contract::secrets::SecretsHarness;
use async_trait::async_trait;

/// What a [`MutantSecrets`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretsFault {
    /// Looks at the first 72 bytes of a password only, as bcrypt does.
    CutsPasswords,
    /// Trims passwords.
    TrimsPasswords,
    /// Stores the password.
    StoresPassword,
    /// One salt for all.
    NoSalt,
    /// Knows the hashes of its own parameters only.
    OwnParametersOnly,
    /// A text that is no hash is an error.
    BadHashIsError,
    /// Draws a key at start.
    KeyPerProcess,
    /// The same key everywhere.
    NoKey,
    /// Leaves the purpose out.
    NoPurpose,
    /// Puts purpose and data together without a mark between.
    RunsTogether,
    /// The second half of a token is constant.
    HalfRandom,
    /// Stores what it should seal.
    SealsInClear,
    /// Seals the same text the same way.
    SealsAlike,
    /// Leaves the context out.
    NoContext,
    /// Does not look at what was changed.
    OpensAnything,
    /// Prints its key.
    PrintsKey,
}

/// A [`FakeSecrets`] with a fault.
pub struct MutantSecrets {
    fault: SecretsFault,
    inner: FakeSecrets,
    seed: u64,
    parameters: u8,
}

impl std::fmt::Debug for MutantSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.fault {
            SecretsFault::PrintsKey => write!(f, "MutantSecrets({})", self.seed),
            _ => f.write_str("MutantSecrets(…)"),
        }
    }
}

impl MutantSecrets {
    fn new(fault: SecretsFault, seed: u64, parameters: u8) -> Self {
        let seed = if fault == SecretsFault::NoKey { 0 } else { seed };
        Self { fault, inner: FakeSecrets::new(seed), seed, parameters }
    }

    fn password<'a>(&self, password: &'a str) -> &'a str {
        match self.fault {
            SecretsFault::CutsPasswords => &password[..password.len().min(72)],
            SecretsFault::TrimsPasswords => password.trim(),
            _ => password,
        }
    }
}

#[async_trait]
impl Secrets for MutantSecrets {
    async fn hash_password(&self, password: &str) -> Result<String, PortError> {
        let password = self.password(password);
        let hash = match self.fault {
            SecretsFault::NoSalt => FakeSecrets::new(0).hash_password(password).await?,
            _ => self.inner.hash_password(password).await?,
        };
        let kept = if self.fault == SecretsFault::StoresPassword { password } else { "" };
        Ok(format!("$p{}{hash}${kept}", self.parameters))
    }

    async fn verify_password(&self, password: &str, hash: &str) -> Result<bool, PortError> {
        let inner =
            hash.strip_prefix("$p").and_then(|rest| rest.split_once('$')).filter(|(parameters, _)| {
                self.fault != SecretsFault::OwnParametersOnly || *parameters == self.parameters.to_string()
            });
        let inner = inner.and_then(|(_, rest)| rest.rsplit_once('$')).map(|(hash, _)| format!("${hash}"));
        match inner {
            Some(inner) => self.inner.verify_password(self.password(password), &inner).await,
            None if self.fault == SecretsFault::BadHashIsError => {
                Err(PortError::new(PortErrorKind::Corrupt, "secrets", "verify_password", "no hash"))
            }
            None => Ok(false),
        }
    }

    fn random(&self) -> Token {
        let mut token = self.inner.random();
        if self.fault == SecretsFault::HalfRandom {
            token.0[16..].fill(0);
        }
        token
    }

    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        match self.fault {
            SecretsFault::NoPurpose => self.inner.mac("", data),
            SecretsFault::RunsTogether => self.inner.mac("", &[purpose.as_bytes(), data].concat()),
            _ => self.inner.mac(purpose, data),
        }
    }

    fn seal(&self, purpose: &str, context: &str, plain: &str) -> String {
        match self.fault {
            SecretsFault::SealsInClear => format!("{}{plain}", self.inner.seal(purpose, context, plain)),
            SecretsFault::SealsAlike => FakeSecrets::new(self.seed).seal(purpose, context, plain),
            SecretsFault::NoContext => self.inner.seal(purpose, "", plain),
            _ => self.inner.seal(purpose, context, plain),
        }
    }

    fn open(&self, purpose: &str, context: &str, sealed: &str) -> Result<String, PortError> {
        match self.fault {
            SecretsFault::NoContext => self.inner.open(purpose, "", sealed),
            SecretsFault::OpensAnything => {
                Ok(self.inner.open(purpose, context, sealed).unwrap_or_else(|_| sealed.to_owned()))
            }
            _ => self.inner.open(purpose, context, sealed),
        }
    }
}

/// A [`MutantSecrets`] and its relatives, which share the fault.
#[derive(Debug)]
pub struct MutantSecretsHarness([MutantSecrets; 4]);

impl MutantSecretsHarness {
    /// With this fault.
    pub fn new(fault: SecretsFault) -> Self {
        let twin = if fault == SecretsFault::KeyPerProcess { 3 } else { 1 };
        Self(
            [(1, 1), (twin, 1), (2, 1), (1, 2)]
                .map(|(seed, parameters)| MutantSecrets::new(fault, seed, parameters)),
        )
    }
}

impl SecretsHarness for MutantSecretsHarness {
    fn port(&self) -> &dyn Secrets {
        &self.0[0]
    }
    fn twin(&self) -> &dyn Secrets {
        &self.0[1]
    }
    fn stranger(&self) -> &dyn Secrets {
        &self.0[2]
    }
    fn other_parameters(&self) -> Option<&dyn Secrets> {
        Some(&self.0[3])
    }
}
