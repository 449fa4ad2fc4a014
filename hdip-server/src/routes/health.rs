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
/// 200 when the database answers, else 503: take it out of the load balancer.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "Ready", body = Health))
)]
async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    match state.hdip.storage().ping().await {
        Ok(()) => (StatusCode::OK, health("ok")),
        Err(error) => {
            tracing::error!(error = crate::problem::chain(&error), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, health("unavailable"))
        }
    }
}
