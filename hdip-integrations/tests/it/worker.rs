//! The loop: what is committed is carried out, whoever was told; a slow job holds up only itself.

use async_trait::async_trait;
use hdip_core::ports::storage::{JobFilter, JobState, Page};
use hdip_core::ports::{Mail, Message, PortError, PortErrorKind, Queue};
use hdip_core::scheduling::{Pick, RequestInterview, StartChoice};
use hdip_core::testkit::{FakeSecrets, MemoryCalendar, MemoryStorage, MemoryVideo, SeededIds, World};
use hdip_core::values::{BackgroundJobId, Duration};
use hdip_core::{Hdip, HdipBuilder};
use hdip_integrations::queue::LocalQueue;
use hdip_integrations::worker::{Worker, WorkerConfig};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration as Wait;
use tokio::sync::{Semaphore, mpsc, watch};

/// Reports every mail it is given; one to the slow address waits for a permit first.
#[derive(Debug)]
struct GatedMail {
    seen: mpsc::UnboundedSender<String>,
    gate: Semaphore,
}

const SLOW: &str = "asha.rao@mail.example";

#[async_trait]
impl Mail for GatedMail {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        if message.to.as_str() == SLOW {
            self.seen.send(format!("waiting for {}", message.kind)).unwrap();
            self.gate.acquire().await.unwrap().forget();
        }
        self.seen.send(format!("{} to {}", message.kind, message.to.as_str())).unwrap();
        Ok(())
    }
}

/// Loses every announcement.
#[derive(Debug)]
struct DeafQueue;

#[async_trait]
impl Queue for DeafQueue {
    async fn announce(&self, _: &[BackgroundJobId]) -> Result<(), PortError> {
        Err(PortError::new(PortErrorKind::Unreachable, "queue", "announce", "the broker is gone"))
    }
    async fn next(&self, wait: Duration) -> Result<bool, PortError> {
        tokio::time::sleep(wait.to_std().unwrap()).await;
        Ok(false)
    }
}

struct Stage {
    world: World,
    hdip: Hdip,
    mail: Arc<GatedMail>,
    seen: mpsc::UnboundedReceiver<String>,
}

impl Stage {
    /// A request for an interview of the slow candidate is committed; nobody has worked on it.
    async fn with(queue: Arc<dyn Queue>) -> Self {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (sender, seen) = mpsc::unbounded_channel();
        let mail = Arc::new(GatedMail { seen: sender, gate: Semaphore::new(0) });
        let hdip = HdipBuilder {
            storage: world.storage.clone(),
            clock: world.clock.clone(),
            ids: Arc::new(SeededIds::new(8)),
            secrets: Arc::new(FakeSecrets::new(7)),
            queue,
            mail: mail.clone(),
            calendar: Arc::new(MemoryCalendar::new()),
            video: Arc::new(MemoryVideo::new(7)),
            files: world.files.clone(),
            operator: world.hdip.operator().clone(),
        }
        .build();
        let (_, round) = world.job().await;
        for name in ["Ravi", "Lena", "Noor"] {
            world.interviewer(name, "Asia/Kolkata").await;
        }
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let start =
            StartChoice::Picked(Pick { start: "2026-01-06T08:00:00Z".parse().unwrap(), odd_hours_ok: false });
        let request = RequestInterview { application: asha.id, start, consents: None };
        hdip.request_interview(&world.as_owner(), request).await.unwrap();
        Self { world, hdip, mail, seen }
    }

    async fn next(&mut self) -> String {
        tokio::time::timeout(Wait::from_secs(20), self.seen.recv()).await.expect("a mail in time").unwrap()
    }

    async fn jobs(&self, state: JobState) -> usize {
        let filter = JobFilter { state: Some(state), kind: None };
        self.world.storage.background_jobs(&filter, &Page::default()).await.unwrap().len()
    }
}

fn often() -> WorkerConfig {
    WorkerConfig { sweep: Wait::from_millis(10), ..WorkerConfig::default() }
}

#[tokio::test]
async fn a_slow_job_holds_up_only_itself_and_is_finished_before_the_loop_ends() {
    let mut stage = Stage::with(Arc::new(LocalQueue::new())).await;
    let worker = Worker::new(stage.hdip.clone(), WorkerConfig { concurrency: 2, ..often() });
    let counts = worker.counts();
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(worker.run(stopping));

    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(stage.next().await);
    }
    seen.sort();
    let invitation = |who: &str| format!("interviewer_invitation to {who}@interviewers.example");
    assert_eq!(
        seen,
        [
            invitation("lena"),
            invitation("noor"),
            invitation("ravi"),
            "waiting for awaiting_confirmation".into()
        ],
        "three jobs ran past the one that waits"
    );
    stop.send(true).unwrap();
    tokio::task::yield_now().await;
    assert!(!running.is_finished(), "a job is under way");
    stage.mail.gate.add_permits(1);
    running.await.unwrap();
    assert_eq!(stage.next().await, format!("awaiting_confirmation to {SLOW}"));
    assert_eq!((stage.jobs(JobState::Leased).await, stage.jobs(JobState::Queued).await), (0, 0));
    assert_eq!(counts.done.load(Ordering::Relaxed), 5, "the call and four mails");
}

#[tokio::test]
async fn what_was_never_announced_is_found_by_the_sweep() {
    let mut stage = Stage::with(Arc::new(DeafQueue)).await;
    stage.mail.gate.add_permits(1);
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Worker::new(stage.hdip.clone(), often()).run(stopping));
    let mut sent = Vec::new();
    while sent.len() < 4 {
        let mail = stage.next().await;
        sent.extend((!mail.starts_with("waiting")).then_some(mail));
    }
    drop(stop); // its owner is gone: the loop ends, too
    running.await.unwrap();
}

#[tokio::test]
async fn a_turn_runs_what_is_there_and_says_whether_there_was_anything() {
    let stage = Stage::with(Arc::new(LocalQueue::new())).await;
    stage.mail.gate.add_permits(1);
    let worker = Worker::new(stage.hdip.clone(), often());
    while worker.turn().await {}
    assert_eq!(stage.jobs(JobState::Done).await, 5);
    assert!(!worker.turn().await);
    // A timer counts: an hour later the second call goes out.
    stage.world.clock.set(hdip_core::ports::Clock::now(&*stage.world.clock) + Duration::hours(1));
    assert!(worker.turn().await);
    assert_eq!(worker.counts().timers.load(Ordering::Relaxed), 1);
}
