//! What belongs to one interviewer on the ladder: profile and CV, payout account, checklist, certifications, notice.

use super::interviewer_applications::{MAX_BODY, cv_file, decoded};
use super::interviewers::{ConfirmedInterviews, InterviewChoice};
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::ApiResult;
use crate::reply::{ETag, Replayed};
use crate::state::AppState;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use hdip_core::Error;
use hdip_core::interviewers::ConfirmedInterview as DomainConfirmed;
use hdip_core::ladder as domain;
use hdip_core::values::{ClientId, InterviewId, InterviewerId, LadderStepId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/interviewers/{id}/…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_interviewer_profile, update_interviewer_profile))
        .routes(routes!(get_interviewer_cv, put_interviewer_cv))
        .routes(routes!(get_payout_account, put_payout_account))
        .routes(routes!(reveal_payout_account))
        .routes(routes!(get_checklist))
        .routes(routes!(list_ladder_steps))
        .routes(routes!(list_confirmed_interviews))
        .routes(routes!(certify_interviewer))
        .routes(routes!(withdraw_certification))
        .routes(routes!(give_notice, take_back_notice))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// What is known of an interviewer beside what matching looks at.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InterviewerProfile {
    /// Months of experience as an interviewer.
    #[schema(example = 24)]
    pub interviewing_months: u32,
    /// Web addresses.
    #[schema(example = json!(["https://github.com/nila"]))]
    pub links: Vec<String>,
    /// `pdf` or `docx`, where there is a CV.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pdf")]
    pub cv_type: Option<String>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Changes to a profile: what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewerProfilePatch {
    /// Months of experience as an interviewer.
    #[schema(example = 30)]
    pub interviewing_months: Option<u32>,
    /// At most 3 `https://` addresses: all of them.
    pub links: Option<Vec<String>>,
}

async fn profile(
    state: &AppState,
    caller: &Caller,
    id: InterviewerId,
) -> ApiResult<(ETag, Json<InterviewerProfile>)> {
    let row = state.hdip.interviewer_profile(caller, id).await?;
    let body = InterviewerProfile {
        interviewing_months: row.interviewing_months,
        links: row.links,
        cv_type: row.cv_type.map(|kind| kind.as_str().to_owned()),
        updated_at: row.updated_at,
    };
    Ok((ETag(row.version), Json(body)))
}

/// Read the profile of an interviewer
///
/// For the operator and the interviewer itself.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/profile", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The profile", body = InterviewerProfile))
)]
async fn get_interviewer_profile(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<(ETag, Json<InterviewerProfile>)> {
    profile(&state, &caller, id).await
}

/// Change the profile of an interviewer
///
/// For the operator and the interviewer itself.
#[utoipa::path(
    patch, path = "/v1/interviewers/{id}/profile", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = InterviewerProfilePatch,
    responses((status = 200, description = "Changed", body = InterviewerProfile))
)]
async fn update_interviewer_profile(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<InterviewerProfilePatch>,
) -> ApiResult<(ETag, Json<InterviewerProfile>)> {
    let update = domain::UpdateInterviewerProfile {
        expected,
        interviewing_months: patch.interviewing_months,
        links: patch.links,
    };
    state.hdip.update_interviewer_profile(&caller, id, update).await?;
    profile(&state, &caller, id).await
}

/// A CV to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CvInput {
    /// A PDF or DOCX of at most 5 MiB, in base64.
    #[schema(example = "JVBERi0xLjc…")]
    pub content: String,
}

/// Read the CV of an interviewer
///
/// As a file to save. For the operator and the interviewer itself.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/cv", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The CV", content_type = "application/octet-stream", body = Vec<u8>))
)]
async fn get_interviewer_cv(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<Response> {
    Ok(cv_file(state.hdip.interviewer_cv(&caller, id).await?, id))
}

/// Put a CV in the place of the one there is
///
/// For the operator and the interviewer itself.
#[utoipa::path(
    put, path = "/v1/interviewers/{id}/cv", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = CvInput,
    responses((status = 200, description = "Kept", body = InterviewerProfile))
)]
async fn put_interviewer_cv(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    IfMatch(expected): IfMatch,
    Json(input): Json<CvInput>,
) -> ApiResult<(ETag, Json<InterviewerProfile>)> {
    let cv = decoded("content", &input.content)?;
    state.hdip.put_interviewer_cv(&caller, id, cv, expected).await?;
    profile(&state, &caller, id).await
}

