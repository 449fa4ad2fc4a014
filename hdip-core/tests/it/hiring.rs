//! Jobs, candidates, applications and imports on in-memory ports: what is made, refused, seen by whom.

use crate::stories::*;
use hdip_core::access::{Actor, KeyScope, Role, Scope};
use hdip_core::clients::{Client, ClientStatus};
use hdip_core::hiring::*;
use hdip_core::ports::storage::*;
use hdip_core::ports::{Clock, IdsExt};
use hdip_core::scheduling::*;
use hdip_core::testkit::{World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error, IdempotencyKey};

fn fields() -> JobFields {
    JobFields {
        title: "Backend Engineer".into(),
        experience_min_months: 24,
        experience_max_months: 96,
        positions: 1,
        specialisation: "backend".into(),
        mandatory_skills: vec!["Rust".into(), "Postgres".into()],
        ..Default::default()
    }
}

fn new_job() -> CreateJob {
    let round = |name: &str| NewRound {
        name: name.into(),
        duration_minutes: 45,
        guidelines: "Ask about locks.".into(),
    };
    CreateJob { client: None, job: fields(), rounds: vec![round("Screening"), round("Design")] }
}

fn full(view: JobView) -> Job {
    match view {
        JobView::Full(job) => job,
        JobView::Agency(_) => panic!("not an agency"),
    }
}

async fn status(world: &World, id: ApplicationId) -> ApplicationStatus {
    world.get::<Application>(id).await.status
}

#[test]
fn a_job_is_opened_with_its_rounds_and_its_skills_in_one_spelling() {
    block_on(async {
        let world = world().await;
        let made = world.hdip.create_job(&world.as_owner(), new_job()).await.unwrap().output;
        let job = full(world.hdip.job(&world.as_owner(), made.job_id).await.unwrap());
        assert_eq!(job.mandatory_skills.iter().collect::<Vec<_>>(), ["postgresql", "rust"]);
        assert_eq!((job.zone, job.recommended_score, job.status), (world.client.zone, 80, JobStatus::Open));
        let rounds = world.hdip.rounds(&world.as_owner(), made.job_id).await.unwrap();
        let said: Vec<_> = rounds.iter().map(|r| (r.position, &*r.name, r.duration_minutes)).collect();
        assert_eq!(said, [(1, "Screening", 45), (2, "Design", 45)]);
        let audit = world.storage.audit_of(&made.job_id.to_string(), &Page::default()).await.unwrap();
        assert_eq!(audit.iter().map(|a| &*a.action).collect::<Vec<_>>(), ["job.created"]);
        assert_eq!(kinds(&world).await, ["job.created"]);
    });
}

#[test]
fn what_is_wrong_with_a_job_is_said_all_at_once() {
    block_on(async {
        let world = world().await;
        let outsider = stranger(&world).await.actor.user().unwrap().id;
        let mut new = new_job();
        new.rounds[1].duration_minutes = 50;
        new.job = JobFields {
            title: " ".into(),
            experience_min_months: 60,
            experience_max_months: 24,
            positions: 0,
            specialisation: "cobol".into(),
            mandatory_skills: vec![],
            zone: Some("Mars/Base".into()),
            recommended_score: Some(90),
            recruiters: vec![world.owner.id, outsider],
            hiring_manager: Some(outsider),
            ..fields()
        };
        let error = world.hdip.create_job(&world.as_owner(), new).await.unwrap_err();
        let mut said = complaints(error);
        said.sort();
        assert_eq!(
            said,
            [
                "experience_max_months:below_minimum",
                "hiring_manager_id:unknown_user",
                "mandatory_skills:required",
                "positions:out_of_range",
                "recommended_score:out_of_range",
                "recruiter_ids[1]:unknown_user",
                "rounds[1].duration_minutes:unknown_duration",
                "specialisation:unknown_specialisation",
                "title:required",
                "zone:unknown_zone",
            ]
        );
        let error = world.hdip.create_job(&world.as_operator(), new_job()).await.unwrap_err();
        assert_eq!(complaints(error), ["client_id:required"]);
    });
}

#[test]
fn edits_see_the_newest_version_or_are_refused() {
    block_on(async {
        let world = world().await;
        let ctx = world.as_owner();
        let id = world.hdip.create_job(&ctx, new_job()).await.unwrap().output.job_id;
        let update =
            |expected, title: &str| UpdateJob { expected, title: Some(title.into()), ..Default::default() };
        world.hdip.update_job(&ctx, id, update(Some(1), "Rust Engineer")).await.unwrap();
        let error = world.hdip.update_job(&ctx, id, update(Some(1), "Go Engineer")).await.unwrap_err();
        assert!(matches!(error, Error::Stale), "{error:?}");
        let job = full(world.hdip.job(&ctx, id).await.unwrap());
        assert_eq!((&*job.title, job.version), ("Rust Engineer", 2));
        // Nothing changed: nothing is written.
        world.hdip.update_job(&ctx, id, update(Some(2), "Rust Engineer")).await.unwrap();
        assert_eq!(full(world.hdip.job(&ctx, id).await.unwrap()).version, 2);
        let audit = world.storage.audit_of(&id.to_string(), &Page::default()).await.unwrap();
        assert_eq!(audit[0].changes, serde_json::json!({"fields": ["title"]}));
    });
}

