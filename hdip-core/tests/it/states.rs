//! States: `docs/states.md` says what the code says, and every step that is not in it is refused by the use case
//! that would make it, with its typed code.
//!
//! `INSTA_UPDATE=always cargo test -p hdip-core --all-features --test it states` writes the document anew.

use crate::feedback::full;
use crate::flow::{accept, candidate, invitation_of, pick, request};
use hdip_core::clients::{ChangeClientStatus, Client, ClientStatus};
use hdip_core::hiring::*;
use hdip_core::interviewers::{ChangeInterviewerStatus, Interviewer, InterviewerStatus};
use hdip_core::ports::storage::{Changes, Release, SetTimer};
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, Snapshot, World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

fn january(day: u32, time: &str) -> Timestamp {
    format!("2026-01-{day:02}T{time}:00Z").parse().unwrap()
}

// ---- The document ---------------------------------------------------------------------------------------

fn side(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Candidate => "candidate",
        Side::Interviewer => "interviewer",
        Side::Operator => "operator",
        Side::System => "time",
    }
}

/// One machine: its states, and what leads from one to another.
struct Machine {
    name: &'static str,
    first: &'static [&'static str],
    /// What is said before the table.
    about: &'static str,
    states: Vec<&'static str>,
    /// (from, to, by what)
    steps: Vec<(&'static str, &'static str, String)>,
}

fn machines() -> Vec<Machine> {
    let mut interview = Vec::new();
    for from in InterviewState::ALL {
        for event in InterviewEvent::ALL {
            let mut targets: Vec<(InterviewState, Vec<&str>)> = Vec::new();
            for by in event.sides() {
                let Some(to) = event.leads(from, *by) else { continue };
                match targets.iter_mut().find(|(known, _)| *known == to) {
                    Some((_, sides)) => sides.push(side(*by)),
                    None => targets.push((to, vec![side(*by)])),
                }
            }
            for (to, sides) in targets {
                interview.push((
                    from.as_str(),
                    to.as_str(),
                    format!("{} ({})", event.as_str(), sides.join(", ")),
                ));
            }
        }
    }
    let mut application = Vec::new();
    for from in ApplicationStatus::ALL {
        for event in ApplicationEvent::ALL {
            if let Some(to) = event.leads(from) {
                application.push((from.as_str(), to.as_str(), event.as_str().to_owned()));
            }
        }
    }
    let mut interviewer = Vec::new();
    for from in InterviewerStatus::ALL {
        for to in InterviewerStatus::ALL.into_iter().filter(|to| *to != from && from.may_become(*to)) {
            interviewer.push((from.as_str(), to.as_str(), String::new()));
        }
    }
    let mut client = Vec::new();
    for from in ClientStatus::ALL {
        for to in ClientStatus::ALL.into_iter().filter(|to| *to != from && from.may_become(*to)) {
            client.push((from.as_str(), to.as_str(), String::new()));
        }
    }
    vec![
        Machine {
            name: "Interview",
            first: &["requested"],
            about: "`InterviewEvent::leads`. In brackets: by whom. What happens before the start is refused after it \
                    (`too_late`), what belongs after the start before it (`too_early`).",
            states: InterviewState::ALL.iter().map(|state| state.as_str()).collect(),
            steps: interview,
        },
        Machine {
            name: "Application",
            first: &["to_schedule"],
            about: "`ApplicationEvent::leads`. Decisions of the client go by their own names.",
            states: ApplicationStatus::ALL.iter().map(|status| status.as_str()).collect(),
            steps: application,
        },
        Machine {
            name: "Interviewer",
            first: &["invited"],
            about: "`InterviewerStatus::may_become`. Steps of the operator; three absences in 90 days suspend by \
                    themselves.",
            states: InterviewerStatus::ALL.iter().map(|status| status.as_str()).collect(),
            steps: interviewer,
        },
        Machine {
            name: "Client",
            first: &["prospect", "active"],
            about: "`ClientStatus::may_become`. Steps of the operator.",
            states: ClientStatus::ALL.iter().map(|status| status.as_str()).collect(),
            steps: client,
        },
    ]
}

