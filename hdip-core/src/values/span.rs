//! Half-open intervals of time and the little algebra scheduling needs.

use super::{Duration, Timestamp};
use serde::{Deserialize, Serialize};

/// `[start, end)` in UTC. Never empty: `start < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Timestamp, Timestamp)", into = "(Timestamp, Timestamp)")]
pub struct Span {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    /// `None` unless `start < end`.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// From `start` for `length`; `None` unless the length is positive.
    pub fn starting(start: Timestamp, length: Duration) -> Option<Self> {
        Self::new(start, start.checked_add_signed(length)?)
    }

    /// First instant.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// First instant after it.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// Elapsed time.
    pub fn length(self) -> Duration {
        self.end - self.start
    }

    /// True if the two share an instant; touching ends do not.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True if `other` lies wholly inside.
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// True if `at` lies inside.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// Longer by `by` at both ends.
    pub fn widened(self, by: Duration) -> Self {
        Self { start: self.start - by, end: self.end + by }
    }
}

impl TryFrom<(Timestamp, Timestamp)> for Span {
    type Error = &'static str;
    fn try_from((start, end): (Timestamp, Timestamp)) -> Result<Self, Self::Error> {
        Self::new(start, end).ok_or("end must be after start")
    }
}
impl From<Span> for (Timestamp, Timestamp) {
    fn from(span: Span) -> Self {
        (span.start, span.end)
    }
}

/// Sets of spans as sorted, disjoint, non-touching lists.
pub mod spans {
    /// Spans as `[start, end]` in microseconds since 1970, for `#[serde(with)]`: a calendar's busy times are
    /// read by the ten thousand, and parsing dates is what that would cost.
    pub mod micros {
        use super::super::Span;
        use chrono::DateTime;
        use serde::de::Error;
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        #[allow(missing_docs)] // serde's names
        pub fn serialize<S: Serializer>(spans: &[Span], to: S) -> Result<S::Ok, S::Error> {
            let pairs = spans.iter().map(|s| [s.start.timestamp_micros(), s.end.timestamp_micros()]);
            pairs.collect::<Vec<_>>().serialize(to)
        }

        #[allow(missing_docs)]
        pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Span>, D::Error> {
            let pairs = Vec::<[i64; 2]>::deserialize(from)?;
            let span = |[start, end]: [i64; 2]| {
                Span::new(DateTime::from_timestamp_micros(start)?, DateTime::from_timestamp_micros(end)?)
            };
            pairs.into_iter().map(|pair| span(pair).ok_or_else(|| Error::custom("not a span"))).collect()
        }
    }

    use super::Span;

    /// Sorts, merges what overlaps or touches.
    pub fn union(mut list: Vec<Span>) -> Vec<Span> {
        list.sort_unstable();
        let mut merged: Vec<Span> = Vec::with_capacity(list.len());
        for span in list {
            match merged.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        merged
    }

    /// What of `from` is in none of `minus`. Both as [`union`] returns them; so is the answer.
    pub fn subtract(from: &[Span], minus: &[Span]) -> Vec<Span> {
        let mut left = Vec::with_capacity(from.len());
        let mut first = 0;
        for &span in from {
            let mut start = span.start;
            while first < minus.len() && minus[first].end <= start {
                first += 1;
            }
            for cut in minus[first..].iter().take_while(|cut| cut.start < span.end) {
                left.extend(Span::new(start, cut.start));
                start = start.max(cut.end);
            }
            left.extend(Span::new(start, span.end));
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        let at = |m| Timestamp::UNIX_EPOCH + Duration::minutes(m);
        Span::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn spans_are_half_open() {
        assert!(!span(0, 60).overlaps(span(60, 90)));
        assert!(span(0, 61).overlaps(span(60, 90)));
        assert!(span(0, 60).covers(span(0, 60)));
        assert!(Span::new(span(0, 1).start(), span(0, 1).start()).is_none());
    }

    #[test]
    fn stored_busy_times_are_numbers() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Stored(#[serde(with = "spans::micros")] Vec<Span>);
        let stored = Stored(vec![span(0, 1), span(5, 6)]);
        let text = serde_json::to_string(&stored).unwrap();
        assert_eq!(text, "[[0,60000000],[300000000,360000000]]");
        assert_eq!(serde_json::from_str::<Stored>(&text).unwrap(), stored);
        assert!(serde_json::from_str::<Stored>("[[5,5]]").is_err(), "a span is never empty");
    }

    #[test]
    fn union_and_subtract() {
        let set = spans::union(vec![span(50, 60), span(0, 10), span(10, 20), span(15, 18)]);
        assert_eq!(set, [span(0, 20), span(50, 60)]);
        assert_eq!(
            spans::subtract(&set, &[span(5, 6), span(18, 55)]),
            [span(0, 5), span(6, 18), span(55, 60)]
        );
        assert_eq!(spans::subtract(&set, &[]), set);
        assert_eq!(spans::subtract(&[span(0, 5), span(6, 9)], &[span(1, 8)]), [span(0, 1), span(8, 9)]);
    }
}
