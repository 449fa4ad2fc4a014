//! Becoming an interviewer and leaving: applications, checklist, payout account, certifications, notice.

use crate::accounts::{PASSWORD, anybody, holder, signed_in, token};
use crate::flow::{accept, pick, request};
use hdip_core::access::{Actor, Role, User};
use hdip_core::interviewers::*;
use hdip_core::ladder::*;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error, IdempotencyKey};
use std::sync::Arc;

pub(crate) const CV: &[u8] = b"%PDF-1.7\nxref\ntrailer<<>>\nstartxref\n9\n%%EOF\n";

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

pub(crate) fn cv() -> CvUpload {
    CvUpload(CV.to_vec().into())
}

pub(crate) fn applicant(name: &str) -> Apply {
    let applicant = ApplicantFields {
        name: name.into(),
        email: format!("{}@mail.example", name.to_lowercase().replace(' ', ".")),
        phone: "+91 98765 43210".into(),
        country: "in".into(),
        zone: "Asia/Kolkata".into(),
        experience_months: 120,
        interviewing_months: 24,
        specialisations: vec!["Backend".into()],
        skills: vec!["Rust".into()],
        current_company: Some("Umbrella".into()),
        links: vec!["https://code.example/nila".into()],
        ..Default::default()
    };
    Apply { applicant, cv: Some(cv()) }
}

pub(crate) fn account() -> PayoutAccountFields {
    PayoutAccountFields {
        holder: "Nila Bose".into(),
        account_number: "5010 0012 3456 78".into(),
        ifsc: Some("hdfc0001234".into()),
        pan: Some("ABCPE1234F".into()),
        gstin: Some("29ABCPE1234F1Z7".into()),
        ..Default::default()
    }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.expect_err("is refused") {
        Error::Invalid(fields) => {
            fields.iter().map(|e| format!("{}:{}", e.field, e.code)).collect::<Vec<_>>().join(" ")
        }
        error => error.code().to_owned(),
    }
}

pub(crate) fn kinds(world: &World, to: &str) -> Vec<String> {
    let sent = world.mail.sent().into_iter().filter(|mail| mail.to.as_str().starts_with(to));
    sent.map(|mail| mail.kind).collect()
}

/// An applicant who was accepted and has seen to everything; what it signs in with.
pub(crate) async fn ready(world: &World, name: &str) -> (InterviewerId, Ctx) {
    let hdip = &world.hdip;
    let apply = applicant(name);
    let email = apply.applicant.email.clone();
    let id = hdip.apply_as_interviewer(&anybody(world), apply).await.unwrap().output;
    let accept = AcceptApplication { level: 2, pay_currency: "INR".into() };
    let who = hdip.accept_application(&world.as_operator(), id, accept, None).await.unwrap().output;
    world.drain().await;
    let link = holder(world, &token(world, "user_invited")).await.unwrap();
    hdip.set_password_by_link(&link, PASSWORD).await.unwrap();
    let me = signed_in(world, &email, PASSWORD).await;
    hdip.accept_terms(&me, "2026-01").await.unwrap();
    let times = Times::Rule {
        rrule: "FREQ=DAILY".into(),
        first_day: "2026-01-05".into(),
        local_start: "08:00".into(),
        duration_minutes: 840,
        exceptions: Vec::new(),
    };
    hdip.add_availability(&me, who, PutAvailability { times, note: None }).await.unwrap();
    hdip.put_payout_account(&me, who, account()).await.unwrap();
    world.drain().await;
    (who, me)
}

