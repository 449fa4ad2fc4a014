//! Background jobs: what is queued, what failed, trying again.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::jobs::ReplayJobs;
use hdip_core::ports::storage as domain;
use hdip_core::values::{BackgroundJobId, ClientId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/background-jobs…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_background_jobs))
        .routes(routes!(retry_background_jobs))
        .routes(routes!(retry_background_job))
}

/// State of a background job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundJobState {
    /// Waits for its time.
    Queued,
    /// A worker has it.
    Leased,
    /// Carried out.
    Done,
    /// Given up; can be tried again.
    Dead,
}
same_variants!(BackgroundJobState, domain::JobState, Queued, Leased, Done, Dead);

/// An effect that was decided and is carried out later.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BackgroundJob {
    /// Its id.
    #[schema(value_type = String, example = "bjob_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: BackgroundJobId,
    /// The tenant, if it is one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub client_id: Option<ClientId>,
    /// Stable word for what to do.
    #[schema(example = "send_mail")]
    pub kind: String,
    /// Id of what it is about.
    #[schema(example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub subject: String,
    /// Where it stands.
    pub state: BackgroundJobState,
    /// How often it was tried.
    pub attempt: i64,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// What the last attempt failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// The request it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl From<domain::BackgroundJob> for BackgroundJob {
    fn from(job: domain::BackgroundJob) -> Self {
        Self {
            id: job.id,
            client_id: job.client_id,
            kind: job.kind,
            subject: job.subject,
            state: job.state.into(),
            attempt: job.attempt,
            due_at: job.due_at,
            last_error: job.last_error,
            created_at: job.created_at,
            finished_at: job.finished_at,
            request_id: job.request_id,
        }
    }
}

/// Which background jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BackgroundJobsQuery {
    /// Only in this state.
    #[param(inline, example = "dead")]
    pub state: Option<BackgroundJobState>,
    /// Only of this kind.
    #[param(example = "send_mail")]
    pub kind: Option<String>,
}

/// List background jobs
///
/// Newest first. For the operator.
#[utoipa::path(
    get, path = "/v1/background-jobs", tag = "operations", params(PageQuery, BackgroundJobsQuery),
    responses((status = 200, description = "A page of jobs", body = PageOf<BackgroundJob>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_background_jobs(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
    Query(query): Query<BackgroundJobsQuery>,
) -> ApiResult<Json<PageOf<BackgroundJob>>> {
    let filter = domain::JobFilter { state: query.state.map(Into::into), kind: query.kind };
    let page = page.page::<BackgroundJobId>()?;
    Ok(Json(PageOf::of(state.hdip.background_jobs(&caller, &filter, &page).await?)))
}

/// Which dead jobs to try again, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RetryBackgroundJobs {
    /// Only of this kind; all kinds if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "send_mail")]
    pub kind: Option<String>,
    /// Why it will go better now, 3 to 500 characters. Kept in the audit trail of each job.
    #[schema(example = "the mail relay is back")]
    pub reason: String,
}

/// What was put back into the queue.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RetriedBackgroundJobs {
    /// How many jobs.
    #[schema(example = 12)]
    pub jobs: u64,
    /// Whether there are more: a request takes about 1000. Ask again.
    pub more: bool,
}

/// Try dead jobs again
///
/// Puts all of a kind, or all there are, back into the queue, due now. For the operator.
#[utoipa::path(
    post, path = "/v1/background-jobs/retry", tag = "operations", request_body = RetryBackgroundJobs,
    responses((status = 202, description = "Queued", body = RetriedBackgroundJobs), (status = "default", description = "Refused", body = Problem))
)]
async fn retry_background_jobs(
    State(state): State<AppState>,
    caller: Caller,
    Json(which): Json<RetryBackgroundJobs>,
) -> ApiResult<(StatusCode, Json<RetriedBackgroundJobs>)> {
    let input = ReplayJobs { kind: which.kind, reason: which.reason };
    let done = state.hdip.replay_jobs(&caller, input).await?;
    Ok((StatusCode::ACCEPTED, Json(RetriedBackgroundJobs { jobs: done.jobs, more: done.more })))
}

/// Why a dead job is tried again.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RetryQuery {
    /// 3 to 500 characters, kept in the audit trail.
    #[param(example = "the mail relay is back")]
    pub reason: Option<String>,
}

/// Try a dead job again
///
/// Puts it back into the queue, due now. For the operator.
#[utoipa::path(
    post, path = "/v1/background-jobs/{id}/retry", tag = "operations",
    params(("id" = String, Path, description = "Background job", example = "bjob_01j9z3w6v5k2m8x4t7q0r1s2aa"), RetryQuery),
    responses((status = 202, description = "Queued"), (status = "default", description = "Refused", body = Problem))
)]
async fn retry_background_job(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<BackgroundJobId>,
    Query(query): Query<RetryQuery>,
) -> ApiResult<StatusCode> {
    state.hdip.retry_job(&caller, id, query.reason.as_deref()).await?;
    Ok(StatusCode::ACCEPTED)
}
