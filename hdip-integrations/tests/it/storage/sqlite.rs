//! SQLite storage: the schema is that of the types, commits race safely, the whole job runs on it.

use super::common;
use hdip_core::hiring::Application;
use hdip_core::interviewers::InterviewerSchedule;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::*;
use hdip_core::testkit::{SeededIds, World};
use hdip_core::values::*;
use hdip_integrations::storage::sqlite::{SqliteConfig, SqliteStorage};
use std::sync::Arc;
use tempfile::TempDir;

async fn open(dir: &TempDir) -> SqliteStorage {
    SqliteStorage::open(dir.path().join("hdip.db"), &SqliteConfig::default()).await.unwrap()
}

struct Harness(Arc<SqliteStorage>, #[allow(dead_code)] TempDir);

impl Harness {
    async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        Self(Arc::new(open(&dir).await), dir)
    }
}

impl hdip_core::testkit::contract::storage::StorageHarness for Harness {
    fn port(&self) -> Arc<dyn Storage> {
        self.0.clone()
    }
}

mod contract {
    hdip_core::storage_contract!(attr = tokio::test, harness = super::Harness::start().await);
}

#[tokio::test]
async fn tables_have_exactly_the_columns_of_their_types() {
    use sqlx::Row as _;
    let dir = TempDir::new().unwrap();
    open(&dir).await.close().await;
    let url = format!("sqlite://{}", dir.path().join("hdip.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    for table in Table::ALL.iter().filter(|table| **table != Table::Idempotency) {
        let sql = format!("SELECT name, type FROM pragma_table_info('{table}')");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&pool).await.unwrap();
        let got: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let wanted: Vec<(String, String)> = table
            .spec()
            .columns
            .iter()
            .map(|c| {
                let kind = match c.kind {
                    ColumnKind::Text | ColumnKind::Json => "TEXT",
                    ColumnKind::Int | ColumnKind::Bool | ColumnKind::Time => "INTEGER",
                };
                (c.name.to_owned(), kind.to_owned())
            })
            .collect();
        assert_eq!(got, wanted, "{table}");
    }
}

#[tokio::test]
async fn opening_again_keeps_the_data_and_migrates_nothing_twice() {
    let dir = TempDir::new().unwrap();
    let id: InterviewerId = SeededIds::new(1).fresh();
    let first = open(&dir).await;
    let mut changes = Changes::new();
    changes.insert(&InterviewerSchedule { id, confirmed_total: 3, version: 0 });
    first.commit(changes).await.unwrap();
    first.close().await;
    let found: InterviewerSchedule = open(&dir).await.find(id).await.unwrap().unwrap();
    assert_eq!((found.confirmed_total, found.version), (3, 1));
}

/// The first schema, with a link in it, as a release before this one left it.
#[tokio::test]
async fn what_was_stored_under_the_first_schema_is_there_under_the_present_one() {
    let (dir, first) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let name = "0001_first_schema.sql";
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/");
    std::fs::copy(format!("{migrations}{name}"), first.path().join(name)).unwrap();
    let url = format!("sqlite://{}?mode=rwc", dir.path().join("hdip.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::migrate::Migrator::new(first.path()).await.unwrap().run(&pool).await.unwrap();
    let (id, client): (LinkId, ClientId) = (SeededIds::new(1).fresh(), SeededIds::new(2).fresh());
    let sql = "INSERT INTO links VALUES (?, ?, 'schedule', 'appl', 'cand', 3, 60000000, 30000000, 0, 'k', 7)";
    sqlx::query(sql).bind(id.to_string()).bind(client.to_string()).execute(&pool).await.unwrap();
    pool.close().await;
    let link: hdip_core::access::Link = open(&dir).await.get(id).await.unwrap();
    assert_eq!((link.client_id, link.generation, link.version), (Some(client), 3, 7));
    assert_eq!((link.revoked_at.map(|at| at.timestamp()), link.used_at), (Some(30), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_updates_at_one_version_one_is_applied() {
    let dir = TempDir::new().unwrap();
    common::of_many_updates_at_one_version_one_is_applied(Arc::new(open(&dir).await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_of_a_stream_have_no_gap_whoever_writes() {
    let dir = TempDir::new().unwrap();
    common::positions_of_a_stream_have_no_gap_whoever_writes(Arc::new(open(&dir).await)).await;
}

#[tokio::test]
async fn the_main_job_runs_on_it() {
    let dir = TempDir::new().unwrap();
    common::the_main_job_runs_on_it(Arc::new(open(&dir).await)).await;
}

#[tokio::test]
async fn keys_differ_in_every_letter() {
    let dir = TempDir::new().unwrap();
    common::keys_differ_in_every_letter(Arc::new(open(&dir).await)).await;
}

#[tokio::test]
async fn names_are_found_by_their_beginning() {
    let dir = TempDir::new().unwrap();
    common::names_are_found_by_their_beginning(Arc::new(open(&dir).await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_job_is_claimed_by_two() {
    let dir = TempDir::new().unwrap();
    common::no_job_is_claimed_by_two(Arc::new(open(&dir).await)).await;
}

/// While somebody writes; the copy opens, is whole, and is as of one moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_a_database_of_its_own() {
    let dir = TempDir::new().unwrap();
    let storage = open(&dir).await;
    let world = World::over(Arc::new(storage.clone())).await;
    let (_, round) = world.job().await;
    let asha = world.application(&round, "Asha", "Asia/Kolkata").await;
    let file = dir.path().join("copy.db");
    let (writing, saved) = futures_util::future::join(
        async {
            for n in 0..20 {
                world.application(&round, &format!("Candidate {n}"), "Asia/Kolkata").await;
            }
        },
        storage.backup(&file),
    )
    .await;
    (writing, saved.unwrap()).0;
    let again = storage.backup(&file).await.unwrap_err();
    assert_eq!(again.kind, hdip_core::ports::PortErrorKind::Rejected, "a backup never overwrites");
    let copy = SqliteStorage::connect(&file, &SqliteConfig::default()).await.unwrap();
    let report = copy.report().await.unwrap();
    assert_eq!((report.faults, report.pending), (vec![], vec![]));
    assert_eq!(copy.get::<Application>(asha.id).await.unwrap(), asha);
    // Restored, it goes on.
    World::drain(&world).await;
    let mut changes = Changes::new();
    changes.update(&asha);
    copy.commit(changes).await.unwrap();
}
