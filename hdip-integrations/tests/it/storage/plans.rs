//! No query looks at every row of a table that grows. Each query of the ports is run over filled tables, and the
//! database is asked how it would find the rows.

use super::fresh::{Fresh, Kind, Raw};
use hdip_core::access::Scope;
use hdip_core::agencies::AgencyStatus;
use hdip_core::desk::{ContestState, GrantKind};
use hdip_core::ladder::InterviewerApplicationStatus;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
use hdip_core::search::SearchKind;
use hdip_core::testkit::World;
use hdip_core::values::*;
use hdip_integrations::storage::sql::Listener;
use hdip_integrations::storage::sql::copy::sheets;
use hdip_integrations::storage::sql::dialect::Dialect as _;
use hdip_integrations::storage::sql::rows::Bound;
use hdip_integrations::storage::{Database, postgres, sqlite};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use std::collections::BTreeSet;
use tempfile::TempDir;

/// Rows of each table.
const ROWS: usize = 2_000;

/// What may look at every row, and why.
const WHOLE: &[(&str, &str)] = &[
    ("\"claimed_ticks\" ORDER BY", "doctor compares all of them"),
    ("INSTR(\"specialisations\"", "interviewers are a few thousand; they are searched by what is in a list"),
    ("POSITION($1 IN \"specialisations\"", "the same"),
    ("LOWER(\"name\"", "the operator's search by name, without a client"),
    ("\"currency\" = ", "a few pay tables"),
    ("SELECT COUNT(*) FROM \"background_jobs\"", "metrics; what is done is purged"),
    ("SELECT 1 FROM \"users\" LIMIT 1", "the first will do"),
    ("_migrations", "a line per migration"),
];

/// Rows for every table, alike enough to a large deployment's: every key differs, words repeat.
fn fill() -> Vec<String> {
    let mut all = Vec::new();
    for sheet in sheets() {
        let columns: Vec<_> = sheet.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let unique = |column: &str| {
            column == "cause"
                || Table::ALL
                    .iter()
                    .map(|table| table.spec())
                    .any(|spec| spec.name == sheet.name && spec.unique.contains(&column))
        };
        let rows: Vec<String> = (0..ROWS)
            .map(|n| {
                let cells = sheet.columns.iter().enumerate().map(|(at, (column, number))| match number {
                    true => n.to_string(),
                    false
                        if at < sheet.key || unique(column) || (sheet.name, *column) == ("events", "id") =>
                    {
                        format!("'filled_{n:020}'")
                    }
                    false if sheet.name == "background_jobs" && *column == "state" => "'done'".to_owned(),
                    false if column.ends_with("_id") => format!("'other_{:020}'", n % 500),
                    false => format!("'word {}'", n % 40),
                });
                format!("({})", cells.collect::<Vec<_>>().join(", "))
            })
            .collect();
        for some in rows.chunks(500) {
            all.push(format!(
                "INSERT INTO \"{}\" ({}) VALUES {}",
                sheet.name,
                columns.join(", "),
                some.join(", ")
            ));
        }
    }
    all
}

