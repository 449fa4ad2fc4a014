//! SQLite storage: the schema is that of the types, commits race safely, the whole job runs on it.

use hdip_core::access::Scope;
use hdip_core::agencies::*;
use hdip_core::clients::{BillingMode, Client, Department};
use hdip_core::hiring::{Application, ApplicationStatus};
use hdip_core::interviewers::InterviewerSchedule;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
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
    let storage = Arc::new(open(&dir).await);
    let row = InterviewerSchedule { id: SeededIds::new(1).fresh(), confirmed_total: 0, version: 0 };
    let mut changes = Changes::new();
    changes.insert(&row);
    storage.commit(changes).await.unwrap();
    let read: InterviewerSchedule = storage.get(row.id).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=64 {
        let (storage, read) = (storage.clone(), read.clone());
        tasks.spawn(async move {
            let mut changes = Changes::new();
            changes.update(&InterviewerSchedule { confirmed_total: n, ..read });
            storage.commit(changes).await
        });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    assert!(results.iter().all(|r| matches!(r, Ok(()) | Err(CommitError::Stale { .. }))), "{results:?}");
    let now: InterviewerSchedule = storage.get(row.id).await.unwrap();
    assert_eq!(now.version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_of_a_stream_have_no_gap_whoever_writes() {
    let dir = TempDir::new().unwrap();
    let storage = Arc::new(open(&dir).await);
    let ids = Arc::new(SeededIds::new(1));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (storage, ids) = (storage.clone(), ids.clone());
        tasks.spawn(async move {
            let mut changes = Changes::new();
            for _ in 0..=n % 3 {
                changes.events.push(NewEvent {
                    id: ids.fresh(),
                    stream: Stream::Operator,
                    kind: "test".into(),
                    version: 1,
                    subject: n.to_string(),
                    actor: "system".into(),
                    at: "2026-01-05T04:30:00Z".parse().unwrap(),
                    request_id: None,
                    data: serde_json::Value::Null,
                });
            }
            storage.commit(changes).await.unwrap();
        });
    }
    tasks.join_all().await;
    let events = storage.events(Stream::Operator, 0, 1000).await.unwrap();
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=positions.len() as i64).collect::<Vec<_>>());
    assert_eq!(positions.len(), (0..50).map(|n| n % 3 + 1).sum::<usize>());
}

#[tokio::test]
async fn the_main_job_runs_on_it() {
    let dir = TempDir::new().unwrap();
    let world = World::over(Arc::new(open(&dir).await)).await;
    let (_, round) = world.job().await;
    let (ravi, lena) =
        (world.interviewer("Ravi", "Asia/Kolkata").await, world.interviewer("Lena", "Europe/Berlin").await);
    let asha = world.application(&round, "Asha \"O'Rao\"; DROP TABLE users; -- रा", "Asia/Kolkata").await;
    let start: Timestamp = "2026-01-06T08:00:00Z".parse().unwrap();
    let request = RequestInterview {
        application: asha.id,
        start: StartChoice::Picked(Pick { start, odd_hours_ok: false }),
        consents: None,
    };
    let id = world.hdip.request_interview(&world.as_owner(), request).await.unwrap().output.interview_id;
    world.drain().await;
    let invitations = world.storage.invitations(id).await.unwrap();
    assert_eq!(invitations.len(), 2);
    for (who, outcome) in [(ravi.id, Ok(())), (lena.id, Err("already_taken"))] {
        let invitation = invitations.iter().find(|i| i.interviewer_id == who).unwrap();
        let done = world.hdip.accept_invitation(&world.as_interviewer(who), invitation.id).await;
        assert_eq!(done.map(|_| ()).map_err(|e| e.code()), outcome);
        world.drain().await;
    }
    // The interviewer's hour and buffer, and the candidate's hour.
    assert_eq!(world.storage.claimed_ticks().await.unwrap().len(), 15 + 12);
    world.run_until(start + hours(2)).await;
    assert_eq!(world.storage.claimed_ticks().await.unwrap(), []);
    world.hdip.close_interview(&world.as_operator(), id, Closing::Completed, "by phone").await.unwrap();
    world.drain().await;
    let charges =
        world.storage.charges(&Scope::Client(world.client.id), Some(id), &Page::default()).await.unwrap();
    assert_eq!(charges.iter().map(|c| c.amount).collect::<Vec<_>>(), [Money::major(3000, Currency::Inr)]);
    assert_eq!(world.get::<Application>(asha.id).await.status, ApplicationStatus::DecisionDue);
    assert_eq!(world.mail.sent().len(), 3 + 4 + 6 + 2);
    assert_eq!(world.storage.job_counts().await.unwrap().keys().copied().collect::<Vec<_>>(), ["done"]);
    world.storage.purge(start + days(5), start + days(5)).await.unwrap();
    assert!(world.storage.job_counts().await.unwrap().is_empty());
}