#[test]
fn an_application_is_received_reviewed_and_becomes_an_interviewer() {
    block_on(async {
        let world = world().await;
        let (hdip, operator) = (&world.hdip, world.as_operator());
        let id = hdip.apply_as_interviewer(&anybody(&world), applicant("Nila Bose")).await.unwrap().output;
        world.drain().await;
        assert_eq!(kinds(&world, "nila"), ["application_received"]);
        let reviewed = hdip.interviewer_application(&operator, id).await.unwrap();
        let row = &reviewed.application;
        assert_eq!(
            (row.source, row.status),
            (ApplicationOrigin::PublicForm, InterviewerApplicationStatus::Received)
        );
        assert_eq!(row.specialisations.iter().collect::<Vec<_>>(), ["backend"]);
        assert_eq!((row.cv_type, reviewed.duplicates.len()), (Some(DocumentType::Pdf), 0));
        assert_eq!(hdip.application_cv(&operator, id).await.unwrap().meta.length, CV.len() as u64);
        let accept = || AcceptApplication { level: 2, pay_currency: "INR".into() };
        assert_eq!(code(hdip.accept_application(&operator, id, accept(), Some(7)).await), "stale");
        let wrong = AcceptApplication { level: 4, pay_currency: "BTC".into() };
        let wrong = hdip.accept_application(&operator, id, wrong, None).await;
        assert_eq!(code(wrong), "level:out_of_range pay_currency:unknown_currency");
        let who = hdip.accept_application(&operator, id, accept(), Some(1)).await.unwrap().output;
        world.drain().await;
        let mut told = kinds(&world, "nila");
        told.sort();
        assert_eq!(told, ["application_received", "interviewer_welcome", "user_invited"]);
        let nila: Interviewer = world.get(who).await;
        assert_eq!((nila.status, nila.certifications.len()), (InterviewerStatus::Invited, 0));
        let profile = hdip.interviewer_profile(&operator, who).await.unwrap();
        assert_eq!((profile.interviewing_months, profile.cv_type), (24, Some(DocumentType::Pdf)));
        assert_eq!(code(hdip.accept_application(&operator, id, accept(), None).await), "application_decided");
        assert_eq!(code(hdip.reject_application(&operator, id, "no", None).await), "application_decided");
        let steps = hdip.ladder_steps(&operator, who, &Page::default()).await.unwrap().items;
        assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), [LadderStepKind::Invited]);
        let audit = world.storage.audit_of(&id.to_string(), &Page::default()).await.unwrap();
        let actions: Vec<_> = audit.iter().map(|entry| &*entry.action).collect();
        assert_eq!(actions, ["interviewer_application.accepted", "interviewer_application.received"]);
    });
}

#[test]
fn what_is_wrong_with_an_application_is_said_by_field() {
    block_on(async {
        let world = world().await;
        let bad = Apply {
            applicant: ApplicantFields {
                name: "A\nB".into(),
                phone: "98765".into(),
                country: "India".into(),
                experience_months: 12,
                interviewing_months: 13,
                specialisations: vec![],
                links: vec![
                    "http://code.example".into(),
                    "https://".into(),
                    "https://u@code.example".into(),
                    String::new(),
                ],
                ..applicant("Nila Bose").applicant
            },
            cv: Some(CvUpload(b"MZ".to_vec().into())),
        };
        let said = code(world.hdip.apply_as_interviewer(&anybody(&world), bad).await);
        assert_eq!(
            said,
            "name:line_break phone:invalid_phone country:invalid_country interviewing_months:more_than_experience \
             specialisations:required links:too_many links[0]:invalid_link links[1]:invalid_link \
             links[2]:invalid_link cv:not_a_document"
        );
        let without = Apply { cv: None, ..applicant("Nila Bose") };
        assert_eq!(
            code(world.hdip.apply_as_interviewer(&anybody(&world), without.clone()).await),
            "cv:required"
        );
        world.hdip.apply_as_interviewer(&world.as_operator(), without.clone()).await.unwrap();
        assert_eq!(code(world.hdip.apply_as_interviewer(&world.as_owner(), without).await), "forbidden");
        assert_eq!(world.files.count(), 0, "what was refused left no file");
    });
}

