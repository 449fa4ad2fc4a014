//! What holds on every database, asked of each.

use hdip_core::access::{LoginThrottle, Scope};
use hdip_core::hiring::{Application, ApplicationStatus};
use hdip_core::interviewers::InterviewerSchedule;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
use hdip_core::testkit::{SeededIds, World};
use hdip_core::values::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A moment.
pub fn now() -> Timestamp {
    "2026-01-05T04:30:00Z".parse().unwrap()
}

/// An event of the operator's stream.
pub fn event(ids: &SeededIds, subject: &str) -> NewEvent {
    NewEvent {
        id: ids.fresh(),
        stream: Stream::Operator,
        kind: "test".into(),
        version: 1,
        subject: subject.into(),
        actor: "system".into(),
        at: now(),
        request_id: None,
        data: serde_json::Value::Null,
    }
}

/// Jobs that are due.
pub async fn queue(storage: &dyn Storage, ids: &SeededIds, count: usize) {
    let job = |n| NewJob {
        id: ids.fresh(),
        client_id: None,
        kind: "test".into(),
        cause: format!("cause {n}"),
        subject: "x".into(),
        data: serde_json::Value::Null,
        due_at: now(),
        created_at: now(),
        request_id: None,
    };
    storage.commit(Changes { jobs: (0..count).map(job).collect(), ..Changes::new() }).await.unwrap();
}

/// Case, accents, trailing spaces, composition, four-byte letters: each is another key.
pub async fn keys_differ_in_every_letter(storage: Arc<dyn Storage>) {
    let keys = [
        "a",
        "A",
        "a ",
        " a",
        "\u{e1}",
        "a\u{301}",
        "\u{1F600}",
        "\u{1F601}",
        "ss",
        "\u{df}",
        "a\t",
        "\\a",
        "'a",
        "\"a\"",
    ];
    let mut changes = Changes::new();
    for (n, id) in (1..).zip(keys) {
        let row =
            LoginThrottle { id: id.into(), failures: n, window_from: now(), blocked_until: None, version: 0 };
        changes.insert(&row);
    }
    storage.commit(changes).await.unwrap();
    let ids: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let rows = storage.load(Table::LoginThrottles, &ids).await.unwrap();
    let found: Vec<_> =
        rows.iter().map(|row| row.as_ref().and_then(|row| row["failures"].as_i64())).collect();
    assert_eq!(found, (1..=keys.len() as i64).map(Some).collect::<Vec<_>>());
    let close = ["a  ", "B", "\u{e0}", "SS"].map(str::to_owned);
    assert_eq!(storage.load(Table::LoginThrottles, &close).await.unwrap(), [None, None, None, None]);
}

/// Whatever their case; a wildcard is a letter like any other.
pub async fn names_are_found_by_their_beginning(storage: Arc<dyn Storage>) {
    let world = World::over(storage).await;
    let (_, round) = world.job().await;
    let names = ["Asha Rao", "ASHOK", "\u{c9}lan", "100% Sure", "100 Per", "a_b", "axb", "wow!", "na\\me"];
    for (n, name) in names.into_iter().enumerate() {
        let application = world.application(&round, &format!("Somebody {n}"), "Asia/Kolkata").await;
        let mut candidate: hdip_core::hiring::Candidate = world.get(application.candidate_id).await;
        candidate.name = name.into();
        world.put(&candidate).await;
    }
    for (prefix, wanted) in [
        ("ash", &["ASHOK", "Asha Rao"][..]),
        ("ASHA", &["Asha Rao"]),
        ("\u{c9}l", &["\u{c9}lan"]),
        ("100%", &["100% Sure"]),
        ("a_", &["a_b"]),
        ("WOW!", &["wow!"]),
        ("na\\", &["na\\me"]),
        ("%", &[]),
    ] {
        let filter = CandidateFilter { email_key: None, name_prefix: Some(prefix.into()) };
        let scope = Scope::Client(world.client.id);
        let found = world.storage.candidates(&scope, &filter, &Page::default()).await.unwrap();
        let mut found: Vec<_> = found.into_iter().map(|candidate| candidate.name).collect();
        found.sort();
        assert_eq!(found, wanted, "{prefix}");
    }
}

/// Two workers at once, until nothing is left.
pub async fn no_job_is_claimed_by_two(storage: Arc<dyn Storage>) {
    queue(&*storage, &SeededIds::new(1), 60).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let storage = storage.clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let jobs = storage.claim_jobs(now(), now() + minutes(2), 7).await.unwrap();
                if jobs.is_empty() {
                    return mine;
                }
                assert!(jobs.len() <= 7 && jobs.iter().all(|job| job.attempt == 1));
                mine.extend(jobs.into_iter().map(|job| job.id));
            }
        });
    }
    let claimed: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    // A worker may find the last ones taken by others who are not done yet, and stop; none is lost.
    let rest = storage.claim_jobs(now(), now() + minutes(2), 60).await.unwrap();
    let all: BTreeSet<_> = claimed.iter().copied().chain(rest.iter().map(|job| job.id)).collect();
    assert_eq!((claimed.len() + rest.len(), all.len()), (60, 60));
}

pub async fn of_many_updates_at_one_version_one_is_applied(storage: Arc<dyn Storage>) {
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

pub async fn positions_of_a_stream_have_no_gap_whoever_writes(storage: Arc<dyn Storage>) {
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

pub async fn the_main_job_runs_on_it(storage: Arc<dyn Storage>) {
    let world = World::over(storage).await;
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
