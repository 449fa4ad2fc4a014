//! Scorecards: the form an interviewer fills in, the draft, filing, correcting, and the client's result.

use super::attachments::Attachment;
use super::interview_views::InterviewerCard;
use super::links::LinkHolder;
use super::money::Amount;
use super::rubrics::{PlannedQuestion, RubricSkill};
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path};
use crate::problem::ApiResult;
use crate::reply::{ETag, Replayed};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::access::LinkPurpose;
use hdip_core::feedback as domain;
use hdip_core::values::{CandidateId, InterviewId, ScorecardId};
use hdip_core::{Ctx, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Below `/v1/interviews/{id}` and `/v1/links/{token}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_scorecard, submit_scorecard))
        .routes(routes!(save_scorecard_draft))
        .routes(routes!(correct_scorecard))
        .routes(routes!(get_result))
        .routes(routes!(link_scorecard, link_submit_scorecard))
        .routes(routes!(link_save_draft))
}

/// A question that was asked, and its answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskedQuestion {
    /// The question.
    #[schema(max_length = 1000, example = "What is a lock?")]
    pub question: String,
    /// What was answered.
    #[schema(max_length = 4000)]
    pub answer: String,
}

/// What is said of one skill.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SkillFeedback {
    /// Its name in the rubric.
    #[schema(example = "rust")]
    pub skill: String,
    /// 1 up to the number of the rubric's levels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 6, example = 3)]
    pub level: Option<u32>,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100, example = 85)]
    pub score: Option<u32>,
    /// In words.
    #[schema(max_length = 1000, example = "Solid, explains trade-offs.")]
    pub summary: String,
    /// At most 30.
    pub questions: Vec<AskedQuestion>,
}

/// A graded row.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationFeedback {
    /// `Communication` or one of the rubric's rows.
    #[schema(example = "Communication")]
    pub row: String,
    /// `poor`, `average`, `good`, `excellent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "good")]
    pub grade: Option<domain::Grade>,
}

/// What a scorecard says. A draft may be incomplete.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScorecardBody {
    /// One per skill of the rubric.
    pub skills: Vec<SkillFeedback>,
    /// One per row.
    pub evaluation: Vec<EvaluationFeedback>,
    /// Strengths.
    #[schema(max_length = 800)]
    pub strengths: String,
    /// What to work on.
    #[schema(max_length = 800)]
    pub improvements: String,
    /// 0 to 100; the mean of the skills if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100)]
    pub overall_score: Option<u32>,
    /// `highly_recommended`, `recommended`, `not_recommended`, `strongly_not_recommended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "recommended")]
    pub recommendation: Option<domain::Recommendation>,
    /// Further material.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, example = "https://notes.example/42")]
    pub link: Option<String>,
}

impl From<ScorecardBody> for domain::ScorecardBody {
    fn from(body: ScorecardBody) -> Self {
        let question = |q: AskedQuestion| domain::AskedQuestion { question: q.question, answer: q.answer };
        Self {
            skills: body
                .skills
                .into_iter()
                .map(|s| domain::SkillFeedback {
                    skill: s.skill,
                    level: s.level,
                    score: s.score,
                    summary: s.summary,
                    questions: s.questions.into_iter().map(question).collect(),
                })
                .collect(),
            evaluation: body
                .evaluation
                .into_iter()
                .map(|e| domain::EvaluationFeedback { row: e.row, grade: e.grade })
                .collect(),
            strengths: body.strengths,
            improvements: body.improvements,
            overall_score: body.overall_score,
            recommendation: body.recommendation,
            link: body.link,
        }
    }
}

impl From<domain::ScorecardBody> for ScorecardBody {
    fn from(body: domain::ScorecardBody) -> Self {
        let question = |q: domain::AskedQuestion| AskedQuestion { question: q.question, answer: q.answer };
        Self {
            skills: body
                .skills
                .into_iter()
                .map(|s| SkillFeedback {
                    skill: s.skill,
                    level: s.level,
                    score: s.score,
                    summary: s.summary,
                    questions: s.questions.into_iter().map(question).collect(),
                })
                .collect(),
            evaluation: body
                .evaluation
                .into_iter()
                .map(|e| EvaluationFeedback { row: e.row, grade: e.grade })
                .collect(),
            strengths: body.strengths,
            improvements: body.improvements,
            overall_score: body.overall_score,
            recommendation: body.recommendation,
            link: body.link,
        }
    }
}

/// A version of a scorecard.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Scorecard {
    /// Its id.
    #[schema(value_type = String, example = "card_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ScorecardId,
    /// 1, and up with every correction.
    #[schema(example = 1)]
    pub number: u32,
    /// `draft` or `submitted`.
    #[schema(example = "submitted")]
    pub state: String,
    /// What it says.
    pub body: ScorecardBody,
    /// Why it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was taken from the earning for filing late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deduction: Option<Amount>,
    /// When it was filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// When it was last saved.
    pub saved_at: DateTime<Utc>,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
}

