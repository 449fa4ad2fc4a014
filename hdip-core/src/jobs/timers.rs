use crate::alerts::{ALERT_CHECK, ALERT_SUBJECT};
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use std::collections::BTreeSet;

/// So many timers that stay due are passed over in one sweep.
const MAX_STUCK: usize = 10_000;

/// The present call is over; subject: interview.
pub(crate) const CALL_EXPIRY: &str = "call_expiry";
/// The candidate has not picked a start; subject: application.
pub(crate) const LINK_REMINDER: &str = "link_reminder";
/// The scheduling link is over; subject: application.
pub(crate) const LINK_UNUSED: &str = "link_unused";
/// The interview begins; subject: interview.
pub(crate) const INTERVIEW_START: &str = "interview_start";
/// The interview is over; subject: interview.
pub(crate) const INTERVIEW_END: &str = "interview_end";
/// No feedback came; subject: interview.
pub(crate) const FEEDBACK_CLOSE: &str = "feedback_close";
/// Feedback is due; subject: interview.
pub(crate) const FEEDBACK_DUE: &str = "feedback_due";
/// Feedback is a day overdue; subject: interview.
pub(crate) const FEEDBACK_ALERT: &str = "feedback_alert";
/// The client has not decided; subject: interview.
pub(crate) const DECISION_DUE: &str = "decision_due";
/// An interviewer's last day has come; subject: interviewer.
pub(crate) const INTERVIEWER_LEAVES: &str = "interviewer_leaves";
/// A reminder goes out; subject: interview. One kind per offset, since timers are one per (kind, subject).
const REMINDER: &str = "reminder:";

/// Timer kind of the reminder that many minutes before the start.
pub(crate) fn reminder_kind(minutes: u32) -> String {
    format!("{REMINDER}{minutes}")
}

/// What a sweep of the timers did.
#[derive(Debug, Default)]
pub struct Fired {
    /// Timers dealt with.
    pub fired: usize,
    /// Timers whose handler failed; they stay due and are looked at again. One that keeps failing never
    /// holds up the others.
    pub failed: Vec<(Timer, Error)>,
}

impl Hdip {
    /// Fires up to `limit` timers that are due, oldest first. A timer that another scheduler fired
    /// meanwhile, or that was moved, is passed over.
    ///
    /// # Errors
    /// When the due timers cannot be read.
    pub async fn fire_due(&self, limit: u32) -> Result<Fired, Error> {
        let ctx = self.system();
        let mut done = Fired::default();
        // Timers that stay due: those that fail, and those of a newer release. They must not hide the others.
        let mut stuck: BTreeSet<(String, String)> = BTreeSet::new();
        while done.fired < limit as usize && stuck.len() < MAX_STUCK {
            let due = self.storage.due_timers(ctx.now, limit + stuck.len() as u32).await?;
            let seen = |timer: &Timer| stuck.contains(&(timer.kind.clone(), timer.subject.clone()));
            let due: Vec<Timer> = due.into_iter().filter(|timer| !seen(timer)).collect();
            if due.is_empty() {
                break;
            }
            for timer in due {
                let key = (timer.kind.clone(), timer.subject.clone());
                match self.fire(&ctx, &timer).await {
                    Ok(true) => done.fired += 1,
                    Ok(false) => _ = stuck.insert(key),
                    Err(error) => {
                        stuck.insert(key);
                        done.failed.push((timer, error));
                    }
                }
            }
        }
        Ok(done)
    }

    /// False for a timer of a kind or subject this release does not know: it is left to a newer one.
    async fn fire(&self, ctx: &Ctx, timer: &Timer) -> Result<bool, Error> {
        let ctx = &Ctx { traceparent: timer.traceparent.clone(), ..ctx.clone() };
        for _ in 0..5 {
            let Some(changes) = self.handle(ctx, timer).await? else { return Ok(false) };
            if self.fired(ctx, timer, changes).await? {
                return Ok(true);
            }
        }
        Err(Error::Contended)
    }

    /// Commits what a timer caused; false means that it must be decided again.
    async fn fired(&self, ctx: &Ctx, timer: &Timer, mut changes: Changes) -> Result<bool, Error> {
        changes.traceparent.clone_from(&ctx.traceparent);
        // Taken away as it was read, even if the handler sets it anew: whoever read the same timer earlier
        // and comes later finds another.
        changes.fired_timers.push(FireTimer {
            kind: timer.kind.clone(),
            subject: timer.subject.clone(),
            generation: timer.generation,
            due_at: timer.due_at,
        });
        if self.commit(changes).await? {
            return Ok(true);
        }
        // Something changed. If it was the timer itself, somebody else has dealt with it.
        let still = self.storage.due_timers(ctx.now, u32::MAX).await?;
        Ok(!still.contains(timer))
    }

    /// What a timer causes, by looking at the state again; none for a kind or subject this release does not know.
    async fn handle(&self, ctx: &Ctx, timer: &Timer) -> Result<Option<Changes>, Error> {
        match &*timer.kind {
            ALERT_CHECK if timer.subject == ALERT_SUBJECT => self.alert_check(ctx).await.map(Some),
            INTERVIEWER_LEAVES => {
                let Ok(interviewer) = timer.subject.parse::<InterviewerId>() else { return Ok(None) };
                self.notice_over(ctx, interviewer).await.map(Some)
            }
            LINK_REMINDER | LINK_UNUSED => {
                let Ok(application) = timer.subject.parse::<ApplicationId>() else { return Ok(None) };
                self.link_waits(ctx, application, timer.kind == LINK_UNUSED).await.map(Some)
            }
            kind => {
                let Ok(interview) = timer.subject.parse::<InterviewId>() else { return Ok(None) };
                self.fire_interview(ctx, kind, interview).await
            }
        }
    }

    /// What a timer about an interview does; none for a kind this release does not know.
    async fn fire_interview(
        &self,
        ctx: &Ctx,
        kind: &str,
        interview: InterviewId,
    ) -> Result<Option<Changes>, Error> {
        let changes = match kind {
            CALL_EXPIRY => self.call_over(ctx, interview).await,
            INTERVIEW_START => self.begin_interview(ctx, interview).await,
            INTERVIEW_END => self.end_interview_by_time(ctx, interview).await,
            FEEDBACK_DUE => self.feedback_overdue(ctx, interview, false).await,
            FEEDBACK_ALERT => self.feedback_overdue(ctx, interview, true).await,
            DECISION_DUE => self.decision_overdue(ctx, interview).await,
            FEEDBACK_CLOSE => self.close_unfed_interview(ctx, interview).await,
            kind => match kind.strip_prefix(REMINDER).and_then(|m| m.parse().ok()) {
                Some(minutes) => self.remind(ctx, interview, minutes).await,
                None => return Ok(None),
            },
        }?;
        Ok(Some(changes))
    }
}
