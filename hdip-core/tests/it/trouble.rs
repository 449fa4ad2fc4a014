//! What goes wrong in the field: late workers, lost providers, several schedulers, one person twice.

use crate::flow::{accept, candidate, invitation_of, pick, request, state};
use hdip_core::clients::Client;
use hdip_core::hiring::{Application, ApplicationStatus, Candidate};
use hdip_core::interviewers::Interviewer;
use hdip_core::jobs::JobReport;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::{BackgroundJob, Changes};
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn january(day: u32, time: &str) -> Timestamp {
    format!("2026-01-{day:02}T{time}:00Z").parse().unwrap()
}

fn sent(world: &World, kind: &str, to: &str) -> usize {
    let to = |address: &str| address.starts_with(to);
    world.mail.sent().iter().filter(|m| m.kind == kind && to(m.to.as_str())).count()
}

#[test]
fn a_confirmation_that_waited_out_a_replacement_is_sent_once_it_is_true_again() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let lena = world.interviewer("Lena", "Europe/Berlin").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        // The relay is down while the first interviewer accepts and withdraws.
        world.mail.fail_next(1_000);
        accept(&world, interview, ravi).await.unwrap();
        world.hdip.withdraw_interviewer(&world.as_interviewer(ravi), interview, None).await.unwrap();
        world.drain().await;
        world.mail.fail_next(0);
        world.run_for(minutes(10)).await;
        assert_eq!(sent(&world, "interview_confirmed", "asha"), 0, "nobody has confirmed");
        accept(&world, interview, lena).await.unwrap();
        world.run_for(hours(2)).await;
        for who in ["asha", "lena", "omar", "mira"] {
            assert_eq!(sent(&world, "interview_confirmed", who), 1, "{who}");
        }
        let sequence = |who: &str| {
            let mails = world.mail.sent();
            let mail =
                mails.iter().find(|m| m.kind == "interview_confirmed" && m.to.as_str().starts_with(who));
            mail.unwrap().calendar.as_ref().unwrap().text.contains("SEQUENCE:1")
        };
        assert!(sequence("asha") && sequence("lena"), "the entry is the present one");
    });
}

#[test]
fn a_failed_replacement_takes_the_interview_out_of_calendars() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        accept(&world, interview, ravi).await.unwrap();
        world.hdip.withdraw_interviewer(&world.as_interviewer(ravi), interview, None).await.unwrap();
        world.run_for(hours(4)).await;
        assert_eq!(state(&world, interview).await, InterviewState::Expired);
        for who in ["asha", "omar", "mira"] {
            let mails = world.mail.sent();
            let last = mails.iter().rfind(|m| m.to.as_str().starts_with(who)).unwrap();
            assert_eq!(last.kind, "interview_cancelled");
            let entry = &last.calendar.as_ref().unwrap().text;
            assert!(entry.contains("METHOD:CANCEL") && entry.contains("SEQUENCE:2"), "{entry}");
        }
        assert_eq!(world.get::<Application>(asha.id).await.status, ApplicationStatus::ToSchedule);
    });
}

#[test]
fn timers_of_a_newer_release_hide_nobodys_and_wake_nobody() {
    block_on(async {
        let world = world().await;
        let mut newer = Changes::new();
        for n in 0..5 {
            newer.timer("a_kind_of_next_year", format!("new_{n}"), january(1, "00:00"));
        }
        world.storage.commit(newer).await.unwrap();
        let (_, round) = world.job().await;
        world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        world.clock.set(january(5, "05:30"));
        let fired = world.hdip.fire_due(2).await.unwrap();
        assert_eq!((fired.fired, fired.failed.len()), (1, 0));
        assert_eq!(world.get::<Interview>(interview).await.calls, 2);
        assert_eq!(world.hdip.fire_due(2).await.unwrap().fired, 0, "what is left over is nobody's work");
    });
}

#[test]
fn an_interview_that_was_held_fills_its_week() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let ravi = Interviewer { weekly_cap: 1, ..ravi };
        let mut changes = Changes::new();
        changes.update(&ravi);
        world.storage.commit(changes).await.unwrap();
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let bela = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        accept(&world, interview, ravi.id).await.unwrap();
        world.run_until(january(6, "10:00")).await;
        assert_eq!(state(&world, interview).await, InterviewState::AwaitingFeedback);
        let offer = world.hdip.slots(&world.as_owner(), bela.id, None, None).await.unwrap();
        // The week of Monday the 12th begins on the 11th, 18:30 UTC, in Kolkata.
        assert!(
            offer.starts.iter().all(|start| start.start >= january(11, "18:30")),
            "{:?}",
            offer.starts.first()
        );
        assert!(!offer.starts.is_empty());
    });
}

#[test]
fn what_is_moved_does_not_stand_in_its_own_way() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        accept(&world, interview, ravi).await.unwrap();
        let to = Reschedule { start: pick(january(6, "08:30")), reason: None, late_ok: false };
        let moved = world.hdip.reschedule_interview(&world.as_owner(), interview, to).await.unwrap();
        world.drain().await;
        accept(&world, moved.output.interview_id, ravi).await.unwrap();
    });
}

