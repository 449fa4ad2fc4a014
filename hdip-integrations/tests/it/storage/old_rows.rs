//! What a release before this one left is carried over by the migrations, in every database's words. (SQLite's tests
//! read it back through the adapter.)

use super::fresh::{Fresh, Kind};
use hdip_integrations::storage::sql::schema::{Target, migrations};

/// The last migration before names of agencies and departments became rows.
const BEFORE: i64 = 3;

const ROWS: &[&str] = &[
    "INSERT INTO clients VALUES ('clnt_1', 'Acme Ltd', 'Acme', 'IN', 2, 'UTC', 'en', 'INR', 'active', 'user_1', '[]', 1, 1, 60, 4)",
    "INSERT INTO jobs VALUES ('job_1', 'clnt_1', 'Job', NULL, 'Data', NULL, '[]', 0, 1, 1, 'backend', '[]', '', 'UTC', 0, 80, 'open', 90, 1)",
    "INSERT INTO jobs VALUES ('job_2', 'clnt_1', 'Job', NULL, ' data ', NULL, '[]', 0, 1, 1, 'backend', '[]', '', 'UTC', 0, 80, 'open', 90, 1)",
    "INSERT INTO applications (id, client_id, job_id, candidate_id, source, agency, round_id, status, candidate_reschedules, \
        live_key, status_at, created_at, version) \
        VALUES ('appl_1', 'clnt_1', 'job_1', 'cand_1', 'agency', 'Best Hires', 'rnd_1', 'to_schedule', 0, 'key 1', 60, 60, 1)",
    "INSERT INTO applications (id, client_id, job_id, candidate_id, source, agency, round_id, status, candidate_reschedules, \
        live_key, status_at, created_at, version) \
        VALUES ('appl_2', 'clnt_1', 'job_1', 'cand_2', 'agency', ' best hires ', 'rnd_1', 'to_schedule', 0, 'key 2', 60, 60, 1)",
    "INSERT INTO applications (id, client_id, job_id, candidate_id, source, agency, round_id, status, candidate_reschedules, \
        live_key, status_at, created_at, version) \
        VALUES ('appl_3', 'clnt_1', 'job_1', 'cand_3', 'internal', NULL, 'rnd_1', 'to_schedule', 0, NULL, 60, 60, 1)",
    "INSERT INTO interviewers VALUES ('intr_1', 'Ravi', 'r1@x.example', 'r1@x.example', NULL, 'IN', 'Asia/Kolkata', 'en', 2, \
        'certified', '[\"backend\",\"cloud\"]', '[]', 120, NULL, '[]', NULL, 10, 15, 'INR', NULL, 0, 0, 1)",
    "INSERT INTO interviewers VALUES ('intr_2', 'Lena', 'r2@x.example', 'r2@x.example', NULL, 'IN', 'Asia/Kolkata', 'en', 2, \
        'mentor', '[]', '[]', 120, NULL, '[]', NULL, 10, 15, 'INR', NULL, 0, 0, 1)",
    "INSERT INTO interviewers VALUES ('intr_3', 'Omar', 'r3@x.example', 'r3@x.example', NULL, 'IN', 'Asia/Kolkata', 'en', 2, \
        'shadowing', '[\"backend\"]', '[]', 120, NULL, '[]', NULL, 10, 15, 'INR', NULL, 0, 0, 1)",
];

async fn carried_over(kind: Kind) {
    let Some(fresh) = Fresh::empty(kind).await else { return };
    let mut raw = fresh.raw().await;
    let target = match kind {
        Kind::Mysql => {
            let maria = raw.texts("SELECT VERSION()").await.concat().concat().contains("MariaDB");
            let mode =
                "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY'";
            raw.run(mode).await.unwrap();
            Target::Mysql { collation: if maria { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" } }
        }
        // What the rows refer to is not all there: only this test may leave it so.
        Kind::Postgres => {
            raw.run("SET session_replication_role = replica").await.unwrap();
            Target::Postgres
        }
    };
    for (version, statements) in migrations(target).unwrap() {
        raw.run("BEGIN").await.unwrap();
        for statement in &statements {
            raw.run(statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
        raw.run("COMMIT").await.unwrap();
        if version == BEFORE {
            for row in ROWS {
                raw.run(row).await.unwrap_or_else(|e| panic!("{row}: {e}"));
            }
        }
    }
    let mut rows = async |sql: &str| -> Vec<String> {
        raw.texts(sql).await.into_iter().map(|row| row.join("|")).collect()
    };
    let agencies = rows("SELECT id, live_key, status FROM agencies").await;
    let [agency] = &agencies[..] else { panic!("one agency, not {agencies:?}") };
    let (id, rest) = agency.split_once('|').unwrap();
    assert_eq!((id.len(), &id[..6], rest), (31, "agcy_0", "clnt_1:best hires|active"));
    let of = rows("SELECT id, agency_id FROM applications ORDER BY id").await;
    assert_eq!(of, [format!("appl_1|{id}"), format!("appl_2|{id}"), "appl_3|".to_owned()]);
    let owned = rows("SELECT id, application_id, agency_id FROM submission_ownerships ORDER BY id").await;
    assert_eq!(owned, [format!("key 1|appl_1|{id}"), format!("key 2|appl_2|{id}")]);
    let attempts = rows("SELECT natural_key FROM submission_attempts ORDER BY natural_key").await;
    assert_eq!(
        attempts,
        [
            format!("appl_1:{id}:accepted"),
            format!("appl_2:{id}:accepted"),
            "appl_3:internal:accepted".to_owned()
        ]
    );
    assert_eq!(rows("SELECT natural_key FROM departments").await, ["clnt_1:data"]);
    let certified = rows("SELECT certifications FROM interviewers ORDER BY id").await;
    assert_eq!(certified, [r#"{"backend":2,"cloud":2}"#, "{}", "{}"]);
}

#[tokio::test]
async fn rows_of_a_release_before_are_carried_over_in_mysql() {
    carried_over(Kind::Mysql).await;
}

#[tokio::test]
async fn rows_of_a_release_before_are_carried_over_in_postgres() {
    carried_over(Kind::Postgres).await;
}
