//! What [`Storage`] promises, clause by clause (see [`crate::ports::storage`]).

use crate::access::*;
use crate::agencies::*;
use crate::alerts::{Alert, AlertKind};
use crate::clients::{Client, ClientContact, Department};
use crate::hiring::*;
use crate::interviewers::{Interviewer, InterviewerSchedule, InterviewerStatus};
use crate::ladder::*;
use crate::ports::storage::*;
use crate::ports::{IdsExt, PortErrorKind};
use crate::product_feedback::*;
use crate::scheduling::*;
use crate::search::{SearchKind, words};
use crate::testkit::{MemoryStorage, SeededIds, World, together};
use crate::values::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An adapter under test, empty at the beginning of each test.
pub trait StorageHarness: Send + Sync {
    /// The adapter.
    fn port(&self) -> Arc<dyn Storage>;
}

/// Tests of a [`StorageHarness`], one per clause.
#[macro_export]
macro_rules! storage_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, storage:
            a_row_of_every_table_survives_letter_by_letter,
            what_is_not_there_is_none_in_its_place,
            an_update_needs_the_version_read,
            a_delete_needs_the_version_read,
            a_key_is_taken_once,
            a_unique_value_is_taken_once_and_nulls_do_not_collide,
            a_unique_value_moves_within_a_commit,
            a_guard_is_checked_and_not_written,
            a_refused_commit_leaves_nothing,
            of_two_at_once_one_wins,
            nobody_is_at_two_places,
            releases_come_before_claims,
            positions_of_a_stream_have_no_gap,
            a_cause_is_carried_out_once,
            ready_jobs_are_claimed_in_order_and_leased,
            a_lease_that_ran_out_is_handed_on_and_fenced,
            a_job_waits_dies_and_comes_back,
            a_job_left_to_a_newer_release_was_not_tried,
            a_named_job_is_claimed_if_it_is_ready,
            the_health_of_the_work_is_told,
            a_trace_stays_with_what_was_committed,
            alerts_are_listed_and_those_that_last_apart,
            a_timer_is_one_per_kind_and_subject,
            a_moved_timer_does_not_fire,
            an_idempotency_key_is_taken_until_it_expires,
            pages_visit_every_row_once_whatever_is_added,
            a_cursor_that_is_not_ours_is_rejected,
            a_scope_never_lets_a_foreign_row_out,
            the_pool_has_what_decides,
            draws_are_live_holds_and_open_requests,
            what_belongs_to_an_account_is_found_by_its_user,
            feedback_on_the_product_is_paged_by_status,
            what_belongs_to_a_client_is_found_by_it,
            the_desk_holds_what_needs_a_person,
            the_desk_holds_jobs_that_were_given_up,
            contests_and_grants_are_found,
            the_audit_trail_is_read_by_every_filter,
            the_ladder_is_found_by_its_people,
            agencies_and_attempts_are_found_by_whose_they_are,
            all_words_are_found_by_their_beginnings,
            what_is_found_is_what_the_records_say_now,
            search_never_lets_a_foreign_row_out,
            what_nobody_needs_any_more_is_purged,
        );
    };
}

pub use super::storage_desk::*;

const NOW: &str = "2026-01-05T04:30:00Z";

pub(super) fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn row(id: u128, total: i64) -> InterviewerSchedule {
    InterviewerSchedule { id: InterviewerId::from_bits(id), confirmed_total: total, version: 0 }
}

async fn put(port: &dyn Storage, entity: &impl Entity) {
    let mut changes = Changes::new();
    changes.put(entity);
    port.commit(changes).await.expect("the record is stored");
}

async fn read(port: &dyn Storage, id: u128) -> InterviewerSchedule {
    port.get(InterviewerId::from_bits(id)).await.expect("the record is there")
}

fn event(ids: &SeededIds, stream: Stream) -> NewEvent {
    NewEvent {
        id: ids.fresh(),
        stream,
        kind: "test.happened".into(),
        version: 1,
        subject: "x".into(),
        actor: "system".into(),
        at: now(),
        request_id: Some("r1".into()),
        data: json!({"n": 1}),
    }
}

fn job(ids: &SeededIds, cause: &str, due_at: Timestamp) -> NewJob {
    NewJob {
        id: ids.fresh(),
        client_id: None,
        kind: "test".into(),
        cause: cause.into(),
        subject: "x".into(),
        data: json!({"n": [1, "ü"]}),
        due_at,
        created_at: now(),
        request_id: None,
    }
}

async fn queue(port: &dyn Storage, jobs: Vec<NewJob>) {
    port.commit(Changes { jobs, ..Changes::new() }).await.expect("jobs are queued");
}

fn is_stale(done: Result<(), CommitError>) -> bool {
    matches!(done, Err(CommitError::Stale { .. }))
}

/// One row per table, with text that would hurt if it were not bound, times to the microsecond, nested
/// documents; ids are all the same, so that every reference is good.
pub async fn a_row_of_every_table_survives_letter_by_letter(harness: &impl StorageHarness) {
    let port = harness.port();
    let nasty = "'; DROP TABLE users; -- \"\\ % _ \u{1F600} रा 名\n\u{0301}";
    let tables: Vec<Table> =
        Table::ALL.iter().copied().filter(|table| *table != Table::Idempotency).collect();
    let sample = |table: Table| {
        let mut row = Row::new();
        for column in table.spec().columns {
            let value = match column.kind {
                _ if column.name == "id" || column.name.ends_with("_id") => json!("same"),
                ColumnKind::Text => json!(nasty),
                ColumnKind::Int => json!(9_007_199_254_740_993i64),
                ColumnKind::Bool => json!(true),
                ColumnKind::Time => json!("2026-01-05T04:30:00.123456Z"),
                ColumnKind::Json => json!({"list": [1, null, nasty], "deep": {"a": {"b": false}}}),
            };
            row.insert(column.name.into(), value);
        }
        row
    };
    let mut changes = Changes::new();
    changes.writes =
        tables.iter().map(|table| Write::Insert { table: *table, row: sample(*table) }).collect();
    port.commit(changes).await.expect("all are stored");
    for table in tables {
        let mut wanted = sample(table);
        wanted.insert("version".into(), 1.into());
        let found = port.load(table, &["same".into()]).await.expect("storage answers");
        assert_eq!(found, [Some(wanted)], "{table}");
    }
}

/// The answer has the order of the question, repeats and unknown ids included.
pub async fn what_is_not_there_is_none_in_its_place(harness: &impl StorageHarness) {
    let port = harness.port();
    put(&*port, &row(1, 10)).await;
    put(&*port, &row(2, 20)).await;
    let id = |n| InterviewerId::from_bits(n).to_string();
    let found =
        port.load(Table::InterviewerSchedules, &[id(2), id(9), id(1), id(2)]).await.expect("an answer");
    let totals: Vec<_> =
        found.iter().map(|row| row.as_ref().and_then(|r| r["confirmed_total"].as_i64())).collect();
    assert_eq!(totals, [Some(20), None, Some(10), Some(20)]);
    assert!(port.load(Table::InterviewerSchedules, &[]).await.expect("an answer").is_empty());
}

/// The version before plus one is stored; an old version, and a record that is gone, are stale.
pub async fn an_update_needs_the_version_read(harness: &impl StorageHarness) {
    let port = harness.port();
    put(&*port, &row(1, 0)).await;
    let first = read(&*port, 1).await;
    assert_eq!(first.version, 1);
    put(&*port, &InterviewerSchedule { confirmed_total: 5, ..first.clone() }).await;
    assert_eq!((read(&*port, 1).await.version, read(&*port, 1).await.confirmed_total), (2, 5));
    let mut changes = Changes::new();
    changes.update(&InterviewerSchedule { confirmed_total: 6, ..first });
    assert!(is_stale(port.commit(changes).await), "an old version is stale");
    let mut changes = Changes::new();
    changes.update(&InterviewerSchedule { version: 1, ..row(2, 0) });
    assert!(is_stale(port.commit(changes).await), "a record that is not there is stale");
    assert_eq!(read(&*port, 1).await.confirmed_total, 5);
}

/// And takes the record away.
pub async fn a_delete_needs_the_version_read(harness: &impl StorageHarness) {
    let port = harness.port();
    put(&*port, &row(1, 0)).await;
    let read_once = read(&*port, 1).await;
    put(&*port, &read_once).await;
    let mut changes = Changes::new();
    changes.delete(&read_once);
    assert!(is_stale(port.commit(changes).await));
    let mut changes = Changes::new();
    changes.delete(&read(&*port, 1).await);
    port.commit(changes).await.expect("it is deleted");
    assert!(
        port.find::<InterviewerSchedule>(InterviewerId::from_bits(1)).await.expect("an answer").is_none()
    );
}

