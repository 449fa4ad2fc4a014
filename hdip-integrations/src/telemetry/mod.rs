//! Traces: one W3C trace context from a request through the jobs and timers it leaves behind.
//!
//! The domain carries a `traceparent` from commit to commit ([`Ctx::traceparent`](hdip_core::Ctx::traceparent)). Here
//! it becomes the parent of a span and is read from one. Without the feature `otel`, or while no collector is
//! configured, what came in is passed on as it came, so that a process without traces does not cut others'.

#[cfg(feature = "otel")]
mod otlp;

#[cfg(feature = "otel")]
pub use otlp::{Traces, layer};

/// Makes the span a child of the remote one that `traceparent` names. A text that names none changes nothing.
pub fn continue_trace(span: &tracing::Span, traceparent: Option<&str>) {
    #[cfg(feature = "otel")]
    otlp::continue_trace(span, traceparent);
    #[cfg(not(feature = "otel"))]
    let _ = (span, traceparent);
}

/// What a child of this span elsewhere is to be told: the span's own context; without one, what `came` in.
pub fn traceparent(span: &tracing::Span, came: Option<&str>) -> Option<String> {
    #[cfg(feature = "otel")]
    if let Some(own) = otlp::traceparent(span) {
        return Some(own);
    }
    #[cfg(not(feature = "otel"))]
    let _ = span;
    came.map(str::to_owned)
}

/// Whether a text is a `traceparent` of version 00 with a valid trace and span (W3C Trace Context, §3.2.2).
pub fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let not_zero = |part: &str| part.bytes().any(|b| b != b'0');
    matches!(parts[..], ["00", trace, span, flags]
        if hex(trace, 32) && not_zero(trace) && hex(span, 16) && not_zero(span) && hex(flags, 2))
}

#[cfg(test)]
mod tests {
    use super::is_traceparent;

    #[test]
    fn what_is_no_traceparent_is_not_taken_for_one() {
        assert!(is_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        for wrong in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        ] {
            assert!(!is_traceparent(wrong), "{wrong}");
        }
    }
}
