//! Scorecards, the feedback clock, results, ratings, decisions.

use crate::flow::{accept, money, request, state};
use hdip_core::access::{Actor, LinkPurpose, User};
use hdip_core::feedback::*;
use hdip_core::hiring::*;
use hdip_core::interviewers::Interviewer;
use hdip_core::ports::storage::Changes;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on, zone};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Stage {
    world: World,
    round: Round,
    interviewer: InterviewerId,
    application: Application,
    interview: InterviewId,
}

impl Stage {
    /// An interview on Tuesday 2026-01-06, 08:00 to 09:00 UTC (09:00 in Berlin), confirmed by Lena.
    async fn new() -> Self {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (_, round) = world.job().await;
        let interviewer = world.interviewer("Lena", "Europe/Berlin").await.id;
        let application = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &application, at("2026-01-06T08:00:00Z")).await;
        accept(&world, interview, interviewer).await.unwrap();
        Self { world, round, interviewer, application, interview }
    }

    /// The same, after its end.
    async fn ended() -> Self {
        let stage = Self::new().await;
        stage.world.run_until(at("2026-01-06T09:00:00Z")).await;
        stage
    }

    fn lena(&self) -> Ctx {
        self.world.as_interviewer(self.interviewer)
    }

    async fn submit(&self, body: ScorecardBody) -> Result<SubmittedCard, Error> {
        let done = self.world.hdip.submit_scorecard(&self.lena(), self.interview, Some(body)).await?;
        self.world.drain().await;
        Ok(done.output)
    }

    async fn status(&self) -> ApplicationStatus {
        self.world.get::<Application>(self.application.id).await.status
    }

    fn mails(&self, kind: &str) -> Vec<String> {
        let sent = self.world.mail.sent().into_iter().filter(|mail| mail.kind == kind);
        sent.map(|mail| mail.to.as_str().split('@').next().unwrap().to_owned()).collect()
    }
}

pub(crate) fn full() -> ScorecardBody {
    let skill = |name: &str, score| SkillFeedback {
        skill: name.into(),
        level: Some(3),
        score: Some(score),
        summary: "Solid, explains trade-offs.".into(),
        questions: vec![AskedQuestion { question: "What is a lock?".into(), answer: "…".into() }],
    };
    ScorecardBody {
        skills: vec![skill("postgresql", 70), skill("rust", 85)],
        evaluation: vec![EvaluationFeedback { row: COMMUNICATION.into(), grade: Some(Grade::Good) }],
        strengths: "Clear".into(),
        improvements: "Tests".into(),
        overall_score: None,
        recommendation: Some(Recommendation::Recommended),
        link: None,
    }
}

fn complaints(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(fields) => fields.into_iter().map(|e| format!("{}:{}", e.field, e.code)).collect(),
        other => panic!("{other:?}"),
    }
}

