//! The rungs of the ladder: moved up and down by the operator, suspended, reinstated, left; and what becomes of
//! confirmed interviews then.

use super::*;
use crate::access::Scope;
use crate::clients::Client;
use crate::hdip::Decision;
use crate::hiring::Job;
use crate::ladder::{LadderStep, LadderStepKind};
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::{Interview, InterviewState, SchedulingError};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What becomes of confirmed interviews when their interviewer is suspended or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedInterviews {
    /// They take place.
    Finish,
    /// Somebody else is looked for.
    Release,
}

/// A step on the ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeInterviewerStatus {
    /// Where to.
    pub to: InterviewerStatus,
    /// Why; required to suspend and to leave, at most 500 characters.
    pub reason: Option<String>,
    /// What becomes of confirmed interviews that are not named below; required to suspend or leave with any such.
    pub confirmed_interviews: Option<ConfirmedInterviews>,
    /// What becomes of single ones.
    pub interviews: Vec<(InterviewId, ConfirmedInterviews)>,
}

/// What a step on the ladder did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChanged {
    /// Interviews somebody else is now looked for.
    pub released: u32,
    /// Confirmed interviews left as they are.
    pub kept: u32,
}

/// A confirmed interview of somebody who is to be suspended or leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmedInterview {
    /// Its id.
    pub id: InterviewId,
    /// Whose.
    pub client_id: ClientId,
    /// Name of the client.
    pub client_brand: String,
    /// Title of the job.
    pub job_title: String,
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
}

/// Which of `confirmed` are given to somebody else; complains about what is not said, or said of others.
pub(crate) fn to_release(
    confirmed: &[Interview],
    general: Option<ConfirmedInterviews>,
    single: &[(InterviewId, ConfirmedInterviews)],
) -> Result<Vec<InterviewId>, Error> {
    let mut fields = Fields::new();
    for (i, (id, _)) in single.iter().enumerate() {
        let field = format!("interviews[{i}].id");
        let theirs = confirmed.iter().any(|interview| interview.id == *id);
        fields.ensure(theirs, &field, "not_confirmed", "is no confirmed interview of this interviewer");
        let once = single[..i].iter().all(|(other, _)| other != id);
        fields.ensure(once, &field, "repeated", "is named twice");
    }
    fields.done()?;
    let said =
        |id: InterviewId| single.iter().find(|(named, _)| *named == id).map(|(_, what)| *what).or(general);
    let unsaid = confirmed.iter().filter(|interview| said(interview.id).is_none()).count();
    if unsaid > 0 {
        return Err(InterviewerError::HasConfirmedInterviews { interviews: unsaid }.into());
    }
    let released = |interview: &&Interview| said(interview.id) == Some(ConfirmedInterviews::Release);
    Ok(confirmed.iter().filter(released).map(|interview| interview.id).collect())
}

impl Hdip {
    /// Moves an interviewer on the ladder. Who is suspended or leaves gets no invitations any more; confirmed
    /// interviews are released or take place, as said. Repeating a step is no failure: with `release` it goes on
    /// where an interrupted one stopped.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] without a reason;
    /// [`InterviewerError::WrongStatus`]; [`InterviewerError::HasConfirmedInterviews`].
    pub async fn change_interviewer_status(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        change: ChangeInterviewerStatus,
    ) -> Result<Done<StatusChanged>, Error> {
        ctx.actor.need_operator()?;
        let out = matches!(change.to, InterviewerStatus::Suspended | InterviewerStatus::Left);
        let mut fields = Fields::new();
        let reason =
            fields.text("reason", change.reason.as_deref().unwrap_or_default(), usize::from(out), 500);
        fields.done()?;
        let done = self
            .decide(ctx, "change_interviewer_status", &(id, &change), || async {
                let mut interviewer: Interviewer = self.storage.get(id).await?;
                let from = interviewer.status;
                if from == change.to {
                    return Ok(Decision { changes: Changes::new(), output: () });
                }
                if !from.may_become(change.to) {
                    let (from, to) = (from.as_str(), change.to.as_str());
                    return Err(InterviewerError::WrongStatus { from, to }.into());
                }
                if out {
                    to_release(
                        &self.confirmed_of(id).await?,
                        change.confirmed_interviews,
                        &change.interviews,
                    )?;
                }
                interviewer.status = change.to;
                if out {
                    interviewer.leaves_at = None;
                }
                if change.to.is_active() && !from.is_active() && interviewer.certifications.is_empty() {
                    // By the operator's word, without a mentor's.
                    let (level, fields) = (interviewer.level, interviewer.specialisations.iter());
                    interviewer.certifications = fields.map(|slug| (slug.clone(), level)).collect();
                }
                let mut changes = Changes::new();
                let said = Some(reason.clone()).filter(|reason| !reason.is_empty());
                self.put_standing(ctx, &mut changes, &interviewer, from, said).await?;
                Ok(Decision { changes, output: () })
            })
            .await?;
        let mut output = StatusChanged::default();
        if out {
            let confirmed = self.confirmed_of(id).await?;
            let single = |id: InterviewId| change.interviews.iter().find(|(named, _)| *named == id);
            let said = |id: InterviewId| single(id).map(|(_, what)| *what).or(change.confirmed_interviews);
            let release: Vec<_> = (confirmed.iter().map(|interview| interview.id))
                .filter(|id| said(*id) == Some(ConfirmedInterviews::Release))
                .collect();
            output = self.release_all(ctx, &release, &reason).await?;
            output.kept += (confirmed.len() - release.len()) as u32;
        }
        Ok(Done { output, replayed: done.replayed && !out })
    }

