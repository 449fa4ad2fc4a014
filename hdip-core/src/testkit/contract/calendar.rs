//! What [`Calendar`] promises.

use super::ical::{self, Component, Property};
use super::skipped;
use crate::ports::{Calendar, CalendarEvent, CalendarObject, Method, Party, PortErrorKind};
use crate::values::{Email, Span, Timestamp, hours, spans};

/// Tests of a [`Calendar`], one per clause.
#[macro_export]
macro_rules! calendar_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, calendar:
            either_the_provider_invites_or_there_is_an_object,
            an_object_is_valid_icalendar,
            an_object_names_the_operator_and_this_side_only,
            texts_survive,
            names_cannot_break_out,
            times_are_in_utc,
            a_change_keeps_the_uid_and_says_its_sequence,
            a_cancellation_keeps_uid_start_and_end,
            a_repeat_is_the_same,
            a_lower_sequence_stays_lower,
            busy_times_are_sorted_and_merged_or_unsupported,
        );
    };
}

/// An event to vary.
pub fn event() -> CalendarEvent {
    let start = at("2026-01-05T04:30:00Z");
    CalendarEvent {
        uid: "int_01-intr_02@hdip.example".into(),
        sequence: 0,
        stamp: at("2026-01-01T06:00:00Z"),
        span: Span::starting(start, hours(1)).expect("a span"),
        summary: "Interview: Backend round 1".into(),
        description: "Join: https://meet.example/int-01\nReply to this mail to ask for another time.".into(),
        location: "https://meet.example/int-01".into(),
        organizer: party("Interviews", "invites@hdip.example"),
        attendee: party("Asha Rao", "asha@corp.example"),
    }
}

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

fn party(name: &str, email: &str) -> Party {
    Party { name: name.into(), email: email.parse().expect("an address") }
}

async fn change(port: &dyn Calendar, event: &CalendarEvent, method: Method) -> Option<CalendarObject> {
    let receipt = match method {
        Method::Request => port.put(event).await,
        Method::Cancel => port.cancel(event).await,
    };
    receipt.expect("accepted").object
}

/// The `VEVENT` of the object that a change hands over; `None` (and a line that says so) from a provider
/// that invites by itself.
async fn vevent(
    clause: &str,
    port: &dyn Calendar,
    event: &CalendarEvent,
    method: Method,
) -> Option<Component> {
    let Some(object) = change(port, event, method).await else {
        skipped(clause, "the provider invites by itself");
        return None;
    };
    let calendar = ical::parse(&object.text);
    let mut events = calendar.all("VEVENT").cloned();
    let first = events.next().expect("a VEVENT");
    assert_eq!(events.next(), None, "one VEVENT only");
    Some(first)
}

/// Never both, never neither: two UIDs would be two entries.
pub async fn either_the_provider_invites_or_there_is_an_object(port: &dyn Calendar) {
    let invites = port.capabilities().sends_invitations;
    for (sequence, method) in [(0, Method::Request), (1, Method::Cancel)] {
        let object = change(port, &CalendarEvent { sequence, ..event() }, method).await;
        assert_eq!(object.is_none(), invites, "{method:?} with sends_invitations = {invites}");
        assert!(object.is_none_or(|object| object.method == method));
    }
}

/// RFC 5545: CRLF, folding at 75 octets, what must be there is there once; RFC 5546: the method.
pub async fn an_object_is_valid_icalendar(port: &dyn Calendar) {
    let long = "नमस्ते 🎉 ".repeat(40);
    let event = CalendarEvent { summary: long.clone(), description: long.clone(), location: long, ..event() };
    for method in [Method::Request, Method::Cancel] {
        let Some(object) = change(port, &event, method).await else {
            return skipped("an_object_is_valid_icalendar", "the provider invites by itself");
        };
        let calendar = ical::parse(&object.text);
        assert_eq!(calendar.name, "VCALENDAR");
        assert_eq!(calendar.one("VERSION").value, "2.0");
        assert!(!calendar.one("PRODID").value.is_empty());
        assert_eq!(calendar.one("METHOD").value, method.as_str());
        assert_eq!(calendar.all("VEVENT").count(), 1);
        for vevent in calendar.all("VEVENT") {
            for name in [
                "UID",
                "DTSTAMP",
                "DTSTART",
                "DTEND",
                "SEQUENCE",
                "SUMMARY",
                "ORGANIZER",
                "ATTENDEE",
                "STATUS",
            ] {
                vevent.one(name);
            }
        }
    }
}

