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
    /// A client with work under way is archived only when it is said what becomes of it.
    #[error("the client has {applications} undecided applications; say whether to finish or cancel them")]
    HasOpenWork {
        /// How many.
        applications: usize,
    },
    /// The client has this department already.
    #[error("the client has a department of that name already")]
    DepartmentExists,
    /// Jobs name the department.
    #[error("{jobs} jobs name this department; give them another one first")]
    DepartmentInUse {
        /// How many.
        jobs: usize,
    },
}

impl ClientError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archived => "client_archived",
            Self::IllegalStatus { .. } => "illegal_client_status",
            Self::HasOpenWork { .. } => "client_has_open_work",
            Self::DepartmentExists => "department_exists",
            Self::DepartmentInUse { .. } => "department_in_use",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
