use super::ClientStatus;
use crate::ErrorKind;

/// What can be wrong with a request about a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The client is archived.
    #[error("the client is archived")]
    Archived,
    /// The ladder has no such step.
    #[error("a client that is {} cannot become {}", from.as_str(), to.as_str())]
    IllegalStatus {
        /// Now.
        from: ClientStatus,
        /// Asked for.
        to: ClientStatus,
    },
}

impl ClientError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archived => "client_archived",
            Self::IllegalStatus { .. } => "illegal_client_status",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
