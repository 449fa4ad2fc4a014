use hdip_core::ports::{Calendar, CalendarEvent, Method};
use hdip_core::testkit::contract::calendar::event;
use hdip_core::testkit::contract::ical;
use hdip_integrations::calendar::ics::IcsCalendar;
use icalendar::{CalendarComponent, Component, EventLike};

mod contract {
    hdip_core::calendar_contract!(attr = tokio::test, harness = super::IcsCalendar::new());
}

async fn text(event: &CalendarEvent, method: Method) -> String {
    let receipt = match method {
        Method::Request => IcsCalendar::new().put(event).await,
        Method::Cancel => IcsCalendar::new().cancel(event).await,
    };
    receipt.unwrap().object.unwrap().text
}

const REQUEST: &str = "BEGIN:VCALENDAR\r
PRODID:-//HDIP//HDIP 1.0//EN\r
VERSION:2.0\r
CALSCALE:GREGORIAN\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:int_01-intr_02@hdip.example\r
DTSTAMP:20260101T060000Z\r
SEQUENCE:0\r
DTSTART:20260105T043000Z\r
DTEND:20260105T053000Z\r
SUMMARY:Interview: Backend round 1\r
DESCRIPTION:Join: https://meet.example/int-01\\nReply to this mail to ask fo\r
 r another time.\r
LOCATION:https://meet.example/int-01\r
ORGANIZER;CN=\"Interviews\":mailto:invites@hdip.example\r
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=\r
 TRUE;CN=\"Asha Rao\":mailto:asha@corp.example\r
STATUS:CONFIRMED\r
TRANSP:OPAQUE\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
DESCRIPTION:Interview: Backend round 1\r
TRIGGER:-PT10M\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
";

#[tokio::test]
async fn a_request_reads_as_in_the_documents() {
    assert_eq!(text(&event(), Method::Request).await, REQUEST);
}

#[tokio::test]
async fn a_request_rings_ten_minutes_before_and_a_cancellation_does_not() {
    for (method, alarms) in [(Method::Request, 1), (Method::Cancel, 0)] {
        let calendar = ical::parse(&text(&event(), method).await);
        let vevent = calendar.all("VEVENT").next().unwrap();
        assert_eq!(vevent.all("VALARM").count(), alarms);
        for alarm in vevent.all("VALARM") {
            assert_eq!((&*alarm.one("TRIGGER").value, &*alarm.one("ACTION").value), ("-PT10M", "DISPLAY"));
        }
    }
}

#[tokio::test]
async fn what_is_not_known_yet_is_left_out() {
    let event = CalendarEvent { location: String::new(), description: String::new(), ..event() };
    let calendar = ical::parse(&text(&event, Method::Request).await);
    let vevent = calendar.all("VEVENT").next().unwrap();
    assert!(vevent.properties.iter().all(|p| p.name != "LOCATION" && p.name != "DESCRIPTION"));
}

#[tokio::test]
async fn another_reader_reads_the_same() {
    let event = CalendarEvent {
        summary: "C++, Rust; backend – आशा 🎉, a summary that is long enough to be folded at least twice"
            .into(),
        ..event()
    };
    let calendar: icalendar::Calendar = text(&event, Method::Cancel).await.parse().unwrap();
    let [CalendarComponent::Event(read)] = calendar.components.as_slice() else { panic!("one event") };
    assert_eq!(read.get_uid(), Some(event.uid.as_str()));
    assert_eq!(read.get_sequence(), Some(event.sequence));
    assert_eq!(read.get_summary(), Some(event.summary.as_str()));
    assert_eq!(read.get_location(), Some(event.location.as_str()));
    let start = read.get_start().map(|start| format!("{start:?}")).unwrap();
    assert!(start.contains("Utc(2026-01-05T04:30:00Z)"), "{start}");
    assert_eq!(read.property_value("STATUS"), Some("CANCELLED"));
}
