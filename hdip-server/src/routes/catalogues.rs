//! The operator's catalogues: specialisations and skills.

use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path};
use crate::paging::PageOf;
use crate::problem::ApiResult;
use crate::reply::{Created, ETag};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::Error;
use hdip_core::hiring::{CatalogueEntry, CatalogueKind, NewCatalogueEntry, UpdateCatalogueEntry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/specialisations…`, `/v1/skills…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_specialisations, add_specialisation))
        .routes(routes!(update_specialisation))
        .routes(routes!(list_skills, add_skill))
        .routes(routes!(update_skill))
}

/// A specialisation of the operator's catalogue.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Specialisation {
    /// What jobs and interviewers hold.
    #[schema(example = "ai_ml")]
    pub slug: String,
    /// For people.
    #[schema(example = "AI/ML")]
    pub name: String,
    /// Other spellings by which it may be named.
    #[schema(example = json!(["machine learning"]))]
    pub aliases: Vec<String>,
    /// Since when nothing new may name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<DateTime<Utc>>,
}

impl From<CatalogueEntry> for Specialisation {
    fn from(entry: CatalogueEntry) -> Self {
        let aliases = entry.aliases.into_iter().collect();
        Self { slug: entry.key, name: entry.name, aliases, retired_at: entry.retired_at }
    }
}

/// A skill of the operator's catalogue. Skills it does not list can be named, too.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Skill {
    /// What jobs and interviewers hold.
    #[schema(example = "kubernetes")]
    pub key: String,
    /// For people.
    #[schema(example = "Kubernetes")]
    pub name: String,
    /// Other spellings by which it may be named.
    #[schema(example = json!(["k8s"]))]
    pub aliases: Vec<String>,
    /// Since when pickers leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<DateTime<Utc>>,
}

impl From<CatalogueEntry> for Skill {
    fn from(entry: CatalogueEntry) -> Self {
        let aliases = entry.aliases.into_iter().collect();
        Self { key: entry.key, name: entry.name, aliases, retired_at: entry.retired_at }
    }
}

/// A word to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWord {
    /// What records will hold, in lower case; made from the name if not said. It never changes.
    #[schema(example = "embedded")]
    pub key: Option<String>,
    /// For people, 1 to 60 characters.
    #[schema(example = "Embedded systems")]
    pub name: String,
    /// Other spellings, at most 30. No two entries share one, whatever case, spaces, dots and dashes.
    #[serde(default)]
    #[schema(example = json!(["firmware"]))]
    pub aliases: Vec<String>,
}

/// Changes to a word: what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordPatch {
    /// For people.
    pub name: Option<String>,
    /// Other spellings: all of them.
    pub aliases: Option<Vec<String>>,
    /// Whether nothing new may name it.
    pub retired: Option<bool>,
}

async fn list<T: From<CatalogueEntry>>(
    state: &AppState,
    caller: &Caller,
    kind: CatalogueKind,
) -> ApiResult<(ETag, Json<PageOf<T>>)> {
    let catalogue = state.hdip.catalogue(caller, kind).await?;
    let items = catalogue.entries.into_iter().map(Into::into).collect();
    Ok((ETag(catalogue.version), Json(PageOf { items, next_cursor: None })))
}

async fn one<T: From<CatalogueEntry>>(
    state: &AppState,
    caller: &Caller,
    kind: CatalogueKind,
    key: &str,
) -> ApiResult<(i64, T)> {
    let catalogue = state.hdip.catalogue(caller, kind).await?;
    let entry = catalogue.entry(key).cloned().ok_or(Error::NotFound("catalogue entry"))?;
    Ok((catalogue.version, entry.into()))
}

async fn add<T: From<CatalogueEntry>>(
    state: &AppState,
    caller: &Caller,
    kind: CatalogueKind,
    new: NewWord,
) -> ApiResult<Created<T>> {
    let new = NewCatalogueEntry { key: new.key, name: new.name, aliases: new.aliases };
    let done = state.hdip.add_catalogue_entry(caller, kind, new).await?;
    let (version, body) = one(state, caller, kind, &done.output).await?;
    let location = format!("/v1/{kind}");
    Ok(Created { location, version: Some(version), replayed: done.replayed, body })
}

