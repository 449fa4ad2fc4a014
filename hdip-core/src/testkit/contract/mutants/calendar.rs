use crate::ports::{
    Calendar, CalendarCapabilities, CalendarEvent, CalendarObject, CalendarReceipt, Method, PortError,
};
use crate::testkit::MemoryCalendar;
use crate::values::{Email, Span};
use async_trait::async_trait;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a [`MutantCalendar`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarFault {
    /// Says that it invites, and hands over an object as well.
    InvitesTwice,
    /// Hands over no object, though nobody else invites.
    NobodyInvites,
    /// Lines of any length.
    NoFolding,
    /// LF instead of CRLF.
    UnixLineEnds,
    /// The object's method is always REQUEST.
    WrongMethod,
    /// Names somebody else in a cancellation.
    SecondAttendee,
    /// Leaves commas and semicolons as they are.
    NoEscaping,
    /// Writes line breaks in texts as they are.
    BreaksOut,
    /// Times without `Z`.
    LocalTimes,
    /// Counts sequences by itself.
    OwnSequence,
    /// Cancels under another uid.
    CancelsAnotherUid,
    /// Cancels without `STATUS:CANCELLED`.
    CancelsSoftly,
    /// A repeat is a change.
    RepeatsDiffer,
    /// Answers nobody's busy times with an empty list.
    EveryoneIsFree,
}

/// A [`MemoryCalendar`] with a fault.
#[derive(Debug)]
pub struct MutantCalendar {
    fault: CalendarFault,
    inner: MemoryCalendar,
    changes: AtomicU32,
}

impl MutantCalendar {
    /// With this fault.
    pub fn new(fault: CalendarFault) -> Self {
        Self { fault, inner: MemoryCalendar::new(), changes: AtomicU32::new(0) }
    }

    fn bend(&self, event: &CalendarEvent, receipt: CalendarReceipt) -> CalendarReceipt {
        let n = self.changes.fetch_add(1, Ordering::Relaxed);
        let Some(CalendarObject { method, text }) = receipt.object else { return receipt };
        let cancels = method == Method::Cancel;
        let text = match self.fault {
            CalendarFault::NobodyInvites => return CalendarReceipt { object: None },
            CalendarFault::NoFolding => text.replace("\r\n ", ""),
            CalendarFault::UnixLineEnds => text.replace("\r\n", "\n"),
            CalendarFault::WrongMethod => text.replace("METHOD:CANCEL\r", "METHOD:REQUEST\r"),
            CalendarFault::SecondAttendee if cancels => {
                text.replace("END:VEVENT", "ATTENDEE:mailto:panel@corp.example\r\nEND:VEVENT")
            }
            CalendarFault::NoEscaping => text.replace("\\,", ",").replace("\\;", ";"),
            CalendarFault::BreaksOut => text.replace("\r\n ", "").replace("\\n", "\r\n"),
            CalendarFault::LocalTimes => text.replace("00Z\r", "00\r"),
            CalendarFault::OwnSequence => {
                text.replace(&format!("SEQUENCE:{}\r", event.sequence), &format!("SEQUENCE:{n}\r"))
            }
            CalendarFault::CancelsAnotherUid if cancels => text.replace("UID:", "UID:cancel-"),
            CalendarFault::CancelsSoftly => text.replace("STATUS:CANCELLED", "STATUS:CONFIRMED"),
            CalendarFault::RepeatsDiffer => {
                text.replace("END:VEVENT", &format!("X-CHANGE:{n}\r\nEND:VEVENT"))
            }
            _ => text,
        };
        CalendarReceipt { object: Some(CalendarObject { method, text }) }
    }
}

#[async_trait]
impl Calendar for MutantCalendar {
    fn capabilities(&self) -> CalendarCapabilities {
        let invites = self.fault == CalendarFault::InvitesTwice;
        CalendarCapabilities { sends_invitations: invites, ..self.inner.capabilities() }
    }

    async fn put(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        Ok(self.bend(event, self.inner.put(event).await?))
    }

    async fn cancel(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        Ok(self.bend(event, self.inner.cancel(event).await?))
    }

    async fn busy(&self, person: &Email, range: Span) -> Result<Vec<Span>, PortError> {
        if self.fault == CalendarFault::EveryoneIsFree {
            return Ok(Vec::new());
        }
        self.inner.busy(person, range).await
    }
}
