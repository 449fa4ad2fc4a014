//! Queue adapters: how workers hear early of what the sweep of [`worker`](crate::worker) finds anyway.

#[cfg(feature = "worker")]
mod local;
#[cfg(feature = "queue-rabbitmq")]
pub mod rabbitmq;
mod ready;

#[cfg(feature = "worker")]
pub use local::LocalQueue;
