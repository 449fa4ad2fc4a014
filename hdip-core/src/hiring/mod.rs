//! Hiring: jobs, rounds, candidates, applications, consents.

mod error;
mod model;

pub use error::HiringError;
pub use model::*;
