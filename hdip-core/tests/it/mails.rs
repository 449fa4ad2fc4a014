//! Every mail, whole: subject, text, HTML and calendar entry, per kind and receiver, as golden files.
//!
//! `INSTA_UPDATE=always cargo test -p hdip-core --features testkit --test it mails` writes them anew; read
//! the difference before committing it.

use crate::accounts::{PASSWORD, anybody, holder, recruiter, signed_in, token};
use crate::clients::zeta;
use crate::feedback::full;
use crate::flow::{accept, candidate, pick, request};
use crate::ladder::{applicant, ready};
use crate::product_feedback::{feedback, picture};
use crate::shadowing::mentor;
use hdip_core::access::ChangeEmail;
use hdip_core::clients::{ChangeClientStatus, ClientStatus};
use hdip_core::desk::*;
use hdip_core::feedback::CorrectScorecard;
use hdip_core::hiring::{Application, DropApplication, DropReason};
use hdip_core::interviewers::{ChangeInterviewerStatus, InterviewerStatus};
use hdip_core::ladder::*;
use hdip_core::notifications::{MailKind, SEND_MAIL, Templates};
use hdip_core::ports::Message;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

fn january(day: u32, time: &str) -> Timestamp {
    format!("2026-01-{day:02}T{time}:00Z").parse().unwrap()
}

/// Enough of a story that every mail there is gets sent.
async fn everything(world: &World) {
    let hdip = &world.hdip;
    let (_, round) = world.job().await;
    let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
    let lena = world.interviewer("Lena", "Europe/Berlin").await.id;
    let owner = || world.as_owner();
    let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    hdip.send_scheduling_link(&owner(), asha.id).await.unwrap();
    world.drain().await;

    // The room comes late; the interviewer withdraws, is replaced, and never files feedback.
    let interview = request(world, &asha, january(6, "10:00")).await;
    world.video.fail_next(1);
    accept(world, interview, ravi).await.unwrap();
    world.run_for(minutes(5)).await;
    hdip.withdraw_interviewer(&world.as_interviewer(ravi), interview, None).await.unwrap();
    world.drain().await;
    accept(world, interview, lena).await.unwrap();
    world.run_until(january(6, "11:00") + hours(73)).await;

    // Moved, then called off; nobody takes the next.
    let interview = request(world, &asha, january(12, "10:00")).await;
    accept(world, interview, ravi).await.unwrap();
    let to = Reschedule { start: pick(january(12, "12:00")), reason: Some("a clash".into()), late_ok: false };
    let interview = hdip.reschedule_interview(&owner(), interview, to).await.unwrap().output.interview_id;
    world.drain().await;
    accept(world, interview, ravi).await.unwrap();
    let off = Cancel { reason: Some("the position is filled".into()), late_ok: false };
    hdip.cancel_interview(&owner(), interview, off).await.unwrap();
    request(world, &asha, january(12, "14:00")).await;
    world.run_until(january(11, "04:30")).await;

    // The candidate stays away once, the interviewer three times.
    let bela = world.application(&round, "Bela Bose", "Europe/Berlin").await;
    let interview = request(world, &bela, january(12, "08:00")).await;
    accept(world, interview, lena).await.unwrap();
    world.run_until(january(12, "08:10")).await;
    let note = || Some("waited in the room".into());
    hdip.report_no_show(&world.as_interviewer(lena), interview, Absent::Candidate, note()).await.unwrap();
    for (day, name) in [(13, "Chen Wei"), (14, "Dara Khan"), (15, "Esha Nair")] {
        let person = world.application(&round, name, "Asia/Kolkata").await;
        let interview = request(world, &person, january(day, "08:00")).await;
        accept(world, interview, lena).await.unwrap();
        world.run_until(january(day, "08:10")).await;
        let ctx = candidate(world, interview).await;
        hdip.report_no_show(&ctx, interview, Absent::Interviewer, note()).await.unwrap();
        world.drain().await;
    }

    // The scorecard comes, is corrected, and the client takes its time.
    let farah = world.application(&round, "Farah Aziz", "Asia/Kolkata").await;
    let interview = request(world, &farah, january(16, "08:00")).await;
    accept(world, interview, ravi).await.unwrap();
    world.run_until(january(16, "09:30")).await;
    hdip.submit_scorecard(&world.as_interviewer(ravi), interview, Some(full())).await.unwrap();
    let correction = CorrectScorecard { body: full(), reason: "a question was missing".into() };
    world.drain().await;
    hdip.correct_scorecard(&world.as_interviewer(ravi), interview, correction).await.unwrap();
    world.run_for(days(4)).await;
    accounts(world).await;
    clients(world).await;
    desk(world, interview, ravi).await;
    ladder(world).await;

    // Ida's link is left lying; Hari picks a start by hers, and calls it off.
    let ida = world.application(&round, "Ida Idle", "Asia/Kolkata").await;
    hdip.send_scheduling_link(&owner(), ida.id).await.unwrap();
    let hari = world.application(&round, "Hari Hope", "Asia/Kolkata").await;
    picked_by_link(world, &hari, january(31, "06:00")).await;
    world.run_for(days(8)).await;
    deployment(world).await;
}

