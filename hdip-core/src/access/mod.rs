//! Access: users, sign-ins, API keys, links; who asks ([`Actor`]) and what it may see ([`Scope`]).

mod actor;
mod error;
mod links;
mod model;

pub use actor::{Actor, Scope, UserActor};
pub use error::AccessError;
pub use model::*;
