//! Jobs and their rounds; the catalogue of specialisations.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query, nullable, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiError, ApiResult};
use crate::reply::{Created, ETag, Replayed};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::hiring as domain;
use hdip_core::ports::storage::HiringJobFilter;
use hdip_core::values::{ClientId, JobId, RoundId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/jobs…`, `/v1/specialisations`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_jobs, create_job))
        .routes(routes!(get_job, update_job))
        .routes(routes!(archive_job))
        .routes(routes!(reopen_job))
        .routes(routes!(list_rounds, add_round))
        .routes(routes!(get_round, update_round))
}

/// An opening at a client. Agencies see fewer fields.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its id.
    #[schema(value_type = String, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: JobId,
    /// Whose. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// Title.
    #[schema(example = "Backend Engineer")]
    pub title: String,
    /// The client's own number for it. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "REQ-1042")]
    pub external_id: Option<String>,
    /// Department. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Payments")]
    pub department: Option<String>,
    /// Who decides. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub hiring_manager_id: Option<UserId>,
    /// Who works on it. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub recruiter_ids: Option<Vec<UserId>>,
    /// Months of experience, from.
    #[schema(example = 24)]
    pub experience_min_months: u32,
    /// Months of experience, to.
    #[schema(example = 96)]
    pub experience_max_months: u32,
    /// How many people are wanted.
    #[schema(example = 2)]
    pub positions: u32,
    /// Slug of `/v1/specialisations`.
    #[schema(example = "backend")]
    pub specialisation: String,
    /// In the form they are compared in: one spelling per skill.
    #[schema(example = json!(["postgresql", "rust"]))]
    pub mandatory_skills: Vec<String>,
    /// Job description, plain text.
    pub description: String,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// Gender is required of candidates.
    pub diversity_hiring: bool,
    /// 60 to 80. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 80)]
    pub recommended_score: Option<u8>,
    /// `open` or `archived`.
    #[schema(example = "open")]
    pub status: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<domain::JobView> for Job {
    fn from(view: domain::JobView) -> Self {
        match view {
            domain::JobView::Full(job) => Self {
                id: job.id,
                client_id: Some(job.client_id),
                title: job.title,
                external_id: job.external_id,
                department: job.department,
                hiring_manager_id: job.hiring_manager_id,
                recruiter_ids: Some(job.recruiter_ids.into_iter().collect()),
                experience_min_months: job.experience_min_months,
                experience_max_months: job.experience_max_months,
                positions: job.positions,
                specialisation: job.specialisation,
                mandatory_skills: job.mandatory_skills.into_iter().collect(),
                description: job.description,
                zone: job.zone.to_string(),
                diversity_hiring: job.diversity_hiring,
                recommended_score: Some(job.recommended_score),
                status: job.status.as_str().to_owned(),
                created_at: job.created_at,
            },
            domain::JobView::Agency(job) => Self {
                id: job.id,
                client_id: None,
                title: job.title,
                external_id: None,
                department: None,
                hiring_manager_id: None,
                recruiter_ids: None,
                experience_min_months: job.experience_min_months,
                experience_max_months: job.experience_max_months,
                positions: job.positions,
                specialisation: job.specialisation,
                mandatory_skills: job.mandatory_skills.into_iter().collect(),
                description: job.description,
                zone: job.zone.to_string(),
                diversity_hiring: job.diversity_hiring,
                recommended_score: None,
                status: job.status.as_str().to_owned(),
                created_at: job.created_at,
            },
        }
    }
}

/// The job with the version edits are made on; agencies make none.
fn answer(view: domain::JobView) -> (Option<ETag>, Json<Job>) {
    let version = match &view {
        domain::JobView::Full(job) => Some(ETag(job.version)),
        domain::JobView::Agency(_) => None,
    };
    (version, Json(view.into()))
}

/// A job to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    /// Whose; the operator must say it, everybody else may leave it out.
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// Title, at most 200 characters.
    #[schema(example = "Backend Engineer")]
    pub title: String,
    /// The client's own number for it.
    #[schema(example = "REQ-1042")]
    pub external_id: Option<String>,
    /// Department.
    #[schema(example = "Payments")]
    pub department: Option<String>,
    /// Who decides: an active user of the client.
    #[schema(value_type = Option<String>)]
    pub hiring_manager_id: Option<UserId>,
    /// Who works on it: active users of the client and of its agencies.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub recruiter_ids: Vec<UserId>,
    /// Months of experience, from.
    #[schema(example = 24, maximum = 720)]
    pub experience_min_months: u32,
    /// Months of experience, to.
    #[schema(example = 96, maximum = 720)]
    pub experience_max_months: u32,
    /// How many people are wanted; 1 if not said.
    #[serde(default = "one")]
    #[schema(example = 2, minimum = 1, maximum = 10000)]
    pub positions: u32,
    /// Slug of `/v1/specialisations`.
    #[schema(example = "backend")]
    pub specialisation: String,
    /// 1 to 30 skills; an interviewer needs at least one of them.
    #[schema(example = json!(["Rust", "Postgres"]), min_items = 1, max_items = 30)]
    pub mandatory_skills: Vec<String>,
    /// Job description, plain text, at most 20,000 characters.
    #[serde(default)]
    #[schema(example = "You build the services behind our shop.")]
    pub description: String,
    /// IANA time zone; the client's if not said.
    #[schema(example = "Asia/Kolkata")]
    pub zone: Option<String>,
    /// Gender is required of candidates.
    #[serde(default)]
    pub diversity_hiring: bool,
    /// 60 to 80; 80 if not said.
    #[schema(example = 80, minimum = 60, maximum = 80)]
    pub recommended_score: Option<u8>,
    /// Its rounds in order, at most 20; more can be added later.
    #[serde(default)]
    pub rounds: Vec<NewRound>,
}

fn one() -> u32 {
    1
}

impl From<NewJob> for domain::CreateJob {
    fn from(new: NewJob) -> Self {
        Self {
            client: new.client_id,
            job: domain::JobFields {
                title: new.title,
                external_id: new.external_id,
                department: new.department,
                hiring_manager: new.hiring_manager_id,
                recruiters: new.recruiter_ids,
                experience_min_months: new.experience_min_months,
                experience_max_months: new.experience_max_months,
                positions: new.positions,
                specialisation: new.specialisation,
                mandatory_skills: new.mandatory_skills,
                description: new.description,
                zone: new.zone,
                diversity_hiring: new.diversity_hiring,
                recommended_score: new.recommended_score,
            },
            rounds: new.rounds.into_iter().map(Into::into).collect(),
        }
    }
}

/// Changes to a job: what is left out stays; `null` empties what can be empty.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobPatch {
    /// Title.
    #[schema(example = "Senior Backend Engineer")]
    pub title: Option<String>,
    /// The client's own number for it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
    /// Department.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub department: Option<Option<String>>,
    /// Who decides.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub hiring_manager_id: Option<Option<UserId>>,
    /// Who works on it: all of them.
    #[schema(value_type = Option<Vec<String>>)]
    pub recruiter_ids: Option<Vec<UserId>>,
    /// Months of experience, from.
    pub experience_min_months: Option<u32>,
    /// Months of experience, to.
    pub experience_max_months: Option<u32>,
    /// How many people are wanted.
    pub positions: Option<u32>,
    /// Slug of `/v1/specialisations`.
    pub specialisation: Option<String>,
    /// All of them.
    pub mandatory_skills: Option<Vec<String>>,
    /// Job description, plain text.
    pub description: Option<String>,
    /// IANA time zone.
    pub zone: Option<String>,
    /// Gender is required of candidates.
    pub diversity_hiring: Option<bool>,
    /// 60 to 80.
    pub recommended_score: Option<u8>,
}

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    /// Only `open` or `archived` ones.
    #[param(example = "open")]
    pub status: Option<String>,
    /// Only the one with this number of the client's own.
    #[param(example = "REQ-1042")]
    pub external_id: Option<String>,
}

/// List jobs
///
/// Newest first. A recruiter limited to jobs and an agency's user see those they are named on.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "hiring", params(JobsQuery, PageQuery),
    responses((status = 200, description = "A page of jobs", body = PageOf<Job>))
)]
async fn list_jobs(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<JobsQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Job>>> {
    let status = query.status.as_deref();
    let status = status.map(|text| word("status", text, &domain::JobStatus::ALL, domain::JobStatus::as_str));
    let filter = HiringJobFilter { status: status.transpose()?, external_id: query.external_id };
    Ok(Json(PageOf::of(state.hdip.jobs(&caller, &filter, &page.page::<JobId>()?).await?)))
}

/// Open a job
#[utoipa::path(
    post, path = "/v1/jobs", tag = "hiring", request_body = NewJob,
    responses((status = 201, description = "Opened", body = Job))
)]
async fn create_job(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewJob>,
) -> ApiResult<Created<Job>> {
    let done = state.hdip.create_job(&caller, new.into()).await?;
    let id = done.output.job_id;
    let (version, Json(body)) = answer(state.hdip.job(&caller, id).await?);
    let version = version.map(|tag| tag.0);
    Ok(Created { location: format!("/v1/jobs/{id}"), version, replayed: done.replayed, body })
}

/// Read a job
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "hiring",
    params(("id" = String, Path, description = "Job", example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The job", body = Job))
)]
async fn get_job(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> ApiResult<(Option<ETag>, Json<Job>)> {
    Ok(answer(state.hdip.job(&caller, id).await?))
}

/// Change a job
#[utoipa::path(
    patch, path = "/v1/jobs/{id}", tag = "hiring",
    params(("id" = String, Path, description = "Job")), request_body = JobPatch,
    responses((status = 200, description = "Changed", body = Job))
)]
async fn update_job(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<JobId>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<JobPatch>,
) -> ApiResult<(Option<ETag>, Json<Job>)> {
    let update = domain::UpdateJob {
        expected,
        title: patch.title,
        external_id: patch.external_id,
        department: patch.department,
        hiring_manager: patch.hiring_manager_id,
        recruiters: patch.recruiter_ids,
        experience_min_months: patch.experience_min_months,
        experience_max_months: patch.experience_max_months,
        positions: patch.positions,
        specialisation: patch.specialisation,
        mandatory_skills: patch.mandatory_skills,
        description: patch.description,
        zone: patch.zone,
        diversity_hiring: patch.diversity_hiring,
        recommended_score: patch.recommended_score,
    };
    state.hdip.update_job(&caller, id, update).await?;
    Ok(answer(state.hdip.job(&caller, id).await?))
}

/// What becomes of undecided applications.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveMode {
    /// They stay, and confirmed interviews take place.
    Finish,
    /// They are dropped, and interviews still to come are called off.
    Cancel,
}
same_variants!(ArchiveMode, domain::ArchiveMode, Finish, Cancel);

/// How to archive a job.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveInput {
    /// Must be said when applications are undecided (409 `job_has_open_applications`).
    pub mode: Option<ArchiveMode>,
    /// Yes to the consequences of late changes, where interviews are called off late.
    #[serde(default)]
    pub late_ok: bool,
}

/// What archiving did.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Archived {
    /// Applications dropped.
    pub dropped: u32,
    /// Applications left alone because their interview has begun.
    pub still_running: u32,
}

/// Archive a job
///
/// It takes no more candidates, and nothing more is scheduled on it. Repeating it is no failure.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/archive", tag = "hiring",
    params(("id" = String, Path, description = "Job")), request_body = ArchiveInput,
    responses((status = 200, description = "Archived", body = Archived))
)]
async fn archive_job(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<JobId>,
    Json(input): Json<ArchiveInput>,
) -> ApiResult<(Replayed, Json<Archived>)> {
    let archive = domain::ArchiveJob { mode: input.mode.map(Into::into), late_ok: input.late_ok };
    let done = state.hdip.archive_job(&caller, id, archive).await?;
    let domain::ArchivedJob { dropped, still_running } = done.output;
    Ok((Replayed(done.replayed), Json(Archived { dropped, still_running })))
}

/// Open an archived job again
///
/// Applications that were dropped stay dropped.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/reopen", tag = "hiring",
    params(("id" = String, Path, description = "Job")),
    responses((status = 200, description = "Open", body = Job))
)]
async fn reopen_job(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> ApiResult<(StatusCode, Option<ETag>, Json<Job>)> {
    state.hdip.reopen_job(&caller, id).await?;
    let (version, job) = answer(state.hdip.job(&caller, id).await?);
    Ok((StatusCode::OK, version, job))
}

/// A round of a job.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Round {
    /// Its id.
    #[schema(value_type = String, example = "rnd_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: RoundId,
    /// Whose.
    #[schema(value_type = String, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: JobId,
    /// 1, 2, 3 …
    #[schema(example = 1, minimum = 1)]
    pub position: u32,
    /// Name.
    #[schema(example = "Technical")]
    pub name: String,
    /// 30, 45, 60, 90 or 120.
    #[schema(example = 60)]
    pub duration_minutes: u32,
    /// What the interviewer should look at. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Start with a small design question.")]
    pub guidelines: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<domain::RoundView> for Round {
    fn from(round: domain::RoundView) -> Self {
        Self {
            id: round.id,
            job_id: round.job_id,
            position: round.position,
            name: round.name,
            duration_minutes: round.duration_minutes,
            guidelines: round.guidelines,
            created_at: round.created_at,
        }
    }
}

/// A round to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRound {
    /// Name, at most 100 characters.
    #[schema(example = "Technical")]
    pub name: String,
    /// 30, 45, 60, 90 or 120.
    #[schema(example = 60)]
    pub duration_minutes: u32,
    /// What the interviewer should look at, at most 5,000 characters.
    #[serde(default)]
    #[schema(example = "Start with a small design question.")]
    pub guidelines: String,
}

impl From<NewRound> for domain::NewRound {
    fn from(new: NewRound) -> Self {
        Self { name: new.name, duration_minutes: new.duration_minutes, guidelines: new.guidelines }
    }
}

/// Changes to a round: what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundPatch {
    /// Name.
    #[schema(example = "System design")]
    pub name: Option<String>,
    /// 30, 45, 60, 90 or 120; only while no interview of the round is under way (409 `round_in_use`).
    pub duration_minutes: Option<u32>,
    /// What the interviewer should look at.
    pub guidelines: Option<String>,
}

/// List the rounds of a job
///
/// All of them, in order.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/rounds", tag = "hiring",
    params(("id" = String, Path, description = "Job")),
    responses((status = 200, description = "The rounds", body = PageOf<Round>))
)]
async fn list_rounds(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> ApiResult<Json<PageOf<Round>>> {
    let rounds = state.hdip.rounds(&caller, id).await?;
    Ok(Json(PageOf { items: rounds.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// Add a round to a job
///
/// After the last one.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/rounds", tag = "hiring",
    params(("id" = String, Path, description = "Job")), request_body = NewRound,
    responses((status = 201, description = "Added", body = Round))
)]
async fn add_round(
    State(state): State<AppState>,
    caller: Caller,
    Path(job): Path<JobId>,
    Json(new): Json<NewRound>,
) -> ApiResult<Created<Round>> {
    let done = state.hdip.add_round(&caller, job, new.into()).await?;
    let round = one_round(&state, &caller, job, done.output).await?;
    Ok(Created {
        location: format!("/v1/jobs/{job}/rounds/{}", round.id),
        version: Some(round.version),
        replayed: done.replayed,
        body: round.into(),
    })
}

pub(super) async fn one_round(
    state: &AppState,
    caller: &Caller,
    job: JobId,
    id: RoundId,
) -> ApiResult<domain::RoundView> {
    let rounds = state.hdip.rounds(caller, job).await?;
    let found = rounds.into_iter().find(|round| round.id == id);
    found.ok_or_else(|| ApiError::from(hdip_core::Error::NotFound("round")))
}

/// Read a round
#[utoipa::path(
    get, path = "/v1/jobs/{id}/rounds/{round_id}", tag = "hiring",
    params(("id" = String, Path, description = "Job"), ("round_id" = String, Path, description = "Round")),
    responses((status = 200, description = "The round", body = Round))
)]
async fn get_round(
    State(state): State<AppState>,
    caller: Caller,
    Path((job, id)): Path<(JobId, RoundId)>,
) -> ApiResult<(ETag, Json<Round>)> {
    let round = one_round(&state, &caller, job, id).await?;
    Ok((ETag(round.version), Json(round.into())))
}

/// Change a round
#[utoipa::path(
    patch, path = "/v1/jobs/{id}/rounds/{round_id}", tag = "hiring",
    params(("id" = String, Path, description = "Job"), ("round_id" = String, Path, description = "Round")),
    request_body = RoundPatch,
    responses((status = 200, description = "Changed", body = Round))
)]
async fn update_round(
    State(state): State<AppState>,
    caller: Caller,
    Path((job, id)): Path<(JobId, RoundId)>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<RoundPatch>,
) -> ApiResult<(ETag, Json<Round>)> {
    one_round(&state, &caller, job, id).await?;
    let update = domain::UpdateRound {
        expected,
        name: patch.name,
        duration_minutes: patch.duration_minutes,
        guidelines: patch.guidelines,
    };
    state.hdip.update_round(&caller, id, update).await?;
    let round = one_round(&state, &caller, job, id).await?;
    Ok((ETag(round.version), Json(round.into())))
}
