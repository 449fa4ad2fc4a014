//! The one write: everything or nothing, in one `BEGIN IMMEDIATE` transaction.
//!
//! Order: what may be stale first, so that losers stop early; releases before claims; events last.

use super::rows::{self, Bound, Statements, marks, text};
use super::{bound, error};
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::search::Entry;
use sqlx::{Sqlite, SqlitePool, Transaction};
use std::collections::BTreeMap;

/// Seconds of a tick.
pub(super) const TICK: i64 = 300;

type Tx = Transaction<'static, Sqlite>;

pub(super) async fn commit(writer: &SqlitePool, changes: Changes) -> Result<(), CommitError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.map_err(|e| error("begin", e))?;
    apply(&mut tx, changes).await?; // dropping the transaction rolls back
    tx.commit().await.map_err(|e| error("commit", e))?;
    Ok(())
}

async fn apply(tx: &mut Tx, changes: Changes) -> Result<(), CommitError> {
    for guard in &changes.guards {
        let sql = format!("SELECT 1 FROM \"{}\" WHERE \"id\" = ? AND \"version\" = ?", guard.table.name());
        let found = bound(&sql, vec![guard.id.as_str().into(), guard.version.into()])
            .fetch_optional(&mut **tx)
            .await
            .map_err(|e| error("guard", e))?;
        if found.is_none() {
            return Err(CommitError::Stale { table: guard.table.name(), id: guard.id.clone() });
        }
    }
    if let Some(finish) = &changes.finish {
        end_job(tx, finish).await?;
    }
    for fired in &changes.fired_timers {
        let sql = r#"DELETE FROM "timers" WHERE "kind" = ? AND "subject" = ? AND "generation" = ? AND "due_at" = ?"#;
        let key: [Bound; 2] = [fired.kind.as_str().into(), fired.subject.as_str().into()];
        let values = key.into_iter().chain([fired.generation.into(), fired.due_at.into()]).collect();
        if run(tx, sql, values).await? == 0 {
            return Err(CommitError::Stale { table: "timers", id: fired.subject.clone() });
        }
    }
    let (inserts, rest): (Vec<_>, Vec<_>) =
        changes.writes.into_iter().partition(|write| matches!(write, Write::Insert { .. }));
    for change in rest.into_iter().chain(inserts) {
        write(tx, change).await?;
    }
    for release in &changes.releases {
        let sql = r#"DELETE FROM "claimed_ticks" WHERE "party" = ? AND "interview_id" = ?"#;
        run(tx, sql, vec![release.party.as_str().into(), text(release.interview)]).await?;
    }
    for claim in &changes.claims {
        take(tx, claim).await?;
    }
    for (kind, subject) in changes.cleared_timers {
        run(
            tx,
            r#"DELETE FROM "timers" WHERE "kind" = ? AND "subject" = ?"#,
            vec![kind.into(), subject.into()],
        )
        .await?;
    }
    for timer in changes.timers {
        let sql = r#"INSERT INTO "timers" ("kind", "subject", "due_at", "traceparent", "generation") VALUES (?, ?, ?, ?, 1)
            ON CONFLICT ("kind", "subject") DO UPDATE SET "due_at" = excluded."due_at", "traceparent" = excluded."traceparent",
            "generation" = "generation" + 1"#;
        let trace = changes.traceparent.clone().into();
        run(tx, sql, vec![timer.kind.into(), timer.subject.into(), timer.due_at.into(), trace]).await?;
    }
    for job in changes.jobs {
        queue(tx, job, changes.traceparent.clone()).await?;
    }
    for entry in changes.entries {
        index(tx, entry).await?;
    }
    for entry in changes.audit {
        audit(tx, entry).await?;
    }
    if let Some(record) = changes.idempotency {
        remember(tx, record).await?;
    }
    append(tx, changes.events, &changes.traceparent).await
}

