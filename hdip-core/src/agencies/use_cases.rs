//! Agencies: made, renamed, ended; their users invited.

use super::*;
use crate::access::{CreateUser, KeyScope, Role, Scope, User, UserStatus};
use crate::clients::{Client, ClientError, ClientStatus};
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::Serialize;
use serde_json::json;

/// An agency to make.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CreateAgency {
    /// For whom; the operator must say it, everybody else may leave it out.
    pub client: Option<ClientId>,
    /// Name, 1 to 100 characters; unique among the client's active agencies.
    pub name: String,
}

/// A new name of an agency.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RenameAgency {
    /// The version the editor saw.
    pub expected: Option<i64>,
    /// Name, 1 to 100 characters.
    pub name: String,
}

/// Somebody who is to sign in for an agency.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)] // as CreateUser
pub struct InviteAgencyUser {
    pub email: String,
    pub name: String,
    pub zone: Option<String>,
    pub locale: Option<String>,
}

fn name(text: &str) -> Result<String, Error> {
    let mut fields = Fields::new();
    let name = fields.line("name", text, 1, 100);
    fields.done()?;
    Ok(name)
}

impl Hdip {
    /// Makes an agency of a client.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator and the client's owner and admins; [`Error::NotFound`] for
    /// another client; [`Error::Invalid`]; [`AgencyError::NameTaken`]; [`ClientError::Archived`].
    pub async fn create_agency(&self, ctx: &Ctx, new: CreateAgency) -> Result<Done<AgencyId>, Error> {
        let own = ctx.actor.user().and_then(|user| user.client);
        let client = new.client.or(own).ok_or_else(|| match ctx.actor.is_operator() {
            true => Error::field("client_id", "required", "must say for which client"),
            false => Error::Forbidden,
        })?;
        ctx.actor.need_client_admin(client)?;
        let name = &name(&new.name)?;
        self.decide(ctx, "create_agency", &new, || async move {
            let client: Client = self.storage.get(client).await?;
            if client.status == ClientStatus::Archived {
                return Err(ClientError::Archived.into());
            }
            let live_key = self.free_name(client.id, name, None).await?;
            let agency = Agency {
                id: self.ids.fresh(),
                client_id: client.id,
                name: name.clone(),
                status: AgencyStatus::Active,
                live_key: Some(live_key),
                created_at: ctx.now,
                ended_at: None,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&agency);
            changes.guard(&client);
            self.tell_agency(ctx, &mut changes, &agency, "agency.created");
            Ok(Decision { changes, output: agency.id })
        })
        .await
    }

