//! What layers do when calls fail; that they do nothing else is in `contracts`.

mod contracts;

use async_trait::async_trait;
use hdip_core::ports::{
    FileMeta, Files, Mail, Message, Outcome, PortError, PortErrorKind, PutFile, Retry, Video, one_piece,
};
use hdip_core::testkit::contract::mail::message;
use hdip_core::testkit::contract::video::request;
use hdip_core::testkit::{MemoryFiles, MemoryMail, MemoryVideo, stream_of};
use hdip_core::values::{self, FileId, Id};
use hdip_integrations::layers::*;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Counts what reaches it, and passes it on.
#[derive(Debug, Default)]
struct Counted(AtomicUsize);

impl Counted {
    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Layer for Counted {
    async fn call(&self, _: Call, next: Next<'_>) -> Result<(), PortError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        next.run().await
    }
}

/// Never answers.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl Mail for Silent {
    async fn send(&self, _: &Message) -> Result<(), PortError> {
        std::future::pending().await
    }
}

/// What lies inside the layer under test: it counts, and fails as told.
struct Inside {
    asked: Arc<Counted>,
    faults: Arc<Faulty>,
    mail: Arc<MemoryMail>,
}

impl Inside {
    fn new() -> Self {
        Self { asked: Arc::default(), faults: Arc::new(Faulty::told()), mail: Arc::new(MemoryMail::new()) }
    }

    fn of<P: ?Sized + Send + Sync>(&self, port: Arc<P>, layer: impl Layer + 'static) -> Layered<P> {
        Layered::new(port).with(layer).with_shared(self.asked.clone()).with_shared(self.faults.clone())
    }

    fn mail(&self, layer: impl Layer + 'static) -> Layered<MemoryMail> {
        self.of(self.mail.clone(), layer)
    }
}

fn three_times() -> Retrying {
    Retrying::new(3, MS, 5 * MS)
}

#[tokio::test]
async fn what_did_not_happen_is_repeated_until_it_does() {
    let inside = Inside::new();
    let mail = inside.mail(three_times());
    inside.faults.then([Some(Fault::Unreachable), Some(Fault::Unreachable)]);
    mail.send(&message()).await.unwrap();
    assert_eq!((inside.asked.get(), inside.mail.sent().len()), (3, 1));
    // And no oftener than it was told.
    inside.faults.then([Some(Fault::Unreachable); 3]);
    let error = mail.send(&message()).await.unwrap_err();
    assert_eq!((error.kind, inside.asked.get()), (PortErrorKind::Unreachable, 6));
}

