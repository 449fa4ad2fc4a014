//! Submitting: one decision makes a candidate and an application in the job's first round. Forms, ATS calls
//! and imports all come through [`Hdip::add_submission`].

use super::candidates::Person;
use super::warnings::experience_warning;
use super::*;
use crate::access::{Actor, KeyScope, Scope, User, UserStatus};
use crate::agencies::SubmissionAttempt;
use crate::clients::Client;
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A candidate for a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmitCandidate {
    /// For which job; its client is the tenant.
    pub job: JobId,
    /// Who.
    pub person: CandidateFields,
    /// The caller's own reference, unique per client: the same reference, job and address is the same
    /// application. At most 100 characters.
    pub ats_reference: Option<String>,
    /// A note for the client's people, at most 2,000 characters.
    pub remark: Option<String>,
    /// Who hears about it; the caller when left out. Agencies cannot say.
    pub recruiter: Option<UserId>,
}

/// The application a submission led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Its id.
    pub application_id: ApplicationId,
    /// Its candidate.
    pub candidate_id: CandidateId,
    /// False if the external reference named an application that was there already.
    pub created: bool,
    /// What the submitter should know.
    pub warnings: Vec<Warning>,
}

/// A [`SubmitCandidate`] that holds.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(super) person: Person,
    ats_reference: Option<String>,
    remark: Option<String>,
    recruiter: Option<UserId>,
}

impl SubmitCandidate {
    /// Parses everything, naming every field at fault.
    pub(crate) fn parse(&self, fields: &mut Fields) -> Option<Wanted> {
        let person = self.person.parse(fields);
        let ats_reference = fields.optional_line("ats_reference", self.ats_reference.as_deref(), 100);
        let remark = self.remark.as_deref().map(|remark| fields.text("remark", remark, 0, 2_000));
        Some(Wanted {
            person: person?,
            ats_reference,
            remark: remark.filter(|remark| !remark.is_empty()),
            recruiter: self.recruiter,
        })
    }
}

/// What every submission to one job relies on.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(super) job: Job,
    pub(super) client: Client,
    first_round: Option<Round>,
    pub(super) repeat_months: u32,
    ownership_days: u32,
    /// What the submitter sees.
    scope: Scope,
}

impl Opening {
    /// Whether the job takes candidates now, and into which round.
    pub(crate) fn check(&self) -> Result<&Round, Error> {
        self.client.refuse_requests()?;
        if self.job.status != JobStatus::Open {
            return Err(HiringError::JobArchived.into());
        }
        Ok(self.first_round.as_ref().ok_or(HiringError::NoRound)?)
    }
}

/// Submissions to one job that are committed together, findable like stored ones.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(super) changes: Changes,
    by_address: BTreeMap<String, (ApplicationId, CandidateId)>,
    by_phone: BTreeMap<Phone, ApplicationId>,
    /// With the address it came with.
    by_reference: BTreeMap<String, (ApplicationId, CandidateId, String)>,
    /// Attempts that are written already, by their keys.
    pub(super) attempts: BTreeSet<String>,
}

impl Batch {
    /// The commit of the batch. It relies on the job and client as they were read: a submission that races
    /// with an archiving is decided again.
    pub(crate) fn into_changes(mut self, opening: &Opening) -> Changes {
        if !self.changes.is_empty() {
            self.changes.guard(&opening.job).guard(&opening.client);
        }
        self.changes
    }
}

impl Hdip {
    /// Submits a candidate to a job: the candidate's record (an existing one of the same address is kept as it
    /// is; only its blanks are filled, and the answer says so) and an application in the job's first round.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields, `gender` included when the job asks for it; [`Error::NotFound`] for a
    /// job the caller does not see; [`HiringError::ClientNotActive`], [`HiringError::JobArchived`],
    /// [`HiringError::NoRound`]; [`HiringError::AlreadySubmitted`] when somebody with the address or phone has an
    /// open application to the job; [`HiringError::ReferenceInUse`].
    pub async fn submit_candidate(&self, ctx: &Ctx, new: SubmitCandidate) -> Result<Done<Submitted>, Error> {
        let mut fields = Fields::new();
        let wanted = new.parse(&mut fields);
        let wanted = fields.finish(wanted)?;
        let done = self
            .decide(ctx, "submit_candidate", &new, || async {
                let opening = self.opening(ctx, new.job).await?;
                let mut batch = Batch::default();
                let output = self.add_submission(ctx, &opening, wanted.clone(), &mut batch).await?;
                Ok(Decision { changes: batch.into_changes(&opening), output })
            })
            .await;
        if let Err(Error::Hiring(HiringError::AlreadySubmitted)) = &done {
            match self.note_attempt(ctx, new.job, &wanted).await {
                // So many at once that this one was not counted: the refusal stands.
                Ok(()) | Err(Error::Contended) => {}
                Err(error) => return Err(error),
            }
        }
        done
    }

