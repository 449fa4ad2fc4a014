//! The ladder of a client: prospect → active ⇄ suspended → archived. Each step has a date and, but for the first,
//! a reason; the owners hear of it.
//!
//! What each status allows is asked where something is done: candidates are submitted and interviews requested
//! and moved only for an active client; confirmed interviews take place whatever becomes of it; an archived one
//! gets no users, keys or jobs any more.

use super::onboarding::signed_day;
use super::{Client, ClientError, ClientStatus};
use crate::access::{Role, Scope, User, UserStatus};
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::hiring::{ArchiveJob, ArchiveMode, Job, JobStatus, is_undecided};
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A step on the ladder.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeClientStatus {
    /// Where to.
    pub to: ClientStatus,
    /// Why, at most 500 characters. Required except when a prospect becomes active. The owners read it.
    pub reason: Option<String>,
    /// The day the agreement was signed; required when a prospect becomes active, and only then.
    pub signed_on: Option<NaiveDate>,
    /// What becomes of open work; must be said when a client with undecided applications is archived.
    pub open_work: Option<ArchiveMode>,
    /// Yes to the consequences of late changes, where interviews are called off late.
    pub late_ok: bool,
    /// Refuse unless this is the record version.
    pub expected_version: Option<i64>,
}

/// What a step did to open work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientStatusChanged {
    /// Applications dropped.
    pub dropped: u32,
    /// Applications left alone because their interview has begun.
    pub still_running: u32,
}

impl Hdip {
    /// Moves a client on the ladder. Archiving archives its jobs, too: with `finish` undecided applications stay
    /// and confirmed interviews take place, with `cancel` they are dropped and called off. Repeating a step is no
    /// failure; archiving with `cancel` goes on where an interrupted one stopped.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::NotFound`]; [`Error::Stale`];
    /// [`Error::Invalid`]; [`ClientError::IllegalStatus`]; [`ClientError::HasOpenWork`] when it is not said what
    /// becomes of it; [`SchedulingError::LateNotConfirmed`](crate::scheduling::SchedulingError::LateNotConfirmed),
    /// and then nothing has been changed.
    pub async fn change_client_status(
        &self,
        ctx: &Ctx,
        id: ClientId,
        change: ChangeClientStatus,
    ) -> Result<Done<ClientStatusChanged>, Error> {
        ctx.actor.need_operator()?;
        let archives = change.to == ClientStatus::Archived;
        let cancels = archives && change.open_work == Some(ArchiveMode::Cancel);
        if cancels && !change.late_ok {
            for job in self.jobs_of_client(id).await? {
                self.refuse_late(ctx, job.id).await?;
            }
        }
        let change = &change;
        let done = self
            .decide(ctx, "change_client_status", &(id, change), || async move {
                let before: Client = self.storage.get(id).await?;
                expect_version(&before, change.expected_version)?;
                let mut changes = Changes::new();
                if before.status != change.to {
                    let after = step(&before, change, ctx.now)?;
                    if archives && change.open_work.is_none() {
                        self.refuse_open_work(id).await?;
                    }
                    changes.update(&after);
                    self.tell_status(ctx, &mut changes, &before, &after).await?;
                }
                Ok(Decision { changes, output: () })
            })
            .await?;
        let mut output = ClientStatusChanged::default();
        if archives {
            // Submissions and new jobs guard the client: from here on none can be added.
            output = self
                .archive_jobs(ctx, id, change.open_work.unwrap_or(ArchiveMode::Finish), change.late_ok)
                .await?;
        }
        // Archiving with `cancel` goes on where the first stopped and counts anew: it is no replay.
        Ok(Done { output, replayed: done.replayed && !cancels })
    }

    async fn refuse_open_work(&self, client: ClientId) -> Result<(), Error> {
        let mut applications = 0;
        for job in self.jobs_of_client(client).await? {
            let open = self.storage.open_applications(job.id).await?;
            applications += open.iter().filter(|application| is_undecided(application)).count();
        }
        if applications > 0 { Err(ClientError::HasOpenWork { applications }.into()) } else { Ok(()) }
    }

