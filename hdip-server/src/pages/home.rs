//! `/`: what there is on this server.

use super::layout;
use crate::config::Environment;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

pub async fn show(State(state): State<AppState>) -> Response {
    let values = context! {
        mailbox => state.outbox.is_some(),
        development => state.config.env == Environment::Development,
        password => crate::seed::PASSWORD,
        base_url => &*state.hdip.operator().base_url,
    };
    layout::page(&state, StatusCode::OK, "home.html", values)
}
