//! Clients: read and changed. How they are made is in `onboarding`, their status in `status`, policies and prices
//! in `terms`.

use super::{Agreement, BillingMode, Client, ClientStatus, CompanyInput};
use crate::access::{Actor, KeyScope, Role};
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::interviewers::Interviewer;
use crate::ports::storage::{Changes, Page, Paged, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// What changes about a client; `None` and empty leave as it is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UpdateClient {
    /// Name on contracts. The operator's to change.
    pub legal_name: Option<String>,
    /// Name people know.
    pub brand: Option<String>,
    /// 1 to 3. The operator's to change.
    pub level: Option<u8>,
    /// Zone of its days and months. The operator's to change: billing months follow it.
    pub zone: Option<String>,
    /// Language.
    pub locale: Option<String>,
    /// The operator's person for it. The operator's to change.
    pub account_manager_id: Option<UserId>,
    /// Whether candidates may move their own interview.
    pub candidate_may_reschedule: Option<bool>,
    /// Whether agencies see the results of their own candidates.
    pub agencies_see_results: Option<bool>,
    /// Interviewers it does not want.
    pub block_interviewers: BTreeSet<InterviewerId>,
    /// Interviewers it wants again.
    pub unblock_interviewers: BTreeSet<InterviewerId>,
    /// Domain, tax numbers, registered address. The domain is the client's to change, the rest the operator's.
    pub company: CompanyInput,
    /// How it pays. The platform admins' to change, while the client is a prospect.
    pub billing_mode: Option<BillingMode>,
    /// Refuse unless this is the record version.
    pub expected_version: Option<i64>,
}

/// A client as someone may see it.
#[derive(Debug, Clone)]
pub struct ClientView {
    /// The client; without tax numbers for those who do not see them.
    pub client: Client,
    /// The agreement in force today, for those who see amounts.
    pub agreement: Option<Agreement>,
}

/// Prices of a new client, in minor units (product §2).
pub(super) fn default_prices(currency: Currency) -> Option<[i64; 5]> {
    match currency {
        Currency::Inr => Some([2_500_00, 3_000_00, 3_200_00, 3_600_00, 4_500_00]),
        Currency::Usd => Some([100_00, 120_00, 128_00, 144_00, 180_00]),
        _ => None,
    }
}

/// Checks the prices of an agreement.
pub(super) fn check_prices(fields: &mut Fields, field: &str, prices: &[i64]) {
    for (i, price) in prices.iter().enumerate() {
        fields.range(&format!("{field}[{i}]"), *price, 0, 100_000_000_00);
    }
}

impl Hdip {
    /// One client.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another client; [`Error::Forbidden`] for interviewers, agencies, links.
    pub async fn client(&self, ctx: &Ctx, id: ClientId) -> Result<ClientView, Error> {
        match own_client(&ctx.actor)? {
            Some(own) if own != id => return Err(Error::NotFound("client")),
            _ => {}
        }
        let client: Client = self.storage.get(id).await?;
        self.client_view(ctx, client).await
    }

    async fn client_view(&self, ctx: &Ctx, mut client: Client) -> Result<ClientView, Error> {
        if !sees_tax_numbers(&ctx.actor) {
            (client.gstin, client.pan) = (None, None);
        }
        let agreement = match ctx.actor.sees_amounts() {
            true => {
                let today = client.zone.local(ctx.now).date();
                let all = self.storage.agreements(client.id).await?;
                all.into_iter().find(|agreement| agreement.effective_from <= today)
            }
            false => None,
        };
        Ok(ClientView { client, agreement })
    }

    /// Clients the caller sees, newest first: the operator all, a client's people their own.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for interviewers, agencies, links.
    pub async fn clients(&self, ctx: &Ctx, page: &Page) -> Result<Paged<ClientView>, Error> {
        let (clients, next_cursor) = match own_client(&ctx.actor)? {
            Some(own) if page.after.is_none() => (vec![self.storage.get(own).await?], None),
            Some(_) => (Vec::new(), None),
            None => {
                let rows: Vec<Client> = self.storage.clients(&page.one_more()).await?;
                let page = Paged::cut(rows, page.limit, |client| client.id.to_string());
                (page.items, page.next_cursor)
            }
        };
        let mut items = Vec::with_capacity(clients.len());
        for client in clients {
            items.push(self.client_view(ctx, client).await?);
        }
        Ok(Paged { items, next_cursor })
    }

