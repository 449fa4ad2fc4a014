//! Decisions of a client: what follows what, rounds added later, repeats, and who hears of them.

use crate::stories::*;
use hdip_core::access::Role;
use hdip_core::hiring::*;
use hdip_core::ports::Clock;
use hdip_core::scheduling::*;
use hdip_core::testkit::{World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};

fn verdict(verdict: Verdict) -> Decide {
    Decide { verdict, rejected_by: None, reason: None, not_recommended_ok: false }
}

async fn decide(
    world: &World,
    ctx: &Ctx,
    id: ApplicationId,
    what: Verdict,
) -> Result<ApplicationStatus, Error> {
    world.hdip.decide_application(ctx, id, verdict(what)).await.map(|done| done.output)
}

/// An application whose present round is over.
async fn decision_due(world: &World, round: &Round, name: &str) -> Application {
    let mut application = world.application(round, name, "Asia/Kolkata").await;
    application.set_status(ApplicationStatus::DecisionDue, world.clock.now());
    world.put(&application).await;
    world.get(application.id).await
}

async fn add_round(world: &World, job: JobId, name: &str) -> RoundId {
    let new = NewRound { name: name.into(), duration_minutes: 30, ..Default::default() };
    world.hdip.add_round(&world.as_owner(), job, new).await.unwrap().output
}

#[test]
fn every_status_has_its_decisions_and_no_others() {
    use ApplicationStatus as S;
    use Verdict as V;
    let allowed = [
        (V::Advance, S::DecisionDue, S::ToSchedule),
        (V::Advance, S::Selected, S::ToSchedule),
        (V::Hold, S::ToSchedule, S::OnHold),
        (V::Hold, S::DecisionDue, S::OnHold),
        (V::Reject, S::ToSchedule, S::Rejected),
        (V::Reject, S::DecisionDue, S::Rejected),
        (V::Reject, S::OnHold, S::Rejected),
        (V::Reject, S::Selected, S::Rejected),
        (V::Select, S::DecisionDue, S::Selected),
        (V::Select, S::OnHold, S::Selected),
        (V::Offer, S::Selected, S::Offered),
        (V::OfferDeclined, S::Offered, S::OfferDeclined),
    ];
    for verdict in V::ALL {
        for from in S::ALL {
            let to = allowed.iter().find(|row| (row.0, row.1) == (verdict, from)).map(|row| row.2);
            assert_eq!(verdict.leads(from), to, "{verdict:?} from {from:?}");
        }
    }
    for closed in [S::Rejected, S::OfferDeclined, S::Dropped] {
        assert!(!closed.is_open() && V::ALL.iter().all(|verdict| verdict.leads(closed).is_none()));
    }
}

#[test]
fn an_offer_is_made_declined_and_the_person_is_free_again() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let owner = world.as_owner();
        let asha = decision_due(&world, &round, "Asha Rao").await.id;
        let early = decide(&world, &owner, asha, Verdict::Offer).await.unwrap_err();
        assert_eq!(early.code(), "wrong_application_status");
        for (what, to) in
            [(Verdict::Select, ApplicationStatus::Selected), (Verdict::Offer, ApplicationStatus::Offered)]
        {
            assert_eq!(decide(&world, &owner, asha, what).await.unwrap(), to);
        }
        let twin = submit(&world, &owner, submission(job.id, "Asha Rao")).await.unwrap_err();
        assert_eq!(twin.code(), "already_submitted", "who has an offer is on the job");
        let declined = decide(&world, &owner, asha, Verdict::OfferDeclined).await.unwrap();
        assert_eq!(declined, ApplicationStatus::OfferDeclined);
        let closed = world.hdip.application(&owner, asha).await.unwrap();
        assert_eq!((closed.basics().status, closed.basics().rejected_by), (declined, None));
        submit(&world, &owner, submission(job.id, "Asha Rao")).await.unwrap();
        let kinds = kinds(&world).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "application.status_changed").count(), 3);
    });
}

