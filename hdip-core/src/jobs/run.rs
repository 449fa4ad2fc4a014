use crate::alerts::POST_TO_CHAT;
use crate::notifications::SEND_MAIL;
use crate::ports::storage::*;
use crate::ports::{PortError, PortErrorKind, Retry};
use crate::scheduling::{CALL_INTERVIEWERS, OPEN_MEETING};
use crate::values::*;
use crate::{Ctx, Error, Hdip};

/// Kinds of jobs this release knows.
pub const KINDS: [&str; 4] = [SEND_MAIL, CALL_INTERVIEWERS, OPEN_MEETING, POST_TO_CHAT];

/// How often a job is tried before it is dead. With the backoff below that is about six hours.
pub const ATTEMPTS: i64 = 12;
/// Seconds a worker has for one job before another may take it.
pub const LEASE_SECONDS: i64 = 120;

/// So many hours a job that this release does not understand is left to a newer one.
const LEFT_HOURS: i64 = 24;
/// Seconds after which it is looked at again, here or there.
const LEFT_SECONDS: i64 = 20;

/// How a handler ended.
pub(crate) enum Step {
    /// Carried out; commit this.
    Done(Changes),
    /// Not carried out yet, but commit this (people are told what is pending) and try again.
    Again(Changes, PortError),
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobReport {
    /// Carried out.
    Done,
    /// Failed; tried again at that time.
    Retry {
        /// When.
        due_at: Timestamp,
        /// Why.
        error: String,
    },
    /// Given up.
    Dead {
        /// Why.
        error: String,
    },
    /// The lease ran out, or another worker finished it: nothing was committed.
    Lost,
    /// Of a kind, or with data, this release does not know; left to a newer one.
    Unknown,
}

impl Hdip {
    /// Claims up to `limit` ready jobs.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn claim_jobs(&self, limit: u32) -> Result<Vec<BackgroundJob>, Error> {
        let now = self.clock.now();
        Ok(self.storage.claim_jobs(now, now + Duration::seconds(LEASE_SECONDS), limit).await?)
    }