#[test]
fn submitting_makes_candidate_and_application_once() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let mut ctx = world.as_owner();
        ctx.idempotency = Some("key-1".parse::<IdempotencyKey>().unwrap());
        let first = world.hdip.submit_candidate(&ctx, submission(job.id, "Asha Rao")).await.unwrap();
        assert!(first.output.created && first.output.warnings.is_empty() && !first.replayed);
        let again = world.hdip.submit_candidate(&ctx, submission(job.id, "Asha Rao")).await.unwrap();
        assert!(again.replayed && again.output == first.output);
        let other = world.hdip.submit_candidate(&ctx, submission(job.id, "Ravi Roy")).await.unwrap_err();
        assert_eq!(other.code(), "idempotency_mismatch");

        let view = world.hdip.application(&world.as_owner(), first.output.application_id).await.unwrap();
        let basics = view.basics();
        assert_eq!((&*basics.candidate_name, &*basics.job_title), ("Asha Rao", "Backend Engineer"));
        assert_eq!((basics.round_id, &*basics.round_name, basics.round_position), (round.id, "Technical", 1));
        assert_eq!(basics.status, ApplicationStatus::ToSchedule);
        let detail = view.detail().unwrap();
        assert_eq!((detail.source, detail.recruiter_id), (Source::Internal, Some(world.owner.id)));
        assert_eq!(kinds(&world).await, ["candidate.created", "application.submitted"]);
        let candidate: Candidate = world.get(first.output.candidate_id).await;
        assert_eq!(candidate.zone, job.zone, "the job's zone, where none is said");
    });
}

#[test]
fn bad_candidates_are_refused_by_field() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let ctx = world.as_owner();
        type Change = fn(&mut SubmitCandidate);
        let table: &[(&str, Change)] = &[
            ("name:required", |s| s.person.name = "\u{2003} ".into()),
            ("name:too_long", |s| s.person.name = "x".repeat(201)),
            ("name:line_break", |s| s.person.name = "Asha\r\nBcc: all@corp.example".into()),
            ("name:control_character", |s| s.person.name = "Asha\u{0}".into()),
            ("email:invalid_email", |s| s.person.email = "asha@corp".into()),
            ("email:invalid_email", |s| s.person.email = "Asha <asha@corp.example>".into()),
            ("phone:invalid_phone", |s| s.person.phone = Some("98765 43210".into())),
            ("experience_months:out_of_range", |s| s.person.experience_months = 721),
            ("zone:unknown_zone", |s| s.person.zone = Some("IST".into())),
            ("locale:invalid_locale", |s| s.person.locale = Some("english".into())),
            ("gender:too_long", |s| s.person.gender = Some("x".repeat(41))),
            ("ats_reference:too_long", |s| s.ats_reference = Some("r".repeat(101))),
            ("remark:too_long", |s| s.remark = Some("r".repeat(2001))),
            ("recruiter_id:unknown_user", |s| s.recruiter = Some(UserId::from_bits(5))),
        ];
        for (said, change) in table {
            let mut bad = submission(job.id, "Asha Rao");
            change(&mut bad);
            let error = submit(&world, &ctx, bad).await.unwrap_err();
            assert!(complaints(error).contains(&(*said).to_owned()), "{said}");
        }
        assert!(kinds(&world).await.is_empty(), "refusals leave nothing behind");
    });
}

#[test]
fn names_and_addresses_are_kept_as_they_are() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        for (name, address) in [
            ("Robert'); DROP TABLE candidates;--", "bobby@tables.example"),
            ("आशा राव", "आशा@मेल.example"),
            ("José 🚀 O’Neil-Ñandú", "josé@bücher.example"),
            ("<script>alert(1)</script>", "x+tag@corp.example"),
        ] {
            let mut new = submission(job.id, "x");
            (new.person.name, new.person.email) = (name.into(), address.into());
            let made = submit(&world, &world.as_owner(), new).await.unwrap();
            let stored: Candidate = world.get(made.candidate_id).await;
            assert_eq!((&*stored.name, stored.email.as_str()), (name, address));
        }
    });
}

#[test]
fn a_person_is_on_a_job_once_by_address_or_phone() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let ctx = world.as_owner();
        let mut asha = submission(job.id, "Asha Rao");
        asha.person.phone = Some("+91 98765 43210".into());
        let first = submit(&world, &ctx, asha.clone()).await.unwrap();

        let mut by_address = submission(job.id, "Somebody Else");
        by_address.person.email = "ASHA.Rao@mail.example".into();
        assert_eq!(submit(&world, &ctx, by_address).await.unwrap_err().code(), "already_submitted");
        let mut by_phone = submission(job.id, "Another One");
        by_phone.person.phone = Some("+919876543210".into());
        assert_eq!(submit(&world, &ctx, by_phone).await.unwrap_err().code(), "already_submitted");

        // Once closed, the person can come again; the record is the same one.
        let drop = DropApplication { reason: DropReason::NotInterested, late_ok: false };
        world.hdip.drop_application(&ctx, first.application_id, drop.clone()).await.unwrap();
        let twice = world.hdip.drop_application(&ctx, first.application_id, drop).await.unwrap_err();
        assert_eq!(twice.code(), "wrong_application_status");
        let second = submit(&world, &ctx, asha).await.unwrap();
        assert!(second.created && second.application_id != first.application_id);
        assert_eq!(second.candidate_id, first.candidate_id);
    });
}

