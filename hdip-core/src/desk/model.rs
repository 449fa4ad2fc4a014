//! Queues, outcomes, contests, grants, acknowledgements.

use crate::ports::storage::entity;
use crate::scheduling::{InterviewState, Side};
use crate::values::*;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($name:ident { $($variant:ident $word:literal),* $(,)? }) => {
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    };
}

/// A queue of what needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskQueue {
    /// Interviews nobody accepted, not requested again since.
    Expired,
    /// Interviews still looking for an interviewer with the start close.
    Unassigned,
    /// Interviews that were cut short: the operator says what they count as.
    Interrupted,
    /// Interviews whose scorecard is overdue.
    FeedbackOverdue,
    /// Interviews closed because the scorecard never came.
    ClosedWithoutFeedback,
    /// Contests to decide.
    Contested,
    /// Mails that could not be sent.
    MailFailed,
    /// Meeting rooms the provider has not made.
    ProviderPending,
    /// Other background jobs that were given up.
    DeadJobs,
    /// Interviewers suspended, pending review.
    SuspendedInterviewers,
}
words!(DeskQueue {
    Expired "expired",
    Unassigned "unassigned",
    Interrupted "interrupted",
    FeedbackOverdue "feedback_overdue",
    ClosedWithoutFeedback "closed_without_feedback",
    Contested "contested",
    MailFailed "mail_failed",
    ProviderPending "provider_pending",
    DeadJobs "dead_jobs",
    SuspendedInterviewers "suspended_interviewers",
});

impl DeskQueue {
    /// Whether facts cannot change any more, so that somebody may say that an entry was dealt with.
    pub const fn is_acknowledged(self) -> bool {
        matches!(
            self,
            Self::Expired
                | Self::ClosedWithoutFeedback
                | Self::MailFailed
                | Self::ProviderPending
                | Self::DeadJobs
        )
    }
}

/// What somebody at the desk can do about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DeskAction {
    AssignInterviewer,
    ResendInvitations,
    ResendSchedulingLink,
    CancelInterview,
    CloseInterview,
    ExtendFeedback,
    CorrectOutcome,
    SetMeetingLink,
    DecideContest,
    RetryJob,
    ReviewInterviewer,
    Acknowledge,
}
words!(DeskAction {
    AssignInterviewer "assign_interviewer",
    ResendInvitations "resend_invitations",
    ResendSchedulingLink "resend_scheduling_link",
    CancelInterview "cancel_interview",
    CloseInterview "close_interview",
    ExtendFeedback "extend_feedback",
    CorrectOutcome "correct_outcome",
    SetMeetingLink "set_meeting_link",
    DecideContest "decide_contest",
    RetryJob "retry_job",
    ReviewInterviewer "review_interviewer",
    Acknowledge "acknowledge",
});

/// Somebody has dealt with an entry whose facts cannot change any more. One per queue and subject; what
/// happens to the subject later brings it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Its id.
    pub id: AcknowledgementId,
    /// In which queue.
    pub queue: DeskQueue,
    /// Id of the entry.
    pub subject: String,
    /// `queue:subject`, unique.
    pub natural_key: String,
    /// What was done about it.
    pub reason: String,
    /// By whom.
    pub acknowledged_by: String,
    /// When.
    pub acknowledged_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Acknowledgement, Acknowledgements, "acknowledgement");

impl Acknowledgement {
    /// The unique key.
    pub fn key(queue: DeskQueue, subject: &str) -> String {
        format!("{}:{subject}", queue.as_str())
    }
}

/// What an interview is made to count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took place: the scorecard is due, and money follows when it is filed.
    AwaitingFeedback,
    /// The candidate stayed away: the late fee applies.
    CandidateNoShow,
    /// The interviewer stayed away: free.
    InterviewerNoShow,
    /// It does not count: free, to be repeated.
    ClosedWithoutFeedback,
    /// Called off late by the client or the candidate: the late fee applies.
    LateCancellation,
    /// Called off by the operator: free.
    OperatorCancellation,
}
words!(Outcome {
    AwaitingFeedback "awaiting_feedback",
    CandidateNoShow "candidate_no_show",
    InterviewerNoShow "interviewer_no_show",
    ClosedWithoutFeedback "closed_without_feedback",
    LateCancellation "late_cancellation",
    OperatorCancellation "operator_cancellation",
});

impl Outcome {
    /// The state that says so.
    pub const fn state(self) -> InterviewState {
        match self {
            Self::AwaitingFeedback => InterviewState::AwaitingFeedback,
            Self::CandidateNoShow => InterviewState::CandidateNoShow,
            Self::InterviewerNoShow => InterviewState::InterviewerNoShow,
            Self::ClosedWithoutFeedback => InterviewState::ClosedWithoutFeedback,
            Self::LateCancellation | Self::OperatorCancellation => InterviewState::Cancelled,
        }
    }

    /// Whose doing it then is.
    pub const fn by(self) -> Side {
        match self {
            Self::LateCancellation => Side::Client,
            _ => Side::Operator,
        }
    }
}

/// What is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// Completed interviews that cost the client nothing.
    FreeInterviews,
    /// Credits.
    Credits,
}
words!(GrantKind { FreeInterviews "free_interviews", Credits "credits" });

/// Free interviews or credits given to a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// To whom.
    pub client_id: ClientId,
    /// What.
    pub kind: GrantKind,
    /// How many.
    pub amount: u32,
    /// How many of them were used.
    pub used: u32,
    /// Good until then, exclusive; for ever if not said. A free interview looks at the interview's start.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// By whom.
    pub granted_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Grant, Grants, "grant");

impl Grant {
    /// How many are left.
    pub const fn left(&self) -> u32 {
        self.amount.saturating_sub(self.used)
    }

    /// Whether something of it can be used for something at `at`.
    pub fn is_usable(&self, at: Timestamp) -> bool {
        self.left() > 0 && self.expires_at.is_none_or(|until| at < until)
    }
}

/// What is disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContestAbout {
    /// What the interview counts as.
    Outcome,
    /// What the client is charged.
    Charge,
    /// What the interviewer earns.
    Earning,
}
words!(ContestAbout { Outcome "outcome", Charge "charge", Earning "earning" });

/// Where a contest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContestState {
    /// Waits for the operator; the interviewer's pay for the interview waits with it.
    Open,
    /// Decided for the one who contested.
    Upheld,
    /// Decided partly for the one who contested.
    PartlyUpheld,
    /// Decided against the one who contested.
    Rejected,
}
words!(ContestState {
    Open "open",
    Upheld "upheld",
    PartlyUpheld "partly_upheld",
    Rejected "rejected",
});

/// A disputed outcome or charge. One open per interview and party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// Its id.
    pub id: ContestId,
    /// Tenant of the interview.
    pub client_id: ClientId,
    /// Of which interview.
    pub interview_id: InterviewId,
    /// Who interviewed.
    pub interviewer_id: Option<InterviewerId>,
    /// Which side contests.
    pub party: Side,
    /// Who, as [`Actor::label`](crate::access::Actor::label) says.
    pub opened_by: String,
    /// The user, where it was one.
    pub user_id: Option<UserId>,
    /// About what.
    pub about: ContestAbout,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub state: ContestState,
    /// What the operator answers; told to the one who contested.
    pub answer: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// `interview:party` while open, unique.
    pub live_key: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Contest, Contests, "contest");
