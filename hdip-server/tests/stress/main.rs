//! Races and crashes, through HTTP and against the real binary. Slow, so beside the other tests.

mod client;
mod crash;
mod database;
mod fleet;
mod mails;
mod processes;
mod race;
mod scene;
mod sink;
mod storm;