#[test]
fn an_open_application_is_unique_by_address_whatever_the_candidate_record() {
    // Two submissions of one person that were both decided before either was committed.
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        submit(&world, &world.as_owner(), submission(job.id, "Asha Rao")).await.unwrap();
        let (filter, page) = (ApplicationFilter::default(), Page::default());
        let all = world.storage.applications(&Scope::Operator, &filter, &page).await.unwrap();
        let mut twin = all.into_iter().next().unwrap();
        (twin.id, twin.candidate_id, twin.version) = (world.ids.fresh(), world.ids.fresh(), 0);
        assert_eq!(twin.round_id, round.id);
        let mut changes = Changes::new();
        changes.insert(&twin);
        let refused = world.storage.commit(changes).await.unwrap_err();
        assert!(matches!(refused, CommitError::Duplicate { table: Table::Applications }), "{refused:?}");
    });
}

#[test]
fn a_record_on_file_is_kept_and_only_its_blanks_are_filled() {
    block_on(async {
        let world = world().await;
        let (one, _) = world.job().await;
        let (two, _) = world.job().await;
        let ctx = world.as_owner();
        let first = submit(&world, &ctx, submission(one.id, "Asha Rao")).await.unwrap();
        let mut again = submission(two.id, "Asha Rao");
        again.person = CandidateFields {
            name: "Asha R. Rao".into(),
            experience_months: 72,
            phone: Some("+919876543210".into()),
            ..again.person
        };
        let second = submit(&world, &ctx, again).await.unwrap();
        assert_eq!(second.candidate_id, first.candidate_id);
        let codes: Vec<_> = second.warnings.iter().map(|w| &*w.code).collect();
        assert_eq!(codes, ["candidate_kept", "candidate_completed"]);
        assert!(second.warnings[0].message.contains("name, experience_months"), "{:?}", second.warnings[0]);
        let stored: Candidate = world.get(first.candidate_id).await;
        assert_eq!((&*stored.name, stored.experience_months), ("Asha Rao", 60));
        assert_eq!(stored.phone.unwrap().as_str(), "+919876543210");
    });
}

#[test]
fn an_external_reference_stands_for_one_application() {
    block_on(async {
        let world = world().await;
        let (one, _) = world.job().await;
        let (two, _) = world.job().await;
        let ctx = world.as_owner();
        let with = |job: JobId, name: &str| SubmitCandidate {
            ats_reference: Some("ATS-1".into()),
            ..submission(job, name)
        };
        let first = submit(&world, &ctx, with(one.id, "Asha Rao")).await.unwrap();
        let again = submit(&world, &ctx, with(one.id, "Asha Rao")).await.unwrap();
        assert_eq!((again.created, again.application_id), (false, first.application_id));
        for other in [with(one.id, "Ravi Roy"), with(two.id, "Asha Rao")] {
            assert_eq!(submit(&world, &ctx, other).await.unwrap_err().code(), "reference_in_use");
        }
        // Another client's references are its own.
        let other = stranger(&world).await;
        let job = world.hdip.create_job(&other, new_job()).await.unwrap().output.job_id;
        assert!(submit(&world, &other, with(job, "Ravi Roy")).await.unwrap().created);
    });
}

#[test]
fn what_the_job_asks_for_is_checked_or_said() {
    block_on(async {
        let world = world().await;
        let ctx = world.as_owner();
        let mut new = new_job();
        new.job.diversity_hiring = true;
        let job = world.hdip.create_job(&ctx, new).await.unwrap().output.job_id;
        let error = submit(&world, &ctx, submission(job, "Asha Rao")).await.unwrap_err();
        assert_eq!(complaints(error), ["gender:required"]);
        let mut asha = submission(job, "Asha Rao");
        asha.person.gender = Some("female".into());
        asha.person.experience_months = 12;
        let made = submit(&world, &ctx, asha).await.unwrap();
        assert_eq!(made.warnings[0].code, "experience_out_of_range");
        // From then on it is on record.
        let (other, _) = world.job().await;
        let update = UpdateJob { diversity_hiring: Some(true), ..Default::default() };
        world.hdip.update_job(&ctx, other.id, update).await.unwrap();
        assert!(submit(&world, &ctx, submission(other.id, "Asha Rao")).await.is_ok());
    });
}

#[test]
fn only_active_clients_and_open_jobs_with_a_round_take_candidates() {
    block_on(async {
        let world = world().await;
        let ctx = world.as_owner();
        let bare = CreateJob { rounds: Vec::new(), ..new_job() };
        let job = world.hdip.create_job(&ctx, bare).await.unwrap().output.job_id;
        let refused = submit(&world, &ctx, submission(job, "Asha Rao")).await.unwrap_err();
        assert_eq!(refused.code(), "no_round");
        let round = NewRound { name: "Only".into(), duration_minutes: 30, guidelines: String::new() };
        world.hdip.add_round(&ctx, job, round.clone()).await.unwrap();
        let made = submit(&world, &ctx, submission(job, "Asha Rao")).await.unwrap();

        let undecided = world.hdip.archive_job(&ctx, job, ArchiveJob::default()).await.unwrap_err();
        assert_eq!(undecided.code(), "job_has_open_applications");
        let finish = ArchiveJob { mode: Some(ArchiveMode::Finish), late_ok: false };
        world.hdip.archive_job(&ctx, job, finish).await.unwrap();
        assert_eq!(status(&world, made.application_id).await, ApplicationStatus::ToSchedule);
        let refused = submit(&world, &ctx, submission(job, "Ravi Roy")).await.unwrap_err();
        assert_eq!(refused.code(), "job_archived");
        assert_eq!(world.hdip.add_round(&ctx, job, round).await.unwrap_err().code(), "job_archived");
        world.hdip.reopen_job(&ctx, job).await.unwrap();
        submit(&world, &ctx, submission(job, "Ravi Roy")).await.unwrap();

        let client = Client { status: ClientStatus::Suspended, ..world.client.clone() };
        world.put(&client).await;
        let refused = submit(&world, &ctx, submission(job, "Lena Lang")).await.unwrap_err();
        assert_eq!(refused.code(), "client_not_active");
    });
}

