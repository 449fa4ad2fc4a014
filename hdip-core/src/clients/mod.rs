//! Clients, their prices, and what interviewers are paid.
//!
//! A client is made with its agreement in one action (`use_cases`). Policy, prices and pay are versions with
//! effective dates (`terms`); an interview keeps those it was requested under. Amounts reach only the
//! operator, the client's owner and keys with `billing:read`.

mod error;
mod model;
mod terms;
mod use_cases;

pub use error::ClientError;
pub use model::*;
pub use terms::{PolicyView, SetPayTable, SetPrices};
pub use use_cases::{ClientView, CreateClient, UpdateClient};
