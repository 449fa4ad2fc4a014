//! Interviewers and their times on in-memory ports.

use hdip_core::access::User;
use hdip_core::interviewers::*;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn fields() -> InterviewerFields {
    InterviewerFields {
        name: "Ravi Kumar".into(),
        email: "Ravi@interviewers.example".into(),
        country: "in".into(),
        zone: "Asia/Kolkata".into(),
        level: 2,
        specialisations: vec!["backend".into()],
        skills: vec!["Golang".into()],
        experience_months: 120,
        pay_currency: "INR".into(),
        ..Default::default()
    }
}

fn new() -> CreateInterviewer {
    CreateInterviewer { interviewer: fields(), password: Some("a long enough secret".into()) }
}

/// `field:code` of every complaint.
fn complaints(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(fields) => fields.into_iter().map(|e| format!("{}:{}", e.field, e.code)).collect(),
        other => panic!("{other:?}"),
    }
}

fn put(times: Times) -> PutAvailability {
    PutAvailability { times, note: None }
}

fn rule(rrule: &str) -> Times {
    Times::Rule {
        rrule: rrule.into(),
        first_day: "2026-01-05".into(),
        local_start: "09:00".into(),
        duration_minutes: 120,
        exceptions: Vec::new(),
    }
}

fn window(start: &str, end: &str) -> Times {
    Times::Window { start: start.into(), end: end.into() }
}

async fn schedule(world: &World, id: InterviewerId) -> i64 {
    world.get::<InterviewerSchedule>(id).await.version
}

fn step(to: InterviewerStatus) -> ChangeInterviewerStatus {
    ChangeInterviewerStatus { to, reason: None, confirmed_interviews: None, interviews: Vec::new() }
}

#[test]
fn an_interviewer_is_entered_with_its_user() {
    block_on(async {
        let world = world().await;
        let made = world.hdip.create_interviewer(&world.as_operator(), new()).await.unwrap().output;
        let ravi: Interviewer = world.get(made.interviewer_id).await;
        assert_eq!((&*ravi.country, ravi.status, ravi.weekly_cap), ("IN", InterviewerStatus::Invited, 10));
        assert_eq!(ravi.skills.iter().collect::<Vec<_>>(), ["go"]);
        let user: User = world.get(made.user_id).await;
        assert_eq!((user.interviewer_id, &*user.email_key), (Some(ravi.id), "ravi@interviewers.example"));
        assert!(user.password_hash.is_some_and(|hash| !hash.contains("a long enough")));
        assert_eq!(schedule(&world, ravi.id).await, 1);
        let taken = world.hdip.create_interviewer(&world.as_operator(), new()).await.unwrap_err();
        assert_eq!(taken.code(), "email_taken");
        let mut users = new();
        users.interviewer.email = world.owner.email.to_string();
        let taken = world.hdip.create_interviewer(&world.as_operator(), users).await.unwrap_err();
        assert_eq!(taken.code(), "email_taken");
        let refused = world.hdip.create_interviewer(&world.as_owner(), new()).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
    });
}

#[test]
fn bad_interviewers_are_refused_by_field() {
    block_on(async {
        let world = world().await;
        let bad = CreateInterviewer {
            interviewer: InterviewerFields {
                name: String::new(),
                phone: Some("123".into()),
                country: "India".into(),
                zone: "Asia/Bombay".into(),
                level: 4,
                specialisations: vec!["rocket_science".into()],
                skills: vec![],
                weekly_cap: Some(0),
                minimum_gap_minutes: Some(7),
                pay_currency: "BTC".into(),
                ..fields()
            },
            password: None,
        };
        let mut said =
            complaints(world.hdip.create_interviewer(&world.as_operator(), bad).await.unwrap_err());
        said.sort();
        assert_eq!(
            said,
            [
                "country:invalid_country",
                "level:out_of_range",
                "minimum_gap_minutes:not_multiple_of_5",
                "name:required",
                "pay_currency:unknown_currency",
                "phone:invalid_phone",
                "skills:required",
                "specialisations[0]:unknown_specialisation",
                "weekly_cap:out_of_range",
                "zone:unknown_zone",
            ]
        );
        let weak = CreateInterviewer { password: Some("12345".into()), ..new() };
        let said = complaints(world.hdip.create_interviewer(&world.as_operator(), weak).await.unwrap_err());
        assert_eq!(said, ["password:too_short"]);
    });
}