/// Where an interviewer is paid. Of each number the last four characters are shown.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PayoutAccount {
    /// In whose name the account is.
    #[schema(example = "Nila Bose")]
    pub holder: String,
    /// Last four of the account number.
    #[schema(example = "5678")]
    pub account_last4: String,
    /// Last four of the IFSC or BIC.
    #[schema(example = "1234")]
    pub bank_code_last4: String,
    /// Last four of the PAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "234F")]
    pub pan_last4: Option<String>,
    /// Last four of the GSTIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "F1Z7")]
    pub gstin_last4: Option<String>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Where to pay; all of it anew each time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccountInput {
    /// In whose name the account is.
    #[schema(example = "Nila Bose")]
    pub holder: String,
    /// In India 9 to 18 digits; elsewhere an IBAN or account number.
    #[schema(example = "50100012345678")]
    pub account_number: String,
    /// In India.
    #[schema(example = "HDFC0001234")]
    pub ifsc: Option<String>,
    /// Elsewhere.
    #[schema(example = "DEUTDEFF")]
    pub bic: Option<String>,
    /// Required in India.
    #[schema(example = "ABCPE1234F")]
    pub pan: Option<String>,
    /// Where the interviewer is registered for GST, under the same PAN.
    #[schema(example = "29ABCPE1234F1Z7")]
    pub gstin: Option<String>,
}

async fn account(
    state: &AppState,
    caller: &Caller,
    id: InterviewerId,
) -> ApiResult<(ETag, Json<PayoutAccount>)> {
    let row = state.hdip.payout_account(caller, id).await?.ok_or(Error::NotFound("payout account"))?;
    let body = PayoutAccount {
        holder: row.holder,
        account_last4: row.account_last4,
        bank_code_last4: row.bank_code_last4,
        pan_last4: row.pan_last4,
        gstin_last4: row.gstin_last4,
        updated_at: row.updated_at,
    };
    Ok((ETag(row.version), Json(body)))
}

/// Read where an interviewer is paid
///
/// Without the numbers. For the operator and the interviewer itself; 404 before it was said.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/payout-account", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The account", body = PayoutAccount))
)]
async fn get_payout_account(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<(ETag, Json<PayoutAccount>)> {
    account(&state, &caller, id).await
}

/// Say where an interviewer is paid
///
/// For the interviewer itself and admins of the operator. The numbers are stored sealed.
#[utoipa::path(
    put, path = "/v1/interviewers/{id}/payout-account", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = PayoutAccountInput,
    responses((status = 200, description = "Kept", body = PayoutAccount))
)]
async fn put_payout_account(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    IfMatch(expected): IfMatch,
    Json(input): Json<PayoutAccountInput>,
) -> ApiResult<(ETag, Json<PayoutAccount>)> {
    let put = domain::PayoutAccountFields {
        expected,
        holder: input.holder,
        account_number: input.account_number,
        ifsc: input.ifsc,
        bic: input.bic,
        pan: input.pan,
        gstin: input.gstin,
    };
    state.hdip.put_payout_account(&caller, id, put).await?;
    account(&state, &caller, id).await
}

/// Why it has to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LadderReason {
    /// 1 to 500 characters; kept in the audit trail.
    #[schema(example = "a payout came back", max_length = 500)]
    pub reason: String,
}

/// The numbers in clear.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PayoutNumbers {
    /// Account number or IBAN.
    #[schema(example = "50100012345678")]
    pub account_number: String,
    /// In India.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "HDFC0001234")]
    pub ifsc: Option<String>,
    /// Elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "DEUTDEFF")]
    pub bic: Option<String>,
    /// PAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ABCPE1234F")]
    pub pan: Option<String>,
    /// GSTIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "29ABCPE1234F1Z7")]
    pub gstin: Option<String>,
}

