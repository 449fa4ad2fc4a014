//! Money in integer minor units (paise, cents), never a float.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A currency amounts are agreed in. All of them have two decimal places (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Currency {
    Inr,
    Usd,
    Eur,
    Gbp,
    Aed,
    Sgd,
}

impl Currency {
    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inr => "INR",
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Aed => "AED",
            Self::Sgd => "SGD",
        }
    }
}

impl std::str::FromStr for Currency {
    type Err = String;
    fn from_str(code: &str) -> Result<Self, String> {
        [Self::Inr, Self::Usd, Self::Eur, Self::Gbp, Self::Aed, Self::Sgd]
            .into_iter()
            .find(|c| c.code() == code)
            .ok_or_else(|| format!("unknown currency {code:?}; known are INR, USD, EUR, GBP, AED, SGD"))
    }
}

/// An amount. Negative amounts are counter-entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Paise, cents, …
    pub amount_minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// `major` whole units, for example `Money::major(2500, Inr)` is ₹ 2,500.
    pub const fn major(major: i64, currency: Currency) -> Self {
        Self { amount_minor: major * 100, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { amount_minor: 0, currency }
    }
}

/// `INR 2,500.00`; Indian grouping for INR (`INR 1,00,000.00`).
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        let minor = self.amount_minor.unsigned_abs();
        let digits = (minor / 100).to_string();
        let higher = if self.currency == Currency::Inr { 2 } else { 3 };
        let mut grouped = String::new();
        for (i, digit) in digits.chars().enumerate() {
            let left = digits.len() - i;
            if i > 0 && (left == 3 || left > 3 && (left - 3).is_multiple_of(higher)) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{} {sign}{grouped}.{:02}", self.currency.code(), minor % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_the_grouping_of_their_currency() {
        assert_eq!(Money::major(100_000, Currency::Inr).to_string(), "INR 1,00,000.00");
        assert_eq!(Money::major(12_345_678, Currency::Inr).to_string(), "INR 1,23,45,678.00");
        assert_eq!(Money::major(100_000, Currency::Usd).to_string(), "USD 100,000.00");
        assert_eq!(Money { amount_minor: -5, currency: Currency::Usd }.to_string(), "USD -0.05");
        assert_eq!(Money::major(800, Currency::Inr).to_string(), "INR 800.00");
    }
}
