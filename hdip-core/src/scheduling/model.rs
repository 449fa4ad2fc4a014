//! Holds, interviews, invitations, and the charge and earning an outcome causes.

use super::error::SchedulingError as Refusal;
use super::{Demand, InterviewEvent};
use crate::ports::storage::{Booked, Claim, entity};
use crate::values::*;
use serde::{Deserialize, Serialize};

/// A start kept for a few minutes while somebody decides. One per (application, round), overwritten by a
/// new pick and removed by the request it turns into. It reserves nobody: it lowers the counts shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// `application:round`.
    pub id: String,
    /// Given out with the hold, so that only its owner can use it.
    pub hold_id: HoldId,
    /// Tenant.
    pub client_id: ClientId,
    /// For whom.
    pub application_id: ApplicationId,
    /// For which round.
    pub round_id: RoundId,
    /// Start of the interview it would become.
    pub start: Timestamp,
    /// End of it.
    pub end: Timestamp,
    /// What it draws on.
    pub demand: Demand,
    /// Live until then, exclusive.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Hold, Holds, "hold");

impl Hold {
    /// The key of the one hold of a round of an application.
    pub fn key(application: ApplicationId, round: RoundId) -> String {
        format!("{application}:{round}")
    }
}

/// State of an interview (product §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterviewState {
    /// A start was picked; the first call is about to go out.
    Requested,
    /// Interviewers are invited.
    Inviting,
    /// An interviewer accepted.
    Confirmed,
    /// Started.
    InProgress,
    /// Ended; the scorecard is due.
    AwaitingFeedback,
    /// The outcome counts.
    Completed,
    /// Called off.
    Cancelled,
    /// Nobody accepted.
    Expired,
    /// Moved; names its successor.
    Rescheduled,
    /// The candidate stayed away.
    CandidateNoShow,
    /// The interviewer stayed away.
    InterviewerNoShow,
    /// The scorecard never came.
    ClosedWithoutFeedback,
    /// Line lost, or somebody left; the operator closes it.
    Interrupted,
}

impl InterviewState {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Requested,
        Self::Inviting,
        Self::Confirmed,
        Self::InProgress,
        Self::AwaitingFeedback,
        Self::Completed,
        Self::Cancelled,
        Self::Expired,
        Self::Rescheduled,
        Self::CandidateNoShow,
        Self::InterviewerNoShow,
        Self::ClosedWithoutFeedback,
        Self::Interrupted,
    ];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Inviting => "inviting",
            Self::Confirmed => "confirmed",
            Self::InProgress => "in_progress",
            Self::AwaitingFeedback => "awaiting_feedback",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Rescheduled => "rescheduled",
            Self::CandidateNoShow => "candidate_no_show",
            Self::InterviewerNoShow => "interviewer_no_show",
            Self::ClosedWithoutFeedback => "closed_without_feedback",
            Self::Interrupted => "interrupted",
        }
    }

    /// Still going somewhere: its round cannot have another one.
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::Requested
                | Self::Inviting
                | Self::Confirmed
                | Self::InProgress
                | Self::AwaitingFeedback
                | Self::Interrupted
        )
    }

    /// Looking for an interviewer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Inviting)
    }

    /// Fills its interviewer's week: it will take place, or did.
    pub const fn fills_week(self) -> bool {
        matches!(
            self,
            Self::Confirmed
                | Self::InProgress
                | Self::Interrupted
                | Self::AwaitingFeedback
                | Self::Completed
                | Self::ClosedWithoutFeedback
                | Self::CandidateNoShow
        )
    }

    /// Interviewer and candidate have met, were to, or will: they are not brought together again.
    pub const fn brings_together(self) -> bool {
        self.fills_week() && !matches!(self, Self::CandidateNoShow) || matches!(self, Self::InterviewerNoShow)
    }

    /// Holds the time of interviewer and candidate.
    pub const fn holds_time(self) -> bool {
        matches!(self, Self::Confirmed | Self::InProgress)
    }
}

