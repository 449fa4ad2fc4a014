//! Shadowing: learning under a mentor, session by session, until it is signed off.

use crate::flow::{accept, pick, request};
use crate::ladder::{code, kinds, ready};
use hdip_core::Ctx;
use hdip_core::access::{Role, User};
use hdip_core::clients::Client;
use hdip_core::interviewers::*;
use hdip_core::ladder::*;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use std::sync::Arc;

fn january(day: u32, time: &str) -> Timestamp {
    format!("2026-01-{day:02}T{time}:00Z").parse().unwrap()
}

/// A learner, a mentor, and an open shadowing.
struct Class {
    world: World,
    learner: InterviewerId,
    me: Ctx,
    mentor: InterviewerId,
    shadowing: ShadowingId,
}

pub(crate) async fn mentor(world: &World, name: &str) -> InterviewerId {
    let who = world.interviewer(name, "Asia/Kolkata").await;
    world.put(&Interviewer { status: InterviewerStatus::Mentor, ..who.clone() }).await;
    who.id
}

impl Class {
    async fn begin() -> Self {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (learner, me) = ready(&world, "Nila Bose").await;
        let mentor = mentor(&world, "Ravi").await;
        let start =
            StartShadowing { interviewer: learner, mentor, specialisation: "Backend".into(), level: 2 };
        let shadowing = world.hdip.start_shadowing(&world.as_operator(), start).await.unwrap().output;
        world.drain().await;
        Self { world, learner, me, mentor, shadowing }
    }

    /// An interview the mentor has confirmed.
    async fn interview(&self, name: &str, start: Timestamp) -> InterviewId {
        let (_, round) = self.world.job().await;
        let application = self.world.application(&round, name, "Asia/Kolkata").await;
        let id = request(&self.world, &application, start).await;
        accept(&self.world, id, self.mentor).await.unwrap();
        id
    }

    async fn plan(
        &self,
        interview: InterviewId,
        kind: SessionKind,
    ) -> Result<ShadowingSessionId, hdip_core::Error> {
        let plan = PlanSession { interview, kind };
        let done = self.world.hdip.plan_session(&self.world.as_operator(), self.shadowing, plan).await;
        self.world.drain().await;
        done.map(|done| done.output)
    }

    async fn session(&self, id: ShadowingSessionId) -> SessionState {
        self.world.get::<ShadowingSession>(id).await.state
    }

    /// Whether the learner's time is taken at that tick.
    async fn taken(&self, at: Timestamp) -> bool {
        let ticks = self.world.storage.claimed_ticks().await.unwrap();
        ticks.iter().any(|(party, _, tick)| *party == self.learner.to_string() && *tick == at)
    }

    fn mentors(&self) -> Ctx {
        self.world.as_interviewer(self.mentor)
    }
}

#[test]
fn two_are_observed_one_is_led_and_the_mentor_signs_off() {
    block_on(async {
        let class = Class::begin().await;
        let (world, hdip) = (&class.world, &class.world.hdip);
        assert_eq!(world.get::<Interviewer>(class.learner).await.status, InterviewerStatus::Shadowing);
        let plans = [
            ("Asha Rao", 6, SessionKind::Observed),
            ("Bela Bose", 7, SessionKind::Observed),
            ("Chen Wei", 8, SessionKind::Led),
        ];
        for (name, day, kind) in plans {
            let incomplete = hdip.sign_off_shadowing(&class.mentors(), class.shadowing, "too early").await;
            assert_eq!(code(incomplete), "shadowing_incomplete");
            let interview = class.interview(name, january(day, "08:00")).await;
            let session = class.plan(interview, kind).await.unwrap();
            let early = hdip.settle_session(&class.mentors(), session, true, None).await;
            assert_eq!(code(early), "session_not_over");
            world.run_until(january(day, "09:30")).await;
            assert_eq!(code(hdip.settle_session(&class.me, session, true, None).await), "forbidden");
            hdip.settle_session(&class.mentors(), session, true, Some("attentive")).await.unwrap();
            let again = hdip.settle_session(&class.mentors(), session, false, None).await;
            assert_eq!(code(again), "session_settled");
        }
        let view = hdip.shadowing(&class.me, class.shadowing).await.unwrap();
        assert!(view.progress.is_complete() && view.sessions.len() == 3);
        for ctx in [world.as_operator(), class.me.clone()] {
            assert_eq!(code(hdip.sign_off_shadowing(&ctx, class.shadowing, "fine").await), "forbidden");
        }
        let other = world.as_interviewer(mentor(world, "Lena").await);
        assert_eq!(code(hdip.sign_off_shadowing(&other, class.shadowing, "fine").await), "not_found");
        assert_eq!(
            code(hdip.sign_off_shadowing(&class.mentors(), class.shadowing, "").await),
            "note:required"
        );
        hdip.sign_off_shadowing(&class.mentors(), class.shadowing, "asks openly").await.unwrap();
        let nila: Interviewer = world.get(class.learner).await;
        assert_eq!(
            (nila.status, nila.certifications.get("backend")),
            (InterviewerStatus::Certified, Some(&2))
        );
        world.drain().await;
        let told = kinds(world, "nila");
        assert!(told.contains(&"interviewer_certified".to_owned()), "{told:?}");
        let again = hdip.sign_off_shadowing(&class.mentors(), class.shadowing, "twice").await;
        assert_eq!(code(again), "shadowing_over");
        let steps = hdip.ladder_steps(&class.me, class.learner, &Page::default()).await.unwrap().items;
        let kinds: Vec<_> = steps.iter().rev().map(|step| step.step.as_str()).collect();
        assert_eq!(kinds, ["invited", "status", "shadowing_started", "certified"]);
        // And is invited from now on.
        let (_, round) = world.job().await;
        let dara = world.application(&round, "Dara Khan", "Asia/Kolkata").await;
        let interview = request(world, &dara, january(12, "08:00")).await;
        accept(world, interview, class.learner).await.unwrap();
    });
}

