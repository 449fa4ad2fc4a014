//! The operations desk: what is in which queue, how it leaves, what the audit trail says.

use crate::corrections::{Stage, at, complaints};
use crate::feedback::full;
use crate::flow::{accept, request};
use hdip_core::access::Role;
use hdip_core::desk::*;
use hdip_core::jobs::JobReport;
use hdip_core::ports::storage::{AuditFilter, Page};
use hdip_core::scheduling::*;
use hdip_core::testkit::{World, block_on};
use hdip_core::values::*;

/// The queues that are not empty, with how much they hold; the counts are those of the lists.
pub(crate) async fn queues(world: &World) -> Vec<(&'static str, u64)> {
    let operator = world.as_operator();
    let counts = world.hdip.desk(&operator).await.unwrap();
    assert_eq!(counts.len(), DeskQueue::ALL.len());
    for DeskCount { queue, count } in &counts {
        let listed = world.hdip.desk_queue(&operator, *queue, &Page::first(200)).await.unwrap().items;
        assert_eq!(listed.len() as u64, *count, "{queue:?}");
    }
    counts.into_iter().filter(|c| c.count > 0).map(|c| (c.queue.as_str(), c.count)).collect()
}

async fn only(world: &World, queue: DeskQueue) -> DeskEntry {
    let page = Page::default();
    let mut all = world.hdip.desk_queue(&world.as_operator(), queue, &page).await.unwrap().items;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn acknowledge(world: &World, queue: DeskQueue, subject: &str) -> Result<(), hdip_core::Error> {
    let reason = "called them";
    world.hdip.acknowledge(&world.as_operator(), queue, subject, reason).await.map(|_| ())
}

#[test]
fn an_interview_nobody_takes_is_first_unassigned_then_expired_until_it_is_dealt_with() {
    block_on(async {
        let stage = Stage::new().await;
        let world = &stage.world;
        assert_eq!(queues(world).await, []);
        let bela = world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await;
        let id = request(world, &bela, at("2026-01-06T10:00:00Z")).await;
        // Monday 04:30 to Tuesday 10:00 is far; twelve hours before it is close.
        assert_eq!(queues(world).await, []);
        world.clock.set(at("2026-01-05T22:00:01Z"));
        assert_eq!(queues(world).await, [("unassigned", 1)]);
        let entry = only(world, DeskQueue::Unassigned).await;
        assert_eq!((&*entry.subject, entry.candidate_name.as_deref()), (&*id.to_string(), Some("Bela Bose")));
        assert_eq!((entry.client_brand.as_deref(), &*entry.what), (Some("Acme"), "inviting"));
        assert!(entry.actions.contains(&DeskAction::AssignInterviewer));
        let refused = acknowledge(world, DeskQueue::Unassigned, &id.to_string()).await.unwrap_err();
        assert_eq!(refused.code(), "not_acknowledgeable", "it can be assigned");

        world.run_for(hours(4)).await;
        assert_eq!(queues(world).await, [("expired", 1)]);
        acknowledge(world, DeskQueue::Expired, &id.to_string()).await.unwrap();
        assert_eq!(queues(world).await, []);
        let refused = acknowledge(world, DeskQueue::Expired, &id.to_string()).await.unwrap_err();
        assert_eq!(refused.code(), "not_acknowledgeable");
        let refused = acknowledge(world, DeskQueue::Expired, "nonsense").await.unwrap_err();
        assert_eq!(refused.code(), "not_acknowledgeable");
    });
}

#[test]
fn an_expired_interview_leaves_when_another_is_requested() {
    block_on(async {
        let stage = Stage::new().await;
        let world = &stage.world;
        let bela = world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await;
        request(world, &bela, at("2026-01-06T10:00:00Z")).await;
        world.run_until(at("2026-01-05T08:00:00Z")).await;
        assert_eq!(queues(world).await, [("expired", 1)]);
        let next = request(world, &bela, at("2026-01-08T10:00:00Z")).await;
        assert_eq!(queues(world).await, []);
        // Called off, the application waits again; the old one stays dealt with.
        world.hdip.cancel_interview(&world.as_owner(), next, Cancel::default()).await.unwrap();
        assert_eq!(queues(world).await, []);
    });
}

#[test]
fn overdue_feedback_leaves_when_it_is_put_off_and_a_closed_interview_when_it_is_dealt_with() {
    block_on(async {
        let stage = Stage::new().await;
        let world = &stage.world;
        world.run_until(at("2026-01-06T10:00:00Z")).await;
        assert_eq!(queues(world).await, [], "due at ten");
        world.run_for(minutes(1)).await;
        assert_eq!(queues(world).await, [("feedback_overdue", 1)]);
        let until = at("2026-01-06T12:00:00Z");
        world.hdip.extend_feedback(&stage.operator(), stage.interview, until, "was ill").await.unwrap();
        assert_eq!(queues(world).await, []);
        world.run_until(until).await;
        assert_eq!(queues(world).await, [("feedback_overdue", 1)]);
        world.run_for(hours(72)).await;
        assert_eq!(queues(world).await, [("closed_without_feedback", 1)]);
        acknowledge(world, DeskQueue::ClosedWithoutFeedback, &stage.interview.to_string()).await.unwrap();
        assert_eq!(queues(world).await, []);
        // Opened and closed once more, it is there once more.
        stage.correct(Outcome::AwaitingFeedback).await.unwrap();
        world.run_for(hours(80)).await;
        assert_eq!(queues(world).await, [("closed_without_feedback", 1)]);
    });
}

#[test]
fn an_interrupted_and_a_contested_interview_wait_for_the_operator() {
    block_on(async {
        let stage = Stage::new().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        world.run_until(at("2026-01-06T08:30:00Z")).await;
        hdip.interrupt_interview(&stage.lena(), stage.interview, Some("the line was lost".into()))
            .await
            .unwrap();
        assert_eq!(queues(world).await, [("interrupted", 1)]);
        assert_eq!(only(world, DeskQueue::Interrupted).await.detail.as_deref(), Some("the line was lost"));
        let closing = Closing::CandidateNoShow;
        hdip.close_interview(&stage.operator(), stage.interview, closing, "left early").await.unwrap();
        assert_eq!(queues(world).await, []);
        let contest = OpenContest { about: ContestAbout::Outcome, reason: "the line was lost".into() };
        let id = hdip.open_contest(&world.as_owner(), stage.interview, contest).await.unwrap().output;
        assert_eq!(queues(world).await, [("contested", 1)]);
        assert_eq!(only(world, DeskQueue::Contested).await.subject, id.to_string());
    });
}

/// Runs what is ready once, whatever becomes of it.
async fn run_once(world: &World) -> Vec<JobReport> {
    let mut reports = Vec::new();
    for job in world.hdip.claim_jobs(50).await.unwrap() {
        reports.push(world.hdip.run_job(&job).await.unwrap());
    }
    reports
}

#[test]
fn a_mail_that_is_given_up_waits_for_a_retry_or_a_word_and_comes_back_if_it_dies_again() {
    block_on(async {
        let stage = Stage::new().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let address = hdip_core::testkit::email("bela.bose@mail.example");
        world.mail.refuse(&address);
        hdip.send_scheduling_link(&world.as_owner(), bela(&stage).await).await.unwrap();
        assert!(matches!(run_once(world).await[..], [JobReport::Dead { .. }]));
        assert_eq!(queues(world).await, [("mail_failed", 1)]);
        let entry = only(world, DeskQueue::MailFailed).await;
        assert_eq!(entry.what, "scheduling_link");
        acknowledge(world, DeskQueue::MailFailed, &entry.subject).await.unwrap();
        assert_eq!(queues(world).await, []);
        world.clock.set(at("2026-01-05T05:00:00Z"));
        hdip.retry_job(&stage.operator(), entry.subject.parse().unwrap(), None).await.unwrap();
        run_once(world).await;
        assert_eq!(queues(world).await, [("mail_failed", 1)]);
        world.mail.accept_again(&address);
        hdip.retry_job(&stage.operator(), entry.subject.parse().unwrap(), None).await.unwrap();
        run_once(world).await;
        assert_eq!(queues(world).await, []);
    });
}

async fn bela(stage: &Stage) -> ApplicationId {
    stage.world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await.id
}

#[test]
fn a_room_the_provider_does_not_make_is_set_by_hand_and_everybody_hears_the_link_once() {
    block_on(async {
        let stage = Stage::new().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let bela = world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await;
        let id = request(world, &bela, at("2026-01-07T10:00:00Z")).await;
        world.video.fail_next(1);
        accept(world, id, stage.lena).await.unwrap();
        assert_eq!(queues(world).await, [("provider_pending", 1)]);
        assert_eq!(only(world, DeskQueue::ProviderPending).await.interview_id, Some(id));
        let bad =
            hdip.set_meeting_link(&stage.operator(), id, "http://meet.example/1", "down").await.unwrap_err();
        assert_eq!(complaints(bad), ["url:invalid_link"]);
        let url = "https://meet.example/by-hand";
        hdip.set_meeting_link(&stage.operator(), id, url, "the provider is down").await.unwrap();
        assert_eq!(queues(world).await, []);
        world.run_for(hours(1)).await;
        assert_eq!(world.get::<Interview>(id).await.meeting.url(), Some(url));
        let links: Vec<_> =
            world.mail.sent().into_iter().filter(|mail| mail.kind == "meeting_link").collect();
        assert_eq!(links.len(), 4);
        assert!(links.iter().all(|mail| mail.text.contains(url)));
    });
}

#[test]
fn an_interviewer_who_was_suspended_waits_for_review() {
    block_on(async {
        let stage = Stage::new().await;
        let world = &stage.world;
        let mut lena: hdip_core::interviewers::Interviewer = world.get(stage.lena).await;
        lena.status = hdip_core::interviewers::InterviewerStatus::Suspended;
        world.put(&lena).await;
        assert_eq!(queues(world).await, [("suspended_interviewers", 1)]);
        let entry = only(world, DeskQueue::SuspendedInterviewers).await;
        assert_eq!(entry.interviewer_name.as_deref(), Some("Lena"));
    });
}

#[test]
fn links_are_sent_again_with_a_reason_and_live_longer() {
    block_on(async {
        let stage = Stage::new().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let bela = world.application(&stage.round, "Bela Bose", "Asia/Kolkata").await;
        let short = hdip.resend_scheduling_link(&stage.operator(), bela.id, "ok").await.unwrap_err();
        assert_eq!(complaints(short), ["reason:too_short"]);
        hdip.resend_scheduling_link(&stage.operator(), bela.id, "lost the mail").await.unwrap();
        world.drain().await;
        assert_eq!(stage.mailed("scheduling_link"), ["bela.bose"]);

        let id = request(world, &bela, at("2026-01-06T10:00:00Z")).await;
        world.clock.set(at("2026-01-05T05:10:00Z"));
        let sent = hdip.resend_invitations(&stage.operator(), id, "was asleep").await.unwrap().output;
        assert_eq!(sent.expires_at, at("2026-01-05T06:10:00Z"));
        world.run_until(at("2026-01-05T06:09:00Z")).await;
        assert_eq!(world.get::<Interview>(id).await.calls, 1, "the call lasts as long as its invitation");
        accept(world, id, stage.lena).await.unwrap();
        let over = hdip.resend_invitations(&stage.operator(), id, "was asleep").await.unwrap_err();
        assert_eq!(over.code(), "wrong_interview_state");
        assert_eq!(stage.mailed("interviewer_invitation"), ["lena", "lena", "lena"]);
    });
}

#[test]
fn the_desk_is_the_operators_and_every_word_of_it_is_on_the_record() {
    block_on(async {
        let stage = Stage::no_show().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let page = Page::default();
        for ctx in [world.as_owner(), stage.lena()] {
            assert_eq!(hdip.desk(&ctx).await.unwrap_err().code(), "forbidden");
            let refused = hdip.desk_queue(&ctx, DeskQueue::Expired, &page).await.unwrap_err();
            assert_eq!(refused.code(), "forbidden");
            let to = Outcome::InterviewerNoShow;
            let refused = hdip.correct_outcome(&ctx, stage.interview, to, "because").await.unwrap_err();
            assert_eq!(refused.code(), "forbidden");
        }
        let moderator = stage.user(Role::PlatformModerator, "Mo").await;
        let moderator = world.as_user(&moderator);
        let to = Outcome::InterviewerNoShow;
        hdip.correct_outcome(&moderator, stage.interview, to, "the log shows it").await.unwrap();
        let filter = AuditFilter {
            actor: Some(moderator.actor.label()),
            action: Some("desk.correct_outcome".into()),
            from: Some(at("2026-01-06T00:00:00Z")),
            until: Some(at("2026-01-07T00:00:00Z")),
            ..Default::default()
        };
        let found = hdip.audit_trail(&stage.operator(), filter.clone(), &page).await.unwrap().items;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].changes["from"], "candidate_no_show");
        let earlier = AuditFilter { until: filter.from, from: None, ..filter };
        assert!(hdip.audit_trail(&stage.operator(), earlier, &page).await.unwrap().items.is_empty());
        let foreign = AuditFilter { client: Some(ClientId::from_bits(7)), ..Default::default() };
        let refused = hdip.audit_trail(&world.as_owner(), foreign, &page).await.unwrap_err();
        assert_eq!(refused.code(), "not_found");
        // A page of the client's own is full, whatever else happened.
        let small = Page::first(2);
        let own = hdip.audit_trail(&world.as_owner(), AuditFilter::default(), &small).await.unwrap();
        assert_eq!((own.items.len(), own.next_cursor.is_some()), (2, true));
    });
}

