//! The main job end to end on in-memory ports, with the clock moved: who hears what, exactly.

use hdip_core::access::LinkPurpose;
use hdip_core::hiring::{Application, ApplicationStatus};
use hdip_core::ports::{Message, Method};
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use hdip_core::{Error, ports::storage::Page};
use std::collections::BTreeMap;
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

/// 2026-01-06 (Tuesday) at that UTC time.
fn tuesday(time: &str) -> Timestamp {
    format!("2026-01-06T{time}:00Z").parse().unwrap()
}

pub(crate) fn pick(start: Timestamp) -> StartChoice {
    StartChoice::Picked(Pick { start, odd_hours_ok: false })
}

pub(crate) async fn request(world: &World, application: &Application, start: Timestamp) -> InterviewId {
    let request = RequestInterview { application: application.id, start: pick(start), consents: None };
    let id = world.hdip.request_interview(&world.as_owner(), request).await.unwrap().output.interview_id;
    world.drain().await;
    id
}

pub(crate) async fn invitation_of(world: &World, interview: InterviewId, who: InterviewerId) -> Invitation {
    let all = world.storage.invitations(interview).await.unwrap();
    all.into_iter().find(|i| i.interviewer_id == who).expect("was invited")
}

pub(crate) async fn accept(world: &World, interview: InterviewId, who: InterviewerId) -> Result<(), Error> {
    let invitation = invitation_of(world, interview, who).await;
    let done = world.hdip.accept_invitation(&world.as_interviewer(who), invitation.id).await;
    world.drain().await;
    done.map(|_| ())
}

/// `kind → recipient`, with the calendar entry's method, side and SEQUENCE where there is one.
fn line(message: &Message) -> String {
    let mut line = format!("{} → {}", message.kind, message.to.as_str().split('@').next().unwrap());
    if let Some(object) = &message.calendar {
        let field = |name: &str| {
            let unfolded = object.text.replace("\r\n ", "");
            let found = unfolded.lines().find_map(|l| l.strip_prefix(name).map(str::to_owned));
            found.unwrap_or_default()
        };
        line += &format!(" [{} {}]", object.method.as_str(), field("SEQUENCE:"));
        assert!(field("UID:").contains('@'), "an entry has a UID: {}", object.text);
    }
    line
}

fn mails(world: &World, since: usize) -> Vec<String> {
    world.mail.sent()[since..].iter().map(line).collect()
}

fn sorted<const N: usize>(lines: [&str; N]) -> Vec<String> {
    let mut lines: Vec<_> = lines.into_iter().map(str::to_owned).collect();
    lines.sort();
    lines
}

macro_rules! assert_mails {
    ($world:expr, $since:expr, $($line:literal),* $(,)?) => {{
        let mut got = mails(&$world, $since);
        got.sort();
        assert_eq!(got, sorted([$($line),*]));
    }};
}

pub(crate) async fn state(world: &World, id: InterviewId) -> InterviewState {
    world.get::<Interview>(id).await.state
}

pub(crate) async fn money(world: &World, id: InterviewId) -> (Vec<i64>, Vec<i64>) {
    let page = Page::default();
    let scope = hdip_core::access::Scope::Operator;
    let charges = world.storage.charges(&scope, Some(id), &page).await.unwrap();
    let earnings = world.storage.earnings(None, Some(id), &page).await.unwrap();
    (
        charges.iter().map(|c| c.amount.amount_minor).collect(),
        earnings.iter().map(|e| e.amount.amount_minor).collect(),
    )
}

