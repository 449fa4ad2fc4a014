//! What storage promises the operations desk ([`DeskQueries`]).

use super::{StorageHarness, now};
use crate::desk::*;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::*;
use crate::testkit::World;
use crate::values::*;
use serde_json::json;

const TIMES: fn() -> DeskTimes =
    || DeskTimes { now: now(), unassigned_before: now() + hours(12), ended_before: now() - hours(1) };

/// An interview of an application of its own, at that start, with what `change` makes of it.
async fn interview(world: &World, name: &str, change: impl FnOnce(&mut Interview)) -> Interview {
    let (_, round) = world.job().await;
    let application = world.application(&round, name, "Asia/Kolkata").await;
    let demand = Demand {
        specialisation: "backend".into(),
        mandatory_skills: Default::default(),
        candidate_experience_months: 60,
        client_level: 2,
        candidate_company: None,
        client_brand: "acme".into(),
        candidate: application.candidate_id,
        excluded: Default::default(),
        blocked: Default::default(),
        evaluated_by: Default::default(),
    };
    let money = Money { amount_minor: 1, currency: Currency::Inr };
    let mut interview = Interview {
        id: world.ids.fresh(),
        client_id: world.client.id,
        application_id: application.id,
        job_id: application.job_id,
        round_id: round.id,
        candidate_id: application.candidate_id,
        state: InterviewState::Requested,
        start: now() + days(2),
        end: now() + days(2) + hours(1),
        interviewer_id: None,
        demand,
        calls: 0,
        replacements: 0,
        replacing: false,
        predecessor_id: None,
        successor_id: None,
        requested_by: Side::Client,
        requested_at: now(),
        confirmed_at: None,
        state_at: now(),
        state_by: Side::Client,
        reason: None,
        ended_at: None,
        feedback_extended_until: None,
        meeting: MeetingRoom::Pending,
        calendar_sequence: 0,
        pins: Pins {
            policy: None,
            client_policy: None,
            price: money,
            late_fee: money,
            late_change_hours: 3,
            buffer_minutes: 15,
            person: "p".into(),
            rubric: None,
        },
        live_key: None,
        version: 0,
    };
    change(&mut interview);
    world.put(&interview).await;
    world.get(interview.id).await
}

async fn word(world: &World, queue: DeskQueue, subject: impl ToString, at: Timestamp) {
    let subject = subject.to_string();
    world
        .put(&Acknowledgement {
            id: world.ids.fresh(),
            queue,
            natural_key: Acknowledgement::key(queue, &subject),
            subject,
            reason: "dealt with".into(),
            acknowledged_by: "user:x".into(),
            acknowledged_at: at,
            version: 0,
        })
        .await;
}

async fn listed(world: &World, queue: InterviewQueue) -> Vec<InterviewId> {
    let rows = world.storage.desk_interviews(queue, &TIMES(), None, &Page::default()).await;
    rows.expect("a page").into_iter().map(|interview| interview.id).collect()
}