/// Who ended or changed an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The client's people.
    Client,
    /// The candidate.
    Candidate,
    /// The interviewer.
    Interviewer,
    /// The operator's staff.
    Operator,
    /// Time.
    System,
}

impl Side {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Candidate => "candidate",
            Self::Interviewer => "interviewer",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }
}

/// The meeting room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MeetingRoom {
    /// Not made yet, and nobody told.
    Pending,
    /// The provider is slow: people were told that the link follows.
    Delayed,
    /// Made.
    Ready {
        /// The provider's name for it.
        room: String,
        /// The link people open.
        url: String,
    },
}

impl MeetingRoom {
    /// The link, where there is one.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Ready { url, .. } => Some(url),
            Self::Pending | Self::Delayed => None,
        }
    }
}

/// What an interview was requested under, whatever changes later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pins {
    /// The operator's policy version, if one was stored.
    pub policy: Option<PolicyId>,
    /// The client's override, if one was stored.
    pub client_policy: Option<PolicyId>,
    /// The price of the agreement in force.
    pub price: Money,
    /// What a late change or no-show costs the client.
    pub late_fee: Money,
    /// From when a change counts as late, before the start, in hours.
    pub late_change_hours: u32,
    /// Kept free after the interview, minutes.
    pub buffer_minutes: u32,
    /// The candidate as a person, by a hash of the address: one person's records, at any client, claim time
    /// under one name.
    pub person: String,
    /// The rubric version, if the round had one.
    pub rubric: Option<RubricId>,
}

/// An interview, from request to outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interview {
    /// Its id.
    pub id: InterviewId,
    /// Tenant.
    pub client_id: ClientId,
    /// For which application.
    pub application_id: ApplicationId,
    /// To which job.
    pub job_id: JobId,
    /// Which round.
    pub round_id: RoundId,
    /// Who is interviewed.
    pub candidate_id: CandidateId,
    /// Where it stands.
    pub state: InterviewState,
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// Who interviews.
    pub interviewer_id: Option<InterviewerId>,
    /// What it asks of an interviewer.
    pub demand: Demand,
    /// Calls made so far for the present search.
    pub calls: u32,
    /// How often the interviewer was replaced.
    pub replacements: u32,
    /// True while the search is for a replacement: the minimum notice does not apply.
    pub replacing: bool,
    /// The interview this one replaces in time.
    pub predecessor_id: Option<InterviewId>,
    /// The interview that replaces this one in time.
    pub successor_id: Option<InterviewId>,
    /// Who asked for it.
    pub requested_by: Side,
    /// When.
    pub requested_at: Timestamp,
    /// When it was last confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it took its last state.
    pub state_at: Timestamp,
    /// Who caused the last state.
    pub state_by: Side,
    /// Why, where a reason was given.
    pub reason: Option<String>,
    /// When it really ended.
    pub ended_at: Option<Timestamp>,
    /// Until when the operator has put off the feedback deadline.
    pub feedback_extended_until: Option<Timestamp>,
    /// The meeting room.
    pub meeting: MeetingRoom,
    /// iCalendar SEQUENCE of both sides' entries.
    pub calendar_sequence: u32,
    /// What it was requested under.
    pub pins: Pins,
    /// `application:round` while live, unique.
    pub live_key: Option<String>,
    /// Record version.
    pub version: i64,
}
entity!(Interview, Interviews, "interview");

impl Interview {
    /// Its time.
    pub fn span(&self) -> Span {
        // Starts and durations are checked on the way in; a row that breaks this is corrupt.
        Span::new(self.start, self.end).unwrap_or_else(|| unreachable!("{} has no length", self.id))
    }

    /// How it stands in its interviewer's calendar.
    pub fn booked(&self) -> Booked {
        Booked::of(self.state, self.span(), self.pins.buffer_minutes)
    }

