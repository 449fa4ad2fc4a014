//! What users work on: jobs they are named on, what somebody must take over from them.

use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use hdip_core::access as domain;
use hdip_core::clients::ReassignClients;
use hdip_core::ports::storage::Page;
use hdip_core::values::{ApplicationId, ClientId, JobId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/users/{id}/jobs`, `…/responsibilities`, `…/reassign-clients`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_assigned_jobs, assign_jobs))
        .routes(routes!(get_responsibilities))
        .routes(routes!(reassign_clients))
}

/// A job on which a user is named.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssignedJob {
    /// The job.
    #[schema(value_type = String, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: JobId,
    /// Its title.
    #[schema(example = "Backend Engineer")]
    pub title: String,
    /// `open` or `archived`.
    #[schema(example = "open")]
    pub status: String,
    /// The user decides about it.
    pub hiring_manager: bool,
    /// The user works on it.
    pub recruiter: bool,
}

impl From<domain::AssignedJob> for AssignedJob {
    fn from(assigned: domain::AssignedJob) -> Self {
        let domain::AssignedJob { job, hiring_manager, recruiter } = assigned;
        let status = job.status.as_str().to_owned();
        Self { job_id: job.id, title: job.title, status, hiring_manager, recruiter }
    }
}

/// Jobs to put a user on, and to take it off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignJobsInput {
    /// It is to work on these, at most 100.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["job_01j9z3w6v5k2m8x4t7q0r1s2aa"]))]
    pub add: BTreeSet<JobId>,
    /// It is no longer to work on these, at most 100.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!([]))]
    pub remove: BTreeSet<JobId>,
}

/// What somebody must take over when a user leaves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Responsibilities {
    /// Open jobs it decides about.
    #[schema(value_type = Vec<String>)]
    pub hiring_manager_of: Vec<JobId>,
    /// Open jobs it works on.
    #[schema(value_type = Vec<String>)]
    pub recruiter_on: Vec<JobId>,
    /// Open applications it hears about.
    #[schema(value_type = Vec<String>)]
    pub applications: Vec<ApplicationId>,
    /// Clients it looks after, for the operator's staff.
    #[schema(value_type = Vec<String>)]
    pub account_manager_of: Vec<ClientId>,
}

impl From<domain::Responsibilities> for Responsibilities {
    fn from(all: domain::Responsibilities) -> Self {
        Self {
            hiring_manager_of: all.hiring_manager_of,
            recruiter_on: all.recruiter_on,
            applications: all.applications,
            account_manager_of: all.account_manager_of,
        }
    }
}

/// List the jobs a user is named on
///
/// Newest first. They are all that a recruiter limited to assigned jobs, and an agency's user, sees.
#[utoipa::path(
    get, path = "/v1/users/{id}/jobs", tag = "users",
    params(("id" = String, Path, description = "User", example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa"), PageQuery),
    responses((status = 200, description = "A page of jobs", body = PageOf<AssignedJob>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_assigned_jobs(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<AssignedJob>>> {
    Ok(Json(PageOf::of(state.hdip.assigned_jobs(&caller, id, &page.page::<JobId>()?).await?)))
}

/// Put a user on jobs, and take it off others
///
/// All of it or nothing. For the operator and the client's owner and admins.
#[utoipa::path(
    post, path = "/v1/users/{id}/jobs", tag = "users",
    params(("id" = String, Path, description = "User", example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    request_body = AssignJobsInput,
    responses((status = 200, description = "The first page of its jobs", body = PageOf<AssignedJob>), (status = "default", description = "Refused", body = Problem))
)]
async fn assign_jobs(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(input): Json<AssignJobsInput>,
) -> ApiResult<(Replayed, Json<PageOf<AssignedJob>>)> {
    let input = domain::AssignJobs { add: input.add, remove: input.remove };
    let done = state.hdip.assign_jobs(&caller, id, input).await?;
    let jobs = state.hdip.assigned_jobs(&caller, id, &Page::default()).await?;
    Ok((Replayed(done.replayed), Json(PageOf::of(jobs))))
}

/// Read what somebody must take over when a user leaves
#[utoipa::path(
    get, path = "/v1/users/{id}/responsibilities", tag = "users",
    params(("id" = String, Path, description = "User", example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "What it is responsible for", body = Responsibilities), (status = "default", description = "Refused", body = Problem))
)]
async fn get_responsibilities(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> ApiResult<Json<Responsibilities>> {
    Ok(Json(state.hdip.responsibilities(&caller, id).await?.into()))
}

/// Clients to hand to another account manager.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignInput {
    /// Who is to look after them.
    #[schema(value_type = String, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub to: UserId,
    /// Which; all that the user looks after if none are named.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["clnt_01j9z3w6v5k2m8x4t7q0r1s2aa"]))]
    pub clients: BTreeSet<ClientId>,
}

/// How many clients were handed over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Reassigned {
    /// How many.
    pub clients: u32,
}

/// Hand an account manager's clients to another one
///
/// All of it or nothing. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/users/{id}/reassign-clients", tag = "users",
    params(("id" = String, Path, description = "Who looks after them now", example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    request_body = ReassignInput,
    responses((status = 200, description = "Handed over", body = Reassigned), (status = "default", description = "Refused", body = Problem))
)]
async fn reassign_clients(
    State(state): State<AppState>,
    caller: Caller,
    Path(from): Path<UserId>,
    Json(input): Json<ReassignInput>,
) -> ApiResult<(Replayed, Json<Reassigned>)> {
    let input = ReassignClients { from, to: input.to, clients: input.clients };
    let done = state.hdip.reassign_clients(&caller, input).await?;
    Ok((Replayed(done.replayed), Json(Reassigned { clients: done.output })))
}
