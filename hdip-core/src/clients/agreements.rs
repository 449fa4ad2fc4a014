//! The agreements of a client, past, present and to come. They are added (`terms`), never changed: an interview
//! has the price of its own day under the agreements there were when it was requested.

use super::use_cases::own_client;
use super::{Agreement, Client};
use crate::ports::storage::RecordsExt;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// How an agreement stands to today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgreementStanding {
    /// Its first day is yet to come.
    Future,
    /// It is the price of interviews today.
    InForce,
    /// A later one has begun.
    Past,
    /// A newer one has the same first day; it is the price of no day.
    Replaced,
}

impl AgreementStanding {
    /// As sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::InForce => "in_force",
            Self::Past => "past",
            Self::Replaced => "replaced",
        }
    }
}

/// An agreement and how it stands to today.
#[derive(Debug, Clone, PartialEq)]
pub struct AgreementView {
    /// The agreement.
    pub agreement: Agreement,
    /// How it stands to today, in the client's zone.
    pub standing: AgreementStanding,
}

/// The standing of each; latest first day first, of one day the newest first.
fn standings(agreements: Vec<Agreement>, today: NaiveDate) -> Vec<AgreementView> {
    let (mut days, mut in_force) = (BTreeSet::new(), false);
    agreements
        .into_iter()
        .map(|agreement| {
            let standing = match (days.insert(agreement.effective_from), agreement.effective_from > today) {
                (false, _) => AgreementStanding::Replaced,
                (true, true) => AgreementStanding::Future,
                (true, false) if in_force => AgreementStanding::Past,
                (true, false) => {
                    in_force = true;
                    AgreementStanding::InForce
                }
            };
            AgreementView { agreement, standing }
        })
        .collect()
}

impl Hdip {
    /// The agreements of a client, latest first day first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another client; [`Error::Forbidden`] for those who see no amounts.
    pub async fn agreements(&self, ctx: &Ctx, id: ClientId) -> Result<Vec<AgreementView>, Error> {
        if own_client(&ctx.actor)?.is_some_and(|own| own != id) {
            return Err(Error::NotFound("client"));
        }
        if !ctx.actor.sees_amounts() {
            return Err(Error::Forbidden);
        }
        let client: Client = self.storage.get(id).await?;
        let today = client.zone.local(ctx.now).date();
        Ok(standings(self.storage.agreements(id).await?, today))
    }
}
