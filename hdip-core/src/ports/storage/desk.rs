//! What the operations desk reads.

use super::super::PortError;
use super::{AuditEntry, BackgroundJob, Page};
use crate::desk::{Acknowledgement, Contest, ContestState, DeskQueue, Grant, GrantKind};
use crate::scheduling::{Interview, Side};
use crate::values::*;
use async_trait::async_trait;
use std::collections::BTreeMap;

/// The instants by which entries are in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskTimes {
    /// Now.
    pub now: Timestamp,
    /// Starts before this one are close.
    pub unassigned_before: Timestamp,
    /// The scorecard of what ended before is overdue.
    pub ended_before: Timestamp,
}

/// A queue of interviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterviewQueue {
    /// `expired`, their application still to be scheduled in that round and never requested again since, not
    /// acknowledged since.
    Expired,
    /// `requested` or `inviting`, starting before [`DeskTimes::unassigned_before`].
    Unassigned,
    /// `interrupted`.
    Interrupted,
    /// `awaiting_feedback`, ended before [`DeskTimes::ended_before`], not put off beyond now.
    FeedbackOverdue,
    /// `closed_without_feedback`, not acknowledged since.
    ClosedWithoutFeedback,
}

/// A queue of background jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobQueue {
    /// Dead `send_mail`, not acknowledged since.
    MailFailed,
    /// `open_meeting` that has failed and is not done; no acknowledgement of its subject since it was made.
    ProviderPending,
    /// Dead, of any other kind, not acknowledged since.
    DeadJobs,
}

impl JobQueue {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::MailFailed, Self::ProviderPending, Self::DeadJobs];

    /// The queue it is.
    pub const fn queue(self) -> DeskQueue {
        match self {
            Self::MailFailed => DeskQueue::MailFailed,
            Self::ProviderPending => DeskQueue::ProviderPending,
            Self::DeadJobs => DeskQueue::DeadJobs,
        }
    }
}

impl InterviewQueue {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Expired,
        Self::Unassigned,
        Self::Interrupted,
        Self::FeedbackOverdue,
        Self::ClosedWithoutFeedback,
    ];

    /// The queue it is.
    pub const fn queue(self) -> DeskQueue {
        match self {
            Self::Expired => DeskQueue::Expired,
            Self::Unassigned => DeskQueue::Unassigned,
            Self::Interrupted => DeskQueue::Interrupted,
            Self::FeedbackOverdue => DeskQueue::FeedbackOverdue,
            Self::ClosedWithoutFeedback => DeskQueue::ClosedWithoutFeedback,
        }
    }
}

/// Filter of the contest list.
#[derive(Debug, Clone, Default)]
pub struct ContestFilter {
    /// Only in this state.
    pub state: Option<ContestState>,
    /// Only about this interview.
    pub interview: Option<InterviewId>,
    /// Only about interviews of this client.
    pub client: Option<ClientId>,
    /// Only about interviews of this interviewer.
    pub interviewer: Option<InterviewerId>,
    /// Only of this side.
    pub party: Option<Side>,
}

/// Filter of the audit trail.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only of this tenant.
    pub client: Option<ClientId>,
    /// Only about this id.
    pub subject: Option<String>,
    /// Only by this actor, as its label says.
    pub actor: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only from then on.
    pub from: Option<Timestamp>,
    /// Only before.
    pub until: Option<Timestamp>,
}

/// Queues, contests, grants, the audit trail.
#[async_trait]
pub trait DeskQueries: Send + Sync {
    /// Interviews of a queue, newest first; only this one if so asked.
    async fn desk_interviews(
        &self,
        queue: InterviewQueue,
        times: &DeskTimes,
        only: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Interview>, PortError>;
    /// Background jobs of a queue, newest first; only this one if so asked.
    async fn desk_jobs(
        &self,
        queue: JobQueue,
        only: Option<BackgroundJobId>,
        page: &Page,
    ) -> Result<Vec<BackgroundJob>, PortError>;
    /// How many entries each queue has; every queue is there.
    async fn desk_counts(&self, times: &DeskTimes) -> Result<BTreeMap<DeskQueue, u64>, PortError>;
    /// The acknowledgement with that [`natural_key`](Acknowledgement::natural_key).
    async fn acknowledgement(&self, natural_key: &str) -> Result<Option<Acknowledgement>, PortError>;
    /// Contests, newest first.
    async fn contests(&self, filter: &ContestFilter, page: &Page) -> Result<Vec<Contest>, PortError>;
    /// Which of these interviews have an open contest.
    async fn contested(&self, interviews: &[InterviewId]) -> Result<Vec<InterviewId>, PortError>;
    /// Grants of a client, newest first.
    async fn grants(&self, client: ClientId, page: &Page) -> Result<Vec<Grant>, PortError>;
    /// Grants of a client and kind of which something can be used at `at`: first the first to expire, then
    /// the oldest.
    async fn usable_grants(
        &self,
        client: ClientId,
        kind: GrantKind,
        at: Timestamp,
    ) -> Result<Vec<Grant>, PortError>;
    /// Audit entries, newest first.
    async fn audit_entries(&self, filter: &AuditFilter, page: &Page) -> Result<Vec<AuditEntry>, PortError>;
}
