//! Amounts in answers.

use hdip_core::values::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount of money in whole minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Amount {
    /// Paise, cents, …
    #[schema(example = 250000)]
    pub amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount_minor: money.amount_minor, currency: money.currency.code().to_owned() }
    }
}
