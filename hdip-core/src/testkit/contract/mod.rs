//! Contract suites: one named test per clause of a port's documentation.
//!
//! A clause is a `pub async fn` that panics when the adapter breaks it. The macro of a port writes one
//! test per clause; `harness` is an expression, evaluated anew in every test, inside its async function:
//!
//! ```text
//! mod contract {
//!     hdip_core::secrets_contract!(attr = tokio::test, harness = MyHarness::start().await);
//! }
//! ```
//!
//! A clause that an adapter cannot be held to (by its capabilities, or because its harness cannot look
//! inside) prints `skipped: <clause>: <why>` and passes. [`mutants`] are broken adapters, each of which a
//! named clause must catch, so that the suites are known to bite.

pub mod calendar;
pub mod chat;
pub mod files;
pub mod ical;
pub mod mail;
pub mod mutants;
pub mod queue;
pub mod secrets;
pub mod storage;
pub mod video;

#[cfg(test)]
mod bite;

/// Says that a clause was not checked, and why, in the one form that is counted.
pub fn skipped(clause: &str, why: &str) {
    println!("skipped: {clause}: {why}");
}

/// One test per named clause of a suite. The ports' own macros call this; use those.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_tests {
    ($attr:meta, $harness:expr, $suite:ident: $($clause:ident),+ $(,)?) => {
        $(
            #[$attr]
            async fn $clause() {
                let harness = $harness;
                $crate::testkit::contract::$suite::$clause(&harness).await;
            }
        )+
    };
}
