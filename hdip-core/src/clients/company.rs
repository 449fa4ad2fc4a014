//! What is on record about a client as a company: address, tax numbers, domain. Checked together, because they
//! must agree.

use super::{Client, RegisteredAddress};
use crate::values::india::{Gstin, Pan, indian_state};
use crate::values::*;
use serde::Serialize;

/// A registered address as typed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AddressInput {
    /// House and street, 1 to 200 characters.
    pub line1: String,
    /// What did not fit, at most 200 characters.
    pub line2: Option<String>,
    /// City, 1 to 100 characters.
    pub city: String,
    /// State or region, at most 100 characters. In India required: name, letters or GST code of a state.
    pub state: Option<String>,
    /// Postal code, at most 20 characters; in India six digits.
    pub postal_code: Option<String>,
}

/// What is said about the company; the outer `None` leaves as it is, the inner one empties.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CompanyInput {
    /// Domain, for example `acme.example`.
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub domain: Option<Option<String>>,
    /// GST identification number; of clients in India.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gstin: Option<Option<String>>,
    /// Permanent account number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pan: Option<Option<String>>,
    /// Registered address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Option<AddressInput>>,
}

impl CompanyInput {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts what is said into `client`, naming what is wrong in itself or does not agree with the rest.
    pub(super) fn apply(&self, fields: &mut Fields, client: &mut Client) {
        let in_india = client.country == "IN";
        if let Some(domain) = &self.domain {
            client.domain = said(domain).and_then(|text| self::domain(fields, text));
        }
        if let Some(address) = &self.address {
            client.address = address.as_ref().map(|address| address.parse(fields, in_india));
        }
        if let Some(number) = &self.pan {
            let pan = said(number).and_then(|text| fields.parse::<Pan>("pan", "invalid_pan", text));
            client.pan = pan.map(String::from);
        }
        let mut state = None;
        if let Some(number) = &self.gstin {
            let gstin = said(number).and_then(|text| fields.parse::<Gstin>("gstin", "invalid_gstin", text));
            client.gstin = gstin.map(String::from);
        }
        if let Some(gstin) = client.gstin.as_deref().and_then(|text| text.parse::<Gstin>().ok()) {
            fields.ensure(in_india, "gstin", "not_for_country", "only clients in India have a GSTIN");
            state = Some(gstin.state());
            let own = client.pan.as_deref().is_none_or(|pan| pan == gstin.pan().as_str());
            fields.ensure(own, "pan", "not_of_gstin", "is not the PAN within the GSTIN");
        }
        match (state, &client.address) {
            (Some(_), None) => {
                fields.wrong("address", "required", "is needed with a GSTIN: its state decides the tax")
            }
            (Some(state), Some(address)) => {
                let same = address.state.as_deref().is_none_or(|other| other == state);
                let message = format!("does not agree with the GSTIN, which is of {state}");
                fields.ensure(same, "address.state", "not_of_gstin", message);
            }
            _ => {}
        }
    }
}

impl AddressInput {
    fn parse(&self, fields: &mut Fields, in_india: bool) -> RegisteredAddress {
        let line1 = fields.line("address.line1", &self.line1, 1, 200);
        let line2 = fields.optional_line("address.line2", self.line2.as_deref(), 200);
        let city = fields.line("address.city", &self.city, 1, 100);
        let mut state = fields.optional_line("address.state", self.state.as_deref(), 100);
        let postal_code = fields.optional_line("address.postal_code", self.postal_code.as_deref(), 20);
        if in_india {
            match state.as_deref().map(indian_state) {
                None => fields.wrong("address.state", "required", "must name a state of India"),
                Some(None) => fields.wrong("address.state", "unknown_state", "is no state of India"),
                Some(Some(known)) => state = Some(known.name.to_owned()),
            }
            let six = |code: &str| {
                code.len() == 6 && code.bytes().all(|c| c.is_ascii_digit()) && !code.starts_with('0')
            };
            let ok = postal_code.as_deref().is_none_or(six);
            fields.ensure(
                ok,
                "address.postal_code",
                "invalid_postal_code",
                "must be a PIN code of six digits",
            );
        }
        RegisteredAddress { line1, line2, city, state, postal_code }
    }
}

/// A text that was given and is not blank.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// A host name of at least two labels, in small letters.
fn domain(fields: &mut Fields, text: &str) -> Option<String> {
    let domain = text.to_lowercase();
    let label = |label: &str| {
        let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        label.len() <= 63
            && edge(label.chars().next())
            && edge(label.chars().last())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let ok = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label);
    fields.ensure(ok, "domain", "invalid_domain", "must be a domain such as acme.example, without https://");
    ok.then_some(domain)
}