#[test]
fn everybody_concerned_is_told_and_the_observer_has_it_in_the_calendar() {
    block_on(async {
        let class = Class::begin().await;
        let interview = class.interview("Asha Rao", january(6, "08:00")).await;
        let session = class.plan(interview, SessionKind::Observed).await.unwrap();
        let sent = class.world.mail.sent();
        let planned: Vec<_> = sent.iter().filter(|mail| mail.kind == "shadowing_planned").collect();
        let mut to: Vec<_> = planned.iter().map(|mail| (mail.to.as_str(), mail.calendar.is_some())).collect();
        to.sort();
        let wanted = [
            ("asha.rao@mail.example", false),
            ("nila.bose@mail.example", true),
            ("ravi@interviewers.example", false),
        ];
        assert_eq!(to, wanted);
        let candidates = planned.iter().find(|mail| mail.to.as_str().starts_with("asha")).unwrap();
        assert!(!candidates.text.contains("Nila"), "no name of the observer: {}", candidates.text);
        class.world.hdip.cancel_session(&class.mentors(), session).await.unwrap();
        class.world.drain().await;
        assert_eq!(class.session(session).await, SessionState::Cancelled);
        let told = kinds(&class.world, "asha");
        assert_eq!(told.iter().filter(|kind| *kind == "shadowing_cancelled").count(), 1);
        assert!(!class.taken(january(6, "08:00")).await, "the time is given back");
    });
}

#[test]
fn an_observer_sees_the_interview_and_files_nothing() {
    block_on(async {
        let class = Class::begin().await;
        let hdip = &class.world.hdip;
        let interview = class.interview("Asha Rao", january(6, "08:00")).await;
        let session = class.plan(interview, SessionKind::Observed).await.unwrap();
        let seen = hdip.observed_interview(&class.me, session).await.unwrap();
        assert_eq!(
            (&*seen.candidate_name, &*seen.lead_name, seen.basics.id),
            ("Asha Rao", "Ravi", interview)
        );
        assert!(seen.basics.meeting_url.is_some());
        class.world.run_until(january(6, "08:30")).await;
        assert_eq!(code(hdip.interview_of_interviewer(&class.me, interview).await), "not_found");
        assert_eq!(code(hdip.submit_scorecard(&class.me, interview, None).await), "not_found");
        assert_eq!(code(hdip.end_interview(&class.me, interview).await), "not_found");
        let note = Some("?".into());
        let absent = hdip.report_no_show(&class.me, interview, Absent::Candidate, note).await;
        assert_eq!(code(absent), "not_found");
        for other in [class.mentors(), class.world.as_interviewer(InterviewerId::from_bits(3))] {
            assert_eq!(code(hdip.observed_interview(&other, session).await), "not_found");
        }
        assert_eq!(code(hdip.observed_interview(&class.world.as_owner(), session).await), "forbidden");
        assert_eq!(code(hdip.shadowing(&class.world.as_owner(), class.shadowing).await), "forbidden");
        let stranger = class.world.as_interviewer(InterviewerId::from_bits(3));
        assert_eq!(code(hdip.shadowing(&stranger, class.shadowing).await), "not_found");
        assert!(hdip.shadowings(&stranger, None, &Page::default()).await.unwrap().items.is_empty());
    });
}

