//! The system's clock, and ids that sort by the time they were made.

use chrono::SubsecRound;
use hdip_core::ports::{Clock, Ids};
use hdip_core::values::Timestamp;
use std::time::SystemTime;

/// The host's clock, cut to the whole microseconds that every database keeps.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(SystemTime::now()).trunc_subsecs(6)
    }
}

/// UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then a counter and random bits. Within a process every
/// id is greater than the one before, also in the same millisecond and when the clock is set back.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidIds;

impl Ids for UuidIds {
    fn next(&self) -> u128 {
        uuid::Uuid::now_v7().as_u128()
    }
}