/// An insert under a key in use is a duplicate.
pub async fn a_key_is_taken_once(harness: &impl StorageHarness) {
    let port = harness.port();
    put(&*port, &row(1, 7)).await;
    let mut changes = Changes::new();
    changes.insert(&row(1, 8));
    let done = port.commit(changes).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::InterviewerSchedules })), "{done:?}");
    assert_eq!(read(&*port, 1).await.confirmed_total, 7);
}

/// By insert and by update.
pub async fn a_unique_value_is_taken_once_and_nulls_do_not_collide(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (_, round) = world.job().await;
    let first = world.application(&round, "Asha", "Asia/Kolkata").await;
    let mut second = world.application(&round, "Bela", "Asia/Kolkata").await;
    assert_eq!((&first.reference_key, &second.reference_key), (&None, &None), "both without a reference");
    second.live_key = first.live_key.clone();
    let mut changes = Changes::new();
    changes.update(&second);
    let done = world.storage.commit(changes).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Applications })), "{done:?}");
    let mut changes = Changes::new();
    changes.insert(&Application { id: world.ids.fresh(), version: 0, ..first });
    let done = world.storage.commit(changes).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Applications })), "{done:?}");
}

/// Updates and deletes come before inserts, whatever order they were added in.
pub async fn a_unique_value_moves_within_a_commit(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (_, round) = world.job().await;
    let old = world.application(&round, "Asha", "Asia/Kolkata").await;
    let new = Application { id: world.ids.fresh(), version: 0, ..old.clone() };
    let mut changes = Changes::new();
    changes.insert(&new);
    changes.update(&Application { live_key: None, ..old.clone() });
    world.storage.commit(changes).await.expect("the key moves");
    assert_eq!(world.get::<Application>(new.id).await.live_key, old.live_key);
}

/// A guard at another version, or on a record that is gone, is stale; a good one changes nothing.
pub async fn a_guard_is_checked_and_not_written(harness: &impl StorageHarness) {
    let port = harness.port();
    put(&*port, &row(1, 0)).await;
    let guarded = read(&*port, 1).await;
    let mut changes = Changes::new();
    changes.guard(&guarded).insert(&row(2, 0));
    port.commit(changes).await.expect("the guard holds");
    assert_eq!(read(&*port, 1).await.version, 1);
    put(&*port, &guarded).await;
    let mut changes = Changes::new();
    changes.guard(&guarded).insert(&row(3, 0));
    assert!(is_stale(port.commit(changes).await));
    let mut changes = Changes::new();
    changes.guard(&InterviewerSchedule { version: 1, ..row(9, 0) }).insert(&row(3, 0));
    assert!(is_stale(port.commit(changes).await));
    assert!(
        port.find::<InterviewerSchedule>(InterviewerId::from_bits(3)).await.expect("an answer").is_none()
    );
}

/// Whatever it was refused for, not one of its parts was applied.
pub async fn a_refused_commit_leaves_nothing(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    put(&*port, &row(1, 0)).await;
    let taken = Claim {
        party: "p".into(),
        interview: ids.fresh(),
        span: Span::starting(now(), minutes(60)).expect("a span"),
    };
    port.commit(Changes { claims: vec![taken.clone()], ..Changes::new() }).await.expect("it is claimed");
    let stale = InterviewerSchedule { version: 7, ..row(1, 0) };
    for fault in ["stale", "duplicate", "taken"] {
        let mut changes = Changes::new();
        changes.insert(&row(2, 0)).timer("kind", "x", now());
        changes.events.push(event(&ids, Stream::Operator));
        changes.jobs.push(job(&ids, fault, now()));
        let free = Claim { party: "q".into(), ..taken.clone() };
        changes.claims.push(free);
        changes.idempotency = Some(IdempotencyRecord {
            key: "k".into(),
            fingerprint: "f".into(),
            output: Value::Null,
            created_at: now(),
            expires_at: now() + hours(1),
        });
        match fault {
            "stale" => _ = changes.update(&stale),
            "duplicate" => _ = changes.insert(&row(1, 0)),
            _ => changes.claims.push(Claim { interview: ids.fresh(), ..taken.clone() }),
        }
        assert!(port.commit(changes).await.is_err(), "{fault}");
        assert!(
            port.find::<InterviewerSchedule>(InterviewerId::from_bits(2)).await.expect("an answer").is_none(),
            "{fault}"
        );
        assert!(port.events(Stream::Operator, 0, 10).await.expect("an answer").is_empty(), "{fault}");
        assert!(port.due_timers(now(), 10).await.expect("an answer").is_empty(), "{fault}");
        assert!(port.job_counts().await.expect("an answer").is_empty(), "{fault}");
        assert!(port.idempotency("k", now()).await.expect("an answer").is_none(), "{fault}");
        assert_eq!(port.claimed_ticks().await.expect("an answer").len(), 12, "{fault}");
    }
    let mut changes = Changes::new();
    changes.events.push(event(&ids, Stream::Operator));
    port.commit(changes).await.expect("a commit");
    let events = port.events(Stream::Operator, 0, 10).await.expect("events");
    assert_eq!(events[0].position, 1, "a refused commit leaves no gap");
}

/// Two commits under way at the same time, at the same version.
pub async fn of_two_at_once_one_wins(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    put(&*port, &row(1, 0)).await;
    let before = read(&*port, 1).await;
    let change = |total| {
        let mut changes = Changes::new();
        changes.update(&InterviewerSchedule { confirmed_total: total, ..before.clone() });
        changes.events.push(event(&ids, Stream::Operator));
        changes
    };
    let (a, b) = together(port.commit(change(1)), port.commit(change(2))).await;
    assert!(a.is_ok() != b.is_ok(), "one wins: {a:?} {b:?}");
    assert!(is_stale(a) || is_stale(b));
    assert_eq!(read(&*port, 1).await.version, 2);
    assert_eq!(port.events(Stream::Operator, 0, 10).await.expect("events").len(), 1);
}

/// Claims of a party never share a tick; touching ones and those of others are fine.
pub async fn nobody_is_at_two_places(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let span = |from, until| Span::new(now() + minutes(from), now() + minutes(until)).expect("a span");
    let claim = |party: &str, span| Claim { party: party.into(), interview: ids.fresh(), span };
    let commit = async |claim: Claim| port.commit(Changes { claims: vec![claim], ..Changes::new() }).await;
    commit(claim("a", span(0, 60))).await.expect("free");
    commit(claim("a", span(60, 75))).await.expect("touching");
    commit(claim("b", span(0, 60))).await.expect("another party");
    for (from, until) in [(-30, 5), (55, 65), (0, 60), (20, 25), (70, 120), (-60, 200)] {
        let done = commit(claim("a", span(from, until))).await;
        assert!(
            matches!(&done, Err(CommitError::Taken { party }) if party == "a"),
            "{from}..{until}: {done:?}"
        );
    }
    let ticks = port.claimed_ticks().await.expect("ticks");
    assert_eq!(ticks.len(), 15 + 12);
    assert_eq!(ticks.iter().filter(|(party, ..)| party == "b").map(|(.., at)| *at).min(), Some(now()));
}

/// So that a party can move within one commit; only the named interview's time is given back.
pub async fn releases_come_before_claims(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let (old, other, new): (InterviewId, InterviewId, InterviewId) = (ids.fresh(), ids.fresh(), ids.fresh());
    let at = |from| Span::starting(now() + minutes(from), minutes(60)).expect("a span");
    let claim = |interview, span| Claim { party: "a".into(), interview, span };
    let claims = vec![claim(old, at(0)), claim(other, at(120))];
    port.commit(Changes { claims, ..Changes::new() }).await.expect("both are claimed");
    let releases = vec![Release { party: "a".into(), interview: old }];
    port.commit(Changes { releases, claims: vec![claim(new, at(30))], ..Changes::new() })
        .await
        .expect("it moves");
    let ticks = port.claimed_ticks().await.expect("ticks");
    let of = |id: InterviewId| ticks.iter().filter(|(_, interview, _)| *interview == id.to_string()).count();
    assert_eq!((of(old), of(other), of(new)), (0, 12, 12));
}

/// 1, 2, 3 … per stream, in commit order, also when commits interleave.
pub async fn positions_of_a_stream_have_no_gap(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let client = Stream::Client(ids.fresh());
    let events = |count: usize, stream| Changes {
        events: (0..count).map(|_| event(&ids, stream)).collect(),
        ..Changes::new()
    };
    port.commit(events(2, Stream::Operator)).await.expect("a commit");
    let mut mixed = events(2, client);
    mixed.events.extend(events(1, Stream::Operator).events);
    let (a, b) = together(port.commit(mixed), port.commit(events(3, client))).await;
    a.and(b).expect("both are committed");
    let positions = async |stream, after| -> Vec<i64> {
        port.events(stream, after, 100).await.expect("events").iter().map(|e| e.position).collect()
    };
    assert_eq!(positions(Stream::Operator, 0).await, [1, 2, 3]);
    assert_eq!(positions(client, 0).await, [1, 2, 3, 4, 5]);
    assert_eq!(positions(client, 3).await, [4, 5]);
    assert_eq!(port.events(client, 1, 2).await.expect("events").len(), 2);
    let first = &port.events(Stream::Operator, 0, 1).await.expect("events")[0];
    assert_eq!((&*first.kind, first.at, &first.data), ("test.happened", now(), &json!({"n": 1})));
}

