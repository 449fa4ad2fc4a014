//! Offering: which starts there are, why one is not, and holding one.

use super::case::{Case, Pool};
use super::*;
use crate::access::KeyScope;
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// The longest range of starts one question may ask for.
const MAX_RANGE_DAYS: i64 = 31;

/// A start people can pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedStart {
    /// When.
    pub start: Timestamp,
    /// How many interviewers could take it, less those who are asked for already.
    pub count: u32,
    /// Between 22:00 and 07:00 for the candidate: picking it asks for a yes.
    pub odd_hour: bool,
}

/// The starts offered to an application.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Length of the interview, minutes.
    pub duration_minutes: u32,
    /// The candidate's zone, in which odd hours are meant.
    pub candidate_zone: Zone,
    /// Starts in order.
    pub starts: Vec<OfferedStart>,
}

/// Why a start is or is not offered.
#[derive(Debug, Clone, PartialEq)]
pub struct StartAnswer {
    /// When.
    pub start: Timestamp,
    /// How many could take it; 0 when it is not offered.
    pub count: u32,
    /// What is wrong with the start itself.
    pub reasons: Vec<WhyNot>,
    /// How many interviewers each reason keeps away.
    pub interviewers: BTreeMap<WhyNot, u32>,
    /// Every interviewer's own reasons; operators only.
    pub detail: Option<BTreeMap<InterviewerId, Vec<WhyNot>>>,
}

/// A start that was held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Shown to turn the hold into a request.
    pub hold_id: HoldId,
    /// The start.
    pub start: Timestamp,
    /// The end it would have.
    pub end: Timestamp,
    /// Live until then, exclusive.
    pub expires_at: Timestamp,
}

/// A picked start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// When.
    pub start: Timestamp,
    /// Yes to a start at an odd hour for the candidate.
    pub odd_hours_ok: bool,
}

