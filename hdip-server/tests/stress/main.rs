//! Races and crashes, through HTTP and against the real binary. Slow, so beside the other tests.

mod client;
mod crash;
mod drain;
mod fleet;
// Makes databases for tests; the storage tests, whose file it is, use more of it than these.
#[allow(dead_code)]
#[path = "../../../hdip-integrations/tests/it/storage/fresh.rs"]
mod fresh;
mod mails;
mod processes;
mod race;
#[cfg(unix)]
mod rolling;
mod scene;
mod sink;
mod storm;
