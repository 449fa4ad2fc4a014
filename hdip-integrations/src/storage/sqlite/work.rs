use super::commit::TICK;
use super::hiring::Filter;
use super::rows::{Bound, at, text};
use super::{SqliteStorage, bound, cursor, error};
use async_trait::async_trait;
use hdip_core::alerts::Alert;
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::values::*;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

pub(super) const JOB: &str = r#""id", "client_id", "kind", "cause", "subject", "data", "state", "attempt", "due_at", "leased_until",
    "last_error", "created_at", "finished_at", "request_id", "traceparent""#;

/// Ready to be claimed; two times to bind.
const READY: &str =
    r#"(("state" = 'queued' AND "due_at" <= ?) OR ("state" = 'leased' AND "leased_until" <= ?))"#;

fn failed(e: sqlx::Error) -> PortError {
    error("work", e)
}

fn corrupt(what: &str) -> PortError {
    PortError::new(PortErrorKind::Corrupt, "storage", "work", format!("{what} cannot be read"))
}

fn word<T: std::str::FromStr>(row: &SqliteRow, column: &str) -> Result<T, PortError> {
    let text: &str = row.try_get(column).map_err(failed)?;
    text.parse().map_err(|_| corrupt(column))
}

fn time(row: &SqliteRow, column: &str) -> Result<Timestamp, PortError> {
    at(row.try_get(column).map_err(failed)?)
}

