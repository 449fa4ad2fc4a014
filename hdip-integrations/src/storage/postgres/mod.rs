//! Storage in PostgreSQL, for many machines.
//!
//! Isolation is READ COMMITTED, by name: versions, row locks, unique keys and the order of a commit hold the
//! invariants. Text compares by bytes (`COLLATE "C"`), whatever the database's locale. Deadlocks and
//! serialisation failures are tried again here.

use super::Report;
use super::server::{self, ServerConfig};
use super::sql::dialect::{Applied, At, Class, Dialect, driver};
use super::sql::rows::Bound;
use super::sql::schema::{self, Target};
use super::sql::{SqlStorage, error};
use hdip_core::ports::PortError;
use sqlx::migrate::Migration;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, SqlSafeStr};
use std::time::Duration;

/// PostgreSQL, as a dialect.
#[derive(Debug)]
pub struct Postgres;

/// Storage in a PostgreSQL database.
pub type PostgresStorage = SqlStorage<Postgres>;

/// The oldest release this is good for.
const OLDEST: i64 = 130_000;

driver!(Postgres, sqlx::Postgres, PgRow, |row, at| {
    use sqlx::TypeInfo as _;
    // Unlike the others, PostgreSQL's driver reads a number only as the type it was stored as.
    match row.columns()[at].type_info().name() {
        "INT2" => Ok(row.try_get::<Option<i16>, _>(at)?.map(i64::from)),
        "INT4" => Ok(row.try_get::<Option<i32>, _>(at)?.map(i64::from)),
        _ => row.try_get(at),
    }
});

impl Dialect for Postgres {
    const NAME: &'static str = "PostgreSQL";
    const BEGIN_WRITE: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    const BEGIN_SNAPSHOT: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    const SHARE_LOCK: &'static str = "FOR SHARE";
    const SKIP_LOCKED: &'static str = "FOR UPDATE SKIP LOCKED";
    const MOVE_TIMER: &'static str = r#"ON CONFLICT ("kind", "subject") DO UPDATE SET "due_at" = excluded."due_at",
        "generation" = "timers"."generation" + 1, "traceparent" = excluded."traceparent""#;
    const MIGRATIONS: Applied = Applied {
        begun: "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = CURRENT_SCHEMA() AND tablename = '_sqlx_migrations'",
        versions: "SELECT version FROM _sqlx_migrations WHERE success",
    };
    const SAME_CAUSE: &'static str = r#"ON CONFLICT ("cause") DO NOTHING"#;
    const ADD_TO_HEAD: &'static str = r#"ON CONFLICT ("stream") DO UPDATE SET "position" = "stream_heads"."position" + excluded."position""#;

    /// `?` as `$1`, `$2` …, except in texts and names.
    fn statement(sql: &str) -> String {
        let (mut said, mut count, mut quote) = (String::with_capacity(sql.len() + 16), 0, None);
        for letter in sql.chars() {
            match (quote, letter) {
                (None, '?') => {
                    count += 1;
                    said.push_str(&format!("${count}"));
                    continue;
                }
                (None, '\'' | '"') => quote = Some(letter),
                (Some(open), _) if letter == open => quote = None,
                _ => {}
            }
            said.push(letter);
        }
        said
    }

    fn contains(column: &str) -> String {
        format!("POSITION(? IN \"{column}\") > 0")
    }

    /// By the database's own alphabet: that of `"C"` ends at z.
    fn lower(text: &str) -> String {
        format!("LOWER({text} COLLATE \"default\")")
    }

    fn class_of_code(code: &str, _: Option<u16>) -> Class {
        match code {
            // Serialisation failure, deadlock, lock not available.
            "40001" | "40P01" | "55P03" => Class::Conflict,
            // Cancelled (by the timeout), too many connections, out of memory, disk full.
            "57014" | "53300" | "53200" | "53100" | "53000" => Class::Overloaded,
            _ if code.starts_with("08") || code.starts_with("57P") => Class::Lost,
            _ if code.starts_with("22") || code.starts_with("23") => Class::Refused,
            _ if code.starts_with("XX") => Class::Corrupt,
            _ => Class::Other,
        }
    }
}

