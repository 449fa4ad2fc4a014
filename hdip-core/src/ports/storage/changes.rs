//! What one commit carries.

use super::{Entity, Row, Table, work::*};
use crate::ports::PortError;
use crate::search::Entry;
use crate::values::{InterviewId, Span, Timestamp};

/// One write of one record.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new record; its key must be free.
    Insert {
        /// Where.
        table: Table,
        /// The whole row; `version` is set to 1 by the adapter.
        row: Row,
    },
    /// The whole record, replacing the one that has `version`.
    Update {
        /// Where.
        table: Table,
        /// The whole row, its `version` being the one read.
        row: Row,
    },
    /// Removes the record that has `version`.
    Delete {
        /// Where.
        table: Table,
        /// Its id.
        id: String,
        /// The version read.
        version: i64,
    },
}

/// A record the decision relied on, at the version read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Where.
    pub table: Table,
    /// Its id.
    pub id: String,
    /// The version read.
    pub version: i64,
}

/// Claims every 5-minute tick of `span` for `party`: nobody is at two places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Id of an interviewer or a candidate.
    pub party: String,
    /// Whose time it is.
    pub interview: InterviewId,
    /// Start and length are multiples of 5 minutes.
    pub span: Span,
}

/// Gives up all ticks `party` holds for `interview`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Id of an interviewer or a candidate.
    pub party: String,
    /// Whose time it was.
    pub interview: InterviewId,
}

/// Sets or moves a timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetTimer {
    /// Stable word for what to do, for example `call_expiry`.
    pub kind: String,
    /// Id of what it is about.
    pub subject: String,
    /// When.
    pub due_at: Timestamp,
}

/// Takes a due timer away, together with what it caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FireTimer {
    /// As set.
    pub kind: String,
    /// As set.
    pub subject: String,
    /// The generation read; another means that it was moved or fired meanwhile.
    pub generation: i64,
    /// As read. A timer that was fired and set anew begins at the same generation, but is due at another time.
    pub due_at: Timestamp,
}

/// Everything one decision changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Inserts, updates, deletes.
    pub writes: Vec<Write>,
    /// Relied upon, not written.
    pub guards: Vec<Guard>,
    /// Time taken.
    pub claims: Vec<Claim>,
    /// Time given back; carried out before the claims.
    pub releases: Vec<Release>,
    /// Facts, appended to their streams.
    pub events: Vec<NewEvent>,
    /// Effects to carry out later.
    pub jobs: Vec<NewJob>,
    /// Timers set or moved.
    pub timers: Vec<SetTimer>,
    /// Timers taken away, as (kind, subject); no complaint when there is none.
    pub cleared_timers: Vec<(String, String)>,
    /// Timers that fired.
    pub fired_timers: Vec<FireTimer>,
    /// Who did what.
    pub audit: Vec<AuditEntry>,
    /// The answer to repeat for the same key.
    pub idempotency: Option<IdempotencyRecord>,
    /// Entries of search, each replacing the one of the same record; without tokens it is taken away.
    pub entries: Vec<Entry>,
    /// The background job this is the result of.
    pub finish: Option<Finish>,
    /// The trace this is part of (W3C `traceparent`): kept on every event, job and timer of the commit.
    pub traceparent: Option<String>,
}

impl Changes {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a new record.
    pub fn insert<E: Entity>(&mut self, entity: &E) -> &mut Self {
        self.writes.push(Write::Insert { table: E::TABLE, row: entity.to_row() });
        self.entries.extend(entity.entry().filter(|entry| !entry.tokens.is_empty()));
        self
    }

    /// Replaces a record that was read.
    pub fn update<E: Entity>(&mut self, entity: &E) -> &mut Self {
        self.writes.push(Write::Update { table: E::TABLE, row: entity.to_row() });
        self.entries.extend(entity.entry());
        self
    }

    /// Adds or replaces, by whether the record was read (version above 0) or made.
    pub fn put<E: Entity>(&mut self, entity: &E) -> &mut Self {
        if entity.version() == 0 { self.insert(entity) } else { self.update(entity) }
    }

    /// Removes a record that was read.
    pub fn delete<E: Entity>(&mut self, entity: &E) -> &mut Self {
        self.writes.push(Write::Delete { table: E::TABLE, id: entity.id_text(), version: entity.version() });
        self.entries.extend(entity.entry().map(Entry::gone));
        self
    }

    /// Relies on a record that was read.
    pub fn guard<E: Entity>(&mut self, entity: &E) -> &mut Self {
        self.guards.push(Guard { table: E::TABLE, id: entity.id_text(), version: entity.version() });
        self
    }

    /// Sets or moves a timer.
    pub fn timer(&mut self, kind: impl Into<String>, subject: impl ToString, due_at: Timestamp) -> &mut Self {
        self.timers.push(SetTimer { kind: kind.into(), subject: subject.to_string(), due_at });
        self
    }

    /// Takes a timer away.
    pub fn clear_timer(&mut self, kind: impl Into<String>, subject: impl ToString) -> &mut Self {
        self.cleared_timers.push((kind.into(), subject.to_string()));
        self
    }

    /// Adds everything another part of the decision changes.
    pub fn join(&mut self, other: Self) -> &mut Self {
        self.writes.extend(other.writes);
        self.guards.extend(other.guards);
        self.claims.extend(other.claims);
        self.releases.extend(other.releases);
        self.timers.extend(other.timers);
        self.cleared_timers.extend(other.cleared_timers);
        self.fired_timers.extend(other.fired_timers);
        self.events.extend(other.events);
        self.jobs.extend(other.jobs);
        self.audit.extend(other.audit);
        self.entries.extend(other.entries);
        self.idempotency = self.idempotency.take().or(other.idempotency);
        self.finish = self.finish.take().or(other.finish);
        self.traceparent = self.traceparent.take().or(other.traceparent);
        self
    }

    /// True if a commit would do nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self { traceparent: self.traceparent.clone(), ..Self::default() }
    }
}

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A record, guard, timer or job is no longer at the version read. Read again and decide again.
    #[error("{table} {id} has changed")]
    Stale {
        /// Table or `timers`, `background_jobs`.
        table: &'static str,
        /// Which.
        id: String,
    },
    /// Another claim holds a tick.
    #[error("{party} is taken")]
    Taken {
        /// Whose time.
        party: String,
    },
    /// A unique value is in use.
    #[error("duplicate in {table}")]
    Duplicate {
        /// Where.
        table: Table,
    },
    /// Storage failed.
    #[error(transparent)]
    Port(#[from] PortError),
}
