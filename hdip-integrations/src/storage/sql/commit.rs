//! The one write: everything or nothing, in one transaction.
//!
//! Order: what may be stale first (guards, the job, timers), so that losers stop early; then records, what gives
//! up unique values before what takes them, each in key order, so that two commits lock in one order; releases
//! before claims; events last, streams in order, because their heads are what most commits share.
//!
//! A deadlock all the same, or a lock not had in time, undoes the transaction; it is tried again, here, a few
//! times, after pauses that are not the same for two ([`Attempts`]).

use super::dialect::{At, Class, Dialect, class};
use super::error;
use super::rows::{self, Bound, Statements, pieces, text};
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::search::Entry;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Seconds of a tick.
pub(super) const TICK: i64 = 300;

/// Why a transaction came to nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// It is not to be.
    Refused(CommitError),
    /// The database did not do it. What was being done, and what it said.
    Sql(&'static str, sqlx::Error),
}

impl From<CommitError> for Failed {
    fn from(error: CommitError) -> Self {
        Self::Refused(error)
    }
}

impl From<PortError> for Failed {
    fn from(error: PortError) -> Self {
        Self::Refused(error.into())
    }
}

impl Failed {
    fn into_commit<D: Dialect>(self) -> CommitError {
        match self {
            Self::Refused(error) => error,
            Self::Sql(operation, source) => error::<D>(operation, source).into(),
        }
    }

    /// For transactions that refuse nothing but what is corrupt.
    pub fn into_port<D: Dialect>(self) -> PortError {
        match self.into_commit::<D>() {
            CommitError::Port(error) => error,
            refused => {
                PortError::new(PortErrorKind::Other, "storage", "transaction", "refused").with_source(refused)
            }
        }
    }
}

/// How often a transaction was in another's way.
#[derive(Debug)]
pub(super) struct Attempts {
    count: u32,
    since: Instant,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { count: 0, since: Instant::now() }
    }
}

impl Attempts {
    /// Tries of one transaction.
    const MOST: u32 = 8;
    /// Nobody waits much longer than that: each try may have waited for a lock.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Whether to try again after `error`; waits for a moment if so.
    pub async fn again<D: Dialect>(&mut self, error: &sqlx::Error) -> bool {
        self.count += 1;
        let spent = self.count >= Self::MOST || self.since.elapsed() >= Self::PATIENCE;
        if class::<D>(error) != Class::Conflict || spent {
            return false;
        }
        // 5 ms, 10 ms … 320 ms, each anywhere from nothing to its double.
        let most = 10u64 << self.count.min(6);
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..most))).await;
        true
    }
}

pub(super) async fn commit<D: Dialect>(writer: &D::Pool, mut changes: Changes) -> Result<(), CommitError> {
    changes.guards.sort_by(|a, b| (a.table, &a.id).cmp(&(b.table, &b.id)));
    changes.writes.sort_by_cached_key(place);
    changes.entries.sort_by(|a, b| a.source.cmp(&b.source));
    let mut attempts = Attempts::default();
    loop {
        match once::<D>(writer, &changes).await {
            Err(Failed::Sql(_, e)) if attempts.again::<D>(&e).await => {}
            done => return done.map_err(Failed::into_commit::<D>),
        }
    }
}

/// Where a write comes in its commit.
fn place(write: &Write) -> (u8, Table, String) {
    let id = |row: &Row| row.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    match write {
        Write::Update { table, row } => {
            let gives_up =
                table.spec().unique.iter().any(|column| row.get(*column).is_some_and(|v| v.is_null()));
            (if gives_up { 0 } else { 1 }, *table, id(row))
        }
        Write::Delete { table, id, .. } => (0, *table, id.clone()),
        Write::Insert { table, row } => (2, *table, id(row)),
    }
}

async fn once<D: Dialect>(writer: &D::Pool, changes: &Changes) -> Result<(), Failed> {
    if let Some(finish) = alone(changes) {
        let (sql, values) = end_job(finish);
        return ended(finish, D::run(writer, sql, values).await.map_err(at_commit::<D>)?);
    }
    let mut tx = D::begin(writer, D::BEGIN_WRITE).await.map_err(|e| Failed::Sql("begin", e))?;
    apply::<D>(&mut tx, changes).await?; // dropping the transaction rolls back
    D::commit(tx).await.map_err(at_commit::<D>)
}

