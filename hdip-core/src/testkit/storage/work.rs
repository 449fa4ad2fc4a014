//! Jobs, timers, events, audit, idempotency, upkeep.

use super::{MemoryStorage, State, TICK};
use crate::alerts::Alert;
use crate::ports::PortError;
use crate::ports::storage::*;
use crate::testkit::contract::mutants::StorageFault;
use crate::values::*;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn queued(job: NewJob, traceparent: Option<String>) -> BackgroundJob {
    BackgroundJob {
        id: job.id,
        client_id: job.client_id,
        kind: job.kind,
        cause: job.cause,
        subject: job.subject,
        data: job.data,
        state: JobState::Queued,
        attempt: 0,
        due_at: job.due_at,
        leased_until: None,
        last_error: None,
        created_at: job.created_at,
        finished_at: None,
        request_id: job.request_id,
        traceparent,
    }
}

pub(super) fn recorded(event: NewEvent, position: i64, traceparent: Option<String>) -> Event {
    Event {
        id: event.id,
        stream: event.stream.to_string(),
        position,
        kind: event.kind,
        version: event.version,
        subject: event.subject,
        actor: event.actor,
        at: event.at,
        request_id: event.request_id,
        data: event.data,
        traceparent,
    }
}

impl State {
    pub(super) fn finish(&mut self, finish: &Finish, fault: Option<StorageFault>) -> Result<(), CommitError> {
        let stale = || CommitError::Stale { table: "background_jobs", id: finish.job.to_string() };
        let job = self.jobs.get_mut(&finish.job.to_string()).ok_or_else(stale)?;
        let unfenced = fault == Some(StorageFault::DoesNotFence);
        if !unfenced && (job.state != JobState::Leased || job.attempt != finish.attempt) {
            return Err(stale());
        }
        job.leased_until = None;
        match &finish.outcome {
            FinishAs::Done => {
                job.state = JobState::Done;
                job.finished_at = Some(finish.at);
            }
            FinishAs::Retry { due_at, error } => {
                job.state = JobState::Queued;
                job.due_at = *due_at;
                job.last_error = Some(error.clone());
            }
            FinishAs::Left { due_at } => {
                job.state = JobState::Queued;
                job.due_at = *due_at;
                job.attempt -= i64::from(fault != Some(StorageFault::CountsLeft));
            }
            FinishAs::Dead { error } => {
                job.state = JobState::Dead;
                job.last_error = Some(error.clone());
                job.finished_at = Some(finish.at);
            }
        }
        Ok(())
    }

    pub(super) fn fire(&mut self, fired: &FireTimer) -> Result<(), CommitError> {
        let key = (fired.kind.clone(), fired.subject.clone());
        match self.timers.get(&key) {
            Some(timer) if (timer.generation, timer.due_at) == (fired.generation, fired.due_at) => {
                self.timers.remove(&key);
                Ok(())
            }
            _ => Err(CommitError::Stale { table: "timers", id: fired.subject.clone() }),
        }
    }
}

fn lease(job: &mut BackgroundJob, until: Timestamp) -> BackgroundJob {
    job.state = JobState::Leased;
    job.leased_until = Some(until);
    job.attempt += 1;
    job.clone()
}

impl MemoryStorage {
    fn is_ready(&self, job: &BackgroundJob, now: Timestamp) -> bool {
        match job.state {
            JobState::Queued => job.due_at <= now,
            JobState::Leased => {
                job.leased_until.is_some_and(|until| until <= now) || self.has(StorageFault::HandsOutTwice)
            }
            JobState::Done | JobState::Dead => false,
        }
    }
}

#[async_trait]
impl WorkQueries for MemoryStorage {
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<BackgroundJob>, PortError> {
        let mut state = self.state();
        let mut ready: Vec<(Timestamp, String)> = state
            .jobs
            .iter()
            .filter(|(_, job)| self.is_ready(job, now))
            .map(|(id, job)| (job.due_at, id.clone()))
            .collect();
        ready.sort();
        ready.truncate(limit as usize);
        let mut claimed = Vec::with_capacity(ready.len());
        for (_, id) in ready {
            if let Some(job) = Arc::make_mut(&mut state).jobs.get_mut(&id) {
                claimed.push(lease(job, lease_until));
            }
        }
        Ok(claimed)
    }

    async fn claim_job(
        &self,
        id: BackgroundJobId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<BackgroundJob>, PortError> {
        let mut state = self.state();
        let job =
            Arc::make_mut(&mut state).jobs.get_mut(&id.to_string()).filter(|job| self.is_ready(job, now));
        Ok(job.map(|job| lease(job, lease_until)))
    }

    async fn background_job(&self, id: BackgroundJobId) -> Result<Option<BackgroundJob>, PortError> {
        Ok(self.state().jobs.get(&id.to_string()).cloned())
    }

    async fn background_jobs(
        &self,
        filter: &JobFilter,
        page: &Page,
    ) -> Result<Vec<BackgroundJob>, PortError> {
        let all = self.state().jobs.values().cloned().collect::<Vec<_>>();
        let kept = all
            .into_iter()
            .filter(|job| filter.state.is_none_or(|state| job.state == state))
            .filter(|job| filter.kind.as_ref().is_none_or(|kind| job.kind == *kind))
            .collect();
        self.page(kept, page, |job| job.id.to_string())
    }

    async fn requeue_job(&self, id: BackgroundJobId, now: Timestamp) -> Result<bool, PortError> {
        let mut state = self.state();
        let jobs = &mut Arc::make_mut(&mut state).jobs;
        let Some(job) = jobs.get_mut(&id.to_string()).filter(|job| job.state == JobState::Dead) else {
            return Ok(false);
        };
        job.state = JobState::Queued;
        job.due_at = now;
        job.attempt = 0;
        job.finished_at = None;
        Ok(true)
    }

    async fn job_counts(&self) -> Result<BTreeMap<&'static str, u64>, PortError> {
        let mut counts = BTreeMap::new();
        for job in self.state().jobs.values() {
            *counts.entry(job.state.as_str()).or_default() += 1;
        }
        Ok(counts)
    }

