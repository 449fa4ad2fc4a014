//! The terms in force: policy versions, prices, pay tables. Each is a new version with a day or an instant
//! from which it holds; what was requested under an older one keeps it.

use super::use_cases::{check_prices, own_client};
use super::{Agreement, Client, PayTable};
use crate::hdip::Decision;
use crate::policy::{Policy, PolicyVersion, merge};
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};

/// The member of the policy that holds amounts.
const AMOUNTS: [&str; 2] = ["late_fee_minor", DEDUCTIONS];
/// Between the operator and interviewers: no client sees it.
const DEDUCTIONS: &str = "feedback_deductions";

/// The policy in force as someone may see it.
#[derive(Debug, Clone)]
pub struct PolicyView {
    /// Every field of [`Policy`]; without amounts for those who do not see them.
    pub in_force: Value,
    /// What differs from the level above: a client's from the operator's, the operator's from the defaults.
    pub overrides: Value,
    /// Since when, where there are overrides.
    pub effective_from: Option<Timestamp>,
}

/// Prices of a client from a day on.
#[derive(Debug, Clone, Serialize)]
pub struct SetPrices {
    /// Minor units for 0–4, 4–6, 6–8, 8–10, 10+ years, in the client's currency.
    pub prices_minor: [i64; 5],
    /// First day, in the client's zone; today or later.
    pub effective_from: NaiveDate,
}

/// Interviewer pay in a currency from a day on.
#[derive(Debug, Clone, Serialize)]
pub struct SetPayTable {
    /// Currency.
    pub currency: Currency,
    /// Minor units for 0–4, 4–7, 7–10, 10+ years.
    pub pay_minor: [i64; 4],
    /// What an interviewer earns from a late change or a candidate's no-show.
    pub late_minor: i64,
    /// First day (UTC); today or later.
    pub effective_from: NaiveDate,
}

impl Hdip {
    /// Changes the policy of a client, or (none) the operator's: a JSON merge patch (RFC 7396) over what is
    /// set at that level; `null` takes a setting back. In force at once for what is requested from now on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff, and about amounts for moderators;
    /// [`Error::NotFound`]; [`Error::Invalid`] naming the fields of the policy.
    pub async fn set_policy(
        &self,
        ctx: &Ctx,
        client: Option<ClientId>,
        patch: Value,
    ) -> Result<Done<PolicyId>, Error> {
        ctx.actor.need_operator()?;
        if !patch.is_object() {
            return Err(Error::field("", "invalid_type", "must be a JSON object with policy fields"));
        }
        if AMOUNTS.iter().any(|name| patch.get(name).is_some()) {
            ctx.actor.need_admin()?;
        }
        let patch = &patch;
        self.decide(ctx, "set_policy", &(client, patch), || async move {
            if let Some(id) = client {
                self.storage.get::<Client>(id).await?;
            }
            let mut changes = Changes::new();
            // The newest there is, even if another writer's clock runs ahead.
            let before = self.storage.policy_at(client, ctx.now + days(366)).await?;
            let mut document = before.as_ref().map_or_else(|| json!({}), |version| version.document.clone());
            merge(&mut document, patch);
            let operators = match client {
                Some(_) => self.storage.policy_at(None, ctx.now).await?,
                None => None,
            };
            Policy::merged(operators.iter().map(|version| &version.document).chain([&document]))?;
            let number = before.as_ref().map_or(1, |before| before.number + 1);
            let level = client.map_or_else(|| "operator".to_owned(), |client| client.to_string());
            let after = before.as_ref().map(|before| before.effective_from + Duration::microseconds(1));
            let version = PolicyVersion {
                id: self.ids.fresh(),
                client_id: client,
                number,
                natural_key: format!("{level}:{number}"),
                document,
                effective_from: after.map_or(ctx.now, |after| after.max(ctx.now)),
                created_at: ctx.now,
                version: 0,
            };
            changes.insert(&version);
            let mut entry = self.audit(ctx, "policy.set", version.id, client);
            let fields: Vec<_> = patch.as_object().into_iter().flatten().map(|(name, _)| name).collect();
            entry.changes = json!({ "fields": fields });
            changes.audit.push(entry);
            let stream = client.map_or(Stream::Operator, Stream::Client);
            let data = json!({ "fields": fields });
            changes.events.push(self.event(ctx, stream, "policy.changed", version.id, data));
            Ok(Decision { changes, output: version.id })
        })
        .await
    }

