//! Clients.

use super::agreements::Agreement;
use super::client_onboarding::NewClient;
use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query, nullable};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::{Created, ETag};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use hdip_core::clients as domain;
use hdip_core::values::{ClientId, InterviewerId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/clients…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_clients, create_client))
        .routes(routes!(get_client, update_client))
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

/// How a client pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BillingMode {
    /// By a monthly invoice.
    Postpaid,
    /// By credits bought before.
    PrepaidCredits,
}
same_variants!(BillingMode, domain::BillingMode, Postpaid, PrepaidCredits);

/// Where a client is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisteredAddress {
    /// House and street.
    #[schema(example = "12 Residency Road", max_length = 200)]
    pub line1: String,
    /// What did not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "3rd floor", max_length = 200)]
    pub line2: Option<String>,
    /// City.
    #[schema(example = "Bengaluru", max_length = 100)]
    pub city: String,
    /// State or region; in India required, and answered by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Karnataka", max_length = 100)]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "560025", max_length = 20)]
    pub postal_code: Option<String>,
}

impl From<domain::RegisteredAddress> for RegisteredAddress {
    fn from(address: domain::RegisteredAddress) -> Self {
        let domain::RegisteredAddress { line1, line2, city, state, postal_code } = address;
        Self { line1, line2, city, state, postal_code }
    }
}

impl From<RegisteredAddress> for domain::AddressInput {
    fn from(address: RegisteredAddress) -> Self {
        let RegisteredAddress { line1, line2, city, state, postal_code } = address;
        Self { line1, line2, city, state, postal_code }
    }
}

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
    /// Why it has this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "invoices unpaid for 30 days")]
    pub status_reason: Option<String>,
    /// Since when.
    pub status_at: DateTime<Utc>,
    /// The day its agreement was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_on: Option<NaiveDate>,
    /// Domain of its mail addresses and web site.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "acme.example")]
    pub domain: Option<String>,
    /// GST identification number; for the operator, owner and admins, and keys with `billing:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "29AAGCB7383J1Z4")]
    pub gstin: Option<String>,
    /// Permanent account number; as the GSTIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AAGCB7383J")]
    pub pan: Option<String>,
    /// Where it is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<RegisteredAddress>,
    /// How it pays.
    pub billing_mode: BillingMode,
    /// Interviews it got for nothing when it joined.
    #[schema(example = 2)]
    pub free_interviews: u32,
    /// Whether it has a logo.
    pub has_logo: bool,
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
            status_reason: client.status_reason,
            status_at: client.status_at,
            signed_on: client.signed_on,
            domain: client.domain,
            gstin: client.gstin,
            pan: client.pan,
            address: client.address.map(Into::into),
            billing_mode: client.billing_mode.into(),
            free_interviews: client.free_interviews,
            has_logo: client.logo_file_id.is_some(),
            account_manager_id: client.account_manager_id,
            blocked_interviewers: client.blocked_interviewers.into_iter().collect(),
            candidate_may_reschedule: client.candidate_may_reschedule,
            agencies_see_results: client.agencies_see_results,
            agreement: agreement.map(Into::into),
            created_at: client.created_at,
        }
    }
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
    /// Domain, without `https://`.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Option<String>>,
    /// GST identification number; the operator's to change.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub gstin: Option<Option<String>>,
    /// Permanent account number; the operator's to change.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub pan: Option<Option<String>>,
    /// Where it is registered, all of it; the operator's to change.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<RegisteredAddress>)]
    pub address: Option<Option<RegisteredAddress>>,
    /// How it pays; for platform admins, while it is a prospect.
    pub billing_mode: Option<BillingMode>,
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
/// One action: the client, its first users with their invitations, its agreement, its departments; all of it or
/// nothing. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/clients", tag = "clients", request_body = NewClient,
    responses((status = 201, description = "Made", body = Client), (status = "default", description = "Refused", body = Problem))
)]
async fn create_client(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<NewClient>,
) -> ApiResult<Created<Client>> {
    let done = state.hdip.create_client(&caller, input.into()).await?;
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
/// Its owner and admins change brand, domain, language, candidates' rescheduling, and block interviewers; the
/// operator everything. Its status is changed by `POST /v1/clients/{id}/status`.
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
        company: domain::CompanyInput {
            domain: input.domain,
            gstin: input.gstin,
            pan: input.pan,
            address: input.address.map(|address| address.map(Into::into)),
        },
        billing_mode: input.billing_mode.map(Into::into),
        expected_version,
    };
    let view = state.hdip.update_client(&caller, id, input).await?;
    Ok((ETag(view.client.version), Json(view.into())))
}