/// Worked by hand. Nights are 23:00 to 09:00 of the interviewer's wall clock.
#[test]
fn the_clock_does_not_run_at_night_whatever_the_zone_and_the_season() {
    const NIGHT: (u32, u32) = (23, 9);
    // zone, from, to, counted minutes
    let table = [
        // By day every minute counts: 10:00 to 12:30 in Kolkata.
        ("Asia/Kolkata", "2026-01-06T04:30:00Z", "2026-01-06T07:00:00Z", 150),
        // 22:00 to 10:00: one hour before the night, one after.
        ("Asia/Kolkata", "2026-01-06T16:30:00Z", "2026-01-07T04:30:00Z", 120),
        // Wholly in the night: 23:00 to 09:00 exactly.
        ("Asia/Kolkata", "2026-01-06T17:30:00Z", "2026-01-07T03:30:00Z", 0),
        // From inside the night (02:00) to 09:30.
        ("Asia/Kolkata", "2026-01-06T20:30:00Z", "2026-01-07T04:00:00Z", 30),
        // Two nights: Monday 20:00 to Wednesday 10:00 = 38 h less 20 h.
        ("Europe/Berlin", "2026-01-05T19:00:00Z", "2026-01-07T09:00:00Z", 18 * 60),
        // Clocks go forward in Berlin on 29 March: 22:00 to 10:00 is 11 h, the night 9 h of them.
        ("Europe/Berlin", "2026-03-28T21:00:00Z", "2026-03-29T08:00:00Z", 120),
        // Clocks go back on 25 October: 22:00 to 10:00 is 13 h, the night 11 h of them.
        ("Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T09:00:00Z", 120),
        // New York, 8 March, forward: Saturday 22:30 to Sunday 09:30 is 10 h, the night 9 h.
        ("America/New_York", "2026-03-08T03:30:00Z", "2026-03-08T13:30:00Z", 60),
        // Lord Howe moves by half an hour on 5 April: 22:00 (+11) to 10:00 (+10:30) is 12.5 h, the night 10.5 h.
        ("Australia/Lord_Howe", "2026-04-04T11:00:00Z", "2026-04-04T23:30:00Z", 120),
        // Nothing has passed.
        ("Asia/Kolkata", "2026-01-06T07:00:00Z", "2026-01-06T07:00:00Z", 0),
    ];
    for (name, from, to, wanted) in table {
        let counted = counted_time(at(from), at(to), zone(name), NIGHT);
        assert_eq!(counted.num_minutes(), wanted, "{name} {from} to {to}");
    }
    // Without a night everything counts.
    assert_eq!(
        counted_time(at("2026-01-06T20:00:00Z"), at("2026-01-07T20:00:00Z"), zone("UTC"), (0, 0)),
        hours(24)
    );
}

#[test]
fn filing_late_costs_by_the_table_and_never_more_than_the_earning() {
    let policy = hdip_core::policy::Policy::default();
    let table = &policy.feedback_deductions[&Currency::Inr];
    let second = Duration::seconds(1);
    for (counted, rupees) in [
        (minutes(0), 0),
        (hours(1), 0),
        (hours(1) + second, 100),
        (hours(2), 100),
        (hours(2) + second, 300),
        (hours(3), 300),
        (hours(3) + second, 500),
        (hours(5), 500),
        (hours(5) + second, 700),
        (hours(8), 700),
        (hours(8) + second, 1000),
        (days(3), 1000),
    ] {
        assert_eq!(deduction_minor(table, counted, 180_000), rupees * 100, "{counted}");
    }
    assert_eq!(deduction_minor(table, days(1), 60_000), 60_000);
    // A draft moves the reference when it is there within 100 minutes of the end; a later one moves nothing.
    let end = at("2026-01-06T09:00:00Z");
    assert_eq!(reference(end, None), end);
    assert_eq!(reference(end, Some(end + minutes(100))), end + minutes(100));
    assert_eq!(reference(end, Some(end + minutes(101))), end);
    assert_eq!(reference(end, Some(end - minutes(5))), end, "never before the end");
}

#[test]
fn a_scorecard_completes_the_interview_and_tells_everybody_once() {
    block_on(async {
        let stage = Stage::ended().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let form = hdip.scorecard_form(&stage.lena(), stage.interview).await.unwrap();
        let skills: Vec<_> = form.rubric.skills.iter().map(|skill| skill.name.as_str()).collect();
        assert_eq!(skills, ["postgresql", "rust"], "without a rubric: the job's mandatory skills");
        assert_eq!(form.due_at, Some(at("2026-01-06T10:00:00Z")));

        world.run_until(at("2026-01-06T10:00:00Z")).await;
        assert_eq!(stage.mails("feedback_overdue"), ["lena"]);
        let filed = stage.submit(full()).await.unwrap();
        assert_eq!((filed.number, filed.deduction.map(|d| d.amount_minor)), (1, Some(0)), "an hour is free");
        assert_eq!(state(world, stage.interview).await, InterviewState::Completed);
        assert_eq!(money(world, stage.interview).await, (vec![300_000], vec![180_000]));
        assert_eq!(stage.status().await, ApplicationStatus::DecisionDue);
        assert_eq!(stage.submit(full()).await.unwrap_err().code(), "scorecard_submitted");

        let result = hdip.interview_result(&world.as_owner(), stage.interview).await.unwrap();
        assert_eq!((result.body.overall_score, result.recommended_score, result.number), (Some(78), 80, 1));
        assert_eq!(result.interviewer.unwrap().company.as_deref(), Some("Globex"));
        assert_eq!(stage.mails("report_released"), ["omar"]);
        assert_eq!(stage.mails("feedback_submitted"), ["mira"]);
        assert_eq!(stage.mails("rate_interviewer"), ["asha.rao"]);
        // Nothing of the clock is left; the client is reminded to decide after three days.
        world.run_for(days(4)).await;
        assert_eq!(stage.mails("feedback_overdue").len(), 1);
        assert_eq!(stage.mails("decision_due"), ["omar"]);
    });
}

