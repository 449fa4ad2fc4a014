//! What each side sees of a scorecard: the interviewer the form, the client the result.

use super::*;
use crate::access::{Actor, KeyScope};
use crate::hiring::agency_of;
use crate::ports::storage::*;
use crate::scheduling::{Interview, InterviewState, InterviewerCard};
use crate::values::*;
use crate::{Ctx, Error, Hdip};

/// A version of a scorecard, as its interviewer and the operator see it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Scorecard
pub struct ScorecardView {
    pub id: ScorecardId,
    pub number: u32,
    pub state: ScorecardState,
    pub body: ScorecardBody,
    pub reason: Option<String>,
    pub deduction: Option<Money>,
    pub submitted_at: Option<Timestamp>,
    pub saved_at: Timestamp,
    pub attachments: Vec<Attachment>,
    pub version: i64,
}

/// What an interviewer needs to fill a scorecard in.
#[derive(Debug, Clone, PartialEq)]
pub struct ScorecardForm {
    /// Of which interview.
    pub interview_id: InterviewId,
    /// Where it stands.
    pub state: InterviewState,
    /// What is judged, and the questions to ask.
    pub rubric: Rubric,
    /// What the round should look at.
    pub guidelines: String,
    /// When it is due; none before the interview has ended.
    pub due_at: Option<Timestamp>,
    /// What filing now would take from the earning; none before the interview has ended.
    pub deduction_now: Option<Money>,
    /// The draft, where one was saved.
    pub draft: Option<ScorecardView>,
    /// What was filed, newest first.
    pub submitted: Vec<ScorecardView>,
}

/// The result of an interview, as the client sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultView {
    /// Of which interview.
    pub interview_id: InterviewId,
    /// Whose.
    pub candidate_id: CandidateId,
    /// Name.
    pub candidate_name: String,
    /// Present role.
    pub designation: Option<String>,
    /// Present employer.
    pub company: Option<String>,
    /// Months.
    pub experience_months: u32,
    /// Title of the job.
    pub job_title: String,
    /// Name of the round.
    pub round_name: String,
    /// When the interview began.
    pub start: Timestamp,
    /// Who interviewed; never the name.
    pub interviewer: Option<InterviewerCard>,
    /// The job's recommended score, to compare with.
    pub recommended_score: u8,
    /// What was judged.
    pub rubric: Rubric,
    /// What was found.
    pub body: ScorecardBody,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
    /// Its number; above 1 it is a correction.
    pub number: u32,
    /// Why it was corrected.
    pub correction_reason: Option<String>,
    /// When it was filed.
    pub submitted_at: Timestamp,
}

impl From<Scorecard> for ScorecardView {
    fn from(card: Scorecard) -> Self {
        Self {
            id: card.id,
            number: card.number,
            state: card.state,
            body: card.body,
            reason: card.reason,
            deduction: card.deduction,
            submitted_at: card.submitted_at,
            saved_at: card.saved_at,
            attachments: card.attachments,
            version: card.version,
        }
    }
}

impl Hdip {
    /// The form of an interview's scorecard, with the draft and what was filed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody but the interview's interviewer and the operator.
    pub async fn scorecard_form(&self, ctx: &Ctx, id: InterviewId) -> Result<ScorecardForm, Error> {
        let interview: Interview = match ctx.actor.is_operator() {
            true => self.storage.get(id).await?,
            false => self.own_interview(ctx, id).await?,
        };
        let round: crate::hiring::Round = self.storage.get(interview.round_id).await?;
        let (policy, ..) = self.policy_for(Some(interview.client_id), interview.requested_at).await?;
        let waits = interview.state == InterviewState::AwaitingFeedback;
        let (due_at, deduction_now) = match waits {
            true => {
                let (from, deduction) = self.clock_of(&interview, ctx.now).await?;
                let due = from + minutes(policy.feedback_due_minutes.into());
                (Some(interview.feedback_extended_until.unwrap_or(due).max(due)), deduction)
            }
            false => (None, None),
        };
        let cards = self.storage.scorecards(interview.id).await?;
        let (draft, mut submitted): (Vec<_>, Vec<_>) =
            cards.into_iter().partition(|card| card.state == ScorecardState::Draft);
        submitted.sort_by_key(|card| std::cmp::Reverse(card.number));
        Ok(ScorecardForm {
            interview_id: interview.id,
            state: interview.state,
            rubric: self.rubric_of(&interview).await?,
            guidelines: round.guidelines,
            due_at,
            deduction_now,
            draft: draft.into_iter().next().map(Into::into),
            submitted: submitted.into_iter().map(Into::into).collect(),
        })
    }

    /// The result of an interview: what its newest submitted scorecard says.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an interview the caller does not see or that has none, and for agencies whose client keeps
    /// results to itself; [`Error::Forbidden`] for interviewers and links.
    pub async fn interview_result(&self, ctx: &Ctx, id: InterviewId) -> Result<ResultView, Error> {
        if matches!(ctx.actor, Actor::Link { .. }) {
            return Err(Error::Forbidden);
        }
        let (interview, case) = self.interview_for(ctx, id, KeyScope::SchedulingRead).await?;
        let agency = agency_of(&ctx.actor).is_some();
        if agency && !case.client.agencies_see_results {
            return Err(Error::NotFound("result"));
        }
        let card = self.newest_card(interview.id).await?.ok_or(Error::NotFound("result"))?;
        let round: crate::hiring::Round = self.storage.get(interview.round_id).await?;
        let interviewer: Option<crate::interviewers::Interviewer> =
            self.storage.find(card.interviewer_id).await?;
        Ok(ResultView {
            interview_id: interview.id,
            candidate_id: interview.candidate_id,
            candidate_name: case.candidate.name,
            designation: case.candidate.designation,
            company: case.candidate.current_company,
            experience_months: interview.demand.candidate_experience_months,
            job_title: case.job.title,
            round_name: round.name,
            start: interview.start,
            interviewer: interviewer.filter(|_| !agency).map(|who| InterviewerCard {
                designation: who.designation,
                company: who.current_company,
                experience_years: who.experience_months / 12,
            }),
            recommended_score: case.job.recommended_score,
            rubric: self.rubric_of(&interview).await?,
            submitted_at: card.submitted_at.unwrap_or(card.saved_at),
            body: card.body,
            attachments: card.attachments,
            number: card.number,
            correction_reason: card.reason,
        })
    }

    /// The scorecard of an interview that counts.
    pub(crate) async fn newest_card(&self, id: InterviewId) -> Result<Option<Scorecard>, Error> {
        let cards = self.storage.scorecards(id).await?;
        let filed = cards.into_iter().filter(|card| card.state == ScorecardState::Submitted);
        Ok(filed.max_by_key(|card| card.number))
    }
}