/// Every query of the ports, once, by name; a query with several shapes several times.
async fn ask_everything(world: &World, storage: &dyn Storage) -> BTreeSet<&'static str> {
    let mut asked = BTreeSet::new();
    // What was filled in is no entity: only what is asked matters.
    macro_rules! ask {
        ($($name:ident($($argument:expr),* $(,)?);)*) => {$(
            asked.insert(stringify!($name));
            let _ = storage.$name($($argument),*).await;
        )*};
    }
    let now = world.hdip.now();
    // What was filled in is younger: all of it would be a reason to look at all of it.
    let begin: Timestamp = "1970-01-01T00:00:00Z".parse().unwrap();
    let client = world.client.id;
    let (job, round) = world.job().await;
    let who = world.interviewer("Ravi", "Asia/Kolkata").await;
    let application = world.application(&round, "Asha", "Asia/Kolkata").await;
    let interview: InterviewId = world.ids.fresh();
    let user = world.owner.id;
    let (agency, file): (AgencyId, FileId) = (world.ids.fresh(), world.ids.fresh());
    let times = DeskTimes { now, unassigned_before: now, ended_before: now };
    let phone: Phone = "+919800000001".parse().unwrap();
    let page = Page { limit: 50, after: Some(interview.to_string()) };
    let email = "asha@candidates.example";
    let range = Span::starting(now, days(14)).unwrap();
    let any_of = vec!["rust".into(), "sql".into()];
    let skilled = PoolOf::Skilled { specialisation: job.specialisation.clone(), any_of };
    let scopes = [
        Scope::Operator,
        Scope::Client(client),
        Scope::Jobs(client, [job.id].into()),
        Scope::Agency(client, agency, None),
        Scope::Interviewer(who.id),
    ];
    ask! {
        user_by_email(email);
        user_of_interviewer(who.id);
        users(Some(client), &page);
        users(None, &page);
        live_sign_ins(user);
        link_by_key("x");
        api_keys(client, &page);
        clients(&page);
        agreements(client);
        pay_table_on(Currency::Inr, now.date_naive());
        policy_at(Some(client), now);
        policy_at(None, now);
        any_user();
        pending_email_change(user);
        terms_acceptances(user);
        product_feedback(None, &page);
        product_feedback(Some(hdip_core::product_feedback::ProductFeedbackStatus::Open), &page);
        assigned_jobs(client, user);
        rounds(job.id);
        same_person(client, email, Some(&"+919800000001".parse().unwrap()));
        open_applications(job.id);
        consents(application.id);
        interviewers(&InterviewerFilter::default(), &page);
        interviewers(&InterviewerFilter { status: Some(who.status), specialisation: None }, &page);
        interviewers(&InterviewerFilter { status: None, specialisation: Some("rust".into()) }, &page);
        interviewer_by_email(email);
        availability(who.id);
        pool(&PoolQuestion { of: PoolOf::Specialisation(job.specialisation.clone()), range, now });
        pool(&PoolQuestion { of: skilled, range, now });
        pool(&PoolQuestion { of: PoolOf::One(who.id), range, now });
        met(email, None);
        met(email, Some(interview));
        draws(range, now);
        candidate_busy(email, range, None);
        candidate_busy(email, range, Some(interview));
        invitations(interview);
        invitations_for(who.id, true, &page);
        invitations_for(who.id, false, &page);
        charges(&Scope::Operator, None, &page);
        charges(&Scope::Client(client), None, &page);
        charges(&Scope::Client(client), Some(interview), &page);
        earnings(None, None, &page);
        earnings(Some(who.id), None, &page);
        earnings(Some(who.id), Some(interview), &page);
        interviewer_no_shows(who.id, now);
        rubrics(round.id);
        scorecards(interview);
        rating_of(interview);
        ratings(who.id, &page);
        claim_jobs(now, now + minutes(2), 10);
        background_job(world.ids.fresh());
        background_jobs(&JobFilter { state: Some(JobState::Dead), kind: None }, &page);
        background_jobs(&JobFilter { state: None, kind: Some("send_mail".into()) }, &page);
        requeue_job(world.ids.fresh(), now);
        job_counts();
        next_due();
        due_timers(now, 10);
        events(Stream::Client(client), 5, 100);
        audit_of("x", &page);
        idempotency("x", now);
        claimed_ticks();
        purge(begin, begin);
        ping();
        claim_job(world.ids.fresh(), now, now + minutes(2));
        work_health(now);
        pending_migrations();
        alerts(true, &page);
        alerts(false, &page);
        client_contacts(client, &page);
        departments(client, &page);
        department_by_key("x");
        clients_of_manager(user);
        applications_of_recruiter(client, user);
        agencies(None, None, &page);
        agencies(Some(client), None, &page);
        agencies(Some(client), Some(AgencyStatus::Active), &page);
        agency_by_key("x");
        agency_users(agency, &page);
        submission_attempt("x");
        submission_attempts(&AttemptFilter { job: Some(job.id), ..Default::default() }, &page);
        submission_attempts(&AttemptFilter { application: Some(application.id), ..Default::default() }, &page);
        submission_attempts(&AttemptFilter { job: Some(job.id), accepted: Some(false), ..Default::default() }, &page);
        interviewer_applications(None, &page);
        interviewer_applications(Some(InterviewerApplicationStatus::Received), &page);
        applications_like(email, &phone);
        interviewers_like(email, &phone);
        application_with_cv(file);
        ladder_steps(who.id, &page);
        shadowings(None, &page);
        shadowings(Some(who.id), &page);
        shadowing_sessions(world.ids.fresh());
        planned_session(interview);
        desk_counts(&times);
        acknowledgement("x");
        contests(&ContestFilter::default(), &page);
        contests(&ContestFilter { state: Some(ContestState::Open), ..Default::default() }, &page);
        contests(&ContestFilter { interview: Some(interview), ..Default::default() }, &page);
        contests(&ContestFilter { client: Some(client), ..Default::default() }, &page);
        contests(&ContestFilter { interviewer: Some(who.id), party: Some(Side::Interviewer), ..Default::default() }, &page);
        contested(&[interview]);
        grants(client, &page);
        usable_grants(client, GrantKind::FreeInterviews, now);
        audit_entries(&AuditFilter::default(), &page);
        audit_entries(&AuditFilter { client: Some(client), ..Default::default() }, &page);
        audit_entries(&AuditFilter { subject: Some("x".into()), ..Default::default() }, &page);
        audit_entries(&AuditFilter { actor: Some("x".into()), ..Default::default() }, &page);
        audit_entries(&AuditFilter { action: Some("x".into()), ..Default::default() }, &page);
        audit_entries(&AuditFilter { from: Some(now), until: Some(now + days(7)), ..Default::default() }, &page);
    }
    for queue in InterviewQueue::ALL {
        ask! {
            desk_interviews(queue, &times, None, &page);
            desk_interviews(queue, &times, Some(interview), &page);
        }
    }
    for queue in JobQueue::ALL {
        ask! {
            desk_jobs(queue, None, &page);
            desk_jobs(queue, Some(world.ids.fresh()), &page);
        }
    }
    for scope in &scopes {
        for words in [vec!["asha".to_owned()], vec!["asha".to_owned(), "rao".to_owned()]] {
            let question = SearchQuestion { scope: scope.clone(), kinds: SearchKind::ALL.into(), words };
            ask! { search(&question, &page); }
        }
        ask! {
            jobs(scope, &HiringJobFilter::default(), &page);
            jobs(scope, &HiringJobFilter { status: Some(job.status), external_id: None }, &page);
            jobs(scope, &HiringJobFilter { status: None, external_id: Some("x".into()) }, &page);
            candidates(scope, &CandidateFilter::default(), &page);
            candidates(scope, &CandidateFilter { email_key: Some(email.into()), name_prefix: None }, &page);
            candidates(scope, &CandidateFilter { email_key: None, name_prefix: Some("As".into()) }, &page);
            applications(scope, &ApplicationFilter::default(), &page);
            applications(scope, &ApplicationFilter { job: Some(job.id), ..Default::default() }, &page);
            applications(scope, &ApplicationFilter { candidate: Some(application.candidate_id), ..Default::default() }, &page);
            applications(scope, &ApplicationFilter { status: Some(application.status), ..Default::default() }, &page);
            applications(scope, &ApplicationFilter { ats_reference: Some("x".into()), ..Default::default() }, &page);
            interviews(scope, &InterviewFilter::default(), &page);
            interviews(scope, &InterviewFilter { states: vec![InterviewState::Confirmed, InterviewState::Inviting], ..Default::default() }, &page);
            interviews(scope, &InterviewFilter { application: Some(application.id), ..Default::default() }, &page);
            interviews(scope, &InterviewFilter { job: Some(job.id), ..Default::default() }, &page);
            interviews(scope, &InterviewFilter { interviewer: Some(who.id), ..Default::default() }, &page);
            interviews(scope, &InterviewFilter { from: Some(now), until: Some(now + days(7)), ..Default::default() }, &page);
        }
    }
    asked
}