#[test]
fn whether_an_applicant_is_known_is_said_to_the_reviewer_alone() {
    block_on(async {
        let world = world().await;
        let (hdip, operator) = (&world.hdip, world.as_operator());
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let first = hdip.apply_as_interviewer(&anybody(&world), applicant("Nila Bose")).await.unwrap().output;
        let mut again = applicant("Other Name");
        again.applicant.email = ravi.email.to_string().to_uppercase();
        let second = hdip.apply_as_interviewer(&anybody(&world), again).await.unwrap().output;
        let seen = hdip.interviewer_application(&operator, second).await.unwrap().duplicates;
        let received = InterviewerApplicationStatus::Received;
        let wanted = [
            Duplicate::Application(first, received),
            Duplicate::Interviewer(ravi.id, InterviewerStatus::Certified),
        ];
        assert_eq!(seen, wanted);
        let accept = AcceptApplication { level: 1, pay_currency: "INR".into() };
        assert_eq!(code(hdip.accept_application(&operator, second, accept, None).await), "email_taken");
        for ctx in [world.as_owner(), world.as_interviewer(ravi.id), anybody(&world)] {
            assert_eq!(code(hdip.interviewer_application(&ctx, first).await), "forbidden");
            assert_eq!(code(hdip.interviewer_applications(&ctx, None, &Page::default()).await), "forbidden");
        }
        let rejected = InterviewerApplicationStatus::Rejected;
        hdip.reject_application(&operator, second, "We know you already.", None).await.unwrap();
        let listed =
            hdip.interviewer_applications(&operator, Some(rejected), &Page::default()).await.unwrap();
        assert_eq!(listed.items.iter().map(|row| row.id).collect::<Vec<_>>(), [second]);
        world.drain().await;
        let mail = world.mail.sent().into_iter().find(|mail| mail.kind == "application_rejected").unwrap();
        assert!(mail.text.contains("We know you already."), "{}", mail.text);
    });
}

#[test]
fn one_peer_cannot_flood_the_form_and_keys_of_strangers_are_not_shared() {
    block_on(async {
        let world = world().await;
        let key = "same".parse::<IdempotencyKey>().unwrap();
        let ctx = Ctx { idempotency: Some(key), ..anybody(&world) };
        for n in 0..10 {
            let done = world.hdip.apply_as_interviewer(&ctx, applicant(&format!("Nila {n}"))).await.unwrap();
            assert!(!done.replayed);
        }
        assert_eq!(code(world.hdip.apply_as_interviewer(&ctx, applicant("Nila X")).await), "throttled");
        let other = Ctx { peer: Some("203.0.113.99".into()), ..ctx };
        world.hdip.apply_as_interviewer(&other, applicant("Nila Y")).await.unwrap();
        assert_eq!(world.files.count(), 11);
    });
}

#[test]
fn the_checklist_says_what_is_missing() {
    block_on(async {
        let world = world().await;
        let hdip = &world.hdip;
        let made = hdip.apply_as_interviewer(&anybody(&world), applicant("Nila Bose")).await.unwrap().output;
        let accept = AcceptApplication { level: 2, pay_currency: "INR".into() };
        let who = hdip.accept_application(&world.as_operator(), made, accept, None).await.unwrap().output;
        use ChecklistItem::*;
        let missing = hdip.checklist(&world.as_operator(), who).await.unwrap().missing();
        assert_eq!(missing, [Password, Terms, Availability, PayoutAccount]);
        let (other, me) = ready(&world, "Mira Sen").await;
        assert_eq!(hdip.checklist(&me, other).await.unwrap().missing(), []);
        assert_eq!(code(hdip.checklist(&me, who).await), "not_found");
        let mentor = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let start = StartShadowing { interviewer: who, mentor, specialisation: "backend".into(), level: 2 };
        assert_eq!(code(hdip.start_shadowing(&world.as_operator(), start).await), "checklist_incomplete");
    });
}

