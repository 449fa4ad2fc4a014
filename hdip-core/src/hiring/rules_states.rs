//! What can happen to an application in each status, and what it becomes by it: the one place that says so. Use
//! cases ask it through [`Application::step`], `docs/states.md` is written from it, and the test `states` tries
//! every pair against the use cases.

use super::{Application, ApplicationStatus, HiringError, Verdict};
use crate::values::Timestamp;

/// Something that happens to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApplicationEvent {
    /// An interview of its round is requested.
    Request,
    /// Its interview is moved.
    Move,
    /// Its interview came to nothing.
    ComeToNothing,
    /// Its interview counts.
    Complete,
    /// The client wants the round repeated with somebody else.
    Redo,
    /// Taken up again, where it was put aside before it was scheduled.
    ResumeScheduling,
    /// Taken up again, where it was put aside after its interview.
    ResumeDecision,
    /// Dropped, with a reason.
    Drop,
    /// The client decides.
    Decide(Verdict),
}

impl ApplicationEvent {
    /// Every event.
    pub const ALL: [Self; 14] = [
        Self::Request,
        Self::Move,
        Self::ComeToNothing,
        Self::Complete,
        Self::Redo,
        Self::ResumeScheduling,
        Self::ResumeDecision,
        Self::Drop,
        Self::Decide(Verdict::ALL[0]),
        Self::Decide(Verdict::ALL[1]),
        Self::Decide(Verdict::ALL[2]),
        Self::Decide(Verdict::ALL[3]),
        Self::Decide(Verdict::ALL[4]),
        Self::Decide(Verdict::ALL[5]),
    ];

    /// As the documents call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "interview requested",
            Self::Move => "interview moved",
            Self::ComeToNothing => "interview came to nothing",
            Self::Complete => "interview completed",
            Self::Redo => "redo",
            Self::ResumeScheduling => "resume (was to be scheduled)",
            Self::ResumeDecision => "resume (was to be decided)",
            Self::Drop => "drop",
            Self::Decide(verdict) => verdict.as_str(),
        }
    }

    /// What an application becomes by it; none where its status does not allow it.
    pub const fn leads(self, from: ApplicationStatus) -> Option<ApplicationStatus> {
        use ApplicationStatus::*;
        match (self, from) {
            (Self::Request, ToSchedule) | (Self::Move, Interviewing) => Some(Interviewing),
            (Self::ComeToNothing, Interviewing) => Some(ToSchedule),
            (Self::Complete, Interviewing) => Some(DecisionDue),
            (Self::Redo, DecisionDue) => Some(ToSchedule),
            (Self::ResumeScheduling, OnHold) => Some(ToSchedule),
            (Self::ResumeDecision, OnHold) => Some(DecisionDue),
            (Self::Drop, from) if from.is_open() => Some(Dropped),
            (Self::Decide(verdict), from) => verdict.leads(from),
            _ => None,
        }
    }
}

impl Application {
    /// Takes the status an event leads to.
    ///
    /// # Errors
    /// [`HiringError::WrongStatus`] where its status does not allow it.
    pub fn step(
        &mut self,
        event: ApplicationEvent,
        now: Timestamp,
    ) -> Result<ApplicationStatus, HiringError> {
        let refused = HiringError::WrongStatus { status: self.status.as_str() };
        let to = event.leads(self.status).ok_or(refused)?;
        self.set_status(to, now);
        Ok(to)
    }
}
