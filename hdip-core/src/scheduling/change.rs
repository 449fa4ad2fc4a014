//! Changing: cancel, reschedule, withdraw, replace; the consequence is shown first.

use super::calls::Who;
use super::case::{Case, side_of};
use super::*;
use crate::access::{Actor, KeyScope, LinkPurpose};
use crate::hdip::Decision;
use crate::interviewers::{Interviewer, InterviewerStatus};
use crate::jobs::{
    CALL_EXPIRY, FEEDBACK_ALERT, FEEDBACK_CLOSE, FEEDBACK_DUE, INTERVIEW_END, INTERVIEW_START, reminder_kind,
};
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::Method;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};

/// Calling an interview off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cancel {
    /// Why, optional, at most 500 characters.
    pub reason: Option<String>,
    /// Yes to the consequence of a late change.
    pub late_ok: bool,
}

/// Moving an interview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reschedule {
    /// To when.
    pub start: StartChoice,
    /// Why, optional, at most 500 characters.
    pub reason: Option<String>,
    /// Yes to the consequence of a late change.
    pub late_ok: bool,
}

pub(crate) fn checked_reason(reason: Option<&str>) -> Result<Option<String>, Error> {
    let mut fields = Fields::new();
    let reason = reason.map(|reason| fields.text("reason", reason, 0, 500));
    fields.done()?;
    Ok(reason.filter(|reason| !reason.is_empty()))
}

impl Hdip {
    /// An interview and its case, for someone who may change it: people of the client, the operator, an ATS,
    /// the candidate by the interview's link.
    pub(crate) async fn interview_for(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        scope: KeyScope,
    ) -> Result<(Interview, Case), Error> {
        // Whether one may at all is asked before whether there is such an interview: who may not learns neither.
        let rows = match &ctx.actor {
            Actor::Link { .. } => None,
            actor => Some(actor.client_scope(scope)?),
        };
        let interview: Interview = self.storage.find(id).await?.ok_or(Error::NotFound("interview"))?;
        match (&ctx.actor, rows) {
            (Actor::Link { purpose: LinkPurpose::CandidateInterview, subject, party, .. }, _)
                if *subject == id.to_string() && *party == interview.candidate_id.to_string() => {}
            (_, None) => return Err(Error::NotFound("interview")),
            (_, Some(rows)) => {
                let application: crate::hiring::Application =
                    self.storage.get(interview.application_id).await?;
                if !rows.allows(interview.client_id, Some(interview.job_id), application.agency_id) {
                    return Err(Error::NotFound("interview"));
                }
            }
        }
        let case = self.case(interview.application_id, ctx.now).await?;
        Ok((interview, case))
    }

    /// What cancelling or moving an interview would cost now.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an interview the caller does not see; [`SchedulingError::WrongState`] and
    /// [`SchedulingError::TooLate`] when it can no longer be changed.
    pub async fn change_consequence(&self, ctx: &Ctx, id: InterviewId) -> Result<Consequence, Error> {
        let (interview, _) = self.interview_for(ctx, id, KeyScope::SchedulingRead).await?;
        interview.before_start(ctx.now)?;
        self.consequence(ctx, &interview).await
    }

    async fn consequence(&self, ctx: &Ctx, interview: &Interview) -> Result<Consequence, Error> {
        let billable = matches!(side_of(&ctx.actor), Side::Client | Side::Candidate);
        let late = billable && interview.state == InterviewState::Confirmed && interview.is_late(ctx.now);
        if !late || !ctx.actor.sees_amounts() {
            return Ok(Consequence { late, charge: None, earning: None });
        }
        let earning = match self.promised_pay(interview).await? {
            Some((_, pay)) if ctx.actor.is_operator() => {
                Some(self.late_pay(pay.currency, interview.start).await?)
            }
            _ => None,
        };
        Ok(Consequence { late, charge: Some(interview.pins.late_fee), earning })
    }

