//! Answering: the first to accept gets it.
//!
//! What happens when an interviewer accepts, in one screen: [`Hdip::accept_invitation`] reads the invitation,
//! the interview and the interviewer's own pool row; the slot rules say whether the start still fits; one
//! commit moves the interview (its version makes one winner), claims the ticks of both people (nobody is at
//! two places), bumps the interviewer's schedule (caps and gaps), sets the timers and adds the meeting job,
//! from which the mails follow.

use super::case::{Case, side_of};
use super::*;
use crate::access::{Actor, LinkPurpose};
use crate::hdip::Decision;
use crate::interviewers::InterviewerSchedule;
use crate::jobs::{CALL_EXPIRY, INTERVIEW_START, reminder_kind};
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Background job: makes the meeting room, then tells everybody.
pub(crate) const OPEN_MEETING: &str = "open_meeting";

/// The interview that was won.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// Its id.
    pub interview_id: InterviewId,
}

/// A no.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Decline {
    /// Why, optional.
    pub reason: Option<String>,
    /// The interviewer knows the candidate: never invited to this person again.
    pub conflict_of_interest: bool,
}

impl Hdip {
    /// Accepts an invitation. Exactly one wins.
    ///
    /// # Errors
    /// [`SchedulingError::AlreadyTaken`] for the others; [`SchedulingError::InvitationClosed`] when it was declined,
    /// expired, or the interview called off; [`SchedulingError::NotFree`] when a cap, gap or another interview is in
    /// the way; [`SchedulingError::CandidateNotFree`]; [`Error::NotFound`] for somebody else's invitation.
    pub async fn accept_invitation(&self, ctx: &Ctx, id: InvitationId) -> Result<Done<Accepted>, Error> {
        self.decide(ctx, "accept_invitation", &id, || self.try_accept(ctx, id)).await
    }

    async fn try_accept(&self, ctx: &Ctx, id: InvitationId) -> Result<Decision<Accepted>, Error> {
        let invitation = self.own_invitation(ctx, id).await?;
        let interview: Interview = self.storage.get(invitation.interview_id).await?;
        let output = Accepted { interview_id: interview.id };
        match invitation.state_at(&interview, ctx.now) {
            InvitationState::Open => {}
            // A second click of the winner is not a failure.
            InvitationState::Accepted if interview.interviewer_id == Some(invitation.interviewer_id) => {
                return Ok(Decision { changes: Changes::new(), output });
            }
            InvitationState::Closed if interview.state.is_live() => {
                return Err(SchedulingError::AlreadyTaken.into());
            }
            state => return Err(SchedulingError::InvitationClosed { state: state.as_str() }.into()),
        }
        let case = self.case(interview.application_id, ctx.now).await?;
        let changes = self.confirm_with(ctx, &case, interview, Some(invitation), None).await?;
        Ok(Decision { changes, output })
    }

    /// The commit that confirms an interview with the invitation's interviewer, or, for an operator who
    /// assigns by hand, with `assigned`: matching is overridden then, being free is not.
    pub(crate) async fn confirm_with(
        &self,
        ctx: &Ctx,
        case: &Case,
        mut interview: Interview,
        invitation: Option<Invitation>,
        assigned: Option<InterviewerId>,
    ) -> Result<Changes, Error> {
        let winner = invitation
            .as_ref()
            .map(|i| i.interviewer_id)
            .or(assigned)
            .ok_or_else(|| interview.wrong_state())?;
        let schedule = self.check_free(ctx, case, &interview, winner, assigned.is_some()).await?;
        interview.confirm(winner, side_of(&ctx.actor), ctx.now)?;
        let mut changes = Changes::new();
        changes.update(&interview);
        if let Some(mut invitation) = invitation {
            invitation.state = InvitationState::Accepted;
            invitation.answered_at = Some(ctx.now);
            changes.put(&invitation);
        }
        changes.update(&InterviewerSchedule { confirmed_total: schedule.confirmed_total + 1, ..schedule });
        changes.claims.extend(interview.claims());
        let (subject, party) = (interview.id.to_string(), winner.to_string());
        let expires_at = interview.end + days(case.policy.link_days.into());
        let purpose = LinkPurpose::InterviewerInterview;
        self.ensure_link(ctx, &mut changes, case.client.id, purpose, &subject, &party, expires_at).await?;
        changes.clear_timer(CALL_EXPIRY, interview.id);
        changes.timer(INTERVIEW_START, interview.id, interview.start);
        for before in &case.policy.reminder_minutes {
            let due_at = interview.start - minutes((*before).into());
            if due_at > ctx.now {
                changes.timer(reminder_kind(*before), interview.id, due_at);
            }
        }
        changes.jobs.push(self.meeting_job(ctx, &interview));
        changes.events.push(self.interview_event(ctx, &interview, "interview.confirmed"));
        changes.audit.push(self.audit(ctx, "interview.confirm", interview.id, Some(interview.client_id)));
        Ok(changes)
    }

