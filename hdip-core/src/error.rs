//! The one error type use cases answer with: facts a caller can act on.

use crate::access::AccessError;
use crate::agencies::AgencyError;
use crate::clients::ClientError;
use crate::desk::DeskError;
use crate::feedback::FeedbackError;
use crate::hiring::HiringError;
use crate::interviewers::InterviewerError;
use crate::ladder::LadderError;
use crate::ports::{PortError, PortErrorKind};
use crate::scheduling::SchedulingError;
use crate::values::FieldError;

/// Coarse classes of refusal, which an edge maps to its own language (HTTP status, exit code).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input breaks a rule of its own; correct it.
    Invalid,
    /// Nobody is signed in, or the credentials are no longer good.
    Unauthenticated,
    /// Signed in, but not allowed to.
    Forbidden,
    /// There is no such thing for this caller: it does not exist, or belongs to another tenant.
    NotFound,
    /// The state of the world does not allow it (any more).
    Conflict,
    /// The record is no longer at the version the caller named (`If-Match`).
    Stale,
    /// Was there, and is over for good (expired links).
    Gone,
    /// Too often; later.
    TooMany,
    /// Something HDIP needs is not answering; later.
    Unavailable,
    /// A bug or corrupt data.
    Internal,
}

/// Why a use case did not do what was asked. When one is returned, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fields of the input break rules; every complaint is listed.
    #[error("the request has invalid fields")]
    Invalid(Vec<FieldError>),
    /// No such thing for this caller. Another tenant's id answers exactly like this.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The caller's role does not allow this.
    #[error("your role does not allow this")]
    Forbidden,
    /// Somebody else changed the record since it was read (`If-Match`).
    #[error("the record has changed since you read it; read it again and repeat your change")]
    Stale,
    /// An idempotency key was used before for another request.
    #[error("this idempotency key was used for a different request")]
    IdempotencyMismatch,
    /// The original answer held a secret that is shown once and cannot be replayed.
    #[error("this request was carried out already; its secret is shown only once")]
    SecretNotReplayed,
    /// A list cursor that this list did not hand out.
    #[error("the cursor is not one this list handed out")]
    InvalidCursor,
    /// Too many writers met on the same records; try again.
    #[error("too many changes at once; try again")]
    Contended,
    /// About sign-ins, keys, links.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// About clients.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// About agencies.
    #[error(transparent)]
    Agency(#[from] AgencyError),
    /// About jobs, candidates, applications.
    #[error(transparent)]
    Hiring(#[from] HiringError),
    /// About interviewers and their availability.
    #[error(transparent)]
    Interviewer(#[from] InterviewerError),
    /// About becoming an interviewer: applications, shadowing, catalogues.
    #[error(transparent)]
    Ladder(#[from] LadderError),
    /// About slots, requests, invitations, interviews.
    #[error(transparent)]
    Scheduling(#[from] SchedulingError),
    /// About scorecards and ratings.
    #[error(transparent)]
    Feedback(#[from] FeedbackError),
    /// About the operations desk and contests.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// Something behind a port failed. Not shown to users; logged with its source.
    #[error("something this needs is not available right now")]
    Port(#[source] PortError),
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        // Storage's word for a cursor that no list handed out.
        match (error.kind, error.operation) {
            (PortErrorKind::Rejected, "page") => Self::InvalidCursor,
            _ => Self::Port(error),
        }
    }
}

impl Error {
    /// A single invalid field.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), code: code.into(), message: message.into() }])
    }

    /// A stable word for the refusal, part of the public API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_fields",
            Self::NotFound(_) => "not_found",
            Self::Forbidden => "forbidden",
            Self::Stale => "stale",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::SecretNotReplayed => "secret_not_replayed",
            Self::InvalidCursor => "invalid_cursor",
            Self::Contended => "contended",
            Self::Access(e) => e.code(),
            Self::Client(e) => e.code(),
            Self::Agency(e) => e.code(),
            Self::Hiring(e) => e.code(),
            Self::Interviewer(e) => e.code(),
            Self::Ladder(e) => e.code(),
            Self::Scheduling(e) => e.code(),
            Self::Feedback(e) => e.code(),
            Self::Desk(e) => e.code(),
            Self::Port(_) => "unavailable",
        }
    }

    /// The class of refusal.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::IdempotencyMismatch | Self::InvalidCursor => ErrorKind::Invalid,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Forbidden => ErrorKind::Forbidden,
            Self::Stale => ErrorKind::Stale,
            Self::SecretNotReplayed => ErrorKind::Conflict,
            Self::Contended | Self::Port(_) => ErrorKind::Unavailable,
            Self::Access(e) => e.kind(),
            Self::Client(e) => e.kind(),
            Self::Agency(e) => e.kind(),
            Self::Hiring(e) => e.kind(),
            Self::Interviewer(e) => e.kind(),
            Self::Ladder(e) => e.kind(),
            Self::Scheduling(e) => e.kind(),
            Self::Feedback(e) => e.kind(),
            Self::Desk(e) => e.kind(),
        }
    }
}
