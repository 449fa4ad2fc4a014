use super::lock;
use crate::ports::Clock;
use crate::values::{Duration, Timestamp};
use chrono::SubsecRound;
use std::sync::Mutex;

/// A clock that stands still until it is moved.
///
/// ```
/// use hdip_core::{ports::Clock, testkit::ManualClock, values::minutes};
/// let clock = ManualClock::at("2026-01-05T04:30:00Z");
/// clock.advance(minutes(5));
/// assert_eq!(clock.now().to_rfc3339(), "2026-01-05T04:35:00+00:00");
/// ```
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at `now`, cut to whole microseconds.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now.trunc_subsecs(6)))
    }

    /// Stands at an RFC 3339 time.
    ///
    /// # Panics
    /// If the text is none.
    pub fn at(now: &str) -> Self {
        Self::new(now.parse().expect("an RFC 3339 time"))
    }

    /// Moves to `now`, forward or back.
    pub fn set(&self, now: Timestamp) {
        *lock(&self.0) = now.trunc_subsecs(6);
    }

    /// Moves by `by`, which may be negative.
    pub fn advance(&self, by: Duration) {
        let mut now = lock(&self.0);
        *now = (*now + by).trunc_subsecs(6);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}