    /// Asks the slot rules whether the interviewer can still take it; its schedule, at the version read.
    async fn check_free(
        &self,
        ctx: &Ctx,
        case: &Case,
        interview: &Interview,
        who: InterviewerId,
        by_hand: bool,
    ) -> Result<InterviewerSchedule, Error> {
        let mut demand = interview.demand.clone();
        // What matching was pinned with decides, not what the candidate's record says by now; but whoever has
        // met the candidate since the invitation, or has declared a conflict, is out.
        let met = self.storage.met(&case.candidate.email_key, Some(interview.id)).await?;
        demand.evaluated_by = if by_hand { Default::default() } else { met.into_iter().collect() };
        let range = Span::starting(interview.start, minutes(1)).ok_or_else(|| interview.wrong_state())?;
        let pool = self.pool(case, range, ctx.now, PoolOf::One(who), Some(interview), true).await?;
        let row = pool.row(who).ok_or(Error::NotFound("interviewer"))?;
        let answer = explain(&pool.question(ctx.now, &demand), interview.start);
        if answer.reasons.contains(&WhyNot::CandidateBusy) {
            return Err(SchedulingError::CandidateNotFree.into());
        }
        let reasons = answer.per_interviewer.get(&who).map(Vec::as_slice).unwrap_or_default();
        let in_the_way = reasons.iter().find(|reason| match reason {
            // Somebody who says yes is available, whatever the rules said when the call went out.
            WhyNot::NotAvailable => false,
            WhyNot::Busy => true,
            // The operator overrides matching, caps and gaps, never overlap.
            _ => !by_hand,
        });
        let gone = row.interviewer.leaves_at.is_some_and(|at| interview.start >= at);
        if gone && !by_hand {
            return Err(SchedulingError::NotFree { why: WhyNot::NotActive.as_str() }.into());
        }
        match in_the_way {
            Some(why) => Err(SchedulingError::NotFree { why: why.as_str() }.into()),
            None => Ok(row.schedule.clone()),
        }
    }

    /// The job that makes the meeting room of a confirmed interview.
    fn meeting_job(&self, ctx: &Ctx, interview: &Interview) -> NewJob {
        use crate::ports::IdsExt;
        NewJob {
            id: self.ids.fresh(),
            client_id: Some(interview.client_id),
            kind: OPEN_MEETING.into(),
            cause: format!("meeting:{}:{}", interview.id, interview.replacements),
            subject: interview.id.to_string(),
            data: json!({"interview_id": interview.id, "search": interview.replacements}),
            due_at: ctx.now,
            created_at: ctx.now,
            request_id: ctx.request_id.clone(),
        }
    }

