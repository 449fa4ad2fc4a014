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
mod catalogue_edit;
mod decisions;
mod error;
mod import;
mod jobs;
mod model;
mod rounds;
mod rules_states;
mod submit;
mod taken;
mod views;
mod warnings;

pub use applications::DropApplication;
pub(crate) use archive::is_undecided;
pub use archive::{ArchiveJob, ArchiveMode, ArchivedJob};
pub(crate) use candidates::agency_of;
pub use candidates::{CandidateFields, CreateCandidate, UpdateCandidate};
pub use catalogue::{Catalogue, CatalogueEntry, CatalogueKind, SPECIALISATIONS, Words, fold, skill_key};
pub use catalogue_edit::{NewCatalogueEntry, UpdateCatalogueEntry};
pub use decisions::{Decide, Decided, MAX_DECISIONS, Verdict};
pub use error::HiringError;
pub use import::{
    IMPORT_COLUMNS, ImportHeader, ImportRow, ImportRun, ImportedRow, MAX_IMPORT_ROWS, RowStatus, parse_row,
};
pub(crate) use jobs::parse_skills;
pub use jobs::{CreateJob, CreatedJob, JobFields, UpdateJob};
pub use model::*;
pub use rounds::{NewRound, ROUND_MINUTES, UpdateRound};
pub use rules_states::ApplicationEvent;
pub use submit::{SubmitCandidate, Submitted};
pub use views::*;
pub use warnings::Warning;
