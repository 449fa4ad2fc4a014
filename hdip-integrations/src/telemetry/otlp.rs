//! Spans to an OpenTelemetry collector, by OTLP over HTTP (protobuf).

use hdip_core::ports::{PortError, PortErrorKind};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::time::Duration;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::registry::LookupSpan;

/// The way to the collector. What has not been sent is sent by [`Traces::finish`].
#[derive(Debug, Clone)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends what is left. Blocks for a few seconds at most; call it where blocking is allowed.
    ///
    /// # Errors
    /// `Unreachable` when the collector does not take it.
    pub fn finish(&self) -> Result<(), PortError> {
        self.0.shutdown().map_err(|error| {
            PortError::new(
                PortErrorKind::Unreachable,
                "traces",
                "finish",
                "the collector did not take the rest",
            )
            .with_source(error)
        })
    }
}

/// A layer that sends spans to the collector at `endpoint` (for example `http://127.0.0.1:4318`), and the way
/// there. `share` of new traces are recorded, 0 to 1; one that began elsewhere is recorded if it was there.
///
/// # Errors
/// `Rejected` when the endpoint is no address.
pub fn layer<S>(
    endpoint: &str,
    service: &str,
    share: f64,
) -> Result<(OpenTelemetryLayer<S, opentelemetry_sdk::trace::SdkTracer>, Traces), PortError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // The exporter's client wants a TLS provider even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(Duration::from_secs(5))
        .build()
        .map_err(|error| {
            PortError::new(
                PortErrorKind::Rejected,
                "traces",
                "open",
                "the collector's address cannot be used",
            )
            .with_source(error)
        })?;
    let resource = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", service.to_owned()),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ])
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
        .build();
    let layer = OpenTelemetryLayer::new(provider.tracer("hdip"))
        // Threads and lines of code say nothing about an interview.
        .with_threads(false)
        .with_location(false);
    Ok((layer, Traces(provider)))
}

pub(super) fn continue_trace(span: &Span, traceparent: Option<&str>) {
    let Some(parent) = traceparent.and_then(read) else { return };
    // Fails only where no layer listens; then there is nothing to continue.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

pub(super) fn traceparent(span: &Span) -> Option<String> {
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| {
        let flags = context.trace_flags() & TraceFlags::SAMPLED;
        format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id())
    })
}

fn read(traceparent: &str) -> Option<SpanContext> {
    if !super::is_traceparent(traceparent) {
        return None;
    }
    let mut parts = traceparent.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(parts.next()?, 16).ok()?) & TraceFlags::SAMPLED;
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE))
}
