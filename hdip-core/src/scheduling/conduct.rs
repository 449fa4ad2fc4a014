//! Conduct: the interview begins and ends, somebody stays away, the line is lost, the outcome counts.

use super::calls::Who;
use super::case::{Case, side_of};
use super::change::checked_reason;
use super::*;
use crate::access::{KeyScope, LinkPurpose};
use crate::hdip::Decision;
use crate::hiring::{ApplicationEvent, ApplicationStatus, agency_of};
use crate::jobs::{DECISION_DUE, FEEDBACK_ALERT, FEEDBACK_CLOSE, FEEDBACK_DUE, INTERVIEW_END};
use crate::notifications::{MailJob, MailKind};
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};

/// Who stayed away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// The candidate.
    Candidate,
    /// The interviewer.
    Interviewer,
}

/// How an operator closes an interview that was interrupted, or awaits feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// It counts.
    Completed,
    /// The candidate left or never came.
    CandidateNoShow,
    /// The interviewer left or never came.
    InterviewerNoShow,
    /// It does not count and costs nothing; the round can be booked again.
    FreeRepeat,
}

impl Hdip {
    /// Timer: the start has come.
    pub(crate) async fn begin_interview(&self, ctx: &Ctx, id: InterviewId) -> Result<Changes, Error> {
        let mut interview: Interview = self.storage.get(id).await?;
        let mut changes = Changes::new();
        if interview.state == InterviewState::Confirmed && ctx.now >= interview.start {
            interview.start(ctx.now)?;
            changes.update(&interview);
            changes.timer(INTERVIEW_END, id, interview.end);
            changes.events.push(self.interview_event(ctx, &interview, "interview.started"));
        }
        Ok(changes)
    }

    /// Timer: the end has come.
    pub(crate) async fn end_interview_by_time(&self, ctx: &Ctx, id: InterviewId) -> Result<Changes, Error> {
        let interview: Interview = self.storage.get(id).await?;
        if interview.state != InterviewState::InProgress || ctx.now < interview.end {
            return Ok(Changes::new());
        }
        let case = self.case(interview.application_id, ctx.now).await?;
        self.ended(ctx, interview, &case, Side::System).await
    }

    /// The interviewer says that the interview is over, before its time.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody but its interviewer; [`SchedulingError::WrongState`] unless it is in progress.
    pub async fn end_interview(&self, ctx: &Ctx, id: InterviewId) -> Result<Done<()>, Error> {
        self.decide(ctx, "end_interview", &id, || async {
            let interview = self.own_interview(ctx, id).await?;
            let case = self.case(interview.application_id, ctx.now).await?;
            Ok(Decision { changes: self.ended(ctx, interview, &case, Side::Interviewer).await?, output: () })
        })
        .await
    }

    async fn ended(
        &self,
        ctx: &Ctx,
        mut interview: Interview,
        case: &Case,
        by: Side,
    ) -> Result<Changes, Error> {
        let mut changes = Changes::new();
        self.give_back(&mut changes, &interview, case);
        self.leave_session(ctx, &mut changes, &interview, false).await?;
        interview.end(by, ctx.now)?;
        let due = interview.ended_at.unwrap_or(ctx.now) + minutes(case.policy.feedback_due_minutes.into());
        changes.timer(FEEDBACK_DUE, interview.id, due);
        changes.timer(FEEDBACK_ALERT, interview.id, due + hours(case.policy.feedback_alert_hours.into()));
        let close = due + hours(case.policy.close_without_feedback_hours.into());
        changes.timer(FEEDBACK_CLOSE, interview.id, close);
        changes.update(&interview);
        changes.events.push(self.interview_event(ctx, &interview, "interview.ended"));
        Ok(changes)
    }

    /// Timer: feedback never came. The client owes nothing and may repeat the round.
    pub(crate) async fn close_unfed_interview(&self, ctx: &Ctx, id: InterviewId) -> Result<Changes, Error> {
        let interview: Interview = self.storage.get(id).await?;
        if interview.state != InterviewState::AwaitingFeedback {
            return Ok(Changes::new());
        }
        let case = self.case(interview.application_id, ctx.now).await?;
        self.close(ctx, interview, &case, Closing::FreeRepeat, None, None).await
    }

