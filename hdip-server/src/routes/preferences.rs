//! One's terms and notification preferences.

use super::auth::Me;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json};
use crate::problem::{ApiResult, Problem};
use crate::reply::{ETag, Replayed};
use crate::state::AppState;
use axum::extract::State;
use hdip_core::notifications as domain;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/me/terms`, `/v1/me/notification-preferences`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(accept_terms))
        .routes(routes!(get_notification_preferences, set_notification_preferences))
}

/// A version of the terms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsInput {
    /// The version in force, as `GET /v1/me` says it.
    #[schema(example = "2026-01")]
    pub version: String,
}

/// Whether one is told of an event by a channel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NotificationPreference {
    /// The event: a kind of mail.
    #[schema(example = "interview_confirmed")]
    pub event: String,
    /// The channel: `email`.
    #[schema(example = "email")]
    pub channel: String,
    /// Whether one is told.
    pub on: bool,
    /// Cannot be switched off: money, and the safety of the account.
    pub always_on: bool,
}

/// One's notification preferences.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NotificationPreferences {
    /// One per event that can reach the caller, and channel.
    pub items: Vec<NotificationPreference>,
}

/// A wish about an event and a channel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationWish {
    /// One of the events of `GET /v1/me/notification-preferences`.
    #[schema(example = "interview_confirmed")]
    pub event: String,
    /// The channel: `email`.
    #[schema(example = "email")]
    pub channel: String,
    /// Whether to be told.
    pub on: bool,
}

/// What to be told of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationPreferencesInput {
    /// What is not named is on.
    pub items: Vec<NotificationWish>,
}

fn answer(preferences: domain::Preferences) -> (ETag, Json<NotificationPreferences>) {
    let items = preferences.items.into_iter().map(|item| NotificationPreference {
        event: item.event.as_str().to_owned(),
        channel: item.channel.as_str().to_owned(),
        on: item.on,
        always_on: item.always_on,
    });
    (ETag(preferences.version), Json(NotificationPreferences { items: items.collect() }))
}

/// Accept the terms
///
/// For clients' users and interviewers. Records who, when and which version; accepting again changes nothing.
#[utoipa::path(
    post, path = "/v1/me/terms", tag = "access", request_body = TermsInput,
    responses((status = 200, description = "Accepted", body = Me), (status = "default", description = "Refused", body = Problem))
)]
async fn accept_terms(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<TermsInput>,
) -> ApiResult<(Replayed, Json<Me>)> {
    let done = state.hdip.accept_terms(&caller, &input.version).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.account(&caller).await?.into())))
}

/// Read one's notification preferences
#[utoipa::path(
    get, path = "/v1/me/notification-preferences", tag = "access",
    responses((status = 200, description = "The preferences", body = NotificationPreferences), (status = "default", description = "Refused", body = Problem))
)]
async fn get_notification_preferences(
    State(state): State<AppState>,
    caller: Caller,
) -> ApiResult<(ETag, Json<NotificationPreferences>)> {
    Ok(answer(state.hdip.notification_preferences(&caller).await?))
}

/// Replace one's notification preferences
///
/// What is not named is on. 422 `always_on` for what cannot be switched off: money, and the safety of the account.
#[utoipa::path(
    put, path = "/v1/me/notification-preferences", tag = "access", request_body = NotificationPreferencesInput,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the answer you edit. If the record has changed since, the answer is 412.", example = "\"3\"")),
    responses((status = 200, description = "The preferences", body = NotificationPreferences), (status = "default", description = "Refused", body = Problem))
)]
async fn set_notification_preferences(
    State(state): State<AppState>,
    caller: Caller,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<NotificationPreferencesInput>,
) -> ApiResult<(ETag, Json<NotificationPreferences>)> {
    let wishes = input.items.into_iter().map(|wish| domain::SetPreference {
        event: wish.event,
        channel: wish.channel,
        on: wish.on,
    });
    state.hdip.set_notification_preferences(&caller, wishes.collect(), expected_version).await?;
    Ok(answer(state.hdip.notification_preferences(&caller).await?))
}
