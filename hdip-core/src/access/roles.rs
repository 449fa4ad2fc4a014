//! What others change about a user: the role, and whether it is limited to assigned jobs; and who owns a client.

use super::users::{may_touch, stream_of};
use super::{AccessError, Role, User, UserStatus};
use crate::clients::Client;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::ports::storage::{Changes, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::Serialize;
use serde_json::json;

/// What changes about a user; `None` leaves as it is. In force with the user's next request.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UpdateUser {
    /// Another role of the same kind: among owner, admin and recruiter of a client, or within the staff.
    pub role: Option<Role>,
    /// Whether a recruiter sees only jobs it is named on.
    pub assigned_jobs_only: Option<bool>,
    /// For staff: who takes over the clients it looks after. A moderator may go on looking after them.
    pub reassign_to: Option<UserId>,
    /// Refuse unless this is the record version.
    pub expected_version: Option<i64>,
}

/// A change of the owner.
#[derive(Debug, Clone, Serialize)]
pub struct TransferOwnership {
    /// Of which client.
    pub client: ClientId,
    /// The owner who becomes an admin: whoever asks if it is an owner, else the only owner there is.
    pub from: Option<UserId>,
    /// The user who becomes owner.
    pub to: UserId,
}

/// Roles between which a user can be moved: those that belong to the same place and see no less by nature.
fn is_kin(from: Role, to: Role) -> bool {
    let own = |role| matches!(role, Role::ClientOwner | Role::ClientAdmin | Role::ClientRecruiter);
    from.is_operator() && to.is_operator() || own(from) && own(to)
}

impl Hdip {
    /// Changes the role of a user, or whether it is limited to assigned jobs.
    ///
    /// # Errors
    /// [`Error::Forbidden`], among others for an admin about an owner, and about staff for anybody but platform
    /// admins; [`Error::NotFound`]; [`Error::Stale`]; [`AccessError::RoleFixed`]; [`AccessError::LastOwner`];
    /// [`AccessError::LastAdmin`]; [`AccessError::Deactivated`]; [`Error::Invalid`].
    pub async fn update_user(&self, ctx: &Ctx, id: UserId, input: UpdateUser) -> Result<User, Error> {
        let input = &input;
        self.decide(ctx, "update_user", &(id, input), || async move {
            let before = self.user_to_manage(ctx, id).await?;
            expect_version(&before, input.expected_version)?;
            if before.status == UserStatus::Deactivated {
                return Err(AccessError::Deactivated.into());
            }
            let mut changes = Changes::new();
            let mut user = before.clone();
            if let Some(to) = input.role.filter(|to| *to != before.role) {
                if !is_kin(before.role, to) {
                    return Err(AccessError::RoleFixed { from: before.role, to }.into());
                }
                may_touch(ctx, to)?;
                self.guard_last(&mut changes, &before).await?;
                user.role = to;
                user.assigned_jobs_only &= to == Role::ClientRecruiter;
            }
            if let Some(limited) = input.assigned_jobs_only {
                if limited && user.role != Role::ClientRecruiter {
                    let message = "does not go with this role";
                    return Err(Error::field("assigned_jobs_only", "not_for_role", message));
                }
                user.assigned_jobs_only = limited;
            }
            if let Some(to) = input.reassign_to {
                if !user.role.is_operator() {
                    return Err(Error::field("reassign_to", "not_for_role", "does not go with this role"));
                }
                if to == id {
                    return Err(Error::field("reassign_to", "same_user", "must be somebody else"));
                }
                self.add_reassignment(ctx, &mut changes, id, to, None, "reassign_to").await?;
            }
            if user != before {
                changes.update(&user);
                self.tell_user(ctx, &mut changes, &before, &user);
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        self.storage.get(id).await
    }

    /// Makes another user the owner of a client and its owner an admin, in one commit.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff and the owner about itself; [`Error::NotFound`] for
    /// another client; [`Error::Invalid`] for a `from` who is no owner (or left out with several of them) and a
    /// `to` who is no other active user of the client or an owner already.
    pub async fn transfer_ownership(&self, ctx: &Ctx, input: TransferOwnership) -> Result<Done<()>, Error> {
        let client = input.client;
        ctx.actor.need_client_admin(client)?;
        let own = ctx.actor.user().filter(|user| !user.role.is_operator()).map(|user| user.id);
        if own.is_some() && input.from.is_some_and(|from| Some(from) != own) {
            return Err(Error::Forbidden);
        }
        let input = &input;
        self.decide(ctx, "transfer_ownership", input, || async move {
            self.storage.get::<Client>(client).await?;
            let owners = self.owners(client).await?;
            let from = input.from.or(own).or(match &owners[..] {
                [only] => Some(only.id),
                _ => None,
            });
            let from = from.ok_or_else(|| {
                Error::field("from", "required", "must be said: the client has not exactly one owner")
            })?;
            let Some(old) = owners.iter().find(|owner| owner.id == from) else {
                return Err(match own {
                    Some(_) => Error::Forbidden,
                    None => Error::field("from", "not_owner", "must be an active owner of the client"),
                });
            };
            let heir: Option<User> = self.storage.find(input.to).await?;
            let heir = heir.filter(|heir| heir.is_active_at(client)).ok_or_else(|| {
                Error::field("to", "unknown_user", "must be another active user of the client")
            })?;
            if heir.role == Role::ClientOwner {
                return Err(Error::field("to", "already_owner", "is an owner already"));
            }
            let new = User { role: Role::ClientOwner, assigned_jobs_only: false, ..heir.clone() };
            let admin = User { role: Role::ClientAdmin, ..old.clone() };
            let mut changes = Changes::new();
            for (before, after) in [(&heir, &new), (old, &admin)] {
                changes.update(after);
                self.tell_user(ctx, &mut changes, before, after);
            }
            changes.audit.push(self.audit(ctx, "client.transfer_ownership", client, Some(client)));
            let data = json!({ "from": old.id, "to": new.id });
            let stream = Stream::Client(client);
            changes.events.push(self.event(ctx, stream, "client.ownership_transferred", client, data));
            Ok(Decision { changes, output: () })
        })
        .await
    }

    fn tell_user(&self, ctx: &Ctx, changes: &mut Changes, before: &User, after: &User) {
        let mut entry = self.audit(ctx, "user.change_role", after.id, after.client_id);
        entry.changes = changed_fields(before, after);
        changes.audit.push(entry);
        let data = json!({ "role": after.role, "assigned_jobs_only": after.assigned_jobs_only });
        changes.events.push(self.event(ctx, stream_of(after), "user.updated", after.id, data));
    }
}