    /// What it claims while it holds time: the interviewer's with the buffer, and the candidate's.
    pub fn claims(&self) -> Vec<Claim> {
        let claim =
            |party: String, end| Some(Claim { party, interview: self.id, span: Span::new(self.start, end)? });
        let buffered = self.end + minutes(self.pins.buffer_minutes.into());
        let interviewer = self.interviewer_id.and_then(|id| claim(id.to_string(), buffered));
        interviewer.into_iter().chain(claim(self.pins.person.clone(), self.end)).collect()
    }

    /// True from the pinned hours before the start on.
    pub fn is_late(&self, now: Timestamp) -> bool {
        now >= self.start - hours(self.pins.late_change_hours.into())
    }

    /// The refusal of something this state does not allow.
    pub fn wrong_state(&self) -> Refusal {
        Refusal::WrongState { state: self.state.as_str() }
    }

    fn enter(&mut self, state: InterviewState, by: Side, now: Timestamp, reason: Option<String>) {
        self.state = state;
        self.state_at = now;
        self.state_by = by;
        self.reason = reason;
        self.live_key = state.is_live().then(|| Hold::key(self.application_id, self.round_id));
    }

    /// What it becomes by an event, where its state allows it.
    fn next(&self, event: InterviewEvent, by: Side) -> Result<InterviewState, Refusal> {
        event.leads(self.state, by).ok_or_else(|| self.wrong_state())
    }

    fn not_before(now: Timestamp, from: Timestamp) -> Result<(), Refusal> {
        if now < from { Err(Refusal::TooEarly { from }) } else { Ok(()) }
    }

