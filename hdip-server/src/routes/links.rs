//! What the holder of a link may do, for front ends with their own pages. The server's own pages are at
//! `/l/{token}`.
//!
//! The token in the path is the credential. It stands in no log line and no metric: those have the route's
//! template. A GET never acts.

use super::account_links::AccountLink;
use super::interview_actions::{CancelInput, OptionalReasonInput, RescheduleInput};
use super::interview_views::{CandidateInterview, Consequence, InterviewBasics, MyInterview};
use super::invitations::{DeclineInput, Invitation};
use super::slots::{Hold, HoldInput, Slots, SlotsQuery};
use crate::auth::Visitor;
use crate::extract::{Json, Query};
use crate::metrics::finding_starts;
use crate::problem::ApiResult;
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use hdip_core::access::{Actor, LinkPurpose};
use hdip_core::scheduling as domain;
use hdip_core::values::{ApplicationId, HoldId, InterviewId};
use hdip_core::{Ctx, Error, Hdip};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/links/{token}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(open_link))
        .routes(routes!(link_slots))
        .routes(routes!(link_hold))
        .routes(routes!(link_request))
        .routes(routes!(link_consents))
        .routes(routes!(link_accept))
        .routes(routes!(link_decline))
        .routes(routes!(link_change_consequence))
        .routes(routes!(link_cancel))
        .routes(routes!(link_reschedule))
        .routes(routes!(link_withdraw))
        .routes(routes!(link_end))
        .routes(routes!(link_interrupt))
        .routes(routes!(link_no_show))
}

/// The holder of the link in the path.
#[derive(Debug, Clone)]
pub struct LinkHolder {
    /// Its context.
    pub ctx: Ctx,
    /// As it stands in the path; checked.
    pub token: String,
    /// What the link opens.
    pub purpose: LinkPurpose,
    subject: String,
}

impl LinkHolder {
    /// Checks a token.
    ///
    /// # Errors
    /// As [`Hdip::open_link`].
    pub async fn open(hdip: &Hdip, anybody: Ctx, token: String) -> Result<Self, Error> {
        let actor = hdip.open_link(&token).await?;
        let Actor::Link { purpose, subject, .. } = &actor else { return Err(Error::Forbidden) };
        let (purpose, subject) = (*purpose, subject.clone());
        Ok(Self { ctx: Ctx { actor, ..anybody }, token, purpose, subject })
    }

    /// The id of what the link is about.
    ///
    /// # Errors
    /// `forbidden` when that is something of another kind.
    pub fn subject<T: std::str::FromStr>(&self) -> Result<T, Error> {
        self.subject.parse().map_err(|_| Error::Forbidden)
    }

    /// The application a candidate's link is about, directly or by its interview.
    ///
    /// # Errors
    /// `forbidden` for an interviewer's link.
    pub async fn application(&self, hdip: &Hdip) -> Result<ApplicationId, Error> {
        match self.purpose {
            LinkPurpose::Schedule => self.subject(),
            LinkPurpose::CandidateInterview => {
                Ok(hdip.interview_of_candidate(&self.ctx, self.subject()?).await?.application_id)
            }
            _ => Err(Error::Forbidden),
        }
    }

    /// The interview a link is about, for one side.
    fn interview(&self, purpose: LinkPurpose) -> Result<InterviewId, Error> {
        if self.purpose == purpose { self.subject() } else { Err(Error::Forbidden) }
    }
}

/// The token in the path.
///
/// # Errors
/// Not where a route has one.
pub async fn token(parts: &mut Parts, state: &AppState) -> ApiResult<String> {
    let words = RawPathParams::from_request_parts(parts, state).await.ok();
    let token = words.iter().flatten().find(|(name, _)| *name == "token").map(|(_, token)| token.to_owned());
    Ok(token.ok_or(hdip_core::access::AccessError::LinkInvalid)?)
}

impl FromRequestParts<AppState> for LinkHolder {
    type Rejection = crate::problem::ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let Visitor(anybody) = Visitor::from_request_parts(parts, state).await?;
        let token = token(parts, state).await?;
        let holder = Self::open(&state.hdip, anybody, token).await?;
        state.limits.count_caller(parts, &holder.ctx.actor.label())?;
        Ok(holder)
    }
}

