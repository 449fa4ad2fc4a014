//! What [`Queue`] promises.

use super::skipped;
use crate::ports::{Announcement, PortError, Queue};
use crate::values::{BackgroundJobId, Duration, Id};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

/// Tests of a [`Queue`], one per clause. The harness must give a queue of its own to every test.
#[macro_export]
macro_rules! queue_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, queue:
            what_was_announced_while_nobody_waited_is_kept,
            an_announcement_wakes_a_waiter,
            nothing_announced_ends_with_the_wait,
            announcements_run_out,
            a_waiter_that_is_dropped_loses_nothing,
            announcers_and_waiters_share_a_queue,
            what_is_taken_is_nobody_elses,
            what_is_given_back_is_heard_again,
            what_is_done_is_heard_no_more,
            a_queue_that_is_there_answers,
        );
    };
}

type Next<'a> = Pin<Box<dyn Future<Output = Result<Vec<Announcement>, PortError>> + Send + 'a>>;

/// Longer than any test should take.
fn long() -> Duration {
    Duration::seconds(20)
}
fn short() -> Duration {
    Duration::milliseconds(50)
}

fn ids<const N: usize>(jobs: [u128; N]) -> Vec<BackgroundJobId> {
    jobs.map(BackgroundJobId::from_bits).into()
}

async fn announce(port: &dyn Queue, job: u128) {
    port.announce(&ids([job])).await.expect("announced");
}

/// What is there, not settled yet.
async fn take(port: &dyn Queue, wait: Duration) -> Vec<Announcement> {
    port.next(wait).await.expect("an answer")
}

/// The jobs of announcements, which are done with that.
fn done(announcements: Vec<Announcement>) -> Vec<BackgroundJobId> {
    let job = |announcement: Announcement| {
        let job = announcement.job();
        announcement.done();
        job
    };
    announcements.into_iter().map(job).collect()
}

async fn next(port: &dyn Queue, wait: Duration) -> Vec<BackgroundJobId> {
    done(take(port, wait).await)
}

/// Polls once: the answer, if it is there already.
async fn poll(waiter: &mut Next<'_>) -> Option<Vec<BackgroundJobId>> {
    poll_fn(|context| {
        Poll::Ready(match waiter.as_mut().poll(context) {
            Poll::Ready(answer) => Some(done(answer.expect("an answer"))),
            Poll::Pending => None,
        })
    })
    .await
}

/// Every one of them.
pub async fn what_was_announced_while_nobody_waited_is_kept(port: &dyn Queue) {
    announce(port, 1).await;
    announce(port, 2).await;
    let mut heard = BTreeSet::new();
    while heard.len() < 2 {
        let jobs = next(port, long()).await;
        assert!(!jobs.is_empty(), "an announcement was lost; heard {heard:?}");
        assert!(jobs.iter().all(|job| ids([1, 2]).contains(job)), "{jobs:?} were not announced");
        heard.extend(jobs);
    }
}

/// Well before its wait has passed.
#[allow(clippy::disallowed_methods)] // a wait is real time
pub async fn an_announcement_wakes_a_waiter(port: &dyn Queue) {
    let began = Instant::now();
    let mut waiter = port.next(long());
    if let Some(answer) = poll(&mut waiter).await {
        assert!(answer.is_empty(), "nothing was announced");
        return skipped("an_announcement_wakes_a_waiter", "this queue does not wait");
    }
    announce(port, 1).await;
    assert_eq!(done(waiter.await.expect("an answer")), ids([1]), "what the waiter was told");
    assert!(began.elapsed().as_secs() < 15, "the waiter slept on");
}

/// With nothing.
#[allow(clippy::disallowed_methods)] // a wait is real time
pub async fn nothing_announced_ends_with_the_wait(port: &dyn Queue) {
    let began = Instant::now();
    assert!(next(port, short()).await.is_empty(), "nothing was announced");
    assert!(began.elapsed().as_secs() < 5, "50 ms took {:?}", began.elapsed());
}

