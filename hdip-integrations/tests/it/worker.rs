//! The loop: what is committed is carried out, whoever was told; a slow job holds up only itself.

use async_trait::async_trait;
use hdip_core::ports::storage::{JobFilter, JobState, Page};
use hdip_core::ports::{Announcement, Mail, Message, PortError, PortErrorKind, Queue, Settled};
use hdip_core::scheduling::{Pick, RequestInterview, StartChoice};
use hdip_core::testkit::{FakeSecrets, MemoryCalendar, MemoryStorage, MemoryVideo, SeededIds, World};
use hdip_core::values::{ApplicationId, BackgroundJobId, Duration, Id};
use hdip_core::{Hdip, HdipBuilder};
use hdip_integrations::queue::LocalQueue;
use hdip_integrations::worker::{Worker, WorkerConfig, WorkerCounts};
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
    async fn next(&self, _: Duration) -> Result<Vec<Announcement>, PortError> {
        Err(PortError::new(PortErrorKind::Unreachable, "queue", "next", "the broker is gone"))
    }
    async fn ping(&self) -> Result<(), PortError> {
        Err(PortError::new(PortErrorKind::Unreachable, "queue", "ping", "the broker is gone"))
    }
}

/// Tells how announcements were settled.
#[derive(Debug)]
pub struct WatchedQueue {
    inner: Arc<dyn Queue>,
    settled: mpsc::UnboundedSender<(BackgroundJobId, Settled)>,
}

impl WatchedQueue {
    pub fn over(inner: Arc<dyn Queue>) -> (Arc<Self>, mpsc::UnboundedReceiver<(BackgroundJobId, Settled)>) {
        let (settled, seen) = mpsc::unbounded_channel();
        (Arc::new(Self { inner, settled }), seen)
    }

    fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<(BackgroundJobId, Settled)>) {
        Self::over(Arc::new(LocalQueue::new()))
    }
}

#[async_trait]
impl Queue for WatchedQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        self.inner.announce(jobs).await
    }
    async fn next(&self, wait: Duration) -> Result<Vec<Announcement>, PortError> {
        let watched = |inner: Announcement| {
            let settled = self.settled.clone();
            Announcement::new(inner.job(), move |job, how| {
                let _ = settled.send((job, how));
                if how == Settled::Done {
                    inner.done();
                }
            })
        };
        Ok(self.inner.next(wait).await?.into_iter().map(watched).collect())
    }
    async fn ping(&self) -> Result<(), PortError> {
        self.inner.ping().await
    }
}

struct Stage {
    world: World,
    hdip: Hdip,
    mail: Arc<GatedMail>,
    seen: mpsc::UnboundedReceiver<String>,
    application: ApplicationId,
}

impl Stage {
    /// A request for an interview of the slow candidate is committed; nobody has worked on it.
    async fn with(queue: Arc<dyn Queue>) -> Self {
        let stage = Self::idle(queue).await;
        stage.request().await;
        stage
    }

    /// Nothing was requested yet.
    async fn idle(queue: Arc<dyn Queue>) -> Self {
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
        Self { world, hdip, mail, seen, application: asha.id }
    }

    async fn request(&self) {
        let start =
            StartChoice::Picked(Pick { start: "2026-01-06T08:00:00Z".parse().unwrap(), odd_hours_ok: false });
        let request = RequestInterview { application: self.application, start, consents: None };
        self.hdip.request_interview(&self.world.as_owner(), request).await.unwrap();
    }

