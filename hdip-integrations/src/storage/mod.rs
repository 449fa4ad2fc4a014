//! Storage adapters. Each runs the contract suite of `hdip_core::testkit` in `tests/it`.

#[cfg(feature = "sqlite")]
mod cells;
#[cfg(feature = "sqlite")]
pub mod sqlite;
