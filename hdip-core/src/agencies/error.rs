use crate::ErrorKind;

/// What the agencies part refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgencyError {
    /// An active agency of the client has the name already.
    #[error("an agency of that name is there already")]
    NameTaken,
    /// The agency has ended.
    #[error("this agency has ended")]
    Ended,
}

impl AgencyError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NameTaken => "agency_name_taken",
            Self::Ended => "agency_ended",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