    /// The policy in force for a client, or (none) the operator's.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another client; [`Error::Forbidden`] for interviewers, agencies, links, and for
    /// the operator's policy when a client's people ask.
    pub async fn policy(&self, ctx: &Ctx, client: Option<ClientId>) -> Result<PolicyView, Error> {
        match (own_client(&ctx.actor)?, client) {
            (Some(_), None) => return Err(Error::Forbidden),
            (Some(own), Some(id)) if id != own => return Err(Error::NotFound("client")),
            (_, Some(id)) => drop(self.storage.get::<Client>(id).await?),
            _ => {}
        }
        let (policy, ..) = self.policy_for(client, ctx.now).await?;
        let own = self.storage.policy_at(client, ctx.now).await?;
        let mut in_force = serde_json::to_value(&policy).unwrap_or_default();
        let mut overrides = own.as_ref().map_or_else(|| json!({}), |version| version.document.clone());
        let hidden = match (ctx.actor.is_operator(), ctx.actor.sees_amounts()) {
            (true, _) => &[][..],
            (false, true) => &[DEDUCTIONS],
            (false, false) => &AMOUNTS,
        };
        for document in [&mut in_force, &mut overrides] {
            for name in hidden {
                document.as_object_mut().map(|fields| fields.remove(*name));
            }
        }
        Ok(PolicyView { in_force, overrides, effective_from: own.map(|version| version.effective_from) })
    }

    /// Sets the prices of a client from a day on. Interviews requested before keep theirs.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but platform admins; [`Error::NotFound`]; [`Error::Invalid`].
    pub async fn set_prices(
        &self,
        ctx: &Ctx,
        id: ClientId,
        input: SetPrices,
    ) -> Result<Done<AgreementId>, Error> {
        ctx.actor.need_admin()?;
        let input = &input;
        self.decide(ctx, "set_prices", &(id, input), || async move {
            let client: Client = self.storage.get(id).await?;
            let mut fields = Fields::new();
            check_prices(&mut fields, "prices_minor", &input.prices_minor);
            not_past(&mut fields, input.effective_from, client.zone.local(ctx.now).date());
            fields.done()?;
            let agreement = Agreement {
                id: self.ids.fresh(),
                client_id: id,
                currency: client.currency,
                prices_minor: input.prices_minor,
                effective_from: input.effective_from,
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&agreement);
            changes.audit.push(self.audit(ctx, "agreement.set", agreement.id, Some(id)));
            // Amounts travel in billing events only.
            let data = json!({ "effective_from": agreement.effective_from });
            changes.events.push(self.event(ctx, Stream::Client(id), "agreement.changed", agreement.id, data));
            Ok(Decision { changes, output: agreement.id })
        })
        .await
    }

    /// Sets what interviewers are paid in a currency from a day on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but platform admins; [`Error::Invalid`].
    pub async fn set_pay_table(&self, ctx: &Ctx, input: SetPayTable) -> Result<Done<PayTableId>, Error> {
        ctx.actor.need_admin()?;
        let mut fields = Fields::new();
        check_prices(&mut fields, "pay_minor", &input.pay_minor);
        check_prices(&mut fields, "late_minor", &[input.late_minor]);
        not_past(&mut fields, input.effective_from, ctx.now.date_naive());
        fields.done()?;
        let input = &input;
        self.decide(ctx, "set_pay_table", input, || async move {
            let table = PayTable {
                id: self.ids.fresh(),
                currency: input.currency,
                pay_minor: input.pay_minor,
                late_minor: input.late_minor,
                effective_from: input.effective_from,
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&table);
            changes.audit.push(self.audit(ctx, "pay_table.set", table.id, None));
            let data = json!({ "currency": table.currency, "effective_from": table.effective_from });
            changes.events.push(self.event(ctx, Stream::Operator, "pay_table.changed", table.id, data));
            Ok(Decision { changes, output: table.id })
        })
        .await
    }

    /// What interviewers are paid in a currency on a day; today if none is given.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::NotFound`] if nothing was set.
    pub async fn pay_table_on(
        &self,
        ctx: &Ctx,
        currency: Currency,
        day: Option<NaiveDate>,
    ) -> Result<PayTable, Error> {
        ctx.actor.need_operator()?;
        let day = day.unwrap_or_else(|| ctx.now.date_naive());
        self.storage.pay_table_on(currency, day).await?.ok_or(Error::NotFound("pay table"))
    }
}

fn not_past(fields: &mut Fields, day: NaiveDate, today: NaiveDate) {
    fields.ensure(day >= today, "effective_from", "in_the_past", "must not be before today");
}
