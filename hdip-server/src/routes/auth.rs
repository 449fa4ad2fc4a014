//! Signing in, and one's own account.

use super::users::User;
use crate::auth::{Caller, Visitor};
use crate::extract::{IfMatch, Json, Path};
use crate::problem::{ApiResult, Problem};
use crate::reply::ETag;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use chrono::{DateTime, Utc};
use hdip_core::access as domain;
use hdip_core::values::SignInId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/auth/…`, `/v1/me…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(refresh_sign_in))
        .routes(routes!(sign_out))
        .routes(routes!(get_me, update_me))
        .routes(routes!(change_password))
        .routes(routes!(ask_password_reset))
        .routes(routes!(ask_email_change))
        .routes(routes!(list_my_sign_ins))
        .routes(routes!(end_my_sign_in))
}

/// Credentials.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInInput {
    /// E-mail address.
    #[schema(example = "owner@acme.example")]
    pub email: String,
    /// Password.
    #[schema(format = Password, example = "demo-password")]
    pub password: String,
}

/// Tokens of a sign-in.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// The access token ends then; refresh before.
    pub access_expires_at: DateTime<Utc>,
    /// Good for one refresh. Keep it where scripts of others cannot read it.
    #[schema(example = "sign_01j9z3w6v5k2m8x4t7q0r1s2aa.1.0f3c…")]
    pub refresh_token: String,
    /// The refresh token ends then.
    pub refresh_expires_at: DateTime<Utc>,
    /// The sign-in.
    #[schema(value_type = String, example = "sign_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub sign_in_id: SignInId,
    /// Who signed in.
    pub user: User,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshInput {
    /// From the last sign-in or refresh.
    #[schema(example = "sign_01j9z3w6v5k2m8x4t7q0r1s2aa.1.0f3c…")]
    pub refresh_token: String,
}

/// What to change about oneself; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeInput {
    /// Name.
    #[schema(example = "Olivia Owner")]
    pub name: Option<String>,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: Option<String>,
    /// BCP 47 language tag.
    #[schema(example = "en-IN")]
    pub locale: Option<String>,
}

/// The present password and a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordInput {
    /// The present one.
    #[schema(format = Password)]
    pub current_password: String,
    /// 10 to 128 characters, not the e-mail address, not a common one.
    #[schema(format = Password, min_length = 10, max_length = 128)]
    pub new_password: String,
}

/// One's own account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// The address that waits for its confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_email: Option<PendingEmail>,
    /// The terms in force for the user; none for the operator's own staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

/// Where the user stands with the terms.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Terms {
    /// Whose terms: `client_users` or `interviewers`.
    #[schema(example = "client_users")]
    pub audience: String,
    /// The version in force.
    #[schema(example = "2026-01")]
    pub version: String,
    /// When the user accepted it; absent while it is to be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<DateTime<Utc>>,
}

/// An address that waits for its confirmation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PendingEmail {
    /// The address to be.
    #[schema(example = "olivia@acme.example")]
    pub email: String,
    /// The link that was mailed to it is good until then.
    pub expires_at: DateTime<Utc>,
}

impl From<domain::Account> for Me {
    fn from(account: domain::Account) -> Self {
        Self {
            user: account.user.into(),
            pending_email: account.pending_email.map(|change| PendingEmail {
                email: change.new_email.to_string(),
                expires_at: change.expires_at,
            }),
            terms: account.terms.map(|terms| Terms {
                audience: terms.audience.as_str().to_owned(),
                version: terms.version,
                accepted_at: terms.accepted_at,
            }),
        }
    }
}

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetInput {
    /// E-mail address.
    #[schema(example = "owner@acme.example")]
    pub email: String,
}

/// The address to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailInput {
    /// E-mail address; unique over all users.
    #[schema(example = "olivia@acme.example")]
    pub email: String,
    /// The present password.
    #[schema(format = Password)]
    pub password: String,
}

/// One of one's sign-ins.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// Its id.
    #[schema(value_type = String, example = "sign_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: SignInId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Last refresh.
    pub refreshed_at: DateTime<Utc>,
    /// Ends by itself then, unless refreshed.
    pub expires_at: DateTime<Utc>,
    /// Browser or program, as it named itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64)")]
    pub user_agent: Option<String>,
    /// The one this request came with.
    pub current: bool,
}

/// One's sign-ins.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SignIns {
    /// Newest first.
    pub items: Vec<SignIn>,
}

fn tokens(state: &AppState, signed_in: domain::SignedIn) -> ApiResult<Json<Tokens>> {
    let domain::SignedIn { user, sign_in, refresh_token, expires_at } = signed_in;
    let (access_token, access_expires_at) = state.tokens.issue(user.id, sign_in, state.hdip.now())?;
    Ok(Json(Tokens {
        access_token,
        access_expires_at,
        refresh_token,
        refresh_expires_at: expires_at,
        sign_in_id: sign_in,
        user: user.into(),
    }))
}

/// Sign in
///
/// 401 `wrong_credentials` never says which of the two was wrong. After five failures within 15 minutes the
/// address is blocked for 15 (429 `throttled`).
#[utoipa::path(
    post, path = "/v1/auth/sign-in", tag = "access", request_body = SignInInput,
    responses((status = 200, description = "Signed in", body = Tokens), (status = "default", description = "Refused", body = Problem))
)]
async fn sign_in(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(input): Json<SignInInput>,
) -> ApiResult<Json<Tokens>> {
    let user_agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let request = domain::SignInRequest {
        email: input.email,
        password: input.password,
        user_agent: user_agent.map(str::to_owned),
    };
    // Carried to its end even if the client hangs up: an attempt that was right must not stay counted.
    let hdip = state.hdip.clone();
    let ctx = hdip_core::Ctx::clone(&visitor);
    let signed_in = tokio::spawn(async move { hdip.sign_in(&ctx, request).await });
    let signed_in = signed_in.await.map_err(|_| hdip_core::Error::Contended)?;
    tokens(&state, signed_in?)
}

