use crate::ErrorKind;
use crate::values::Timestamp;

/// What the desk refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// The interview's present outcome cannot become that one.
    #[error("an interview that is {from} cannot become {to}")]
    OutcomeNotPossible {
        /// The state.
        from: &'static str,
        /// The outcome asked for.
        to: &'static str,
    },
    /// A scorecard was filed: the interview took place.
    #[error("a scorecard was filed, so the interview took place; waive the charge instead")]
    ScorecardFiled,
    /// The application has moved on since.
    #[error("the application has moved on; this round is no longer open")]
    ApplicationMovedOn,
    /// Nothing is left of the charge, or it is a counter-entry itself.
    #[error("nothing of this charge is left to waive")]
    NothingToWaive,
    /// A charge is waived once.
    #[error("this charge was waived already")]
    AlreadyWaived,
    /// This party has an open contest about the interview.
    #[error("you have contested this interview already; it will be decided")]
    ContestOpen,
    /// This party's contest about the present outcome was decided.
    #[error("your contest about this outcome was decided")]
    ContestDecided,
    /// The contest was decided.
    #[error("this contest was decided already")]
    ContestClosed,
    /// The time for it is over.
    #[error("an outcome can be contested until {until}")]
    ContestTooLate {
        /// Until when it was possible.
        until: Timestamp,
    },
    /// The interview has no outcome that could be contested.
    #[error("an interview that is {state} has no outcome to contest")]
    NothingToContest {
        /// The state.
        state: &'static str,
    },
    /// The entry is not in that queue (any more), or its facts can be changed instead.
    #[error("there is nothing to acknowledge: the entry is not in this queue, or can be resolved")]
    NotAcknowledgeable,
}

impl DeskError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutcomeNotPossible { .. } => "outcome_not_possible",
            Self::ScorecardFiled => "scorecard_filed",
            Self::ApplicationMovedOn => "application_moved_on",
            Self::NothingToWaive => "nothing_to_waive",
            Self::AlreadyWaived => "already_waived",
            Self::ContestOpen => "contest_open",
            Self::ContestDecided => "contest_decided",
            Self::ContestClosed => "contest_closed",
            Self::ContestTooLate { .. } => "contest_too_late",
            Self::NothingToContest { .. } => "nothing_to_contest",
            Self::NotAcknowledgeable => "not_acknowledgeable",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