#[tokio::test]
async fn what_may_have_happened_is_repeated_only_where_that_is_harmless() {
    let inside = Inside::new();
    inside.faults.then([Some(Fault::AnswerLost)]);
    let error = inside.mail(three_times()).send(&message()).await.unwrap_err();
    assert_eq!(error.outcome, Outcome::Unknown);
    assert_eq!((inside.asked.get(), inside.mail.sent().len()), (1, 1), "nobody got the mail twice");

    let inside = Inside::new();
    let video = Arc::new(MemoryVideo::new(7));
    inside.faults.then([Some(Fault::AnswerLost)]);
    let meeting = inside.of(video.clone(), three_times()).open(&request(7)).await.unwrap();
    assert_eq!((inside.asked.get(), video.opened().len()), (2, 2));
    assert_eq!(meeting, video.open(&request(7)).await.unwrap(), "the same room");
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_repeated() {
    let inside = Inside::new();
    inside.faults.then([Some(Fault::Rejected)]);
    let error = inside.mail(three_times()).send(&message()).await.unwrap_err();
    assert_eq!((error.kind, error.retry, inside.asked.get()), (PortErrorKind::Rejected, Retry::Never, 1));
}

#[tokio::test]
async fn a_pause_that_was_asked_for_is_made_or_left_to_the_caller() {
    // The fault asks for a second.
    let inside = Inside::new();
    inside.faults.then([Some(Fault::Throttled)]);
    let began = Instant::now();
    inside.mail(Retrying::new(2, MS, MINUTE)).send(&message()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());

    let inside = Inside::new();
    inside.faults.then([Some(Fault::Throttled)]);
    let error = inside.mail(three_times()).send(&message()).await.unwrap_err();
    assert_eq!((error.retry, inside.asked.get()), (Retry::After(values::Duration::seconds(1)), 1));
}

#[tokio::test]
async fn a_stream_is_read_once() {
    let inside = Inside::new();
    let memory = Arc::new(MemoryFiles::new());
    let files = inside.of(memory.clone(), three_times());
    let id = FileId::from_bits(1);
    let put = |body| files.put(PutFile { id, body, limit: 100 });
    inside.faults.then([Some(Fault::Unreachable)]);
    let error = put(one_piece("content".into())).await.unwrap_err();
    assert_eq!((error.kind, inside.asked.get(), memory.count()), (PortErrorKind::Unreachable, 1, 0));
    let source = PortError::new(PortErrorKind::Unreachable, "upload", "read", "gone");
    put(stream_of([Err(source)])).await.unwrap_err();
    assert_eq!(inside.asked.get(), 2, "a source that failed cannot be read again");
    let meta: FileMeta = put(one_piece("content".into())).await.unwrap();
    assert_eq!(meta.length, 7);
    // What can be repeated, is.
    inside.faults.then([Some(Fault::Unreachable)]);
    assert_eq!(files.get(id).await.unwrap().0, meta);
}

#[tokio::test]
async fn no_answer_in_time_is_an_unknown_outcome() {
    let mail = Layered::new(Arc::new(Silent)).with(Timeout::new(10 * MS));
    let error = mail.send(&message()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.retry, error.outcome),
        (PortErrorKind::Unreachable, Retry::Backoff, Outcome::Unknown)
    );
    assert_eq!((error.port, error.operation), ("mail", "send"));
}

