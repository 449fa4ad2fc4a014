//! The loop that carries out background jobs and fires due timers.
//!
//! [`Worker::run`] waits for announcements, claims as many ready jobs as it has room for, and fires timers; a
//! slow job holds up nobody else's. Announcements only make it faster: every [`WorkerConfig::sweep`] it looks at
//! the tables, so that a lost announcement, a lease that ran out or a backoff that ended is found. Any
//! number may run, in one process or many: a job is claimed by one, a timer fires once whoever sees it.
//!
//! An announcement is settled after the work, or when a claim shows that nothing is ready any more. Told to
//! stop, the worker claims nothing more and gives back what it only heard of; jobs under way have
//! [`WorkerConfig::drain`] to end, then they are broken off and their leases taken back.

mod shift;

use crate::telemetry;
use hdip_core::Hdip;
use hdip_core::alerts::provider_of;
use hdip_core::jobs::JobReport;
use hdip_core::ports::storage::BackgroundJob;
use hdip_core::values::{Duration, Timestamp, days};
use shift::Shift;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;
use tokio::time::Instant;

/// Attempts at background jobs, by kind and outcome (`done`, `retried`, `dead`, `left`, `lost`).
pub const JOBS_TOTAL: &str = "hdip_jobs_total";
/// Seconds an attempt took, by kind.
pub const JOB_SECONDS: &str = "hdip_job_duration_seconds";
/// Jobs that failed at a provider, by provider.
pub const PROVIDER_ERRORS_TOTAL: &str = "hdip_provider_errors_total";
/// Timers fired, by outcome (`fired`, `failed`).
pub const TIMERS_TOTAL: &str = "hdip_timers_total";
/// Sweeps and jobs that failed because storage did.
pub const STORAGE_ERRORS_TOTAL: &str = "hdip_worker_storage_errors_total";

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Jobs run at the same time.
    pub concurrency: usize,
    /// At the latest after that long the tables are looked at.
    pub sweep: std::time::Duration,
    /// Rows that no decision needs any more are kept that long.
    pub keep: Duration,
    /// Jobs under way have that long to end when the worker is told to stop. A few seconds more go to taking
    /// back the leases of those that do not.
    pub drain: std::time::Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        let seconds = std::time::Duration::from_secs;
        Self { concurrency: 4, sweep: seconds(1), keep: days(2), drain: seconds(15) }
    }
}

/// What a worker has done since it started; read by `/metrics`.
#[derive(Debug, Default)]
pub struct WorkerCounts {
    /// Jobs carried out.
    pub done: AtomicU64,
    /// Attempts that failed and are tried again.
    pub retried: AtomicU64,
    /// Jobs given up.
    pub dead: AtomicU64,
    /// Attempts that another worker had taken over.
    pub lost: AtomicU64,
    /// Timers fired.
    pub timers: AtomicU64,
    /// Sweeps or jobs that failed because storage did.
    pub storage_errors: AtomicU64,
    /// When the loop went round last, in seconds since 1970; 0 before it began. It goes round at every sweep.
    pub turned_at: AtomicU64,
}

impl WorkerCounts {
    /// For how long the loop has not gone round; `None` before it began.
    pub fn idle_for(&self) -> Option<std::time::Duration> {
        let at = self.turned_at.load(Ordering::Relaxed);
        (at > 0).then(|| std::time::Duration::from_secs(seconds_now().saturating_sub(at)))
    }
}

fn seconds_now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Runs background jobs and timers until told to stop.
#[derive(Debug, Clone)]
pub struct Worker {
    hdip: Hdip,
    config: WorkerConfig,
    counts: Arc<WorkerCounts>,
}

impl Worker {
    /// A worker over `hdip`.
    pub fn new(hdip: Hdip, config: WorkerConfig) -> Self {
        Self { hdip, config, counts: Arc::default() }
    }

    /// What it has done.
    pub fn counts(&self) -> Arc<WorkerCounts> {
        self.counts.clone()
    }