/// What a link opens: the one view that belongs to its purpose.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// `schedule`, `invitation`, `candidate_interview`, `interviewer_interview`, `rating`, `user_invitation`,
    /// `password_reset` or `email_verification`.
    #[schema(example = "schedule")]
    pub purpose: String,
    /// For `schedule`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduling: Option<SchedulingPage>,
    /// For `invitation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// For `candidate_interview`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_interview: Option<CandidateInterview>,
    /// For `interviewer_interview`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interviewer_interview: Option<MyInterview>,
    /// For `rating`: whether the interview was rated already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rated: Option<bool>,
    /// For `user_invitation`, `password_reset` and `email_verification`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountLink>,
}

/// What a candidate sees who is to pick a start.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SchedulingPage {
    /// The application.
    #[schema(value_type = String, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub application_id: ApplicationId,
    /// The candidate's name.
    #[schema(example = "Asha Rao")]
    pub candidate_name: String,
    /// Who invites.
    #[schema(example = "Acme")]
    pub client_brand: String,
    /// For which job.
    #[schema(example = "Backend Engineer")]
    pub job_title: String,
    /// For which round.
    #[schema(example = "Technical")]
    pub round_name: String,
    /// Length of the interview.
    #[schema(example = 60)]
    pub duration_minutes: u32,
    /// The candidate's own zone (IANA).
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// Version of the consent notice to show.
    #[schema(example = "2026-01")]
    pub consent_notice_version: String,
    /// The interview that is going on already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interview: Option<InterviewBasics>,
}

impl From<domain::SchedulingPage> for SchedulingPage {
    fn from(page: domain::SchedulingPage) -> Self {
        Self {
            application_id: page.application_id,
            candidate_name: page.candidate_name,
            client_brand: page.client_brand,
            job_title: page.job_title,
            round_name: page.round_name,
            duration_minutes: page.duration_minutes,
            zone: page.zone.to_string(),
            consent_notice_version: page.consent_notice_version,
            interview: page.interview.map(Into::into),
        }
    }
}

/// The candidate's answers; each is a choice of its own and no unless said.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentsInput {
    /// Recording the interview.
    pub recording: bool,
    /// Making a transcript.
    pub transcript: bool,
    /// Drafting feedback by AI.
    pub ai: bool,
}

impl From<ConsentsInput> for domain::ConsentChoices {
    fn from(input: ConsentsInput) -> Self {
        Self { recording: input.recording, transcript: input.transcript, ai: input.ai }
    }
}

/// A candidate's request for the held start.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequestInput {
    /// The hold on the start.
    #[schema(value_type = String, example = "hold_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub hold_id: HoldId,
    /// The candidate's answers.
    pub consents: ConsentsInput,
}

/// What happened.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoShowNoteInput {
    /// What happened.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

type Fresh = (Replayed, Json<Link>);

/// What the link shows now.
async fn view(state: &AppState, holder: &LinkHolder) -> ApiResult<Link> {
    let (hdip, ctx) = (&state.hdip, &holder.ctx);
    let mut link = Link {
        purpose: holder.purpose.as_str().to_owned(),
        scheduling: None,
        invitation: None,
        candidate_interview: None,
        interviewer_interview: None,
        rated: None,
        account: None,
    };
    match holder.purpose {
        LinkPurpose::Schedule => {
            link.scheduling = Some(hdip.scheduling_page(ctx, holder.subject()?).await?.into());
        }
        LinkPurpose::Invitation => {
            link.invitation = Some(hdip.invitation(ctx, holder.subject()?).await?.into())
        }
        LinkPurpose::CandidateInterview => {
            link.candidate_interview =
                Some(hdip.interview_of_candidate(ctx, holder.subject()?).await?.into());
        }
        LinkPurpose::InterviewerInterview => {
            let view = hdip.interview_of_interviewer(ctx, holder.subject()?).await?;
            link.interviewer_interview = Some(view.into());
        }
        LinkPurpose::Rating => {
            link.rated = Some(hdip.is_rated(ctx, holder.subject()?).await?);
        }
        LinkPurpose::UserInvitation | LinkPurpose::PasswordReset | LinkPurpose::EmailVerification => {
            link.account = Some(hdip.account_link(ctx).await?.into());
        }
    }
    Ok(link)
}

