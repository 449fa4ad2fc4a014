//! Invitations of the signed-in interviewer.

use super::money::Amount;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::ApiResult;
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::scheduling as domain;
use hdip_core::values::{InterviewId, InvitationId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/invitations`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations))
        .routes(routes!(get_invitation))
        .routes(routes!(accept_invitation))
        .routes(routes!(decline_invitation))
}

/// Which invitations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InvitationQuery {
    /// Only those that can be answered now.
    #[serde(default)]
    pub open: bool,
}

/// A call to an interviewer: no candidate's name, no client's price.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// Its id.
    #[schema(value_type = String, example = "invt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: InvitationId,
    /// To which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// `open`, `accepted`, `declined`, `expired`, `closed` (taken by somebody else, or called off), `withdrawn`,
    /// `withdrawn_late`, `no_show`.
    #[schema(example = "open")]
    pub state: String,
    /// Open until then, exclusive.
    pub expires_at: DateTime<Utc>,
    /// Start of the interview.
    pub start: DateTime<Utc>,
    /// End of the interview.
    pub end: DateTime<Utc>,
    /// Title of the job.
    #[schema(example = "Backend Engineer")]
    pub job_title: String,
    /// The field.
    #[schema(example = "backend")]
    pub specialisation: String,
    /// Skills that matter.
    pub mandatory_skills: Vec<String>,
    /// The candidate's experience.
    #[schema(example = 60)]
    pub candidate_experience_months: u32,
    /// Where the candidate works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_company: Option<String>,
    /// What it pays.
    pub pay: Amount,
    /// The interviewer's own zone (IANA).
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
}

impl From<domain::InvitationView> for Invitation {
    fn from(view: domain::InvitationView) -> Self {
        Self {
            id: view.id,
            interview_id: view.interview_id,
            state: view.state.as_str().to_owned(),
            expires_at: view.expires_at,
            start: view.start,
            end: view.end,
            job_title: view.job_title,
            specialisation: view.specialisation,
            mandatory_skills: view.mandatory_skills,
            candidate_experience_months: view.candidate_experience_months,
            candidate_company: view.candidate_company,
            pay: view.pay.into(),
            zone: view.zone.to_string(),
        }
    }
}

/// A no.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeclineInput {
    /// Why.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// The interviewer knows the candidate: never asked about this person again.
    pub conflict_of_interest: bool,
}

impl From<DeclineInput> for domain::Decline {
    fn from(input: DeclineInput) -> Self {
        Self { reason: input.reason, conflict_of_interest: input.conflict_of_interest }
    }
}

/// List my invitations
///
/// The signed-in interviewer's own, newest first.
#[utoipa::path(
    get, path = "/v1/invitations", tag = "scheduling", params(InvitationQuery, PageQuery),
    responses((status = 200, description = "A page of invitations", body = PageOf<Invitation>))
)]
async fn list_invitations(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<InvitationQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Invitation>>> {
    let page = page.page::<InvitationId>()?;
    Ok(Json(PageOf::of(state.hdip.my_invitations(&caller, query.open, &page).await?)))
}

/// Read an invitation
#[utoipa::path(
    get, path = "/v1/invitations/{id}", tag = "scheduling",
    params(("id" = String, Path, description = "Invitation", example = "invt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The invitation", body = Invitation))
)]
async fn get_invitation(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InvitationId>,
) -> ApiResult<Json<Invitation>> {
    Ok(Json(state.hdip.invitation(&caller, id).await?.into()))
}

/// Accept an invitation
///
/// The first to accept gets the interview; the others are refused with `already_taken`.
#[utoipa::path(
    post, path = "/v1/invitations/{id}/accept", tag = "scheduling",
    params(("id" = String, Path, description = "Invitation")),
    responses((status = 200, description = "The invitation now", body = Invitation))
)]
async fn accept_invitation(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InvitationId>,
) -> ApiResult<(Replayed, Json<Invitation>)> {
    let done = state.hdip.accept_invitation(&caller, id).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.invitation(&caller, id).await?.into())))
}

/// Decline an invitation
#[utoipa::path(
    post, path = "/v1/invitations/{id}/decline", tag = "scheduling",
    params(("id" = String, Path, description = "Invitation")), request_body = DeclineInput,
    responses((status = 200, description = "The invitation now", body = Invitation))
)]
async fn decline_invitation(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InvitationId>,
    Json(input): Json<DeclineInput>,
) -> ApiResult<(Replayed, Json<Invitation>)> {
    let done = state.hdip.decline_invitation(&caller, id, input.into()).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.invitation(&caller, id).await?.into())))
}
