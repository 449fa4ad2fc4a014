//! Storage in memory: the whole contract, by linear scans. For rules, examples and simulation.

mod agencies;
mod desk;
mod ladder;
mod queries;
mod work;

use super::contract::mutants::StorageFault;
use super::lock;
use crate::ports::storage::*;
use crate::ports::{PortError, PortErrorKind};
use crate::search::Entry;
use crate::values::Timestamp;
use async_trait::async_trait;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

/// Seconds of a tick.
const TICK: i64 = 300;

/// Keeps everything in memory, behind one lock: a commit is applied to a copy of what it touches and
/// swapped in whole.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    state: Mutex<Arc<State>>,
    /// For proving that the contract suite bites.
    fault: Option<StorageFault>,
}

/// Everything a [`MemoryStorage`] held at one moment, to be put back as often as wanted.
#[derive(Debug, Clone)]
pub struct Snapshot(Arc<State>);

#[derive(Debug, Default, Clone)]
struct State {
    rows: BTreeMap<(Table, String), Row>,
    /// (table, column, value) → id.
    uniques: BTreeMap<(Table, &'static str, String), String>,
    /// (party, tick) → interview.
    ticks: BTreeMap<(String, i64), String>,
    events: BTreeMap<String, Vec<Event>>,
    jobs: BTreeMap<String, BackgroundJob>,
    causes: BTreeSet<String>,
    timers: BTreeMap<(String, String), Timer>,
    audit: Vec<AuditEntry>,
    idempotency: BTreeMap<String, IdempotencyRecord>,
    /// By the record they are of.
    entries: BTreeMap<String, Entry>,
}

impl MemoryStorage {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Empty, and broken in one way: the contract suite must notice.
    pub fn with_fault(fault: StorageFault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// What it holds now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.state().clone())
    }

    /// Holds again what it held then, and nothing else.
    pub fn restore(&self, snapshot: &Snapshot) {
        *self.state() = snapshot.0.clone();
    }

    fn state(&self) -> MutexGuard<'_, Arc<State>> {
        lock(&self.state)
    }

    fn has(&self, fault: StorageFault) -> bool {
        self.fault == Some(fault)
    }

    /// Every entity of a table that `keep` keeps, by id.
    fn all<E: Entity>(&self, keep: impl Fn(&E) -> bool) -> Result<Vec<E>, PortError> {
        let state = self.state();
        let mut found = Vec::new();
        for (_, row) in
            state.rows.range((E::TABLE, String::new())..).take_while(|((table, _), _)| *table == E::TABLE)
        {
            let entity = E::from_row(row.clone())?;
            if keep(&entity) {
                found.push(entity);
            }
        }
        Ok(found)
    }

    /// The part of a newest-first list that a page asks for.
    fn page<E>(&self, mut all: Vec<E>, page: &Page, id: impl Fn(&E) -> String) -> Result<Vec<E>, PortError> {
        if let Some(after) = &page.after {
            if !self.has(StorageFault::TakesAnyCursor) {
                cursor(after)?;
            }
            all.retain(|entity| id(entity) < *after);
        }
        all.sort_by_key(|entity| std::cmp::Reverse(id(entity)));
        all.truncate(page.limit as usize);
        if self.has(StorageFault::SkipsRows) && all.len() > 2 {
            all.remove(1);
        }
        Ok(all)
    }
}

/// Whether a cursor can be one of ours: an id.
fn cursor(after: &str) -> Result<(), PortError> {
    let id = after.split_once('_').is_some_and(|(prefix, rest)| !prefix.is_empty() && rest.len() == 26);
    if id { Ok(()) } else { Err(PortError::new(PortErrorKind::Rejected, "storage", "page", "not a cursor")) }
}

#[async_trait]
impl Records for MemoryStorage {
    async fn load(&self, table: Table, ids: &[String]) -> Result<Vec<Option<Row>>, PortError> {
        let state = self.state();
        Ok(ids.iter().map(|id| state.rows.get(&(table, id.clone())).cloned()).collect())
    }

    async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        let mut state = self.state();
        // All or nothing: work on a copy. A test world is small.
        let mut next = State::clone(&state);
        let done = next.apply(changes, self.fault);
        if done.is_ok() || self.has(StorageFault::AppliesHalf) {
            *state = Arc::new(next);
        }
        done
    }
}

