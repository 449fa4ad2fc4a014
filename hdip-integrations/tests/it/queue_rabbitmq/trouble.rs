use super::broker::{Names, Way};
use super::{jobs, named, nothing_comes, or_skip, take};
use hdip_core::ports::{Outcome, PortErrorKind, Queue, Retry};
use hdip_integrations::queue::rabbitmq::{QueueType, RabbitQueue};
use lapin::options::QueueDeleteOptions;
use std::time::{Duration as Wait, Instant};

const LONG: Wait = Wait::from_secs(20);

/// Over a way that can be cut.
async fn over(names: &Names, way: &Way) -> RabbitQueue {
    let config = names.config(&way.address.to_string()).announce_timeout(Wait::from_secs(1));
    let queue = RabbitQueue::start(config);
    assert!(queue.connected(LONG).await, "{:?}", queue.ping().await);
    queue
}

/// The adapter notices by itself.
async fn goes_down(queue: &RabbitQueue) {
    let began = Instant::now();
    while queue.ping().await.is_ok() {
        assert!(began.elapsed() < LONG, "still there");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_an_error_at_once_and_is_mended() {
    let names = or_skip!(Names::fresh());
    let way = Way::open().await;
    let queue = over(&names, &way).await;
    queue.announce(&jobs(1, 2)).await.unwrap();
    let held = take(&queue, 1).await;
    way.cut();
    goes_down(&queue).await;
    let began = Instant::now();
    let error = queue.announce(&jobs(2, 3)).await.unwrap_err();
    assert_eq!((error.kind, error.retry), (PortErrorKind::Unreachable, Retry::Backoff));
    assert!(began.elapsed() < Wait::from_millis(500), "who announces may be answering a person");
    assert!(!format!("{error} {error:?}").contains("guest"), "no credentials in {error:?}");
    way.mend();
    assert!(queue.connected(LONG).await);
    queue.announce(&jobs(3, 4)).await.unwrap();
    let again = take(&queue, 2).await;
    assert_eq!(
        (named(&again)[1], named(&again)[0]),
        (jobs(3, 4)[0], held[0].job()),
        "by the same queue, consuming again"
    );
    queue.ping().await.unwrap();
}

#[tokio::test]
async fn what_a_lost_consumer_held_is_delivered_to_another() {
    let names = or_skip!(Names::fresh());
    let way = Way::open().await;
    let (lost, other) = (over(&names, &way).await, names.queue(|config| config).await);
    lost.announce(&jobs(1, 3)).await.unwrap();
    let mut held = take(&lost, 2).await;
    way.cut();
    goes_down(&lost).await;
    let again = take(&other, 2).await;
    assert_eq!(named(&again), jobs(1, 3));
    // Settled on a connection that is no more: neither an error for the next one nor an end of theirs.
    held.pop().unwrap().done();
    drop(held);
    way.mend();
    assert!(lost.connected(LONG).await);
    nothing_comes(&lost).await;
    for announcement in again {
        announcement.done();
    }
    nothing_comes(&other).await;
    lost.announce(&jobs(5, 6)).await.unwrap();
}

#[tokio::test]
async fn a_broker_that_says_nothing_keeps_one_caller_waiting_once() {
    let names = or_skip!(Names::fresh());
    let way = Way::open().await;
    let queue = over(&names, &way).await;
    way.stall();
    let error = queue.announce(&jobs(1, 2)).await.unwrap_err();
    assert_eq!((error.kind, error.outcome), (PortErrorKind::Unreachable, Outcome::Unknown));
    tokio::task::yield_now().await;
    let began = Instant::now();
    let error = queue.announce(&jobs(1, 2)).await.unwrap_err();
    assert!(began.elapsed() < Wait::from_millis(500), "{error}");
    way.mend();
    assert!(queue.connected(LONG).await);
    queue.announce(&jobs(1, 2)).await.unwrap();
}

#[tokio::test]
async fn a_queue_that_the_broker_lost_is_declared_anew() {
    let names = or_skip!(Names::fresh());
    let queue = names.queue(|config| config).await;
    let connection = Names::connection().await;
    let channel = connection.create_channel().await.unwrap();
    channel.queue_delete(names.jobs().into(), QueueDeleteOptions::default()).await.unwrap();
    queue.announce(&jobs(1, 2)).await.expect_err("nothing is announced to a queue that is gone");
    let began = Instant::now();
    while queue.announce(&jobs(2, 3)).await.is_err() {
        assert!(began.elapsed() < LONG);
        assert!(queue.connected(LONG).await);
    }
    let held = take(&queue, 1).await;
    assert_eq!(named(&held), jobs(2, 3));
}

#[tokio::test]
async fn a_consumer_whose_queue_goes_comes_back() {
    let names = or_skip!(Names::fresh());
    let (queue, announcer) = (names.queue(|config| config).await, names.queue(|config| config).await);
    nothing_comes(&queue).await; // it consumes now
    let connection = Names::connection().await;
    let channel = connection.create_channel().await.unwrap();
    channel.queue_delete(names.jobs().into(), QueueDeleteOptions::default()).await.unwrap();
    let began = Instant::now();
    while announcer.announce(&jobs(2, 3)).await.is_err() {
        assert!(began.elapsed() < LONG);
        announcer.connected(LONG).await;
    }
    let held = take(&queue, 1).await;
    assert_eq!(named(&held), jobs(2, 3));
}

#[tokio::test]
async fn a_broker_that_is_not_there_yet_is_waited_for() {
    let names = or_skip!(Names::fresh());
    let way = Way::open().await;
    way.cut();
    let queue = RabbitQueue::start(names.config(&way.address.to_string()));
    let error = queue.announce(&jobs(1, 2)).await.unwrap_err();
    assert_eq!((error.kind, error.outcome), (PortErrorKind::Unreachable, Outcome::NotDone));
    assert!(!queue.connected(Wait::from_millis(50)).await);
    assert!(queue.next(hdip_core::values::Duration::milliseconds(20)).await.is_err());
    way.mend();
    assert!(queue.connected(LONG).await);
    queue.announce(&jobs(1, 2)).await.unwrap();
    assert_eq!(named(&take(&queue, 1).await), jobs(1, 2));
}

#[tokio::test]
async fn a_queue_of_another_type_is_refused_and_said() {
    let names = or_skip!(Names::fresh());
    let _quorum = names.queue(|config| config).await;
    let classic = RabbitQueue::start(names.config("127.0.0.1:5672").queue_type(QueueType::Classic));
    let began = Instant::now();
    loop {
        let said = classic.ping().await.expect_err("never connected").to_string();
        if said.contains("x-queue-type") {
            break;
        }
        assert!(began.elapsed() < LONG, "{said}");
        assert!(!classic.connected(Wait::from_millis(20)).await);
    }
    classic.close().await;
}
