//! Jobs: opened, changed, listed. How they end is in `archive`.

use super::rounds::MAX_ROUNDS;
use super::*;
use crate::access::{KeyScope, Role, Scope, User, UserStatus};
use crate::clients::Client;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Recommended score of a job that names none.
const DEFAULT_SCORE: u8 = 80;

/// What is said about a job, as typed in: checked by the use cases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobFields {
    /// Title, at most 200 characters.
    pub title: String,
    /// The client's own number for it, at most 100 characters.
    pub external_id: Option<String>,
    /// Department, at most 100 characters; one that is not in the client's list is added to it.
    pub department: Option<String>,
    /// Who decides: a user of the client.
    pub hiring_manager: Option<UserId>,
    /// Who works on it: users of the client and of its agencies. Agencies see only jobs they are named on.
    pub recruiters: Vec<UserId>,
    /// Months, at most 720.
    pub experience_min_months: u32,
    /// Months, at least the minimum.
    pub experience_max_months: u32,
    /// How many people are wanted, 1 to 10,000.
    pub positions: u32,
    /// Any name of one of the catalogue's; kept as its slug.
    pub specialisation: String,
    /// 1 to 30; kept in the form they are compared in ([`Words::skill_key`]).
    pub mandatory_skills: Vec<String>,
    /// Job description, plain text, at most 20,000 characters.
    pub description: String,
    /// IANA zone; the client's when left out.
    pub zone: Option<String>,
    /// Gender is asked for.
    pub diversity_hiring: bool,
    /// 60 to 80; 80 when left out.
    pub recommended_score: Option<u8>,
}

/// A job to open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateJob {
    /// Whose; the operator must say it, everybody else may leave it out.
    pub client: Option<ClientId>,
    /// The job.
    pub job: JobFields,
    /// Its rounds, in order; more can be added later.
    pub rounds: Vec<NewRound>,
}

/// The job that was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreatedJob {
    /// Its id.
    pub job_id: JobId,
    /// Ids of its rounds, in order.
    pub round_ids: Vec<RoundId>,
}

/// Changes to a job: what is `None` stays; of what can be empty, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as JobFields
pub struct UpdateJob {
    /// The version the editor saw.
    pub expected: Option<i64>,
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub external_id: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub department: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub hiring_manager: Option<Option<UserId>>,
    pub recruiters: Option<Vec<UserId>>,
    pub experience_min_months: Option<u32>,
    pub experience_max_months: Option<u32>,
    pub positions: Option<u32>,
    pub specialisation: Option<String>,
    pub mandatory_skills: Option<Vec<String>>,
    pub description: Option<String>,
    pub zone: Option<String>,
    pub diversity_hiring: Option<bool>,
    pub recommended_score: Option<u8>,
}

impl JobFields {
    /// The job these make, or nothing when a field is at fault. `frame` gives what is not said here.
    fn parse(&self, fields: &mut Fields, words: &Words, frame: Job) -> Option<Job> {
        let title = fields.line("title", &self.title, 1, 200);
        let external_id = fields.optional_line("external_id", self.external_id.as_deref(), 100);
        let department = fields.optional_line("department", self.department.as_deref(), 100);
        fields.ensure(
            self.recruiters.len() <= 100,
            "recruiter_ids",
            "too_many",
            "must have at most 100 recruiters",
        );
        let min = fields.range("experience_min_months", self.experience_min_months, 0, 720);
        let max = fields.range("experience_max_months", self.experience_max_months, 0, 720);
        fields.ensure(min <= max, "experience_max_months", "below_minimum", "must not be below the minimum");
        let positions = fields.range("positions", self.positions, 1, 10_000);
        let held = |slug: &str| frame.specialisation == slug;
        let specialisation = words.specialisation(fields, "specialisation", &self.specialisation, held);
        let mandatory_skills = parse_skills(fields, words, "mandatory_skills", &self.mandatory_skills);
        let description = fields.text("description", &self.description, 0, 20_000);
        let zone = match &self.zone {
            Some(zone) => fields.zone("zone", zone),
            None => Some(frame.zone),
        };
        let recommended_score =
            fields.range("recommended_score", self.recommended_score.unwrap_or(DEFAULT_SCORE), 60, 80);
        Some(Job {
            title,
            external_id,
            department,
            hiring_manager_id: self.hiring_manager,
            recruiter_ids: self.recruiters.iter().copied().collect(),
            experience_min_months: min,
            experience_max_months: max,
            positions,
            specialisation: specialisation?,
            mandatory_skills,
            description,
            zone: zone?,
            diversity_hiring: self.diversity_hiring,
            recommended_score,
            ..frame
        })
    }

