//! Everything from one database to another, all the way round: SQLite, MySQL, PostgreSQL, SQLite.

use super::common;
use super::fresh::{Fresh, Kind};
use hdip_core::interviewers::InterviewerSchedule;
use hdip_core::ports::PortErrorKind;
use hdip_core::ports::storage::*;
use hdip_core::values::*;
use hdip_integrations::storage::Database;
use hdip_integrations::storage::sql::copy::{copy, sheets};
use tempfile::TempDir;

async fn sqlite(dir: &TempDir, name: &str) -> Database {
    let database =
        Database::connect(&format!("sqlite:{}", dir.path().join(name).display()), 1).await.unwrap();
    database.migrate().await.unwrap();
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_copied_round_all_databases_comes_back_the_same() {
    let dir = TempDir::new().unwrap();
    let first = sqlite(&dir, "first.db").await;
    common::the_main_job_runs_on_it(first.storage()).await;
    common::keys_differ_in_every_letter(first.storage()).await;
    let mut changes = Changes::new();
    // More than a chunk.
    for n in 0..450 {
        let id = InterviewerId::from_bits(1 << 40 | n);
        changes.insert(&InterviewerSchedule { id, confirmed_total: 0, version: 0 });
    }
    changes.timer("test", "x", common::now());
    first.storage().commit(changes).await.unwrap();
    let mut held = Vec::new();
    let mut at = first;
    let mut results = Vec::new();
    for kind in [Kind::Mysql, Kind::Postgres] {
        let Some((fresh, next)) = Fresh::migrated(kind).await else { return };
        results.push(copy(&at, &next).await.unwrap());
        held.push((fresh, std::mem::replace(&mut at, next)));
    }
    let last = sqlite(&dir, "last.db").await;
    results.push(copy(&at, &last).await.unwrap());
    assert_eq!(results[0], results[1]);
    assert_eq!(results[1], results[2]);
    let rows = |table: &str| results[0].iter().find(|copied| copied.table == table).unwrap().rows;
    assert!(rows("interviewer_schedules") >= 450);
    for table in ["events", "audit", "timers", "stream_heads", "interviews", "charges"] {
        assert!(rows(table) > 0, "{table} is not tried");
    }
    assert_eq!(results[0].len(), sheets().len());
    // It goes on there: streams count on, versions hold.
    let events = last.storage().events(Stream::Operator, 0, 1_000).await.unwrap();
    let mut changes = Changes::new();
    changes.events.push(common::event(&hdip_core::testkit::SeededIds::new(99), "after"));
    last.storage().commit(changes).await.unwrap();
    assert_eq!(last.storage().events(Stream::Operator, events.len() as i64, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_target_that_is_not_empty_or_not_migrated_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let (from, to) = (sqlite(&dir, "from.db").await, sqlite(&dir, "to.db").await);
    let row = InterviewerSchedule { id: InterviewerId::from_bits(1), confirmed_total: 0, version: 0 };
    let mut changes = Changes::new();
    changes.insert(&row);
    from.storage().commit(changes.clone()).await.unwrap();
    to.storage().commit(changes).await.unwrap();
    let error = copy(&from, &to).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Rejected);
    assert!(error.context.contains("interviewer_schedules has rows"), "{error}");
    let bare =
        Database::connect(&format!("sqlite:{}", dir.path().join("bare.db").display()), 1).await.unwrap();
    for (from, to, which) in [(&from, &bare, "the target"), (&bare, &to, "the source")] {
        let error = copy(from, to).await.unwrap_err();
        assert!(error.context.starts_with(which), "{error}");
    }
    assert!(!bare.report().await.unwrap().pending.is_empty());
}

/// A table that is not among those would be forgotten by a copy.
#[tokio::test]
async fn every_table_is_copied() {
    use sqlx::Row as _;
    let dir = TempDir::new().unwrap();
    sqlite(&dir, "it.db").await.close().await;
    let pool =
        sqlx::SqlitePool::connect(&format!("sqlite:{}", dir.path().join("it.db").display())).await.unwrap();
    let sql = "SELECT t.name, c.name, c.type, c.pk FROM sqlite_master t, pragma_table_info(t.name) c \
        WHERE t.type = 'table' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'";
    let rows = sqlx::query(sql).fetch_all(&pool).await.unwrap();
    let mut found: Vec<(String, String, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get::<String, _>(2) == "INTEGER")).collect();
    let mut wanted: Vec<(String, String, bool)> = sheets()
        .into_iter()
        .flat_map(|sheet| {
            sheet.columns.into_iter().map(move |(c, n)| (sheet.name.to_owned(), c.to_owned(), n))
        })
        .collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    for sheet in sheets() {
        for (at, (column, _)) in (1i64..).zip(&sheet.columns[..sheet.key]) {
            let pk = rows
                .iter()
                .find(|row| row.get::<&str, _>(0) == sheet.name && row.get::<&str, _>(1) == *column);
            assert_eq!(pk.map(|row| row.get::<i64, _>(3)), Some(at), "{}.{column}", sheet.name);
        }
    }
}
