//! Availability rules: an RFC 5545 RRULE subset, expanded by date arithmetic from the asked range.

use crate::values::{Span, Zone, days, minutes, spans};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// How often a rule repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every n-th day.
    Daily,
    /// On weekdays of every n-th week.
    Weekly,
}

/// A recurring rule: FREQ DAILY or WEEKLY, INTERVAL, BYDAY, UNTIL, COUNT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WeeklyRule {
    frequency: Frequency,
    interval: i64,
    /// Empty means: the weekday of the first day (weekly), or every day (daily).
    weekdays: BTreeSet<u8>,
    until: Option<Until>,
    count: Option<i64>,
}

/// When a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The last local day.
    Day(NaiveDate),
    /// The last instant at which an occurrence may start, UTC.
    Instant(NaiveDateTime),
}

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl std::str::FromStr for WeeklyRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_start_matches("RRULE:");
        let mut rule = Self {
            frequency: Frequency::Weekly,
            interval: 1,
            weekdays: BTreeSet::new(),
            until: None,
            count: None,
        };
        let (mut seen, mut frequency) = (BTreeSet::new(), None);
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("{part}: must be NAME=VALUE"))?;
            if !seen.insert(name) {
                return Err(format!("{name}: must be given once"));
            }
            match name {
                "FREQ" => {
                    frequency = Some(match value {
                        "DAILY" => Frequency::Daily,
                        "WEEKLY" => Frequency::Weekly,
                        _ => return Err("FREQ: must be DAILY or WEEKLY".into()),
                    });
                }
                "INTERVAL" => rule.interval = number("INTERVAL", value, 52)?,
                "COUNT" => rule.count = Some(number("COUNT", value, 1000)?),
                "BYDAY" => {
                    for day in value.split(',') {
                        let index = DAYS.iter().position(|d| *d == day);
                        let index = index
                            .ok_or_else(|| format!("BYDAY: {day:?} is not one of MO TU WE TH FR SA SU"))?;
                        rule.weekdays.insert(index as u8);
                    }
                }
                "UNTIL" => rule.until = Some(until(value)?),
                "WKST" if value == "MO" => {}
                "WKST" => return Err("WKST: weeks begin on Monday (MO)".into()),
                _ => {
                    return Err(format!("{name}: is not supported; use FREQ, INTERVAL, BYDAY, UNTIL, COUNT"));
                }
            }
        }
        rule.frequency = frequency.ok_or("FREQ: is required")?;
        if rule.until.is_some() && rule.count.is_some() {
            return Err("COUNT: cannot be combined with UNTIL".into());
        }
        Ok(rule)
    }
}

fn number(name: &str, value: &str, max: i64) -> Result<i64, String> {
    value
        .parse()
        .ok()
        .filter(|n| (1..=max).contains(n))
        .ok_or_else(|| format!("{name}: must be a whole number from 1 to {max}"))
}

fn until(value: &str) -> Result<Until, String> {
    if let Ok(day) = NaiveDate::parse_from_str(value, "%Y%m%d") {
        return Ok(Until::Day(day));
    }
    NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ")
        .map(Until::Instant)
        .map_err(|_| "UNTIL: must be a date (20261231) or a UTC time (20261231T235959Z)".into())
}

impl fmt::Display for WeeklyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.frequency {
            Frequency::Daily => "FREQ=DAILY",
            Frequency::Weekly => "FREQ=WEEKLY",
        })?;
        if self.interval > 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if !self.weekdays.is_empty() {
            let days: Vec<_> = self.weekdays.iter().map(|d| DAYS[*d as usize]).collect();
            write!(f, ";BYDAY={}", days.join(","))?;
        }
        match self.until {
            Some(Until::Day(day)) => write!(f, ";UNTIL={}", day.format("%Y%m%d"))?,
            Some(Until::Instant(at)) => write!(f, ";UNTIL={}", at.format("%Y%m%dT%H%M%SZ"))?,
            None => {}
        }
        self.count.map_or(Ok(()), |count| write!(f, ";COUNT={count}"))
    }
}

impl TryFrom<String> for WeeklyRule {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
impl From<WeeklyRule> for String {
    fn from(rule: WeeklyRule) -> String {
        rule.to_string()
    }
}

impl WeeklyRule {
    /// How many occurrences of a rule that began on `first` lie before `day`: by arithmetic, so that a
    /// COUNT costs the same however long ago it began.
    fn before(&self, first: NaiveDate, day: NaiveDate) -> i64 {
        let gone = (day - first).num_days();
        if gone <= 0 {
            return 0;
        }
        match self.frequency {
            Frequency::Daily if self.weekdays.is_empty() => (gone - 1) / self.interval + 1,
            // The pattern of weekdays repeats after 7 × interval days.
            Frequency::Daily => self.counted(first, gone, 7 * self.interval),
            Frequency::Weekly => {
                let monday = monday(first);
                let period = 7 * self.interval;
                self.counted(monday, (day - monday).num_days(), period) - self.counted_plain(monday, first)
            }
        }
    }

