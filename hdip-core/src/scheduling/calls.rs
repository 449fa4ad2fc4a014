//! Calls: inviting interviewers, again while time remains, and giving up.

use super::case::Case;
use super::request::CALL_INTERVIEWERS;
use super::*;
use crate::access::LinkPurpose;
use crate::clients::PayTable;
use crate::hiring::{ApplicationEvent, JobStatus};
use crate::jobs::{CALL_EXPIRY, Step};
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// How many interviewers one call may invite, whatever the policy says: bounds one commit.
const CALL_LIMIT: usize = 500;

impl Hdip {
    /// Background job: the first call of a search.
    pub(crate) async fn call_interviewers(&self, ctx: &Ctx, job: &BackgroundJob) -> Result<Step, Error> {
        debug_assert_eq!(job.kind, CALL_INTERVIEWERS);
        let interview: Interview = self.storage.get(&job.subject).await?;
        let search = job.data["search"].as_u64().unwrap_or(0);
        // Moved on meanwhile (cancelled, called by the timer, another search): nothing to do.
        if !interview.state.is_open() || interview.calls > 0 || u64::from(interview.replacements) != search {
            return Ok(Step::Done(Changes::new()));
        }
        Ok(Step::Done(self.call_or_expire(ctx, interview).await?))
    }

    /// Timer: the present call is over.
    pub(crate) async fn call_over(&self, ctx: &Ctx, id: InterviewId) -> Result<Changes, Error> {
        let interview: Interview = self.storage.get(id).await?;
        if !interview.state.is_open() {
            return Ok(Changes::new());
        }
        self.call_or_expire(ctx, interview).await
    }

    async fn call_or_expire(&self, ctx: &Ctx, mut interview: Interview) -> Result<Changes, Error> {
        let case = self.case(interview.application_id, ctx.now).await?;
        let deadline = interview.start - minutes(case.policy.invitation_end_before_start_minutes.into());
        if interview.calls >= case.policy.calls || ctx.now >= deadline {
            return self.nobody_accepted(ctx, interview, case).await;
        }
        interview.call(ctx.now)?;
        let expires_at = deadline.min(ctx.now + minutes(case.policy.invitation_minutes.into()));
        let mut changes = Changes::new();
        let invited = self.invite(ctx, &mut changes, &case, &interview, expires_at).await?;
        changes.update(&interview);
        changes.timer(CALL_EXPIRY, interview.id, expires_at);
        let mut event = self.interview_event(ctx, &interview, "interview.called");
        event.data["call"] = interview.calls.into();
        event.data["invited"] = invited.into();
        changes.events.push(event);
        Ok(changes)
    }

    /// Invites everybody able who has not answered yet, best first; how many.
    async fn invite(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        case: &Case,
        interview: &Interview,
        expires_at: Timestamp,
    ) -> Result<usize, Error> {
        let mut known: BTreeMap<InterviewerId, Invitation> = self
            .storage
            .invitations(interview.id)
            .await?
            .into_iter()
            .map(|i| (i.interviewer_id, i))
            .collect();
        let mut demand = self.demand(case, Some(interview)).await?;
        demand.excluded.extend(&interview.demand.excluded);
        let range = Span::starting(interview.start, minutes(1)).ok_or_else(|| interview.wrong_state())?;
        // The start was offered when it was requested. Notice that has shrunk meanwhile keeps nobody out;
        // the deadline of the call does.
        let pool = self.pool(case, range, ctx.now, demand.skilled(), Some(interview), true).await?;
        let limit = match case.policy.wave_size {
            0 => CALL_LIMIT,
            // Staged waves: each call reaches that many more of the best.
            size => size as usize * interview.calls as usize,
        };
        let call = interview.replacements * 100 + interview.calls;
        let mut pay_tables: BTreeMap<Currency, Option<PayTable>> = BTreeMap::new();
        let mut invited = 0;
        for member in able(&pool.question(ctx.now, &demand), interview.start).into_iter().take(limit) {
            let Some(row) = pool.row(member.id) else { continue };
            let currency = row.interviewer.pay_currency;
            if let Entry::Vacant(unknown) = pay_tables.entry(currency) {
                unknown.insert(self.pay_table(currency, interview.start).await?);
            }
            // Nobody is invited without being told what it pays.
            let Some(table) = &pay_tables[&currency] else { continue };
            let pay = table.pay(case.candidate.experience_months);
            let invitation = match known.remove(&member.id) {
                Some(mut invitation) if invitation.state == InvitationState::Open => {
                    invitation.call = call;
                    invitation.expires_at = expires_at;
                    changes.update(&invitation);
                    invitation
                }
                Some(_) => continue, // has answered
                None => {
                    let invitation = Invitation {
                        id: self.ids.fresh(),
                        client_id: interview.client_id,
                        interview_id: interview.id,
                        interviewer_id: member.id,
                        natural_key: Invitation::key(interview.id, member.id),
                        call,
                        state: InvitationState::Open,
                        expires_at,
                        pay,
                        answered_at: None,
                        decline_reason: None,
                        conflict_of_interest: false,
                        created_at: ctx.now,
                        version: 0,
                    };
                    changes.insert(&invitation);
                    let (subject, party) = (invitation.id.to_string(), member.id.to_string());
                    let purpose = LinkPurpose::Invitation;
                    changes.insert(&self.new_link(
                        ctx,
                        case.client.id,
                        purpose,
                        &subject,
                        &party,
                        interview.start,
                    ));
                    invitation
                }
            };
            let mut mail = MailJob::about(
                MailKind::InterviewerInvitation,
                interview.id,
                Recipient::Interviewer(member.id),
            );
            mail.invitation = Some(invitation.id);
            changes.jobs.push(self.mail(ctx, Some(case.client.id), mail, &format!("call-{call}")));
            invited += 1;
        }
        Ok(invited)
    }

