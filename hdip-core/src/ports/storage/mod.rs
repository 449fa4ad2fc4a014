//! Storage: keyed reads, named queries and one all-or-nothing [`commit`](Records::commit).
//!
//! A record is flat: each field of an entity is a column of its table ([`Table::spec`]), so one adapter
//! maps every entity with one piece of code, and the schema can be compared with the types by a test.
//! Nested lists and documents are JSON columns; nothing is searched inside them.
//!
//! Contract (each clause is a test of `testkit::contract::storage`):
//! - **One write.** `commit` applies everything or nothing, and what it applied is seen by every later
//!   read.
//! - **Versions.** A write names the version it read; if the stored one differs, the record is gone, or an
//!   insert finds the key taken, nothing is applied and the answer is [`CommitError::Stale`] (insert:
//!   [`CommitError::Duplicate`]). A stored record has the version before plus one; inserts start at 1.
//! - **Guards** are checked like writes, without writing.
//! - **Uniques** ([`TableSpec::unique`]) hold always; nulls do not collide.
//! - **Claims.** No two claims of a party share a 5-minute tick; releases of the same commit come first.
//!   The loser's answer is [`CommitError::Taken`].
//! - **Events** get positions 1, 2, 3 … per stream, without gaps, in commit order.
//! - **Jobs** whose cause is known are not inserted again. A claimed job is handed out again only when
//!   its lease has run out, with a higher attempt; finishing with an old attempt is `Stale`.
//! - **Timers** are one per (kind, subject); setting moves, and raises the generation; firing with an old
//!   generation is `Stale`.
//! - **Idempotency** keys are unique; the second commit under a key is `Duplicate` on
//!   [`Table::Idempotency`].
//! - **Pages** visit every row that was there throughout exactly once, in the order documented, whatever
//!   is inserted meanwhile; a cursor that is not one of ours is `Rejected`.
//! - **Search.** What is found is what the records say now: a commit that writes or removes a record replaces its
//!   entry ([`Changes::entries`]).
//! - **Scopes** never let a row of another tenant out.

mod changes;
mod desk;
mod queries;
mod record;
mod schema;
mod work;

pub use changes::{Changes, Claim, CommitError, FireTimer, Guard, Release, SetTimer, Write};
pub use desk::*;
pub use queries::*;
pub(crate) use record::entity;
pub use record::{Entity, RecordsExt};
pub use schema::{Column, ColumnKind, Table, TableSpec};
pub use work::*;

use super::PortError;
use async_trait::async_trait;
use serde_json::Value;
use std::fmt::Debug;

/// A record as it crosses the port: a JSON object with exactly the fields of its table's columns.
/// Instants are RFC 3339 texts in UTC.
pub type Row = serde_json::Map<String, Value>;

/// Keyed reads and the one write.
#[async_trait]
pub trait Records: Debug + Send + Sync {
    /// The rows of `table` with these ids, in the order asked, `None` where there is none.
    async fn load(&self, table: Table, ids: &[String]) -> Result<Vec<Option<Row>>, PortError>;
    /// Applies `changes`, all or nothing. See the module for the contract.
    async fn commit(&self, changes: Changes) -> Result<(), CommitError>;
}

/// Everything HDIP stores.
pub trait Storage:
    Records
    + AccessQueries
    + AccountQueries
    + ClientQueries
    + AgencyQueries
    + HiringQueries
    + SearchQueries
    + InterviewerQueries
    + LadderQueries
    + SchedulingQueries
    + FeedbackQueries
    + DeskQueries
    + WorkQueries
{
}
impl<T> Storage for T where
    T: Records
        + AccessQueries
        + AccountQueries
        + ClientQueries
        + AgencyQueries
        + HiringQueries
        + SearchQueries
        + InterviewerQueries
        + LadderQueries
        + SchedulingQueries
        + FeedbackQueries
        + DeskQueries
        + WorkQueries
{
}