/// One organizer, one attendee, as `mailto:`, and no other address anywhere.
pub async fn an_object_names_the_operator_and_this_side_only(port: &dyn Calendar) {
    let clause = "an_object_names_the_operator_and_this_side_only";
    for method in [Method::Request, Method::Cancel] {
        let Some(vevent) = vevent(clause, port, &event(), method).await else { return };
        assert_eq!(vevent.one("ORGANIZER").value, "mailto:invites@hdip.example");
        assert_eq!(vevent.one("ATTENDEE").value, "mailto:asha@corp.example");
        let mailto = |p: &&Property| p.value.to_lowercase().contains("mailto:");
        assert_eq!(vevent.properties.iter().filter(mailto).count(), 2);
    }
}

/// Commas, semicolons, backslashes, line breaks and any script arrive as they were.
pub async fn texts_survive(port: &dyn Calendar) {
    let text = r"C++, Rust; C:\new\,x – आशा 🎉: done";
    let event = CalendarEvent {
        summary: text.into(),
        description: format!("{text}\nline two\n\nEND:VEVENT\n{}", "wide 🎉".repeat(50)),
        location: text.into(),
        ..event()
    };
    let Some(vevent) = vevent("texts_survive", port, &event, Method::Request).await else { return };
    assert_eq!(vevent.one("SUMMARY").text(), event.summary);
    assert_eq!(vevent.one("DESCRIPTION").text(), event.description);
    assert_eq!(vevent.one("LOCATION").text(), event.location);
}

/// Quotes, colons and line breaks in names and texts start no parameter, property or component.
pub async fn names_cannot_break_out(port: &dyn Calendar) {
    let evil = "Asha\";X-EVIL=1:mailto:thief@evil.example\r\nATTENDEE:mailto:thief@evil.example\nEND:VEVENT\r\u{7}^n\"";
    let party = |email: &Email| Party { name: evil.into(), email: email.clone() };
    let plain = event();
    let event = CalendarEvent {
        summary: evil.into(),
        description: evil.into(),
        location: evil.into(),
        organizer: party(&plain.organizer.email),
        attendee: party(&plain.attendee.email),
        ..plain
    };
    let Some(vevent) = vevent("names_cannot_break_out", port, &event, Method::Request).await else { return };
    for (name, party) in [("ORGANIZER", &event.organizer), ("ATTENDEE", &event.attendee)] {
        assert_eq!(vevent.one(name).value, format!("mailto:{}", party.email));
        assert_eq!(vevent.one(name).param("X-EVIL"), None);
    }
}

/// `…Z`, to the second, so that no `VTIMEZONE` is needed.
pub async fn times_are_in_utc(port: &dyn Calendar) {
    let Some(vevent) = vevent("times_are_in_utc", port, &event(), Method::Request).await else { return };
    for (name, time) in
        [("DTSTAMP", "20260101T060000Z"), ("DTSTART", "20260105T043000Z"), ("DTEND", "20260105T053000Z")]
    {
        let property = vevent.one(name);
        assert_eq!((property.value.as_str(), property.param("TZID")), (time, None), "{name}");
    }
}

/// UID and SEQUENCE are the event's, not the adapter's.
pub async fn a_change_keeps_the_uid_and_says_its_sequence(port: &dyn Calendar) {
    let clause = "a_change_keeps_the_uid_and_says_its_sequence";
    for sequence in [0, 1, 7] {
        let moved =
            Span::starting(at("2026-01-06T04:30:00Z"), hours(i64::from(sequence) + 1)).expect("a span");
        let event = CalendarEvent { sequence, span: moved, ..event() };
        let Some(vevent) = vevent(clause, port, &event, Method::Request).await else { return };
        assert_eq!(vevent.one("UID").text(), event.uid);
        assert_eq!(vevent.one("SEQUENCE").value, sequence.to_string());
        assert_eq!(vevent.one("DTSTART").value, "20260106T043000Z");
        assert_ne!(vevent.one("STATUS").value, "CANCELLED");
    }
}

