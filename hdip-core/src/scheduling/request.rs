//! Requesting: a picked start becomes an interview that looks for its interviewer.

use super::calls::Who;
use super::case::{Case, side_of};
use super::*;
use crate::access::{Actor, KeyScope, LinkPurpose};
use crate::hdip::{Decision, sha256_hex};
use crate::hiring::*;
use crate::jobs::{CALL_EXPIRY, LINK_REMINDER, LINK_UNUSED};
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Background job: the first call of an interview, or the first after its interviewer is gone.
pub(crate) const CALL_INTERVIEWERS: &str = "call_interviewers";

/// A candidate's answers about recording, transcript and AI.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConsentChoices {
    /// Recording the interview.
    pub recording: bool,
    /// Making a transcript.
    pub transcript: bool,
    /// Drafting feedback by AI.
    pub ai: bool,
}

impl ConsentChoices {
    fn given(&self, kind: ConsentKind) -> bool {
        match kind {
            ConsentKind::Recording => self.recording,
            ConsentKind::Transcript => self.transcript,
            ConsentKind::Ai => self.ai,
        }
    }
}

/// How a start is named: by the hold on it, or, for machines, directly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartChoice {
    /// The hold that was placed on it.
    Held(HoldId),
    /// The start itself; held and requested in one step.
    Picked(Pick),
}

/// A request for an interview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestInterview {
    /// For which application; its present round is meant.
    pub application: ApplicationId,
    /// When.
    pub start: StartChoice,
    /// The candidate's answers; only the candidate itself can give them.
    pub consents: Option<ConsentChoices>,
}

/// The interview that was requested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requested {
    /// Its id.
    pub interview_id: InterviewId,
}

impl Hdip {
    /// Turns a picked start into an interview request; interviewers are called right after.
    ///
    /// # Errors
    /// [`SchedulingError::HoldLapsed`], [`SchedulingError::NotOffered`], [`SchedulingError::OddHours`],
    /// [`SchedulingError::AlreadyScheduled`], refusals of the application's, job's and client's status
    /// ([`HiringError`]), [`Error::NotFound`] for an application the caller does not see, [`Error::Invalid`] for
    /// consents given by somebody else than the candidate.
    pub async fn request_interview(
        &self,
        ctx: &Ctx,
        request: RequestInterview,
    ) -> Result<Done<Requested>, Error> {
        self.decide(ctx, "request_interview", &request, || self.try_request(ctx, &request)).await
    }

    async fn try_request(&self, ctx: &Ctx, request: &RequestInterview) -> Result<Decision<Requested>, Error> {
        let case = self.case_for(ctx, request.application, KeyScope::SchedulingWrite).await?;
        Self::may_request(&case)?;
        let mut changes = Changes::new();
        let (demand, span) = self.take_start(ctx, &case, &request.start, None, &mut changes).await?;
        let interview = self.new_interview(ctx, &case, demand, span, None).await?;
        // A job archived or a client suspended at this moment is seen when this is decided again.
        changes.guard(&case.job).guard(&case.client).guard(&case.round);
        if let Some(choices) = &request.consents {
            self.put_consents(
                ctx,
                &mut changes,
                &case.application,
                choices,
                &case.policy.consent_notice_version,
            )?;
        }
        self.add_request(ctx, &mut changes, &case, &interview)?;
        let mail = MailJob::about(
            MailKind::AwaitingConfirmation,
            interview.id,
            Recipient::Candidate(case.candidate.id),
        );
        changes.jobs.push(self.mail(ctx, Some(case.client.id), mail, "request"));
        // Who picks for the candidate knows it.
        if side_of(&ctx.actor) == Side::Candidate {
            for to in self.people(&interview, &case, &[Who::Recruiter, Who::AccountManager]) {
                let mail = MailJob::about(MailKind::SlotRequested, interview.id, to);
                changes.jobs.push(self.mail(ctx, Some(case.client.id), mail, "request"));
            }
        }
        Ok(Decision { changes, output: Requested { interview_id: interview.id } })
    }

    /// Uses up the hold, or picks directly; the start must be offered either way.
    pub(crate) async fn take_start(
        &self,
        ctx: &Ctx,
        case: &Case,
        choice: &StartChoice,
        moving: Option<&Interview>,
        changes: &mut Changes,
    ) -> Result<(Demand, Span), Error> {
        let key = Hold::key(case.application.id, case.round.id);
        let hold: Option<Hold> = self.storage.find(&key).await?;
        let pick = match choice {
            StartChoice::Held(id) => {
                let live = hold.as_ref().filter(|hold| hold.hold_id == *id && ctx.now < hold.expires_at);
                let hold = live.ok_or(SchedulingError::HoldLapsed)?;
                // Odd hours were confirmed when the hold was placed.
                Pick { start: hold.start, odd_hours_ok: true }
            }
            StartChoice::Picked(pick) => pick.clone(),
        };
        let taken = self.check_offered(ctx, case, &pick, moving).await?;
        if let Some(hold) = &hold {
            changes.delete(hold);
        }
        Ok(taken)
    }