impl State {
    fn apply(&mut self, changes: Changes, fault: Option<StorageFault>) -> Result<(), CommitError> {
        let has = |wanted| fault == Some(wanted);
        let traceparent = changes.traceparent.filter(|_| !has(StorageFault::LosesTraces));
        for guard in &changes.guards {
            if !has(StorageFault::IgnoresGuards) {
                self.expect(guard.table, &guard.id, guard.version)?;
            }
        }
        if let Some(finish) = &changes.finish {
            self.finish(finish, fault)?;
        }
        for fired in &changes.fired_timers {
            self.fire(fired)?;
        }
        // Updates and deletes before inserts, so that a unique value can move from one record to another.
        let (inserts, rest): (Vec<_>, Vec<_>) =
            changes.writes.into_iter().partition(|write| matches!(write, Write::Insert { .. }));
        for write in rest.into_iter().chain(inserts) {
            self.write(write, fault)?;
        }
        if !has(StorageFault::ClaimsFirst) {
            self.release(&changes.releases);
        }
        for claim in &changes.claims {
            for tick in ticks(claim.span.start(), claim.span.end()) {
                let taken = self.ticks.insert((claim.party.clone(), tick), claim.interview.to_string());
                if taken.is_some() && !has(StorageFault::SharesTicks) {
                    return Err(CommitError::Taken { party: claim.party.clone() });
                }
            }
        }
        self.release(if has(StorageFault::ClaimsFirst) { &changes.releases } else { &[] });
        for key in changes.cleared_timers {
            self.timers.remove(&key);
        }
        for timer in changes.timers {
            let key = (timer.kind.clone(), timer.subject.clone());
            let generation = self.timers.get(&key).map_or(0, |t| t.generation)
                + i64::from(!has(StorageFault::KeepsGenerations));
            let SetTimer { kind, subject, due_at } = timer;
            let traceparent = traceparent.clone();
            self.timers.insert(key, Timer { kind, subject, due_at, generation, traceparent });
        }
        for job in changes.jobs {
            if self.causes.insert(job.cause.clone()) || has(StorageFault::RepeatsCauses) {
                self.jobs.insert(job.id.to_string(), work::queued(job, traceparent.clone()));
            }
        }
        for entry in changes.entries {
            if entry.tokens.is_empty() && !has(StorageFault::KeepsEntries) {
                self.entries.remove(&entry.source);
            } else if !entry.tokens.is_empty() {
                let mut tokens = entry.tokens.clone();
                if let Some(old) = self.entries.get(&entry.source).filter(|_| has(StorageFault::KeepsEntries))
                {
                    tokens.extend(old.tokens.clone());
                }
                self.entries.insert(entry.source.clone(), Entry { tokens, ..entry });
            }
        }
        self.audit.extend(changes.audit);
        if let Some(record) = changes.idempotency {
            let taken =
                self.idempotency.get(&record.key).is_some_and(|old| old.expires_at > record.created_at);
            if taken && !has(StorageFault::ForgetsKeys) {
                return Err(CommitError::Duplicate { table: Table::Idempotency });
            }
            self.idempotency.insert(record.key.clone(), record);
        }
        for event in changes.events {
            let stream = self.events.entry(event.stream.to_string()).or_default();
            let gap = i64::from(has(StorageFault::LeavesGaps) && !stream.is_empty());
            let position = stream.len() as i64 + 1 + gap;
            stream.push(work::recorded(event, position, traceparent.clone()));
        }
        Ok(())
    }

    fn expect(&self, table: Table, id: &str, version: i64) -> Result<(), CommitError> {
        let found = self.rows.get(&(table, id.to_owned())).and_then(|row| row["version"].as_i64());
        if found == Some(version) {
            Ok(())
        } else {
            Err(CommitError::Stale { table: table.name(), id: id.into() })
        }
    }

    fn release(&mut self, releases: &[Release]) {
        for release in releases {
            let interview = release.interview.to_string();
            self.ticks.retain(|(party, _), holder| *party != release.party || *holder != interview);
        }
    }

    fn write(&mut self, write: Write, fault: Option<StorageFault>) -> Result<(), CommitError> {
        let (versions, uniques) =
            (fault != Some(StorageFault::IgnoresVersions), fault != Some(StorageFault::IgnoresUniques));
        match write {
            Write::Insert { table, mut row } => {
                let id = checked(table, &row)?;
                if self.rows.contains_key(&(table, id.clone())) {
                    return Err(CommitError::Duplicate { table });
                }
                row.insert("version".into(), 1.into());
                if uniques {
                    self.claim_uniques(table, &id, &row)?;
                }
                if fault == Some(StorageFault::CutsTimes) {
                    cut_times(table, &mut row);
                }
                self.rows.insert((table, id), row);
            }
            Write::Update { table, mut row } => {
                let id = checked(table, &row)?;
                let version = row["version"].as_i64().unwrap_or(0);
                if versions {
                    self.expect(table, &id, version)?;
                }
                row.insert("version".into(), (version + 1).into());
                self.uniques.retain(|(t, ..), holder| *t != table || *holder != id);
                if uniques {
                    self.claim_uniques(table, &id, &row)?;
                }
                self.rows.insert((table, id), row);
            }
            Write::Delete { table, id, version } => {
                if versions {
                    self.expect(table, &id, version)?;
                }
                self.uniques.retain(|(t, ..), holder| *t != table || *holder != id);
                self.rows.remove(&(table, id));
            }
        }
        Ok(())
    }

    fn claim_uniques(&mut self, table: Table, id: &str, row: &Row) -> Result<(), CommitError> {
        for column in table.spec().unique {
            if let Value::String(value) = &row[*column]
                && self.uniques.insert((table, column, value.clone()), id.to_owned()).is_some()
            {
                return Err(CommitError::Duplicate { table });
            }
        }
        Ok(())
    }
}

fn cut_times(table: Table, row: &mut Row) {
    for column in table.spec().columns.iter().filter(|column| column.kind == ColumnKind::Time) {
        if let Some(Value::String(time)) = row.get_mut(column.name) {
            *time = time.replace("456Z", "Z");
        }
    }
}

/// The id of a row that has exactly the columns of its table.
fn checked(table: Table, row: &Row) -> Result<String, CommitError> {
    let columns: BTreeSet<&str> = table.spec().columns.iter().map(|c| c.name).collect();
    let fields: BTreeSet<&str> = row.keys().map(String::as_str).collect();
    match row.get("id").and_then(Value::as_str) {
        Some(id) if columns == fields => Ok(id.to_owned()),
        _ => {
            let odd: Vec<_> = columns.symmetric_difference(&fields).collect();
            let context = format!("row of {table} does not fit its columns: {odd:?}");
            Err(PortError::new(PortErrorKind::Corrupt, "storage", "commit", context).into())
        }
    }
}

/// The ticks of `[start, end)`.
fn ticks(start: Timestamp, end: Timestamp) -> impl Iterator<Item = i64> {
    let first = start.timestamp().div_euclid(TICK);
    let last = (end.timestamp() - 1).div_euclid(TICK);
    first..=last
}