fn document() -> String {
    let mut text = String::from(
        "# States\n\nWritten from the code by the test `states` of hdip-core; every step that is not here is refused, \
         which the same test tries for each pair. To write it anew:\n\n```sh\nINSTA_UPDATE=always cargo test -p \
         hdip-core --all-features --test it states\n```\n",
    );
    for machine in machines() {
        writeln!(text, "\n## {}\n\n{}\n\n```mermaid\nstateDiagram-v2", machine.name, machine.about).unwrap();
        for first in machine.first {
            writeln!(text, "    [*] --> {first}").unwrap();
        }
        let mut drawn = BTreeSet::new();
        for (from, to, _) in &machine.steps {
            if !drawn.insert((from, to)) {
                continue;
            }
            let whats =
                machine.steps.iter().filter(|(f, t, _)| (f, t) == (from, to)).map(|(_, _, what)| what);
            let words: Vec<&str> = whats.map(|what| what.split(" (").next().unwrap_or_default()).collect();
            let label = words.join(" / ");
            let label = if label.is_empty() { String::new() } else { format!(": {label}") };
            writeln!(text, "    {from} --> {to}{label}").unwrap();
        }
        for state in &machine.states {
            if machine.steps.iter().all(|(from, ..)| from != state) {
                writeln!(text, "    {state} --> [*]").unwrap();
            }
        }
        text.push_str("```\n\n| from | to | by |\n| --- | --- | --- |\n");
        for (from, to, what) in &machine.steps {
            writeln!(text, "| {from} | {to} | {what} |").unwrap();
        }
    }
    text
}

// The document is a file of the repository, written on demand: this is a tool of the test, not the domain.
#[allow(clippy::disallowed_methods)]
#[test]
fn the_document_says_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/states.md");
    let now = document();
    if std::env::var("INSTA_UPDATE").is_ok_and(|wish| wish == "always") {
        std::fs::write(path, &now).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == now, "docs/states.md is stale; write it anew with INSTA_UPDATE=always");
}

#[test]
fn every_state_is_reached_and_only_ends_are_ends() {
    for machine in machines() {
        let mut reached: BTreeSet<&str> = machine.first.iter().copied().collect();
        for _ in 0..machine.states.len() {
            let more: Vec<_> = machine
                .steps
                .iter()
                .filter(|(from, ..)| reached.contains(from))
                .map(|(_, to, _)| *to)
                .collect();
            reached.extend(more);
        }
        let all: BTreeSet<&str> = machine.states.iter().copied().collect();
        assert_eq!(reached, all, "{}", machine.name);
    }
    // What is over stays over; what is live can end.
    for state in InterviewState::ALL {
        let goes_on = InterviewEvent::ALL
            .iter()
            .any(|event| event.sides().iter().any(|by| event.leads(state, *by).is_some()));
        assert_eq!(goes_on, state.is_live(), "{}", state.as_str());
    }
}

// ---- Interviews -----------------------------------------------------------------------------------------

/// An interview of Tuesday 08:00 to 09:00 UTC, confirmed by Ravi, with an invitation open to Lena; put back
/// before each try.
struct Stage {
    world: World,
    storage: Arc<MemoryStorage>,
    before: Snapshot,
    interview: InterviewId,
    application: Application,
    ravi: InterviewerId,
    lena: InterviewerId,
    candidate: Ctx,
}

/// How an event comes about: by a use case, tried as somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Accept,
    Assign,
    Cancel(Side),
    Reschedule(Side),
    Withdraw,
    ReleaseByOperator,
    EndByInterviewer,
    CandidateAbsent(Side),
    InterviewerAbsent(Side),
    Interrupt(Side),
    Submit,
    Close(Closing),
    Timer(&'static str),
}