async fn run(tx: &mut Tx, sql: &str, values: Vec<Bound>) -> Result<u64, CommitError> {
    Ok(bound(sql, values).execute(&mut **tx).await.map_err(|e| error("write", e))?.rows_affected())
}

/// Runs an insert; a unique value in use becomes `taken`.
async fn insert(
    tx: &mut Tx,
    sql: &str,
    values: Vec<Bound>,
    taken: impl FnOnce() -> CommitError,
) -> Result<(), CommitError> {
    match bound(sql, values).execute(&mut **tx).await {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(e)) if e.is_unique_violation() => Err(taken()),
        Err(e) => Err(error("insert", e).into()),
    }
}

async fn write(tx: &mut Tx, change: Write) -> Result<(), CommitError> {
    match change {
        Write::Insert { table, mut row } => {
            row.insert("version".into(), 1.into());
            let values = rows::bind(table, &row)?;
            insert(tx, &Statements::of(table).insert, values, || CommitError::Duplicate { table }).await
        }
        Write::Update { table, mut row } => {
            let version = row.get("version").and_then(serde_json::Value::as_i64).unwrap_or(0);
            let id = row.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            row.insert("version".into(), (version + 1).into());
            let mut values = rows::bind(table, &row)?;
            values.extend([id.as_str().into(), version.into()]);
            match bound(&Statements::of(table).update, values).execute(&mut **tx).await {
                Ok(done) if done.rows_affected() == 1 => Ok(()),
                Ok(_) => Err(CommitError::Stale { table: table.name(), id }),
                Err(sqlx::Error::Database(e)) if e.is_unique_violation() => {
                    Err(CommitError::Duplicate { table })
                }
                Err(e) => Err(error("update", e).into()),
            }
        }
        Write::Delete { table, id, version } => {
            let sql = format!("DELETE FROM \"{}\" WHERE \"id\" = ? AND \"version\" = ?", table.name());
            match run(tx, &sql, vec![id.as_str().into(), version.into()]).await? {
                1 => Ok(()),
                _ => Err(CommitError::Stale { table: table.name(), id }),
            }
        }
    }
}

async fn take(tx: &mut Tx, claim: &Claim) -> Result<(), CommitError> {
    let first = claim.span.start().timestamp().div_euclid(TICK);
    let last = (claim.span.end().timestamp() - 1).div_euclid(TICK);
    let count = usize::try_from(last - first + 1).unwrap_or(0);
    let sql = format!(
        r#"INSERT INTO "claimed_ticks" ("party", "tick", "interview_id") VALUES {}"#,
        vec!["(?, ?, ?)"; count].join(", ")
    );
    let interview = claim.interview.to_string();
    let values = (first..=last)
        .flat_map(|tick| [claim.party.as_str().into(), Bound::Int(tick), interview.as_str().into()])
        .collect();
    insert(tx, &sql, values, || CommitError::Taken { party: claim.party.clone() }).await
}

async fn end_job(tx: &mut Tx, finish: &Finish) -> Result<(), CommitError> {
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
    match run(tx, sql, values).await? {
        1 => Ok(()),
        _ => Err(CommitError::Stale { table: "background_jobs", id: finish.job.to_string() }),
    }
}

async fn queue(tx: &mut Tx, job: NewJob, traceparent: Option<String>) -> Result<(), CommitError> {
    let sql = r#"INSERT INTO "background_jobs" ("id", "client_id", "kind", "cause", "subject", "data", "state",
        "attempt", "due_at", "created_at", "request_id", "traceparent") VALUES (?, ?, ?, ?, ?, ?, 'queued', 0, ?, ?, ?, ?)
        ON CONFLICT ("cause") DO NOTHING"#;
    let values = vec![
        text(job.id),
        job.client_id.map(|id| id.to_string()).into(),
        job.kind.into(),
        job.cause.into(),
        job.subject.into(),
        job.data.to_string().into(),
        job.due_at.into(),
        job.created_at.into(),
        job.request_id.into(),
        traceparent.into(),
    ];
    run(tx, sql, values).await.map(|_| ())
}