#[test]
fn who_has_an_offer_can_still_drop_out() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let asha = decision_due(&world, &round, "Asha Rao").await.id;
        for what in [Verdict::Select, Verdict::Offer] {
            decide(&world, &world.as_owner(), asha, what).await.unwrap();
        }
        let drop = DropApplication { reason: DropReason::NotInterested, late_ok: false };
        world.hdip.drop_application(&world.as_owner(), asha, drop.clone()).await.unwrap();
        let again = world.hdip.drop_application(&world.as_owner(), asha, drop).await.unwrap_err();
        assert_eq!(again.code(), "wrong_application_status");
    });
}

#[test]
fn a_round_added_later_is_next_for_those_who_finished_the_last() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let owner = world.as_owner();
        let [due, held, selected, rejected] = {
            let mut ids = Vec::new();
            for name in ["Asha Rao", "Bela Bose", "Chand Das", "Dev Dutt"] {
                ids.push(decision_due(&world, &round, name).await.id);
            }
            <[ApplicationId; 4]>::try_from(ids).unwrap()
        };
        let fresh = world.application(&round, "Eli Esch", "Asia/Kolkata").await.id;
        decide(&world, &owner, held, Verdict::Hold).await.unwrap();
        decide(&world, &owner, selected, Verdict::Select).await.unwrap();
        decide(&world, &owner, rejected, Verdict::Reject).await.unwrap();
        for id in [due, selected] {
            let none = decide(&world, &owner, id, Verdict::Advance).await.unwrap_err();
            assert_eq!(none.code(), "no_next_round");
        }
        let (second, third) =
            (add_round(&world, job.id, "Design").await, add_round(&world, job.id, "Bar").await);
        world.hdip.resume_application(&owner, held).await.unwrap();
        for id in [due, held, selected] {
            assert_eq!(
                decide(&world, &owner, id, Verdict::Advance).await.unwrap(),
                ApplicationStatus::ToSchedule
            );
            let application: Application = world.get(id).await;
            assert_eq!((application.round_id, application.candidate_reschedules), (second, 0));
        }
        for id in [rejected, fresh] {
            let refused = decide(&world, &owner, id, Verdict::Advance).await.unwrap_err();
            assert_eq!(refused.code(), "wrong_application_status");
        }
        // One step at a time.
        let mut application: Application = world.get(due).await;
        application.set_status(ApplicationStatus::DecisionDue, world.clock.now());
        world.put(&application).await;
        decide(&world, &owner, due, Verdict::Advance).await.unwrap();
        assert_eq!(world.get::<Application>(due).await.round_id, third);
    });
}

#[test]
fn on_an_archived_job_what_is_left_is_decided_and_nobody_advances() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let owner = world.as_owner();
        let (asha, bela) = (
            decision_due(&world, &round, "Asha Rao").await.id,
            decision_due(&world, &round, "Bela Bose").await.id,
        );
        add_round(&world, job.id, "Design").await;
        let unsaid = world.hdip.archive_job(&owner, job.id, ArchiveJob::default()).await.unwrap_err();
        assert_eq!(unsaid.code(), "job_has_open_applications");
        let finish = ArchiveJob { mode: Some(ArchiveMode::Finish), late_ok: false };
        let done = world.hdip.archive_job(&owner, job.id, finish).await.unwrap().output;
        assert_eq!(done, ArchivedJob::default());
        let advance = decide(&world, &owner, asha, Verdict::Advance).await.unwrap_err();
        assert_eq!(advance.code(), "job_archived");
        assert_eq!(decide(&world, &owner, asha, Verdict::Select).await.unwrap(), ApplicationStatus::Selected);
        world.hdip.reopen_job(&owner, job.id).await.unwrap();
        assert_eq!(
            decide(&world, &owner, bela, Verdict::Advance).await.unwrap(),
            ApplicationStatus::ToSchedule
        );
    });
}