impl Way {
    /// What it is, who does it, and when it would be allowed.
    const ALL: &'static [(Way, InterviewEvent, Side, Moment)] = &[
        (Way::Accept, InterviewEvent::Confirm, Side::Interviewer, Moment::Before),
        (Way::Assign, InterviewEvent::Confirm, Side::Operator, Moment::Before),
        (Way::Cancel(Side::Client), InterviewEvent::Cancel, Side::Client, Moment::Before),
        (Way::Cancel(Side::Candidate), InterviewEvent::Cancel, Side::Candidate, Moment::Before),
        (Way::Cancel(Side::Operator), InterviewEvent::Cancel, Side::Operator, Moment::Before),
        (Way::Reschedule(Side::Client), InterviewEvent::Reschedule, Side::Client, Moment::Before),
        (Way::Reschedule(Side::Candidate), InterviewEvent::Reschedule, Side::Candidate, Moment::Before),
        (Way::Reschedule(Side::Operator), InterviewEvent::Reschedule, Side::Operator, Moment::Before),
        (Way::Withdraw, InterviewEvent::Release, Side::Interviewer, Moment::Before),
        (Way::ReleaseByOperator, InterviewEvent::Release, Side::Operator, Moment::Before),
        (Way::EndByInterviewer, InterviewEvent::End, Side::Interviewer, Moment::During),
        (
            Way::CandidateAbsent(Side::Interviewer),
            InterviewEvent::CandidateAbsent,
            Side::Interviewer,
            Moment::During,
        ),
        (
            Way::CandidateAbsent(Side::Operator),
            InterviewEvent::CandidateAbsent,
            Side::Operator,
            Moment::During,
        ),
        (
            Way::InterviewerAbsent(Side::Client),
            InterviewEvent::InterviewerAbsent,
            Side::Client,
            Moment::During,
        ),
        (
            Way::InterviewerAbsent(Side::Candidate),
            InterviewEvent::InterviewerAbsent,
            Side::Candidate,
            Moment::During,
        ),
        (
            Way::InterviewerAbsent(Side::Operator),
            InterviewEvent::InterviewerAbsent,
            Side::Operator,
            Moment::During,
        ),
        (Way::Interrupt(Side::Interviewer), InterviewEvent::Interrupt, Side::Interviewer, Moment::During),
        (Way::Interrupt(Side::Operator), InterviewEvent::Interrupt, Side::Operator, Moment::During),
        (Way::Submit, InterviewEvent::Complete, Side::Interviewer, Moment::After),
        (Way::Close(Closing::Completed), InterviewEvent::Complete, Side::Operator, Moment::After),
        (
            Way::Close(Closing::CandidateNoShow),
            InterviewEvent::CandidateAbsent,
            Side::Operator,
            Moment::After,
        ),
        (
            Way::Close(Closing::InterviewerNoShow),
            InterviewEvent::InterviewerAbsent,
            Side::Operator,
            Moment::After,
        ),
        (
            Way::Close(Closing::FreeRepeat),
            InterviewEvent::CloseWithoutFeedback,
            Side::Operator,
            Moment::After,
        ),
        (Way::Timer("interview_start"), InterviewEvent::Start, Side::System, Moment::During),
        (Way::Timer("interview_end"), InterviewEvent::End, Side::System, Moment::After),
        (Way::Timer("feedback_close"), InterviewEvent::CloseWithoutFeedback, Side::System, Moment::After),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Before,
    During,
    After,
}