    fn of(job: &Job) -> Self {
        Self {
            title: job.title.clone(),
            external_id: job.external_id.clone(),
            department: job.department.clone(),
            hiring_manager: job.hiring_manager_id,
            recruiters: job.recruiter_ids.iter().copied().collect(),
            experience_min_months: job.experience_min_months,
            experience_max_months: job.experience_max_months,
            positions: job.positions,
            specialisation: job.specialisation.clone(),
            mandatory_skills: job.mandatory_skills.iter().cloned().collect(),
            description: job.description.clone(),
            zone: Some(job.zone.to_string()),
            diversity_hiring: job.diversity_hiring,
            recommended_score: Some(job.recommended_score),
        }
    }
}

impl UpdateJob {
    fn over(&self, job: &Job) -> JobFields {
        let mut said = JobFields::of(job);
        let new = self.clone();
        macro_rules! take {
            ($($field:ident),*) => {$( if let Some(value) = new.$field { said.$field = value; } )*};
        }
        take!(title, external_id, department, hiring_manager, recruiters, positions, specialisation);
        take!(experience_min_months, experience_max_months, mandatory_skills, description, diversity_hiring);
        said.zone = new.zone.or(said.zone);
        said.recommended_score = new.recommended_score.or(said.recommended_score);
        said
    }
}

/// Skills in the form they are compared in: 1 to 30, each of 1 to 60 characters.
pub(crate) fn parse_skills(
    fields: &mut Fields,
    words: &Words,
    field: &str,
    skills: &[String],
) -> BTreeSet<String> {
    fields.ensure(!skills.is_empty(), field, "required", "must name at least one skill");
    fields.ensure(skills.len() <= 30, field, "too_many", "must name at most 30 skills");
    let mut keys = BTreeSet::new();
    for (i, skill) in skills.iter().enumerate().take(30) {
        let name = format!("{field}[{i}]");
        let key = words.skill_key(&fields.line(&name, skill, 1, 60));
        fields.ensure(
            !key.is_empty() || skill.trim().is_empty(),
            &name,
            "invalid_skill",
            "must name a skill",
        );
        keys.insert(key);
    }
    keys
}

