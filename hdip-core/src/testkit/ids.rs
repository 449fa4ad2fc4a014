use crate::ports::Ids;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ids that count up from 1 below a seed, so that a run gives the same ids every time. The seed is the
/// high half: ids of two seeds never meet, and those of one sort in the order they were drawn.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    last: AtomicU64,
}

impl SeededIds {
    /// Ids of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, last: AtomicU64::new(0) }
    }
}

impl Ids for SeededIds {
    fn next(&self) -> u128 {
        let next = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        u128::from(self.seed) << 64 | u128::from(next)
    }
}
