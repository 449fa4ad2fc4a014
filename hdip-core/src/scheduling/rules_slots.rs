//! Slots: which starts, how many interviewers each, and why not (product §3 "Slots").
//!
//! Offer and commit ask the same question: [`slots`] answers it for a range with interval arithmetic on a
//! grid, [`explain`] for one start with reasons; a property test holds the two and a brute-force oracle
//! together.

use super::{Demand, Profile, WhyNot, match_interviewer, rank};
use crate::values::{Duration, InterviewerId, Span, Timestamp, Zone, days};
use chrono::Weekday;
use std::collections::BTreeMap;

/// The rules of a question.
#[derive(Debug, Clone)]
pub struct SlotRules {
    /// Between starts, which lie on its multiples since 1970 (UTC).
    pub step: Duration,
    /// Of the interview.
    pub duration: Duration,
    /// Kept free before and after; one is enough between two interviews.
    pub buffer: Duration,
    /// From now to the first start.
    pub minimum_notice: Duration,
    /// From now to the last start, exclusive.
    pub horizon: Duration,
}

/// An interviewer, as the rules see it.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub id: InterviewerId,
    /// For matching.
    pub profile: Profile,
    /// In which weeks are counted.
    pub zone: Zone,
    /// Interviews per ISO week.
    pub weekly_cap: u32,
    /// Between interviews; the buffer if that is longer.
    pub minimum_gap: Duration,
    /// When it is to be had; sorted, disjoint.
    pub free: Vec<Span>,
    /// Its interviews, those of the weeks at the ends included.
    pub interviews: Vec<Span>,
    /// What its interviews hold, each with the buffer it was requested under: nothing else, with the asker's own
    /// buffer behind it, may overlap that.
    pub held: Vec<Span>,
    /// Its other appointments.
    pub external_busy: Vec<Span>,
}

/// A live hold or open request of somebody else.
#[derive(Debug, Clone)]
pub struct Draw {
    /// When.
    pub span: Span,
    /// On whom.
    pub demand: Demand,
}

/// A start that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// Able interviewers less those drawn on by others; at least 1.
    pub count: u32,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct SlotQuestion<'a> {
    /// Now.
    pub now: Timestamp,
    /// Starts within.
    pub range: Span,
    /// Under which rules.
    pub rules: &'a SlotRules,
    /// What is asked of interviewers.
    pub demand: &'a Demand,
    /// Who there is.
    pub members: &'a [Member],
    /// Who else asks.
    pub draws: &'a [Draw],
    /// When the candidate is busy.
    pub candidate_busy: &'a [Span],
}

/// The answer about one start.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The start, if it is offered.
    pub offered: Option<Start>,
    /// What is wrong with the start itself.
    pub reasons: Vec<WhyNot>,
    /// What is wrong with each interviewer who is not able.
    pub per_interviewer: BTreeMap<InterviewerId, Vec<WhyNot>>,
    /// Who is able, best first.
    pub able: Vec<InterviewerId>,
}

/// The starts on a grid, as indices.
struct Grid {
    first: i64,
    step: i64,
    len: usize,
}

impl Grid {
    /// Starts that are in range, noticed in time, before the horizon.
    fn of(question: &SlotQuestion<'_>) -> Self {
        let rules = question.rules;
        let step = rules.step.num_seconds().max(1);
        let from = question.range.start().max(question.now + rules.minimum_notice);
        let until = question.range.end().min(question.now + rules.horizon);
        let first = ceil(micros(from), step * 1_000_000);
        let end = ceil(micros(until), step * 1_000_000);
        Self { first, step, len: usize::try_from(end - first).unwrap_or(0) }
    }

    fn at(&self, index: usize) -> Timestamp {
        Timestamp::UNIX_EPOCH + Duration::seconds((self.first + index as i64) * self.step)
    }

    /// Indices of the starts in `[from, until)`.
    fn indices(&self, from: Timestamp, until: Timestamp) -> std::ops::Range<usize> {
        let clamp = |at: Timestamp| {
            (ceil(micros(at), self.step * 1_000_000) - self.first).clamp(0, self.len as i64) as usize
        };
        let (from, until) = (clamp(from), clamp(until));
        from..until.max(from)
    }
}

fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

fn ceil(value: i64, unit: i64) -> i64 {
    value.div_euclid(unit) + i64::from(value.rem_euclid(unit) != 0)
}

const MICRO: Duration = Duration::microseconds(1);