#[test]
fn the_ladder_is_climbed_step_by_step() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let id = world.hdip.create_interviewer(&operator, new()).await.unwrap().output.interviewer_id;
        let refused =
            world.hdip.change_interviewer_status(&operator, id, step(InterviewerStatus::Mentor)).await;
        assert_eq!(refused.unwrap_err().code(), "wrong_interviewer_status");
        for to in [InterviewerStatus::Shadowing, InterviewerStatus::Certified, InterviewerStatus::Mentor] {
            world.hdip.change_interviewer_status(&operator, id, step(to)).await.unwrap();
        }
        let unsaid = step(InterviewerStatus::Suspended);
        let error = world.hdip.change_interviewer_status(&operator, id, unsaid.clone()).await.unwrap_err();
        assert_eq!(complaints(error), ["reason:required"]);
        let said = ChangeInterviewerStatus { reason: Some("complaints".into()), ..unsaid };
        world.hdip.change_interviewer_status(&operator, id, said).await.unwrap();
        assert_eq!(schedule(&world, id).await, 5, "every step bumps the schedule");
        let audit = world.storage.audit_of(&id.to_string(), &Page::default()).await.unwrap();
        assert_eq!(audit[0].reason.as_deref(), Some("complaints"));
        assert_eq!(audit[0].changes, serde_json::json!({"from": "mentor", "to": "suspended"}));
        let me = world.as_interviewer(id);
        let own = world.hdip.change_interviewer_status(&me, id, step(InterviewerStatus::Mentor)).await;
        assert_eq!(own.unwrap_err().code(), "forbidden");
    });
}

async fn confirmed(world: &World, who: InterviewerId) -> InterviewId {
    let (_, round) = world.job().await;
    let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let start = Pick { start: "2026-01-06T08:00:00Z".parse().unwrap(), odd_hours_ok: false };
    let request =
        RequestInterview { application: asha.id, start: StartChoice::Picked(start), consents: None };
    let id = world.hdip.request_interview(&world.as_owner(), request).await.unwrap().output.interview_id;
    world.drain().await;
    let call = world.storage.invitations(id).await.unwrap().into_iter().find(|i| i.interviewer_id == who);
    world.hdip.accept_invitation(&world.as_interviewer(who), call.unwrap().id).await.unwrap();
    world.drain().await;
    id
}

#[test]
fn suspending_asks_what_becomes_of_confirmed_interviews() {
    block_on(async {
        let world = world().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let id = confirmed(&world, ravi.id).await;
        let suspend = |confirmed_interviews| ChangeInterviewerStatus {
            to: InterviewerStatus::Suspended,
            reason: Some("under review".into()),
            confirmed_interviews,
            interviews: Vec::new(),
        };
        let operator = world.as_operator();
        let unsaid =
            world.hdip.change_interviewer_status(&operator, ravi.id, suspend(None)).await.unwrap_err();
        assert_eq!(unsaid.code(), "has_confirmed_interviews");
        let finish = suspend(Some(ConfirmedInterviews::Finish));
        let kept = world.hdip.change_interviewer_status(&operator, ravi.id, finish).await.unwrap().output;
        assert_eq!(kept, StatusChanged { released: 0, kept: 1 });
        assert_eq!(world.get::<Interview>(id).await.interviewer_id, Some(ravi.id));
        // On second thought: the same step again, now with release.
        let release = suspend(Some(ConfirmedInterviews::Release));
        let gone = world.hdip.change_interviewer_status(&operator, ravi.id, release).await.unwrap().output;
        assert_eq!(gone, StatusChanged { released: 1, kept: 0 });
        let interview: Interview = world.get(id).await;
        assert_eq!((interview.state, interview.interviewer_id), (InterviewState::Inviting, None));
    });
}

