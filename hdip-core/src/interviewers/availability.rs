//! An interviewer's times: recurring rules, one-off windows, black-outs, and the busy times of its own
//! calendar. Every change raises the schedule's version.

use super::*;
use crate::edits::expect_version;
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Rules, windows and black-outs one interviewer may have.
const MAX_ENTRIES: usize = 200;
/// Days one rule may leave out.
const MAX_EXCEPTIONS: usize = 366;
/// Busy times one calendar may hand over.
const MAX_BUSY: usize = 2_000;

/// When an interviewer is or is not to be had, as typed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Times {
    /// A recurring rule in the interviewer's zone.
    Rule {
        /// RFC 5545 RRULE with FREQ DAILY or WEEKLY, INTERVAL, BYDAY, UNTIL, COUNT.
        rrule: String,
        /// First day, `YYYY-MM-DD`.
        first_day: String,
        /// Local start, `HH:MM`, on a multiple of 5 minutes.
        local_start: String,
        /// Elapsed minutes, 15 to 1440, a multiple of 5.
        duration_minutes: u32,
        /// Days left out, `YYYY-MM-DD`, at most 366.
        exceptions: Vec<String>,
    },
    /// A one-off window of at most 31 days.
    Window {
        /// RFC 3339, on a multiple of 5 minutes.
        start: String,
        /// RFC 3339, on a multiple of 5 minutes, not past.
        end: String,
    },
    /// Never, whatever the rules say; at most 366 days.
    Blackout {
        /// RFC 3339, on a multiple of 5 minutes.
        start: String,
        /// RFC 3339, on a multiple of 5 minutes, not past.
        end: String,
    },
}

/// An availability entry to add, or to put in the place of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutAvailability {
    /// When.
    pub times: Times,
    /// A note to self, at most 200 characters.
    pub note: Option<String>,
}

/// A busy time of an interviewer's own calendar, as handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusyTime {
    /// RFC 3339.
    pub start: String,
    /// RFC 3339, after the start.
    pub end: String,
}

impl PutAvailability {
    fn parse(
        &self,
        fields: &mut Fields,
        zone: Zone,
        now: Timestamp,
    ) -> Option<(AvailabilityTimes, Option<String>)> {
        let note = fields.optional_line("note", self.note.as_deref(), 200);
        let times = match &self.times {
            Times::Rule { rrule, first_day, local_start, duration_minutes, exceptions } => {
                parse_rule(fields, zone, rrule, first_day, local_start, *duration_minutes, exceptions)
            }
            Times::Window { start, end } => {
                parse_span(fields, start, end, now, 31).map(|span| AvailabilityTimes::Window { span })
            }
            Times::Blackout { start, end } => {
                parse_span(fields, start, end, now, 366).map(|span| AvailabilityTimes::Blackout { span })
            }
        };
        Some((times?, note))
    }
}

fn parse_rule(
    fields: &mut Fields,
    zone: Zone,
    rrule: &str,
    first_day: &str,
    local_start: &str,
    duration_minutes: u32,
    exceptions: &[String],
) -> Option<AvailabilityTimes> {
    let rule: Option<WeeklyRule> = match rrule.len() {
        0..=200 => fields.parse("rrule", "invalid_rrule", rrule),
        _ => {
            fields.wrong("rrule", "too_long", "must have at most 200 characters");
            None
        }
    };
    let day = date(fields, "first_day", first_day);
    let start = local_time(fields, local_start);
    fields.range("duration_minutes", duration_minutes, 15, 1440);
    let five = duration_minutes.is_multiple_of(5);
    fields.ensure(five, "duration_minutes", "not_multiple_of_5", "must be a multiple of 5");
    let few = exceptions.len() <= MAX_EXCEPTIONS;
    fields.ensure(few, "exceptions", "too_many", "must have at most 366 days");
    let exceptions: BTreeSet<NaiveDate> = (exceptions.iter().take(MAX_EXCEPTIONS).enumerate())
        .filter_map(|(i, day)| date(fields, &format!("exceptions[{i}]"), day))
        .collect();
    let (rrule, first_day, local_start) = (rule?, day?, start?);
    if !fields.is_ok() {
        return None;
    }
    let recurring = Recurring {
        rule: rrule.clone(),
        first_day,
        local_start,
        duration_minutes,
        zone,
        exceptions: BTreeSet::new(),
    };
    // Every 52nd week on one weekday is the rarest there is: its first day lies within 53 weeks.
    let from = zone.instant(first_day.and_time(local_start));
    let ever = Span::new(from, from + days(53 * 7)).is_some_and(|range| !recurring.expand(range).is_empty());
    fields.ensure(ever, "rrule", "never", "has no day on or after first_day");
    ever.then_some(AvailabilityTimes::Rule { rrule, first_day, local_start, duration_minutes, exceptions })
}