async fn fresh(state: &AppState, holder: &LinkHolder, replayed: bool) -> ApiResult<Fresh> {
    Ok((Replayed(replayed), Json(view(state, holder).await?)))
}

/// Open a link
///
/// Says what the link is for and shows it. Changes nothing, however often it is called.
#[utoipa::path(
    get, path = "/v1/links/{token}", tag = "links",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 200, description = "What the link opens", body = Link))
)]
async fn open_link(State(state): State<AppState>, holder: LinkHolder) -> ApiResult<Json<Link>> {
    Ok(Json(view(&state, &holder).await?))
}

/// List the starts offered
///
/// For a candidate's link: to pick a start, or to move the interview.
#[utoipa::path(
    get, path = "/v1/links/{token}/slots", tag = "links",
    params(("token" = String, Path, description = "Token of the link"), SlotsQuery),
    responses((status = 200, description = "The starts", body = Slots))
)]
async fn link_slots(
    State(state): State<AppState>,
    holder: LinkHolder,
    Query(range): Query<SlotsQuery>,
) -> ApiResult<Json<Slots>> {
    let application = holder.application(&state.hdip).await?;
    let slots = state.hdip.slots(&holder.ctx, application, range.from, range.until);
    Ok(Json(finding_starts(slots).await?.into()))
}

/// Hold a start
///
/// For a candidate's link. A new hold replaces the one before.
#[utoipa::path(
    post, path = "/v1/links/{token}/holds", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = HoldInput,
    responses((status = 201, description = "Held", body = Hold))
)]
async fn link_hold(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<HoldInput>,
) -> ApiResult<(StatusCode, Replayed, Json<Hold>)> {
    let application = holder.application(&state.hdip).await?;
    let held = state.hdip.hold_start(&holder.ctx, application, input.into()).await?;
    Ok((StatusCode::CREATED, Replayed(held.replayed), Json(held.output.into())))
}

/// Request the held start
///
/// For a scheduling link: the hold becomes an interview request, with the candidate's answers about
/// recording, transcript and AI.
#[utoipa::path(
    post, path = "/v1/links/{token}/request", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = LinkRequestInput,
    responses((status = 201, description = "Requested", body = Link))
)]
async fn link_request(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<LinkRequestInput>,
) -> ApiResult<(StatusCode, Replayed, Json<Link>)> {
    let request = domain::RequestInterview {
        application: holder.application(&state.hdip).await?,
        start: domain::StartChoice::Held(input.hold_id),
        consents: Some(input.consents.into()),
    };
    let done = state.hdip.request_interview(&holder.ctx, request).await?;
    Ok((StatusCode::CREATED, Replayed(done.replayed), Json(view(&state, &holder).await?)))
}

/// Answer about recording, transcript and AI
///
/// For a candidate's link. Later answers replace earlier ones.
#[utoipa::path(
    post, path = "/v1/links/{token}/consents", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = ConsentsInput,
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_consents(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<ConsentsInput>,
) -> ApiResult<Fresh> {
    let application = holder.application(&state.hdip).await?;
    let done = state.hdip.record_consents(&holder.ctx, application, input.into()).await?;
    fresh(&state, &holder, done.replayed).await
}

/// Accept the invitation
///
/// For an invitation link. The first to accept gets the interview; the others are refused with
/// `already_taken`.
#[utoipa::path(
    post, path = "/v1/links/{token}/accept", tag = "links",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_accept(State(state): State<AppState>, holder: LinkHolder) -> ApiResult<Fresh> {
    let done = state.hdip.accept_invitation(&holder.ctx, holder.subject()?).await?;
    fresh(&state, &holder, done.replayed).await
}

/// Decline the invitation
#[utoipa::path(
    post, path = "/v1/links/{token}/decline", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = DeclineInput,
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_decline(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<DeclineInput>,
) -> ApiResult<Fresh> {
    let done = state.hdip.decline_invitation(&holder.ctx, holder.subject()?, input.into()).await?;
    fresh(&state, &holder, done.replayed).await
}