#[test]
fn an_interviewer_changes_itself_within_bounds() {
    block_on(async {
        let world = world().await;
        let made = world.hdip.create_interviewer(&world.as_operator(), new()).await.unwrap().output;
        let (id, me) = (made.interviewer_id, world.as_interviewer(made.interviewer_id));
        let update = UpdateInterviewer {
            expected: Some(1),
            zone: Some("Europe/Berlin".into()),
            weekly_cap: Some(4),
            ..Default::default()
        };
        world.hdip.update_interviewer(&me, id, update.clone()).await.unwrap();
        assert_eq!(world.hdip.update_interviewer(&me, id, update).await.unwrap_err().code(), "stale");
        let user: User = world.get(made.user_id).await;
        assert_eq!(user.zone.name(), "Europe/Berlin", "its user is the same person");
        assert_eq!(schedule(&world, id).await, 2);
        let climb =
            UpdateInterviewer { level: Some(3), pay_currency: Some("USD".into()), ..Default::default() };
        let said = complaints(world.hdip.update_interviewer(&me, id, climb.clone()).await.unwrap_err());
        assert_eq!(said, ["level:operator_only", "pay_currency:operator_only"]);
        world.hdip.update_interviewer(&world.as_operator(), id, climb).await.unwrap();
        assert!(matches!(world.hdip.interviewer(&me, id).await.unwrap(), InterviewerView::Own(_)));
        let other = world.as_interviewer(InterviewerId::from_bits(77));
        for ctx in [&other, &world.as_interviewer(InterviewerId::from_bits(0))] {
            assert_eq!(world.hdip.interviewer(ctx, id).await.unwrap_err().code(), "not_found");
            let update = world.hdip.update_interviewer(ctx, id, UpdateInterviewer::default()).await;
            assert_eq!(update.unwrap_err().code(), "not_found");
        }
        assert_eq!(world.hdip.interviewer(&world.as_owner(), id).await.unwrap_err().code(), "forbidden");
        let list = world.hdip.interviewers(&me, &Default::default(), &Page::default()).await;
        assert_eq!(list.unwrap_err().code(), "forbidden");
        let everybody =
            world.hdip.interviewers(&world.as_operator(), &Default::default(), &Page::default()).await;
        assert_eq!(everybody.unwrap().items.len(), 1);
    });
}

async fn wrong_times(world: &World, ctx: &Ctx, id: InterviewerId, times: Times) -> Vec<String> {
    complaints(world.hdip.add_availability(ctx, id, put(times)).await.unwrap_err())
}