/// Of the most frequent commit nothing is left but the end of a job: one statement, which is a transaction of its own.
fn alone(changes: &Changes) -> Option<&Finish> {
    let Changes {
        guards,
        writes,
        releases,
        claims,
        events,
        jobs,
        timers,
        cleared_timers,
        fired_timers,
        finish,
        entries,
        audit,
        idempotency,
        traceparent: _,
    } = changes;
    let nothing_else = guards.is_empty()
        && writes.is_empty()
        && releases.is_empty()
        && claims.is_empty()
        && events.is_empty()
        && jobs.is_empty()
        && timers.is_empty()
        && cleared_timers.is_empty()
        && fired_timers.is_empty()
        && entries.is_empty()
        && audit.is_empty()
        && idempotency.is_none();
    finish.as_ref().filter(|_| nothing_else)
}

fn at_commit<D: Dialect>(e: sqlx::Error) -> Failed {
    match class::<D>(&e) {
        // It was told to commit, and nobody heard what came of it.
        Class::Lost | Class::Overloaded | Class::Other => {
            Failed::Refused(error::<D>("commit", e).unknown_outcome().into())
        }
        _ => Failed::Sql("commit", e),
    }
}

async fn apply<D: Dialect>(tx: &mut D::Tx, changes: &Changes) -> Result<(), Failed> {
    for guard in &changes.guards {
        let sql = format!(
            "SELECT 1 FROM \"{}\" WHERE \"id\" = ? AND \"version\" = ? {}",
            guard.table.name(),
            D::SHARE_LOCK
        );
        let found = D::tx_rows(tx, &sql, vec![guard.id.as_str().into(), guard.version.into()])
            .await
            .map_err(|e| Failed::Sql("guard", e))?;
        if found.is_empty() {
            return Err(CommitError::Stale { table: guard.table.name(), id: guard.id.clone() }.into());
        }
    }
    if let Some(finish) = &changes.finish {
        let (sql, values) = end_job(finish);
        ended(finish, run::<D>(tx, sql, values).await?)?;
    }
    for fired in &changes.fired_timers {
        let sql = r#"DELETE FROM "timers" WHERE "kind" = ? AND "subject" = ? AND "generation" = ? AND "due_at" = ?"#;
        let key: [Bound; 2] = [fired.kind.as_str().into(), fired.subject.as_str().into()];
        let values = key.into_iter().chain([fired.generation.into(), fired.due_at.into()]).collect();
        if run::<D>(tx, sql, values).await? == 0 {
            return Err(CommitError::Stale { table: "timers", id: fired.subject.clone() }.into());
        }
    }
    let same_table = |a: &Write, b: &Write| match (a, b) {
        (Write::Insert { table: a, .. }, Write::Insert { table: b, .. }) => a == b,
        _ => false,
    };
    for some in changes.writes.chunk_by(same_table) {
        write::<D>(tx, some).await?;
    }
    for release in &changes.releases {
        let sql = r#"DELETE FROM "claimed_ticks" WHERE "party" = ? AND "interview_id" = ?"#;
        run::<D>(tx, sql, vec![release.party.as_str().into(), text(release.interview)]).await?;
    }
    for claim in &changes.claims {
        take::<D>(tx, claim).await?;
    }
    for (kind, subject) in &changes.cleared_timers {
        run::<D>(
            tx,
            r#"DELETE FROM "timers" WHERE "kind" = ? AND "subject" = ?"#,
            vec![kind.as_str().into(), subject.as_str().into()],
        )
        .await?;
    }
    for timer in &changes.timers {
        let sql = format!(
            r#"INSERT INTO "timers" ("kind", "subject", "due_at", "traceparent", "generation") VALUES (?, ?, ?, ?, 1) {}"#,
            D::MOVE_TIMER
        );
        let values = vec![
            timer.kind.as_str().into(),
            timer.subject.as_str().into(),
            timer.due_at.into(),
            changes.traceparent.clone().into(),
        ];
        run::<D>(tx, &sql, values).await?;
    }
    for jobs in pieces(&changes.jobs) {
        queue::<D>(tx, jobs, &changes.traceparent).await?;
    }
    for entry in &changes.entries {
        index::<D>(tx, entry).await?;
    }
    for entry in &changes.audit {
        audit::<D>(tx, entry).await?;
    }
    if let Some(record) = &changes.idempotency {
        remember::<D>(tx, record).await?;
    }
    append::<D>(tx, &changes.events, &changes.traceparent).await
}

