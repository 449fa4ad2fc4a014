//! Search over everything a caller sees.

use crate::auth::Caller;
use crate::extract::{Json, Query, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::AppState;
use axum::extract::State;
use hdip_core::search as domain;
use hdip_core::values::ClientId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/search`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Beginnings of words, all of which must be found, without case and accents; or a phone number. 2 to 200
    /// characters.
    #[param(example = "asha rao", min_length = 2, max_length = 200)]
    pub q: String,
    /// Only these, with commas: `candidate`, `job`; for the operator also `interviewer`, `client`.
    #[param(example = "candidate,job")]
    pub kinds: Option<String>,
}

/// Something that was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// `candidate`, `job`, `interviewer`, `client`; new ones may appear.
    #[schema(example = "candidate")]
    pub kind: String,
    /// Its id.
    #[schema(example = "cand_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: String,
    /// Name of a person or client, title of a job.
    #[schema(example = "Asha Rao")]
    pub title: String,
    /// Role and company of a person, status of a job, legal name of a client.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Engineer, Initech")]
    pub detail: Option<String>,
    /// Whose; for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
}

impl From<domain::Found> for Found {
    fn from(found: domain::Found) -> Self {
        Self {
            kind: found.kind.as_str().to_owned(),
            id: found.id,
            title: found.title,
            detail: found.detail,
            client_id: found.client_id,
        }
    }
}

fn kinds(text: Option<&str>) -> ApiResult<BTreeSet<domain::SearchKind>> {
    use domain::SearchKind as Kind;
    let words = text.into_iter().flat_map(|text| text.split(','));
    words.map(|text| word("kinds", text.trim(), &Kind::ALL, Kind::as_str)).collect()
}

/// Search
///
/// Candidates by name, e-mail, phone, company and ATS reference; jobs by title and external id; for the operator also
/// interviewers and clients. Kind by kind, newest first within a kind. Everybody finds what they see in the lists.
#[utoipa::path(
    get, path = "/v1/search", tag = "hiring", params(SearchQuery, PageQuery),
    responses((status = 200, description = "A page of what was found", body = PageOf<Found>), (status = "default", description = "Refused", body = Problem))
)]
async fn search(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Found>>> {
    let find = domain::Find { kinds: kinds(query.kinds.as_deref())?, q: query.q };
    Ok(Json(PageOf::of(state.hdip.search(&caller, &find, &page.page_of_any()?).await?)))
}
