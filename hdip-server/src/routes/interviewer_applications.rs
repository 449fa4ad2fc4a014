//! Applications to become an interviewer: handed in by anybody, reviewed by the operator.

use crate::auth::{Caller, Visitor};
use crate::extract::{IfMatch, Json, Path, Query, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiError, ApiResult};
use crate::reply::{Created, ETag, Replayed};
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hdip_core::ladder as domain;
use hdip_core::values::{InterviewerApplicationId, InterviewerId, MAX_DOCUMENT_BYTES};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Bytes a request with a CV may have: the largest one in base64, and what is around it.
pub(super) const MAX_BODY: usize = MAX_DOCUMENT_BYTES / 3 * 4 + 64 * 1024;

/// `/v1/apply`, `/v1/interviewer-applications…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(apply))
        .routes(routes!(list_interviewer_applications, enter_interviewer_application))
        .routes(routes!(get_interviewer_application))
        .routes(routes!(get_application_cv))
        .routes(routes!(accept_application))
        .routes(routes!(reject_application))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// What an applicant says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInterviewerApplication {
    /// Name, at most 200 characters.
    #[schema(example = "Nila Bose")]
    pub name: String,
    /// E-mail address.
    #[schema(example = "nila@mail.example")]
    pub email: String,
    /// Phone, E.164.
    #[schema(example = "+919876543210")]
    pub phone: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub country: String,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag; the operator's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// Months of experience.
    #[schema(example = 120, maximum = 720)]
    pub experience_months: u32,
    /// Months of experience as an interviewer.
    #[schema(example = 24)]
    pub interviewing_months: u32,
    /// Any names of `/v1/specialisations`, at least one.
    #[schema(example = json!(["backend"]), min_items = 1)]
    pub specialisations: Vec<String>,
    /// 1 to 30 skills.
    #[schema(example = json!(["Rust"]), min_items = 1, max_items = 30)]
    pub skills: Vec<String>,
    /// Present employer.
    #[schema(example = "Globex")]
    pub current_company: Option<String>,
    /// Former employers, at most 30.
    #[serde(default)]
    #[schema(example = json!(["Hooli"]))]
    pub previous_companies: Vec<String>,
    /// Present role.
    #[schema(example = "Staff Engineer")]
    pub designation: Option<String>,
    /// At most 3 `https://` addresses.
    #[serde(default)]
    #[schema(example = json!(["https://github.com/nila"]), max_items = 3)]
    pub links: Vec<String>,
    /// The CV, a PDF or DOCX of at most 5 MiB, in base64. The operator may leave it out.
    #[schema(example = "JVBERi0xLjc…")]
    pub cv: Option<String>,
}

/// A document that was sent in base64.
pub(super) fn decoded(field: &str, text: &str) -> ApiResult<domain::CvUpload> {
    let content = STANDARD.decode(text);
    let content =
        content.map_err(|_| ApiError::field(field, "invalid_base64", "must be base64 (RFC 4648 §4)"))?;
    Ok(domain::CvUpload(content.into()))
}

impl NewInterviewerApplication {
    fn apply(self) -> ApiResult<domain::Apply> {
        let cv = self.cv.as_deref().map(|text| decoded("cv", text)).transpose()?;
        let applicant = domain::ApplicantFields {
            name: self.name,
            email: self.email,
            phone: self.phone,
            country: self.country,
            zone: self.zone,
            locale: self.locale,
            experience_months: self.experience_months,
            interviewing_months: self.interviewing_months,
            specialisations: self.specialisations,
            skills: self.skills,
            current_company: self.current_company,
            previous_companies: self.previous_companies,
            designation: self.designation,
            links: self.links,
        };
        Ok(domain::Apply { applicant, cv })
    }
}