/// The first job of a cause stays; the commit is good.
pub async fn a_cause_is_carried_out_once(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let first = job(&ids, "mail:1", now());
    queue(&*port, vec![first.clone()]).await;
    queue(&*port, vec![job(&ids, "mail:1", now()), job(&ids, "mail:2", now())]).await;
    let claimed = port.claim_jobs(now(), now() + minutes(2), 10).await.expect("jobs");
    assert_eq!(claimed.len(), 2);
    assert_eq!(claimed[0].id, first.id);
}

/// Oldest due first, at most so many, none that is not due, each to one claimer.
pub async fn ready_jobs_are_claimed_in_order_and_leased(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let due = |m| now() + minutes(m);
    queue(
        &*port,
        vec![job(&ids, "later", due(1)), job(&ids, "second", due(-1)), job(&ids, "first", due(-2))],
    )
    .await;
    assert_eq!(port.next_due().await.expect("an answer"), Some(due(-2)));
    let (a, b) = together(port.claim_jobs(now(), due(2), 1), port.claim_jobs(now(), due(2), 5)).await;
    let mut causes: Vec<String> =
        a.expect("jobs").into_iter().chain(b.expect("jobs")).map(|j| j.cause).collect();
    causes.sort();
    assert_eq!(causes, ["first", "second"], "each is handed out once");
    assert!(port.claim_jobs(now(), due(2), 5).await.expect("jobs").is_empty());
    let later = port.claim_jobs(due(1), due(3), 5).await.expect("jobs");
    assert_eq!((&*later[0].cause, later[0].attempt, later[0].state), ("later", 1, JobState::Leased));
    assert_eq!((later[0].leased_until, &later[0].data), (Some(due(3)), &json!({"n": [1, "ü"]})));
}

/// The worker that was too slow cannot finish what another has.
pub async fn a_lease_that_ran_out_is_handed_on_and_fenced(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    queue(&*port, vec![job(&ids, "a", now())]).await;
    let until = now() + minutes(2);
    let slow = port.claim_jobs(now(), until, 1).await.expect("jobs").remove(0);
    assert!(port.claim_jobs(until - Duration::microseconds(1), until, 1).await.expect("jobs").is_empty());
    let fast = port.claim_jobs(until, until + minutes(2), 1).await.expect("jobs").remove(0);
    assert_eq!((fast.id, fast.attempt), (slow.id, 2));
    let finish = |attempt| {
        let mut changes = Changes::new();
        changes.insert(&row(attempt as u128, 0));
        changes.finish = Some(Finish { job: slow.id, attempt, at: until, outcome: FinishAs::Done });
        changes
    };
    assert!(is_stale(port.commit(finish(slow.attempt)).await));
    port.commit(finish(fast.attempt)).await.expect("the holder finishes");
    assert!(is_stale(port.commit(finish(fast.attempt)).await), "once");
    assert!(
        port.find::<InterviewerSchedule>(InterviewerId::from_bits(1)).await.expect("an answer").is_none()
    );
    let done = port.background_job(slow.id).await.expect("an answer").expect("the job");
    assert_eq!((done.state, done.finished_at, done.leased_until), (JobState::Done, Some(until), None));
}

/// Retry is a due time, dead is a state, and a person can put it back.
pub async fn a_job_waits_dies_and_comes_back(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    queue(&*port, vec![job(&ids, "a", now())]).await;
    let lease = |at: Timestamp| at + minutes(2);
    let finish = |job: BackgroundJobId, attempt, outcome| Changes {
        finish: Some(Finish { job, attempt, at: now(), outcome }),
        ..Changes::new()
    };
    let first = port.claim_jobs(now(), lease(now()), 1).await.expect("jobs").remove(0);
    let due_at = now() + minutes(10);
    let outcome = FinishAs::Retry { due_at, error: "busy".into() };
    port.commit(finish(first.id, 1, outcome)).await.expect("it waits");
    assert!(
        port.claim_jobs(due_at - Duration::microseconds(1), lease(due_at), 1).await.expect("jobs").is_empty()
    );
    let second = port.claim_jobs(due_at, lease(due_at), 1).await.expect("jobs").remove(0);
    assert_eq!((second.attempt, second.last_error.as_deref()), (2, Some("busy")));
    assert!(!port.requeue_job(first.id, now()).await.expect("an answer"), "only what is dead comes back");
    port.commit(finish(first.id, 2, FinishAs::Dead { error: "gone".into() })).await.expect("it is given up");
    assert!(port.claim_jobs(due_at + days(9), lease(due_at), 1).await.expect("jobs").is_empty());
    let dead = JobFilter { state: Some(JobState::Dead), kind: Some("test".into()) };
    let listed = port.background_jobs(&dead, &Page::default()).await.expect("jobs");
    assert_eq!(
        listed.iter().map(|j| (j.id, j.last_error.as_deref())).collect::<Vec<_>>(),
        [(first.id, Some("gone"))]
    );
    assert_eq!(port.job_counts().await.expect("counts").into_iter().collect::<Vec<_>>(), [("dead", 1)]);
    assert!(port.requeue_job(first.id, due_at).await.expect("an answer"));
    let again = port.claim_jobs(due_at, lease(due_at), 1).await.expect("jobs").remove(0);
    assert_eq!(again.attempt, 1);
}

/// It waits, and its attempt does not count.
pub async fn a_job_left_to_a_newer_release_was_not_tried(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    queue(&*port, vec![job(&ids, "a", now())]).await;
    let claimed = port.claim_jobs(now(), now() + minutes(2), 1).await.expect("jobs").remove(0);
    let due_at = now() + minutes(1);
    let finish = Finish { job: claimed.id, attempt: 1, at: now(), outcome: FinishAs::Left { due_at } };
    port.commit(Changes { finish: Some(finish), ..Changes::new() }).await.expect("it is left");
    assert!(port.claim_jobs(now(), now() + minutes(2), 1).await.expect("jobs").is_empty(), "not at once");
    let left = port.background_job(claimed.id).await.expect("an answer").expect("the job");
    assert_eq!((left.state, left.attempt, left.leased_until), (JobState::Queued, 0, None));
    assert_eq!(port.claim_jobs(due_at, due_at + minutes(2), 1).await.expect("jobs")[0].attempt, 1);
}

/// By its id, under the same conditions as any other.
pub async fn a_named_job_is_claimed_if_it_is_ready(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let (ready, later) = (job(&ids, "a", now()), job(&ids, "b", now() + hours(1)));
    let (first, second) = (ready.id, later.id);
    queue(&*port, vec![ready, later]).await;
    let until = now() + minutes(2);
    let claimed = port.claim_job(first, now(), until).await.expect("an answer").expect("the job");
    assert_eq!((claimed.id, claimed.attempt, claimed.leased_until), (first, 1, Some(until)));
    assert_eq!(port.claim_job(first, now(), until).await.expect("an answer"), None, "it is leased");
    assert_eq!(port.claim_job(second, now(), until).await.expect("an answer"), None, "it is not due");
    assert_eq!(port.claim_job(ids.fresh(), now(), until).await.expect("an answer"), None, "there is none");
    let again = port.claim_job(first, until, until + minutes(2)).await.expect("an answer").expect("the job");
    assert_eq!(again.attempt, 2);
}

