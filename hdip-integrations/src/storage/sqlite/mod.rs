//! Storage in SQLite: one file, one writer, WAL. The default of the reference server and enough for one
//! machine.
//!
//! Writes go through one connection in `BEGIN IMMEDIATE` transactions, so two commits never interleave;
//! reads go through a few read-only connections and see the last commit. Durability is `synchronous=FULL`
//! unless configured otherwise: what was answered survives a power cut.

mod access;
mod agencies;
mod clients;
mod commit;
mod desk;
mod feedback;
mod hiring;
mod interviewers;
mod ladder;
mod rows;
mod scheduling;
mod search;
mod work;

use async_trait::async_trait;
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use rows::{Bound, Statements};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, SqlitePool};
use std::path::Path;
use std::sync::LazyLock;
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
    /// Whether opening brings the schema up to date. Where releases are renewed one machine at a time, a step of
    /// its own does, and a server waits until it is done.
    pub migrate: bool,
}

impl Default for SqliteConfig {
    fn default() -> Self {
        Self { readers: 4, busy_timeout: Duration::from_secs(5), durable: true, migrate: true }
    }
}

/// This release's migrations.
static MIGRATIONS: LazyLock<sqlx::migrate::Migrator> = LazyLock::new(|| {
    let mut all = sqlx::migrate!("migrations/sqlite");
    // The ones of a newer release only add, so that this one goes on working beside it.
    all.set_ignore_missing(true);
    all
});

async fn migrate(writer: &SqlitePool) -> Result<(), PortError> {
    MIGRATIONS.run(writer).await.map_err(|e| {
        let what = "the schema could not be brought up to date";
        PortError::new(PortErrorKind::Rejected, "storage", "migrate", what).with_source(e)
    })
}

/// Storage in one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl SqliteStorage {
    /// Opens or creates a database file and, if so configured, brings its schema up to date. Migrations of a
    /// newer release do not matter: they only add (docs/upgrades.md).
    ///
    /// # Errors
    /// When the file cannot be opened or is no database.
    pub async fn open(path: impl AsRef<Path>, config: &SqliteConfig) -> Result<Self, PortError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if config.durable { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
            .busy_timeout(config.busy_timeout)
            .foreign_keys(true)
            .statement_cache_capacity(400)
            // Rows cross from SQLite's thread in batches: a pool has thousands, and each hand-over would switch
            // threads.
            .row_buffer_size(1_000);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(|e| error("open", e))?;
        if config.migrate {
            migrate(&writer).await?;
        }
        let reader = SqlitePoolOptions::new()
            .max_connections(config.readers.max(1))
            .connect_with(options.read_only(true))
            .await
            .map_err(|e| error("open", e))?;
        Ok(Self { writer, reader })
    }

    /// Closes all connections; the WAL is checkpointed.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Rows of an entity: `rest` follows `SELECT … FROM table`.
    async fn select<E: Entity>(&self, rest: &str, values: Vec<Bound>) -> Result<Vec<E>, PortError> {
        let sql = format!("{} {rest}", Statements::of(E::TABLE).select);
        let rows = self.rows(sql, values).await?;
        rows.iter().map(|row| rows::read(E::TABLE, row)).collect()
    }

    /// The first of [`SqliteStorage::select`].
    async fn first<E: Entity>(&self, rest: &str, values: Vec<Bound>) -> Result<Option<E>, PortError> {
        Ok(self.select(&format!("{rest} LIMIT 1"), values).await?.into_iter().next())
    }

    /// A page of an entity, newest first: `filter` is what follows `WHERE`.
    async fn page<E: Entity>(
        &self,
        filter: &str,
        mut values: Vec<Bound>,
        page: &Page,
    ) -> Result<Vec<E>, PortError> {
        let after = match &page.after {
            Some(after) => {
                values.push(cursor(after)?);
                " AND \"id\" < ?"
            }
            None => "",
        };
        values.push(Bound::Int(page.limit.into()));
        self.select(&format!("WHERE ({filter}){after} ORDER BY \"id\" DESC LIMIT ?"), values).await
    }

    async fn rows(&self, sql: String, values: Vec<Bound>) -> Result<Vec<SqliteRow>, PortError> {
        bound(&sql, values).fetch_all(&self.reader).await.map_err(|e| error("read", e))
    }
}

/// A statement with its values. The text is always put together from parts of this adapter; values are
/// bound, never written into it.
fn bound(
    sql: &str,
    values: Vec<Bound>,
) -> sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    values.into_iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), |query, value| match value {
        Bound::Int(value) => query.bind(value),
        Bound::Text(value) => query.bind(value),
        Bound::Null => query.bind(None::<String>),
    })
}

/// A list cursor: the id of the last row seen.
fn cursor(after: &str) -> Result<Bound, PortError> {
    let id = after.split_once('_').is_some_and(|(prefix, rest)| !prefix.is_empty() && rest.len() == 26);
    match id {
        true => Ok(after.into()),
        false => Err(PortError::new(PortErrorKind::Rejected, "storage", "page", "not a cursor")),
    }
}

fn error(operation: &'static str, source: sqlx::Error) -> PortError {
    let kind = match &source {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            PortErrorKind::Unreachable
        }
        sqlx::Error::Database(e) if e.is_foreign_key_violation() || e.is_check_violation() => {
            PortErrorKind::Rejected
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) => PortErrorKind::Corrupt,
        _ => PortErrorKind::Other,
    };
    PortError::new(kind, "storage", operation, "SQLite").with_source(source)
}

#[async_trait]
impl Records for SqliteStorage {
    async fn load(&self, table: Table, ids: &[String]) -> Result<Vec<Option<Row>>, PortError> {
        let mut found = std::collections::BTreeMap::new();
        // Below SQLite's limit on variables, and few enough that plans are cached.
        for some in ids.chunks(200) {
            let marks = rows::marks(some.len());
            let sql = format!("{} WHERE \"id\" IN ({marks})", Statements::of(table).select);
            for row in self.rows(sql, some.iter().map(|id| id.as_str().into()).collect()).await? {
                let row: Row = rows::read(table, &row)?;
                let id = row.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
                found.insert(id, row);
            }
        }
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        commit::commit(&self.writer, changes).await
    }
}
