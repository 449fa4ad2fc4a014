use super::{Call, Layer, Next};
use async_trait::async_trait;
use hdip_core::ports::{PortError, PortErrorKind};
use std::time::Instant;

/// Counter: calls by `port`, `operation` and `outcome` (`ok`, the kind of the error, or `cancelled` when the caller
/// did not wait for the answer).
pub const CALLS: &str = "hdip_port_calls_total";
/// Histogram: seconds until the answer, by `port` and `operation`, errors included.
pub const SECONDS: &str = "hdip_port_call_duration_seconds";

/// Counts and measures calls, with the `metrics` facade: whoever installed a recorder gets them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Metered;

#[async_trait]
impl Layer for Metered {
    async fn call(&self, call: Call, next: Next<'_>) -> Result<(), PortError> {
        let mut measured = Measured { call, began: Instant::now(), outcome: "cancelled" };
        let answer = next.run().await;
        measured.outcome = answer.as_ref().map_or_else(|error| kind(error.kind), |()| "ok");
        answer
    }
}

/// Reports when it is dropped, however the call ended.
struct Measured {
    call: Call,
    began: Instant,
    outcome: &'static str,
}

impl Drop for Measured {
    fn drop(&mut self) {
        let Call { port, operation, .. } = self.call;
        metrics::counter!(CALLS, "port" => port, "operation" => operation, "outcome" => self.outcome)
            .increment(1);
        metrics::histogram!(SECONDS, "port" => port, "operation" => operation).record(self.began.elapsed());
    }
}

fn kind(kind: PortErrorKind) -> &'static str {
    match kind {
        PortErrorKind::Unreachable => "unreachable",
        PortErrorKind::Throttled => "throttled",
        PortErrorKind::NotFound => "not_found",
        PortErrorKind::Rejected => "rejected",
        PortErrorKind::Unsupported => "unsupported",
        PortErrorKind::Corrupt => "corrupt",
        _ => "other",
    }
}