    /// Files that somebody stayed away: the interviewer about the candidate, the candidate or the client's
    /// people about the interviewer, the operator about either; from the policy's minutes after the start on.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an interview the caller does not see, [`Error::Forbidden`] for the wrong side,
    /// [`SchedulingError::TooEarly`], [`SchedulingError::WrongState`]. An interview that has ended is not undone by one
    /// side's word: reported then, the interviewer's absence makes it `interrupted`, and the operator decides.
    pub async fn report_no_show(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        who: Absent,
        note: Option<String>,
    ) -> Result<Done<()>, Error> {
        let note = checked_reason(note.as_deref())?;
        self.decide(ctx, "report_no_show", &(id, who, &note), || async {
            let interview = match (side_of(&ctx.actor), who) {
                (Side::Interviewer, Absent::Candidate) => self.own_interview(ctx, id).await?,
                (Side::Interviewer, Absent::Interviewer) => return Err(Error::Forbidden),
                (Side::Client | Side::Candidate, Absent::Candidate) => return Err(Error::Forbidden),
                (Side::Client, _) if agency_of(&ctx.actor).is_some() => return Err(Error::Forbidden),
                _ => self.interview_for(ctx, id, KeyScope::SchedulingWrite).await?.0,
            };
            let case = self.case(interview.application_id, ctx.now).await?;
            // Once it has ended, one word against another is the operator's to weigh.
            if side_of(&ctx.actor) != Side::Operator
                && who == Absent::Interviewer
                && interview.state == InterviewState::AwaitingFeedback
            {
                let changes = self.interrupted(ctx, interview, &case, note.clone()).await?;
                return Ok(Decision { changes, output: () });
            }
            let closing = match who {
                Absent::Candidate => Closing::CandidateNoShow,
                Absent::Interviewer => Closing::InterviewerNoShow,
            };
            Ok(Decision {
                changes: self.close(ctx, interview, &case, closing, note.clone(), None).await?,
                output: (),
            })
        })
        .await
    }