#[test]
fn a_scorecards_files_are_fixed_by_its_submission_and_read_with_the_result() {
    use hdip_core::feedback::{AddAttachment, MAX_ATTACHMENT_BYTES};
    block_on(async {
        let stage = Stage::new().await;
        let (world, hdip) = (&stage.world, &stage.world.hdip);
        let id = stage.interview;
        let file = |name: &str, content: &[u8]| AddAttachment {
            name: name.into(),
            content: bytes::Bytes::copy_from_slice(content),
        };
        let early = hdip.add_attachment(&stage.lena(), id, file("a.txt", b"early")).await.unwrap_err();
        assert_eq!(early.code(), "wrong_interview_state");
        world.run_until(at("2026-01-06T09:00:00Z")).await;
        for (name, content, wanted) in [
            ("a.exe", &b"MZ\0\0"[..], "file:unknown_content"),
            ("../a.txt", &b"x"[..], "name:invalid_name"),
            ("", &b"x"[..], "name:required"),
            ("a.txt", &vec![b'x'; MAX_ATTACHMENT_BYTES + 1][..], "file:too_large"),
        ] {
            let refused = hdip.add_attachment(&stage.lena(), id, file(name, content)).await.unwrap_err();
            assert_eq!(complaints(refused), [wanted]);
        }
        let mut files = Vec::new();
        for n in 0..10 {
            let content = format!("note {n}");
            let name = format!("note-{n}");
            files.push(
                hdip.add_attachment(&stage.lena(), id, file(&name, content.as_bytes())).await.unwrap().output,
            );
        }
        let eleventh = hdip.add_attachment(&stage.lena(), id, file("more.txt", b"x")).await.unwrap_err();
        assert_eq!(complaints(eleventh), ["file:too_many"]);
        hdip.remove_attachment(&stage.lena(), id, files[0]).await.unwrap();
        let gone = hdip.attachment(&stage.lena(), id, files[0]).await.err().unwrap();
        assert_eq!(gone.code(), "not_found");
        let owner = world.as_owner();
        let draft = hdip.attachment(&owner, id, files[1]).await.err().unwrap();
        assert_eq!(draft.code(), "not_found", "a draft is the interviewer's");
        let other = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let foreign =
            hdip.add_attachment(&world.as_interviewer(other), id, file("a.txt", b"x")).await.unwrap_err();
        assert_eq!(foreign.code(), "not_found");

        hdip.submit_scorecard(&stage.lena(), id, Some(full())).await.unwrap();
        let result = hdip.interview_result(&owner, id).await.unwrap();
        assert_eq!(result.attachments.len(), 9);
        assert_eq!(result.attachments[0].name, "note-1.txt");
        let read = hdip.attachment(&owner, id, files[1]).await.unwrap();
        assert_eq!((read.meta.length, &*read.attachment.name), (6, "note-1.txt"));
        // A correction begins with the same files; what was filed keeps them.
        hdip.remove_attachment(&stage.lena(), id, files[1]).await.unwrap();
        assert!(hdip.attachment(&owner, id, files[1]).await.is_ok());
        let filed = hdip.interview_result(&owner, id).await.unwrap();
        assert_eq!(filed.attachments.len(), 9, "only its submission changes what counts");
    });
}