/// Ask what a change would cause
///
/// For the candidate's link of an interview: whether cancelling or moving it now is a late change.
#[utoipa::path(
    get, path = "/v1/links/{token}/change-consequence", tag = "links",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 200, description = "The consequence", body = Consequence))
)]
async fn link_change_consequence(
    State(state): State<AppState>,
    holder: LinkHolder,
) -> ApiResult<Json<Consequence>> {
    let id = holder.interview(LinkPurpose::CandidateInterview)?;
    Ok(Json(Consequence::of(state.hdip.change_consequence(&holder.ctx, id).await?, false)))
}

/// Cancel the interview
///
/// For the candidate's link of an interview. Late and confirmed, it needs `late_ok`.
#[utoipa::path(
    post, path = "/v1/links/{token}/cancel", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = CancelInput,
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_cancel(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<CancelInput>,
) -> ApiResult<Fresh> {
    let id = holder.interview(LinkPurpose::CandidateInterview)?;
    let done = state.hdip.cancel_interview(&holder.ctx, id, input.into()).await?;
    fresh(&state, &holder, done.replayed).await
}

/// Move the interview
///
/// For the candidate's link of an interview. The new interview has a link of its own, which is mailed; this
/// one then shows the old interview.
#[utoipa::path(
    post, path = "/v1/links/{token}/reschedule", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = RescheduleInput,
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_reschedule(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<RescheduleInput>,
) -> ApiResult<Fresh> {
    let id = holder.interview(LinkPurpose::CandidateInterview)?;
    let done = state.hdip.reschedule_interview(&holder.ctx, id, input.parse()?).await?;
    fresh(&state, &holder, done.replayed).await
}

/// Give the interview back
///
/// For the interviewer's link of an interview. The link then opens nothing any more.
#[utoipa::path(
    post, path = "/v1/links/{token}/withdraw", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = OptionalReasonInput,
    responses((status = 204, description = "Given back"))
)]
async fn link_withdraw(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<OptionalReasonInput>,
) -> ApiResult<(StatusCode, Replayed, ())> {
    let id = holder.interview(LinkPurpose::InterviewerInterview)?;
    let done = state.hdip.withdraw_interviewer(&holder.ctx, id, input.reason).await?;
    Ok((StatusCode::NO_CONTENT, Replayed(done.replayed), ()))
}

/// End the interview
///
/// For the interviewer's link of an interview: it is over before its time.
#[utoipa::path(
    post, path = "/v1/links/{token}/end", tag = "links",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_end(State(state): State<AppState>, holder: LinkHolder) -> ApiResult<Fresh> {
    let id = holder.interview(LinkPurpose::InterviewerInterview)?;
    let done = state.hdip.end_interview(&holder.ctx, id).await?;
    fresh(&state, &holder, done.replayed).await
}

/// Report that the interview was cut short
///
/// For the interviewer's link of an interview: the line was lost, or the candidate left.
#[utoipa::path(
    post, path = "/v1/links/{token}/interrupt", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = OptionalReasonInput,
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_interrupt(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<OptionalReasonInput>,
) -> ApiResult<Fresh> {
    let id = holder.interview(LinkPurpose::InterviewerInterview)?;
    let done = state.hdip.interrupt_interview(&holder.ctx, id, input.reason).await?;
    fresh(&state, &holder, done.replayed).await
}

/// Report that the other side stayed away
///
/// From the policy's minutes after the start on: by a candidate's link about the interviewer, by an
/// interviewer's about the candidate.
#[utoipa::path(
    post, path = "/v1/links/{token}/no-show", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = NoShowNoteInput,
    responses((status = 200, description = "What the link opens now", body = Link))
)]
async fn link_no_show(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<NoShowNoteInput>,
) -> ApiResult<Fresh> {
    let (id, absent) = match holder.purpose {
        LinkPurpose::CandidateInterview => (holder.subject()?, domain::Absent::Interviewer),
        LinkPurpose::InterviewerInterview => (holder.subject()?, domain::Absent::Candidate),
        _ => return Err(Error::Forbidden.into()),
    };
    let done = state.hdip.report_no_show(&holder.ctx, id, absent, input.note).await?;
    fresh(&state, &holder, done.replayed).await
}
