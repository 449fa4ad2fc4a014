use super::{Call, Layer, Next, lock};
use async_trait::async_trait;
use hdip_core::ports::{PortError, PortErrorKind, Retry};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Stops asking a provider that cannot be reached. After so many calls in a row that ended `Unreachable` it is
/// *open*: calls are refused at once, not done, to be tried again when the pause is over. Then one call is let
/// through: if the provider answers, whatever it answers, the circuit is *closed* again, else the next pause begins.
///
/// Refusals, throttling and errors about one thing are answers: they do not count.
#[derive(Debug)]
pub struct CircuitBreaker(Mutex<Circuit>);

impl CircuitBreaker {
    /// Opens after `failures` in a row (at least 1), for `pause`.
    pub fn new(failures: u32, pause: Duration) -> Self {
        Self(Mutex::new(Circuit {
            limit: failures.max(1),
            pause,
            round: 0,
            state: State::Closed { failures: 0 },
        }))
    }
}

#[async_trait]
impl Layer for CircuitBreaker {
    async fn call(&self, call: Call, next: Next<'_>) -> Result<(), PortError> {
        let round = lock(&self.0).admit(Instant::now()).map_err(|wait| {
            let wait = hdip_core::values::Duration::from_std(wait).unwrap_or_default();
            let context = "not asked: it could not be reached several times in a row";
            call.error(PortErrorKind::Unreachable, context).with_retry(Retry::After(wait))
        })?;
        // A caller who does not wait for the answer must not leave a trial under way for ever.
        let mut admitted = Admitted { breaker: self, call, round, verdict: Verdict::NoAnswer };
        let answer = next.run().await;
        admitted.verdict = match &answer {
            Err(error) if error.kind == PortErrorKind::Unreachable => Verdict::Unreachable,
            _ => Verdict::Reached,
        };
        answer
    }
}

struct Admitted<'a> {
    breaker: &'a CircuitBreaker,
    call: Call,
    round: u64,
    verdict: Verdict,
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        let turned = lock(&self.breaker.0).record(self.round, self.verdict, Instant::now());
        let Call { port, operation, .. } = self.call;
        match turned {
            Some(Turned::Opened) => tracing::warn!(port, operation, "not reached; not asked for a while"),
            Some(Turned::Closed) => tracing::info!(port, operation, "reached again"),
            None => {}
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Reached,
    Unreachable,
    /// Nobody waited for it.
    NoAnswer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turned {
    Opened,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many in a row were not reached.
    Closed { failures: u32 },
    /// Nobody is let through before then.
    Open { until: Instant },
    /// One was let through.
    Trying,
}

/// The state machine, without a clock of its own.
#[derive(Debug)]
struct Circuit {
    limit: u32,
    pause: Duration,
    /// Raised whenever the state turns: what a call of an earlier round ends with says nothing about this one.
    round: u64,
    state: State,
}

impl Circuit {
    /// The round a call is let through in, or how long to wait.
    fn admit(&mut self, now: Instant) -> Result<u64, Duration> {
        match self.state {
            State::Closed { .. } => Ok(self.round),
            State::Open { until } if now < until => Err(until - now),
            State::Open { .. } => {
                self.turn(State::Trying);
                Ok(self.round)
            }
            State::Trying => Err(self.pause),
        }
    }

    fn record(&mut self, round: u64, verdict: Verdict, now: Instant) -> Option<Turned> {
        if round != self.round {
            return None;
        }
        match (self.state, verdict) {
            (State::Closed { failures }, Verdict::Unreachable) if failures + 1 < self.limit => {
                self.state = State::Closed { failures: failures + 1 };
                None
            }
            (State::Closed { .. }, Verdict::Reached) => {
                self.state = State::Closed { failures: 0 };
                None
            }
            (State::Closed { .. }, Verdict::NoAnswer) | (State::Open { .. }, _) => None,
            (State::Closed { .. } | State::Trying, Verdict::Unreachable) => {
                self.turn(State::Open { until: now + self.pause });
                Some(Turned::Opened)
            }
            (State::Trying, Verdict::Reached) => {
                self.turn(State::Closed { failures: 0 });
                Some(Turned::Closed)
            }
            // The next one tries.
            (State::Trying, Verdict::NoAnswer) => {
                self.turn(State::Open { until: now });
                None
            }
        }
    }

    fn turn(&mut self, state: State) {
        self.state = state;
        self.round += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circuit() -> (Circuit, Instant) {
        let pause = Duration::from_secs(30);
        (Circuit { limit: 3, pause, round: 0, state: State::Closed { failures: 0 } }, Instant::now())
    }

    fn fail(circuit: &mut Circuit, times: u32, now: Instant) {
        for _ in 0..times {
            let round = circuit.admit(now).unwrap();
            circuit.record(round, Verdict::Unreachable, now);
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let (mut circuit, now) = circuit();
        fail(&mut circuit, 2, now);
        let round = circuit.admit(now).unwrap();
        assert_eq!(circuit.record(round, Verdict::Reached, now), None);
        fail(&mut circuit, 2, now);
        let round = circuit.admit(now).expect("two in a row are not three");
        assert_eq!(circuit.record(round, Verdict::NoAnswer, now), None);
        let round = circuit.admit(now).unwrap();
        assert_eq!(circuit.record(round, Verdict::Unreachable, now), Some(Turned::Opened));
        assert_eq!(circuit.admit(now + Duration::from_secs(10)), Err(Duration::from_secs(20)));
    }

    #[test]
    fn one_call_tries_after_the_pause_and_its_answer_decides() {
        let (mut circuit, mut now) = circuit();
        fail(&mut circuit, 3, now);
        now += Duration::from_secs(30);
        let trial = circuit.admit(now).expect("the pause is over");
        assert!(circuit.admit(now).is_err(), "one at a time");
        assert_eq!(circuit.record(trial, Verdict::Unreachable, now), Some(Turned::Opened));
        assert!(circuit.admit(now + Duration::from_secs(29)).is_err(), "the next pause");
        now += Duration::from_secs(30);
        let trial = circuit.admit(now).unwrap();
        assert_eq!(circuit.record(trial, Verdict::Reached, now), Some(Turned::Closed));
        fail(&mut circuit, 2, now);
        assert!(circuit.admit(now).is_ok(), "counted from nothing again");
    }

    #[test]
    fn a_trial_nobody_waited_for_leaves_the_next_one_to_try() {
        let (mut circuit, mut now) = circuit();
        fail(&mut circuit, 3, now);
        now += Duration::from_secs(30);
        let trial = circuit.admit(now).unwrap();
        assert_eq!(circuit.record(trial, Verdict::NoAnswer, now), None);
        assert!(circuit.admit(now).is_ok());
    }

    #[test]
    fn a_late_answer_of_an_earlier_round_changes_nothing() {
        let (mut circuit, now) = circuit();
        let slow = circuit.admit(now).unwrap();
        fail(&mut circuit, 3, now);
        assert_eq!(circuit.record(slow, Verdict::Reached, now), None);
        assert!(circuit.admit(now).is_err(), "still open");
    }
}
