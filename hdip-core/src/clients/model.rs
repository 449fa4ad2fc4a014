//! Clients and what they agreed to pay.

use crate::ports::storage::entity;
use crate::values::*;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a client may do (product §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// Agreement not signed yet.
    Prospect,
    /// Takes part.
    Active,
    /// No new requests; confirmed interviews run.
    Suspended,
    /// Over.
    Archived,
}

impl ClientStatus {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Archived => "archived",
        }
    }
}

/// A company that hands over candidates; the tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Name on contracts.
    pub legal_name: String,
    /// Name people know; candidates and mails see this one.
    pub brand: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// 1 to 3; which interviewers it gets.
    pub level: u8,
    /// Zone of its days and months.
    pub zone: Zone,
    /// Language.
    pub locale: Locale,
    /// Currency of its agreement.
    pub currency: Currency,
    /// What it may do.
    pub status: ClientStatus,
    /// The operator's person for it; hears of everything.
    pub account_manager_id: UserId,
    /// Interviewers it does not want.
    pub blocked_interviewers: BTreeSet<InterviewerId>,
    /// Whether candidates may move their own interview.
    pub candidate_may_reschedule: bool,
    /// Whether agencies see the results of their own candidates.
    pub agencies_see_results: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Client, Clients, "client", found by crate::search::of_client);

/// Upper ends, in months and inclusive, of the first four experience bands of client prices: exactly
/// N years 0 months belongs to the lower band (product §2). The fifth is open.
pub const CLIENT_BANDS: [u32; 4] = [48, 72, 96, 120];
/// Upper ends, in months and inclusive, of the first three bands of interviewer pay. The fourth is open.
pub const PAY_BANDS: [u32; 3] = [48, 84, 120];

fn band(ends: &[u32], months: u32) -> usize {
    ends.iter().position(|end| months <= *end).unwrap_or(ends.len())
}

/// Prices of a client by candidate experience, from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// Whose.
    pub client_id: ClientId,
    /// Currency of the prices.
    pub currency: Currency,
    /// Minor units for 0–4, 4–6, 6–8, 8–10, 10+ years.
    pub prices_minor: [i64; 5],
    /// First day, in the client's zone; the latest one that has begun is in force.
    pub effective_from: NaiveDate,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Agreement, Agreements, "agreement");

impl Agreement {
    /// Price of one interview of a candidate with that experience.
    pub fn price(&self, experience_months: u32) -> Money {
        Money {
            amount_minor: self.prices_minor[band(&CLIENT_BANDS, experience_months)],
            currency: self.currency,
        }
    }
}

/// Interviewer pay by candidate experience in one currency, from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PayTable {
    /// Its id.
    pub id: PayTableId,
    /// Currency of the pay.
    pub currency: Currency,
    /// Minor units for 0–4, 4–7, 7–10, 10+ years.
    pub pay_minor: [i64; 4],
    /// What an interviewer earns when the client or candidate changes late or the candidate stays away.
    pub late_minor: i64,
    /// First day (UTC); the latest one that has begun is in force.
    pub effective_from: NaiveDate,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(PayTable, PayTables, "pay table");

impl PayTable {
    /// Pay for one interview of a candidate with that experience.
    pub fn pay(&self, experience_months: u32) -> Money {
        Money { amount_minor: self.pay_minor[band(&PAY_BANDS, experience_months)], currency: self.currency }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_n_years_belongs_to_the_lower_band() {
        let at = |months| band(&CLIENT_BANDS, months);
        assert_eq!([0, 48, 49, 72, 73, 96, 97, 120, 121, 600].map(at), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        let at = |months| band(&PAY_BANDS, months);
        assert_eq!([48, 49, 84, 85, 120, 121].map(at), [0, 1, 1, 2, 2, 3]);
    }
}