async fn run<D: Dialect>(tx: &mut D::Tx, sql: &str, values: Vec<Bound>) -> Result<u64, Failed> {
    D::tx_run(tx, sql, values).await.map_err(|e| Failed::Sql("write", e))
}

/// Runs a write; a unique value in use becomes `taken`.
async fn unless_taken<D: Dialect>(
    tx: &mut D::Tx,
    sql: &str,
    values: Vec<Bound>,
    taken: impl FnOnce() -> CommitError,
) -> Result<u64, Failed> {
    D::tx_run(tx, sql, values).await.map_err(|e| match class::<D>(&e) {
        Class::Unique => taken().into(),
        _ => Failed::Sql("write", e),
    })
}

/// One update or delete, or inserts into one table.
async fn write<D: Dialect>(tx: &mut D::Tx, some: &[Write]) -> Result<(), Failed> {
    match &some[0] {
        Write::Insert { table, .. } => {
            for piece in pieces(some) {
                insert::<D>(tx, *table, piece).await?;
            }
            Ok(())
        }
        Write::Update { table, row } => {
            let version = row.get("version").and_then(serde_json::Value::as_i64).unwrap_or(0);
            let id = row.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            let mut row = row.clone();
            row.insert("version".into(), (version + 1).into());
            let mut values = rows::bind(*table, &row)?;
            values.extend([id.as_str().into(), version.into()]);
            let duplicate = || CommitError::Duplicate { table: *table };
            match unless_taken::<D>(tx, &Statements::of(*table).update, values, duplicate).await? {
                1 => Ok(()),
                _ => Err(CommitError::Stale { table: table.name(), id }.into()),
            }
        }
        Write::Delete { table, id, version } => {
            let sql = format!("DELETE FROM \"{}\" WHERE \"id\" = ? AND \"version\" = ?", table.name());
            match run::<D>(tx, &sql, vec![id.as_str().into(), (*version).into()]).await? {
                1 => Ok(()),
                _ => Err(CommitError::Stale { table: table.name(), id: id.clone() }.into()),
            }
        }
    }
}

async fn insert<D: Dialect>(tx: &mut D::Tx, table: Table, some: &[Write]) -> Result<(), Failed> {
    let columns = table.spec().columns.len();
    let sql = format!("{} {}", Statements::of(table).insert, rows::values(some.len(), columns));
    let mut values = Vec::with_capacity(columns * some.len());
    for write in some {
        let Write::Insert { row, .. } = write else { continue };
        let mut row = row.clone();
        row.insert("version".into(), 1.into());
        values.extend(rows::bind(table, &row)?);
    }
    unless_taken::<D>(tx, &sql, values, || CommitError::Duplicate { table }).await.map(|_| ())
}

async fn take<D: Dialect>(tx: &mut D::Tx, claim: &Claim) -> Result<(), Failed> {
    let first = claim.span.start().timestamp().div_euclid(TICK);
    let last = (claim.span.end().timestamp() - 1).div_euclid(TICK);
    let count = usize::try_from(last - first + 1).unwrap_or(0);
    let sql = format!(
        r#"INSERT INTO "claimed_ticks" ("party", "tick", "interview_id") {}"#,
        rows::values(count, 3)
    );
    let interview = claim.interview.to_string();
    let values = (first..=last)
        .flat_map(|tick| [claim.party.as_str().into(), Bound::Int(tick), interview.as_str().into()])
        .collect();
    unless_taken::<D>(tx, &sql, values, || CommitError::Taken { party: claim.party.clone() })
        .await
        .map(|_| ())
}

