//! What databases with a server have in common: how they are opened.

use sqlx::pool::PoolOptions;
use sqlx::{Connection, Database, Pool};
use std::time::Duration;

/// How a database that has a server is opened.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Connections at the same time; at least 2.
    pub connections: u32,
    /// How long somebody waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long a statement may take. (MySQL limits only reading ones.)
    pub statement_timeout: Duration,
    /// How long a statement waits for a lock.
    pub lock_timeout: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            connections: 10,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(20),
            lock_timeout: Duration::from_secs(5),
        }
    }
}

type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

impl ServerConfig {
    /// The options of a pool.
    pub(super) fn pool<DB: Database>(&self) -> PoolOptions<DB> {
        PoolOptions::new().max_connections(self.connections.max(2)).acquire_timeout(self.acquire_timeout)
    }
}

/// Opens a pool. One that could have no connection does not tell why, so that another is tried beside it.
pub(super) async fn open<DB: Database>(
    pool: PoolOptions<DB>,
    options: Options<DB>,
) -> Result<Pool<DB>, sqlx::Error> {
    match pool.connect_with(options.clone()).await {
        Err(sqlx::Error::PoolTimedOut) => {
            let tried = DB::Connection::connect_with(&options).await;
            Err(tried.err().unwrap_or(sqlx::Error::PoolTimedOut))
        }
        done => done,
    }
}
