//! Feedback: rubrics, the scorecard an interviewer files, the clock it is filed against, what the client
//! gets to see of it, and the candidate's rating of the interviewer.
//!
//! A scorecard needs nothing but people: no recording, transcript or draft. A submitted one never changes;
//! a correction is a new version with a reason, and the newest counts. Drafts are saved under the version
//! that was read, so that two windows never overwrite each other.
//!
//! Invariants: at most one card per (interview, number), held by a unique key (`feedback::two_submissions`);
//! the earning and its deduction are in the commit of the submission (`feedback::the_clock_…`); an
//! interviewer reads and files only their own interviews' feedback (`feedback::nobody_else_…`).

mod attachments;
mod body;
mod card;
mod error;
mod model;
mod ratings;
mod rubrics;
mod rules_clock;
mod rules_document;
mod views;

pub use attachments::{AddAttachment, AttachmentFile, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS};
pub use card::{CorrectScorecard, SaveDraft, SubmittedCard};
pub use error::FeedbackError;
pub use model::*;
pub use ratings::RateInterviewer;
pub use rubrics::{NewRubric, NewRubricSkill};
pub use rules_clock::{DeductionTable, counted_time, deduction_minor, reference};
pub use rules_document::AttachmentType;
pub use views::{ResultView, ScorecardForm, ScorecardView};
