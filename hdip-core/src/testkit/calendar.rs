use super::lock;
use crate::ports::{
    Calendar, CalendarCapabilities, CalendarEvent, CalendarObject, CalendarReceipt, Method, PortError,
};
use crate::values::{Email, Span, Timestamp, spans};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A calendar in memory. It is one of two kinds: [`MemoryCalendar::new`] hands over objects to mail,
/// [`MemoryCalendar::inviting`] acts as a provider that invites by itself and can tell who is busy.
#[derive(Debug)]
pub struct MemoryCalendar {
    inviting: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Last version of each entry, and whether it stands or was cancelled.
    entries: BTreeMap<String, (CalendarEvent, Method)>,
    busy: BTreeMap<String, Vec<Span>>,
}

impl MemoryCalendar {
    /// Hands over iCalendar objects.
    pub fn new() -> Self {
        Self { inviting: false, state: Mutex::default() }
    }

    /// Invites by itself and knows who is busy.
    pub fn inviting() -> Self {
        Self { inviting: true, ..Self::new() }
    }

    /// The entries that stand, by uid.
    pub fn standing(&self) -> Vec<CalendarEvent> {
        let state = lock(&self.state);
        state
            .entries
            .values()
            .filter(|(_, method)| *method == Method::Request)
            .map(|(e, _)| e.clone())
            .collect()
    }

    /// The last version of one entry, and whether it was requested or cancelled.
    pub fn entry(&self, uid: &str) -> Option<(CalendarEvent, Method)> {
        lock(&self.state).entries.get(uid).cloned()
    }

    /// Says when a person is busy; replaces what was said before.
    pub fn set_busy(&self, person: &Email, busy: Vec<Span>) {
        lock(&self.state).busy.insert(person.key(), busy);
    }

    fn change(&self, event: &CalendarEvent, method: Method) -> CalendarReceipt {
        let mut state = lock(&self.state);
        let stale = state.entries.get(&event.uid).is_some_and(|(last, _)| last.sequence > event.sequence);
        if !stale {
            state.entries.insert(event.uid.clone(), (event.clone(), method));
        }
        CalendarReceipt { object: (!self.inviting).then(|| object(event, method)) }
    }
}

impl Default for MemoryCalendar {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Calendar for MemoryCalendar {
    fn capabilities(&self) -> CalendarCapabilities {
        CalendarCapabilities { sends_invitations: self.inviting, reads_busy: self.inviting }
    }

    async fn put(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        Ok(self.change(event, Method::Request))
    }

    async fn cancel(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        Ok(self.change(event, Method::Cancel))
    }

    async fn busy(&self, person: &Email, range: Span) -> Result<Vec<Span>, PortError> {
        if !self.inviting {
            return Err(PortError::unsupported("calendar", "busy"));
        }
        let state = lock(&self.state);
        let all = state.busy.get(&person.key()).cloned().unwrap_or_default();
        let within =
            all.into_iter().filter_map(|b| Span::new(b.start().max(range.start()), b.end().min(range.end())));
        Ok(spans::union(within.collect()))
    }
}

/// The least that is a valid object; the adapters in hdip-integrations write fuller ones.
fn object(event: &CalendarEvent, method: Method) -> CalendarObject {
    let time = |at: Timestamp| at.format("%Y%m%dT%H%M%SZ").to_string();
    let status = if method == Method::Cancel { "CANCELLED" } else { "CONFIRMED" };
    let lines = [
        "BEGIN:VCALENDAR".into(),
        "VERSION:2.0".into(),
        "PRODID:-//HDIP//testkit//EN".into(),
        format!("METHOD:{}", method.as_str()),
        "BEGIN:VEVENT".into(),
        format!("UID:{}", escape(&event.uid)),
        format!("SEQUENCE:{}", event.sequence),
        format!("DTSTAMP:{}", time(event.stamp)),
        format!("DTSTART:{}", time(event.span.start())),
        format!("DTEND:{}", time(event.span.end())),
        format!("SUMMARY:{}", escape(&event.summary)),
        format!("DESCRIPTION:{}", escape(&event.description)),
        format!("LOCATION:{}", escape(&event.location)),
        format!("STATUS:{status}"),
        format!("ORGANIZER:mailto:{}", event.organizer.email),
        format!("ATTENDEE:mailto:{}", event.attendee.email),
        "END:VEVENT".into(),
        "END:VCALENDAR".into(),
    ];
    CalendarObject { method, text: lines.iter().map(|line| fold(line)).collect() }
}

fn escape(text: &str) -> String {
    let plain = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain: String = plain.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    plain.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

fn fold(line: &str) -> String {
    let mut folded = String::new();
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > 75 {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(c);
        octets += c.len_utf8();
    }
    folded + "\r\n"
}