    /// The only job in a state.
    async fn job(&self, state: JobState) -> BackgroundJobId {
        let filter = JobFilter { state: Some(state), kind: None };
        let jobs = self.world.storage.background_jobs(&filter, &Page::default()).await.unwrap();
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        jobs[0].id
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

#[tokio::test]
async fn an_announcement_is_settled_after_the_work_and_not_before() {
    let (queue, mut settled) = WatchedQueue::new();
    let mut stage = Stage::idle(queue).await;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Worker::new(stage.hdip.clone(), often()).run(stopping));
    tokio::task::yield_now().await;
    stage.request().await;
    for _ in 0..4 {
        stage.next().await;
    }
    let mut ended = Vec::new();
    for _ in 0..4 {
        ended.push(settled.recv().await.unwrap());
    }
    let slow = stage.job(JobState::Leased).await;
    assert!(ended.iter().all(|(job, how)| *how == Settled::Done && *job != slow), "{ended:?}, not {slow}");
    stage.mail.gate.add_permits(1);
    assert_eq!(settled.recv().await.unwrap(), (slow, Settled::Done));
    stop.send(true).unwrap();
    running.await.unwrap();
    assert_eq!(settled.try_recv().ok(), None, "each once");
}

#[tokio::test]
async fn a_worker_that_stops_gives_back_what_it_only_heard_of() {
    let (queue, mut settled) = WatchedQueue::new();
    let mut stage = Stage::idle(queue.clone()).await;
    let (stop, stopping) = watch::channel(false);
    let worker = Worker::new(stage.hdip.clone(), WorkerConfig { concurrency: 1, ..often() });
    let running = tokio::spawn(worker.run(stopping));
    tokio::task::yield_now().await;
    // About a job that this worker does not come to: it has room for one only, and that one is slow.
    let other = BackgroundJobId::from_bits(7);
    queue.announce(&[other]).await.unwrap();
    stage.request().await;
    while !stage.next().await.starts_with("waiting") {}
    stop.send(true).unwrap();
    let given_back = |seen: &[(BackgroundJobId, Settled)]| seen.contains(&(other, Settled::GivenBack));
    let mut seen = Vec::new();
    while !given_back(&seen) {
        seen.push(settled.recv().await.unwrap());
    }
    assert!(!seen.contains(&(other, Settled::Done)) && !running.is_finished(), "{seen:?}");
    stage.mail.gate.add_permits(1);
    running.await.unwrap();
    let heard = queue.inner.next(Duration::seconds(20)).await.unwrap();
    assert!(heard.iter().any(|announcement| announcement.job() == other), "another worker hears of it");
}

#[tokio::test]
async fn a_job_that_outlasts_the_drain_is_released_for_another_worker_at_once() {
    let mut stage = Stage::with(Arc::new(LocalQueue::new())).await;
    let (stop, stopping) = watch::channel(false);
    let config = WorkerConfig { drain: Wait::from_millis(20), ..often() };
    let running = tokio::spawn(Worker::new(stage.hdip.clone(), config).run(stopping));
    while !stage.next().await.starts_with("waiting") {}
    stop.send(true).unwrap();
    tokio::time::timeout(Wait::from_secs(10), running).await.expect("within its bound").unwrap();
    assert_eq!(stage.jobs(JobState::Leased).await, 0, "nothing is left leased");

    // The clock stands still: no lease has run out.
    stage.mail.gate.add_permits(1);
    let worker = Worker::new(stage.hdip.clone(), often());
    while worker.turn().await {}
    assert_eq!((stage.jobs(JobState::Done).await, stage.jobs(JobState::Dead).await), (5, 0));
    let mut sent = Vec::new();
    while let Ok(mail) = stage.seen.try_recv() {
        sent.push(mail);
    }
    assert_eq!(sent.iter().filter(|mail| mail.ends_with(SLOW)).count(), 1, "{sent:?}");
}

#[tokio::test]
async fn any_number_of_workers_do_each_job_and_fire_each_timer_once() {
    let mut stage = Stage::with(Arc::new(LocalQueue::new())).await;
    stage.mail.gate.add_permits(100);
    let (stop, stopping) = watch::channel(false);
    let workers: Vec<_> = (0..4).map(|_| Worker::new(stage.hdip.clone(), often())).collect();
    let counts: Vec<_> = workers.iter().map(Worker::counts).collect();
    let running: Vec<_> =
        workers.into_iter().map(|worker| tokio::spawn(worker.run(stopping.clone()))).collect();
    let mut sent = Vec::new();
    while sent.len() < 4 {
        let mail = stage.next().await;
        sent.extend((!mail.starts_with("waiting")).then_some(mail));
    }
    // An hour later the second call is due.
    let later = hdip_core::ports::Clock::now(&*stage.world.clock) + Duration::hours(1);
    let due = stage.world.storage.due_timers(later, 100).await.unwrap().len() as u64;
    assert!(due > 0);
    stage.world.clock.set(later);
    let total = |count: fn(&WorkerCounts) -> &std::sync::atomic::AtomicU64| {
        counts.iter().map(|counts| count(counts).load(Ordering::Relaxed)).sum::<u64>()
    };
    while total(|counts| &counts.timers) < due {
        tokio::task::yield_now().await;
    }
    stop.send(true).unwrap();
    for worker in running {
        worker.await.unwrap();
    }
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 4, "nobody got a mail twice: {sent:?}");
    assert_eq!((total(|counts| &counts.timers), total(|counts| &counts.lost)), (due, 0));
    assert_eq!(total(|counts| &counts.done), stage.jobs(JobState::Done).await as u64);
}
