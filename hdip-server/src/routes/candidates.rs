//! Candidates.

use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query, nullable};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiError, ApiResult};
use crate::reply::{Created, ETag};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::hiring as domain;
use hdip_core::ports::storage::CandidateFilter;
use hdip_core::values::{AgencyId, CandidateId, ClientId, Email};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/candidates…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_candidates, create_candidate))
        .routes(routes!(get_candidate, update_candidate))
}

/// A person interviewed for a client. Agencies see their own, with fewer fields.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// Its id.
    #[schema(value_type = String, example = "cand_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: CandidateId,
    /// Whose. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// Name.
    #[schema(example = "Asha Rao")]
    pub name: String,
    /// E-mail address.
    #[schema(example = "asha.rao@mail.example")]
    pub email: String,
    /// Phone, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "+919876543210")]
    pub phone: Option<String>,
    /// Months of experience.
    #[schema(example = 60)]
    pub experience_months: u32,
    /// Present employer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Initech")]
    pub current_company: Option<String>,
    /// Present role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Engineer")]
    pub designation: Option<String>,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag.
    #[schema(example = "en")]
    pub locale: String,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// The agency that brought the person in. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "agcy_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub agency_id: Option<AgencyId>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
}

impl From<domain::CandidateView> for Candidate {
    fn from(view: domain::CandidateView) -> Self {
        match view {
            domain::CandidateView::Full(candidate) => Self {
                id: candidate.id,
                client_id: Some(candidate.client_id),
                name: candidate.name,
                email: candidate.email.to_string(),
                phone: candidate.phone.map(|phone| phone.to_string()),
                experience_months: candidate.experience_months,
                current_company: candidate.current_company,
                designation: candidate.designation,
                zone: candidate.zone.to_string(),
                locale: candidate.locale.as_str().to_owned(),
                gender: candidate.gender,
                agency_id: candidate.agency_id,
                created_at: candidate.created_at,
            },
            domain::CandidateView::Agency(candidate) => Self {
                id: candidate.id,
                client_id: None,
                name: candidate.name,
                email: candidate.email.to_string(),
                phone: candidate.phone.map(|phone| phone.to_string()),
                experience_months: candidate.experience_months,
                current_company: candidate.current_company,
                designation: candidate.designation,
                zone: candidate.zone.to_string(),
                locale: candidate.locale.as_str().to_owned(),
                gender: candidate.gender,
                agency_id: None,
                created_at: candidate.created_at,
            },
        }
    }
}

fn answer(view: domain::CandidateView) -> (ETag, Json<Candidate>) {
    let version = match &view {
        domain::CandidateView::Full(candidate) => candidate.version,
        domain::CandidateView::Agency(candidate) => candidate.version,
    };
    (ETag(version), Json(view.into()))
}

/// A candidate to add without an application. To put somebody forward for a job, use
/// `POST /v1/applications`: it makes both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCandidate {
    /// Whose; the operator must say it, everybody else may leave it out.
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// Name, at most 200 characters.
    #[schema(example = "Asha Rao")]
    pub name: String,
    /// E-mail address.
    #[schema(example = "asha.rao@mail.example")]
    pub email: String,
    /// Phone, E.164.
    #[schema(example = "+919876543210")]
    pub phone: Option<String>,
    /// Months of experience.
    #[schema(example = 60, maximum = 720)]
    pub experience_months: u32,
    /// Present employer.
    #[schema(example = "Initech")]
    pub current_company: Option<String>,
    /// Present role.
    #[schema(example = "Engineer")]
    pub designation: Option<String>,
    /// IANA time zone; the client's if not said.
    #[schema(example = "Asia/Kolkata")]
    pub zone: Option<String>,
    /// BCP 47 language tag; the client's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// As the person gave it.
    pub gender: Option<String>,
}

