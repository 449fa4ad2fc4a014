//! Contests: who may dispute what, until when, and what a decision changes.

use crate::corrections::{Stage, at, complaints};
use crate::feedback::full;
use crate::flow::candidate;
use hdip_core::access::Role;
use hdip_core::desk::*;
use hdip_core::ports::storage::{ContestFilter, Page};
use hdip_core::scheduling::*;
use hdip_core::testkit::block_on;
use hdip_core::values::*;
use hdip_core::{Ctx, Error};

async fn open(stage: &Stage, ctx: &Ctx, about: ContestAbout) -> Result<ContestId, Error> {
    let input = OpenContest { about, reason: "that is not what happened".into() };
    let done = stage.world.hdip.open_contest(ctx, stage.interview, input).await;
    stage.world.drain().await;
    done.map(|done| done.output)
}

fn decision(verdict: ContestState) -> DecideContest {
    DecideContest {
        verdict,
        answer: "we have looked at the log".into(),
        outcome: None,
        credit_minor: None,
        earning_minor: None,
    }
}

async fn decide(stage: &Stage, id: ContestId, input: DecideContest) -> Result<(), Error> {
    let done = stage.world.hdip.decide_contest(&stage.operator(), id, input).await;
    stage.world.drain().await;
    done.map(|_| ())
}

async fn held(stage: &Stage) -> Vec<bool> {
    let page = Page::default();
    let earnings = stage.world.hdip.earnings(&stage.lena(), &page).await.unwrap().items;
    earnings.into_iter().map(|view| view.held).collect()
}

#[test]
fn one_party_contests_once_while_open_and_the_pay_waits() {
    block_on(async {
        let stage = Stage::no_show().await;
        let owner = stage.world.as_owner();
        assert_eq!(held(&stage).await, [false]);
        let id = open(&stage, &owner, ContestAbout::Charge).await.unwrap();
        assert_eq!(stage.mailed("contest_opened"), ["mira", "omar"]);
        assert_eq!(held(&stage).await, [true]);
        let twice = open(&stage, &owner, ContestAbout::Outcome).await.unwrap_err();
        assert_eq!(twice.code(), "contest_open");
        // Another party has a contest of its own.
        let link = candidate(&stage.world, stage.interview).await;
        open(&stage, &link, ContestAbout::Outcome).await.unwrap();

        decide(&stage, id, decision(ContestState::Rejected)).await.unwrap();
        assert_eq!(stage.sums().await, (80_000, 40_000));
        assert_eq!(stage.mailed("contest_decided"), ["omar"]);
        assert_eq!(held(&stage).await, [true], "the candidate's is open");
        let again = open(&stage, &owner, ContestAbout::Outcome).await.unwrap_err();
        assert_eq!(again.code(), "contest_decided");
        let again = decide(&stage, id, decision(ContestState::Rejected)).await.unwrap_err();
        assert_eq!(again.code(), "contest_closed");
    });
}

