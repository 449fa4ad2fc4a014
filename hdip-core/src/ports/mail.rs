use super::{CalendarObject, PortError};
use crate::values::Email;
use async_trait::async_trait;
use std::fmt::Debug;

/// One mail to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Stable per cause and recipient, without angle brackets, for example `bjob_…@mail.hdip.example`. A
    /// repeat after an unknown outcome carries the same one, so that a receiver can tell.
    pub message_id: String,
    /// Sender address.
    pub from: Email,
    /// Sender's display name.
    pub from_name: String,
    /// Recipient address.
    pub to: Email,
    /// Recipient's display name.
    pub to_name: String,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Email>,
    /// One line.
    pub subject: String,
    /// Plain text part.
    pub text: String,
    /// HTML part.
    pub html: String,
    /// BCP 47 language of the text (`Content-Language`).
    pub language: String,
    /// Stable word for what the mail is, for example `interview_confirmed` (header `X-HDIP-Kind`).
    pub kind: String,
    /// An iCalendar object, sent inline and as an attachment.
    pub calendar: Option<CalendarObject>,
    /// Further attachments, small ones.
    pub attachments: Vec<MailAttachment>,
}

/// A file attached to a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAttachment {
    /// File name shown.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// The bytes; mails are small, so these are in memory.
    pub bytes: Vec<u8>,
}

/// Sends mail.
///
/// Contract:
/// - `Ok` means that the next hop has taken responsibility for the message.
/// - The message that arrives has the given Message-ID, From, To, Reply-To, Subject (any script), both
///   text parts, and the calendar object both inline (`text/calendar; method=…`) and as `invite.ics`.
/// - Header values cannot be broken out of: a line break in a name or subject never starts a header.
/// - Repeating a message after [`Outcome::Unknown`](super::Outcome::Unknown) is allowed and keeps its
///   Message-ID.
/// - A permanent refusal of the address is `Rejected` with `Retry::Never`; a temporary one backs off.
#[async_trait]
pub trait Mail: Debug + Send + Sync {
    /// Sends one message.
    async fn send(&self, message: &Message) -> Result<(), PortError>;
}
