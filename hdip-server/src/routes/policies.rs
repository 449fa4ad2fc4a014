//! The policy: the operator's and each client's.

use crate::auth::Caller;
use crate::extract::{Json, Path};
use crate::problem::{ApiResult, Problem};
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::clients::PolicyView;
use hdip_core::values::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/policy`, `/v1/clients/{id}/policy`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_policy, patch_policy))
        .routes(routes!(get_client_policy, patch_client_policy))
}

/// The policy in force. Its fields are named as in the documentation; amounts only for those who see them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// Every setting.
    #[schema(value_type = Object, example = json!({"minimum_notice_hours": 8, "invitation_minutes": 60, "calls": 3}))]
    pub in_force: Value,
    /// What differs from the level above: a client's from the operator's, the operator's from the defaults.
    #[schema(value_type = Object, example = json!({"calls": 2}))]
    pub overrides: Value,
    /// Since when the overrides hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<DateTime<Utc>>,
}

impl From<PolicyView> for Policy {
    fn from(view: PolicyView) -> Self {
        Self { in_force: view.in_force, overrides: view.overrides, effective_from: view.effective_from }
    }
}

/// Settings to change, as a JSON merge patch (RFC 7396): `null` takes an override back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({"calls": 2, "hold_minutes": null}))]
pub struct PolicyPatch(pub Value);

/// Read the operator's policy
///
/// For the operator's staff.
#[utoipa::path(
    get, path = "/v1/policy", tag = "clients",
    responses((status = 200, description = "The policy", body = Policy), (status = "default", description = "Refused", body = Problem))
)]
async fn get_policy(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<Policy>> {
    Ok(Json(state.hdip.policy(&caller, None).await?.into()))
}

/// Change the operator's policy
///
/// A new version, in force at once for what is requested from now on.
#[utoipa::path(
    patch, path = "/v1/policy", tag = "clients",
    request_body(content = PolicyPatch, content_type = "application/json"),
    responses((status = 200, description = "Changed", body = Policy), (status = "default", description = "Refused", body = Problem))
)]
async fn patch_policy(
    State(state): State<AppState>,
    caller: Caller,
    Json(PolicyPatch(patch)): Json<PolicyPatch>,
) -> ApiResult<(Replayed, Json<Policy>)> {
    let done = state.hdip.set_policy(&caller, None, patch).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.policy(&caller, None).await?.into())))
}

/// Read a client's policy
#[utoipa::path(
    get, path = "/v1/clients/{id}/policy", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The policy", body = Policy), (status = "default", description = "Refused", body = Problem))
)]
async fn get_client_policy(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
) -> ApiResult<Json<Policy>> {
    Ok(Json(state.hdip.policy(&caller, Some(id)).await?.into()))
}

/// Change a client's policy
///
/// A new version of its overrides, in force at once for what is requested from now on. For the operator's
/// staff.
#[utoipa::path(
    patch, path = "/v1/clients/{id}/policy", tag = "clients",
    params(("id" = String, Path, description = "Client")),
    request_body(content = PolicyPatch, content_type = "application/json"),
    responses((status = 200, description = "Changed", body = Policy), (status = "default", description = "Refused", body = Problem))
)]
async fn patch_client_policy(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Json(PolicyPatch(patch)): Json<PolicyPatch>,
) -> ApiResult<(Replayed, Json<Policy>)> {
    let done = state.hdip.set_policy(&caller, Some(id), patch).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.policy(&caller, Some(id)).await?.into())))
}