/// A day that exists (there is no 29 February 2027), written out in full.
fn date(fields: &mut Fields, field: &str, text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| shape);
    match day {
        Some(day) if (2000..=2100).contains(&day.year()) => return Some(day),
        Some(_) => fields.wrong(field, "out_of_range", "must be a day between 2000 and 2100"),
        None => fields.wrong(field, "invalid_date", "must be a day that exists, as YYYY-MM-DD"),
    }
    None
}

fn local_time(fields: &mut Fields, text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    let wrong = match text {
        "24:00" => "must be before 24:00; the day after begins at 00:00".into(),
        text if text.len() > 5 && NaiveTime::parse_from_str(text, "%H:%M:%S%.f").is_ok() => {
            "must be HH:MM, without seconds".into()
        }
        text => match NaiveTime::parse_from_str(text, "%H:%M") {
            Ok(time) if text.len() == 5 && time.minute() % 5 == 0 => return Some(time),
            Ok(_) if text.len() == 5 => {
                fields.wrong("local_start", "not_multiple_of_5", "must be on a multiple of 5 minutes");
                return None;
            }
            _ => String::from("must be a time of day as HH:MM, for example 09:30"),
        },
    };
    fields.wrong("local_start", "invalid_time", wrong);
    None
}

fn parse_span(
    fields: &mut Fields,
    start: &str,
    end: &str,
    now: Timestamp,
    longest_days: i64,
) -> Option<Span> {
    let mut on_grid = |field: &str, text: &str| {
        let at = fields.time(field, text)?;
        let grid = at.timestamp().rem_euclid(300) == 0 && at.timestamp_subsec_nanos() == 0;
        fields.ensure(grid, field, "not_multiple_of_5", "must be on a multiple of 5 minutes");
        Some(at)
    };
    let (start, end) = (on_grid("start", start), on_grid("end", end));
    let (start, end) = (start?, end?);
    let span = Span::new(start, end);
    fields.ensure(span.is_some(), "end", "end_before_start", "must be after the start");
    let span = span?;
    let message = format!("must be at most {longest_days} days after the start");
    fields.ensure(span.length() <= days(longest_days), "end", "too_long", message);
    fields.ensure(end > now, "end", "past", "must not be past");
    fields.is_ok().then_some(span)
}

impl Hdip {
    /// The entries of an interviewer, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another interviewer's; [`Error::Forbidden`] for everybody but the operator and
    /// interviewers.
    pub async fn availability(&self, ctx: &Ctx, of: InterviewerId) -> Result<Vec<Availability>, Error> {
        self.own_or_operator(ctx, of).await?;
        Ok(self.storage.availability(of).await?)
    }