#[test]
fn an_observers_time_is_taken_and_given_back_with_the_interviews() {
    block_on(async {
        let class = Class::begin().await;
        let (world, hdip) = (&class.world, &class.world.hdip);
        let lena = mentor(world, "Lena").await;
        let interview = class.interview("Asha Rao", january(6, "08:00")).await;
        let session = class.plan(interview, SessionKind::Observed).await.unwrap();
        assert!(class.taken(january(6, "08:00")).await && class.taken(january(6, "09:10")).await);
        // Another's interview at the same time: nobody is at two places.
        let (_, round) = world.job().await;
        let bela = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let same_time = request(world, &bela, january(6, "08:30")).await;
        accept(world, same_time, lena).await.unwrap();
        assert_eq!(code(class.plan(same_time, SessionKind::Observed).await), "may_not_observe");
        assert_eq!(code(class.plan(interview, SessionKind::Observed).await), "observed_already");
        // Moved: the session of the old time is called off.
        let to = Reschedule { start: pick(january(7, "08:00")), reason: None, late_ok: false };
        hdip.reschedule_interview(&world.as_owner(), interview, to).await.unwrap();
        assert_eq!(class.session(session).await, SessionState::Cancelled);
        assert!(!class.taken(january(6, "08:00")).await);
        let second = class.plan(same_time, SessionKind::Observed).await.unwrap();
        // Given to somebody else: called off, too.
        hdip.withdraw_interviewer(&world.as_interviewer(lena), same_time, None).await.unwrap();
        assert_eq!(class.session(second).await, SessionState::Cancelled);
        assert!(!class.taken(january(6, "08:30")).await);
        world.drain().await;
        let cancelled = kinds(world, "nila").into_iter().filter(|kind| kind == "shadowing_cancelled").count();
        assert_eq!(cancelled, 2);
        // Begun and over: time is given back, the session waits to be settled.
        let third = class.interview("Chen Wei", january(8, "08:00")).await;
        let third_session = class.plan(third, SessionKind::Led).await.unwrap();
        world.run_until(january(8, "08:10")).await;
        assert!(class.taken(january(8, "08:30")).await);
        let ctx = class.mentors();
        hdip.report_no_show(&ctx, third, Absent::Candidate, Some("nobody came".into())).await.unwrap();
        assert!(!class.taken(january(8, "08:30")).await);
        assert_eq!(class.session(third_session).await, SessionState::Planned);
        let learned = hdip.settle_session(&ctx, third_session, true, None).await;
        assert_eq!(code(learned), "not_to_be_shadowed", "what nobody came to nobody learned from");
        hdip.settle_session(&ctx, third_session, false, None).await.unwrap();
        assert_eq!(class.session(third_session).await, SessionState::Missed);
    });
}

#[test]
fn a_learner_who_interviews_elsewhere_is_not_offered_while_observing() {
    block_on(async {
        let class = Class::begin().await;
        let (world, hdip) = (&class.world, &class.world.hdip);
        let certify = Certify { specialisation: "backend".into(), level: 1, reason: "as before".into() };
        hdip.certify(&world.as_operator(), class.learner, certify).await.unwrap();
        let interview = class.interview("Asha Rao", january(6, "08:00")).await;
        let (_, round) = world.job().await;
        let bela = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let count = async || {
            let offer = world.hdip.slots(&world.as_owner(), bela.id, None, None).await.unwrap();
            let at = offer.starts.iter().find(|start| start.start == january(6, "08:30"));
            at.map_or(0, |start| start.count)
        };
        assert_eq!(count().await, 1, "the learner; the mentor is busy");
        class.plan(interview, SessionKind::Observed).await.unwrap();
        assert_eq!(count().await, 0);
    });
}

