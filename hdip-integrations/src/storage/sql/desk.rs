use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{Bound, marks, text};
use super::work::{audit_entry, job, paged};
use super::{SqlStorage, error};
use async_trait::async_trait;
use hdip_core::desk::{Acknowledgement, Contest, ContestState, DeskQueue, Grant, GrantKind};
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::Interview;
use hdip_core::values::*;
use std::collections::BTreeMap;

/// Nobody has acknowledged `subject` in the queue since `since`; both are columns. One `?`.
fn unseen(subject: &str, since: &str) -> String {
    format!(
        r#"NOT EXISTS (SELECT 1 FROM "acknowledgements" WHERE "acknowledgements"."subject" = {subject}
        AND "acknowledgements"."queue" = ? AND "acknowledgements"."acknowledged_at" >= {since})"#
    )
}

fn interviews(queue: InterviewQueue, times: &DeskTimes) -> Filter {
    let mut wanted = Filter::default();
    let unseen = unseen(r#""interviews"."id""#, r#""interviews"."state_at""#);
    let name = || Bound::from(queue.queue().as_str());
    match queue {
        InterviewQueue::Expired => {
            wanted.equal("state", Some("expired"));
            wanted.and(
                r#"EXISTS (SELECT 1 FROM "applications" WHERE "applications"."id" = "interviews"."application_id"
                AND "applications"."round_id" = "interviews"."round_id" AND "applications"."status" = 'to_schedule')"#,
                [],
            );
            wanted.and(
                r#"NOT EXISTS (SELECT 1 FROM "interviews" AS "later" WHERE
                "later"."application_id" = "interviews"."application_id" AND "later"."id" > "interviews"."id")"#,
                [],
            );
            wanted.and(unseen, [name()]);
        }
        InterviewQueue::Unassigned => {
            wanted.and(
                r#""state" IN ('requested', 'inviting') AND "start" < ?"#,
                [times.unassigned_before.into()],
            );
        }
        InterviewQueue::Interrupted => wanted.equal("state", Some("interrupted")),
        InterviewQueue::FeedbackOverdue => {
            wanted.equal("state", Some("awaiting_feedback"));
            wanted.and(
                r#""ended_at" < ? AND ("feedback_extended_until" IS NULL OR "feedback_extended_until" <= ?)"#,
                [times.ended_before.into(), times.now.into()],
            );
        }
        InterviewQueue::ClosedWithoutFeedback => {
            wanted.equal("state", Some("closed_without_feedback"));
            wanted.and(unseen, [name()]);
        }
    }
    wanted
}