#[test]
fn dropping_a_scheduled_candidate_calls_the_interview_off() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let id = interview(&world, &world.as_owner(), asha.id, "2026-01-06T08:00:00Z", Some(ravi.id)).await;
        let in_use = UpdateRound { duration_minutes: Some(30), ..Default::default() };
        let refused = world.hdip.update_round(&world.as_owner(), round.id, in_use.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "round_in_use");

        // Two hours before the start it has a consequence, and only with a yes.
        world.run_until("2026-01-06T06:00:00Z".parse().unwrap()).await;
        let drop = |late_ok| DropApplication { reason: DropReason::NotAvailable, late_ok };
        let unasked = world.hdip.drop_application(&world.as_owner(), asha.id, drop(false)).await.unwrap_err();
        assert_eq!(unasked.code(), "late_change_not_confirmed");
        let archive = ArchiveJob { mode: Some(ArchiveMode::Cancel), late_ok: false };
        let unasked = world.hdip.archive_job(&world.as_owner(), job.id, archive).await.unwrap_err();
        assert_eq!(unasked.code(), "late_change_not_confirmed");
        assert_eq!(world.get::<Job>(job.id).await.status, JobStatus::Open, "nothing was changed");
        world.hdip.drop_application(&world.as_owner(), asha.id, drop(true)).await.unwrap();
        world.drain().await;

        assert_eq!(world.get::<Interview>(id).await.state, InterviewState::Cancelled);
        let dropped: Application = world.get(asha.id).await;
        assert_eq!((dropped.status, dropped.live_key), (ApplicationStatus::Dropped, None));
        assert_eq!(dropped.drop_reason, Some(DropReason::NotAvailable));
        let key = format!("schedule:{}:{}", asha.id, asha.candidate_id);
        let link = world.storage.link_by_key(&key).await.unwrap();
        assert!(link.is_none_or(|link| link.revoked_at.is_some()), "the scheduling link is dead");
        assert!(world.storage.claimed_ticks().await.unwrap().is_empty(), "nobody's time is held");
        world.hdip.update_round(&world.as_owner(), round.id, in_use).await.unwrap();
    });
}

#[test]
fn archiving_with_cancel_drops_all_but_what_has_begun() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let (ravi, lena) = (
            world.interviewer("Ravi", "Asia/Kolkata").await,
            world.interviewer("Lena", "Asia/Kolkata").await,
        );
        let running = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let inviting = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let idle = world.application(&round, "Chand Das", "Asia/Kolkata").await;
        let mut selected = world.application(&round, "Dev Dutt", "Asia/Kolkata").await;
        selected.set_status(ApplicationStatus::Selected, world.clock.now());
        world.put(&selected).await;
        let begun =
            interview(&world, &world.as_owner(), running.id, "2026-01-06T08:00:00Z", Some(ravi.id)).await;
        let later =
            interview(&world, &world.as_owner(), inviting.id, "2026-01-06T12:00:00Z", Some(lena.id)).await;
        world.run_until("2026-01-06T08:10:00Z".parse().unwrap()).await;
        assert_eq!(world.get::<Interview>(begun).await.state, InterviewState::InProgress);

        let archive = ArchiveJob { mode: Some(ArchiveMode::Cancel), late_ok: false };
        let done = world.hdip.archive_job(&world.as_owner(), job.id, archive.clone()).await.unwrap().output;
        assert_eq!(done, ArchivedJob { dropped: 2, still_running: 1 });
        world.drain().await;
        assert_eq!(status(&world, running.id).await, ApplicationStatus::Interviewing);
        assert_eq!(status(&world, inviting.id).await, ApplicationStatus::Dropped);
        assert_eq!(status(&world, idle.id).await, ApplicationStatus::Dropped);
        assert_eq!(status(&world, selected.id).await, ApplicationStatus::Selected);
        assert_eq!(world.get::<Application>(idle.id).await.drop_reason, Some(DropReason::JobArchived));
        assert_eq!(world.get::<Interview>(later).await.state, InterviewState::Cancelled);
        // Again is no failure, and finds nothing more.
        let again = world.hdip.archive_job(&world.as_owner(), job.id, archive).await.unwrap().output;
        assert_eq!(again, ArchivedJob { dropped: 0, still_running: 1 });
    });
}

