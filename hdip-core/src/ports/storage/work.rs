//! Events, background jobs, timers, audit entries, idempotency records: what a commit adds beside the
//! records themselves. They hold ids, states and amounts, never names, addresses or free text.

use super::super::PortError;
use super::Page;
use crate::alerts::Alert;
use crate::values::{AuditId, BackgroundJobId, ClientId, EventId, Timestamp};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Whose feed an event is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// The operator's.
    Operator,
    /// A client's.
    Client(ClientId),
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Client(id) => id.fmt(f),
        }
    }
}

/// A fact to record.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// Whose feed.
    pub stream: Stream,
    /// Stable word, for example `interview.confirmed`.
    pub kind: String,
    /// Version of the kind's data.
    pub version: i64,
    /// Id of what it is about.
    pub subject: String,
    /// Who caused it, as [`Actor::label`](crate::access::Actor::label) says.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The request it came from.
    pub request_id: Option<String>,
    /// Ids, states, amounts.
    pub data: Value,
}

/// A recorded fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as NewEvent
pub struct Event {
    pub id: EventId,
    pub stream: String,
    /// 1, 2, 3 … within the stream.
    pub position: i64,
    pub kind: String,
    pub version: i64,
    pub subject: String,
    pub actor: String,
    pub at: Timestamp,
    pub request_id: Option<String>,
    pub data: Value,
    /// The trace of the commit ([`Changes::traceparent`](super::Changes::traceparent)).
    pub traceparent: Option<String>,
}

/// An effect to carry out after the commit.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Its id.
    pub id: BackgroundJobId,
    /// The tenant, if it is one's.
    pub client_id: Option<ClientId>,
    /// Stable word, for example `send_mail`.
    pub kind: String,
    /// What makes it unique: the same cause is carried out once.
    pub cause: String,
    /// Id of what it is about.
    pub subject: String,
    /// Ids, states, amounts.
    pub data: Value,
    /// Not before.
    pub due_at: Timestamp,
    /// When it was decided.
    pub created_at: Timestamp,
    /// The request it came from.
    pub request_id: Option<String>,
}

/// State of a background job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its due time (now, or later after a failure).
    Queued,
    /// A worker has it until the lease runs out.
    Leased,
    /// Carried out.
    Done,
    /// Given up; a person can replay it.
    Dead,
}

impl JobState {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// A background job as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as NewJob
pub struct BackgroundJob {
    pub id: BackgroundJobId,
    pub client_id: Option<ClientId>,
    pub kind: String,
    pub cause: String,
    pub subject: String,
    pub data: Value,
    pub state: JobState,
    /// How often it was claimed; fences the finish.
    pub attempt: i64,
    pub due_at: Timestamp,
    pub leased_until: Option<Timestamp>,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub request_id: Option<String>,
    /// The trace of the commit ([`Changes::traceparent`](super::Changes::traceparent)).
    pub traceparent: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinishAs {
    /// Carried out.
    Done,
    /// Try again at that time.
    Retry {
        /// When.
        due_at: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// Give up.
    Dead {
        /// Why it failed.
        error: String,
    },
    /// Not for this release: back into the queue, as if it had not been claimed.
    Left {
        /// Not before.
        due_at: Timestamp,
    },
}

/// Ends an attempt of a job, in the same commit as its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// The job.
    pub job: BackgroundJobId,
    /// The attempt that is ending; any other is `Stale`.
    pub attempt: i64,
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: FinishAs,
}

/// A timer as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// What to do.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// When.
    pub due_at: Timestamp,
    /// Raised each time it is set.
    pub generation: i64,
    /// The trace of the commit that set it.
    pub traceparent: Option<String>,
}

/// Who did what, when, from where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// The tenant, if it is one's.
    pub client_id: Option<ClientId>,
    /// When.
    pub at: Timestamp,
    /// Who, as [`Actor::label`](crate::access::Actor::label) says.
    pub actor: String,
    /// The use case.
    pub action: String,
    /// Id of what it was done to.
    pub subject: String,
    /// Why, where a reason is asked for.
    pub reason: Option<String>,
    /// Names of changed fields; values only of non-personal ones.
    pub changes: Value,
    /// The request.
    pub request_id: Option<String>,
    /// The peer's address.
    pub peer: Option<String>,
}

