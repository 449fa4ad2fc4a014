//! What a scheduling decision reads: the application with everything around it, and the pool of
//! interviewers, as the input of the pure rules.

use super::*;
use crate::access::{Actor, KeyScope, LinkPurpose, Role, User, UserStatus};
use crate::clients::Client;
use crate::hiring::*;
use crate::interviewers::{AvailabilityTimes, Recurring, free_windows};
use crate::policy::Policy;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use std::collections::BTreeSet;

/// An application with everything a scheduling decision about it needs.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub application: Application,
    pub candidate: Candidate,
    pub job: Job,
    pub round: Round,
    pub client: Client,
    /// Who hears for the client.
    pub recruiter: Option<UserId>,
    pub policy: Policy,
    pub policy_id: Option<PolicyId>,
    pub client_policy_id: Option<PolicyId>,
}

/// The pool of one question, in the form the rules take.
pub(crate) struct Pool {
    pub members: Vec<Member>,
    pub draws: Vec<Draw>,
    pub candidate_busy: Vec<Span>,
    /// Of these, the ones at other clients.
    pub busy_elsewhere: Vec<Span>,
    pub rules: SlotRules,
    pub range: Span,
    /// The rows the members were made from, in the same order.
    pub rows: Vec<PoolMember>,
}

impl Pool {
    /// The question the rules answer.
    pub fn question<'a>(&'a self, now: Timestamp, demand: &'a Demand) -> SlotQuestion<'a> {
        SlotQuestion {
            now,
            range: self.range,
            rules: &self.rules,
            demand,
            members: &self.members,
            draws: &self.draws,
            candidate_busy: &self.candidate_busy,
        }
    }

    /// The answer about a start, as `actor` may hear it: that the candidate has an interview at another client
    /// is between those two.
    pub fn explain(&self, actor: &Actor, now: Timestamp, demand: &Demand, start: Timestamp) -> Explanation {
        let mut answer = explain(&self.question(now, demand), start);
        let own = |busy: &Span| !self.busy_elsewhere.contains(busy);
        let span = Span::starting(start, self.rules.duration);
        let at_own = span.is_some_and(|s| self.candidate_busy.iter().any(|b| own(b) && b.overlaps(s)));
        if side_of(actor) == Side::Client && !at_own {
            for reason in answer.reasons.iter_mut().filter(|reason| **reason == WhyNot::CandidateBusy) {
                *reason = WhyNot::Unavailable;
            }
        }
        answer
    }

    /// The row of a member.
    pub fn row(&self, id: InterviewerId) -> Option<&PoolMember> {
        self.rows.iter().find(|row| row.interviewer.id == id)
    }
}

/// Which side an actor is on.
pub(crate) fn side_of(actor: &Actor) -> Side {
    match actor {
        Actor::System => Side::System,
        Actor::ApiKey { .. } => Side::Client,
        Actor::User(user) if user.role.is_operator() => Side::Operator,
        Actor::User(user) if user.interviewer.is_some() => Side::Interviewer,
        Actor::User(_) => Side::Client,
        Actor::Link { purpose, .. } => match purpose {
            LinkPurpose::Schedule | LinkPurpose::CandidateInterview | LinkPurpose::Rating => Side::Candidate,
            LinkPurpose::Invitation | LinkPurpose::InterviewerInterview => Side::Interviewer,
            // A user's link opens no interview; the weakest side all the same.
            _ => Side::Candidate,
        },
        // Passes no check that would let it act on an interview; the weakest side all the same.
        Actor::Anonymous => Side::Candidate,
    }
}

impl Demand {
    /// The interviewers among whom all are who match: enough to offer and to invite.
    pub(crate) fn skilled(&self) -> PoolOf {
        PoolOf::Skilled { specialisation: self.specialisation.clone(), any_of: self.mandatory_skills.clone() }
    }

    /// Everybody in the field: for saying why not.
    pub(crate) fn field(&self) -> PoolOf {
        PoolOf::Specialisation(self.specialisation.clone())
    }
}