/// A client is taken on, suspended, active again, and archived.
async fn clients(world: &World) {
    let zeta = world.hdip.create_client(&world.as_operator(), zeta("USD")).await.unwrap().output;
    world.drain().await;
    for (to, reason) in [
        (ClientStatus::Suspended, "invoices unpaid for 30 days"),
        (ClientStatus::Active, "everything is paid"),
        (ClientStatus::Archived, "the contract has ended"),
    ] {
        let change = ChangeClientStatus {
            to,
            reason: Some(reason.into()),
            signed_on: None,
            open_work: None,
            late_ok: false,
            expected_version: None,
        };
        world.hdip.change_client_status(&world.as_operator(), zeta, change).await.unwrap();
        world.drain().await;
    }
}

/// What was filed is contested and decided, a fee waived, an absence corrected, feedback put off.
async fn desk(world: &World, completed: InterviewId, ravi: InterviewerId) {
    let (hdip, operator) = (&world.hdip, world.as_operator());
    let grant = GiveGrant {
        kind: GrantKind::FreeInterviews,
        amount: 2,
        expires_at: Some(january(31, "18:30")),
        reason: "goodwill".into(),
    };
    hdip.give_grant(&operator, world.client.id, grant).await.unwrap();
    let scope = hdip_core::access::Scope::Operator;
    let page = hdip_core::ports::storage::Page::default();
    let charge = world.storage.charges(&scope, Some(completed), &page).await.unwrap()[0].id;
    hdip.waive_charge(&operator, charge, Some(100_000), "our mail was late").await.unwrap();
    let reason = "We asked for systems design.\nIt was not covered.".to_owned();
    let contest = OpenContest { about: ContestAbout::Charge, reason };
    let id = hdip.open_contest(&world.as_owner(), completed, contest).await.unwrap().output;
    world.drain().await;
    let decision = DecideContest {
        verdict: ContestState::PartlyUpheld,
        answer: "Half of it was missing; we take a third off.".into(),
        outcome: None,
        credit_minor: Some(100_000),
        earning_minor: None,
    };
    hdip.decide_contest(&operator, id, decision).await.unwrap();

    let (_, round) = world.job().await;
    let gita = world.application(&round, "Gita Sen", "Asia/Kolkata").await;
    let interview = request(world, &gita, january(22, "08:00")).await;
    accept(world, interview, ravi).await.unwrap();
    world.run_until(january(22, "08:10")).await;
    let me = world.as_interviewer(ravi);
    hdip.report_no_show(&me, interview, Absent::Candidate, None).await.unwrap();
    world.drain().await;
    let gitas = candidate(world, interview).await;
    let contest = OpenContest { about: ContestAbout::Outcome, reason: "I was there.".into() };
    let theirs = hdip.open_contest(&gitas, interview, contest).await.unwrap().output;
    let contest = OpenContest { about: ContestAbout::Earning, reason: "I waited.".into() };
    let mine = hdip.open_contest(&me, interview, contest).await.unwrap().output;
    let upheld = DecideContest {
        verdict: ContestState::Upheld,
        answer: "The room's log shows that you were there.".into(),
        outcome: Some(Outcome::AwaitingFeedback),
        credit_minor: None,
        earning_minor: None,
    };
    hdip.decide_contest(&operator, theirs, upheld.clone()).await.unwrap();
    let rejected = DecideContest { verdict: ContestState::Rejected, outcome: None, ..upheld };
    hdip.decide_contest(&operator, mine, rejected).await.unwrap();
    hdip.extend_feedback(&operator, interview, january(23, "12:00"), "was ill").await.unwrap();
}

