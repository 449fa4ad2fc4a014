//! Filing: drafts, the submission that completes an interview, corrections.

use super::*;
use crate::hdip::Decision;
use crate::interviewers::Interviewer;
use crate::notifications::{MailJob, MailKind};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::{Closing, Interview, InterviewState, Who, checked_reason};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A draft to save.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveDraft {
    /// What it says so far.
    pub body: ScorecardBody,
    /// The version that was read, where one was: a draft saved from elsewhere meanwhile is not overwritten.
    pub expected: Option<i64>,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorrectScorecard {
    /// What it says now, whole.
    pub body: ScorecardBody,
    /// Why; shown with the result.
    pub reason: String,
}

/// What was saved or filed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmittedCard {
    /// The scorecard.
    pub id: ScorecardId,
    /// Its number: 1, and up with every correction.
    pub number: u32,
    /// Its record version.
    pub version: i64,
    /// What was taken from the earning for filing late; none for drafts and corrections.
    pub deduction: Option<Money>,
}

impl Hdip {
    /// Saves the draft of an interview's scorecard. It may be incomplete, not wrong.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody but the interview's interviewer; [`Error::Stale`] when it was saved from
    /// elsewhere meanwhile; [`Error::Invalid`] naming the fields;
    /// [`SchedulingError::WrongState`](crate::scheduling::SchedulingError::WrongState) unless the interview is in progress, awaits feedback or is completed (then it is
    /// the draft of a correction).
    pub async fn save_scorecard_draft(
        &self,
        ctx: &Ctx,
        interview: InterviewId,
        draft: SaveDraft,
    ) -> Result<Done<SubmittedCard>, Error> {
        self.decide(ctx, "save_scorecard_draft", &(interview, &draft), || async {
            let mut card = self.card_to_write(ctx, interview).await?;
            draft.body.check_draft(&self.rubric_of(&self.storage.get(interview).await?).await?)?;
            if draft.expected.is_some_and(|expected| expected != card.version) {
                return Err(Error::Stale);
            }
            card.body = draft.body.clone();
            card.saved_at = ctx.now;
            let mut changes = Changes::new();
            changes.put(&card);
            let output = SubmittedCard {
                id: card.id,
                number: card.number,
                version: card.version + 1,
                deduction: None,
            };
            Ok(Decision { changes, output })
        })
        .await
    }

