//! Storage in relational databases: SQLite for one machine, MySQL, MariaDB and PostgreSQL for many.
//!
//! The queries and the commit are written once, in [`SqlStorage`], over a [`Dialect`](sql::dialect::Dialect)
//! per database. Each runs the contract suite of `hdip_core::testkit` in `tests/it`.

mod database;
#[cfg(feature = "storage-mysql")]
pub mod mysql;
#[cfg(feature = "storage-postgres")]
pub mod postgres;
#[cfg(any(feature = "storage-mysql", feature = "storage-postgres"))]
pub mod server;
#[doc(hidden)]
pub mod sql;
#[cfg(feature = "storage-sqlite")]
pub mod sqlite;

pub use database::{Database, Report};
#[cfg(feature = "storage-mysql")]
pub use mysql::MysqlStorage;
#[cfg(feature = "storage-postgres")]
pub use postgres::PostgresStorage;
pub use sql::SqlStorage;
#[cfg(feature = "storage-sqlite")]
pub use sqlite::SqliteStorage;
