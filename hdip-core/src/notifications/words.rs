//! Times, lengths, amounts and grades in the language of a mail. Templates hold sentences; what stands between
//! them is written here. A language that is not known here gets the English words.

use crate::feedback::Recommendation;
use crate::values::*;
use chrono::Datelike;

const WEEKDAYS: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// Words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    English,
    German,
}

impl Words {
    /// Those of a locale.
    pub fn of(locale: &Locale) -> Self {
        if locale.language().eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }

    /// `Mon 5 Jan 2026, 10:00 (Asia/Kolkata, UTC+05:30)`,
    /// `Montag, 5. Januar 2026, 10:00 Uhr (Asia/Kolkata, UTC+05:30)`.
    pub fn time(self, at: Timestamp, zone: Zone) -> String {
        let english = zone.describe(at);
        match (self, english.split_once(" (")) {
            (Self::German, Some((_, place))) => {
                let local = zone.local(at);
                format!(
                    "{}, {}. {} {}, {} Uhr ({place}",
                    WEEKDAYS[local.weekday().num_days_from_monday() as usize],
                    local.day(),
                    MONTHS[local.month0() as usize],
                    local.year(),
                    local.format("%H:%M"),
                )
            }
            _ => english,
        }
    }

    /// `24 hours`, `10 minutes`; in German after "in": `24 Stunden`, `3 Tagen`.
    pub fn lead(self, minutes: u32) -> String {
        let (count, unit) = match minutes {
            m if m % 1440 == 0 && m > 1440 => (m / 1440, 0),
            m if m % 60 == 0 => (m / 60, 1),
            m => (m, 2),
        };
        let (one, many) = match self {
            Self::English => (["day", "hour", "minute"], ["days", "hours", "minutes"]),
            Self::German => (["Tag", "Stunde", "Minute"], ["Tagen", "Stunden", "Minuten"]),
        };
        format!("{count} {}", if count == 1 { one[unit] } else { many[unit] })
    }

    /// `5 years`, `5 years 3 months`, `8 months`, `none`.
    pub fn years(self, months: u32) -> String {
        let (year, month, none) = match self {
            Self::English => (["year", "years"], ["month", "months"], "none"),
            Self::German => (["Jahr", "Jahre"], ["Monat", "Monate"], "keine"),
        };
        let part = |count: u32, unit: [&str; 2]| match count {
            0 => None,
            n => Some(format!("{n} {}", unit[usize::from(n != 1)])),
        };
        let parts: Vec<_> =
            [part(months / 12, year), part(months % 12, month)].into_iter().flatten().collect();
        if parts.is_empty() { none.into() } else { parts.join(" ") }
    }

    /// `INR 1,800.00`, `1.800,00 INR`.
    pub fn money(self, amount: Money) -> String {
        let english = amount.to_string();
        match (self, english.split_once(' ')) {
            (Self::German, Some((currency, number))) => {
                let swapped: String = number
                    .chars()
                    .map(|c| match c {
                        ',' => '.',
                        '.' => ',',
                        c => c,
                    })
                    .collect();
                format!("{swapped} {currency}")
            }
            _ => english,
        }
    }

    /// `highly recommended`, `sehr empfohlen`.
    pub fn recommendation(self, said: Recommendation) -> String {
        match (self, said) {
            (Self::English, said) => said.as_str().replace('_', " "),
            (Self::German, Recommendation::HighlyRecommended) => "sehr empfohlen".into(),
            (Self::German, Recommendation::Recommended) => "empfohlen".into(),
            (Self::German, Recommendation::NotRecommended) => "nicht empfohlen".into(),
            (Self::German, Recommendation::StronglyNotRecommended) => "entschieden nicht empfohlen".into(),
        }
    }

    /// What a calendar entry is called.
    pub fn entry_title(self, job: &str, brand_or_candidate: &str, for_candidate: bool) -> String {
        match (self, for_candidate) {
            (Self::English, true) => format!("Interview: {job} at {brand_or_candidate}"),
            (Self::German, true) => format!("Interview: {job} bei {brand_or_candidate}"),
            (_, false) => format!("Interview: {brand_or_candidate}, {job}"),
        }
    }

    /// What the calendar entry of somebody who sits in is called.
    pub fn shadowing_title(self, job: &str, candidate: &str) -> String {
        match self {
            Self::English => format!("Shadowing: {candidate}, {job}"),
            Self::German => format!("Hospitation: {candidate}, {job}"),
        }
    }

    /// What a calendar entry says of the meeting.
    pub fn entry_meeting(self, url: &str) -> String {
        match (self, url) {
            (Self::English, "") => "The meeting link follows.".into(),
            (Self::German, "") => "Der Link zur Besprechung folgt.".into(),
            (Self::English, url) => format!("Join: {url}"),
            (Self::German, url) => format!("Teilnehmen: {url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_is_written_as_germans_write_it() {
        let at: Timestamp = "2026-03-05T04:30:00Z".parse().unwrap();
        let zone: Zone = "Asia/Kolkata".parse().unwrap();
        let words = Words::of(&"de-AT".parse().unwrap());
        assert_eq!(words.time(at, zone), "Donnerstag, 5. März 2026, 10:00 Uhr (Asia/Kolkata, UTC+05:30)");
        assert_eq!(Words::English.time(at, zone), "Thu 5 Mar 2026, 10:00 (Asia/Kolkata, UTC+05:30)");
        let leads = [1440, 60, 10, 2880, 1].map(|minutes| words.lead(minutes));
        assert_eq!(leads, ["24 Stunden", "1 Stunde", "10 Minuten", "2 Tagen", "1 Minute"]);
        let years = [0, 1, 12, 63].map(|months| words.years(months));
        assert_eq!(years, ["keine", "1 Monat", "1 Jahr", "5 Jahre 3 Monate"]);
        assert_eq!(words.money(Money::major(180_000, Currency::Inr)), "1.80.000,00 INR");
        assert_eq!(words.money(Money { amount_minor: 2_650, currency: Currency::Usd }), "26,50 USD");
        assert_eq!(Words::of(&Locale::default()), Words::English);
        assert_eq!(Words::English.lead(1440), "24 hours");
        assert_eq!(Words::English.years(63), "5 years 3 months");
    }
}
