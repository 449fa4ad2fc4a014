//! Taking a client on is one action: the client, its first users with their invitations, its agreement.

use super::use_cases::{check_prices, default_prices};
use super::{Agreement, BillingMode, Client, ClientStatus, CompanyInput, Department};
use crate::access::{Role, User, UserStatus};
use crate::hdip::Decision;
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// First users a client may have.
pub const MAX_FIRST_CONTACTS: usize = 3;
/// Departments that can be named when a client is made.
pub const MAX_DEPARTMENTS: usize = 100;
/// Free interviews that can be given to a new client.
const MAX_FREE_INTERVIEWS: u32 = 1_000;

/// One of the first users of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirstContact {
    /// Name, 1 to 120 characters.
    pub name: String,
    /// Address; unique over all users.
    pub email: String,
}

/// A client to make: one action with its users and its agreement.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CreateClient {
    /// Name on contracts, 1 to 200 characters.
    pub legal_name: String,
    /// Name people know, 1 to 80 characters.
    pub brand: String,
    /// ISO 3166-1 alpha-2, for example `IN`.
    pub country: String,
    /// 1 to 3.
    pub level: u8,
    /// Zone of its days and months.
    pub zone: String,
    /// Language; the operator's if none is given.
    pub locale: Option<String>,
    /// ISO 4217 code of the currency of its agreement.
    pub currency: String,
    /// The operator's person for it; whoever asks, if none is given.
    pub account_manager_id: Option<UserId>,
    /// Minor units for 0–4, 4–6, 6–8, 8–10, 10+ years; the defaults of INR and USD if none are given.
    pub prices_minor: Option<[i64; 5]>,
    /// Whether the agreement is signed: the client is active at once, else a prospect.
    pub signed: bool,
    /// The day it was signed; today, in the client's zone, if none is given.
    pub signed_on: Option<NaiveDate>,
    /// 1 to 3 users who are invited: the first becomes owner, the others admins. HDIP itself (seed, command line,
    /// an embedder's own set-up) may leave them out and make its users by itself.
    pub contacts: Vec<FirstContact>,
    /// How it pays; by invoice if it is not said.
    pub billing_mode: Option<BillingMode>,
    /// Interviews for nothing, at most 1,000.
    pub free_interviews: u32,
    /// Domain, tax numbers, registered address.
    pub company: CompanyInput,
    /// Names of departments, at most 100.
    pub departments: Vec<String>,
}

/// What of a [`CreateClient`] holds, before its records have ids.
struct Checked {
    client: Client,
    prices_minor: [i64; 5],
    contacts: Vec<(String, Email)>,
    departments: Vec<String>,
}

impl Hdip {
    /// Makes a client, its first users with their invitations, and its agreement: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff, and for prices of its own by a moderator;
    /// [`Error::Invalid`], for an address that a user has already too.
    pub async fn create_client(&self, ctx: &Ctx, input: CreateClient) -> Result<Done<ClientId>, Error> {
        ctx.actor.need_operator()?;
        if input.prices_minor.is_some() {
            ctx.actor.need_admin()?;
        }
        let checked = &self.check_new_client(ctx, &input)?;
        let input = &input;
        self.decide(ctx, "create_client", input, || async move {
            let mut changes = Changes::new();
            let manager = checked.client.account_manager_id;
            let manager = self.staff(&mut changes, manager, "account_manager_id").await?;
            let id: ClientId = self.ids.fresh();
            let client = Client { id, account_manager_id: manager, ..checked.client.clone() };
            changes.insert(&client);
            changes.insert(&Agreement {
                id: self.ids.fresh(),
                client_id: id,
                currency: client.currency,
                prices_minor: checked.prices_minor,
                effective_from: client.zone.local(ctx.now).date(),
                created_at: ctx.now,
                version: 0,
            });
            for name in &checked.departments {
                changes.insert(&self.new_department(ctx, id, name));
            }
            self.add_first_users(ctx, &mut changes, &client, &checked.contacts).await?;
            changes.audit.push(self.audit(ctx, "client.create", id, Some(id)));
            let data = json!({ "status": client.status });
            for stream in [Stream::Operator, Stream::Client(id)] {
                changes.events.push(self.event(ctx, stream, "client.created", id, data.clone()));
            }
            Ok(Decision { changes, output: id })
        })
        .await
    }