/// An announcement answers a bounded number of calls, or a worker would never rest.
pub async fn announcements_run_out(port: &dyn Queue) {
    for job in 0..3 {
        announce(port, job).await;
    }
    let mut answers = 0;
    let mut wait = long();
    while !next(port, wait).await.is_empty() {
        answers += 1;
        wait = short();
        assert!(answers <= 3, "three announcements answered more than three calls");
    }
    assert!(answers >= 1);
}

/// Neither before nor after the announcement reached it.
pub async fn a_waiter_that_is_dropped_loses_nothing(port: &dyn Queue) {
    let mut waiter = port.next(long());
    if poll(&mut waiter).await.is_some() {
        return skipped("a_waiter_that_is_dropped_loses_nothing", "this queue does not wait");
    }
    drop(waiter);
    announce(port, 1).await;
    assert_eq!(next(port, long()).await, ids([1]), "a waiter dropped before the announcement took it along");

    let mut waiter = port.next(long());
    assert_eq!(poll(&mut waiter).await, None, "nothing is announced");
    announce(port, 2).await;
    drop(waiter);
    assert_eq!(next(port, long()).await, ids([2]), "a waiter dropped after the announcement took it along");
}

/// Two wait, two announce, both hear of it.
pub async fn announcers_and_waiters_share_a_queue(port: &dyn Queue) {
    let (mut one, mut two) = (port.next(long()), port.next(long()));
    if poll(&mut one).await.is_some() {
        return skipped("announcers_and_waiters_share_a_queue", "this queue does not wait");
    }
    assert_eq!(poll(&mut two).await, None, "the second waiter does not wait");
    announce(port, 1).await;
    let (first, second) = poll_fn(|context| {
        let answers = (one.as_mut().poll(context), two.as_mut().poll(context));
        if answers.0.is_pending() && answers.1.is_pending() { Poll::Pending } else { Poll::Ready(answers) }
    })
    .await;
    let (still_waits, mut heard) = match (first, second) {
        (Poll::Ready(answer), Poll::Pending) => (Some(two), done(answer.expect("an answer"))),
        (Poll::Pending, Poll::Ready(answer)) => (Some(one), done(answer.expect("an answer"))),
        (Poll::Ready(first), Poll::Ready(second)) => {
            let second = done(second.expect("an answer"));
            (None, done(first.expect("an answer")).into_iter().chain(second).collect())
        }
        (Poll::Pending, Poll::Pending) => unreachable!("one of them was ready"),
    };
    assert_eq!(heard, ids([1]), "what the first of them was told");
    announce(port, 2).await;
    heard = match still_waits {
        Some(waiter) => done(waiter.await.expect("an answer")),
        None => next(port, long()).await,
    };
    assert_eq!(heard, ids([2]), "what the other was told");
}

/// Not even while its holder takes long.
pub async fn what_is_taken_is_nobody_elses(port: &dyn Queue) {
    announce(port, 1).await;
    let held = take(port, long()).await;
    assert_eq!(held.iter().map(Announcement::job).collect::<Vec<_>>(), ids([1]));
    assert_eq!(next(port, short()).await, ids([]), "an announcement is in two hands");
    done(held);
}

/// By whoever asks next; also twice.
pub async fn what_is_given_back_is_heard_again(port: &dyn Queue) {
    announce(port, 1).await;
    for _ in 0..2 {
        let held = take(port, long()).await;
        assert_eq!(held.len(), 1, "an announcement that was given back is gone");
        drop(held);
    }
    assert_eq!(next(port, long()).await, ids([1]), "an announcement that was given back is gone");
}

/// It is announced anew if its job is ready anew.
pub async fn what_is_done_is_heard_no_more(port: &dyn Queue) {
    announce(port, 1).await;
    assert_eq!(next(port, long()).await, ids([1]));
    assert_eq!(next(port, short()).await, ids([]), "an announcement that was done is heard again");
    announce(port, 1).await;
    assert_eq!(next(port, long()).await, ids([1]), "the same job is announced a second time");
}

/// That it does not answer otherwise is the adapter's own test.
pub async fn a_queue_that_is_there_answers(port: &dyn Queue) {
    port.ping().await.expect("an answer");
}

#[cfg(test)]
mod memory {
    crate::queue_contract!(attr = tokio::test, harness = crate::testkit::MemoryQueue::new());
}