#[test]
fn whoever_declares_a_conflict_cannot_accept_the_same_person_elsewhere() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let (_, other) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let again = world.application(&other, "Asha Rao", "Asia/Kolkata").await;
        let first = request(&world, &asha, january(6, "08:00")).await;
        let second = request(&world, &again, january(6, "10:00")).await;
        let invitation = invitation_of(&world, first, ravi).await.id;
        let conflict = Decline { reason: None, conflict_of_interest: true };
        world.hdip.decline_invitation(&world.as_interviewer(ravi), invitation, conflict).await.unwrap();
        assert_eq!(accept(&world, second, ravi).await.unwrap_err().code(), "not_free");
    });
}

#[test]
fn one_person_claims_time_under_one_name_at_every_client() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let (_, other) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let lena = world.interviewer("Lena", "Europe/Berlin").await.id;
        // Two records of one address.
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let twin = world.application(&other, "Asha Rao", "Asia/Kolkata").await;
        assert_ne!(asha.candidate_id, twin.candidate_id);
        let (first, second) = (
            request(&world, &asha, january(6, "08:00")).await,
            request(&world, &twin, january(6, "08:30")).await,
        );
        accept(&world, first, ravi).await.unwrap();
        assert_eq!(accept(&world, second, lena).await.unwrap_err().code(), "candidate_not_free");
        // Two that accept at once both pass that check; the claims are what stops the second.
        let person = |interview: Interview| interview.claims().last().unwrap().party.clone();
        assert_eq!(person(world.get(first).await), person(world.get(second).await));
        assert!(person(world.get(first).await).starts_with("person:"));
    });
}

#[test]
fn a_client_does_not_learn_when_somebody_interviews_elsewhere() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        world.interviewer("Lena", "Europe/Berlin").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        accept(&world, interview, ravi).await.unwrap();
        // The same record, as if it were another tenant's.
        let (_, mine) = world.job().await;
        let probe = world.application(&mine, "Asha Rao", "Asia/Kolkata").await;
        let why = world.hdip.why_not(&world.as_owner(), probe.id, january(6, "08:00")).await.unwrap();
        assert_eq!(why.reasons, [WhyNot::CandidateBusy], "at one's own client one may know");
        let other =
            Client { id: world.ids.fresh(), brand: "Other".into(), version: 0, ..world.client.clone() };
        world.put(&other).await;
        let mut moved: Interview = world.get(interview).await;
        moved.client_id = other.id;
        let mut person: Candidate = world.get(asha.candidate_id).await;
        person.client_id = other.id;
        let mut changes = Changes::new();
        changes.update(&moved).update(&person);
        world.storage.commit(changes).await.unwrap();
        let why = world.hdip.why_not(&world.as_owner(), probe.id, january(6, "08:00")).await.unwrap();
        assert_eq!(why.reasons, [WhyNot::Unavailable]);
        let why = world.hdip.why_not(&world.as_operator(), probe.id, january(6, "08:00")).await.unwrap();
        assert_eq!(why.reasons, [WhyNot::CandidateBusy]);
    });
}

#[test]
fn an_interview_that_was_held_is_not_undone_by_one_sides_word() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        accept(&world, interview, ravi).await.unwrap();
        world.run_until(january(6, "09:30")).await;
        let ctx = candidate(&world, interview).await;
        world.hdip.report_no_show(&ctx, interview, Absent::Interviewer, None).await.unwrap();
        assert_eq!(state(&world, interview).await, InterviewState::Interrupted, "the operator decides");
        let closing = Closing::Completed;
        world.hdip.close_interview(&world.as_operator(), interview, closing, "recording seen").await.unwrap();
        assert_eq!(state(&world, interview).await, InterviewState::Completed);
    });
}

#[test]
fn a_late_timer_does_not_move_the_end() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        accept(&world, interview, ravi).await.unwrap();
        world.clock.set(january(6, "16:00")); // every worker was down since yesterday
        world.drain().await;
        let interview: Interview = world.get(interview).await;
        assert_eq!(
            (interview.state, interview.ended_at),
            (InterviewState::AwaitingFeedback, Some(january(6, "09:00")))
        );
    });
}

#[test]
fn a_released_job_is_anybodys_at_once_and_only_its_holder_can_release_it() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let start = StartChoice::Picked(Pick { start: january(6, "08:00"), odd_hours_ok: false });
        let input = RequestInterview { application: asha.id, start, consents: None };
        world.hdip.request_interview(&world.as_owner(), input).await.unwrap();

        let held = world.hdip.claim_jobs(1).await.unwrap().remove(0);
        let everything = |jobs: Vec<BackgroundJob>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();
        let others = world.hdip.claim_jobs(50).await.unwrap();
        assert!(!everything(others).contains(&held.id), "leased");
        assert!(world.hdip.release_job(&held).await.unwrap());
        assert!(!world.hdip.release_job(&held).await.unwrap(), "it is not its any more");
        // The clock stands still, so no lease has run out.
        let taken = world.hdip.claim_jobs(50).await.unwrap();
        assert_eq!(everything(taken.clone()), [held.id]);
        assert_eq!(taken[0].attempt, held.attempt + 1);
        assert!(!world.hdip.release_job(&held).await.unwrap(), "nor when another has it");
        assert_eq!(
            world.hdip.run_job(&held).await.unwrap(),
            JobReport::Lost,
            "what the first did is not recorded"
        );
        assert_eq!(world.hdip.run_job(&taken[0]).await.unwrap(), JobReport::Done);
        assert!(!world.hdip.release_job(&taken[0]).await.unwrap(), "nor when it is done");
    });
}