    /// Reads what submissions to a job rely on.
    pub(crate) async fn opening(&self, ctx: &Ctx, job: JobId) -> Result<Opening, Error> {
        let job = self.seen_job(ctx, job, KeyScope::HiringWrite).await?;
        let client: Client = self.storage.get(job.client_id).await?;
        let first_round = self.storage.rounds(job.id).await?.into_iter().next();
        let (policy, ..) = self.policy_for(Some(client.id), ctx.now).await?;
        let scope = ctx.actor.client_scope(KeyScope::HiringWrite)?;
        Ok(Opening {
            job,
            client,
            first_round,
            repeat_months: policy.repeat_warning_months,
            ownership_days: policy.agency_ownership_days,
            scope,
        })
    }

    /// Adds one submission to a batch; a refusal adds nothing but, where an agency has a part in it, the attempt.
    pub(crate) async fn add_submission(
        &self,
        ctx: &Ctx,
        opening: &Opening,
        wanted: Wanted,
        batch: &mut Batch,
    ) -> Result<Submitted, Error> {
        let agency = agency_of(&ctx.actor);
        if agency.is_some() && wanted.ats_reference.is_some() {
            return Err(Error::field("ats_reference", "not_allowed", "is the client's to give"));
        }
        if let Some(known) = self.by_reference(opening, &wanted, batch).await? {
            return Ok(known);
        }
        let round = opening.check()?;
        let recruiter = self.recruiter_of(ctx, opening, &wanted).await?;
        let Wanted { person, ats_reference, remark, .. } = wanted;
        let key = person.email.key();
        let in_batch = batch.by_address.contains_key(&key)
            || person.phone.as_ref().is_some_and(|phone| batch.by_phone.contains_key(phone));
        let (way, people, earlier) = self.in_the_way(ctx, opening, &person).await?;
        if in_batch || way.is_some() {
            self.add_attempt(ctx, opening, way, batch).await?;
            return Err(HiringError::AlreadySubmitted.into());
        }

        // An agency's candidates are its own: nobody else's record is re-used for them, nor theirs for others.
        let known = people.into_iter().find(|c| c.email_key == key && c.agency_id == agency);
        let gender = known.as_ref().and_then(|known| known.gender.as_ref()).or(person.gender.as_ref());
        if opening.job.diversity_hiring && gender.is_none() {
            return Err(Error::field("gender", "required", "must be given: this job hires for diversity"));
        }
        let mut warnings = Vec::new();
        let phone = person.phone.clone();
        let mut changes = Changes::new();
        let candidate = match known {
            Some(known) => self.keep(ctx, known, person, &mut changes, &mut warnings),
            None => {
                let zone = opening.job.zone;
                let new = person.candidate(self.ids.fresh(), &opening.client, zone, agency, ctx.now);
                changes.insert(&new);
                self.tell_candidate(ctx, &mut changes, &new, "candidate.created");
                new
            }
        };
        warnings.extend(experience_warning(&opening.job, candidate.experience_months));
        warnings.extend(self.repeat_warning(ctx, opening, &earlier).await?);

        let application = Application {
            id: self.ids.fresh(),
            client_id: opening.client.id,
            job_id: opening.job.id,
            candidate_id: candidate.id,
            source: source_of(&ctx.actor),
            agency_id: agency,
            recruiter_id: recruiter,
            remark,
            reference_key: ats_reference.as_ref().map(|text| format!("{}:{text}", opening.client.id)),
            ats_reference,
            round_id: round.id,
            status: ApplicationStatus::ToSchedule,
            drop_reason: None,
            candidate_reschedules: 0,
            live_key: Some(live_key(&key, opening.job.id)),
            live_phone_key: candidate.phone.as_ref().map(|phone| live_key(phone.as_str(), opening.job.id)),
            held_from: None,
            rejected_by: None,
            decision_reason: None,
            status_at: ctx.now,
            created_at: ctx.now,
            version: 0,
        };
        changes.insert(&application);
        self.tell_application(ctx, &mut changes, &application, "application.submitted");
        // Whoever submitted somebody first owns the submission for a while, whatever becomes of it.
        let until = ctx.now + days(opening.ownership_days.into());
        let own_phone = candidate.phone.as_ref();
        self.own(&mut changes, &application, &key, own_phone, until, ctx.now).await?;
        changes.insert(&SubmissionAttempt {
            id: self.ids.fresh(),
            client_id: application.client_id,
            job_id: application.job_id,
            application_id: application.id,
            agency_id: agency,
            source: application.source,
            accepted: true,
            matched_by: None,
            times: 1,
            first_at: ctx.now,
            last_at: ctx.now,
            natural_key: SubmissionAttempt::key_of(application.id, agency, application.source, true),
            version: 0,
        });

        let ids = (application.id, candidate.id);
        if let Some(reference) = application.ats_reference {
            batch.by_reference.insert(reference, (ids.0, ids.1, key.clone()));
        }
        batch.by_address.insert(key, ids);
        batch.by_phone.extend(phone.into_iter().chain(candidate.phone).map(|phone| (phone, ids.0)));
        batch.changes.join(changes);
        Ok(Submitted { application_id: ids.0, candidate_id: ids.1, created: true, warnings })
    }

