//! Feedback about the product.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::reply::{Created, Replayed, picture};
use crate::state::AppState;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hdip_core::product_feedback as domain;
use hdip_core::values::{ClientId, ProductFeedbackId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Bytes a request may have: the largest screenshot in base64, the text, and what is around them.
const MAX_BODY: usize = domain::MAX_SCREENSHOT_BYTES / 3 * 4 + 64 * 1024;

/// `/v1/product-feedback…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_product_feedback, give_product_feedback))
        .routes(routes!(get_product_feedback))
        .routes(routes!(get_product_feedback_screenshot))
        .routes(routes!(answer_product_feedback))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// What feedback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductFeedbackKind {
    /// Something does not work.
    Bug,
    /// Something could be better.
    Enhancement,
}
same_variants!(ProductFeedbackKind, domain::ProductFeedbackKind, Bug, Enhancement);

/// How much it matters to who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductFeedbackPriority {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}
same_variants!(ProductFeedbackPriority, domain::ProductFeedbackPriority, Low, Medium, High);

/// Whether somebody has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductFeedbackStatus {
    /// Not yet.
    Open,
    /// Yes.
    Answered,
}
same_variants!(ProductFeedbackStatus, domain::ProductFeedbackStatus, Open, Answered);

/// What to say about the product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProductFeedback {
    /// About what.
    pub kind: ProductFeedbackKind,
    /// How much it matters.
    pub priority: ProductFeedbackPriority,
    /// In one's own words.
    #[schema(min_length = 1, max_length = 4000, example = "The list of candidates forgets its filter.")]
    pub text: String,
    /// A PNG or JPEG picture of at most 3 MiB, in base64.
    #[schema(example = "iVBORw0KGgo…")]
    pub screenshot: Option<String>,
}

/// That feedback was received.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProductFeedbackReceived {
    /// Its id; name it when you ask about it.
    #[schema(value_type = String, example = "pfbk_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ProductFeedbackId,
}

/// What a user said about the product.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProductFeedback {
    /// Its id.
    #[schema(value_type = String, example = "pfbk_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ProductFeedbackId,
    /// Who said it.
    #[schema(value_type = String, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub user_id: UserId,
    /// The user's name.
    #[schema(example = "Rita Recruiter")]
    pub user_name: String,
    /// The user's address.
    #[schema(example = "recruiter@acme.example")]
    pub user_email: String,
    /// The client the user belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// The client's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Acme")]
    pub client_brand: Option<String>,
    /// About what.
    pub kind: ProductFeedbackKind,
    /// How much it matters.
    pub priority: ProductFeedbackPriority,
    /// In the user's words.
    #[schema(example = "The list of candidates forgets its filter.")]
    pub text: String,
    /// Whether there is a screenshot.
    pub has_screenshot: bool,
    /// Whether somebody has answered.
    pub status: ProductFeedbackStatus,
    /// When it was marked as answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
    /// Who did that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "user:user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub answered_by: Option<String>,
    /// When it was said.
    pub created_at: DateTime<Utc>,
}

impl From<domain::ProductFeedbackView> for ProductFeedback {
    fn from(view: domain::ProductFeedbackView) -> Self {
        let row = view.feedback;
        Self {
            id: row.id,
            user_id: row.user_id,
            user_name: view.user_name,
            user_email: view.user_email.to_string(),
            client_id: row.client_id,
            client_brand: view.client_brand,
            kind: row.kind.into(),
            priority: row.priority.into(),
            text: row.text,
            has_screenshot: row.screenshot_file_id.is_some(),
            status: row.status.into(),
            answered_at: row.answered_at,
            answered_by: row.answered_by,
            created_at: row.created_at,
        }
    }
}

/// Which feedback.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProductFeedbackQuery {
    /// Only in this status: `open` or `answered`.
    #[param(example = "open")]
    pub status: Option<String>,
}

