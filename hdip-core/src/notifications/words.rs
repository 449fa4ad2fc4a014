//! Times, lengths, amounts, grades and verdicts in the language of a mail. Templates hold sentences; what stands
//! between them is written here. A language that is not known here gets the English words.

use crate::desk::{ContestAbout, ContestState, GrantKind};
use crate::feedback::Recommendation;
use crate::scheduling::{InterviewState, Side};
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

    /// What an interview counts as: `called off late`, `kurzfristig abgesagt`.
    pub fn outcome(self, state: InterviewState, by: Side) -> &'static str {
        let (english, german) = match state {
            InterviewState::AwaitingFeedback => {
                ("took place, feedback is due", "hat stattgefunden, Bewertung steht aus")
            }
            InterviewState::CandidateNoShow => {
                ("the candidate did not join", "Kandidat oder Kandidatin nicht erschienen")
            }
            InterviewState::InterviewerNoShow => {
                ("the interviewer did not join", "Interviewer nicht erschienen")
            }
            InterviewState::ClosedWithoutFeedback => {
                ("does not count, to be repeated free of charge", "zählt nicht, wird kostenfrei wiederholt")
            }
            InterviewState::Cancelled if by == Side::Client => ("called off late", "kurzfristig abgesagt"),
            InterviewState::Cancelled => ("called off by us, free of charge", "von uns abgesagt, kostenfrei"),
            InterviewState::Requested => ("requested", "angefragt"),
            InterviewState::Inviting => {
                ("an interviewer is being looked for", "ein Interviewer wird gesucht")
            }
            InterviewState::Confirmed => ("confirmed", "bestätigt"),
            InterviewState::InProgress => ("in progress", "läuft"),
            InterviewState::Completed => ("completed", "abgeschlossen"),
            InterviewState::Expired => ("nobody accepted", "niemand hat zugesagt"),
            InterviewState::Rescheduled => ("moved", "verschoben"),
            InterviewState::Interrupted => ("interrupted", "abgebrochen"),
        };
        self.pick(english, german)
    }

    /// What is contested, after "the" (`charge`); in German after "widersprechen", with its article
    /// (`der Abrechnung`).
    pub fn contested(self, about: ContestAbout) -> &'static str {
        match about {
            ContestAbout::Outcome => self.pick("outcome", "der Einstufung"),
            ContestAbout::Charge => self.pick("charge", "der Abrechnung"),
            ContestAbout::Earning => self.pick("earning", "der Vergütung"),
        }
    }

    /// Whose side, after "the" (`client`); in German as who does something, with its article (`der Kunde`).
    pub fn party(self, side: Side) -> &'static str {
        match side {
            Side::Client => self.pick("client", "der Kunde"),
            Side::Candidate => self.pick("candidate", "der Kandidat oder die Kandidatin"),
            Side::Interviewer => self.pick("interviewer", "der Interviewer"),
            Side::Operator => self.pick("operator", "der Betreiber"),
            Side::System => self.pick("system", "das System"),
        }
    }

    /// `partly upheld`, `teilweise stattgegeben`.
    pub fn verdict(self, state: ContestState) -> &'static str {
        match state {
            ContestState::Open => self.pick("open", "offen"),
            ContestState::Upheld => self.pick("upheld", "stattgegeben"),
            ContestState::PartlyUpheld => self.pick("partly upheld", "teilweise stattgegeben"),
            ContestState::Rejected => self.pick("rejected", "zurückgewiesen"),
        }
    }

    /// `2 free interviews`, `2 kostenfreie Interviews`.
    pub fn granted(self, kind: GrantKind, count: u32) -> String {
        let what = match (kind, count) {
            (GrantKind::FreeInterviews, 1) => self.pick("free interview", "kostenfreies Interview"),
            (GrantKind::FreeInterviews, _) => self.pick("free interviews", "kostenfreie Interviews"),
            (GrantKind::Credits, 1) => self.pick("credit", "Credit"),
            (GrantKind::Credits, _) => self.pick("credits", "Credits"),
        };
        format!("{count} {what}")
    }

    const fn pick(self, english: &'static str, german: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::German => german,
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

    #[test]
    fn what_an_interview_counts_as_is_said_in_both_languages() {
        let said = |state, by| [Words::English, Words::German].map(|words| words.outcome(state, by));
        assert_eq!(
            said(InterviewState::AwaitingFeedback, Side::Operator),
            ["took place, feedback is due", "hat stattgefunden, Bewertung steht aus"]
        );
        assert_eq!(
            said(InterviewState::ClosedWithoutFeedback, Side::Operator),
            ["does not count, to be repeated free of charge", "zählt nicht, wird kostenfrei wiederholt"]
        );
        assert_eq!(
            said(InterviewState::Cancelled, Side::Client),
            ["called off late", "kurzfristig abgesagt"]
        );
        assert_eq!(
            said(InterviewState::Cancelled, Side::Operator),
            ["called off by us, free of charge", "von uns abgesagt, kostenfrei"]
        );
        for state in InterviewState::ALL {
            let [english, german] = said(state, Side::System);
            assert!(english != german && !english.contains('_') && !german.contains('_'), "{state:?}");
        }
    }

    #[test]
    fn words_of_the_desk_are_said_in_both_languages() {
        let words = Words::of(&"de-AT".parse().unwrap());
        let contested = [ContestAbout::Outcome, ContestAbout::Charge, ContestAbout::Earning];
        assert_eq!(
            contested.map(|about| words.contested(about)),
            ["der Einstufung", "der Abrechnung", "der Vergütung"]
        );
        assert_eq!(contested.map(|about| Words::English.contested(about)), ["outcome", "charge", "earning"]);
        let parties = [Side::Client, Side::Candidate, Side::Interviewer];
        assert_eq!(
            parties.map(|side| words.party(side)),
            ["der Kunde", "der Kandidat oder die Kandidatin", "der Interviewer"]
        );
        assert_eq!(parties.map(|side| Words::English.party(side)), ["client", "candidate", "interviewer"]);
        let verdicts = [ContestState::Upheld, ContestState::PartlyUpheld, ContestState::Rejected];
        assert_eq!(
            verdicts.map(|verdict| words.verdict(verdict)),
            ["stattgegeben", "teilweise stattgegeben", "zurückgewiesen"]
        );
        assert_eq!(
            verdicts.map(|verdict| Words::English.verdict(verdict)),
            ["upheld", "partly upheld", "rejected"]
        );
        let granted = |words: Words| {
            [
                (GrantKind::FreeInterviews, 1),
                (GrantKind::FreeInterviews, 2),
                (GrantKind::Credits, 1),
                (GrantKind::Credits, 0),
            ]
            .map(|(kind, count)| words.granted(kind, count))
        };
        assert_eq!(
            granted(words),
            ["1 kostenfreies Interview", "2 kostenfreie Interviews", "1 Credit", "0 Credits"]
        );
        assert_eq!(
            granted(Words::English),
            ["1 free interview", "2 free interviews", "1 credit", "0 credits"]
        );
        assert_eq!(words.money(Money::major(1_000, Currency::Inr)), "1.000,00 INR");
    }
}