    /// The search is over without an answer: the client and the candidate are told, the link reopens.
    async fn nobody_accepted(
        &self,
        ctx: &Ctx,
        mut interview: Interview,
        case: Case,
    ) -> Result<Changes, Error> {
        let mut changes = Changes::new();
        if interview.confirmed_at.is_some() {
            // It had been confirmed: people have it in their calendars.
            let told =
                self.leave(ctx, &mut changes, &mut interview, &case, MailKind::InterviewCancelled).await?;
            interview.expire(ctx.now)?;
            changes.update(&interview);
            changes.jobs.extend(told);
            self.back_to_schedule(ctx, &mut changes, &case, &interview).await?;
            changes.events.push(self.interview_event(ctx, &interview, "interview.expired"));
            return Ok(changes);
        }
        interview.expire(ctx.now)?;
        changes.update(&interview);
        changes.clear_timer(CALL_EXPIRY, interview.id);
        self.back_to_schedule(ctx, &mut changes, &case, &interview).await?;
        for to in self.people(&interview, &case, &[Who::Candidate, Who::Recruiter, Who::AccountManager]) {
            let mail = MailJob::about(MailKind::NobodyAccepted, interview.id, to);
            changes.jobs.push(self.mail(ctx, Some(case.client.id), mail, "expired"));
        }
        changes.events.push(self.interview_event(ctx, &interview, "interview.expired"));
        Ok(changes)
    }

    /// After an interview that came to nothing: the application waits for a new start, and the candidate's
    /// link is open again.
    pub(crate) async fn back_to_schedule(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        case: &Case,
        interview: &Interview,
    ) -> Result<(), Error> {
        let mut application = case.application.clone();
        if application.round_id == interview.round_id
            && application.step(ApplicationEvent::ComeToNothing, ctx.now).is_ok()
        {
            changes.update(&application);
            // On an archived job nothing more is scheduled: the link stays dead.
            if case.job.status == JobStatus::Open {
                self.reopen_link(ctx, changes, case).await?;
            }
        }
        Ok(())
    }

    /// The recipients of a message about an interview.
    pub(crate) fn people(&self, interview: &Interview, case: &Case, who: &[Who]) -> Vec<Recipient> {
        who.iter()
            .filter_map(|who| match who {
                Who::Candidate => Some(Recipient::Candidate(interview.candidate_id)),
                Who::Interviewer => interview.interviewer_id.map(Recipient::Interviewer),
                Who::Recruiter => case.recruiter.map(Recipient::Recruiter),
                Who::AccountManager => Some(Recipient::AccountManager(case.client.account_manager_id)),
            })
            .collect()
    }
}

/// Who hears about an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Candidate,
    Interviewer,
    Recruiter,
    AccountManager,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 4] = [Self::Candidate, Self::Interviewer, Self::Recruiter, Self::AccountManager];
}
