//! Interviewers and their availability.

use crate::ports::storage::entity;
use crate::values::*;
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A rung of the interviewer's ladder (product §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterviewerStatus {
    /// Invited, has not set up yet.
    Invited,
    /// Learns under a mentor.
    Shadowing,
    /// Interviews.
    Certified,
    /// Interviews and signs off others.
    Mentor,
    /// Gets no invitations.
    Suspended,
    /// Gone.
    Left,
}

impl InterviewerStatus {
    /// Every rung.
    pub const ALL: [Self; 6] =
        [Self::Invited, Self::Shadowing, Self::Certified, Self::Mentor, Self::Suspended, Self::Left];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Shadowing => "shadowing",
            Self::Certified => "certified",
            Self::Mentor => "mentor",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }

    /// May be invited to interviews.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Certified | Self::Mentor)
    }

    /// Neither suspended nor gone.
    pub const fn is_there(self) -> bool {
        !matches!(self, Self::Suspended | Self::Left)
    }

    /// Whether the ladder has this step: up rung by rung, suspension and back, leaving from anywhere.
    pub const fn may_become(self, to: Self) -> bool {
        use InterviewerStatus::*;
        matches!(
            (self, to),
            (Invited, Shadowing | Certified)
                | (Shadowing, Certified)
                | (Certified, Mentor)
                | (Mentor, Certified)
                | (Certified | Mentor | Shadowing, Suspended)
                | (Suspended, Certified | Mentor | Shadowing)
                | (Invited | Shadowing | Certified | Mentor | Suspended, Left)
        )
    }
}

/// A freelance interviewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interviewer {
    /// Its id.
    pub id: InterviewerId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Email,
    /// The address in the form it is unique in.
    pub email_key: String,
    /// Phone.
    pub phone: Option<Phone>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Zone of the availability rules, weekly cap and mails.
    pub zone: Zone,
    /// Language.
    pub locale: Locale,
    /// 1 to 3.
    pub level: u8,
    /// Rung of the ladder.
    pub status: InterviewerStatus,
    /// Slugs of the operator's catalogue.
    pub specialisations: BTreeSet<String>,
    /// In the form they are compared in.
    pub skills: BTreeSet<String>,
    /// Months.
    pub experience_months: u32,
    /// Present employer.
    pub current_company: Option<String>,
    /// Former employers.
    pub previous_companies: Vec<String>,
    /// Present role.
    pub designation: Option<String>,
    /// At most that many interviews per ISO week of the zone.
    pub weekly_cap: u32,
    /// At least that much between two interviews (never below the buffer).
    pub minimum_gap_minutes: u32,
    /// What it is paid in.
    pub pay_currency: Currency,
    /// Mean rating × 100, if rated.
    pub rating_hundredths: Option<u32>,
    /// From how many ratings.
    pub ratings: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Level it is certified at, 1 to 3, by slug of the specialisation.
    pub certifications: BTreeMap<String, u8>,
    /// When the notice it gave, or was given, is over: nothing that begins later is offered to it.
    pub leaves_at: Option<Timestamp>,
    /// Record version.
    pub version: i64,
}
entity!(Interviewer, Interviewers, "interviewer", found by crate::search::of_interviewer);

impl Interviewer {
    /// After an edit: what it is not of any more it is not certified in; who is put on another level is so in
    /// everything it was certified in at the level before.
    pub(crate) fn keep_certifications(&mut self, level_before: u8) {
        let (level, specialisations) = (self.level, &self.specialisations);
        self.certifications.retain(|slug, _| specialisations.contains(slug));
        for certified in self.certifications.values_mut().filter(|certified| **certified == level_before) {
            *certified = level;
        }
    }
}

/// The owner row of everything that decides when an interviewer can be taken: every claim, availability
/// or status change bumps its version, so that caps and gaps cannot be broken by two decisions that each
/// looked right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterviewerSchedule {
    /// The interviewer.
    pub id: InterviewerId,
    /// Interviews confirmed so far, ever.
    pub confirmed_total: i64,
    /// Record version.
    pub version: i64,
}
entity!(InterviewerSchedule, InterviewerSchedules, "interviewer");

/// When an interviewer is or is not to be had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AvailabilityTimes {
    /// A recurring rule (RFC 5545 RRULE subset) in the interviewer's zone, minus exceptions.
    Rule {
        /// For example `FREQ=WEEKLY;BYDAY=MO,WE`.
        rrule: super::WeeklyRule,
        /// First day (DTSTART).
        first_day: NaiveDate,
        /// Local start.
        local_start: NaiveTime,
        /// Elapsed minutes, multiple of 5.
        duration_minutes: u32,
        /// Days left out (EXDATE).
        exceptions: BTreeSet<NaiveDate>,
    },
    /// A one-off window.
    Window {
        /// When.
        span: Span,
    },
    /// Never, whatever the rules say.
    Blackout {
        /// When.
        span: Span,
    },
}

/// One rule, window or black-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Availability {
    /// Its id.
    pub id: AvailabilityId,
    /// Whose.
    pub interviewer_id: InterviewerId,
    /// When.
    pub times: AvailabilityTimes,
    /// A note to self.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Availability, Availabilities, "availability entry");

/// Busy times read from an interviewer's own calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExternalBusy {
    /// The interviewer.
    pub id: InterviewerId,
    /// Sorted and merged.
    #[serde(with = "crate::values::spans::micros")]
    pub spans: Vec<Span>,
    /// When they were read.
    pub synced_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(ExternalBusy, ExternalBusies, "busy times");