/// An application to become an interviewer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InterviewerApplication {
    /// Its id.
    #[schema(value_type = String, example = "iapp_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: InterviewerApplicationId,
    /// `operator` or `public_form`: who entered it.
    #[schema(example = "public_form")]
    pub source: String,
    /// Name.
    #[schema(example = "Nila Bose")]
    pub name: String,
    /// E-mail address.
    #[schema(example = "nila@mail.example")]
    pub email: String,
    /// Phone, E.164.
    #[schema(example = "+919876543210")]
    pub phone: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub country: String,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// Months of experience.
    #[schema(example = 120)]
    pub experience_months: u32,
    /// Months of experience as an interviewer.
    #[schema(example = 24)]
    pub interviewing_months: u32,
    /// Slugs.
    #[schema(example = json!(["backend"]))]
    pub specialisations: Vec<String>,
    /// In the form they are compared in.
    #[schema(example = json!(["rust"]))]
    pub skills: Vec<String>,
    /// Present employer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Globex")]
    pub current_company: Option<String>,
    /// Former employers.
    #[schema(example = json!(["Hooli"]))]
    pub previous_companies: Vec<String>,
    /// Present role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Staff Engineer")]
    pub designation: Option<String>,
    /// Web addresses.
    #[schema(example = json!(["https://github.com/nila"]))]
    pub links: Vec<String>,
    /// Whether there is a CV.
    pub has_cv: bool,
    /// `received`, `accepted`, `rejected`.
    #[schema(example = "received")]
    pub status: String,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "user:user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub decided_by: Option<String>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "We need more years as an interviewer.")]
    pub reason: Option<String>,
    /// The interviewer it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interviewer_id: Option<InterviewerId>,
    /// Who may be the same person, by e-mail or phone; on single reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Vec<Duplicate>>,
    /// When it was received.
    pub created_at: DateTime<Utc>,
}

/// Somebody with the same e-mail or phone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Duplicate {
    /// `interviewer_application` or `interviewer`.
    #[schema(example = "interviewer")]
    pub kind: String,
    /// Its id.
    #[schema(example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: String,
    /// Where it stands.
    #[schema(example = "certified")]
    pub status: String,
}

impl From<domain::Duplicate> for Duplicate {
    fn from(duplicate: domain::Duplicate) -> Self {
        let (kind, id, status) = match duplicate {
            domain::Duplicate::Application(id, status) => {
                ("interviewer_application", id.to_string(), status.as_str())
            }
            domain::Duplicate::Interviewer(id, status) => ("interviewer", id.to_string(), status.as_str()),
        };
        Self { kind: kind.into(), id, status: status.into() }
    }
}

impl From<domain::InterviewerApplication> for InterviewerApplication {
    fn from(row: domain::InterviewerApplication) -> Self {
        Self {
            id: row.id,
            source: row.source.as_str().into(),
            name: row.name,
            email: row.email.to_string(),
            phone: row.phone.to_string(),
            country: row.country,
            zone: row.zone.to_string(),
            experience_months: row.experience_months,
            interviewing_months: row.interviewing_months,
            specialisations: row.specialisations.into_iter().collect(),
            skills: row.skills.into_iter().collect(),
            current_company: row.current_company,
            previous_companies: row.previous_companies,
            designation: row.designation,
            links: row.links,
            has_cv: row.cv_file_id.is_some(),
            status: row.status.as_str().into(),
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            reason: row.reason,
            interviewer_id: row.interviewer_id,
            duplicates: None,
            created_at: row.created_at,
        }
    }
}

async fn one(
    state: &AppState,
    caller: &Caller,
    id: InterviewerApplicationId,
) -> ApiResult<(i64, InterviewerApplication)> {
    let reviewed = state.hdip.interviewer_application(caller, id).await?;
    let version = reviewed.application.version;
    let duplicates = reviewed.duplicates.into_iter().map(Into::into).collect();
    Ok((version, InterviewerApplication { duplicates: Some(duplicates), ..reviewed.application.into() }))
}

/// Apply to become an interviewer
///
/// For anybody. The answer says only that it arrived; what becomes of it is mailed. Somebody who sends many is asked to
/// wait (429).
#[utoipa::path(
    post, path = "/v1/apply", tag = "ladder", request_body = NewInterviewerApplication,
    responses((status = 202, description = "It has arrived"))
)]
async fn apply(
    State(state): State<AppState>,
    visitor: Visitor,
    Json(new): Json<NewInterviewerApplication>,
) -> ApiResult<StatusCode> {
    state.hdip.apply_as_interviewer(&visitor, new.apply()?).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Enter an application to become an interviewer
///
/// For the operator. The applicant is told by mail.
#[utoipa::path(
    post, path = "/v1/interviewer-applications", tag = "ladder", request_body = NewInterviewerApplication,
    responses((status = 201, description = "Entered", body = InterviewerApplication))
)]
async fn enter_interviewer_application(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewInterviewerApplication>,
) -> ApiResult<Created<InterviewerApplication>> {
    let done = state.hdip.apply_as_interviewer(&caller, new.apply()?).await?;
    let (version, body) = one(&state, &caller, done.output).await?;
    let location = format!("/v1/interviewer-applications/{}", done.output);
    Ok(Created { location, version: Some(version), replayed: done.replayed, body })
}