    /// Occurrences on the `length` days from `from`, on which a period begins, ignoring the first day.
    fn counted(&self, from: NaiveDate, length: i64, period: i64) -> i64 {
        let hits = |n: i64| (0..n).filter(|offset| self.pattern(from, from + days(*offset))).count() as i64;
        (length / period) * hits(period) + hits(length % period)
    }

    fn counted_plain(&self, from: NaiveDate, until: NaiveDate) -> i64 {
        (0..(until - from).num_days()).filter(|offset| self.pattern(from, from + days(*offset))).count()
            as i64
    }

    /// Whether `day` is in the pattern that is anchored at `anchor` (the first day of a daily rule, the first
    /// Monday of a weekly one), whatever its beginning and end.
    fn pattern(&self, anchor: NaiveDate, day: NaiveDate) -> bool {
        let offset = (day - anchor).num_days();
        let weekday = day.weekday().num_days_from_monday() as u8;
        match self.frequency {
            Frequency::Daily => {
                offset.rem_euclid(self.interval) == 0
                    && (self.weekdays.is_empty() || self.weekdays.contains(&weekday))
            }
            Frequency::Weekly => {
                offset.div_euclid(7).rem_euclid(self.interval) == 0 && self.weekdays.contains(&weekday)
            }
        }
    }
}

fn monday(day: NaiveDate) -> NaiveDate {
    day.week(Weekday::Mon).first_day()
}

/// A rule with everything that makes windows of it.
#[derive(Debug, Clone)]
pub struct Recurring {
    /// The rule.
    pub rule: WeeklyRule,
    /// DTSTART's day. It is an occurrence only if the rule matches it.
    pub first_day: NaiveDate,
    /// Local start.
    pub local_start: NaiveTime,
    /// Elapsed minutes.
    pub duration_minutes: u32,
    /// Zone of day and start.
    pub zone: Zone,
    /// Days left out; they still count towards COUNT (RFC 5545 §3.8.5.1).
    pub exceptions: BTreeSet<NaiveDate>,
}

impl Recurring {
    /// The windows that overlap `range`, in order.
    pub fn expand(&self, range: Span) -> Vec<Span> {
        let length = minutes(self.duration_minutes.into());
        // A window may begin before the range, and a local day may be a day off the UTC day.
        let from = (self.zone.local(range.start()) - length).date() - days(1);
        let last = self.zone.local(range.end()).date() + days(1);
        let mut rule = self.rule.clone();
        if rule.frequency == Frequency::Weekly && rule.weekdays.is_empty() {
            rule.weekdays.insert(self.first_day.weekday().num_days_from_monday() as u8);
        }
        let anchor = match rule.frequency {
            Frequency::Daily => self.first_day,
            Frequency::Weekly => monday(self.first_day),
        };
        let mut day = from.max(self.first_day);
        let mut number = rule.count.map_or(0, |_| rule.before(self.first_day, day));
        let mut windows = Vec::new();
        while day <= last {
            if rule.pattern(anchor, day) {
                number += 1;
                if rule.count.is_some_and(|count| number > count) {
                    break;
                }
                let start = self.zone.instant(day.and_time(self.local_start));
                let ended = match rule.until {
                    Some(Until::Day(until)) => day > until,
                    Some(Until::Instant(until)) => start.naive_utc() > until,
                    None => false,
                };
                if ended {
                    break;
                }
                if !self.exceptions.contains(&day) {
                    windows.extend(Span::starting(start, length).filter(|window| window.overlaps(range)));
                }
            }
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        windows
    }
}

/// When an interviewer is to be had: rules and one-off windows, minus black-outs. Windows that overlap
/// `range` are whole, not cut at its ends: what fits into them is for the caller to decide.
pub fn free_windows(recurring: &[Recurring], windows: &[Span], blackouts: &[Span], range: Span) -> Vec<Span> {
    let all = recurring
        .iter()
        .flat_map(|rule| rule.expand(range))
        .chain(windows.iter().copied().filter(|window| window.overlaps(range)))
        .collect();
    spans::subtract(&spans::union(all), &spans::union(blackouts.to_vec()))
}