#[test]
fn the_first_to_accept_wins_and_everybody_is_told_once() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let lena = world.interviewer("Lena", "Europe/Berlin").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;

        // 09:00 in Berlin is 13:30 in Kolkata: both are free from then on.
        let offer = world.hdip.slots(&world.as_owner(), asha.id, None, None).await.unwrap();
        let counts: BTreeMap<_, _> = offer.starts.iter().map(|s| (s.start, s.count)).collect();
        assert_eq!(counts.get(&tuesday("07:45")), Some(&1));
        assert_eq!(counts.get(&tuesday("08:00")), Some(&2));

        let interview = request(&world, &asha, tuesday("08:00")).await;
        assert_mails!(
            world,
            0,
            "awaiting_confirmation → asha.rao",
            "interviewer_invitation → lena",
            "interviewer_invitation → ravi",
        );
        let told = world.mail.sent().len();
        accept(&world, interview, lena.id).await.unwrap();
        let late = accept(&world, interview, ravi.id).await.unwrap_err();
        assert_eq!(late.code(), "already_taken");
        accept(&world, interview, lena.id).await.expect("a second click of the winner is no failure");
        assert_mails!(
            world,
            told,
            "interview_confirmed → asha.rao [REQUEST 0]",
            "interview_confirmed → lena [REQUEST 0]",
            "interview_confirmed → mira [REQUEST 0]",
            "interview_confirmed → omar [REQUEST 0]",
        );

        // Reminders, each in the receiver's zone; then the interview runs, and the operator counts it.
        let told = world.mail.sent().len();
        world.run_until(tuesday("09:00")).await;
        assert_mails!(
            world,
            told,
            "reminder → asha.rao",
            "reminder → asha.rao",
            "reminder → asha.rao",
            "reminder → lena",
            "reminder → lena",
            "reminder → lena",
        );
        let reminder = |who: &str| {
            let sent = world.mail.sent();
            sent.iter().find(|m| m.kind == "reminder" && m.to_name.starts_with(who)).cloned().unwrap().text
        };
        assert!(reminder("Asha").contains("13:30 (Asia/Kolkata, UTC+05:30)"), "{}", reminder("Asha"));
        assert!(reminder("Lena").contains("09:00 (Europe/Berlin, UTC+01:00)"), "{}", reminder("Lena"));
        assert_eq!(state(&world, interview).await, InterviewState::AwaitingFeedback);
        world
            .hdip
            .close_interview(&world.as_operator(), interview, Closing::Completed, "scorecard by mail")
            .await
            .unwrap();
        assert_eq!(money(&world, interview).await, (vec![300_000], vec![180_000]));
        let application: Application = world.get(asha.id).await;
        assert_eq!(application.status, ApplicationStatus::DecisionDue);
    });
}

#[test]
fn an_invitation_nobody_takes_expires_through_its_calls_and_the_client_is_told() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let lena = world.interviewer("Lena", "Europe/Berlin").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, tuesday("08:00")).await;
        let invitation = invitation_of(&world, interview, ravi.id).await;
        world
            .hdip
            .decline_invitation(&world.as_interviewer(ravi.id), invitation.id, Decline::default())
            .await
            .unwrap();
        let told = world.mail.sent().len();

        world.run_for(minutes(59)).await;
        assert_mails!(world, told,);
        world.run_for(minutes(1)).await;
        // The second call reaches those who have not answered, not the one who said no.
        assert_mails!(world, told, "interviewer_invitation → lena");
        // Somebody who became free meanwhile is called too.
        world.interviewer("Noor", "Asia/Dubai").await;
        world.run_for(minutes(60)).await;
        assert_mails!(world, told + 1, "interviewer_invitation → lena", "interviewer_invitation → noor",);
        let told = world.mail.sent().len();
        world.run_for(minutes(60)).await;
        assert_mails!(
            world,
            told,
            "nobody_accepted → asha.rao",
            "nobody_accepted → mira",
            "nobody_accepted → omar"
        );
        assert_eq!(state(&world, interview).await, InterviewState::Expired);
        assert_eq!(world.get::<Application>(asha.id).await.status, ApplicationStatus::ToSchedule);
        assert_eq!(accept(&world, interview, lena.id).await.unwrap_err().code(), "invitation_closed");
        assert_eq!(money(&world, interview).await, (vec![], vec![]));
    });
}

#[test]
fn when_everybody_has_declined_the_next_call_does_not_wait() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, tuesday("08:00")).await;
        let invitation = invitation_of(&world, interview, ravi.id).await;
        let decline = Decline { reason: Some("old colleague".into()), conflict_of_interest: true };
        world.hdip.decline_invitation(&world.as_interviewer(ravi.id), invitation.id, decline).await.unwrap();
        world.drain().await;
        // The second call is out at once; it waits its hour for whoever becomes free.
        assert_eq!(world.get::<Interview>(interview).await.calls, 2);
        world.run_for(minutes(120)).await;
        assert_eq!(state(&world, interview).await, InterviewState::Expired);
        // The conflict excludes for good: no start is offered to this candidate by Ravi any more.
        let offer = world.hdip.slots(&world.as_owner(), asha.id, None, None).await.unwrap();
        assert!(offer.starts.is_empty());
    });
}