#[test]
fn times_that_cannot_be_meant_are_refused_by_field() {
    block_on(async {
        let world = world().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let me = world.as_interviewer(ravi.id);
        type Change = fn(&mut (String, String, String, u32, Vec<String>));
        let rules: &[(&str, Change)] = &[
            ("rrule:invalid_rrule", |r| r.0 = "FREQ=SECONDLY".into()),
            ("rrule:invalid_rrule", |r| r.0 = "FREQ=WEEKLY;BYDAY=XX".into()),
            ("rrule:invalid_rrule", |r| r.0 = "every monday".into()),
            ("rrule:too_long", |r| r.0 = "FREQ=DAILY;".repeat(50)),
            ("rrule:never", |r| r.0 = "FREQ=DAILY;UNTIL=20250101".into()),
            ("rrule:never", |r| r.0 = "FREQ=DAILY;INTERVAL=7;BYDAY=TU".into()),
            ("first_day:invalid_date", |r| r.1 = "2026-02-29".into()),
            ("first_day:invalid_date", |r| r.1 = "5 Jan 2026".into()),
            ("first_day:invalid_date", |r| r.1 = "2026-1-5".into()),
            ("first_day:out_of_range", |r| r.1 = "9999-12-31".into()),
            ("local_start:invalid_time", |r| r.2 = "24:00".into()),
            ("local_start:invalid_time", |r| r.2 = "09:00:30".into()),
            ("local_start:invalid_time", |r| r.2 = "9:00".into()),
            ("local_start:invalid_time", |r| r.2 = "09:60".into()),
            ("local_start:not_multiple_of_5", |r| r.2 = "09:01".into()),
            ("duration_minutes:out_of_range", |r| r.3 = 10),
            ("duration_minutes:out_of_range", |r| r.3 = 1445),
            ("duration_minutes:not_multiple_of_5", |r| r.3 = 61),
            ("exceptions[1]:invalid_date", |r| r.4 = vec!["2026-01-06".into(), "2026-02-30".into()]),
            ("exceptions:too_many", |r| r.4 = vec!["2026-01-06".into(); 367]),
        ];
        for (said, change) in rules {
            let mut raw =
                ("FREQ=WEEKLY;BYDAY=MO".to_owned(), "2026-01-05".to_owned(), "09:00".to_owned(), 60, vec![]);
            change(&mut raw);
            let (rrule, first_day, local_start, duration_minutes, exceptions) = raw;
            let times = Times::Rule { rrule, first_day, local_start, duration_minutes, exceptions };
            assert_eq!(wrong_times(&world, &me, ravi.id, times).await, [*said], "{said}");
        }
        for (said, start, end) in [
            ("end:end_before_start", "2026-02-01T10:00:00Z", "2026-02-01T09:00:00Z"),
            ("end:end_before_start", "2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z"),
            ("end:too_long", "2026-02-01T00:00:00Z", "2026-03-05T00:00:00Z"),
            ("end:past", "2025-12-01T00:00:00Z", "2025-12-01T10:00:00Z"),
            ("start:not_multiple_of_5", "2026-02-01T10:01:00Z", "2026-02-01T11:00:00Z"),
            ("end:not_multiple_of_5", "2026-02-01T10:00:00Z", "2026-02-01T11:00:01Z"),
            ("start:invalid_time", "2026-02-29T10:00:00Z", "2026-03-01T11:00:00Z"),
            ("start:invalid_time", "2026-02-01T10:00:00", "2026-02-01T11:00:00Z"),
        ] {
            assert_eq!(wrong_times(&world, &me, ravi.id, window(start, end)).await, [said], "{start} {end}");
        }
        assert_eq!(schedule(&world, ravi.id).await, 1, "refusals change nothing");
    });
}

#[test]
fn times_are_added_changed_and_taken_away_and_count_at_once() {
    block_on(async {
        let world = world().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let me = world.as_interviewer(ravi.id);
        let (_, round) = world.job().await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let offered = async |time: &str| {
            let offer = world.hdip.slots(&world.as_owner(), asha.id, None, None).await.unwrap();
            let start: Timestamp = format!("2026-01-06T{time}:00Z").parse().unwrap();
            offer.starts.iter().any(|s| s.start == start)
        };
        assert!(offered("08:00").await);
        let blackout = Times::Blackout {
            start: "2026-01-06T00:00:00+05:30".into(),
            end: "2026-01-07T00:00:00+05:30".into(),
        };
        let away = world.hdip.add_availability(&me, ravi.id, put(blackout)).await.unwrap().output;
        assert!(!offered("08:00").await);
        let shorter =
            put(Times::Blackout { start: "2026-01-06T12:00:00Z".into(), end: "2026-01-06T18:00:00Z".into() });
        let stale =
            world.hdip.update_availability(&me, ravi.id, away, shorter.clone(), Some(9)).await.unwrap_err();
        assert_eq!(stale.code(), "stale");
        world.hdip.update_availability(&me, ravi.id, away, shorter, Some(1)).await.unwrap();
        assert!(offered("08:00").await && !offered("12:00").await);
        let busy = |start: &str, end: &str| BusyTime { start: start.into(), end: end.into() };
        let calendar = vec![
            busy("2026-01-06T08:30:00Z", "2026-01-06T09:07:00Z"),
            busy("2026-01-06T07:30:00Z", "2026-01-06T08:45:00Z"),
            busy("2025-12-06T07:30:00Z", "2025-12-06T08:45:00Z"),
        ];
        world.hdip.set_external_busy(&me, ravi.id, calendar).await.unwrap();
        let known = world.hdip.external_busy(&me, ravi.id).await.unwrap().unwrap();
        assert_eq!(known.spans.len(), 1, "merged, and without the past");
        assert!(!offered("08:00").await);
        world.hdip.set_external_busy(&world.as_operator(), ravi.id, vec![]).await.unwrap();
        assert!(offered("08:00").await, "replaced as a whole");
        let bad =
            vec![busy("2026-01-06T08:30:00Z", "2026-01-06T08:00:00Z"), busy("noon", "2026-01-06T08:00:00Z")];
        let said = complaints(world.hdip.set_external_busy(&me, ravi.id, bad).await.unwrap_err());
        assert_eq!(said, ["busy_times[0].end:end_before_start", "busy_times[1].start:invalid_time"]);
        world.hdip.delete_availability(&me, ravi.id, away, None).await.unwrap();
        assert!(offered("12:00").await);
        assert_eq!(schedule(&world, ravi.id).await, 6, "each change bumped it once");
        assert_eq!(world.hdip.availability(&me, ravi.id).await.unwrap().len(), 1);
    });
}

