//! Access: users, sign-ins, API keys, links; who asks ([`Actor`]) and what it may see ([`Scope`]).
//!
//! Passwords are hashed slowly, guessing is throttled by rows (`throttle`), tokens and keys are stored
//! hashed, links are derived and stored nowhere. A user without a password gets one by an invitation, one
//! who forgot it by a reset, another address by confirming it: links that are good once. Ending a sign-in, deactivating a user or withdrawing a key
//! acts on the next request, because every request reads the records again.

mod account;
mod actor;
mod assignments;
mod email_change;
mod error;
mod invite;
mod keys;
mod leave;
mod links;
mod model;
mod passwords;
mod reset;
mod roles;
mod sign_in;
mod terms;
mod throttle;
mod users;

pub use account::{Account, AccountLink};
pub use actor::{Actor, Scope, UserActor};
pub use assignments::{AssignJobs, AssignedJob};
pub use email_change::ChangeEmail;
pub use error::AccessError;
pub use keys::{CreateApiKey, NewApiKey};
pub use leave::Responsibilities;
pub use model::*;
pub(crate) use passwords::check as check_password;
pub use roles::{TransferOwnership, UpdateUser};
pub use sign_in::{SignInRequest, SignedIn};
pub use terms::Terms;
pub use users::{ChangePassword, CreateUser, UpdateMe};

/// Compares without stopping at the first difference.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}
