//! What the operations desk does: outcomes put right, deadlines put off, links sent again, fees waived, grants.

use super::interview_actions::ReasonInput;
use super::interview_views::Interview;
use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::{Created, Replayed};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::desk as domain;
use hdip_core::values::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Actions of the desk on interviews, invitations, applications, users, charges and clients.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(correct_outcome))
        .routes(routes!(extend_feedback))
        .routes(routes!(set_meeting_link))
        .routes(routes!(resend_invitations))
        .routes(routes!(resend_scheduling_link))
        .routes(routes!(resend_user_invitation))
        .routes(routes!(waive_charge))
        .routes(routes!(list_grants, give_grant))
}

/// What an interview is made to count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took place: the scorecard is due.
    AwaitingFeedback,
    /// The candidate stayed away: the late fee applies.
    CandidateNoShow,
    /// The interviewer stayed away: free.
    InterviewerNoShow,
    /// It does not count: free, to be repeated.
    ClosedWithoutFeedback,
    /// Called off late by the client or the candidate: the late fee applies.
    LateCancellation,
    /// Called off by the operator: free.
    OperatorCancellation,
}
same_variants!(
    Outcome,
    domain::Outcome,
    AwaitingFeedback,
    CandidateNoShow,
    InterviewerNoShow,
    ClosedWithoutFeedback,
    LateCancellation,
    OperatorCancellation
);

/// A correction of an outcome.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectOutcomeInput {
    /// What it counts as.
    pub outcome: Outcome,
    /// Why; on the record.
    #[schema(min_length = 3, max_length = 500, example = "the recording shows that both were there")]
    pub reason: String,
}

/// A later deadline.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendFeedbackInput {
    /// Until when; later than before, at most 14 days from now.
    pub until: DateTime<Utc>,
    /// Why; on the record.
    #[schema(min_length = 3, max_length = 500, example = "the interviewer was ill")]
    pub reason: String,
}

/// A meeting link made by hand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingLinkInput {
    /// The link.
    #[schema(max_length = 500, example = "https://meet.example/abc-defg")]
    pub url: String,
    /// Why; on the record.
    #[schema(min_length = 3, max_length = 500, example = "the provider is down")]
    pub reason: String,
}

/// A charge, or part of it, taken off.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiveInput {
    /// How much, in minor units; all that is left if not said.
    #[serde(default)]
    #[schema(minimum = 1, example = 80000)]
    pub amount_minor: Option<i64>,
    /// Why; on the record.
    #[schema(min_length = 3, max_length = 500, example = "our mail was late")]
    pub reason: String,
}

/// The counter-entry of a charge.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Waived {
    /// Its id in the list of charges.
    #[schema(value_type = String, example = "chg_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub charge_id: ChargeId,
}

/// A link is on its way.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkResent {
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// What is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// Completed interviews that cost the client nothing.
    FreeInterviews,
    /// Credits.
    Credits,
}
same_variants!(GrantKind, domain::GrantKind, FreeInterviews, Credits);

/// Free interviews or credits to give.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantInput {
    /// What.
    pub kind: GrantKind,
    /// How many: at most 1,000 free interviews or 1,000,000 credits.
    #[schema(minimum = 1, example = 2)]
    pub amount: u32,
    /// Good until then; for ever if not said.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why; on the record.
    #[schema(min_length = 3, max_length = 500, example = "goodwill after two absences")]
    pub reason: String,
}

/// Free interviews or credits given to a client.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Its id.
    #[schema(value_type = String, example = "grnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: GrantId,
    /// What.
    pub kind: GrantKind,
    /// How many.
    #[schema(example = 2)]
    pub amount: u32,
    /// How many are left.
    #[schema(example = 1)]
    pub left: u32,
    /// Good until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

impl From<domain::Grant> for Grant {
    fn from(grant: domain::Grant) -> Self {
        Self {
            id: grant.id,
            kind: grant.kind.into(),
            amount: grant.amount,
            left: grant.left(),
            expires_at: grant.expires_at,
            created_at: grant.created_at,
        }
    }
}

/// That something was granted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Granted {
    /// Id of the grant.
    #[schema(value_type = String, example = "grnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: GrantId,
}

type Fresh = (Replayed, Json<Interview>);

async fn fresh(state: &AppState, caller: &Caller, id: InterviewId, replayed: bool) -> ApiResult<Fresh> {
    Ok((Replayed(replayed), Json(state.hdip.interview(caller, id).await?.into())))
}

/// Correct an outcome
///
/// What was booked for the old outcome is countered, what the new one costs is booked, and everybody concerned is
/// told. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/outcome", tag = "operations",
    params(("id" = String, Path, description = "Interview")), request_body = CorrectOutcomeInput,
    responses((status = 200, description = "The interview now", body = Interview), (status = "default", description = "Refused", body = Problem))
)]
async fn correct_outcome(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<CorrectOutcomeInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.correct_outcome(&caller, id, input.outcome.into(), &input.reason).await?;
    fresh(&state, &caller, id, done.replayed).await
}

