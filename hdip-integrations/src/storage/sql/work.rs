use super::commit::{Attempts, Failed, TICK};
use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{Bound, SqlRow, at, marks, text};
use super::{SqlStorage, cursor, error, schema};
use async_trait::async_trait;
use hdip_core::alerts::Alert;
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::values::*;
use std::collections::BTreeMap;

pub(super) const JOB: &str = r#""id", "client_id", "kind", "cause", "subject", "data", "state", "attempt", "due_at", "leased_until",
    "last_error", "created_at", "finished_at", "request_id", "traceparent""#;

/// Ready to be claimed; two times to bind.
const READY: &str =
    r#"(("state" = 'queued' AND "due_at" <= ?) OR ("state" = 'leased' AND "leased_until" <= ?))"#;

fn failed<D: Dialect>(e: sqlx::Error) -> PortError {
    error::<D>("work", e)
}

fn corrupt(what: &str) -> PortError {
    PortError::new(PortErrorKind::Corrupt, "storage", "work", format!("{what} cannot be read"))
}

fn word<D: Dialect, T: std::str::FromStr>(row: &SqlRow<D>, column: &str) -> Result<T, PortError> {
    let text: &str = row.try_get(column).map_err(failed::<D>)?;
    text.parse().map_err(|_| corrupt(column))
}

fn time<D: Dialect>(row: &SqlRow<D>, column: &str) -> Result<Timestamp, PortError> {
    at(row.try_get(column).map_err(failed::<D>)?)
}

fn maybe_time<D: Dialect>(row: &SqlRow<D>, column: &str) -> Result<Option<Timestamp>, PortError> {
    row.try_get::<Option<i64>, _>(column).map_err(failed::<D>)?.map(at).transpose()
}

fn json<D: Dialect>(row: &SqlRow<D>, column: &str) -> Result<serde_json::Value, PortError> {
    let text: &str = row.try_get(column).map_err(failed::<D>)?;
    serde_json::from_str(text).map_err(|e| corrupt(column).with_source(e))
}

fn client<D: Dialect>(row: &SqlRow<D>) -> Result<Option<ClientId>, PortError> {
    let id: Option<&str> = row.try_get("client_id").map_err(failed::<D>)?;
    id.map(|id| id.parse().map_err(|_| corrupt("client_id"))).transpose()
}

pub(super) fn job<D: Dialect>(row: &SqlRow<D>) -> Result<BackgroundJob, PortError> {
    let state = match row.try_get::<&str, _>("state").map_err(failed::<D>)? {
        "queued" => JobState::Queued,
        "leased" => JobState::Leased,
        "done" => JobState::Done,
        "dead" => JobState::Dead,
        _ => return Err(corrupt("state")),
    };
    Ok(BackgroundJob {
        id: word(row, "id")?,
        client_id: client(row)?,
        kind: row.try_get("kind").map_err(failed::<D>)?,
        cause: row.try_get("cause").map_err(failed::<D>)?,
        subject: row.try_get("subject").map_err(failed::<D>)?,
        data: json(row, "data")?,
        state,
        attempt: row.try_get("attempt").map_err(failed::<D>)?,
        due_at: time(row, "due_at")?,
        leased_until: maybe_time(row, "leased_until")?,
        last_error: row.try_get("last_error").map_err(failed::<D>)?,
        created_at: time(row, "created_at")?,
        finished_at: maybe_time(row, "finished_at")?,
        request_id: row.try_get("request_id").map_err(failed::<D>)?,
        traceparent: row.try_get("traceparent").map_err(failed::<D>)?,
    })
}

pub(super) const AUDIT: &str =
    r#""id", "client_id", "at", "actor", "action", "subject", "reason", "changes", "request_id", "peer""#;