    /// A new interview in `requested`, with everything pinned.
    pub(crate) async fn new_interview(
        &self,
        ctx: &Ctx,
        case: &Case,
        demand: Demand,
        span: Span,
        predecessor: Option<InterviewId>,
    ) -> Result<Interview, Error> {
        let price = self.price(&case.client, case.candidate.experience_months, span.start()).await?;
        let late_minor = case.policy.late_fee_minor.get(&price.currency).copied().unwrap_or(0);
        let side = side_of(&ctx.actor);
        Ok(Interview {
            id: self.ids.fresh(),
            client_id: case.client.id,
            application_id: case.application.id,
            job_id: case.job.id,
            round_id: case.round.id,
            candidate_id: case.candidate.id,
            state: InterviewState::Requested,
            start: span.start(),
            end: span.end(),
            interviewer_id: None,
            demand,
            calls: 0,
            replacements: 0,
            replacing: false,
            predecessor_id: predecessor,
            successor_id: None,
            requested_by: side,
            requested_at: ctx.now,
            confirmed_at: None,
            state_at: ctx.now,
            state_by: side,
            reason: None,
            ended_at: None,
            feedback_extended_until: None,
            meeting: MeetingRoom::Pending,
            calendar_sequence: 0,
            pins: Pins {
                policy: case.policy_id,
                client_policy: case.client_policy_id,
                price,
                late_fee: Money { amount_minor: late_minor, currency: price.currency },
                late_change_hours: case.policy.late_change_hours,
                buffer_minutes: case.policy.buffer_minutes,
                rubric: self.storage.rubrics(case.round.id).await?.first().map(|rubric| rubric.id),
                person: format!("person:{}", &sha256_hex(&case.candidate.email_key)[..32]),
            },
            live_key: Some(Hold::key(case.application.id, case.round.id)),
            version: 0,
        })
    }

    /// Adds a requested interview to a commit: the record, the application's status, the candidate's link,
    /// the first call.
    pub(crate) fn add_request(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        case: &Case,
        interview: &Interview,
    ) -> Result<(), Error> {
        changes.insert(interview);
        let mut application = case.application.clone();
        let moved = interview.predecessor_id.is_some();
        let event = if moved { ApplicationEvent::Move } else { ApplicationEvent::Request };
        application.step(event, ctx.now)?;
        changes.update(&application);
        let candidate = case.candidate.id.to_string();
        let link = self.new_link(
            ctx,
            case.client.id,
            LinkPurpose::CandidateInterview,
            &interview.id.to_string(),
            &candidate,
            interview.end + days(case.policy.link_days.into()),
        );
        changes.insert(&link);
        for kind in [LINK_REMINDER, LINK_UNUSED] {
            changes.clear_timer(kind, case.application.id);
        }
        changes.jobs.push(self.call_job(ctx, interview));
        // Should the job be lost to a bug, the timer makes the call: no request stays open for ever.
        changes.timer(CALL_EXPIRY, interview.id, ctx.now + minutes(case.policy.invitation_minutes.into()));
        changes.events.push(self.interview_event(ctx, interview, "interview.requested"));
        changes.audit.push(self.audit(ctx, "interview.request", interview.id, Some(case.client.id)));
        Ok(())
    }

    /// The job that sends out the first call of a search.
    pub(crate) fn call_job(&self, ctx: &Ctx, interview: &Interview) -> NewJob {
        NewJob {
            id: self.ids.fresh(),
            client_id: Some(interview.client_id),
            kind: CALL_INTERVIEWERS.into(),
            cause: format!("call:{}:{}", interview.id, interview.replacements),
            subject: interview.id.to_string(),
            data: json!({"interview_id": interview.id, "search": interview.replacements}),
            due_at: ctx.now,
            created_at: ctx.now,
            request_id: ctx.request_id.clone(),
        }
    }

    /// The event of an interview's new state: ids and states, nothing personal, no amounts.
    pub(crate) fn interview_event(&self, ctx: &Ctx, interview: &Interview, kind: &str) -> NewEvent {
        let data = json!({
            "interview_id": interview.id,
            "application_id": interview.application_id,
            "job_id": interview.job_id,
            "round_id": interview.round_id,
            "candidate_id": interview.candidate_id,
            "state": interview.state,
            "start": interview.start,
            "end": interview.end,
            "by": interview.state_by,
            "predecessor_id": interview.predecessor_id,
            "successor_id": interview.successor_id,
        });
        let mut event = self.event(ctx, Stream::Client(interview.client_id), kind, interview.id, data);
        if side_of(&ctx.actor) == Side::Interviewer {
            // Clients do not learn who interviews, not even by an id that comes back.
            event.actor = "interviewer".into();
        }
        event
    }

