//! Times, lengths and starts in the words of a page.

use hdip_core::scheduling::{Offer, OfferedStart};
use hdip_core::values::{Timestamp, Zone};
use minijinja::context;
use minijinja::value::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Every zone name, for pickers.
pub static ZONES: LazyLock<Value> = LazyLock::new(|| Zone::all().collect());

/// `Tue 6 Jan 2026, 10:00–11:00 (Asia/Kolkata, UTC+05:30)`.
pub fn from_to(zone: Zone, start: Timestamp, end: Timestamp) -> String {
    let end = format!("–{} (", zone.local(end).format("%H:%M"));
    zone.describe(start).replacen(" (", &end, 1)
}

/// Whole minutes between two instants.
pub fn minutes(start: Timestamp, end: Timestamp) -> i64 {
    (end - start).num_minutes()
}

/// `5 years 3 months`.
pub fn experience(months: u32) -> String {
    let part = |n: u32, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    match (months / 12, months % 12) {
        (0, months) => part(months, "month"),
        (years, 0) => part(years, "year"),
        (years, months) => format!("{} {}", part(years, "year"), part(months, "month")),
    }
}

/// `4 minutes`, for something that ends soon.
pub fn left(now: Timestamp, until: Timestamp) -> String {
    match (until - now).num_minutes() {
        ..1 => "less than a minute".into(),
        1 => "1 minute".into(),
        n => format!("{n} minutes"),
    }
}

/// The starts of an offer by local day, and those of one day: the one asked for, else the first.
pub fn offer(offer: &Offer, zone: Zone, day: Option<&str>) -> Value {
    let mut days: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for start in &offer.starts {
        days.entry(zone.local(start.start).format("%Y-%m-%d").to_string()).or_default().push(start);
    }
    let day_label = |starts: &[&OfferedStart]| {
        starts.first().map(|first| zone.local(first.start).format("%a %-d %b").to_string())
    };
    let chosen = day.filter(|day| days.contains_key(*day)).or(days.keys().next().map(String::as_str));
    let of_day = chosen.and_then(|day| days.get(day)).map(Vec::as_slice).unwrap_or_default();
    let clock = |at: Timestamp| zone.local(at).format("%H:%M").to_string();
    // What lies in the night for the candidate stands apart, so that nobody picks it by mistake.
    let (night, starts): (Vec<_>, Vec<_>) = of_day.iter().partition(|start| start.odd_hour);
    let buttons = |starts: Vec<&&OfferedStart>| -> Vec<Value> {
        let button = |start: &&OfferedStart| {
            let label = clock(start.start);
            // The hour that clocks repeat: say which of the two.
            let twice = of_day.iter().filter(|other| clock(other.start) == label).count() > 1;
            let label = if twice { format!("{label} {}", offset(zone, start.start)) } else { label };
            context! { at => instant(start.start), label }
        };
        starts.into_iter().map(button).collect()
    };
    let list: Vec<Value> =
        days.iter().map(|(date, starts)| context! { date, label => day_label(starts) }).collect();
    context! {
        days => list,
        day => chosen,
        day_label => day_label(of_day),
        starts => buttons(starts),
        night => buttons(night),
    }
}

fn offset(zone: Zone, at: Timestamp) -> String {
    let minutes = zone.offset_seconds(at) / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// An instant as forms carry it.
pub fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_and_lengths_are_written_out() {
        let zone: Zone = "Asia/Kolkata".parse().unwrap();
        assert_eq!(
            from_to(zone, at("2026-01-06T04:30:00Z"), at("2026-01-06T05:30:00Z")),
            "Tue 6 Jan 2026, 10:00–11:00 (Asia/Kolkata, UTC+05:30)"
        );
        assert_eq!(experience(60), "5 years");
        assert_eq!(experience(13), "1 year 1 month");
        assert_eq!(experience(0), "0 months");
        assert_eq!(left(at("2026-01-06T04:30:00Z"), at("2026-01-06T04:34:59Z")), "4 minutes");
        assert_eq!(left(at("2026-01-06T04:30:00Z"), at("2026-01-06T04:30:30Z")), "less than a minute");
    }

    #[test]
    fn starts_are_grouped_by_the_viewers_day_and_a_repeated_hour_is_told_apart() {
        let zone: Zone = "America/New_York".parse().unwrap();
        // Clocks go back at 06:00 UTC: 01:30 comes twice.
        let starts = ["2026-11-01T03:30:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]
            .map(|start| OfferedStart { start: at(start), count: 1, odd_hour: true })
            .to_vec();
        let all = Offer { duration_minutes: 60, candidate_zone: zone, starts };
        let labels = |value: &Value| -> Vec<String> {
            let starts = value.get_attr("night").unwrap();
            starts.try_iter().unwrap().map(|s| s.get_attr("label").unwrap().to_string()).collect()
        };
        let first = offer(&all, zone, None);
        assert_eq!(labels(&first), ["23:30"]);
        let second = offer(&all, zone, Some("2026-11-01"));
        assert_eq!(labels(&second), ["01:30 UTC-04:00", "01:30 UTC-05:00"]);
        assert_eq!(labels(&offer(&all, zone, Some("2026-12-24"))), ["23:30"], "an unknown day is the first");
    }
}
