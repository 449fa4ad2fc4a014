//! Interviews: request, list, look at. What is done to one afterwards is in `interview_actions`.

use super::interview_views::{Consequence, Interview, MyInterview};
use super::slots::start_choice;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiError, ApiResult};
use crate::reply::Created;
use crate::state::AppState;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use hdip_core::access::Role;
use hdip_core::ports::storage::InterviewFilter;
use hdip_core::scheduling::{InterviewState, RequestInterview};
use hdip_core::values::{ApplicationId, HoldId, InterviewId, JobId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/interviews` and `/v1/my/interviews`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_interviews, request_interview))
        .routes(routes!(get_interview))
        .routes(routes!(get_change_consequence))
        .routes(routes!(list_my_interviews))
        .routes(routes!(get_my_interview))
}

/// Which interviews.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InterviewQuery {
    /// Only of this application.
    #[param(value_type = Option<String>, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub application_id: Option<ApplicationId>,
    /// Only to this job.
    #[param(value_type = Option<String>, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: Option<JobId>,
    /// Only starting from then on.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<DateTime<Utc>>,
    /// Only starting before.
    #[param(value_type = Option<String>, format = DateTime)]
    pub until: Option<DateTime<Utc>>,
}

/// `state`, repeated or with commas. A reader of its own, because a repeated parameter is not a field of a
/// struct.
#[derive(Debug)]
pub struct StatesQuery(Vec<InterviewState>);

impl<S: Send + Sync> FromRequestParts<S> for StatesQuery {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let mut states = Vec::new();
        for (_, value) in pairs.filter(|(name, _)| name == "state") {
            for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                let known = InterviewState::ALL.into_iter().find(|state| state.as_str() == word);
                let state = known.ok_or_else(|| {
                    let all = InterviewState::ALL.map(InterviewState::as_str).join(", ");
                    ApiError::field("state", "unknown_value", format!("is none of {all}"))
                })?;
                if !states.contains(&state) {
                    states.push(state);
                }
            }
        }
        Ok(Self(states))
    }
}

/// A request for an interview of an application's present round.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewInput {
    /// For which application.
    #[schema(value_type = String, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub application_id: ApplicationId,
    /// The hold on the start; instead of `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub hold_id: Option<HoldId>,
    /// The start itself; instead of `hold_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-01-06T04:30:00Z")]
    pub start: Option<DateTime<Utc>>,
    /// Yes to a `start` between 22:00 and 07:00 for the candidate.
    #[serde(default)]
    pub odd_hours_ok: bool,
}

/// List interviews
///
/// Newest first. What the caller's role may see: a client's people their client's, a recruiter limited to
/// jobs those, an agency its own candidates'. Amounts are only in the single view.
#[utoipa::path(
    get, path = "/v1/interviews", tag = "scheduling",
    params(
        ("state" = Option<String>, Query, description = "Only in these states: repeat it, or part them by commas", example = "requested,inviting"),
        InterviewQuery, PageQuery,
    ),
    responses((status = 200, description = "A page of interviews", body = PageOf<Interview>))
)]
async fn list_interviews(
    State(state): State<AppState>,
    caller: Caller,
    StatesQuery(states): StatesQuery,
    Query(query): Query<InterviewQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Interview>>> {
    let filter = InterviewFilter {
        states,
        application: query.application_id,
        job: query.job_id,
        from: query.from,
        until: query.until,
        ..Default::default()
    };
    Ok(Json(PageOf::of(state.hdip.interviews(&caller, &filter, &page.page::<InterviewId>()?).await?)))
}

/// Request an interview
///
/// Turns a hold, or a start named directly, into an interview. Interviewers are called right after; the
/// first to accept gets it.
#[utoipa::path(
    post, path = "/v1/interviews", tag = "scheduling", request_body = InterviewInput,
    responses((status = 201, description = "Requested", body = Interview))
)]
async fn request_interview(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<InterviewInput>,
) -> ApiResult<Created<Interview>> {
    let start = start_choice(input.hold_id, input.start, input.odd_hours_ok)?;
    let request = RequestInterview { application: input.application_id, start, consents: None };
    let done = state.hdip.request_interview(&caller, request).await?;
    created(&state, &caller, done.output.interview_id, done.replayed).await
}

/// 201 with a new interview as it is now.
pub async fn created(
    state: &AppState,
    caller: &Caller,
    id: InterviewId,
    replayed: bool,
) -> ApiResult<Created<Interview>> {
    let body = state.hdip.interview(caller, id).await?.into();
    Ok(Created { location: format!("/v1/interviews/{id}"), version: None, replayed, body })
}

/// Read an interview
#[utoipa::path(
    get, path = "/v1/interviews/{id}", tag = "scheduling",
    params(("id" = String, Path, description = "Interview", example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The interview", body = Interview))
)]
async fn get_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
) -> ApiResult<Json<Interview>> {
    Ok(Json(state.hdip.interview(&caller, id).await?.into()))
}

/// Ask what a change would cause
///
/// Whether cancelling or moving the interview now is a late change. Amounts are there for those who may
/// see them.
#[utoipa::path(
    get, path = "/v1/interviews/{id}/change-consequence", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")),
    responses((status = 200, description = "The consequence", body = Consequence))
)]
async fn get_change_consequence(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
) -> ApiResult<Json<Consequence>> {
    let consequence = state.hdip.change_consequence(&caller, id).await?;
    let agency = caller.actor.user().is_some_and(|user| user.role == Role::AgencyUser);
    Ok(Json(Consequence::of(consequence, !agency)))
}

/// List my interviews
///
/// The signed-in interviewer's own, newest first.
#[utoipa::path(
    get, path = "/v1/my/interviews", tag = "scheduling", params(PageQuery),
    responses((status = 200, description = "A page of interviews", body = PageOf<MyInterview>))
)]
async fn list_my_interviews(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<MyInterview>>> {
    Ok(Json(PageOf::of(state.hdip.my_interviews(&caller, &page.page::<InterviewId>()?).await?)))
}

/// Read one of my interviews
#[utoipa::path(
    get, path = "/v1/my/interviews/{id}", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")),
    responses((status = 200, description = "The interview", body = MyInterview))
)]
async fn get_my_interview(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
) -> ApiResult<Json<MyInterview>> {
    Ok(Json(state.hdip.interview_of_interviewer(&caller, id).await?.into()))
}
