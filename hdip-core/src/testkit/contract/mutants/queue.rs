use crate::ports::{PortError, Queue};
use crate::testkit::lock;
use crate::values::{BackgroundJobId, Duration};
use async_trait::async_trait;
use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Poll, Waker};

/// What a [`MutantQueue`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueFault {
    /// None: waits for ever rather than for `wait`, since core has no timer, which no clause that
    /// announces something minds. Shows that the suite finds no fault where there is none.
    None,
    /// Forgets what is announced while nobody waits.
    ForgetsWithoutWaiter,
    /// Wakes nobody.
    WakesNobody,
    /// Says that something is there when nothing is.
    CriesWolf,
    /// Never forgets what was announced.
    NeverRunsOut,
    /// A waiter takes the announcement when it is polled first, not when it answers.
    DroppedWaiterTakes,
    /// Knows one waiter only.
    OneWaiter,
}

/// A queue that waits, with a fault.
#[derive(Debug)]
pub struct MutantQueue {
    fault: QueueFault,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    announced: bool,
    waiting: Vec<Waker>,
    /// A waiter was there, so that the next announcement is its own.
    promised: bool,
    /// An announcement was lost. Waits end at once then, so that the tests do.
    lost: bool,
}

impl MutantQueue {
    /// With this fault.
    pub fn new(fault: QueueFault) -> Self {
        Self { fault, state: Mutex::default() }
    }
}

#[async_trait]
impl Queue for MutantQueue {
    async fn announce(&self, _: &[BackgroundJobId]) -> Result<(), PortError> {
        let mut state = lock(&self.state);
        match self.fault {
            QueueFault::WakesNobody => return Ok(()),
            QueueFault::ForgetsWithoutWaiter if state.waiting.is_empty() => state.lost = true,
            // Hands the announcement to the oldest waiter, whether it still waits or not.
            QueueFault::DroppedWaiterTakes if state.promised => state.lost = true,
            _ => state.announced = true,
        }
        state.waiting.drain(..).for_each(Waker::wake);
        Ok(())
    }

    async fn next(&self, wait: Duration) -> Result<bool, PortError> {
        poll_fn(|context| {
            let mut state = lock(&self.state);
            if state.announced || self.fault == QueueFault::CriesWolf {
                state.announced = self.fault == QueueFault::NeverRunsOut;
                return Poll::Ready(Ok(true));
            }
            // Short waits end at once: there is no timer here.
            if wait < Duration::seconds(1) || state.lost {
                return Poll::Ready(Ok(false));
            }
            state.promised = true;
            if self.fault == QueueFault::OneWaiter && !state.waiting.is_empty() {
                return Poll::Ready(Ok(false));
            }
            state.waiting.push(context.waker().clone());
            if self.fault == QueueFault::WakesNobody {
                // Ends the wait, so that the test does.
                context.waker().wake_by_ref();
                return if state.waiting.len() > 2 { Poll::Ready(Ok(false)) } else { Poll::Pending };
            }
            Poll::Pending
        })
        .await
    }
}