#[test]
fn early_changes_are_free_and_late_ones_cost() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let first = request(&world, &asha, tuesday("08:00")).await;
        accept(&world, first, ravi.id).await.unwrap();
        let told = world.mail.sent().len();

        // Early: nothing is owed; the old interviewer is released at once, the new start looks for one.
        let consequence = world.hdip.change_consequence(&world.as_owner(), first).await.unwrap();
        assert!(!consequence.late);
        let to = |start| Reschedule { start: pick(start), reason: None, late_ok: false };
        let done =
            world.hdip.reschedule_interview(&world.as_owner(), first, to(tuesday("10:00"))).await.unwrap();
        world.drain().await;
        let second = done.output.interview_id;
        assert_mails!(
            world,
            told,
            "interview_rescheduled → asha.rao [CANCEL 1]",
            "interview_rescheduled → mira [CANCEL 1]",
            "interview_rescheduled → omar [CANCEL 1]",
            "interview_rescheduled → ravi [CANCEL 1]",
            "interviewer_invitation → ravi",
        );
        assert_eq!(world.get::<Interview>(first).await.successor_id, Some(second));
        assert_eq!(money(&world, first).await, (vec![], vec![]));
        accept(&world, second, ravi.id).await.unwrap();

        // Exactly three hours before the start it is late, and must be said yes to.
        world.run_until(tuesday("07:00") - Duration::seconds(1)).await;
        assert!(!world.hdip.change_consequence(&world.as_owner(), second).await.unwrap().late);
        world.run_until(tuesday("07:00")).await;
        let consequence = world.hdip.change_consequence(&world.as_owner(), second).await.unwrap();
        assert_eq!(consequence.charge, Some(Money::major(800, Currency::Inr)));
        let refused =
            world.hdip.cancel_interview(&world.as_owner(), second, Cancel::default()).await.unwrap_err();
        assert_eq!(refused.code(), "late_change_not_confirmed");
        let told = world.mail.sent().len();
        let yes = Cancel { reason: None, late_ok: true };
        world.hdip.cancel_interview(&world.as_owner(), second, yes).await.unwrap();
        world.drain().await;
        assert_mails!(
            world,
            told,
            "interview_cancelled → asha.rao [CANCEL 1]",
            "interview_cancelled → mira [CANCEL 1]",
            "interview_cancelled → omar [CANCEL 1]",
            "interview_cancelled → ravi [CANCEL 1]",
        );
        assert_eq!(money(&world, second).await, (vec![80_000], vec![40_000]));
        // No reminder of either interview goes out any more; that of the link, which is open again, does.
        let told = world.mail.sent().len();
        world.run_for(days(2)).await;
        assert_mails!(world, told, "scheduling_link_reminder → asha.rao");
    });
}

#[test]
fn a_candidate_moves_an_interview_twice_a_round_and_never_sees_an_amount() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let mut interview = request(&world, &asha, tuesday("08:00")).await;
        for start in ["09:00", "10:00"] {
            let ctx = candidate(&world, interview).await;
            let to = Reschedule { start: pick(tuesday(start)), reason: None, late_ok: false };
            interview =
                world.hdip.reschedule_interview(&ctx, interview, to).await.unwrap().output.interview_id;
            world.drain().await;
        }
        accept(&world, interview, ravi.id).await.unwrap();
        let ctx = candidate(&world, interview).await;
        let to = Reschedule { start: pick(tuesday("11:00")), reason: None, late_ok: false };
        let refused = world.hdip.reschedule_interview(&ctx, interview, to).await.unwrap_err();
        assert_eq!(refused.code(), "reschedule_limit");
        world.run_until(tuesday("09:00")).await;
        let ctx = candidate(&world, interview).await;
        let consequence = world.hdip.change_consequence(&ctx, interview).await.unwrap();
        assert_eq!(consequence, Consequence { late: true, charge: None, earning: None });
    });
}

