//! What is wrong with the deployment is told once when it begins and once when it is over.

use hdip_core::Error;
use hdip_core::alerts::*;
use hdip_core::jobs::ReplayJobs;
use hdip_core::ports::storage::*;
use hdip_core::ports::{IdsExt, PortErrorKind};
use hdip_core::testkit::{MemoryChat, MemoryStorage, World, block_on, email};
use hdip_core::values::*;
use std::sync::Arc;

struct Scene {
    world: World,
    chat: Arc<MemoryChat>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let chat = Arc::new(MemoryChat::new());
        let alerting = Alerting {
            mail_to: Some(email("on-call@hdip.example")),
            chat: Some(chat.clone()),
            ..Alerting::default()
        };
        let world = World { hdip: world.hdip.clone().with_alerting(alerting), ..world };
        world.hdip.watch_for_alerts().await.unwrap();
        Self { world, chat }
    }

    /// Everything that is due is done, whatever becomes of it.
    async fn work(&self) {
        let hdip = &self.world.hdip;
        loop {
            let fired = hdip.fire_due(100).await.unwrap();
            assert!(fired.failed.is_empty(), "{:?}", fired.failed);
            let jobs = hdip.claim_jobs(50).await.unwrap();
            if jobs.is_empty() && fired.fired == 0 {
                return;
            }
            for job in jobs {
                hdip.run_job(&job).await.unwrap();
            }
        }
    }

    async fn pass(&self, time: Duration) {
        let until = self.world.hdip.now() + time;
        while self.world.hdip.now() < until {
            self.world.clock.set((self.world.hdip.now() + minutes(1)).min(until));
            self.work().await;
        }
    }

    /// Subjects of the mails about alerts, oldest first.
    fn mailed(&self) -> Vec<String> {
        let mails = self.world.mail.sent();
        let mails = mails.iter().filter(|mail| mail.kind.starts_with("operator_alert"));
        mails
            .inspect(|mail| assert_eq!(mail.to.as_str(), "on-call@hdip.example"))
            .map(|m| m.subject.clone())
            .collect()
    }

    /// First lines of what was said in the channel.
    fn said(&self) -> Vec<String> {
        let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        self.chat.posted().iter().map(|post| first(&post.text)).collect()
    }

    async fn lasting(&self) -> Vec<(AlertKind, String, i64)> {
        let page = self.world.hdip.alerts(&self.world.as_operator(), true, &Page::default()).await.unwrap();
        page.items.into_iter().map(|alert| (alert.kind, alert.subject, alert.measured)).collect()
    }

    /// A candidate whose address the relay refuses is to get a mail.
    async fn a_mail_that_dies(&self) {
        let (_, round) = self.world.job().await;
        let asha = self.world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        self.world.mail.refuse(&email("asha.rao@mail.example"));
        self.world.hdip.send_scheduling_link(&self.world.as_owner(), asha.id).await.unwrap();
        self.work().await;
    }
}

#[test]
fn a_dead_letter_is_told_once_and_its_end_too() {
    block_on(async {
        let scene = Scene::new().await;
        scene.a_mail_that_dies().await;
        scene.pass(minutes(10)).await;
        let opened = ["Alert: 1 background job given up"];
        assert_eq!(
            (scene.mailed(), scene.said()),
            (opened.map(str::to_owned).into(), opened.map(str::to_owned).into())
        );
        assert_eq!(scene.lasting().await, [(AlertKind::DeadLetters, String::new(), 1)]);

        // Put back, it works: the relay was told about the address.
        let hdip = &scene.world.hdip;
        let dead = JobFilter { state: Some(JobState::Dead), kind: None };
        let job = scene.world.storage.background_jobs(&dead, &Page::default()).await.unwrap().remove(0);
        let gone = Candidate::moved(&scene.world).await;
        let input = ReplayJobs { kind: Some("send_mail".into()), reason: "the address was mended".into() };
        let replayed = hdip.replay_jobs(&scene.world.as_operator(), input).await.unwrap();
        assert_eq!((replayed.jobs, replayed.more), (1, false));
        scene.pass(minutes(5)).await;
        assert_eq!(scene.mailed().len(), 2, "{gone}");
        assert_eq!(scene.said()[1], "Over: no background job is given up any more");
        assert_eq!(scene.lasting().await, []);
        let about = AuditFilter { subject: Some(job.id.to_string()), ..AuditFilter::default() };
        let trail = hdip.audit_trail(&scene.world.as_operator(), about, &Page::default()).await.unwrap();
        assert_eq!(trail.items[0].reason.as_deref(), Some("the address was mended"));
        // The next time is another episode.
        scene.a_mail_that_dies().await;
        scene.pass(minutes(2)).await;
        assert_eq!(scene.mailed().len(), 3);
    });
}