    /// The application an external reference stands for already.
    async fn by_reference(
        &self,
        opening: &Opening,
        wanted: &Wanted,
        batch: &Batch,
    ) -> Result<Option<Submitted>, Error> {
        let Some(reference) = &wanted.ats_reference else { return Ok(None) };
        let email_key = wanted.person.email.key();
        let answer = |application_id, candidate_id, same| match same {
            true => {
                Ok(Some(Submitted { application_id, candidate_id, created: false, warnings: Vec::new() }))
            }
            false => Err(HiringError::ReferenceInUse.into()),
        };
        if let Some((application, candidate, address)) = batch.by_reference.get(reference) {
            return answer(*application, *candidate, *address == email_key);
        }
        let filter = ApplicationFilter { ats_reference: Some(reference.clone()), ..Default::default() };
        let everybodys = Scope::Client(opening.client.id);
        let Some(found) = self.storage.applications(&everybodys, &filter, &Page::first(1)).await?.pop()
        else {
            return Ok(None);
        };
        let candidate: Candidate = self.storage.get(found.candidate_id).await?;
        let seen = opening.scope.allows(found.client_id, Some(found.job_id), found.agency_id);
        let same = seen && found.job_id == opening.job.id && candidate.email_key == email_key;
        answer(found.id, found.candidate_id, same)
    }

    /// Who hears about the application.
    async fn recruiter_of(
        &self,
        ctx: &Ctx,
        opening: &Opening,
        wanted: &Wanted,
    ) -> Result<Option<UserId>, Error> {
        let agency = agency_of(&ctx.actor).is_some();
        let Some(named) = wanted.recruiter else {
            let own = ctx.actor.user().filter(|user| user.role.is_client() && !agency);
            return Ok(own.map(|user| user.id));
        };
        if agency {
            return Err(Error::field("recruiter_id", "not_allowed", "cannot be chosen by an agency"));
        }
        let user: Option<User> = self.storage.find(named).await?;
        let known = user.is_some_and(|user| {
            user.client_id == Some(opening.client.id)
                && user.status == UserStatus::Active
                && user.agency_id.is_none()
        });
        if known {
            Ok(Some(named))
        } else {
            Err(Error::field("recruiter_id", "unknown_user", "must be an active user of the client"))
        }
    }

    /// The audit entry and event of an application's change.
    pub(crate) fn tell_application(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        application: &Application,
        kind: &str,
    ) {
        let data = json!({
            "application_id": application.id,
            "job_id": application.job_id,
            "candidate_id": application.candidate_id,
            "round_id": application.round_id,
            "source": application.source,
            "status": application.status,
            "drop_reason": application.drop_reason,
            "rejected_by": application.rejected_by,
        });
        let stream = Stream::Client(application.client_id);
        changes.events.push(self.event(ctx, stream, kind, application.id, data));
        changes.audit.push(self.audit(ctx, kind, application.id, Some(application.client_id)));
    }
}

pub(super) fn source_of(actor: &Actor) -> Source {
    match actor {
        Actor::ApiKey { .. } => Source::Ats,
        actor if agency_of(actor).is_some() => Source::Agency,
        _ => Source::Internal,
    }
}