#[test]
fn filing_late_is_deducted_in_the_commit_of_the_submission() {
    block_on(async {
        let stage = Stage::ended().await;
        // 09:00 to 11:30 UTC in Berlin, by day: two and a half hours.
        stage.world.run_until(at("2026-01-06T11:30:00Z")).await;
        let form = stage.world.hdip.scorecard_form(&stage.lena(), stage.interview).await.unwrap();
        assert_eq!(form.deduction_now, Some(Money::major(300, Currency::Inr)));
        let filed = stage.submit(full()).await.unwrap();
        assert_eq!(filed.deduction, Some(Money::major(300, Currency::Inr)));
        // The client pays the same, whenever it was filed.
        assert_eq!(money(&stage.world, stage.interview).await, (vec![300_000], vec![150_000]));
    });
}

#[test]
fn an_operator_is_alerted_a_day_later_and_the_interview_closed_after_three() {
    block_on(async {
        let stage = Stage::ended().await;
        stage.world.run_until(at("2026-01-07T10:00:00Z")).await;
        assert_eq!(stage.mails("feedback_overdue"), ["lena", "mira"]);
        stage.world.run_until(at("2026-01-09T10:00:00Z")).await;
        assert_eq!(state(&stage.world, stage.interview).await, InterviewState::ClosedWithoutFeedback);
        let late = stage.submit(full()).await.unwrap_err();
        assert_eq!(late.code(), "wrong_interview_state");
        assert_eq!(money(&stage.world, stage.interview).await, (vec![], vec![]));
    });
}

#[test]
fn two_windows_never_overwrite_each_others_draft() {
    block_on(async {
        let stage = Stage::ended().await;
        let hdip = &stage.world.hdip;
        let save = |text: &str, expected| {
            let body = ScorecardBody { strengths: text.into(), ..Default::default() };
            let ctx = stage.lena();
            async move { hdip.save_scorecard_draft(&ctx, stage.interview, SaveDraft { body, expected }).await }
        };
        let first = save("a", None).await.unwrap().output;
        let second = save("b", Some(first.version)).await.unwrap().output;
        assert_eq!((first.id, first.version + 1), (second.id, second.version));
        assert_eq!(save("c", Some(first.version)).await.unwrap_err().code(), "stale");
        let form = hdip.scorecard_form(&stage.lena(), stage.interview).await.unwrap();
        let draft = form.draft.unwrap();
        assert_eq!((draft.body.strengths.as_str(), draft.version), ("b", second.version));
        // What is saved is what a submission without a body files; it is incomplete, and every gap is named.
        let gaps = hdip.submit_scorecard(&stage.lena(), stage.interview, None).await.unwrap_err();
        assert_eq!(
            complaints(gaps),
            [
                "skills[0]:required",
                "skills[1]:required",
                "evaluation:required",
                "improvements:required",
                "recommendation:required"
            ]
        );
        assert_eq!(state(&stage.world, stage.interview).await, InterviewState::AwaitingFeedback);
    });
}