#[test]
fn putting_aside_and_taking_up_again() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let ctx = world.as_owner();
        let id = submit(&world, &ctx, submission(job.id, "Asha Rao")).await.unwrap().application_id;
        let refused = world.hdip.resume_application(&ctx, id).await.unwrap_err();
        assert_eq!(refused.code(), "wrong_application_status");
        world.hdip.hold_application(&ctx, id).await.unwrap();
        assert_eq!(status(&world, id).await, ApplicationStatus::OnHold);
        let again = submit(&world, &ctx, submission(job.id, "Asha Rao")).await.unwrap_err();
        assert_eq!(again.code(), "already_submitted", "an application on hold is open");
        world.hdip.resume_application(&ctx, id).await.unwrap();
        assert_eq!(status(&world, id).await, ApplicationStatus::ToSchedule);
    });
}

#[test]
fn a_recent_interview_of_the_person_is_said_once_somebody_submits_it_again() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let (two, _) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        interview(&world, &world.as_owner(), asha.id, "2026-01-06T08:00:00Z", Some(ravi.id)).await;
        world.run_until("2026-01-06T10:00:00Z".parse().unwrap()).await;

        let mut agent = world.agency_user(&world.agency("Best Hires").await, "a@best.example").await;
        let update = UpdateJob { recruiters: Some(vec![agent.id]), ..Default::default() };
        world.hdip.update_job(&world.as_owner(), two.id, update).await.unwrap();
        agent = world.get(agent.id).await;
        let ctx = on_jobs(world.as_user(&agent), [two.id]);
        let theirs = submit(&world, &ctx, submission(two.id, "Asha Rao")).await.unwrap();
        assert_ne!(theirs.candidate_id, asha.candidate_id, "nobody else's record is re-used for an agency");
        let codes: Vec<_> = theirs.warnings.iter().map(|w| (&*w.code, w.application_id)).collect();
        assert_eq!(codes, [("interviewed_recently", None)]);

        let drop = DropApplication { reason: DropReason::Other, late_ok: false };
        world.hdip.drop_application(&world.as_owner(), theirs.application_id, drop).await.unwrap();
        let ours = submit(&world, &world.as_owner(), submission(two.id, "Asha Rao")).await.unwrap();
        assert_eq!(ours.candidate_id, asha.candidate_id);
        assert_eq!(ours.warnings[0].application_id, Some(asha.id));

        // Seven months later it is forgotten.
        let (three, _) = world.job().await;
        world.clock.set("2026-08-10T00:00:00Z".parse().unwrap());
        let late = submit(&world, &world.as_owner(), submission(three.id, "Asha Rao")).await.unwrap();
        assert!(late.warnings.is_empty(), "{:?}", late.warnings);
    });
}

#[test]
fn another_tenants_ids_are_as_if_they_did_not_exist() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let made = submit(&world, &world.as_owner(), submission(job.id, "Asha Rao")).await.unwrap();
        let ctx = stranger(&world).await;
        let hdip = &world.hdip;
        let codes = [
            hdip.job(&ctx, job.id).await.map(|_| ()),
            hdip.rounds(&ctx, job.id).await.map(|_| ()),
            hdip.update_job(&ctx, job.id, UpdateJob::default()).await.map(|_| ()),
            hdip.archive_job(&ctx, job.id, ArchiveJob::default()).await.map(|_| ()),
            hdip.reopen_job(&ctx, job.id).await.map(|_| ()),
            hdip.add_round(
                &ctx,
                job.id,
                NewRound { name: "x".into(), duration_minutes: 30, ..Default::default() },
            )
            .await
            .map(|_| ()),
            hdip.update_round(&ctx, round.id, UpdateRound::default()).await.map(|_| ()),
            hdip.candidate(&ctx, made.candidate_id).await.map(|_| ()),
            hdip.update_candidate(&ctx, made.candidate_id, UpdateCandidate::default()).await.map(|_| ()),
            hdip.application(&ctx, made.application_id).await.map(|_| ()),
            hdip.hold_application(&ctx, made.application_id).await.map(|_| ()),
            hdip.resume_application(&ctx, made.application_id).await.map(|_| ()),
            hdip.drop_application(
                &ctx,
                made.application_id,
                DropApplication { reason: DropReason::Other, late_ok: true },
            )
            .await
            .map(|_| ()),
            submit(&world, &ctx, submission(job.id, "Ravi Roy")).await.map(|_| ()),
            hdip.begin_import(&ctx, job.id, true).await.map(|_| ()),
        ]
        .map(|answer| answer.unwrap_err().code());
        assert_eq!(codes, ["not_found"; 15]);
        let mut theirs = new_job();
        theirs.client = Some(world.client.id);
        assert_eq!(hdip.create_job(&ctx, theirs).await.unwrap_err().code(), "not_found");
        assert!(hdip.jobs(&ctx, &Default::default(), &Page::default()).await.unwrap().items.is_empty());
        assert!(hdip.candidates(&ctx, &Default::default(), &Page::default()).await.unwrap().items.is_empty());
        assert!(
            hdip.applications(&ctx, &Default::default(), &Page::default()).await.unwrap().items.is_empty()
        );
    });
}