impl From<domain::ScorecardView> for Scorecard {
    fn from(card: domain::ScorecardView) -> Self {
        Self {
            id: card.id,
            number: card.number,
            state: card.state.as_str().to_owned(),
            body: card.body.into(),
            reason: card.reason,
            deduction: card.deduction.map(Into::into),
            submitted_at: card.submitted_at,
            saved_at: card.saved_at,
            attachments: card.attachments.into_iter().map(Into::into).collect(),
        }
    }
}

/// What an interviewer needs to fill a scorecard in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ScorecardForm {
    /// Of which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// State of the interview.
    #[schema(example = "awaiting_feedback")]
    pub state: String,
    /// Version of the rubric; 0 where the round has none and the job's mandatory skills are judged.
    pub rubric_number: u32,
    /// Skills to rate.
    pub skills: Vec<RubricSkill>,
    /// Rows to grade.
    #[schema(example = json!(["Communication"]))]
    pub evaluation_rows: Vec<String>,
    /// Questions to ask.
    pub questions: Vec<PlannedQuestion>,
    /// What the round should look at.
    pub guidelines: String,
    /// When it is due; absent before the interview has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// What filing now would take from the earning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deduction_now: Option<Amount>,
    /// The draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<Scorecard>,
    /// What was filed, newest first.
    pub submitted: Vec<Scorecard>,
}

impl From<domain::ScorecardForm> for ScorecardForm {
    fn from(form: domain::ScorecardForm) -> Self {
        let rows = std::iter::once(domain::COMMUNICATION.to_owned()).chain(form.rubric.evaluation_rows);
        Self {
            interview_id: form.interview_id,
            state: form.state.as_str().to_owned(),
            rubric_number: form.rubric.number,
            skills: form.rubric.skills.into_iter().map(Into::into).collect(),
            evaluation_rows: rows.collect(),
            questions: form.rubric.questions.into_iter().map(Into::into).collect(),
            guidelines: form.guidelines,
            due_at: form.due_at,
            deduction_now: form.deduction_now.map(Into::into),
            draft: form.draft.map(Into::into),
            submitted: form.submitted.into_iter().map(Into::into).collect(),
        }
    }
}

/// A correction of a submitted scorecard.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionInput {
    /// What it says now, whole.
    pub body: ScorecardBody,
    /// Why; shown with the result.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// The result of an interview.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InterviewResult {
    /// Of which interview.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub interview_id: InterviewId,
    /// Whose.
    #[schema(value_type = String, example = "cand_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub candidate_id: CandidateId,
    /// Name.
    pub candidate_name: String,
    /// Present role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub designation: Option<String>,
    /// Present employer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Months of experience.
    pub experience_months: u32,
    /// Title of the job.
    pub job_title: String,
    /// Name of the round.
    pub round_name: String,
    /// When the interview began.
    pub start: DateTime<Utc>,
    /// Who interviewed, without the name; not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interviewer: Option<InterviewerCard>,
    /// The job's recommended score, to compare with.
    #[schema(example = 80)]
    pub recommended_score: u32,
    /// What was judged.
    pub skills: Vec<RubricSkill>,
    /// What was found.
    pub body: ScorecardBody,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
    /// Above 1 it is a correction.
    #[schema(example = 1)]
    pub number: u32,
    /// Why it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction_reason: Option<String>,
    /// When it was filed.
    pub submitted_at: DateTime<Utc>,
}

impl From<domain::ResultView> for InterviewResult {
    fn from(result: domain::ResultView) -> Self {
        Self {
            interview_id: result.interview_id,
            candidate_id: result.candidate_id,
            candidate_name: result.candidate_name,
            designation: result.designation,
            company: result.company,
            experience_months: result.experience_months,
            job_title: result.job_title,
            round_name: result.round_name,
            start: result.start,
            interviewer: result.interviewer.map(Into::into),
            recommended_score: result.recommended_score.into(),
            skills: result.rubric.skills.into_iter().map(Into::into).collect(),
            body: result.body.into(),
            attachments: result.attachments.into_iter().map(Into::into).collect(),
            number: result.number,
            correction_reason: result.correction_reason,
            submitted_at: result.submitted_at,
        }
    }
}

type Form = (Option<ETag>, Json<ScorecardForm>);
type Filed = (Replayed, Json<ScorecardForm>);

async fn form(state: &AppState, ctx: &Ctx, id: InterviewId) -> ApiResult<Form> {
    let form = state.hdip.scorecard_form(ctx, id).await?;
    let version = form.draft.as_ref().map(|draft| ETag(draft.version));
    Ok((version, Json(form.into())))
}

async fn submit(
    state: &AppState,
    ctx: &Ctx,
    id: InterviewId,
    body: Option<ScorecardBody>,
) -> ApiResult<Filed> {
    let done = state.hdip.submit_scorecard(ctx, id, body.map(Into::into)).await?;
    Ok((Replayed(done.replayed), form(state, ctx, id).await?.1))
}