/// Since when work has been due, which jobs fail with what, how many were given up.
pub async fn the_health_of_the_work_is_told(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    assert_eq!(port.work_health(now()).await.expect("an answer"), WorkHealth::default());
    let jobs = ["a", "b", "c", "d"].map(|cause| job(&ids, cause, now()));
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| jobs[n].id);
    queue(&*port, jobs.into()).await;
    let end = |job, outcome| Changes {
        finish: Some(Finish { job, attempt: 1, at: now(), outcome }),
        ..Changes::new()
    };
    port.claim_jobs(now(), now() + minutes(2), 9).await.expect("jobs");
    let again = |error: &str| FinishAs::Retry { due_at: now() + minutes(5), error: error.into() };
    port.commit(end(a, again("busy"))).await.expect("it waits");
    port.commit(end(b, again("busy"))).await.expect("it waits");
    port.commit(end(c, again("away"))).await.expect("it waits");
    port.commit(end(d, FinishAs::Dead { error: "gone".into() })).await.expect("it is given up");
    let mut timer = Changes::new();
    timer.timer("a", "x", now() + minutes(3));
    port.commit(timer).await.expect("set");
    let failing =
        |error: &str, jobs| FailingJobs { kind: "test".into(), error: error.into(), jobs, stubborn: 0 };
    let mut health = port.work_health(now()).await.expect("an answer");
    health.failing.sort();
    let now_failing = vec![failing("away", 1), failing("busy", 2)];
    let wanted = WorkHealth { failing: now_failing, dead: 1, ..WorkHealth::default() };
    assert_eq!(health, wanted, "nothing is due yet");
    // One is being tried again: it has not stopped failing.
    port.claim_job(a, now() + minutes(5), now() + minutes(7)).await.expect("an answer").expect("the job");
    let health = port.work_health(now() + minutes(6)).await.expect("an answer");
    assert_eq!(health.failing.iter().map(|failing| failing.jobs).sum::<u64>(), 3);
    assert_eq!(health.job_due_since, Some(now() + minutes(5)));
    assert_eq!(health.timer_due_since, Some(now() + minutes(3)));
    // A lease that ran out makes its job ready, too.
    let until = now() + minutes(9);
    port.claim_jobs(now() + minutes(8), until, 9).await.expect("jobs");
    assert_eq!(port.work_health(now() + minutes(8)).await.expect("an answer").job_due_since, None);
    let health = port.work_health(until).await.expect("an answer");
    assert_eq!(health.job_due_since, Some(until));
    let stubborn: u64 = health.failing.iter().map(|failing| failing.stubborn).sum();
    assert_eq!(stubborn, 1, "one was claimed three times");
}

/// On events, jobs and timers; a later setting of a timer brings its own.
pub async fn a_trace_stays_with_what_was_committed(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let trace = |n: u32| Some(format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033{n:02}-01"));
    let mut changes = Changes { traceparent: trace(1), ..Changes::new() };
    changes.timer("a", "x", now());
    changes.events.push(event(&ids, Stream::Operator));
    let queued = job(&ids, "a", now());
    let id = queued.id;
    changes.jobs.push(queued);
    port.commit(changes).await.expect("committed");
    let claimed = port.claim_jobs(now(), now() + minutes(2), 1).await.expect("jobs").remove(0);
    assert_eq!((claimed.id, claimed.traceparent), (id, trace(1)));
    let stored = port.background_job(id).await.expect("an answer").expect("the job");
    assert_eq!(stored.traceparent, trace(1));
    assert_eq!(port.events(Stream::Operator, 0, 1).await.expect("events")[0].traceparent, trace(1));
    assert_eq!(port.due_timers(now(), 1).await.expect("timers")[0].traceparent, trace(1));
    let mut changes = Changes { traceparent: trace(2), ..Changes::new() };
    changes.timer("a", "x", now());
    port.commit(changes).await.expect("moved");
    assert_eq!(port.due_timers(now(), 1).await.expect("timers")[0].traceparent, trace(2));
}

/// Newest first.
pub async fn alerts_are_listed_and_those_that_last_apart(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let alert = |lasting: bool| Alert {
        id: ids.fresh(),
        kind: AlertKind::QueueLag,
        subject: String::new(),
        measured: 11,
        threshold: 10,
        live_key: lasting.then(|| "queue_lag:".to_owned()),
        opened_at: now(),
        over_at: (!lasting).then(now),
        version: 0,
    };
    let (over, lasting) = (alert(false), alert(true));
    put(&*port, &over).await;
    put(&*port, &lasting).await;
    let listed = async |lasting| -> Vec<AlertId> {
        let all = port.alerts(lasting, &Page::default()).await.expect("alerts");
        all.into_iter().map(|alert| alert.id).collect()
    };
    assert_eq!(listed(false).await, [lasting.id, over.id]);
    assert_eq!(listed(true).await, [lasting.id]);
    let mut second = Changes::new();
    second.insert(&alert(true));
    let done = port.commit(second).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Alerts })), "{done:?}");
    let page = Page { limit: 1, after: Some(lasting.id.to_string()) };
    assert_eq!(port.alerts(false, &page).await.expect("alerts")[0].id, over.id);
}

/// Setting moves; clearing and firing take away.
pub async fn a_timer_is_one_per_kind_and_subject(harness: &impl StorageHarness) {
    let port = harness.port();
    let mut changes = Changes::new();
    changes.timer("a", "x", now()).timer("b", "x", now() - minutes(1)).timer("a", "y", now() + minutes(1));
    port.commit(changes).await.expect("set");
    let due = async |at| -> Vec<(String, String)> {
        port.due_timers(at, 10).await.expect("timers").into_iter().map(|t| (t.kind, t.subject)).collect()
    };
    let pair = |kind: &str, subject: &str| (kind.to_owned(), subject.to_owned());
    assert_eq!(due(now()).await, [pair("b", "x"), pair("a", "x")], "oldest first, none too early");
    let mut changes = Changes::new();
    changes.timer("a", "x", now() + minutes(2)).clear_timer("b", "x").clear_timer("never", "set");
    port.commit(changes).await.expect("moved and cleared");
    assert_eq!(due(now() + hours(1)).await, [pair("a", "y"), pair("a", "x")]);
    assert_eq!(port.due_timers(now() + hours(1), 1).await.expect("timers").len(), 1);
    assert_eq!(port.next_due().await.expect("an answer"), Some(now() + minutes(1)));
}

/// Firing names the generation read: one that was moved or fired meanwhile is stale.
pub async fn a_moved_timer_does_not_fire(harness: &impl StorageHarness) {
    let port = harness.port();
    let set = |at| {
        let mut changes = Changes::new();
        changes.timer("a", "x", at);
        changes
    };
    port.commit(set(now())).await.expect("set");
    let read = port.due_timers(now(), 1).await.expect("timers").remove(0);
    port.commit(set(now())).await.expect("moved");
    let fire = |read: &Timer| {
        let Timer { kind, subject, generation, due_at, .. } = read.clone();
        Changes { fired_timers: vec![FireTimer { kind, subject, generation, due_at }], ..Changes::new() }
    };
    assert!(is_stale(port.commit(fire(&read)).await));
    let read = port.due_timers(now(), 1).await.expect("timers").remove(0);
    port.commit(fire(&read)).await.expect("it fires");
    assert!(is_stale(port.commit(fire(&read)).await), "once");
    assert!(port.due_timers(now(), 1).await.expect("timers").is_empty());
    // Fired and set anew in one commit, it is another timer to whoever read it before.
    port.commit(set(now())).await.expect("set");
    let read = port.due_timers(now(), 1).await.expect("timers").remove(0);
    let mut again = fire(&read);
    again.timer("a", "x", now() + hours(1));
    port.commit(again).await.expect("it fires and is set");
    assert!(port.due_timers(now(), 1).await.expect("timers").is_empty());
    assert!(is_stale(port.commit(fire(&read)).await), "the first reading is over");
    assert_eq!(port.due_timers(now() + hours(1), 1).await.expect("timers").len(), 1);
}

/// The second commit under a key is a duplicate, with everything in it.
pub async fn an_idempotency_key_is_taken_until_it_expires(harness: &impl StorageHarness) {
    let port = harness.port();
    let record = |output: i64, created_at: Timestamp| IdempotencyRecord {
        key: "k".into(),
        fingerprint: "f".into(),
        output: json!({"n": output}),
        created_at,
        expires_at: created_at + hours(24),
    };
    let commit = async |record: IdempotencyRecord| {
        port.commit(Changes { idempotency: Some(record), ..Changes::new() }).await
    };
    commit(record(1, now())).await.expect("the first");
    let done = commit(record(2, now() + hours(23))).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Idempotency })), "{done:?}");
    let stored = port.idempotency("k", now() + hours(23)).await.expect("an answer").expect("it is kept");
    assert_eq!(stored, record(1, now()));
    assert!(port.idempotency("k", now() + hours(24)).await.expect("an answer").is_none());
    commit(record(3, now() + hours(24))).await.expect("free again");
}

/// Newest first; rows that were there throughout come exactly once.
pub async fn pages_visit_every_row_once_whatever_is_added(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    for n in 0..23 {
        world
            .put(&Client {
                id: world.ids.fresh(),
                brand: format!("Client {n}"),
                version: 0,
                ..world.client.clone()
            })
            .await;
    }
    let mut seen: Vec<ClientId> = Vec::new();
    let mut page = Page::first(5);
    loop {
        let rows = world.storage.clients(&page).await.expect("a page");
        assert!(rows.len() <= 5);
        seen.extend(rows.iter().map(|client| client.id));
        let Some(last) = rows.last() else { break };
        page.after = Some(last.id.to_string());
        world.put(&Client { id: world.ids.fresh(), version: 0, ..world.client.clone() }).await;
    }
    assert_eq!(seen.len(), 24);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
}