#[test]
fn numbers_of_an_account_are_sealed_and_read_by_an_admin_with_a_reason() {
    block_on(async {
        let world = world().await;
        let hdip = &world.hdip;
        let (who, me) = ready(&world, "Nila Bose").await;
        let seen = hdip.payout_account(&me, who).await.unwrap().unwrap();
        let four = (
            &*seen.account_last4,
            &*seen.bank_code_last4,
            seen.pan_last4.as_deref(),
            seen.gstin_last4.as_deref(),
        );
        assert_eq!(four, ("5678", "1234", Some("234F"), Some("F1Z7")));
        let row = serde_json::to_string(&seen).unwrap();
        for number in ["50100012345678", "HDFC0001234", "ABCPE1234F"] {
            assert!(!row.contains(number), "{number} in {row}");
        }
        let numbers =
            hdip.reveal_payout_account(&world.as_operator(), who, "a payout came back").await.unwrap();
        assert_eq!(
            (&*numbers.account_number, numbers.ifsc.as_deref()),
            ("50100012345678", Some("HDFC0001234"))
        );
        let audit = world.storage.audit_of(&who.to_string(), &Page::default()).await.unwrap();
        assert_eq!(
            (&*audit[0].action, audit[0].reason.as_deref()),
            ("payout_account.reveal", Some("a payout came back"))
        );
        assert_eq!(code(hdip.reveal_payout_account(&world.as_operator(), who, " ").await), "reason:required");
        assert_eq!(code(hdip.reveal_payout_account(&me, who, "mine").await), "forbidden");
        let moderator = User { role: Role::PlatformModerator, ..world.manager.clone() };
        let moderator = world.as_user(&moderator);
        assert_eq!(code(hdip.reveal_payout_account(&moderator, who, "why not").await), "forbidden");
        assert_eq!(code(hdip.put_payout_account(&moderator, who, account()).await), "forbidden");
        // What is sealed for one is no good for another.
        let (other, mia) = ready(&world, "Mia Roy").await;
        let theirs = hdip.payout_account(&mia, other).await.unwrap().unwrap();
        world.put(&PayoutAccount { sealed: seen.sealed.clone(), ..theirs }).await;
        assert_eq!(
            code(hdip.reveal_payout_account(&world.as_operator(), other, "a look").await),
            "unavailable"
        );
        assert_eq!(code(hdip.payout_account(&mia, who).await), "not_found");
    });
}

#[test]
fn an_account_that_cannot_be_meant_is_refused_by_field() {
    block_on(async {
        let world = world().await;
        let (who, me) = ready(&world, "Nila Bose").await;
        let put = async |change: fn(&mut PayoutAccountFields)| {
            let mut fields = account();
            change(&mut fields);
            code(world.hdip.put_payout_account(&me, who, fields).await)
        };
        assert_eq!(put(|f| f.account_number = "12".into()).await, "account_number:invalid_account_number");
        assert_eq!(put(|f| f.ifsc = None).await, "ifsc:required");
        assert_eq!(put(|f| f.ifsc = Some("HDFC1".into())).await, "ifsc:invalid_ifsc");
        assert_eq!(put(|f| f.bic = Some("DEUTDEFF".into())).await, "bic:not_here");
        assert_eq!(put(|f| f.pan = Some("ABCPE12345".into())).await, "pan:invalid_pan gstin:other_pan");
        assert_eq!(put(|f| f.pan = Some("ABCPF1234F".into())).await, "gstin:other_pan");
        assert_eq!(put(|f| f.gstin = Some("29ABCPE1234F1Z8".into())).await, "gstin:invalid_gstin");
        assert_eq!(put(|f| f.expected = Some(9)).await, "stale");
        let abroad = world.interviewer("Lena", "Europe/Berlin").await;
        world.put(&Interviewer { country: "DE".into(), ..abroad.clone() }).await;
        let lena = world.as_interviewer(abroad.id);
        let iban = PayoutAccountFields {
            holder: "Lena".into(),
            account_number: "DE89 3704 0044 0532 0130 00".into(),
            bic: Some("COBADEFFXXX".into()),
            ..Default::default()
        };
        world.hdip.put_payout_account(&lena, abroad.id, iban.clone()).await.unwrap();
        let wrong =
            PayoutAccountFields { bic: Some("COBA".into()), ifsc: Some("HDFC0001234".into()), ..iban };
        let wrong = world.hdip.put_payout_account(&lena, abroad.id, wrong).await;
        assert_eq!(code(wrong), "ifsc:not_here bic:invalid_bic");
    });
}

