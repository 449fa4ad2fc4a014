//! Clients, their prices, and what interviewers are paid.

mod model;

pub use model::*;