impl Hdip {
    /// Opens a job, with its rounds.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields (users who are not the client's included); [`Error::Forbidden`] for
    /// agencies and for recruiters limited to assigned jobs;
    /// [`ClientError::Archived`](crate::clients::ClientError::Archived).
    pub async fn create_job(&self, ctx: &Ctx, new: CreateJob) -> Result<Done<CreatedJob>, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringWrite)?;
        if matches!(scope, Scope::Jobs(..) | Scope::Agency(..)) {
            return Err(Error::Forbidden);
        }
        self.decide(ctx, "create_job", &new, || async {
            let client = self.tenant(&scope, new.client).await?;
            let mut fields = Fields::new();
            let rounds: Vec<_> = new
                .rounds
                .iter()
                .enumerate()
                .map(|(i, round)| round.check(&mut fields, &format!("rounds[{i}].")))
                .collect();
            fields.ensure(rounds.len() <= MAX_ROUNDS, "rounds", "too_many", "must have at most 20 rounds");
            let job = new.job.parse(&mut fields, &self.words().await?, self.blank_job(ctx, &client));
            self.check_people(&mut fields, &client, &new.job, &BTreeSet::new()).await?;
            let mut job = fields.finish(job)?;
            client.refuse_archived()?;
            let mut changes = Changes::new();
            changes.guard(&client);
            if let Some(name) = &job.department {
                job.department = Some(self.named_department(ctx, &mut changes, client.id, name).await?);
            }
            changes.insert(&job);
            let mut round_ids = Vec::with_capacity(rounds.len());
            for (position, round) in (1..).zip(rounds) {
                let round = round.round(self.ids.fresh(), &job, position, ctx.now);
                changes.insert(&round);
                round_ids.push(round.id);
            }
            self.tell_job(ctx, &mut changes, &job, "job.created");
            Ok(Decision { changes, output: CreatedJob { job_id: job.id, round_ids } })
        })
        .await
    }

    fn blank_job(&self, ctx: &Ctx, client: &Client) -> Job {
        Job {
            id: self.ids.fresh(),
            client_id: client.id,
            title: String::new(),
            external_id: None,
            department: None,
            hiring_manager_id: None,
            recruiter_ids: BTreeSet::new(),
            experience_min_months: 0,
            experience_max_months: 0,
            positions: 1,
            specialisation: String::new(),
            mandatory_skills: BTreeSet::new(),
            description: String::new(),
            zone: client.zone,
            diversity_hiring: false,
            recommended_score: DEFAULT_SCORE,
            status: JobStatus::Open,
            created_at: ctx.now,
            version: 0,
        }
    }

    /// Everybody named on a job is an active user of the client. Those who were `named` before may have left
    /// since: they do not stand in the way of another change.
    async fn check_people(
        &self,
        fields: &mut Fields,
        client: &Client,
        job: &JobFields,
        named: &BTreeSet<UserId>,
    ) -> Result<(), Error> {
        let ids: Vec<UserId> = job.recruiters.iter().take(100).copied().chain(job.hiring_manager).collect();
        let users: BTreeMap<String, User> =
            self.storage.find_all(ids.iter().filter(|id| !named.contains(id))).await?;
        let of_client = |id: &UserId| {
            users
                .get(&id.to_string())
                .filter(|user| user.client_id == Some(client.id) && user.status == UserStatus::Active)
        };
        const UNKNOWN: &str = "must be an active user of the client";
        for (i, id) in job.recruiters.iter().enumerate().take(100) {
            let known = named.contains(id) || of_client(id).is_some();
            fields.ensure(known, &format!("recruiter_ids[{i}]"), "unknown_user", UNKNOWN);
        }
        if let Some(id) = job.hiring_manager {
            let known =
                named.contains(&id) || of_client(&id).is_some_and(|user| user.role != Role::AgencyUser);
            fields.ensure(known, "hiring_manager_id", "unknown_user", UNKNOWN);
        }
        Ok(())
    }

    /// Changes a job.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields; [`Error::NotFound`]; [`Error::Stale`]; [`HiringError::JobArchived`];
    /// [`Error::Forbidden`] for agencies.
    pub async fn update_job(&self, ctx: &Ctx, id: JobId, update: UpdateJob) -> Result<Done<JobId>, Error> {
        self.decide(ctx, "update_job", &(id, &update), || async {
            let before = self.job_to_edit(ctx, id).await?;
            expect_version(&before, update.expected)?;
            if before.status == JobStatus::Archived {
                return Err(HiringError::JobArchived.into());
            }
            let client: Client = self.storage.get(before.client_id).await?;
            let mut fields = Fields::new();
            let said = update.over(&before);
            let after = said.parse(&mut fields, &self.words().await?, before.clone());
            let named = before.recruiter_ids.iter().copied().chain(before.hiring_manager_id).collect();
            self.check_people(&mut fields, &client, &said, &named).await?;
            let mut after = fields.finish(after)?;
            let mut changes = Changes::new();
            if let Some(name) = after.department.as_ref().filter(|_| after.department != before.department) {
                after.department = Some(self.named_department(ctx, &mut changes, client.id, name).await?);
            }
            if after != before {
                changes.update(&after);
                self.tell_job(ctx, &mut changes, &after, "job.updated");
                if let Some(audit) = changes.audit.last_mut() {
                    audit.changes = changed_fields(&before, &after);
                }
            }
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// A job.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one the caller does not see; [`Error::Forbidden`] for links and interviewers.
    pub async fn job(&self, ctx: &Ctx, id: JobId) -> Result<JobView, Error> {
        Ok(job_view(&ctx.actor, self.seen_job(ctx, id, KeyScope::HiringRead).await?))
    }

    /// Jobs a caller sees, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for links and interviewers; [`Error::InvalidCursor`].
    pub async fn jobs(
        &self,
        ctx: &Ctx,
        filter: &HiringJobFilter,
        page: &Page,
    ) -> Result<Paged<JobView>, Error> {
        let scope = match (ctx.actor.client_scope(KeyScope::HiringRead)?, ctx.actor.user()) {
            (Scope::Agency(client, ..), Some(user)) => {
                Scope::Jobs(client, self.storage.assigned_jobs(client, user.id).await?.into_iter().collect())
            }
            (scope, _) => scope,
        };
        let rows = self.storage.jobs(&scope, filter, &page.one_more()).await?;
        let paged = Paged::cut(rows, page.limit, |job| job.id.to_string());
        Ok(paged.map(|job| job_view(&ctx.actor, job)))
    }

    /// A job, if the caller sees it: its client's, and for agencies only when the caller is named on it.
    pub(crate) async fn seen_job(&self, ctx: &Ctx, id: JobId, key: KeyScope) -> Result<Job, Error> {
        let scope = ctx.actor.client_scope(key)?;
        let job: Job = self.storage.get(id).await?;
        let seen = match (&scope, ctx.actor.user()) {
            (Scope::Agency(client, ..), Some(user)) => {
                job.client_id == *client && job.recruiter_ids.contains(&user.id)
            }
            (scope, _) => scope.allows(job.client_id, Some(job.id), None),
        };
        if seen { Ok(job) } else { Err(Error::NotFound(Job::NAME)) }
    }

    /// A job the caller sees and may change.
    pub(crate) async fn job_to_edit(&self, ctx: &Ctx, id: JobId) -> Result<Job, Error> {
        let job = self.seen_job(ctx, id, KeyScope::HiringWrite).await?;
        if agency_of(&ctx.actor).is_some() { Err(Error::Forbidden) } else { Ok(job) }
    }

    pub(crate) fn tell_job(&self, ctx: &Ctx, changes: &mut Changes, job: &Job, kind: &str) {
        let data = json!({"job_id": job.id, "status": job.status});
        changes.events.push(self.event(ctx, Stream::Client(job.client_id), kind, job.id, data));
        changes.audit.push(self.audit(ctx, kind, job.id, Some(job.client_id)));
    }
}
