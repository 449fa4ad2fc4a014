//! Queue adapters.
