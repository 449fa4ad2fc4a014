use super::PortError;
use crate::values::{BackgroundJobId, Duration};
use async_trait::async_trait;
use std::fmt::Debug;

/// Announces that background jobs are ready. The `background_jobs` table is the only truth: a queue
/// that loses, doubles or reorders announcements only delays, because workers claim rows.
///
/// Contract:
/// - What was announced after the last `next` makes a waiting `next` return; announcements made while
///   nobody waits are kept, at least as "something is there".
/// - `next` returns at the latest when `wait` has passed.
/// - Any number of announcers and waiters may share a queue; a waiter that is dropped loses nothing.
#[async_trait]
pub trait Queue: Debug + Send + Sync {
    /// Says that these jobs are ready.
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError>;
    /// Waits until something is announced, at most `wait`. True if something was.
    async fn next(&self, wait: Duration) -> Result<bool, PortError>;
}
