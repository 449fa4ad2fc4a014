//! Workers over a real broker: what is committed is done once, whatever becomes of announcements.

use super::broker::{Names, Way};
use super::{nothing_comes, or_skip};
use crate::worker::WatchedQueue;
use hdip_core::HdipBuilder;
use hdip_core::ports::storage::{JobFilter, JobState, Page};
use hdip_core::ports::{Queue, Settled};
use hdip_core::scheduling::{Pick, RequestInterview, StartChoice};
use hdip_core::testkit::{
    FakeSecrets, MemoryCalendar, MemoryMail, MemoryStorage, MemoryVideo, SeededIds, World,
};
use hdip_core::values::BackgroundJobId;
use hdip_core::{Hdip, testkit};
use hdip_integrations::queue::rabbitmq::RabbitQueue;
use hdip_integrations::worker::{Worker, WorkerConfig};
use std::sync::Arc;
use std::time::Duration as Wait;
use tokio::sync::watch;

struct Stage {
    world: World,
    builder: HdipBuilder,
    hdip: Hdip,
    mail: Arc<MemoryMail>,
}

impl Stage {
    async fn with(queue: Arc<dyn Queue>) -> Self {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let mail = Arc::new(MemoryMail::new());
        let builder = HdipBuilder {
            storage: world.storage.clone(),
            clock: world.clock.clone(),
            ids: Arc::new(SeededIds::new(8)),
            secrets: Arc::new(FakeSecrets::new(7)),
            queue,
            mail: mail.clone(),
            calendar: Arc::new(MemoryCalendar::new()),
            video: Arc::new(MemoryVideo::new(7)),
            files: Arc::new(testkit::MemoryFiles::new()),
            operator: world.hdip.operator().clone(),
        };
        Self { world, hdip: builder.clone().build(), builder, mail }
    }

    /// Five jobs: the call and four mails.
    async fn request(&self) {
        let (_, round) = self.world.job().await;
        for name in ["Ravi", "Lena", "Noor"] {
            self.world.interviewer(name, "Asia/Kolkata").await;
        }
        let asha = self.world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let start =
            StartChoice::Picked(Pick { start: "2026-01-06T08:00:00Z".parse().unwrap(), odd_hours_ok: false });
        let request = RequestInterview { application: asha.id, start, consents: None };
        self.hdip.request_interview(&self.world.as_owner(), request).await.unwrap();
    }

    async fn jobs(&self, state: JobState) -> Vec<BackgroundJobId> {
        let filter = JobFilter { state: Some(state), kind: None };
        let jobs = self.world.storage.background_jobs(&filter, &Page::default()).await.unwrap();
        jobs.into_iter().map(|job| job.id).collect()
    }

    async fn done(&self) {
        let all = async {
            while self.jobs(JobState::Done).await.len() < 5 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Wait::from_secs(20), all).await.expect("everything is done in time");
        let mut to: Vec<_> = self.mail.sent().iter().map(|mail| mail.to.to_string()).collect();
        to.sort();
        to.dedup();
        assert_eq!((to.len(), self.mail.sent().len()), (4, 4), "four mails, each once");
    }
}

fn sweeping(sweep: Wait) -> WorkerConfig {
    WorkerConfig { sweep, ..WorkerConfig::default() }
}

#[tokio::test]
async fn an_announcement_of_another_process_wakes_a_worker() {
    let names = or_skip!(Names::fresh());
    let (announcer, worker) =
        (names.queue(|config| config).await, Arc::new(names.queue(|config| config).await));
    let stage = Stage::with(Arc::new(announcer)).await;
    // So rarely that only announcements can be what wakes it.
    let (watched, mut settled) = WatchedQueue::over(worker.clone());
    let hdip = HdipBuilder { queue: watched, ..stage.builder.clone() }.build();
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Worker::new(hdip, sweeping(Wait::from_secs(600))).run(stopping));
    stage.request().await;
    stage.done().await;
    for _ in 0..5 {
        let (job, how) = settled.recv().await.unwrap();
        assert_eq!(how, Settled::Done, "{job}");
    }
    stop.send(true).unwrap();
    running.await.unwrap();
    worker.close().await;
    nothing_comes(&names.queue(|config| config).await).await;
}

#[tokio::test]
async fn while_the_broker_is_down_the_sweep_finds_everything() {
    let names = or_skip!(Names::fresh());
    let way = Way::open().await;
    let queue = Arc::new(RabbitQueue::start(names.config(&way.address.to_string())));
    assert!(queue.connected(Wait::from_secs(20)).await);
    let stage = Stage::with(queue.clone()).await;
    let (stop, stopping) = watch::channel(false);
    let running =
        tokio::spawn(Worker::new(stage.hdip.clone(), sweeping(Wait::from_millis(20))).run(stopping));
    way.cut();
    while queue.ping().await.is_ok() {}
    stage.request().await;
    stage.done().await;
    stop.send(true).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn announcements_that_come_twice_change_nothing() {
    let names = or_skip!(Names::fresh());
    let queue = Arc::new(names.queue(|config| config).await);
    let stage = Stage::with(queue.clone()).await;
    stage.request().await;
    for _ in 0..3 {
        queue.announce(&stage.jobs(JobState::Queued).await).await.unwrap();
    }
    let (stop, stopping) = watch::channel(false);
    let running: Vec<_> = (0..2)
        .map(|_| Worker::new(stage.hdip.clone(), sweeping(Wait::from_millis(50))).run(stopping.clone()))
        .map(tokio::spawn)
        .collect();
    stage.done().await;
    queue.announce(&stage.jobs(JobState::Done).await).await.unwrap();
    stop.send(true).unwrap();
    for worker in running {
        worker.await.unwrap();
    }
    stage.done().await;
}
