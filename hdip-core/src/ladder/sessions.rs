//! Sessions: a learner sits in an interview. Its time is claimed and given back with the interview's; candidate and
//! interviewer are told.

use super::*;
use crate::hdip::Decision;
use crate::hiring::Round;
use crate::interviewers::Interviewer;
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::storage::*;
use crate::ports::{IdsExt, Method};
use crate::scheduling::case::Case;
use crate::scheduling::{Interview, InterviewBasics, InterviewState, WhyNot, basics, explain};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A session to plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSession {
    /// Which interview; confirmed, and of the shadowing's specialisation.
    pub interview: InterviewId,
    /// What is done; to lead, the interview must be the mentor's.
    pub kind: SessionKind,
}

/// An interview as its silent observer sees it. Nothing in it can be filed.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as InterviewerInterview
pub struct ObservedInterview {
    pub session: ShadowingSession,
    pub basics: InterviewBasics,
    pub candidate_name: String,
    pub candidate_experience_months: u32,
    pub candidate_company: Option<String>,
    pub job_description: String,
    pub guidelines: String,
    pub mandatory_skills: Vec<String>,
    /// Whose interview it is.
    pub lead_name: String,
}

impl Hdip {
    /// Plans a session of an open shadowing, by the operator or its mentor.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what the caller does not see; [`Error::Forbidden`] for the learner;
    /// [`LadderError::ShadowingOver`], [`LadderError::NotToBeShadowed`], [`LadderError::MayNotObserve`],
    /// [`LadderError::ObservedAlready`].
    pub async fn plan_session(
        &self,
        ctx: &Ctx,
        id: ShadowingId,
        plan: PlanSession,
    ) -> Result<Done<ShadowingSessionId>, Error> {
        self.decide(ctx, "plan_session", &(id, &plan), || async {
            let shadowing = self.open_shadowing(ctx, id).await?;
            if !ctx.actor.is_operator() && ctx.actor.interviewer()? != shadowing.mentor_id {
                return Err(Error::Forbidden);
            }
            let interview: Interview = self.storage.get(plan.interview).await?;
            // A mentor plans in the own interviews; the others' are not theirs to know of.
            if !ctx.actor.is_operator() && interview.interviewer_id != Some(shadowing.mentor_id) {
                return Err(Error::NotFound(Interview::NAME));
            }
            let case = self.case(interview.application_id, ctx.now).await?;
            let lead = to_be_shadowed(ctx, &shadowing, &interview, plan.kind)
                .map_err(|why| LadderError::NotToBeShadowed { why })?;
            if self.storage.planned_session(interview.id).await?.is_some() {
                return Err(LadderError::ObservedAlready.into());
            }
            let learner = shadowing.interviewer_id;
            let schedule = self.check_observer(ctx, &case, &interview, learner).await?;
            let session = ShadowingSession {
                id: self.ids.fresh(),
                client_id: interview.client_id,
                shadowing_id: shadowing.id,
                interview_id: interview.id,
                shadower_id: learner,
                lead_id: lead,
                kind: plan.kind,
                start: interview.start,
                end: interview.end + minutes(interview.pins.buffer_minutes.into()),
                state: SessionState::Planned,
                live_key: Some(interview.id.to_string()),
                settled_at: None,
                note: None,
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            // Both are raised: whoever ends one of them at this moment decides again, and finds the session.
            changes.update(&shadowing).update(&interview).insert(&session).update(&schedule);
            changes.claims.extend(session.claim());
            for (to, entry) in [
                (Recipient::Observer(learner), true),
                (Recipient::Candidate(interview.candidate_id), false),
                (Recipient::Interviewer(lead), false),
            ] {
                let mut mail =
                    MailJob::about(MailKind::ShadowingPlanned, interview.id, to).session(session.id);
                if entry {
                    mail = mail.entry(Method::Request, interview.calendar_sequence);
                }
                changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &session.id.to_string()));
            }
            self.tell_session(ctx, &mut changes, &session, "shadowing.session_planned");
            Ok(Decision { changes, output: session.id })
        })
        .await
    }

    /// Whether the learner may meet this candidate, and has the time; its schedule, at the version read.
    async fn check_observer(
        &self,
        ctx: &Ctx,
        case: &Case,
        interview: &Interview,
        learner: InterviewerId,
    ) -> Result<crate::interviewers::InterviewerSchedule, Error> {
        let met = self.storage.met(&case.candidate.email_key, Some(interview.id)).await?;
        let mut demand = interview.demand.clone();
        demand.evaluated_by = met.into_iter().collect();
        demand.blocked.extend(&case.client.blocked_interviewers);
        let range = Span::starting(interview.start, minutes(1)).ok_or_else(|| interview.wrong_state())?;
        let pool = self.pool(case, range, ctx.now, PoolOf::One(learner), None, true).await?;
        let row = pool.row(learner).ok_or(Error::NotFound(Interviewer::NAME))?;
        if !row.interviewer.status.is_there() {
            return Err(LadderError::MayNotObserve { why: "is suspended, or has left" }.into());
        }
        let answer = explain(&pool.question(ctx.now, &demand), interview.start);
        let reasons = answer.per_interviewer.get(&learner).map(Vec::as_slice).unwrap_or_default();
        let in_the_way = |reason: &&WhyNot| {
            use WhyNot::*;
            matches!(reason, Company | EvaluatedBefore | Excluded | Blocked | Busy)
        };
        match reasons.iter().find(in_the_way) {
            Some(why) => Err(LadderError::MayNotObserve { why: why.explain() }.into()),
            None => Ok(row.schedule.clone()),
        }
    }

    /// Calls a planned session off, by the operator or the mentor.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what the caller does not see; [`Error::Forbidden`] for the learner;
    /// [`LadderError::SessionSettled`].
    pub async fn cancel_session(&self, ctx: &Ctx, id: ShadowingSessionId) -> Result<Done<()>, Error> {
        self.decide(ctx, "cancel_session", &id, || async {
            let (session, shadowing) = self.planned_session_of(ctx, id).await?;
            if !ctx.actor.is_operator() && ctx.actor.interviewer()? != shadowing.mentor_id {
                return Err(Error::Forbidden);
            }
            let mut changes = Changes::new();
            self.cancel_planned(ctx, &mut changes, vec![session]).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Says whether the learner was there, once the interview is over: the operator, the mentor, or whose interview
    /// it was. Not the learner.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what the caller does not see; [`Error::Forbidden`] for the learner;
    /// [`LadderError::SessionSettled`]; [`LadderError::SessionNotOver`]; [`Error::Invalid`] for a note above 1000
    /// characters.
    pub async fn settle_session(
        &self,
        ctx: &Ctx,
        id: ShadowingSessionId,
        attended: bool,
        note: Option<&str>,
    ) -> Result<Done<()>, Error> {
        let mut fields = Fields::new();
        let note =
            Some(fields.text("note", note.unwrap_or_default(), 0, 1000)).filter(|note| !note.is_empty());
        fields.done()?;
        self.decide(ctx, "settle_session", &(id, attended, &note), || async {
            let (mut session, shadowing) = self.planned_session_of(ctx, id).await?;
            if !ctx.actor.is_operator() && ctx.actor.interviewer()? == shadowing.interviewer_id {
                return Err(Error::Forbidden);
            }
            let interview: Interview = self.storage.get(session.interview_id).await?;
            if interview.state.holds_time() {
                return Err(LadderError::SessionNotOver.into());
            }
            // What nobody came to nobody learned from.
            let held = interview.state.brings_together() && interview.ended_at.is_some();
            if attended && !held {
                let why = "it did not take place";
                return Err(LadderError::NotToBeShadowed { why }.into());
            }
            session.state = if attended { SessionState::Attended } else { SessionState::Missed };
            session.live_key = None;
            session.settled_at = Some(ctx.now);
            session.note = note.clone();
            let mut changes = Changes::new();
            // Read again by a sign-off at the same moment.
            changes.update(&session).update(&shadowing);
            self.tell_session(ctx, &mut changes, &session, "shadowing.session_settled");
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// A planned session and its shadowing, for the operator, its learner, its mentor, and whose interview it is.
    async fn planned_session_of(
        &self,
        ctx: &Ctx,
        id: ShadowingSessionId,
    ) -> Result<(ShadowingSession, Shadowing), Error> {
        let me = if ctx.actor.is_operator() { None } else { Some(ctx.actor.interviewer()?) };
        let session: ShadowingSession = self.storage.get(id).await?;
        let shadowing: Shadowing = self.storage.get(session.shadowing_id).await?;
        let theirs = [shadowing.interviewer_id, shadowing.mentor_id, session.lead_id];
        if me.is_some_and(|me| !theirs.contains(&me)) {
            return Err(Error::NotFound(ShadowingSession::NAME));
        }
        match session.state {
            SessionState::Planned => Ok((session, shadowing)),
            state => Err(LadderError::SessionSettled { state: state.as_str() }.into()),
        }
    }

    /// The interview of a session, for its learner.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody else, and once the session was called off or missed; [`Error::Forbidden`].
    pub async fn observed_interview(
        &self,
        ctx: &Ctx,
        id: ShadowingSessionId,
    ) -> Result<ObservedInterview, Error> {
        let me = ctx.actor.interviewer()?;
        let session: ShadowingSession = self.storage.get(id).await?;
        let live = matches!(session.state, SessionState::Planned | SessionState::Attended);
        if session.shadower_id != me || !live {
            return Err(Error::NotFound(ShadowingSession::NAME));
        }
        let interview: Interview = self.storage.get(session.interview_id).await?;
        let case = self.case(interview.application_id, ctx.now).await?;
        let round: Round = self.storage.get(interview.round_id).await?;
        let lead: Interviewer = self.storage.get(session.lead_id).await?;
        Ok(ObservedInterview {
            session,
            basics: basics(&interview, Some(&case.job), Some(&round), Some(&case.client)),
            candidate_name: case.candidate.name,
            candidate_experience_months: interview.demand.candidate_experience_months,
            candidate_company: case.candidate.current_company,
            job_description: case.job.description,
            guidelines: round.guidelines,
            mandatory_skills: case.job.mandatory_skills.into_iter().collect(),
            lead_name: lead.name,
        })
    }

    /// Gives back what a learner holds for an interview that leaves its state; with `off` the session is called off,
    /// too, because the interview will not be, or not with this interviewer.
    pub(crate) async fn leave_session(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
        off: bool,
    ) -> Result<(), Error> {
        let Some(session) = self.storage.planned_session(interview.id).await? else { return Ok(()) };
        if off {
            let told = [Recipient::Observer(session.shadower_id)];
            self.call_off(ctx, changes, session, interview, &told);
        } else if let Some(claim) = session.claim() {
            changes.releases.push(Release { party: claim.party, interview: claim.interview });
        }
        Ok(())
    }

    /// Calls off those of `sessions` that are planned; the interviews take place.
    pub(super) async fn cancel_planned(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        sessions: Vec<ShadowingSession>,
    ) -> Result<(), Error> {
        for session in sessions.into_iter().filter(|session| session.state == SessionState::Planned) {
            let interview: Interview = self.storage.get(session.interview_id).await?;
            let told = match interview.state {
                InterviewState::Confirmed => vec![
                    Recipient::Observer(session.shadower_id),
                    Recipient::Candidate(interview.candidate_id),
                    Recipient::Interviewer(session.lead_id),
                ],
                _ => vec![Recipient::Observer(session.shadower_id)],
            };
            self.call_off(ctx, changes, session, &interview, &told);
        }
        Ok(())
    }

    /// Calls off every planned session of an interviewer who is suspended or leaves.
    pub(crate) async fn stop_observing(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        learner: InterviewerId,
    ) -> Result<(), Error> {
        for shadowing in self.open_shadowings(learner).await? {
            let sessions = self.storage.shadowing_sessions(shadowing.id).await?;
            self.cancel_planned(ctx, changes, sessions).await?;
        }
        Ok(())
    }

    fn call_off(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        mut session: ShadowingSession,
        interview: &Interview,
        told: &[Recipient],
    ) {
        session.state = SessionState::Cancelled;
        session.live_key = None;
        session.settled_at = Some(ctx.now);
        changes.update(&session);
        if let Some(claim) = session.claim() {
            changes.releases.push(Release { party: claim.party, interview: claim.interview });
        }
        for to in told {
            let mut mail =
                MailJob::about(MailKind::ShadowingCancelled, interview.id, *to).session(session.id);
            if matches!(to, Recipient::Observer(_)) {
                mail = mail.entry(Method::Cancel, interview.calendar_sequence);
            }
            changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &session.id.to_string()));
        }
        self.tell_session(ctx, changes, &session, "shadowing.session_cancelled");
    }

    fn tell_session(&self, ctx: &Ctx, changes: &mut Changes, session: &ShadowingSession, kind: &str) {
        let data = json!({
            "shadowing_id": session.shadowing_id,
            "interview_id": session.interview_id,
            "interviewer_id": session.shadower_id,
            "kind": session.kind,
            "state": session.state,
        });
        changes.events.push(self.event(ctx, Stream::Operator, kind, session.id, data));
        let mut audit = self.audit(ctx, kind, session.id, None);
        audit.reason = session.note.clone();
        audit.changes = json!({"state": session.state});
        changes.audit.push(audit);
    }
}

/// Whose interview it is, if a learner can be there.
fn to_be_shadowed(
    ctx: &Ctx,
    shadowing: &Shadowing,
    interview: &Interview,
    kind: SessionKind,
) -> Result<InterviewerId, &'static str> {
    let lead = match (interview.state, interview.interviewer_id) {
        (InterviewState::Confirmed, Some(lead)) if ctx.now < interview.start => lead,
        _ => return Err("it is not confirmed, or has begun"),
    };
    if interview.demand.specialisation != shadowing.specialisation {
        return Err("it is about another specialisation");
    }
    if lead == shadowing.interviewer_id {
        return Err("it is the learner's own");
    }
    if kind == SessionKind::Led && lead != shadowing.mentor_id {
        return Err("only an interview of the mentor can be led by a learner");
    }
    Ok(lead)
}