#[test]
fn a_cv_is_replaced_and_what_nobody_names_is_taken_away() {
    block_on(async {
        let world = world().await;
        let (who, me) = ready(&world, "Nila Bose").await;
        assert_eq!(world.files.count(), 1);
        let newer = CvUpload([CV, b"\n"].concat().into());
        world.hdip.put_interviewer_cv(&me, who, newer.clone(), Some(1)).await.unwrap();
        assert_eq!(world.files.count(), 2, "the application still names the first");
        world.hdip.put_interviewer_cv(&me, who, cv(), Some(2)).await.unwrap();
        assert_eq!(world.files.count(), 2, "nothing names the second");
        assert_eq!(code(world.hdip.put_interviewer_cv(&me, who, newer, Some(2)).await), "stale");
        let html = CvUpload(b"<html>".to_vec().into());
        assert_eq!(code(world.hdip.put_interviewer_cv(&me, who, html, None).await), "cv:not_a_document");
        assert_eq!(world.files.count(), 2);
        let update = UpdateInterviewerProfile { interviewing_months: Some(121), ..Default::default() };
        let update = world.hdip.update_interviewer_profile(&me, who, update).await;
        assert_eq!(code(update), "interviewing_months:more_than_experience");
        let update =
            UpdateInterviewerProfile { links: Some(vec!["https://x.example".into()]), ..Default::default() };
        world.hdip.update_interviewer_profile(&me, who, update).await.unwrap();
        let stranger = world.as_interviewer(InterviewerId::from_bits(9));
        assert_eq!(code(world.hdip.interviewer_profile(&stranger, who).await), "not_found");
        assert!(world.hdip.interviewer_cv(&stranger, who).await.is_err());
    });
}

#[test]
fn matching_asks_for_the_certification_of_the_specialisation_and_its_level() {
    block_on(async {
        let world = world().await;
        let (hdip, operator) = (&world.hdip, world.as_operator());
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let (_, round) = world.job().await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let offered = async || {
            let offer = world.hdip.slots(&world.as_owner(), asha.id, None, None).await.unwrap();
            !offer.starts.is_empty()
        };
        assert!(offered().await);
        assert_eq!(
            code(hdip.withdraw_certification(&operator, ravi.id, "frontend", "no").await),
            "not_found"
        );
        hdip.withdraw_certification(&operator, ravi.id, "backend", "complaints").await.unwrap();
        assert!(!offered().await, "not certified for it any more");
        let certify =
            |level| Certify { specialisation: "Backend".into(), level, reason: "seen at work".into() };
        hdip.certify(&operator, ravi.id, certify(3)).await.unwrap();
        assert!(!offered().await, "above the client's level");
        hdip.certify(&operator, ravi.id, certify(1)).await.unwrap();
        assert!(offered().await, "one below it");
        assert_eq!(code(hdip.certify(&operator, ravi.id, certify(1)).await), "certified_already");
        let other = Certify { specialisation: "frontend".into(), ..certify(1) };
        assert_eq!(code(hdip.certify(&operator, ravi.id, other).await), "specialisation:not_theirs");
        assert_eq!(
            code(hdip.certify(&world.as_interviewer(ravi.id), ravi.id, certify(2)).await),
            "forbidden"
        );
        // An edit of the operator's classing moves what was certified at it.
        let update =
            UpdateInterviewer { specialisations: Some(vec!["frontend".into()]), ..Default::default() };
        hdip.update_interviewer(&operator, ravi.id, update).await.unwrap();
        assert!(world.get::<Interviewer>(ravi.id).await.certifications.is_empty());
        world.drain().await;
        assert_eq!(kinds(&world, "ravi"), ["interviewer_certified"; 3]);
    });
}

/// Two interviews that Ravi has confirmed, tomorrow and in ten days.
async fn two_confirmed(world: &World, who: InterviewerId) -> [InterviewId; 2] {
    let (_, round) = world.job().await;
    let mut made = [InterviewId::from_bits(0); 2];
    for (place, (name, start)) in
        [("Asha Rao", "2026-01-06T08:00:00Z"), ("Bela Bose", "2026-01-15T08:00:00Z")].into_iter().enumerate()
    {
        let application = world.application(&round, name, "Asia/Kolkata").await;
        made[place] = request(world, &application, start.parse().unwrap()).await;
        accept(world, made[place], who).await.unwrap();
    }
    made
}