#[test]
fn a_rule_without_end_and_odd_ones_are_fine() {
    block_on(async {
        let world = world().await;
        let ravi = world.interviewer("Ravi", "America/New_York").await;
        let me = world.as_interviewer(ravi.id);
        for rrule in [
            "FREQ=DAILY",
            "RRULE:FREQ=WEEKLY;INTERVAL=52;BYDAY=SU",
            "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10",
            "FREQ=WEEKLY;UNTIL=20260301T000000Z",
        ] {
            world.hdip.add_availability(&me, ravi.id, put(rule(rrule))).await.unwrap();
        }
        let leap = Times::Rule {
            rrule: "FREQ=WEEKLY".into(),
            first_day: "2028-02-29".into(),
            // Inside the hour that New York skips in March.
            local_start: "02:30".into(),
            duration_minutes: 1440,
            exceptions: vec!["2028-03-07".into()],
        };
        world.hdip.add_availability(&me, ravi.id, put(leap)).await.unwrap();
    });
}

#[test]
fn entries_are_their_owners_and_not_without_number() {
    block_on(async {
        let world = world().await;
        let (ravi, lena) = (
            world.interviewer("Ravi", "Asia/Kolkata").await,
            world.interviewer("Lena", "Europe/Berlin").await,
        );
        let (me, her) = (world.as_interviewer(ravi.id), world.as_interviewer(lena.id));
        let mine = world.hdip.add_availability(&me, ravi.id, put(rule("FREQ=DAILY"))).await.unwrap().output;
        let codes = [
            world.hdip.availability(&her, ravi.id).await.map(|_| ()),
            world.hdip.add_availability(&her, ravi.id, put(rule("FREQ=DAILY"))).await.map(|_| ()),
            world.hdip.availability_entry(&her, lena.id, mine).await.map(|_| ()),
            world
                .hdip
                .update_availability(&her, lena.id, mine, put(rule("FREQ=DAILY")), None)
                .await
                .map(|_| ()),
            world.hdip.delete_availability(&her, lena.id, mine, None).await.map(|_| ()),
            world.hdip.set_external_busy(&her, ravi.id, vec![]).await.map(|_| ()),
        ]
        .map(|answer| answer.unwrap_err().code());
        assert_eq!(codes, ["not_found"; 6]);
        assert_eq!(
            world.hdip.availability(&world.as_owner(), ravi.id).await.unwrap_err().code(),
            "forbidden"
        );
        for _ in world.hdip.availability(&me, ravi.id).await.unwrap().len()..200 {
            world.hdip.add_availability(&me, ravi.id, put(rule("FREQ=DAILY"))).await.unwrap();
        }
        let full = world.hdip.add_availability(&me, ravi.id, put(rule("FREQ=DAILY"))).await.unwrap_err();
        assert_eq!(full.code(), "too_many_entries");
    });
}
