//! The desk puts things right: outcomes, deadlines, fees, free interviews; by counter-entries, never by change.

use crate::feedback::full;
use crate::flow::{accept, request, state};
use hdip_core::access::{Role, Scope, User};
use hdip_core::desk::*;
use hdip_core::hiring::{Application, ApplicationStatus, Round};
use hdip_core::ports::storage::{AuditFilter, Page};
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Lena's interview with Asha on Tuesday 2026-01-06, 08:00 to 09:00 UTC, confirmed.
pub(crate) struct Stage {
    pub world: World,
    pub round: Round,
    pub lena: InterviewerId,
    pub application: Application,
    pub interview: InterviewId,
}

impl Stage {
    pub async fn new() -> Self {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (_, round) = world.job().await;
        let lena = world.interviewer("Lena", "Europe/Berlin").await.id;
        let application = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &application, at("2026-01-06T08:00:00Z")).await;
        accept(&world, interview, lena).await.unwrap();
        Self { world, round, lena, application, interview }
    }

    /// The candidate did not come, says Lena.
    pub async fn no_show() -> Self {
        let stage = Self::new().await;
        stage.world.run_until(at("2026-01-06T08:10:00Z")).await;
        let note = Some("waited".to_owned());
        let ctx = stage.lena();
        stage.world.hdip.report_no_show(&ctx, stage.interview, Absent::Candidate, note).await.unwrap();
        stage.world.drain().await;
        stage
    }

    pub fn lena(&self) -> Ctx {
        self.world.as_interviewer(self.lena)
    }

    pub fn operator(&self) -> Ctx {
        self.world.as_operator()
    }

    pub async fn correct(&self, to: Outcome) -> Result<(), Error> {
        let reason = "looked at the recording";
        let done = self.world.hdip.correct_outcome(&self.operator(), self.interview, to, reason).await;
        self.world.drain().await;
        done.map(|_| ())
    }

    /// What is charged and earned, all in all.
    pub async fn sums(&self) -> (i64, i64) {
        let (charges, earnings) = crate::flow::money(&self.world, self.interview).await;
        (charges.iter().sum(), earnings.iter().sum())
    }

    pub async fn charges(&self) -> Vec<Charge> {
        let page = Page::default();
        self.world.storage.charges(&Scope::Operator, Some(self.interview), &page).await.unwrap()
    }

    pub async fn status(&self) -> ApplicationStatus {
        self.world.get::<Application>(self.application.id).await.status
    }

    pub fn mailed(&self, kind: &str) -> Vec<String> {
        let sent = self.world.mail.sent().into_iter().filter(|mail| mail.kind == kind);
        let mut to: Vec<_> =
            sent.map(|mail| mail.to.as_str().split('@').next().unwrap().to_owned()).collect();
        to.sort();
        to
    }

    pub async fn user(&self, role: Role, name: &str) -> User {
        let address = format!("{}@users.example", name.to_lowercase());
        let user = User {
            id: UserId::from_bits(name.bytes().map(u128::from).sum()),
            role,
            client_id: role.is_client().then_some(self.world.client.id),
            name: name.into(),
            email: hdip_core::testkit::email(&address),
            email_key: address,
            version: 0,
            ..self.world.owner.clone()
        };
        self.world.put(&user).await;
        user
    }

    async fn strikes(&self) -> u32 {
        self.world.storage.interviewer_no_shows(self.lena, at("2026-01-01T00:00:00Z")).await.unwrap()
    }
}

