use super::{Call, Layer, Next};
use async_trait::async_trait;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use hdip_core::ports::{PortError, PortErrorKind, Retry};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::Instant;

/// At most so many calls a second leave this process; more wait a little, then are `Throttled`, not done, with the
/// pause to make. What the provider allows per account is divided by the number of processes.
#[derive(Debug)]
pub struct RateLimited {
    limiter: RateLimiter<NotKeyed, InMemoryState, Tokio, NoOpMiddleware<Duration>>,
    clock: Tokio,
    patience: Duration,
}

impl RateLimited {
    /// `per_second` on average and `burst` at once (at least one each); a call waits at most `patience` for its
    /// turn.
    pub fn new(per_second: u32, burst: u32, patience: Duration) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(per_second)).allow_burst(at_least_one(burst));
        let clock = Tokio(Instant::now());
        Self { limiter: RateLimiter::direct_with_clock(quota, clock), clock, patience }
    }
}

#[async_trait]
impl Layer for RateLimited {
    async fn call(&self, call: Call, next: Next<'_>) -> Result<(), PortError> {
        let give_up_at = Instant::now() + self.patience;
        while let Err(not_until) = self.limiter.check() {
            let pause = not_until.wait_time_from(self.clock.now());
            if Instant::now() + pause > give_up_at {
                let retry = Retry::After(hdip_core::values::Duration::from_std(pause).unwrap_or_default());
                let context = "our own rate limit";
                return Err(call.error(PortErrorKind::Throttled, context).with_retry(retry));
            }
            tokio::time::sleep(pause).await;
        }
        next.run().await
    }
}

/// The runtime's clock, which it can stand still in tests.
#[derive(Debug, Clone, Copy)]
struct Tokio(Instant);

impl Clock for Tokio {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
