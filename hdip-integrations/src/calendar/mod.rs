//! Calendar entries.

pub mod ics;