pub(crate) fn complaints(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(fields) => fields.into_iter().map(|e| format!("{}:{}", e.field, e.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_absence_that_was_none_is_taken_back_and_the_scorecard_pays_in_full() {
    block_on(async {
        let stage = Stage::no_show().await;
        assert_eq!(stage.sums().await, (80_000, 40_000));
        stage.world.run_until(at("2026-01-06T15:00:00Z")).await;
        stage.correct(Outcome::AwaitingFeedback).await.unwrap();
        assert_eq!(state(&stage.world, stage.interview).await, InterviewState::AwaitingFeedback);
        assert_eq!(stage.sums().await, (0, 0));
        assert_eq!(stage.status().await, ApplicationStatus::Interviewing);
        assert_eq!(stage.mailed("outcome_corrected"), ["asha.rao", "lena", "mira", "omar"]);

        // Six hours after the end: what was lost is not deducted.
        stage.world.run_for(minutes(50)).await;
        let hdip = &stage.world.hdip;
        hdip.submit_scorecard(&stage.lena(), stage.interview, Some(full())).await.unwrap();
        assert_eq!(stage.sums().await, (300_000, 180_000));
        assert_eq!(stage.status().await, ApplicationStatus::DecisionDue);
        let refused = stage.correct(Outcome::CandidateNoShow).await.unwrap_err();
        assert_eq!(refused.code(), "scorecard_filed");

        // Nothing was changed: the old lines are there, each with its counter-entry.
        let charges = stage.charges().await;
        let of = |kind| {
            charges.iter().filter(|c| c.kind == kind).map(|c| c.amount.amount_minor).collect::<Vec<_>>()
        };
        assert_eq!(of(OutcomeKind::CandidateNoShow), [-80_000, 80_000]);
        assert_eq!(of(OutcomeKind::Completed), [300_000]);
    });
}

#[test]
fn absences_become_each_other_with_their_money_and_their_strikes() {
    block_on(async {
        let stage = Stage::no_show().await;
        stage.correct(Outcome::InterviewerNoShow).await.unwrap();
        assert_eq!((stage.sums().await, stage.strikes().await), ((0, 0), 1));
        stage.correct(Outcome::CandidateNoShow).await.unwrap();
        assert_eq!((stage.sums().await, stage.strikes().await), ((80_000, 40_000), 0));
        stage.correct(Outcome::ClosedWithoutFeedback).await.unwrap();
        stage.correct(Outcome::CandidateNoShow).await.unwrap();
        // Booked three times, taken back twice: every line has a key of its own.
        assert_eq!(stage.sums().await, (80_000, 40_000));
        assert_eq!(stage.charges().await.len(), 5);
        let same = stage.correct(Outcome::CandidateNoShow).await.unwrap_err();
        assert_eq!(same.code(), "outcome_not_possible");
        let never = stage.correct(Outcome::LateCancellation).await.unwrap_err();
        assert_eq!(never.code(), "outcome_not_possible");
    });
}

#[test]
fn a_cancellation_is_late_or_free_as_the_operator_finds() {
    block_on(async {
        let stage = Stage::new().await;
        stage.world.run_until(at("2026-01-06T06:30:00Z")).await;
        let cancel = Cancel { reason: None, late_ok: true };
        stage.world.hdip.cancel_interview(&stage.world.as_owner(), stage.interview, cancel).await.unwrap();
        assert_eq!(stage.sums().await, (80_000, 40_000));
        assert_eq!(
            stage.correct(Outcome::LateCancellation).await.unwrap_err().code(),
            "outcome_not_possible"
        );
        stage.correct(Outcome::OperatorCancellation).await.unwrap();
        assert_eq!(stage.sums().await, (0, 0));
        assert_eq!(stage.world.get::<Interview>(stage.interview).await.state_by, Side::Operator);
        stage.correct(Outcome::LateCancellation).await.unwrap();
        assert_eq!(stage.sums().await, (80_000, 40_000));
        let no_show = stage.correct(Outcome::CandidateNoShow).await.unwrap_err();
        assert_eq!(no_show.code(), "outcome_not_possible");
    });
}

#[test]
fn an_outcome_is_not_reopened_once_the_round_has_moved_on() {
    block_on(async {
        let stage = Stage::no_show().await;
        stage.world.run_until(at("2026-01-06T10:00:00Z")).await;
        request(&stage.world, &stage.application, at("2026-01-08T08:00:00Z")).await;
        let refused = stage.correct(Outcome::AwaitingFeedback).await.unwrap_err();
        assert_eq!(refused.code(), "application_moved_on");
        assert_eq!(stage.sums().await, (80_000, 40_000));
    });
}

async fn grant(stage: &Stage, amount: u32) -> GrantId {
    let grant =
        GiveGrant { kind: GrantKind::FreeInterviews, amount, expires_at: None, reason: "goodwill".into() };
    let client = stage.world.client.id;
    stage.world.hdip.give_grant(&stage.operator(), client, grant).await.unwrap().output
}

#[test]
fn a_free_interview_is_used_by_a_completed_one_only_and_given_back_when_it_did_not_count() {
    block_on(async {
        let stage = Stage::no_show().await;
        let world = &stage.world;
        let id = grant(&stage, 1).await;
        world.drain().await;
        assert_eq!(stage.mailed("grant_received"), ["omar"]);
        stage.correct(Outcome::InterviewerNoShow).await.unwrap();
        stage.correct(Outcome::CandidateNoShow).await.unwrap();
        assert_eq!(world.get::<Grant>(id).await.left(), 1, "a late fee does not use it");
        stage.correct(Outcome::AwaitingFeedback).await.unwrap();
        let closing = Closing::Completed;
        world.hdip.close_interview(&stage.operator(), stage.interview, closing, "by phone").await.unwrap();
        assert_eq!(stage.sums().await, (0, 180_000), "the interviewer is paid all the same");
        let charges = stage.charges().await;
        assert_eq!(charges.iter().filter(|c| c.grant_id == Some(id)).count(), 1);
        assert_eq!(world.get::<Grant>(id).await.left(), 0);

        // The next one is charged.
        let bela = world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await;
        let next = request(world, &bela, at("2026-01-08T08:00:00Z")).await;
        accept(world, next, stage.lena).await.unwrap();
        world.run_until(at("2026-01-08T09:30:00Z")).await;
        world.hdip.submit_scorecard(&stage.lena(), next, Some(full())).await.unwrap();
        assert_eq!(crate::flow::money(world, next).await.0, [300_000]);

        // Found not to count, it is free for another.
        stage.correct(Outcome::ClosedWithoutFeedback).await.unwrap();
        assert_eq!((world.get::<Grant>(id).await.left(), stage.sums().await), (1, (0, 0)));
        assert_eq!(stage.status().await, ApplicationStatus::ToSchedule);
    });
}

#[test]
fn a_grant_that_is_over_when_the_interview_begins_is_not_used() {
    block_on(async {
        let stage = Stage::new().await;
        let world = &stage.world;
        let over = GiveGrant {
            kind: GrantKind::FreeInterviews,
            amount: 5,
            expires_at: Some(at("2026-01-06T08:00:00Z")),
            reason: "trial".into(),
        };
        world.hdip.give_grant(&stage.operator(), world.client.id, over.clone()).await.unwrap();
        world.run_until(at("2026-01-06T09:30:00Z")).await;
        world.hdip.submit_scorecard(&stage.lena(), stage.interview, Some(full())).await.unwrap();
        assert_eq!(stage.sums().await.0, 300_000, "it begins when the grant ends");
        let past = world.hdip.give_grant(&stage.operator(), world.client.id, over).await.unwrap_err();
        assert_eq!(complaints(past), ["expires_at:in_the_past"]);
    });
}

#[test]
fn a_charge_is_waived_once_within_what_is_left_and_by_admins_only() {
    block_on(async {
        let stage = Stage::no_show().await;
        let (hdip, operator) = (&stage.world.hdip, stage.operator());
        let charge = stage.charges().await[0].id;
        let moderator = stage.user(Role::PlatformModerator, "Mo").await;
        let moderator = stage.world.as_user(&moderator);
        let refused = hdip.waive_charge(&moderator, charge, None, "goodwill").await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        let refused = hdip.waive_charge(&stage.world.as_owner(), charge, None, "goodwill").await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        for (amount, reason, wanted) in [
            (Some(80_001), "goodwill", "amount_minor:out_of_range"),
            (Some(0), "goodwill", "amount_minor:out_of_range"),
            (None, "ok", "reason:too_short"),
        ] {
            let refused = hdip.waive_charge(&operator, charge, amount, reason).await.unwrap_err();
            assert_eq!(complaints(refused), [wanted]);
        }
        let counter = hdip.waive_charge(&operator, charge, Some(30_000), "goodwill").await.unwrap().output;
        stage.world.drain().await;
        assert_eq!(stage.sums().await, (50_000, 40_000), "the interviewer's pay is not touched");
        let mail = stage.world.mail.sent().into_iter().find(|mail| mail.kind == "fee_waived").unwrap();
        assert!(mail.to.as_str().starts_with("omar") && mail.subject.contains("300.00"), "{}", mail.subject);
        let twice = hdip.waive_charge(&operator, charge, None, "goodwill").await.unwrap_err();
        assert_eq!(twice.code(), "already_waived");
        let counter = hdip.waive_charge(&operator, counter, None, "goodwill").await.unwrap_err();
        assert_eq!(counter.code(), "nothing_to_waive");

        // What is corrected away afterwards takes back only what is left.
        stage.correct(Outcome::InterviewerNoShow).await.unwrap();
        assert_eq!(stage.sums().await, (0, 0));
        // The reason is the desk's, the fact the client's.
        let about = || AuditFilter { subject: Some(stage.interview.to_string()), ..Default::default() };
        let page = Page::default();
        let seen = hdip.audit_trail(&stage.world.as_owner(), about(), &page).await.unwrap().items;
        let waived = seen.iter().find(|entry| entry.action == "desk.waive_charge").unwrap();
        assert_eq!(waived.reason, None);
        let seen = hdip.audit_trail(&operator, about(), &page).await.unwrap().items;
        let waived = seen.iter().find(|entry| entry.action == "desk.waive_charge").unwrap();
        assert_eq!(waived.reason.as_deref(), Some("goodwill"));
    });
}

#[test]
fn feedback_that_is_put_off_costs_nothing_and_is_closed_later() {
    block_on(async {
        let stage = Stage::new().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let (operator, until) = (stage.operator(), at("2026-01-07T08:00:00Z"));
        let early = hdip.extend_feedback(&operator, stage.interview, until, "was ill").await.unwrap_err();
        assert_eq!(early.code(), "wrong_interview_state");
        world.run_until(at("2026-01-06T09:30:00Z")).await;
        let until = at("2026-01-09T12:00:00Z");
        for wrong in ["2026-01-06T09:30:00Z", "2026-01-21T09:30:00Z"] {
            let refused = hdip.extend_feedback(&stage.operator(), stage.interview, at(wrong), "ill").await;
            assert_eq!(complaints(refused.unwrap_err()), ["until:out_of_range"]);
        }
        hdip.extend_feedback(&stage.operator(), stage.interview, until, "the interviewer is ill")
            .await
            .unwrap();
        world.drain().await;
        assert_eq!(stage.mailed("feedback_extended"), ["lena"]);
        world.run_until(until).await;
        assert_eq!(stage.mailed("feedback_overdue"), ["lena"], "nobody was reminded before");
        let form = hdip.scorecard_form(&stage.lena(), stage.interview).await.unwrap();
        assert_eq!(form.deduction_now.unwrap().amount_minor, 0);
        world.run_until(until + hours(71)).await;
        assert_eq!(state(world, stage.interview).await, InterviewState::AwaitingFeedback);
        world.run_until(until + hours(72)).await;
        assert_eq!(state(world, stage.interview).await, InterviewState::ClosedWithoutFeedback);
        // And it can be had back.
        stage.correct(Outcome::AwaitingFeedback).await.unwrap();
        hdip.submit_scorecard(&stage.lena(), stage.interview, Some(full())).await.unwrap();
        assert_eq!(stage.sums().await, (300_000, 180_000));
    });
}
