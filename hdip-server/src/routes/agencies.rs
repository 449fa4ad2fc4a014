//! Agencies of a client, their users, and who handed over whom.

use super::users::{User, same_variants};
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::{Created, ETag, Replayed};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::agencies as domain;
use hdip_core::ports::storage::AttemptFilter;
use hdip_core::values::{AgencyId, ApplicationId, ClientId, JobId, SubmissionAttemptId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/agencies…`, and the attempts of applications and jobs.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_agencies, create_agency))
        .routes(routes!(get_agency, rename_agency))
        .routes(routes!(end_agency))
        .routes(routes!(list_agency_users, invite_agency_user))
        .routes(routes!(list_application_attempts))
        .routes(routes!(list_job_attempts))
}

/// Whether an agency takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgencyStatus {
    /// Yes.
    Active,
    /// No.
    Ended,
}
same_variants!(AgencyStatus, domain::AgencyStatus, Active, Ended);

/// A firm that hands over candidates for one client.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Agency {
    /// Its id.
    #[schema(value_type = String, example = "agcy_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: AgencyId,
    /// For whom.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: ClientId,
    /// Name.
    #[schema(example = "Best Hires")]
    pub name: String,
    /// Whether it takes part.
    pub status: AgencyStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<domain::Agency> for Agency {
    fn from(agency: domain::Agency) -> Self {
        Self {
            id: agency.id,
            client_id: agency.client_id,
            name: agency.name,
            status: agency.status.into(),
            created_at: agency.created_at,
            ended_at: agency.ended_at,
        }
    }
}

/// An agency to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgency {
    /// For whom; the caller's own client if not said.
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// Name, unique among the client's active agencies without case and accents.
    #[schema(example = "Best Hires", min_length = 1, max_length = 100)]
    pub name: String,
}

/// A new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyPatch {
    /// Name.
    #[schema(example = "Best Hires India", min_length = 1, max_length = 100)]
    pub name: String,
}

/// Somebody to invite to an agency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgencyUser {
    /// E-mail address; unique over all users.
    #[schema(example = "agnes@besthires.example")]
    pub email: String,
    /// Name.
    #[schema(example = "Agnes Agent")]
    pub name: String,
    /// IANA time zone; the client's if not said.
    #[schema(example = "Asia/Kolkata")]
    pub zone: Option<String>,
    /// BCP 47 language tag; the client's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
}

/// An attempt to hand a person over for a job.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SubmissionAttempt {
    /// Its id.
    #[schema(value_type = String, example = "satt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: SubmissionAttemptId,
    /// For which job.
    #[schema(value_type = String, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: JobId,
    /// The application it led to, or that stood in the way.
    #[schema(value_type = String, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub application_id: ApplicationId,
    /// Whether it led to the application.
    pub accepted: bool,
    /// `internal`, `agency`, `ats`.
    #[schema(example = "agency")]
    pub source: String,
    /// The agency that tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "agcy_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub agency_id: Option<AgencyId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Best Hires")]
    pub agency_name: Option<String>,
    /// `email` or `phone`: by what the person was known again, where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "email")]
    pub matched_by: Option<String>,
    /// How often the same was tried.
    #[schema(example = 1)]
    pub times: u32,
    /// The first time.
    pub first_at: DateTime<Utc>,
    /// The last time.
    pub last_at: DateTime<Utc>,
}

impl From<domain::AttemptView> for SubmissionAttempt {
    fn from(view: domain::AttemptView) -> Self {
        let attempt = view.attempt;
        Self {
            id: attempt.id,
            job_id: attempt.job_id,
            application_id: attempt.application_id,
            accepted: attempt.accepted,
            source: attempt.source.as_str().to_owned(),
            agency_id: attempt.agency_id,
            agency_name: view.agency_name,
            matched_by: attempt.matched_by.map(|by| by.as_str().to_owned()),
            times: attempt.times,
            first_at: attempt.first_at,
            last_at: attempt.last_at,
        }
    }
}

/// Which agencies.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AgenciesQuery {
    /// Of this client; for the operator.
    #[param(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// `active` or `ended`.
    #[param(example = "active")]
    pub status: Option<String>,
}

/// Which attempts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttemptsQuery {
    /// Only those that led to an application, or only those that were refused.
    pub accepted: Option<bool>,
}

/// List agencies
///
/// Newest first, for the client's people and the operator.
#[utoipa::path(
    get, path = "/v1/agencies", tag = "hiring", params(PageQuery, AgenciesQuery),
    responses((status = 200, description = "A page of agencies", body = PageOf<Agency>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_agencies(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
    Query(query): Query<AgenciesQuery>,
) -> ApiResult<Json<PageOf<Agency>>> {
    use domain::AgencyStatus as Status;
    let status = query.status.as_deref().map(|text| word("status", text, &Status::ALL, Status::as_str));
    let page = page.page::<AgencyId>()?;
    let agencies = state.hdip.agencies(&caller, query.client_id, status.transpose()?, &page).await?;
    Ok(Json(PageOf::of(agencies)))
}

/// Make an agency
///
/// For the client's owner and admins, and the operator. 409 `agency_name_taken` when an active agency of the client
/// has the name.
#[utoipa::path(
    post, path = "/v1/agencies", tag = "hiring", request_body = NewAgency,
    responses((status = 201, description = "Made", body = Agency), (status = "default", description = "Refused", body = Problem))
)]
async fn create_agency(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<NewAgency>,
) -> ApiResult<Created<Agency>> {
    let input = domain::CreateAgency { client: input.client_id, name: input.name };
    let done = state.hdip.create_agency(&caller, input).await?;
    let agency = state.hdip.agency(&caller, done.output).await?;
    Ok(Created {
        location: format!("/v1/agencies/{}", agency.id),
        version: Some(agency.version),
        replayed: done.replayed,
        body: agency.into(),
    })
}

/// Read an agency
///
/// Its own users read theirs.
#[utoipa::path(
    get, path = "/v1/agencies/{id}", tag = "hiring",
    params(("id" = String, Path, description = "Agency", example = "agcy_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The agency", body = Agency), (status = "default", description = "Refused", body = Problem))
)]
async fn get_agency(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AgencyId>,
) -> ApiResult<(ETag, Json<Agency>)> {
    let agency = state.hdip.agency(&caller, id).await?;
    Ok((ETag(agency.version), Json(agency.into())))
}

/// Rename an agency
#[utoipa::path(
    patch, path = "/v1/agencies/{id}", tag = "hiring",
    params(("id" = String, Path, description = "Agency")), request_body = AgencyPatch,
    responses((status = 200, description = "Renamed", body = Agency), (status = "default", description = "Refused", body = Problem))
)]
async fn rename_agency(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AgencyId>,
    IfMatch(expected): IfMatch,
    Json(input): Json<AgencyPatch>,
) -> ApiResult<(ETag, Json<Agency>)> {
    state.hdip.rename_agency(&caller, id, domain::RenameAgency { expected, name: input.name }).await?;
    let agency = state.hdip.agency(&caller, id).await?;
    Ok((ETag(agency.version), Json(agency.into())))
}

/// End an agency
///
/// Its users' sign-ins end at once. Its candidates and applications stay with the client; its name is free.
#[utoipa::path(
    post, path = "/v1/agencies/{id}/end", tag = "hiring",
    params(("id" = String, Path, description = "Agency")),
    responses((status = 200, description = "Ended", body = Agency), (status = "default", description = "Refused", body = Problem))
)]
async fn end_agency(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AgencyId>,
) -> ApiResult<(Replayed, Json<Agency>)> {
    let done = state.hdip.end_agency(&caller, id).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.agency(&caller, id).await?.into())))
}

/// List users of an agency
///
/// Newest first, deactivated ones too.
#[utoipa::path(
    get, path = "/v1/agencies/{id}/users", tag = "hiring",
    params(("id" = String, Path, description = "Agency"), PageQuery),
    responses((status = 200, description = "A page of users", body = PageOf<User>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_agency_users(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AgencyId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<User>>> {
    Ok(Json(PageOf::of(state.hdip.agency_users(&caller, id, &page.page::<UserId>()?).await?)))
}

/// Invite a user of an agency
///
/// The user is mailed an invitation to set a password. It sees the agency's own candidates, and of the client the jobs
/// it is named on among `recruiter_ids`.
#[utoipa::path(
    post, path = "/v1/agencies/{id}/users", tag = "hiring",
    params(("id" = String, Path, description = "Agency")), request_body = NewAgencyUser,
    responses((status = 201, description = "Invited", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn invite_agency_user(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<AgencyId>,
    Json(input): Json<NewAgencyUser>,
) -> ApiResult<Created<User>> {
    let input = domain::InviteAgencyUser {
        email: input.email,
        name: input.name,
        zone: input.zone,
        locale: input.locale,
    };
    let done = state.hdip.invite_agency_user(&caller, id, input).await?;
    let user = state.hdip.user(&caller, done.output).await?;
    Ok(Created {
        location: format!("/v1/users/{}", user.id),
        version: Some(user.version),
        replayed: done.replayed,
        body: user.into(),
    })
}

/// List attempts on an application
///
/// Who handed the person over for the job, newest first: the one the application came from, and those who were
/// refused because it was there. Not for agencies.
#[utoipa::path(
    get, path = "/v1/applications/{id}/attempts", tag = "hiring",
    params(("id" = String, Path, description = "Application"), PageQuery),
    responses((status = 200, description = "A page of attempts", body = PageOf<SubmissionAttempt>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_application_attempts(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<SubmissionAttempt>>> {
    let page = page.page::<SubmissionAttemptId>()?;
    Ok(Json(PageOf::of(state.hdip.attempts_of_application(&caller, id, &page).await?)))
}

/// List attempts on a job
///
/// Everybody who handed somebody over for the job, newest first. Not for agencies.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/attempts", tag = "hiring",
    params(("id" = String, Path, description = "Job"), PageQuery, AttemptsQuery),
    responses((status = 200, description = "A page of attempts", body = PageOf<SubmissionAttempt>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_job_attempts(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<JobId>,
    Query(page): Query<PageQuery>,
    Query(query): Query<AttemptsQuery>,
) -> ApiResult<Json<PageOf<SubmissionAttempt>>> {
    let filter = AttemptFilter { accepted: query.accepted, ..Default::default() };
    let page = page.page::<SubmissionAttemptId>()?;
    Ok(Json(PageOf::of(state.hdip.attempts_of_job(&caller, id, &filter, &page).await?)))
}
