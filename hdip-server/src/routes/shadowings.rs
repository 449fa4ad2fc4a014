//! Shadowing: under a mentor, session by session, until it is signed off.

use super::interviewer_ladder::LadderReason;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiError, ApiResult};
use crate::reply::{Created, ETag, Replayed};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::ladder as domain;
use hdip_core::values::{InterviewId, InterviewerId, ShadowingId, ShadowingSessionId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/shadowings…`, `/v1/shadowing-sessions…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_shadowings, start_shadowing))
        .routes(routes!(get_shadowing))
        .routes(routes!(change_mentor))
        .routes(routes!(sign_off_shadowing))
        .routes(routes!(end_shadowing))
        .routes(routes!(plan_shadowing_session))
        .routes(routes!(cancel_shadowing_session))
        .routes(routes!(settle_shadowing_session))
        .routes(routes!(get_observed_interview))
}

/// An interviewer's way to a certification, under a mentor.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Shadowing {
    /// Its id.
    #[schema(value_type = String, example = "shdw_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ShadowingId,
    /// Who learns.
    #[schema(value_type = String, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interviewer_id: InterviewerId,
    /// Name of who learns.
    #[schema(example = "Nila Bose")]
    pub interviewer_name: String,
    /// Who signs it off.
    #[schema(value_type = String, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2ab")]
    pub mentor_id: InterviewerId,
    /// Name of the mentor.
    #[schema(example = "Ravi Kumar")]
    pub mentor_name: String,
    /// Slug.
    #[schema(example = "backend")]
    pub specialisation: String,
    /// 1 to 3.
    #[schema(example = 2)]
    pub level: u8,
    /// `open`, `signed_off`, `ended`.
    #[schema(example = "open")]
    pub status: String,
    /// Interviews observed so far.
    #[schema(example = 1)]
    pub observed: u32,
    /// To be observed.
    #[schema(example = 2)]
    pub observed_needed: u32,
    /// Interviews led so far.
    #[schema(example = 0)]
    pub led: u32,
    /// To be led.
    #[schema(example = 1)]
    pub led_needed: u32,
    /// Sessions, oldest first.
    pub sessions: Vec<ShadowingSession>,
    /// The mentor's note, or why it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was signed off or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
}

/// An interview that somebody observes, or leads as a learner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ShadowingSession {
    /// Its id.
    #[schema(value_type = String, example = "shse_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ShadowingSessionId,
    /// Which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// `observed` or `led`.
    #[schema(example = "observed")]
    pub kind: String,
    /// `planned`, `attended`, `missed`, `cancelled`.
    #[schema(example = "attended")]
    pub state: String,
    /// Start of the interview.
    pub start: DateTime<Utc>,
    /// When it was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<DateTime<Utc>>,
    /// A note of who settled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl From<domain::ShadowingSession> for ShadowingSession {
    fn from(row: domain::ShadowingSession) -> Self {
        Self {
            id: row.id,
            interview_id: row.interview_id,
            kind: row.kind.as_str().into(),
            state: row.state.as_str().into(),
            start: row.start,
            settled_at: row.settled_at,
            note: row.note,
        }
    }
}

impl From<domain::ShadowingView> for Shadowing {
    fn from(view: domain::ShadowingView) -> Self {
        let (row, progress) = (view.shadowing, view.progress);
        Self {
            id: row.id,
            interviewer_id: row.interviewer_id,
            interviewer_name: view.interviewer_name,
            mentor_id: row.mentor_id,
            mentor_name: view.mentor_name,
            specialisation: row.specialisation,
            level: row.level,
            status: row.status.as_str().into(),
            observed: progress.observed,
            observed_needed: progress.observed_needed,
            led: progress.led,
            led_needed: progress.led_needed,
            sessions: view.sessions.into_iter().map(Into::into).collect(),
            note: row.note,
            ended_at: row.ended_at,
            created_at: row.created_at,
        }
    }
}

async fn one(state: &AppState, caller: &Caller, id: ShadowingId) -> ApiResult<(ETag, Json<Shadowing>)> {
    let view = state.hdip.shadowing(caller, id).await?;
    Ok((ETag(view.shadowing.version), Json(view.into())))
}

/// Which shadowings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShadowingsQuery {
    /// Only those in which this interviewer learns or mentors.
    #[param(example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interviewer_id: Option<String>,
}