/// Every list says so, and none gives rows.
pub async fn a_cursor_that_is_not_ours_is_rejected(harness: &impl StorageHarness) {
    let port = harness.port();
    for cursor in ["", "1", "clnt_", "clnt_x'; --", "0000000000000000000000000000"] {
        let page = Page { limit: 5, after: Some(cursor.into()) };
        let refused = [
            port.clients(&page).await.err(),
            port.jobs(&Scope::Operator, &Default::default(), &page).await.err(),
            port.interviews(&Scope::Operator, &Default::default(), &page).await.err(),
            port.background_jobs(&Default::default(), &page).await.err(),
            port.audit_of("x", &page).await.err(),
        ];
        for error in refused {
            assert_eq!(error.map(|e| e.kind), Some(PortErrorKind::Rejected), "{cursor:?}");
        }
    }
}

/// Another tenant's, another job's, another agency's rows stay where they are.
pub async fn a_scope_never_lets_a_foreign_row_out(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (job, round) = world.job().await;
    let (_, other_round) = world.job().await;
    let own = world.application(&round, "Asha", "Asia/Kolkata").await;
    world.application(&other_round, "Bela", "Asia/Kolkata").await;
    let interviewer = world.interviewer("Ravi", "Asia/Kolkata").await;
    let start: Timestamp = "2026-01-06T08:00:00Z".parse().expect("a time");
    let start = StartChoice::Picked(Pick { start, odd_hours_ok: false });
    let request = RequestInterview { application: own.id, start, consents: None };
    let interview = world
        .hdip
        .request_interview(&world.as_owner(), request)
        .await
        .expect("requested")
        .output
        .interview_id;
    let stranger = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&stranger).await;
    let count = async |scope: Scope| {
        let (port, page) = (&world.storage, Page::default());
        [
            port.jobs(&scope, &Default::default(), &page).await.expect("jobs").len(),
            port.candidates(&scope, &Default::default(), &page).await.expect("candidates").len(),
            port.applications(&scope, &Default::default(), &page).await.expect("applications").len(),
            port.interviews(&scope, &Default::default(), &page).await.expect("interviews").len(),
        ]
    };
    assert_eq!(count(Scope::Operator).await, [2, 2, 2, 1]);
    assert_eq!(count(Scope::Client(world.client.id)).await, [2, 2, 2, 1]);
    assert_eq!(count(Scope::Client(stranger.id)).await, [0, 0, 0, 0]);
    assert_eq!(count(Scope::Jobs(world.client.id, BTreeSet::from([job.id]))).await, [1, 1, 1, 1]);
    assert_eq!(count(Scope::Jobs(stranger.id, BTreeSet::from([job.id]))).await, [0, 0, 0, 0]);
    assert_eq!(count(Scope::Jobs(world.client.id, BTreeSet::new())).await, [0, 0, 0, 0]);
    assert_eq!(count(Scope::Agency(world.client.id, AgencyId::from_bits(9), None)).await[1..], [0, 0, 0]);
    // An interviewer sees what it interviews, and nothing before it was confirmed.
    assert_eq!(count(Scope::Interviewer(interviewer.id)).await, [0, 0, 0, 0]);
    let mut row: Interview = world.get(interview).await;
    row.interviewer_id = Some(interviewer.id);
    world.put(&row).await;
    assert_eq!(count(Scope::Interviewer(interviewer.id)).await, [0, 0, 0, 1]);
}

/// Active ones of the specialisation, with everything that decides; or the one asked for.
pub async fn the_pool_has_what_decides(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (_, round) = world.job().await;
    let (ravi, lena) =
        (world.interviewer("Ravi", "Asia/Kolkata").await, world.interviewer("Lena", "Europe/Berlin").await);
    let mut away = world.interviewer("Noor", "Asia/Dubai").await;
    away.status = crate::interviewers::InterviewerStatus::Suspended;
    world.put(&away).await;
    let mut other = world.interviewer("Mei", "Asia/Singapore").await;
    other.specialisations = BTreeSet::from(["frontend".to_owned()]);
    world.put(&other).await;
    let start: Timestamp = "2026-01-06T08:00:00Z".parse().expect("a time");
    let busy = vec![Span::starting(start + hours(5), hours(1)).expect("a span")];
    world
        .put(&crate::interviewers::ExternalBusy {
            id: ravi.id,
            spans: busy.clone(),
            synced_at: now(),
            version: 0,
        })
        .await;
    let asha = world.application(&round, "Asha", "Asia/Kolkata").await;
    let picked = StartChoice::Picked(Pick { start, odd_hours_ok: false });
    let request = RequestInterview { application: asha.id, start: picked, consents: None };
    let interview = world
        .hdip
        .request_interview(&world.as_owner(), request)
        .await
        .expect("requested")
        .output
        .interview_id;
    world.drain().await;
    let invitations = world.storage.invitations(interview).await.expect("invitations");
    let mine = invitations.iter().find(|i| i.interviewer_id == ravi.id).expect("invited");
    world.hdip.accept_invitation(&world.as_interviewer(ravi.id), mine.id).await.expect("accepted");

    let range = Span::starting(start - days(1), days(3)).expect("a span");
    let question = |only| PoolQuestion { specialisation: "backend".into(), only, range, now: now() };
    let pool = world.storage.pool(&question(None)).await.expect("the pool");
    assert_eq!(pool.iter().map(|m| m.interviewer.id).collect::<Vec<_>>(), [ravi.id, lena.id]);
    let span = Span::starting(start, hours(1)).expect("a span");
    let booked = Booked { span, held_until: Some(span.end() + minutes(15)) };
    assert_eq!((&pool[0].interviews, &pool[0].busy, pool[0].recent), (&vec![booked], &busy, 1));
    assert_eq!((pool[0].schedule.confirmed_total, pool[0].schedule.version), (1, 2));
    assert_eq!((pool[0].availability.len(), pool[1].availability.len()), (1, 1));
    assert!(pool[1].interviews.is_empty() && pool[1].busy.is_empty() && pool[1].recent == 0);
    let one = world.storage.pool(&question(Some(away.id))).await.expect("the pool");
    assert_eq!(one.iter().map(|m| m.interviewer.id).collect::<Vec<_>>(), [away.id]);

    let email = "asha@mail.example";
    assert_eq!(world.storage.met(email, None).await.expect("ids"), [ravi.id]);
    assert_eq!(world.storage.met(email, Some(interview)).await.expect("ids"), []);
    assert_eq!(world.storage.met("other@mail.example", None).await.expect("ids"), []);
    assert_eq!(
        world.storage.candidate_busy(email, range, None).await.expect("spans"),
        [(world.client.id, span)]
    );
    assert_eq!(world.storage.candidate_busy(email, range, Some(interview)).await.expect("spans"), []);
    let touching = Span::starting(start + hours(1), hours(1)).expect("a span");
    assert_eq!(world.storage.candidate_busy(email, touching, None).await.expect("spans"), []);
}

/// Within the range, with their application and demand; a hold that lapsed and an interview that is taken no
/// longer draw.
pub async fn draws_are_live_holds_and_open_requests(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (_, round) = world.job().await;
    let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
    for name in ["Lena", "Noor"] {
        world.interviewer(name, "Asia/Kolkata").await;
    }
    let (asha, bela) = (
        world.application(&round, "Asha", "Asia/Kolkata").await,
        world.application(&round, "Bela", "Asia/Kolkata").await,
    );
    let start: Timestamp = "2026-01-06T08:00:00Z".parse().expect("a time");
    let pick = Pick { start, odd_hours_ok: false };
    world.hdip.hold_start(&world.as_owner(), asha.id, pick.clone()).await.expect("held");
    let request = RequestInterview { application: bela.id, start: StartChoice::Picked(pick), consents: None };
    let interview = world
        .hdip
        .request_interview(&world.as_owner(), request)
        .await
        .expect("requested")
        .output
        .interview_id;
    let range = Span::starting(start, hours(1)).expect("a span");
    let draws = async |range, at| -> Vec<ApplicationId> {
        world.storage.draws(range, at).await.expect("draws").into_iter().map(|d| d.application).collect()
    };
    assert_eq!(draws(range, now()).await, [asha.id, bela.id]);
    assert_eq!(draws(range, now() + minutes(5)).await, [bela.id], "the hold has lapsed");
    assert_eq!(draws(Span::starting(start + hours(1), hours(1)).expect("a span"), now()).await, []);
    let found = world.storage.draws(range, now()).await.expect("draws");
    assert!(found.iter().all(|draw| draw.span == range && draw.demand.specialisation == "backend"));
    world.drain().await;
    let invitations = world.storage.invitations(interview).await.expect("invitations");
    let mine = invitations.iter().find(|i| i.interviewer_id == ravi.id).expect("invited");
    world.hdip.accept_invitation(&world.as_interviewer(ravi.id), mine.id).await.expect("accepted");
    assert_eq!(draws(range, now() + minutes(5)).await, []);
}

