//! Scheduling links that wait: the candidate is reminded, the recruiter hears when it is over; and who hears
//! that a start was picked.

use crate::flow::{accept, pick};
use hdip_core::Ctx;
use hdip_core::access::{LinkPurpose, User};
use hdip_core::hiring::*;
use hdip_core::notifications::SetPreference;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use serde_json::json;
use std::sync::Arc;

struct Stage {
    world: World,
    application: Application,
}

impl Stage {
    /// Monday 2026-01-05, 04:30 UTC: a candidate with a scheduling link, and Ravi.
    async fn new() -> Self {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (_, round) = world.job().await;
        world.interviewer("Ravi", "Asia/Kolkata").await;
        let application = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let stage = Self { world, application };
        stage.send().await;
        stage
    }

    async fn send(&self) {
        self.world.hdip.send_scheduling_link(&self.world.as_owner(), self.application.id).await.unwrap();
        self.world.drain().await;
    }

    async fn candidate(&self) -> Ctx {
        let (application, candidate) = (self.application.id, self.application.candidate_id);
        let key = format!("{}:{application}:{candidate}", LinkPurpose::Schedule.as_str());
        let link = self.world.storage.link_by_key(&key).await.unwrap().unwrap();
        let hdip = &self.world.hdip;
        hdip.ctx(hdip.open_link(&hdip.link_token(&link)).await.unwrap())
    }

    async fn request(&self, ctx: &Ctx, start: &str) -> InterviewId {
        let start = pick(start.parse().unwrap());
        let request = RequestInterview { application: self.application.id, start, consents: None };
        let id = self.world.hdip.request_interview(ctx, request).await.unwrap().output.interview_id;
        self.world.drain().await;
        id
    }

    /// `kind → receiver` of what was sent about waiting links and picked starts.
    fn told(&self) -> Vec<String> {
        let about = |kind: &str| kind.starts_with("scheduling_link_") || kind == "slot_requested";
        let sent = self.world.mail.sent().into_iter().filter(|mail| about(&mail.kind));
        sent.map(|mail| format!("{} → {}", mail.kind, mail.to.as_str().split('@').next().unwrap())).collect()
    }
}

#[test]
fn after_two_days_the_candidate_is_reminded_and_after_seven_the_recruiter_hears() {
    block_on(async {
        let stage = Stage::new().await;
        let world = &stage.world;
        world.run_for(days(2) - Duration::seconds(1)).await;
        assert_eq!(stage.told(), [""; 0]);
        world.run_for(Duration::seconds(1)).await;
        assert_eq!(stage.told(), ["scheduling_link_reminder → asha.rao"]);
        let reminder = world.mail.sent().pop().unwrap();
        assert!(reminder.text.contains("/l/link_"), "it leads to the link: {}", reminder.text);
        world.run_for(days(5) - Duration::seconds(1)).await;
        assert_eq!(stage.told().len(), 1);
        world.run_for(Duration::seconds(1)).await;
        assert_eq!(stage.told()[1..], ["scheduling_link_unused → omar"]);
        world.run_for(days(30)).await;
        assert_eq!(stage.told().len(), 2, "each once");
    });
}

#[test]
fn sending_it_again_begins_anew() {
    block_on(async {
        let stage = Stage::new().await;
        stage.world.run_for(days(1)).await;
        stage.send().await;
        stage.world.run_for(days(1)).await;
        assert_eq!(stage.told(), [""; 0], "two days from the second");
        stage.world.run_for(days(1)).await;
        assert_eq!(stage.told(), ["scheduling_link_reminder → asha.rao"]);
        // When the first would have been over, the second is good.
        stage.world.run_until("2026-01-12T05:00:00Z".parse().unwrap()).await;
        assert_eq!(stage.told().len(), 1);
        stage.world.run_until("2026-01-13T04:30:00Z".parse().unwrap()).await;
        assert_eq!(stage.told()[1..], ["scheduling_link_unused → omar"]);
        // A third, after that, waits like the first.
        stage.send().await;
        stage.world.run_for(days(8)).await;
        assert_eq!(
            stage.told()[2..],
            ["scheduling_link_reminder → asha.rao", "scheduling_link_unused → omar"]
        );
    });
}

