//! Submitting: one decision makes a candidate and an application in the job's first round. Forms, ATS calls
//! and imports all come through [`Hdip::add_submission`].

use super::candidates::Person;
use super::*;
use crate::access::{Actor, KeyScope, Scope, User, UserStatus};
use crate::clients::Client;
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::InterviewState;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

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

/// Something the submitter should know; it did not stand in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable word: `experience_out_of_range`, `interviewed_recently`, `candidate_kept`,
    /// `candidate_completed`.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
    /// The earlier application it is about; not for agencies.
    pub application_id: Option<ApplicationId>,
}

impl Warning {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), application_id: None }
    }
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
    person: Person,
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
    job: Job,
    client: Client,
    first_round: Option<Round>,
    repeat_months: u32,
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
    changes: Changes,
    by_address: BTreeMap<String, (ApplicationId, CandidateId)>,
    by_phone: BTreeMap<Phone, ApplicationId>,
    /// With the address it came with.
    by_reference: BTreeMap<String, (ApplicationId, CandidateId, String)>,
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
        self.decide(ctx, "submit_candidate", &new, || async {
            let opening = self.opening(ctx, new.job).await?;
            let mut batch = Batch::default();
            let output = self.add_submission(ctx, &opening, wanted.clone(), &mut batch).await?;
            Ok(Decision { changes: batch.into_changes(&opening), output })
        })
        .await
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

    /// Adds one submission to a batch; a refusal adds nothing.
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
        let people = self.storage.same_person(opening.client.id, &key, person.phone.as_ref()).await?;
        let mut earlier = Vec::new();
        for person in &people {
            earlier.extend(self.applications_of(opening.client.id, person.id).await?);
        }
        let owned_from = ctx.now - days(opening.ownership_days.into());
        let taken = |a: &Application| {
            // Whoever submitted somebody first owns the submission for a while, whatever became of it.
            let owned = agency.is_some() && a.agency != agency && a.created_at > owned_from;
            a.job_id == opening.job.id && (a.status.is_open() || owned)
        };
        if in_batch || earlier.iter().any(taken) {
            return Err(HiringError::AlreadySubmitted.into());
        }

        // An agency's candidates are its own: nobody else's record is re-used for them, nor theirs for others.
        let known = people.into_iter().find(|c| c.email_key == key && c.agency == agency);
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
                let new = person.candidate(self.ids.fresh(), &opening.client, zone, agency.clone(), ctx.now);
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
            agency,
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

        let ids = (application.id, candidate.id);
        if let Some(reference) = application.ats_reference {
            batch.by_reference.insert(reference, (ids.0, ids.1, key.clone()));
        }
        batch.by_address.insert(key, ids);
        batch.by_phone.extend(phone.map(|phone| (phone, ids.0)));
        batch.changes.writes.append(&mut changes.writes);
        batch.changes.events.append(&mut changes.events);
        batch.changes.audit.append(&mut changes.audit);
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
        let seen = opening.scope.allows(found.client_id, Some(found.job_id), found.agency.as_deref());
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
                && user.agency.is_none()
        });
        if known {
            Ok(Some(named))
        } else {
            Err(Error::field("recruiter_id", "unknown_user", "must be an active user of the client"))
        }
    }

    /// Keeps a record that is there: what it says stays, its blanks are filled, and the submitter hears both.
    fn keep(
        &self,
        ctx: &Ctx,
        known: Candidate,
        person: Person,
        changes: &mut Changes,
        warnings: &mut Vec<Warning>,
    ) -> Candidate {
        let mut candidate = known;
        let (mut kept, mut filled) = (Vec::new(), Vec::new());
        macro_rules! blank {
            ($($field:ident),*) => {$(
                match (&candidate.$field, person.$field) {
                    (None, Some(new)) => { candidate.$field = Some(new); filled.push(stringify!($field)); }
                    (Some(old), Some(new)) if *old != new => kept.push(stringify!($field)),
                    _ => {}
                }
            )*};
        }
        blank!(phone, current_company, designation, gender);
        for (differs, field) in [
            (candidate.name != person.name, "name"),
            (candidate.experience_months != person.experience_months, "experience_months"),
            (person.zone.is_some_and(|zone| zone != candidate.zone), "zone"),
        ] {
            if differs {
                kept.push(field);
            }
        }
        if !kept.is_empty() {
            let message = format!(
                "this person is on record; what was said about {} is not taken over",
                kept.join(", ")
            );
            warnings.push(Warning::new("candidate_kept", message));
        }
        if !filled.is_empty() {
            let message = format!("this person is on record; {} was added to it", filled.join(", "));
            warnings.push(Warning::new("candidate_completed", message));
            changes.update(&candidate);
            self.tell_candidate(ctx, changes, &candidate, "candidate.updated");
            if let Some(audit) = changes.audit.last_mut() {
                audit.changes = json!({"fields": filled});
            }
        }
        candidate
    }

    /// Whether the person was interviewed for the same specialisation lately.
    async fn repeat_warning(
        &self,
        ctx: &Ctx,
        opening: &Opening,
        earlier: &[Application],
    ) -> Result<Option<Warning>, Error> {
        let months = chrono::Months::new(opening.repeat_months);
        let Some(since) = ctx.now.checked_sub_months(months).filter(|_| opening.repeat_months > 0) else {
            return Ok(None);
        };
        let jobs: BTreeMap<String, Job> = self.storage.find_all(earlier.iter().map(|a| a.job_id)).await?;
        let alike = earlier.iter().filter(|a| {
            jobs.get(&a.job_id.to_string())
                .is_some_and(|job| job.specialisation == opening.job.specialisation)
        });
        for application in alike {
            let filter = InterviewFilter {
                states: vec![
                    InterviewState::InProgress,
                    InterviewState::AwaitingFeedback,
                    InterviewState::Completed,
                    InterviewState::ClosedWithoutFeedback,
                ],
                application: Some(application.id),
                from: Some(since),
                ..Default::default()
            };
            let scope = Scope::Client(opening.client.id);
            if !self.storage.interviews(&scope, &filter, &Page::first(1)).await?.is_empty() {
                let message = format!(
                    "this person was interviewed for the same specialisation within {} months",
                    opening.repeat_months
                );
                let mut warning = Warning::new("interviewed_recently", message);
                warning.application_id = Some(application.id).filter(|_| agency_of(&ctx.actor).is_none());
                return Ok(Some(warning));
            }
        }
        Ok(None)
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
        });
        let stream = Stream::Client(application.client_id);
        changes.events.push(self.event(ctx, stream, kind, application.id, data));
        changes.audit.push(self.audit(ctx, kind, application.id, Some(application.client_id)));
    }
}

fn experience_warning(job: &Job, months: u32) -> Option<Warning> {
    let range = job.experience_min_months..=job.experience_max_months;
    (!range.contains(&months)).then(|| {
        let message = format!(
            "the job asks for {} to {} months of experience, the candidate has {months}",
            range.start(),
            range.end()
        );
        Warning::new("experience_out_of_range", message)
    })
}

fn source_of(actor: &Actor) -> Source {
    match actor {
        Actor::ApiKey { .. } => Source::Ats,
        actor if agency_of(actor).is_some() => Source::Agency,
        _ => Source::Internal,
    }
}