/// Put off feedback
///
/// Nothing is deducted until then; reminders and the closing move with it. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/feedback-extension", tag = "operations",
    params(("id" = String, Path, description = "Interview")), request_body = ExtendFeedbackInput,
    responses((status = 200, description = "The interview now", body = Interview), (status = "default", description = "Refused", body = Problem))
)]
async fn extend_feedback(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<ExtendFeedbackInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.extend_feedback(&caller, id, input.until, &input.reason).await?;
    fresh(&state, &caller, id, done.replayed).await
}

/// Set the meeting link
///
/// By hand, where the provider does not make one; everybody is told. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/meeting-link", tag = "operations",
    params(("id" = String, Path, description = "Interview")), request_body = MeetingLinkInput,
    responses((status = 200, description = "The interview now", body = Interview), (status = "default", description = "Refused", body = Problem))
)]
async fn set_meeting_link(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<MeetingLinkInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.set_meeting_link(&caller, id, &input.url, &input.reason).await?;
    fresh(&state, &caller, id, done.replayed).await
}

/// Send the invitations again
///
/// To everybody who was called and has not answered: they are open for another while. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/invitations/resend", tag = "operations",
    params(("id" = String, Path, description = "Interview")), request_body = ReasonInput,
    responses((status = 202, description = "On their way", body = LinkResent), (status = "default", description = "Refused", body = Problem))
)]
async fn resend_invitations(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<ReasonInput>,
) -> ApiResult<(StatusCode, Replayed, Json<LinkResent>)> {
    let done = state.hdip.resend_invitations(&caller, id, &input.reason).await?;
    let sent = LinkResent { expires_at: done.output.expires_at };
    Ok((StatusCode::ACCEPTED, Replayed(done.replayed), Json(sent)))
}

/// Send a scheduling link again
///
/// Renewed for the policy's days. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/applications/{id}/scheduling-link/resend", tag = "operations",
    params(("id" = String, Path, description = "Application")), request_body = ReasonInput,
    responses((status = 202, description = "On its way", body = LinkResent), (status = "default", description = "Refused", body = Problem))
)]
async fn resend_scheduling_link(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Json(input): Json<ReasonInput>,
) -> ApiResult<(StatusCode, Replayed, Json<LinkResent>)> {
    let done = state.hdip.resend_scheduling_link(&caller, id, &input.reason).await?;
    let sent = LinkResent { expires_at: done.output.expires_at };
    Ok((StatusCode::ACCEPTED, Replayed(done.replayed), Json(sent)))
}

/// Send a user's invitation again
///
/// For a user who has no password yet; the link mailed before is no longer good. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/users/{id}/invitation/resend", tag = "operations",
    params(("id" = String, Path, description = "User")), request_body = ReasonInput,
    responses((status = 202, description = "On its way"), (status = "default", description = "Refused", body = Problem))
)]
async fn resend_user_invitation(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(input): Json<ReasonInput>,
) -> ApiResult<(StatusCode, Replayed, ())> {
    let done = state.hdip.resend_user_invitation(&caller, id, &input.reason).await?;
    Ok((StatusCode::ACCEPTED, Replayed(done.replayed), ()))
}

/// Waive a charge
///
/// Whole or in part, once, by a counter-entry; the client's owners are told. For platform admins.
#[utoipa::path(
    post, path = "/v1/charges/{id}/waive", tag = "money",
    params(("id" = String, Path, description = "Charge")), request_body = WaiveInput,
    responses((status = 201, description = "Waived", body = Waived), (status = "default", description = "Refused", body = Problem))
)]
async fn waive_charge(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ChargeId>,
    Json(input): Json<WaiveInput>,
) -> ApiResult<Created<Waived>> {
    let done = state.hdip.waive_charge(&caller, id, input.amount_minor, &input.reason).await?;
    Ok(Created {
        location: "/v1/charges".into(),
        version: None,
        replayed: done.replayed,
        body: Waived { charge_id: done.output },
    })
}

/// List grants
///
/// Free interviews and credits given to a client, newest first. For its owner, keys with `billing:read` and the
/// operator's staff.
#[utoipa::path(
    get, path = "/v1/clients/{id}/grants", tag = "money",
    params(("id" = String, Path, description = "Client"), PageQuery),
    responses((status = 200, description = "A page of grants", body = PageOf<Grant>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_grants(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Grant>>> {
    Ok(Json(PageOf::of(state.hdip.grants(&caller, id, &page.page::<GrantId>()?).await?)))
}

/// Grant free interviews or credits
///
/// Completed interviews use free ones first, before any money; the interviewer is paid all the same. The client's
/// owners are told. For platform admins.
#[utoipa::path(
    post, path = "/v1/clients/{id}/grants", tag = "money",
    params(("id" = String, Path, description = "Client")), request_body = GrantInput,
    responses((status = 201, description = "Granted", body = Granted), (status = "default", description = "Refused", body = Problem))
)]
async fn give_grant(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Json(input): Json<GrantInput>,
) -> ApiResult<Created<Granted>> {
    let grant = domain::GiveGrant {
        kind: input.kind.into(),
        amount: input.amount,
        expires_at: input.expires_at,
        reason: input.reason,
    };
    let done = state.hdip.give_grant(&caller, id, grant).await?;
    Ok(Created {
        location: format!("/v1/clients/{id}/grants"),
        version: None,
        replayed: done.replayed,
        body: Granted { id: done.output },
    })
}
