//! Decisions on applications, one by one and many at once.

use super::applications::Application;
use crate::auth::Caller;
use crate::extract::{Json, Path};
use crate::problem::ApiResult;
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use hdip_core::hiring as domain;
use hdip_core::values::ApplicationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/applications/{id}/decision` and `/v1/decisions`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(decide_application)).routes(routes!(decide_applications))
}

/// What is decided.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Into the next round.
    Advance,
    /// Put aside.
    Hold,
    /// Not this one.
    Reject,
    /// This one.
    Select,
    /// An offer was made.
    Offer,
    /// The offer was declined.
    OfferDeclined,
}

impl From<Verdict> for domain::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Advance => Self::Advance,
            Verdict::Hold => Self::Hold,
            Verdict::Reject => Self::Reject,
            Verdict::Select => Self::Select,
            Verdict::Offer => Self::Offer,
            Verdict::OfferDeclined => Self::OfferDeclined,
        }
    }
}

/// On whose word somebody is rejected.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectedBy {
    /// After the present round.
    Round,
    /// By the hiring manager.
    HiringManager,
}

/// A decision.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionInput {
    /// What.
    pub verdict: Verdict,
    /// For rejections; `round` if not said.
    #[serde(default)]
    pub rejected_by: Option<RejectedBy>,
    /// Why; the client's people read it.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// Yes to going on with somebody the interviewer does not recommend.
    #[serde(default)]
    pub not_recommended_ok: bool,
}

impl From<DecisionInput> for domain::Decide {
    fn from(input: DecisionInput) -> Self {
        Self {
            verdict: input.verdict.into(),
            rejected_by: input.rejected_by.map(|by| match by {
                RejectedBy::Round => domain::RejectedBy::Round,
                RejectedBy::HiringManager => domain::RejectedBy::HiringManager,
            }),
            reason: input.reason,
            not_recommended_ok: input.not_recommended_ok,
        }
    }
}

/// The same decision on many applications.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionsInput {
    /// 1 to 200.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 200)]
    pub application_ids: Vec<ApplicationId>,
    /// The decision.
    pub decision: DecisionInput,
}

/// What became of one of them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Decided {
    /// Which.
    #[schema(value_type = String, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub application_id: ApplicationId,
    /// Its status now; absent when it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "selected")]
    pub status: Option<String>,
    /// Why it was refused: a stable word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "wrong_application_status")]
    pub code: Option<String>,
    /// Why it was refused: a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What became of all.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Decisions {
    /// In the order asked.
    pub items: Vec<Decided>,
}

/// Decide on an application
///
/// Advance it to the next round, put it aside, reject or select it, record the offer. Advancing or selecting
/// somebody who was not recommended asks for `not_recommended_ok` (409 `not_recommended_not_confirmed`).
#[utoipa::path(
    post, path = "/v1/applications/{id}/decision", tag = "hiring",
    params(("id" = String, Path, description = "Application")), request_body = DecisionInput,
    responses((status = 200, description = "Decided", body = Application))
)]
async fn decide_application(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Json(input): Json<DecisionInput>,
) -> ApiResult<(Replayed, Json<Application>)> {
    let done = state.hdip.decide_application(&caller, id, input.into()).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.application(&caller, id).await?.into())))
}

/// Decide on many applications
///
/// Each is a decision of its own; one that is refused stops none of the others. Repeating is safe: what is
/// decided already is refused with `wrong_application_status`.
#[utoipa::path(
    post, path = "/v1/decisions", tag = "hiring", request_body = DecisionsInput,
    responses((status = 200, description = "What became of each", body = Decisions))
)]
async fn decide_applications(
    State(state): State<AppState>,
    caller: Caller,
    Json(input): Json<DecisionsInput>,
) -> ApiResult<Json<Decisions>> {
    let all = state.hdip.decide_applications(&caller, &input.application_ids, &input.decision.into()).await?;
    let item = |decided: domain::Decided| {
        let (status, why) = match decided.outcome {
            Ok(status) => (Some(status.as_str().to_owned()), None),
            Err(why) => (None, Some(why)),
        };
        let (code, detail) = why.map(|(code, detail)| (code.to_owned(), detail)).unzip();
        Decided { application_id: decided.application, status, code, detail }
    };
    Ok(Json(Decisions { items: all.into_iter().map(item).collect() }))
}