    /// One entry of an interviewer.
    ///
    /// # Errors
    /// As [`Hdip::availability`]; [`Error::NotFound`] for one that is not that interviewer's.
    pub async fn availability_entry(
        &self,
        ctx: &Ctx,
        of: InterviewerId,
        id: AvailabilityId,
    ) -> Result<Availability, Error> {
        self.own_or_operator(ctx, of).await?;
        let entry: Availability = self.storage.get(id).await?;
        if entry.interviewer_id == of { Ok(entry) } else { Err(Error::NotFound(Availability::NAME)) }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// As [`Hdip::availability`]; [`Error::Invalid`] naming the fields; [`InterviewerError::TooManyEntries`] at 200.
    pub async fn add_availability(
        &self,
        ctx: &Ctx,
        of: InterviewerId,
        put: PutAvailability,
    ) -> Result<Done<AvailabilityId>, Error> {
        self.decide(ctx, "add_availability", &(of, &put), || async {
            let interviewer = self.own_or_operator(ctx, of).await?;
            let mut fields = Fields::new();
            let parsed = put.parse(&mut fields, interviewer.zone, ctx.now);
            let (times, note) = fields.finish(parsed)?;
            if self.storage.availability(of).await?.len() >= MAX_ENTRIES {
                return Err(InterviewerError::TooManyEntries { limit: MAX_ENTRIES }.into());
            }
            let id = self.ids.fresh();
            let entry = Availability { id, interviewer_id: of, times, note, created_at: ctx.now, version: 0 };
            let mut changes = Changes::new();
            changes.insert(&entry);
            self.availability_changed(ctx, &mut changes, of, "availability.add").await?;
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// Puts an entry in the place of another. Interviews confirmed before stay.
    ///
    /// # Errors
    /// As [`Hdip::availability_entry`]; [`Error::Invalid`] naming the fields; [`Error::Stale`].
    pub async fn update_availability(
        &self,
        ctx: &Ctx,
        of: InterviewerId,
        id: AvailabilityId,
        put: PutAvailability,
        expected: Option<i64>,
    ) -> Result<Done<AvailabilityId>, Error> {
        self.decide(ctx, "update_availability", &(of, id, &put, expected), || async {
            let before = self.availability_entry(ctx, of, id).await?;
            expect_version(&before, expected)?;
            let interviewer: Interviewer = self.storage.get(of).await?;
            let mut fields = Fields::new();
            let parsed = put.parse(&mut fields, interviewer.zone, ctx.now);
            let (times, note) = fields.finish(parsed)?;
            let after = Availability { times, note, ..before.clone() };
            let mut changes = Changes::new();
            if after != before {
                changes.update(&after);
                self.availability_changed(ctx, &mut changes, of, "availability.update").await?;
            }
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// Takes an entry away. Interviews confirmed before stay.
    ///
    /// # Errors
    /// As [`Hdip::availability_entry`]; [`Error::Stale`].
    pub async fn delete_availability(
        &self,
        ctx: &Ctx,
        of: InterviewerId,
        id: AvailabilityId,
        expected: Option<i64>,
    ) -> Result<Done<()>, Error> {
        self.decide(ctx, "delete_availability", &(of, id, expected), || async {
            let entry = self.availability_entry(ctx, of, id).await?;
            expect_version(&entry, expected)?;
            let mut changes = Changes::new();
            changes.delete(&entry);
            self.availability_changed(ctx, &mut changes, of, "availability.delete").await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// The busy times known of an interviewer's own calendar; none before any were handed over.
    ///
    /// # Errors
    /// As [`Hdip::availability`].
    pub async fn external_busy(&self, ctx: &Ctx, of: InterviewerId) -> Result<Option<ExternalBusy>, Error> {
        self.own_or_operator(ctx, of).await?;
        Ok(self.storage.find(of).await?)
    }

    /// Replaces the busy times of an interviewer's own calendar as a whole. They are merged; past ones are left
    /// out.
    ///
    /// # Errors
    /// As [`Hdip::availability`]; [`Error::Invalid`] naming the fields, or with `too_many` above 2,000.
    pub async fn set_external_busy(
        &self,
        ctx: &Ctx,
        of: InterviewerId,
        busy: Vec<BusyTime>,
    ) -> Result<Done<()>, Error> {
        let mut fields = Fields::new();
        fields.ensure(busy.len() <= MAX_BUSY, "busy_times", "too_many", "must have at most 2,000 times");
        let mut times = Vec::with_capacity(busy.len().min(MAX_BUSY));
        for (i, time) in busy.iter().take(MAX_BUSY).enumerate() {
            fields.within(format!("busy_times[{i}]."));
            let (start, end) = (fields.time("start", &time.start), fields.time("end", &time.end));
            if let (Some(start), Some(end)) = (start, end) {
                let span = Span::new(start, end);
                fields.ensure(span.is_some(), "end", "end_before_start", "must be after the start");
                times.extend(span.filter(|span| span.end() > ctx.now));
            }
        }
        fields.done()?;
        let spans = spans::union(times);
        self.decide(ctx, "set_external_busy", &(of, &busy), || async {
            self.own_or_operator(ctx, of).await?;
            let stored: Option<ExternalBusy> = self.storage.find(of).await?;
            let version = stored.map_or(0, |stored| stored.version);
            let mut changes = Changes::new();
            changes.put(&ExternalBusy { id: of, spans: spans.clone(), synced_at: ctx.now, version });
            self.availability_changed(ctx, &mut changes, of, "busy_times.set").await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    async fn availability_changed(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        of: InterviewerId,
        action: &str,
    ) -> Result<(), Error> {
        self.bump_schedule(changes, of).await?;
        let data = json!({"interviewer_id": of});
        changes.events.push(self.event(ctx, Stream::Operator, "interviewer.availability_changed", of, data));
        changes.audit.push(self.audit(ctx, action, of, None));
        Ok(())
    }
}
