use crate::ports::{Announcement, PortError, PortErrorKind, Queue, Settled};
use crate::testkit::lock;
use crate::values::{BackgroundJobId, Duration, Id};
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
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
    /// Two may have the same announcement.
    HandsOutTwice,
    /// What is given back is gone.
    KeepsGivenBack,
    /// What is done comes back.
    RepeatsDone,
    /// A job can be announced once only.
    AnnouncesOnce,
    /// Names other jobs than were announced.
    NamesAnother,
    /// Is never there.
    NeverAnswers,
}

/// A queue that waits, with a fault.
#[derive(Debug)]
pub struct MutantQueue {
    fault: QueueFault,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    announced: BTreeSet<BackgroundJobId>,
    /// Announced at any time.
    known: BTreeSet<BackgroundJobId>,
    waiting: Vec<Waker>,
    /// A waiter was there, so that the next announcement is its own.
    promised: bool,
    /// An announcement was lost. Waits end at once then, so that the tests do.
    lost: bool,
}

impl MutantQueue {
    /// With this fault.
    pub fn new(fault: QueueFault) -> Self {
        Self { fault, state: Arc::default() }
    }

    /// What is there goes out.
    fn take(&self, state: &mut State) -> Vec<Announcement> {
        let mut jobs = state.announced.clone();
        match self.fault {
            QueueFault::CriesWolf if jobs.is_empty() => _ = jobs.insert(BackgroundJobId::from_bits(99)),
            QueueFault::NeverRunsOut | QueueFault::HandsOutTwice => {}
            _ => state.announced.clear(),
        }
        let announcement = |job| {
            let (fault, state) = (self.fault, self.state.clone());
            let named = match fault {
                QueueFault::NamesAnother => BackgroundJobId::from_bits(77),
                _ => job,
            };
            Announcement::new(named, move |_, how| {
                let mut state = lock(&state);
                match (how, fault) {
                    (Settled::GivenBack, QueueFault::KeepsGivenBack) => state.lost = true,
                    (Settled::Done, QueueFault::HandsOutTwice) => _ = state.announced.remove(&job),
                    (Settled::GivenBack, _) | (Settled::Done, QueueFault::RepeatsDone) => {
                        state.announced.insert(job);
                    }
                    (Settled::Done, _) => {}
                }
            })
        };
        jobs.into_iter().map(announcement).collect()
    }
}

#[async_trait]
impl Queue for MutantQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        let mut state = lock(&self.state);
        let known = jobs.iter().all(|job| state.known.contains(job));
        match self.fault {
            QueueFault::WakesNobody => return Ok(()),
            QueueFault::ForgetsWithoutWaiter if state.waiting.is_empty() => state.lost = true,
            // Hands the announcement to the oldest waiter, whether it still waits or not.
            QueueFault::DroppedWaiterTakes if state.promised => state.lost = true,
            QueueFault::AnnouncesOnce if known => state.lost = true,
            _ => state.announced.extend(jobs),
        }
        state.known.extend(jobs);
        state.waiting.drain(..).for_each(Waker::wake);
        Ok(())
    }

    async fn next(&self, wait: Duration) -> Result<Vec<Announcement>, PortError> {
        poll_fn(|context| {
            let mut state = lock(&self.state);
            if !state.announced.is_empty() || self.fault == QueueFault::CriesWolf {
                return Poll::Ready(Ok(self.take(&mut state)));
            }
            // Short waits end at once: there is no timer here.
            if wait < Duration::seconds(1) || state.lost {
                return Poll::Ready(Ok(Vec::new()));
            }
            state.promised = true;
            if self.fault == QueueFault::OneWaiter && !state.waiting.is_empty() {
                return Poll::Ready(Ok(Vec::new()));
            }
            state.waiting.push(context.waker().clone());
            if self.fault == QueueFault::WakesNobody {
                // Ends the wait, so that the test does.
                context.waker().wake_by_ref();
                return if state.waiting.len() > 2 { Poll::Ready(Ok(Vec::new())) } else { Poll::Pending };
            }
            Poll::Pending
        })
        .await
    }

    async fn ping(&self) -> Result<(), PortError> {
        match self.fault {
            QueueFault::NeverAnswers => {
                Err(PortError::new(PortErrorKind::Unreachable, "queue", "ping", "a mutant"))
            }
            _ => Ok(()),
        }
    }
}
