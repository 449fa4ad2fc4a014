//! What is said to take a client on; the route is in `clients`.

use super::clients::{BillingMode, RegisteredAddress};
use chrono::NaiveDate;
use hdip_core::clients as domain;
use hdip_core::values::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

/// One of the first users of a client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstContact {
    /// Name.
    #[schema(example = "Olivia Owner", max_length = 120)]
    pub name: String,
    /// E-mail address; unique over all users.
    #[schema(example = "olivia@acme.example")]
    pub email: String,
}

/// A client to make, with its first users and its agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// Name on contracts.
    #[schema(example = "Acme Private Limited")]
    pub legal_name: String,
    /// Name people know.
    #[schema(example = "Acme")]
    pub brand: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub country: String,
    /// 1 to 3; which interviewers it gets.
    #[schema(example = 2, minimum = 1, maximum = 3)]
    pub level: u8,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag; the operator's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// ISO 4217: INR, USD, EUR, GBP, AED or SGD.
    #[schema(example = "INR")]
    pub currency: String,
    /// The operator's person for it; the caller if not said.
    #[schema(value_type = Option<String>, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub account_manager_id: Option<UserId>,
    /// Minor units for 0–4, 4–6, 6–8, 8–10, 10+ years. INR and USD have defaults.
    #[schema(value_type = Option<Vec<i64>>, example = json!([250_000, 300_000, 320_000, 360_000, 450_000]))]
    pub prices_minor: Option<[i64; 5]>,
    /// The agreement is signed: active at once. False makes a prospect.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub signed: bool,
    /// The day it was signed; today if not said.
    pub signed_on: Option<NaiveDate>,
    /// 1 to 3 people who are invited by mail: the first becomes owner, the others admins.
    #[schema(min_items = 1, max_items = 3)]
    pub contacts: Vec<FirstContact>,
    /// How it pays; by invoice if not said.
    pub billing_mode: Option<BillingMode>,
    /// Interviews for nothing.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000, default = 0)]
    pub free_interviews: u32,
    /// Domain, without `https://`.
    #[schema(example = "acme.example")]
    pub domain: Option<String>,
    /// GST identification number of a client in India; needs an address in its state.
    #[schema(example = "29AAGCB7383J1Z4")]
    pub gstin: Option<String>,
    /// Permanent account number; the one in the GSTIN.
    #[schema(example = "AAGCB7383J")]
    pub pan: Option<String>,
    /// Where it is registered.
    pub address: Option<RegisteredAddress>,
    /// Names of its departments, at most 100.
    #[serde(default)]
    #[schema(example = json!(["Data Platform", "Mobile"]))]
    pub departments: Vec<String>,
}

fn yes() -> bool {
    true
}

impl From<NewClient> for domain::CreateClient {
    fn from(input: NewClient) -> Self {
        Self {
            legal_name: input.legal_name,
            brand: input.brand,
            country: input.country,
            level: input.level,
            zone: input.zone,
            locale: input.locale,
            currency: input.currency,
            account_manager_id: input.account_manager_id,
            prices_minor: input.prices_minor,
            signed: input.signed,
            signed_on: input.signed_on,
            contacts: input
                .contacts
                .into_iter()
                .map(|contact| domain::FirstContact { name: contact.name, email: contact.email })
                .collect(),
            billing_mode: input.billing_mode.map(Into::into),
            free_interviews: input.free_interviews,
            company: domain::CompanyInput {
                domain: Some(input.domain),
                gstin: Some(input.gstin),
                pan: Some(input.pan),
                address: Some(input.address.map(Into::into)),
            },
            departments: input.departments,
        }
    }
}
