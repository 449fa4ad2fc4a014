//! Whether the process lives, and whether it can work.

use crate::extract::Json;
use crate::health::{self, Gravity};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/healthz`, `/readyz`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready))
}

/// How the server is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, `unavailable`, or `stopping` when it was told to stop.
    #[schema(example = "ok")]
    pub status: String,
    /// Version of the server.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// What was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<HealthCheck>,
}

/// One thing that has to be right.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthCheck {
    /// What, for example `database`, `schema`, `worker`.
    #[schema(example = "database")]
    pub name: String,
    /// `ok` or `unavailable`.
    #[schema(example = "ok")]
    pub status: String,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

fn health(status: &str, checks: Vec<HealthCheck>) -> Json<Health> {
    Json(Health { status: status.into(), version: env!("CARGO_PKG_VERSION").into(), checks })
}

fn word(right: bool) -> &'static str {
    if right { "ok" } else { "unavailable" }
}

/// Is the process alive?
///
/// Touches nothing else: a database that is down is no reason to restart the process.
#[utoipa::path(
    get, path = "/healthz", tag = "operations",
    responses((status = 200, description = "Alive", body = Health))
)]
async fn alive() -> Json<Health> {
    health("ok", Vec::new())
}

/// Can it take requests?
///
/// 200 when the database answers with a schema that is up to date, and the worker in this process, where there
/// is one, goes round; else 503: take it out of the load balancer. 503 also from the moment it is told to stop, so
/// that nothing new comes while what is under way is finished. A broker that does not answer is said (`degraded`) and
/// is no 503: it only delays background jobs, on every machine alike.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "Ready", body = Health),
        (status = 503, description = "Not ready, or stopping", body = Health)
    )
)]
async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    if state.health.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, health("stopping", Vec::new()));
    }
    let checks = health::checks(&state).await;
    let worst = checks.iter().filter(|check| check.fault.is_some()).map(|check| check.gravity).max();
    let checks = checks
        .into_iter()
        .map(|check| HealthCheck {
            name: check.name.into(),
            status: word(check.fault.is_none()).into(),
            fault: check.fault,
        })
        .collect();
    let (code, status) = match worst {
        None => (StatusCode::OK, "ok"),
        Some(Gravity::Delays) => (StatusCode::OK, "degraded"),
        Some(Gravity::Stops) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    (code, health(status, checks))
}
