//! What only a database with a server can be asked: two who are at it at once, and a connection that goes away.

use super::common::{event, now, queue};
use super::fresh::{Fresh, Kind, patiently};
use hdip_core::interviewers::InterviewerSchedule;
use hdip_core::ports::storage::*;
use hdip_core::ports::{IdsExt, Outcome, PortErrorKind, Retry};
use hdip_core::testkit::SeededIds;
use hdip_core::values::*;
use hdip_integrations::storage::sql::copy::sheets;
use std::collections::BTreeSet;

/// The tests of a server, one each.
macro_rules! server_tests {    (@run common $kind:ident, $name:ident) => {
        if let Some((_fresh, database)) = $crate::storage::fresh::Fresh::migrated($crate::storage::fresh::Kind::$kind).await {
            $crate::storage::common::$name(database.storage()).await;
        }
    };
    (@run servers $kind:ident, $name:ident) => {
        if let Some((fresh, _)) = $crate::storage::fresh::Fresh::migrated($crate::storage::fresh::Kind::$kind).await {
            $crate::storage::servers::$name($crate::storage::fresh::Kind::$kind, &fresh).await;
        }
    };
    (@each $where:ident $kind:ident: $($name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                server_tests!(@run $where $kind, $name);
            }
        )*
    };

    ($kind:ident) => {
        pub struct Harness(
            std::sync::Arc<dyn hdip_core::ports::storage::Storage>,
            // Dropped with the harness: then the database goes.
            #[allow(dead_code)] $crate::storage::fresh::Fresh,
        );

        impl Harness {
            async fn start() -> Option<Self> {
                let (fresh, database) = $crate::storage::fresh::Fresh::migrated($crate::storage::fresh::Kind::$kind).await?;
                Some(Self(database.storage(), fresh))
            }
        }

        impl hdip_core::testkit::contract::storage::StorageHarness for Harness {
            fn port(&self) -> std::sync::Arc<dyn hdip_core::ports::storage::Storage> {
                self.0.clone()
            }
        }

        mod contract {
            hdip_core::storage_contract!(
                attr = tokio::test,
                harness = match super::Harness::start().await {
                    Some(harness) => harness,
                    None => return,
                }
            );
        }

        server_tests!(@each common $kind:
            of_many_updates_at_one_version_one_is_applied,
            positions_of_a_stream_have_no_gap_whoever_writes,
            the_main_job_runs_on_it,
            keys_differ_in_every_letter,
            names_are_found_by_their_beginning,
            no_job_is_claimed_by_two,
        );
        server_tests!(@each servers $kind:
            tables_have_exactly_the_columns_of_their_types,
            an_append_waits_for_the_one_before_it,
            a_deadlock_is_tried_again,
            a_guard_holds_until_the_commit,
            a_claim_passes_over_what_another_is_taking,
            a_lost_connection_is_said_and_got_over,
            a_server_that_is_not_there_is_unreachable,
            of_two_who_migrate_at_once_both_are_done,
            a_schema_of_a_newer_release_is_left_as_it_is,
            it_says_what_it_is,
        );
    };
}

fn row(n: u128) -> InterviewerSchedule {
    InterviewerSchedule { id: InterviewerId::from_bits(n), confirmed_total: 0, version: 0 }
}

async fn ready(fresh: &Fresh) -> hdip_integrations::storage::Database {
    fresh.connect().await
}

async fn two_rows(storage: &dyn Storage) -> [InterviewerSchedule; 2] {
    let mut changes = Changes::new();
    changes.insert(&row(1)).insert(&row(2));
    storage.commit(changes).await.unwrap();
    [storage.get(row(1).id).await.unwrap(), storage.get(row(2).id).await.unwrap()]
}