    /// Archives every job of an archived client, those too that were archived before with work left to finish.
    async fn archive_jobs(
        &self,
        ctx: &Ctx,
        client: ClientId,
        mode: ArchiveMode,
        late_ok: bool,
    ) -> Result<ClientStatusChanged, Error> {
        // One key stands for one commit; these are many, each of which finds out by itself what is left.
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let mut output = ClientStatusChanged::default();
        for job in self.jobs_of_client(client).await? {
            if job.status == JobStatus::Open || mode == ArchiveMode::Cancel {
                let archive = ArchiveJob { mode: Some(mode), late_ok };
                let done = self.archive_job(ctx, job.id, archive).await?.output;
                output.dropped += done.dropped;
                output.still_running += done.still_running;
            }
        }
        Ok(output)
    }

    /// Every job of a client.
    pub(crate) async fn jobs_of_client(&self, client: ClientId) -> Result<Vec<Job>, Error> {
        let (scope, mut page, mut all) = (Scope::Client(client), Page::first(Page::MAX), Vec::new());
        loop {
            let jobs = self.storage.jobs(&scope, &HiringJobFilter::default(), &page).await?;
            let full = jobs.len() == page.limit as usize;
            page.after = jobs.last().map(|job| job.id.to_string());
            all.extend(jobs);
            if !full {
                return Ok(all);
            }
        }
    }

    /// The active owners of a client.
    pub(crate) async fn owners(&self, client: ClientId) -> Result<Vec<User>, Error> {
        let (mut page, mut owners) = (Page::first(Page::MAX), Vec::new());
        loop {
            let users = self.storage.users(Some(client), &page).await?;
            let full = users.len() == page.limit as usize;
            page.after = users.last().map(|user| user.id.to_string());
            let owner = |user: &User| user.role == Role::ClientOwner && user.status == UserStatus::Active;
            owners.extend(users.into_iter().filter(owner));
            if !full {
                return Ok(owners);
            }
        }
    }

    async fn tell_status(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        before: &Client,
        after: &Client,
    ) -> Result<(), Error> {
        let id = after.id;
        let mut entry = self.audit(ctx, "client.change_status", id, Some(id));
        entry.reason = after.status_reason.clone();
        entry.changes = changed_fields(before, after);
        changes.audit.push(entry);
        let data = json!({ "from": before.status, "status": after.status });
        for stream in [Stream::Operator, Stream::Client(id)] {
            changes.events.push(self.event(ctx, stream, "client.status_changed", id, data.clone()));
        }
        for owner in self.owners(id).await? {
            let kind = match (before.status, after.status) {
                (ClientStatus::Prospect, ClientStatus::Active) => {
                    self.welcome(ctx, changes, id, owner.id);
                    continue;
                }
                (_, ClientStatus::Active) => MailKind::ClientReactivated,
                (_, ClientStatus::Archived) => MailKind::ClientArchived,
                _ => MailKind::ClientSuspended,
            };
            let mail = MailJob::about_user(kind, owner.id, Recipient::User(owner.id));
            let occasion = ctx.now.timestamp_micros().to_string();
            changes.jobs.push(self.mail(ctx, Some(id), mail, &occasion));
        }
        Ok(())
    }
}

/// The client after the step.
fn step(before: &Client, change: &ChangeClientStatus, now: Timestamp) -> Result<Client, Error> {
    let (from, to) = (before.status, change.to);
    if !from.may_become(to) {
        return Err(ClientError::IllegalStatus { from, to }.into());
    }
    let signs = (from, to) == (ClientStatus::Prospect, ClientStatus::Active);
    let mut fields = Fields::new();
    let reason = fields.optional_line("reason", change.reason.as_deref(), 500);
    fields.ensure(signs || reason.is_some(), "reason", "required", "must say why");
    let mut signed_on = before.signed_on;
    match change.signed_on {
        Some(day) if signs => signed_on = Some(signed_day(&mut fields, day, before.zone.local(now).date())),
        Some(_) => {
            fields.wrong("signed_on", "not_for_status", "goes only with a prospect that becomes active")
        }
        None => fields.ensure(!signs, "signed_on", "required", "must say when the agreement was signed"),
    }
    let archives = to == ClientStatus::Archived;
    let said = change.open_work.is_none() || archives;
    fields.ensure(said, "open_work", "not_for_status", "goes only with archiving");
    fields.done()?;
    Ok(Client { status: to, status_reason: reason, status_at: now, signed_on, ..before.clone() })
}