fn maybe_time(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, PortError> {
    row.try_get::<Option<i64>, _>(column).map_err(failed)?.map(at).transpose()
}

fn json(row: &SqliteRow, column: &str) -> Result<serde_json::Value, PortError> {
    let text: &str = row.try_get(column).map_err(failed)?;
    serde_json::from_str(text).map_err(|e| corrupt(column).with_source(e))
}

fn client(row: &SqliteRow) -> Result<Option<ClientId>, PortError> {
    let id: Option<&str> = row.try_get("client_id").map_err(failed)?;
    id.map(|id| id.parse().map_err(|_| corrupt("client_id"))).transpose()
}

pub(super) fn job(row: &SqliteRow) -> Result<BackgroundJob, PortError> {
    let state = match row.try_get("state").map_err(failed)? {
        "queued" => JobState::Queued,
        "leased" => JobState::Leased,
        "done" => JobState::Done,
        "dead" => JobState::Dead,
        _ => return Err(corrupt("state")),
    };
    Ok(BackgroundJob {
        id: word(row, "id")?,
        client_id: client(row)?,
        kind: row.try_get("kind").map_err(failed)?,
        cause: row.try_get("cause").map_err(failed)?,
        subject: row.try_get("subject").map_err(failed)?,
        data: json(row, "data")?,
        state,
        attempt: row.try_get("attempt").map_err(failed)?,
        due_at: time(row, "due_at")?,
        leased_until: maybe_time(row, "leased_until")?,
        last_error: row.try_get("last_error").map_err(failed)?,
        created_at: time(row, "created_at")?,
        finished_at: maybe_time(row, "finished_at")?,
        request_id: row.try_get("request_id").map_err(failed)?,
        traceparent: row.try_get("traceparent").map_err(failed)?,
    })
}

pub(super) const AUDIT: &str =
    r#""id", "client_id", "at", "actor", "action", "subject", "reason", "changes", "request_id", "peer""#;

pub(super) fn audit_entry(row: &SqliteRow) -> Result<AuditEntry, PortError> {
    Ok(AuditEntry {
        id: word(row, "id")?,
        client_id: client(row)?,
        at: time(row, "at")?,
        actor: row.try_get("actor").map_err(failed)?,
        action: row.try_get("action").map_err(failed)?,
        subject: row.try_get("subject").map_err(failed)?,
        reason: row.try_get("reason").map_err(failed)?,
        changes: json(row, "changes")?,
        request_id: row.try_get("request_id").map_err(failed)?,
        peer: row.try_get("peer").map_err(failed)?,
    })
}

/// Adds the cursor and the end of a newest-first page to a statement.
pub(super) fn paged(filter: Filter, page: &Page) -> Result<(String, Vec<Bound>), PortError> {
    let mut filter = filter;
    if let Some(after) = &page.after {
        filter.and(r#""id" < ?"#, [cursor(after)?]);
    }
    let (condition, mut values) = filter.done();
    values.push(Bound::Int(page.limit.into()));
    Ok((format!(r#"WHERE {condition} ORDER BY "id" DESC LIMIT ?"#), values))
}

#[async_trait]
impl WorkQueries for SqliteStorage {
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<BackgroundJob>, PortError> {
        // Most looks find nothing: the writer is left alone then.
        let sql = format!(r#"SELECT 1 FROM "background_jobs" WHERE {READY} LIMIT 1"#);
        if self.rows(sql, vec![now.into(), now.into()]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            r#"UPDATE "background_jobs" SET "state" = 'leased', "leased_until" = ?, "attempt" = "attempt" + 1
            WHERE "id" IN (SELECT "id" FROM "background_jobs" WHERE {READY} ORDER BY "due_at", "id" LIMIT ?) RETURNING {JOB}"#
        );
        let values = vec![lease_until.into(), now.into(), now.into(), Bound::Int(limit.into())];
        let rows = bound(&sql, values).fetch_all(&self.writer).await.map_err(failed)?;
        let mut jobs = rows.iter().map(job).collect::<Result<Vec<_>, _>>()?;
        jobs.sort_by_key(|job| (job.due_at, job.id)); // RETURNING promises no order
        Ok(jobs)
    }

    async fn claim_job(
        &self,
        id: BackgroundJobId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<BackgroundJob>, PortError> {
        let sql = format!(
            r#"UPDATE "background_jobs" SET "state" = 'leased', "leased_until" = ?, "attempt" = "attempt" + 1
            WHERE "id" = ? AND {READY}"#
        );
        let values = vec![lease_until.into(), text(id), now.into(), now.into()];
        let done = bound(&sql, values).execute(&self.writer).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        // Nobody else touches it while the lease lasts.
        self.background_job(id).await
    }

    async fn background_job(&self, id: BackgroundJobId) -> Result<Option<BackgroundJob>, PortError> {
        let sql = format!(r#"SELECT {JOB} FROM "background_jobs" WHERE "id" = ?"#);
        self.rows(sql, vec![text(id)]).await?.first().map(job).transpose()
    }

    async fn background_jobs(
        &self,
        filter: &JobFilter,
        page: &Page,
    ) -> Result<Vec<BackgroundJob>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("state", filter.state.map(JobState::as_str));
        wanted.equal("kind", filter.kind.as_ref());
        let (rest, values) = paged(wanted, page)?;
        let rows = self.rows(format!(r#"SELECT {JOB} FROM "background_jobs" {rest}"#), values).await?;
        rows.iter().map(job).collect()
    }

    async fn requeue_job(&self, id: BackgroundJobId, now: Timestamp) -> Result<bool, PortError> {
        let sql = r#"UPDATE "background_jobs" SET "state" = 'queued', "due_at" = ?, "attempt" = 0, "finished_at" = NULL
            WHERE "id" = ? AND "state" = 'dead'"#;
        let done = bound(sql, vec![now.into(), text(id)]).execute(&self.writer).await.map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }

    async fn job_counts(&self) -> Result<BTreeMap<&'static str, u64>, PortError> {
        let mut counts = BTreeMap::new();
        for state in [JobState::Queued, JobState::Leased, JobState::Done, JobState::Dead] {
            let sql = r#"SELECT COUNT(*) FROM "background_jobs" WHERE "state" = ?"#;
            let rows = self.rows(sql.to_owned(), vec![state.as_str().into()]).await?;
            let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(failed)?;
            if count > 0 {
                counts.insert(state.as_str(), count.unsigned_abs());
            }
        }
        Ok(counts)
    }

    async fn work_health(&self, now: Timestamp) -> Result<WorkHealth, PortError> {
        let first = |rows: Vec<SqliteRow>| -> Result<Option<i64>, PortError> {
            rows.first().map_or(Ok(None), |row| row.try_get(0)).map_err(failed)
        };
        let sql = r#"SELECT MIN("due") FROM (
            SELECT MIN("due_at") AS "due" FROM "background_jobs" WHERE "state" = 'queued' AND "due_at" <= ?
            UNION ALL SELECT MIN("leased_until") FROM "background_jobs" WHERE "state" = 'leased' AND "leased_until" <= ?
            ) AS "ready""#;
        let job_due = first(self.rows(sql.to_owned(), vec![now.into(), now.into()]).await?)?;
        let sql = r#"SELECT MIN("due_at") FROM "timers" WHERE "due_at" <= ?"#;
        let timer_due = first(self.rows(sql.to_owned(), vec![now.into()]).await?)?;
        let sql = r#"SELECT COUNT(*) FROM "background_jobs" WHERE "state" = 'dead'"#;
        let dead = first(self.rows(sql.to_owned(), vec![]).await?)?;
        let sql = r#"SELECT "kind", "last_error", COUNT(*) AS "jobs", COUNT(CASE WHEN "attempt" >= 3 THEN 1 END) AS "stubborn"
            FROM "background_jobs" WHERE "state" IN ('queued', 'leased') AND "attempt" > 0 AND "last_error" IS NOT NULL
            GROUP BY "kind", "last_error" ORDER BY "kind", "last_error" LIMIT 1000"#;
        let count = |row: &SqliteRow, column: &str| -> Result<u64, PortError> {
            row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(failed)
        };
        let failing = self.rows(sql.to_owned(), vec![]).await?;
        let failing = failing.iter().map(|row| {
            Ok(FailingJobs {
                kind: row.try_get("kind").map_err(failed)?,
                error: row.try_get("last_error").map_err(failed)?,
                jobs: count(row, "jobs")?,
                stubborn: count(row, "stubborn")?,
            })
        });
        Ok(WorkHealth {
            job_due_since: job_due.map(at).transpose()?,
            timer_due_since: timer_due.map(at).transpose()?,
            failing: failing.collect::<Result<_, PortError>>()?,
            dead: dead.unwrap_or(0).unsigned_abs(),
        })
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, PortError> {
        let sql = r#"SELECT MIN("due") FROM (SELECT MIN("due_at") AS "due" FROM "background_jobs" WHERE "state" = 'queued'
            UNION ALL SELECT MIN("leased_until") FROM "background_jobs" WHERE "state" = 'leased'
            UNION ALL SELECT MIN("due_at") FROM "timers")"#;
        let rows = self.rows(sql.to_owned(), vec![]).await?;
        let due: Option<i64> = rows.first().map_or(Ok(None), |row| row.try_get(0)).map_err(failed)?;
        due.map(at).transpose()
    }

    async fn due_timers(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>, PortError> {
        let sql = r#"SELECT "kind", "subject", "due_at", "generation", "traceparent" FROM "timers" WHERE "due_at" <= ?
            ORDER BY "due_at", "kind", "subject" LIMIT ?"#;
        let rows = self.rows(sql.to_owned(), vec![now.into(), Bound::Int(limit.into())]).await?;
        rows.iter()
            .map(|row| {
                Ok(Timer {
                    kind: row.try_get("kind").map_err(failed)?,
                    subject: row.try_get("subject").map_err(failed)?,
                    due_at: time(row, "due_at")?,
                    generation: row.try_get("generation").map_err(failed)?,
                    traceparent: row.try_get("traceparent").map_err(failed)?,
                })
            })
            .collect()
    }

    async fn events(&self, stream: Stream, after: i64, limit: u32) -> Result<Vec<Event>, PortError> {
        let sql = r#"SELECT "stream", "position", "id", "kind", "version", "subject", "actor", "at", "request_id", "data", "traceparent"
            FROM "events" WHERE "stream" = ? AND "position" > ? ORDER BY "position" LIMIT ?"#;
        let rows =
            self.rows(sql.to_owned(), vec![text(stream), after.into(), Bound::Int(limit.into())]).await?;
        rows.iter()
            .map(|row| {
                Ok(Event {
                    id: word(row, "id")?,
                    stream: row.try_get("stream").map_err(failed)?,
                    position: row.try_get("position").map_err(failed)?,
                    kind: row.try_get("kind").map_err(failed)?,
                    version: row.try_get("version").map_err(failed)?,
                    subject: row.try_get("subject").map_err(failed)?,
                    actor: row.try_get("actor").map_err(failed)?,
                    at: time(row, "at")?,
                    request_id: row.try_get("request_id").map_err(failed)?,
                    data: json(row, "data")?,
                    traceparent: row.try_get("traceparent").map_err(failed)?,
                })
            })
            .collect()
    }

    async fn audit_of(&self, subject: &str, page: &Page) -> Result<Vec<AuditEntry>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("subject", Some(subject));
        let (rest, values) = paged(wanted, page)?;
        let sql = format!(r#"SELECT {AUDIT} FROM "audit" {rest}"#);
        self.rows(sql, values).await?.iter().map(audit_entry).collect()
    }

    async fn idempotency(&self, key: &str, now: Timestamp) -> Result<Option<IdempotencyRecord>, PortError> {
        let sql = r#"SELECT "key", "fingerprint", "output", "created_at", "expires_at" FROM "idempotency"
            WHERE "key" = ? AND "expires_at" > ?"#;
        let rows = self.rows(sql.to_owned(), vec![key.into(), now.into()]).await?;
        rows.first()
            .map(|row| {
                Ok(IdempotencyRecord {
                    key: row.try_get("key").map_err(failed)?,
                    fingerprint: row.try_get("fingerprint").map_err(failed)?,
                    output: json(row, "output")?,
                    created_at: time(row, "created_at")?,
                    expires_at: time(row, "expires_at")?,
                })
            })
            .transpose()
    }

    async fn claimed_ticks(&self) -> Result<Vec<(String, String, Timestamp)>, PortError> {
        let sql = r#"SELECT "party", "interview_id", "tick" FROM "claimed_ticks" ORDER BY "party", "tick""#;
        let rows = self.rows(sql.to_owned(), vec![]).await?;
        rows.iter()
            .map(|row| {
                let tick: i64 = row.try_get(2).map_err(failed)?;
                Ok((
                    row.try_get(0).map_err(failed)?,
                    row.try_get(1).map_err(failed)?,
                    at(tick * TICK * 1_000_000)?,
                ))
            })
            .collect()
    }

    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<u64, PortError> {
        let mut gone = 0;
        for (sql, value) in [
            (
                r#"DELETE FROM "claimed_ticks" WHERE "tick" < ?"#,
                Bound::Int(before.timestamp().div_euclid(TICK)),
            ),
            (r#"DELETE FROM "idempotency" WHERE "expires_at" <= ?"#, now.into()),
            (r#"DELETE FROM "background_jobs" WHERE "state" = 'done' AND "finished_at" < ?"#, before.into()),
        ] {
            gone += bound(sql, vec![value]).execute(&self.writer).await.map_err(failed)?.rows_affected();
        }
        Ok(gone)
    }

    async fn ping(&self) -> Result<(), PortError> {
        sqlx::query("SELECT 1").execute(&self.reader).await.map_err(failed)?;
        Ok(())
    }

    async fn pending_migrations(&self) -> Result<u64, PortError> {
        let sql =
            r#"SELECT "name" FROM "sqlite_master" WHERE "type" = 'table' AND "name" = '_sqlx_migrations'"#;
        let mut applied = Vec::new();
        if !self.rows(sql.to_owned(), vec![]).await?.is_empty() {
            let sql = r#"SELECT "version" FROM "_sqlx_migrations" WHERE "success" = 1"#;
            for row in self.rows(sql.to_owned(), vec![]).await? {
                applied.push(row.try_get::<i64, _>(0).map_err(failed)?);
            }
        }
        Ok(super::MIGRATIONS.iter().filter(|step| !applied.contains(&step.version)).count() as u64)
    }

    async fn alerts(&self, lasting: bool, page: &Page) -> Result<Vec<Alert>, PortError> {
        let filter = if lasting { r#""live_key" IS NOT NULL"# } else { "1 = 1" };
        self.page(filter, vec![], page).await
    }
}
