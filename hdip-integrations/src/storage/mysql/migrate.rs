//! Migrations where a statement that changes the schema commits by itself: each step is noted when it is done,
//! and an attempt that was cut off is taken up at the step it had come to.

use super::{Server, error};
use crate::storage::mysql::Mysql;
use crate::storage::sql::schema::{self, Target};
use hdip_core::ports::{PortError, PortErrorKind};
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use std::collections::BTreeMap;

/// How far migrations have come.
const TABLE: &str = "hdip_migrations";

/// Steps done of each migration that was begun, and whether it is done.
async fn progress(connection: &mut MySqlConnection) -> Result<BTreeMap<i64, (i64, bool)>, sqlx::Error> {
    let sql =
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
    let found: i64 = sqlx::query_scalar(sql).bind(TABLE).fetch_one(&mut *connection).await?;
    if found == 0 {
        return Ok(BTreeMap::new());
    }
    let sql = AssertSqlSafe(format!("SELECT version, steps, done FROM {TABLE}"));
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(sql).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(version, steps, done)| (version, (steps, done != 0))).collect())
}

pub(super) async fn run(connection: &mut MySqlConnection) -> Result<(), PortError> {
    let failed = |e| error::<Mysql>("migrate", e);
    let locked: Option<i64> = sqlx::query_scalar("SELECT GET_LOCK(CONCAT('hdip ', DATABASE()), 60)")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if locked != Some(1) {
        let why = "somebody else has been migrating for a minute";
        return Err(PortError::new(PortErrorKind::Throttled, "storage", "migrate", why));
    }
    let done = under_lock(connection).await;
    let freed = sqlx::query("DO RELEASE_LOCK(CONCAT('hdip ', DATABASE()))").execute(connection).await;
    done.and(freed.map(|_| ()).map_err(failed))
}

async fn under_lock(connection: &mut MySqlConnection) -> Result<(), PortError> {
    let failed = |e| error::<Mysql>("migrate", e);
    let server = Server::ask(connection).await.map_err(failed)?;
    if let Some(fault) = server.fault() {
        return Err(schema::failed(fault));
    }
    // A large table takes its time.
    let unlimited = if server.is_maria() { "max_statement_time" } else { "max_execution_time" };
    execute(connection, &format!("SET SESSION {unlimited} = 0")).await.map_err(failed)?;
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {TABLE} (version BIGINT NOT NULL PRIMARY KEY, steps BIGINT NOT NULL, \
        done SMALLINT NOT NULL, checksum VARCHAR(96) CHARACTER SET ascii NOT NULL) ENGINE=InnoDB"
    );
    execute(connection, &sql).await.map_err(failed)?;
    let progress = progress(connection).await.map_err(failed)?;
    let said = schema::migrations(Target::Mysql { collation: server.collation() }).map_err(schema::failed)?;
    for (source, (version, statements)) in schema::SOURCE.iter().zip(said) {
        let checksum: String = source.checksum.iter().map(|byte| format!("{byte:02x}")).collect();
        let begun = progress.get(&version).copied();
        if begun.is_some() {
            let sql = AssertSqlSafe(format!("SELECT checksum FROM {TABLE} WHERE version = ?"));
            let noted: String =
                sqlx::query_scalar(sql).bind(version).fetch_one(&mut *connection).await.map_err(failed)?;
            if noted != checksum {
                return Err(schema::failed(format!("migration {version} was another when it was applied")));
            }
        } else {
            let sql = format!(
                "INSERT INTO {TABLE} VALUES ({version}, 0, {}, '{checksum}')",
                i64::from(statements.is_empty())
            );
            execute(connection, &sql).await.map_err(failed)?;
        }
        let (steps, done) = begun.unwrap_or((0, statements.is_empty()));
        if done {
            continue;
        }
        for (step, statement) in (1i64..).zip(&statements).skip(usize::try_from(steps).unwrap_or(0)) {
            // The step at which an earlier attempt was cut off may be done, and not noted.
            let again = begun.is_some() && step == steps + 1;
            let note = format!(
                "UPDATE {TABLE} SET steps = {step}, done = {} WHERE version = {version}",
                i64::from(step == statements.len() as i64)
            );
            let wrong = |e: sqlx::Error| schema::failed(e);
            if rows_only(statement) {
                let mut tx = connection.begin().await.map_err(failed)?;
                execute(&mut tx, statement).await.map_err(wrong)?;
                execute(&mut tx, &note).await.map_err(wrong)?;
                tx.commit().await.map_err(failed)?;
            } else {
                match execute(connection, statement).await {
                    Err(e) if again && is_done(&e) => {}
                    other => other.map_err(wrong)?,
                }
                execute(connection, &note).await.map_err(failed)?;
            }
        }
    }
    Ok(())
}

/// Whether a statement changes rows, not the schema: those are in a transaction.
fn rows_only(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or_default();
    ["INSERT", "UPDATE", "DELETE"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Whether an error says that what was asked for is so already: the table, column or index is there or gone.
fn is_done(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(e) = error else { return false };
    let number = e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(|e| e.number());
    matches!(number, Some(1050 | 1051 | 1060 | 1061 | 1091 | 1146))
}

async fn execute(connection: &mut MySqlConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.map(|_| ())
}