    async fn work_health(&self, now: Timestamp) -> Result<WorkHealth, PortError> {
        let state = self.state();
        let mut failing: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
        let mut health = WorkHealth::default();
        let earlier = |a: Option<Timestamp>, b: Timestamp| Some(a.map_or(b, |a| a.min(b)));
        for job in state.jobs.values() {
            let waiting_since = match job.state {
                JobState::Queued => Some(job.due_at),
                JobState::Leased => job.leased_until,
                JobState::Done => None,
                JobState::Dead => {
                    health.dead += 1;
                    None
                }
            };
            if waiting_since.is_some()
                && job.attempt > 0
                && let Some(error) = &job.last_error
                && !self.has(StorageFault::ForgetsFailures)
            {
                let (jobs, stubborn) = failing.entry((job.kind.clone(), error.clone())).or_default();
                *jobs += 1;
                *stubborn += u64::from(job.attempt >= 3);
            }
            if let Some(since) = waiting_since.filter(|since| *since <= now) {
                health.job_due_since = earlier(health.job_due_since, since);
            }
        }
        for timer in state.timers.values().filter(|timer| timer.due_at <= now) {
            health.timer_due_since = earlier(health.timer_due_since, timer.due_at);
        }
        let failing = failing.into_iter().take(1000);
        health.failing = failing
            .map(|((kind, error), (jobs, stubborn))| FailingJobs { kind, error, jobs, stubborn })
            .collect();
        Ok(health)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, PortError> {
        let state = self.state();
        let jobs = state.jobs.values().filter_map(|job| match job.state {
            JobState::Queued => Some(job.due_at),
            JobState::Leased => job.leased_until,
            JobState::Done | JobState::Dead => None,
        });
        Ok(jobs.chain(state.timers.values().map(|timer| timer.due_at)).min())
    }

    async fn due_timers(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>, PortError> {
        let mut due: Vec<_> =
            self.state().timers.values().filter(|timer| timer.due_at <= now).cloned().collect();
        due.sort_by(|a, b| (a.due_at, &a.kind, &a.subject).cmp(&(b.due_at, &b.kind, &b.subject)));
        due.truncate(limit as usize);
        Ok(due)
    }

    async fn events(&self, stream: Stream, after: i64, limit: u32) -> Result<Vec<Event>, PortError> {
        let state = self.state();
        let events = state.events.get(&stream.to_string()).map(Vec::as_slice).unwrap_or_default();
        Ok(events.iter().filter(|event| event.position > after).take(limit as usize).cloned().collect())
    }

    async fn audit_of(&self, subject: &str, page: &Page) -> Result<Vec<AuditEntry>, PortError> {
        let all = self.state().audit.iter().filter(|entry| entry.subject == subject).cloned().collect();
        self.page(all, page, |entry: &AuditEntry| entry.id.to_string())
    }

    async fn idempotency(&self, key: &str, now: Timestamp) -> Result<Option<IdempotencyRecord>, PortError> {
        Ok(self.state().idempotency.get(key).filter(|record| now < record.expires_at).cloned())
    }

    async fn claimed_ticks(&self) -> Result<Vec<(String, String, Timestamp)>, PortError> {
        let at = |tick: i64| Timestamp::UNIX_EPOCH + Duration::seconds(tick * TICK);
        Ok(self
            .state()
            .ticks
            .iter()
            .map(|((party, tick), of)| (party.clone(), of.clone(), at(*tick)))
            .collect())
    }

    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<u64, PortError> {
        let mut state = self.state();
        let state = Arc::make_mut(&mut state);
        let count = |state: &State| state.ticks.len() + state.idempotency.len() + state.jobs.len();
        let had = count(state);
        state.ticks.retain(|(_, tick), _| (tick + 1) * TICK > before.timestamp());
        state.idempotency.retain(|_, record| now < record.expires_at);
        let old = |job: &BackgroundJob| {
            job.state == JobState::Done && job.finished_at.is_some_and(|at| at < before)
        };
        let causes: Vec<_> =
            state.jobs.values().filter(|job| old(job)).map(|job| job.cause.clone()).collect();
        for cause in causes {
            state.causes.remove(&cause);
        }
        state.jobs.retain(|_, job| !old(job));
        Ok((had - count(state)) as u64)
    }

    async fn ping(&self) -> Result<(), PortError> {
        Ok(())
    }

    async fn pending_migrations(&self) -> Result<u64, PortError> {
        Ok(0)
    }

    async fn alerts(&self, lasting: bool, page: &Page) -> Result<Vec<Alert>, PortError> {
        let all = self.all(|alert: &Alert| !lasting || alert.live_key.is_some())?;
        self.page(all, page, |alert| alert.id.to_string())
    }
}
