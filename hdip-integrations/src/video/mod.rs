//! Meeting rooms.

pub mod jitsi;