#[test]
fn an_agency_sees_its_own_candidates_on_jobs_it_is_named_on_and_no_more() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let (hidden, _) = world.job().await;
        let agent = world.agency_user(&world.agency("Best Hires").await, "a@best.example").await;
        let rival = world.agency_user(&world.agency("Rivals").await, "r@rivals.example").await;
        let update = UpdateJob { recruiters: Some(vec![agent.id, rival.id]), ..Default::default() };
        world.hdip.update_job(&world.as_owner(), job.id, update).await.unwrap();
        let (ctx, hdip) = (on_jobs(world.as_user(&agent), [job.id]), &world.hdip);

        let seen = hdip.jobs(&ctx, &Default::default(), &Page::default()).await.unwrap().items;
        assert!(matches!(&*seen, [JobView::Agency(seen)] if seen.id == job.id), "{seen:?}");
        assert_eq!(hdip.job(&ctx, hidden.id).await.unwrap_err().code(), "not_found");
        assert!(hdip.rounds(&ctx, job.id).await.unwrap()[0].guidelines.is_none());
        assert_eq!(hdip.create_job(&ctx, new_job()).await.unwrap_err().code(), "forbidden");
        assert_eq!(hdip.reopen_job(&ctx, job.id).await.unwrap_err().code(), "forbidden");

        let internal = submit(&world, &world.as_owner(), submission(job.id, "Asha Rao")).await.unwrap();
        let mut named = submission(job.id, "Bela Bose");
        named.recruiter = Some(world.owner.id);
        assert_eq!(complaints(submit(&world, &ctx, named).await.unwrap_err()), ["recruiter_id:not_allowed"]);
        let own = submit(&world, &ctx, submission(job.id, "Bela Bose")).await.unwrap();
        let taken = submit(&world, &ctx, submission(job.id, "Asha Rao")).await.unwrap_err();
        assert_eq!(taken.code(), "already_submitted");

        let listed = hdip.applications(&ctx, &Default::default(), &Page::default()).await.unwrap().items;
        assert!(
            matches!(&*listed, [ApplicationView::Agency(seen)] if seen.id == own.application_id),
            "{listed:?}"
        );
        let own_view = hdip.candidate(&ctx, own.candidate_id).await.unwrap();
        assert!(matches!(own_view, CandidateView::Agency(_)));
        assert_eq!(hdip.candidate(&ctx, internal.candidate_id).await.unwrap_err().code(), "not_found");
        assert_eq!(hdip.application(&ctx, internal.application_id).await.unwrap_err().code(), "not_found");
        assert_eq!(hdip.hold_application(&ctx, own.application_id).await.unwrap_err().code(), "forbidden");
        assert_eq!(
            hdip.request_redo(&ctx, InterviewId::from_bits(1), "again").await.unwrap_err().code(),
            "not_found"
        );
        // Taken off the job, the firm still sees its candidate, and acts no more.
        let off = on_jobs(world.as_user(&agent), []);
        assert!(hdip.application(&off, own.application_id).await.is_ok());
        let drop = || DropApplication { reason: DropReason::Other, late_ok: false };
        let refused = hdip.drop_application(&off, own.application_id, drop()).await.unwrap_err();
        assert_eq!(refused.code(), "not_found");
        let theirs = on_jobs(world.as_user(&rival), [job.id]);
        assert_eq!(hdip.application(&theirs, own.application_id).await.unwrap_err().code(), "not_found");

        let seen = hdip.application(&world.as_owner(), own.application_id).await.unwrap();
        let detail = seen.detail().unwrap();
        assert_eq!((detail.source, detail.agency_name.as_deref()), (Source::Agency, Some("Best Hires")));
        assert!(matches!(
            hdip.application(&world.as_operator(), own.application_id).await.unwrap(),
            ApplicationView::Operator { client_brand, .. } if client_brand == "Acme"
        ));

        // For 90 days the person is the first agency's on this job, whatever became of it.
        hdip.drop_application(&ctx, own.application_id, drop()).await.unwrap();
        world.clock.set(world.clock.now() + days(90) - Duration::seconds(1));
        let theirs = || on_jobs(world.as_user(&rival), [job.id]);
        let again = submit(&world, &theirs(), submission(job.id, "Bela Bose")).await.unwrap_err();
        assert_eq!(again.code(), "already_submitted");
        world.clock.set(world.clock.now() + Duration::seconds(1));
        submit(&world, &theirs(), submission(job.id, "Bela Bose")).await.unwrap();
    });
}

/// As sign-in makes it: with the jobs the user is named on.
fn on_jobs<const N: usize>(mut ctx: Ctx, jobs: [JobId; N]) -> Ctx {
    if let Actor::User(user) = &mut ctx.actor {
        user.jobs = Some(jobs.into());
    }
    ctx
}

#[test]
fn an_agency_cannot_take_the_clients_references() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let agent = world.agency_user(&world.agency("Best Hires").await, "a@best.example").await;
        let update = UpdateJob { recruiters: Some(vec![agent.id]), ..Default::default() };
        world.hdip.update_job(&world.as_owner(), job.id, update).await.unwrap();
        let ctx = on_jobs(world.as_user(&agent), [job.id]);
        let new = SubmitCandidate { ats_reference: Some("ATS-1".into()), ..submission(job.id, "Asha Rao") };
        assert_eq!(complaints(submit(&world, &ctx, new).await.unwrap_err()), ["ats_reference:not_allowed"]);
    });
}