/// The statement that ends an attempt of a job.
fn end_job(finish: &Finish) -> (&'static str, Vec<Bound>) {
    // An attempt that was left to a newer release did not count.
    let uncounted = i64::from(matches!(finish.outcome, FinishAs::Left { .. }));
    let (state, due_at, last_error, finished_at) = match &finish.outcome {
        FinishAs::Done => (JobState::Done, None, None, Some(finish.at)),
        FinishAs::Retry { due_at, error } => (JobState::Queued, Some(*due_at), Some(error.clone()), None),
        FinishAs::Left { due_at } => (JobState::Queued, Some(*due_at), None, None),
        FinishAs::Dead { error } => (JobState::Dead, None, Some(error.clone()), Some(finish.at)),
    };
    let sql = r#"UPDATE "background_jobs" SET "state" = ?, "due_at" = COALESCE(?, "due_at"), "leased_until" = NULL,
        "last_error" = COALESCE(?, "last_error"), "finished_at" = ?, "attempt" = "attempt" - ?
        WHERE "id" = ? AND "state" = 'leased' AND "attempt" = ?"#;
    let values = vec![
        state.as_str().into(),
        due_at.into(),
        last_error.into(),
        finished_at.into(),
        uncounted.into(),
        text(finish.job),
        finish.attempt.into(),
    ];
    (sql, values)
}

/// Whether it was still that attempt's to end.
fn ended(finish: &Finish, rows: u64) -> Result<(), Failed> {
    match rows {
        1 => Ok(()),
        _ => Err(CommitError::Stale { table: "background_jobs", id: finish.job.to_string() }.into()),
    }
}

async fn queue<D: Dialect>(
    tx: &mut D::Tx,
    jobs: &[NewJob],
    traceparent: &Option<String>,
) -> Result<(), Failed> {
    let sql = format!(
        r#"INSERT INTO "background_jobs" ("id", "client_id", "kind", "cause", "subject", "data", "state",
        "attempt", "due_at", "created_at", "request_id", "traceparent") {} {}"#,
        rows::values(jobs.len(), 12),
        D::SAME_CAUSE
    );
    let mut values = Vec::with_capacity(12 * jobs.len());
    for job in jobs {
        values.extend([
            text(job.id),
            job.client_id.map(|id| id.to_string()).into(),
            job.kind.as_str().into(),
            job.cause.as_str().into(),
            job.subject.as_str().into(),
            job.data.to_string().into(),
            JobState::Queued.as_str().into(),
            Bound::Int(0),
            job.due_at.into(),
            job.created_at.into(),
            job.request_id.clone().into(),
            traceparent.clone().into(),
        ]);
    }
    run::<D>(tx, &sql, values).await.map(|_| ())
}

/// Replaces the entry of a record.
async fn index<D: Dialect>(tx: &mut D::Tx, entry: &Entry) -> Result<(), Failed> {
    let sql = r#"DELETE FROM "search_tokens" WHERE "source" = ?"#;
    run::<D>(tx, sql, vec![entry.source.as_str().into()]).await?;
    if entry.tokens.is_empty() {
        return Ok(());
    }
    let sql = format!(
        r#"INSERT INTO "search_tokens" ("source", "token", "kind", "subject", "client_id", "agency_id", "job_id", "inner")
        {}"#,
        rows::values(entry.tokens.len(), 8)
    );
    let mut values = Vec::with_capacity(8 * entry.tokens.len());
    for (token, inner) in &entry.tokens {
        values.extend([
            entry.source.as_str().into(),
            token.as_str().into(),
            entry.kind.as_str().into(),
            entry.id.as_str().into(),
            entry.client_id.map(|id| id.to_string()).into(),
            entry.agency_id.map(|id| id.to_string()).into(),
            entry.job_id.map(|id| id.to_string()).into(),
            Bound::Int((*inner).into()),
        ]);
    }
    run::<D>(tx, &sql, values).await.map(|_| ())
}

