//! First come, first served: who owns a person on a job.

use super::*;
use crate::hiring::{Application, Source, live_key};
use crate::ports::storage::*;
use crate::values::*;
use crate::{Error, Hdip};

/// The application that keeps somebody from being handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InTheWay {
    pub application: ApplicationId,
    /// The agency it came from.
    pub agency: Option<AgencyId>,
    pub matched_by: MatchedBy,
}

/// The keys of a person on a job: by address first, by phone where there is one.
fn keys(job: JobId, email_key: &str, phone: Option<&Phone>) -> Vec<(MatchedBy, String)> {
    let by_phone = phone.map(|phone| (MatchedBy::Phone, live_key(phone.as_str(), job)));
    [(MatchedBy::Email, live_key(email_key, job))].into_iter().chain(by_phone).collect()
}

impl Hdip {
    /// Who owns a person on a job at `now`, but for `except`.
    pub(crate) async fn owner_of(
        &self,
        job: JobId,
        email_key: &str,
        phone: Option<&Phone>,
        except: Option<ApplicationId>,
        now: Timestamp,
    ) -> Result<Option<InTheWay>, Error> {
        let keys = keys(job, email_key, phone);
        let owned = self.storage.find_all::<SubmissionOwnership>(keys.iter().map(|(_, key)| key)).await?;
        Ok(keys.into_iter().find_map(|(matched_by, key)| {
            let row = owned.get(&key)?;
            let owns = now < row.owned_until && Some(row.application_id) != except;
            owns.then_some(InTheWay { application: row.application_id, agency: row.agency_id, matched_by })
        }))
    }

    /// Makes an application the owner of its person where nobody is at `now`. Of two at once, the second finds the
    /// key taken or the row changed, and is decided again.
    pub(crate) async fn own(
        &self,
        changes: &mut Changes,
        application: &Application,
        email_key: &str,
        phone: Option<&Phone>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let keys = keys(application.job_id, email_key, phone);
        let owned = self.storage.find_all::<SubmissionOwnership>(keys.iter().map(|(_, key)| key)).await?;
        for (_, key) in keys {
            let before = owned.get(&key);
            if before.is_some_and(|row| now < row.owned_until) {
                continue;
            }
            changes.put(&SubmissionOwnership {
                id: key,
                client_id: application.client_id,
                job_id: application.job_id,
                application_id: application.id,
                agency_id: application.agency_id,
                owned_until: until,
                version: before.map_or(0, |row| row.version),
            });
        }
        Ok(())
    }

    /// Until when the submission that led to an application is owned; its making, if it never was.
    pub(crate) async fn owned_until(
        &self,
        application: &Application,
        email_key: &str,
        phone: Option<&Phone>,
    ) -> Result<Timestamp, Error> {
        let keys = keys(application.job_id, email_key, phone);
        let owned = self.storage.find_all::<SubmissionOwnership>(keys.iter().map(|(_, key)| key)).await?;
        let own = owned.into_values().find(|row| row.application_id == application.id);
        Ok(own.map_or(application.created_at, |row| row.owned_until))
    }

    /// The row of an attempt: a new one, or the known one counted up.
    pub(crate) async fn attempt(
        &self,
        client: ClientId,
        job: JobId,
        way: &InTheWay,
        (agency_id, source): (Option<AgencyId>, Source),
        now: Timestamp,
    ) -> Result<SubmissionAttempt, Error> {
        use crate::ports::IdsExt;
        let natural_key = SubmissionAttempt::key_of(way.application, agency_id, source, false);
        if let Some(known) = self.storage.submission_attempt(&natural_key).await? {
            return Ok(SubmissionAttempt {
                times: known.times.saturating_add(1),
                last_at: now,
                matched_by: Some(way.matched_by),
                ..known
            });
        }
        Ok(SubmissionAttempt {
            id: self.ids.fresh(),
            client_id: client,
            job_id: job,
            application_id: way.application,
            agency_id,
            source,
            accepted: false,
            matched_by: Some(way.matched_by),
            times: 1,
            first_at: now,
            last_at: now,
            natural_key,
            version: 0,
        })
    }
}
