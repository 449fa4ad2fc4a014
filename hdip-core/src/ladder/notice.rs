//! Leaving: notice is given, the last day comes, interviews that were let stand are finished, what is owed is paid.

use super::*;
use crate::hdip::Decision;
use crate::interviewers::{
    ConfirmedInterviews, Interviewer, InterviewerError, InterviewerStatus, to_release,
};
use crate::jobs::INTERVIEWER_LEAVES;
use crate::notifications::MailKind;
use crate::ports::storage::*;
use crate::scheduling::{Interview, SchedulingError};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A notice: by the interviewer, or by the operator to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GiveNotice {
    /// Why; required of the operator, at most 500 characters.
    pub reason: Option<String>,
    /// What becomes of confirmed interviews after the last day that are not named below; required if there are any.
    pub confirmed_interviews: Option<ConfirmedInterviews>,
    /// What becomes of single ones.
    pub interviews: Vec<(InterviewId, ConfirmedInterviews)>,
}

/// What a notice did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeTaken {
    /// Nothing that begins from then on is offered.
    pub leaves_at: Timestamp,
    /// Interviews after that which somebody else is now looked for.
    pub released: u32,
    /// Interviews after that which take place.
    pub kept: u32,
}

impl Hdip {
    /// Gives notice: after the policy's days the interviewer has left. Until then nothing changes, but that nothing
    /// after its last day is offered to it; sign-in stays, so that it can finish and be paid.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`]; [`Error::Invalid`] naming the fields; [`LadderError::NoticeGiven`];
    /// `wrong_interviewer_status` for who has left; `has_confirmed_interviews` when it is not said what becomes of those
    /// after the last day.
    pub async fn give_notice(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        notice: GiveNotice,
    ) -> Result<Done<NoticeTaken>, Error> {
        let by_operator = ctx.actor.is_operator();
        let mut fields = Fields::new();
        let reason = notice.reason.as_deref().unwrap_or_default();
        let reason = fields.text("reason", reason, usize::from(by_operator), 500);
        fields.done()?;
        let said = Some(reason.clone()).filter(|reason| !reason.is_empty());
        let done = self
            .decide(ctx, "give_notice", &(id, &notice), || async {
                let mut interviewer = self.own_or_operator(ctx, id).await?;
                let status = interviewer.status;
                if status == InterviewerStatus::Left {
                    let (from, to) = (status.as_str(), InterviewerStatus::Left.as_str());
                    return Err(InterviewerError::WrongStatus { from, to }.into());
                }
                if interviewer.leaves_at.is_some() {
                    return Err(LadderError::NoticeGiven.into());
                }
                let (policy, ..) = self.policy_for(None, ctx.now).await?;
                let leaves_at = ctx.now + days(policy.leaving_notice_days.into());
                let after = self.confirmed_after(id, leaves_at).await?;
                let release = to_release(&after, notice.confirmed_interviews, &notice.interviews)?;
                interviewer.leaves_at = Some(leaves_at);
                let mut changes = Changes::new();
                changes.timer(INTERVIEWER_LEAVES, id, leaves_at);
                self.put_notice(ctx, &mut changes, &interviewer, LadderStepKind::NoticeGiven, said.clone())
                    .await?;
                Ok(Decision { changes, output: (leaves_at, release, after.len() as u32) })
            })
            .await?;
        let (leaves_at, release, after) = done.output;
        let mut output = NoticeTaken { leaves_at, released: 0, kept: after - release.len() as u32 };
        // One key stands for one commit; each of these is one.
        let each = &Ctx { idempotency: None, ..ctx.clone() };
        for interview in release {
            let given = match by_operator {
                true => self.release_interviewer(each, interview, &reason).await,
                false => self.withdraw_interviewer(each, interview, said.clone()).await,
            };
            match given {
                Ok(_) => output.released += 1,
                // Called off, or given to somebody else, meanwhile; or by the first of two same requests.
                Err(Error::NotFound(_))
                | Err(Error::Scheduling(
                    SchedulingError::WrongState { .. } | SchedulingError::TooLate { .. },
                )) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Done { output, replayed: done.replayed })
    }

    /// Takes a notice back, before the last day.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`]; [`LadderError::NoNotice`].
    pub async fn take_back_notice(&self, ctx: &Ctx, id: InterviewerId) -> Result<Done<()>, Error> {
        self.decide(ctx, "take_back_notice", &id, || async {
            let mut interviewer = self.own_or_operator(ctx, id).await?;
            if interviewer.leaves_at.take().is_none() {
                return Err(LadderError::NoNotice.into());
            }
            let mut changes = Changes::new();
            changes.clear_timer(INTERVIEWER_LEAVES, id);
            self.put_notice(ctx, &mut changes, &interviewer, LadderStepKind::NoticeWithdrawn, None).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    async fn put_notice(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interviewer: &Interviewer,
        kind: LadderStepKind,
        reason: Option<String>,
    ) -> Result<(), Error> {
        changes.update(interviewer);
        self.bump_schedule(changes, interviewer.id).await?;
        let step = self.ladder_step(ctx, interviewer, interviewer.status, kind, reason.clone());
        changes.insert(&step);
        changes.jobs.push(self.ladder_mail(ctx, MailKind::InterviewerNotice, &step));
        let word = format!("interviewer.{}", kind.as_str());
        let data = json!({"interviewer_id": interviewer.id, "leaves_at": interviewer.leaves_at});
        changes.events.push(self.event(ctx, Stream::Operator, &word, interviewer.id, data));
        let mut audit = self.audit(ctx, &word, interviewer.id, None);
        audit.reason = reason;
        changes.audit.push(audit);
        Ok(())
    }

    async fn confirmed_after(&self, id: InterviewerId, at: Timestamp) -> Result<Vec<Interview>, Error> {
        let mut confirmed = self.confirmed_of(id).await?;
        confirmed.retain(|interview| interview.start >= at);
        Ok(confirmed)
    }

    /// Timer: the last day has come. Interviews that are still confirmed were let stand, and take place.
    pub(crate) async fn notice_over(&self, ctx: &Ctx, id: InterviewerId) -> Result<Changes, Error> {
        let mut interviewer: Interviewer = self.storage.get(id).await?;
        let mut changes = Changes::new();
        let due = interviewer.leaves_at.is_some_and(|at| at <= ctx.now);
        if due && interviewer.status != InterviewerStatus::Left {
            let from = std::mem::replace(&mut interviewer.status, InterviewerStatus::Left);
            interviewer.leaves_at = None;
            self.put_standing(ctx, &mut changes, &interviewer, from, None).await?;
        }
        Ok(changes)
    }
}