/// Read the numbers of a payout account in clear
///
/// For admins of the operator. Each reading is in the audit trail, with its reason.
#[utoipa::path(
    post, path = "/v1/interviewers/{id}/payout-account/reveal", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = LadderReason,
    responses((status = 200, description = "The numbers", body = PayoutNumbers))
)]
async fn reveal_payout_account(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    Json(input): Json<LadderReason>,
) -> ApiResult<Response> {
    let numbers = state.hdip.reveal_payout_account(&caller, id, &input.reason).await?;
    let body = PayoutNumbers {
        account_number: numbers.account_number,
        ifsc: numbers.ifsc,
        bic: numbers.bic,
        pan: numbers.pan,
        gstin: numbers.gstin,
    };
    Ok(([(header::CACHE_CONTROL, "private, no-store")], Json(body)).into_response())
}

/// What an interviewer sees to before shadowing can begin.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Checklist {
    /// Every item.
    pub items: Vec<ChecklistItem>,
    /// Nothing is missing.
    pub complete: bool,
}

/// An item of the checklist.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChecklistItem {
    /// `password`, `terms`, `availability`, `payout_account`, `cv`; new ones may appear.
    #[schema(example = "terms")]
    pub item: String,
    /// Whether it is seen to.
    pub done: bool,
}

/// Read what an interviewer has seen to
///
/// For the operator and the interviewer itself.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/checklist", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The checklist", body = Checklist))
)]
async fn get_checklist(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<Json<Checklist>> {
    let checklist = state.hdip.checklist(&caller, id).await?;
    let complete = checklist.missing().is_empty();
    let items = checklist.items.into_iter();
    let items = items.map(|(item, done)| ChecklistItem { item: item.as_str().into(), done });
    Ok(Json(Checklist { items: items.collect(), complete }))
}

/// What happened to an interviewer on the ladder.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LadderStep {
    /// Its id.
    #[schema(value_type = String, example = "step_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: LadderStepId,
    /// `invited`, `status`, `shadowing_started`, `certified`, `certification_withdrawn`, `notice_given`,
    /// `notice_withdrawn`; new ones may appear.
    #[schema(example = "certified")]
    pub step: String,
    /// Rung before.
    #[schema(example = "shadowing")]
    pub status_from: String,
    /// Rung after.
    #[schema(example = "certified")]
    pub status_to: String,
    /// Of a certification or shadowing: which specialisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "backend")]
    pub specialisation: Option<String>,
    /// At which level.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub level: Option<u8>,
    /// Who.
    #[schema(example = "user:user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub actor: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<domain::LadderStep> for LadderStep {
    fn from(row: domain::LadderStep) -> Self {
        Self {
            id: row.id,
            step: row.step.as_str().into(),
            status_from: row.status_from.as_str().into(),
            status_to: row.status_to.as_str().into(),
            specialisation: row.specialisation,
            level: row.level,
            actor: row.actor,
            reason: row.reason,
            at: row.at,
        }
    }
}

/// List what happened to an interviewer on the ladder
///
/// Newest first. For the operator and the interviewer itself.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/ladder-steps", tag = "ladder",
    params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa"), PageQuery),
    responses((status = 200, description = "A page of steps", body = PageOf<LadderStep>))
)]
async fn list_ladder_steps(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<LadderStep>>> {
    let page = page.page::<LadderStepId>()?;
    Ok(Json(PageOf::of(state.hdip.ladder_steps(&caller, id, &page).await?)))
}

/// A confirmed interview, for whoever decides what becomes of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ConfirmedInterview {
    /// Its id.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: InterviewId,
    /// Whose.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: ClientId,
    /// Name of the client.
    #[schema(example = "Acme")]
    pub client_brand: String,
    /// Title of the job.
    #[schema(example = "Backend Engineer")]
    pub job_title: String,
    /// Start.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
}

impl From<DomainConfirmed> for ConfirmedInterview {
    fn from(row: DomainConfirmed) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            client_brand: row.client_brand,
            job_title: row.job_title,
            start: row.start,
            end: row.end,
        }
    }
}