/// The candidate gets another address.
struct Candidate;
impl Candidate {
    async fn moved(world: &World) -> String {
        let filter = JobFilter { state: Some(JobState::Dead), kind: None };
        let job = world.storage.background_jobs(&filter, &Page::default()).await.unwrap().remove(0);
        let id = job.data["to"]["id"].as_str().unwrap().to_owned();
        let mut person: hdip_core::hiring::Candidate = world.get(&id).await;
        person.email = email("asha@new.example");
        world.put(&person).await;
        id
    }
}

#[test]
fn a_provider_that_is_down_is_told_and_its_return() {
    block_on(async {
        let scene = Scene::new().await;
        let (_, round) = scene.world.job().await;
        scene.world.mail.fail_next(1_000);
        for name in ["Asha Rao", "Bela Bose", "Chen Wei"] {
            let person = scene.world.application(&round, name, "Asia/Kolkata").await;
            scene.world.hdip.send_scheduling_link(&scene.world.as_owner(), person.id).await.unwrap();
        }
        scene.work().await;
        scene.pass(minutes(1)).await;
        assert_eq!(scene.lasting().await, [], "it may pass");
        scene.pass(minutes(3)).await;
        assert_eq!(scene.lasting().await, [(AlertKind::ProviderDown, "mail".into(), 3)]);
        // Mail is what is down, so the channel is what tells it.
        assert_eq!(scene.said(), ["Alert: mail keeps failing, 3 jobs waiting"]);
        assert_eq!(scene.mailed(), [] as [&str; 0]);
        scene.world.mail.fail_next(0);
        scene.pass(minutes(30)).await;
        assert_eq!(scene.said()[1..], ["Over: mail works again"]);
        assert_eq!(scene.mailed().len(), 2, "late, but told: {:?}", scene.mailed());
        assert_eq!(scene.lasting().await, []);
    });
}

#[test]
fn a_server_without_workers_tells_that_nobody_works() {
    block_on(async {
        let scene = Scene::new().await;
        let (_, round) = scene.world.job().await;
        let person = scene.world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        scene.world.hdip.send_scheduling_link(&scene.world.as_owner(), person.id).await.unwrap();
        // Nobody fires timers or runs jobs; the server only looks.
        for _ in 0..12 {
            scene.world.clock.set(scene.world.hdip.now() + minutes(1));
            scene.world.hdip.check_alerts().await.unwrap();
        }
        assert_eq!(scene.said(), ["Alert: work has been waiting for 10 minutes"]);
        assert_eq!(scene.mailed(), ["Alert: work has been waiting for 10 minutes"]);
        assert_eq!(scene.world.mail.sent().len(), 1, "it did nobody else's work");
        scene.work().await;
        scene.pass(minutes(2)).await;
        assert_eq!(scene.said()[1..], ["Over: work is no longer late"]);
    });
}

#[test]
fn two_schedulers_tell_it_once() {
    block_on(async {
        let scene = Scene::new().await;
        scene.a_mail_that_dies().await;
        scene.world.clock.set(scene.world.hdip.now() + minutes(2));
        let hdip = &scene.world.hdip;
        let (one, two) = hdip_core::testkit::together(hdip.fire_due(10), hdip.check_alerts()).await;
        one.unwrap();
        two.unwrap();
        hdip.check_alerts().await.unwrap();
        scene.work().await;
        assert_eq!((scene.mailed().len(), scene.said().len()), (1, 1));
        hdip.watch_for_alerts().await.unwrap();
        let timers = scene.world.storage.due_timers(hdip.now() + hours(1), 100).await.unwrap();
        assert_eq!(timers.len(), 1, "one timer, however many set it");
    });
}

