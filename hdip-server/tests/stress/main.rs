//! Races and crashes, through HTTP and against the real binary. Slow, so beside the other tests.

mod client;
mod crash;
mod fleet;
mod race;
#[cfg(unix)]
mod rolling;