#[test]
fn suspending_says_of_each_interview_what_becomes_of_it_and_reinstating_undoes_it() {
    block_on(async {
        let world = world().await;
        let (hdip, operator) = (&world.hdip, world.as_operator());
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let [near, far] = two_confirmed(&world, ravi).await;
        let listed = hdip.confirmed_interviews(&operator, ravi).await.unwrap();
        assert_eq!(
            listed.iter().map(|row| (row.id, &*row.client_brand)).collect::<Vec<_>>(),
            [(near, "Acme"), (far, "Acme")]
        );
        let suspend = |interviews: Vec<(InterviewId, ConfirmedInterviews)>| ChangeInterviewerStatus {
            to: InterviewerStatus::Suspended,
            reason: Some("under review".into()),
            confirmed_interviews: None,
            interviews,
        };
        let (finish, release) = (ConfirmedInterviews::Finish, ConfirmedInterviews::Release);
        let half = hdip.change_interviewer_status(&operator, ravi, suspend(vec![(near, finish)])).await;
        assert_eq!(code(half), "has_confirmed_interviews");
        let stranger = suspend(vec![(near, finish), (InterviewId::from_bits(5), release), (near, release)]);
        let stranger = hdip.change_interviewer_status(&operator, ravi, stranger).await;
        assert_eq!(code(stranger), "interviews[1].id:not_confirmed interviews[2].id:repeated");
        let said = suspend(vec![(near, finish), (far, release)]);
        let done = hdip.change_interviewer_status(&operator, ravi, said).await.unwrap().output;
        assert_eq!(done, StatusChanged { released: 1, kept: 1 });
        world.drain().await;
        assert_eq!(world.get::<Interview>(near).await.interviewer_id, Some(ravi));
        assert_eq!(world.get::<Interview>(far).await.state, InterviewState::Inviting);
        // Who is suspended still reads and finishes what was kept.
        let me = world.as_interviewer(ravi);
        hdip.interview_of_interviewer(&me, near).await.unwrap();
        let mail = world.mail.sent().into_iter().find(|mail| mail.kind == "interviewer_suspended").unwrap();
        assert!(mail.text.contains("under review"), "{}", mail.text);
        let back = ChangeInterviewerStatus {
            to: InterviewerStatus::Certified,
            reason: None,
            confirmed_interviews: None,
            interviews: Vec::new(),
        };
        hdip.change_interviewer_status(&operator, ravi, back).await.unwrap();
        world.drain().await;
        assert!(kinds(&world, "ravi").contains(&"interviewer_reinstated".to_owned()));
        assert_eq!(world.get::<Interviewer>(ravi).await.certifications["backend"], 2, "they stay");
        let steps = hdip.ladder_steps(&me, ravi, &Page::default()).await.unwrap().items;
        let went: Vec<_> =
            steps.iter().map(|step| (step.status_from.as_str(), step.status_to.as_str())).collect();
        assert_eq!(went, [("suspended", "certified"), ("certified", "suspended")]);
    });
}

#[test]
fn three_late_withdrawals_suspend_and_the_interviews_left_are_listed() {
    block_on(async {
        let world = world().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let [near, far] = two_confirmed(&world, ravi).await;
        let (_, round) = world.job().await;
        for (name, start) in [("Chen Wei", "2026-01-07T08:00:00Z"), ("Dara Khan", "2026-01-08T08:00:00Z")] {
            let application = world.application(&round, name, "Asia/Kolkata").await;
            let id = request(&world, &application, start.parse().unwrap()).await;
            accept(&world, id, ravi).await.unwrap();
            world.run_until(start.parse::<Timestamp>().unwrap() - hours(1)).await;
            world.hdip.withdraw_interviewer(&world.as_interviewer(ravi), id, None).await.unwrap();
        }
        assert_eq!(world.get::<Interviewer>(ravi).await.status, InterviewerStatus::Certified);
        let _ = near;
        let application = world.application(&round, "Esha Nair", "Asia/Kolkata").await;
        let id = request(&world, &application, "2026-01-09T08:00:00Z".parse().unwrap()).await;
        accept(&world, id, ravi).await.unwrap();
        world.run_until("2026-01-09T07:00:00Z".parse().unwrap()).await;
        world.hdip.withdraw_interviewer(&world.as_interviewer(ravi), id, None).await.unwrap();
        assert_eq!(world.get::<Interviewer>(ravi).await.status, InterviewerStatus::Suspended);
        let left = world.hdip.confirmed_interviews(&world.as_operator(), ravi).await.unwrap();
        assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [far], "to be decided about");
        let steps =
            world.hdip.ladder_steps(&world.as_operator(), ravi, &Page::default()).await.unwrap().items;
        assert_eq!(steps.len(), 1, "dated like any other");
    });
}

