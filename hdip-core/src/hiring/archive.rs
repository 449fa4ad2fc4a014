//! Archiving a job and opening it again.

use super::*;
use crate::access::KeyScope;
use crate::clients::Client;
use crate::hdip::Decision;
use crate::ports::storage::*;
use crate::scheduling::SchedulingError;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};

/// Applications that are dropped in one commit.
const DROPPED_TOGETHER: usize = 50;

/// What becomes of a job's undecided applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveMode {
    /// They stay, and confirmed interviews take place; nothing new is scheduled.
    Finish,
    /// They are dropped, and interviews still to come are called off.
    Cancel,
}

/// Archiving a job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ArchiveJob {
    /// Must be said when applications are undecided.
    pub mode: Option<ArchiveMode>,
    /// Yes to the consequences of late changes, where interviews are called off late.
    pub late_ok: bool,
}

/// What archiving did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedJob {
    /// Applications dropped.
    pub dropped: u32,
    /// Applications left alone because their interview has begun; drop them when it is over.
    pub still_running: u32,
}

/// Not selected, not offered, not closed: these are what archiving asks about.
pub(crate) fn is_undecided(application: &Application) -> bool {
    !matches!(application.status, ApplicationStatus::Selected | ApplicationStatus::Offered)
}

impl Hdip {
    /// Archives a job: it takes no more candidates and nothing more is scheduled on it. Repeating it is no
    /// failure; repeated with `cancel`, it goes on where an interrupted one stopped.
    ///
    /// # Errors
    /// [`HiringError::JobHasOpenApplications`] when applications are undecided and no mode is given;
    /// [`SchedulingError::LateNotConfirmed`] when calling an interview off has a consequence nobody said yes to (then
    /// nothing has been changed); [`Error::NotFound`]; [`Error::Forbidden`] for agencies. An API key needs `scheduling:write` besides
    /// `hiring:write` to call interviews off.
    pub async fn archive_job(
        &self,
        ctx: &Ctx,
        id: JobId,
        archive: ArchiveJob,
    ) -> Result<Done<ArchivedJob>, Error> {
        let job = self.job_to_edit(ctx, id).await?;
        let cancel = archive.mode == Some(ArchiveMode::Cancel);
        if cancel {
            // Asked before anything is done: calling interviews off is scheduling.
            ctx.actor.client_scope(KeyScope::SchedulingWrite)?;
        }
        if cancel && !archive.late_ok {
            self.refuse_late(ctx, job.id).await?;
        }
        let done = self
            .decide(ctx, "archive_job", &(id, &archive), || async {
                let mut job = self.job_to_edit(ctx, id).await?;
                let mut changes = Changes::new();
                if job.status == JobStatus::Open {
                    let open = self.storage.open_applications(id).await?;
                    let applications = open.iter().filter(|a| is_undecided(a)).count();
                    if applications > 0 && archive.mode.is_none() {
                        return Err(HiringError::JobHasOpenApplications { applications }.into());
                    }
                    job.status = JobStatus::Archived;
                    changes.update(&job);
                    self.tell_job(ctx, &mut changes, &job, "job.archived");
                }
                Ok(Decision { changes, output: () })
            })
            .await?;
        // Submissions guard the job: from here on none can be added.
        let output =
            if cancel { self.drop_all(ctx, id, archive.late_ok).await? } else { ArchivedJob::default() };
        // A repeat goes on where the first stopped and counts anew: it is no replay.
        Ok(Done { output, replayed: done.replayed && !cancel })
    }

    pub(crate) async fn refuse_late(&self, ctx: &Ctx, job: JobId) -> Result<(), Error> {
        for application in self.storage.open_applications(job).await? {
            if application.status == ApplicationStatus::Interviewing
                && let Some(interview) = self.live_interview_of(&application).await?
                && interview.before_start(ctx.now).is_ok()
                && self.change_consequence(ctx, interview.id).await?.late
            {
                return Err(SchedulingError::LateNotConfirmed.into());
            }
        }
        Ok(())
    }

    async fn drop_all(&self, ctx: &Ctx, job: JobId, late_ok: bool) -> Result<ArchivedJob, Error> {
        // One key stands for one commit; these are many, each of which finds out by itself what is left.
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let mut all = self.storage.open_applications(job).await?;
        all.retain(is_undecided);
        let (busy, idle): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|a| a.status == ApplicationStatus::Interviewing);
        let mut output = ArchivedJob::default();
        for ids in idle.chunks(DROPPED_TOGETHER) {
            let ids: Vec<_> = ids.iter().map(|a| a.id).collect();
            output.dropped += self.drop_together(ctx, &ids, late_ok).await?;
        }
        for application in busy {
            match self.drop_together(ctx, &[application.id], late_ok).await {
                Ok(dropped) => output.dropped += dropped,
                // It has begun meanwhile, or awaits feedback: it ends by itself.
                Err(Error::Scheduling(
                    SchedulingError::WrongState { .. } | SchedulingError::TooLate { .. },
                )) => {
                    output.still_running += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(output)
    }

    async fn drop_together(&self, ctx: &Ctx, ids: &[ApplicationId], late_ok: bool) -> Result<u32, Error> {
        let done = self
            .decide(ctx, "drop_archived", &ids, || async {
                let mut changes = Changes::new();
                let mut dropped = 0;
                let mut found = self.storage.find_all::<Application>(ids).await?;
                found.retain(|_, application| application.status.is_open() && is_undecided(application));
                for (_, application) in found {
                    self.add_drop(ctx, &mut changes, application, DropReason::JobArchived, late_ok).await?;
                    dropped += 1;
                }
                Ok(Decision { changes, output: dropped })
            })
            .await?;
        Ok(done.output)
    }

    /// Opens an archived job again. Applications that were dropped stay dropped.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for agencies;
    /// [`ClientError::Archived`](crate::clients::ClientError::Archived).
    pub async fn reopen_job(&self, ctx: &Ctx, id: JobId) -> Result<Done<()>, Error> {
        self.decide(ctx, "reopen_job", &id, || async {
            let mut job = self.job_to_edit(ctx, id).await?;
            let mut changes = Changes::new();
            if job.status == JobStatus::Archived {
                let client: Client = self.storage.get(job.client_id).await?;
                client.refuse_archived()?;
                job.status = JobStatus::Open;
                changes.update(&job).guard(&client);
                self.tell_job(ctx, &mut changes, &job, "job.reopened");
            }
            Ok(Decision { changes, output: () })
        })
        .await
    }
}
