//! What is done to an interview: call it off, move it, replace, begin and end, take its outcome.

use super::interview_views::{Interview, InterviewBasics, MyInterview};
use super::interviews::created;
use super::slots::start_choice;
use crate::auth::Caller;
use crate::extract::{Json, Path};
use crate::problem::ApiResult;
use crate::reply::{Created, Replayed};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::scheduling as domain;
use hdip_core::values::{HoldId, InterviewId, InterviewerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Below `/v1/interviews/{id}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(cancel_interview))
        .routes(routes!(reschedule_interview))
        .routes(routes!(withdraw_interviewer))
        .routes(routes!(release_interviewer))
        .routes(routes!(assign_interviewer))
        .routes(routes!(end_interview))
        .routes(routes!(report_no_show))
        .routes(routes!(interrupt_interview))
        .routes(routes!(close_interview))
        .routes(routes!(request_redo))
}

/// Calling an interview off.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CancelInput {
    /// Why.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// Yes to the consequence of a late change.
    pub late_ok: bool,
}

impl From<CancelInput> for domain::Cancel {
    fn from(input: CancelInput) -> Self {
        Self { reason: input.reason, late_ok: input.late_ok }
    }
}

/// Moving an interview: to a held start, or to one named directly.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RescheduleInput {
    /// The hold on the new start; instead of `start`.
    #[schema(value_type = Option<String>)]
    pub hold_id: Option<HoldId>,
    /// The new start itself; instead of `hold_id`.
    pub start: Option<DateTime<Utc>>,
    /// Yes to a `start` between 22:00 and 07:00 for the candidate.
    pub odd_hours_ok: bool,
    /// Why.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// Yes to the consequence of a late change.
    pub late_ok: bool,
}

impl RescheduleInput {
    /// For the domain.
    ///
    /// # Errors
    /// `one_of` unless exactly one of hold and start is given.
    pub fn parse(self) -> ApiResult<domain::Reschedule> {
        let start = start_choice(self.hold_id, self.start, self.odd_hours_ok)?;
        Ok(domain::Reschedule { start, reason: self.reason, late_ok: self.late_ok })
    }
}

/// Why, where that is optional.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OptionalReasonInput {
    /// Why.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// Why, where that must be said.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonInput {
    /// Why; on the record.
    #[schema(min_length = 1, max_length = 500, example = "asked by the client on the phone")]
    pub reason: String,
}

/// Assigning an interviewer by hand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignInput {
    /// Whom.
    #[schema(value_type = String, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interviewer_id: InterviewerId,
    /// Why; on the record.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Who stayed away.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// The candidate.
    Candidate,
    /// The interviewer.
    Interviewer,
}

impl From<Absent> for domain::Absent {
    fn from(who: Absent) -> Self {
        match who {
            Absent::Candidate => Self::Candidate,
            Absent::Interviewer => Self::Interviewer,
        }
    }
}

/// A report that somebody stayed away.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoShowInput {
    /// Who.
    pub who: Absent,
    /// What happened.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// What an interview counts as.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// It counts.
    Completed,
    /// The candidate left or never came.
    CandidateNoShow,
    /// The interviewer left or never came.
    InterviewerNoShow,
    /// It does not count; the client may repeat it free of charge.
    FreeRepeat,
}

impl From<Closing> for domain::Closing {
    fn from(closing: Closing) -> Self {
        match closing {
            Closing::Completed => Self::Completed,
            Closing::CandidateNoShow => Self::CandidateNoShow,
            Closing::InterviewerNoShow => Self::InterviewerNoShow,
            Closing::FreeRepeat => Self::FreeRepeat,
        }
    }
}

/// Closing an interview by hand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseInput {
    /// What it counts as.
    pub closing: Closing,
    /// Why; on the record.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// The interview as it is now.
type Fresh = (Replayed, Json<Interview>);

async fn fresh(state: &AppState, caller: &Caller, id: InterviewId, replayed: bool) -> ApiResult<Fresh> {
    Ok((Replayed(replayed), Json(state.hdip.interview(caller, id).await?.into())))
}

/// Cancel an interview
///
/// Late and confirmed, it needs `late_ok`: ask for the consequence first.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/cancel", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")), request_body = CancelInput,
    responses((status = 200, description = "The interview now", body = Interview))
)]
async fn cancel_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<CancelInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.cancel_interview(&caller, id, input.into()).await?;
    fresh(&state, &caller, id, done.replayed).await
}

/// Move an interview
///
/// The old interviewer is released at once and a new interview takes its place, which is the answer. Late
/// and confirmed, it needs `late_ok`.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/reschedule", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")), request_body = RescheduleInput,
    responses((status = 201, description = "The new interview", body = Interview))
)]
async fn reschedule_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<RescheduleInput>,
) -> ApiResult<Created<Interview>> {
    let done = state.hdip.reschedule_interview(&caller, id, input.parse()?).await?;
    created(&state, &caller, done.output.interview_id, done.replayed).await
}

/// Give an interview back
///
/// For its interviewer. While enough time remains somebody else is looked for; a withdrawal inside the late
/// hours counts as an absence.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/withdraw", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")), request_body = OptionalReasonInput,
    responses((status = 204, description = "Given back"))
)]
async fn withdraw_interviewer(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<OptionalReasonInput>,
) -> ApiResult<(StatusCode, Replayed, ())> {
    // There is no view to answer with: the interview is no longer the caller's.
    let done = state.hdip.withdraw_interviewer(&caller, id, input.reason).await?;
    Ok((StatusCode::NO_CONTENT, Replayed(done.replayed), ()))
}

/// Release the interviewer
///
/// For the operator: takes the interviewer off a confirmed interview, as if it had withdrawn in time.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/release", tag = "operations",
    params(("id" = String, Path, description = "Interview")), request_body = ReasonInput,
    responses((status = 200, description = "The interview now", body = Interview))
)]
async fn release_interviewer(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<ReasonInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.release_interviewer(&caller, id, &input.reason).await?;
    fresh(&state, &caller, id, done.replayed).await
}

/// Assign an interviewer by hand
///
/// For the operator: matching, caps and gaps are overridden, overlap never is.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/assign", tag = "operations",
    params(("id" = String, Path, description = "Interview")), request_body = AssignInput,
    responses((status = 200, description = "The interview now", body = Interview))
)]
async fn assign_interviewer(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<AssignInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.assign_interviewer(&caller, id, input.interviewer_id, &input.reason).await?;
    fresh(&state, &caller, id, done.replayed).await
}

/// End an interview
///
/// For its interviewer: it is over before its time. Without this it ends by the clock.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/end", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")),
    responses((status = 200, description = "The interview now", body = MyInterview))
)]
async fn end_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
) -> ApiResult<(Replayed, Json<MyInterview>)> {
    let done = state.hdip.end_interview(&caller, id).await?;
    let view = state.hdip.interview_of_interviewer(&caller, id).await?;
    Ok((Replayed(done.replayed), Json(view.into())))
}

/// Report that somebody stayed away
///
/// The interviewer reports the candidate, the client the interviewer, the operator either; from the
/// policy's minutes after the start on.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/no-show", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")), request_body = NoShowInput,
    responses((status = 200, description = "The interview now", body = InterviewBasics))
)]
async fn report_no_show(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<NoShowInput>,
) -> ApiResult<(Replayed, Json<InterviewBasics>)> {
    let done = state.hdip.report_no_show(&caller, id, input.who.into(), input.note).await?;
    Ok((Replayed(done.replayed), Json(basics(&state, &caller, id).await?)))
}

/// Report that an interview was cut short
///
/// For its interviewer and the operator: the line was lost, or somebody left. It then waits for the operator
/// to close it.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/interrupt", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")), request_body = OptionalReasonInput,
    responses((status = 200, description = "The interview now", body = InterviewBasics))
)]
async fn interrupt_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<OptionalReasonInput>,
) -> ApiResult<(Replayed, Json<InterviewBasics>)> {
    let done = state.hdip.interrupt_interview(&caller, id, input.reason).await?;
    Ok((Replayed(done.replayed), Json(basics(&state, &caller, id).await?)))
}

/// What any side may know, from the view the caller has.
async fn basics(state: &AppState, caller: &Caller, id: InterviewId) -> ApiResult<InterviewBasics> {
    let basics = match caller.actor.interviewer() {
        Ok(_) => state.hdip.interview_of_interviewer(caller, id).await?.basics,
        Err(_) => state.hdip.interview(caller, id).await?.basics,
    };
    Ok(basics.into())
}

/// Close an interview by hand
///
/// For the operator: decides what an interview counts as that was interrupted, or whose feedback is handled
/// by hand.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/close", tag = "operations",
    params(("id" = String, Path, description = "Interview")), request_body = CloseInput,
    responses((status = 200, description = "The interview now", body = Interview))
)]
async fn close_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<CloseInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.close_interview(&caller, id, input.closing.into(), &input.reason).await?;
    fresh(&state, &caller, id, done.replayed).await
}

/// Ask for a redo
///
/// The completed interview of the present round is repeated with somebody else, at full price. The
/// application can then be scheduled again.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/redo", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")), request_body = ReasonInput,
    responses((status = 200, description = "The interview now", body = Interview))
)]
async fn request_redo(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<ReasonInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.request_redo(&caller, id, &input.reason).await?;
    fresh(&state, &caller, id, done.replayed).await
}
