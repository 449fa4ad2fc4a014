//! `/metrics` for Prometheus: requests by route template, background jobs by state.

use crate::state::AppState;
use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use hdip_integrations::layers;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;

const REQUESTS: &str = "hdip_http_requests_total";
const SECONDS: &str = "hdip_http_request_duration_seconds";
const JOBS: &str = "hdip_background_jobs";

/// Without these a histogram comes out as a summary, which cannot be added up over machines.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Providers take longer than we do.
const PORT_BUCKETS: &[f64] = &[0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

/// The process's recorder: installed once, however many servers a test builds.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let handle = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full(SECONDS.into()), BUCKETS)
                .and_then(|builder| {
                    builder.set_buckets_for_metric(Matcher::Full(layers::SECONDS.into()), PORT_BUCKETS)
                })
                .and_then(PrometheusBuilder::install_recorder)
                .inspect_err(|error| tracing::warn!(%error, "another metrics recorder is installed"))
                .ok()?;
            metrics::describe_counter!(REQUESTS, "Requests answered, by method, route and status");
            metrics::describe_histogram!(
                SECONDS,
                metrics::Unit::Seconds,
                "Time to answer, by method and route"
            );
            metrics::describe_counter!(
                layers::CALLS,
                "Calls to mail, calendar, video and queue, by port, operation and outcome"
            );
            metrics::describe_histogram!(
                layers::SECONDS,
                metrics::Unit::Seconds,
                "Time of such a call, by port and operation"
            );
            metrics::describe_gauge!(JOBS, "Background jobs, by state");
            Some(handle)
        })
        .as_ref()
}

/// Counts a request that was answered.
pub fn request(method: &Method, route: &str, status: u16, took: Duration) {
    // A method of somebody's invention must not make a series of its own.
    let method = match *method {
        Method::GET
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::HEAD
        | Method::OPTIONS => method.as_str().to_owned(),
        _ => "other".to_owned(),
    };
    let route = route.to_owned();
    metrics::counter!(REQUESTS, "method" => method.clone(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!(SECONDS, "method" => method, "route" => route).record(took.as_secs_f64());
}

/// `GET /metrics`.
pub async fn page(State(state): State<AppState>) -> Response {
    let Some(handle) = recorder() else {
        return axum::http::StatusCode::NOT_FOUND.into_response();
    };
    match state.hdip.storage().job_counts().await {
        Ok(counts) => {
            for job_state in ["queued", "leased", "done", "dead"] {
                let count = counts.get(job_state).copied().unwrap_or(0);
                metrics::gauge!(JOBS, "state" => job_state).set(count as f64);
            }
        }
        Err(error) => tracing::warn!(%error, "background jobs could not be counted"),
    }
    handle.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}
