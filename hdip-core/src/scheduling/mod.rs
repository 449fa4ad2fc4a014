//! Scheduling: which starts exist, who is called, who wins, what an outcome costs.
//!
//! An interview's life, file by file: [`Hdip::slots`](crate::Hdip::slots) and
//! [`hold_start`](crate::Hdip::hold_start) offer (`offer`) ·
//! [`request_interview`](crate::Hdip::request_interview) asks (`request`) · calls go out, again while time
//! remains, and run out (`calls`) · [`accept_invitation`](crate::Hdip::accept_invitation) wins (`answer`) ·
//! the room is made and everybody told (`meeting`) · it is moved, called off, refilled (`change`) · it
//! begins, ends, counts (`conduct`) · what that costs (`money`) · what each side sees (`views`).
//!
//! The rules are pure: `rules_matching` (who may), `rules_slots` (when, how many, why not). The same
//! function that offers a start decides whether it can be committed.
//!
//! Invariants: one winner per interview (the interview's version); nobody at two places (claimed ticks);
//! one live interview per application and round (`live_key`); one charge per outcome (`natural_key`).
//! `hdip-server/tests` races them through HTTP.

mod answer;
mod calls;
pub(crate) mod case;
mod change;
mod conduct;
mod error;
mod meeting;
mod model;
mod money;
mod offer;
mod request;
mod rules_matching;
mod rules_slots;
mod rules_states;
mod views;

pub(crate) use answer::OPEN_MEETING;
pub use answer::{Accepted, Decline};
pub(crate) use calls::Who;
pub(crate) use change::checked_reason;
pub use change::{Cancel, Reschedule};
pub use conduct::{Absent, Closing};
pub use error::SchedulingError;
pub use model::*;
pub use money::Consequence;
pub use offer::{Held, Offer, OfferedStart, Pick, StartAnswer};
pub(crate) use request::CALL_INTERVIEWERS;
pub use request::{ConsentChoices, LinkSent, RequestInterview, Requested, StartChoice};
pub use rules_matching::*;
pub use rules_slots::*;
pub use rules_states::InterviewEvent;
pub(crate) use views::basics;
pub use views::*;