#[test]
fn what_does_not_fit_the_rubric_is_refused_by_field() {
    block_on(async {
        let stage = Stage::ended().await;
        let mut body = full();
        body.skills[0].level = Some(5);
        body.skills[1].score = Some(101);
        body.skills.push(SkillFeedback { skill: "juggling".into(), ..Default::default() });
        body.evaluation.push(EvaluationFeedback { row: "Charm".into(), grade: Some(Grade::Good) });
        body.strengths = "x".repeat(801);
        body.link = Some("javascript:alert(1)".into());
        assert_eq!(
            complaints(stage.submit(body).await.unwrap_err()),
            [
                "skills[0].level:out_of_range",
                "skills[1].score:out_of_range",
                "skills[2].skill:unknown_skill",
                "evaluation[1].row:unknown_row",
                "strengths:too_long",
                "link:invalid_link"
            ]
        );
    });
}

#[test]
fn an_interview_keeps_the_rubric_it_was_requested_under() {
    block_on(async {
        let stage = Stage::new().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let rubric = |name: &str| NewRubric {
            skills: vec![NewRubricSkill { name: name.into(), levels: vec!["no".into(), "yes".into()] }],
            evaluation_rows: vec!["Ownership".into()],
            questions: vec![PlannedQuestion {
                question: "Why?".into(),
                minutes: 10,
                guideline: String::new(),
            }],
        };
        hdip.set_rubric(&world.as_owner(), stage.round.id, rubric("Design")).await.unwrap();
        let form = hdip.scorecard_form(&stage.lena(), stage.interview).await.unwrap();
        assert_eq!(form.rubric.number, 0, "it came later");
        let bela = world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await;
        let second = request(world, &bela, at("2026-01-06T10:00:00Z")).await;
        accept(world, second, stage.interviewer).await.unwrap();
        hdip.set_rubric(&world.as_owner(), stage.round.id, rubric("Debugging")).await.unwrap();
        let form = hdip.scorecard_form(&stage.lena(), second).await.unwrap();
        assert_eq!((form.rubric.number, form.rubric.skills[0].name.as_str()), (1, "Design"));
        assert_eq!(hdip.rubric(&world.as_owner(), stage.round.id).await.unwrap().number, 2);
        let twice =
            NewRubric { skills: vec![], evaluation_rows: vec!["communication".into()], questions: vec![] };
        let refused = hdip.set_rubric(&world.as_owner(), stage.round.id, twice).await.unwrap_err();
        assert_eq!(complaints(refused), ["skills:wrong_count", "evaluation_rows[0]:duplicate"]);
    });
}

