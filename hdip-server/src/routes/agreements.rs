//! Agreements of clients: what an interview costs.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{Json, Path};
use crate::paging::PageOf;
use crate::problem::{ApiResult, Problem};
use crate::reply::Created;
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use hdip_core::clients as domain;
use hdip_core::values::{AgreementId, ClientId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/clients/{id}/agreements`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_agreements, set_prices))
}

/// Prices of interviews by the candidate's experience.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Agreement {
    /// Its id.
    #[schema(value_type = String, example = "agmt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: AgreementId,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub currency: String,
    /// Minor units for 0–4, 4–6, 6–8, 8–10, 10+ years; exactly N years belong to the lower band.
    #[schema(example = json!([250_000, 300_000, 320_000, 360_000, 450_000]))]
    pub prices_minor: Vec<i64>,
    /// First day, in the client's zone.
    pub effective_from: NaiveDate,
}

/// How an agreement stands to today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementStanding {
    /// Its first day is yet to come.
    Future,
    /// It is the price of interviews today.
    InForce,
    /// A later one has begun.
    Past,
    /// A newer one has the same first day; it is the price of no day.
    Replaced,
}
same_variants!(AgreementStanding, domain::AgreementStanding, Future, InForce, Past, Replaced);

/// An agreement in the list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ListedAgreement {
    /// The agreement.
    pub agreement: Agreement,
    /// How it stands to today.
    pub standing: AgreementStanding,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<domain::AgreementView> for ListedAgreement {
    fn from(view: domain::AgreementView) -> Self {
        let created_at = view.agreement.created_at;
        Self { agreement: view.agreement.into(), standing: view.standing.into(), created_at }
    }
}

impl From<domain::Agreement> for Agreement {
    fn from(agreement: domain::Agreement) -> Self {
        Self {
            id: agreement.id,
            currency: agreement.currency.code().to_owned(),
            prices_minor: agreement.prices_minor.to_vec(),
            effective_from: agreement.effective_from,
        }
    }
}

/// Prices from a day on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrices {
    /// Minor units for 0–4, 4–6, 6–8, 8–10, 10+ years, in the client's currency.
    #[schema(value_type = Vec<i64>, example = json!([250_000, 300_000, 320_000, 360_000, 450_000]))]
    pub prices_minor: [i64; 5],
    /// First day, in the client's zone; today or later.
    pub effective_from: NaiveDate,
}

/// The id of prices that were set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PricesSet {
    /// Their id.
    #[schema(value_type = String, example = "agmt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub agreement_id: AgreementId,
}

/// List a client's agreements
///
/// Latest first day first, all of them on one page; for those who see amounts.
#[utoipa::path(
    get, path = "/v1/clients/{id}/agreements", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "Its agreements", body = PageOf<ListedAgreement>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_agreements(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
) -> ApiResult<Json<PageOf<ListedAgreement>>> {
    let items = state.hdip.agreements(&caller, id).await?;
    Ok(Json(PageOf { items: items.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// Set a client's prices
///
/// From a day on, today or later; the past is not changed, and interviews requested before keep their price. For
/// platform admins.
#[utoipa::path(
    post, path = "/v1/clients/{id}/agreements", tag = "clients",
    params(("id" = String, Path, description = "Client")),
    request_body = NewPrices,
    responses((status = 201, description = "Set", body = PricesSet), (status = "default", description = "Refused", body = Problem))
)]
async fn set_prices(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Json(input): Json<NewPrices>,
) -> ApiResult<Created<PricesSet>> {
    let input = domain::SetPrices { prices_minor: input.prices_minor, effective_from: input.effective_from };
    let done = state.hdip.set_prices(&caller, id, input).await?;
    Ok(Created {
        location: format!("/v1/clients/{id}/agreements"),
        version: None,
        replayed: done.replayed,
        body: PricesSet { agreement_id: done.output },
    })
}
