use super::{Call, Layer, Next, Repeat};
use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use hdip_core::ports::{Outcome, PortError, Retry};
use std::time::Duration;

/// Makes a call again that failed and may be made again: for hiccups of a second or two. What lasts longer is the
/// job's to repeat, which costs nobody's patience.
///
/// Never repeated is what says [`Retry::Never`], what has an unknown outcome where a repeat could be noticed, and
/// what is used up ([`Repeat`]). A provider that asks for a pause ([`Retry::After`]) gets it, or, if it is longer
/// than the longest here, is not asked again.
#[derive(Debug, Clone, Copy)]
pub struct Retrying {
    attempts: usize,
    first: Duration,
    longest: Duration,
}

impl Retrying {
    /// At most `attempts` in all, with pauses that double from `first` to `longest`, each stretched by a random
    /// part of itself, so that callers do not come back together.
    pub const fn new(attempts: usize, first: Duration, longest: Duration) -> Self {
        Self { attempts, first, longest }
    }
}

fn may_be_repeated(call: Call, error: &PortError) -> bool {
    error.retry != Retry::Never
        && match call.repeat {
            Repeat::Always => true,
            Repeat::IfNotDone => error.outcome == Outcome::NotDone,
            Repeat::Never => false,
        }
}

#[async_trait]
impl Layer for Retrying {
    async fn call(&self, call: Call, next: Next<'_>) -> Result<(), PortError> {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter();
        let asked_for = |error: &PortError, pause: Option<Duration>| match error.retry {
            Retry::After(asked) => {
                let asked = asked.to_std().unwrap_or_default();
                pause.filter(|_| asked <= self.longest).map(|pause| pause.max(asked))
            }
            _ => pause,
        };
        (|| next.run()).retry(pauses).when(|error| may_be_repeated(call, error)).adjust(asked_for).await
    }
}
