//! SQLite storage: the schema is that of the types, commits race safely, the whole job runs on it.

use super::common;
use hdip_core::agencies::*;
use hdip_core::clients::{BillingMode, Client, Department};
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

/// The directory is dropped with it: then the file goes.
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

/// SQLite would look through the children of every table that is inserted into while a reference is open.
#[tokio::test]
async fn what_is_referred_to_is_inserted_first() {
    use sqlx::Row as _;
    let dir = TempDir::new().unwrap();
    open(&dir).await.close().await;
    let url = format!("sqlite://{}", dir.path().join("hdip.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let mut references = 0;
    for child in Table::ALL {
        let sql = format!("SELECT \"table\" FROM pragma_foreign_key_list('{child}')");
        for row in sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&pool).await.unwrap() {
            let parent: String = row.get(0);
            let parent = Table::ALL.iter().find(|table| table.name() == parent).unwrap();
            assert!(parent < child, "{child} refers to {parent}, which comes after it");
            references += 1;
        }
    }
    assert!(references > 20, "{references}");
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
    for (n, status) in ["certified", "suspended", "shadowing"].into_iter().enumerate() {
        let sql = format!(
            "INSERT INTO interviewers VALUES ('intr_0000000000000000000000000{n}', 'Ravi', 'r{n}@x.example', 'r{n}@x.example',
            NULL, 'IN', 'Asia/Kolkata', 'en', 2, '{status}', '[\"backend\",\"cloud\"]', '[]', 120, NULL, '[]', NULL, 10, 15,
            'INR', NULL, 0, 0, 1)"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let storage = open(&dir).await;
    let mut certified = Vec::new();
    for n in 0..3 {
        let id: InterviewerId = format!("intr_0000000000000000000000000{n}").parse().unwrap();
        let who: hdip_core::interviewers::Interviewer = storage.get(id).await.unwrap();
        certified.push(who.certifications.into_iter().collect::<Vec<_>>());
    }
    let both = vec![("backend".to_owned(), 2), ("cloud".to_owned(), 2)];
    assert_eq!(
        certified,
        [both.clone(), both, vec![]],
        "who interviewed is certified for what it interviewed in"
    );
    let link: hdip_core::access::Link = storage.get(id).await.unwrap();
    assert_eq!((link.client_id, link.generation, link.version), (Some(client), 3, 7));
    assert_eq!((link.revoked_at.map(|at| at.timestamp()), link.used_at), (Some(30), None));
}

/// A database as the release before agencies left it: their names are texts.
#[tokio::test]
async fn names_of_agencies_become_agencies_and_what_was_submitted_is_owned() {
    let (dir, before) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/");
    for name in ["0001_first_schema.sql", "0002_accounts.sql", "0003_feedback.sql"] {
        std::fs::copy(format!("{migrations}{name}"), before.path().join(name)).unwrap();
    }
    // What the rows refer to is not there: only this test's connections may leave it so.
    let file = dir.path().join("hdip.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options.foreign_keys(false)).await.unwrap();
    sqlx::migrate::Migrator::new(before.path()).await.unwrap().run(&pool).await.unwrap();
    let ids = SeededIds::new(1);
    let (client, job, round): (ClientId, JobId, RoundId) = (ids.fresh(), ids.fresh(), ids.fresh());
    let mut applications = Vec::new();
    for (n, agency) in [Some("Best Hires"), Some(" best hires "), None].into_iter().enumerate() {
        let (id, candidate): (ApplicationId, CandidateId) = (ids.fresh(), ids.fresh());
        let sql =
            "INSERT INTO applications (id, client_id, job_id, candidate_id, source, agency, round_id, status,
            candidate_reschedules, live_key, status_at, created_at, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, 'to_schedule', 0, ?, 60000000, 60000000, 1)";
        sqlx::query(sql)
            .bind(id.to_string())
            .bind(client.to_string())
            .bind(job.to_string())
            .bind(candidate.to_string())
            .bind(if agency.is_some() { "agency" } else { "internal" })
            .bind(agency)
            .bind(round.to_string())
            .bind(format!("key-{n}"))
            .execute(&pool)
            .await
            .unwrap();
        applications.push(id);
    }
    let all = std::path::Path::new(migrations);
    sqlx::migrate::Migrator::new(all).await.unwrap().run(&pool).await.unwrap();
    pool.close().await;

    let storage = open(&dir).await;
    let agencies = storage.agencies(Some(client), None, &Page::default()).await.unwrap();
    let [agency] = &agencies[..] else { panic!("one agency, not {agencies:?}") };
    assert_eq!(agency.live_key.as_deref(), Some(&*Agency::key_of(client, "Best Hires")));
    let mut owners = Vec::new();
    for (n, id) in applications.iter().enumerate() {
        let application: Application = storage.get(id).await.unwrap();
        let owned: SubmissionOwnership = storage.get(format!("key-{n}")).await.unwrap();
        assert_eq!((owned.application_id, owned.agency_id), (*id, application.agency_id));
        assert_eq!(owned.owned_until - application.created_at, days(90));
        owners.push(application.agency_id);
        let filter = AttemptFilter { application: Some(*id), ..Default::default() };
        let attempts = storage.submission_attempts(&filter, &Page::default()).await.unwrap();
        let [attempt] = &attempts[..] else { panic!("one attempt, not {attempts:?}") };
        let key = SubmissionAttempt::key_of(*id, application.agency_id, application.source, true);
        assert_eq!((attempt.accepted, &attempt.natural_key), (true, &key));
    }
    assert_eq!(owners, [Some(agency.id), Some(agency.id), None]);
}

/// The schema before clients had departments, with a client and jobs that name some.
#[tokio::test]
async fn departments_that_jobs_name_are_in_the_list_after_the_migration() {
    let (dir, before) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/");
    for name in ["0001_first_schema.sql", "0002_accounts.sql", "0003_feedback.sql"] {
        std::fs::copy(format!("{migrations}{name}"), before.path().join(name)).unwrap();
    }
    let url = format!("sqlite://{}?mode=rwc", dir.path().join("hdip.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::migrate::Migrator::new(before.path()).await.unwrap().run(&pool).await.unwrap();
    let ids = SeededIds::new(1);
    let client: ClientId = ids.fresh();
    let sql = "INSERT INTO clients VALUES (?, 'Acme Ltd', 'Acme', 'IN', 2, 'UTC', 'en', 'INR', 'active', ?, '[]', 1, 1, 60000000, 4)";
    let manager: UserId = ids.fresh();
    sqlx::query(sql).bind(client.to_string()).bind(manager.to_string()).execute(&pool).await.unwrap();
    for department in [Some("Data"), Some(" data "), None, Some("Mobile")] {
        let job: JobId = ids.fresh();
        let sql = "INSERT INTO jobs VALUES (?, ?, 'Job', NULL, ?, NULL, '[]', 0, 1, 1, 'backend', '[]', '', 'UTC', 0, 80, 'open', 90000000, 1)";
        let query = sqlx::query(sql).bind(job.to_string()).bind(client.to_string()).bind(department);
        query.execute(&pool).await.unwrap();
    }
    pool.close().await;
    let storage = open(&dir).await;
    let departments = storage.departments(client, &Page::default()).await.unwrap();
    let mut keys: Vec<_> = departments.iter().map(|department| department.natural_key.clone()).collect();
    keys.sort();
    assert_eq!(keys, [Department::key(client, "data"), Department::key(client, "mobile")]);
    assert!(departments.iter().all(|department| department.version == 1));
    let client: Client = storage.get(client).await.unwrap();
    assert_eq!((client.status_at, client.billing_mode), (client.created_at, BillingMode::Postpaid));
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
    let ((), saved) = futures_util::future::join(
        async {
            for n in 0..20 {
                world.application(&round, &format!("Candidate {n}"), "Asia/Kolkata").await;
            }
        },
        storage.backup(&file),
    )
    .await;
    saved.unwrap();
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
