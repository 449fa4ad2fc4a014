use crate::ErrorKind;
use crate::values::Timestamp;

/// What scheduling refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchedulingError {
    /// The start is not offered (any more).
    #[error("this start is not available: {why}")]
    NotOffered {
        /// The main reason, a word from [`WhyNot`](super::WhyNot).
        why: &'static str,
    },
    /// A start between 22:00 and 07:00 of the candidate's zone needs a yes.
    #[error("this start is between 22:00 and 07:00 for the candidate; confirm that it is meant")]
    OddHours,
    /// The hold has lapsed; pick again.
    #[error("the hold on this start has lapsed; pick a start again")]
    HoldLapsed,
    /// The round already has a live interview.
    #[error("this round already has an open interview")]
    AlreadyScheduled,
    /// Somebody else accepted first.
    #[error("this interview is already taken")]
    AlreadyTaken,
    /// The invitation was declined, withdrawn or its time is over.
    #[error("this invitation is {state}")]
    InvitationClosed {
        /// Its state.
        state: &'static str,
    },
    /// The interviewer is busy at that time.
    #[error("you already have something at that time")]
    NotFree {
        /// The main reason.
        why: &'static str,
    },
    /// The candidate has another interview at that time.
    #[error("the candidate has another interview at that time")]
    CandidateNotFree,
    /// The interview's state does not allow this.
    #[error("an interview that is {state} does not allow this")]
    WrongState {
        /// The state.
        state: &'static str,
    },
    /// Too early or too late for this.
    #[error("this is possible only from {from}")]
    TooEarly {
        /// From when.
        from: Timestamp,
    },
    /// It is past the moment up to which this was possible.
    #[error("this was possible only until {until}")]
    TooLate {
        /// Until when.
        until: Timestamp,
    },
    /// The candidate has used up the reschedules of this round, or the client has switched them off.
    #[error("the candidate cannot reschedule this interview; ask the recruiter")]
    RescheduleLimit,
    /// A change this late has a consequence that must be said yes to.
    #[error("this is a late change and has a consequence; look at it and confirm it")]
    LateNotConfirmed,
}

impl SchedulingError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered { .. } => "start_not_offered",
            Self::OddHours => "odd_hours",
            Self::HoldLapsed => "hold_lapsed",
            Self::AlreadyScheduled => "already_scheduled",
            Self::AlreadyTaken => "already_taken",
            Self::InvitationClosed { .. } => "invitation_closed",
            Self::NotFree { .. } => "not_free",
            Self::CandidateNotFree => "candidate_not_free",
            Self::WrongState { .. } => "wrong_interview_state",
            Self::TooEarly { .. } => "too_early",
            Self::TooLate { .. } => "too_late",
            Self::RescheduleLimit => "reschedule_limit",
            Self::LateNotConfirmed => "late_change_not_confirmed",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
