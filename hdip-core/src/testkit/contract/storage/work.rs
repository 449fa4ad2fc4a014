//! What storage promises about events, background jobs, timers, alerts and repeated requests.

use super::*;
use crate::access::*;
use crate::alerts::{Alert, AlertKind};
use crate::testkit::together;
use serde_json::Value;

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
