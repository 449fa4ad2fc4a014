//! IANA time zones and BCP 47 locales.

use super::{Duration, Timestamp};
use chrono::{NaiveDateTime, Offset, TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An IANA time zone, for example `Asia/Kolkata`. Data: chrono-tz 0.10 (tzdata 2025b).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// The name, for example `Asia/Kolkata`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Every zone name, for pickers.
    pub fn all() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name())
    }

    /// The local date and time at an instant.
    pub fn local(self, at: Timestamp) -> NaiveDateTime {
        at.with_timezone(&self.0).naive_local()
    }

    /// The instant of a local date and time. In an overlap (clocks go back) the first instant; a time in
    /// a gap (clocks go forward) moves forward by the length of the gap (product rule "Slots").
    pub fn instant(self, local: NaiveDateTime) -> Timestamp {
        if let Some(at) = self.0.from_local_datetime(&local).earliest() {
            return at.to_utc();
        }
        // In a gap: the offset in force before it, applied to the wanted time, lands past the gap by
        // just as much as the wanted time lay inside it.
        let day_before = local - Duration::days(1);
        let before = self.0.offset_from_utc_datetime(&day_before).fix();
        (local - before).and_utc()
    }

    /// The offset from UTC at an instant, in seconds, east positive.
    pub fn offset_seconds(self, at: Timestamp) -> i32 {
        self.0.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
    }

    /// `Mon 5 Jan 2026, 10:00 (Asia/Kolkata, UTC+05:30)`.
    pub fn describe(self, at: Timestamp) -> String {
        let local = self.local(at);
        let seconds = self.offset_seconds(at);
        let sign = if seconds < 0 { '-' } else { '+' };
        let total = seconds.abs() / 60;
        format!(
            "{} ({}, UTC{sign}{:02}:{:02})",
            local.format("%a %-d %b %Y, %H:%M"),
            self.name(),
            total / 60,
            total % 60
        )
    }
}

impl std::str::FromStr for Zone {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        name.parse().map(Self).map_err(|_| {
            let shown: String = name.chars().take(64).collect();
            format!("unknown time zone {shown:?}; use an IANA name such as Asia/Kolkata")
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl TryFrom<String> for Zone {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}
impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

/// A BCP 47 language tag such as `en` or `hi-IN`: letters and digits in groups of 2 to 8, the first of
/// letters only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(String);

impl Locale {
    /// The tag as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `hi` of `hi-IN`.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or("en")
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".into())
    }
}

impl std::str::FromStr for Locale {
    type Err = String;
    fn from_str(tag: &str) -> Result<Self, String> {
        let mut groups = tag.split('-');
        let language = groups.next().unwrap_or_default();
        let ok = tag.len() <= 35
            && (2..=3).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_alphabetic())
            && groups.all(|g| (2..=8).contains(&g.len()) && g.bytes().all(|b| b.is_ascii_alphanumeric()));
        if ok {
            Ok(Self(tag.to_owned()))
        } else {
            Err("must be a BCP 47 language tag such as en or hi-IN".into())
        }
    }
}
impl TryFrom<String> for Locale {
    type Error = String;
    fn try_from(tag: String) -> Result<Self, String> {
        tag.parse()
    }
}
impl From<Locale> for String {
    fn from(locale: Locale) -> String {
        locale.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, local: &str) -> String {
        let zone: Zone = zone.parse().unwrap();
        zone.instant(local.parse().unwrap()).to_rfc3339()
    }

    #[test]
    fn a_local_time_in_a_gap_moves_forward_by_the_gap() {
        // New York springs forward at 02:00 on 2026-03-08; Lord Howe by half an hour on 2026-10-04.
        assert_eq!(at("America/New_York", "2026-03-08T02:30:00"), "2026-03-08T07:30:00+00:00");
        assert_eq!(at("Australia/Lord_Howe", "2026-10-04T02:15:00"), "2026-10-03T15:45:00+00:00");
    }

    #[test]
    fn a_local_time_in_an_overlap_is_the_first_one() {
        assert_eq!(at("America/New_York", "2026-11-01T01:30:00"), "2026-11-01T05:30:00+00:00");
        assert_eq!(at("Australia/Lord_Howe", "2026-04-05T01:45:00"), "2026-04-04T14:45:00+00:00");
    }

    #[test]
    fn half_hour_zones_and_leap_days() {
        assert_eq!(at("Asia/Kolkata", "2028-02-29T10:00:00"), "2028-02-29T04:30:00+00:00");
        let kolkata: Zone = "Asia/Kolkata".parse().unwrap();
        let start: Timestamp = "2026-01-05T04:30:00Z".parse().unwrap();
        assert_eq!(kolkata.describe(start), "Mon 5 Jan 2026, 10:00 (Asia/Kolkata, UTC+05:30)");
    }

    #[test]
    fn unknown_zones_and_tags_are_refused() {
        assert!("Asia/Nowhere".parse::<Zone>().is_err());
        assert!("IST+5:30".parse::<Zone>().is_err());
        for tag in ["", "e", "english", "en_US", "en-", "12-ab"] {
            assert!(tag.parse::<Locale>().is_err(), "{tag:?}");
        }
        assert_eq!("hi-IN".parse::<Locale>().unwrap().language(), "hi");
    }
}