/// List shadowings
///
/// Newest first: all of them for the operator, an interviewer's own for itself, as learner or mentor.
#[utoipa::path(
    get, path = "/v1/shadowings", tag = "ladder", params(ShadowingsQuery, PageQuery),
    responses((status = 200, description = "A page of shadowings", body = PageOf<Shadowing>))
)]
async fn list_shadowings(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ShadowingsQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Shadowing>>> {
    let of = query.interviewer_id.map(|id| id.parse::<InterviewerId>()).transpose();
    let of = of.map_err(|error| ApiError::field("interviewer_id", "invalid_id", error.to_string()))?;
    let page = page.page::<ShadowingId>()?;
    Ok(Json(PageOf::of(state.hdip.shadowings(&caller, of, &page).await?)))
}

/// A shadowing to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShadowing {
    /// Who learns.
    #[schema(value_type = String, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interviewer_id: InterviewerId,
    /// Who signs it off.
    #[schema(value_type = String, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2ab")]
    pub mentor_id: InterviewerId,
    /// One of the learner's specialisations.
    #[schema(example = "backend")]
    pub specialisation: String,
    /// 1 to 3.
    #[schema(example = 2, minimum = 1, maximum = 3)]
    pub level: u8,
}

/// Begin a shadowing
///
/// The learner must have seen to the checklist (409 `checklist_incomplete`). For the operator.
#[utoipa::path(
    post, path = "/v1/shadowings", tag = "ladder", request_body = NewShadowing,
    responses((status = 201, description = "Begun", body = Shadowing))
)]
async fn start_shadowing(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewShadowing>,
) -> ApiResult<Created<Shadowing>> {
    let start = domain::StartShadowing {
        interviewer: new.interviewer_id,
        mentor: new.mentor_id,
        specialisation: new.specialisation,
        level: new.level,
    };
    let done = state.hdip.start_shadowing(&caller, start).await?;
    let (ETag(version), Json(body)) = one(&state, &caller, done.output).await?;
    let location = format!("/v1/shadowings/{}", done.output);
    Ok(Created { location, version: Some(version), replayed: done.replayed, body })
}

/// Read a shadowing
///
/// For the operator, its learner and its mentor.
#[utoipa::path(
    get, path = "/v1/shadowings/{id}", tag = "ladder", params(("id" = String, Path, description = "Shadowing", example = "shdw_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The shadowing", body = Shadowing))
)]
async fn get_shadowing(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingId>,
) -> ApiResult<(ETag, Json<Shadowing>)> {
    one(&state, &caller, id).await
}

/// Another mentor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MentorInput {
    /// Who signs it off from now on.
    #[schema(value_type = String, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2ab")]
    pub mentor_id: InterviewerId,
}

/// Change the mentor of a shadowing
///
/// What was attended stays attended. For the operator.
#[utoipa::path(
    post, path = "/v1/shadowings/{id}/mentor", tag = "ladder", params(("id" = String, Path, description = "Shadowing", example = "shdw_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = MentorInput,
    responses((status = 200, description = "Changed", body = Shadowing))
)]
async fn change_mentor(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingId>,
    IfMatch(expected): IfMatch,
    Json(input): Json<MentorInput>,
) -> ApiResult<(Replayed, ETag, Json<Shadowing>)> {
    let done = state.hdip.change_mentor(&caller, id, input.mentor_id, expected).await?;
    let (etag, body) = one(&state, &caller, id).await?;
    Ok((Replayed(done.replayed), etag, body))
}

/// The mentor's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOffInput {
    /// What the mentor saw, 1 to 2000 characters.
    #[schema(example = "Asks openly, listens, keeps time.", max_length = 2000)]
    pub note: String,
}

/// Sign a shadowing off
///
/// By its mentor alone, when enough was observed and led (409 `shadowing_incomplete`). The learner is certified.
#[utoipa::path(
    post, path = "/v1/shadowings/{id}/sign-off", tag = "ladder", params(("id" = String, Path, description = "Shadowing", example = "shdw_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = SignOffInput,
    responses((status = 200, description = "Signed off", body = Shadowing))
)]
async fn sign_off_shadowing(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingId>,
    Json(input): Json<SignOffInput>,
) -> ApiResult<(Replayed, ETag, Json<Shadowing>)> {
    let done = state.hdip.sign_off_shadowing(&caller, id, &input.note).await?;
    let (etag, body) = one(&state, &caller, id).await?;
    Ok((Replayed(done.replayed), etag, body))
}

/// End a shadowing without a certification
///
/// Planned sessions are called off. For the operator.
#[utoipa::path(
    post, path = "/v1/shadowings/{id}/end", tag = "ladder", params(("id" = String, Path, description = "Shadowing", example = "shdw_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = LadderReason,
    responses((status = 200, description = "Ended", body = Shadowing))
)]
async fn end_shadowing(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingId>,
    Json(input): Json<LadderReason>,
) -> ApiResult<(Replayed, ETag, Json<Shadowing>)> {
    let done = state.hdip.end_shadowing(&caller, id, &input.reason).await?;
    let (etag, body) = one(&state, &caller, id).await?;
    Ok((Replayed(done.replayed), etag, body))
}

/// A session to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShadowingSession {
    /// Which interview; confirmed, and of the shadowing's specialisation.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// What is done.
    pub kind: SessionKind,
}

/// What somebody does at a session.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// Listens, silently.
    Observed,
    /// Leads, in the mentor's presence: the interview must be the mentor's.
    Led,
}

