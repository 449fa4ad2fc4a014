//! Storage in MySQL 8 or MariaDB, for many machines.
//!
//! Isolation is READ COMMITTED, by name and per session: no gap locks, and versions, row locks, unique keys
//! and the order of a commit hold the invariants. Text is `utf8mb4` and compares by bytes, without
//! padding: what differs in case, accent or trailing space differs. Deadlocks are tried again here.

mod migrate;

use super::Report;
use super::server::{self, ServerConfig};
use super::sql::dialect::{Applied, At, Class, Dialect, driver};
use super::sql::rows::Bound;
use super::sql::schema;
use super::sql::{SqlStorage, error};
use hdip_core::ports::PortError;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Executor as _};

/// MySQL and MariaDB, as a dialect.
#[derive(Debug)]
pub struct Mysql;

/// Storage in a MySQL or MariaDB database.
pub type MysqlStorage = SqlStorage<Mysql>;

driver!(Mysql, sqlx::MySql, MySqlRow, |row, at| row.try_get(at));

impl Dialect for Mysql {
    const NAME: &'static str = "MySQL";
    const BEGIN_WRITE: &'static str = "START TRANSACTION READ WRITE";
    const BEGIN_SNAPSHOT: &'static str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
        START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
    // MariaDB has no FOR SHARE, MySQL has both.
    const SHARE_LOCK: &'static str = "LOCK IN SHARE MODE";
    const SKIP_LOCKED: &'static str = "FOR UPDATE SKIP LOCKED";
    const MOVE_TIMER: &'static str = r#"ON DUPLICATE KEY UPDATE "due_at" = VALUES("due_at"), "generation" = "generation" + 1,
        "traceparent" = VALUES("traceparent")"#;
    const MIGRATIONS: Applied = Applied {
        begun: "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'hdip_migrations'",
        versions: "SELECT version FROM hdip_migrations WHERE done = 1",
    };
    const SAME_CAUSE: &'static str = r#"ON DUPLICATE KEY UPDATE "cause" = "cause""#;
    const ADD_TO_HEAD: &'static str =
        r#"ON DUPLICATE KEY UPDATE "position" = "position" + VALUES("position")"#;

    fn class_of_code(code: &str, number: Option<u16>) -> Class {
        match number.unwrap_or(0) {
            // Lock wait timeout, deadlock; MariaDB: the record has changed since it was read.
            1205 | 1213 | 1020 => Class::Conflict,
            // Too many connections, of all and of one; statement timeouts of MySQL and MariaDB; interrupted; full.
            1040 | 1203 | 1226 | 3024 | 1969 | 1317 | 1114 | 1021 | 1037 | 1041 => Class::Overloaded,
            // Shutting down, killed, gone.
            1053 | 1077 | 1078 | 1079 | 1080 | 1152 | 1158..=1161 | 1184 | 1927 | 2006 | 2013 | 3169 => {
                Class::Lost
            }
            // Too long, out of range, wrong text.
            1264 | 1265 | 1292 | 1366 | 1406 | 1048 | 1364 => Class::Refused,
            126 | 127 | 1034 | 1194 | 1712 => Class::Corrupt,
            _ if code == "40001" => Class::Conflict,
            _ if code.starts_with("08") => Class::Lost,
            _ => Class::Other,
        }
    }
}

/// MySQL or MariaDB, and which release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    version: String,
}

impl Server {
    async fn ask(connection: &mut MySqlConnection) -> Result<Self, sqlx::Error> {
        let version = sqlx::query_scalar("SELECT VERSION()").fetch_one(connection).await?;
        Ok(Self { version })
    }

    fn is_maria(&self) -> bool {
        self.version.to_ascii_lowercase().contains("mariadb")
    }

    /// The collation of `utf8mb4` that compares bytes and does not pad.
    fn collation(&self) -> &'static str {
        if self.is_maria() { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" }
    }