#[test]
fn an_open_application_is_unique_by_phone_too() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let with_phone = |name: &str| {
            let mut new = submission(job.id, name);
            new.person.phone = Some("+919876543210".into());
            new
        };
        let first = submit(&world, &world.as_owner(), with_phone("Asha Rao")).await.unwrap();
        let twin = submit(&world, &world.as_owner(), with_phone("Ana Rao")).await.unwrap_err();
        assert_eq!(twin.code(), "already_submitted");
        // Nor can a phone be moved onto a job where it stands already.
        let other = submit(&world, &world.as_owner(), submission(job.id, "Bela Bose")).await.unwrap();
        let phone = UpdateCandidate { phone: Some(Some("+919876543210".into())), ..Default::default() };
        let moved = world.hdip.update_candidate(&world.as_owner(), other.candidate_id, phone).await;
        let moved = moved.unwrap_err();
        assert_eq!(moved.code(), "already_submitted", "{moved:?}");
        let keys =
            |application: Application| (application.live_key.is_some(), application.live_phone_key.is_some());
        assert_eq!(keys(world.get(first.application_id).await), (true, true));
        let drop = DropApplication { reason: DropReason::Other, late_ok: false };
        world.hdip.drop_application(&world.as_owner(), first.application_id, drop).await.unwrap();
        assert_eq!(keys(world.get(first.application_id).await), (false, false));
    });
}

#[test]
fn an_application_goes_on_where_it_was_put_aside() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let first =
            interview(&world, &world.as_owner(), asha.id, "2026-01-06T08:00:00Z", Some(ravi.id)).await;
        world.run_until("2026-01-06T10:00:00Z".parse().unwrap()).await;
        let hdip = &world.hdip;
        hdip.close_interview(&world.as_operator(), first, Closing::Completed, "by mail").await.unwrap();
        hdip.request_redo(&world.as_owner(), first, "off topic").await.unwrap();
        hdip.hold_application(&world.as_owner(), asha.id).await.unwrap();
        hdip.resume_application(&world.as_owner(), asha.id).await.unwrap();
        // The redo is still wanted, though an interview of the round took place.
        assert_eq!(world.get::<Application>(asha.id).await.status, ApplicationStatus::ToSchedule);
    });
}

#[test]
fn a_key_that_may_write_may_read_what_it_wrote() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let key = |scopes: &[KeyScope]| {
            let scopes = scopes.iter().copied().collect();
            world.hdip.ctx(Actor::ApiKey { id: ApiKeyId::from_bits(1), client: world.client.id, scopes })
        };
        let ctx = key(&[KeyScope::HiringWrite]);
        let made = submit(&world, &ctx, submission(job.id, "Asha Rao")).await.unwrap();
        assert!(world.hdip.application(&ctx, made.application_id).await.is_ok());
        let slots = world.hdip.slots(&ctx, made.application_id, None, None).await.unwrap_err();
        assert_eq!(slots.code(), "missing_scope");
        // Calling interviews off needs the other scope, and is refused before anything is done.
        let archive = ArchiveJob { mode: Some(ArchiveMode::Cancel), late_ok: true };
        assert_eq!(world.hdip.archive_job(&ctx, job.id, archive).await.unwrap_err().code(), "missing_scope");
        assert_eq!(world.get::<Job>(job.id).await.status, JobStatus::Open);
    });
}

#[test]
fn a_recruiter_limited_to_jobs_sees_only_those() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let (hidden, _) = world.job().await;
        let made = submit(&world, &world.as_owner(), submission(job.id, "Asha Rao")).await.unwrap();
        let other = submit(&world, &world.as_owner(), submission(hidden.id, "Bela Bose")).await.unwrap();
        let recruiter = user(&world, world.client.id, Role::ClientRecruiter, "rita@acme.example").await;
        let mut ctx = world.as_user(&recruiter);
        let Actor::User(actor) = &mut ctx.actor else { panic!() };
        actor.jobs = Some([job.id].into());
        let hdip = &world.hdip;
        assert_eq!(hdip.jobs(&ctx, &Default::default(), &Page::default()).await.unwrap().items.len(), 1);
        assert!(hdip.candidate(&ctx, made.candidate_id).await.is_ok());
        assert_eq!(hdip.candidate(&ctx, other.candidate_id).await.unwrap_err().code(), "not_found");
        assert_eq!(hdip.application(&ctx, other.application_id).await.unwrap_err().code(), "not_found");
        let refused = submit(&world, &ctx, submission(hidden.id, "Chand Das")).await.unwrap_err();
        assert_eq!(refused.code(), "not_found");
        assert_eq!(hdip.create_job(&ctx, new_job()).await.unwrap_err().code(), "forbidden");
    });
}

#[test]
fn keys_need_the_scope_and_links_and_interviewers_have_none() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let key = |scope| {
            let (id, client) = (ApiKeyId::from_bits(9), world.client.id);
            world.hdip.ctx(Actor::ApiKey { id, client, scopes: [scope].into() })
        };
        let read = key(KeyScope::HiringRead);
        assert!(world.hdip.job(&read, job.id).await.is_ok());
        let refused = submit(&world, &read, submission(job.id, "Asha Rao")).await.unwrap_err();
        assert_eq!(refused.code(), "missing_scope");
        let made = submit(&world, &key(KeyScope::HiringWrite), submission(job.id, "Asha Rao")).await.unwrap();
        let application: Application = world.get(made.application_id).await;
        assert_eq!((application.source, application.recruiter_id), (Source::Ats, None));
        let interviewer = world.as_interviewer(InterviewerId::from_bits(3));
        assert_eq!(world.hdip.job(&interviewer, job.id).await.unwrap_err().code(), "forbidden");
    });
}