async fn save(
    state: &AppState,
    ctx: &Ctx,
    id: InterviewId,
    expected: Option<i64>,
    body: ScorecardBody,
) -> ApiResult<(ETag, Json<ScorecardForm>)> {
    let draft = domain::SaveDraft { body: body.into(), expected };
    let saved = state.hdip.save_scorecard_draft(ctx, id, draft).await?.output;
    Ok((ETag(saved.version), form(state, ctx, id).await?.1))
}

/// Get the scorecard form
///
/// For the interview's interviewer and the operator: what to judge, the draft with its `ETag`, what was filed.
#[utoipa::path(
    get, path = "/v1/interviews/{id}/scorecard", tag = "feedback",
    params(("id" = String, Path, description = "Interview")),
    responses((status = 200, description = "The form", body = ScorecardForm))
)]
async fn get_scorecard(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
) -> ApiResult<Form> {
    form(&state, &caller, id).await
}

/// Save a draft
///
/// May be incomplete, not wrong. With `If-Match` a draft saved from another window meanwhile is not
/// overwritten (412 `stale`).
#[utoipa::path(
    put, path = "/v1/interviews/{id}/scorecard/draft", tag = "feedback",
    params(("id" = String, Path, description = "Interview")), request_body = ScorecardBody,
    responses((status = 200, description = "Saved", body = ScorecardForm))
)]
async fn save_scorecard_draft(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<ScorecardBody>,
) -> ApiResult<(ETag, Json<ScorecardForm>)> {
    save(&state, &caller, id, expected, body).await
}

/// File the scorecard
///
/// Completes the interview, books charge and earning (less what filing late costs) and releases the result.
/// A filed scorecard is never changed.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/scorecard", tag = "feedback",
    params(("id" = String, Path, description = "Interview")), request_body = ScorecardBody,
    responses((status = 200, description = "Filed", body = ScorecardForm))
)]
async fn submit_scorecard(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(body): Json<ScorecardBody>,
) -> ApiResult<Filed> {
    submit(&state, &caller, id, Some(body)).await
}

/// Correct a filed scorecard
///
/// As a new version with a reason; the newest counts, and the client is told.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/scorecard/corrections", tag = "feedback",
    params(("id" = String, Path, description = "Interview")), request_body = CorrectionInput,
    responses((status = 200, description = "Corrected", body = ScorecardForm))
)]
async fn correct_scorecard(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Json(input): Json<CorrectionInput>,
) -> ApiResult<Filed> {
    let correction = domain::CorrectScorecard { body: input.body.into(), reason: input.reason };
    let done = state.hdip.correct_scorecard(&caller, id, correction).await?;
    Ok((Replayed(done.replayed), form(&state, &caller, id).await?.1))
}

/// Get the result of an interview
///
/// What its newest filed scorecard says. Agencies see those of their own candidates unless the client
/// keeps them.
#[utoipa::path(
    get, path = "/v1/interviews/{id}/result", tag = "feedback",
    params(("id" = String, Path, description = "Interview")),
    responses((status = 200, description = "The result", body = InterviewResult))
)]
async fn get_result(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
) -> ApiResult<Json<InterviewResult>> {
    Ok(Json(state.hdip.interview_result(&caller, id).await?.into()))
}

/// The interview of an interviewer's link.
pub(super) fn own(holder: &LinkHolder) -> Result<InterviewId, Error> {
    if holder.purpose == LinkPurpose::InterviewerInterview { holder.subject() } else { Err(Error::Forbidden) }
}

/// Get the scorecard form
///
/// For the interviewer's link of an interview.
#[utoipa::path(
    get, path = "/v1/links/{token}/scorecard", tag = "links",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 200, description = "The form", body = ScorecardForm))
)]
async fn link_scorecard(State(state): State<AppState>, holder: LinkHolder) -> ApiResult<Form> {
    form(&state, &holder.ctx, own(&holder)?).await
}

/// Save a draft
///
/// For the interviewer's link of an interview.
#[utoipa::path(
    put, path = "/v1/links/{token}/scorecard/draft", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = ScorecardBody,
    responses((status = 200, description = "Saved", body = ScorecardForm))
)]
async fn link_save_draft(
    State(state): State<AppState>,
    holder: LinkHolder,
    IfMatch(expected): IfMatch,
    Json(body): Json<ScorecardBody>,
) -> ApiResult<(ETag, Json<ScorecardForm>)> {
    save(&state, &holder.ctx, own(&holder)?, expected, body).await
}

/// File the scorecard
///
/// For the interviewer's link of an interview.
#[utoipa::path(
    post, path = "/v1/links/{token}/scorecard", tag = "links",
    params(("token" = String, Path, description = "Token of the link")), request_body = ScorecardBody,
    responses((status = 200, description = "Filed", body = ScorecardForm))
)]
async fn link_submit_scorecard(
    State(state): State<AppState>,
    holder: LinkHolder,
    Json(body): Json<ScorecardBody>,
) -> ApiResult<Filed> {
    submit(&state, &holder.ctx, own(&holder)?, Some(body)).await
}
