//! Channels of the operator's people.

pub mod slack;
