use crate::ErrorKind;

/// What feedback refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedbackError {
    /// The scorecard was filed; a correction is a version of its own.
    #[error("the scorecard is submitted; correct it with a reason instead")]
    AlreadySubmitted,
    /// There is nothing to correct yet.
    #[error("there is no submitted scorecard to correct")]
    NotSubmitted,
    /// The candidate has rated this interview.
    #[error("this interview is already rated")]
    AlreadyRated,
    /// Advancing somebody who was not recommended needs a yes.
    #[error("the interviewer does not recommend this candidate; confirm that you want to go on")]
    NotRecommendedNotConfirmed,
}

impl FeedbackError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadySubmitted => "scorecard_submitted",
            Self::NotSubmitted => "scorecard_not_submitted",
            Self::AlreadyRated => "already_rated",
            Self::NotRecommendedNotConfirmed => "not_recommended_not_confirmed",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