/// Members as bits, a row per start.
struct Bits {
    words: usize,
    rows: Vec<u64>,
}

impl Bits {
    fn new(members: usize, starts: usize) -> Self {
        let words = members.div_ceil(64).max(1);
        Self { words, rows: vec![0; words * starts] }
    }

    fn row(&self, start: usize) -> &[u64] {
        &self.rows[start * self.words..(start + 1) * self.words]
    }

    fn fill(&mut self, starts: std::ops::Range<usize>, member: usize, value: bool) {
        let (word, bit) = (member / 64, 1u64 << (member % 64));
        for start in starts {
            let cell = &mut self.rows[start * self.words + word];
            if value { *cell |= bit } else { *cell &= !bit }
        }
    }
}

/// The starts that are offered, in order.
pub fn slots(question: &SlotQuestion<'_>) -> Vec<Start> {
    let (grid, rules) = (Grid::of(question), question.rules);
    let mut able = Bits::new(question.members.len(), grid.len);
    for (index, member) in question.members.iter().enumerate() {
        if match_interviewer(question.demand, &member.profile).is_ok() {
            mark_able(&grid, rules, member, index, &mut able);
        }
    }
    let mut counts: Vec<u32> =
        (0..grid.len).map(|start| able.row(start).iter().map(|w| w.count_ones()).sum()).collect();
    let mut drawn: Vec<(&Demand, Vec<u64>)> = Vec::new();
    for draw in question.draws {
        let starts = draw_range(&grid, rules, draw.span);
        if starts.is_empty() {
            continue;
        }
        // Requests for one job ask the same of interviewers: each different demand is matched once.
        let known = drawn.iter().position(|(demand, _)| **demand == draw.demand);
        let known = known.unwrap_or_else(|| {
            drawn.push((&draw.demand, matching(question.members, &draw.demand, able.words)));
            drawn.len() - 1
        });
        let drawn = &drawn[known].1;
        for start in starts {
            if able.row(start).iter().zip(drawn).any(|(a, d)| a & d != 0) {
                counts[start] = counts[start].saturating_sub(1);
            }
        }
    }
    for busy in question.candidate_busy {
        for start in grid.indices(busy.start() - rules.duration + MICRO, busy.end()) {
            counts[start] = 0;
        }
    }
    counts
        .into_iter()
        .enumerate()
        .filter(|(_, count)| *count > 0)
        .map(|(start, count)| Start { at: grid.at(start), count })
        .collect()
}

/// The members a demand matches, as bits.
fn matching(members: &[Member], demand: &Demand, words: usize) -> Vec<u64> {
    let mut bits = vec![0u64; words];
    for (index, member) in members.iter().enumerate() {
        if match_interviewer(demand, &member.profile).is_ok() {
            bits[index / 64] |= 1 << (index % 64);
        }
    }
    bits
}

/// Sets the bit of a member at every start it can take.
fn mark_able(grid: &Grid, rules: &SlotRules, member: &Member, index: usize, able: &mut Bits) {
    for window in &member.free {
        able.fill(grid.indices(window.start(), window.end() - rules.duration + MICRO), index, true);
    }
    // A start t is too close to a busy [b, e) when [t - gap, t + duration + gap) overlaps it.
    let mut block = |busy: &Span, gap: Duration| {
        able.fill(grid.indices(busy.start() - rules.duration - gap + MICRO, busy.end() + gap), index, false);
    };
    for busy in &member.external_busy {
        block(busy, rules.buffer);
    }
    for interview in &member.interviews {
        block(interview, rules.buffer.max(member.minimum_gap));
    }
    for held in &member.held {
        let from = held.start() - rules.duration - rules.buffer + MICRO;
        able.fill(grid.indices(from, held.end()), index, false);
    }
    for (week, held) in weeks(member) {
        if held >= member.weekly_cap {
            let monday = member.zone.instant(week.and_time(Default::default()));
            let next = member.zone.instant((week + days(7)).and_time(Default::default()));
            able.fill(grid.indices(monday, next), index, false);
        }
    }
    if member.weekly_cap == 0 {
        able.fill(0..grid.len, index, false);
    }
}

/// Interviews per ISO week of the member's zone, by the week's Monday.
fn weeks(member: &Member) -> BTreeMap<chrono::NaiveDate, u32> {
    let mut weeks = BTreeMap::new();
    for interview in &member.interviews {
        *weeks.entry(week(member.zone, interview.start())).or_default() += 1;
    }
    weeks
}

