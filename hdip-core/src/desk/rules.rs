//! What may become what, what is left of a line, who may contest until when.

use super::{DeskAction, DeskQueue, Outcome};
use crate::scheduling::{Charge, CounterCause, Earning, Interview, InterviewState, OutcomeKind};
use crate::values::*;

/// A line that can be countered: a charge or an earning.
pub trait LedgerLine: Sized {
    /// The type of its id.
    type Id;
    /// Its id.
    fn line_id(&self) -> String;
    /// The id of the line it counters.
    fn counters(&self) -> Option<String>;
    /// Why it counters.
    fn cause(&self) -> Option<CounterCause>;
    /// For what.
    fn outcome(&self) -> OutcomeKind;
    /// Minor units.
    fn minor(&self) -> i64;
    /// A counter-entry of it under that id, `minor` minor units.
    fn counter(
        &self,
        id: Self::Id,
        at: Timestamp,
        minor: i64,
        cause: CounterCause,
        contest: Option<ContestId>,
    ) -> Self;
}

macro_rules! line {
    ($type:ty, $id:ty) => {
        impl LedgerLine for $type {
            type Id = $id;
            fn line_id(&self) -> String {
                self.id.to_string()
            }
            fn counters(&self) -> Option<String> {
                self.counters_id.map(|id| id.to_string())
            }
            fn cause(&self) -> Option<CounterCause> {
                self.cause
            }
            fn outcome(&self) -> OutcomeKind {
                self.kind
            }
            fn minor(&self) -> i64 {
                self.amount.amount_minor
            }
            fn counter(
                &self,
                id: $id,
                at: Timestamp,
                minor: i64,
                cause: CounterCause,
                contest: Option<ContestId>,
            ) -> Self {
                Self {
                    id,
                    natural_key: counter_key(&self.line_id(), cause, contest),
                    amount: Money { amount_minor: minor, ..self.amount },
                    outcome_at: at,
                    counters_id: Some(self.id),
                    cause: Some(cause),
                    version: 0,
                    ..self.clone()
                }
            }
        }
    };
}
line!(Charge, ChargeId);
line!(Earning, EarningId);

/// The lines that stand, each with what is left of it after its counter-entries. A line whose outcome was
/// corrected away does not stand any more.
pub fn standing<L: LedgerLine>(lines: &[L]) -> Vec<(&L, i64)> {
    let counters = |line: &L| {
        let id = line.line_id();
        lines.iter().filter(move |other| other.counters().as_ref() == Some(&id)).collect::<Vec<_>>()
    };
    lines
        .iter()
        .filter(|line| line.counters().is_none())
        .map(|line| (line, counters(line)))
        .filter(|(_, counters)| counters.iter().all(|other| other.cause() != Some(CounterCause::Correction)))
        .map(|(line, counters)| {
            (line, line.minor() + counters.iter().map(|other| other.minor()).sum::<i64>())
        })
        .collect()
}

/// The unique key of the line an outcome books. It is booked once, and again only after everything booked for
/// it before was corrected away.
pub fn booking_key<L: LedgerLine>(lines: &[L], interview: InterviewId, kind: OutcomeKind) -> String {
    let earlier = lines.iter().filter(|line| line.counters().is_none() && line.outcome() == kind).count();
    let stands = standing(lines).iter().any(|(line, _)| line.outcome() == kind);
    match (earlier, stands) {
        (0, _) | (_, true) => format!("{interview}:{}", kind.as_str()),
        (n, false) => format!("{interview}:{}:{}", kind.as_str(), n + 1),
    }
}

/// The unique key of a counter-entry: a line is corrected and waived once, and countered once per contest.
pub fn counter_key(line: &str, cause: CounterCause, contest: Option<ContestId>) -> String {
    match contest {
        Some(contest) => format!("counter:{line}:{}:{contest}", cause.as_str()),
        None => format!("counter:{line}:{}", cause.as_str()),
    }
}

/// Whether an interview's outcome can be made that one. Absences and closings can become each other, or be
/// found to have taken place; a completed one can be found not to count; a cancellation of something that was
/// confirmed can be found late or free.
pub fn may_become(interview: &Interview, to: Outcome) -> bool {
    use InterviewState::{Cancelled, CandidateNoShow, ClosedWithoutFeedback, Completed, InterviewerNoShow};
    let confirmed = interview.confirmed_at.is_some() && interview.interviewer_id.is_some();
    match (interview.state, to) {
        (Cancelled, Outcome::LateCancellation | Outcome::OperatorCancellation) => confirmed,
        (_, Outcome::LateCancellation | Outcome::OperatorCancellation) => false,
        (Completed, Outcome::AwaitingFeedback) => false,
        (Completed | CandidateNoShow | InterviewerNoShow | ClosedWithoutFeedback, to) => {
            confirmed && to.state() != interview.state
        }
        _ => false,
    }
}

/// Until when, exclusive, the present outcome of an interview can be contested; none if it has no outcome that
/// could be.
pub fn contestable(interview: &Interview, contest_days: u32) -> Option<Timestamp> {
    use InterviewState::{
        Cancelled, CandidateNoShow, ClosedWithoutFeedback, Completed, InterviewerNoShow, Rescheduled,
    };
    let settled = match interview.state {
        Completed | CandidateNoShow | InterviewerNoShow | ClosedWithoutFeedback => true,
        Cancelled | Rescheduled => interview.confirmed_at.is_some(),
        _ => false,
    };
    settled.then(|| interview.state_at + days(contest_days.into()))
}

/// What somebody can do about an entry of a queue.
pub fn applying(queue: DeskQueue) -> &'static [DeskAction] {
    use DeskAction as A;
    match queue {
        DeskQueue::Expired => &[A::ResendSchedulingLink, A::Acknowledge],
        DeskQueue::Unassigned => &[A::AssignInterviewer, A::ResendInvitations, A::CancelInterview],
        DeskQueue::Interrupted => &[A::CloseInterview],
        DeskQueue::FeedbackOverdue => &[A::ExtendFeedback, A::CloseInterview],
        DeskQueue::ClosedWithoutFeedback => &[A::CorrectOutcome, A::ResendSchedulingLink, A::Acknowledge],
        DeskQueue::Contested => &[A::DecideContest],
        DeskQueue::MailFailed | DeskQueue::DeadJobs => &[A::RetryJob, A::Acknowledge],
        DeskQueue::ProviderPending => &[A::SetMeetingLink, A::RetryJob, A::Acknowledge],
        DeskQueue::SuspendedInterviewers => &[A::ReviewInterviewer],
    }
}
