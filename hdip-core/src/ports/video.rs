use super::PortError;
use crate::values::{InterviewId, Span};
use async_trait::async_trait;
use std::fmt::Debug;

/// What a room is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingRequest {
    /// The interview: the idempotency key of the room.
    pub interview: InterviewId,
    /// When it takes place.
    pub span: Span,
    /// One line shown in the provider's lists; no personal data.
    pub title: String,
}

/// A meeting room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The provider's name for the room.
    pub room: String,
    /// The https link people open.
    pub url: String,
}

/// Makes meeting rooms.
///
/// Contract:
/// - The same interview gets the same room however often it is asked for.
/// - Rooms of different interviews differ, and a room cannot be guessed from the interview's id (at least
///   80 bits that only the adapter can derive or the provider has drawn).
#[async_trait]
pub trait Video: Debug + Send + Sync {
    /// Makes the room of an interview, or finds the one that was made.
    async fn open(&self, request: &MeetingRequest) -> Result<Meeting, PortError>;
}