impl Hdip {
    /// Reads an application and everything around it, without asking who wants to know.
    pub(crate) async fn case(&self, application: ApplicationId, now: Timestamp) -> Result<Case, Error> {
        let application: Application = self.storage.get(application).await?;
        let candidate = self.storage.get(application.candidate_id).await?;
        let job = self.storage.get(application.job_id).await?;
        let round = self.storage.get(application.round_id).await?;
        let client: Client = self.storage.get(application.client_id).await?;
        let (policy, policy_id, client_policy_id) = self.policy_for(Some(client.id), now).await?;
        let recruiter = self.recruiter_for(&application, &job).await?;
        Ok(Case {
            application,
            candidate,
            job,
            round,
            client,
            recruiter,
            policy,
            policy_id,
            client_policy_id,
        })
    }

    /// Who hears about an application for the client: its recruiter, the hiring manager, another recruiter of
    /// the job, an owner: the first of these who is still there. Never an agency's people, who see their own
    /// candidates only.
    async fn recruiter_for(&self, application: &Application, job: &Job) -> Result<Option<UserId>, Error> {
        let named = application.recruiter_id.into_iter().chain(job.hiring_manager_id);
        let named: Vec<UserId> = named.chain(job.recruiter_ids.iter().copied()).collect();
        let users = self.storage.find_all::<User>(&named).await?;
        let hears = |user: &User| user.status == UserStatus::Active && user.role != Role::AgencyUser;
        let first = named.iter().find(|id| users.get(&id.to_string()).is_some_and(hears));
        if let Some(first) = first {
            return Ok(Some(*first));
        }
        let everybody = self.storage.users(Some(job.client_id), &Page::first(Page::MAX)).await?;
        Ok(everybody
            .into_iter()
            .find(|user| hears(user) && user.role == Role::ClientOwner)
            .map(|user| user.id))
    }

    /// Reads an application for someone who wants to schedule it: people of the client, the operator, an
    /// ATS, or the candidate by a scheduling link or the link of one of its interviews.
    pub(crate) async fn case_for(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
        scope: KeyScope,
    ) -> Result<Case, Error> {
        if let Actor::Link { purpose, subject, party, .. } = &ctx.actor {
            let own = match purpose {
                LinkPurpose::Schedule => *subject == application.to_string(),
                LinkPurpose::CandidateInterview => {
                    let interview: Interview = self.storage.get(subject).await?;
                    interview.application_id == application
                }
                _ => false,
            };
            if !own {
                return Err(Error::NotFound("application"));
            }
            let case = self.case(application, ctx.now).await?;
            return if case.candidate.id.to_string() == *party {
                Ok(case)
            } else {
                Err(Error::NotFound("application"))
            };
        }
        let rows = ctx.actor.client_scope(scope)?;
        let application: Application = self.storage.get(application).await?;
        if !rows.allows(application.client_id, Some(application.job_id), application.agency_id) {
            return Err(Error::NotFound("application"));
        }
        self.case(application.id, ctx.now).await
    }

    /// Checks that a new interview may be requested for a case now.
    pub(crate) fn may_request(case: &Case) -> Result<(), Error> {
        case.client.refuse_requests()?;
        if case.job.status != JobStatus::Open {
            return Err(HiringError::JobArchived.into());
        }
        match case.application.status {
            ApplicationStatus::ToSchedule => Ok(()),
            ApplicationStatus::Interviewing => Err(SchedulingError::AlreadyScheduled.into()),
            status => Err(HiringError::WrongStatus { status: status.as_str() }.into()),
        }
    }

    /// What an interview of this case asks of an interviewer. `except` leaves out the interview being moved.
    pub(crate) async fn demand(&self, case: &Case, except: Option<&Interview>) -> Result<Demand, Error> {
        let met = self.storage.met(&case.candidate.email_key, except.map(|i| i.id)).await?;
        Ok(Demand {
            specialisation: case.job.specialisation.clone(),
            mandatory_skills: case.job.mandatory_skills.iter().cloned().collect(),
            candidate_experience_months: case.candidate.experience_months,
            client_level: case.client.level,
            candidate_company: case.candidate.current_company.as_deref().map(company_key),
            client_brand: company_key(&case.client.brand),
            candidate: case.candidate.id,
            excluded: BTreeSet::new(),
            blocked: case.client.blocked_interviewers.clone(),
            evaluated_by: met.into_iter().collect(),
        })
    }

