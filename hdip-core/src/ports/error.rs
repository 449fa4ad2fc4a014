use crate::values::Duration;
use std::error::Error as StdError;

/// What kind of trouble an adapter met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortErrorKind {
    /// The provider could not be reached, or timed out.
    Unreachable,
    /// The provider answered that it is overloaded or limits our rate.
    Throttled,
    /// The provider does not know the thing.
    NotFound,
    /// The provider understood and refused: wrong address, bad credentials, invalid request.
    Rejected,
    /// The adapter cannot do this at all.
    Unsupported,
    /// What came back, or lies in storage, cannot be read.
    Corrupt,
    /// Anything else.
    Other,
}

/// Whether doing the same again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Doing the same again gives the same answer.
    Never,
    /// Not before this much time has passed (the provider said so).
    After(Duration),
    /// Yes, with growing pauses.
    Backoff,
}

/// What is known of the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing happened.
    NotDone,
    /// It may have happened: look before repeating, or repeat under the same key.
    Unknown,
}

/// Trouble behind a port. `Display` is the short context for operators, without the source's text and
/// without secrets or personal data; the chain is printed once, at the edge.
#[derive(Debug, thiserror::Error)]
#[error("{port}.{operation}: {context}")]
pub struct PortError {
    /// What kind of trouble.
    pub kind: PortErrorKind,
    /// Whether to try again.
    pub retry: Retry,
    /// Whether it may have happened all the same.
    pub outcome: Outcome,
    /// The port, for example `mail`.
    pub port: &'static str,
    /// The operation, for example `send`.
    pub operation: &'static str,
    /// For operators.
    pub context: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl PortError {
    /// An error of `kind` with the retry verdict usual for it: backoff for what may pass, never for what
    /// will not. The outcome is `NotDone`.
    pub fn new(
        kind: PortErrorKind,
        port: &'static str,
        operation: &'static str,
        context: impl Into<String>,
    ) -> Self {
        let retry = match kind {
            PortErrorKind::Unreachable | PortErrorKind::Throttled | PortErrorKind::Other => Retry::Backoff,
            _ => Retry::Never,
        };
        Self {
            kind,
            retry,
            outcome: Outcome::NotDone,
            port,
            operation,
            context: context.into(),
            source: None,
        }
    }

    /// Names the cause.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Sets the retry verdict.
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Says that it may have happened.
    pub fn unknown_outcome(mut self) -> Self {
        self.outcome = Outcome::Unknown;
        self
    }

    /// The answer of an adapter that cannot do this.
    pub fn unsupported(port: &'static str, operation: &'static str) -> Self {
        Self::new(PortErrorKind::Unsupported, port, operation, "not supported by this adapter")
    }
}
