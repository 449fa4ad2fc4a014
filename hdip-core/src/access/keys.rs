//! API keys: `hdip_<key id>_<secret>`, shown once, stored hashed.

use super::{AccessError, Actor, ApiKey, KeyScope, same};
use crate::clients::Client;
use crate::hdip::{Decision, ShownOnce, hex, sha256_hex};
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, Page, Paged, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt;

const PREFIX: &str = "hdip_";

/// What a key is to be like.
#[derive(Debug, Clone, Serialize)]
pub struct CreateApiKey {
    /// Whose data.
    pub client_id: ClientId,
    /// What it is for, 1 to 80 characters.
    pub name: String,
    /// What it may be used for, at least one.
    pub scopes: BTreeSet<KeyScope>,
}

/// A new key with its text. `Debug` does not show the text.
#[derive(Clone)]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// What the caller sends; not to be had again.
    pub text: String,
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewApiKey").field("key", &self.key.id).finish_non_exhaustive()
    }
}

impl Hdip {
    /// Makes an API key for a client.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator and the client's owner and admins, and for a key
    /// that would see more than its maker (`billing:read` by an admin); [`Error::SecretNotReplayed`] when
    /// the same request was carried out before.
    pub async fn create_api_key(&self, ctx: &Ctx, input: CreateApiKey) -> Result<Done<NewApiKey>, Error> {
        ctx.actor.need_client_admin(input.client_id)?;
        let mut fields = Fields::new();
        let name = fields.line("name", &input.name, 1, 80);
        fields.ensure(!input.scopes.is_empty(), "scopes", "required", "must name at least one scope");
        fields.done()?;
        if input.scopes.contains(&KeyScope::BillingRead) && !ctx.actor.sees_amounts() {
            return Err(Error::Forbidden);
        }
        let secret = hex(&self.secrets.random().0);
        let (input, name, secret) = (&input, &name, &secret);
        let done = self.decide(ctx, "create_api_key", input, || async move {
            let client: Client = self.storage.get(input.client_id).await?;
            client.refuse_archived()?;
            let key = ApiKey {
                id: self.ids.fresh(),
                client_id: client.id,
                name: name.clone(),
                secret_hash: sha256_hex(secret),
                scopes: input.scopes.iter().copied().collect(),
                // Made by HDIP itself (seed, command line): in the name of the client's account manager.
                created_by: ctx.actor.user().map_or(client.account_manager_id, |user| user.id),
                created_at: ctx.now,
                revoked_at: None,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&key).guard(&client);
            changes.audit.push(self.audit(ctx, "api_key.create", key.id, Some(client.id)));
            let data = json!({ "scopes": key.scopes });
            changes.events.push(self.event(ctx, Stream::Client(client.id), "api_key.created", key.id, data));
            let text = format!("{PREFIX}{}_{secret}", key.id);
            let key = ApiKey { version: 1, ..key };
            Ok(Decision { changes, output: ShownOnce(NewApiKey { key, text }) })
        });
        let Done { output: ShownOnce(output), replayed } = done.await?;
        Ok(Done { output, replayed })
    }

    /// Who a request with an API key comes from.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`] for what is no key, or one that was withdrawn.
    pub async fn authenticate_key(&self, text: &str) -> Result<Actor, Error> {
        let parts = text.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once('_'));
        let (id, secret) = parts.ok_or(AccessError::Unauthenticated)?;
        let id: ApiKeyId = id.parse().map_err(|_| AccessError::Unauthenticated)?;
        let key: Option<ApiKey> = self.storage.find(id).await?;
        // The secret is random: a fast hash is as good as a slow one.
        let hash = sha256_hex(secret);
        match key {
            Some(key) if key.revoked_at.is_none() && same(hash.as_bytes(), key.secret_hash.as_bytes()) => {
                Ok(Actor::of_key(&key))
            }
            _ => Err(AccessError::Unauthenticated.into()),
        }
    }

    /// API keys of a client, newest first; withdrawn ones too.
    ///
    /// # Errors
    /// As [`Hdip::create_api_key`].
    pub async fn api_keys(&self, ctx: &Ctx, client: ClientId, page: &Page) -> Result<Paged<ApiKey>, Error> {
        ctx.actor.need_client_admin(client)?;
        let keys = self.storage.api_keys(client, &page.one_more()).await?;
        Ok(Paged::cut(keys, page.limit, |key| key.id.to_string()))
    }

    /// Withdraws a key, for good and at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another client's key.
    pub async fn revoke_api_key(&self, ctx: &Ctx, id: ApiKeyId) -> Result<(), Error> {
        self.decide(ctx, "revoke_api_key", &id, || async move {
            let mut key: ApiKey = self.storage.get(id).await?;
            ctx.actor.need_client_admin(key.client_id).map_err(|error| match error {
                Error::NotFound(_) => Error::NotFound("API key"),
                error => error,
            })?;
            let mut changes = Changes::new();
            if key.revoked_at.is_none() {
                key.revoked_at = Some(ctx.now);
                changes.update(&key);
                changes.audit.push(self.audit(ctx, "api_key.revoke", id, Some(key.client_id)));
                let stream = Stream::Client(key.client_id);
                changes.events.push(self.event(ctx, stream, "api_key.revoked", id, json!({})));
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }
}