#[test]
fn a_channel_that_is_slow_or_refuses_is_a_job_like_any_other() {
    block_on(async {
        let scene = Scene::new().await;
        scene.chat.fail_next(PortErrorKind::Throttled, Some(Duration::seconds(300)));
        scene.a_mail_that_dies().await;
        scene.pass(minutes(4)).await;
        assert_eq!((scene.mailed().len(), scene.said().len()), (1, 0));
        scene.pass(minutes(4)).await;
        assert_eq!(scene.said().len(), 1);
    });
}

#[test]
fn a_deploy_is_told_once_by_whoever_may() {
    block_on(async {
        let scene = Scene::new().await;
        let hdip = &scene.world.hdip;
        let deploy = |outcome| ReportDeploy { outcome, release: "0.2.0".into() };
        let once = || hdip_core::Ctx { idempotency: Some("deploy:0.2.0".parse().unwrap()), ..hdip.system() };
        for replayed in [false, true] {
            let done = hdip.report_deploy(&once(), deploy(DeployOutcome::Finished)).await.unwrap();
            assert_eq!(done.replayed, replayed);
        }
        let operator = scene.world.as_operator();
        hdip.report_deploy(&operator, deploy(DeployOutcome::RolledBack)).await.unwrap();
        scene.work().await;
        let told = ["Deployed: release 0.2.0 is in service", "Rolled back: release 0.2.0 was taken back"];
        assert_eq!(
            (scene.mailed(), scene.said()),
            (told.map(str::to_owned).into(), told.map(str::to_owned).into())
        );
        assert_eq!(scene.lasting().await, []);
        let refused = hdip.report_deploy(&scene.world.as_owner(), deploy(DeployOutcome::Finished)).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        assert!(matches!(
            hdip.alerts(&scene.world.as_owner(), false, &Page::default()).await,
            Err(Error::Forbidden)
        ));
        let empty = ReportDeploy { outcome: DeployOutcome::Finished, release: " ".into() };
        let Err(Error::Invalid(fields)) = hdip.report_deploy(&operator, empty).await else { panic!() };
        assert_eq!(fields[0].field, "release");
        let all = hdip.alerts(&operator, false, &Page::first(1)).await.unwrap();
        assert_eq!((all.items.len(), all.next_cursor.is_some()), (1, true));
    });
}

#[test]
fn jobs_are_put_back_by_kind_with_a_reason() {
    block_on(async {
        let scene = Scene::new().await;
        let (world, hdip) = (&scene.world, &scene.world.hdip);
        let job = |kind: &str, cause: usize| NewJob {
            id: world.ids.fresh(),
            client_id: None,
            kind: kind.into(),
            cause: format!("{kind}:{cause}"),
            subject: "x".into(),
            data: serde_json::Value::Null,
            due_at: hdip.now() - days(2),
            created_at: hdip.now() - days(2),
            request_id: None,
        };
        let jobs =
            (0..3).map(|n| job("send_mail", n)).chain((0..2).map(|n| job("open_meeting", n))).collect();
        world.storage.commit(Changes { jobs, ..Changes::new() }).await.unwrap();
        scene.work().await;
        let operator = world.as_operator();
        let count = async |state| {
            let filter = JobFilter { state: Some(state), kind: None };
            hdip.background_jobs(&operator, &filter, &Page::default()).await.unwrap().items.len()
        };
        assert_eq!(count(JobState::Dead).await, 5);
        let replay = |kind: Option<&str>, reason: &str| ReplayJobs {
            kind: kind.map(str::to_owned),
            reason: reason.into(),
        };
        let Err(Error::Invalid(fields)) = hdip.replay_jobs(&operator, replay(None, " ")).await else {
            panic!()
        };
        assert_eq!(fields[0].field, "reason");
        let refused = hdip.replay_jobs(&world.as_owner(), replay(None, "because")).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        let done =
            hdip.replay_jobs(&operator, replay(Some("open_meeting"), "the host is back")).await.unwrap();
        assert_eq!(done.jobs, 2);
        assert_eq!((count(JobState::Dead).await, count(JobState::Queued).await >= 2), (3, true));
        assert_eq!(hdip.replay_jobs(&operator, replay(Some("nothing"), "because")).await.unwrap().jobs, 0);
        assert_eq!(hdip.replay_jobs(&operator, replay(None, "all of them")).await.unwrap().jobs, 3);
    });
}
