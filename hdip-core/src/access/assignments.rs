//! The jobs a user works on. They are what a recruiter limited to assigned jobs, and an agency's user, sees.

use super::{AccessError, UserStatus};
use crate::hdip::Decision;
use crate::hiring::{Job, JobStatus};
use crate::ports::storage::{Changes, Page, Paged, RecordsExt};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::Serialize;
use std::collections::BTreeSet;

/// Jobs that can be assigned or taken away at once, of each.
const MAX_JOBS: usize = 100;
/// Recruiters a job may have.
const MAX_RECRUITERS: usize = 100;

/// A job on which a user is named.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignedJob {
    /// The job.
    pub job: Job,
    /// It decides about it.
    pub hiring_manager: bool,
    /// It works on it.
    pub recruiter: bool,
}

/// Jobs to assign to a user and to take away; of each at most 100.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AssignJobs {
    /// It is to work on these.
    pub add: BTreeSet<JobId>,
    /// It is no longer to work on these.
    pub remove: BTreeSet<JobId>,
}

impl Hdip {
    /// Jobs on which a user is named, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for users whom the caller could not list.
    pub async fn assigned_jobs(
        &self,
        ctx: &Ctx,
        id: UserId,
        page: &Page,
    ) -> Result<Paged<AssignedJob>, Error> {
        let user = self.user(ctx, id).await?;
        let mut ids = match user.client_id {
            Some(client) => self.storage.assigned_jobs(client, id).await?,
            None => Vec::new(),
        };
        ids.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(after) = &page.after {
            let after: JobId = after.parse().map_err(|_| Error::InvalidCursor)?;
            ids.retain(|id| *id < after);
        }
        ids.truncate(page.limit as usize + 1);
        let mut jobs: Vec<Job> = self.storage.find_all::<Job>(ids).await?.into_values().collect();
        jobs.reverse();
        let page = Paged::cut(jobs, page.limit, |job| job.id.to_string());
        Ok(page.map(|job| AssignedJob {
            hiring_manager: job.hiring_manager_id == Some(id),
            recruiter: job.recruiter_ids.contains(&id),
            job,
        }))
    }

    /// Puts a user on jobs and takes it off others, all in one commit. Where it is named already, or not at all,
    /// nothing changes; a hiring manager is changed with the job.
    ///
    /// # Errors
    /// As [`Hdip::update_user`] about who may; [`AccessError::Deactivated`]; [`Error::Invalid`] for jobs that are
    /// not the client's, or archived, and for users who belong to no client.
    pub async fn assign_jobs(&self, ctx: &Ctx, id: UserId, input: AssignJobs) -> Result<Done<()>, Error> {
        let mut fields = Fields::new();
        for (field, jobs) in [("add", &input.add), ("remove", &input.remove)] {
            fields.ensure(jobs.len() <= MAX_JOBS, field, "too_many", "must name at most 100 jobs");
        }
        let both = input.add.intersection(&input.remove).next();
        fields.ensure(both.is_none(), "remove", "also_added", "names one that is to be added");
        fields.done()?;
        let input = &input;
        self.decide(ctx, "assign_jobs", &(id, input), || async move {
            let user = self.user_to_manage(ctx, id).await?;
            if user.status == UserStatus::Deactivated {
                return Err(AccessError::Deactivated.into());
            }
            let client = user.client_id.ok_or_else(|| {
                Error::field("add", "not_for_role", "jobs are assigned to users of clients only")
            })?;
            let known = self.storage.find_all::<Job>(input.add.union(&input.remove)).await?;
            let (mut fields, mut changes) = (Fields::new(), Changes::new());
            for (name, adds, jobs) in [("add", true, &input.add), ("remove", false, &input.remove)] {
                for (i, job) in jobs.iter().enumerate() {
                    let field = format!("{name}[{i}]");
                    let Some(job) = known.get(&job.to_string()).filter(|job| job.client_id == client) else {
                        fields.wrong(&field, "unknown_job", "is no job of the user's client");
                        continue;
                    };
                    let mut job = job.clone();
                    let changed = match adds {
                        true => job.recruiter_ids.insert(id),
                        false => job.recruiter_ids.remove(&id),
                    };
                    if adds && changed {
                        let open = job.status == JobStatus::Open;
                        fields.ensure(open, &field, "job_archived", "is archived");
                        let few = job.recruiter_ids.len() <= MAX_RECRUITERS;
                        fields.ensure(few, &field, "too_many", "has 100 recruiters already");
                    }
                    if changed {
                        changes.update(&job);
                        self.tell_job(ctx, &mut changes, &job, "job.updated");
                    }
                }
            }
            fields.done()?;
            if !changes.is_empty() {
                // Somebody who leaves at this moment is not put on a job.
                changes.guard(&user);
            }
            Ok(Decision { changes, output: () })
        })
        .await
    }
}