impl SqlStorage<Postgres> {
    /// Connects to a database, `postgres://user:password@host/name`, and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be reached, or a migration fails.
    pub async fn open(url: &str, config: &ServerConfig) -> Result<Self, PortError> {
        let storage = Self::connect(url, config).await?;
        storage.migrate().await?;
        Ok(storage)
    }

    /// Connects to a database, and leaves its schema as it is.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn connect(url: &str, config: &ServerConfig) -> Result<Self, PortError> {
        let failed = |e| error::<Postgres>("open", e);
        let millis = |limit: Duration| limit.as_millis().to_string();
        let options =
            url.parse::<PgConnectOptions>().map_err(failed)?.statement_cache_capacity(400).options([
                ("statement_timeout", millis(config.statement_timeout)),
                ("lock_timeout", millis(config.lock_timeout)),
                // A worker that hangs in the middle of a transaction does not hold its locks for ever.
                ("idle_in_transaction_session_timeout", millis(config.statement_timeout * 3)),
            ]);
        let pool = server::open(config.pool(), options).await.map_err(failed)?;
        Ok(Self::over(pool.clone(), pool))
    }

    /// Brings the schema up to date; of several who try at once one does it. Migrations of a newer release do not
    /// matter: they only add (docs/upgrades.md).
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate(&self) -> Result<(), PortError> {
        let said = schema::migrations(Target::Postgres).map_err(schema::failed)?;
        let migrations = schema::SOURCE.iter().zip(said).map(|(source, (_, statements))| Migration {
            // The checksum stays that of what was written: how it is said may be put better one day.
            sql: AssertSqlSafe(statements.join(";\n")).into_sql_str(),
            ..source.clone()
        });
        let migrator = schema::migrator(migrations.collect());
        let mut connection = self.writer.acquire().await.map_err(|e| error::<Postgres>("migrate", e))?;
        // Neither an index on a large table nor the wait for another who migrates is held to the limits of a request.
        let unlimited = "SET statement_timeout = 0; SET lock_timeout = 0";
        sqlx::raw_sql(unlimited)
            .execute(&mut *connection)
            .await
            .map_err(|e| error::<Postgres>("migrate", e))?;
        let done = migrator.run(&mut *connection).await.map_err(schema::failed);
        // Its settings and, after a failure, its lock go with it.
        connection.close_on_drop();
        done
    }

    /// What the database says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn report(&self) -> Result<Report, PortError> {
        let failed = |e| error::<Postgres>("report", e);
        let setting = async |name: &'static str| -> Result<String, PortError> {
            let sql = AssertSqlSafe(format!("SHOW {name}"));
            sqlx::query_scalar(sql).fetch_one(&self.reader).await.map_err(failed)
        };
        let number: i64 = setting("server_version_num").await?.parse().unwrap_or(0);
        let mut faults = Vec::new();
        if number < OLDEST {
            faults.push("PostgreSQL 13 or later is needed".to_owned());
        }
        let encoding = setting("server_encoding").await?;
        if encoding != "UTF8" {
            faults.push(format!("the database's encoding is {encoding}, not UTF8"));
        }
        if setting("fsync").await? != "on" || setting("synchronous_commit").await? == "off" {
            faults.push("fsync or synchronous_commit is off: what was answered may be lost".to_owned());
        }
        let mut tx = Self::begin_write(self).await?;
        let isolation: String =
            sqlx::query_scalar("SHOW transaction_isolation").fetch_one(&mut *tx).await.map_err(failed)?;
        if isolation != "read committed" {
            faults.push(format!("transactions are {isolation}, not read committed"));
        }
        let pending = schema::pending(&self.applied().await?);
        let server = format!("PostgreSQL {}", setting("server_version").await?);
        Ok(Report { server, isolation, faults, pending })
    }

    async fn begin_write(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, PortError> {
        self.writer.begin_with(Postgres::BEGIN_WRITE).await.map_err(|e| error::<Postgres>("begin", e))
    }
}