impl Stage {
    async fn new() -> Self {
        let storage = Arc::new(MemoryStorage::new());
        let world = World::over(storage.clone()).await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let lena = world.interviewer("Lena", "Europe/Berlin").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "08:00")).await;
        accept(&world, interview, ravi).await.unwrap();
        let candidate = candidate(&world, interview).await;
        let application = world.get(asha.id).await;
        let before = storage.snapshot();
        Self { world, storage, before, interview, application, ravi, lena, candidate }
    }

    /// The interview in a state, at a moment. What other records say is what they said when it was confirmed.
    async fn with(&self, state: InterviewState, moment: Moment) {
        self.storage.restore(&self.before);
        self.world.clock.set(match moment {
            Moment::Before => january(5, "05:00"),
            Moment::During => january(6, "08:20"),
            Moment::After => january(6, "09:20"),
        });
        // Timers set when it was confirmed would move it by themselves.
        let mut changes = Changes::new();
        for kind in ["call_expiry", "interview_start", "reminder:1440", "reminder:60", "reminder:10"] {
            changes.cleared_timers.push((kind.to_owned(), self.interview.to_string()));
        }
        self.world.storage.commit(changes).await.unwrap();
        let mut row: Interview = self.world.get(self.interview).await;
        row.state = state;
        if state.is_open() {
            row.interviewer_id = None;
            row.confirmed_at = None;
        }
        row.live_key = state.is_live().then_some(row.live_key).flatten();
        self.world.put(&row).await;
        if state.is_open() {
            // Ravi has given it back, and with it the time of both.
            let mut changes = Changes::new();
            for party in [self.ravi.to_string(), row.pins.person.clone()] {
                changes.releases.push(Release { party, interview: self.interview });
            }
            self.world.storage.commit(changes).await.unwrap();
            let mut invitation = invitation_of(&self.world, self.interview, self.ravi).await;
            invitation.state = InvitationState::Withdrawn;
            self.world.put(&invitation).await;
        }
    }

    fn ctx(&self, side: Side) -> Ctx {
        match side {
            Side::Client => self.world.as_owner(),
            Side::Operator => self.world.as_operator(),
            Side::Interviewer => self.world.as_interviewer(self.ravi),
            Side::Candidate => Ctx { now: self.world.hdip.now(), ..self.candidate.clone() },
            Side::System => self.world.hdip.system(),
        }
    }

    async fn go(&self, way: Way) -> Result<(), Error> {
        let (hdip, id) = (&self.world.hdip, self.interview);
        let why = || Some("why not".to_owned());
        match way {
            Way::Accept => {
                let invitation = invitation_of(&self.world, id, self.lena).await.id;
                hdip.accept_invitation(&self.world.as_interviewer(self.lena), invitation).await.map(|_| ())
            }
            Way::Assign => hdip
                .assign_interviewer(&self.ctx(Side::Operator), id, self.lena, "asked for")
                .await
                .map(|_| ()),
            Way::Cancel(side) => {
                let cancel = Cancel { reason: why(), late_ok: true };
                hdip.cancel_interview(&self.ctx(side), id, cancel).await.map(|_| ())
            }
            Way::Reschedule(side) => {
                let to = Reschedule { start: pick(january(6, "11:00")), reason: why(), late_ok: true };
                hdip.reschedule_interview(&self.ctx(side), id, to).await.map(|_| ())
            }
            Way::Withdraw => {
                hdip.withdraw_interviewer(&self.ctx(Side::Interviewer), id, why()).await.map(|_| ())
            }
            Way::ReleaseByOperator => {
                hdip.release_interviewer(&self.ctx(Side::Operator), id, "ill").await.map(|_| ())
            }
            Way::EndByInterviewer => hdip.end_interview(&self.ctx(Side::Interviewer), id).await.map(|_| ()),
            Way::CandidateAbsent(side) => {
                hdip.report_no_show(&self.ctx(side), id, Absent::Candidate, why()).await.map(|_| ())
            }
            Way::InterviewerAbsent(side) => {
                hdip.report_no_show(&self.ctx(side), id, Absent::Interviewer, why()).await.map(|_| ())
            }
            Way::Interrupt(side) => hdip.interrupt_interview(&self.ctx(side), id, why()).await.map(|_| ()),
            Way::Submit => {
                hdip.submit_scorecard(&self.ctx(Side::Interviewer), id, Some(full())).await.map(|_| ())
            }
            Way::Close(closing) => {
                hdip.close_interview(&self.ctx(Side::Operator), id, closing, "told").await.map(|_| ())
            }
            Way::Timer(kind) => {
                let mut changes = Changes::new();
                let due_at = hdip.now();
                changes.timers.push(SetTimer { kind: kind.into(), subject: id.to_string(), due_at });
                self.world.storage.commit(changes).await.unwrap();
                let fired = hdip.fire_due(100).await?;
                assert!(fired.failed.is_empty(), "{kind}: {:?}", fired.failed);
                Ok(())
            }
        }
    }
}