    /// Calls an interview off. Late and confirmed, by client or candidate: the late-change fee applies.
    ///
    /// # Errors
    /// As [`Hdip::change_consequence`], and [`SchedulingError::LateNotConfirmed`].
    pub async fn cancel_interview(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        cancel: Cancel,
    ) -> Result<Done<()>, Error> {
        let reason = checked_reason(cancel.reason.as_deref())?;
        self.decide(ctx, "cancel_interview", &(id, &cancel), || async {
            let (interview, case) = self.interview_for(ctx, id, KeyScope::SchedulingWrite).await?;
            let mut changes = Changes::new();
            self.add_cancel(ctx, &mut changes, interview, &case, reason.clone(), cancel.late_ok).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Adds a cancellation to a commit.
    pub(crate) async fn add_cancel(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        mut interview: Interview,
        case: &Case,
        reason: Option<String>,
        late_ok: bool,
    ) -> Result<(), Error> {
        interview.before_start(ctx.now)?;
        self.settle_late_change(ctx, changes, &interview, late_ok).await?;
        let told = self.leave(ctx, changes, &mut interview, case, MailKind::InterviewCancelled).await?;
        interview.cancel(side_of(&ctx.actor), ctx.now, reason)?;
        changes.update(&interview);
        changes.jobs.extend(told);
        self.back_to_schedule(ctx, changes, case, &interview).await?;
        changes.events.push(self.interview_event(ctx, &interview, "interview.cancelled"));
        changes.audit.push(self.audit(ctx, "interview.cancel", interview.id, Some(interview.client_id)));
        Ok(())
    }

    async fn settle_late_change(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
        late_ok: bool,
    ) -> Result<(), Error> {
        if !self.consequence(ctx, interview).await?.late {
            return Ok(());
        }
        if !late_ok {
            return Err(SchedulingError::LateNotConfirmed.into());
        }
        let pay =
            self.promised_pay(interview).await?.map(|(invitation, pay)| (invitation.interviewer_id, pay));
        self.book_outcome(changes, interview, OutcomeKind::LateChange, pay, ctx.now).await
    }

    /// Gives back what a live interview holds (ticks, timers) and raises the calendar sequence; the mails to
    /// everybody who was told, with the calendar entry of those who have one. Called before the state moves.
    pub(crate) async fn leave(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &mut Interview,
        case: &Case,
        kind: MailKind,
    ) -> Result<Vec<NewJob>, Error> {
        let confirmed = interview.state == InterviewState::Confirmed;
        let had_entry = interview.confirmed_at.is_some();
        interview.calendar_sequence += u32::from(had_entry);
        self.give_back(changes, interview, case);
        self.leave_session(ctx, changes, interview, true).await?;
        let who: &[Who] =
            if confirmed { &Who::ALL } else { &[Who::Candidate, Who::Recruiter, Who::AccountManager] };
        let told = self
            .people(interview, case, who)
            .into_iter()
            .map(|to| {
                let mut mail = MailJob::about(kind, interview.id, to);
                if had_entry {
                    mail = mail.entry(Method::Cancel, interview.calendar_sequence);
                }
                self.mail(ctx, Some(interview.client_id), mail, "left")
            })
            .collect();
        Ok(told)
    }

    /// Releases ticks and clears the timers of an interview that leaves its state.
    pub(crate) fn give_back(&self, changes: &mut Changes, interview: &Interview, case: &Case) {
        if interview.state.holds_time() {
            let claims = interview.claims().into_iter();
            changes.releases.extend(claims.map(|c| Release { party: c.party, interview: c.interview }));
        }
        for kind in
            [CALL_EXPIRY, INTERVIEW_START, INTERVIEW_END, FEEDBACK_DUE, FEEDBACK_ALERT, FEEDBACK_CLOSE]
        {
            changes.clear_timer(kind, interview.id);
        }
        for before in &case.policy.reminder_minutes {
            changes.clear_timer(reminder_kind(*before), interview.id);
        }
    }

    /// Moves an interview: the old interviewer is released at once, a new request takes its place.
    ///
    /// # Errors
    /// As [`Hdip::cancel_interview`] and [`Hdip::request_interview`], and [`SchedulingError::RescheduleLimit`] for a
    /// candidate who moved it often enough or whose client does not allow it.
    pub async fn reschedule_interview(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        to: Reschedule,
    ) -> Result<Done<Requested>, Error> {
        let reason = checked_reason(to.reason.as_deref())?;
        self.decide(ctx, "reschedule_interview", &(id, &to), || async {
            let (mut old, mut case) = self.interview_for(ctx, id, KeyScope::SchedulingWrite).await?;
            old.before_start(ctx.now)?;
            // The new start is a new request.
            case.client.refuse_requests()?;
            let by_candidate = side_of(&ctx.actor) == Side::Candidate;
            if by_candidate {
                let used_up = case.application.candidate_reschedules >= case.policy.candidate_reschedules;
                if used_up || !case.client.candidate_may_reschedule {
                    return Err(SchedulingError::RescheduleLimit.into());
                }
                case.application.candidate_reschedules += 1;
            }
            let mut changes = Changes::new();
            changes.guard(&case.round).guard(&case.client);
            self.settle_late_change(ctx, &mut changes, &old, to.late_ok).await?;
            let (demand, span) = self.take_start(ctx, &case, &to.start, Some(&old), &mut changes).await?;
            let new = self.new_interview(ctx, &case, demand, span, Some(old.id)).await?;
            let told = self.leave(ctx, &mut changes, &mut old, &case, MailKind::InterviewRescheduled).await?;
            old.reschedule(new.id, side_of(&ctx.actor), ctx.now, reason.clone())?;
            changes.update(&old);
            changes.jobs.extend(told);
            self.add_request(ctx, &mut changes, &case, &new)?;
            changes.events.push(self.interview_event(ctx, &old, "interview.rescheduled"));
            changes.audit.push(self.audit(ctx, "interview.reschedule", old.id, Some(old.client_id)));
            Ok(Decision { changes, output: Requested { interview_id: new.id } })
        })
        .await
    }

    /// The interviewer gives a confirmed interview back. While enough time and replacements remain, somebody
    /// else is looked for; otherwise it is called off, free of charge. A withdrawal inside the late hours
    /// counts as an absence.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody but its interviewer; [`SchedulingError::WrongState`], [`SchedulingError::TooLate`].
    pub async fn withdraw_interviewer(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        reason: Option<String>,
    ) -> Result<Done<()>, Error> {
        let reason = checked_reason(reason.as_deref())?;
        self.decide(ctx, "withdraw_interviewer", &(id, &reason), || async {
            let interview = self.own_interview(ctx, id).await?;
            let case = self.case(interview.application_id, ctx.now).await?;
            let state = if interview.is_late(ctx.now) {
                InvitationState::WithdrawnLate
            } else {
                InvitationState::Withdrawn
            };
            let changes = self.replace(ctx, interview, &case, state, reason.clone()).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// The operator takes the interviewer off a confirmed interview, as if it had withdrawn in time.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; as [`Hdip::withdraw_interviewer`]; [`Error::Invalid`] without a reason.
    pub async fn release_interviewer(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        reason: &str,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let reason = checked_reason(Some(reason))?;
        if reason.is_none() {
            return Err(Error::field("reason", "required", "must not be empty"));
        }
        self.decide(ctx, "release_interviewer", &(id, &reason), || async {
            let interview: Interview = self.storage.get(id).await?;
            let case = self.case(interview.application_id, ctx.now).await?;
            let changes =
                self.replace(ctx, interview, &case, InvitationState::Withdrawn, reason.clone()).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    async fn replace(
        &self,
        ctx: &Ctx,
        mut interview: Interview,
        case: &Case,
        left_as: InvitationState,
        reason: Option<String>,
    ) -> Result<Changes, Error> {
        if interview.state != InterviewState::Confirmed {
            return Err(interview.wrong_state().into());
        }
        interview.before_start(ctx.now)?;
        let mut changes = Changes::new();
        self.strike(ctx, &mut changes, &interview, case, left_as).await?;
        let by = side_of(&ctx.actor);
        let in_time = ctx.now <= interview.start - hours(case.policy.replacement_hours.into());
        if !in_time || interview.replacements >= case.policy.replacements {
            let told =
                self.leave(ctx, &mut changes, &mut interview, case, MailKind::InterviewCancelled).await?;
            interview.cancel(by, ctx.now, reason)?;
            changes.update(&interview);
            changes.jobs.extend(told);
            self.back_to_schedule(ctx, &mut changes, case, &interview).await?;
            changes.events.push(self.interview_event(ctx, &interview, "interview.cancelled"));
        } else {
            self.give_back(&mut changes, &interview, case);
            self.leave_session(ctx, &mut changes, &interview, true).await?;
            let gone = interview.release(by, ctx.now, reason)?;
            let mail =
                MailJob::about(MailKind::InterviewerReleased, interview.id, Recipient::Interviewer(gone))
                    .entry(Method::Cancel, interview.calendar_sequence);
            changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, "released"));
            for to in self.people(&interview, case, &[Who::Recruiter, Who::AccountManager]) {
                let mail = MailJob::about(MailKind::InterviewerReplaced, interview.id, to);
                let occasion = format!("replacement-{}", interview.replacements);
                changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &occasion));
            }
            changes.update(&interview);
            changes.jobs.push(self.call_job(ctx, &interview));
            changes.timer(
                CALL_EXPIRY,
                interview.id,
                ctx.now + minutes(case.policy.invitation_minutes.into()),
            );
            changes.events.push(self.interview_event(ctx, &interview, "interview.interviewer_released"));
        }
        changes.audit.push(self.audit(ctx, "interview.release", interview.id, Some(interview.client_id)));
        if interview.reason.is_some() {
            // Why is not the client's to read: an entry of its own, for the operator.
            let mut audit = self.audit(ctx, "interview.release_reason", interview.id, None);
            audit.reason = interview.reason.clone();
            changes.audit.push(audit);
        }
        Ok(changes)
    }

    /// Marks the winner's invitation, and suspends an interviewer who was away too often.
    pub(crate) async fn strike(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
        case: &Case,
        left_as: InvitationState,
    ) -> Result<(), Error> {
        let Some((mut invitation, _)) = self.promised_pay(interview).await? else { return Ok(()) };
        invitation.state = left_as;
        invitation.answered_at = Some(ctx.now);
        changes.update(&invitation);
        if !matches!(left_as, InvitationState::WithdrawnLate | InvitationState::NoShow) {
            return Ok(());
        }
        let since = ctx.now - days(case.policy.no_show_window_days.into());
        let strikes = self.storage.interviewer_no_shows(invitation.interviewer_id, since).await? + 1;
        let mut person: Interviewer = self.storage.get(invitation.interviewer_id).await?;
        if strikes < case.policy.no_show_strikes || !person.status.is_active() {
            return Ok(());
        }
        let from = std::mem::replace(&mut person.status, InterviewerStatus::Suspended);
        self.put_standing(ctx, changes, &person, from, None).await?;
        if let Some(event) = changes.events.last_mut() {
            event.data["strikes"] = strikes.into();
        }
        Ok(())
    }

    /// An interview, for its interviewer.
    pub(crate) async fn own_interview(&self, ctx: &Ctx, id: InterviewId) -> Result<Interview, Error> {
        let interview: Interview = self.storage.find(id).await?.ok_or(Error::NotFound("interview"))?;
        let own = match (&ctx.actor, interview.interviewer_id) {
            (
                Actor::Link { purpose: LinkPurpose::InterviewerInterview, subject, party, .. },
                Some(interviewer),
            ) => *subject == id.to_string() && *party == interviewer.to_string(),
            (actor, Some(interviewer)) => actor.interviewer().is_ok_and(|own| own == interviewer),
            (_, None) => false,
        };
        if own { Ok(interview) } else { Err(Error::NotFound("interview")) }
    }
}