impl Hdip {
    /// The starts offered to an application between `from` and `until` (default: now to the horizon).
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application the caller does not see; [`Error::Invalid`] for a range that is
    /// empty, longer than 31 days, or more than a year away.
    pub async fn slots(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Offer, Error> {
        let case = self.case_for(ctx, application, KeyScope::SchedulingRead).await?;
        let from = from.unwrap_or(ctx.now).max(ctx.now);
        let until = until.unwrap_or(ctx.now + days(case.policy.horizon_days.into()));
        let range = Span::new(from, until)
            .ok_or_else(|| Error::field("until", "before_from", "must be after from, and in the future"))?;
        if !is_near(ctx.now, from) {
            return Err(Error::field("from", "out_of_range", "must be within a year from now"));
        }
        if range.length() > days(MAX_RANGE_DAYS) {
            return Err(Error::field("until", "range_too_long", "must be at most 31 days after from"));
        }
        let moving = self.live_interview(&case).await?;
        // Nothing is offered that would be refused.
        match &moving {
            Some(_) => case.client.refuse_requests()?,
            None => Self::may_request(&case)?,
        }
        let demand = self.demand(&case, moving.as_ref()).await?;
        let pool = self.pool(&case, range, ctx.now, demand.skilled(), moving.as_ref(), false).await?;
        let starts = slots(&pool.question(ctx.now, &demand))
            .into_iter()
            .map(|start| OfferedStart {
                start: start.at,
                count: start.count,
                odd_hour: case.policy.is_odd_hour(start.at, case.candidate.zone),
            })
            .collect();
        Ok(Offer {
            duration_minutes: case.round.duration_minutes,
            candidate_zone: case.candidate.zone,
            starts,
        })
    }

    /// Why a start is or is not offered to an application.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application the caller does not see; [`Error::Invalid`] for a start more than a
    /// year away.
    pub async fn why_not(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
        start: Timestamp,
    ) -> Result<StartAnswer, Error> {
        let case = self.case_for(ctx, application, KeyScope::SchedulingRead).await?;
        if !is_near(ctx.now, start) {
            return Err(Error::field("start", "out_of_range", "must be within a year from now"));
        }
        let moving = self.live_interview(&case).await?;
        let demand = self.demand(&case, moving.as_ref()).await?;
        let pool = self.pool_at(&case, demand.field(), start, ctx.now, moving.as_ref()).await?;
        let answer = pool.explain(&ctx.actor, ctx.now, &demand, start);
        let mut interviewers = BTreeMap::new();
        for reason in answer.per_interviewer.values().flatten() {
            *interviewers.entry(*reason).or_default() += 1;
        }
        Ok(StartAnswer {
            start,
            count: answer.offered.map_or(0, |start| start.count),
            reasons: answer.reasons,
            interviewers,
            detail: ctx.actor.is_operator().then_some(answer.per_interviewer),
        })
    }

    /// Holds a start for a few minutes. A new pick replaces the hold of the same round.
    ///
    /// # Errors
    /// [`SchedulingError::NotOffered`], [`SchedulingError::OddHours`], [`SchedulingError::AlreadyScheduled`], and what
    /// [`Hdip::slots`] answers.
    pub async fn hold_start(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
        pick: Pick,
    ) -> Result<Done<Held>, Error> {
        self.decide(ctx, "hold_start", &(application, &pick), || self.try_hold(ctx, application, &pick)).await
    }

    async fn try_hold(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
        pick: &Pick,
    ) -> Result<Decision<Held>, Error> {
        let case = self.case_for(ctx, application, KeyScope::SchedulingWrite).await?;
        let moving = self.live_interview(&case).await?;
        match &moving {
            // A pick for a live interview is the first step of moving it.
            Some(interview) => {
                interview.before_start(ctx.now)?;
                case.client.refuse_requests()?;
            }
            None => Self::may_request(&case)?,
        }
        let (demand, span) = self.check_offered(ctx, &case, pick, moving.as_ref()).await?;
        let key = Hold::key(case.application.id, case.round.id);
        let existing: Option<Hold> = self.storage.find(&key).await?;
        let hold = Hold {
            id: key,
            hold_id: self.ids.fresh(),
            client_id: case.client.id,
            application_id: case.application.id,
            round_id: case.round.id,
            start: span.start(),
            end: span.end(),
            demand,
            expires_at: ctx.now + minutes(case.policy.hold_minutes.into()),
            created_at: ctx.now,
            version: existing.map_or(0, |hold| hold.version),
        };
        let mut changes = Changes::new();
        changes.put(&hold);
        let data = json!({"round_id": hold.round_id, "start": hold.start, "expires_at": hold.expires_at});
        changes.events.push(self.event(
            ctx,
            Stream::Client(case.client.id),
            "hold.placed",
            case.application.id,
            data,
        ));
        let output =
            Held { hold_id: hold.hold_id, start: hold.start, end: hold.end, expires_at: hold.expires_at };
        Ok(Decision { changes, output })
    }

    /// The interview of the case's round that is going on, if there is one.
    pub(crate) async fn live_interview(&self, case: &Case) -> Result<Option<Interview>, Error> {
        let filter = InterviewFilter { application: Some(case.application.id), ..Default::default() };
        let scope = crate::access::Scope::Operator;
        let all = self.storage.interviews(&scope, &filter, &Page::first(Page::MAX)).await?;
        Ok(all.into_iter().find(|i| i.round_id == case.round.id && i.state.is_live()))
    }

    /// The pool for one start.
    pub(crate) async fn pool_at(
        &self,
        case: &Case,
        of: PoolOf,
        start: Timestamp,
        now: Timestamp,
        moving: Option<&Interview>,
    ) -> Result<Pool, Error> {
        let range = Span::starting(start, minutes(1))
            .ok_or_else(|| Error::field("start", "out_of_range", "is not a time HDIP can schedule"))?;
        self.pool(case, range, now, of, moving, false).await
    }

    /// Whether a pick can be committed: the same function that offers starts decides.
    pub(crate) async fn check_offered(
        &self,
        ctx: &Ctx,
        case: &Case,
        pick: &Pick,
        moving: Option<&Interview>,
    ) -> Result<(Demand, Span), Error> {
        // Far-off times are refused before any arithmetic on them.
        if pick.start < ctx.now || pick.start > ctx.now + days(366) {
            let why = if pick.start < ctx.now { WhyNot::TooSoon } else { WhyNot::TooFar };
            return Err(SchedulingError::NotOffered { why: why.as_str() }.into());
        }
        let demand = self.demand(case, moving).await?;
        let pool = self.pool_at(case, demand.skilled(), pick.start, ctx.now, moving).await?;
        if pool.explain(&ctx.actor, ctx.now, &demand, pick.start).offered.is_none() {
            // Those who cannot match at all are asked after only now, for the reason.
            let pool = self.pool_at(case, demand.field(), pick.start, ctx.now, moving).await?;
            let why = main_reason(&pool.explain(&ctx.actor, ctx.now, &demand, pick.start));
            return Err(SchedulingError::NotOffered { why: why.as_str() }.into());
        }
        if !pick.odd_hours_ok && case.policy.is_odd_hour(pick.start, case.candidate.zone) {
            return Err(SchedulingError::OddHours.into());
        }
        let span = Span::starting(pick.start, minutes(case.round.duration_minutes.into()))
            .ok_or_else(|| Error::field("start", "out_of_range", "is not a time HDIP can schedule"))?;
        Ok((demand, span))
    }
}

/// Within a year of now. Times at the ends of the calendar are refused before any arithmetic on them.
fn is_near(now: Timestamp, at: Timestamp) -> bool {
    at > now - days(366) && at < now + days(366)
}

/// The one reason to tell somebody who picked a start: what is wrong with the start itself, else what
/// keeps most interviewers away.
fn main_reason(answer: &Explanation) -> WhyNot {
    let mut counts: BTreeMap<WhyNot, u32> = BTreeMap::new();
    for reason in answer.per_interviewer.values().flatten() {
        *counts.entry(*reason).or_default() += 1;
    }
    answer
        .reasons
        .first()
        .copied()
        .or_else(|| counts.into_iter().max_by_key(|(_, n)| *n).map(|(reason, _)| reason))
        .unwrap_or(WhyNot::NotAvailable)
}
