//! Clients and what they agreed to pay.

use super::ClientError;
use crate::hiring::HiringError;
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
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Prospect, Self::Active, Self::Suspended, Self::Archived];

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

impl ClientStatus {
    /// Whether the ladder has this step.
    pub const fn may_become(self, to: Self) -> bool {
        use ClientStatus::*;
        matches!(
            (self, to),
            (Prospect, Active | Archived) | (Active, Suspended | Archived) | (Suspended, Active | Archived)
        )
    }

    /// Whether candidates may be submitted and interviews requested.
    pub const fn takes_requests(self) -> bool {
        matches!(self, Self::Active)
    }
}

/// How a client pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingMode {
    /// By a monthly invoice.
    Postpaid,
    /// By credits bought before.
    PrepaidCredits,
}

impl BillingMode {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postpaid => "postpaid",
            Self::PrepaidCredits => "prepaid_credits",
        }
    }
}

/// Where a client is registered. The country is the client's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredAddress {
    /// House and street.
    pub line1: String,
    /// What did not fit.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State or region; of India the name in [`INDIAN_STATES`](crate::values::india::INDIAN_STATES).
    pub state: Option<String>,
    /// Postal code; of India six digits.
    pub postal_code: Option<String>,
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
    /// Why it has this status, where it was said.
    pub status_reason: Option<String>,
    /// Since when.
    pub status_at: Timestamp,
    /// The day its agreement was signed; none for a prospect.
    pub signed_on: Option<NaiveDate>,
    /// Domain of its mail addresses and web site.
    pub domain: Option<String>,
    /// GST identification number, checked.
    pub gstin: Option<String>,
    /// Permanent account number.
    pub pan: Option<String>,
    /// Where it is registered.
    pub address: Option<RegisteredAddress>,
    /// How it pays.
    pub billing_mode: BillingMode,
    /// Interviews it got for nothing when it joined.
    pub free_interviews: u32,
    /// Its logo.
    pub logo_file_id: Option<FileId>,
    /// What the logo is.
    pub logo_type: Option<ImageType>,
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

impl Client {
    /// Refuses what is not to be begun any more with an archived client.
    pub(crate) fn refuse_archived(&self) -> Result<(), ClientError> {
        if self.status == ClientStatus::Archived { Err(ClientError::Archived) } else { Ok(()) }
    }

    /// Refuses what asks for interviews, unless the client is active.
    pub(crate) fn refuse_requests(&self) -> Result<(), HiringError> {
        if self.status.takes_requests() { Ok(()) } else { Err(HiringError::ClientNotActive) }
    }
}

/// A person at a client whom the operator may write to or call; signs in nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientContact {
    /// Its id.
    pub id: ClientContactId,
    /// At which client.
    pub client_id: ClientId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<Email>,
    /// Phone.
    pub phone: Option<Phone>,
    /// What the person does there, for example `accounts payable`.
    pub designation: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(ClientContact, ClientContacts, "contact");

/// A department of a client, which its jobs name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// Whose.
    pub client_id: ClientId,
    /// Name, as first written.
    pub name: String,
    /// `client:name`, the name folded; unique.
    pub natural_key: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Department, Departments, "department");

impl Department {
    /// The key of the one department of a client with that name: without case, and with single spaces.
    pub fn key(client: ClientId, name: &str) -> String {
        format!("{client}:{}", fold(name))
    }
}

/// A name in the form it is compared in.
pub(crate) fn fold(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

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
    fn departments_are_one_whatever_their_case_and_spaces() {
        let client = ClientId::from_bits(1);
        assert_eq!(Department::key(client, " Data  Platform "), Department::key(client, "data platform"));
        assert_eq!(Department::key(client, "BÜRO"), Department::key(client, "Büro"));
        assert_ne!(Department::key(client, "Data"), Department::key(ClientId::from_bits(2), "Data"));
    }

    #[test]
    fn exactly_n_years_belongs_to_the_lower_band() {
        let at = |months| band(&CLIENT_BANDS, months);
        assert_eq!([0, 48, 49, 72, 73, 96, 97, 120, 121, 600].map(at), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        let at = |months| band(&PAY_BANDS, months);
        assert_eq!([48, 49, 84, 85, 120, 121].map(at), [0, 1, 1, 2, 2, 3]);
    }
}
