//! Calendar entries as iCalendar objects that go with mails: no provider, no network, nothing stored.
//!
//! Written by hand: the `icalendar` crate writes zoned times without the `VTIMEZONE` that RFC 5545 demands,
//! and leaves ORGANIZER, ATTENDEE, SEQUENCE and METHOD to its caller. It reads our objects in the tests.

mod text;

use async_trait::async_trait;
use hdip_core::ports::{
    Calendar, CalendarCapabilities, CalendarEvent, CalendarObject, CalendarReceipt, Method, Party, PortError,
};
use hdip_core::values::{Email, Span, Timestamp};
use text::{Lines, param, text};

/// Hands over RFC 5545 objects with the methods of RFC 5546. What a receiver does with them is up to its
/// calendar, which goes by UID and SEQUENCE; so the adapter needs no memory to be idempotent.
#[derive(Debug, Clone, Copy, Default)]
pub struct IcsCalendar;

impl IcsCalendar {
    /// There is nothing to set up.
    pub const fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Calendar for IcsCalendar {
    fn capabilities(&self) -> CalendarCapabilities {
        CalendarCapabilities { sends_invitations: false, reads_busy: false }
    }

    async fn put(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        Ok(CalendarReceipt { object: Some(object(event, Method::Request)) })
    }

    async fn cancel(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        Ok(CalendarReceipt { object: Some(object(event, Method::Cancel)) })
    }

    async fn busy(&self, _: &Email, _: Span) -> Result<Vec<Span>, PortError> {
        Err(PortError::unsupported("calendar", "busy"))
    }
}

fn object(event: &CalendarEvent, method: Method) -> CalendarObject {
    let mut lines = Lines::default();
    lines.add("BEGIN:VCALENDAR");
    lines.add("PRODID:-//HDIP//HDIP 1.0//EN");
    lines.add("VERSION:2.0");
    lines.add("CALSCALE:GREGORIAN");
    lines.add(&format!("METHOD:{}", method.as_str()));
    lines.add("BEGIN:VEVENT");
    lines.add(&format!("UID:{}", text(&event.uid)));
    lines.add(&format!("DTSTAMP:{}", utc(event.stamp)));
    lines.add(&format!("SEQUENCE:{}", event.sequence));
    // In UTC, so that no VTIMEZONE is needed; calendars show it in the zone of who looks.
    lines.add(&format!("DTSTART:{}", utc(event.span.start())));
    lines.add(&format!("DTEND:{}", utc(event.span.end())));
    lines.add(&format!("SUMMARY:{}", text(&event.summary)));
    if !event.description.is_empty() {
        lines.add(&format!("DESCRIPTION:{}", text(&event.description)));
    }
    if !event.location.is_empty() {
        lines.add(&format!("LOCATION:{}", text(&event.location)));
    }
    lines.add(&format!("ORGANIZER{}", party(&event.organizer)));
    let role = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE";
    match method {
        Method::Request => {
            lines.add(&format!("ATTENDEE;{role}{}", party(&event.attendee)));
            lines.add("STATUS:CONFIRMED");
            lines.add("TRANSP:OPAQUE");
            lines.add("BEGIN:VALARM");
            lines.add("ACTION:DISPLAY");
            lines.add(&format!("DESCRIPTION:{}", text(&event.summary)));
            lines.add("TRIGGER:-PT10M");
            lines.add("END:VALARM");
        }
        Method::Cancel => {
            // Nothing is asked of the attendee any more.
            lines.add(&format!("ATTENDEE{}", party(&event.attendee)));
            lines.add("STATUS:CANCELLED");
            lines.add("TRANSP:TRANSPARENT");
        }
    }
    lines.add("END:VEVENT");
    lines.add("END:VCALENDAR");
    CalendarObject { method, text: lines.into_text() }
}

/// To the second: iCalendar has no fractions.
fn utc(at: Timestamp) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// What follows `ORGANIZER` or `ATTENDEE`.
fn party(party: &Party) -> String {
    let name = param(&party.name);
    let name = if name.is_empty() { String::new() } else { format!(";CN=\"{name}\"") };
    format!("{name}:mailto:{}", party.email)
}