    fn check_new_client(&self, ctx: &Ctx, input: &CreateClient) -> Result<Checked, Error> {
        let mut fields = Fields::new();
        let legal_name = fields.line("legal_name", &input.legal_name, 1, 200);
        let brand = fields.line("brand", &input.brand, 1, 80);
        let country = input.country.trim().to_owned();
        fields.ensure(
            country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()),
            "country",
            "invalid_country",
            "must be an ISO 3166-1 alpha-2 code such as IN",
        );
        let level = fields.range("level", input.level, 1, 3);
        let zone = fields.zone("zone", &input.zone);
        let locale = match &input.locale {
            Some(locale) => fields.locale("locale", locale),
            None => Some(self.operator.locale.clone()),
        };
        let currency: Option<Currency> = fields.parse("currency", "unknown_currency", &input.currency);
        let prices = input.prices_minor.or(currency.and_then(default_prices));
        match &prices {
            Some(prices) => check_prices(&mut fields, "prices_minor", prices),
            None if currency.is_some() => {
                fields.wrong("prices_minor", "required", "this currency has no default prices");
            }
            None => {}
        }
        let manager = input.account_manager_id.or(ctx.actor.user().map(|user| user.id));
        fields.ensure(manager.is_some(), "account_manager_id", "required", "a client has an account manager");
        let contacts = first_contacts(&mut fields, &input.contacts, ctx.actor.user().is_some());
        let departments = departments(&mut fields, &input.departments);
        fields.range("free_interviews", input.free_interviews, 0, MAX_FREE_INTERVIEWS);
        let signed_on = match zone {
            Some(zone) if input.signed => {
                let today = zone.local(ctx.now).date();
                Some(signed_day(&mut fields, input.signed_on.unwrap_or(today), today))
            }
            _ => {
                let wrong = !input.signed && input.signed_on.is_some();
                fields.ensure(!wrong, "signed_on", "not_signed", "goes only with a signed agreement");
                None
            }
        };
        // Company data is checked against the country, also when something else is wrong.
        let mut client = Client {
            id: ClientId::from_bits(0),
            legal_name,
            brand,
            country,
            level,
            zone: zone.unwrap_or(self.operator.zone),
            locale: locale.clone().unwrap_or_default(),
            currency: currency.unwrap_or(Currency::Inr),
            status: if input.signed { ClientStatus::Active } else { ClientStatus::Prospect },
            status_reason: None,
            status_at: ctx.now,
            signed_on,
            domain: None,
            gstin: None,
            pan: None,
            address: None,
            billing_mode: input.billing_mode.unwrap_or(BillingMode::Postpaid),
            free_interviews: input.free_interviews,
            logo_file_id: None,
            logo_type: None,
            account_manager_id: manager.unwrap_or(UserId::from_bits(0)),
            blocked_interviewers: BTreeSet::new(),
            candidate_may_reschedule: true,
            agencies_see_results: true,
            created_at: ctx.now,
            version: 0,
        };
        input.company.apply(&mut fields, &mut client);
        let prices_minor = fields.finish(prices)?;
        Ok(Checked { client, prices_minor, contacts, departments })
    }

    /// Adds the first users of a client with their invitations; of an active client the owner is welcomed, too.
    async fn add_first_users(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        client: &Client,
        contacts: &[(String, Email)],
    ) -> Result<(), Error> {
        let mut fields = Fields::new();
        for (i, (_, email)) in contacts.iter().enumerate() {
            let free = self.storage.user_by_email(&email.key()).await?.is_none();
            let field = format!("contacts[{i}].email");
            fields.ensure(free, &field, "email_taken", "a user with this address exists already");
        }
        fields.done()?;
        for (i, (name, email)) in contacts.iter().enumerate() {
            let user = User {
                id: self.ids.fresh(),
                client_id: Some(client.id),
                interviewer_id: None,
                agency_id: None,
                role: if i == 0 { Role::ClientOwner } else { Role::ClientAdmin },
                name: name.clone(),
                email: email.clone(),
                email_key: email.key(),
                password_hash: None,
                status: UserStatus::Active,
                zone: client.zone,
                locale: client.locale.clone(),
                assigned_jobs_only: false,
                created_at: ctx.now,
                version: 0,
            };
            self.add_user(ctx, changes, &user, Some(client)).await?;
            if i == 0 && client.status == ClientStatus::Active {
                self.welcome(ctx, changes, client.id, user.id);
            }
        }
        Ok(())
    }

    /// Tells an owner that the client can begin.
    pub(super) fn welcome(&self, ctx: &Ctx, changes: &mut Changes, client: ClientId, owner: UserId) {
        let mail = MailJob::about_user(MailKind::ClientWelcome, owner, Recipient::User(owner));
        changes.jobs.push(self.mail(ctx, Some(client), mail, "active"));
    }

    /// A department that is not stored yet.
    pub(super) fn new_department(&self, ctx: &Ctx, client: ClientId, name: &str) -> Department {
        Department {
            id: self.ids.fresh(),
            client_id: client,
            name: name.to_owned(),
            natural_key: Department::key(client, name),
            created_at: ctx.now,
            version: 0,
        }
    }
}

/// The day an agreement was signed: not in the future.
pub(super) fn signed_day(fields: &mut Fields, day: NaiveDate, today: NaiveDate) -> NaiveDate {
    fields.ensure(day <= today, "signed_on", "in_the_future", "must not be after today");
    day
}

fn first_contacts(fields: &mut Fields, contacts: &[FirstContact], required: bool) -> Vec<(String, Email)> {
    fields.ensure(!required || !contacts.is_empty(), "contacts", "required", "must name 1 to 3 people");
    fields.ensure(contacts.len() <= MAX_FIRST_CONTACTS, "contacts", "too_many", "must name at most 3 people");
    let (mut checked, mut keys) = (Vec::new(), BTreeSet::new());
    for (i, contact) in contacts.iter().enumerate().take(MAX_FIRST_CONTACTS) {
        let name = fields.line(&format!("contacts[{i}].name"), &contact.name, 1, 120);
        let field = format!("contacts[{i}].email");
        if let Some(email) = fields.email(&field, contact.email.trim()) {
            fields.ensure(keys.insert(email.key()), &field, "repeated", "is named twice");
            checked.push((name, email));
        }
    }
    checked
}

fn departments(fields: &mut Fields, names: &[String]) -> Vec<String> {
    fields.ensure(names.len() <= MAX_DEPARTMENTS, "departments", "too_many", "must name at most 100");
    let (mut checked, mut keys) = (Vec::new(), BTreeSet::new());
    for (i, name) in names.iter().enumerate().take(MAX_DEPARTMENTS) {
        let field = format!("departments[{i}]");
        let name = fields.line(&field, name, 1, 100);
        fields.ensure(keys.insert(super::fold(&name)), &field, "repeated", "is named twice");
        checked.push(name);
    }
    checked
}
