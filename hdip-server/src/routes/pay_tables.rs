//! What interviewers are paid.

use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::reply::Created;
use crate::state::AppState;
use axum::extract::State;
use chrono::NaiveDate;
use hdip_core::clients as domain;
use hdip_core::values::{Currency, PayTableId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/pay-tables/{currency}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_pay_table, set_pay_table))
}

/// Interviewer pay by the candidate's experience.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PayTable {
    /// Its id.
    #[schema(value_type = String, example = "payt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: PayTableId,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub currency: String,
    /// Minor units for 0–4, 4–7, 7–10, 10+ years.
    #[schema(example = json!([140_000, 180_000, 220_000, 250_000]))]
    pub pay_minor: Vec<i64>,
    /// For a late change or a candidate's no-show.
    #[schema(example = 40_000)]
    pub late_minor: i64,
    /// First day (UTC).
    pub effective_from: NaiveDate,
}

impl From<domain::PayTable> for PayTable {
    fn from(table: domain::PayTable) -> Self {
        Self {
            id: table.id,
            currency: table.currency.code().to_owned(),
            pay_minor: table.pay_minor.to_vec(),
            late_minor: table.late_minor,
            effective_from: table.effective_from,
        }
    }
}

/// Pay from a day on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayTable {
    /// Minor units for 0–4, 4–7, 7–10, 10+ years.
    #[schema(value_type = Vec<i64>, example = json!([140_000, 180_000, 220_000, 250_000]))]
    pub pay_minor: [i64; 4],
    /// For a late change or a candidate's no-show.
    #[schema(example = 40_000)]
    pub late_minor: i64,
    /// First day (UTC); today or later.
    pub effective_from: NaiveDate,
}

/// Which day.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DayQuery {
    /// In force on that day (UTC); today if not said.
    #[param(value_type = Option<String>, format = Date, example = "2026-01-05")]
    pub on: Option<NaiveDate>,
}

/// The id of a table that was set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PayTableSet {
    /// Its id.
    #[schema(value_type = String, example = "payt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub pay_table_id: PayTableId,
}

fn currency(code: &str) -> ApiResult<Currency> {
    code.parse().map_err(|message: String| ApiError::field("currency", "unknown_currency", message))
}

/// Read a pay table
///
/// For the operator's staff.
#[utoipa::path(
    get, path = "/v1/pay-tables/{currency}", tag = "clients",
    params(("currency" = String, Path, description = "ISO 4217", example = "INR"), DayQuery),
    responses((status = 200, description = "The table in force", body = PayTable), (status = "default", description = "Refused", body = Problem))
)]
async fn get_pay_table(
    State(state): State<AppState>,
    caller: Caller,
    Path(code): Path<String>,
    Query(query): Query<DayQuery>,
) -> ApiResult<Json<PayTable>> {
    Ok(Json(state.hdip.pay_table_on(&caller, currency(&code)?, query.on).await?.into()))
}

/// Set a pay table
///
/// From a day on; invitations sent before keep their pay. For platform admins.
#[utoipa::path(
    post, path = "/v1/pay-tables/{currency}", tag = "clients",
    params(("currency" = String, Path, description = "ISO 4217", example = "INR")),
    request_body = NewPayTable,
    responses((status = 201, description = "Set", body = PayTableSet), (status = "default", description = "Refused", body = Problem))
)]
async fn set_pay_table(
    State(state): State<AppState>,
    caller: Caller,
    Path(code): Path<String>,
    Json(input): Json<NewPayTable>,
) -> ApiResult<Created<PayTableSet>> {
    let input = domain::SetPayTable {
        currency: currency(&code)?,
        pay_minor: input.pay_minor,
        late_minor: input.late_minor,
        effective_from: input.effective_from,
    };
    let done = state.hdip.set_pay_table(&caller, input).await?;
    Ok(Created {
        location: format!("/v1/pay-tables/{code}"),
        version: None,
        replayed: done.replayed,
        body: PayTableSet { pay_table_id: done.output },
    })
}