fn jobs(queue: JobQueue) -> Filter {
    let mut wanted = Filter::default();
    let dead = |wanted: &mut Filter| {
        let unseen = unseen(r#""background_jobs"."id""#, r#""background_jobs"."finished_at""#);
        wanted.equal("state", Some("dead"));
        wanted.and(unseen, [queue.queue().as_str().into()]);
    };
    match queue {
        JobQueue::MailFailed => {
            wanted.equal("kind", Some("send_mail"));
            dead(&mut wanted);
        }
        JobQueue::DeadJobs => {
            wanted.and(r#""kind" NOT IN ('send_mail', 'open_meeting')"#, []);
            dead(&mut wanted);
        }
        JobQueue::ProviderPending => {
            wanted.equal("kind", Some("open_meeting"));
            wanted.and(r#""state" IN ('queued', 'leased', 'dead') AND "last_error" IS NOT NULL"#, []);
            let unseen = unseen(r#""background_jobs"."subject""#, r#""background_jobs"."created_at""#);
            wanted.and(unseen, [queue.queue().as_str().into()]);
        }
    }
    wanted
}

impl<D: Dialect> SqlStorage<D> {
    async fn count(&self, table: &str, wanted: Filter) -> Result<u64, PortError> {
        let (condition, values) = wanted.done();
        let rows = self.rows(format!(r#"SELECT COUNT(*) FROM "{table}" WHERE {condition}"#), values).await?;
        let count: i64 =
            rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(|e| error::<D>("read", e))?;
        Ok(count.unsigned_abs())
    }
}

#[async_trait]
impl<D: Dialect> DeskQueries for SqlStorage<D> {
    async fn desk_interviews(
        &self,
        queue: InterviewQueue,
        times: &DeskTimes,
        only: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Interview>, PortError> {
        let mut wanted = interviews(queue, times);
        wanted.equal("id", only);
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn desk_jobs(
        &self,
        queue: JobQueue,
        only: Option<BackgroundJobId>,
        page: &Page,
    ) -> Result<Vec<BackgroundJob>, PortError> {
        let mut wanted = jobs(queue);
        wanted.equal("id", only);
        let (rest, values) = paged(wanted, page)?;
        let sql = format!(r#"SELECT {} FROM "background_jobs" {rest}"#, super::work::JOB);
        self.rows(sql, values).await?.iter().map(job).collect()
    }

    async fn desk_counts(&self, times: &DeskTimes) -> Result<BTreeMap<DeskQueue, u64>, PortError> {
        let mut counts = BTreeMap::new();
        for queue in InterviewQueue::ALL {
            counts.insert(queue.queue(), self.count("interviews", interviews(queue, times)).await?);
        }
        for queue in JobQueue::ALL {
            counts.insert(queue.queue(), self.count("background_jobs", jobs(queue)).await?);
        }
        let mut open = Filter::default();
        open.equal("state", Some(ContestState::Open.as_str()));
        counts.insert(DeskQueue::Contested, self.count("contests", open).await?);
        let mut suspended = Filter::default();
        suspended.equal("status", Some("suspended"));
        counts.insert(DeskQueue::SuspendedInterviewers, self.count("interviewers", suspended).await?);
        Ok(counts)
    }

    async fn acknowledgement(&self, natural_key: &str) -> Result<Option<Acknowledgement>, PortError> {
        self.first(r#"WHERE "natural_key" = ?"#, vec![natural_key.into()]).await
    }

    async fn contests(&self, filter: &ContestFilter, page: &Page) -> Result<Vec<Contest>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("state", filter.state.map(ContestState::as_str));
        wanted.equal("interview_id", filter.interview);
        wanted.equal("client_id", filter.client);
        wanted.equal("interviewer_id", filter.interviewer);
        wanted.equal("party", filter.party.map(|party| party.as_str()));
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn contested(&self, asked: &[InterviewId]) -> Result<Vec<InterviewId>, PortError> {
        let mut found = Vec::new();
        for some in asked.chunks(200) {
            let condition =
                format!(r#"WHERE "interview_id" IN ({}) AND "state" = 'open'"#, marks(some.len()));
            let rows: Vec<Contest> = self.select(&condition, some.iter().map(text).collect()).await?;
            found.extend(rows.into_iter().map(|contest| contest.interview_id));
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    async fn grants(&self, client: ClientId, page: &Page) -> Result<Vec<Grant>, PortError> {
        self.page(r#""client_id" = ?"#, vec![text(client)], page).await
    }

    async fn usable_grants(
        &self,
        client: ClientId,
        kind: GrantKind,
        at: Timestamp,
    ) -> Result<Vec<Grant>, PortError> {
        let rest = r#"WHERE "client_id" = ? AND "kind" = ? AND "used" < "amount"
            AND ("expires_at" IS NULL OR "expires_at" > ?)
            ORDER BY CASE WHEN "expires_at" IS NULL THEN 1 ELSE 0 END, "expires_at", "id""#;
        self.select(rest, vec![text(client), kind.as_str().into(), at.into()]).await
    }

    async fn audit_entries(&self, filter: &AuditFilter, page: &Page) -> Result<Vec<AuditEntry>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("client_id", filter.client);
        wanted.equal("subject", filter.subject.as_ref());
        wanted.equal("actor", filter.actor.as_ref());
        wanted.equal("action", filter.action.as_ref());
        if let Some(from) = filter.from {
            wanted.and(r#""at" >= ?"#, [from.into()]);
        }
        if let Some(until) = filter.until {
            wanted.and(r#""at" < ?"#, [until.into()]);
        }
        let (rest, values) = paged(wanted, page)?;
        let sql = format!(r#"SELECT {} FROM "audit" {rest}"#, super::work::AUDIT);
        self.rows(sql, values).await?.iter().map(audit_entry).collect()
    }
}