#[test]
fn candidates_are_changed_by_field_and_keep_their_place_on_a_job() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let ctx = world.as_owner();
        let asha = submit(&world, &ctx, submission(job.id, "Asha Rao")).await.unwrap();
        submit(&world, &ctx, submission(job.id, "Bela Bose")).await.unwrap();
        let update = UpdateCandidate {
            expected: Some(1),
            phone: Some(Some("+91 98765 43210".into())),
            designation: Some(Some("Lead".into())),
            ..Default::default()
        };
        world.hdip.update_candidate(&ctx, asha.candidate_id, update.clone()).await.unwrap();
        let stale = world.hdip.update_candidate(&ctx, asha.candidate_id, update).await.unwrap_err();
        assert_eq!(stale.code(), "stale");
        let empty = UpdateCandidate { phone: Some(None), ..Default::default() };
        world.hdip.update_candidate(&ctx, asha.candidate_id, empty).await.unwrap();
        let stored: Candidate = world.get(asha.candidate_id).await;
        assert_eq!((stored.phone, stored.designation.as_deref()), (None, Some("Lead")));

        let address = |text: &str| UpdateCandidate { email: Some(text.into()), ..Default::default() };
        let taken =
            world.hdip.update_candidate(&ctx, asha.candidate_id, address("bela.bose@mail.example")).await;
        assert_eq!(taken.unwrap_err().code(), "already_submitted");
        world.hdip.update_candidate(&ctx, asha.candidate_id, address("asha@new.example")).await.unwrap();
        let mut again = submission(job.id, "Asha Rao");
        again.person.email = "ASHA@new.example".into();
        assert_eq!(submit(&world, &ctx, again).await.unwrap_err().code(), "already_submitted");
        assert!(
            submit(&world, &ctx, submission(job.id, "Asha Rao")).await.is_ok(),
            "the old address is free"
        );
        let bad = world.hdip.update_candidate(&ctx, asha.candidate_id, address("nobody")).await.unwrap_err();
        assert_eq!(complaints(bad), ["email:invalid_email"]);
    });
}

#[test]
fn lists_are_cut_into_pages_that_go_on_where_the_last_ended() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        for i in 0..7 {
            submit(&world, &world.as_owner(), submission(job.id, &format!("Asha {i}"))).await.unwrap();
        }
        let (mut page, mut names) = (Page::first(3), Vec::new());
        loop {
            let part = world.hdip.applications(&world.as_owner(), &Default::default(), &page).await.unwrap();
            names.extend(part.items.iter().map(|view| view.basics().candidate_name.clone()));
            page.after = part.next_cursor;
            if page.after.is_none() {
                break;
            }
        }
        let newest_first: Vec<_> = (0..7).rev().map(|i| format!("Asha {i}")).collect();
        assert_eq!(names, newest_first);
    });
}

fn rows(job: JobId, names: &[&str]) -> Vec<ImportRow> {
    let row = |(i, name): (usize, &&str)| ImportRow {
        row: i as u32 + 2,
        candidate: Ok(SubmitCandidate {
            ats_reference: Some(format!("ref-{name}")),
            ..submission(job, name)
        }),
    };
    names.iter().enumerate().map(row).collect()
}

async fn import(world: &World, job: JobId, rows: &[ImportRow], dry_run: bool) -> Vec<ImportedRow> {
    let ctx = world.as_owner();
    let mut run = world.hdip.begin_import(&ctx, job, dry_run).await.unwrap();
    let mut answers = Vec::new();
    for part in rows.chunks(3) {
        answers.extend(world.hdip.import_rows(&ctx, &mut run, part).await.unwrap());
    }
    answers
}

#[test]
fn an_import_answers_row_by_row_and_can_be_repeated() {
    block_on(async {
        use RowStatus::*;
        let world = world().await;
        let (job, _) = world.job().await;
        let mut table = rows(job.id, &["Asha", "Bela", "Asha", "Chand", "Dev"]);
        table[2].candidate.as_mut().unwrap().ats_reference = Some("ref-other".into());
        table[3].candidate = Err(vec![]);
        table[4].candidate.as_mut().unwrap().person.email = "nobody".into();

        let statuses =
            |answers: &[ImportedRow]| answers.iter().map(|a| (a.row, a.status)).collect::<Vec<_>>();
        let expected = [(2, Created), (3, Created), (4, Refused), (5, Invalid), (6, Invalid)];
        let dry = import(&world, job.id, &table, true).await;
        assert_eq!(statuses(&dry), expected);
        assert!(dry.iter().all(|a| a.application_id.is_none()) && kinds(&world).await.is_empty());

        let first = import(&world, job.id, &table, false).await;
        assert_eq!(statuses(&first), expected);
        assert_eq!((&*first[2].errors[0].field, &*first[2].errors[0].code), ("email", "already_submitted"));
        assert_eq!(first[4].errors[0].code, "invalid_email");
        let second = import(&world, job.id, &table, false).await;
        let again = [(2, Existing), (3, Existing), (4, Refused), (5, Invalid), (6, Invalid)];
        assert_eq!(statuses(&second), again);
        assert_eq!(first[0].application_id, second[0].application_id);
        assert_eq!(statuses(&import(&world, job.id, &table, true).await), again);
    });
}
