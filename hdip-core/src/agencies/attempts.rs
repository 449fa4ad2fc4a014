//! Who tried to hand a person over: for the client's own people, never for agencies.

use super::*;
use crate::access::KeyScope;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use std::collections::BTreeMap;

/// An attempt with the name of who made it.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptView {
    /// The attempt.
    pub attempt: SubmissionAttempt,
    /// Name of the agency that tried, where one did.
    pub agency_name: Option<String>,
}

impl Hdip {
    /// Who handed over the person of an application for its job, newest first: the one it came from, and those
    /// whom it stood in the way of.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application the caller does not see; [`Error::Forbidden`] for agencies, links and
    /// interviewers; [`Error::InvalidCursor`].
    pub async fn attempts_of_application(
        &self,
        ctx: &Ctx,
        id: ApplicationId,
        page: &Page,
    ) -> Result<Paged<AttemptView>, Error> {
        let application = self.seen_application(ctx, id, KeyScope::HiringRead).await?;
        let filter = AttemptFilter { application: Some(application.id), ..Default::default() };
        self.attempts(ctx, &filter, page).await
    }

    /// Everybody who handed somebody over for a job, newest first.
    ///
    /// # Errors
    /// As [`Hdip::attempts_of_application`], of the job.
    pub async fn attempts_of_job(
        &self,
        ctx: &Ctx,
        id: JobId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Paged<AttemptView>, Error> {
        let job = self.seen_job(ctx, id, KeyScope::HiringRead).await?;
        self.attempts(ctx, &AttemptFilter { job: Some(job.id), ..filter.clone() }, page).await
    }

    async fn attempts(
        &self,
        ctx: &Ctx,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Paged<AttemptView>, Error> {
        if crate::hiring::agency_of(&ctx.actor).is_some() {
            return Err(Error::Forbidden);
        }
        let rows = self.storage.submission_attempts(filter, &page.one_more()).await?;
        let firms: BTreeMap<String, Agency> =
            self.storage.find_all(rows.iter().filter_map(|row| row.agency_id)).await?;
        let paged = Paged::cut(rows, page.limit, |row| row.id.to_string());
        Ok(paged.map(|attempt| {
            let firm = attempt.agency_id.and_then(|id| firms.get(&id.to_string()));
            AttemptView { agency_name: firm.map(|firm| firm.name.clone()), attempt }
        }))
    }
}