pub(super) fn audit_entry<D: Dialect>(row: &SqlRow<D>) -> Result<AuditEntry, PortError> {
    Ok(AuditEntry {
        id: word(row, "id")?,
        client_id: client(row)?,
        at: time(row, "at")?,
        actor: row.try_get("actor").map_err(failed::<D>)?,
        action: row.try_get("action").map_err(failed::<D>)?,
        subject: row.try_get("subject").map_err(failed::<D>)?,
        reason: row.try_get("reason").map_err(failed::<D>)?,
        changes: json(row, "changes")?,
        request_id: row.try_get("request_id").map_err(failed::<D>)?,
        peer: row.try_get("peer").map_err(failed::<D>)?,
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

impl<D: Dialect> SqlStorage<D> {
    /// One transaction that takes what is ready and nobody else is taking. Two questions, each answered in the
    /// order of one index, so that no more rows are locked than are taken.
    async fn claim_once(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<BackgroundJob>, Failed> {
        let begun = D::begin(&self.writer, D::BEGIN_WRITE).await;
        let mut tx = begun.map_err(|e| Failed::Sql("claim", e))?;
        let mut jobs: Vec<BackgroundJob> = Vec::new();
        for (condition, order) in [
            (r#""state" = 'queued' AND "due_at" <= ?"#, "due_at"),
            (r#""state" = 'leased' AND "leased_until" <= ?"#, "leased_until"),
        ] {
            let sql = format!(
                r#"SELECT {JOB} FROM "background_jobs" WHERE {condition} ORDER BY "{order}", "id" LIMIT ? {}"#,
                D::SKIP_LOCKED
            );
            let values = vec![now.into(), Bound::Int(limit.into())];
            self.heard(&sql, &values);
            let rows = D::tx_rows(&mut tx, &sql, values).await.map_err(|e| Failed::Sql("claim", e))?;
            for row in rows {
                jobs.push(job(&SqlRow::<D>(row)).map_err(CommitError::Port)?);
            }
        }
        jobs.sort_by_key(|job| (job.due_at, job.id));
        jobs.truncate(limit as usize);
        if jobs.is_empty() {
            return Ok(jobs);
        }
        let sql = format!(
            r#"UPDATE "background_jobs" SET "state" = 'leased', "leased_until" = ?, "attempt" = "attempt" + 1
            WHERE "id" IN ({})"#,
            marks(jobs.len())
        );
        let values = [lease_until.into()].into_iter().chain(jobs.iter().map(|job| text(job.id))).collect();
        D::tx_run(&mut tx, &sql, values).await.map_err(|e| Failed::Sql("claim", e))?;
        D::commit(tx).await.map_err(|e| Failed::Sql("claim", e))?;
        for job in &mut jobs {
            job.state = JobState::Leased;
            job.leased_until = Some(lease_until);
            job.attempt += 1;
        }
        Ok(jobs)
    }
}

#[async_trait]
impl<D: Dialect> WorkQueries for SqlStorage<D> {
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<BackgroundJob>, PortError> {
        // Most looks find nothing: writers are left alone then.
        let expired = r#""state" = 'leased' AND "leased_until" <= ?"#;
        let queued = r#""state" = 'queued' AND "due_at" <= ?"#;
        let sql = format!(r#"SELECT 1 FROM "background_jobs" WHERE ({queued}) OR ({expired}) LIMIT 1"#);
        if self.rows(sql, vec![now.into(), now.into()]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let mut attempts = Attempts::default();
        loop {
            match self.claim_once(now, lease_until, limit).await {
                Err(Failed::Sql(_, e)) if attempts.again::<D>(&e).await => {}
                done => return done.map_err(Failed::into_port::<D>),
            }
        }
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
        if self.run(&sql, values).await? == 0 {
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
        Ok(self.run(sql, vec![now.into(), text(id)]).await? == 1)
    }

    async fn job_counts(&self) -> Result<BTreeMap<&'static str, u64>, PortError> {
        let mut counts = BTreeMap::new();
        for state in [JobState::Queued, JobState::Leased, JobState::Done, JobState::Dead] {
            let sql = r#"SELECT COUNT(*) FROM "background_jobs" WHERE "state" = ?"#;
            let rows = self.rows(sql.to_owned(), vec![state.as_str().into()]).await?;
            let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(failed::<D>)?;
            if count > 0 {
                counts.insert(state.as_str(), count.unsigned_abs());
            }
        }
        Ok(counts)
    }

    async fn work_health(&self, now: Timestamp) -> Result<WorkHealth, PortError> {
        let first = |rows: Vec<SqlRow<D>>| -> Result<Option<i64>, PortError> {
            rows.first().map_or(Ok(None), |row| row.try_get(0)).map_err(failed::<D>)
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
        let count = |row: &SqlRow<D>, column: &str| -> Result<u64, PortError> {
            row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(failed::<D>)
        };
        let failing = self.rows(sql.to_owned(), vec![]).await?;
        let failing = failing.iter().map(|row| {
            Ok(FailingJobs {
                kind: row.try_get("kind").map_err(failed::<D>)?,
                error: row.try_get("last_error").map_err(failed::<D>)?,
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
            UNION ALL SELECT MIN("due_at") FROM "timers") AS "next""#;
        let rows = self.rows(sql.to_owned(), vec![]).await?;
        let due: Option<i64> = rows.first().map_or(Ok(None), |row| row.try_get(0)).map_err(failed::<D>)?;
        due.map(at).transpose()
    }

    async fn due_timers(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>, PortError> {
        let sql = r#"SELECT "kind", "subject", "due_at", "generation", "traceparent" FROM "timers" WHERE "due_at" <= ?
            ORDER BY "due_at", "kind", "subject" LIMIT ?"#;
        let rows = self.rows(sql.to_owned(), vec![now.into(), Bound::Int(limit.into())]).await?;
        rows.iter()
            .map(|row| {
                Ok(Timer {
                    kind: row.try_get("kind").map_err(failed::<D>)?,
                    subject: row.try_get("subject").map_err(failed::<D>)?,
                    due_at: time(row, "due_at")?,
                    generation: row.try_get("generation").map_err(failed::<D>)?,
                    traceparent: row.try_get("traceparent").map_err(failed::<D>)?,
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
                    stream: row.try_get("stream").map_err(failed::<D>)?,
                    position: row.try_get("position").map_err(failed::<D>)?,
                    kind: row.try_get("kind").map_err(failed::<D>)?,
                    version: row.try_get("version").map_err(failed::<D>)?,
                    subject: row.try_get("subject").map_err(failed::<D>)?,
                    actor: row.try_get("actor").map_err(failed::<D>)?,
                    at: time(row, "at")?,
                    request_id: row.try_get("request_id").map_err(failed::<D>)?,
                    data: json(row, "data")?,
                    traceparent: row.try_get("traceparent").map_err(failed::<D>)?,
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
                    key: row.try_get("key").map_err(failed::<D>)?,
                    fingerprint: row.try_get("fingerprint").map_err(failed::<D>)?,
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
                let tick: i64 = row.try_get(2).map_err(failed::<D>)?;
                Ok((
                    row.try_get(0).map_err(failed::<D>)?,
                    row.try_get(1).map_err(failed::<D>)?,
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
            gone += self.run(sql, vec![value]).await?;
        }
        Ok(gone)
    }

    async fn ping(&self) -> Result<(), PortError> {
        self.rows("SELECT 1".to_owned(), vec![]).await.map(|_| ())
    }

    async fn pending_migrations(&self) -> Result<u64, PortError> {
        Ok(schema::pending(&self.applied().await?).len() as u64)
    }

    async fn alerts(&self, lasting: bool, page: &Page) -> Result<Vec<Alert>, PortError> {
        let filter = if lasting { r#""live_key" IS NOT NULL"# } else { "1 = 1" };
        self.page(filter, vec![], page).await
    }
}