/// Each queue holds what its documentation says, newest first, page by page; counts are those of the lists.
pub async fn the_desk_holds_what_needs_a_person(harness: &impl StorageHarness) {
    let world = &World::over(harness.port()).await;
    let in_state = |state: InterviewState| move |interview: &mut Interview| interview.state = state;
    let expired = interview(world, "A", in_state(InterviewState::Expired)).await;
    let newer = interview(world, "B", in_state(InterviewState::Expired)).await;
    let seen = interview(world, "C", in_state(InterviewState::Expired)).await;
    word(world, DeskQueue::Expired, seen.id, now()).await;
    // Acknowledged before it happened, or in another queue: still there.
    let early = interview(world, "D", in_state(InterviewState::Expired)).await;
    word(world, DeskQueue::Expired, early.id, now() - hours(1)).await;
    word(world, DeskQueue::ClosedWithoutFeedback, newer.id, now()).await;
    // Requested again since.
    let again = interview(world, "E", in_state(InterviewState::Expired)).await;
    let mut later = Interview { id: world.ids.fresh(), version: 0, ..again.clone() };
    later.state = InterviewState::Cancelled;
    world.put(&later).await;
    assert_eq!(listed(world, InterviewQueue::Expired).await, [early.id, newer.id, expired.id]);
    let page = Page { limit: 2, after: Some(early.id.to_string()) };
    let rest = world.storage.desk_interviews(InterviewQueue::Expired, &TIMES(), None, &page).await;
    let rest: Vec<_> = rest.expect("a page").into_iter().map(|interview| interview.id).collect();
    assert_eq!(rest, [newer.id, expired.id]);
    for (id, wanted) in [(newer.id, 1), (seen.id, 0)] {
        let (only, times, page) = (Some(id), TIMES(), Page::first(1));
        let found = world.storage.desk_interviews(InterviewQueue::Expired, &times, only, &page).await;
        assert_eq!(found.expect("a page").len(), wanted);
    }

    let close = interview(world, "F", |i| i.start = now() + hours(11)).await;
    interview(world, "G", |i| i.start = now() + hours(12)).await;
    assert_eq!(listed(world, InterviewQueue::Unassigned).await, [close.id]);
    let cut = interview(world, "H", in_state(InterviewState::Interrupted)).await;
    assert_eq!(listed(world, InterviewQueue::Interrupted).await, [cut.id]);
    let ended = |ended: Timestamp, until: Option<Timestamp>| {
        move |interview: &mut Interview| {
            interview.state = InterviewState::AwaitingFeedback;
            interview.ended_at = Some(ended);
            interview.feedback_extended_until = until;
        }
    };
    let overdue = interview(world, "I", ended(now() - hours(2), None)).await;
    interview(world, "J", ended(now() - hours(1), None)).await;
    interview(world, "K", ended(now() - hours(2), Some(now() + hours(1)))).await;
    let put_off = interview(world, "L", ended(now() - hours(2), Some(now()))).await;
    assert_eq!(listed(world, InterviewQueue::FeedbackOverdue).await, [put_off.id, overdue.id]);
    let closed = interview(world, "M", in_state(InterviewState::ClosedWithoutFeedback)).await;
    assert_eq!(listed(world, InterviewQueue::ClosedWithoutFeedback).await, [closed.id]);

    let counts = world.storage.desk_counts(&TIMES()).await.expect("counts");
    assert_eq!(counts.len(), DeskQueue::ALL.len(), "every queue is counted");
    for (queue, count) in [
        (DeskQueue::Expired, 3),
        (DeskQueue::Unassigned, 1),
        (DeskQueue::Interrupted, 1),
        (DeskQueue::FeedbackOverdue, 2),
        (DeskQueue::ClosedWithoutFeedback, 1),
        (DeskQueue::Contested, 0),
        (DeskQueue::MailFailed, 0),
    ] {
        assert_eq!(counts.get(&queue), Some(&count), "{queue:?}");
    }
}

