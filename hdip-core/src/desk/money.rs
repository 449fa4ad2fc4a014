//! Fees waived, free interviews and credits granted.

use super::rules::{LedgerLine, standing};
use super::{DeskError, Grant, GrantKind, desk_reason};
use crate::clients::Client;
use crate::hdip::Decision;
use crate::notifications::{MailJob, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::{Charge, CounterCause, Interview};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Free interviews or credits to give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GiveGrant {
    /// What.
    pub kind: GrantKind,
    /// How many: 1 to 1,000 free interviews, 1 to 1,000,000 credits.
    pub amount: u32,
    /// Good until then, exclusive.
    pub expires_at: Option<Timestamp>,
    /// Why; 3 to 500 characters.
    pub reason: String,
}

impl Hdip {
    /// Takes a charge, or part of it, off: a counter-entry beside it. Once per charge. The interviewer's pay is
    /// not touched.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but platform admins; [`Error::NotFound`]; [`Error::Invalid`] for an amount
    /// that is not within what is left, and for the reason; [`DeskError::NothingToWaive`],
    /// [`DeskError::AlreadyWaived`].
    pub async fn waive_charge(
        &self,
        ctx: &Ctx,
        id: ChargeId,
        amount_minor: Option<i64>,
        reason: &str,
    ) -> Result<Done<ChargeId>, Error> {
        ctx.actor.need_admin()?;
        let reason = &desk_reason(reason)?;
        self.decide(ctx, "waive_charge", &(id, amount_minor, reason), || async move {
            let charge: Charge = self.storage.get(id).await?;
            let interview: Interview = self.storage.get(charge.interview_id).await?;
            let lines = self.charges_of(interview.id).await?;
            let waived =
                |line: &Charge| line.counters_id == Some(id) && line.cause == Some(CounterCause::Waiver);
            if lines.iter().any(waived) {
                return Err(DeskError::AlreadyWaived.into());
            }
            let standing = standing(&lines);
            let left = standing.iter().find(|(line, _)| line.id == id).map_or(0, |(_, left)| *left);
            if left <= 0 {
                return Err(DeskError::NothingToWaive.into());
            }
            let mut fields = Fields::new();
            let minor = fields.range("amount_minor", amount_minor.unwrap_or(left), 1, left);
            fields.done()?;
            let counter = charge.counter(self.ids.fresh(), ctx.now, -minor, CounterCause::Waiver, None);
            let mut changes = Changes::new();
            // The interview is the owner row of its money.
            changes.update(&interview).insert(&counter);
            for owner in self.owners(interview.client_id).await? {
                let mail = MailJob::fee_waived(interview.id, counter.id, Recipient::User(owner.id));
                changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &counter.id.to_string()));
            }
            let mut audit = self.audit(ctx, "desk.waive_charge", interview.id, Some(interview.client_id));
            audit.reason = Some(reason.clone());
            audit.changes = json!({"charge_id": id, "counter_charge_id": counter.id});
            changes.audit.push(audit);
            Ok(Decision { changes, output: counter.id })
        })
        .await
    }

    /// Gives a client free interviews or credits. Completed interviews use the free ones first, before any money.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but platform admins; [`Error::NotFound`]; [`Error::Invalid`] naming the fields.
    pub async fn give_grant(
        &self,
        ctx: &Ctx,
        client: ClientId,
        input: GiveGrant,
    ) -> Result<Done<GrantId>, Error> {
        ctx.actor.need_admin()?;
        let reason = &desk_reason(&input.reason)?;
        let mut fields = Fields::new();
        let most = match input.kind {
            GrantKind::FreeInterviews => 1_000,
            GrantKind::Credits => 1_000_000,
        };
        fields.range("amount", input.amount, 1, most);
        let later = input.expires_at.is_none_or(|until| until > ctx.now);
        fields.ensure(later, "expires_at", "in_the_past", "must lie in the future");
        fields.done()?;
        let input = &input;
        self.decide(ctx, "give_grant", &(client, input), || async move {
            let client: Client = self.storage.get(client).await?;
            let grant = Grant {
                id: self.ids.fresh(),
                client_id: client.id,
                kind: input.kind,
                amount: input.amount,
                used: 0,
                expires_at: input.expires_at,
                reason: reason.clone(),
                granted_by: ctx.actor.label(),
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&grant);
            for owner in self.owners(client.id).await? {
                let mail = MailJob::grant_received(grant.id, Recipient::User(owner.id));
                changes.jobs.push(self.mail(ctx, Some(client.id), mail, &grant.id.to_string()));
            }
            let mut audit = self.audit(ctx, "desk.give_grant", client.id, Some(client.id));
            audit.reason = Some(reason.clone());
            audit.changes = json!({"grant_id": grant.id, "kind": grant.kind, "amount": grant.amount});
            changes.audit.push(audit);
            let data = json!({"grant_id": grant.id, "kind": grant.kind, "amount": grant.amount});
            changes.events.push(self.event(
                ctx,
                Stream::Client(client.id),
                "billing.granted",
                grant.id,
                data,
            ));
            Ok(Decision { changes, output: grant.id })
        })
        .await
    }

    /// What a client was given, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for those who see no amounts; [`Error::NotFound`] for another client.
    pub async fn grants(&self, ctx: &Ctx, client: ClientId, page: &Page) -> Result<Paged<Grant>, Error> {
        let scope = ctx.actor.client_scope(crate::access::KeyScope::BillingRead)?;
        if scope.client().is_some_and(|own| own != client) {
            return Err(Error::NotFound(Client::NAME));
        }
        if !ctx.actor.sees_amounts() {
            return Err(Error::Forbidden);
        }
        self.storage.get::<Client>(client).await?;
        let rows = self.storage.grants(client, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |grant| grant.id.to_string()))
    }
}
