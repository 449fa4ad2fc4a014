use async_trait::async_trait;
use hdip_core::ports::{PortError, Queue};
use hdip_core::values::{BackgroundJobId, Duration};
use tokio::sync::Notify;

/// Wakes the workers of this process. What one process announces, others find by their sweep.
#[derive(Debug, Default)]
pub struct LocalQueue {
    notify: Notify,
}

impl LocalQueue {
    /// A queue on which nothing was announced yet.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        if !jobs.is_empty() {
            // Keeps one permit while nobody waits: "something is there".
            self.notify.notify_one();
        }
        Ok(())
    }

    async fn next(&self, wait: Duration) -> Result<bool, PortError> {
        let wait = wait.to_std().unwrap_or_default();
        Ok(tokio::time::timeout(wait, self.notify.notified()).await.is_ok())
    }
}
