//! The feedback clock (product §3 "Feedback clock"): from when it runs, which minutes count, what a late
//! scorecard costs the interviewer.

use crate::values::*;
use serde::{Deserialize, Serialize};

/// A draft counts as reference only when it is there within so many minutes of the end.
const DRAFT_WITHIN_MINUTES: i64 = 100;

/// Deductions by counted time since the reference: `(up to minutes, inclusive; minor units)`, ascending, and
/// what is taken beyond the last step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeductionTable {
    /// Steps.
    pub steps: Vec<(i64, i64)>,
    /// Beyond the last step.
    pub beyond_minor: i64,
}

/// From when the clock runs: the draft's time, or the actual end when no draft came within 100 minutes of
/// it. A later draft moves nothing.
pub fn reference(ended_at: Timestamp, draft_at: Option<Timestamp>) -> Timestamp {
    draft_at
        .filter(|draft| *draft <= ended_at + minutes(DRAFT_WITHIN_MINUTES))
        .unwrap_or(ended_at)
        .max(ended_at)
}

/// Time from `from` to `to` that is not night (`night.0` to `night.1` o'clock, local) for the interviewer.
/// Nights follow the clock on the wall: one with a clock change is an hour longer or shorter in elapsed time.
pub fn counted_time(from: Timestamp, to: Timestamp, zone: Zone, night: (u32, u32)) -> Duration {
    let Some(all) = Span::new(from, to) else { return Duration::zero() };
    let (from_hour, until_hour) = night;
    if from_hour == until_hour {
        return all.length();
    }
    let at = |day: chrono::NaiveDate, hour: u32| {
        zone.instant(day.and_time(chrono::NaiveTime::MIN) + hours(hour.into()))
    };
    let mut nights = Duration::zero();
    // The night before the first local day reaches into it.
    let mut day = zone.local(from).date() - days(1);
    let last = zone.local(to).date();
    while day <= last {
        let end = if from_hour > until_hour { day + days(1) } else { day };
        if let Some(span) = Span::new(at(day, from_hour).max(from), at(end, until_hour).min(to)) {
            nights += span.length();
        }
        day += days(1);
    }
    all.length() - nights
}

/// What is taken from an earning for a scorecard filed after so much counted time; never more than the
/// earning.
pub fn deduction_minor(table: &DeductionTable, counted: Duration, earning_minor: i64) -> i64 {
    let step = table.steps.iter().find(|(up_to, _)| counted <= minutes(*up_to));
    step.map_or(table.beyond_minor, |(_, minor)| *minor).clamp(0, earning_minor.max(0))
}
