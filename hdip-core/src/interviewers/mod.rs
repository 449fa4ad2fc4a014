//! Interviewers and their availability.

mod error;
mod model;
mod rules_availability;

pub use error::InterviewerError;
pub use model::*;
pub use rules_availability::*;
