//! The REST API: one file per resource, each with its DTOs, a `router()`, and thin handlers.

pub mod account_links;
pub mod agencies;
pub mod agreements;
pub mod alerts;
pub mod api_keys;
pub mod applications;
pub mod attachments;
pub mod audit;
pub mod auth;
pub mod availability;
pub mod background_jobs;
pub mod candidates;
pub mod catalogues;
pub mod client_contacts;
pub mod client_logos;
pub mod client_onboarding;
pub mod client_status;
pub mod clients;
pub mod contests;
pub mod decisions;
pub mod departments;
pub mod desk;
pub mod desk_actions;
pub mod earnings;
pub mod events;
pub mod health;
pub mod imports;
pub mod interview_actions;
pub mod interview_views;
pub mod interviewer_applications;
pub mod interviewer_ladder;
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
pub mod search;
pub mod shadowings;
pub mod slots;
pub mod user_work;
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
        .merge(user_work::router())
        .merge(api_keys::router())
        .merge(clients::router())
        .merge(client_status::router())
        .merge(client_contacts::router())
        .merge(client_logos::router())
        .merge(departments::router())
        .merge(agreements::router())
        .merge(policies::router())
        .merge(pay_tables::router())
        .merge(catalogues::router())
        .merge(jobs::router())
        .merge(candidates::router())
        .merge(agencies::router())
        .merge(search::router())
        .merge(applications::router())
        .merge(imports::router())
        .merge(interviewers::router())
        .merge(availability::router())
        .merge(interviewer_applications::router())
        .merge(interviewer_ladder::router())
        .merge(shadowings::router())
        .merge(slots::router())
        .merge(interviews::router())
        .merge(interview_actions::router())
        .merge(invitations::router())
        .merge(earnings::router())
        .merge(decisions::router())
        .merge(rubrics::router())
        .merge(scorecards::router())
        .merge(attachments::router())
        .merge(ratings::router())
        .merge(links::router())
        .merge(account_links::router())
        .merge(events::router())
        .merge(audit::router())
        .merge(product_feedback::router())
        .merge(background_jobs::router())
        .merge(desk::router())
        .merge(desk_actions::router())
        .merge(contests::router())
        .merge(alerts::router())
}