#[test]
fn whoever_has_picked_was_dropped_or_decided_about_is_left_alone() {
    block_on(async {
        // Picked, and confirmed.
        let stage = Stage::new().await;
        let interview = stage.request(&stage.candidate().await, "2026-01-18T08:00:00Z").await;
        let ravi = stage.world.storage.invitations(interview).await.unwrap()[0].interviewer_id;
        accept(&stage.world, interview, ravi).await.unwrap();
        let told = stage.told();
        stage.world.run_for(days(9)).await;
        assert_eq!(stage.told(), told);
        // Dropped.
        let stage = Stage::new().await;
        let drop = DropApplication { reason: DropReason::NotInterested, late_ok: false };
        stage.world.hdip.drop_application(&stage.world.as_owner(), stage.application.id, drop).await.unwrap();
        stage.world.run_for(days(30)).await;
        assert_eq!(stage.told(), [""; 0]);
        // Put aside, and taken up again: the link was withdrawn.
        let stage = Stage::new().await;
        stage.world.hdip.hold_application(&stage.world.as_owner(), stage.application.id).await.unwrap();
        stage.world.run_for(days(3)).await;
        stage.world.hdip.resume_application(&stage.world.as_owner(), stage.application.id).await.unwrap();
        stage.world.run_for(days(30)).await;
        assert_eq!(stage.told(), [""; 0]);
    });
}

#[test]
fn that_a_start_was_picked_is_told_to_those_who_did_not_pick_it() {
    block_on(async {
        let stage = Stage::new().await;
        let interview = stage.request(&stage.candidate().await, "2026-01-06T08:00:00Z").await;
        let mut told = stage.told();
        told.sort();
        assert_eq!(told, ["slot_requested → mira", "slot_requested → omar"]);
        let off = Cancel { reason: None, late_ok: false };
        stage.world.hdip.cancel_interview(&stage.world.as_owner(), interview, off).await.unwrap();
        stage.request(&stage.world.as_owner(), "2026-01-06T10:00:00Z").await;
        assert_eq!(stage.told().len(), 2, "the recruiter knows what the recruiter has picked");
    });
}

#[test]
fn who_does_not_want_to_hear_of_it_does_not() {
    block_on(async {
        let stage = Stage::new().await;
        let owner: User = stage.world.get(stage.world.owner.id).await;
        let wishes = ["scheduling_link_unused", "slot_requested"];
        let off = |event: &&str| SetPreference { event: (*event).into(), channel: "email".into(), on: false };
        let ctx = stage.world.as_user(&owner);
        stage
            .world
            .hdip
            .set_notification_preferences(&ctx, wishes.iter().map(off).collect(), None)
            .await
            .unwrap();
        stage.world.run_for(days(8)).await;
        assert_eq!(stage.told(), ["scheduling_link_reminder → asha.rao"]);
        stage.send().await;
        let start = stage.world.hdip.now() + days(1);
        let start = format!("{}T08:00:00Z", start.date_naive());
        stage.request(&stage.candidate().await, &start).await;
        assert_eq!(stage.told()[1..], ["slot_requested → mira"]);
    });
}

#[test]
fn the_days_are_policy() {
    block_on(async {
        let stage = Stage::new().await;
        let policy = json!({"link_reminder_days": 1, "link_days": 3});
        stage.world.hdip.set_policy(&stage.world.as_operator(), None, policy).await.unwrap();
        let round: Round = stage.world.get(stage.application.round_id).await;
        let other = stage.world.application(&round, "Bela Bose", "Asia/Kolkata").await.id;
        stage.world.hdip.send_scheduling_link(&stage.world.as_owner(), other).await.unwrap();
        stage.world.run_for(days(1)).await;
        assert_eq!(stage.told(), ["scheduling_link_reminder → bela.bose"]);
        // A link that lives no longer than until its reminder has none.
        let policy = json!({"link_reminder_days": 3});
        stage.world.hdip.set_policy(&stage.world.as_operator(), None, policy).await.unwrap();
        let third = stage.world.application(&round, "Chen Wei", "Asia/Kolkata").await.id;
        stage.world.hdip.send_scheduling_link(&stage.world.as_owner(), third).await.unwrap();
        stage.world.run_for(days(4)).await;
        let reminded = stage.told().iter().filter(|line| line.ends_with("chen.wei")).count();
        assert_eq!(reminded, 0);
    });
}