    /// Claims one job by its id, if it is ready.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn claim_job(&self, id: BackgroundJobId) -> Result<Option<BackgroundJob>, Error> {
        let now = self.clock.now();
        Ok(self.storage.claim_job(id, now, now + Duration::seconds(LEASE_SECONDS)).await?)
    }

    /// Carries out one claimed job.
    ///
    /// # Errors
    /// Only when storage fails so that the end could not be recorded; the lease then runs out and the job
    /// is claimed again.
    pub async fn run_job(&self, job: &BackgroundJob) -> Result<JobReport, Error> {
        let mut ctx = self.system();
        ctx.request_id = job.request_id.clone();
        ctx.traceparent = job.traceparent.clone();
        // A handler's changes can meet a change made meanwhile; it looks again, like a use case.
        for _ in 0..5 {
            let step = match &*job.kind {
                SEND_MAIL => self.deliver_mail(&ctx, job).await,
                CALL_INTERVIEWERS => self.call_interviewers(&ctx, job).await,
                OPEN_MEETING => self.open_meeting(&ctx, job).await,
                POST_TO_CHAT => self.post_to_chat(job).await,
                _ => Err(not_understood(job).into()),
            };
            let (mut changes, report) = match step {
                Ok(Step::Done(changes)) => (changes, JobReport::Done),
                Ok(Step::Again(changes, error)) => (changes, verdict(job, ctx.now, &Error::Port(error))),
                Err(error) => (Changes::new(), verdict(job, ctx.now, &error)),
            };
            changes.traceparent.clone_from(&ctx.traceparent);
            changes.finish = Some(finish(job, ctx.now, &report));
            let announced: Vec<_> = changes.jobs.iter().map(|j| j.id).collect();
            match self.storage.commit(changes).await {
                Ok(()) => {
                    if !announced.is_empty() {
                        let _ = self.queue.announce(&announced).await;
                    }
                    return Ok(report);
                }
                Err(CommitError::Port(error)) => return Err(error.into()),
                Err(_) => match self.storage.background_job(job.id).await? {
                    Some(stored) if stored.state == JobState::Leased && stored.attempt == job.attempt => {}
                    _ => return Ok(JobReport::Lost),
                },
            }
        }
        Err(Error::Contended)
    }

    /// Gives up a claimed job unfinished, so that another worker can claim it at once and not only when the
    /// lease runs out. The attempt counts. False if it is not this attempt's any more: it was finished, or
    /// another worker has taken it over.
    ///
    /// # Errors
    /// When storage fails; the lease then runs out.
    pub async fn release_job(&self, job: &BackgroundJob) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut changes = Changes::new();
        let error = "released: its worker was stopped".to_owned();
        let outcome = FinishAs::Retry { due_at: now, error };
        changes.finish = Some(Finish { job: job.id, attempt: job.attempt, at: now, outcome });
        match self.storage.commit(changes).await {
            Ok(()) => {
                let _ = self.queue.announce(&[job.id]).await;
                Ok(true)
            }
            Err(CommitError::Port(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    /// Background jobs, newest first: for operators.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else.
    pub async fn background_jobs(
        &self,
        ctx: &Ctx,
        filter: &JobFilter,
        page: &Page,
    ) -> Result<Paged<BackgroundJob>, Error> {
        ctx.actor.need_operator()?;
        let jobs = self.storage.background_jobs(filter, &page.one_more()).await?;
        Ok(Paged::cut(jobs, page.limit, |job| job.id.to_string()))
    }
}

/// What an operator reads about a failure: context and sources, no personal data (ports keep it out).
fn describe(error: &Error) -> String {
    let mut text = error.code().to_owned();
    // What a user would be told of a port says nothing to an operator, who wants to know whose fault it is
    // (`alerts::provider_of`).
    let mut source: Option<&dyn std::error::Error> = match error {
        Error::Port(port) => Some(port),
        error => Some(error),
    };
    while let Some(cause) = source {
        let line = cause.to_string();
        if !text.ends_with(&line) {
            text = format!("{text}: {line}");
        }
        source = cause.source();
    }
    text.chars().take(500).collect()
}

fn verdict(job: &BackgroundJob, now: Timestamp, error: &Error) -> JobReport {
    let error_text = describe(error);
    if let Error::Port(port) = error
        && (port.port, port.operation) == NOT_UNDERSTOOD
        && now - job.created_at < hours(LEFT_HOURS)
    {
        return JobReport::Unknown;
    }
    let pause = match error {
        Error::Port(port) => match port.retry {
            Retry::Never => None,
            Retry::After(pause) => Some(pause.max(backoff(job))),
            Retry::Backoff => Some(backoff(job)),
        },
        Error::Contended => Some(backoff(job)),
        // A refusal of the domain, or a record that is gone: the same next time.
        _ => None,
    };
    match pause {
        Some(pause) if job.attempt < ATTEMPTS => JobReport::Retry { due_at: now + pause, error: error_text },
        _ => JobReport::Dead { error: error_text },
    }
}

/// 10 s, 20 s, 40 s … at most an hour, plus up to a quarter that depends on the job, so that jobs that
/// failed together do not come back together.
fn backoff(job: &BackgroundJob) -> Duration {
    let base = (10i64 << (job.attempt.clamp(1, 10) - 1)).min(3600);
    let spread =
        job.id.to_string().bytes().fold(job.attempt, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    Duration::seconds(base) + Duration::milliseconds(spread.rem_euclid(base * 250 + 1))
}

fn finish(job: &BackgroundJob, at: Timestamp, report: &JobReport) -> Finish {
    let outcome = match report {
        JobReport::Retry { due_at, error } => FinishAs::Retry { due_at: *due_at, error: error.clone() },
        JobReport::Dead { error } => FinishAs::Dead { error: error.clone() },
        JobReport::Unknown => FinishAs::Left { due_at: at + Duration::seconds(LEFT_SECONDS) },
        _ => FinishAs::Done,
    };
    Finish { job: job.id, attempt: job.attempt, at, outcome }
}

/// The job's data as the handler's type.
pub(crate) fn data<T: serde::de::DeserializeOwned>(job: &BackgroundJob) -> Result<T, Error> {
    serde_json::from_value(job.data.clone()).map_err(|e| not_understood(job).with_source(e).into())
}

/// Port and operation of the error that says that this release does not understand a job.
const NOT_UNDERSTOOD: (&str, &str) = ("jobs", "read");

fn not_understood(job: &BackgroundJob) -> PortError {
    let (port, operation) = NOT_UNDERSTOOD;
    PortError::new(PortErrorKind::Corrupt, port, operation, format!("kind or data of {}", job.kind))
}