/// The candidate picks a start by the scheduling link, and calls the interview off.
async fn picked_by_link(world: &World, application: &Application, start: Timestamp) {
    let hdip = &world.hdip;
    hdip.send_scheduling_link(&world.as_owner(), application.id).await.unwrap();
    let key = format!("schedule:{}:{}", application.id, application.candidate_id);
    let link = world.storage.link_by_key(&key).await.unwrap().unwrap();
    let ctx = hdip.ctx(hdip.open_link(&hdip.link_token(&link)).await.unwrap());
    let request = RequestInterview { application: application.id, start: pick(start), consents: None };
    let interview = hdip.request_interview(&ctx, request).await.unwrap().output.interview_id;
    world.drain().await;
    let off = Cancel { reason: None, late_ok: false };
    hdip.cancel_interview(&candidate(world, interview).await, interview, off).await.unwrap();
    let dropped = DropApplication { reason: DropReason::NotInterested, late_ok: false };
    hdip.drop_application(&world.as_owner(), application.id, dropped).await.unwrap();
    world.drain().await;
}

/// Nobody works for a quarter of an hour, and then again.
async fn deployment(world: &World) {
    world.hdip.watch_for_alerts().await.unwrap();
    world.clock.set(world.hdip.now() + minutes(15));
    world.hdip.check_alerts().await.unwrap();
    world.drain().await;
    world.hdip.check_alerts().await.unwrap();
    world.drain().await;
}

/// A user is invited, forgets the password, moves to another address, and has something to say.
async fn accounts(world: &World) {
    let hdip = &world.hdip;
    recruiter(world, "rita@acme.example", None).await;
    hdip.ask_password_reset(&anybody(world), "rita@acme.example").await.unwrap();
    world.drain().await;
    let link = holder(world, &token(world, "password_reset")).await.unwrap();
    hdip.set_password_by_link(&link, PASSWORD).await.unwrap();
    let rita = signed_in(world, "rita@acme.example", PASSWORD).await;
    let change = ChangeEmail { email: "rita.new@acme.example".into(), password: PASSWORD.into() };
    hdip.ask_email_change(&rita, change).await.unwrap();
    world.drain().await;
    let link = holder(world, &token(world, "email_verification")).await.unwrap();
    hdip.confirm_email(&link).await.unwrap();
    let text = "The list forgets its filter.\n\nIt did not last week.";
    hdip.give_product_feedback(&rita, feedback(text, Some(picture(500)))).await.unwrap();
    world.drain().await;
}

