//! Candidates: the people a client hands over.

use super::*;
use crate::access::{Actor, KeyScope, Role, Scope};
use crate::clients::Client;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// More than anybody has worked.
const MAX_EXPERIENCE_MONTHS: u32 = 720;

/// What is said about a candidate, as typed in: parsed and checked by the use cases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CandidateFields {
    /// Name, at most 200 characters.
    pub name: String,
    /// Address.
    pub email: String,
    /// Phone in E.164 form.
    pub phone: Option<String>,
    /// Months of experience, at most 720.
    pub experience_months: u32,
    /// Present employer, at most 200 characters.
    pub current_company: Option<String>,
    /// Present role, at most 200 characters.
    pub designation: Option<String>,
    /// IANA zone; the job's (or the client's) when left out.
    pub zone: Option<String>,
    /// BCP 47 language; the client's when left out.
    pub locale: Option<String>,
    /// As the person gave it, at most 40 characters.
    pub gender: Option<String>,
}

/// [`CandidateFields`] that hold.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub name: String,
    pub email: Email,
    pub phone: Option<Phone>,
    pub experience_months: u32,
    pub current_company: Option<String>,
    pub designation: Option<String>,
    pub zone: Option<Zone>,
    pub locale: Option<Locale>,
    pub gender: Option<String>,
}

impl CandidateFields {
    /// Parses everything, naming every field at fault.
    pub(crate) fn parse(&self, fields: &mut Fields) -> Option<Person> {
        let name = fields.line("name", &self.name, 1, 200);
        let email = fields.email("email", &self.email);
        let phone = given(&self.phone).and_then(|phone| fields.phone("phone", phone));
        let experience_months =
            fields.range("experience_months", self.experience_months, 0, MAX_EXPERIENCE_MONTHS);
        let current_company = fields.optional_line("current_company", self.current_company.as_deref(), 200);
        let designation = fields.optional_line("designation", self.designation.as_deref(), 200);
        let zone = given(&self.zone).and_then(|zone| fields.zone("zone", zone));
        let locale = given(&self.locale).and_then(|locale| fields.locale("locale", locale));
        let gender = fields.optional_line("gender", self.gender.as_deref(), 40);
        Some(Person {
            name,
            email: email?,
            phone,
            experience_months,
            current_company,
            designation,
            zone,
            locale,
            gender,
        })
    }
}

/// A text that was left out and one that is blank say the same.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

impl Person {
    /// The record of this person.
    pub(crate) fn candidate(
        self,
        id: CandidateId,
        client: &Client,
        zone: Zone,
        agency_id: Option<AgencyId>,
        now: Timestamp,
    ) -> Candidate {
        Candidate {
            id,
            client_id: client.id,
            name: self.name,
            email_key: self.email.key(),
            email: self.email,
            phone: self.phone,
            experience_months: self.experience_months,
            current_company: self.current_company,
            designation: self.designation,
            zone: self.zone.unwrap_or(zone),
            locale: self.locale.unwrap_or_else(|| client.locale.clone()),
            gender: self.gender,
            agency_id,
            created_at: now,
            version: 0,
        }
    }
}

/// A candidate without an application yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateCandidate {
    /// Whose; the operator must say it, everybody else may leave it out.
    pub client: Option<ClientId>,
    /// Who.
    pub person: CandidateFields,
}

/// Changes to a candidate: what is `None` stays; of what can be empty, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as CandidateFields
pub struct UpdateCandidate {
    /// The version the editor saw.
    pub expected: Option<i64>,
    pub name: Option<String>,
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub phone: Option<Option<String>>,
    pub experience_months: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub current_company: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub designation: Option<Option<String>>,
    pub zone: Option<String>,
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub gender: Option<Option<String>>,
}

impl UpdateCandidate {
    /// The fields as they would be, in the form everything is checked in.
    fn over(&self, candidate: &Candidate) -> CandidateFields {
        let text = |new: &Option<Option<String>>, old: Option<&str>| match new {
            Some(new) => new.clone(),
            None => old.map(str::to_owned),
        };
        CandidateFields {
            name: self.name.clone().unwrap_or_else(|| candidate.name.clone()),
            email: self.email.clone().unwrap_or_else(|| candidate.email.to_string()),
            phone: text(&self.phone, candidate.phone.as_ref().map(Phone::as_str)),
            experience_months: self.experience_months.unwrap_or(candidate.experience_months),
            current_company: text(&self.current_company, candidate.current_company.as_deref()),
            designation: text(&self.designation, candidate.designation.as_deref()),
            zone: self.zone.clone().or_else(|| Some(candidate.zone.to_string())),
            locale: self.locale.clone().or_else(|| Some(candidate.locale.as_str().to_owned())),
            gender: text(&self.gender, candidate.gender.as_deref()),
        }
    }
}

