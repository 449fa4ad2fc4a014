//! Interviewers and their availability.
//!
//! The operator enters an interviewer (`use_cases`) and moves it on the ladder (`standing`; how it climbs is in
//! [`crate::ladder`]); operator and interviewer keep
//! its times (`availability`), which the pure rules turn into windows (`rules_availability`). Clients see none
//! of this (`views`).
//!
//! Invariant: whatever decides when or for what an interviewer can be taken bumps its
//! [`InterviewerSchedule`] in the same commit.

mod availability;
mod error;
mod model;
mod rules_availability;
mod standing;
mod use_cases;
mod views;

pub use availability::{BusyTime, PutAvailability, Times};
pub use error::InterviewerError;
pub use model::*;
pub use rules_availability::*;
pub(crate) use standing::to_release;
pub use standing::{ChangeInterviewerStatus, ConfirmedInterview, ConfirmedInterviews, StatusChanged};
pub use use_cases::{CreateInterviewer, CreatedInterviewer, InterviewerFields, UpdateInterviewer};
pub(crate) use use_cases::{parse_companies, parse_country, parse_specialisations};
pub use views::*;