/// Which applications.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InterviewerApplicationsQuery {
    /// Only in this status.
    #[param(example = "received")]
    pub status: Option<String>,
}

/// List applications to become an interviewer
///
/// Newest first. For the operator.
#[utoipa::path(
    get, path = "/v1/interviewer-applications", tag = "ladder",
    params(InterviewerApplicationsQuery, PageQuery),
    responses((status = 200, description = "A page of applications", body = PageOf<InterviewerApplication>))
)]
async fn list_interviewer_applications(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<InterviewerApplicationsQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<InterviewerApplication>>> {
    type Status = domain::InterviewerApplicationStatus;
    let status = query.status.map(|text| word("status", &text, Status::ALL, Status::as_str)).transpose()?;
    let page = page.page::<InterviewerApplicationId>()?;
    Ok(Json(PageOf::of(state.hdip.interviewer_applications(&caller, status, &page).await?)))
}

/// Read an application to become an interviewer
///
/// With who may be the same person. For the operator.
#[utoipa::path(
    get, path = "/v1/interviewer-applications/{id}", tag = "ladder",
    params(("id" = String, Path, description = "Application", example = "iapp_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The application", body = InterviewerApplication))
)]
async fn get_interviewer_application(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerApplicationId>,
) -> ApiResult<(ETag, Json<InterviewerApplication>)> {
    let (version, body) = one(&state, &caller, id).await?;
    Ok((ETag(version), Json(body)))
}

/// A CV as a file to save.
pub(super) fn cv_file(cv: domain::InterviewerCv, name: impl std::fmt::Display) -> Response {
    let headers = [
        (header::CONTENT_TYPE, cv.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, cv.meta.length.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", cv.kind.as_str())),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(cv.body)).into_response()
}

/// Read the CV of an application
///
/// As a file to save. For the operator.
#[utoipa::path(
    get, path = "/v1/interviewer-applications/{id}/cv", tag = "ladder",
    params(("id" = String, Path, description = "Application", example = "iapp_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The CV", content_type = "application/octet-stream", body = Vec<u8>))
)]
async fn get_application_cv(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerApplicationId>,
) -> ApiResult<Response> {
    Ok(cv_file(state.hdip.application_cv(&caller, id).await?, id))
}

/// How an accepted applicant begins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// 1 to 3.
    #[schema(example = 2, minimum = 1, maximum = 3)]
    pub level: u8,
    /// ISO 4217 code of what it is paid in.
    #[schema(example = "INR")]
    pub pay_currency: String,
}

/// Accept an application
///
/// The applicant becomes an interviewer, `invited`, is welcomed, and sets a password by the link it is mailed. For the
/// operator.
#[utoipa::path(
    post, path = "/v1/interviewer-applications/{id}/accept", tag = "ladder", request_body = Acceptance,
    params(("id" = String, Path, description = "Application", example = "iapp_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "Accepted", body = InterviewerApplication))
)]
async fn accept_application(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerApplicationId>,
    IfMatch(expected): IfMatch,
    Json(input): Json<Acceptance>,
) -> ApiResult<(ETag, Replayed, Json<InterviewerApplication>)> {
    let accept = domain::AcceptApplication { level: input.level, pay_currency: input.pay_currency };
    let done = state.hdip.accept_application(&caller, id, accept, expected).await?;
    let (version, body) = one(&state, &caller, id).await?;
    Ok((ETag(version), Replayed(done.replayed), Json(body)))
}

/// A reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// Mailed to the applicant, 1 to 1000 characters.
    #[schema(example = "We need more years as an interviewer.", max_length = 1000)]
    pub reason: String,
}

/// Reject an application
///
/// The reason is mailed to the applicant. For the operator.
#[utoipa::path(
    post, path = "/v1/interviewer-applications/{id}/reject", tag = "ladder", request_body = Rejection,
    params(("id" = String, Path, description = "Application", example = "iapp_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "Rejected", body = InterviewerApplication))
)]
async fn reject_application(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerApplicationId>,
    IfMatch(expected): IfMatch,
    Json(input): Json<Rejection>,
) -> ApiResult<(ETag, Replayed, Json<InterviewerApplication>)> {
    let done = state.hdip.reject_application(&caller, id, &input.reason, expected).await?;
    let (version, body) = one(&state, &caller, id).await?;
    Ok((ETag(version), Replayed(done.replayed), Json(body)))
}
