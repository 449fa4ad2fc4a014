//! Queue adapters.

mod local;

pub use local::LocalQueue;