/// Plan a shadowing session
///
/// The learner's time is taken; candidate and interviewer are told. For the operator, and the mentor in the own
/// interviews.
#[utoipa::path(
    post, path = "/v1/shadowings/{id}/sessions", tag = "ladder", params(("id" = String, Path, description = "Shadowing", example = "shdw_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = NewShadowingSession,
    responses((status = 201, description = "Planned", body = Shadowing))
)]
async fn plan_shadowing_session(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingId>,
    Json(new): Json<NewShadowingSession>,
) -> ApiResult<Created<Shadowing>> {
    let kind = match new.kind {
        SessionKind::Observed => domain::SessionKind::Observed,
        SessionKind::Led => domain::SessionKind::Led,
    };
    let plan = domain::PlanSession { interview: new.interview_id, kind };
    let done = state.hdip.plan_session(&caller, id, plan).await?;
    let (ETag(version), Json(body)) = one(&state, &caller, id).await?;
    let location = format!("/v1/shadowings/{id}");
    Ok(Created { location, version: Some(version), replayed: done.replayed, body })
}

/// Call a planned session off
///
/// For the operator and the mentor.
#[utoipa::path(
    post, path = "/v1/shadowing-sessions/{id}/cancel", tag = "ladder", params(("id" = String, Path, description = "Session", example = "shse_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 204, description = "Called off"))
)]
async fn cancel_shadowing_session(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingSessionId>,
) -> ApiResult<(Replayed, StatusCode)> {
    let done = state.hdip.cancel_session(&caller, id).await?;
    Ok((Replayed(done.replayed), StatusCode::NO_CONTENT))
}

/// Whether the learner was there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// Yes or no.
    pub attended: bool,
    /// A note, at most 1000 characters.
    #[schema(example = "came late", max_length = 1000)]
    pub note: Option<String>,
}

/// Say whether the learner was there
///
/// Once the interview is over. For the operator, the mentor, and whose interview it was.
#[utoipa::path(
    post, path = "/v1/shadowing-sessions/{id}/settle", tag = "ladder", params(("id" = String, Path, description = "Session", example = "shse_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = Settlement,
    responses((status = 204, description = "Settled"))
)]
async fn settle_shadowing_session(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingSessionId>,
    Json(input): Json<Settlement>,
) -> ApiResult<(Replayed, StatusCode)> {
    let done = state.hdip.settle_session(&caller, id, input.attended, input.note.as_deref()).await?;
    Ok((Replayed(done.replayed), StatusCode::NO_CONTENT))
}

/// An interview as its silent observer sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ObservedInterview {
    /// The session.
    pub session: ShadowingSession,
    /// State of the interview.
    #[schema(example = "confirmed")]
    pub state: String,
    /// Start.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
    /// Title of the job.
    #[schema(example = "Backend Engineer")]
    pub job_title: String,
    /// Name of the round.
    #[schema(example = "Technical")]
    pub round_name: String,
    /// Name of the client.
    #[schema(example = "Acme")]
    pub client_brand: String,
    /// The meeting link, once there is one, while it is of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://meet.jit.si/hdip-abc")]
    pub meeting_url: Option<String>,
    /// Name of the candidate.
    #[schema(example = "Asha Rao")]
    pub candidate_name: String,
    /// Months of experience of the candidate.
    #[schema(example = 60)]
    pub candidate_experience_months: u32,
    /// Its present employer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Initech")]
    pub candidate_company: Option<String>,
    /// Job description.
    pub job_description: String,
    /// What to look at.
    pub guidelines: String,
    /// Mandatory skills.
    #[schema(example = json!(["rust"]))]
    pub mandatory_skills: Vec<String>,
    /// Whose interview it is.
    #[schema(example = "Ravi Kumar")]
    pub lead_name: String,
}

/// Read the interview of a session
///
/// For its learner. Nothing in it can be filed.
#[utoipa::path(
    get, path = "/v1/shadowing-sessions/{id}/interview", tag = "ladder", params(("id" = String, Path, description = "Session", example = "shse_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The interview", body = ObservedInterview))
)]
async fn get_observed_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ShadowingSessionId>,
) -> ApiResult<Json<ObservedInterview>> {
    let view = state.hdip.observed_interview(&caller, id).await?;
    Ok(Json(ObservedInterview {
        session: view.session.into(),
        state: view.basics.state.as_str().into(),
        start: view.basics.start,
        end: view.basics.end,
        job_title: view.basics.job_title,
        round_name: view.basics.round_name,
        client_brand: view.basics.client_brand,
        meeting_url: view.basics.meeting_url,
        candidate_name: view.candidate_name,
        candidate_experience_months: view.candidate_experience_months,
        candidate_company: view.candidate_company,
        job_description: view.job_description,
        guidelines: view.guidelines,
        mandatory_skills: view.mandatory_skills,
        lead_name: view.lead_name,
    }))
}