#[test]
fn somebody_with_an_interview_ahead_is_called_off_first() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let owner = world.as_owner();
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await.id;
        let id = interview(&world, &owner, asha, "2026-01-06T08:00:00Z", Some(ravi.id)).await;
        for what in [Verdict::Reject, Verdict::Hold, Verdict::Select, Verdict::Advance] {
            let refused = decide(&world, &owner, asha, what).await.unwrap_err();
            assert_eq!(refused.code(), "wrong_application_status", "{what:?}");
        }
        let drop = DropApplication { reason: DropReason::NotResponding, late_ok: false };
        world.hdip.drop_application(&owner, asha, drop).await.unwrap();
        world.drain().await;
        let called_off: Interview = world.get(id).await;
        assert_eq!(called_off.state, InterviewState::Cancelled);
        let dropped: Application = world.get(asha).await;
        assert_eq!(
            (dropped.status, dropped.drop_reason),
            (ApplicationStatus::Dropped, Some(DropReason::NotResponding))
        );
        let told: Vec<_> =
            world.mail.sent().into_iter().filter(|mail| mail.kind == "interview_cancelled").collect();
        assert!(told.iter().any(|mail| mail.to.as_str() == "asha.rao@mail.example"));
        assert!(told.iter().any(|mail| mail.to.as_str() == "ravi@interviewers.example"));
    });
}

#[test]
fn decisions_are_the_clients_own_peoples() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let mut asha = decision_due(&world, &round, "Asha Rao").await;
        let agency = world.agency("Best Hires").await;
        asha.agency_id = Some(agency.id);
        world.put(&asha).await;
        let agent = world.agency_user(&agency, "agnes@best.example").await;
        let rita = user(&world, world.client.id, Role::ClientRecruiter, "rita@acme.example").await;
        let (elsewhere, _) = world.job().await;
        for (ctx, code) in [
            (world.as_agent(&agent, &[job.id]), "forbidden"),
            (world.as_agent(&rita, &[elsewhere.id]), "not_found"),
            (stranger(&world).await, "not_found"),
        ] {
            for what in Verdict::ALL {
                assert_eq!(decide(&world, &ctx, asha.id, what).await.unwrap_err().code(), code, "{what:?}");
            }
            let many = world.hdip.decide_applications(&ctx, &[asha.id], &verdict(Verdict::Select)).await;
            match many {
                // Who may decide nothing is refused as a whole.
                Err(refused) => assert_eq!((refused.code(), code), ("forbidden", "forbidden")),
                Ok(many) => assert_eq!(many[0].outcome.as_ref().unwrap_err().0, code),
            }
            assert_eq!(world.hdip.resume_application(&ctx, asha.id).await.unwrap_err().code(), code);
        }
        let limited = world.as_agent(&rita, &[job.id]);
        assert_eq!(
            decide(&world, &limited, asha.id, Verdict::Select).await.unwrap(),
            ApplicationStatus::Selected
        );
    });
}

#[test]
fn many_at_once_are_at_most_two_hundred_and_a_repeat_changes_nothing() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(decision_due(&world, &round, &format!("Asha {n}")).await.id);
        }
        let owner = world.as_owner();
        let reject = Decide {
            rejected_by: Some(RejectedBy::HiringManager),
            reason: Some("position filled".into()),
            ..verdict(Verdict::Reject)
        };
        ids.push(ids[0]); // named twice, decided once
        let all = world.hdip.decide_applications(&owner, &ids, &reject).await.unwrap();
        let codes: Vec<_> =
            all.iter().map(|d| d.outcome.as_ref().map_err(|(code, _)| *code).copied()).collect();
        assert_eq!(codes[..5], [Ok(ApplicationStatus::Rejected); 5]);
        assert_eq!(codes[5], Err("wrong_application_status"));
        let before = kinds(&world).await.len();
        let again = world.hdip.decide_applications(&owner, &ids, &reject).await.unwrap();
        assert!(again.iter().all(|decided| decided.outcome.is_err()));
        assert_eq!(kinds(&world).await.len(), before);
        let view = world.hdip.application(&owner, ids[1]).await.unwrap();
        assert_eq!(view.basics().rejected_by, Some(RejectedBy::HiringManager));
        assert_eq!(view.detail().unwrap().decision_reason.as_deref(), Some("position filled"));
        let many = vec![ids[0]; 201];
        let refused = world.hdip.decide_applications(&owner, &many, &reject).await.unwrap_err();
        assert_eq!(complaints(refused), ["application_ids:wrong_count"]);
    });
}

