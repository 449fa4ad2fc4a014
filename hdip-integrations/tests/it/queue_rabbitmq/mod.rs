//! Announcements on a real broker: under the queue contract, and when the broker or the way to it fails.

mod broker;
mod trouble;
mod work;

use broker::{Names, OwnQueue};
use hdip_core::ports::{Announcement, Queue};
use hdip_core::values::{BackgroundJobId, Duration, Id};
use hdip_integrations::queue::rabbitmq::QueueType;
use lapin::BasicProperties;
use lapin::options::{BasicGetOptions, BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;

/// Ends a test, with words, where there is no broker.
macro_rules! or_skip {
    ($wanted:expr) => {
        match $wanted.await {
            Some(wanted) => wanted,
            None => return,
        }
    };
}
use or_skip;

mod contract_quorum {
    use super::*;
    hdip_core::queue_contract!(attr = tokio::test, harness = or_skip!(OwnQueue::new(QueueType::Quorum)));
}

mod contract_classic {
    use super::*;
    hdip_core::queue_contract!(attr = tokio::test, harness = or_skip!(OwnQueue::new(QueueType::Classic)));
}

fn jobs(from: u128, to: u128) -> Vec<BackgroundJobId> {
    (from..to).map(BackgroundJobId::from_bits).collect()
}

fn named(held: &[Announcement]) -> Vec<BackgroundJobId> {
    let mut named: Vec<_> = held.iter().map(Announcement::job).collect();
    named.sort();
    named
}

/// Waits until `n` announcements are in hand.
async fn take(queue: &dyn Queue, n: usize) -> Vec<Announcement> {
    let mut held = Vec::new();
    while held.len() < n {
        let more = queue.next(Duration::seconds(20)).await.expect("an answer");
        assert!(!more.is_empty(), "only {held:?} in 20 s, not {n}");
        held.extend(more);
    }
    held
}

async fn nothing_comes(queue: &dyn Queue) {
    let heard = queue.next(Duration::milliseconds(200)).await.expect("an answer");
    assert!(heard.is_empty(), "{heard:?}");
}

/// Messages that lie in a queue, undelivered.
async fn lying(queue: &str) -> u32 {
    let connection = Names::connection().await;
    let channel = connection.create_channel().await.unwrap();
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let declared = channel.queue_declare(queue.into(), passive, FieldTable::default()).await.unwrap();
    declared.message_count()
}

#[tokio::test]
async fn a_process_holds_no_more_than_its_prefetch_and_others_get_the_rest() {
    let names = or_skip!(Names::fresh());
    let small = names.queue(|config| config.prefetch(2)).await;
    let large = names.queue(|config| config.prefetch(50)).await;
    small.announce(&jobs(0, 5)).await.unwrap();
    let held = take(&small, 2).await;
    nothing_comes(&small).await;
    let rest = take(&large, 3).await;
    let mut all = named(&held);
    all.extend(named(&rest));
    all.sort();
    assert_eq!(all, jobs(0, 5), "each once");
    // One done makes room for one.
    large.close().await;
    let mut held = held.into_iter();
    held.next().unwrap().done();
    drop(rest);
    let next = take(&small, 1).await;
    nothing_comes(&small).await;
    assert_eq!(next.len(), 1);
}

#[tokio::test]
async fn a_process_that_only_announces_holds_nothing() {
    let names = or_skip!(Names::fresh());
    let (announcer, worker) =
        (names.queue(|config| config).await, names.queue(|config| config.prefetch(1000)).await);
    // More than one batch of confirms.
    announcer.announce(&jobs(0, 600)).await.unwrap();
    assert_eq!(lying(&names.jobs()).await, 600, "confirmed, durable and with nobody");
    let held = take(&worker, 600).await;
    assert_eq!(named(&held), jobs(0, 600));
}

#[tokio::test]
async fn an_unreadable_message_is_set_aside_and_holds_up_nobody() {
    let names = or_skip!(Names::fresh());
    let queue = names.queue(|config| config).await;
    let connection = Names::connection().await;
    let channel = connection.create_channel().await.unwrap();
    for body in ["not one of ours", "{\"job\":\"int_01\"}"] {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let sent =
            channel.basic_publish("".into(), names.jobs().into(), options, body.as_bytes(), properties).await;
        sent.unwrap().await.unwrap();
    }
    queue.announce(&jobs(1, 2)).await.unwrap();
    let held = take(&queue, 1).await;
    assert_eq!(named(&held), jobs(1, 2));
    let mut aside = Vec::new();
    while aside.len() < 2 {
        let got =
            channel.basic_get(names.unreadable().into(), BasicGetOptions { no_ack: true }).await.unwrap();
        match got {
            Some(message) => {
                assert!(
                    message.properties.headers().as_ref().is_some_and(|h| h.inner().contains_key("x-death"))
                );
                aside.push(String::from_utf8(message.data.clone()).unwrap());
            }
            // Dead-lettering is the broker's own work and takes a moment.
            None => tokio::task::yield_now().await,
        }
    }
    assert_eq!(aside, ["not one of ours", "{\"job\":\"int_01\"}"]);
    assert_eq!(lying(&names.jobs()).await, 0, "not delivered again");
}

#[tokio::test]
async fn closing_tells_what_is_done_and_gives_back_the_rest() {
    let names = or_skip!(Names::fresh());
    let (leaving, staying) =
        (names.queue(|config| config.prefetch(3)).await, names.queue(|config| config).await);
    staying.announce(&jobs(0, 3)).await.unwrap();
    let mut held = take(&leaving, 3).await;
    let done = held.remove(0);
    let finished = done.job();
    done.done();
    leaving.close().await;
    assert!(leaving.announce(&jobs(7, 8)).await.is_err() && leaving.ping().await.is_err());
    let rest = take(&staying, 2).await;
    assert!(named(&rest).iter().all(|job| *job != finished), "what was done is not heard again");
    assert_eq!(named(&rest), named(&held));
    nothing_comes(&staying).await;
}
