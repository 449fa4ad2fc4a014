//! What can happen to an interview in each state, and what it becomes by it: the one place that says so. The
//! methods of [`Interview`](super::Interview) ask it, `docs/states.md` is written from it, and the test `states`
//! tries every pair against the use cases.

use super::{InterviewState, Side};

/// Something that happens to an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterviewEvent {
    /// A call goes out to interviewers.
    Call,
    /// An interviewer accepts, or is assigned by hand.
    Confirm,
    /// The last call is over.
    Expire,
    /// Called off, before the start.
    Cancel,
    /// Moved to another start, before the start.
    Reschedule,
    /// The interviewer withdraws or is released, and somebody else is looked for.
    Release,
    /// The start has come.
    Start,
    /// Over: by the interviewer's word, or by time.
    End,
    /// The candidate stayed away.
    CandidateAbsent,
    /// The interviewer stayed away.
    InterviewerAbsent,
    /// The line was lost, or somebody left.
    Interrupt,
    /// The outcome counts.
    Complete,
    /// It does not count, and can be repeated free of charge.
    CloseWithoutFeedback,
}

impl InterviewEvent {
    /// Every event.
    pub const ALL: [Self; 13] = [
        Self::Call,
        Self::Confirm,
        Self::Expire,
        Self::Cancel,
        Self::Reschedule,
        Self::Release,
        Self::Start,
        Self::End,
        Self::CandidateAbsent,
        Self::InterviewerAbsent,
        Self::Interrupt,
        Self::Complete,
        Self::CloseWithoutFeedback,
    ];

    /// As the documents call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Confirm => "confirm",
            Self::Expire => "expire",
            Self::Cancel => "cancel",
            Self::Reschedule => "reschedule",
            Self::Release => "release",
            Self::Start => "start",
            Self::End => "end",
            Self::CandidateAbsent => "candidate absent",
            Self::InterviewerAbsent => "interviewer absent",
            Self::Interrupt => "interrupt",
            Self::Complete => "complete",
            Self::CloseWithoutFeedback => "close without feedback",
        }
    }

    /// Who can cause it.
    pub const fn sides(self) -> &'static [Side] {
        use Side::{Candidate, Client, Interviewer, Operator, System};
        match self {
            Self::Call | Self::Expire | Self::Start => &[System],
            Self::Confirm => &[Interviewer, Operator],
            // The interviewer: gives it back when nobody else can be found any more.
            Self::Cancel => &[Client, Candidate, Interviewer, Operator],
            Self::Reschedule => &[Client, Candidate, Operator],
            Self::Release => &[Interviewer, Operator],
            Self::End => &[Interviewer, System],
            Self::CandidateAbsent => &[Interviewer, Operator],
            Self::InterviewerAbsent => &[Client, Candidate, Operator],
            Self::Interrupt => &[Interviewer, Operator, Client, Candidate],
            Self::Complete => &[Interviewer, Operator],
            Self::CloseWithoutFeedback => &[Operator, System],
        }
    }

    /// What an interview becomes by it; none where its state, or who says so, does not allow it.
    pub const fn leads(self, from: InterviewState, by: Side) -> Option<InterviewState> {
        use InterviewState::*;
        match (self, from) {
            (Self::Call, Requested | Inviting) => Some(Inviting),
            (Self::Confirm, Inviting) => Some(Confirmed),
            (Self::Expire, Requested | Inviting) => Some(Expired),
            // An interviewer gives back what it has.
            (Self::Cancel, Requested | Inviting) if !matches!(by, Side::Interviewer) => Some(Cancelled),
            (Self::Cancel, Confirmed) => Some(Cancelled),
            (Self::Reschedule, Requested | Inviting | Confirmed) => Some(Rescheduled),
            (Self::Release, Confirmed) => Some(Inviting),
            (Self::Start, Confirmed) => Some(InProgress),
            (Self::End, InProgress) => Some(AwaitingFeedback),
            // Confirmed: the start timer may not have fired yet on a busy machine.
            (Self::CandidateAbsent, Confirmed | InProgress | AwaitingFeedback) => Some(CandidateNoShow),
            (Self::InterviewerAbsent, Confirmed | InProgress) => Some(InterviewerNoShow),
            // Once it has ended, one word against another is the operator's to weigh.
            (Self::InterviewerAbsent, AwaitingFeedback) if matches!(by, Side::Operator) => {
                Some(InterviewerNoShow)
            }
            (Self::CandidateAbsent, Interrupted) if matches!(by, Side::Operator) => Some(CandidateNoShow),
            (Self::InterviewerAbsent, Interrupted) if matches!(by, Side::Operator) => Some(InterviewerNoShow),
            (Self::Interrupt, InProgress) if matches!(by, Side::Interviewer | Side::Operator) => {
                Some(Interrupted)
            }
            // Candidate or client say that it never took place.
            (Self::Interrupt, AwaitingFeedback) if matches!(by, Side::Client | Side::Candidate) => {
                Some(Interrupted)
            }
            (Self::Complete, AwaitingFeedback) => Some(Completed),
            (Self::Complete, Interrupted) if matches!(by, Side::Operator) => Some(Completed),
            (Self::CloseWithoutFeedback, AwaitingFeedback) => Some(ClosedWithoutFeedback),
            (Self::CloseWithoutFeedback, Interrupted) if matches!(by, Side::Operator) => {
                Some(ClosedWithoutFeedback)
            }
            _ => None,
        }
    }
}
