//! Contests: disputed outcomes and amounts.

use super::desk_actions::Outcome;
use super::links::LinkHolder;
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
use hdip_core::ports::storage::ContestFilter;
use hdip_core::values::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/contests…` and `/v1/links/{token}/contest`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(open_contest))
        .routes(routes!(list_contests))
        .routes(routes!(get_contest))
        .routes(routes!(decide_contest))
        .routes(routes!(link_contest))
}

/// What is disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContestAbout {
    /// What the interview counts as.
    Outcome,
    /// What the client is charged.
    Charge,
    /// What the interviewer earns.
    Earning,
}
same_variants!(ContestAbout, domain::ContestAbout, Outcome, Charge, Earning);

/// Where a contest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContestState {
    /// Waits for the operator.
    Open,
    /// Decided for the one who contested.
    Upheld,
    /// Decided partly for the one who contested.
    PartlyUpheld,
    /// Decided against the one who contested.
    Rejected,
}
same_variants!(ContestState, domain::ContestState, Open, Upheld, PartlyUpheld, Rejected);

/// A contest to open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestInput {
    /// About what: the outcome (everybody), the charge (the client's owner), the earning (the interviewer).
    pub about: ContestAbout,
    /// Why.
    #[schema(min_length = 3, max_length = 500, example = "the candidate waited for twenty minutes")]
    pub reason: String,
}

impl From<ContestInput> for domain::OpenContest {
    fn from(input: ContestInput) -> Self {
        Self { about: input.about.into(), reason: input.reason }
    }
}

/// That a contest was received.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ContestOpened {
    /// Its id.
    #[schema(value_type = String, example = "cnts_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ContestId,
}

/// A disputed outcome or amount.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Contest {
    /// Its id.
    #[schema(value_type = String, example = "cnts_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ContestId,
    /// Of which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// Which side contests: `client`, `candidate` or `interviewer`.
    #[schema(example = "client")]
    pub party: String,
    /// About what.
    pub about: ContestAbout,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub state: ContestState,
    /// What the operator answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

impl From<domain::Contest> for Contest {
    fn from(contest: domain::Contest) -> Self {
        Self {
            id: contest.id,
            interview_id: contest.interview_id,
            party: contest.party.as_str().to_owned(),
            about: contest.about.into(),
            reason: contest.reason,
            state: contest.state.into(),
            answer: contest.answer,
            decided_at: contest.decided_at,
            created_at: contest.created_at,
        }
    }
}

/// A decision about a contest.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestDecision {
    /// `upheld`, `partly_upheld` or `rejected`.
    pub verdict: ContestState,
    /// Told to the one who contested.
    #[schema(min_length = 3, max_length = 500, example = "the room's log shows that you were there")]
    pub answer: String,
    /// What the interview counts as now, where that changes; without amounts.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Taken off the charge, minor units. For platform admins.
    #[serde(default)]
    #[schema(minimum = 1, example = 80000)]
    pub credit_minor: Option<i64>,
    /// Added to the earning, or (negative) taken off it, minor units. For platform admins.
    #[serde(default)]
    #[schema(example = 10000)]
    pub earning_minor: Option<i64>,
}

/// Which contests.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContestsQuery {
    /// Only in this state.
    #[param(inline, example = "open")]
    pub state: Option<ContestState>,
    /// Only about this interview.
    #[param(value_type = Option<String>, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: Option<InterviewId>,
}

fn opened(id: ContestId, replayed: bool) -> Created<ContestOpened> {
    Created { location: format!("/v1/contests/{id}"), version: None, replayed, body: ContestOpened { id } }
}

/// Contest an interview
///
/// Its outcome, charge or earning, within the policy's days of the outcome. For the client's owner and admins and
/// for the interviewer; the interviewer's pay for it waits until it is decided.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/contests", tag = "scheduling",
    params(("id" = String, Path, description = "Interview")), request_body = ContestInput,
    responses((status = 201, description = "Received", body = ContestOpened), (status = "default", description = "Refused", body = Problem))
)]
async fn open_contest(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<ContestInput>,
) -> ApiResult<Created<ContestOpened>> {
    let done = state.hdip.open_contest(&caller, id, input.into()).await?;
    Ok(opened(done.output, done.replayed))
}

/// Contest an interview
///
/// For the link of an interview: the candidate's or the interviewer's.
#[utoipa::path(
    post, path = "/v1/links/{token}/contest", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = ContestInput,
    responses((status = 201, description = "Received", body = ContestOpened), (status = "default", description = "Refused", body = Problem))
)]
async fn link_contest(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<ContestInput>,
) -> ApiResult<(StatusCode, Replayed, Json<ContestOpened>)> {
    let done = state.hdip.open_contest(&holder.ctx, holder.subject()?, input.into()).await?;
    let body = Json(ContestOpened { id: done.output });
    Ok((StatusCode::CREATED, Replayed(done.replayed), body))
}

/// List contests
///
/// Newest first. The operator's staff see all, a client's owner and admins and an interviewer their own.
#[utoipa::path(
    get, path = "/v1/contests", tag = "scheduling", params(PageQuery, ContestsQuery),
    responses((status = 200, description = "A page of contests", body = PageOf<Contest>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_contests(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
    Query(query): Query<ContestsQuery>,
) -> ApiResult<Json<PageOf<Contest>>> {
    let filter = ContestFilter {
        state: query.state.map(Into::into),
        interview: query.interview_id,
        ..Default::default()
    };
    Ok(Json(PageOf::of(state.hdip.contests(&caller, filter, &page.page::<ContestId>()?).await?)))
}

/// Read a contest
///
/// For those who see it in the list.
#[utoipa::path(
    get, path = "/v1/contests/{id}", tag = "scheduling",
    params(("id" = String, Path, description = "Contest")),
    responses((status = 200, description = "The contest", body = Contest), (status = "default", description = "Refused", body = Problem))
)]
async fn get_contest(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ContestId>,
) -> ApiResult<Json<Contest>> {
    Ok(Json(state.hdip.contest(&caller, id).await?.into()))
}

/// Decide a contest
///
/// Money and outcome change at once, by counter-entries, and the one who contested is told. For the operator's
/// staff; amounts for platform admins.
#[utoipa::path(
    post, path = "/v1/contests/{id}/decision", tag = "operations",
    params(("id" = String, Path, description = "Contest")), request_body = ContestDecision,
    responses((status = 200, description = "The contest now", body = Contest), (status = "default", description = "Refused", body = Problem))
)]
async fn decide_contest(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ContestId>,
    Json(input): Json<ContestDecision>,
) -> ApiResult<(Replayed, Json<Contest>)> {
    let decision = domain::DecideContest {
        verdict: input.verdict.into(),
        answer: input.answer,
        outcome: input.outcome.map(Into::into),
        credit_minor: input.credit_minor,
        earning_minor: input.earning_minor,
    };
    let done = state.hdip.decide_contest(&caller, id, decision).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.contest(&caller, id).await?.into())))
}