/// Jobs that were given up, and rooms that were not made, until somebody has dealt with them.
pub async fn the_desk_holds_jobs_that_were_given_up(harness: &impl StorageHarness) {
    let world = &World::over(harness.port()).await;
    let jobs: Vec<NewJob> = ["send_mail", "open_meeting", "other", "done"]
        .iter()
        .map(|kind| NewJob {
            id: world.ids.fresh(),
            client_id: None,
            kind: (*kind).into(),
            cause: (*kind).into(),
            subject: format!("about {kind}"),
            data: json!({}),
            due_at: now(),
            created_at: now(),
            request_id: None,
        })
        .collect();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    world.storage.commit(Changes { jobs, ..Changes::new() }).await.expect("jobs are queued");
    let listed = async |queue| -> Vec<BackgroundJobId> {
        let rows = world.storage.desk_jobs(queue, None, &Page::default()).await.expect("a page");
        rows.into_iter().map(|job| job.id).collect()
    };
    for queue in JobQueue::ALL {
        assert_eq!(listed(queue).await, [], "{queue:?}");
    }
    for job in world.storage.claim_jobs(now(), now() + minutes(1), 10).await.expect("claimed") {
        let error = "provider down".to_owned();
        let outcome = match &*job.kind {
            "done" => FinishAs::Done,
            "open_meeting" => FinishAs::Retry { due_at: now() + hours(1), error },
            _ => FinishAs::Dead { error },
        };
        let finish = Some(Finish { job: job.id, attempt: job.attempt, at: now(), outcome });
        world.storage.commit(Changes { finish, ..Changes::new() }).await.expect("finished");
    }
    assert_eq!(listed(JobQueue::MailFailed).await, [ids[0]]);
    assert_eq!(listed(JobQueue::ProviderPending).await, [ids[1]]);
    assert_eq!(listed(JobQueue::DeadJobs).await, [ids[2]]);
    word(world, DeskQueue::MailFailed, ids[0], now() - minutes(1)).await;
    assert_eq!(listed(JobQueue::MailFailed).await, [ids[0]], "said before it died");
    word(world, DeskQueue::ProviderPending, "about open_meeting", now()).await;
    word(world, DeskQueue::DeadJobs, ids[2], now()).await;
    assert_eq!(listed(JobQueue::ProviderPending).await, []);
    assert_eq!(listed(JobQueue::DeadJobs).await, []);
    let known = Acknowledgement::key(DeskQueue::DeadJobs, &ids[2].to_string());
    let found = world.storage.acknowledgement(&known).await.expect("storage answers");
    assert_eq!(found.map(|row| row.subject), Some(ids[2].to_string()));
}

/// By every filter, newest first; one open contest per key.
pub async fn contests_and_grants_are_found(harness: &impl StorageHarness) {
    let world = &World::over(harness.port()).await;
    let one = interview(world, "A", |_| {}).await;
    let two = interview(world, "B", |_| {}).await;
    let contest = |of: &Interview, party: Side, state: ContestState| Contest {
        id: world.ids.fresh(),
        client_id: of.client_id,
        interview_id: of.id,
        interviewer_id: None,
        party,
        opened_by: "x".into(),
        user_id: None,
        about: ContestAbout::Outcome,
        reason: "why".into(),
        state,
        answer: None,
        decided_by: None,
        decided_at: None,
        live_key: (state == ContestState::Open).then(|| format!("{}:{}", of.id, party.as_str())),
        created_at: now(),
        version: 0,
    };
    let first = contest(&one, Side::Client, ContestState::Open);
    let second = contest(&one, Side::Candidate, ContestState::Rejected);
    let third = contest(&two, Side::Client, ContestState::Rejected);
    for row in [&first, &second, &third] {
        world.put(row).await;
    }
    let twin = contest(&one, Side::Client, ContestState::Open);
    let mut changes = Changes::new();
    changes.insert(&twin);
    let refused = world.storage.commit(changes).await;
    assert!(matches!(refused, Err(CommitError::Duplicate { table: Table::Contests })), "{refused:?}");
    let found = async |filter: ContestFilter| -> Vec<ContestId> {
        let rows = world.storage.contests(&filter, &Page::default()).await.expect("a page");
        rows.into_iter().map(|contest| contest.id).collect()
    };
    assert_eq!(found(ContestFilter::default()).await, [third.id, second.id, first.id]);
    let open = ContestFilter { state: Some(ContestState::Open), ..Default::default() };
    assert_eq!(found(open).await, [first.id]);
    let about = ContestFilter { interview: Some(one.id), ..Default::default() };
    assert_eq!(found(about).await, [second.id, first.id]);
    let clients =
        ContestFilter { party: Some(Side::Client), client: Some(world.client.id), ..Default::default() };
    assert_eq!(found(clients).await, [third.id, first.id]);
    let foreign = ContestFilter { client: Some(ClientId::from_bits(1)), ..Default::default() };
    assert_eq!(found(foreign).await, []);
    assert_eq!(world.storage.contested(&[two.id, one.id]).await.expect("ids"), [one.id]);
    assert_eq!(world.storage.contested(&[]).await.expect("ids"), []);

    let grant = |kind, used, expires_at| Grant {
        id: world.ids.fresh(),
        client_id: world.client.id,
        kind,
        amount: 2,
        used,
        expires_at,
        reason: "goodwill".into(),
        granted_by: "x".into(),
        created_at: now(),
        version: 0,
    };
    let kind = GrantKind::FreeInterviews;
    let for_ever = grant(kind, 0, None);
    let soon = grant(kind, 1, Some(now() + days(2)));
    let sooner = grant(kind, 0, Some(now() + days(1)));
    let over = grant(kind, 0, Some(now()));
    let empty = grant(kind, 2, None);
    let credits = grant(GrantKind::Credits, 0, None);
    for row in [&for_ever, &soon, &sooner, &over, &empty, &credits] {
        world.put(row).await;
    }
    let rows = world.storage.usable_grants(world.client.id, kind, now()).await.expect("grants");
    let ids: Vec<_> = rows.into_iter().map(|grant| grant.id).collect();
    assert_eq!(ids, [sooner.id, soon.id, for_ever.id]);
    let none = world.storage.usable_grants(ClientId::from_bits(1), kind, now()).await.expect("grants");
    assert!(none.is_empty());
    let all = world.storage.grants(world.client.id, &Page::first(2)).await.expect("a page");
    assert_eq!(all.into_iter().map(|grant| grant.id).collect::<Vec<_>>(), [credits.id, empty.id]);
}

