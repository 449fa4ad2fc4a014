//! Clients, their prices, and what interviewers are paid.
//!
//! A client is made with its users and its agreement in one action (`onboarding`), goes along a ladder of
//! statuses (`status`), and always has an active account manager (`account_manager`). Policy, prices and pay are
//! versions with effective dates (`terms`, `agreements`); an interview keeps those it was requested under. Amounts
//! reach only the operator, the client's owner and keys with `billing:read`. Around it: company data (`company`,
//! `values::india`), people who sign in nowhere (`contacts`), departments of its jobs, its logo.

mod account_manager;
mod agreements;
mod company;
mod contacts;
mod departments;
mod error;
mod logo;
mod model;
mod onboarding;
mod status;
mod terms;
mod use_cases;

pub use account_manager::ReassignClients;
pub use agreements::{AgreementStanding, AgreementView};
pub use company::{AddressInput, CompanyInput};
pub use contacts::{ContactInput, UpdateContact};
pub use error::ClientError;
pub use logo::MAX_LOGO_BYTES;
pub use model::*;
pub use onboarding::{CreateClient, FirstContact, MAX_DEPARTMENTS, MAX_FIRST_CONTACTS};
pub use status::{ChangeClientStatus, ClientStatusChanged};
pub use terms::{PolicyView, SetPayTable, SetPrices};
pub use use_cases::{ClientView, UpdateClient};
