//! What was announced and is not taken: waiters wait here.

#[cfg(feature = "queue-rabbitmq")]
use hdip_core::ports::Announcement;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Things that wait to be taken, and somebody who waits for them.
#[derive(Debug)]
pub(super) struct Ready<T> {
    there: Mutex<VecDeque<T>>,
    notify: Notify,
}

impl<T> Ready<T> {
    pub(super) fn new() -> Self {
        Self { there: Mutex::default(), notify: Notify::new() }
    }

    fn there(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one and wakes one waiter; keeps one wake-up while nobody waits.
    pub(super) fn push(&self, item: T) {
        self.there().push_back(item);
        self.notify.notify_one();
    }

    #[cfg(feature = "worker")]
    pub(super) fn len(&self) -> usize {
        self.there().len()
    }

    /// All there is, at once.
    pub(super) fn take(&self) -> VecDeque<T> {
        std::mem::take(&mut *self.there())
    }

    /// All there is as soon as there is something, nothing when `wait` has passed. A waiter that is dropped
    /// takes nothing along: things are taken when it answers, and its wake-up goes to the next.
    pub(super) async fn wait(&self, wait: Duration) -> VecDeque<T> {
        let something = async {
            loop {
                let taken = self.take();
                if !taken.is_empty() {
                    return taken;
                }
                self.notify.notified().await;
            }
        };
        tokio::time::timeout(wait, something).await.unwrap_or_default()
    }
}

/// What waits in an adapter whose announcements come ready-made.
#[cfg(feature = "queue-rabbitmq")]
pub(super) type Announcements = Ready<Announcement>;