/// A pending change of address, whatever the time, and nobody else's; accepted terms, newest first.
pub async fn what_belongs_to_an_account_is_found_by_its_user(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (owner, manager) = (&world.owner, &world.manager);
    let change = |user: &User, status, live: bool| EmailChange {
        id: world.ids.fresh(),
        user_id: user.id,
        new_email: "new@acme.example".parse().expect("an address"),
        old_email: user.email.clone(),
        status,
        sign_in_id: world.ids.fresh(),
        expires_at: now() - days(3),
        created_at: now() - days(4),
        live_key: live.then(|| user.id.to_string()),
        version: 0,
    };
    let pending = change(owner, EmailChangeStatus::Pending, true);
    world.put(&change(owner, EmailChangeStatus::Dropped, false)).await;
    world.put(&pending).await;
    world.put(&change(owner, EmailChangeStatus::Confirmed, false)).await;
    world.put(&change(manager, EmailChangeStatus::Dropped, false)).await;
    let found = async |user: &User| world.storage.pending_email_change(user.id).await.expect("an answer");
    assert_eq!(found(owner).await.map(|change| change.id), Some(pending.id));
    assert_eq!(found(manager).await, None);
    let mut second = Changes::new();
    second.insert(&change(owner, EmailChangeStatus::Pending, true));
    let done = world.storage.commit(second).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::EmailChanges })), "{done:?}");

    for (user, version) in [(owner, "1"), (manager, "1"), (owner, "2")] {
        let acceptance = TermsAcceptance {
            id: world.ids.fresh(),
            user_id: user.id,
            audience: TermsAudience::ClientUsers,
            terms_version: version.into(),
            accepted_at: now(),
            natural_key: format!("{}:{version}", user.id),
            version: 0,
        };
        world.put(&acceptance).await;
    }
    let accepted = world.storage.terms_acceptances(owner.id).await.expect("an answer");
    assert_eq!(accepted.iter().map(|a| &*a.terms_version).collect::<Vec<_>>(), ["2", "1"]);
}

/// Newest first, each once, with and without a filter.
pub async fn feedback_on_the_product_is_paged_by_status(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    for n in 0..5 {
        let answered = n % 2 == 0;
        let feedback = ProductFeedback {
            id: world.ids.fresh(),
            client_id: (n != 3).then_some(world.client.id),
            user_id: world.owner.id,
            kind: ProductFeedbackKind::Bug,
            priority: ProductFeedbackPriority::Low,
            text: n.to_string(),
            screenshot_file_id: None,
            screenshot_type: None,
            status: if answered { ProductFeedbackStatus::Answered } else { ProductFeedbackStatus::Open },
            answered_at: answered.then(now),
            answered_by: None,
            created_at: now(),
            version: 0,
        };
        world.put(&feedback).await;
    }
    let pages = async |status| -> Vec<Vec<String>> {
        let (mut all, mut page) = (Vec::new(), Page::first(2));
        loop {
            let rows = world.storage.product_feedback(status, &page).await.expect("a page");
            let Some(last) = rows.last() else { return all };
            page.after = Some(last.id.to_string());
            all.push(rows.into_iter().map(|row| row.text).collect());
        }
    };
    assert_eq!(pages(None).await, [vec!["4", "3"], vec!["2", "1"], vec!["0"]]);
    assert_eq!(pages(Some(ProductFeedbackStatus::Answered)).await, [vec!["4", "2"], vec!["0"]]);
    assert_eq!(pages(Some(ProductFeedbackStatus::Open)).await, [vec!["3", "1"]]);
}

/// Contacts and departments of one client, paged; a department's name once; clients by account manager; open
/// applications by recruiter.
pub async fn what_belongs_to_a_client_is_found_by_it(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let storage = &world.storage;
    let zeta = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&zeta).await;
    let other =
        Client { account_manager_id: world.owner.id, id: world.ids.fresh(), version: 0, ..zeta.clone() };
    world.put(&other).await;
    let contact = |client: ClientId, name: &str| ClientContact {
        id: world.ids.fresh(),
        client_id: client,
        name: name.into(),
        email: None,
        phone: Some("+919876543210".parse().expect("a number")),
        designation: None,
        created_at: now(),
        version: 0,
    };
    let department = |client: ClientId, name: &str| Department {
        id: world.ids.fresh(),
        client_id: client,
        name: name.into(),
        natural_key: Department::key(client, name),
        created_at: now(),
        version: 0,
    };
    for (client, name) in
        [(world.client.id, "a"), (zeta.id, "x"), (world.client.id, "b"), (world.client.id, "c")]
    {
        world.put(&contact(client, name)).await;
        world.put(&department(client, name)).await;
    }
    let mut page = Page::first(2);
    let contacts = storage.client_contacts(world.client.id, &page).await.expect("a page");
    assert_eq!(contacts.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["c", "b"]);
    page.after = contacts.last().map(|contact| contact.id.to_string());
    let rest = storage.client_contacts(world.client.id, &page).await.expect("a page");
    assert_eq!(rest.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["a"]);
    page.after = None;
    let departments = storage.departments(world.client.id, &page).await.expect("a page");
    assert_eq!(departments.iter().map(|d| &*d.name).collect::<Vec<_>>(), ["c", "b"]);
    page.after = departments.last().map(|department| department.id.to_string());
    let rest = storage.departments(world.client.id, &page).await.expect("a page");
    assert_eq!(rest.iter().map(|d| &*d.name).collect::<Vec<_>>(), ["a"]);
    let by_key =
        async |key: String| storage.department_by_key(&key).await.expect("an answer").map(|d| d.client_id);
    assert_eq!(by_key(Department::key(zeta.id, " X ")).await, Some(zeta.id));
    assert_eq!(by_key(Department::key(zeta.id, "a")).await, None);
    let mut second = Changes::new();
    second.insert(&department(world.client.id, "A"));
    let done = storage.commit(second).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Departments })), "{done:?}");

    let managed = storage.clients_of_manager(world.manager.id).await.expect("clients");
    assert_eq!(managed.iter().map(|client| client.id).collect::<Vec<_>>(), [world.client.id, zeta.id]);

    let (_, round) = world.job().await;
    let (asha, bela) =
        (world.application(&round, "Asha", "UTC").await, world.application(&round, "Bela", "UTC").await);
    let mut closed = world.application(&round, "Chen", "UTC").await;
    (closed.status, closed.live_key) = (ApplicationStatus::Dropped, None);
    world.put(&closed).await;
    let moved = Application { recruiter_id: Some(world.manager.id), ..bela };
    world.put(&moved).await;
    let heard = async |client, user| -> Vec<ApplicationId> {
        let all = storage.applications_of_recruiter(client, user).await.expect("applications");
        all.into_iter().map(|application| application.id).collect()
    };
    assert_eq!(heard(world.client.id, world.owner.id).await, [asha.id]);
    assert_eq!(heard(world.client.id, world.manager.id).await, [moved.id]);
    assert_eq!(heard(zeta.id, world.owner.id).await, []);
}