/// The stored answer to a request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    /// tenant, principal, operation and key, joined.
    pub key: String,
    /// SHA-256 of the input, hex.
    pub fingerprint: String,
    /// The use case's output: ids and numbers.
    pub output: Value,
    /// When.
    pub created_at: Timestamp,
    /// Kept until then.
    pub expires_at: Timestamp,
}

/// Filter of the background-job list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only these states.
    pub state: Option<JobState>,
    /// Only this kind.
    pub kind: Option<String>,
}

/// How the work stands, for alerts and metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkHealth {
    /// Since when the oldest job has been ready to be claimed.
    pub job_due_since: Option<Timestamp>,
    /// Since when the oldest timer has been due.
    pub timer_due_since: Option<Timestamp>,
    /// Jobs that failed and are tried again, by kind and what they failed with; at most 1000 of these.
    pub failing: Vec<FailingJobs>,
    /// Jobs given up.
    pub dead: u64,
}

/// Jobs of one kind that failed with the same error and are tried again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailingJobs {
    /// Their kind.
    pub kind: String,
    /// What the last attempt failed with.
    pub error: String,
    /// How many.
    pub jobs: u64,
    /// How many of these were tried three times or more.
    pub stubborn: u64,
}

/// Jobs, timers, events, audit, idempotency, upkeep.
#[async_trait]
pub trait WorkQueries: Send + Sync {
    /// Claims up to `limit` jobs that are queued and due, or leased with the lease run out; oldest due
    /// first. Each comes back leased until `lease_until` with its attempt raised.
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<BackgroundJob>, PortError>;
    /// Claims this one job, if it is ready; as `claim_jobs` does.
    async fn claim_job(
        &self,
        id: BackgroundJobId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<BackgroundJob>, PortError>;
    /// One job.
    async fn background_job(&self, id: BackgroundJobId) -> Result<Option<BackgroundJob>, PortError>;
    /// Jobs, newest first.
    async fn background_jobs(&self, filter: &JobFilter, page: &Page)
    -> Result<Vec<BackgroundJob>, PortError>;
    /// Puts a dead job back into the queue, due now, attempts counted from 0. False if it is not dead.
    async fn requeue_job(&self, id: BackgroundJobId, now: Timestamp) -> Result<bool, PortError>;
    /// How many jobs are in each state.
    async fn job_counts(&self) -> Result<BTreeMap<&'static str, u64>, PortError>;
    /// How the work stands at `now`.
    async fn work_health(&self, now: Timestamp) -> Result<WorkHealth, PortError>;
    /// When the next job or timer is due, if any is waiting.
    async fn next_due(&self) -> Result<Option<Timestamp>, PortError>;
    /// Timers due at `now`, oldest first.
    async fn due_timers(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>, PortError>;
    /// Events of a stream after a position, in order.
    async fn events(&self, stream: Stream, after: i64, limit: u32) -> Result<Vec<Event>, PortError>;
    /// Audit entries about a subject, newest first.
    async fn audit_of(&self, subject: &str, page: &Page) -> Result<Vec<AuditEntry>, PortError>;
    /// The stored answer for a key, unless it expired.
    async fn idempotency(&self, key: &str, now: Timestamp) -> Result<Option<IdempotencyRecord>, PortError>;
    /// Every claimed tick as (party, interview, start of the tick), for `doctor`.
    async fn claimed_ticks(&self) -> Result<Vec<(String, String, Timestamp)>, PortError>;
    /// Deletes what no decision can need any more: ticks before `before`, expired idempotency records,
    /// done jobs finished before `before`. Returns how many rows.
    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<u64, PortError>;
    /// True if storage answers.
    async fn ping(&self) -> Result<(), PortError>;
    /// How many migrations of this release the schema lacks. Ones of a newer release do not count.
    async fn pending_migrations(&self) -> Result<u64, PortError>;
    /// Alerts, newest first; only those that last, if so asked.
    async fn alerts(&self, lasting: bool, page: &Page) -> Result<Vec<Alert>, PortError>;
}
