use super::ready::Ready;
use async_trait::async_trait;
use hdip_core::ports::{Announcement, PortError, Queue, Settled};
use hdip_core::values::{BackgroundJobId, Duration};
use std::sync::Arc;

/// More than this is not remembered: where nobody works in this process, nobody takes it.
const MOST: usize = 10_000;

/// Wakes the workers of this process. What one process announces, others find by their sweep.
#[derive(Debug)]
pub struct LocalQueue {
    ready: Arc<Ready<BackgroundJobId>>,
}

impl LocalQueue {
    /// A queue on which nothing was announced yet.
    pub fn new() -> Self {
        Self { ready: Arc::new(Ready::new()) }
    }
}

impl Default for LocalQueue {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        for job in jobs.iter().take(MOST.saturating_sub(self.ready.len())) {
            self.ready.push(*job);
        }
        Ok(())
    }

    async fn next(&self, wait: Duration) -> Result<Vec<Announcement>, PortError> {
        let jobs = self.ready.wait(wait.to_std().unwrap_or_default()).await;
        let announcement = |job| {
            let ready = self.ready.clone();
            Announcement::new(job, move |job, how| {
                if how == Settled::GivenBack {
                    ready.push(job);
                }
            })
        };
        Ok(jobs.into_iter().map(announcement).collect())
    }

    async fn ping(&self) -> Result<(), PortError> {
        Ok(())
    }
}
