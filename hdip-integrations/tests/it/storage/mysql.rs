//! MySQL and MariaDB.

use super::fresh::{Fresh, Kind};
use hdip_integrations::storage::sql::schema::{self, Target};

server_tests!(Mysql);

/// A schema change commits by itself, so that a crash can come after it and before it is noted. Every kind of
/// step is such a one once.
#[tokio::test]
async fn a_migration_that_was_cut_off_is_taken_up_where_it_ended() {
    let Some((whole, database)) = Fresh::migrated(Kind::Mysql).await else { return };
    let collation = if database.report().await.unwrap().server.contains("MariaDB") {
        "utf8mb4_nopad_bin"
    } else {
        "utf8mb4_0900_bin"
    };
    let mut noted = whole.raw().await;
    let notes =
        noted.texts("SELECT CAST(version AS CHAR(20)), checksum FROM hdip_migrations ORDER BY version").await;
    let table = noted.texts("SHOW CREATE TABLE hdip_migrations").await.remove(0).remove(1);
    let migrations = schema::migrations(Target::Mysql { collation }).unwrap();
    // The second takes a table's place: all kinds of steps are in it.
    let cut = 1;
    let kinds = ["CREATE TABLE", "INSERT", "DROP TABLE", "ALTER TABLE", "CREATE INDEX"];
    for kind in kinds {
        let step = migrations[cut].1.iter().position(|statement| statement.starts_with(kind)).unwrap();
        let fresh = Fresh::empty(Kind::Mysql).await.unwrap();
        let mut raw = fresh.raw().await;
        raw.run(&table).await.unwrap();
        for (index, (version, statements)) in migrations.iter().enumerate().take(cut + 1) {
            let done = if index < cut { statements.len() } else { step + 1 };
            for statement in &statements[..done] {
                raw.run(statement).await.unwrap();
            }
            // Rows are changed and noted in one transaction; anything else is done first, and noted then.
            let rows = kind == "INSERT";
            let steps = if index < cut || rows { done } else { done - 1 };
            let sql = format!(
                "INSERT INTO hdip_migrations (version, steps, done, checksum) VALUES ({version}, {steps}, {}, '{}')",
                i64::from(index < cut),
                notes[index][1]
            );
            raw.run(&sql).await.unwrap();
        }
        let database = fresh.connect().await;
        assert!(!database.report().await.unwrap().pending.is_empty());
        database.migrate().await.unwrap_or_else(|e| panic!("{kind}: {e:?}"));
        assert_eq!(database.report().await.unwrap().pending, Vec::<String>::new(), "{kind}");
    }
}

/// What was applied is what is written, or nobody knows what the schema is.
#[tokio::test]
async fn a_migration_that_changed_is_refused() {
    let Some(fresh) = Fresh::empty(Kind::Mysql).await else { return };
    let database = fresh.connect().await;
    database.migrate().await.unwrap();
    fresh.raw().await.run("UPDATE hdip_migrations SET checksum = 'another' WHERE version = 1").await.unwrap();
    let error = database.migrate().await.unwrap_err();
    assert_eq!(error.kind, hdip_core::ports::PortErrorKind::Rejected);
}