#[test]
fn a_decision_takes_off_what_it_says_and_never_more_than_is_left() {
    block_on(async {
        let stage = Stage::no_show().await;
        let id = open(&stage, &stage.world.as_owner(), ContestAbout::Charge).await.unwrap();
        let nothing = decide(&stage, id, decision(ContestState::Upheld)).await.unwrap_err();
        assert_eq!(complaints(nothing), ["verdict:required"]);
        let some = DecideContest { credit_minor: Some(1), ..decision(ContestState::Rejected) };
        assert_eq!(complaints(decide(&stage, id, some).await.unwrap_err()), ["verdict:changes_nothing"]);
        let much = DecideContest { credit_minor: Some(80_001), ..decision(ContestState::Upheld) };
        assert_eq!(complaints(decide(&stage, id, much).await.unwrap_err()), ["credit_minor:out_of_range"]);
        let both = DecideContest {
            credit_minor: Some(1),
            outcome: Some(Outcome::InterviewerNoShow),
            ..decision(ContestState::Upheld)
        };
        assert_eq!(complaints(decide(&stage, id, both).await.unwrap_err()), ["outcome:one_of"]);
        let part = DecideContest {
            credit_minor: Some(50_000),
            earning_minor: Some(-10_000),
            ..decision(ContestState::PartlyUpheld)
        };
        let moderator = stage.user(Role::PlatformModerator, "Mo").await;
        let moderator = stage.world.as_user(&moderator);
        let refused = stage.world.hdip.decide_contest(&moderator, id, part.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        decide(&stage, id, part).await.unwrap();
        assert_eq!(stage.sums().await, (30_000, 30_000));
        assert_eq!(held(&stage).await, [false, false]);
    });
}

#[test]
fn a_candidate_contests_by_link_and_a_moderator_puts_the_outcome_right() {
    block_on(async {
        let stage = Stage::no_show().await;
        let link = candidate(&stage.world, stage.interview).await;
        let wrong = open(&stage, &link, ContestAbout::Charge).await.unwrap_err();
        assert_eq!(complaints(wrong), ["about:not_yours"]);
        let id = open(&stage, &link, ContestAbout::Outcome).await.unwrap();
        let moderator = stage.user(Role::PlatformModerator, "Mo").await;
        let moderator = stage.world.as_user(&moderator);
        let upheld =
            DecideContest { outcome: Some(Outcome::AwaitingFeedback), ..decision(ContestState::Upheld) };
        stage.world.hdip.decide_contest(&moderator, id, upheld).await.unwrap();
        stage.world.drain().await;
        assert_eq!(stage.mailed("contest_decided"), ["asha.rao"]);
        assert_eq!(stage.sums().await, (0, 0));
        assert_eq!(
            stage.world.get::<Interview>(stage.interview).await.state,
            InterviewState::AwaitingFeedback
        );
        let early = open(&stage, &link, ContestAbout::Outcome).await.unwrap_err();
        assert_eq!(early.code(), "nothing_to_contest");
    });
}

#[test]
fn an_interviewer_gets_back_a_deduction_but_not_more_than_was_promised() {
    block_on(async {
        let stage = Stage::new().await;
        // Filed three hours after the reference: 300 are deducted.
        stage.world.run_until(at("2026-01-06T12:00:00Z")).await;
        stage.world.hdip.submit_scorecard(&stage.lena(), stage.interview, Some(full())).await.unwrap();
        let before = stage.sums().await;
        assert!(before.1 < 180_000);
        let id = open(&stage, &stage.lena(), ContestAbout::Earning).await.unwrap();
        let missing = 180_000 - before.1;
        let much = DecideContest { earning_minor: Some(missing + 1), ..decision(ContestState::Upheld) };
        assert_eq!(complaints(decide(&stage, id, much).await.unwrap_err()), ["earning_minor:out_of_range"]);
        let all = DecideContest { earning_minor: Some(missing), ..decision(ContestState::Upheld) };
        decide(&stage, id, all).await.unwrap();
        assert_eq!(stage.sums().await, (before.0, 180_000));
        assert_eq!(stage.mailed("contest_decided"), ["lena"]);
    });
}

#[test]
fn it_can_be_contested_for_seven_days_and_again_after_another_outcome() {
    block_on(async {
        let stage = Stage::no_show().await;
        let owner = stage.world.as_owner();
        let id = open(&stage, &owner, ContestAbout::Outcome).await.unwrap();
        decide(&stage, id, decision(ContestState::Rejected)).await.unwrap();
        stage.world.run_for(days(6)).await;
        stage.correct(Outcome::InterviewerNoShow).await.unwrap();
        let corrected = stage.world.hdip.now();
        // The links live as long.
        let link = candidate(&stage.world, stage.interview).await;
        assert!(stage.world.hdip.own_contest(&link, stage.interview).await.unwrap().1.is_some());
        stage.world.run_until(corrected + days(7) - minutes(1)).await;
        open(&stage, &stage.world.as_owner(), ContestAbout::Outcome).await.unwrap();
        stage.world.run_for(minutes(1)).await;
        let late = open(&stage, &stage.lena(), ContestAbout::Outcome).await.unwrap_err();
        assert_eq!(late.code(), "contest_too_late");
    });
}

#[test]
fn nobody_contests_or_reads_what_is_not_theirs() {
    block_on(async {
        let stage = Stage::no_show().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let other = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let ravi = world.as_interviewer(other);
        assert_eq!(open(&stage, &ravi, ContestAbout::Outcome).await.unwrap_err().code(), "not_found");
        let recruiter = stage.user(Role::ClientRecruiter, "Rita").await;
        let recruiter = world.as_user(&recruiter);
        assert_eq!(open(&stage, &recruiter, ContestAbout::Outcome).await.unwrap_err().code(), "forbidden");
        let admin = stage.user(Role::ClientAdmin, "Anna").await;
        let admin = world.as_user(&admin);
        assert_eq!(open(&stage, &admin, ContestAbout::Charge).await.unwrap_err().code(), "forbidden");
        let operator = stage.operator();
        assert_eq!(open(&stage, &operator, ContestAbout::Outcome).await.unwrap_err().code(), "forbidden");
        let mut stranger = world.owner.clone();
        stranger.client_id = Some(ClientId::from_bits(99));
        let stranger = world.as_user(&stranger);
        assert_eq!(open(&stage, &stranger, ContestAbout::Outcome).await.unwrap_err().code(), "not_found");

        let own = open(&stage, &admin, ContestAbout::Outcome).await.unwrap();
        let lenas = open(&stage, &stage.lena(), ContestAbout::Outcome).await.unwrap();
        let page = Page::default();
        let seen = async |ctx: &Ctx| -> Vec<ContestId> {
            let all = hdip.contests(ctx, ContestFilter::default(), &page).await.unwrap().items;
            all.into_iter().map(|contest| contest.id).collect()
        };
        assert_eq!(seen(&operator).await, [lenas, own]);
        assert_eq!(seen(&admin).await, [own]);
        assert_eq!(seen(&stage.lena()).await, [lenas]);
        assert_eq!(seen(&ravi).await, []);
        assert_eq!(seen(&stranger).await, []);
        assert_eq!(hdip.contest(&admin, lenas).await.unwrap_err().code(), "not_found");
        assert_eq!(hdip.contest(&stranger, own).await.unwrap_err().code(), "not_found");
        let refused = hdip.contests(&recruiter, ContestFilter::default(), &page).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        let refused = hdip.decide_contest(&admin, own, decision(ContestState::Rejected)).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
    });
}