    /// Files the scorecard: the interview is completed, the charge and the earning (less what filing late
    /// costs) are booked, the client is told, the candidate is asked for a rating. Without a body the saved
    /// draft is filed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody but the interview's interviewer; [`FeedbackError::AlreadySubmitted`];
    /// [`Error::Invalid`] naming what is missing;
    /// [`SchedulingError::WrongState`](crate::scheduling::SchedulingError::WrongState) unless the interview is in progress or awaits feedback.
    pub async fn submit_scorecard(
        &self,
        ctx: &Ctx,
        interview: InterviewId,
        body: Option<ScorecardBody>,
    ) -> Result<Done<SubmittedCard>, Error> {
        self.decide(ctx, "submit_scorecard", &(interview, &body), || async {
            let mut interview = self.own_interview(ctx, interview).await?;
            let cards = self.storage.scorecards(interview.id).await?;
            if cards.iter().any(|card| card.state == ScorecardState::Submitted) {
                return Err(FeedbackError::AlreadySubmitted.into());
            }
            if !matches!(interview.state, InterviewState::InProgress | InterviewState::AwaitingFeedback) {
                return Err(interview.wrong_state().into());
            }
            let mut card = self.open_card(ctx, &interview, &cards)?;
            let said = body.clone().unwrap_or_else(|| card.body.clone());
            card.body = said.check(&self.rubric_of(&interview).await?)?;
            let case = self.case(interview.application_id, ctx.now).await?;
            let mut changes = Changes::new();
            if interview.state == InterviewState::InProgress {
                // Whoever files has ended it.
                self.give_back(&mut changes, &interview, &case);
                interview.end(crate::scheduling::Side::Interviewer, ctx.now)?;
            }
            let (reference_at, deduction) = self.clock_of(&interview, ctx.now).await?;
            card.state = ScorecardState::Submitted;
            card.submitted_at = Some(ctx.now);
            card.saved_at = ctx.now;
            card.reference_at = Some(reference_at);
            card.deduction = deduction;
            let closed =
                self.close(ctx, interview.clone(), &case, Closing::Completed, None, deduction).await?;
            changes.join(closed);
            changes.put(&card);
            for (kind, who) in [
                (MailKind::FeedbackSubmitted, Who::AccountManager),
                (MailKind::ReportReleased, Who::Recruiter),
            ] {
                for to in self.people(&interview, &case, &[who]) {
                    let mail = MailJob::about(kind, interview.id, to);
                    changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, "1"));
                }
            }
            self.tell_card(ctx, &mut changes, &interview, &card, "report.released");
            let output = SubmittedCard { id: card.id, number: 1, version: card.version + 1, deduction };
            Ok(Decision { changes, output })
        })
        .await
    }

    /// Files a corrected version of a submitted scorecard; the newest counts, and the client is told.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody but the interview's interviewer; [`FeedbackError::NotSubmitted`];
    /// [`Error::Invalid`] naming the fields, `reason` included.
    pub async fn correct_scorecard(
        &self,
        ctx: &Ctx,
        interview: InterviewId,
        correction: CorrectScorecard,
    ) -> Result<Done<SubmittedCard>, Error> {
        let reason = checked_reason(Some(&correction.reason))?
            .ok_or_else(|| Error::field("reason", "required", "must not be empty"))?;
        let reason = &reason;
        self.decide(ctx, "correct_scorecard", &(interview, &correction), || async {
            let interview = self.own_interview(ctx, interview).await?;
            let cards = self.storage.scorecards(interview.id).await?;
            if cards.iter().all(|card| card.state == ScorecardState::Draft) {
                return Err(FeedbackError::NotSubmitted.into());
            }
            let mut card = self.open_card(ctx, &interview, &cards)?;
            card.body = correction.body.clone().check(&self.rubric_of(&interview).await?)?;
            card.state = ScorecardState::Submitted;
            card.submitted_at = Some(ctx.now);
            card.saved_at = ctx.now;
            card.reason = Some(reason.clone());
            let case = self.case(interview.application_id, ctx.now).await?;
            let mut changes = Changes::new();
            changes.put(&card);
            for to in self.people(&interview, &case, &[Who::Recruiter, Who::AccountManager]) {
                let mail = MailJob::about(MailKind::ReportCorrected, interview.id, to);
                let occasion = card.number.to_string();
                changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &occasion));
            }
            self.tell_card(ctx, &mut changes, &interview, &card, "report.corrected");
            let output = SubmittedCard {
                id: card.id,
                number: card.number,
                version: card.version + 1,
                deduction: None,
            };
            Ok(Decision { changes, output })
        })
        .await
    }

    /// The card to write on: the draft there is, or a new one under the next number.
    pub(super) fn open_card(
        &self,
        ctx: &Ctx,
        interview: &Interview,
        cards: &[Scorecard],
    ) -> Result<Scorecard, Error> {
        if let Some(draft) = cards.iter().find(|card| card.state == ScorecardState::Draft) {
            return Ok(draft.clone());
        }
        let interviewer_id = interview.interviewer_id.ok_or_else(|| interview.wrong_state())?;
        let number = cards.iter().map(|card| card.number).max().unwrap_or(0) + 1;
        Ok(Scorecard {
            id: self.ids.fresh(),
            client_id: interview.client_id,
            interview_id: interview.id,
            interviewer_id,
            number,
            natural_key: format!("{}:{number}", interview.id),
            state: ScorecardState::Draft,
            body: ScorecardBody::default(),
            reason: None,
            reference_at: None,
            deduction: None,
            submitted_at: None,
            saved_at: ctx.now,
            created_at: ctx.now,
            // A correction begins with the files of what it corrects.
            attachments: cards.last().map_or_else(Vec::new, |newest| newest.attachments.clone()),
            version: 0,
        })
    }

    /// From when an interview's clock runs, and what filing `now` costs its interviewer.
    pub(super) async fn clock_of(
        &self,
        interview: &Interview,
        now: Timestamp,
    ) -> Result<(Timestamp, Option<Money>), Error> {
        let from = reference(interview.ended_at.unwrap_or(interview.end), None);
        let Some((invitation, pay)) = self.promised_pay(interview).await? else { return Ok((from, None)) };
        if interview.feedback_extended_until.is_some_and(|until| now <= until) {
            return Ok((from, Some(Money { amount_minor: 0, ..pay })));
        }
        let person: Interviewer = self.storage.get(invitation.interviewer_id).await?;
        // Deadlines and fees are those in force when the interview was requested.
        let (policy, ..) = self.policy_for(Some(interview.client_id), interview.requested_at).await?;
        let night = (policy.feedback_night_from_hour, policy.feedback_night_until_hour);
        let counted = counted_time(from, now, person.zone, night);
        let table = policy.feedback_deductions.get(&pay.currency);
        let minor = table.map_or(0, |table| deduction_minor(table, counted, pay.amount_minor));
        Ok((from, Some(Money { amount_minor: minor, ..pay })))
    }

    fn tell_card(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
        card: &Scorecard,
        kind: &str,
    ) {
        let mut event = self.interview_event(ctx, interview, kind);
        event.data["scorecard_id"] = json!(card.id);
        event.data["number"] = json!(card.number);
        event.data["recommendation"] = json!(card.body.recommendation);
        event.data["overall_score"] = json!(card.body.overall_score);
        changes.events.push(event);
        let mut audit = self.audit(ctx, "scorecard.submit", card.id, Some(card.client_id));
        audit.changes = json!({"interview_id": interview.id, "number": card.number});
        changes.audit.push(audit);
    }
}