/// Replaces the entry of a record.
async fn index(tx: &mut Tx, entry: Entry) -> Result<(), CommitError> {
    run(tx, r#"DELETE FROM "search_tokens" WHERE "source" = ?"#, vec![entry.source.as_str().into()]).await?;
    if entry.tokens.is_empty() {
        return Ok(());
    }
    let sql = format!(
        r#"INSERT INTO "search_tokens" ("source", "token", "kind", "subject", "client_id", "agency_id", "job_id", "inner")
        VALUES {}"#,
        vec!["(?, ?, ?, ?, ?, ?, ?, ?)"; entry.tokens.len()].join(", ")
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
    run(tx, &sql, values).await.map(|_| ())
}

async fn audit(tx: &mut Tx, entry: AuditEntry) -> Result<(), CommitError> {
    let sql = format!(
        r#"INSERT INTO "audit" ("id", "client_id", "at", "actor", "action", "subject", "reason", "changes",
        "request_id", "peer") VALUES ({})"#,
        marks(10)
    );
    let values = vec![
        text(entry.id),
        entry.client_id.map(|id| id.to_string()).into(),
        entry.at.into(),
        entry.actor.into(),
        entry.action.into(),
        entry.subject.into(),
        entry.reason.into(),
        entry.changes.to_string().into(),
        entry.request_id.into(),
        entry.peer.into(),
    ];
    run(tx, &sql, values).await.map(|_| ())
}

async fn remember(tx: &mut Tx, record: IdempotencyRecord) -> Result<(), CommitError> {
    let sql = r#"DELETE FROM "idempotency" WHERE "key" = ? AND "expires_at" <= ?"#;
    run(tx, sql, vec![record.key.as_str().into(), record.created_at.into()]).await?;
    let sql = r#"INSERT INTO "idempotency" ("key", "fingerprint", "output", "created_at", "expires_at")
        VALUES (?, ?, ?, ?, ?)"#;
    let values = vec![
        record.key.into(),
        record.fingerprint.into(),
        record.output.to_string().into(),
        record.created_at.into(),
        record.expires_at.into(),
    ];
    insert(tx, sql, values, || CommitError::Duplicate { table: Table::Idempotency }).await
}

/// Appends events to their streams, streams in order; the counter row of a stream makes positions gapless
/// and in commit order.
async fn append(tx: &mut Tx, events: Vec<NewEvent>, traceparent: &Option<String>) -> Result<(), CommitError> {
    let mut streams: BTreeMap<String, Vec<NewEvent>> = BTreeMap::new();
    for event in events {
        streams.entry(event.stream.to_string()).or_default().push(event);
    }
    for (stream, events) in streams {
        let count = events.len() as i64;
        let sql = r#"INSERT INTO "stream_heads" ("stream", "position") VALUES (?, ?)
            ON CONFLICT ("stream") DO UPDATE SET "position" = "position" + excluded."position" RETURNING "position""#;
        let head: i64 = bound(sql, vec![stream.as_str().into(), count.into()])
            .fetch_one(&mut **tx)
            .await
            .and_then(|row| sqlx::Row::try_get(&row, 0))
            .map_err(|e| error("append", e))?;
        for (position, event) in (head - count + 1..).zip(events) {
            let sql = format!(
                r#"INSERT INTO "events" ("stream", "position", "id", "kind", "version", "subject", "actor", "at",
                "request_id", "data", "traceparent") VALUES ({})"#,
                marks(11)
            );
            let values = vec![
                stream.as_str().into(),
                position.into(),
                text(event.id),
                event.kind.into(),
                event.version.into(),
                event.subject.into(),
                event.actor.into(),
                event.at.into(),
                event.request_id.into(),
                event.data.to_string().into(),
                traceparent.clone().into(),
            ];
            insert(tx, &sql, values, || {
                PortError::new(PortErrorKind::Corrupt, "storage", "append", "an event's position is taken")
                    .into()
            })
            .await?;
        }
    }
    Ok(())
}
