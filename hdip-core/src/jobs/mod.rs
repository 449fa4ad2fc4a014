//! Background work: effects that were committed with their decision, and timers.
//!
//! [`Hdip::run_job`] carries out one claimed job and finishes it in the same commit as its result, fenced
//! by its attempt. [`Hdip::fire_due`] fires the timers that are due; each calls a use case that looks at
//! the state again, so any number of schedulers may run. Both return; the loop is an adapter
//! (`hdip-integrations::worker`).
//!
//! A job runs at least once and is idempotent; trouble backs off, and after [`ATTEMPTS`] it is dead: a
//! person sees it and can replay it. A kind or data of a newer release is left to that release, uncounted, for a
//! day (`deploys::a_job_of_a_newer_release_is_left_to_it`).

mod replay;
mod run;
mod timers;

pub use replay::{ReplayJobs, Replayed};
pub use run::{ATTEMPTS, JobReport, KINDS, LEASE_SECONDS};
pub(crate) use run::{Step, data};
pub use timers::Fired;
pub(crate) use timers::{
    CALL_EXPIRY, DECISION_DUE, FEEDBACK_ALERT, FEEDBACK_CLOSE, FEEDBACK_DUE, INTERVIEW_END, INTERVIEW_START,
    INTERVIEWER_LEAVES, LINK_REMINDER, LINK_UNUSED, reminder_kind,
};
