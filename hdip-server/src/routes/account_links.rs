//! What users do by a link: set the first or another password, confirm an address. Each link is good once.

use super::links::LinkHolder;
use crate::extract::Json;
use crate::problem::ApiResult;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::access as domain;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/links/{token}/password`, `/v1/links/{token}/confirm-email`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(link_set_password)).routes(routes!(link_confirm_email))
}

/// What a user's link is about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountLink {
    /// The user's name.
    #[schema(example = "Rita Recruiter")]
    pub name: String,
    /// The address it signs in with now.
    #[schema(example = "recruiter@acme.example")]
    pub email: String,
    /// The address to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "rita@acme.example")]
    pub new_email: Option<String>,
    /// The client it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Acme")]
    pub client_brand: Option<String>,
    /// The link is good until then.
    pub expires_at: DateTime<Utc>,
}

impl From<domain::AccountLink> for AccountLink {
    fn from(link: domain::AccountLink) -> Self {
        Self {
            name: link.name,
            email: link.email.to_string(),
            new_email: link.new_email.map(|email| email.to_string()),
            client_brand: link.client_brand,
            expires_at: link.expires_at,
        }
    }
}

/// The password to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasswordInput {
    /// 10 to 128 characters, not the e-mail address, not a common one.
    #[schema(format = Password, min_length = 10, max_length = 128)]
    pub password: String,
}

/// Set a password
///
/// For a `user_invitation` or a `password_reset` link, which is used by that (410 `link_used` afterwards). A reset
/// ends every sign-in.
#[utoipa::path(
    post, path = "/v1/links/{token}/password", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = NewPasswordInput,
    responses((status = 204, description = "Set; sign in with it"))
)]
async fn link_set_password(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<NewPasswordInput>,
) -> ApiResult<StatusCode> {
    state.hdip.set_password_by_link(&holder.ctx, &input.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Confirm an address
///
/// For an `email_verification` link, which is used by that (410 `link_used` afterwards). The other sign-ins end. 409
/// `email_taken` when somebody else has got the address meanwhile.
#[utoipa::path(
    post, path = "/v1/links/{token}/confirm-email", tag = "links",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 204, description = "Changed"))
)]
async fn link_confirm_email(State(state): State<AppState>, holder: LinkHolder) -> ApiResult<StatusCode> {
    state.hdip.confirm_email(&holder.ctx).await?;
    Ok(StatusCode::NO_CONTENT)
}
