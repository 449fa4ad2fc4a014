use crate::values::Timestamp;
use std::fmt::Debug;

/// The time. The only source of "now" in HDIP.
///
/// Contract: readings never go backwards within a process by more than the host's clock does; they have
/// at most microsecond precision, so that a stored time compares equal to the one that was written.
pub trait Clock: Debug + Send + Sync {
    /// The current instant, whole microseconds.
    fn now(&self) -> Timestamp;
}
