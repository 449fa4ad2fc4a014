//! The dead-letter list: background jobs that were given up, and putting them back into the queue.

use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};

/// So many jobs are put back by one request; there may be more.
const AT_ONCE: usize = 1000;

/// Which jobs to put back, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayJobs {
    /// Only jobs of this kind; all kinds if none.
    pub kind: Option<String>,
    /// Why it will go better now, 3 to 500 characters; it is kept in the audit trail of each.
    pub reason: String,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// How many jobs.
    pub jobs: u64,
    /// Whether there are more; ask again.
    pub more: bool,
}

impl Hdip {
    /// Puts a dead job back into the queue. A reason is kept in the audit trail.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but operators; [`Error::NotFound`] for a job that is not dead;
    /// [`Error::Invalid`] for a reason that is none.
    pub async fn retry_job(&self, ctx: &Ctx, id: BackgroundJobId, reason: Option<&str>) -> Result<(), Error> {
        ctx.actor.need_operator()?;
        let reason = reason.map(checked).transpose()?;
        match self.put_back(ctx, &[id], reason).await? {
            0 => Err(Error::NotFound("dead background job")),
            _ => Ok(()),
        }
    }

    /// Puts dead jobs back into the queue, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but operators; [`Error::Invalid`] without a reason.
    pub async fn replay_jobs(&self, ctx: &Ctx, input: ReplayJobs) -> Result<Replayed, Error> {
        ctx.actor.need_operator()?;
        let reason = checked(&input.reason)?;
        let filter = JobFilter { state: Some(JobState::Dead), kind: input.kind };
        let mut page = Page::first(Page::MAX);
        let mut ids = Vec::new();
        let more = loop {
            let some = self.storage.background_jobs(&filter, &page).await?;
            page.after = some.last().map(|job| job.id.to_string());
            let last = some.len() < page.limit as usize;
            ids.extend(some.into_iter().map(|job| job.id));
            if last || ids.len() >= AT_ONCE {
                break !last;
            }
        };
        Ok(Replayed { jobs: self.put_back(ctx, &ids, Some(reason)).await?, more })
    }

    /// How many of these were dead.
    async fn put_back(
        &self,
        ctx: &Ctx,
        ids: &[BackgroundJobId],
        reason: Option<String>,
    ) -> Result<u64, Error> {
        let mut changes = Changes::new();
        let mut back = Vec::new();
        for id in ids {
            // Somebody else may have been faster.
            if self.storage.requeue_job(*id, ctx.now).await? {
                let mut entry = self.audit(ctx, "background_job.retry", id, None);
                entry.reason.clone_from(&reason);
                changes.audit.push(entry);
                back.push(*id);
            }
        }
        self.commit(changes).await?;
        if !back.is_empty() {
            let _ = self.queue.announce(&back).await;
        }
        Ok(back.len() as u64)
    }
}

fn checked(reason: &str) -> Result<String, Error> {
    let mut fields = Fields::new();
    let reason = fields.text("reason", reason, 3, 500);
    fields.done()?;
    Ok(reason)
}
