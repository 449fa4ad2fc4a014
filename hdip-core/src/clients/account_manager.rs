//! Who of the operator's staff looks after which clients.

use super::Client;
use crate::access::User;
use crate::edits::changed_fields;
use crate::hdip::Decision;
use crate::ports::storage::{Changes, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// Clients to hand from one account manager to another.
#[derive(Debug, Clone, Serialize)]
pub struct ReassignClients {
    /// Who looks after them now.
    pub from: UserId,
    /// Who is to.
    pub to: UserId,
    /// Which; all of them if none are named.
    pub clients: BTreeSet<ClientId>,
}

impl Hdip {
    /// Hands clients from one account manager to another, all in one commit; how many.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::Invalid`] for a `to` who is no active
    /// member of the staff and for clients that `from` does not look after.
    pub async fn reassign_clients(&self, ctx: &Ctx, input: ReassignClients) -> Result<Done<u32>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        fields.ensure(input.from != input.to, "to", "same_user", "must be somebody else");
        fields.done()?;
        let input = &input;
        self.decide(ctx, "reassign_clients", input, || async move {
            let mut changes = Changes::new();
            let named = Some(&input.clients).filter(|clients| !clients.is_empty());
            let count = self.add_reassignment(ctx, &mut changes, input.from, input.to, named, "to").await?;
            Ok(Decision { changes, output: count })
        })
        .await
    }

    /// Adds the handing over of clients to a decision: of these, or of all, archived ones too, whose last
    /// interviews are still told to somebody. `field` is where the new manager was named.
    pub(crate) async fn add_reassignment(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        from: UserId,
        to: UserId,
        only: Option<&BTreeSet<ClientId>>,
        field: &str,
    ) -> Result<u32, Error> {
        let to = self.staff(changes, to, field).await?;
        let mut managed = self.storage.clients_of_manager(from).await?;
        if let Some(only) = only {
            managed.retain(|client| only.contains(&client.id));
            let mut fields = Fields::new();
            for (i, id) in only.iter().enumerate() {
                let theirs = managed.iter().any(|client| client.id == *id);
                fields.ensure(
                    theirs,
                    &format!("clients[{i}]"),
                    "not_managed",
                    "is not looked after by that user",
                );
            }
            fields.done()?;
        }
        let count = managed.len() as u32;
        for before in managed {
            let after = Client { account_manager_id: to, ..before.clone() };
            changes.update(&after);
            let mut entry = self.audit(ctx, "client.reassign", before.id, Some(before.id));
            entry.changes = changed_fields(&before, &after);
            changes.audit.push(entry);
            let data = json!({ "status": after.status });
            changes.events.push(self.event(ctx, Stream::Client(after.id), "client.updated", after.id, data));
        }
        Ok(count)
    }

    /// The id of an active member of the staff. Its record is written again, so that it cannot be
    /// deactivated at the same moment as somebody who looks after no client.
    pub(super) async fn staff(
        &self,
        changes: &mut Changes,
        id: UserId,
        field: &str,
    ) -> Result<UserId, Error> {
        let user: Option<User> = self.storage.find(id).await?;
        let user = user.filter(User::is_active_staff).ok_or_else(|| {
            Error::field(field, "not_staff", "must be an active member of the operator's staff")
        })?;
        changes.update(&user);
        Ok(user.id)
    }
}
