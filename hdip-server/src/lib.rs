//! The reference server: HTTP on one side, [`hdip_core::Hdip`] on the other, nothing decided in between.
//!
//! `config` (settings) → `state` (which adapters) → [`app`] (routes and what is around every request).
//! `routes` has one file per resource, `pages` what people without an account see, `problem` the one place
//! where refusals become HTTP, `openapi` the document.

pub mod auth;
pub mod cli;
pub mod config;
pub mod database;
pub mod doctor;
pub mod extract;
pub mod health;
pub mod limits;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod pages;
pub mod paging;
pub mod problem;
pub mod reply;
pub mod routes;
pub mod seed;
pub mod serve;
pub mod state;
pub mod telemetry;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use state::AppState;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;
use utoipa_swagger_ui::SwaggerUi;

/// The whole application.
pub fn app(state: AppState) -> Router {
    let (api, document) = openapi::build();
    let document = move || async move { ([(header::CONTENT_TYPE, "application/json")], document) };
    // Bundled: the page loads nothing from another host.
    let config =
        utoipa_swagger_ui::Config::new(["/openapi.json"]).persist_authorization(true).validator_url("none");
    let docs: Router<AppState> = SwaggerUi::new("/docs").config(config).into();
    let timeout = Duration::from_secs(state.config.request_timeout_seconds);
    metrics::recorder();
    // The last layer is the outermost.
    api.merge(pages::router(&state))
        .merge(docs)
        .route("/openapi.json", get(document))
        .route("/metrics", get(metrics::page))
        // A route that takes files raises it for itself.
        .layer(DefaultBodyLimit::max(state.config.body_limit_bytes))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, timeout))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(state.clone(), limits::limit))
        .layer(from_fn(problem::problems))
        .layer(CompressionLayer::new())
        .layer(cors(&state))
        .layer(from_fn_with_state(state.clone(), middleware::security_headers))
        .layer(from_fn_with_state(state.clone(), middleware::observe))
        .with_state(state)
}

/// What a process without the API serves: `/healthz`, `/readyz`, `/metrics`.
pub fn operations(state: AppState) -> Router {
    let (health, _) = routes::health::router().split_for_parts();
    metrics::recorder();
    health.route("/metrics", get(metrics::page)).with_state(state)
}

/// Other origins may call the API where the settings name them; none may by default.
fn cors(state: &AppState) -> CorsLayer {
    let origins = state.config.cors_origins.0.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let header = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header("idempotency-key"),
            middleware::REQUEST_ID,
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            header("ratelimit"),
            header("ratelimit-policy"),
            reply::REPLAYED,
            middleware::REQUEST_ID,
        ])
        .max_age(Duration::from_secs(3600))
}
