use super::{Call, Layer, Next};
use async_trait::async_trait;
use hdip_core::ports::{PortError, PortErrorKind};
use std::time::Duration;

/// Gives up on a call after a while: `Unreachable`, with an unknown outcome, to be tried again. Must be shorter
/// than the lease of the job that waits for it ([`LEASE_SECONDS`](hdip_core::jobs::LEASE_SECONDS)).
#[derive(Debug, Clone, Copy)]
pub struct Timeout(Duration);

impl Timeout {
    /// After `limit`.
    pub const fn new(limit: Duration) -> Self {
        Self(limit)
    }
}

#[async_trait]
impl Layer for Timeout {
    async fn call(&self, call: Call, next: Next<'_>) -> Result<(), PortError> {
        match tokio::time::timeout(self.0, next.run()).await {
            Ok(answer) => answer,
            Err(_) => {
                let context = format!("no answer within {:?}", self.0);
                Err(call.error(PortErrorKind::Unreachable, context).unknown_outcome())
            }
        }
    }
}