    /// Major, minor, patch.
    fn numbers(&self) -> (u32, u32, u32) {
        // Old clients were told "5.5.5-" before a MariaDB's own version.
        let text = self.version.strip_prefix("5.5.5-").unwrap_or(&self.version);
        let mut numbers = text.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        (next(), next(), next())
    }

    fn fault(&self) -> Option<String> {
        match self.is_maria() {
            true if self.numbers() < (10, 6, 0) => Some("MariaDB 10.6 or later is needed".to_owned()),
            false if self.numbers() < (8, 0, 17) => Some("MySQL 8.0.17 or later is needed".to_owned()),
            _ => None,
        }
    }

    /// The settings of a session.
    fn settings(&self, config: &ServerConfig) -> String {
        let limit = config.statement_timeout;
        let limit = match self.is_maria() {
            true => format!("max_statement_time = {}", limit.as_secs_f64()),
            false => format!("max_execution_time = {}", limit.as_millis()),
        };
        // The whole mode, so that no server's settings can change what a statement means.
        format!(
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION sql_mode = 'ANSI_QUOTES,\
            NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY,\
            ERROR_FOR_DIVISION_BY_ZERO', {limit}, innodb_lock_wait_timeout = {}",
            config.lock_timeout.as_secs().max(1)
        )
    }
}

impl SqlStorage<Mysql> {
    /// Connects to a database, `mysql://user:password@host/name`, and brings its schema up to date.
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
        let failed = |e| error::<Mysql>("open", e);
        let options = url.parse::<MySqlConnectOptions>().map_err(failed)?.statement_cache_capacity(400);
        let settings = config.clone();
        let pool = config.pool().after_connect(move |connection: &mut MySqlConnection, _| {
            let config = settings.clone();
            Box::pin(async move {
                let settings = Server::ask(connection).await?.settings(&config);
                connection.execute(AssertSqlSafe(settings)).await?;
                Ok(())
            })
        });
        let pool = server::open(pool, options).await.map_err(failed)?;
        Ok(Self::over(pool.clone(), pool))
    }

    /// Brings the schema up to date; of several who try at once one does it. MySQL has no transactions for
    /// this: an attempt that was cut off is taken up where it ended. Migrations of a newer release do not matter:
    /// they only add (docs/upgrades.md).
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate(&self) -> Result<(), PortError> {
        let mut connection = self.writer.acquire().await.map_err(|e| error::<Mysql>("migrate", e))?;
        let done = migrate::run(&mut connection).await;
        // Its settings and, after a failure, its lock go with it.
        connection.close_on_drop();
        done
    }

    /// What the database says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn report(&self) -> Result<Report, PortError> {
        let failed = |e| error::<Mysql>("report", e);
        let mut connection = self.reader.acquire().await.map_err(failed)?;
        let server = Server::ask(&mut connection).await.map_err(failed)?;
        let mut faults: Vec<_> = server.fault().into_iter().collect();
        // Its name differs: tx_isolation in MariaDB before 11.1.
        let sql = "SELECT VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME IN \
            ('TX_ISOLATION', 'TRANSACTION_ISOLATION') LIMIT 1";
        let sql = if server.is_maria() { sql } else { "SELECT @@transaction_isolation" };
        let isolation: String =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await.map_err(failed)?;
        if isolation != "READ-COMMITTED" {
            faults.push(format!("transactions are {isolation}, not READ-COMMITTED"));
        }
        let durable: i64 = sqlx::query_scalar("SELECT CAST(@@innodb_flush_log_at_trx_commit AS SIGNED)")
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?;
        if durable != 1 {
            faults.push(format!(
                "innodb_flush_log_at_trx_commit is {durable}, not 1: what was answered may be lost"
            ));
        }
        let pending = schema::pending(&self.applied().await?);
        let name = if server.is_maria() { "" } else { "MySQL " };
        Ok(Report { server: format!("{name}{}", server.version), isolation, faults, pending })
    }
}