/// Somebody applies in vain; somebody else learns, is certified, suspended, reinstated, and leaves.
async fn ladder(world: &World) {
    let (hdip, operator) = (&world.hdip, world.as_operator());
    let vain = hdip.apply_as_interviewer(&anybody(world), applicant("Omar Khan")).await.unwrap().output;
    hdip.reject_application(&operator, vain, "We need more years as an interviewer.", None).await.unwrap();
    let (nila, me) = ready(world, "Nila Bose").await;
    let mentor = mentor(world, "Mei Lin").await;
    let start = StartShadowing { interviewer: nila, mentor, specialisation: "backend".into(), level: 2 };
    let shadowing = hdip.start_shadowing(&operator, start).await.unwrap().output;
    let (_, round) = world.job().await;
    let gita = world.application(&round, "Gita Rao", "Asia/Kolkata").await;
    let interview = request(world, &gita, january(24, "08:00")).await;
    accept(world, interview, mentor).await.unwrap();
    let plan = PlanSession { interview, kind: SessionKind::Observed };
    let session = hdip.plan_session(&operator, shadowing, plan).await.unwrap().output;
    world.drain().await;
    hdip.cancel_session(&operator, session).await.unwrap();
    let certify = Certify { specialisation: "backend".into(), level: 2, reason: "seen at work".into() };
    hdip.certify(&operator, nila, certify).await.unwrap();
    world.drain().await;
    for (to, reason) in
        [(InterviewerStatus::Suspended, Some("complaints")), (InterviewerStatus::Certified, None)]
    {
        let (reason, interviews) = (reason.map(str::to_owned), Vec::new());
        let change = ChangeInterviewerStatus { to, reason, confirmed_interviews: None, interviews };
        hdip.change_interviewer_status(&operator, nila, change).await.unwrap();
        world.drain().await;
    }
    hdip.give_notice(&me, nila, GiveNotice::default()).await.unwrap();
    world.run_for(days(7)).await;
}