/// Exchange a refresh token
///
/// Each refresh token is good once. One that comes back has been copied: the sign-in ends
/// (401 `refresh_token_reused`). Tabs of one browser must take turns.
#[utoipa::path(
    post, path = "/v1/auth/refresh", tag = "access", request_body = RefreshInput,
    responses((status = 200, description = "New tokens", body = Tokens), (status = "default", description = "Refused", body = Problem))
)]
async fn refresh_sign_in(
    State(state): State<AppState>,
    visitor: Visitor,
    Json(input): Json<RefreshInput>,
) -> ApiResult<Json<Tokens>> {
    tokens(&state, state.hdip.refresh(&visitor, &input.refresh_token).await?)
}

/// Sign out
///
/// Ends this sign-in at once, its access token too.
#[utoipa::path(
    post, path = "/v1/auth/sign-out", tag = "access",
    responses((status = 204, description = "Signed out"), (status = "default", description = "Refused", body = Problem))
)]
async fn sign_out(State(state): State<AppState>, caller: Caller) -> ApiResult<StatusCode> {
    state.hdip.sign_out(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read one's own account
#[utoipa::path(
    get, path = "/v1/me", tag = "access",
    responses((status = 200, description = "The user who asks", body = Me), (status = "default", description = "Refused", body = Problem))
)]
async fn get_me(State(state): State<AppState>, caller: Caller) -> ApiResult<(ETag, Json<Me>)> {
    let account = state.hdip.account(&caller).await?;
    Ok((ETag(account.user.version), Json(account.into())))
}

/// Change one's own account
#[utoipa::path(
    patch, path = "/v1/me", tag = "access", request_body = MeInput,
    responses((status = 200, description = "Changed", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn update_me(
    State(state): State<AppState>,
    caller: Caller,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<MeInput>,
) -> ApiResult<(ETag, Json<User>)> {
    let MeInput { name, zone, locale } = input;
    let user =
        state.hdip.update_me(&caller, domain::UpdateMe { name, zone, locale, expected_version }).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Change one's password
///
/// Ends every other sign-in, links that would set another password and a change of address that waits for its
/// confirmation. A mail says that it was changed.
#[utoipa::path(
    post, path = "/v1/me/password", tag = "access", request_body = PasswordInput,
    responses((status = 204, description = "Changed"), (status = "default", description = "Refused", body = Problem))
)]
async fn change_password(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<PasswordInput>,
) -> ApiResult<StatusCode> {
    let change = domain::ChangePassword { current: input.current_password, new: input.new_password };
    state.hdip.change_password(&caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for a password reset
///
/// Mails a link, good for an hour by default and once, if the address is that of a user. The answer never says
/// whether it is. After five requests for an address within 15 minutes it is blocked for 15 (429 `throttled`),
/// known or not.
#[utoipa::path(
    post, path = "/v1/auth/password-reset", tag = "access", request_body = PasswordResetInput,
    responses((status = 202, description = "Asked for"), (status = "default", description = "Refused", body = Problem))
)]
async fn ask_password_reset(
    State(state): State<AppState>,
    visitor: Visitor,
    Json(input): Json<PasswordResetInput>,
) -> ApiResult<StatusCode> {
    state.hdip.ask_password_reset(&visitor, &input.email).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Ask for another address
///
/// Mails a link to the new address, good for 24 hours by default and once; the address changes when it is
/// confirmed, if it is still free. Replaces an earlier request. 401 `wrong_credentials` for a wrong password,
/// throttled like signing in.
#[utoipa::path(
    post, path = "/v1/me/email", tag = "access", request_body = EmailInput,
    responses((status = 202, description = "The link is on its way", body = Me), (status = "default", description = "Refused", body = Problem))
)]
async fn ask_email_change(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<EmailInput>,
) -> ApiResult<(StatusCode, Json<Me>)> {
    let change = domain::ChangeEmail { email: input.email, password: input.password };
    state.hdip.ask_email_change(&caller, change).await?;
    Ok((StatusCode::ACCEPTED, Json(state.hdip.account(&caller).await?.into())))
}

/// List one's sign-ins
#[utoipa::path(
    get, path = "/v1/me/sign-ins", tag = "access",
    responses((status = 200, description = "Those that are still good", body = SignIns), (status = "default", description = "Refused", body = Problem))
)]
async fn list_my_sign_ins(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<SignIns>> {
    let current = caller.actor.user().map(|user| user.sign_in);
    let items = state.hdip.my_sign_ins(&caller).await?.into_iter().map(|sign_in| SignIn {
        id: sign_in.id,
        created_at: sign_in.created_at,
        refreshed_at: sign_in.refreshed_at,
        expires_at: sign_in.expires_at,
        user_agent: sign_in.user_agent,
        current: Some(sign_in.id) == current,
    });
    Ok(Json(SignIns { items: items.collect() }))
}

/// End one of one's sign-ins
#[utoipa::path(
    delete, path = "/v1/me/sign-ins/{id}", tag = "access",
    params(("id" = String, Path, description = "Sign-in", example = "sign_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 204, description = "Ended"), (status = "default", description = "Refused", body = Problem))
)]
async fn end_my_sign_in(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<SignInId>,
) -> ApiResult<StatusCode> {
    state.hdip.end_sign_in(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
