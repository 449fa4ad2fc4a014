//! The interviewer's ladder: how somebody becomes an interviewer, climbs, and leaves.
//!
//! An application comes from the operator or by the public form and is reviewed (`applications`) · who is accepted is
//! invited, and sees to what is missing: terms, times, an account to pay to (`onboarding`) · learns as a silent
//! observer and by leading under a mentor who signs off (`shadowing`, `sessions`) · is certified for a specialisation
//! and level, which is what matching asks for (`certification`) · leaves after notice (`notice`). Suspending and the
//! rungs themselves are in [`crate::interviewers`].
//!
//! Invariants: a learner's time is claimed like an interviewer's, and given back with the interview's; one learner per
//! interview (`live_key`); only the mentor signs off, only what was attended; numbers of accounts are sealed.

mod applications;
mod certification;
mod error;
mod model;
mod notice;
mod onboarding;
mod profile;
mod sessions;
mod shadowing;

pub use applications::{AcceptApplication, ApplicantFields, Apply, CvUpload, Duplicate, ReviewedApplication};
pub use certification::Certify;
pub use error::LadderError;
pub use model::*;
pub use notice::{GiveNotice, NoticeTaken};
pub use onboarding::{Checklist, PayoutAccountFields, PayoutNumbers};
pub use profile::{InterviewerCv, UpdateInterviewerProfile};
pub use sessions::{ObservedInterview, PlanSession};
pub use shadowing::{Progress, ShadowingView, StartShadowing};