async fn update<T: From<CatalogueEntry>>(
    state: &AppState,
    caller: &Caller,
    kind: CatalogueKind,
    key: &str,
    expected: Option<i64>,
    patch: WordPatch,
) -> ApiResult<(ETag, Json<T>)> {
    let update =
        UpdateCatalogueEntry { expected, name: patch.name, aliases: patch.aliases, retired: patch.retired };
    state.hdip.update_catalogue_entry(caller, kind, key, update).await?;
    let (version, body) = one(state, caller, kind, key).await?;
    Ok((ETag(version), Json(body)))
}

/// List specialisations
///
/// All of them, in the order pickers show them, the retired ones included. The `ETag` is the catalogue's.
#[utoipa::path(
    get, path = "/v1/specialisations", tag = "hiring",
    responses((status = 200, description = "The catalogue", body = PageOf<Specialisation>))
)]
async fn list_specialisations(
    State(state): State<AppState>,
    caller: Caller,
) -> ApiResult<(ETag, Json<PageOf<Specialisation>>)> {
    list(&state, &caller, CatalogueKind::Specialisations).await
}

/// Add a specialisation
///
/// For the operator.
#[utoipa::path(
    post, path = "/v1/specialisations", tag = "hiring", request_body = NewWord,
    responses((status = 201, description = "Added", body = Specialisation))
)]
async fn add_specialisation(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewWord>,
) -> ApiResult<Created<Specialisation>> {
    add(&state, &caller, CatalogueKind::Specialisations, new).await
}

/// Change a specialisation
///
/// Rename it, change its spellings, retire it or bring it back. Records that hold a retired one keep it. For the
/// operator.
#[utoipa::path(
    patch, path = "/v1/specialisations/{slug}", tag = "hiring", request_body = WordPatch,
    params(("slug" = String, Path, description = "Specialisation", example = "ai_ml")),
    responses((status = 200, description = "Changed", body = Specialisation))
)]
async fn update_specialisation(
    State(state): State<AppState>,
    caller: Caller,
    Path(slug): Path<String>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<WordPatch>,
) -> ApiResult<(ETag, Json<Specialisation>)> {
    update(&state, &caller, CatalogueKind::Specialisations, &slug, expected, patch).await
}

/// List skills
///
/// All of the catalogue. The `ETag` is the catalogue's.
#[utoipa::path(
    get, path = "/v1/skills", tag = "hiring",
    responses((status = 200, description = "The catalogue", body = PageOf<Skill>))
)]
async fn list_skills(
    State(state): State<AppState>,
    caller: Caller,
) -> ApiResult<(ETag, Json<PageOf<Skill>>)> {
    list(&state, &caller, CatalogueKind::Skills).await
}

/// Add a skill
///
/// Its spellings count for what is entered from then on. For the operator.
#[utoipa::path(
    post, path = "/v1/skills", tag = "hiring", request_body = NewWord,
    responses((status = 201, description = "Added", body = Skill))
)]
async fn add_skill(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewWord>,
) -> ApiResult<Created<Skill>> {
    add(&state, &caller, CatalogueKind::Skills, new).await
}

/// Change a skill
///
/// For the operator. A key with a slash is sent encoded (`ci%2Fcd`).
#[utoipa::path(
    patch, path = "/v1/skills/{key}", tag = "hiring", request_body = WordPatch,
    params(("key" = String, Path, description = "Skill", example = "kubernetes")),
    responses((status = 200, description = "Changed", body = Skill))
)]
async fn update_skill(
    State(state): State<AppState>,
    caller: Caller,
    Path(key): Path<String>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<WordPatch>,
) -> ApiResult<(ETag, Json<Skill>)> {
    update(&state, &caller, CatalogueKind::Skills, &key, expected, patch).await
}
