//! Every mail, whole: subject, text, HTML and calendar entry, per kind and receiver, as golden files.
//!
//! `INSTA_UPDATE=always cargo test -p hdip-core --features testkit --test it mails` writes them anew; read
//! the difference before committing it.

use crate::accounts::{PASSWORD, anybody, holder, recruiter, signed_in, token};
use crate::feedback::full;
use crate::flow::{accept, candidate, pick, request};
use crate::product_feedback::{feedback, picture};
use hdip_core::access::ChangeEmail;
use hdip_core::feedback::CorrectScorecard;
use hdip_core::notifications::{MailKind, SEND_MAIL};
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
    deployment(world).await;
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

#[test]
fn mails_are_as_they_were() {
    block_on(async {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
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
        insta::with_settings!({snapshot_path => "mails", prepend_module_to_snapshot => false, omit_expression => true}, {
            for (kind, by_role) in goldens {
                let mut text = String::new();
                for (role, message) in by_role {
                    golden(&mut text, &role, &message);
                }
                insta::assert_snapshot!(kind, text);
            }
        });
    });
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