#[test]
fn an_interview_does_what_its_state_allows_and_refuses_everything_else() {
    block_on(async {
        let stage = Stage::new().await;
        let mut tried = 0;
        for (way, event, by, moment) in Way::ALL {
            for from in InterviewState::ALL {
                stage.with(from, *moment).await;
                let row: Interview = stage.world.get(stage.interview).await;
                let done = stage.go(*way).await;
                let now: Interview = stage.world.get(stage.interview).await;
                let which = format!("{way:?} in {}", from.as_str());
                tried += 1;
                let leads = match (way, from) {
                    // Whoever files while it runs has ended it.
                    (Way::Submit, InterviewState::InProgress) => Some(InterviewState::Completed),
                    // One side's word does not undo an interview that has ended: it waits for the operator.
                    (
                        Way::InterviewerAbsent(by @ (Side::Client | Side::Candidate)),
                        InterviewState::AwaitingFeedback,
                    ) => InterviewEvent::Interrupt.leads(from, *by),
                    _ => event.leads(from, *by),
                };
                match leads {
                    Some(to) => {
                        assert!(done.is_ok(), "{which}: {done:?}");
                        assert_eq!(now.state, to, "{which}");
                        assert_eq!(now.live_key.is_some(), to.is_live(), "{which}");
                    }
                    None if matches!(way, Way::Timer(_)) => {
                        // A timer that comes too late finds nothing to do.
                        assert!(done.is_ok(), "{which}: {done:?}");
                        assert_eq!(now, row, "{which}");
                    }
                    None => {
                        let code = done.expect_err(&which).code();
                        let no_longer_theirs = *by == Side::Interviewer && row.interviewer_id.is_none();
                        let expected: &[&str] = match way {
                            Way::Accept => &["already_taken", "invitation_closed"],
                            Way::Assign
                                if matches!(
                                    from,
                                    InterviewState::Confirmed
                                        | InterviewState::InProgress
                                        | InterviewState::AwaitingFeedback
                                ) =>
                            {
                                &["already_taken"]
                            }
                            _ if no_longer_theirs => &["not_found"],
                            _ => &["wrong_interview_state"],
                        };
                        assert!(expected.contains(&code), "{which}: {code}, not {expected:?}");
                        assert_eq!(now, row, "{which}: a refusal changes nothing");
                    }
                }
            }
        }
        assert_eq!(tried, Way::ALL.len() * InterviewState::ALL.len());
        // Every event somebody can cause is tried; calls and their end are the search's own.
        let tried: BTreeSet<_> = Way::ALL.iter().map(|(_, event, ..)| *event).collect();
        let all: BTreeSet<_> = InterviewEvent::ALL.into_iter().collect();
        let own = BTreeSet::from([InterviewEvent::Call, InterviewEvent::Expire]);
        assert_eq!(all.difference(&tried).copied().collect::<BTreeSet<_>>(), own);
    });
}

#[test]
fn a_call_that_is_over_touches_only_a_search() {
    block_on(async {
        let stage = Stage::new().await;
        for from in InterviewState::ALL {
            stage.with(from, Moment::Before).await;
            let row: Interview = stage.world.get(stage.interview).await;
            stage.go(Way::Timer("call_expiry")).await.unwrap();
            let now: Interview = stage.world.get(stage.interview).await;
            match InterviewEvent::Call.leads(from, Side::System) {
                Some(to) => assert_eq!((now.state, now.calls), (to, row.calls + 1), "{}", from.as_str()),
                None => assert_eq!(now, row, "{}", from.as_str()),
            }
        }
    });
}

// ---- Applications ---------------------------------------------------------------------------------------

/// How an application's event comes about.
#[derive(Debug, Clone, Copy)]
enum Act {
    Decide(Verdict),
    PutOnHold,
    Resume,
    Drop,
    Request,
}

