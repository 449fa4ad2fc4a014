//! What storage promises about records and the one write.

use super::*;
use crate::hiring::*;
use crate::testkit::{World, together};
use serde_json::Value;

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
