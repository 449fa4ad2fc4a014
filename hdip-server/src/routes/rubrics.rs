//! Rubrics of rounds: what is judged, by which levels, with which questions.

use super::jobs::one_round;
use crate::auth::Caller;
use crate::extract::{Json, Path};
use crate::problem::ApiResult;
use crate::reply::Created;
use crate::state::AppState;
use axum::extract::State;
use hdip_core::feedback as domain;
use hdip_core::values::{JobId, RoundId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Below `/v1/jobs/{id}/rounds/{round_id}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_rubric, set_rubric))
}

/// A skill to rate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RubricSkill {
    /// Name.
    #[schema(min_length = 1, max_length = 80, example = "rust")]
    pub name: String,
    /// What each level looks like, lowest first, 2 to 6; the standard four if empty.
    #[serde(default)]
    #[schema(example = json!(["Not yet", "With help", "Alone", "Teaches others"]))]
    pub levels: Vec<String>,
}

impl From<domain::RubricSkill> for RubricSkill {
    fn from(skill: domain::RubricSkill) -> Self {
        Self { name: skill.name, levels: skill.levels }
    }
}

/// A question to ask.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedQuestion {
    /// The question.
    #[schema(min_length = 1, max_length = 1000, example = "How would you find a leak?")]
    pub question: String,
    /// How long it should take.
    #[schema(minimum = 1, maximum = 120, example = 10)]
    pub minutes: u32,
    /// What a good answer has.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub guideline: String,
}

impl From<domain::PlannedQuestion> for PlannedQuestion {
    fn from(planned: domain::PlannedQuestion) -> Self {
        Self { question: planned.question, minutes: planned.minutes, guideline: planned.guideline }
    }
}

/// What a round is judged by.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Rubric {
    /// Its version; 0 where the round has none and the job's mandatory skills are judged.
    #[schema(example = 1)]
    pub number: u32,
    /// Skills to rate.
    pub skills: Vec<RubricSkill>,
    /// Rows to grade besides `Communication`.
    pub evaluation_rows: Vec<String>,
    /// Questions to ask.
    pub questions: Vec<PlannedQuestion>,
}

impl From<domain::Rubric> for Rubric {
    fn from(rubric: domain::Rubric) -> Self {
        Self {
            number: rubric.number,
            skills: rubric.skills.into_iter().map(Into::into).collect(),
            evaluation_rows: rubric.evaluation_rows,
            questions: rubric.questions.into_iter().map(Into::into).collect(),
        }
    }
}

/// Another version of a rubric.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RubricInput {
    /// 1 to 20.
    pub skills: Vec<RubricSkill>,
    /// At most 12.
    #[serde(default)]
    #[schema(example = json!(["Ownership"]))]
    pub evaluation_rows: Vec<String>,
    /// At most 50.
    #[serde(default)]
    pub questions: Vec<PlannedQuestion>,
}

/// Get a round's rubric
#[utoipa::path(
    get, path = "/v1/jobs/{id}/rounds/{round_id}/rubric", tag = "feedback",
    params(("id" = String, Path, description = "Job"), ("round_id" = String, Path, description = "Round")),
    responses((status = 200, description = "The rubric", body = Rubric))
)]
async fn get_rubric(
    State(state): State<AppState>,
    caller: Caller,
    Path((job, round)): Path<(JobId, RoundId)>,
) -> ApiResult<Json<Rubric>> {
    one_round(&state, &caller, job, round).await?;
    Ok(Json(state.hdip.rubric(&caller, round).await?.into()))
}

/// Give a round another rubric
///
/// A version is never changed: interviews that were requested before keep theirs.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/rounds/{round_id}/rubric", tag = "feedback",
    params(("id" = String, Path, description = "Job"), ("round_id" = String, Path, description = "Round")),
    request_body = RubricInput,
    responses((status = 201, description = "Made", body = Rubric))
)]
async fn set_rubric(
    State(state): State<AppState>,
    caller: Caller,
    Path((job, round)): Path<(JobId, RoundId)>,
    Json(input): Json<RubricInput>,
) -> ApiResult<Created<Rubric>> {
    one_round(&state, &caller, job, round).await?;
    let skill = |s: RubricSkill| domain::NewRubricSkill { name: s.name, levels: s.levels };
    let question = |q: PlannedQuestion| domain::PlannedQuestion {
        question: q.question,
        minutes: q.minutes,
        guideline: q.guideline,
    };
    let new = domain::NewRubric {
        skills: input.skills.into_iter().map(skill).collect(),
        evaluation_rows: input.evaluation_rows,
        questions: input.questions.into_iter().map(question).collect(),
    };
    let done = state.hdip.set_rubric(&caller, round, new).await?;
    Ok(Created {
        location: format!("/v1/jobs/{job}/rounds/{round}/rubric"),
        version: None,
        replayed: done.replayed,
        body: state.hdip.rubric(&caller, round).await?.into(),
    })
}