/// The names of the queries in the ports' own text.
fn named() -> BTreeSet<&'static str> {
    let texts = [
        include_str!("../../../../hdip-core/src/ports/storage/queries.rs"),
        include_str!("../../../../hdip-core/src/ports/storage/work.rs"),
        include_str!("../../../../hdip-core/src/ports/storage/desk.rs"),
    ];
    let names = texts.into_iter().flat_map(|text| text.split("async fn ").skip(1));
    names.filter_map(|rest| rest.split('(').next()).collect()
}

/// Faults in the plans of what was heard.
async fn faults(raw: &mut Look, heard: &Listener) -> Vec<String> {
    let heard: BTreeSet<(String, Vec<String>)> = heard
        .lock()
        .unwrap()
        .iter()
        .map(|(sql, values)| {
            let values = values.iter().map(|value| match value {
                Bound::Int(number) => number.to_string(),
                Bound::Text(text) => format!("'{}'", text.replace('\'', "''")),
                Bound::NoInt | Bound::NoText => "NULL".to_owned(),
            });
            (sql.clone(), values.collect())
        })
        .collect();
    let mut faults = Vec::new();
    assert!(heard.len() > 80, "only {} statements were heard", heard.len());
    for (sql, values) in heard {
        // A page of everything walks the key; that is a page's length, whatever the table's.
        let walks = sql.contains("WHERE (1 = 1)") || sql.contains("1 = 1 ORDER BY \"id\" DESC LIMIT");
        let numbered = postgres::Postgres::statement(&sql);
        if walks || WHOLE.iter().any(|(text, _)| sql.contains(text) || numbered.contains(text)) {
            continue;
        }
        for fault in raw.scans(&sql, &values).await {
            faults.push(format!("{fault}: {}", sql.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    faults
}

/// Who is asked for plans.
enum Look {
    Sqlite(sqlx::SqliteConnection),
    Server(Raw),
}

impl Look {
    /// What of a statement's plan looks at every row of a table.
    async fn scans(&mut self, sql: &str, values: &[String]) -> Vec<String> {
        let mut values = values.iter();
        let mut text = String::new();
        for (at, part) in sql.split('?').enumerate() {
            if at > 0 {
                text.push_str(values.next().unwrap());
            }
            text.push_str(part);
        }
        match self {
            Self::Sqlite(connection) => {
                let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                let rows =
                    sqlx::query(sql).fetch_all(connection).await.unwrap_or_else(|e| panic!("{text}: {e}"));
                let details = rows.iter().map(|row| row.get::<String, _>("detail"));
                // SEARCH is by a key or an index, SCAN is not.
                details
                    .filter(|detail| {
                        detail.starts_with("SCAN ")
                            && !detail.contains("CONSTANT")
                            && !detail.contains("next")
                    })
                    .collect()
            }
            Self::Server(Raw::Mysql(connection)) => {
                let sql = AssertSqlSafe(format!("EXPLAIN {text}"));
                let rows =
                    sqlx::query(sql).fetch_all(connection).await.unwrap_or_else(|e| panic!("{text}: {e}"));
                rows.iter()
                    .filter_map(|row| {
                        let cell = |name: &str| {
                            row.try_get::<Option<String>, _>(name).ok().flatten().unwrap_or_default()
                        };
                        let (table, kind) = (cell("table"), cell("type"));
                        // `ALL` is every row; `index` every entry of an index.
                        (["ALL", "index"].contains(&&*kind) && !table.starts_with('<'))
                            .then(|| format!("{kind} of {table} by {:?}", cell("key")))
                    })
                    .collect()
            }
            Self::Server(Raw::Postgres(connection)) => {
                let sql = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {text}"));
                let rows =
                    sqlx::query(sql).fetch_all(connection).await.unwrap_or_else(|e| panic!("{text}: {e}"));
                let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                let mut found = Vec::new();
                for (at, line) in lines.iter().enumerate() {
                    let conditions = lines.get(at + 1).map(String::as_str).unwrap_or_default();
                    let by_index = line.contains("Index Scan") || line.contains("Index Only Scan");
                    if line.contains("Seq Scan")
                        || (by_index && !conditions.contains("Index Cond") && !line.contains("Bitmap"))
                    {
                        found.push(line.trim().to_owned());
                    }
                }
                found
            }
        }
    }
}

async fn on_a_server(kind: Kind) {
    let Some((fresh, database)) = Fresh::migrated(kind).await else { return };
    let world = World::over(database.storage()).await;
    let mut raw = fresh.raw().await;
    if kind == Kind::Postgres {
        raw.run("SET session_replication_role = replica").await.unwrap();
    }
    for sql in fill() {
        raw.run(&sql).await.unwrap();
    }
    match kind {
        Kind::Postgres => raw.run("ANALYZE").await.unwrap(),
        Kind::Mysql => {
            for sheet in sheets() {
                raw.texts(&format!("ANALYZE TABLE \"{}\"", sheet.name)).await;
            }
        }
    }
    let (storage, heard): (std::sync::Arc<dyn Storage>, _) = match &database {
        Database::Mysql(storage) => {
            let (storage, heard) = storage.listened_to();
            (std::sync::Arc::new(storage), heard)
        }
        Database::Postgres(storage) => {
            let (storage, heard) = storage.listened_to();
            (std::sync::Arc::new(storage), heard)
        }
        Database::Sqlite(_) => unreachable!("it has no server"),
    };
    let asked = ask_everything(&world, &*storage).await;
    assert_eq!(asked, named(), "a query that is not asked here, or is no more");
    let faults = faults(&mut Look::Server(raw), &heard).await;
    assert!(faults.is_empty(), "{} statements look at every row:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn no_query_looks_at_every_row_in_mysql() {
    on_a_server(Kind::Mysql).await;
}

#[tokio::test]
async fn no_query_looks_at_every_row_in_postgres() {
    on_a_server(Kind::Postgres).await;
}

#[tokio::test]
async fn no_query_looks_at_every_row_in_sqlite() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("hdip.db");
    let storage = sqlite::SqliteStorage::open(&file, &sqlite::SqliteConfig::default()).await.unwrap();
    let world = World::over(std::sync::Arc::new(storage.clone())).await;
    let mut raw = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    sqlx::raw_sql("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF").execute(&mut raw).await.unwrap();
    for sql in fill() {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut raw).await.unwrap();
    }
    let (listening, heard) = storage.listened_to();
    let asked = ask_everything(&world, &listening).await;
    assert_eq!(asked, named(), "a query that is not asked here, or is no more");
    let faults = faults(&mut Look::Sqlite(raw), &heard).await;
    assert!(faults.is_empty(), "{} statements look at every row:\n{}", faults.len(), faults.join("\n"));
}

/// The test would notice a query without an index.
#[tokio::test]
async fn a_scan_is_noticed() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("hdip.db");
    sqlite::SqliteStorage::open(&file, &sqlite::SqliteConfig::default()).await.unwrap();
    let raw = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let scan = r#"SELECT "id" FROM "users" WHERE "name" = ?"#;
    assert_eq!(Look::Sqlite(raw).scans(scan, &["'x'".to_owned()]).await.len(), 1);
    for kind in [Kind::Mysql, Kind::Postgres] {
        let Some((fresh, _)) = Fresh::migrated(kind).await else { return };
        let mut raw = fresh.raw().await;
        if kind == Kind::Postgres {
            raw.run("SET session_replication_role = replica").await.unwrap();
        }
        for sql in fill().iter().filter(|sql| sql.starts_with("INSERT INTO \"users\"")) {
            raw.run(sql).await.unwrap();
        }
        raw.run("ANALYZE").await.or_else(|e| if kind == Kind::Mysql { Ok(()) } else { Err(e) }).unwrap();
        assert_eq!(Look::Server(raw).scans(scan, &["'x'".to_owned()]).await.len(), 1, "{kind:?}");
    }
}