async fn audit<D: Dialect>(tx: &mut D::Tx, entry: &AuditEntry) -> Result<(), Failed> {
    let sql = format!(
        r#"INSERT INTO "audit" ("id", "client_id", "at", "actor", "action", "subject", "reason", "changes",
        "request_id", "peer") {}"#,
        rows::values(1, 10)
    );
    let values = vec![
        text(entry.id),
        entry.client_id.map(|id| id.to_string()).into(),
        entry.at.into(),
        entry.actor.as_str().into(),
        entry.action.as_str().into(),
        entry.subject.as_str().into(),
        entry.reason.clone().into(),
        entry.changes.to_string().into(),
        entry.request_id.clone().into(),
        entry.peer.clone().into(),
    ];
    run::<D>(tx, &sql, values).await.map(|_| ())
}

async fn remember<D: Dialect>(tx: &mut D::Tx, record: &IdempotencyRecord) -> Result<(), Failed> {
    let sql = r#"DELETE FROM "idempotency" WHERE "key" = ? AND "expires_at" <= ?"#;
    run::<D>(tx, sql, vec![record.key.as_str().into(), record.created_at.into()]).await?;
    let sql = r#"INSERT INTO "idempotency" ("key", "fingerprint", "output", "created_at", "expires_at")
        VALUES (?, ?, ?, ?, ?)"#;
    let values = vec![
        record.key.as_str().into(),
        record.fingerprint.as_str().into(),
        record.output.to_string().into(),
        record.created_at.into(),
        record.expires_at.into(),
    ];
    unless_taken::<D>(tx, sql, values, || CommitError::Duplicate { table: Table::Idempotency })
        .await
        .map(|_| ())
}

/// Appends events to their streams, streams in order; the counter row of a stream makes positions gapless
/// and in commit order.
async fn append<D: Dialect>(
    tx: &mut D::Tx,
    events: &[NewEvent],
    traceparent: &Option<String>,
) -> Result<(), Failed> {
    let mut streams: BTreeMap<String, Vec<&NewEvent>> = BTreeMap::new();
    for event in events {
        streams.entry(event.stream.to_string()).or_default().push(event);
    }
    for (stream, events) in streams {
        let count = events.len() as i64;
        // Almost always the head is there, and an update of one row is all that has to be locked.
        let sql = r#"UPDATE "stream_heads" SET "position" = "position" + ? WHERE "stream" = ?"#;
        if run::<D>(tx, sql, vec![count.into(), stream.as_str().into()]).await? == 0 {
            let sql = format!(
                r#"INSERT INTO "stream_heads" ("stream", "position") VALUES (?, ?) {}"#,
                D::ADD_TO_HEAD
            );
            run::<D>(tx, &sql, vec![stream.as_str().into(), count.into()]).await?;
        }
        let sql = r#"SELECT "position" FROM "stream_heads" WHERE "stream" = ?"#;
        let rows = D::tx_rows(tx, sql, vec![stream.as_str().into()]).await;
        let rows = rows.map_err(|e| Failed::Sql("append", e))?;
        let corrupt = |what| PortError::new(PortErrorKind::Corrupt, "storage", "append", what);
        let head = rows.first().map(|row| D::int(row, At::Index(0))).transpose();
        let head = head.map_err(|e| Failed::Sql("append", e))?.flatten();
        let head = head.ok_or_else(|| corrupt("a stream has no head"))?;
        let placed: Vec<_> = (head - count + 1..).zip(events).collect();
        for some in pieces(&placed) {
            let sql = format!(
                r#"INSERT INTO "events" ("stream", "position", "id", "kind", "version", "subject", "actor", "at",
                "request_id", "data", "traceparent") {}"#,
                rows::values(some.len(), 11)
            );
            let mut values = Vec::with_capacity(11 * some.len());
            for (position, event) in some {
                values.extend([
                    stream.as_str().into(),
                    (*position).into(),
                    text(event.id),
                    event.kind.as_str().into(),
                    event.version.into(),
                    event.subject.as_str().into(),
                    event.actor.as_str().into(),
                    event.at.into(),
                    event.request_id.clone().into(),
                    event.data.to_string().into(),
                    traceparent.clone().into(),
                ]);
            }
            unless_taken::<D>(tx, &sql, values, || corrupt("an event's position is taken").into()).await?;
        }
    }
    Ok(())
}