/// The codes of what a submission warns of.
async fn warned(world: &World, ctx: &Ctx, new: SubmitCandidate) -> Vec<(String, Option<ApplicationId>)> {
    let done = submit(world, ctx, new).await.unwrap();
    let codes = done.warnings.into_iter().filter(|warning| warning.code == "interviewed_recently");
    codes.map(|warning| (warning.code, warning.application_id)).collect()
}

#[test]
fn a_repeat_is_said_by_address_or_phone_within_the_client_and_specialisation() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        let (first, _) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let mut new = submission(first.id, "Asha Rao");
        new.person.phone = Some("+919876543210".into());
        let asha = submit(&world, &owner, new).await.unwrap().application_id;
        interview(&world, &owner, asha, "2026-01-06T08:00:00Z", Some(ravi.id)).await;
        let ahead = async |name: &str| {
            let (job, _) = world.job().await;
            warned(&world, &world.as_owner(), submission(job.id, name)).await
        };
        assert_eq!(ahead("Asha Rao").await, [], "nothing has taken place yet");
        world.run_until("2026-01-06T10:00:00Z".parse().unwrap()).await;

        let warns = vec![("interviewed_recently".to_owned(), Some(asha))];
        assert_eq!(ahead("Asha Rao").await, warns);
        let (by_phone, _) = world.job().await;
        let mut other_address = submission(by_phone.id, "A Rao");
        other_address.person.phone = Some("+91 98765 43210".into());
        assert_eq!(warned(&world, &owner, other_address).await, warns);
        assert_eq!(ahead("Somebody Else").await, []);

        let (mut frontend, _) = world.job().await;
        frontend.specialisation = "frontend".into();
        world.put(&frontend).await;
        assert_eq!(
            warned(&world, &owner, submission(frontend.id, "Asha Rao")).await,
            [],
            "another specialisation"
        );

        let ctx = stranger(&world).await;
        let (mut theirs, mut round) = world.job().await;
        theirs.client_id = ctx.actor.user().unwrap().client.unwrap();
        theirs.hiring_manager_id = None;
        round.client_id = theirs.client_id;
        world.put(&theirs).await;
        world.put(&round).await;
        assert_eq!(warned(&world, &ctx, submission(theirs.id, "Asha Rao")).await, [], "another client");

        // An agency hears that there is one, and not which.
        let agency = world.agency("Best Hires").await;
        let agent = world.agency_user(&agency, "agnes@best.example").await;
        let (job, _) = world.job().await;
        let update = UpdateJob { recruiters: Some(vec![agent.id]), ..Default::default() };
        world.hdip.update_job(&owner, job.id, update).await.unwrap();
        let agnes = world.as_agent(&agent, &[job.id]);
        assert_eq!(
            warned(&world, &agnes, submission(job.id, "Asha Rao")).await,
            [("interviewed_recently".to_owned(), None)]
        );

        // Six months to the second, by the calendar.
        world.clock.set("2026-07-06T08:00:00Z".parse().unwrap());
        assert_eq!(ahead("Asha Rao").await, warns);
        world.clock.set("2026-07-06T08:00:01Z".parse().unwrap());
        assert_eq!(ahead("Asha Rao").await, []);
    });
}