/// The candidate, by the link of an interview.
pub(crate) async fn candidate(world: &World, interview: InterviewId) -> hdip_core::Ctx {
    let row = world.get::<Interview>(interview).await;
    let key = format!("{}:{interview}:{}", LinkPurpose::CandidateInterview.as_str(), row.candidate_id);
    let link = world.storage.link_by_key(&key).await.unwrap().expect("a link was made with the request");
    world.hdip.ctx(world.hdip.open_link(&world.hdip.link_token(&link)).await.unwrap())
}

#[test]
fn a_withdrawn_interviewer_is_replaced_without_the_candidate_hearing_of_it() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let lena = world.interviewer("Lena", "Europe/Berlin").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, tuesday("08:00")).await;
        accept(&world, interview, ravi.id).await.unwrap();
        let told = world.mail.sent().len();
        world.hdip.withdraw_interviewer(&world.as_interviewer(ravi.id), interview, None).await.unwrap();
        world.drain().await;
        assert_mails!(
            world,
            told,
            "interviewer_invitation → lena",
            "interviewer_released → ravi [CANCEL 1]",
            "interviewer_replaced → mira",
            "interviewer_replaced → omar",
        );
        assert_eq!(accept(&world, interview, ravi.id).await.unwrap_err().code(), "invitation_closed");
        let told = world.mail.sent().len();
        accept(&world, interview, lena.id).await.unwrap();
        assert_mails!(world, told, "interview_confirmed → lena [REQUEST 1]");
        // Two hours before the start there is no time left to find somebody: called off, free of charge.
        world.run_until(tuesday("06:00") + minutes(1)).await;
        let told = world.mail.sent().len();
        world.hdip.withdraw_interviewer(&world.as_interviewer(lena.id), interview, None).await.unwrap();
        world.drain().await;
        assert_mails!(
            world,
            told,
            "interview_cancelled → asha.rao [CANCEL 2]",
            "interview_cancelled → lena [CANCEL 2]",
            "interview_cancelled → mira [CANCEL 2]",
            "interview_cancelled → omar [CANCEL 2]",
        );
        assert_eq!(money(&world, interview).await, (vec![], vec![]));
        assert_eq!(invitation_of(&world, interview, lena.id).await.state, InvitationState::WithdrawnLate);
        let application: Application = world.get(asha.id).await;
        assert_eq!(application.status, ApplicationStatus::ToSchedule);
    });
}

#[test]
fn a_candidate_who_stays_away_is_charged_and_an_interviewer_who_does_is_not_paid() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let bela = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let (first, second) =
            (request(&world, &asha, tuesday("08:00")).await, request(&world, &bela, tuesday("10:00")).await);
        accept(&world, first, ravi.id).await.unwrap();
        accept(&world, second, ravi.id).await.unwrap();

        world.run_until(tuesday("08:10") - Duration::seconds(1)).await;
        let report = |id, who| {
            let ctx = world.as_interviewer(ravi.id);
            let world = &world;
            async move { world.hdip.report_no_show(&ctx, id, who, Some("waited in the room".into())).await }
        };
        assert_eq!(report(first, Absent::Candidate).await.unwrap_err().code(), "too_early");
        world.run_until(tuesday("08:10")).await;
        assert_eq!(report(first, Absent::Interviewer).await.unwrap_err().code(), "forbidden");
        let told = world.mail.sent().len();
        report(first, Absent::Candidate).await.unwrap();
        world.drain().await;
        assert_mails!(
            world,
            told,
            "candidate_no_show → asha.rao",
            "candidate_no_show → mira",
            "candidate_no_show → omar",
            "candidate_no_show → ravi",
        );
        assert_eq!(money(&world, first).await, (vec![80_000], vec![40_000]));

        world.run_until(tuesday("10:30")).await;
        let told = world.mail.sent().len();
        let ctx = candidate(&world, second).await;
        world.hdip.report_no_show(&ctx, second, Absent::Interviewer, None).await.unwrap();
        world.drain().await;
        assert_mails!(
            world,
            told,
            "interviewer_no_show → bela.bose",
            "interviewer_no_show → mira",
            "interviewer_no_show → omar",
            "interviewer_no_show → ravi",
        );
        assert_eq!(money(&world, second).await, (vec![], vec![]));
        assert_eq!(world.get::<Application>(bela.id).await.status, ApplicationStatus::ToSchedule);
    });
}

