//! Outcomes put right, and deadlines put off.

use super::rules::{LedgerLine, may_become, standing};
use super::{DeskError, Grant, Outcome, desk_reason};
use crate::hdip::Decision;
use crate::hiring::{ApplicationStatus, JobStatus};
use crate::jobs::{DECISION_DUE, FEEDBACK_ALERT, FEEDBACK_CLOSE, FEEDBACK_DUE};
use crate::notifications::{MailJob, MailKind};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::{
    CounterCause, Interview, InterviewState, InvitationState, OutcomeKind, Who, case::Case,
};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde_json::json;

/// How far the operator can put off feedback.
const EXTENSION_DAYS: i64 = 14;

impl Hdip {
    /// Puts the outcome of an interview right: what was booked for the old one is countered, what the new one
    /// costs is booked, application, timers and strikes follow, everybody concerned is told.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::NotFound`]; [`Error::Invalid`] for the
    /// reason; [`DeskError::OutcomeNotPossible`]; [`DeskError::ScorecardFiled`] for a completed interview with a
    /// scorecard; [`DeskError::ApplicationMovedOn`] when feedback could no longer count.
    pub async fn correct_outcome(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        to: Outcome,
        reason: &str,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let reason = &desk_reason(reason)?;
        self.decide(ctx, "correct_outcome", &(id, to, reason), || async move {
            let interview: Interview = self.storage.get(id).await?;
            let mut changes = Changes::new();
            self.add_correction(ctx, &mut changes, interview, to, reason, None).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Adds a correction to a commit. `contest` is the one it decides.
    pub(super) async fn add_correction(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        mut interview: Interview,
        to: Outcome,
        reason: &str,
        contest: Option<ContestId>,
    ) -> Result<(), Error> {
        let before = interview.state;
        if !may_become(&interview, to) || self.is_already(&interview, to).await? {
            return Err(DeskError::OutcomeNotPossible { from: before.as_str(), to: to.as_str() }.into());
        }
        if before == InterviewState::Completed && self.newest_card(interview.id).await?.is_some() {
            return Err(DeskError::ScorecardFiled.into());
        }
        let case = self.case(interview.application_id, ctx.now).await?;
        self.strike_out(ctx, changes, &interview).await?;
        self.follow_with_application(ctx, changes, &case, &interview, to).await?;
        let promised = self.promised_pay(&interview).await?;
        if to == Outcome::InterviewerNoShow {
            self.strike(ctx, changes, &interview, &case, InvitationState::NoShow).await?;
        } else if let Some((mut invitation, _)) = promised.clone()
            && matches!(invitation.state, InvitationState::NoShow | InvitationState::WithdrawnLate)
        {
            // The absence was none: it no longer counts towards a suspension.
            invitation.state = InvitationState::Accepted;
            changes.update(&invitation);
        }
        interview.correct(to.state(), to.by(), ctx.now);
        if to == Outcome::AwaitingFeedback {
            interview.ended_at = interview.ended_at.or(Some(interview.end.min(ctx.now)));
            // What was lost between the end and now is not the interviewer's doing.
            let until = ctx.now + minutes(case.policy.feedback_due_minutes.into());
            interview.feedback_extended_until = Some(until);
            set_feedback_timers(changes, &case, &interview, until);
        }
        let pay = promised.map(|(invitation, pay)| (invitation.interviewer_id, pay));
        match to {
            Outcome::CandidateNoShow => {
                self.book_outcome(changes, &interview, OutcomeKind::CandidateNoShow, pay, ctx.now).await?;
            }
            Outcome::LateCancellation => {
                self.book_outcome(changes, &interview, OutcomeKind::LateChange, pay, ctx.now).await?;
            }
            _ => {}
        }
        changes.update(&interview);
        self.keep_links(ctx, changes, &interview, &case).await?;
        for to in self.people(&interview, &case, &Who::ALL) {
            let mail = MailJob::about(MailKind::OutcomeCorrected, interview.id, to);
            let occasion = ctx.now.timestamp_micros().to_string();
            changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &occasion));
        }
        let mut event = self.interview_event(ctx, &interview, "interview.outcome_corrected");
        event.data["from"] = json!(before);
        changes.events.push(event);
        let mut audit = self.audit(ctx, "desk.correct_outcome", interview.id, Some(interview.client_id));
        audit.reason = Some(reason.to_owned());
        audit.changes = json!({"from": before, "to": to, "contest_id": contest});
        changes.audit.push(audit);
        Ok(())
    }

    /// Whether a cancellation is already late, or free, as asked: its state does not say.
    async fn is_already(&self, interview: &Interview, to: Outcome) -> Result<bool, Error> {
        if interview.state != InterviewState::Cancelled {
            return Ok(false);
        }
        let charges = self.charges_of(interview.id).await?;
        let late = standing(&charges).iter().any(|(line, _)| line.kind == OutcomeKind::LateChange);
        Ok(late == (to == Outcome::LateCancellation))
    }

    /// Counters everything that stands, and gives back the free interview that was used.
    async fn strike_out(&self, ctx: &Ctx, changes: &mut Changes, interview: &Interview) -> Result<(), Error> {
        let charges = self.charges_of(interview.id).await?;
        for (line, left) in standing(&charges) {
            changes.insert(&line.counter(self.ids.fresh(), ctx.now, -left, CounterCause::Correction, None));
            if let Some(grant) = line.grant_id {
                let mut grant: Grant = self.storage.get(grant).await?;
                grant.used = grant.used.saturating_sub(1);
                changes.update(&grant);
            }
        }
        let earnings = self.earnings_of(interview.id).await?;
        for (line, left) in standing(&earnings) {
            changes.insert(&line.counter(self.ids.fresh(), ctx.now, -left, CounterCause::Correction, None));
        }
        Ok(())
    }

    /// The application follows: it waits for feedback again, or for another start instead of a decision.
    async fn follow_with_application(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        case: &Case,
        interview: &Interview,
        to: Outcome,
    ) -> Result<(), Error> {
        let mut application = case.application.clone();
        let same_round = application.round_id == interview.round_id;
        if to == Outcome::AwaitingFeedback {
            if !same_round || application.status != ApplicationStatus::ToSchedule {
                return Err(DeskError::ApplicationMovedOn.into());
            }
            application.set_status(ApplicationStatus::Interviewing, ctx.now);
            changes.update(&application);
        } else if interview.state == InterviewState::Completed {
            changes.clear_timer(DECISION_DUE, interview.id);
            if same_round && application.status == ApplicationStatus::DecisionDue {
                application.set_status(ApplicationStatus::ToSchedule, ctx.now);
                changes.update(&application);
                if case.job.status == JobStatus::Open {
                    self.reopen_link(ctx, changes, case).await?;
                }
            }
        }
        Ok(())
    }

    /// Puts off the feedback of an interview that awaits it: nothing is deducted until then, and reminders and
    /// the closing move with it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::NotFound`]; [`Error::Invalid`] for a time
    /// that is past, earlier than the one it was put off to, or more than 14 days away, and for the reason;
    /// [`SchedulingError::WrongState`](crate::scheduling::SchedulingError::WrongState).
    pub async fn extend_feedback(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        until: Timestamp,
        reason: &str,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let reason = &desk_reason(reason)?;
        self.decide(ctx, "extend_feedback", &(id, until, reason), || async move {
            let mut interview: Interview = self.storage.get(id).await?;
            if interview.state != InterviewState::AwaitingFeedback {
                return Err(interview.wrong_state().into());
            }
            let latest = ctx.now + days(EXTENSION_DAYS);
            let from = interview.feedback_extended_until.unwrap_or(ctx.now).max(ctx.now);
            if until <= from || until > latest {
                let message = format!("must be after {} and at most {EXTENSION_DAYS} days from now", from);
                return Err(Error::field("until", "out_of_range", message));
            }
            let case = self.case(interview.application_id, ctx.now).await?;
            let mut changes = Changes::new();
            interview.feedback_extended_until = Some(until);
            changes.update(&interview);
            set_feedback_timers(&mut changes, &case, &interview, until);
            for to in self.people(&interview, &case, &[Who::Interviewer]) {
                let mail = MailJob::about(MailKind::FeedbackExtended, id, to);
                let occasion = until.timestamp_micros().to_string();
                changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &occasion));
            }
            let mut audit = self.audit(ctx, "desk.extend_feedback", id, Some(interview.client_id));
            audit.reason = Some(reason.clone());
            audit.changes = json!({"until": until});
            changes.audit.push(audit);
            Ok(Decision { changes, output: () })
        })
        .await
    }
}

fn set_feedback_timers(changes: &mut Changes, case: &Case, interview: &Interview, due: Timestamp) {
    changes.timer(FEEDBACK_DUE, interview.id, due);
    changes.timer(FEEDBACK_ALERT, interview.id, due + hours(case.policy.feedback_alert_hours.into()));
    changes.timer(FEEDBACK_CLOSE, interview.id, due + hours(case.policy.close_without_feedback_hours.into()));
}
