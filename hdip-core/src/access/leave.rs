//! A user leaves: access ends at once, and what the user was responsible for goes to somebody else in the same
//! commit. Nothing is left without a person: without a successor the answer is the list of what needs one.

use super::users::stream_of;
use super::{AccessError, Role, User, UserStatus};
use crate::clients::ClientStatus;
use crate::hdip::Decision;
use crate::hiring::{Application, Job, JobStatus};
use crate::ports::storage::{Changes, Page, RecordsExt};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What somebody must take over when a user leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Responsibilities {
    /// Open jobs it decides about.
    pub hiring_manager_of: Vec<JobId>,
    /// Open jobs it works on.
    pub recruiter_on: Vec<JobId>,
    /// Open applications it hears about.
    pub applications: Vec<ApplicationId>,
    /// Clients it looks after, for the operator's staff; archived ones are not counted.
    pub account_manager_of: Vec<ClientId>,
}

impl Responsibilities {
    /// Whether there is nothing to take over.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Responsibilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "this user is hiring manager of {} open jobs, recruiter on {}, and recruiter of {} open applications",
            self.hiring_manager_of.len(),
            self.recruiter_on.len(),
            self.applications.len()
        )
    }
}

impl Hdip {
    /// What somebody must take over when a user leaves. An agency's users are responsible for nothing: the
    /// candidates are the firm's.
    ///
    /// # Errors
    /// [`Error::NotFound`] for users whom the caller could not list.
    pub async fn responsibilities(&self, ctx: &Ctx, id: UserId) -> Result<Responsibilities, Error> {
        let user = self.user(ctx, id).await?;
        self.responsibilities_of(&user).await
    }

    async fn responsibilities_of(&self, user: &User) -> Result<Responsibilities, Error> {
        let mut all = Responsibilities::default();
        if user.role.is_operator() {
            let clients = self.storage.clients_of_manager(user.id).await?.into_iter();
            let running = clients.filter(|client| client.status != ClientStatus::Archived);
            all.account_manager_of = running.map(|client| client.id).collect();
        }
        let Some(client) = user.client_id.filter(|_| user.role != Role::AgencyUser) else { return Ok(all) };
        for job in self.jobs_naming(client, user.id).await? {
            if job.status == JobStatus::Open {
                all.hiring_manager_of.extend((job.hiring_manager_id == Some(user.id)).then_some(job.id));
                all.recruiter_on.extend(job.recruiter_ids.contains(&user.id).then_some(job.id));
            }
        }
        let applications = self.storage.applications_of_recruiter(client, user.id).await?;
        all.applications = applications.into_iter().map(|application| application.id).collect();
        Ok(all)
    }

    async fn jobs_naming(&self, client: ClientId, user: UserId) -> Result<Vec<Job>, Error> {
        let ids = self.storage.assigned_jobs(client, user).await?;
        Ok(self.storage.find_all::<Job>(ids).await?.into_values().collect())
    }