    /// Agencies of a client, newest first. For the client's people and its ATS those of the client; for the operator
    /// those of the client it names, or everybody's.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for agencies, links and interviewers; [`Error::NotFound`] for another client;
    /// [`Error::InvalidCursor`].
    pub async fn agencies(
        &self,
        ctx: &Ctx,
        client: Option<ClientId>,
        status: Option<AgencyStatus>,
        page: &Page,
    ) -> Result<Paged<Agency>, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringRead)?;
        if matches!(scope, Scope::Agency(..)) {
            return Err(Error::Forbidden);
        }
        let client = match (scope.client(), client) {
            (Some(own), Some(asked)) if own != asked => return Err(Error::NotFound("client")),
            (own, asked) => own.or(asked),
        };
        let rows = self.storage.agencies(client, status, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |agency| agency.id.to_string()))
    }

    /// An agency; for its own users theirs.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one the caller does not see; [`Error::Forbidden`] for links and interviewers.
    pub async fn agency(&self, ctx: &Ctx, id: AgencyId) -> Result<Agency, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringRead)?;
        let agency: Agency = self.storage.get(id).await?;
        let seen = match &scope {
            Scope::Jobs(client, _) => *client == agency.client_id,
            scope => scope.allows(agency.client_id, None, Some(agency.id)),
        };
        if seen { Ok(agency) } else { Err(Error::NotFound(Agency::NAME)) }
    }

    /// Gives an agency another name.
    ///
    /// # Errors
    /// As [`Hdip::create_agency`]; [`Error::Stale`]; [`AgencyError::Ended`].
    pub async fn rename_agency(
        &self,
        ctx: &Ctx,
        id: AgencyId,
        rename: RenameAgency,
    ) -> Result<Done<AgencyId>, Error> {
        let name = &name(&rename.name)?;
        self.decide(ctx, "rename_agency", &(id, &rename), || async move {
            let before = self.agency_to_manage(ctx, id).await?;
            expect_version(&before, rename.expected)?;
            if before.status == AgencyStatus::Ended {
                return Err(AgencyError::Ended.into());
            }
            let live_key = self.free_name(before.client_id, name, Some(id)).await?;
            let after = Agency { name: name.clone(), live_key: Some(live_key), ..before.clone() };
            let mut changes = Changes::new();
            if after != before {
                changes.update(&after);
                self.tell_agency(ctx, &mut changes, &after, "agency.renamed");
                if let Some(audit) = changes.audit.last_mut() {
                    audit.changes = changed_fields(&before, &after);
                }
            }
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// Ends an agency: its users are deactivated, their sign-ins and links end at once. Its candidates and
    /// applications stay with the client, and its name is free. Repeating it is no failure.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] as for [`Hdip::create_agency`].
    pub async fn end_agency(&self, ctx: &Ctx, id: AgencyId) -> Result<Done<()>, Error> {
        self.decide(ctx, "end_agency", &id, || async move {
            let mut agency = self.agency_to_manage(ctx, id).await?;
            let mut changes = Changes::new();
            if agency.status == AgencyStatus::Ended {
                return Ok(Decision { changes, output: () });
            }
            agency.status = AgencyStatus::Ended;
            agency.live_key = None;
            agency.ended_at = Some(ctx.now);
            // Who is made a user meanwhile guards the agency: one of the two is decided again.
            changes.update(&agency);
            for user in self.users_of_agency(id).await? {
                if user.status == UserStatus::Active {
                    self.add_deactivation(ctx, &mut changes, user, None).await?;
                }
            }
            self.tell_agency(ctx, &mut changes, &agency, "agency.ended");
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Invites somebody to sign in for an agency. What the user sees of the client are the jobs it is named on and
    /// the agency's own candidates.
    ///
    /// # Errors
    /// As [`Hdip::create_user`]; [`Error::NotFound`] for an agency the caller does not manage;
    /// [`AgencyError::Ended`].
    pub async fn invite_agency_user(
        &self,
        ctx: &Ctx,
        id: AgencyId,
        invite: InviteAgencyUser,
    ) -> Result<Done<UserId>, Error> {
        let agency = self.agency_to_manage(ctx, id).await?;
        let user = CreateUser {
            email: invite.email,
            name: invite.name,
            role: Role::AgencyUser,
            client_id: Some(agency.client_id),
            interviewer_id: None,
            agency_id: Some(id),
            zone: invite.zone,
            locale: invite.locale,
            assigned_jobs_only: false,
            password: None,
        };
        self.create_user(ctx, user).await
    }

    /// Users of an agency, newest first, deactivated ones too.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] as for [`Hdip::create_agency`]; [`Error::InvalidCursor`].
    pub async fn agency_users(&self, ctx: &Ctx, id: AgencyId, page: &Page) -> Result<Paged<User>, Error> {
        self.agency_to_manage(ctx, id).await?;
        let users = self.storage.agency_users(id, &page.one_more()).await?;
        Ok(Paged::cut(users, page.limit, |user| user.id.to_string()))
    }

    /// An agency that takes part, of that client.
    pub(crate) async fn active_agency(&self, client: ClientId, id: AgencyId) -> Result<Agency, Error> {
        let agency: Option<Agency> = self.storage.find(id).await?;
        let agency = agency
            .filter(|agency| agency.client_id == client)
            .ok_or_else(|| Error::field("agency_id", "unknown_agency", "must be an agency of the client"))?;
        match agency.status {
            AgencyStatus::Active => Ok(agency),
            AgencyStatus::Ended => Err(AgencyError::Ended.into()),
        }
    }

    async fn agency_to_manage(&self, ctx: &Ctx, id: AgencyId) -> Result<Agency, Error> {
        let agency: Agency = self.storage.get(id).await?;
        match ctx.actor.need_client_admin(agency.client_id) {
            Err(Error::NotFound(_)) => Err(Error::NotFound(Agency::NAME)),
            // Of its own users, and of the client's, it is no secret that it is there.
            Err(Error::Forbidden)
                if ctx.actor.user().is_some_and(|user| user.agency.is_some_and(|own| own != id)) =>
            {
                Err(Error::NotFound(Agency::NAME))
            }
            done => done.map(|()| agency),
        }
    }

    /// The key of a name that no other active agency of the client has. The unique key decides between two at once.
    async fn free_name(&self, client: ClientId, name: &str, own: Option<AgencyId>) -> Result<String, Error> {
        let key = Agency::key_of(client, name);
        match self.storage.agency_by_key(&key).await? {
            Some(other) if Some(other.id) != own => Err(AgencyError::NameTaken.into()),
            _ => Ok(key),
        }
    }

    async fn users_of_agency(&self, id: AgencyId) -> Result<Vec<User>, Error> {
        let (mut page, mut all) = (Page::first(Page::MAX), Vec::new());
        loop {
            let rows = self.storage.agency_users(id, &page).await?;
            let full = rows.len() == page.limit as usize;
            page.after = rows.last().map(|user| user.id.to_string());
            all.extend(rows);
            if !full {
                return Ok(all);
            }
        }
    }

    fn tell_agency(&self, ctx: &Ctx, changes: &mut Changes, agency: &Agency, kind: &str) {
        let data = json!({"agency_id": agency.id, "status": agency.status});
        changes.events.push(self.event(ctx, Stream::Client(agency.client_id), kind, agency.id, data));
        changes.audit.push(self.audit(ctx, kind, agency.id, Some(agency.client_id)));
    }
}