/// By subject, actor, action, tenant and time, newest first.
pub async fn the_audit_trail_is_read_by_every_filter(harness: &impl StorageHarness) {
    let world = &World::over(harness.port()).await;
    let entry = |subject: &str, actor: &str, action: &str, client, at| AuditEntry {
        id: world.ids.fresh(),
        client_id: client,
        at,
        actor: actor.into(),
        action: action.into(),
        subject: subject.into(),
        reason: Some("why".into()),
        changes: json!({"n": 1}),
        request_id: None,
        peer: None,
    };
    let own = Some(world.client.id);
    let audit = vec![
        entry("s1", "a1", "x.do", own, now()),
        entry("s1", "a2", "x.undo", None, now() + hours(1)),
        entry("s2", "a1", "x.do", own, now() + hours(2)),
    ];
    let ids: Vec<_> = audit.iter().map(|entry| entry.id).collect();
    let wanted = audit[2].clone();
    world.storage.commit(Changes { audit, ..Changes::new() }).await.expect("stored");
    let found = async |filter: AuditFilter| -> Vec<AuditId> {
        let rows = world.storage.audit_entries(&filter, &Page::default()).await.expect("a page");
        rows.into_iter().map(|entry| entry.id).collect()
    };
    let all = AuditFilter::default;
    assert_eq!(found(all()).await, [ids[2], ids[1], ids[0]]);
    assert_eq!(found(AuditFilter { client: own, ..all() }).await, [ids[2], ids[0]]);
    assert_eq!(found(AuditFilter { subject: Some("s1".into()), ..all() }).await, [ids[1], ids[0]]);
    assert_eq!(found(AuditFilter { actor: Some("a1".into()), ..all() }).await, [ids[2], ids[0]]);
    assert_eq!(found(AuditFilter { action: Some("x.undo".into()), ..all() }).await, [ids[1]]);
    let (from, until) = (Some(now() + hours(1)), Some(now() + hours(2)));
    assert_eq!(found(AuditFilter { from, ..all() }).await, [ids[2], ids[1]]);
    assert_eq!(found(AuditFilter { until, ..all() }).await, [ids[1], ids[0]]);
    let page = Page { limit: 1, after: Some(ids[2].to_string()) };
    let next = world.storage.audit_entries(&all(), &page).await.expect("a page");
    assert_eq!(next.first().map(|entry| entry.id), Some(ids[1]));
    let whole = world.storage.audit_entries(&all(), &Page::first(1)).await.expect("a page");
    assert_eq!(whole, [wanted]);
}
