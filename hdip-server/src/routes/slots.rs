//! Starts of an application: which there are, why one is not, holding one, sending the scheduling link.

use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::metrics::finding_starts;
use crate::problem::{ApiError, ApiResult};
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::scheduling::{self as domain, Pick, StartChoice, WhyNot};
use hdip_core::values::{ApplicationId, HoldId, InterviewerId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes below `/v1/applications/{id}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_slots))
        .routes(routes!(why_not))
        .routes(routes!(hold_start))
        .routes(routes!(send_scheduling_link))
}

/// Starts within.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlotsQuery {
    /// From then on; now if not said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-01-06T00:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// Before then, at most 31 days later; as far as can be booked if not said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-01-13T00:00:00Z")]
    pub until: Option<DateTime<Utc>>,
}

/// The starts offered to an application.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Slots {
    /// Length of the interview.
    #[schema(example = 60)]
    pub duration_minutes: u32,
    /// The candidate's zone (IANA), in which odd hours are meant.
    #[schema(example = "Asia/Kolkata")]
    pub candidate_zone: String,
    /// Starts in order.
    pub starts: Vec<Slot>,
}

/// A start that can be picked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    /// When.
    #[schema(example = "2026-01-06T04:30:00Z")]
    pub start: DateTime<Utc>,
    /// How many interviewers could take it, less those who are asked for already; at least 1.
    #[schema(example = 3, minimum = 1)]
    pub count: u32,
    /// Between 22:00 and 07:00 for the candidate: picking it needs `odd_hours_ok`.
    pub odd_hour: bool,
}

impl From<domain::Offer> for Slots {
    fn from(offer: domain::Offer) -> Self {
        let starts = offer.starts.into_iter();
        Self {
            duration_minutes: offer.duration_minutes,
            candidate_zone: offer.candidate_zone.to_string(),
            starts: starts.map(|s| Slot { start: s.start, count: s.count, odd_hour: s.odd_hour }).collect(),
        }
    }
}

/// Which start.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// The start asked about.
    #[param(value_type = String, format = DateTime, example = "2026-01-06T04:30:00Z")]
    pub start: DateTime<Utc>,
}

/// Why a start is or is not offered.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SlotAnswer {
    /// When.
    pub start: DateTime<Utc>,
    /// How many could take it; 0 when it is not offered.
    pub count: u32,
    /// What is wrong with the start itself.
    pub reasons: Vec<WhyNotOffered>,
    /// How many interviewers each reason keeps away; one can have several.
    pub interviewers: Vec<ReasonCount>,
    /// Every interviewer's own reasons; for the operator only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    pub detail: Option<BTreeMap<InterviewerId, Vec<WhyNot>>>,
}

/// A reason, as a stable word and as a sentence.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct WhyNotOffered {
    /// Stable word; new ones may appear.
    #[schema(example = "too_soon")]
    pub code: String,
    /// A sentence for people.
    #[schema(example = "the start is closer than the minimum notice")]
    pub text: String,
}

impl From<WhyNot> for WhyNotOffered {
    fn from(why: WhyNot) -> Self {
        Self { code: why.as_str().to_owned(), text: why.explain().to_owned() }
    }
}

/// A reason and how many interviewers it keeps away.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReasonCount {
    /// Stable word; new ones may appear.
    #[schema(example = "not_available")]
    pub code: String,
    /// A sentence for people.
    #[schema(example = "is not available for the whole time")]
    pub text: String,
    /// How many.
    #[schema(example = 2)]
    pub count: u32,
}

impl From<domain::StartAnswer> for SlotAnswer {
    fn from(answer: domain::StartAnswer) -> Self {
        let interviewers = answer.interviewers.into_iter().map(|(why, count)| {
            let WhyNotOffered { code, text } = why.into();
            ReasonCount { code, text, count }
        });
        Self {
            start: answer.start,
            count: answer.count,
            reasons: answer.reasons.into_iter().map(Into::into).collect(),
            interviewers: interviewers.collect(),
            detail: answer.detail,
        }
    }
}

/// A start to hold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldInput {
    /// When.
    #[schema(example = "2026-01-06T04:30:00Z")]
    pub start: DateTime<Utc>,
    /// Yes to a start between 22:00 and 07:00 for the candidate.
    #[serde(default)]
    pub odd_hours_ok: bool,
}

impl From<HoldInput> for Pick {
    fn from(input: HoldInput) -> Self {
        Self { start: input.start, odd_hours_ok: input.odd_hours_ok }
    }
}

/// A start that is kept for a few minutes. It reserves nobody: others see one interviewer less.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// Turns the hold into a request.
    #[schema(value_type = String, example = "hold_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub hold_id: HoldId,
    /// The start.
    pub start: DateTime<Utc>,
    /// The end it would have.
    pub end: DateTime<Utc>,
    /// Kept until then, exclusive.
    pub expires_at: DateTime<Utc>,
}

impl From<domain::Held> for Hold {
    fn from(held: domain::Held) -> Self {
        Self { hold_id: held.hold_id, start: held.start, end: held.end, expires_at: held.expires_at }
    }
}

/// A scheduling link is on its way to the candidate.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SchedulingLinkSent {
    /// The link is good until then.
    pub expires_at: DateTime<Utc>,
}

/// A start named by the hold on it or directly: exactly one of the two.
///
/// # Errors
/// `one_of` on `start`.
pub fn start_choice(
    hold: Option<HoldId>,
    start: Option<DateTime<Utc>>,
    odd_hours_ok: bool,
) -> ApiResult<StartChoice> {
    match (hold, start) {
        (Some(hold), None) => Ok(StartChoice::Held(hold)),
        (None, Some(start)) => Ok(StartChoice::Picked(Pick { start, odd_hours_ok })),
        _ => Err(ApiError::field("start", "one_of", "give either start or hold_id")),
    }
}

/// List the starts offered
///
/// Every start at which at least one interviewer is able and not asked for already, as of now. The same
/// rules decide again when one is held or requested.
#[utoipa::path(
    get, path = "/v1/applications/{id}/slots", tag = "scheduling",
    params(("id" = String, Path, description = "Application", example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa"), SlotsQuery),
    responses((status = 200, description = "The starts", body = Slots))
)]
async fn list_slots(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Query(range): Query<SlotsQuery>,
) -> ApiResult<Json<Slots>> {
    let slots = state.hdip.slots(&caller, id, range.from, range.until);
    Ok(Json(finding_starts(slots).await?.into()))
}

/// Ask why a start is not offered
///
/// Says of one start what is wrong with it, and how many interviewers each reason keeps away.
#[utoipa::path(
    get, path = "/v1/applications/{id}/slots/why-not", tag = "scheduling",
    params(("id" = String, Path, description = "Application"), StartQuery),
    responses((status = 200, description = "The reasons", body = SlotAnswer))
)]
async fn why_not(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Query(query): Query<StartQuery>,
) -> ApiResult<Json<SlotAnswer>> {
    Ok(Json(state.hdip.why_not(&caller, id, query.start).await?.into()))
}

/// Hold a start
///
/// Keeps a start for a few minutes while somebody decides. A new hold for the same round replaces it.
#[utoipa::path(
    post, path = "/v1/applications/{id}/holds", tag = "scheduling",
    params(("id" = String, Path, description = "Application")),
    request_body = HoldInput,
    responses((status = 201, description = "Held", body = Hold))
)]
async fn hold_start(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Json(input): Json<HoldInput>,
) -> ApiResult<(StatusCode, Replayed, Json<Hold>)> {
    let held = state.hdip.hold_start(&caller, id, input.into()).await?;
    Ok((StatusCode::CREATED, Replayed(held.replayed), Json(held.output.into())))
}

/// Send the scheduling link
///
/// Mails the candidate a link to pick a start; sending again extends its time.
#[utoipa::path(
    post, path = "/v1/applications/{id}/scheduling-link", tag = "scheduling",
    params(("id" = String, Path, description = "Application")),
    responses((status = 202, description = "On its way", body = SchedulingLinkSent))
)]
async fn send_scheduling_link(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
) -> ApiResult<(StatusCode, Replayed, Json<SchedulingLinkSent>)> {
    let sent = state.hdip.send_scheduling_link(&caller, id).await?;
    let body = SchedulingLinkSent { expires_at: sent.output.expires_at };
    Ok((StatusCode::ACCEPTED, Replayed(sent.replayed), Json(body)))
}