/// Say something about the product
///
/// For every signed-in user. It is mailed to the operator's support address; an answer comes by mail.
#[utoipa::path(
    post, path = "/v1/product-feedback", tag = "product feedback", request_body = NewProductFeedback,
    responses((status = 201, description = "Received", body = ProductFeedbackReceived), (status = "default", description = "Refused", body = Problem))
)]
async fn give_product_feedback(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<NewProductFeedback>,
) -> ApiResult<Created<ProductFeedbackReceived>> {
    let screenshot = input.screenshot.map(|text| STANDARD.decode(text)).transpose();
    let screenshot = screenshot
        .map_err(|_| ApiError::field("screenshot", "invalid_base64", "must be base64 (RFC 4648 §4)"))?;
    let input = domain::GiveProductFeedback {
        kind: input.kind.into(),
        priority: input.priority.into(),
        text: input.text,
        screenshot: screenshot.map(Into::into),
    };
    let done = state.hdip.give_product_feedback(&caller, input).await?;
    Ok(Created {
        location: format!("/v1/product-feedback/{}", done.output),
        version: None,
        replayed: done.replayed,
        body: ProductFeedbackReceived { id: done.output },
    })
}

/// List feedback about the product
///
/// For the operator's staff. Newest first.
#[utoipa::path(
    get, path = "/v1/product-feedback", tag = "product feedback", params(PageQuery, ProductFeedbackQuery),
    responses((status = 200, description = "A page of feedback", body = PageOf<ProductFeedback>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_product_feedback(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
    Query(query): Query<ProductFeedbackQuery>,
) -> ApiResult<Json<PageOf<ProductFeedback>>> {
    type Status = domain::ProductFeedbackStatus;
    let status = query.status.map(|text| word("status", &text, Status::ALL, Status::as_str)).transpose()?;
    let page = page.page::<ProductFeedbackId>()?;
    Ok(Json(PageOf::of(state.hdip.product_feedback(&caller, status, &page).await?)))
}

/// Read feedback about the product
///
/// For the operator's staff.
#[utoipa::path(
    get, path = "/v1/product-feedback/{id}", tag = "product feedback",
    params(("id" = String, Path, description = "Feedback", example = "pfbk_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The feedback", body = ProductFeedback), (status = "default", description = "Refused", body = Problem))
)]
async fn get_product_feedback(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ProductFeedbackId>,
) -> ApiResult<Json<ProductFeedback>> {
    Ok(Json(state.hdip.one_product_feedback(&caller, id).await?.into()))
}

/// Read the screenshot of feedback
///
/// For the operator's staff. `image/png` or `image/jpeg`, as a file to save.
#[utoipa::path(
    get, path = "/v1/product-feedback/{id}/screenshot", tag = "product feedback",
    params(("id" = String, Path, description = "Feedback", example = "pfbk_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses(
        (status = 200, description = "The picture", content_type = "image/*", body = Vec<u8>),
        (status = "default", description = "Refused", body = Problem)
    )
)]
async fn get_product_feedback_screenshot(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ProductFeedbackId>,
) -> ApiResult<Response> {
    let screenshot = state.hdip.product_feedback_screenshot(&caller, id).await?;
    Ok(picture(screenshot, "attachment", &id.to_string()))
}

/// Mark feedback as answered
///
/// For the operator's staff; the answer itself goes by mail.
#[utoipa::path(
    post, path = "/v1/product-feedback/{id}/answered", tag = "product feedback",
    params(("id" = String, Path, description = "Feedback", example = "pfbk_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The feedback", body = ProductFeedback), (status = "default", description = "Refused", body = Problem))
)]
async fn answer_product_feedback(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ProductFeedbackId>,
) -> ApiResult<(Replayed, Json<ProductFeedback>)> {
    let done = state.hdip.mark_product_feedback_answered(&caller, id).await?;
    let view = state.hdip.one_product_feedback(&caller, id).await?;
    Ok((Replayed(done.replayed), Json(view.into())))
}