/// List the confirmed interviews of an interviewer
///
/// All of them, soonest first: what to decide about before suspending or leaving. For the operator and the
/// interviewer itself.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/confirmed-interviews", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The interviews", body = PageOf<ConfirmedInterview>))
)]
async fn list_confirmed_interviews(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<Json<PageOf<ConfirmedInterview>>> {
    let rows = state.hdip.confirmed_interviews(&caller, id).await?;
    Ok(Json(PageOf { items: rows.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// A certification by the operator's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificationInput {
    /// One of the interviewer's specialisations.
    #[schema(example = "backend")]
    pub specialisation: String,
    /// 1 to 3.
    #[schema(example = 2, minimum = 1, maximum = 3)]
    pub level: u8,
    /// Why without a mentor.
    #[schema(example = "certified elsewhere", max_length = 500)]
    pub reason: String,
}

/// Certify an interviewer
///
/// By the operator's word, without a mentor's, for one specialisation and level. For the operator.
#[utoipa::path(
    post, path = "/v1/interviewers/{id}/certifications", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = CertificationInput,
    responses((status = 204, description = "Certified"))
)]
async fn certify_interviewer(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    Json(input): Json<CertificationInput>,
) -> ApiResult<(Replayed, StatusCode)> {
    let certify =
        domain::Certify { specialisation: input.specialisation, level: input.level, reason: input.reason };
    let done = state.hdip.certify(&caller, id, certify).await?;
    Ok((Replayed(done.replayed), StatusCode::NO_CONTENT))
}

/// Why.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReasonQuery {
    /// 1 to 500 characters.
    #[param(example = "repeated complaints")]
    pub reason: String,
}

/// Withdraw a certification
///
/// Confirmed interviews stay. For the operator.
#[utoipa::path(
    delete, path = "/v1/interviewers/{id}/certifications/{specialisation}", tag = "ladder",
    params(
        ("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("specialisation" = String, Path, description = "Slug", example = "backend"),
        ReasonQuery
    ),
    responses((status = 204, description = "Withdrawn"))
)]
async fn withdraw_certification(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, specialisation)): Path<(InterviewerId, String)>,
    Query(query): Query<ReasonQuery>,
) -> ApiResult<StatusCode> {
    state.hdip.withdraw_certification(&caller, id, &specialisation, &query.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A notice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeInput {
    /// Why; the operator must say it.
    #[schema(example = "a new job", max_length = 500)]
    pub reason: Option<String>,
    /// What becomes of confirmed interviews after the last day; required if there are any.
    pub confirmed_interviews: Option<ConfirmedInterviews>,
    /// What becomes of single ones, whatever is said of all.
    #[serde(default)]
    pub interviews: Vec<InterviewChoice>,
}

/// What a notice did.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// Nothing that begins from then on is offered.
    pub leaves_at: DateTime<Utc>,
    /// Interviews after that which somebody else is now looked for.
    pub released: u32,
    /// Interviews after that which take place.
    pub kept: u32,
}

/// Give notice
///
/// By the interviewer, or by the operator to it. After 7 days (policy) the interviewer has left; what is confirmed
/// until then takes place, sign-in stays, and what is earned is paid.
#[utoipa::path(
    post, path = "/v1/interviewers/{id}/notice", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")), request_body = NoticeInput,
    responses((status = 200, description = "Given", body = Notice))
)]
async fn give_notice(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    Json(input): Json<NoticeInput>,
) -> ApiResult<(Replayed, Json<Notice>)> {
    let notice = domain::GiveNotice {
        reason: input.reason,
        confirmed_interviews: input.confirmed_interviews.map(Into::into),
        interviews: input.interviews.into_iter().map(Into::into).collect(),
    };
    let done = state.hdip.give_notice(&caller, id, notice).await?;
    let domain::NoticeTaken { leaves_at, released, kept } = done.output;
    Ok((Replayed(done.replayed), Json(Notice { leaves_at, released, kept })))
}

/// Take a notice back
///
/// Before the last day. For the operator and the interviewer itself.
#[utoipa::path(
    delete, path = "/v1/interviewers/{id}/notice", tag = "ladder", params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 204, description = "Taken back"))
)]
async fn take_back_notice(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<StatusCode> {
    state.hdip.take_back_notice(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