impl Hdip {
    /// The client a write is for: the caller's own, or the one the operator names.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another tenant's or an unknown one; [`Error::Invalid`] when the operator names none.
    pub(crate) async fn tenant(&self, scope: &Scope, named: Option<ClientId>) -> Result<Client, Error> {
        let id = match (scope.client(), named) {
            (Some(own), Some(other)) if own != other => return Err(Error::NotFound("client")),
            (Some(own), _) => own,
            (None, Some(named)) => named,
            (None, None) => {
                return Err(Error::field("client_id", "required", "must say for which client"));
            }
        };
        self.storage.get(id).await
    }

    /// Adds a candidate without an application.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields; [`Error::Forbidden`] for recruiters limited to assigned jobs, who
    /// would not see a candidate on none of them.
    pub async fn create_candidate(
        &self,
        ctx: &Ctx,
        new: CreateCandidate,
    ) -> Result<Done<CandidateId>, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringWrite)?;
        if matches!(scope, Scope::Jobs(..)) {
            return Err(Error::Forbidden);
        }
        let mut fields = Fields::new();
        let person = new.person.parse(&mut fields);
        let person = fields.finish(person)?;
        self.decide(ctx, "create_candidate", &new, || async {
            let client = self.tenant(&scope, new.client).await?;
            let agency = agency_of(&ctx.actor);
            let candidate = person.clone().candidate(self.ids.fresh(), &client, client.zone, agency, ctx.now);
            let mut changes = Changes::new();
            changes.insert(&candidate);
            self.tell_candidate(ctx, &mut changes, &candidate, "candidate.created");
            Ok(Decision { changes, output: candidate.id })
        })
        .await
    }

    /// The audit entry and event of a new candidate.
    pub(crate) fn tell_candidate(&self, ctx: &Ctx, changes: &mut Changes, candidate: &Candidate, kind: &str) {
        let data = json!({"candidate_id": candidate.id});
        let stream = Stream::Client(candidate.client_id);
        changes.events.push(self.event(ctx, stream, kind, candidate.id, data));
        changes.audit.push(self.audit(ctx, kind, candidate.id, Some(candidate.client_id)));
    }

    /// A candidate.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one the caller does not see; [`Error::Forbidden`] for links and interviewers.
    pub async fn candidate(&self, ctx: &Ctx, id: CandidateId) -> Result<CandidateView, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringRead)?;
        Ok(candidate_view(&ctx.actor, self.seen_candidate(&scope, id).await?))
    }

    async fn seen_candidate(&self, scope: &Scope, id: CandidateId) -> Result<Candidate, Error> {
        let candidate: Candidate = self.storage.get(id).await?;
        let seen = match scope {
            Scope::Jobs(client, _) => {
                let filter = ApplicationFilter { candidate: Some(id), ..Default::default() };
                *client == candidate.client_id
                    && !self.storage.applications(scope, &filter, &Page::first(1)).await?.is_empty()
            }
            // To change something an agency must be named on a job of the person, if there is one.
            Scope::Agency(client, agency, Some(jobs)) => {
                let own = Scope::Agency(*client, *agency, None);
                own.allows(candidate.client_id, None, candidate.agency_id) && {
                    let theirs = self.applications_of(*client, id).await?;
                    theirs.is_empty() || theirs.iter().any(|a| jobs.contains(&a.job_id))
                }
            }
            scope => scope.allows(candidate.client_id, None, candidate.agency_id),
        };
        if seen { Ok(candidate) } else { Err(Error::NotFound("candidate")) }
    }

    /// Candidates a caller sees, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for links and interviewers; [`Error::InvalidCursor`].
    pub async fn candidates(
        &self,
        ctx: &Ctx,
        filter: &CandidateFilter,
        page: &Page,
    ) -> Result<Paged<CandidateView>, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringRead)?;
        let rows = self.storage.candidates(&scope, filter, &page.one_more()).await?;
        let paged = Paged::cut(rows, page.limit, |candidate| candidate.id.to_string());
        Ok(paged.map(|candidate| candidate_view(&ctx.actor, candidate)))
    }

    /// Changes a candidate. Interviews requested before keep the price of the experience they were requested
    /// with.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields; [`Error::NotFound`]; [`Error::Stale`]; a new address that already has
    /// an open application to one of the candidate's jobs is [`HiringError::AlreadySubmitted`].
    pub async fn update_candidate(
        &self,
        ctx: &Ctx,
        id: CandidateId,
        update: UpdateCandidate,
    ) -> Result<Done<CandidateId>, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringWrite)?;
        self.decide(ctx, "update_candidate", &(id, &update), || async {
            let before = self.seen_candidate(&scope, id).await?;
            expect_version(&before, update.expected)?;
            let mut fields = Fields::new();
            let person = update.over(&before).parse(&mut fields);
            let person = fields.finish(person)?;
            let client: Client = self.storage.get(before.client_id).await?;
            let after = Candidate {
                version: before.version,
                created_at: before.created_at,
                ..person.candidate(id, &client, before.zone, before.agency_id, before.created_at)
            };
            let mut changes = Changes::new();
            if after != before {
                changes.update(&after);
                if (&after.email_key, &after.phone) != (&before.email_key, &before.phone) {
                    self.rekey_applications(ctx, &mut changes, &before, &after).await?;
                }
                self.tell_candidate(ctx, &mut changes, &after, "candidate.updated");
                if let Some(audit) = changes.audit.last_mut() {
                    audit.changes = changed_fields(&before, &after);
                }
            }
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// Open applications are unique by address and by phone: new ones give them new keys. Ownership goes with them,
    /// and an agency does not get at another's person by a change of address.
    async fn rekey_applications(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        before: &Candidate,
        candidate: &Candidate,
    ) -> Result<(), Error> {
        let mut taken = BTreeSet::new();
        let others = self
            .storage
            .same_person(candidate.client_id, &candidate.email_key, candidate.phone.as_ref())
            .await?;
        for other in others.iter().filter(|other| other.id != candidate.id) {
            let open = self.applications_of(candidate.client_id, other.id).await?;
            taken.extend(open.into_iter().filter(|a| a.status.is_open()).map(|a| a.job_id));
        }
        for mut application in self.applications_of(candidate.client_id, candidate.id).await? {
            if application.status.is_open() {
                if taken.contains(&application.job_id) {
                    return Err(HiringError::AlreadySubmitted.into());
                }
                let (key, phone) = (&candidate.email_key, candidate.phone.as_ref());
                let own = Some(application.id);
                if agency_of(&ctx.actor).is_some()
                    && self.owner_of(application.job_id, key, phone, own, ctx.now).await?.is_some()
                {
                    return Err(HiringError::AlreadySubmitted.into());
                }
                let until = self.owned_until(&application, &before.email_key, before.phone.as_ref()).await?;
                self.own(changes, &application, key, phone, until, ctx.now).await?;
                application.live_key = Some(live_key(key, application.job_id));
                application.live_phone_key = phone.map(|phone| live_key(phone.as_str(), application.job_id));
                changes.update(&application);
            }
        }
        Ok(())
    }

    /// Every application of one candidate.
    pub(crate) async fn applications_of(
        &self,
        client: ClientId,
        candidate: CandidateId,
    ) -> Result<Vec<Application>, Error> {
        let filter = ApplicationFilter { candidate: Some(candidate), ..Default::default() };
        let (scope, mut page, mut all) = (Scope::Client(client), Page::first(Page::MAX), Vec::new());
        loop {
            let rows = self.storage.applications(&scope, &filter, &page).await?;
            let full = rows.len() == page.limit as usize;
            page.after = rows.last().map(|a| a.id.to_string());
            all.extend(rows);
            if !full {
                return Ok(all);
            }
        }
    }
}

/// The agency a caller works for.
pub(crate) fn agency_of(actor: &Actor) -> Option<AgencyId> {
    actor.user().filter(|user| user.role == Role::AgencyUser).and_then(|user| user.agency)
}