/// By address or phone, by learner or mentor, by interview while planned; a learner's time is busy time of the pool.
pub async fn the_ladder_is_found_by_its_people(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let storage = &world.storage;
    let (ravi, lena) =
        (world.interviewer("Ravi", "Asia/Kolkata").await, world.interviewer("Lena", "Europe/Berlin").await);
    let phone: Phone = "+919876543210".parse().expect("a phone");
    let other: Phone = "+4930123456".parse().expect("a phone");
    world.put(&Interviewer { phone: Some(phone.clone()), ..lena.clone() }).await;
    let mut ids = Vec::new();
    for (address, phone, status) in [
        ("nila@mail.example", &phone, InterviewerApplicationStatus::Received),
        ("nila@mail.example", &other, InterviewerApplicationStatus::Rejected),
        ("mira@mail.example", &phone, InterviewerApplicationStatus::Received),
    ] {
        let application = InterviewerApplication {
            id: world.ids.fresh(),
            source: ApplicationOrigin::PublicForm,
            name: "Nila".into(),
            email: address.parse().expect("an address"),
            email_key: address.into(),
            phone: phone.clone(),
            country: "IN".into(),
            zone: ravi.zone,
            locale: ravi.locale.clone(),
            experience_months: 120,
            interviewing_months: 0,
            specialisations: BTreeSet::new(),
            skills: BTreeSet::new(),
            current_company: None,
            previous_companies: Vec::new(),
            designation: None,
            links: Vec::new(),
            cv_file_id: Some(world.ids.fresh()),
            cv_type: Some(DocumentType::Pdf),
            status,
            decided_at: None,
            decided_by: None,
            reason: None,
            interviewer_id: None,
            created_at: now(),
            version: 0,
        };
        world.put(&application).await;
        ids.push((application.id, application.cv_file_id));
    }
    let like = storage.applications_like("nila@mail.example", &phone).await.expect("applications");
    assert_eq!(like.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[0].0, ids[1].0, ids[2].0]);
    let like = storage.applications_like("x@mail.example", &other).await.expect("applications");
    assert_eq!(like.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1].0]);
    let people = storage.interviewers_like(&ravi.email_key, &phone).await.expect("interviewers");
    assert_eq!(people.iter().map(|row| row.id).collect::<Vec<_>>(), [ravi.id, lena.id]);
    let received = Some(InterviewerApplicationStatus::Received);
    let page = storage.interviewer_applications(received, &Page::first(1)).await.expect("a page");
    assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[2].0]);
    let named = storage.application_with_cv(ids[1].1.expect("a file")).await.expect("an answer");
    assert_eq!(named.map(|row| row.id), Some(ids[1].0));
    assert!(storage.application_with_cv(world.ids.fresh()).await.expect("an answer").is_none());

    let shadowing = Shadowing {
        id: world.ids.fresh(),
        interviewer_id: lena.id,
        mentor_id: ravi.id,
        specialisation: "backend".into(),
        level: 2,
        status: ShadowingStatus::Open,
        live_key: None,
        note: None,
        ended_at: None,
        created_at: now(),
        version: 0,
    };
    world.put(&shadowing).await;
    for of in [None, Some(ravi.id), Some(lena.id)] {
        let found = storage.shadowings(of, &Page::default()).await.expect("a page");
        assert_eq!(found.len(), 1, "{of:?}");
    }
    let nobody = Some(InterviewerId::from_bits(1));
    assert!(storage.shadowings(nobody, &Page::default()).await.expect("a page").is_empty());

    let (_, round) = world.job().await;
    let asha = world.application(&round, "Asha", "Asia/Kolkata").await;
    let start: Timestamp = "2026-01-06T08:00:00Z".parse().expect("a time");
    let picked = StartChoice::Picked(Pick { start, odd_hours_ok: false });
    let request = RequestInterview { application: asha.id, start: picked, consents: None };
    let requested = world.hdip.request_interview(&world.as_owner(), request).await.expect("requested");
    let interview = requested.output.interview_id;
    let session = ShadowingSession {
        id: world.ids.fresh(),
        client_id: world.client.id,
        shadowing_id: shadowing.id,
        interview_id: interview,
        shadower_id: lena.id,
        lead_id: ravi.id,
        kind: SessionKind::Observed,
        start,
        end: start + minutes(75),
        state: SessionState::Planned,
        live_key: Some(interview.to_string()),
        settled_at: None,
        note: None,
        created_at: now(),
        version: 0,
    };
    world.put(&session).await;
    let busy = async |id| {
        let range = Span::starting(start - days(1), days(3)).expect("a span");
        let question = PoolQuestion { specialisation: "backend".into(), only: Some(id), range, now: now() };
        world.storage.pool(&question).await.expect("the pool").remove(0).busy
    };
    assert_eq!(busy(lena.id).await, [Span::starting(start, minutes(75)).expect("a span")]);
    assert_eq!(busy(ravi.id).await, []);
    let planned = storage.planned_session(interview).await.expect("an answer").expect("a session");
    let sessions = storage.shadowing_sessions(shadowing.id).await.expect("sessions");
    assert_eq!((planned.id, sessions.len()), (session.id, 1));
    world.put(&ShadowingSession { state: SessionState::Missed, live_key: None, ..planned }).await;
    assert!(storage.planned_session(interview).await.expect("an answer").is_none());
    assert_eq!(busy(lena.id).await, []);

    for n in 0..3 {
        let step = LadderStep {
            id: world.ids.fresh(),
            interviewer_id: if n == 1 { lena.id } else { ravi.id },
            step: LadderStepKind::Certified,
            status_from: InterviewerStatus::Shadowing,
            status_to: InterviewerStatus::Certified,
            specialisation: Some("backend".into()),
            level: Some(n),
            actor: "system".into(),
            reason: None,
            at: now(),
            version: 0,
        };
        world.put(&step).await;
    }
    let steps = storage.ladder_steps(ravi.id, &Page::default()).await.expect("steps");
    assert_eq!(steps.iter().map(|step| step.level).collect::<Vec<_>>(), [Some(2), Some(0)]);
}

/// Of a client, in a status, of an agency, of a job, of an application; and one row per key.
pub async fn agencies_and_attempts_are_found_by_whose_they_are(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (best, mut rivals) = (world.agency("Best Hires").await, world.agency("Rivals").await);
    rivals.status = AgencyStatus::Ended;
    let key = rivals.live_key.take().expect("a key");
    world.put(&rivals).await;
    let list = async |client, status| -> Vec<AgencyId> {
        let found = world.storage.agencies(client, status, &Page::default()).await.expect("agencies");
        found.into_iter().map(|agency| agency.id).collect()
    };
    assert_eq!(list(None, None).await, [rivals.id, best.id]);
    assert_eq!(list(Some(world.client.id), Some(AgencyStatus::Active)).await, [best.id]);
    assert_eq!(list(Some(ClientId::from_bits(99)), None).await, []);
    let by_key = async |key: &str| world.storage.agency_by_key(key).await.expect("an answer").map(|a| a.id);
    assert_eq!(by_key(best.live_key.as_deref().expect("a key")).await, Some(best.id));
    assert_eq!(by_key(&key).await, None, "the name is free");
    let mut twin = Changes::new();
    twin.insert(&Agency { id: world.ids.fresh(), version: 0, ..best.clone() });
    let done = world.storage.commit(twin).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Agencies })), "{done:?}");

    let agent = world.agency_user(&best, "agnes@best.example").await;
    world.agency_user(&rivals, "ron@rivals.example").await;
    let users = world.storage.agency_users(best.id, &Page::default()).await.expect("users");
    assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), [agent.id]);

    let (job, round) = world.job().await;
    let (asha, bela) = (
        world.application(&round, "Asha", "Asia/Kolkata").await,
        world.application(&round, "Bela", "Asia/Kolkata").await,
    );
    let attempt = |application: &Application, accepted: bool| {
        let (id, source) = (world.ids.fresh(), Source::Agency);
        SubmissionAttempt {
            id,
            client_id: world.client.id,
            job_id: job.id,
            application_id: application.id,
            agency_id: Some(best.id),
            source,
            accepted,
            matched_by: (!accepted).then_some(MatchedBy::Phone),
            times: 1,
            first_at: now(),
            last_at: now(),
            natural_key: SubmissionAttempt::key_of(application.id, Some(best.id), source, accepted),
            version: 0,
        }
    };
    let made = [attempt(&asha, true), attempt(&asha, false), attempt(&bela, true)];
    for attempt in &made {
        world.put(attempt).await;
    }
    let of = async |filter: AttemptFilter| -> Vec<SubmissionAttemptId> {
        let found = world.storage.submission_attempts(&filter, &Page::default()).await.expect("attempts");
        found.into_iter().map(|attempt| attempt.id).collect()
    };
    let [first, second, third] = made.each_ref().map(|attempt| attempt.id);
    assert_eq!(of(AttemptFilter { job: Some(job.id), ..Default::default() }).await, [third, second, first]);
    assert_eq!(of(AttemptFilter { application: Some(asha.id), ..Default::default() }).await, [second, first]);
    let refused = AttemptFilter { job: Some(job.id), accepted: Some(false), ..Default::default() };
    assert_eq!(of(refused).await, [second]);
    let known = world.storage.submission_attempt(&made[1].natural_key).await.expect("an answer");
    assert_eq!(known.map(|attempt| attempt.id), Some(second));
    assert_eq!(world.storage.submission_attempt("x").await.expect("an answer"), None);
}

async fn found(world: &World, scope: Scope, q: &str) -> Vec<String> {
    let question = SearchQuestion { scope, kinds: SearchKind::ALL.into(), words: words(q) };
    let found = world.storage.search(&question, &Page::default()).await.expect("an answer");
    found.into_iter().map(|(_, id)| id).collect()
}

