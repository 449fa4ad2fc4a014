//! Whether the process lives, and whether it can work.

use crate::extract::Json;
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
    /// `ok` or `unavailable`.
    #[schema(example = "ok")]
    pub status: String,
    /// Version of the server.
    #[schema(example = "0.1.0")]
    pub version: String,
}

/// Whether the server can work.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// `ok`; `degraded` when background jobs start late only; `unavailable`.
    #[schema(example = "ok")]
    pub status: String,
    /// Version of the server.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// `ok`, or `unavailable`: workers find jobs by their sweep, up to a second later.
    #[schema(example = "ok")]
    pub queue: String,
}

fn health(status: &str) -> Json<Health> {
    Json(Health { status: status.into(), version: env!("CARGO_PKG_VERSION").into() })
}

/// Is the process alive?
///
/// Touches nothing else: a database that is down is no reason to restart the process.
#[utoipa::path(
    get, path = "/healthz", tag = "operations",
    responses((status = 200, description = "Alive", body = Health))
)]
async fn alive() -> Json<Health> {
    health("ok")
}

/// Can it take requests?
///
/// 200 when the database answers, else 503: take it out of the load balancer. A queue that does not answer is said
/// and is no 503: it only delays background jobs, on every machine alike.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "The database does not answer", body = Readiness)
    )
)]
async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let (storage, queue) = tokio::join!(state.hdip.storage().ping(), state.hdip.queue().ping());
    if let Err(error) = &storage {
        tracing::error!(error = crate::problem::chain(error), "not ready");
    }
    if let Err(error) = &queue {
        tracing::warn!(error = crate::problem::chain(error), "the queue does not answer");
    }
    let (code, status) = match (&storage, &queue) {
        (Err(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        (Ok(()), Err(_)) => (StatusCode::OK, "degraded"),
        (Ok(()), Ok(())) => (StatusCode::OK, "ok"),
    };
    let queue = if queue.is_ok() { "ok" } else { "unavailable" };
    let version = env!("CARGO_PKG_VERSION").into();
    (code, Json(Readiness { status: status.into(), version, queue: queue.into() }))
}
