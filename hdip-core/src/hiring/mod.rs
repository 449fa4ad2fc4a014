//! Hiring: jobs, rounds, candidates, applications, consents.
//!
//! A client opens a job with its rounds (`jobs`, `rounds`) and ends it (`archive`); candidates are submitted to it one by one
//! (`applications`) or by the thousand (`import`), through one decision (`submit`, with who stands in the way in `taken`). Words that are compared
//! (specialisations, skills) are in the `catalogue`. What each side sees are separate types (`views`).
//!
//! Invariants: one open application per person (by address) and job (`live_key`, unique); one application per
//! external reference of a client (`reference_key`, unique); an archived job takes no candidate (each
//! submission guards the job it was decided on).

mod applications;
mod archive;
mod candidates;
mod catalogue;
mod decisions;
mod error;
mod import;
mod jobs;
mod model;
mod rounds;
mod submit;
mod taken;
mod views;
mod warnings;

pub use applications::DropApplication;
pub use archive::{ArchiveJob, ArchiveMode, ArchivedJob};
pub(crate) use candidates::agency_of;
pub use candidates::{CandidateFields, CreateCandidate, UpdateCandidate};
pub use catalogue::{SPECIALISATIONS, is_specialisation, skill_key};
pub use decisions::{Decide, Decided, MAX_DECISIONS, Verdict};
pub use error::HiringError;
pub use import::{
    IMPORT_COLUMNS, ImportHeader, ImportRow, ImportRun, ImportedRow, MAX_IMPORT_ROWS, RowStatus, parse_row,
};
pub(crate) use jobs::parse_skills;
pub use jobs::{CreateJob, CreatedJob, JobFields, UpdateJob};
pub use model::*;
pub use rounds::{NewRound, ROUND_MINUTES, UpdateRound};
pub use submit::{SubmitCandidate, Submitted};
pub use views::*;
pub use warnings::Warning;