/// And says `STATUS:CANCELLED`, with a sequence above the request's.
pub async fn a_cancellation_keeps_uid_start_and_end(port: &dyn Calendar) {
    let clause = "a_cancellation_keeps_uid_start_and_end";
    let Some(request) = vevent(clause, port, &event(), Method::Request).await else { return };
    let Some(cancel) = vevent(clause, port, &CalendarEvent { sequence: 1, ..event() }, Method::Cancel).await
    else {
        return;
    };
    for name in ["UID", "DTSTART", "DTEND"] {
        assert_eq!(cancel.one(name).value, request.one(name).value, "{name}");
    }
    assert_eq!(cancel.one("STATUS").value, "CANCELLED");
    assert_eq!(cancel.one("SEQUENCE").value, "1");
}

/// The same (uid, sequence) again is no second entry and no other object.
pub async fn a_repeat_is_the_same(port: &dyn Calendar) {
    let first = change(port, &event(), Method::Request).await;
    assert_eq!(change(port, &event(), Method::Request).await, first);
    let cancel = CalendarEvent { sequence: 1, ..event() };
    let first = change(port, &cancel, Method::Cancel).await;
    assert_eq!(change(port, &cancel, Method::Cancel).await, first);
}

/// A late repeat of an older version says its own sequence, by which receivers ignore it.
pub async fn a_lower_sequence_stays_lower(port: &dyn Calendar) {
    let clause = "a_lower_sequence_stays_lower";
    let newer = CalendarEvent { sequence: 5, ..event() };
    let Some(newer) = vevent(clause, port, &newer, Method::Cancel).await else { return };
    assert_eq!(newer.one("SEQUENCE").value, "5");
    let Some(older) = vevent(clause, port, &CalendarEvent { sequence: 4, ..event() }, Method::Request).await
    else {
        return;
    };
    assert_eq!(older.one("SEQUENCE").value, "4");
}

/// Within the range, or an explicit `Unsupported`; never an empty list that means "don't know".
pub async fn busy_times_are_sorted_and_merged_or_unsupported(port: &dyn Calendar) {
    let range = Span::starting(at("2026-01-05T00:00:00Z"), hours(24)).expect("a span");
    let answer = port.busy(&event().attendee.email, range).await;
    if !port.capabilities().reads_busy {
        assert_eq!(answer.expect_err("unsupported").kind, PortErrorKind::Unsupported);
        return;
    }
    let busy = answer.expect("busy times");
    assert!(busy.iter().all(|span| range.covers(*span)), "outside of the range");
    assert_eq!(spans::union(busy.clone()), busy, "neither sorted nor merged");
}

#[cfg(test)]
mod memory {
    mod handing_over {
        crate::calendar_contract!(attr = tokio::test, harness = crate::testkit::MemoryCalendar::new());
    }
    mod inviting {
        use crate::testkit::{MemoryCalendar, contract::calendar::event};
        use crate::values::hours;

        fn busy() -> MemoryCalendar {
            let calendar = MemoryCalendar::inviting();
            let span = event().span;
            calendar.set_busy(
                &event().attendee.email,
                vec![span.widened(hours(1)), span, span.widened(hours(90))],
            );
            calendar
        }
        crate::calendar_contract!(attr = tokio::test, harness = busy());

        #[tokio::test]
        async fn a_lower_sequence_never_undoes_a_higher_one() {
            use crate::ports::{Calendar, CalendarEvent};
            let calendar = MemoryCalendar::inviting();
            calendar.put(&CalendarEvent { sequence: 1, ..event() }).await.unwrap();
            calendar.cancel(&event()).await.unwrap();
            assert_eq!(calendar.standing().len(), 1);
        }
    }
}
