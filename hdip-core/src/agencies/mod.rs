//! Agencies: firms that hand over candidates for one client. Any number of users belong to a firm, and the
//! candidates they add belong to the firm, not to the user.
//!
//! The first to hand a person over for a job owns that for the policy's days (`agency_ownership_days`), whatever
//! becomes of the application. Every later attempt by an agency is refused in one word that says nothing about who
//! was first; the client's people see who tried (`attempts`).
//!
//! Invariants: one name per client among active agencies (`live_key`, unique;
//! `agencies::a_name_is_taken_once_per_client_whatever_its_spelling`); one owner per person and job (the ownership's
//! id is the job and the hash of the address or phone; `agencies::of_two_agencies_at_once_one_gets_the_person`);
//! nobody signs in for an agency that has ended (`agencies::an_ended_agency_is_out_and_its_candidates_stay`).

mod attempts;
mod error;
mod model;
mod ownership;
mod use_cases;

pub use attempts::AttemptView;
pub use error::AgencyError;
pub use model::*;
pub(crate) use ownership::InTheWay;
pub use use_cases::{CreateAgency, InviteAgencyUser, RenameAgency};
