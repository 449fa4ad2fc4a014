//! Clients and their prices.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::{Created, ETag};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use hdip_core::clients as domain;
use hdip_core::values::{AgreementId, ClientId, InterviewerId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/clients…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_clients, create_client))
        .routes(routes!(get_client, update_client))
        .routes(routes!(set_prices))
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// Agreement not signed yet.
    Prospect,
    /// Takes part.
    Active,
    /// No new requests; confirmed interviews run.
    Suspended,
    /// Over.
    Archived,
}
same_variants!(ClientStatus, domain::ClientStatus, Prospect, Active, Suspended, Archived);

/// A company that hands over candidates.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Client {
    /// Its id.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ClientId,
    /// Name on contracts.
    #[schema(example = "Acme Private Limited")]
    pub legal_name: String,
    /// Name people know.
    #[schema(example = "Acme")]
    pub brand: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub country: String,
    /// 1 to 3; which interviewers it gets.
    #[schema(example = 2)]
    pub level: u8,
    /// Zone of its days and months.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag.
    #[schema(example = "en")]
    pub locale: String,
    /// ISO 4217; currency of its agreement.
    #[schema(example = "INR")]
    pub currency: String,
    /// What it may do.
    pub status: ClientStatus,
    /// The operator's person for it.
    #[schema(value_type = String, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub account_manager_id: UserId,
    /// Interviewers it does not want.
    #[schema(value_type = Vec<String>)]
    pub blocked_interviewers: Vec<InterviewerId>,
    /// Whether candidates may move their own interview.
    pub candidate_may_reschedule: bool,
    /// Whether agencies see the results of their own candidates.
    pub agencies_see_results: bool,
    /// Prices in force today; for those who see amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
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

impl From<domain::ClientView> for Client {
    fn from(view: domain::ClientView) -> Self {
        let domain::ClientView { client, agreement } = view;
        Self {
            id: client.id,
            legal_name: client.legal_name,
            brand: client.brand,
            country: client.country,
            level: client.level,
            zone: client.zone.to_string(),
            locale: client.locale.as_str().to_owned(),
            currency: client.currency.code().to_owned(),
            status: client.status.into(),
            account_manager_id: client.account_manager_id,
            blocked_interviewers: client.blocked_interviewers.into_iter().collect(),
            candidate_may_reschedule: client.candidate_may_reschedule,
            agencies_see_results: client.agencies_see_results,
            agreement: agreement.map(Into::into),
            created_at: client.created_at,
        }
    }
}

/// A client to make, with its agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// Name on contracts.
    #[schema(example = "Acme Private Limited")]
    pub legal_name: String,
    /// Name people know.
    #[schema(example = "Acme")]
    pub brand: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub country: String,
    /// 1 to 3; which interviewers it gets.
    #[schema(example = 2, minimum = 1, maximum = 3)]
    pub level: u8,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag; the operator's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// ISO 4217: INR, USD, EUR, GBP, AED or SGD.
    #[schema(example = "INR")]
    pub currency: String,
    /// The operator's person for it; the caller if not said.
    #[schema(value_type = Option<String>, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub account_manager_id: Option<UserId>,
    /// Minor units for 0–4, 4–6, 6–8, 8–10, 10+ years. INR and USD have defaults.
    #[schema(value_type = Option<Vec<i64>>, example = json!([250_000, 300_000, 320_000, 360_000, 450_000]))]
    pub prices_minor: Option<[i64; 5]>,
    /// The agreement is signed: active at once. False makes a prospect.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub signed: bool,
}

