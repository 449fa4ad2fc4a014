//! Users.

use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::{Created, ETag, Replayed};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::access as domain;
use hdip_core::values::{AgencyId, ClientId, InterviewerId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/users…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(get_user, update_user))
        .routes(routes!(deactivate_user))
        .routes(routes!(invite_user))
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The operator's staff; everything.
    PlatformAdmin,
    /// The operator's staff; not prices, payouts, staff.
    PlatformModerator,
    /// All of one client's data and its money.
    ClientOwner,
    /// All of one client's data and its users; no money.
    ClientAdmin,
    /// Candidates, scheduling, decisions of one client.
    ClientRecruiter,
    /// Own candidates of an agency of one client.
    AgencyUser,
    /// Own availability, invitations, interviews, earnings.
    Interviewer,
}

macro_rules! same_variants {
    ($ours:ty, $domain:ty, $($variant:ident),*) => {
        impl From<$domain> for $ours {
            fn from(value: $domain) -> Self {
                match value { $(<$domain>::$variant => Self::$variant),* }
            }
        }
        impl From<$ours> for $domain {
            fn from(value: $ours) -> Self {
                match value { $(<$ours>::$variant => Self::$variant),* }
            }
        }
    };
}
pub(super) use same_variants;
same_variants!(
    Role,
    domain::Role,
    PlatformAdmin,
    PlatformModerator,
    ClientOwner,
    ClientAdmin,
    ClientRecruiter,
    AgencyUser,
    Interviewer
);

/// Whether a user can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Yes.
    Active,
    /// No.
    Deactivated,
}
same_variants!(UserStatus, domain::UserStatus, Active, Deactivated);

/// A person who signs in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Its id.
    #[schema(value_type = String, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: UserId,
    /// Its client; none for the operator's staff and interviewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// The interviewer it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interviewer_id: Option<InterviewerId>,
    /// Its agency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "agcy_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub agency_id: Option<AgencyId>,
    /// What it may do.
    pub role: Role,
    /// Name.
    #[schema(example = "Olivia Owner")]
    pub name: String,
    /// E-mail address.
    #[schema(example = "owner@acme.example")]
    pub email: String,
    /// Whether it can sign in.
    pub status: UserStatus,
    /// Whether a password was set.
    pub has_password: bool,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag.
    #[schema(example = "en")]
    pub locale: String,
    /// A recruiter who sees only jobs it is named on.
    pub assigned_jobs_only: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<domain::User> for User {
    fn from(user: domain::User) -> Self {
        Self {
            id: user.id,
            client_id: user.client_id,
            interviewer_id: user.interviewer_id,
            agency_id: user.agency_id,
            role: user.role.into(),
            name: user.name,
            email: user.email.to_string(),
            status: user.status.into(),
            has_password: user.password_hash.is_some(),
            zone: user.zone.to_string(),
            locale: user.locale.as_str().to_owned(),
            assigned_jobs_only: user.assigned_jobs_only,
            created_at: user.created_at,
        }
    }
}

/// A user to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// E-mail address; unique over all users.
    #[schema(example = "recruiter@acme.example")]
    pub email: String,
    /// Name.
    #[schema(example = "Rita Recruiter")]
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Its client, for client roles; the caller's own if not said.
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// The interviewer it is, for that role.
    #[schema(value_type = Option<String>, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interviewer_id: Option<InterviewerId>,
    /// Its agency, for agency users.
    #[schema(value_type = Option<String>, example = "agcy_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub agency_id: Option<AgencyId>,
    /// IANA time zone; the client's if not said.
    #[schema(example = "Asia/Kolkata")]
    pub zone: Option<String>,
    /// BCP 47 language tag; the client's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// A recruiter who is to see only jobs it is named on.
    #[serde(default)]
    pub assigned_jobs_only: bool,
    /// 10 to 128 characters; without one it is invited by mail to set one.
    #[schema(format = Password, min_length = 10, max_length = 128)]
    pub password: Option<String>,
}

/// Whose users.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// Of this client; of the caller's own if not said, the operator's staff for the operator.
    #[param(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
}