/// Columns, their types, how their texts compare; and there is no other table.
pub async fn tables_have_exactly_the_columns_of_their_types(kind: Kind, fresh: &Fresh) {
    ready(fresh).await;
    let mut raw = fresh.raw().await;
    let (here, collation) = match kind {
        Kind::Mysql => ("DATABASE()", "COALESCE(collation_name, '')"),
        Kind::Postgres => ("'public'", "COALESCE(collation_name, '')"),
    };
    let rows = raw
        .texts(&format!(
            "SELECT CAST(table_name AS CHAR(64)), CAST(column_name AS CHAR(64)), CAST(data_type AS CHAR(64)), \
            CAST({collation} AS CHAR(64)) FROM information_schema.columns WHERE table_schema = {here}"
        ))
        .await;
    let mut found: BTreeSet<[String; 3]> = BTreeSet::new();
    for row in rows {
        let [table, column, kind_of, collation] = [0, 1, 2, 3].map(|i| row[i].trim_end().to_owned());
        if table.starts_with("_sqlx") || table == "hdip_migrations" {
            continue;
        }
        let text = ["text", "longtext", "varchar"].contains(&&*kind_of);
        let wanted: &[&str] = match (kind, text) {
            (Kind::Mysql, true) => &["utf8mb4_nopad_bin", "utf8mb4_0900_bin"],
            (Kind::Postgres, true) => &["C"],
            (_, false) => &[""],
        };
        assert!(wanted.contains(&&*collation), "{table}.{column} compares by {collation}");
        found.insert([table, column, if text { "text".to_owned() } else { kind_of }]);
    }
    let flag = |table: &str, column: &str| {
        let spec = Table::ALL.iter().map(|t| t.spec()).find(|spec| spec.name == table);
        spec.and_then(|s| s.column(column)).is_some_and(|c| c.kind == ColumnKind::Bool)
    };
    let wanted: BTreeSet<[String; 3]> = sheets()
        .into_iter()
        .flat_map(|sheet| {
            let columns = sheet.columns.into_iter();
            columns.map(move |(column, number)| {
                let kind = match number {
                    false => "text",
                    true if flag(sheet.name, column) => "smallint",
                    true => "bigint",
                };
                [sheet.name.to_owned(), column.to_owned(), kind.to_owned()]
            })
        })
        .collect();
    let differ: Vec<_> = found.symmetric_difference(&wanted).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

/// One transaction has counted on and not committed; the next waits, and comes after it: no gap, commit order.
pub async fn an_append_waits_for_the_one_before_it(_: Kind, fresh: &Fresh) {
    let storage = ready(fresh).await.storage();
    let ids = SeededIds::new(1);
    storage.commit(Changes { events: vec![event(&ids, "first")], ..Changes::new() }).await.unwrap();
    for undone in [false, true] {
        let before = storage.events(Stream::Operator, 0, 100).await.unwrap().len() as i64;
        let mut raw = fresh.raw().await;
        raw.run("BEGIN").await.unwrap();
        raw.run(r#"UPDATE "stream_heads" SET "position" = "position" + 1 WHERE "stream" = 'operator'"#)
            .await
            .unwrap();
        raw.run(&format!(
            r#"INSERT INTO "events" ("stream", "position", "id", "kind", "version", "subject", "actor", "at", "data")
            VALUES ('operator', {}, '{}', 'test', 1, 'between', 'system', 1, 'null')"#,
            before + 1,
            ids.fresh::<EventId>(),
        ))
        .await
        .unwrap();
        let changes = Changes { events: vec![event(&ids, "after")], ..Changes::new() };
        let waiting = tokio::spawn({
            let storage = storage.clone();
            async move { storage.commit(changes).await }
        });
        fresh.until_somebody_waits().await;
        assert_eq!(storage.events(Stream::Operator, before, 100).await.unwrap(), [], "neither is seen yet");
        raw.run(if undone { "ROLLBACK" } else { "COMMIT" }).await.unwrap();
        waiting.await.unwrap().unwrap();
        let events = storage.events(Stream::Operator, before, 100).await.unwrap();
        let seen: Vec<_> = events.iter().map(|event| (event.position, &*event.subject)).collect();
        match undone {
            false => assert_eq!(seen, [(before + 1, "between"), (before + 2, "after")]),
            true => assert_eq!(seen, [(before + 1, "after")]),
        }
    }
}

/// A real deadlock, of which the commit is the victim: it is tried again, and done once.
pub async fn a_deadlock_is_tried_again(kind: Kind, fresh: &Fresh) {
    let storage = ready(fresh).await.storage();
    let [first, second] = two_rows(&*storage).await;
    let mut raw = fresh.raw().await;
    raw.run("BEGIN").await.unwrap();
    match kind {
        // Its victim is who has changed less.
        Kind::Mysql => {
            for n in 0..50 {
                let sql = format!(
                    r#"INSERT INTO "interviewer_schedules" ("id", "confirmed_total", "version") VALUES ('x{n}', 0, 1)"#
                );
                raw.run(&sql).await.unwrap();
            }
        }
        // Its victim is who looks first.
        Kind::Postgres => raw.run("SET LOCAL deadlock_timeout = '60s'").await.unwrap(),
    }
    let touch = |id: InterviewerId| {
        format!(
            r#"UPDATE "interviewer_schedules" SET "confirmed_total" = "confirmed_total" WHERE "id" = '{id}'"#
        )
    };
    raw.run(&touch(second.id)).await.unwrap();
    let mut changes = Changes::new();
    changes
        .update(&InterviewerSchedule { confirmed_total: 1, ..first.clone() })
        .update(&InterviewerSchedule { confirmed_total: 2, ..second.clone() });
    changes.events.push(event(&SeededIds::new(1), "once"));
    let commit = tokio::spawn({
        let storage = storage.clone();
        async move { storage.commit(changes).await }
    });
    fresh.until_somebody_waits().await;
    raw.run(&touch(first.id)).await.expect("the commit is the victim");
    raw.run("COMMIT").await.unwrap();
    commit.await.unwrap().unwrap();
    let rows: [InterviewerSchedule; 2] =
        [storage.get(first.id).await.unwrap(), storage.get(second.id).await.unwrap()];
    assert_eq!(rows.map(|row| (row.confirmed_total, row.version)), [(1, 2), (2, 2)]);
    assert_eq!(storage.events(Stream::Operator, 0, 10).await.unwrap().len(), 1);
}

/// What a commit relies on is not changed under it: the change waits, and the guard of a later commit is stale.
pub async fn a_guard_holds_until_the_commit(_: Kind, fresh: &Fresh) {
    let storage = ready(fresh).await.storage();
    let [guarded, changed] = two_rows(&*storage).await;
    let mut raw = fresh.raw().await;
    raw.run("BEGIN").await.unwrap();
    raw.run(&format!(r#"UPDATE "interviewer_schedules" SET "version" = 2 WHERE "id" = '{}'"#, guarded.id))
        .await
        .unwrap();
    let mut changes = Changes::new();
    changes.guard(&guarded).update(&changed);
    let commit = tokio::spawn({
        let storage = storage.clone();
        async move { storage.commit(changes).await }
    });
    fresh.until_somebody_waits().await;
    raw.run("COMMIT").await.unwrap();
    let done = commit.await.unwrap();
    assert!(matches!(done, Err(CommitError::Stale { .. })), "{done:?}");
    assert_eq!(storage.get::<InterviewerSchedule>(changed.id).await.unwrap().version, 1);
}

/// Without waiting for it.
pub async fn a_claim_passes_over_what_another_is_taking(_: Kind, fresh: &Fresh) {
    let storage = ready(fresh).await.storage();
    queue(&*storage, &SeededIds::new(1), 10).await;
    let mut raw = fresh.raw().await;
    raw.run("BEGIN").await.unwrap();
    let sql = r#"SELECT "id" FROM "background_jobs" WHERE "state" = 'queued' AND "due_at" <= 9000000000000000
        ORDER BY "due_at", "id" LIMIT 4 FOR UPDATE"#;
    let taken: BTreeSet<String> = raw.texts(sql).await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 4);
    let jobs = storage.claim_jobs(now(), now() + minutes(2), 3).await.unwrap();
    let mine: BTreeSet<String> = jobs.iter().map(|job| job.id.to_string()).collect();
    assert_eq!(mine.len(), 3);
    assert!(mine.is_disjoint(&taken));
    raw.run("ROLLBACK").await.unwrap();
    let rest = storage.claim_jobs(now(), now() + minutes(2), 10).await.unwrap();
    assert_eq!(rest.len(), 7);
    assert!(rest.iter().all(|job| !mine.contains(&job.id.to_string())));
}

/// In the middle of a commit, and between two: the first is an error that says it was not done and may be tried
/// again, the second is not noticed.
pub async fn a_lost_connection_is_said_and_got_over(_: Kind, fresh: &Fresh) {
    let storage = ready(fresh).await.storage();
    let [row, _] = two_rows(&*storage).await;
    let mut raw = fresh.raw().await;
    raw.run("BEGIN").await.unwrap();
    raw.run(&format!(
        r#"UPDATE "interviewer_schedules" SET "confirmed_total" = 7 WHERE "id" = '{}'"#,
        row.id
    ))
    .await
    .unwrap();
    let commit = tokio::spawn({
        let (storage, row) = (storage.clone(), row.clone());
        async move {
            let mut changes = Changes::new();
            changes.update(&row);
            storage.commit(changes).await
        }
    });
    fresh.until_somebody_waits().await;
    fresh.cut_all(&mut raw).await;
    let Err(CommitError::Port(error)) = commit.await.unwrap() else { panic!("it was cut off") };
    assert_eq!(
        (error.kind, error.retry, error.outcome),
        (PortErrorKind::Unreachable, Retry::Backoff, Outcome::NotDone)
    );
    raw.run("ROLLBACK").await.unwrap();
    let mut changes = Changes::new();
    changes.update(&row);
    storage.commit(changes).await.unwrap();
    fresh.cut_all(&mut raw).await;
    patiently(async || storage.ping().await.is_ok()).await;
    assert_eq!(storage.get::<InterviewerSchedule>(row.id).await.unwrap().version, 2);
}

pub async fn a_server_that_is_not_there_is_unreachable(kind: Kind, _: &Fresh) {
    // A port nobody listens on: it was had and given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let scheme = if kind == Kind::Mysql { "mysql" } else { "postgres" };
    let url = format!("{scheme}://somebody:secret@{free}/hdip");
    let error = hdip_integrations::storage::Database::connect(&url, 2).await.unwrap_err();
    assert_eq!((error.kind, error.retry), (PortErrorKind::Unreachable, Retry::Backoff));
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

pub async fn of_two_who_migrate_at_once_both_are_done(kind: Kind, _: &Fresh) {
    let fresh = Fresh::empty(kind).await.unwrap();
    let (one, other) = (fresh.connect().await, fresh.connect().await);
    assert!(!one.report().await.unwrap().pending.is_empty(), "nothing is applied yet");
    assert!(one.storage().pending_migrations().await.unwrap() > 5);
    let (first, second) = futures_util::future::join(one.migrate(), other.migrate()).await;
    first.unwrap();
    second.unwrap();
    assert_eq!(one.report().await.unwrap().pending, Vec::<String>::new());
    one.migrate().await.unwrap();
}

/// What it has more does not matter: migrations only add.
pub async fn a_schema_of_a_newer_release_is_left_as_it_is(kind: Kind, _: &Fresh) {
    let fresh = Fresh::empty(kind).await.unwrap();
    let database = fresh.connect().await;
    database.migrate().await.unwrap();
    let sql = match kind {
        Kind::Mysql => "INSERT INTO hdip_migrations VALUES (9999, 1, 1, 'x')",
        Kind::Postgres => {
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
            VALUES (9999, 'later', true, 'x', 1)"
        }
    };
    fresh.raw().await.run(sql).await.unwrap();
    database.migrate().await.unwrap();
    assert_eq!(database.storage().pending_migrations().await.unwrap(), 0);
}

/// For `doctor`.
pub async fn it_says_what_it_is(kind: Kind, fresh: &Fresh) {
    let report = ready(fresh).await.report().await.unwrap();
    let (server, isolation) = match kind {
        Kind::Mysql => (["MariaDB", "MySQL"], "READ-COMMITTED"),
        Kind::Postgres => (["PostgreSQL", "PostgreSQL"], "read committed"),
    };
    assert!(server.iter().any(|name| report.server.contains(name)), "{report:?}");
    assert_eq!((&*report.isolation, &*report.pending), (isolation, &[][..]));
    // The test's server may be set up to lose its last commits; nothing else may be wrong with it.
    let other: Vec<_> = report.faults.iter().filter(|fault| !fault.contains("may be lost")).collect();
    assert!(other.is_empty(), "{other:?}");
}