fn yes() -> bool {
    true
}

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientPatch {
    /// Name on contracts; the operator's to change.
    pub legal_name: Option<String>,
    /// Name people know.
    pub brand: Option<String>,
    /// 1 to 3; the operator's to change.
    #[schema(minimum = 1, maximum = 3)]
    pub level: Option<u8>,
    /// IANA time zone; the operator's to change.
    pub zone: Option<String>,
    /// BCP 47 language tag.
    pub locale: Option<String>,
    /// The operator's to change.
    #[schema(value_type = Option<String>)]
    pub account_manager_id: Option<UserId>,
    /// Whether candidates may move their own interview.
    pub candidate_may_reschedule: Option<bool>,
    /// Whether agencies see the results of their own candidates.
    pub agencies_see_results: Option<bool>,
    /// Interviewers not wanted any more.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["intr_01j9z3w6v5k2m8x4t7q0r1s2aa"]))]
    pub block_interviewers: BTreeSet<InterviewerId>,
    /// Interviewers wanted again.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!([]))]
    pub unblock_interviewers: BTreeSet<InterviewerId>,
    /// prospect → active ⇄ suspended → archived; the operator's to change.
    pub status: Option<ClientStatus>,
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

/// List clients
///
/// Newest first: all for the operator, one's own for a client's people.
#[utoipa::path(
    get, path = "/v1/clients", tag = "clients", params(PageQuery),
    responses((status = 200, description = "A page of clients", body = PageOf<Client>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_clients(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Client>>> {
    Ok(Json(PageOf::of(state.hdip.clients(&caller, &page.page::<ClientId>()?).await?)))
}

/// Make a client
///
/// One action with its agreement; for the operator's staff.
#[utoipa::path(
    post, path = "/v1/clients", tag = "clients", request_body = NewClient,
    responses((status = 201, description = "Made", body = Client), (status = "default", description = "Refused", body = Problem))
)]
async fn create_client(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<NewClient>,
) -> ApiResult<Created<Client>> {
    let input = domain::CreateClient {
        legal_name: input.legal_name,
        brand: input.brand,
        country: input.country,
        level: input.level,
        zone: input.zone,
        locale: input.locale,
        currency: input.currency,
        account_manager_id: input.account_manager_id,
        prices_minor: input.prices_minor,
        signed: input.signed,
    };
    let done = state.hdip.create_client(&caller, input).await?;
    let view = state.hdip.client(&caller, done.output).await?;
    Ok(Created {
        location: format!("/v1/clients/{}", done.output),
        version: Some(view.client.version),
        replayed: done.replayed,
        body: view.into(),
    })
}

/// Read a client
#[utoipa::path(
    get, path = "/v1/clients/{id}", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The client", body = Client), (status = "default", description = "Refused", body = Problem))
)]
async fn get_client(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
) -> ApiResult<(ETag, Json<Client>)> {
    let view = state.hdip.client(&caller, id).await?;
    Ok((ETag(view.client.version), Json(view.into())))
}

/// Change a client
///
/// Its owner and admins change brand, language, candidates' rescheduling, and block interviewers; the
/// operator everything.
#[utoipa::path(
    patch, path = "/v1/clients/{id}", tag = "clients",
    params(("id" = String, Path, description = "Client")),
    request_body = ClientPatch,
    responses((status = 200, description = "Changed", body = Client), (status = "default", description = "Refused", body = Problem))
)]
async fn update_client(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<ClientPatch>,
) -> ApiResult<(ETag, Json<Client>)> {
    let input = domain::UpdateClient {
        legal_name: input.legal_name,
        brand: input.brand,
        level: input.level,
        zone: input.zone,
        locale: input.locale,
        account_manager_id: input.account_manager_id,
        candidate_may_reschedule: input.candidate_may_reschedule,
        agencies_see_results: input.agencies_see_results,
        block_interviewers: input.block_interviewers,
        unblock_interviewers: input.unblock_interviewers,
        status: input.status.map(Into::into),
        expected_version,
    };
    let view = state.hdip.update_client(&caller, id, input).await?;
    Ok((ETag(view.client.version), Json(view.into())))
}

/// Set a client's prices
///
/// From a day on; interviews requested before keep theirs. For platform admins.
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
        location: format!("/v1/clients/{id}"),
        version: None,
        replayed: done.replayed,
        body: PricesSet { agreement_id: done.output },
    })
}