    /// Takes a user's access away: its sign-ins and links end at once. The record stays. `reassign_to` takes over
    /// what the user was responsible for ([`Responsibilities`]): of a client's user another active one of the
    /// client, of the operator's staff another active member.
    ///
    /// # Errors
    /// [`AccessError::NeedsHandOver`] and [`AccessError::ManagesClients`] when there is something to take over and
    /// nobody named; [`AccessError::LastOwner`]; [`AccessError::LastAdmin`]; [`Error::Invalid`] for a
    /// `reassign_to` who cannot take over; [`Error::Forbidden`], among others for an admin about an owner;
    /// [`Error::NotFound`].
    pub async fn deactivate_user(
        &self,
        ctx: &Ctx,
        id: UserId,
        reassign_to: Option<UserId>,
    ) -> Result<(), Error> {
        self.decide(ctx, "deactivate_user", &(id, reassign_to), || async move {
            let user = self.user_to_manage(ctx, id).await?;
            let mut changes = Changes::new();
            if user.status == UserStatus::Deactivated {
                return Ok(Decision { changes, output: () });
            }
            self.guard_last(&mut changes, &user).await?;
            match reassign_to {
                Some(to) => self.hand_over(ctx, &mut changes, &user, to).await?,
                None => self.refuse_to_leave_work(&user).await?,
            }
            self.add_deactivation(ctx, &mut changes, user, reassign_to).await?;
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    /// Adds a user's deactivation to a commit: its sign-ins and links end at once.
    pub(crate) async fn add_deactivation(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        mut user: User,
        reassign_to: Option<UserId>,
    ) -> Result<(), Error> {
        user.status = UserStatus::Deactivated;
        changes.update(&user);
        self.end_sign_ins(changes, user.id, None, ctx.now, "deactivated").await?;
        self.drop_other_ways_in(ctx, changes, user.id, None).await?;
        let mut entry = self.audit(ctx, "user.deactivate", user.id, user.client_id);
        entry.changes = json!({ "reassign_to": reassign_to });
        changes.audit.push(entry);
        changes.events.push(self.event(ctx, stream_of(&user), "user.deactivated", user.id, json!({})));
        Ok(())
    }

    async fn refuse_to_leave_work(&self, user: &User) -> Result<(), Error> {
        let left = self.responsibilities_of(user).await?;
        if left.is_empty() {
            return Ok(());
        }
        Err(match left.account_manager_of.is_empty() {
            true => AccessError::NeedsHandOver(Box::new(left)).into(),
            false => AccessError::ManagesClients { clients: left.account_manager_of }.into(),
        })
    }

    async fn hand_over(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        user: &User,
        to: UserId,
    ) -> Result<(), Error> {
        if to == user.id {
            return Err(Error::field("reassign_to", "same_user", "must be somebody else"));
        }
        match user.client_id {
            Some(client) => self.hand_over_work(ctx, changes, user, client, to).await,
            None if user.role.is_operator() => {
                self.add_reassignment(ctx, changes, user.id, to, None, "reassign_to").await?;
                Ok(())
            }
            None => Err(Error::field("reassign_to", "not_for_role", "does not go with this role")),
        }
    }

    /// Jobs of every status, so that one that is opened again has its people; open applications.
    async fn hand_over_work(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        user: &User,
        client: ClientId,
        to: UserId,
    ) -> Result<(), Error> {
        let heir: Option<User> = self.storage.find(to).await?;
        let takes = |heir: &User| match user.role {
            // What an agency's user sees is the agency's.
            Role::AgencyUser => {
                let same = heir.client_id == Some(client) && heir.agency_id == user.agency_id;
                same && heir.role == Role::AgencyUser && heir.status == UserStatus::Active
            }
            _ => heir.is_active_at(client),
        };
        let heir = heir.filter(takes).ok_or_else(|| {
            let message =
                "must be another active user of the client, of an agency's user one of the same agency";
            Error::field("reassign_to", "unknown_user", message)
        })?;
        // Two who leave and name each other at once: one of them finds this guard broken.
        changes.guard(&heir);
        let applications = self.storage.applications_of_recruiter(client, user.id).await?;
        let mut jobs: BTreeMap<String, Job> = self
            .jobs_naming(client, user.id)
            .await?
            .into_iter()
            .map(|job| (job.id.to_string(), job))
            .collect();
        let mut before = jobs.clone();
        for job in jobs.values_mut() {
            if job.hiring_manager_id == Some(user.id) {
                job.hiring_manager_id = Some(to);
            }
            if job.recruiter_ids.remove(&user.id) {
                job.recruiter_ids.insert(to);
            }
        }
        if heir.assigned_jobs_only {
            // Who hears about an application must be able to see it.
            let theirs: BTreeSet<JobId> = applications.iter().map(|application| application.job_id).collect();
            let others = theirs.iter().filter(|id| !jobs.contains_key(&id.to_string()));
            let others = self.storage.find_all::<Job>(others).await?;
            before.extend(others.clone());
            jobs.extend(others);
            for job in jobs.values_mut() {
                if theirs.contains(&job.id) && job.hiring_manager_id != Some(to) {
                    job.recruiter_ids.insert(to);
                }
            }
        }
        for job in jobs.values().filter(|job| before.get(&job.id.to_string()) != Some(job)) {
            changes.update(job);
            self.tell_job(ctx, changes, job, "job.updated");
        }
        for application in applications {
            let application = Application { recruiter_id: Some(to), ..application };
            changes.update(&application);
            self.tell_application(ctx, changes, &application, "application.reassigned");
        }
        Ok(())
    }

    /// Guards another owner or platform admin, where this one is the last but one; refuses where it is the last.
    pub(super) async fn guard_last(&self, changes: &mut Changes, user: &User) -> Result<(), Error> {
        let refusal = match user.role {
            Role::ClientOwner => AccessError::LastOwner,
            Role::PlatformAdmin => AccessError::LastAdmin,
            _ => return Ok(()),
        };
        let other = self.another_of_role(user).await?.ok_or(refusal)?;
        // Two who leave at once: one of them finds this guard broken.
        changes.guard(&other);
        Ok(())
    }

    async fn another_of_role(&self, than: &User) -> Result<Option<User>, Error> {
        let mut page = Page::first(Page::MAX);
        loop {
            let users = self.storage.users(than.client_id, &page).await?;
            let full = users.len() == page.limit as usize;
            page.after = users.last().map(|user| user.id.to_string());
            let other = users.into_iter().find(|user| {
                user.id != than.id && user.role == than.role && user.status == UserStatus::Active
            });
            if other.is_some() || !full {
                return Ok(other);
            }
        }
    }
}