    /// Works until `stop` turns true (or its sender is gone), then [drains](WorkerConfig::drain).
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut purged_at: Option<Timestamp> = None;
        let mut shift = Shift::default();
        let mut queue_answers = true;
        let mut watching = false;
        while !*stop.borrow() {
            self.counts.turned_at.store(seconds_now(), Ordering::Relaxed);
            if !watching {
                match self.hdip.watch_for_alerts().await {
                    Ok(()) => watching = true,
                    Err(error) => self.storage_failed("alerts", &error),
                }
            }
            shift.reap();
            let fired = self.fire().await;
            let started = self.start(&mut shift).await;
            let now = self.hdip.now();
            if purged_at.is_none_or(|at| now - at > Duration::hours(1)) {
                purged_at = Some(now);
                if let Err(error) = self.hdip.storage().purge(now - self.config.keep, now).await {
                    self.storage_failed("purge", &error);
                }
            }
            let full = shift.len() >= self.config.concurrency.max(1);
            if !full && (fired || started) {
                continue; // there may be more
            }
            let wait = Duration::from_std(self.config.sweep).unwrap_or(Duration::seconds(1));
            let sweep_at = Instant::now() + self.config.sweep;
            let queue = self.hdip.queue().clone();
            tokio::select! {
                changed = stop.changed() => if changed.is_err() { break },
                true = shift.one_ends() => {}
                // Timers are due whether there is room for jobs or not.
                () = tokio::time::sleep_until(sweep_at), if full => {}
                heard = queue.next(wait), if !full => match heard {
                    Ok(announcements) => {
                        if !std::mem::replace(&mut queue_answers, true) {
                            tracing::info!("the queue answers again");
                        }
                        shift.hear(announcements);
                    }
                    Err(error) => {
                        // Once: a broker may be away for hours, and the sweep goes on.
                        if std::mem::replace(&mut queue_answers, false) {
                            tracing::warn!(error = chain(&error), "the queue does not answer; sweeping only");
                        }
                        tokio::select! {
                            () = tokio::time::sleep_until(sweep_at) => {}
                            _ = stop.changed() => {}
                        }
                    }
                },
            }
        }
        shift.drain(&self, self.config.drain).await;
    }

    /// Fires what is due, runs some ready jobs to their end; true if there was anything to do. For programs
    /// that want to be done with everything before they go on.
    pub async fn turn(&self) -> bool {
        let mut shift = Shift::default();
        let fired = self.fire().await;
        let started = self.start(&mut shift).await;
        while shift.one_ends().await {}
        fired || started
    }

    async fn fire(&self) -> bool {
        match self.hdip.fire_due(100).await {
            Ok(fired) => {
                self.counts.timers.fetch_add(fired.fired as u64, Ordering::Relaxed);
                metrics::counter!(TIMERS_TOTAL, "outcome" => "fired").increment(fired.fired as u64);
                metrics::counter!(TIMERS_TOTAL, "outcome" => "failed").increment(fired.failed.len() as u64);
                for (timer, error) in fired.failed {
                    tracing::warn!(
                        kind = timer.kind,
                        subject = timer.subject,
                        code = error.code(),
                        error = chain(&error),
                        "timer failed"
                    );
                }
                fired.fired > 0
            }
            Err(error) => {
                self.storage_failed("timers", &error);
                false
            }
        }
    }

    /// Claims as many jobs as there is room for, no more: a claimed job's lease is running.
    async fn start(&self, shift: &mut Shift) -> bool {
        let room = self.config.concurrency.max(1).saturating_sub(shift.len());
        if room == 0 {
            return false;
        }
        let jobs = match self.hdip.claim_jobs(room as u32).await {
            Ok(jobs) => jobs,
            Err(error) => {
                self.storage_failed("claim", &error);
                return false;
            }
        };
        let (any, all) = (!jobs.is_empty(), jobs.len() < room);
        for job in jobs {
            let span = tracing::info_span!("job", kind = known(&job.kind), id = %job.id, subject = job.subject, attempt = job.attempt);
            telemetry::continue_trace(&span, job.traceparent.as_deref());
            let job = BackgroundJob {
                traceparent: telemetry::traceparent(&span, job.traceparent.as_deref()),
                ..job
            };
            shift.start(self, job, span);
        }
        if all {
            shift.nothing_else_is_ready();
        }
        any
    }

    async fn one(&self, job: &BackgroundJob) {
        let counts = &self.counts;
        let began = std::time::Instant::now();
        let report = self.hdip.run_job(job).await;
        let kind = known(&job.kind);
        metrics::histogram!(JOB_SECONDS, "kind" => kind).record(began.elapsed().as_secs_f64());
        let (count, outcome) = match report {
            Ok(JobReport::Done) => (&counts.done, "done"),
            Ok(JobReport::Retry { due_at, error }) => {
                tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempt, %due_at, error, "job failed, will be retried");
                blame(&error);
                (&counts.retried, "retried")
            }
            Ok(JobReport::Dead { error }) => {
                tracing::error!(job = %job.id, kind = job.kind, attempt = job.attempt, error, "job given up");
                blame(&error);
                (&counts.dead, "dead")
            }
            Ok(JobReport::Unknown) => {
                tracing::warn!(job = %job.id, kind = job.kind, "job of a kind this version does not know");
                (&counts.lost, "left")
            }
            Ok(_) => (&counts.lost, "lost"),
            Err(error) => return self.storage_failed("run", &error),
        };
        count.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(JOBS_TOTAL, "kind" => kind, "outcome" => outcome).increment(1);
    }

    fn storage_failed(&self, what: &str, error: &dyn std::error::Error) {
        self.counts.storage_errors.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(STORAGE_ERRORS_TOTAL).increment(1);
        tracing::error!(what, error = chain(error), "worker could not reach storage");
    }
}

/// Counts a failure for the provider it happened at.
fn blame(error: &str) {
    if let Some(provider) = provider_of(error) {
        metrics::counter!(PROVIDER_ERRORS_TOTAL, "provider" => provider).increment(1);
    }
}

/// The kind as a label: those of a newer release must not make series of their own.
fn known(kind: &str) -> &'static str {
    hdip_core::jobs::KINDS.into_iter().find(|known| *known == kind).unwrap_or("other")
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