/// Changes to a candidate: what is left out stays; `null` empties what can be empty.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidatePatch {
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone, E.164.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "+919876543210")]
    pub phone: Option<Option<String>>,
    /// Months of experience.
    pub experience_months: Option<u32>,
    /// Present employer.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub current_company: Option<Option<String>>,
    /// Present role.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "Lead Engineer")]
    pub designation: Option<Option<String>>,
    /// IANA time zone.
    pub zone: Option<String>,
    /// BCP 47 language tag.
    pub locale: Option<String>,
    /// As the person gave it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub gender: Option<Option<String>>,
}

/// Which candidates.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CandidatesQuery {
    /// Only with this address, whatever its case.
    #[param(example = "asha.rao@mail.example")]
    pub email: Option<String>,
    /// Only whose name begins with this, whatever its case.
    #[param(example = "Asha")]
    pub name: Option<String>,
}

/// A beginning of a name; longer ones match nothing anyway.
fn prefix(name: Option<String>) -> ApiResult<Option<String>> {
    match name {
        Some(name) if name.chars().count() > 200 => {
            Err(ApiError::field("name", "too_long", "must have at most 200 characters"))
        }
        name => Ok(name),
    }
}

/// List candidates
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/candidates", tag = "hiring", params(CandidatesQuery, PageQuery),
    responses((status = 200, description = "A page of candidates", body = PageOf<Candidate>))
)]
async fn list_candidates(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<CandidatesQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Candidate>>> {
    let email = query.email.map(|text| text.trim().parse::<Email>());
    let email = email.transpose().map_err(|why| ApiError::field("email", "invalid_email", why))?;
    let filter =
        CandidateFilter { email_key: email.map(|email| email.key()), name_prefix: prefix(query.name)? };
    Ok(Json(PageOf::of(state.hdip.candidates(&caller, &filter, &page.page::<CandidateId>()?).await?)))
}

/// Add a candidate
#[utoipa::path(
    post, path = "/v1/candidates", tag = "hiring", request_body = NewCandidate,
    responses((status = 201, description = "Added", body = Candidate))
)]
async fn create_candidate(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewCandidate>,
) -> ApiResult<Created<Candidate>> {
    let new = domain::CreateCandidate {
        client: new.client_id,
        person: domain::CandidateFields {
            name: new.name,
            email: new.email,
            phone: new.phone,
            experience_months: new.experience_months,
            current_company: new.current_company,
            designation: new.designation,
            zone: new.zone,
            locale: new.locale,
            gender: new.gender,
        },
    };
    let done = state.hdip.create_candidate(&caller, new).await?;
    let (ETag(version), Json(body)) = answer(state.hdip.candidate(&caller, done.output).await?);
    let location = format!("/v1/candidates/{}", done.output);
    Ok(Created { location, version: Some(version), replayed: done.replayed, body })
}

/// Read a candidate
#[utoipa::path(
    get, path = "/v1/candidates/{id}", tag = "hiring",
    params(("id" = String, Path, description = "Candidate", example = "cand_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The candidate", body = Candidate))
)]
async fn get_candidate(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CandidateId>,
) -> ApiResult<(ETag, Json<Candidate>)> {
    Ok(answer(state.hdip.candidate(&caller, id).await?))
}

/// Change a candidate
///
/// Interviews requested before keep the price of the experience they were requested with.
#[utoipa::path(
    patch, path = "/v1/candidates/{id}", tag = "hiring",
    params(("id" = String, Path, description = "Candidate")), request_body = CandidatePatch,
    responses((status = 200, description = "Changed", body = Candidate))
)]
async fn update_candidate(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CandidateId>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<CandidatePatch>,
) -> ApiResult<(ETag, Json<Candidate>)> {
    let update = domain::UpdateCandidate {
        expected,
        name: patch.name,
        email: patch.email,
        phone: patch.phone,
        experience_months: patch.experience_months,
        current_company: patch.current_company,
        designation: patch.designation,
        zone: patch.zone,
        locale: patch.locale,
        gender: patch.gender,
    };
    state.hdip.update_candidate(&caller, id, update).await?;
    Ok(answer(state.hdip.candidate(&caller, id).await?))
}
