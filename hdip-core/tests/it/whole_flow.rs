//! One run through everything that can happen to interviews; the mailbox equals a list written by hand.

use crate::flow::{accept, candidate, invitation_of, money, pick, request, state};
use hdip_core::ports::Message;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use std::sync::Arc;

/// In the week of Monday 2026-01-05, as the world is.
fn january(day: u32, time: &str) -> Timestamp {
    format!("2026-01-{day:02}T{time}:00Z").parse().unwrap()
}

/// Ids and their names in the list.
struct Names(Vec<(String, &'static str)>);

impl Names {
    fn put(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name))
    }

    /// `cause → receiver`, and `METHOD UID SEQUENCE` of the calendar entry where there is one.
    async fn line(&self, world: &World, message: &Message) -> String {
        let job = message.message_id.split('@').next().unwrap();
        let job =
            world.storage.background_job(job.parse().unwrap()).await.unwrap().expect("a mail has its job");
        let cause = job.cause.strip_prefix("mail:").expect("the cause says that it is a mail");
        let to = message.to.as_str().split('@').next().unwrap();
        let entry = message.calendar.as_ref().map(|object| {
            let unfolded = object.text.replace("\r\n ", "");
            let field =
                |name: &str| unfolded.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
            format!(
                " | {} {} {}",
                object.method.as_str(),
                field("UID:").split('@').next().unwrap(),
                field("SEQUENCE:")
            )
        });
        self.put(&format!("{cause} → {to}{}", entry.unwrap_or_default()))
    }
}

#[test]
fn a_week_with_everything_in_it_sends_exactly_these_mails() {
    block_on(async {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let lena = world.interviewer("Lena", "Europe/Berlin").await.id;
        let mut applications = Vec::new();
        for name in ["Asha", "Bela", "Chen", "Dara", "Esha"] {
            applications.push(world.application(&round, name, "Asia/Kolkata").await);
        }
        let [asha, bela, chen, dara, esha] = &applications[..] else { unreachable!() };
        let hdip = &world.hdip;
        let owner = || world.as_owner();

        // Monday 04:30. Asha's first interview is declined by one, taken by the other, and moved early.
        let asha1 = request(&world, asha, january(6, "08:00")).await;
        let invitation = invitation_of(&world, asha1, ravi).await.id;
        hdip.decline_invitation(&world.as_interviewer(ravi), invitation, Decline::default()).await.unwrap();
        accept(&world, asha1, lena).await.unwrap();
        let to = |start, late_ok| Reschedule { start: pick(start), reason: None, late_ok };
        let moved = hdip.reschedule_interview(&owner(), asha1, to(january(6, "10:00"), false)).await.unwrap();
        world.drain().await;
        let asha2 = moved.output.interview_id;
        // The successor's interviewer withdraws and is replaced.
        accept(&world, asha2, ravi).await.unwrap();
        hdip.withdraw_interviewer(&world.as_interviewer(ravi), asha2, None).await.unwrap();
        world.drain().await;
        accept(&world, asha2, lena).await.unwrap();
        // Bela will stay away, Chen's interviewer will; nobody takes Dara's; Esha's is moved late.
        let bela1 = request(&world, bela, january(7, "08:00")).await;
        accept(&world, bela1, ravi).await.unwrap();
        let chen1 = request(&world, chen, january(7, "10:00")).await;
        accept(&world, chen1, lena).await.unwrap();
        let dara1 = request(&world, dara, january(8, "08:00")).await;
        let esha1 = request(&world, esha, january(8, "10:00")).await;
        accept(&world, esha1, lena).await.unwrap();

        // Tuesday, two hours before: a late cancellation.
        world.run_until(january(6, "08:00")).await;
        let yes = Cancel { reason: Some("the position is filled".into()), late_ok: true };
        hdip.cancel_interview(&owner(), asha2, yes).await.unwrap();
        // Wednesday: two absences.
        world.run_until(january(7, "08:10")).await;
        let note = || Some("waited in the room".into());
        hdip.report_no_show(&world.as_interviewer(ravi), bela1, Absent::Candidate, note()).await.unwrap();
        world.run_until(january(7, "10:10")).await;
        let ctx = candidate(&world, chen1).await;
        hdip.report_no_show(&ctx, chen1, Absent::Interviewer, note()).await.unwrap();
        // Thursday, half past seven: the candidate moves the interview of ten o'clock to Friday.
        world.run_until(january(8, "07:30")).await;
        let ctx = candidate(&world, esha1).await;
        let moved = hdip.reschedule_interview(&ctx, esha1, to(january(9, "08:00"), true)).await.unwrap();
        world.drain().await;
        let esha2 = moved.output.interview_id;
        accept(&world, esha2, lena).await.unwrap();
        // Friday: it takes place, and counts.
        world.run_until(january(9, "09:30")).await;
        hdip.close_interview(&world.as_operator(), esha2, Closing::Completed, "scorecard by mail")
            .await
            .unwrap();
        world.run_for(days(7)).await;

        use InterviewState::*;
        let outcomes: [(InterviewId, InterviewState, &[i64], &[i64]); 7] = [
            (asha1, Rescheduled, &[], &[]),
            (asha2, Cancelled, &[80_000], &[40_000]),
            (bela1, CandidateNoShow, &[80_000], &[40_000]),
            (chen1, InterviewerNoShow, &[], &[]),
            (dara1, Expired, &[], &[]),
            (esha1, Rescheduled, &[80_000], &[40_000]),
            (esha2, Completed, &[300_000], &[180_000]),
        ];
        for (id, outcome, charges, earnings) in outcomes {
            assert_eq!(state(&world, id).await, outcome);
            assert_eq!(money(&world, id).await, (charges.to_vec(), earnings.to_vec()), "{outcome:?}");
        }

        let people = [(asha, "asha"), (bela, "bela"), (chen, "chen"), (dara, "dara"), (esha, "esha")];
        let mut names = Names(vec![
            (ravi.to_string(), "ravi"),
            (lena.to_string(), "lena"),
            (world.owner.id.to_string(), "omar"),
            (world.manager.id.to_string(), "mira"),
        ]);
        names.0.extend(people.map(|(application, name)| (application.candidate_id.to_string(), name)));
        let paths = ["asha's", "bela's", "chen's", "dara's", "esha's"];
        names.0.extend(
            people.iter().zip(paths).map(|((application, _), name)| (application.id.to_string(), name)),
        );
        let interviews = [
            (asha1, "asha1"),
            (asha2, "asha2"),
            (bela1, "bela1"),
            (chen1, "chen1"),
            (dara1, "dara1"),
            (esha1, "esha1"),
            (esha2, "esha2"),
        ];
        names.0.extend(interviews.map(|(id, name)| (id.to_string(), name)));
        let mut sent = Vec::new();
        for message in world.mail.sent() {
            sent.push(names.line(&world, &message).await);
        }
        sent.sort();
        let mut expected: Vec<_> = EXPECTED.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        expected.sort_unstable();
        let missing: Vec<_> = expected.iter().filter(|line| !sent.iter().any(|s| s == *line)).collect();
        let extra: Vec<_> = sent.iter().filter(|line| !expected.contains(&line.as_str())).collect();
        assert!(missing.is_empty() && extra.is_empty(), "missing {missing:#?}\nextra {extra:#?}");
        assert_eq!(sent, expected, "each once");
    });
}