    /// A call goes out: `requested | inviting → inviting`.
    pub fn call(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::Call, Side::System)?;
        self.calls += 1;
        self.enter(next, Side::System, now, None);
        Ok(())
    }

    /// `inviting → confirmed`, while the start lies ahead.
    pub fn confirm(&mut self, interviewer: InterviewerId, by: Side, now: Timestamp) -> Result<(), Refusal> {
        use InterviewState::{AwaitingFeedback, Confirmed, InProgress};
        let next = self.next(InterviewEvent::Confirm, by).map_err(|refusal| match self.state {
            Confirmed | InProgress | AwaitingFeedback => Refusal::AlreadyTaken,
            _ => refusal,
        })?;
        if now >= self.start {
            return Err(Refusal::TooLate { until: self.start });
        }
        self.interviewer_id = Some(interviewer);
        self.confirmed_at = Some(now);
        self.replacing = false;
        self.enter(next, by, now, None);
        Ok(())
    }

    /// `requested | inviting → expired`: nobody accepted.
    pub fn expire(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::Expire, Side::System)?;
        self.enter(next, Side::System, now, None);
        Ok(())
    }

    /// `requested | inviting | confirmed → cancelled`, before the start.
    pub fn cancel(&mut self, by: Side, now: Timestamp, reason: Option<String>) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::Cancel, by)?;
        self.before_start(now)?;
        self.enter(next, by, now, reason);
        Ok(())
    }

    /// `requested | inviting | confirmed → rescheduled`, before the start.
    pub fn reschedule(
        &mut self,
        to: InterviewId,
        by: Side,
        now: Timestamp,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::Reschedule, by)?;
        self.before_start(now)?;
        self.successor_id = Some(to);
        self.enter(next, by, now, reason);
        Ok(())
    }

    /// Checks that the interview can still be called off or moved.
    pub fn before_start(&self, now: Timestamp) -> Result<(), Refusal> {
        self.next(InterviewEvent::Cancel, Side::Operator)?;
        if now >= self.start { Err(Refusal::TooLate { until: self.start }) } else { Ok(()) }
    }

    /// `confirmed → inviting`: the interviewer is gone, the start stays. The caller has checked that
    /// enough time and replacements remain.
    pub fn release(
        &mut self,
        by: Side,
        now: Timestamp,
        reason: Option<String>,
    ) -> Result<InterviewerId, Refusal> {
        let next = self.next(InterviewEvent::Release, by)?;
        let gone = self.interviewer_id.take().ok_or_else(|| self.wrong_state())?;
        self.demand.excluded.insert(gone);
        self.replacements += 1;
        self.replacing = true;
        self.calls = 0;
        self.calendar_sequence += 1;
        self.enter(next, by, now, reason);
        Ok(gone)
    }

    /// `confirmed → in_progress`, from the start on.
    pub fn start(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::Start, Side::System)?;
        Self::not_before(now, self.start)?;
        self.enter(next, Side::System, now, None);
        Ok(())
    }

    /// `in_progress → awaiting_feedback`: by the interviewer from the start on, by time at the end.
    pub fn end(&mut self, by: Side, now: Timestamp) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::End, by)?;
        Self::not_before(now, if by == Side::System { self.end } else { self.start })?;
        // Its time is over when it is over, however late the timer fires.
        self.ended_at = Some(if by == Side::System { self.end } else { now });
        self.enter(next, by, now, None);
        Ok(())
    }

    /// `in_progress | awaiting_feedback → candidate_no_show`, from `from` on.
    pub fn candidate_absent(
        &mut self,
        by: Side,
        from: Timestamp,
        now: Timestamp,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        self.absent(InterviewEvent::CandidateAbsent, by, from, now, reason)
    }

    /// `in_progress | awaiting_feedback → interviewer_no_show`, from `from` on.
    pub fn interviewer_absent(
        &mut self,
        by: Side,
        from: Timestamp,
        now: Timestamp,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        self.absent(InterviewEvent::InterviewerAbsent, by, from, now, reason)
    }

    fn absent(
        &mut self,
        event: InterviewEvent,
        by: Side,
        from: Timestamp,
        now: Timestamp,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let next = self.next(event, by)?;
        Self::not_before(now, from)?;
        self.enter(next, by, now, reason);
        Ok(())
    }

    /// `in_progress → interrupted`: line lost, somebody left. `awaiting_feedback → interrupted` by candidate or
    /// client: they say that it never took place.
    pub fn interrupt(&mut self, by: Side, now: Timestamp, reason: Option<String>) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::Interrupt, by)?;
        self.ended_at = self.ended_at.or(Some(now));
        self.enter(next, by, now, reason);
        Ok(())
    }

    /// `awaiting_feedback | interrupted → completed`.
    pub fn complete(&mut self, by: Side, now: Timestamp, reason: Option<String>) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::Complete, by)?;
        self.ended_at = self.ended_at.or(Some(now));
        self.enter(next, by, now, reason);
        Ok(())
    }

    /// The operator puts the outcome right. Which may become which is the desk's rule
    /// ([`may_become`](crate::desk::may_become)). Why is in the audit trail: it is not the client's to read.
    pub(crate) fn correct(&mut self, state: InterviewState, by: Side, now: Timestamp) {
        self.enter(state, by, now, None);
    }

    /// `awaiting_feedback | interrupted → closed_without_feedback`: free for the client, to be repeated.
    pub fn close_without_feedback(
        &mut self,
        by: Side,
        now: Timestamp,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let next = self.next(InterviewEvent::CloseWithoutFeedback, by)?;
        self.enter(next, by, now, reason);
        Ok(())
    }
}

/// State of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// Can be answered until it expires or somebody else accepts.
    Open,
    /// Won.
    Accepted,
    /// Said no.
    Declined,
    /// Time over.
    Expired,
    /// The interview was taken, moved or called off. Never stored: an open invitation whose interview is no
    /// longer inviting is closed, so that the winner's commit does not have to touch every loser.
    Closed,
    /// Won, then given back early or by the operator.
    Withdrawn,
    /// Won, then given back so late that it counts as an absence.
    WithdrawnLate,
    /// Won, and did not turn up.
    NoShow,
}

impl InvitationState {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
            Self::WithdrawnLate => "withdrawn_late",
            Self::NoShow => "no_show",
        }
    }
}