    /// Records a candidate's answers about recording, transcript and AI. Later answers replace earlier ones;
    /// a withdrawal stops further processing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application the caller does not see; [`Error::Invalid`] when somebody else than
    /// the candidate answers.
    pub async fn record_consents(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
        choices: ConsentChoices,
    ) -> Result<Done<()>, Error> {
        self.decide(ctx, "record_consents", &(application, &choices), || async {
            let case = self.case_for(ctx, application, KeyScope::SchedulingWrite).await?;
            let mut changes = Changes::new();
            self.put_consents(
                ctx,
                &mut changes,
                &case.application,
                &choices,
                &case.policy.consent_notice_version,
            )?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    fn put_consents(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        application: &Application,
        choices: &ConsentChoices,
        notice_version: &str,
    ) -> Result<(), Error> {
        if !matches!(&ctx.actor, Actor::Link { party, .. } if *party == application.candidate_id.to_string())
        {
            return Err(Error::field("consents", "not_the_candidate", "can only be given by the candidate"));
        }
        for kind in ConsentKind::ALL {
            let given = choices.given(kind);
            changes.insert(&Consent {
                id: self.ids.fresh(),
                client_id: application.client_id,
                application_id: application.id,
                candidate_id: application.candidate_id,
                kind,
                given,
                notice_version: notice_version.to_owned(),
                at: ctx.now,
                version: 0,
            });
        }
        let data = json!({
            "application_id": application.id,
            "notice_version": notice_version,
            "recording": choices.recording,
            "transcript": choices.transcript,
            "ai": choices.ai,
        });
        changes.events.push(self.event(
            ctx,
            Stream::Client(application.client_id),
            "consent.recorded",
            application.id,
            data,
        ));
        Ok(())
    }

    /// Sends the candidate a scheduling link for the present round, or renews it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application the caller does not see; refusals of its status.
    pub async fn send_scheduling_link(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
    ) -> Result<Done<LinkSent>, Error> {
        self.decide(ctx, "send_scheduling_link", &application, || async {
            let case = self.case_for(ctx, application, KeyScope::SchedulingWrite).await?;
            if matches!(ctx.actor, Actor::Link { .. }) {
                return Err(Error::Forbidden);
            }
            Self::may_request(&case)?;
            let mut changes = Changes::new();
            let expires_at = self.reopen_link(ctx, &mut changes, &case).await?;
            let mail = MailJob::scheduling_link(application, case.candidate.id);
            changes.jobs.push(self.mail(
                ctx,
                Some(case.client.id),
                mail,
                &ctx.now.timestamp_micros().to_string(),
            ));
            changes.audit.push(self.audit(ctx, "scheduling_link.send", application, Some(case.client.id)));
            Ok(Decision { changes, output: LinkSent { expires_at } })
        })
        .await
    }

    /// Makes or renews the candidate's scheduling link in a commit; until when it is good.
    pub(crate) async fn reopen_link(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        case: &Case,
    ) -> Result<Timestamp, Error> {
        let expires_at = ctx.now + days(case.policy.link_days.into());
        let (application, candidate) = (case.application.id.to_string(), case.candidate.id.to_string());
        let link = self
            .ensure_link(
                ctx,
                changes,
                case.client.id,
                LinkPurpose::Schedule,
                &application,
                &candidate,
                expires_at,
            )
            .await?;
        let remind_at = ctx.now + days(case.policy.link_reminder_days.into());
        if remind_at < link.expires_at {
            changes.timer(LINK_REMINDER, case.application.id, remind_at);
        }
        changes.timer(LINK_UNUSED, case.application.id, link.expires_at);
        Ok(link.expires_at)
    }

    /// Timer: the candidate has not picked a start. Reminds the candidate, or, when the link is over, tells the
    /// recruiter.
    pub(crate) async fn link_waits(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
        over: bool,
    ) -> Result<Changes, Error> {
        let mut changes = Changes::new();
        let case = self.case(application, ctx.now).await?;
        // Decided, dropped, or the job and the client at rest: nobody is to pick a start.
        if Self::may_request(&case).is_err() {
            return Ok(changes);
        }
        let key = format!("{}:{application}:{}", LinkPurpose::Schedule.as_str(), case.candidate.id);
        let link = self.storage.link_by_key(&key).await?.filter(|link| link.revoked_at.is_none());
        let Some(link) = link.filter(|link| over == (ctx.now >= link.expires_at)) else { return Ok(changes) };
        let (kind, to) = if over {
            (MailKind::SchedulingLinkUnused, case.recruiter.map(Recipient::Recruiter))
        } else {
            (MailKind::SchedulingLinkReminder, Some(Recipient::Candidate(case.candidate.id)))
        };
        // Once per time the link was good for.
        let occasion = link.expires_at.timestamp().to_string();
        if let Some(to) = to {
            let mail = MailJob::about_application(kind, application, to);
            changes.jobs.push(self.mail(ctx, Some(case.client.id), mail, &occasion));
        }
        Ok(changes)
    }
}

/// A scheduling link is on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkSent {
    /// Until when it is good.
    pub expires_at: Timestamp,
}
