//! Ratings: the candidate gives one by a link, the operator reads them.

use super::links::LinkHolder;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::ApiResult;
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::feedback as domain;
use hdip_core::values::{InterviewId, InterviewerId, RatingId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/links/{token}/rating` and `/v1/interviewers/{id}/ratings`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(link_rate)).routes(routes!(list_ratings))
}

/// A rating to give.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingInput {
    /// 1 (poor) to 5 (excellent).
    #[schema(minimum = 1, maximum = 5, example = 5)]
    pub stars: u32,
    /// For the operator.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub comment: Option<String>,
}

/// A rating.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Rating {
    /// Its id.
    #[schema(value_type = String, example = "rtng_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: RatingId,
    /// Of which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// 1 to 5.
    #[schema(example = 5)]
    pub stars: u32,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<domain::Rating> for Rating {
    fn from(rating: domain::Rating) -> Self {
        Self {
            id: rating.id,
            interview_id: rating.interview_id,
            stars: rating.stars,
            comment: rating.comment,
            created_at: rating.created_at,
        }
    }
}

/// Rate the interviewer
///
/// For the candidate's rating link, once.
#[utoipa::path(
    post, path = "/v1/links/{token}/rating", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = RatingInput,
    responses((status = 204, description = "Thank you"))
)]
async fn link_rate(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(input): Json<RatingInput>,
) -> ApiResult<(StatusCode, Replayed, ())> {
    let rating = domain::RateInterviewer { stars: input.stars, comment: input.comment };
    let done = state.hdip.rate_interviewer(&holder.ctx, holder.subject()?, rating).await?;
    Ok((StatusCode::NO_CONTENT, Replayed(done.replayed), ()))
}

/// List an interviewer's ratings
///
/// Newest first; for the operator.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/ratings", tag = "feedback",
    params(("id" = String, Path, description = "Interviewer"), PageQuery),
    responses((status = 200, description = "A page of ratings", body = PageOf<Rating>))
)]
async fn list_ratings(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Rating>>> {
    Ok(Json(PageOf::of(state.hdip.ratings(&caller, id, &page.page::<RatingId>()?).await?)))
}
