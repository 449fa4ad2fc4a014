//! The REST API: one file per resource, each with its DTOs, a `router()`, and thin handlers.

pub mod account_links;
pub mod alerts;
pub mod api_keys;
pub mod applications;
pub mod audit;
pub mod auth;
pub mod availability;
pub mod background_jobs;
pub mod candidates;
pub mod clients;
pub mod decisions;
pub mod earnings;
pub mod events;
pub mod health;
pub mod imports;
pub mod interview_actions;
pub mod interview_views;
pub mod interviewers;
pub mod interviews;
pub mod invitations;
pub mod jobs;
pub mod links;
pub mod money;
pub mod pay_tables;
pub mod policies;
pub mod preferences;
pub mod product_feedback;
pub mod ratings;
pub mod rubrics;
pub mod scorecards;
pub mod slots;
pub mod users;

use crate::state::AppState;
use utoipa_axum::router::OpenApiRouter;

/// Every route of the API.
pub fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(health::router())
        .merge(auth::router())
        .merge(preferences::router())
        .merge(users::router())
        .merge(api_keys::router())
        .merge(clients::router())
        .merge(policies::router())
        .merge(pay_tables::router())
        .merge(jobs::router())
        .merge(candidates::router())
        .merge(applications::router())
        .merge(imports::router())
        .merge(interviewers::router())
        .merge(availability::router())
        .merge(slots::router())
        .merge(interviews::router())
        .merge(interview_actions::router())
        .merge(invitations::router())
        .merge(earnings::router())
        .merge(decisions::router())
        .merge(rubrics::router())
        .merge(scorecards::router())
        .merge(ratings::router())
        .merge(links::router())
        .merge(account_links::router())
        .merge(events::router())
        .merge(audit::router())
        .merge(product_feedback::router())
        .merge(background_jobs::router())
        .merge(alerts::router())
}