#[test]
fn an_application_does_what_its_status_allows_and_refuses_everything_else() {
    block_on(async {
        let storage = Arc::new(MemoryStorage::new());
        let world = World::over(storage.clone()).await;
        let (_, round) = world.job().await;
        world.interviewer("Ravi", "Asia/Kolkata").await;
        let owner = world.as_owner();
        let next = NewRound { name: "Design".into(), duration_minutes: 60, guidelines: String::new() };
        world.hdip.add_round(&owner, round.job_id, next).await.unwrap();
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let before = storage.snapshot();
        let acts = Verdict::ALL.into_iter().map(Act::Decide);
        let acts: Vec<Act> = acts.chain([Act::PutOnHold, Act::Resume, Act::Drop, Act::Request]).collect();
        for act in acts {
            for from in ApplicationStatus::ALL {
                for held_from in [ApplicationStatus::ToSchedule, ApplicationStatus::DecisionDue] {
                    storage.restore(&before);
                    let mut row: Application = world.get(asha.id).await;
                    row.status = from;
                    row.held_from = (from == ApplicationStatus::OnHold).then_some(held_from);
                    world.put(&row).await;
                    let row: Application = world.get(asha.id).await;
                    let event = match act {
                        Act::Decide(verdict) => ApplicationEvent::Decide(verdict),
                        Act::PutOnHold => ApplicationEvent::Decide(Verdict::Hold),
                        Act::Resume if row.held_from == Some(ApplicationStatus::DecisionDue) => {
                            ApplicationEvent::ResumeDecision
                        }
                        Act::Resume => ApplicationEvent::ResumeScheduling,
                        Act::Drop => ApplicationEvent::Drop,
                        Act::Request => ApplicationEvent::Request,
                    };
                    let hdip = &world.hdip;
                    let done = match act {
                        Act::Decide(verdict) => {
                            let decide = Decide {
                                verdict,
                                rejected_by: None,
                                reason: None,
                                not_recommended_ok: false,
                            };
                            hdip.decide_application(&owner, asha.id, decide).await.map(|_| ())
                        }
                        Act::PutOnHold => hdip.hold_application(&owner, asha.id).await.map(|_| ()),
                        Act::Resume => hdip.resume_application(&owner, asha.id).await.map(|_| ()),
                        Act::Drop => {
                            let drop = DropApplication { reason: DropReason::Other, late_ok: false };
                            hdip.drop_application(&owner, asha.id, drop).await.map(|_| ())
                        }
                        Act::Request => {
                            let start = pick(january(6, "08:00"));
                            let request = RequestInterview { application: asha.id, start, consents: None };
                            hdip.request_interview(&owner, request).await.map(|_| ())
                        }
                    };
                    let now: Application = world.get(asha.id).await;
                    let which = format!("{act:?} in {}", from.as_str());
                    match event.leads(from) {
                        Some(to) => {
                            assert!(done.is_ok(), "{which}: {done:?}");
                            assert_eq!(now.status, to, "{which}");
                            assert_eq!(now.live_key.is_some(), to.is_open(), "{which}");
                        }
                        None => {
                            let code = done.expect_err(&which).code();
                            let expected = match (act, from) {
                                (Act::Request, ApplicationStatus::Interviewing) => "already_scheduled",
                                _ => "wrong_application_status",
                            };
                            assert_eq!(code, expected, "{which}");
                            assert_eq!(now, row, "{which}: a refusal changes nothing");
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn what_interviews_do_to_applications_is_refused_where_the_status_does_not_allow_it() {
    block_on(async {
        let stage = Stage::new().await;
        let (world, id) = (&stage.world, stage.application.id);
        for from in ApplicationStatus::ALL {
            for (event, state) in [
                (ApplicationEvent::Redo, InterviewState::Completed),
                (ApplicationEvent::Move, InterviewState::Confirmed),
                (ApplicationEvent::ComeToNothing, InterviewState::Confirmed),
                (ApplicationEvent::Complete, InterviewState::AwaitingFeedback),
            ] {
                let moment = if state == InterviewState::Confirmed { Moment::Before } else { Moment::After };
                stage.with(state, moment).await;
                let mut row: Application = world.get(id).await;
                row.status = from;
                world.put(&row).await;
                let row: Application = world.get(id).await;
                let done = match event {
                    ApplicationEvent::Redo => world
                        .hdip
                        .request_redo(&world.as_owner(), stage.interview, "unfair")
                        .await
                        .map(|_| ()),
                    ApplicationEvent::Move => stage.go(Way::Reschedule(Side::Client)).await,
                    ApplicationEvent::ComeToNothing => stage.go(Way::Cancel(Side::Client)).await,
                    _ => stage.go(Way::Submit).await,
                };
                let now: Application = world.get(id).await;
                let which = format!("{event:?} in {}", from.as_str());
                match event.leads(from) {
                    Some(to) => {
                        assert!(done.is_ok(), "{which}: {done:?}");
                        assert_eq!(now.status, to, "{which}");
                    }
                    None => {
                        match event {
                            ApplicationEvent::Redo => {
                                assert_eq!(
                                    done.expect_err(&which).code(),
                                    "wrong_interview_state",
                                    "{which}"
                                );
                            }
                            ApplicationEvent::Move => {
                                assert_eq!(
                                    done.expect_err(&which).code(),
                                    "wrong_application_status",
                                    "{which}"
                                );
                            }
                            // The interview ends all the same; a decided application stays decided.
                            _ => assert!(done.is_ok(), "{which}: {done:?}"),
                        }
                        assert_eq!(now.status, row.status, "{which}");
                    }
                }
            }
        }
    });
}

// ---- Interviewers and clients ---------------------------------------------------------------------------

#[test]
fn the_ladder_refuses_every_step_it_does_not_have() {
    block_on(async {
        let storage = Arc::new(MemoryStorage::new());
        let world = World::over(storage.clone()).await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let before = storage.snapshot();
        for from in InterviewerStatus::ALL {
            for to in InterviewerStatus::ALL.into_iter().filter(|to| *to != from) {
                storage.restore(&before);
                let mut row: Interviewer = world.get(ravi).await;
                row.status = from;
                world.put(&row).await;
                let row: Interviewer = world.get(ravi).await;
                let change = ChangeInterviewerStatus {
                    to,
                    reason: Some("why".into()),
                    confirmed_interviews: None,
                    interviews: Vec::new(),
                };
                let done = world.hdip.change_interviewer_status(&world.as_operator(), ravi, change).await;
                let now: Interviewer = world.get(ravi).await;
                let which = format!("{} → {}", from.as_str(), to.as_str());
                if from.may_become(to) {
                    assert!(done.is_ok(), "{which}: {done:?}");
                    assert_eq!(now.status, to, "{which}");
                } else {
                    assert_eq!(done.expect_err(&which).code(), "wrong_interviewer_status", "{which}");
                    assert_eq!(now, row, "{which}: a refusal changes nothing");
                }
            }
        }
    });
}

#[test]
fn a_client_refuses_every_step_it_does_not_have() {
    block_on(async {
        let storage = Arc::new(MemoryStorage::new());
        let world = World::over(storage.clone()).await;
        let before = storage.snapshot();
        for from in ClientStatus::ALL {
            for to in ClientStatus::ALL.into_iter().filter(|to| *to != from) {
                storage.restore(&before);
                let mut row: Client = world.get(world.client.id).await;
                row.status = from;
                world.put(&row).await;
                let row: Client = world.get(row.id).await;
                let change = ChangeClientStatus {
                    to,
                    reason: Some("a reason".into()),
                    signed_on: (from == ClientStatus::Prospect && to == ClientStatus::Active)
                        .then(|| world.hdip.now().date_naive()),
                    open_work: (to == ClientStatus::Archived).then_some(ArchiveMode::Finish),
                    late_ok: false,
                    expected_version: None,
                };
                let done = world.hdip.change_client_status(&world.as_operator(), row.id, change).await;
                let now: Client = world.get(row.id).await;
                let which = format!("{} → {}", from.as_str(), to.as_str());
                if from.may_become(to) {
                    assert!(done.is_ok(), "{which}");
                    assert_eq!(now.status, to, "{which}");
                } else {
                    assert_eq!(done.expect_err(&which).code(), "illegal_client_status", "{which}");
                    assert_eq!(now, row, "{which}: a refusal changes nothing");
                }
            }
        }
    });
}
