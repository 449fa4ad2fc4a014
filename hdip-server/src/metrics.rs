//! `/metrics` for Prometheus. Labels are words of ours (route templates, kinds, states), never what somebody sent.
//!
//! Gauges are read from the database when they are asked for, so that every process says the same of them; counters
//! and histograms are this process's own.

use crate::state::AppState;
use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use hdip_core::alerts::{PROVIDERS, provider_of};
use hdip_core::ports::PortError;
use hdip_core::ports::storage::{Page, WorkHealth};
use hdip_core::values::Timestamp;
use hdip_integrations::{layers, worker};
use metrics::Unit;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const REQUESTS: &str = "hdip_http_requests_total";
const SECONDS: &str = "hdip_http_request_duration_seconds";
const SLOTS: &str = "hdip_slots_duration_seconds";
const JOBS: &str = "hdip_background_jobs";
const FAILING: &str = "hdip_background_jobs_failing";
const LAG: &str = "hdip_work_lag_seconds";
const ALERTS: &str = "hdip_alerts_lasting";
const WORKER_IDLE: &str = "hdip_worker_idle_seconds";
const BUILD: &str = "hdip_build_info";

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
                .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".into()), BUCKETS)
                .and_then(|builder| {
                    builder.set_buckets_for_metric(Matcher::Full(layers::SECONDS.into()), PORT_BUCKETS)
                })
                .and_then(PrometheusBuilder::install_recorder)
                .inspect_err(|error| tracing::warn!(%error, "another metrics recorder is installed"))
                .ok()?;
            describe();
            Some(handle)
        })
        .as_ref()
}

fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    metrics::describe_histogram!(SECONDS, Unit::Seconds, "Time to answer, by method and route");
    metrics::describe_histogram!(SLOTS, Unit::Seconds, "Time to find the starts of an application");
    metrics::describe_gauge!(JOBS, "Background jobs, by state");
    metrics::describe_gauge!(FAILING, "Jobs that failed and will be tried again, by provider they failed at");
    metrics::describe_gauge!(LAG, Unit::Seconds, "For how long the oldest due job or timer has waited");
    metrics::describe_gauge!(ALERTS, "Alerts that last");
    metrics::describe_gauge!(WORKER_IDLE, Unit::Seconds, "Since this process's worker loop went round last");
    metrics::describe_gauge!(BUILD, "Always 1; the version is the label");
    metrics::describe_counter!(worker::JOBS_TOTAL, "Attempts at background jobs, by kind and outcome");
    metrics::describe_histogram!(worker::JOB_SECONDS, Unit::Seconds, "Time an attempt took, by kind");
    metrics::describe_counter!(worker::PROVIDER_ERRORS_TOTAL, "Jobs that failed at a provider, by provider");
    metrics::describe_counter!(worker::TIMERS_TOTAL, "Timers, by outcome");
    metrics::describe_counter!(worker::STORAGE_ERRORS_TOTAL, "Turns of the worker that storage failed");
    metrics::describe_counter!(
        layers::CALLS,
        "Calls to mail, calendar, video and queue, by port, operation and outcome"
    );
    metrics::describe_histogram!(
        layers::SECONDS,
        Unit::Seconds,
        "Time of such a call, by port and operation"
    );
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

/// Finds starts, and measures how long it takes.
pub async fn finding_starts<T>(work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    metrics::histogram!(SLOTS).record(began.elapsed().as_secs_f64());
    done
}

/// `GET /metrics`.
pub async fn page(State(state): State<AppState>) -> Response {
    let Some(handle) = recorder() else {
        return axum::http::StatusCode::NOT_FOUND.into_response();
    };
    metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    // What cannot be read is left out: an old number would look like a good one.
    if let Err(error) = read_gauges(&state).await {
        tracing::warn!(%error, "the state of the work could not be read");
        return axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    handle.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

async fn read_gauges(state: &AppState) -> Result<(), PortError> {
    let (storage, now) = (state.hdip.storage(), state.hdip.now());
    let counts = storage.job_counts().await?;
    for job_state in ["queued", "leased", "done", "dead"] {
        let count = counts.get(job_state).copied().unwrap_or(0);
        metrics::gauge!(JOBS, "state" => job_state).set(count as f64);
    }
    let health = storage.work_health(now).await?;
    let lag = |since: Option<Timestamp>| since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0));
    metrics::gauge!(LAG, "of" => "jobs").set(lag(health.job_due_since));
    metrics::gauge!(LAG, "of" => "timers").set(lag(health.timer_due_since));
    for provider in PROVIDERS.into_iter().map(Some).chain([None]) {
        let jobs = failing_at(&health, provider);
        metrics::gauge!(FAILING, "provider" => provider.unwrap_or("none")).set(jobs as f64);
    }
    let lasting = storage.alerts(true, &Page::first(Page::MAX)).await?.len();
    metrics::gauge!(ALERTS).set(lasting as f64);
    if let Some(idle) = state.health.worker().and_then(worker::WorkerCounts::idle_for) {
        metrics::gauge!(WORKER_IDLE).set(idle.as_secs_f64());
    }
    Ok(())
}

fn failing_at(health: &WorkHealth, provider: Option<&str>) -> u64 {
    health.failing.iter().filter(|f| provider_of(&f.error) == provider).map(|f| f.jobs).sum()
}
