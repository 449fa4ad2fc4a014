use crate::ports::{Mail, MailAttachment, Message, PortError, Retry};
use crate::testkit::MemoryMail;
use crate::testkit::contract::mail::{MailHarness, ReceivedMail};
use crate::values::Email;
use async_trait::async_trait;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a [`MutantMail`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailFault {
    /// Sends nothing and says it did.
    SendsNothing,
    /// Loses everything outside of ASCII.
    AsciiOnly,
    /// Sets `Reply-To` to the sender.
    InventsReplyTo,
    /// Cuts the text at a line with a lone dot.
    EndsAtDot,
    /// Leaves the calendar object out.
    DropsCalendar,
    /// Attaches the object, but not inline.
    CalendarAttachedOnly,
    /// Turns CRLF of the object into LF.
    UnixLineEnds,
    /// Sends an empty object with every mail.
    InventsCalendar,
    /// Decodes attachments as text.
    TextAttachments,
    /// Writes header values as they are.
    HeadersBreak,
    /// Draws a Message-ID for every attempt.
    FreshMessageId,
    /// Tries a refused address again.
    RetriesRefused,
    /// Gives a deferred address up.
    GivesUpDeferred,
}

/// A [`MemoryMail`] with a fault.
#[derive(Debug)]
pub struct MutantMail {
    fault: MailFault,
    inner: MemoryMail,
    sends: AtomicUsize,
}

impl MutantMail {
    /// With this fault.
    pub fn new(fault: MailFault) -> Self {
        Self { fault, inner: MemoryMail::new(), sends: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl Mail for MutantMail {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        let n = self.sends.fetch_add(1, Ordering::Relaxed);
        let mut message = message.clone();
        match self.fault {
            MailFault::SendsNothing => return Ok(()),
            MailFault::AsciiOnly => message.subject.retain(|c| c.is_ascii()),
            MailFault::InventsReplyTo => {
                message.reply_to = message.reply_to.or_else(|| Some(message.from.clone()))
            }
            MailFault::EndsAtDot => {
                message.text.truncate(message.text.find("\n.\n").unwrap_or(message.text.len()));
            }
            MailFault::DropsCalendar => message.calendar = None,
            MailFault::FreshMessageId => message.message_id = format!("{n}.{}", message.message_id),
            MailFault::TextAttachments => {
                for MailAttachment { bytes, .. } in &mut message.attachments {
                    *bytes = String::from_utf8_lossy(bytes).into_owned().into();
                }
            }
            _ => {}
        }
        self.inner.send(&message).await.map_err(|error| match self.fault {
            MailFault::RetriesRefused if error.retry == Retry::Never => error.with_retry(Retry::Backoff),
            MailFault::GivesUpDeferred => error.with_retry(Retry::Never),
            _ => error,
        })
    }
}

/// The harness, too, has a hand in it where the fault is on the wire.
#[async_trait]
impl MailHarness for MutantMail {
    fn port(&self) -> &dyn Mail {
        self
    }
    async fn received(&self) -> Vec<ReceivedMail> {
        let mut all = self.inner.received().await;
        for mail in &mut all {
            match self.fault {
                MailFault::CalendarAttachedOnly => mail.calendar_inline = None,
                MailFault::UnixLineEnds => {
                    mail.calendar_attached =
                        mail.calendar_attached.take().map(|text| text.replace("\r\n", "\n"));
                }
                MailFault::InventsCalendar => {
                    mail.calendar_attached = mail.calendar_attached.take().or(Some("".into()))
                }
                MailFault::HeadersBreak if mail.subject.contains("X-Evil") => {
                    mail.header_names.push("X-Evil".into())
                }
                _ => {}
            }
        }
        all
    }
    fn refused(&self) -> Option<Email> {
        self.inner.refused()
    }
    fn deferred(&self) -> Option<Email> {
        self.inner.deferred()
    }
}
