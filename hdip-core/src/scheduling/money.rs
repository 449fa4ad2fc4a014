//! What an outcome costs: the charge and the earning, written in the outcome's commit (product §3
//! "Outcome money").

use super::*;
use crate::access::Scope;
use crate::clients::{Agreement, PayTable};
use crate::desk::{Grant, GrantKind, booking_key};
use crate::hiring::HiringError;
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, Page};
use crate::values::*;
use crate::{Error, Hdip};

/// What a change or an outcome would cost, as shown before somebody confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequence {
    /// Whether it counts as late: inside the pinned hours before the start, and confirmed.
    pub late: bool,
    /// What the client is charged, where the viewer may see amounts.
    pub charge: Option<Money>,
    /// What the interviewer earns, where the viewer may see it.
    pub earning: Option<Money>,
}

impl Hdip {
    /// The price of an interview on that day under the client's agreement in force.
    pub(crate) async fn price(
        &self,
        client: &crate::clients::Client,
        experience_months: u32,
        at: Timestamp,
    ) -> Result<Money, Error> {
        let day = client.zone.local(at).date();
        let agreements: Vec<Agreement> = self.storage.agreements(client.id).await?;
        agreements
            .iter()
            .find(|agreement| agreement.effective_from <= day)
            .map(|agreement| agreement.price(experience_months))
            .ok_or_else(|| HiringError::NoAgreement.into())
    }

    /// The pay table in force on that day. Without one nobody could be told what an interview pays.
    pub(crate) async fn pay_table(
        &self,
        currency: Currency,
        at: Timestamp,
    ) -> Result<Option<PayTable>, Error> {
        Ok(self.storage.pay_table_on(currency, at.date_naive()).await?)
    }

    /// Adds the charge and the earning of an outcome to its commit. Unique per (interview, kind): whatever
    /// is retried, an outcome is booked once. `pay` is what the accepted invitation promised. A completed
    /// interview uses up a free one, if the client has one: the charge is 0 and names it, the interviewer is paid.
    pub(crate) async fn book_outcome(
        &self,
        changes: &mut Changes,
        interview: &Interview,
        kind: OutcomeKind,
        pay: Option<(InterviewerId, Money)>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut amount = match kind {
            OutcomeKind::Completed => interview.pins.price,
            OutcomeKind::LateChange | OutcomeKind::CandidateNoShow => interview.pins.late_fee,
        };
        let free = match kind {
            OutcomeKind::Completed => self.free_interview(interview).await?,
            _ => None,
        };
        if let Some(grant) = &free {
            // At the version read: of two that would use the last one, the other looks again.
            changes.update(grant);
            amount = Money::zero(amount.currency);
        }
        let charges = self.charges_of(interview.id).await?;
        changes.insert(&Charge {
            id: self.ids.fresh(),
            client_id: interview.client_id,
            interview_id: interview.id,
            kind,
            natural_key: booking_key(&charges, interview.id, kind),
            amount,
            policy: interview.pins.client_policy.or(interview.pins.policy),
            outcome_at: now,
            grant_id: free.map(|grant| grant.id),
            counters_id: None,
            cause: None,
            version: 0,
        });
        if let Some((interviewer, pay)) = pay {
            let amount = match kind {
                OutcomeKind::Completed => pay,
                OutcomeKind::LateChange | OutcomeKind::CandidateNoShow => {
                    self.late_pay(pay.currency, interview.start).await?
                }
            };
            let earnings = self.earnings_of(interview.id).await?;
            changes.insert(&Earning {
                id: self.ids.fresh(),
                client_id: interview.client_id,
                interviewer_id: interviewer,
                interview_id: interview.id,
                kind,
                natural_key: booking_key(&earnings, interview.id, kind),
                amount,
                policy: interview.pins.client_policy.or(interview.pins.policy),
                outcome_at: now,
                counters_id: None,
                cause: None,
                version: 0,
            });
        }
        Ok(())
    }

    /// Everything charged for an interview, counter-entries included.
    pub(crate) async fn charges_of(&self, id: InterviewId) -> Result<Vec<Charge>, Error> {
        Ok(self.storage.charges(&Scope::Operator, Some(id), &Page::first(Page::MAX)).await?)
    }

    /// Everything earned with an interview, counter-entries included.
    pub(crate) async fn earnings_of(&self, id: InterviewId) -> Result<Vec<Earning>, Error> {
        Ok(self.storage.earnings(None, Some(id), &Page::first(Page::MAX)).await?)
    }

    /// The grant a completed interview uses, with one more used: the first to expire, then the oldest.
    async fn free_interview(&self, interview: &Interview) -> Result<Option<Grant>, Error> {
        let grants = self
            .storage
            .usable_grants(interview.client_id, GrantKind::FreeInterviews, interview.start)
            .await?;
        Ok(grants.into_iter().next().map(|grant| Grant { used: grant.used + 1, ..grant }))
    }

    /// What an interviewer earns when the other side changes late or stays away.
    pub(crate) async fn late_pay(&self, currency: Currency, at: Timestamp) -> Result<Money, Error> {
        let table = self.pay_table(currency, at).await?;
        Ok(table.map_or(Money::zero(currency), |table| Money { amount_minor: table.late_minor, currency }))
    }

    /// The interviewer of a confirmed interview and what its accepted invitation promised.
    pub(crate) async fn promised_pay(
        &self,
        interview: &Interview,
    ) -> Result<Option<(Invitation, Money)>, Error> {
        let Some(interviewer) = interview.interviewer_id else { return Ok(None) };
        let invitations = self.storage.invitations(interview.id).await?;
        Ok(invitations
            .into_iter()
            .find(|invitation| invitation.interviewer_id == interviewer)
            .map(|invitation| (invitation.clone(), invitation.pay)))
    }
}
