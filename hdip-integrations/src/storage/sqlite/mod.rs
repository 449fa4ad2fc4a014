//! Storage in SQLite: one file, one writer, WAL. The default of the reference server and enough for one
//! machine.
//!
//! Writes go through one connection in `BEGIN IMMEDIATE` transactions, so two commits never interleave;
//! reads go through a few read-only connections and see the last commit. Durability is `synchronous=FULL`
//! unless configured otherwise: what was answered survives a power cut.

use super::Report;
use super::sql::dialect::{Applied, At, Class, Dialect, driver};
use super::sql::rows::Bound;
use super::sql::{SqlStorage, error, schema};
use hdip_core::ports::{PortError, PortErrorKind};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct SqliteConfig {
    /// Connections that read at the same time.
    pub readers: u32,
    /// How long a statement waits for a lock held by another process.
    pub busy_timeout: Duration,
    /// `true`: each commit reaches the disk before it is answered. `false`: the last commits may be lost in a
    /// power cut (never by a crash of the process), and the database stays whole.
    pub durable: bool,
}

impl Default for SqliteConfig {
    fn default() -> Self {
        Self { readers: 4, busy_timeout: Duration::from_secs(5), durable: true }
    }
}

/// SQLite, as a dialect.
#[derive(Debug)]
pub struct Sqlite;

/// Storage in one SQLite file.
pub type SqliteStorage = SqlStorage<Sqlite>;

driver!(Sqlite, sqlx::Sqlite, SqliteRow, |row, at| row.try_get(at));

impl Dialect for Sqlite {
    const NAME: &'static str = "SQLite";
    const BEGIN_WRITE: &'static str = "BEGIN IMMEDIATE";
    const BEGIN_SNAPSHOT: &'static str = "BEGIN";
    const SHARE_LOCK: &'static str = "";
    const SKIP_LOCKED: &'static str = "";
    const MOVE_TIMER: &'static str = r#"ON CONFLICT ("kind", "subject") DO UPDATE SET "due_at" = excluded."due_at",
        "generation" = "timers"."generation" + 1, "traceparent" = excluded."traceparent""#;
    const MIGRATIONS: Applied = Applied {
        begun: r#"SELECT 1 FROM "sqlite_master" WHERE "type" = 'table' AND "name" = '_sqlx_migrations'"#,
        versions: r#"SELECT "version" FROM "_sqlx_migrations" WHERE "success" = 1"#,
    };
    const SAME_CAUSE: &'static str = r#"ON CONFLICT ("cause") DO NOTHING"#;
    const ADD_TO_HEAD: &'static str = r#"ON CONFLICT ("stream") DO UPDATE SET "position" = "stream_heads"."position" + excluded."position""#;

    fn class_of_code(code: &str, _: Option<u16>) -> Class {
        // The extended code; its lowest byte is the primary one. 5 and 6: busy, locked.
        match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(5 | 6) => Class::Conflict,
            Ok(10 | 13) => Class::Overloaded,
            Ok(11 | 26) => Class::Corrupt,
            Ok(18 | 19) => Class::Refused,
            _ => Class::Other,
        }
    }
}

impl SqlStorage<Sqlite> {
    /// Opens or creates a database file and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub async fn open(path: impl AsRef<Path>, config: &SqliteConfig) -> Result<Self, PortError> {
        let storage = Self::connect(path, config).await?;
        storage.migrate().await?;
        Ok(storage)
    }

    /// Opens or creates a database file, and leaves its schema as it is.
    ///
    /// # Errors
    /// When the file cannot be opened, or is no database.
    pub async fn connect(path: impl AsRef<Path>, config: &SqliteConfig) -> Result<Self, PortError> {
        let failed = |e| error::<Sqlite>("open", e);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if config.durable { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
            .busy_timeout(config.busy_timeout)
            .foreign_keys(true)
            .statement_cache_capacity(400)
            // KiB of pages, each connection; the default of 2,000 holds less than the inner pages of large tables.
            .pragma("cache_size", "-8000")
            // Rows cross from SQLite's thread in batches: a pool has thousands, and each hand-over would switch
            // threads.
            .row_buffer_size(1_000);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let reader = SqlitePoolOptions::new()
            .max_connections(config.readers.max(1))
            .connect_with(options.read_only(true))
            .await
            .map_err(failed)?;
        Ok(Self::over(writer, reader))
    }

    /// Brings the schema up to date. Migrations of a newer release do not matter: they only add (docs/upgrades.md).
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate(&self) -> Result<(), PortError> {
        schema::migrator(schema::SOURCE.iter().cloned().collect())
            .run(&self.writer)
            .await
            .map_err(schema::failed)
    }

    /// What the database says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn report(&self) -> Result<Report, PortError> {
        let failed = |e| error::<Sqlite>("report", e);
        let version: String =
            sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.reader).await.map_err(failed)?;
        let sound: String =
            sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&self.reader).await.map_err(failed)?;
        let mut faults = Vec::new();
        if sound != "ok" {
            faults.push(format!("the file is damaged: {sound}"));
        }
        let pending = schema::pending(&self.applied().await?);
        Ok(Report {
            server: format!("SQLite {version}"),
            isolation: "one writer".to_owned(),
            faults,
            pending,
        })
    }

    /// Writes a copy of the whole database, as of one moment, into a new file, while others read and write.
    ///
    /// # Errors
    /// When the file is there already, or cannot be written.
    pub async fn backup(&self, file: impl AsRef<Path>) -> Result<(), PortError> {
        let file = file.as_ref();
        let rejected = |why: String| PortError::new(PortErrorKind::Rejected, "storage", "backup", why);
        if file.exists() {
            return Err(rejected(format!("{} is there already", file.display())));
        }
        let Some(name) = file.to_str() else {
            return Err(rejected(format!("{} is no text", file.display())));
        };
        // A reader's snapshot: the writer goes on. Not `VACUUM INTO` on the writer, which would hold it up.
        sqlx::query("VACUUM INTO ?")
            .bind(name)
            .execute(&self.reader)
            .await
            .map_err(|e| error::<Sqlite>("backup", e))?;
        Ok(())
    }
}