    /// Changes a client. Its owner and admins change what is theirs; the operator everything.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for another client; [`Error::Stale`];
    /// [`Error::Invalid`].
    pub async fn update_client(
        &self,
        ctx: &Ctx,
        id: ClientId,
        input: UpdateClient,
    ) -> Result<ClientView, Error> {
        ctx.actor.need_client_admin(id)?;
        let operators = input.legal_name.is_some()
            || input.level.is_some()
            || input.zone.is_some()
            || input.account_manager_id.is_some()
            || CompanyInput { domain: None, ..input.company.clone() } != CompanyInput::default();
        if operators {
            ctx.actor.need_operator()?;
        }
        if input.billing_mode.is_some() {
            ctx.actor.need_admin()?;
        }
        let mut fields = Fields::new();
        let legal_name = input.legal_name.as_ref().map(|name| fields.line("legal_name", name, 1, 200));
        let brand = input.brand.as_ref().map(|brand| fields.line("brand", brand, 1, 80));
        let level = input.level.map(|level| fields.range("level", level, 1, 3));
        let zone = input.zone.as_ref().and_then(|zone| fields.zone("zone", zone));
        let locale = input.locale.as_ref().and_then(|locale| fields.locale("locale", locale));
        let both = input.block_interviewers.intersection(&input.unblock_interviewers).next();
        fields.ensure(
            both.is_none(),
            "unblock_interviewers",
            "also_blocked",
            "names one that is to be blocked",
        );
        fields.done()?;
        let (input, legal_name, brand, locale) = (&input, &legal_name, &brand, &locale);
        self.decide(ctx, "update_client", &(id, input), || async move {
            let before: Client = self.storage.get(id).await?;
            expect_version(&before, input.expected_version)?;
            let mut changes = Changes::new();
            let mut client = before.clone();
            client.legal_name = legal_name.clone().unwrap_or(client.legal_name);
            client.brand = brand.clone().unwrap_or(client.brand);
            client.level = level.unwrap_or(client.level);
            client.zone = zone.unwrap_or(client.zone);
            client.locale = locale.clone().unwrap_or(client.locale);
            client.candidate_may_reschedule =
                input.candidate_may_reschedule.unwrap_or(client.candidate_may_reschedule);
            client.agencies_see_results = input.agencies_see_results.unwrap_or(client.agencies_see_results);
            if let Some(manager) = input.account_manager_id.filter(|id| *id != before.account_manager_id) {
                client.account_manager_id = self.staff(&mut changes, manager, "account_manager_id").await?;
            }
            self.block(&mut client, input).await?;
            let mut fields = Fields::new();
            input.company.apply(&mut fields, &mut client);
            if let Some(mode) = input.billing_mode.filter(|mode| *mode != before.billing_mode) {
                let open = before.status == ClientStatus::Prospect;
                let message = "can only be changed before the agreement is signed";
                fields.ensure(open, "billing_mode", "fixed_once_active", message);
                client.billing_mode = mode;
            }
            fields.done()?;
            if client != before {
                changes.update(&client);
                let mut entry = self.audit(ctx, "client.update", id, Some(id));
                entry.changes = changed_fields(&before, &client);
                changes.audit.push(entry);
                let data = json!({ "status": client.status });
                changes.events.push(self.event(ctx, Stream::Client(id), "client.updated", id, data));
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        let client = self.storage.get(id).await?;
        self.client_view(ctx, client).await
    }

    async fn block(&self, client: &mut Client, input: &UpdateClient) -> Result<(), Error> {
        let known = self.storage.find_all::<Interviewer>(&input.block_interviewers).await?;
        let mut fields = Fields::new();
        for (i, id) in input.block_interviewers.iter().enumerate() {
            let field = format!("block_interviewers[{i}]");
            let there = known.contains_key(&id.to_string());
            fields.ensure(there, &field, "unknown_interviewer", "there is no such interviewer");
        }
        fields.done()?;
        client.blocked_interviewers.extend(&input.block_interviewers);
        client.blocked_interviewers.retain(|id| !input.unblock_interviewers.contains(id));
        if client.blocked_interviewers.len() > 1000 {
            return Err(Error::field("block_interviewers", "too_many", "at most 1000 can be blocked"));
        }
        Ok(())
    }
}

/// Tax numbers are for those who deal with contracts: the operator, owner and admins, keys for billing.
fn sees_tax_numbers(actor: &Actor) -> bool {
    match actor {
        Actor::User(user) => {
            user.role.is_operator() || matches!(user.role, Role::ClientOwner | Role::ClientAdmin)
        }
        Actor::ApiKey { scopes, .. } => scopes.contains(&KeyScope::BillingRead),
        Actor::System => true,
        _ => false,
    }
}

/// The client whose record an actor may read; none for the operator, who reads all.
pub(super) fn own_client(actor: &Actor) -> Result<Option<ClientId>, Error> {
    match actor {
        actor if actor.is_operator() => Ok(None),
        Actor::ApiKey { client, .. } => Ok(Some(*client)),
        Actor::User(user) if user.role != Role::AgencyUser => user.client.map(Some).ok_or(Error::Forbidden),
        Actor::Anonymous => Err(crate::access::AccessError::Unauthenticated.into()),
        _ => Err(Error::Forbidden),
    }
}