/// Of several words all, wherever in the thing they are; each thing once, on one page only.
pub async fn all_words_are_found_by_their_beginnings(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (job, round) = world.job().await;
    let mut asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let bela = world.application(&round, "Bela Räø", "Asia/Kolkata").await;
    asha.ats_reference = Some("ATS-77120".into());
    world.put(&asha).await;
    let [asha, bela] = [asha, bela].map(|application| application.candidate_id.to_string());
    let find = async |q: &str| found(&world, Scope::Operator, q).await;
    assert_eq!(find("rao").await, [bela.clone(), asha.clone()]);
    assert_eq!(find("RA ash").await, std::slice::from_ref(&asha));
    assert_eq!(find("ao").await, [] as [String; 0], "a beginning, not a middle");
    assert_eq!(find("asha zzz").await, [] as [String; 0]);
    assert_eq!(
        find("initech 77120").await,
        std::slice::from_ref(&asha),
        "the reference is on the application"
    );
    assert_eq!(find("backend engin").await, [job.id.to_string()]);
    assert_eq!(find("acme").await, [world.client.id.to_string()]);
    assert_eq!(find("a%").await.len(), 2, "signs of a pattern are no letters");

    let only =
        |kind| SearchQuestion { scope: Scope::Operator, kinds: BTreeSet::from([kind]), words: words("a") };
    let kinds = world.storage.search(&only(SearchKind::Client), &Page::default()).await.expect("an answer");
    assert_eq!(kinds, [(SearchKind::Client, world.client.id.to_string())]);

    for n in 0..9 {
        world.application(&round, &format!("Twin {n}"), "Asia/Kolkata").await;
    }
    let (mut seen, mut page) = (Vec::new(), Page::first(2));
    let question = SearchQuestion { words: words("twin"), ..only(SearchKind::Candidate) };
    loop {
        let rows = world.storage.search(&question, &page).await.expect("a page");
        let Some((_, last)) = rows.last() else { break };
        page.after = Some(last.clone());
        seen.extend(rows.into_iter().map(|(_, id)| id));
    }
    assert_eq!(seen.len(), 9);
    assert!(seen.is_sorted_by(|a, b| a > b), "each once, by id downwards");
    let odd = Page { limit: 5, after: Some("x".into()) };
    let refused = world.storage.search(&question, &odd).await.expect_err("not a cursor");
    assert_eq!(refused.kind, PortErrorKind::Rejected);
}

/// A change, a removal and a refused commit are seen in search as in the record.
pub async fn what_is_found_is_what_the_records_say_now(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (_, round) = world.job().await;
    let application = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let asha: Candidate = world.get(application.candidate_id).await;
    let find = async |q: &str| found(&world, Scope::Operator, q).await.len();
    let renamed = Candidate { name: "Lena Lang".into(), ..asha.clone() };
    world.put(&renamed).await;
    assert_eq!((find("lena lang").await, find("rao").await), (1, 1), "the address still says rao");
    let stale = Candidate { name: "Mei Ming".into(), ..asha.clone() };
    let mut changes = Changes::new();
    changes.update(&stale);
    assert!(is_stale(world.storage.commit(changes).await));
    assert_eq!((find("mei").await, find("lang").await), (0, 1));
    let address: Email = "x@nowhere.example".parse().expect("an address");
    let blank = Candidate {
        name: "-".into(),
        email_key: address.key(),
        email: address,
        current_company: None,
        ..world.get(asha.id).await
    };
    world.put(&blank).await;
    assert_eq!((find("lena").await, find("rao").await, find("initech").await), (0, 0, 0), "blanked");
    let job = Job { title: "Juggler".into(), ..world.get(round.job_id).await };
    world.put(&Job { id: world.ids.fresh(), version: 0, ..job.clone() }).await;
    assert_eq!(find("juggler").await, 1);
    let id = found(&world, Scope::Operator, "juggler").await.remove(0);
    let gone: Job = world.get(id).await;
    let mut changes = Changes::new();
    changes.delete(&gone);
    world.storage.commit(changes).await.expect("removed");
    assert_eq!(find("juggler").await, 0);
}

/// As lists: another tenant's, another job's, another agency's stay where they are; and words of the client's own do
/// not lead an agency anywhere.
pub async fn search_never_lets_a_foreign_row_out(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (mut job, round) = world.job().await;
    let (other, other_round) = world.job().await;
    job.external_id = Some("REQ-42".into());
    world.put(&job).await;
    let (best, rivals) = (world.agency("Best Hires").await, world.agency("Rivals").await);
    let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let bela = world.application(&other_round, "Bela Rao", "Asia/Kolkata").await;
    let mut theirs: Candidate = world.get(bela.candidate_id).await;
    theirs.agency_id = Some(best.id);
    world.put(&theirs).await;
    let referred =
        Application { ats_reference: Some("ATS-9".into()), agency_id: Some(best.id), ..bela.clone() };
    world.put(&referred).await;
    world.interviewer("Ravi Rao", "Asia/Kolkata").await;
    let client = world.client.id;
    let stranger = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&stranger).await;
    let find = async |scope: Scope, q: &str| found(&world, scope, q).await.len();

    assert_eq!(find(Scope::Operator, "rao").await, 3);
    assert_eq!(find(Scope::Client(client), "rao").await, 2, "no interviewer");
    assert_eq!(find(Scope::Client(client), "acme").await, 0, "no client");
    assert_eq!(find(Scope::Client(stranger.id), "rao").await, 0);
    assert_eq!(find(Scope::Client(client), "backend").await, 2);
    assert_eq!(find(Scope::Client(client), "req42").await, 1);

    let on = |jobs: &[JobId]| Scope::Jobs(client, jobs.iter().copied().collect());
    assert_eq!(found(&world, on(&[job.id]), "rao").await, [asha.candidate_id.to_string()]);
    assert_eq!(found(&world, on(&[job.id]), "backend").await, [job.id.to_string()]);
    assert_eq!(find(on(&[job.id]), "ats9").await, 0, "a reference on another job");
    assert_eq!(find(on(&[other.id]), "ats9 rao").await, 1);
    assert_eq!((find(on(&[]), "rao").await, find(on(&[]), "backend").await), (0, 0));
    assert_eq!(find(Scope::Jobs(stranger.id, [job.id].into()), "backend").await, 0);

    let agent = |agency: &Agency, jobs: &[JobId]| {
        Scope::Agency(client, agency.id, Some(jobs.iter().copied().collect()))
    };
    assert_eq!(found(&world, agent(&best, &[job.id]), "rao").await, [bela.candidate_id.to_string()]);
    assert_eq!(found(&world, agent(&best, &[job.id]), "backend").await, [job.id.to_string()]);
    assert_eq!(find(agent(&best, &[job.id]), "req42").await, 0, "the client's own number");
    assert_eq!(find(agent(&best, &[job.id]), "ats9").await, 0, "the client's own reference");
    assert_eq!(find(agent(&best, &[]), "backend").await, 0);
    assert_eq!(find(Scope::Agency(client, best.id, None), "backend").await, 0);
    assert_eq!(find(agent(&rivals, &[other.id]), "rao").await, 0);
    assert_eq!(find(Scope::Interviewer(InterviewerId::from_bits(1)), "rao").await, 0);
}

/// Ticks that are over, answers that expired, jobs that are done; nothing else.
pub async fn what_nobody_needs_any_more_is_purged(harness: &impl StorageHarness) {
    let (port, ids) = (harness.port(), SeededIds::new(5));
    let span = |from| Span::starting(now() + minutes(from), minutes(10)).expect("a span");
    let claims = [-10, 0].map(|from| Claim { party: "a".into(), interview: ids.fresh(), span: span(from) });
    let record = |key: &str, expires_at| IdempotencyRecord {
        key: key.into(),
        fingerprint: "f".into(),
        output: Value::Null,
        created_at: now() - days(1),
        expires_at,
    };
    let old = Changes { idempotency: Some(record("old", now())), claims: claims.to_vec(), ..Changes::new() };
    port.commit(old).await.expect("a commit");
    let kept = Changes { idempotency: Some(record("kept", now() + hours(1))), ..Changes::new() };
    port.commit(kept).await.expect("a commit");
    queue(&*port, vec![job(&ids, "done", now()), job(&ids, "waiting", now())]).await;
    let done = port.claim_jobs(now(), now() + minutes(2), 1).await.expect("jobs").remove(0);
    let finish = Finish { job: done.id, attempt: 1, at: now() - minutes(1), outcome: FinishAs::Done };
    port.commit(Changes { finish: Some(finish), ..Changes::new() }).await.expect("finished");
    assert_eq!(port.purge(now(), now()).await.expect("purged"), 2 + 1 + 1);
    assert_eq!(port.claimed_ticks().await.expect("ticks").len(), 2);
    assert!(port.idempotency("kept", now()).await.expect("an answer").is_some());
    assert_eq!(port.job_counts().await.expect("counts").into_iter().collect::<Vec<_>>(), [("queued", 1)]);
    // What protects people against guessing is not touched.
    let throttle = LoginThrottle {
        id: "peer:x".into(),
        failures: 3,
        window_from: now(),
        blocked_until: None,
        version: 0,
    };
    put(&*port, &throttle).await;
    port.purge(now(), now()).await.expect("purged");
    assert!(port.find::<LoginThrottle>("peer:x").await.expect("an answer").is_some());
    port.ping().await.expect("it answers");
}

/// [`MemoryStorage`] under test.
#[derive(Debug, Default)]
pub struct MemoryStorageHarness(Arc<MemoryStorage>);

impl MemoryStorageHarness {
    /// A broken one.
    pub fn with(fault: super::mutants::StorageFault) -> Self {
        Self(Arc::new(MemoryStorage::with_fault(fault)))
    }
}

impl StorageHarness for MemoryStorageHarness {
    fn port(&self) -> Arc<dyn Storage> {
        self.0.clone()
    }
}

#[cfg(test)]
mod memory {
    crate::storage_contract!(attr = tokio::test, harness = super::MemoryStorageHarness::default());
}