#[tokio::test]
async fn more_than_the_limit_waits_its_turn_or_is_throttled() {
    let inside = Inside::new();
    let mail = inside.mail(RateLimited::new(1, 2, Duration::ZERO));
    for _ in 0..2 {
        mail.send(&message()).await.unwrap();
    }
    let error = mail.send(&message()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.outcome, inside.asked.get()),
        (PortErrorKind::Throttled, Outcome::NotDone, 2)
    );
    let Retry::After(pause) = error.retry else { panic!("{error:?}") };
    assert!(pause > values::Duration::zero() && pause <= values::Duration::seconds(1), "{pause}");

    let inside = Inside::new();
    let patient = inside.mail(RateLimited::new(50, 1, MINUTE));
    let began = Instant::now();
    for _ in 0..3 {
        patient.send(&message()).await.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(30), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_left_alone_for_a_while() {
    let inside = Inside::new();
    let mail = inside.mail(CircuitBreaker::new(3, 30 * MS));
    // Refusals are answers, and an answer in between counts from nothing again.
    inside.faults.then([Some(Fault::Unreachable), Some(Fault::Unreachable), Some(Fault::Rejected)]);
    inside.faults.then([Some(Fault::Throttled), Some(Fault::Unreachable), Some(Fault::AnswerLost)]);
    for _ in 0..6 {
        mail.send(&message()).await.unwrap_err();
    }
    mail.send(&message()).await.expect("two in a row are not three");
    inside.faults.then([Some(Fault::Unreachable); 3]);
    for _ in 0..3 {
        mail.send(&message()).await.unwrap_err();
    }
    let asked = inside.asked.get();
    let error = mail.send(&message()).await.unwrap_err();
    assert_eq!((error.kind, error.outcome), (PortErrorKind::Unreachable, Outcome::NotDone));
    assert!(matches!(error.retry, Retry::After(_)), "{error:?}");
    assert_eq!(inside.asked.get(), asked, "nobody was asked");
    let began = Instant::now();
    while mail.send(&message()).await.is_err() {
        assert!(began.elapsed() < MINUTE, "closed again after the pause");
        tokio::task::yield_now().await;
    }
    assert_eq!(inside.asked.get(), asked + 1, "by the first that tried");
}

#[tokio::test]
async fn timeouts_open_the_circuit_and_a_dropped_call_does_not_block_it() {
    let mail = Layered::new(Arc::new(Silent)).with(CircuitBreaker::new(2, MINUTE)).with(Timeout::new(5 * MS));
    for _ in 0..2 {
        assert_eq!(mail.send(&message()).await.unwrap_err().outcome, Outcome::Unknown);
    }
    assert_eq!(mail.send(&message()).await.unwrap_err().outcome, Outcome::NotDone, "not asked any more");

    let mail = Layered::new(Arc::new(Silent))
        .with(CircuitBreaker::new(1, Duration::ZERO))
        .with(Timeout::new(50 * MS));
    mail.send(&message()).await.unwrap_err();
    // The trial is given up by its caller; the next caller tries.
    let _ = tokio::time::timeout(MS, mail.send(&message())).await;
    assert_eq!(mail.send(&message()).await.unwrap_err().outcome, Outcome::Unknown, "it was asked");
}

#[tokio::test]
async fn faults_follow_from_the_seed() {
    let faults = Faults { unreachable: 200, throttled: 100, answer_lost: 100, rejected: 50 };
    let run = async |seed| {
        let mail = Layered::new(Arc::new(MemoryMail::new())).with(Faulty::new(seed, faults));
        let mut kinds = Vec::new();
        for _ in 0..1000 {
            kinds.push(mail.send(&message()).await.err().map(|error| (error.kind, error.outcome)));
        }
        kinds
    };
    let (first, again, other) = (run(1).await, run(1).await, run(2).await);
    assert!(first == again && first != other);
    let share = |wanted| first.iter().filter(|kind| **kind == Some(wanted)).count();
    let shares = [
        (share((PortErrorKind::Unreachable, Outcome::NotDone)), 200),
        (share((PortErrorKind::Throttled, Outcome::NotDone)), 100),
        (share((PortErrorKind::Unreachable, Outcome::Unknown)), 100),
        (share((PortErrorKind::Rejected, Outcome::NotDone)), 50),
    ];
    assert!(shares.iter().all(|(found, asked)| found.abs_diff(*asked) < 50), "{shares:?}");
}

#[test]
fn calls_are_counted_by_outcome_however_they_end() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let inside = Inside::new();
            let mail = inside.mail(Metered);
            inside.faults.then([None, Some(Fault::AnswerLost), Some(Fault::Rejected)]);
            for _ in 0..3 {
                let _ = mail.send(&message()).await;
            }
            let silent = Layered::new(Arc::new(Silent)).with(Metered);
            let _ = tokio::time::timeout(MS, silent.send(&message())).await;
        });
    });
    let text = handle.render();
    for outcome in ["ok", "unreachable", "rejected", "cancelled"] {
        let line = format!("{CALLS}{{port=\"mail\",operation=\"send\",outcome=\"{outcome}\"}} 1");
        assert!(text.contains(&line), "{line} is not in {text}");
    }
    assert!(text.contains(&format!("{SECONDS}_count{{port=\"mail\",operation=\"send\"}} 4")), "{text}");
}

/// Says that all is well without having asked.
#[derive(Debug)]
struct Liar;

#[async_trait]
impl Layer for Liar {
    async fn call(&self, _: Call, _: Next<'_>) -> Result<(), PortError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_layer_cannot_answer_for_the_port() {
    let inside = Inside::new();
    inside.mail(Liar).send(&message()).await.unwrap_err();
    assert!(inside.mail.sent().is_empty());
}

#[tokio::test]
async fn the_first_layer_added_is_the_outermost() {
    let (outer, inner) = (Arc::new(Counted::default()), Arc::new(Counted::default()));
    let faults = Arc::new(Faulty::told());
    faults.then([Some(Fault::Unreachable)]);
    let mail = Layered::new(Arc::new(MemoryMail::new()))
        .with_shared(outer.clone())
        .with(three_times())
        .with_shared(inner.clone())
        .with_shared(faults);
    mail.send(&message()).await.unwrap();
    assert_eq!((outer.get(), inner.get()), (1, 2));
}
