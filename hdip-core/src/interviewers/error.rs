use crate::ErrorKind;

/// What the interviewers part refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterviewerError {
    /// The e-mail already belongs to an interviewer.
    #[error("an interviewer with this e-mail exists already")]
    EmailTaken,
    /// The ladder does not allow this step.
    #[error("an interviewer who is {from} cannot become {to}")]
    WrongStatus {
        /// Present status.
        from: &'static str,
        /// Wanted status.
        to: &'static str,
    },
    /// Confirmed interviews must be released or finished first.
    #[error(
        "the interviewer has {interviews} confirmed interviews; say whether to release them or let them finish"
    )]
    HasConfirmedInterviews {
        /// How many.
        interviews: usize,
    },
    /// Too many availability entries.
    #[error("an interviewer can have at most {limit} availability entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
}

impl InterviewerError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmailTaken => "email_taken",
            Self::WrongStatus { .. } => "wrong_interviewer_status",
            Self::HasConfirmedInterviews { .. } => "has_confirmed_interviews",
            Self::TooManyEntries { .. } => "too_many_entries",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