#[test]
fn after_notice_nothing_later_is_offered_and_then_the_interviewer_has_left() {
    block_on(async {
        let world = world().await;
        let (hdip, ravi) = (&world.hdip, world.interviewer("Ravi", "Asia/Kolkata").await.id);
        let [near, far] = two_confirmed(&world, ravi).await;
        let me = world.as_interviewer(ravi);
        let unsaid = hdip.give_notice(&me, ravi, GiveNotice::default()).await;
        assert_eq!(code(unsaid), "has_confirmed_interviews", "the one after the last day");
        let operator = hdip.give_notice(&world.as_operator(), ravi, GiveNotice::default()).await;
        assert_eq!(code(operator), "reason:required");
        let stranger = world.as_interviewer(InterviewerId::from_bits(7));
        assert_eq!(code(hdip.give_notice(&stranger, ravi, GiveNotice::default()).await), "not_found");
        let notice =
            GiveNotice { confirmed_interviews: Some(ConfirmedInterviews::Release), ..Default::default() };
        let taken = hdip.give_notice(&me, ravi, notice.clone()).await.unwrap().output;
        assert_eq!((taken.released, taken.kept, taken.leaves_at - world.hdip.now()), (1, 0, days(7)));
        assert_eq!(code(hdip.give_notice(&me, ravi, notice.clone()).await), "notice_given");
        world.drain().await;
        assert_eq!(world.get::<Interview>(near).await.interviewer_id, Some(ravi));
        assert_eq!(world.get::<Interview>(far).await.interviewer_id, None);
        let (_, round) = world.job().await;
        let chen = world.application(&round, "Chen Wei", "Asia/Kolkata").await;
        let offer = hdip.slots(&world.as_owner(), chen.id, None, None).await.unwrap();
        assert!(offer.starts.iter().any(|start| start.start < taken.leaves_at));
        assert!(offer.starts.iter().all(|start| start.start < taken.leaves_at));
        hdip.take_back_notice(&me, ravi).await.unwrap();
        assert_eq!(code(hdip.take_back_notice(&me, ravi).await), "no_notice");
        let offer = hdip.slots(&world.as_owner(), chen.id, None, None).await.unwrap();
        assert!(offer.starts.iter().any(|start| start.start >= taken.leaves_at));
        hdip.give_notice(&me, ravi, notice).await.unwrap();
        world.run_for(days(6)).await;
        assert_eq!(world.get::<Interviewer>(ravi).await.status, InterviewerStatus::Certified);
        world.run_for(days(1)).await;
        let gone: Interviewer = world.get(ravi).await;
        assert_eq!((gone.status, gone.leaves_at), (InterviewerStatus::Left, None));
        let told = kinds(&world, "ravi");
        assert_eq!(told.iter().filter(|kind| *kind == "interviewer_notice").count(), 2, "one was overtaken");
        assert!(told.contains(&"interviewer_left".to_owned()));
        hdip.interview_of_interviewer(&me, near).await.unwrap();
        assert!(hdip.earnings(&me, &Page::default()).await.is_ok(), "what is owed is still to be seen");
    });
}

#[test]
fn an_invitation_from_before_the_notice_cannot_be_accepted_for_after_the_last_day() {
    block_on(async {
        let world = world().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let (_, round) = world.job().await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let start = pick("2026-01-15T08:00:00Z".parse().unwrap());
        let wanted = RequestInterview { application: asha.id, start, consents: None };
        let id = world.hdip.request_interview(&world.as_owner(), wanted).await.unwrap().output.interview_id;
        world.drain().await;
        let me = world.as_interviewer(ravi);
        world.hdip.give_notice(&me, ravi, GiveNotice::default()).await.unwrap();
        assert_eq!(code(accept(&world, id, ravi).await), "not_free");
        assert!(matches!(me.actor, Actor::User(_)));
    });
}