#[test]
fn a_correction_is_a_version_of_its_own_and_the_newest_counts() {
    block_on(async {
        let stage = Stage::ended().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let correct = |reason: &str, body| CorrectScorecard { body, reason: reason.into() };
        let early = hdip.correct_scorecard(&stage.lena(), stage.interview, correct("typo", full())).await;
        assert_eq!(early.unwrap_err().code(), "scorecard_not_submitted");
        stage.submit(full()).await.unwrap();
        let better = ScorecardBody { recommendation: Some(Recommendation::HighlyRecommended), ..full() };
        let silent =
            hdip.correct_scorecard(&stage.lena(), stage.interview, correct(" ", better.clone())).await;
        assert_eq!(complaints(silent.unwrap_err()), ["reason:required"]);
        let done = hdip.correct_scorecard(&stage.lena(), stage.interview, correct("mixed up", better)).await;
        assert_eq!(done.unwrap().output.number, 2);
        world.drain().await;
        let result = hdip.interview_result(&world.as_owner(), stage.interview).await.unwrap();
        assert_eq!(result.body.recommendation, Some(Recommendation::HighlyRecommended));
        assert_eq!((result.number, result.correction_reason.as_deref()), (2, Some("mixed up")));
        let mut told = stage.mails("report_corrected");
        told.sort();
        assert_eq!(told, ["mira", "omar"]);
        let form = hdip.scorecard_form(&stage.lena(), stage.interview).await.unwrap();
        assert_eq!(form.submitted.iter().map(|card| card.number).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(money(world, stage.interview).await.1, [180_000], "paid once");
    });
}

#[test]
fn nobody_else_reads_the_form_or_files_it_and_nobody_foreign_sees_the_result() {
    block_on(async {
        let stage = Stage::ended().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let other = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        for ctx in [world.as_interviewer(other), world.as_owner(), hdip.ctx(Actor::Anonymous)] {
            let form = hdip.scorecard_form(&ctx, stage.interview).await.unwrap_err();
            assert_eq!(form.code(), "not_found");
            let filed = hdip.submit_scorecard(&ctx, stage.interview, Some(full())).await.unwrap_err();
            assert_eq!(filed.code(), "not_found");
        }
        stage.submit(full()).await.unwrap();
        let stranger = User { client_id: Some(ClientId::from_bits(99)), ..world.owner.clone() };
        let foreign = hdip.interview_result(&world.as_user(&stranger), stage.interview).await.unwrap_err();
        assert_eq!(foreign.code(), "not_found");
        let theirs = hdip.interview_result(&stage.lena(), stage.interview).await.unwrap_err();
        assert_eq!(theirs.code(), "forbidden");
    });
}

#[test]
fn agencies_see_results_of_their_own_unless_the_client_keeps_them() {
    block_on(async {
        let stage = Stage::ended().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        stage.submit(full()).await.unwrap();
        let mut changes = Changes::new();
        let application: Application = world.get(stage.application.id).await;
        let agency = world.agency("Best Hires").await;
        changes.update(&Application { agency_id: Some(agency.id), ..application });
        world.storage.commit(changes).await.unwrap();
        let agent = world.agency_user(&agency, "a@best.example").await;
        let ctx = world.as_user(&agent);
        let result = hdip.interview_result(&ctx, stage.interview).await.unwrap();
        assert!(result.interviewer.is_none(), "not who interviewed");
        let mut client = world.client.clone();
        client.agencies_see_results = false;
        let mut changes = Changes::new();
        changes.update(&client);
        world.storage.commit(changes).await.unwrap();
        assert_eq!(hdip.interview_result(&ctx, stage.interview).await.unwrap_err().code(), "not_found");
        assert!(hdip.interview_result(&world.as_owner(), stage.interview).await.is_ok());
    });
}

#[test]
fn a_candidate_rates_once_and_the_mean_goes_into_ranking() {
    block_on(async {
        let stage = Stage::ended().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let mut changes = Changes::new();
        let lena: Interviewer = world.get(stage.interviewer).await;
        changes.update(&Interviewer { rating_hundredths: Some(400), ratings: 2, ..lena });
        world.storage.commit(changes).await.unwrap();
        stage.submit(full()).await.unwrap();
        let key = format!(
            "{}:{}:{}",
            LinkPurpose::Rating.as_str(),
            stage.interview,
            stage.application.candidate_id
        );
        let link = world.storage.link_by_key(&key).await.unwrap().unwrap();
        let ctx = hdip.ctx(hdip.open_link(&hdip.link_token(&link)).await.unwrap());
        let stars = |stars| RateInterviewer { stars, comment: Some("kind".into()) };
        let bad = hdip.rate_interviewer(&ctx, stage.interview, stars(6)).await.unwrap_err();
        assert_eq!(complaints(bad), ["stars:out_of_range"]);
        hdip.rate_interviewer(&ctx, stage.interview, stars(5)).await.unwrap();
        let again = hdip.rate_interviewer(&ctx, stage.interview, stars(1)).await.unwrap_err();
        assert_eq!(again.code(), "already_rated");
        let lena: Interviewer = world.get(stage.interviewer).await;
        assert_eq!((lena.rating_hundredths, lena.ratings), (Some(433), 3), "(4 + 4 + 5) / 3");
        let owner = hdip.rate_interviewer(&world.as_owner(), stage.interview, stars(1)).await.unwrap_err();
        assert_eq!(owner.code(), "not_found");
        let page = Default::default();
        assert_eq!(
            hdip.ratings(&world.as_operator(), stage.interviewer, &page).await.unwrap().items.len(),
            1
        );
        assert_eq!(
            hdip.ratings(&stage.lena(), stage.interviewer, &page).await.unwrap_err().code(),
            "forbidden"
        );
    });
}

fn verdict(verdict: Verdict) -> Decide {
    Decide { verdict, rejected_by: None, reason: None, not_recommended_ok: false }
}

#[test]
fn the_client_decides_round_by_round_to_the_offer() {
    block_on(async {
        let stage = Stage::ended().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let decide = |what| {
            let ctx = world.as_owner();
            async move { hdip.decide_application(&ctx, stage.application.id, what).await.map(|done| done.output) }
        };
        assert_eq!(decide(verdict(Verdict::Select)).await.unwrap_err().code(), "wrong_application_status");
        stage
            .submit(ScorecardBody { recommendation: Some(Recommendation::NotRecommended), ..full() })
            .await
            .unwrap();
        // There is one round; a second one, added now, becomes the next.
        let yes = Decide { not_recommended_ok: true, ..verdict(Verdict::Advance) };
        assert_eq!(decide(yes.clone()).await.unwrap_err().code(), "no_next_round");
        let second = NewRound { name: "Design".into(), duration_minutes: 30, ..Default::default() };
        let second = hdip.add_round(&world.as_owner(), stage.round.job_id, second).await.unwrap().output;
        let unsure = decide(verdict(Verdict::Advance)).await.unwrap_err();
        assert_eq!(unsure.code(), "not_recommended_not_confirmed");
        assert_eq!(decide(yes).await.unwrap(), ApplicationStatus::ToSchedule);
        assert_eq!(world.get::<Application>(stage.application.id).await.round_id, second);
        // The interviewer of the first round has met the candidate.
        let offer = hdip.slots(&world.as_owner(), stage.application.id, None, None).await.unwrap();
        assert_eq!((offer.duration_minutes, offer.starts.len()), (30, 0));

        let reject = Decide {
            rejected_by: Some(RejectedBy::HiringManager),
            reason: Some("budget".into()),
            ..verdict(Verdict::Reject)
        };
        assert_eq!(decide(reject).await.unwrap(), ApplicationStatus::Rejected);
        let rejected: Application = world.get(stage.application.id).await;
        assert_eq!(
            (rejected.rejected_by, rejected.decision_reason.as_deref()),
            (Some(RejectedBy::HiringManager), Some("budget"))
        );
        assert_eq!(rejected.live_key, None, "the person can be submitted again");
        let stray = Decide { rejected_by: Some(RejectedBy::Round), ..verdict(Verdict::Select) };
        assert_eq!(complaints(decide(stray).await.unwrap_err()), ["rejected_by:not_allowed"]);
    });
}

#[test]
fn many_are_decided_at_once_each_on_its_own() {
    block_on(async {
        let stage = Stage::ended().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        stage.submit(full()).await.unwrap();
        let idle = world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await;
        let ids = [stage.application.id, idle.id, ApplicationId::from_bits(9)];
        let all = hdip.decide_applications(&world.as_owner(), &ids, &verdict(Verdict::Select)).await.unwrap();
        let codes: Vec<_> =
            all.iter().map(|d| d.outcome.as_ref().map_err(|(code, _)| *code).copied()).collect();
        assert_eq!(
            codes,
            [Ok(ApplicationStatus::Selected), Err("wrong_application_status"), Err("not_found")]
        );
        let offer = |what| async move {
            let one = hdip.decide_applications(&world.as_owner(), &ids[..1], &verdict(what)).await.unwrap();
            one[0].outcome.clone().unwrap()
        };
        assert_eq!(offer(Verdict::Offer).await, ApplicationStatus::Offered);
        assert_eq!(offer(Verdict::OfferDeclined).await, ApplicationStatus::OfferDeclined);
        let none =
            hdip.decide_applications(&world.as_owner(), &[], &verdict(Verdict::Select)).await.unwrap_err();
        assert_eq!(complaints(none), ["application_ids:wrong_count"]);
        // Who decides on nothing is told so once.
        let refused = hdip.decide_applications(&stage.lena(), &ids, &verdict(Verdict::Select)).await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
    });
}
