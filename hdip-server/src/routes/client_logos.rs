//! Logos of clients.

use super::clients::Client;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::reply::{ETag, picture};
use crate::state::AppState;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use hdip_core::clients::MAX_LOGO_BYTES;
use hdip_core::values::ClientId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Bytes a request may have: the largest logo in base64, and what is around it.
const MAX_BODY: usize = MAX_LOGO_BYTES / 3 * 4 + 64 * 1024;

/// `/v1/clients/{id}/logo`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_client_logo, set_client_logo, remove_client_logo))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// A logo to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogoInput {
    /// A PNG, JPEG or WebP picture of at most 1 MiB, in base64.
    #[schema(example = "iVBORw0KGgo…")]
    pub logo: String,
}

/// Set a client's logo
///
/// In the place of the one it has. For the operator and the client's owner and admins.
#[utoipa::path(
    put, path = "/v1/clients/{id}/logo", tag = "clients",
    params(
        ("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the client you saw. If it has changed since, the answer is 412.")
    ),
    request_body = LogoInput,
    responses((status = 200, description = "The client", body = Client), (status = "default", description = "Refused", body = Problem))
)]
async fn set_client_logo(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<LogoInput>,
) -> ApiResult<(ETag, Json<Client>)> {
    let logo = STANDARD
        .decode(input.logo)
        .map_err(|_| ApiError::field("logo", "invalid_base64", "must be base64 (RFC 4648 §4)"))?;
    state.hdip.set_client_logo(&caller, id, logo.into(), expected_version).await?;
    let view = state.hdip.client(&caller, id).await?;
    Ok((ETag(view.client.version), Json(view.into())))
}

/// Read a client's logo
///
/// `image/png`, `image/jpeg` or `image/webp`. For the client's people, its agencies' users, and the operator.
#[utoipa::path(
    get, path = "/v1/clients/{id}/logo", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses(
        (status = 200, description = "The picture", content_type = "image/*", body = Vec<u8>),
        (status = "default", description = "Refused", body = Problem)
    )
)]
async fn get_client_logo(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
) -> ApiResult<Response> {
    Ok(picture(state.hdip.client_logo(&caller, id).await?, "inline", &id.to_string()))
}

/// Remove a client's logo
#[utoipa::path(
    delete, path = "/v1/clients/{id}/logo", tag = "clients",
    params(
        ("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the client you saw. If it has changed since, the answer is 412.")
    ),
    responses((status = 204, description = "Removed"), (status = "default", description = "Refused", body = Problem))
)]
async fn remove_client_logo(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    IfMatch(expected_version): IfMatch,
) -> ApiResult<StatusCode> {
    state.hdip.remove_client_logo(&caller, id, expected_version).await?;
    Ok(StatusCode::NO_CONTENT)
}
