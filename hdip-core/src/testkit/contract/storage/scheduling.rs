//! What storage promises to scheduling.

use super::*;
use crate::scheduling::*;
use crate::testkit::World;
use std::collections::BTreeSet;

/// Active ones of the specialisation, with everything that decides; those with a skill; or the one asked for.
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
    let mut skilled: crate::interviewers::Interviewer = world.get(lena.id).await;
    skilled.skills.insert("say \"go\"".to_owned());
    world.put(&skilled).await;
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
    let question = |of| PoolQuestion { of, range, now: now() };
    let backend = || PoolOf::Specialisation("backend".into());
    let pool = world.storage.pool(&question(backend())).await.expect("the pool");
    assert_eq!(pool.iter().map(|m| m.interviewer.id).collect::<Vec<_>>(), [ravi.id, lena.id]);
    let span = Span::starting(start, hours(1)).expect("a span");
    let booked = Booked { span, held_until: Some(span.end() + minutes(15)) };
    assert_eq!((&pool[0].interviews, &pool[0].busy, pool[0].recent), (&vec![booked], &busy, 1));
    assert_eq!((pool[0].schedule.confirmed_total, pool[0].schedule.version), (1, 2));
    assert_eq!((pool[0].availability.len(), pool[1].availability.len()), (1, 1));
    assert!(pool[1].interviews.is_empty() && pool[1].busy.is_empty() && pool[1].recent == 0);
    for (any_of, wanted) in [
        (vec!["say \"go\"", "cobol"], vec![lena.id]),
        (vec!["rust"], vec![ravi.id, lena.id]),
        (vec!["go", "cobol"], vec![]),
        (vec![], vec![]),
    ] {
        let any_of = any_of.into_iter().map(str::to_owned).collect();
        let of = PoolOf::Skilled { specialisation: "backend".into(), any_of };
        let pool = world.storage.pool(&question(of.clone())).await.expect("the pool");
        assert_eq!(pool.iter().map(|m| m.interviewer.id).collect::<Vec<_>>(), wanted, "{of:?}");
    }
    let one = world.storage.pool(&question(PoolOf::One(away.id))).await.expect("the pool");
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
