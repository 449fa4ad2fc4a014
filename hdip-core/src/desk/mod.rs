//! The operations desk: what needs a person, and what a person does about it (product §1 "Operations desk").
//!
//! Queues are reads (`queues`): an entry is there while its facts are so, and leaves when they change; where
//! facts cannot change any more, somebody says with a reason that it was dealt with. Actions are use cases with
//! a mandatory reason, audited as `desk.…`, mailed where they touch somebody: outcomes are corrected, deadlines
//! put off (`corrections`), links renewed (`links`), fees waived, free interviews and credits granted (`money`),
//! contests decided (`contests`). The rules (`rules`) are pure.
//!
//! Charges and earnings are never changed or removed: they are put right by counter-entries, which name the
//! line they counter and why. The interview is the owner row of its money: whoever counters a line raises its
//! version, so that two who do so at once do not both take the whole amount off.
//!
//! Who may: the operator's staff. Amounts that somebody chooses (waivers, grants, amounts of a contest's decision)
//! are for platform admins; a moderator corrects outcomes, whose money follows from the policy.
//!
//! Invariants, each held by a test of `hdip-core/tests/it`: what is left of a line never falls below zero
//! (`contests::a_decision_takes_off_what_it_says_…`, `corrections::a_charge_is_waived_once_…`); one open contest per
//! interview and party (`contests::one_party_contests_once_…`); a free interview is used by completed ones only
//! (`corrections::a_free_interview_…`). `hdip-server/tests/it/bad_day.rs` fills every queue and empties them through
//! the API.

mod contests;
mod corrections;
mod error;
mod links;
mod model;
mod money;
mod queues;
mod rules;

pub use contests::{DecideContest, OpenContest};
pub use error::DeskError;
pub use model::*;
pub use money::GiveGrant;
pub use queues::{DeskCount, DeskEntry};
pub(crate) use rules::booking_key;
pub use rules::{LedgerLine, applying, contestable, may_become, standing};

use crate::Error;
use crate::values::Fields;

/// Why somebody at the desk does something: 3 to 500 characters.
pub(crate) fn desk_reason(reason: &str) -> Result<String, Error> {
    let mut fields = Fields::new();
    let reason = fields.text("reason", reason, 3, 500);
    fields.done()?;
    Ok(reason)
}