/// The whole story in a language; its mails by kind and receiver.
async fn told_in(locale: &str) -> BTreeMap<String, BTreeMap<String, Message>> {
    let world = World::over_in(Arc::new(MemoryStorage::new()), locale.parse().unwrap()).await;
    everything(&world).await;
    let mut goldens: BTreeMap<String, BTreeMap<String, Message>> = BTreeMap::new();
    for message in world.mail.sent() {
        let job = message.message_id.split('@').next().unwrap();
        let job = world.storage.background_job(job.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(job.kind, SEND_MAIL);
        let role = job.data["to"]["as"].as_str().unwrap().to_owned();
        goldens.entry(message.kind.clone()).or_default().entry(role).or_insert(message);
    }
    let sent: BTreeSet<&str> = goldens.keys().map(String::as_str).collect();
    let all: BTreeSet<&str> = MailKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(sent, all, "the story sends every mail there is");
    goldens
}

#[test]
fn mails_are_as_they_were() {
    block_on(async {
        let mut missing = Vec::new();
        for language in Templates::LANGUAGES {
            let goldens = told_in(language).await;
            let path = if language == "en" { "mails".to_owned() } else { format!("mails/{language}") };
            insta::with_settings!({snapshot_path => path, prepend_module_to_snapshot => false, omit_expression => true}, {
                for (kind, by_role) in goldens {
                    // A kind without a template falls back to English; the next test names all of them.
                    if by_role.values().any(|message| message.language != language) {
                        missing.push(format!("{language}/{kind}"));
                        continue;
                    }
                    let mut text = String::new();
                    for (role, message) in by_role {
                        golden(&mut text, &role, &message);
                    }
                    insta::assert_snapshot!(kind, text);
                }
            });
        }
        assert!(missing.is_empty(), "went out in English: {missing:?}");
    });
}

#[test]
fn every_kind_has_a_template_in_every_language() {
    let templates = Templates::built_in();
    let missing: Vec<String> = Templates::LANGUAGES
        .iter()
        .flat_map(|language| MailKind::ALL.into_iter().map(move |kind| (language, kind)))
        .filter(|(language, kind)| !templates.has(language, *kind))
        .map(|(language, kind)| format!("src/notifications/templates/{language}/{kind}.txt"))
        .collect();
    assert!(
        missing.is_empty(),
        "write these, and add them to the lists in render.rs:\n{}",
        missing.join("\n")
    );
}

/// What both parts of every mail must have, in every language.
#[test]
fn every_mail_has_a_subject_and_says_the_same_as_text_and_as_html() {
    block_on(async {
        let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        for language in Templates::LANGUAGES {
            for (kind, by_role) in told_in(language).await {
                for (role, message) in by_role {
                    let which = format!("{language}/{kind} to {role}");
                    assert!(!message.subject.is_empty() && !message.subject.contains('\n'), "{which}");
                    assert!(message.html.contains(&format!("<html lang=\"{language}\">")), "{which}");
                    let html = plain(&message.html.replace("&#39;", "'").replace("&amp;", "&"));
                    for word in message.text.split_whitespace().filter(|word| !plain(word).is_empty()) {
                        assert!(html.contains(&plain(word)), "{which}: {word} is not in the HTML part");
                    }
                    assert!(
                        message.text.trim_end().ends_with("HDIP Test") || kind == "product_feedback_received",
                        "{which}"
                    );
                }
            }
        }
    });
}

/// A whole flow of somebody who reads German, among others who do not.
#[test]
fn who_reads_german_gets_german_and_nobody_else_does() {
    block_on(async {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (_, round) = world.job().await;
        let mut lena = world.interviewer("Lena", "Europe/Vienna").await;
        lena.locale = "de-AT".parse().unwrap();
        world.put(&lena).await;
        let mut omar = world.owner.clone();
        omar.locale = "de".parse().unwrap();
        world.put(&omar).await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, january(6, "10:00")).await;
        accept(&world, interview, lena.id).await.unwrap();
        world.run_until(january(6, "11:00")).await;
        submit(&world, lena.id, interview).await;
        let sent = world.mail.sent();
        let subject = |kind: &str, name: &str| {
            let of = |message: &&Message| message.kind == kind && message.to_name.starts_with(name);
            let message = sent.iter().find(of).unwrap_or_else(|| panic!("{kind} to {name}"));
            (message.language.clone(), message.subject.clone())
        };
        let german = |subject: &str| ("de".to_owned(), subject.to_owned());
        assert_eq!(
            subject("interviewer_invitation", "Lena"),
            german(
                "Interview zu vergeben: Backend Engineer, Dienstag, 6. Januar 2026, 11:00 Uhr (Europe/Vienna, UTC+01:00)"
            )
        );
        assert_eq!(
            subject("reminder", "Lena"),
            german("In 24 Stunden: Interview mit Asha Rao, Backend Engineer")
        );
        assert_eq!(subject("interview_confirmed", "Asha").0, "en");
        assert_eq!(subject("interview_confirmed", "Mira").0, "en");
        assert_eq!(subject("report_released", "Omar"), german("Ergebnis: Asha Rao, Backend Engineer"));
        for message in &sent {
            let reads_german = ["Lena", "Omar Owner"].contains(&message.to_name.as_str());
            assert_eq!(message.language == "de", reads_german, "{}", message.subject);
        }
        let report = sent.iter().find(|mail| mail.kind == "report_released").unwrap();
        assert!(
            report.text.contains("Empfehlung:") && report.text.contains(" empfohlen\n"),
            "{}",
            report.text
        );
        let invitation = sent.iter().find(|mail| mail.kind == "interviewer_invitation").unwrap();
        assert!(invitation.text.contains("1.800,00 INR"), "{}", invitation.text);
        assert!(invitation.text.contains("5 Jahre"), "{}", invitation.text);
        let entry =
            sent.iter().find(|mail| mail.kind == "interview_confirmed" && mail.to_name == "Lena").unwrap();
        let entry = entry.calendar.as_ref().unwrap().text.replace("\r\n ", "");
        assert!(entry.contains("Teilnehmen: https"), "{entry}");
    });
}

async fn submit(world: &World, who: InterviewerId, interview: InterviewId) {
    world.hdip.submit_scorecard(&world.as_interviewer(who), interview, Some(full())).await.unwrap();
    world.drain().await;
}

fn golden(text: &mut String, role: &str, message: &Message) {
    let Message { to_name, subject, .. } = message;
    let calendar = message.calendar.as_ref().map_or(String::new(), |c| c.text.replace("\r\n", "\n"));
    writeln!(
        text,
        "######## to {role}: {to_name}\nSubject: {subject}\n\n{}\n\n---- html\n{}\n---- calendar\n{calendar}",
        message.text, message.html
    )
    .unwrap();
}
