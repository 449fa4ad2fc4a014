//! What [`Queue`] promises.

use super::skipped;
use crate::ports::{PortError, Queue};
use crate::values::{BackgroundJobId, Duration, Id};
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
        );
    };
}

type Next<'a> = Pin<Box<dyn Future<Output = Result<bool, PortError>> + Send + 'a>>;

/// Longer than any test should take.
fn long() -> Duration {
    Duration::seconds(20)
}
fn short() -> Duration {
    Duration::milliseconds(50)
}

async fn announce(port: &dyn Queue, job: u128) {
    port.announce(&[BackgroundJobId::from_bits(job)]).await.expect("announced");
}

async fn next(port: &dyn Queue, wait: Duration) -> bool {
    port.next(wait).await.expect("an answer")
}

/// Polls once: the answer, if it is there already.
async fn poll(waiter: &mut Next<'_>) -> Option<bool> {
    poll_fn(|context| {
        Poll::Ready(match waiter.as_mut().poll(context) {
            Poll::Ready(answer) => Some(answer.expect("an answer")),
            Poll::Pending => None,
        })
    })
    .await
}

/// At least as "something is there".
pub async fn what_was_announced_while_nobody_waited_is_kept(port: &dyn Queue) {
    announce(port, 1).await;
    announce(port, 2).await;
    assert!(next(port, long()).await, "an announcement was lost");
}

/// Well before its wait has passed.
#[allow(clippy::disallowed_methods)] // a wait is real time
pub async fn an_announcement_wakes_a_waiter(port: &dyn Queue) {
    let began = Instant::now();
    let mut waiter = port.next(long());
    if let Some(answer) = poll(&mut waiter).await {
        assert!(!answer, "nothing was announced");
        return skipped("an_announcement_wakes_a_waiter", "this queue does not wait");
    }
    announce(port, 1).await;
    assert!(waiter.await.expect("an answer"), "the waiter was told that nothing is there");
    assert!(began.elapsed().as_secs() < 15, "the waiter slept on");
}

/// With `false`.
#[allow(clippy::disallowed_methods)] // a wait is real time
pub async fn nothing_announced_ends_with_the_wait(port: &dyn Queue) {
    let began = Instant::now();
    assert!(!next(port, short()).await, "nothing was announced");
    assert!(began.elapsed().as_secs() < 5, "50 ms took {:?}", began.elapsed());
}

/// An announcement answers a bounded number of calls, or a worker would never rest.
pub async fn announcements_run_out(port: &dyn Queue) {
    for job in 0..3 {
        announce(port, job).await;
    }
    let mut answers = 0;
    while next(port, short()).await {
        answers += 1;
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
    assert!(next(port, long()).await, "a waiter dropped before the announcement took it along");

    let mut waiter = port.next(long());
    assert_eq!(poll(&mut waiter).await, None, "nothing is announced");
    announce(port, 2).await;
    drop(waiter);
    assert!(next(port, long()).await, "a waiter dropped after the announcement took it along");
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
    let answer = |poll: &Poll<Result<bool, PortError>>| matches!(poll, Poll::Ready(Ok(true)));
    assert!(answer(&first) || answer(&second), "neither waiter was told");
    announce(port, 2).await;
    if first.is_pending() {
        assert!(one.await.expect("an answer"), "the first waiter was not told");
    } else if second.is_pending() {
        assert!(two.await.expect("an answer"), "the second waiter was not told");
    }
}

#[cfg(test)]
mod memory {
    crate::queue_contract!(attr = tokio::test, harness = crate::testkit::MemoryQueue::new());
}
