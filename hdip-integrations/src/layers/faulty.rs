use super::{Call, Layer, Next, lock};
use async_trait::async_trait;
use hdip_core::ports::{PortError, PortErrorKind, Retry};
use hdip_core::values::Duration;
use std::collections::VecDeque;
use std::sync::Mutex;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The provider is not reached: nothing happens.
    Unreachable,
    /// The provider wants a pause of a second: nothing happens.
    Throttled,
    /// It happens, but the answer is lost: the outcome is unknown to the caller.
    AnswerLost,
    /// The provider refuses for good: nothing happens.
    Rejected,
}

/// How often something goes wrong: out of a thousand calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // as Fault
pub struct Faults {
    pub unreachable: u32,
    pub throttled: u32,
    pub answer_lost: u32,
    pub rejected: u32,
}

impl Faults {
    /// Which fault a number from 0 to 999 stands for.
    fn pick(&self, mut drawn: u32) -> Option<Fault> {
        let all = [
            (self.unreachable, Fault::Unreachable),
            (self.throttled, Fault::Throttled),
            (self.answer_lost, Fault::AnswerLost),
            (self.rejected, Fault::Rejected),
        ];
        for (share, fault) in all {
            if drawn < share {
                return Some(fault);
            }
            drawn -= share;
        }
        None
    }
}

/// Makes calls fail. The same seed and the same order of calls give the same faults, so that a run that found
/// something can be repeated. **Tests only.**
#[derive(Debug)]
pub struct Faulty {
    faults: Faults,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    random: u64,
    told: VecDeque<Option<Fault>>,
}

impl Faulty {
    /// Faults as often as said, drawn from the seed.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self { faults, state: Mutex::new(State { random: seed, told: VecDeque::new() }) }
    }

    /// No faults but those that are [told](Self::then).
    pub fn told() -> Self {
        Self::new(0, Faults::default())
    }

    /// What becomes of the next calls, before anything is drawn again; `None` is no fault.
    pub fn then(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        lock(&self.state).told.extend(faults);
    }

    fn draw(&self) -> Option<Fault> {
        let mut state = lock(&self.state);
        if let Some(told) = state.told.pop_front() {
            return told;
        }
        // SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every release of every crate.
        state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.faults.pick(((mixed ^ (mixed >> 31)) % 1000) as u32)
    }
}

#[async_trait]
impl Layer for Faulty {
    async fn call(&self, call: Call, next: Next<'_>) -> Result<(), PortError> {
        let error = |kind| call.error(kind, "a fault that was asked for");
        match self.draw() {
            None => next.run().await,
            Some(Fault::Unreachable) => Err(error(PortErrorKind::Unreachable)),
            Some(Fault::Throttled) => {
                Err(error(PortErrorKind::Throttled).with_retry(Retry::After(Duration::seconds(1))))
            }
            Some(Fault::Rejected) => Err(error(PortErrorKind::Rejected)),
            Some(Fault::AnswerLost) => {
                next.run().await?;
                Err(error(PortErrorKind::Unreachable).unknown_outcome())
            }
        }
    }
}
