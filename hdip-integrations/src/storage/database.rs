//! A database by its address: what a server's settings and its operator have.

#[cfg(feature = "storage-mysql")]
use super::mysql::MysqlStorage;
#[cfg(feature = "storage-postgres")]
use super::postgres::PostgresStorage;
#[cfg(any(feature = "storage-mysql", feature = "storage-postgres"))]
use super::server::ServerConfig;
use super::sql::copy::End;
#[cfg(feature = "storage-sqlite")]
use super::sqlite::{SqliteConfig, SqliteStorage};
use hdip_core::ports::storage::Storage;
use hdip_core::ports::{PortError, PortErrorKind};
use std::sync::Arc;

/// What a database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which, and its version.
    pub server: String,
    /// How transactions are isolated.
    pub isolation: String,
    /// What is not as it must be.
    pub faults: Vec<String>,
    /// Migrations to be applied.
    pub pending: Vec<String>,
}

/// A database of any kind this build has.
#[derive(Debug, Clone)]
pub enum Database {
    /// `sqlite:FILE`
    #[cfg(feature = "storage-sqlite")]
    Sqlite(SqliteStorage),
    /// `mysql://USER:PASSWORD@HOST/NAME`, also for MariaDB.
    #[cfg(feature = "storage-mysql")]
    Mysql(MysqlStorage),
    /// `postgres://USER:PASSWORD@HOST/NAME`
    #[cfg(feature = "storage-postgres")]
    Postgres(PostgresStorage),
}

/// The same for each kind.
macro_rules! each {
    ($database:expr, $storage:ident => $what:expr) => {
        match $database {
            #[cfg(feature = "storage-sqlite")]
            Database::Sqlite($storage) => $what,
            #[cfg(feature = "storage-mysql")]
            Database::Mysql($storage) => $what,
            #[cfg(feature = "storage-postgres")]
            Database::Postgres($storage) => $what,
        }
    };
}

impl Database {
    /// Connects, and leaves the schema as it is. `connections` is for those that have a server.
    ///
    /// # Errors
    /// When the address is none, or the database cannot be reached.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, PortError> {
        let scheme = url.split(':').next().unwrap_or_default();
        let _ = connections;
        match scheme {
            #[cfg(feature = "storage-sqlite")]
            "sqlite" => {
                let file = url.trim_start_matches("sqlite:").trim_start_matches("//");
                if file.is_empty() {
                    return Err(rejected("sqlite: without a file"));
                }
                Ok(Self::Sqlite(SqliteStorage::connect(file, &SqliteConfig::default()).await?))
            }
            #[cfg(feature = "storage-mysql")]
            "mysql" | "mariadb" => {
                let config = ServerConfig { connections, ..ServerConfig::default() };
                Ok(Self::Mysql(MysqlStorage::connect(url, &config).await?))
            }
            #[cfg(feature = "storage-postgres")]
            "postgres" | "postgresql" => {
                let config = ServerConfig { connections, ..ServerConfig::default() };
                Ok(Self::Postgres(PostgresStorage::connect(url, &config).await?))
            }
            // The address itself may hold a password.
            _ => Err(rejected("a database's address begins with sqlite:, mysql:// or postgres://")),
        }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate(&self) -> Result<(), PortError> {
        each!(self, storage => storage.migrate().await)
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn report(&self) -> Result<Report, PortError> {
        each!(self, storage => storage.report().await)
    }

    /// As the port.
    pub fn storage(&self) -> Arc<dyn Storage> {
        each!(self, storage => Arc::new(storage.clone()))
    }

    /// Closes all connections, in good order.
    pub async fn close(&self) {
        each!(self, storage => storage.close().await)
    }

    pub(super) async fn reading(&self) -> Result<Box<dyn End>, PortError> {
        each!(self, storage => storage.reading().await)
    }

    pub(super) async fn writing(&self) -> Result<Box<dyn End>, PortError> {
        each!(self, storage => storage.writing().await)
    }
}

fn rejected(why: &str) -> PortError {
    PortError::new(PortErrorKind::Rejected, "storage", "open", why)
}
