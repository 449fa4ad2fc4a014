//! What storage promises the interviewer ladder.

use super::*;
use crate::interviewers::*;
use crate::ladder::*;
use crate::scheduling::*;
use crate::testkit::World;
use std::collections::BTreeSet;

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
        let question = PoolQuestion { of: PoolOf::One(id), range, now: now() };
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
