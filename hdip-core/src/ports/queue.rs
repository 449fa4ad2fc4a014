use super::PortError;
use crate::values::{BackgroundJobId, Duration};
use async_trait::async_trait;
use std::fmt::{self, Debug};

/// Announces that background jobs are ready. The `background_jobs` table is the only truth: a queue
/// that loses, doubles or reorders announcements only delays, because workers claim rows.
///
/// Contract:
/// - What was announced after the last `next` makes a waiting `next` return; announcements made while
///   nobody waits are kept, at least as "something is there".
/// - `next` returns at the latest when `wait` has passed, empty if nothing is there.
/// - An [`Announcement`] names a job that was announced. Whoever has it has it alone, until it is
///   [done](Announcement::done), and then it is heard no more, or until it is dropped: then it is heard again,
///   by anybody. A broker gives back what a process held that is gone.
/// - Any number of announcers and waiters may share a queue; a waiter that is dropped loses nothing.
/// - `announce` answers `Ok` only when the queue has taken responsibility. It never keeps its caller long,
///   who may be answering a person: a queue that cannot be reached says so at once.
#[async_trait]
pub trait Queue: Debug + Send + Sync {
    /// Says that these jobs are ready.
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError>;
    /// Waits until something is announced, at most `wait`: what is there then.
    async fn next(&self, wait: Duration) -> Result<Vec<Announcement>, PortError>;
    /// Whether announcements can be made now.
    async fn ping(&self) -> Result<(), PortError>;
}

/// What becomes of an announcement, once.
type Settle = Box<dyn FnOnce(BackgroundJobId, Settled) + Send + Sync>;

/// How an announcement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The job was looked after.
    Done,
    /// It was not: somebody else must hear of it.
    GivenBack,
}

/// A job that somebody said is ready. Dropping it gives it back.
#[must_use = "dropping an announcement gives it back"]
pub struct Announcement {
    job: BackgroundJobId,
    settle: Option<Settle>,
}

impl Announcement {
    /// For adapters: `settle` is told, once, how it ended. It must not block.
    pub fn new(
        job: BackgroundJobId,
        settle: impl FnOnce(BackgroundJobId, Settled) + Send + Sync + 'static,
    ) -> Self {
        Self { job, settle: Some(Box::new(settle)) }
    }

    /// The job.
    pub const fn job(&self) -> BackgroundJobId {
        self.job
    }

    /// Says that the job was looked after: carried out, recorded as failed, or somebody else's. Call it after
    /// the work, not before.
    pub fn done(mut self) {
        self.end(Settled::Done);
    }

    fn end(&mut self, how: Settled) {
        if let Some(settle) = self.settle.take() {
            settle(self.job, how);
        }
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        self.end(Settled::GivenBack);
    }
}

impl Debug for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Announcement").field(&self.job).finish()
    }
}