    /// Reads the pool for a question about `range`.
    ///
    /// `own` is the application asking: its hold and its open interview do not count against it. `moving` is
    /// the interview being moved or refilled: its time does not count as the candidate's busy time.
    pub(crate) async fn pool(
        &self,
        case: &Case,
        range: Span,
        now: Timestamp,
        of: PoolOf,
        moving: Option<&Interview>,
        waive_notice: bool,
    ) -> Result<Pool, Error> {
        let rules = slot_rules(&case.policy, case.round.duration_minutes, waive_notice);
        // A start at the end of the range needs the time after it, and busy times reach into it by a buffer.
        let wide = range.widened(rules.duration + rules.buffer);
        let mut rows = self.storage.pool(&PoolQuestion { of, range: wide, now }).await?;
        // What is moved is given back in the same commit: it stands in nobody's way.
        if let Some(moving) = moving.filter(|moving| moving.state.holds_time()) {
            let (own, booked) = (moving.interviewer_id, moving.booked());
            for row in rows.iter_mut().filter(|row| Some(row.interviewer.id) == own) {
                row.interviews.retain(|other| *other != booked);
            }
        }
        let members = rows.iter().map(|row| member(row, wide)).collect();
        let draws = self.storage.draws(wide, now).await?;
        let draws = draws
            .into_iter()
            .filter(|draw| draw.application != case.application.id)
            .map(|draw| Draw { span: draw.span, demand: draw.demand })
            .collect();
        let busy = self.storage.candidate_busy(&case.candidate.email_key, wide, moving.map(|i| i.id)).await?;
        let elsewhere = busy.iter().filter(|(client, _)| *client != case.client.id);
        let busy_elsewhere = elsewhere.map(|(_, span)| *span).collect();
        let candidate_busy = busy.into_iter().map(|(_, span)| span).collect();
        Ok(Pool { members, draws, candidate_busy, busy_elsewhere, rules, range, rows })
    }
}

/// The rules of a slot question under a policy.
pub(crate) fn slot_rules(policy: &Policy, duration_minutes: u32, waive_notice: bool) -> SlotRules {
    SlotRules {
        step: minutes(policy.slot_step_minutes.into()),
        duration: minutes(duration_minutes.into()),
        buffer: minutes(policy.buffer_minutes.into()),
        minimum_notice: if waive_notice {
            Duration::zero()
        } else {
            hours(policy.minimum_notice_hours.into())
        },
        horizon: days(policy.horizon_days.into()),
    }
}

fn member(row: &PoolMember, range: Span) -> Member {
    let interviewer = &row.interviewer;
    let (mut recurring, mut windows, mut blackouts) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &row.availability {
        match &entry.times {
            AvailabilityTimes::Rule { rrule, first_day, local_start, duration_minutes, exceptions } => {
                recurring.push(Recurring {
                    rule: rrule.clone(),
                    first_day: *first_day,
                    local_start: *local_start,
                    duration_minutes: *duration_minutes,
                    zone: interviewer.zone,
                    exceptions: exceptions.clone(),
                });
            }
            AvailabilityTimes::Window { span } => windows.push(*span),
            AvailabilityTimes::Blackout { span } => blackouts.push(*span),
        }
    }
    // After its last day it is not to be had.
    blackouts.extend(interviewer.leaves_at.and_then(|at| Span::new(at, range.end() + days(1))));
    Member {
        id: interviewer.id,
        profile: Profile {
            id: interviewer.id,
            active: interviewer.status.is_active(),
            specialisations: interviewer.specialisations.clone(),
            skills: interviewer.skills.clone(),
            experience_months: interviewer.experience_months,
            certifications: interviewer.certifications.clone(),
            companies: interviewer
                .current_company
                .iter()
                .chain(&interviewer.previous_companies)
                .map(|company| company_key(company))
                .collect(),
            rating_hundredths: interviewer.rating_hundredths,
            recent_interviews: row.recent,
        },
        zone: interviewer.zone,
        weekly_cap: interviewer.weekly_cap,
        minimum_gap: minutes(interviewer.minimum_gap_minutes.into()),
        free: free_windows(&recurring, &windows, &blackouts, range),
        interviews: row.interviews.iter().map(|booked| booked.span).collect(),
        held: row.interviews.iter().filter_map(|b| Span::new(b.span.start(), b.held_until?)).collect(),
        external_busy: row.busy.clone(),
    }
}