/// A call to one interviewer for one interview. One row per interview and interviewer; a later call
/// extends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Tenant.
    pub client_id: ClientId,
    /// To what.
    pub interview_id: InterviewId,
    /// Whom.
    pub interviewer_id: InterviewerId,
    /// `interview:interviewer`, unique.
    pub natural_key: String,
    /// The search (number of replacements) and call it last went out with: `search × 100 + call`.
    pub call: u32,
    /// What became of it.
    pub state: InvitationState,
    /// Open until then, exclusive.
    pub expires_at: Timestamp,
    /// What the interviewer would earn.
    pub pay: Money,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// Why not.
    pub decline_reason: Option<String>,
    /// A decline for good: the interviewer knows the candidate.
    pub conflict_of_interest: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Invitation, Invitations, "invitation");

impl Invitation {
    /// What it is now, given its interview: time and other people's answers close it without a write.
    pub fn state_at(&self, interview: &Interview, now: Timestamp) -> InvitationState {
        match self.state {
            InvitationState::Open if interview.state != InterviewState::Inviting => InvitationState::Closed,
            InvitationState::Open if now >= self.expires_at => InvitationState::Expired,
            state => state,
        }
    }

    /// The unique key of the invitation of one interviewer to one interview.
    pub fn key(interview: InterviewId, interviewer: InterviewerId) -> String {
        format!("{interview}:{interviewer}")
    }
}

/// Why a client is charged or an interviewer earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The interview took place.
    Completed,
    /// Cancelled or moved late by the client or the candidate.
    LateChange,
    /// The candidate stayed away.
    CandidateNoShow,
}

impl OutcomeKind {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::LateChange => "late_change",
            Self::CandidateNoShow => "candidate_no_show",
        }
    }
}

/// Why a line is countered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterCause {
    /// The outcome was put right.
    Correction,
    /// The operator waived it, whole or in part.
    Waiver,
    /// A contest was decided.
    Contest,
}

impl CounterCause {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::Waiver => "waiver",
            Self::Contest => "contest",
        }
    }
}

/// What a client owes for an outcome; unique per (interview, kind), written with the outcome. Never changed: a
/// counter-entry with the opposite sign puts it right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// Who owes.
    pub client_id: ClientId,
    /// For what.
    pub interview_id: InterviewId,
    /// Why.
    pub kind: OutcomeKind,
    /// `interview:kind`, unique; of a counter-entry, `counter:line:cause`.
    pub natural_key: String,
    /// How much; negative in a counter-entry.
    pub amount: Money,
    /// The policy version pinned.
    pub policy: Option<PolicyId>,
    /// When the outcome happened; its month is billed.
    pub outcome_at: Timestamp,
    /// The free interview that was used: then the amount is 0.
    pub grant_id: Option<GrantId>,
    /// The charge this one counters.
    pub counters_id: Option<ChargeId>,
    /// Why it counters.
    pub cause: Option<CounterCause>,
    /// Record version.
    pub version: i64,
}
entity!(Charge, Charges, "charge");

/// What an interviewer earned from an outcome; unique per (interview, kind), written with the outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Earning {
    /// Its id.
    pub id: EarningId,
    /// Tenant of the interview; never shown to the interviewer.
    pub client_id: ClientId,
    /// Who earned.
    pub interviewer_id: InterviewerId,
    /// With what.
    pub interview_id: InterviewId,
    /// Why.
    pub kind: OutcomeKind,
    /// `interview:kind`, unique; of a counter-entry, `counter:line:cause`.
    pub natural_key: String,
    /// How much; a counter-entry may be negative.
    pub amount: Money,
    /// The policy version pinned.
    pub policy: Option<PolicyId>,
    /// When the outcome happened.
    pub outcome_at: Timestamp,
    /// The earning this one counters.
    pub counters_id: Option<EarningId>,
    /// Why it counters.
    pub cause: Option<CounterCause>,
    /// Record version.
    pub version: i64,
}
entity!(Earning, Earnings, "earning");