/// List users
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/users", tag = "users", params(PageQuery, UsersQuery),
    responses((status = 200, description = "A page of users", body = PageOf<User>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_users(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
    Query(query): Query<UsersQuery>,
) -> ApiResult<Json<PageOf<User>>> {
    let client = query.client_id.or(caller.actor.user().and_then(|user| user.client));
    Ok(Json(PageOf::of(state.hdip.users(&caller, client, &page.page::<UserId>()?).await?)))
}

/// Make a user
///
/// The operator makes anybody; a client's owner makes users of its client, its admins all but owners. Without a
/// password the user is mailed an invitation to set one, good for 7 days by default.
#[utoipa::path(
    post, path = "/v1/users", tag = "users", request_body = NewUser,
    responses((status = 201, description = "Made", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn create_user(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<NewUser>,
) -> ApiResult<Created<User>> {
    let input = domain::CreateUser {
        email: input.email,
        name: input.name,
        role: input.role.into(),
        client_id: input.client_id,
        interviewer_id: input.interviewer_id,
        agency_id: input.agency_id,
        zone: input.zone,
        locale: input.locale,
        assigned_jobs_only: input.assigned_jobs_only,
        password: input.password,
    };
    let done = state.hdip.create_user(&caller, input).await?;
    let user = state.hdip.user(&caller, done.output).await?;
    Ok(Created {
        location: format!("/v1/users/{}", user.id),
        version: Some(user.version),
        replayed: done.replayed,
        body: user.into(),
    })
}

/// Read a user
#[utoipa::path(
    get, path = "/v1/users/{id}", tag = "users",
    params(("id" = String, Path, description = "User", example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The user", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn get_user(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> ApiResult<(ETag, Json<User>)> {
    let user = state.hdip.user(&caller, id).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// What to change about a user; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Another role of the same kind: among owner, admin and recruiter of a client, or within the staff.
    pub role: Option<Role>,
    /// Whether a recruiter sees only jobs it is named on.
    pub assigned_jobs_only: Option<bool>,
    /// For staff: who takes over the clients it looks after.
    #[schema(value_type = Option<String>, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub reassign_to: Option<UserId>,
}

/// Change a user's role or limits
///
/// In force with its next request. The last owner of a client stays one (409 `last_owner`). For the client's owner,
/// for its admins except about owners, and for the operator; about staff for platform admins.
#[utoipa::path(
    patch, path = "/v1/users/{id}", tag = "users",
    params(
        ("id" = String, Path, description = "User", example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the user you saw. If it has changed since, the answer is 412.")
    ),
    request_body = UserPatch,
    responses((status = 200, description = "Changed", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn update_user(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<UserPatch>,
) -> ApiResult<(ETag, Json<User>)> {
    let input = domain::UpdateUser {
        role: input.role.map(Into::into),
        assigned_jobs_only: input.assigned_jobs_only,
        reassign_to: input.reassign_to,
        expected_version,
    };
    let user = state.hdip.update_user(&caller, id, input).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Who takes over.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeactivateQuery {
    /// The user who takes over what this one is responsible for.
    #[param(value_type = Option<String>, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub reassign_to: Option<UserId>,
}

/// Deactivate a user
///
/// Its sign-ins end at once. What it is responsible for goes to `reassign_to` in the same commit; without one, 409
/// `needs_hand_over` (of staff `manages_clients`) lists in `errors` what somebody must take over. The last owner of a
/// client and the last platform admin cannot leave (409 `last_owner`, `last_platform_admin`).
#[utoipa::path(
    post, path = "/v1/users/{id}/deactivate", tag = "users",
    params(("id" = String, Path, description = "User"), DeactivateQuery),
    responses((status = 200, description = "Deactivated", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn deactivate_user(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Query(query): Query<DeactivateQuery>,
) -> ApiResult<(StatusCode, Json<User>)> {
    state.hdip.deactivate_user(&caller, id, query.reassign_to).await?;
    let user = state.hdip.user(&caller, id).await?;
    Ok((StatusCode::OK, Json(user.into())))
}

/// Send another invitation
///
/// For a user who has no password yet. The link mailed before is no longer good. 409 `user_has_password` or
/// `user_deactivated` for others.
#[utoipa::path(
    post, path = "/v1/users/{id}/invitation", tag = "users",
    params(("id" = String, Path, description = "User", example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 202, description = "On its way", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn invite_user(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> ApiResult<(StatusCode, Replayed, Json<User>)> {
    let done = state.hdip.invite_user(&caller, id).await?;
    let user = state.hdip.user(&caller, id).await?;
    Ok((StatusCode::ACCEPTED, Replayed(done.replayed), Json(user.into())))
}