#[test]
fn what_cannot_be_shadowed_is_refused() {
    block_on(async {
        let class = Class::begin().await;
        let (world, hdip) = (&class.world, &class.world.hdip);
        let lena = mentor(world, "Lena").await;
        let (_, round) = world.job().await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(world, &asha, january(6, "08:00")).await;
        let refused = class.plan(interview, SessionKind::Observed).await;
        assert_eq!(code(refused), "not_to_be_shadowed", "not confirmed yet");
        accept(world, interview, lena).await.unwrap();
        assert_eq!(
            code(class.plan(interview, SessionKind::Led).await),
            "not_to_be_shadowed",
            "not the mentor's"
        );
        let plan = PlanSession { interview, kind: SessionKind::Observed };
        let by_mentor = hdip.plan_session(&class.mentors(), class.shadowing, plan.clone()).await;
        assert_eq!(code(by_mentor), "not_found", "another's interview");
        let by_learner = hdip.plan_session(&class.me, class.shadowing, plan.clone()).await;
        assert_eq!(code(by_learner), "forbidden");
        // The learner works where the candidate works.
        let nila: Interviewer = world.get(class.learner).await;
        world.put(&Interviewer { current_company: Some("Initech".into()), ..nila.clone() }).await;
        assert_eq!(code(class.plan(interview, SessionKind::Observed).await), "may_not_observe");
        let nila: Interviewer = world.get(class.learner).await;
        world.put(&Interviewer { current_company: None, ..nila }).await;
        class.plan(interview, SessionKind::Observed).await.unwrap();
        // A client that does not want the learner.
        let mut client: Client = world.get(world.client.id).await;
        client.blocked_interviewers.insert(class.learner);
        world.put(&client).await;
        let bela = class.interview("Bela Bose", january(7, "08:00")).await;
        assert_eq!(code(class.plan(bela, SessionKind::Observed).await), "may_not_observe");
    });
}

#[test]
fn a_shadowing_is_begun_under_somebody_who_can_sign_it_off() {
    block_on(async {
        let class = Class::begin().await;
        let (world, hdip, operator) = (&class.world, &class.world.hdip, class.world.as_operator());
        let start = |mentor, specialisation: &str, level| StartShadowing {
            interviewer: class.learner,
            mentor,
            specialisation: specialisation.into(),
            level,
        };
        let begin = async |start| code(hdip.start_shadowing(&operator, start).await);
        assert_eq!(begin(start(class.mentor, "backend", 2)).await, "shadowing_already");
        assert_eq!(
            begin(start(class.mentor, "backend", 3)).await,
            "not_a_mentor_for",
            "above the mentor's level"
        );
        assert_eq!(begin(start(class.learner, "backend", 1)).await, "not_a_mentor_for");
        let plain = world.interviewer("Lena", "Asia/Kolkata").await.id;
        assert_eq!(begin(start(plain, "backend", 1)).await, "not_a_mentor_for");
        assert_eq!(begin(start(class.mentor, "frontend", 1)).await, "specialisation:not_theirs");
        assert_eq!(begin(start(class.mentor, "backend", 0)).await, "level:out_of_range");
        let by_mentor = hdip.start_shadowing(&class.mentors(), start(class.mentor, "backend", 1)).await;
        assert_eq!(code(by_mentor), "forbidden");
        let moderator = User { role: Role::PlatformModerator, ..world.manager.clone() };
        let other = mentor(world, "Mei").await;
        hdip.change_mentor(&world.as_user(&moderator), class.shadowing, other, Some(1)).await.unwrap();
        assert_eq!(
            code(hdip.change_mentor(&operator, class.shadowing, plain, None).await),
            "not_a_mentor_for"
        );
        assert_eq!(code(hdip.shadowing(&class.mentors(), class.shadowing).await), "not_found");
        hdip.end_shadowing(&operator, class.shadowing, "has no time").await.unwrap();
        assert_eq!(code(hdip.end_shadowing(&operator, class.shadowing, "again").await), "shadowing_over");
        hdip.start_shadowing(&operator, start(class.mentor, "backend", 2)).await.unwrap();
    });
}

#[test]
fn who_is_suspended_observes_nothing() {
    block_on(async {
        let class = Class::begin().await;
        let (world, hdip, operator) = (&class.world, &class.world.hdip, class.world.as_operator());
        let interview = class.interview("Asha Rao", january(6, "08:00")).await;
        let session = class.plan(interview, SessionKind::Observed).await.unwrap();
        let suspend = ChangeInterviewerStatus {
            to: InterviewerStatus::Suspended,
            reason: Some("under review".into()),
            confirmed_interviews: None,
            interviews: Vec::new(),
        };
        hdip.change_interviewer_status(&operator, class.learner, suspend).await.unwrap();
        assert_eq!(class.session(session).await, SessionState::Cancelled);
        assert!(!class.taken(january(6, "08:00")).await);
        assert_eq!(code(class.plan(interview, SessionKind::Observed).await), "may_not_observe");
        world.drain().await;
        assert!(kinds(world, "asha").contains(&"shadowing_cancelled".to_owned()), "the candidate is told");
    });
}
