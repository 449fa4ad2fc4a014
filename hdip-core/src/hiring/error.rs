use crate::ErrorKind;

/// What the hiring part refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HiringError {
    /// The client is a prospect, suspended or archived.
    #[error("the client takes no new requests")]
    ClientNotActive,
    /// The job is archived.
    #[error("the job is archived")]
    JobArchived,
    /// The job has open applications or interviews.
    #[error("the job has {applications} open applications; say whether to finish or cancel them")]
    JobHasOpenApplications {
        /// How many.
        applications: usize,
    },
    /// A job needs a round before candidates can be scheduled.
    #[error("the job has no round yet")]
    NoRound,
    /// There is no round after the present one.
    #[error("there is no further round; add one, or select the candidate")]
    NoNextRound,
    /// Interviews of the round are under way; its length cannot change.
    #[error("interviews of this round are under way; its length cannot change now")]
    RoundInUse,
    /// The candidate already has an open application to this job.
    #[error("this candidate was already submitted to this job")]
    AlreadySubmitted,
    /// The external reference stands for another application.
    #[error("the external reference is in use for another application")]
    ReferenceInUse,
    /// The application's status does not allow this.
    #[error("an application that is {status} does not allow this")]
    WrongStatus {
        /// The status.
        status: &'static str,
    },
    /// No price agreement in force on that day.
    #[error("the client has no agreement in force on that date")]
    NoAgreement,
    /// The file of an import is not a table this import understands.
    #[error("the file is not a CSV this import understands: {reason}")]
    BadCsv {
        /// What is wrong.
        reason: String,
    },
}

impl HiringError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClientNotActive => "client_not_active",
            Self::JobArchived => "job_archived",
            Self::JobHasOpenApplications { .. } => "job_has_open_applications",
            Self::NoRound => "no_round",
            Self::NoNextRound => "no_next_round",
            Self::RoundInUse => "round_in_use",
            Self::AlreadySubmitted => "already_submitted",
            Self::ReferenceInUse => "reference_in_use",
            Self::WrongStatus { .. } => "wrong_application_status",
            Self::NoAgreement => "no_agreement",
            Self::BadCsv { .. } => "bad_csv",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::BadCsv { .. } => ErrorKind::Invalid,
            _ => ErrorKind::Conflict,
        }
    }
}