fn week(zone: Zone, at: Timestamp) -> chrono::NaiveDate {
    zone.local(at).date().week(Weekday::Mon).first_day()
}

/// The starts a draw lowers: those whose interview, with a buffer at both ends, would overlap it.
fn draw_range(grid: &Grid, rules: &SlotRules, span: Span) -> std::ops::Range<usize> {
    grid.indices(span.start() - rules.duration - rules.buffer + MICRO, span.end() + rules.buffer)
}

/// Whether one start is offered, and why not.
pub fn explain(question: &SlotQuestion<'_>, at: Timestamp) -> Explanation {
    let rules = question.rules;
    let mut reasons = Vec::new();
    if micros(at).rem_euclid(rules.step.num_seconds().max(1) * 1_000_000) != 0 {
        reasons.push(WhyNot::OffGrid);
    }
    if at < question.now + rules.minimum_notice {
        reasons.push(WhyNot::TooSoon);
    }
    if at >= question.now + rules.horizon {
        reasons.push(WhyNot::TooFar);
    }
    let span = Span::starting(at, rules.duration);
    if span.is_some_and(|span| question.candidate_busy.iter().any(|busy| busy.overlaps(span))) {
        reasons.push(WhyNot::CandidateBusy);
    }
    let mut per_interviewer = BTreeMap::new();
    let mut found = Vec::new();
    for member in question.members {
        match judge(question, member, at) {
            Ok(skill_cover) => found.push((rank(skill_cover, &member.profile), member)),
            Err(why) => {
                per_interviewer.insert(member.id, why);
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let drawn = question
        .draws
        .iter()
        .filter(|draw| span.is_some_and(|span| draw.span.overlaps(span.widened(rules.buffer))))
        .filter(|draw| {
            found.iter().any(|(_, member)| match_interviewer(&draw.demand, &member.profile).is_ok())
        })
        .count();
    let count = u32::try_from(found.len().saturating_sub(drawn)).unwrap_or(u32::MAX);
    if !found.is_empty() && count == 0 {
        reasons.push(WhyNot::Outnumbered);
    }
    let offered = (reasons.is_empty() && count > 0).then_some(Start { at, count });
    Explanation {
        offered,
        reasons,
        per_interviewer,
        able: found.into_iter().map(|(_, member)| member.id).collect(),
    }
}

/// Everybody able to take a start, best first. Draws of others are not looked at: an invitation goes to all
/// who could.
pub fn able<'a>(question: &SlotQuestion<'a>, at: Timestamp) -> Vec<&'a Member> {
    let mut found: Vec<_> = question
        .members
        .iter()
        .filter_map(|member| judge(question, member, at).ok().map(|m| (rank(m, &member.profile), member)))
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.into_iter().map(|(_, member)| member).collect()
}

/// One member at one start.
fn judge(question: &SlotQuestion<'_>, member: &Member, at: Timestamp) -> Result<super::Match, Vec<WhyNot>> {
    let rules = question.rules;
    let (found, mut reasons) = match match_interviewer(question.demand, &member.profile) {
        Ok(found) => (Some(found), Vec::new()),
        Err(reasons) => (None, reasons),
    };
    let Some(span) = Span::starting(at, rules.duration) else { return Err(vec![WhyNot::NotAvailable]) };
    if !member.free.iter().any(|window| window.covers(span)) {
        reasons.push(WhyNot::NotAvailable);
    }
    let near = span.widened(rules.buffer);
    let claimed = Span::starting(at, rules.duration + rules.buffer);
    let held = claimed.is_some_and(|claimed| member.held.iter().any(|held| held.overlaps(claimed)));
    if held || member.external_busy.iter().chain(&member.interviews).any(|busy| busy.overlaps(near)) {
        reasons.push(WhyNot::Busy);
    } else if member
        .interviews
        .iter()
        .any(|own| own.overlaps(span.widened(rules.buffer.max(member.minimum_gap))))
    {
        reasons.push(WhyNot::MinimumGap);
    }
    let own_week = week(member.zone, at);
    let held = member.interviews.iter().filter(|own| week(member.zone, own.start()) == own_week).count();
    if held >= member.weekly_cap as usize {
        reasons.push(WhyNot::WeeklyCap);
    }
    match found {
        Some(found) if reasons.is_empty() => Ok(found),
        _ => Err(reasons),
    }
}
