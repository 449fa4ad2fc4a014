//! Typed client for HDIP's API.
//!
//! The operations are [`Client`]'s methods, generated from `openapi/hdip.json`; this part adds what every
//! caller needs: credentials, refreshed access tokens, idempotency keys, retries, and walking through pages.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use hdip_client::Connect;
//!
//! let hdip = Connect::to("https://app.hdip.example").api_key("hdip_key_…").client()?;
//! let jobs = hdip.list_jobs().send().await?.into_inner();
//! for job in jobs.items {
//!     println!("{}", job.title);
//! }
//! # Ok(()) }
//! ```
//!
//! - **Repeating is safe.** Every POST carries an `Idempotency-Key` (a fresh one unless you set it), and is
//!   repeated with the same key when the connection breaks or the server is overloaded.
//! - **Refusals are typed.** An [`Error::ErrorResponse`] holds a [`types::Problem`]; [`problem`] gets it out of
//!   any error. Codes, states and event kinds are open strings: a new one breaks nobody.

// What the document says is the documentation; its style is the generator's.
#[allow(missing_docs, clippy::all, unused, mismatched_lifetime_syntaxes, rustdoc::all)]
#[rustfmt::skip]
mod generated;
mod imports;
mod paging;
mod session;

pub use generated::*;
pub use paging::pages;
pub use session::{Connect, ConnectError, Session};

/// The problem document of a refusal, where the error is one.
pub fn problem(error: &Error<types::Problem>) -> Option<&types::Problem> {
    match error {
        Error::ErrorResponse(response) => Some(response),
        _ => None,
    }
}
