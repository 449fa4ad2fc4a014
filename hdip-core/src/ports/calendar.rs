use super::PortError;
use crate::values::{Email, Span, Timestamp};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A person named in a calendar object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Display name.
    pub name: String,
    /// Address.
    pub email: Email,
}

/// One side's entry for one interview. Each side has an object of its own that names only the operator
/// and that side: nobody sees another's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarEvent {
    /// Constant for this side of this interview, for example `int_…-intr_…@hdip.example`.
    pub uid: String,
    /// Raised with every change that a calendar must take over (RFC 5546 §2.1.4).
    pub sequence: u32,
    /// When this version was made (`DTSTAMP`).
    pub stamp: Timestamp,
    /// When it happens.
    pub span: Span,
    /// One line.
    pub summary: String,
    /// Plain text; no private notes.
    pub description: String,
    /// The meeting link, or empty while it is pending.
    pub location: String,
    /// The operator.
    pub organizer: Party,
    /// This side.
    pub attendee: Party,
}

/// What an iCalendar object asks of its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Add or update the entry.
    Request,
    /// Remove the entry.
    Cancel,
}

impl Method {
    /// As written in iCalendar.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// An iCalendar object to go with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarObject {
    /// The method, also a parameter of the mail part.
    pub method: Method,
    /// RFC 5545 text with CRLF line ends.
    pub text: String,
}

/// What an adapter can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarCapabilities {
    /// The provider sends invitations itself, so HDIP must not mail an object of its own (two UIDs would
    /// be two entries).
    pub sends_invitations: bool,
    /// Free/busy can be read.
    pub reads_busy: bool,
}

/// The adapter's answer to a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarReceipt {
    /// The object to mail, where the provider does not invite by itself.
    pub object: Option<CalendarObject>,
}

/// Writes calendar entries.
///
/// Contract:
/// - `put` and `cancel` are idempotent per (uid, sequence); a lower sequence never undoes a higher one.
/// - Exactly one of "the provider invites" and "the receipt has an object" holds
///   ([`CalendarCapabilities::sends_invitations`]).
/// - An object is valid RFC 5545: CRLF, lines of at most 75 octets, text escaped, times in UTC, one
///   organizer, one attendee; `cancel` keeps uid, start and end and has `STATUS:CANCELLED`.
/// - `busy` answers `Unsupported` where `reads_busy` is false.
#[async_trait]
pub trait Calendar: Debug + Send + Sync {
    /// What this adapter can do.
    fn capabilities(&self) -> CalendarCapabilities;
    /// Adds or updates an entry.
    async fn put(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError>;
    /// Removes an entry.
    async fn cancel(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError>;
    /// Busy spans of a person's calendar within `range`, sorted and merged.
    async fn busy(&self, person: &Email, range: Span) -> Result<Vec<Span>, PortError>;
}
