//! What tests of HDIP and of programs that embed it stand on: in-memory adapters of every port, a clock
//! set by hand, counted ids, a small executor, and the [`contract`] suites any adapter can run.
//!
//! Feature `testkit`. Nothing here is meant for production: the adapters keep everything in memory and
//! [`FakeSecrets`] is not secret.

mod block_on;
mod calendar;
mod chat;
mod clock;
pub mod contract;
mod files;
mod ids;
mod mail;
mod queue;
mod secrets;

mod storage;
mod video;
mod world;

pub use block_on::{block_on, together};
pub use calendar::MemoryCalendar;
pub use chat::MemoryChat;
pub use clock::ManualClock;
pub use files::{MemoryFiles, read_all, stream_of};
pub use ids::SeededIds;
pub use mail::MemoryMail;
pub use queue::MemoryQueue;
pub use secrets::FakeSecrets;
pub use storage::{MemoryStorage, Snapshot};
pub use video::MemoryVideo;
pub use world::{World, email, zone};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks even after a panic elsewhere: a test that failed must not hide behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
