//! Files.

pub mod local;
