//! API keys of clients.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::Created;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::access as domain;
use hdip_core::values::{ApiKeyId, ClientId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/clients/{id}/api-keys`, `/v1/api-keys/{id}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_api_keys, create_api_key)).routes(routes!(revoke_api_key))
}

/// What an API key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum KeyScope {
    /// Jobs, candidates, applications: read.
    #[serde(rename = "hiring:read")]
    HiringRead,
    /// … and write.
    #[serde(rename = "hiring:write")]
    HiringWrite,
    /// Starts, interviews: read.
    #[serde(rename = "scheduling:read")]
    SchedulingRead,
    /// Schedule, reschedule, cancel.
    #[serde(rename = "scheduling:write")]
    SchedulingWrite,
    /// The event feed.
    #[serde(rename = "events:read")]
    EventsRead,
    /// Charges.
    #[serde(rename = "billing:read")]
    BillingRead,
}
same_variants!(
    KeyScope,
    domain::KeyScope,
    HiringRead,
    HiringWrite,
    SchedulingRead,
    SchedulingWrite,
    EventsRead,
    BillingRead
);

/// An API key, without its text.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// Its id.
    #[schema(value_type = String, example = "key_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ApiKeyId,
    /// Whose data.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: ClientId,
    /// What it is for.
    #[schema(example = "ATS")]
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<KeyScope>,
    /// Who made it.
    #[schema(value_type = String, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub created_by: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<domain::ApiKey> for ApiKey {
    fn from(key: domain::ApiKey) -> Self {
        Self {
            id: key.id,
            client_id: key.client_id,
            name: key.name,
            scopes: key.scopes.into_iter().map(Into::into).collect(),
            created_by: key.created_by,
            created_at: key.created_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A new API key with its text, which is shown this once.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ApiKeyWithText {
    /// The key.
    pub api_key: ApiKey,
    /// Send it as `Authorization: Bearer …`. It cannot be had again.
    #[schema(example = "hdip_key_01j9z3w6v5k2m8x4t7q0r1s2aa_6b1e…")]
    pub text: String,
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for.
    #[schema(example = "ATS")]
    pub name: String,
    /// What it may be used for, at least one.
    pub scopes: Vec<KeyScope>,
}

/// List API keys
///
/// Newest first, withdrawn ones too.
#[utoipa::path(
    get, path = "/v1/clients/{id}/api-keys", tag = "users",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa"), PageQuery),
    responses((status = 200, description = "A page of keys", body = PageOf<ApiKey>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_api_keys(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<ApiKey>>> {
    Ok(Json(PageOf::of(state.hdip.api_keys(&caller, id, &page.page::<ApiKeyId>()?).await?)))
}

/// Make an API key
///
/// The answer has the key's text, once: a repeat under the same `Idempotency-Key` is 409
/// `secret_not_replayed`.
#[utoipa::path(
    post, path = "/v1/clients/{id}/api-keys", tag = "users",
    params(("id" = String, Path, description = "Client")),
    request_body = NewApiKey,
    responses((status = 201, description = "Made", body = ApiKeyWithText), (status = "default", description = "Refused", body = Problem))
)]
async fn create_api_key(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Json(input): Json<NewApiKey>,
) -> ApiResult<Created<ApiKeyWithText>> {
    let scopes = input.scopes.into_iter().map(Into::into).collect();
    let input = domain::CreateApiKey { client_id: id, name: input.name, scopes };
    let done = state.hdip.create_api_key(&caller, input).await?;
    let domain::NewApiKey { key, text } = done.output;
    Ok(Created {
        location: format!("/v1/api-keys/{}", key.id),
        version: None,
        replayed: done.replayed,
        body: ApiKeyWithText { api_key: key.into(), text },
    })
}

/// Withdraw an API key
///
/// For good, and at once.
#[utoipa::path(
    delete, path = "/v1/api-keys/{id}", tag = "users",
    params(("id" = String, Path, description = "API key", example = "key_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 204, description = "Withdrawn"), (status = "default", description = "Refused", body = Problem))
)]
async fn revoke_api_key(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApiKeyId>,
) -> ApiResult<StatusCode> {
    state.hdip.revoke_api_key(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
