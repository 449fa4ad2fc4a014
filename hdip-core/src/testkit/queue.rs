use crate::ports::{PortError, Queue};
use crate::values::{BackgroundJobId, Duration};
use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, Ordering};

/// Remembers whether something was announced. Core has no timer, so [`Queue::next`] does not wait: it
/// answers at once whether anything was announced since the last call. That keeps the contract ("at the
/// latest when `wait` has passed"); a loop over it would spin, so tests run due jobs by hand instead.
#[derive(Debug, Default)]
pub struct MemoryQueue(AtomicBool);

impl MemoryQueue {
    /// With nothing announced.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        if !jobs.is_empty() {
            self.0.store(true, Ordering::Release);
        }
        Ok(())
    }

    async fn next(&self, _wait: Duration) -> Result<bool, PortError> {
        Ok(self.0.swap(false, Ordering::AcqRel))
    }
}
