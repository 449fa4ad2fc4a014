//! Interviewers and their availability.
//!
//! The operator enters an interviewer and moves it on the ladder (`use_cases`); operator and interviewer keep
//! its times (`availability`), which the pure rules turn into windows (`rules_availability`). Clients see none
//! of this (`views`).
//!
//! Invariant: whatever decides when or for what an interviewer can be taken bumps its
//! [`InterviewerSchedule`] in the same commit.

mod availability;
mod error;
mod model;
mod rules_availability;
mod use_cases;
mod views;

pub use availability::{BusyTime, PutAvailability, Times};
pub use error::InterviewerError;
pub use model::*;
pub use rules_availability::*;
pub use use_cases::{
    ChangeInterviewerStatus, ConfirmedInterviews, CreateInterviewer, CreatedInterviewer, InterviewerFields,
    StatusChanged, UpdateInterviewer,
};
pub use views::*;