#[test]
fn a_slow_meeting_provider_delays_the_link_and_nothing_else() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, tuesday("08:00")).await;
        let told = world.mail.sent().len();
        world.video.fail_next(2);
        accept(&world, interview, ravi.id).await.unwrap();
        assert_eq!(state(&world, interview).await, InterviewState::Confirmed);
        assert_mails!(
            world,
            told,
            "interview_confirmed → asha.rao [REQUEST 0]",
            "interview_confirmed → mira [REQUEST 0]",
            "interview_confirmed → omar [REQUEST 0]",
            "interview_confirmed → ravi [REQUEST 0]",
        );
        let told = world.mail.sent().len();
        world.run_for(minutes(5)).await;
        assert_mails!(
            world,
            told,
            "meeting_link → asha.rao [REQUEST 1]",
            "meeting_link → mira [REQUEST 1]",
            "meeting_link → omar [REQUEST 1]",
            "meeting_link → ravi [REQUEST 1]",
        );
        let link = world.get::<Interview>(interview).await.meeting.url().unwrap().to_owned();
        assert!(world.mail.sent().last().unwrap().text.contains(&link));
    });
}

#[test]
fn a_mail_whose_outcome_is_unknown_is_repeated_under_the_same_message_id() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        world.mail.lose_next_answers(1);
        request(&world, &asha, tuesday("08:00")).await;
        world.run_for(minutes(5)).await;
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for message in world.mail.sent() {
            *times.entry(message.message_id).or_default() += 1;
        }
        assert_eq!(times.values().copied().collect::<Vec<_>>().iter().sum::<usize>(), 3);
        assert_eq!(times.len(), 2, "one message arrived twice, under one Message-ID");
    });
}

#[test]
fn feedback_that_never_comes_closes_the_interview_for_free() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, tuesday("08:00")).await;
        accept(&world, interview, ravi.id).await.unwrap();
        // Due 60 minutes after the end, closed 72 hours later.
        let closes = tuesday("09:00") + hours(73);
        world.run_until(closes - Duration::seconds(1)).await;
        assert_eq!(state(&world, interview).await, InterviewState::AwaitingFeedback);
        let told = world.mail.sent().len();
        world.run_until(closes).await;
        assert_eq!(state(&world, interview).await, InterviewState::ClosedWithoutFeedback);
        assert_mails!(
            world,
            told,
            "closed_without_feedback → asha.rao",
            "closed_without_feedback → mira",
            "closed_without_feedback → omar",
        );
        // Whoever has met the candidate is not brought together with them again.
        let offer = world.hdip.slots(&world.as_owner(), asha.id, None, None).await.unwrap();
        assert!(offer.starts.is_empty());
        assert_eq!(money(&world, interview).await, (vec![], vec![]));
        assert_eq!(world.get::<Application>(asha.id).await.status, ApplicationStatus::ToSchedule);
    });
}

#[test]
fn nobody_sees_anybody_elses_address() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, tuesday("08:00")).await;
        accept(&world, interview, ravi.id).await.unwrap();
        world.run_until(tuesday("07:55")).await;
        let addresses =
            ["asha.rao@mail.example", "ravi@interviewers.example", "omar@acme.example", "mira@hdip.example"];
        for message in world.mail.sent() {
            let calendar =
                message.calendar.as_ref().map(|object| object.text.replace("\r\n ", "")).unwrap_or_default();
            for address in addresses.iter().filter(|address| **address != message.to.as_str()) {
                for part in [&message.text, &message.html, &message.subject, &calendar] {
                    assert!(
                        !part.contains(address),
                        "{} to {} has {address}",
                        message.kind,
                        message.to.as_str()
                    );
                }
            }
        }
        assert!(
            world
                .mail
                .sent()
                .iter()
                .any(|m| m.calendar.as_ref().is_some_and(|c| c.method == Method::Request))
        );
    });
}