    /// Adds a change of status that was decided: record, owner row, history, mail, event, audit. Who is out observes
    /// nothing any more.
    pub(crate) async fn put_standing(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        after: &Interviewer,
        from: InterviewerStatus,
        reason: Option<String>,
    ) -> Result<(), Error> {
        use InterviewerStatus as Status;
        changes.update(after);
        // Whoever accepts at this moment is decided again, and finds the interviewer suspended.
        self.bump_schedule(changes, after.id).await?;
        let step = self.ladder_step(ctx, after, from, LadderStepKind::Status, reason.clone());
        changes.insert(&step);
        let kind = match (from, after.status) {
            (_, Status::Suspended) => Some(MailKind::InterviewerSuspended),
            (_, Status::Left) => Some(MailKind::InterviewerLeft),
            (Status::Suspended, _) => Some(MailKind::InterviewerReinstated),
            (Status::Invited | Status::Shadowing, Status::Certified) => Some(MailKind::InterviewerCertified),
            _ => None,
        };
        if let Some(kind) = kind {
            changes.jobs.push(self.ladder_mail(ctx, kind, &step));
        }
        if matches!(after.status, Status::Suspended | Status::Left) {
            changes.clear_timer(crate::jobs::INTERVIEWER_LEAVES, after.id);
            self.stop_observing(ctx, changes, after.id).await?;
        }
        self.tell_interviewer(ctx, changes, after, "interviewer.status_changed");
        if let Some(audit) = changes.audit.last_mut() {
            audit.changes = json!({"from": from, "to": after.status});
            audit.reason = reason;
        }
        Ok(())
    }

    /// The confirmed interviews of an interviewer, for whoever decides what becomes of them; soonest first.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`].
    pub async fn confirmed_interviews(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
    ) -> Result<Vec<ConfirmedInterview>, Error> {
        self.own_or_operator(ctx, id).await?;
        let mut rows = self.confirmed_of(id).await?;
        rows.sort_by_key(|interview| (interview.start, interview.id));
        let jobs = self.storage.find_all::<Job>(rows.iter().map(|interview| interview.job_id)).await?;
        let clients =
            self.storage.find_all::<Client>(rows.iter().map(|interview| interview.client_id)).await?;
        let view = |interview: Interview| ConfirmedInterview {
            id: interview.id,
            client_id: interview.client_id,
            client_brand: clients
                .get(&interview.client_id.to_string())
                .map(|c| c.brand.clone())
                .unwrap_or_default(),
            job_title: jobs
                .get(&interview.job_id.to_string())
                .map(|job| job.title.clone())
                .unwrap_or_default(),
            start: interview.start,
            end: interview.end,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// An entry of the ladder's history.
    pub(crate) fn ladder_step(
        &self,
        ctx: &Ctx,
        who: &Interviewer,
        from: InterviewerStatus,
        step: LadderStepKind,
        reason: Option<String>,
    ) -> LadderStep {
        LadderStep {
            id: self.ids.fresh(),
            interviewer_id: who.id,
            step,
            status_from: from,
            status_to: who.status,
            specialisation: None,
            level: None,
            actor: ctx.actor.label(),
            reason,
            at: ctx.now,
            version: 0,
        }
    }

    /// The mail that tells an interviewer of a step.
    pub(crate) fn ladder_mail(&self, ctx: &Ctx, kind: MailKind, step: &LadderStep) -> NewJob {
        let mail = MailJob::about_step(kind, step.id, Recipient::Interviewer(step.interviewer_id));
        self.mail(ctx, None, mail, "step")
    }

    async fn release_all(
        &self,
        ctx: &Ctx,
        ids: &[InterviewId],
        reason: &str,
    ) -> Result<StatusChanged, Error> {
        // One key stands for one commit; each release is one.
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let mut output = StatusChanged::default();
        for id in ids {
            match self.release_interviewer(ctx, *id, reason).await {
                Ok(_) => output.released += 1,
                // It has begun, or was called off, meanwhile.
                Err(Error::Scheduling(
                    SchedulingError::WrongState { .. } | SchedulingError::TooLate { .. },
                )) => {
                    output.kept += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(output)
    }

    pub(crate) async fn confirmed_of(&self, id: InterviewerId) -> Result<Vec<Interview>, Error> {
        let filter = InterviewFilter {
            states: vec![InterviewState::Confirmed],
            interviewer: Some(id),
            ..Default::default()
        };
        let (scope, mut page, mut all) = (Scope::Interviewer(id), Page::first(Page::MAX), Vec::new());
        loop {
            let rows = self.storage.interviews(&scope, &filter, &page).await?;
            page.after = rows.last().map(|interview| interview.id.to_string());
            let last = rows.len() < page.limit as usize;
            all.extend(rows);
            if last {
                return Ok(all);
            }
        }
    }
}
