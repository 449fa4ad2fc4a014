use crate::ports::{Announcement, PortError, Queue, Settled};
use crate::testkit::lock;
use crate::values::{BackgroundJobId, Duration};
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Remembers what was announced. Core has no timer, so [`Queue::next`] does not wait: it answers at once
/// what was announced and not taken. That keeps the contract ("at the latest when `wait` has passed"); a loop
/// over it would spin, so tests run due jobs by hand instead.
#[derive(Debug, Default)]
pub struct MemoryQueue(Arc<Mutex<BTreeSet<BackgroundJobId>>>);

impl MemoryQueue {
    /// With nothing announced.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        lock(&self.0).extend(jobs);
        Ok(())
    }

    async fn next(&self, _wait: Duration) -> Result<Vec<Announcement>, PortError> {
        let jobs = std::mem::take(&mut *lock(&self.0));
        let announcement = |job| {
            let ready = self.0.clone();
            Announcement::new(job, move |job, how| {
                if how == Settled::GivenBack {
                    lock(&ready).insert(job);
                }
            })
        };
        Ok(jobs.into_iter().map(announcement).collect())
    }

    async fn ping(&self) -> Result<(), PortError> {
        Ok(())
    }
}