    /// The line was lost, or somebody left: the interview waits for the operator to close it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody but its interviewer and the operator; [`SchedulingError::WrongState`] unless
    /// it is in progress.
    pub async fn interrupt_interview(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        reason: Option<String>,
    ) -> Result<Done<()>, Error> {
        let reason = checked_reason(reason.as_deref())?;
        self.decide(ctx, "interrupt_interview", &(id, &reason), || async {
            let interview = match ctx.actor.is_operator() {
                true => self.storage.get(id).await?,
                false => self.own_interview(ctx, id).await?,
            };
            let case = self.case(interview.application_id, ctx.now).await?;
            let changes = self.interrupted(ctx, interview, &case, reason.clone()).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    async fn interrupted(
        &self,
        ctx: &Ctx,
        mut interview: Interview,
        case: &Case,
        reason: Option<String>,
    ) -> Result<Changes, Error> {
        let mut changes = Changes::new();
        self.give_back(&mut changes, &interview, case);
        self.leave_session(ctx, &mut changes, &interview, false).await?;
        interview.interrupt(side_of(&ctx.actor), ctx.now, reason)?;
        changes.update(&interview);
        changes.events.push(self.interview_event(ctx, &interview, "interview.interrupted"));
        changes.audit.push(self.audit(ctx, "interview.interrupt", interview.id, Some(interview.client_id)));
        Ok(changes)
    }

    /// The operator decides what an interview was that was interrupted, or whose feedback is handled by
    /// hand.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] without a reason;
    /// [`SchedulingError::WrongState`], [`SchedulingError::TooEarly`].
    pub async fn close_interview(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        closing: Closing,
        reason: &str,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let reason = checked_reason(Some(reason))?;
        if reason.is_none() {
            return Err(Error::field("reason", "required", "must not be empty"));
        }
        self.decide(ctx, "close_interview", &(id, closing, &reason), || async {
            let interview: Interview = self.storage.get(id).await?;
            let case = self.case(interview.application_id, ctx.now).await?;
            Ok(Decision {
                changes: self.close(ctx, interview, &case, closing, reason.clone(), None).await?,
                output: (),
            })
        })
        .await
    }

    /// The one place where an interview takes its outcome: state, money (less what filing late costs), application,
    /// link, mails.
    pub(crate) async fn close(
        &self,
        ctx: &Ctx,
        mut interview: Interview,
        case: &Case,
        closing: Closing,
        reason: Option<String>,
        deduction: Option<Money>,
    ) -> Result<Changes, Error> {
        let by = side_of(&ctx.actor);
        let from = interview.start + minutes(case.policy.no_show_after_minutes.into());
        let mut changes = Changes::new();
        self.give_back(&mut changes, &interview, case);
        self.leave_session(ctx, &mut changes, &interview, false).await?;
        let pay =
            self.promised_pay(&interview).await?.map(|(invitation, pay)| (invitation.interviewer_id, pay));
        let (event, mail) = match closing {
            Closing::Completed => {
                interview.complete(by, ctx.now, reason)?;
                let taken = deduction.map_or(0, |taken| taken.amount_minor);
                let pay =
                    pay.map(|(who, pay)| (who, Money { amount_minor: pay.amount_minor - taken, ..pay }));
                self.book_outcome(&mut changes, &interview, OutcomeKind::Completed, pay, ctx.now).await?;
                ("interview.completed", None)
            }
            Closing::CandidateNoShow => {
                interview.candidate_absent(by, from, ctx.now, reason)?;
                self.book_outcome(&mut changes, &interview, OutcomeKind::CandidateNoShow, pay, ctx.now)
                    .await?;
                ("interview.candidate_no_show", Some((MailKind::CandidateNoShow, &Who::ALL[..])))
            }
            Closing::InterviewerNoShow => {
                interview.interviewer_absent(by, from, ctx.now, reason)?;
                self.strike(ctx, &mut changes, &interview, case, InvitationState::NoShow).await?;
                ("interview.interviewer_no_show", Some((MailKind::InterviewerNoShow, &Who::ALL[..])))
            }
            Closing::FreeRepeat => {
                interview.close_without_feedback(by, ctx.now, reason)?;
                (
                    "interview.closed_without_feedback",
                    Some((
                        MailKind::ClosedWithoutFeedback,
                        &[Who::Candidate, Who::Recruiter, Who::AccountManager][..],
                    )),
                )
            }
        };
        changes.update(&interview);
        self.keep_links(ctx, &mut changes, &interview, case).await?;
        if closing == Closing::Completed {
            let mut application = case.application.clone();
            if application.round_id == interview.round_id
                && application.step(ApplicationEvent::Complete, ctx.now).is_ok()
            {
                changes.update(&application);
                changes.timer(
                    DECISION_DUE,
                    interview.id,
                    ctx.now + days(case.policy.decision_reminder_days.into()),
                );
            }
            self.ask_for_rating(ctx, &mut changes, &interview, case).await?;
        } else {
            self.back_to_schedule(ctx, &mut changes, case, &interview).await?;
        }
        if let Some((kind, who)) = mail {
            for to in self.people(&interview, case, who) {
                let mail = MailJob::about(kind, interview.id, to);
                changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, "outcome"));
            }
        }
        changes.events.push(self.interview_event(ctx, &interview, event));
        let mut audit = self.audit(ctx, event, interview.id, Some(interview.client_id));
        audit.reason = interview.reason.clone();
        changes.audit.push(audit);
        Ok(changes)
    }

    /// The links of both people stay good as long as the outcome can be contested.
    pub(crate) async fn keep_links(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
        case: &Case,
    ) -> Result<(), Error> {
        let (client, subject) = (interview.client_id, interview.id.to_string());
        let until = ctx.now + days(case.policy.contest_days.into());
        let (purpose, party) = (LinkPurpose::CandidateInterview, interview.candidate_id.to_string());
        self.ensure_link(ctx, changes, client, purpose, &subject, &party, until).await?;
        if let Some(who) = interview.interviewer_id {
            let (purpose, party) = (LinkPurpose::InterviewerInterview, who.to_string());
            self.ensure_link(ctx, changes, client, purpose, &subject, &party, until).await?;
        }
        Ok(())
    }

    /// The client asks for the completed interview of the present round to be repeated with somebody else, at
    /// full price.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an interview the caller does not see; [`SchedulingError::WrongState`] unless it is
    /// completed and its application waits for a decision; [`SchedulingError::TooLate`] after the policy's days;
    /// [`Error::Invalid`] without a reason.
    pub async fn request_redo(&self, ctx: &Ctx, id: InterviewId, reason: &str) -> Result<Done<()>, Error> {
        let reason = checked_reason(Some(reason))?;
        if reason.is_none() {
            return Err(Error::field("reason", "required", "must not be empty"));
        }
        self.decide(ctx, "request_redo", &(id, &reason), || async {
            let (interview, case) = self.interview_for(ctx, id, KeyScope::SchedulingWrite).await?;
            // It costs the client a full price.
            if side_of(&ctx.actor) == Side::Candidate || agency_of(&ctx.actor).is_some() {
                return Err(Error::Forbidden);
            }
            let mut application = case.application.clone();
            let current = application.round_id == interview.round_id
                && application.status == ApplicationStatus::DecisionDue
                && interview.state == InterviewState::Completed;
            if !current {
                return Err(interview.wrong_state().into());
            }
            let until = interview.state_at + days(case.policy.redo_days.into());
            if ctx.now >= until {
                return Err(SchedulingError::TooLate { until }.into());
            }
            let mut changes = Changes::new();
            changes.guard(&interview);
            // The first interviewer has met the candidate and is therefore never asked again.
            application.step(ApplicationEvent::Redo, ctx.now)?;
            changes.update(&application);
            changes.events.push(self.interview_event(ctx, &interview, "interview.redo_requested"));
            let mut audit = self.audit(ctx, "interview.redo", id, Some(interview.client_id));
            audit.reason = reason.clone();
            changes.audit.push(audit);
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// The candidate is asked what the interviewer was like, by a link of its own.
    async fn ask_for_rating(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
        case: &Case,
    ) -> Result<(), Error> {
        let (subject, party) = (interview.id.to_string(), interview.candidate_id.to_string());
        let until = ctx.now + days(case.policy.rating_link_days.into());
        let client = interview.client_id;
        self.ensure_link(ctx, changes, client, LinkPurpose::Rating, &subject, &party, until).await?;
        for to in self.people(interview, case, &[Who::Candidate]) {
            let mail = MailJob::about(MailKind::RateInterviewer, interview.id, to);
            changes.jobs.push(self.mail(ctx, Some(client), mail, "outcome"));
        }
        Ok(())
    }

    /// Timer: feedback is due (the interviewer hears), or a day overdue (the account manager hears).
    pub(crate) async fn feedback_overdue(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        alert: bool,
    ) -> Result<Changes, Error> {
        let interview: Interview = self.storage.get(id).await?;
        let mut changes = Changes::new();
        if interview.state != InterviewState::AwaitingFeedback {
            return Ok(changes);
        }
        let case = self.case(interview.application_id, ctx.now).await?;
        let (who, occasion) = if alert { (Who::AccountManager, "alert") } else { (Who::Interviewer, "due") };
        for to in self.people(&interview, &case, &[who]) {
            let mail = MailJob::about(MailKind::FeedbackOverdue, id, to);
            changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, occasion));
        }
        changes.events.push(self.interview_event(ctx, &interview, "interview.feedback_overdue"));
        Ok(changes)
    }

    /// Timer: the client has not decided yet.
    pub(crate) async fn decision_overdue(&self, ctx: &Ctx, id: InterviewId) -> Result<Changes, Error> {
        let interview: Interview = self.storage.get(id).await?;
        let case = self.case(interview.application_id, ctx.now).await?;
        let mut changes = Changes::new();
        let waits = case.application.status == ApplicationStatus::DecisionDue
            && case.application.round_id == interview.round_id;
        if waits {
            for to in self.people(&interview, &case, &[Who::Recruiter]) {
                let mail = MailJob::about(MailKind::DecisionDue, id, to);
                changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, "due"));
            }
        }
        Ok(changes)
    }

    /// Timer: a reminder is due. One that is late by more than half its lead is not sent: nobody needs to
    /// read "in 24 hours" when it is not true any more.
    pub(crate) async fn remind(&self, ctx: &Ctx, id: InterviewId, before: u32) -> Result<Changes, Error> {
        let interview: Interview = self.storage.get(id).await?;
        let mut changes = Changes::new();
        let latest = interview.start - minutes(i64::from(before) / 2);
        if interview.state != InterviewState::Confirmed || ctx.now >= latest {
            return Ok(changes);
        }
        let case = self.case(interview.application_id, ctx.now).await?;
        for to in self.people(&interview, &case, &[Who::Candidate, Who::Interviewer]) {
            let mut mail = MailJob::about(MailKind::Reminder, id, to);
            mail.minutes = Some(before);
            changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &before.to_string()));
        }
        Ok(changes)
    }
}
