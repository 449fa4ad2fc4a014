//! Charges of clients and earnings of interviewers, line by line.

use super::money::Amount;
use crate::auth::Caller;
use crate::extract::{Json, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::ApiResult;
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::scheduling as domain;
use hdip_core::values::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/charges`, `/v1/earnings`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_charges)).routes(routes!(list_earnings))
}

/// What a client owes for an outcome.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Charge {
    /// Its id.
    #[schema(value_type = String, example = "chg_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ChargeId,
    /// Who owes.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: ClientId,
    /// For which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// `completed`, `late_change` or `candidate_no_show`.
    #[schema(example = "completed")]
    pub kind: String,
    /// How much; negative in a counter-entry.
    pub amount: Amount,
    /// When the outcome happened, or the counter-entry was made; its month is billed.
    pub outcome_at: DateTime<Utc>,
    /// The free interview that was used: the amount is 0 then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub grant_id: Option<GrantId>,
    /// The charge this one counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub counters_id: Option<ChargeId>,
    /// Why it counters: `correction`, `waiver`, `contest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "waiver")]
    pub cause: Option<String>,
}

impl From<domain::Charge> for Charge {
    fn from(charge: domain::Charge) -> Self {
        Self {
            id: charge.id,
            client_id: charge.client_id,
            interview_id: charge.interview_id,
            kind: charge.kind.as_str().to_owned(),
            amount: charge.amount.into(),
            outcome_at: charge.outcome_at,
            grant_id: charge.grant_id,
            counters_id: charge.counters_id,
            cause: charge.cause.map(|cause| cause.as_str().to_owned()),
        }
    }
}

/// What an interviewer earned from an outcome.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Earning {
    /// Its id.
    #[schema(value_type = String, example = "earn_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: EarningId,
    /// Who earned; for the operator only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub interviewer_id: Option<InterviewerId>,
    /// With which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// `completed`, `late_change` or `candidate_no_show`.
    #[schema(example = "completed")]
    pub kind: String,
    /// How much; a counter-entry may be negative.
    pub amount: Amount,
    /// When the outcome happened, or the counter-entry was made.
    pub outcome_at: DateTime<Utc>,
    /// Somebody contests the interview: it is not paid out before that is decided.
    pub held: bool,
    /// The earning this one counters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub counters_id: Option<EarningId>,
    /// Why it counters: `correction` or `contest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "correction")]
    pub cause: Option<String>,
}

impl Earning {
    /// With the name of who earned.
    pub fn for_operator(view: domain::EarningView) -> Self {
        Self { interviewer_id: Some(view.earning.interviewer_id), ..Self::own(view) }
    }

    /// For the one who earned.
    fn own(view: domain::EarningView) -> Self {
        let earning = view.earning;
        Self {
            id: earning.id,
            interviewer_id: None,
            interview_id: earning.interview_id,
            kind: earning.kind.as_str().to_owned(),
            amount: earning.amount.into(),
            outcome_at: earning.outcome_at,
            held: view.held,
            counters_id: earning.counters_id,
            cause: earning.cause.map(|cause| cause.as_str().to_owned()),
        }
    }
}

/// List charges
///
/// Newest first. For the client's owner, the operator, and API keys with `billing:read`.
#[utoipa::path(
    get, path = "/v1/charges", tag = "money", params(PageQuery),
    responses((status = 200, description = "A page of charges", body = PageOf<Charge>))
)]
async fn list_charges(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Charge>>> {
    Ok(Json(PageOf::of(state.hdip.charges(&caller, &page.page::<ChargeId>()?).await?)))
}

/// List earnings
///
/// Newest first: an interviewer's own; everybody's for the operator.
#[utoipa::path(
    get, path = "/v1/earnings", tag = "money", params(PageQuery),
    responses((status = 200, description = "A page of earnings", body = PageOf<Earning>))
)]
async fn list_earnings(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Earning>>> {
    let earnings = state.hdip.earnings(&caller, &page.page::<EarningId>()?).await?;
    let view = if caller.actor.is_operator() { Earning::for_operator } else { Earning::own };
    Ok(Json(PageOf::of(earnings.map(view))))
}