/// `kind:interview:occasion:party → receiver | METHOD UID SEQUENCE`, written by hand from the story above.
/// The occasion is the call an invitation goes out with (a hundred for every replacement), the number of
/// replacements before a confirmation, the minutes before a start; of a scheduling link, until when it was good:
/// seven days after the interview came to nothing.
const EXPECTED: &str = "
    awaiting_confirmation:asha1:request:asha → asha
    interviewer_invitation:asha1:call-1:ravi → ravi
    interviewer_invitation:asha1:call-1:lena → lena
    interview_confirmed:asha1:0:asha → asha | REQUEST asha1.asha 0
    interview_confirmed:asha1:0:lena → lena | REQUEST asha1.lena 0
    interview_confirmed:asha1:0:omar → omar | REQUEST asha1.omar 0
    interview_confirmed:asha1:0:mira → mira | REQUEST asha1.mira 0
    interview_rescheduled:asha1:left:asha → asha | CANCEL asha1.asha 1
    interview_rescheduled:asha1:left:lena → lena | CANCEL asha1.lena 1
    interview_rescheduled:asha1:left:omar → omar | CANCEL asha1.omar 1
    interview_rescheduled:asha1:left:mira → mira | CANCEL asha1.mira 1

    interviewer_invitation:asha2:call-1:ravi → ravi
    interviewer_invitation:asha2:call-1:lena → lena
    interview_confirmed:asha2:0:asha → asha | REQUEST asha2.asha 0
    interview_confirmed:asha2:0:ravi → ravi | REQUEST asha2.ravi 0
    interview_confirmed:asha2:0:omar → omar | REQUEST asha2.omar 0
    interview_confirmed:asha2:0:mira → mira | REQUEST asha2.mira 0
    interviewer_released:asha2:released:ravi → ravi | CANCEL asha2.ravi 1
    interviewer_replaced:asha2:replacement-1:omar → omar
    interviewer_replaced:asha2:replacement-1:mira → mira
    interviewer_invitation:asha2:call-101:lena → lena
    interview_confirmed:asha2:1:lena → lena | REQUEST asha2.lena 1
    reminder:asha2:1440:asha → asha
    reminder:asha2:1440:lena → lena
    interview_cancelled:asha2:left:asha → asha | CANCEL asha2.asha 2
    interview_cancelled:asha2:left:lena → lena | CANCEL asha2.lena 2
    interview_cancelled:asha2:left:omar → omar | CANCEL asha2.omar 2
    interview_cancelled:asha2:left:mira → mira | CANCEL asha2.mira 2

    awaiting_confirmation:bela1:request:bela → bela
    interviewer_invitation:bela1:call-1:ravi → ravi
    interviewer_invitation:bela1:call-1:lena → lena
    interview_confirmed:bela1:0:bela → bela | REQUEST bela1.bela 0
    interview_confirmed:bela1:0:ravi → ravi | REQUEST bela1.ravi 0
    interview_confirmed:bela1:0:omar → omar | REQUEST bela1.omar 0
    interview_confirmed:bela1:0:mira → mira | REQUEST bela1.mira 0
    reminder:bela1:1440:bela → bela
    reminder:bela1:1440:ravi → ravi
    reminder:bela1:60:bela → bela
    reminder:bela1:60:ravi → ravi
    reminder:bela1:10:bela → bela
    reminder:bela1:10:ravi → ravi
    candidate_no_show:bela1:outcome:bela → bela
    candidate_no_show:bela1:outcome:ravi → ravi
    candidate_no_show:bela1:outcome:omar → omar
    candidate_no_show:bela1:outcome:mira → mira

    awaiting_confirmation:chen1:request:chen → chen
    interviewer_invitation:chen1:call-1:ravi → ravi
    interviewer_invitation:chen1:call-1:lena → lena
    interview_confirmed:chen1:0:chen → chen | REQUEST chen1.chen 0
    interview_confirmed:chen1:0:lena → lena | REQUEST chen1.lena 0
    interview_confirmed:chen1:0:omar → omar | REQUEST chen1.omar 0
    interview_confirmed:chen1:0:mira → mira | REQUEST chen1.mira 0
    reminder:chen1:1440:chen → chen
    reminder:chen1:1440:lena → lena
    reminder:chen1:60:chen → chen
    reminder:chen1:60:lena → lena
    reminder:chen1:10:chen → chen
    reminder:chen1:10:lena → lena
    interviewer_no_show:chen1:outcome:chen → chen
    interviewer_no_show:chen1:outcome:lena → lena
    interviewer_no_show:chen1:outcome:omar → omar
    interviewer_no_show:chen1:outcome:mira → mira

    awaiting_confirmation:dara1:request:dara → dara
    interviewer_invitation:dara1:call-1:ravi → ravi
    interviewer_invitation:dara1:call-1:lena → lena
    interviewer_invitation:dara1:call-2:ravi → ravi
    interviewer_invitation:dara1:call-2:lena → lena
    interviewer_invitation:dara1:call-3:ravi → ravi
    interviewer_invitation:dara1:call-3:lena → lena
    nobody_accepted:dara1:expired:dara → dara
    nobody_accepted:dara1:expired:omar → omar
    nobody_accepted:dara1:expired:mira → mira

    awaiting_confirmation:esha1:request:esha → esha
    interviewer_invitation:esha1:call-1:ravi → ravi
    interviewer_invitation:esha1:call-1:lena → lena
    interview_confirmed:esha1:0:esha → esha | REQUEST esha1.esha 0
    interview_confirmed:esha1:0:lena → lena | REQUEST esha1.lena 0
    interview_confirmed:esha1:0:omar → omar | REQUEST esha1.omar 0
    interview_confirmed:esha1:0:mira → mira | REQUEST esha1.mira 0
    reminder:esha1:1440:esha → esha
    reminder:esha1:1440:lena → lena
    interview_rescheduled:esha1:left:esha → esha | CANCEL esha1.esha 1
    interview_rescheduled:esha1:left:lena → lena | CANCEL esha1.lena 1
    interview_rescheduled:esha1:left:omar → omar | CANCEL esha1.omar 1
    interview_rescheduled:esha1:left:mira → mira | CANCEL esha1.mira 1

    interviewer_invitation:esha2:call-1:ravi → ravi
    interviewer_invitation:esha2:call-1:lena → lena
    interview_confirmed:esha2:0:esha → esha | REQUEST esha2.esha 0
    interview_confirmed:esha2:0:lena → lena | REQUEST esha2.lena 0
    interview_confirmed:esha2:0:omar → omar | REQUEST esha2.omar 0
    interview_confirmed:esha2:0:mira → mira | REQUEST esha2.mira 0
    reminder:esha2:1440:esha → esha
    reminder:esha2:1440:lena → lena
    reminder:esha2:60:esha → esha
    reminder:esha2:60:lena → lena
    reminder:esha2:10:esha → esha
    reminder:esha2:10:lena → lena
    rate_interviewer:esha2:outcome:esha → esha
    decision_due:esha2:due:omar → omar

    scheduling_link_reminder:asha's:1768291200:asha → asha
    scheduling_link_unused:asha's:1768291200:omar → omar
    scheduling_link_reminder:bela's:1768378200:bela → bela
    scheduling_link_unused:bela's:1768378200:omar → omar
    scheduling_link_reminder:chen's:1768385400:chen → chen
    scheduling_link_unused:chen's:1768385400:omar → omar
    scheduling_link_reminder:dara's:1768203000:dara → dara
    scheduling_link_unused:dara's:1768203000:omar → omar
";