    /// Declines an invitation. The interview is not touched; when everybody called has answered, the next
    /// call does not wait.
    ///
    /// # Errors
    /// [`SchedulingError::InvitationClosed`] when it was answered or closed before; [`Error::NotFound`] for somebody
    /// else's; [`Error::Invalid`] for a reason longer than 500 characters.
    pub async fn decline_invitation(
        &self,
        ctx: &Ctx,
        id: InvitationId,
        decline: Decline,
    ) -> Result<Done<()>, Error> {
        let mut fields = Fields::new();
        let reason = decline.reason.as_deref().map(|reason| fields.text("reason", reason, 0, 500));
        fields.done()?;
        let reason = reason.filter(|reason| !reason.is_empty());
        self.decide(ctx, "decline_invitation", &(id, &decline), || async {
            let mut invitation = self.own_invitation(ctx, id).await?;
            let interview: Interview = self.storage.get(invitation.interview_id).await?;
            match invitation.state_at(&interview, ctx.now) {
                InvitationState::Open | InvitationState::Expired => {}
                InvitationState::Declined => return Ok(Decision { changes: Changes::new(), output: () }),
                state => return Err(SchedulingError::InvitationClosed { state: state.as_str() }.into()),
            }
            invitation.state = InvitationState::Declined;
            invitation.answered_at = Some(ctx.now);
            invitation.decline_reason = reason.clone();
            invitation.conflict_of_interest = decline.conflict_of_interest;
            let mut changes = Changes::new();
            changes.update(&invitation);
            let others = self.storage.invitations(interview.id).await?;
            let waiting = others
                .iter()
                .any(|other| other.id != id && other.state_at(&interview, ctx.now) == InvitationState::Open);
            if !waiting && interview.state == InterviewState::Inviting {
                changes.timer(CALL_EXPIRY, interview.id, ctx.now);
            }
            let data = json!({
                "interview_id": interview.id,
                "invitation_id": id,
                "interviewer_id": invitation.interviewer_id,
                "conflict_of_interest": decline.conflict_of_interest,
            });
            changes.events.push(self.event(ctx, Stream::Operator, "invitation.declined", interview.id, data));
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// An operator assigns an interviewer by hand: matching, caps and gaps are overridden, overlap is not.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; [`SchedulingError::NotFree`], [`SchedulingError::CandidateNotFree`],
    /// [`SchedulingError::AlreadyTaken`], [`SchedulingError::WrongState`]; [`Error::Invalid`] without a reason.
    pub async fn assign_interviewer(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        interviewer: InterviewerId,
        reason: &str,
    ) -> Result<Done<Accepted>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        let reason = fields.text("reason", reason, 1, 500);
        fields.done()?;
        self.decide(ctx, "assign_interviewer", &(id, interviewer), || async {
            let interview: Interview = self.storage.get(id).await?;
            let case = self.case(interview.application_id, ctx.now).await?;
            let person: crate::interviewers::Interviewer = self.storage.get(interviewer).await?;
            let table = self.pay_table(person.pay_currency, interview.start).await?;
            let pay = table.map(|table| table.pay(case.candidate.experience_months)).ok_or_else(|| {
                Error::field(
                    "interviewer_id",
                    "no_pay_table",
                    "there is no pay table in this interviewer's currency",
                )
            })?;
            let invitation = self.hand_invitation(ctx, &interview, interviewer, pay).await?;
            let mut changes =
                self.confirm_with(ctx, &case, interview, Some(invitation), Some(interviewer)).await?;
            if let Some(entry) = changes.audit.last_mut() {
                entry.action = "interview.assign".into();
                entry.reason = Some(reason.clone());
            }
            Ok(Decision { changes, output: Accepted { interview_id: id } })
        })
        .await
    }

    async fn hand_invitation(
        &self,
        ctx: &Ctx,
        interview: &Interview,
        who: InterviewerId,
        pay: Money,
    ) -> Result<Invitation, Error> {
        use crate::ports::IdsExt;
        let known =
            self.storage.invitations(interview.id).await?.into_iter().find(|i| i.interviewer_id == who);
        Ok(known.unwrap_or_else(|| Invitation {
            id: self.ids.fresh(),
            client_id: interview.client_id,
            interview_id: interview.id,
            interviewer_id: who,
            natural_key: Invitation::key(interview.id, who),
            call: interview.replacements * 100 + interview.calls,
            state: InvitationState::Open,
            expires_at: interview.start,
            pay,
            answered_at: None,
            decline_reason: None,
            conflict_of_interest: false,
            created_at: ctx.now,
            version: 0,
        }))
    }

    /// An invitation, for the one it went to.
    pub(crate) async fn own_invitation(&self, ctx: &Ctx, id: InvitationId) -> Result<Invitation, Error> {
        let invitation: Invitation = self.storage.get(id).await?;
        let own = match &ctx.actor {
            Actor::Link { purpose: LinkPurpose::Invitation, subject, party, .. } => {
                *subject == id.to_string() && *party == invitation.interviewer_id.to_string()
            }
            actor => actor.interviewer().is_ok_and(|own| own == invitation.interviewer_id),
        };
        if own { Ok(invitation) } else { Err(Error::NotFound("invitation")) }
    }
}
