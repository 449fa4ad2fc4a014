//! The named queries, as filters over everything.

use super::MemoryStorage;
use crate::access::*;
use crate::clients::*;
use crate::feedback::{Rating, Rubric, Scorecard};
use crate::hiring::*;
use crate::interviewers::*;
use crate::ladder::{SessionState, ShadowingSession};
use crate::policy::PolicyVersion;
use crate::ports::PortError;
use crate::ports::storage::*;
use crate::product_feedback::{ProductFeedback, ProductFeedbackStatus};
use crate::scheduling::*;
use crate::testkit::contract::mutants::StorageFault;
use crate::values::*;
use async_trait::async_trait;
use chrono::NaiveDate;
use std::collections::BTreeSet;

#[async_trait]
impl AccessQueries for MemoryStorage {
    async fn user_by_email(&self, email_key: &str) -> Result<Option<User>, PortError> {
        Ok(self.all(|user: &User| user.email_key == email_key)?.pop())
    }

    async fn user_of_interviewer(&self, interviewer: InterviewerId) -> Result<Option<User>, PortError> {
        Ok(self.all(|user: &User| user.interviewer_id == Some(interviewer))?.pop())
    }

    async fn users(&self, client: Option<ClientId>, page: &Page) -> Result<Vec<User>, PortError> {
        let all = self
            .all(|user: &User| user.client_id == client && (client.is_some() || user.role.is_operator()))?;
        self.page(all, page, |user| user.id.to_string())
    }

    async fn live_sign_ins(&self, user: UserId) -> Result<Vec<SignIn>, PortError> {
        let mut all = self.all(|s: &SignIn| s.user_id == user && s.ended_at.is_none())?;
        all.reverse();
        Ok(all)
    }

    async fn link_by_key(&self, natural_key: &str) -> Result<Option<Link>, PortError> {
        Ok(self.all(|link: &Link| link.natural_key == natural_key)?.pop())
    }

    async fn api_keys(&self, client: ClientId, page: &Page) -> Result<Vec<ApiKey>, PortError> {
        self.page(self.all(|key: &ApiKey| key.client_id == client)?, page, |key| key.id.to_string())
    }

    async fn clients(&self, page: &Page) -> Result<Vec<Client>, PortError> {
        self.page(self.all(|_: &Client| true)?, page, |client| client.id.to_string())
    }

    async fn agreements(&self, client: ClientId) -> Result<Vec<Agreement>, PortError> {
        let mut all = self.all(|a: &Agreement| a.client_id == client)?;
        all.sort_by_key(|a| std::cmp::Reverse((a.effective_from, a.id)));
        Ok(all)
    }

    async fn pay_table_on(&self, currency: Currency, day: NaiveDate) -> Result<Option<PayTable>, PortError> {
        let all = self.all(|t: &PayTable| t.currency == currency && t.effective_from <= day)?;
        Ok(all.into_iter().max_by_key(|t| (t.effective_from, t.id)))
    }

    async fn policy_at(
        &self,
        client: Option<ClientId>,
        at: Timestamp,
    ) -> Result<Option<PolicyVersion>, PortError> {
        let all = self.all(|p: &PolicyVersion| p.client_id == client && p.effective_from <= at)?;
        Ok(all.into_iter().max_by_key(|p| (p.effective_from, p.id)))
    }

    async fn any_user(&self) -> Result<bool, PortError> {
        Ok(!self.all(|_: &User| true)?.is_empty())
    }
}

#[async_trait]
impl AccountQueries for MemoryStorage {
    async fn pending_email_change(&self, user: UserId) -> Result<Option<EmailChange>, PortError> {
        let key = Some(user.to_string());
        Ok(self.all(|change: &EmailChange| change.live_key == key)?.pop())
    }

    async fn terms_acceptances(&self, user: UserId) -> Result<Vec<TermsAcceptance>, PortError> {
        let mut all = self.all(|a: &TermsAcceptance| a.user_id == user)?;
        all.reverse();
        Ok(all)
    }

    async fn product_feedback(
        &self,
        status: Option<ProductFeedbackStatus>,
        page: &Page,
    ) -> Result<Vec<ProductFeedback>, PortError> {
        let all = self.all(|f: &ProductFeedback| status.is_none_or(|status| f.status == status))?;
        self.page(all, page, |feedback| feedback.id.to_string())
    }
}

#[async_trait]
impl ClientQueries for MemoryStorage {
    async fn client_contacts(&self, client: ClientId, page: &Page) -> Result<Vec<ClientContact>, PortError> {
        let all = self.all(|contact: &ClientContact| contact.client_id == client)?;
        self.page(all, page, |contact| contact.id.to_string())
    }

    async fn departments(&self, client: ClientId, page: &Page) -> Result<Vec<Department>, PortError> {
        let all = self.all(|department: &Department| department.client_id == client)?;
        self.page(all, page, |department| department.id.to_string())
    }

    async fn department_by_key(&self, natural_key: &str) -> Result<Option<Department>, PortError> {
        Ok(self.all(|department: &Department| department.natural_key == natural_key)?.pop())
    }

    async fn clients_of_manager(&self, manager: UserId) -> Result<Vec<Client>, PortError> {
        self.all(|client: &Client| client.account_manager_id == manager)
    }

    async fn applications_of_recruiter(
        &self,
        client: ClientId,
        recruiter: UserId,
    ) -> Result<Vec<Application>, PortError> {
        self.all(|a: &Application| {
            a.client_id == client && a.recruiter_id == Some(recruiter) && a.status.is_open()
        })
    }
}

#[async_trait]
impl HiringQueries for MemoryStorage {
    async fn jobs(
        &self,
        scope: &Scope,
        filter: &HiringJobFilter,
        page: &Page,
    ) -> Result<Vec<Job>, PortError> {
        let agency_sees = |job: &Job| match scope {
            // An agency sees the jobs of its client; which of them are open to it is B's.
            Scope::Agency(client, ..) => job.client_id == *client,
            _ if self.has(StorageFault::LeaksRows) => true,
            scope => scope.allows(job.client_id, Some(job.id), None),
        };
        let all = self.all(|job: &Job| {
            agency_sees(job)
                && filter.status.is_none_or(|status| job.status == status)
                && filter.external_id.as_ref().is_none_or(|id| job.external_id.as_ref() == Some(id))
        })?;
        self.page(all, page, |job| job.id.to_string())
    }

    async fn assigned_jobs(&self, client: ClientId, user: UserId) -> Result<Vec<JobId>, PortError> {
        let named = |job: &Job| job.recruiter_ids.contains(&user) || job.hiring_manager_id == Some(user);
        Ok(self
            .all(|job: &Job| job.client_id == client && named(job))?
            .into_iter()
            .map(|job| job.id)
            .collect())
    }

    async fn rounds(&self, job: JobId) -> Result<Vec<Round>, PortError> {
        let mut all = self.all(|round: &Round| round.job_id == job)?;
        all.sort_by_key(|round| round.position);
        Ok(all)
    }

    async fn candidates(
        &self,
        scope: &Scope,
        filter: &CandidateFilter,
        page: &Page,
    ) -> Result<Vec<Candidate>, PortError> {
        let applications = self.all(|_: &Application| true)?;
        let sees = |candidate: &Candidate| match scope {
            Scope::Jobs(client, jobs) => {
                candidate.client_id == *client
                    && applications.iter().any(|a| a.candidate_id == candidate.id && jobs.contains(&a.job_id))
            }
            scope => scope.allows(candidate.client_id, None, candidate.agency_id),
        };
        let all = self.all(|candidate: &Candidate| {
            sees(candidate)
                && filter.email_key.as_ref().is_none_or(|key| candidate.email_key == *key)
                && filter
                    .name_prefix
                    .as_ref()
                    .is_none_or(|prefix| candidate.name.to_lowercase().starts_with(&prefix.to_lowercase()))
        })?;
        self.page(all, page, |candidate| candidate.id.to_string())
    }

    async fn same_person(
        &self,
        client: ClientId,
        email_key: &str,
        phone: Option<&Phone>,
    ) -> Result<Vec<Candidate>, PortError> {
        self.all(|c: &Candidate| {
            c.client_id == client
                && (c.email_key == email_key || phone.is_some() && c.phone.as_ref() == phone)
        })
    }

    async fn applications(
        &self,
        scope: &Scope,
        filter: &ApplicationFilter,
        page: &Page,
    ) -> Result<Vec<Application>, PortError> {
        let all = self.all(|a: &Application| {
            scope.allows(a.client_id, Some(a.job_id), a.agency_id)
                && filter.job.is_none_or(|job| a.job_id == job)
                && filter.candidate.is_none_or(|candidate| a.candidate_id == candidate)
                && filter.status.is_none_or(|status| a.status == status)
                && filter
                    .ats_reference
                    .as_ref()
                    .is_none_or(|reference| a.ats_reference.as_ref() == Some(reference))
        })?;
        self.page(all, page, |a| a.id.to_string())
    }

    async fn open_applications(&self, job: JobId) -> Result<Vec<Application>, PortError> {
        self.all(|a: &Application| a.job_id == job && a.status.is_open())
    }

    async fn consents(&self, application: ApplicationId) -> Result<Vec<Consent>, PortError> {
        self.all(|consent: &Consent| consent.application_id == application)
    }
}

#[async_trait]
impl InterviewerQueries for MemoryStorage {
    async fn interviewers(
        &self,
        filter: &InterviewerFilter,
        page: &Page,
    ) -> Result<Vec<Interviewer>, PortError> {
        let all = self.all(|i: &Interviewer| {
            filter.status.is_none_or(|status| i.status == status)
                && filter.specialisation.as_ref().is_none_or(|slug| i.specialisations.contains(slug))
        })?;
        self.page(all, page, |i| i.id.to_string())
    }

    async fn interviewer_by_email(&self, email_key: &str) -> Result<Option<Interviewer>, PortError> {
        Ok(self.all(|i: &Interviewer| i.email_key == email_key)?.pop())
    }

    async fn availability(&self, interviewer: InterviewerId) -> Result<Vec<Availability>, PortError> {
        self.all(|entry: &Availability| entry.interviewer_id == interviewer)
    }

    async fn pool(&self, question: &PoolQuestion) -> Result<Vec<PoolMember>, PortError> {
        let wanted = self.all(|i: &Interviewer| match &question.of {
            PoolOf::One(id) => i.id == *id,
            PoolOf::Specialisation(slug) => i.status.is_active() && i.specialisations.contains(slug),
            PoolOf::Skilled { specialisation, any_of } => {
                i.status.is_active()
                    && i.specialisations.contains(specialisation)
                    && any_of.iter().any(|skill| i.skills.contains(skill))
            }
        })?;
        let range = question.range.widened(days(8));
        let interviews = self.all(|i: &Interview| i.interviewer_id.is_some())?;
        let (entries, busy) = (self.all(|_: &Availability| true)?, self.all(|_: &ExternalBusy| true)?);
        let sessions = self.all(|s: &ShadowingSession| s.state == SessionState::Planned)?;
        let mut members = Vec::with_capacity(wanted.len());
        for interviewer in wanted {
            let own = || interviews.iter().filter(|i| i.interviewer_id == Some(interviewer.id));
            let mut booked: Vec<Booked> = own()
                .filter(|i| i.state.fills_week() && i.span().overlaps(range))
                .map(Interview::booked)
                .collect();
            booked.sort_unstable();
            let since = question.now - days(30);
            members.push(PoolMember {
                schedule: self
                    .all(|s: &InterviewerSchedule| s.id == interviewer.id)?
                    .pop()
                    .unwrap_or(InterviewerSchedule { id: interviewer.id, confirmed_total: 0, version: 0 }),
                availability: entries
                    .iter()
                    .filter(|e| e.interviewer_id == interviewer.id)
                    .cloned()
                    .collect(),
                busy: busy
                    .iter()
                    .filter(|b| b.id == interviewer.id)
                    .flat_map(|b| b.spans.clone())
                    .chain(
                        sessions
                            .iter()
                            .filter(|s| s.shadower_id == interviewer.id)
                            .filter_map(|s| Span::new(s.start, s.end))
                            .filter(|span| span.overlaps(range)),
                    )
                    .collect(),
                interviews: booked,
                recent: own()
                    .filter(|i| i.confirmed_at.is_some_and(|at| at >= since && at <= question.now))
                    .count() as u32,
                interviewer,
            });
        }
        Ok(members)
    }

    async fn met(
        &self,
        email_key: &str,
        except: Option<InterviewId>,
    ) -> Result<Vec<InterviewerId>, PortError> {
        let person: BTreeSet<_> =
            self.all(|c: &Candidate| c.email_key == email_key)?.into_iter().map(|c| c.id).collect();
        let interviews = self.all(|i: &Interview| person.contains(&i.candidate_id))?;
        let mut met: BTreeSet<InterviewerId> = interviews
            .iter()
            .filter(|i| Some(i.id) != except)
            .filter(|i| i.state.brings_together())
            .filter_map(|i| i.interviewer_id)
            .collect();
        let ids: BTreeSet<_> = interviews.iter().map(|i| i.id).collect();
        let conflicts = self.all(|i: &Invitation| i.conflict_of_interest && ids.contains(&i.interview_id))?;
        met.extend(conflicts.into_iter().map(|i| i.interviewer_id));
        Ok(met.into_iter().collect())
    }
}

#[async_trait]
impl SchedulingQueries for MemoryStorage {
    async fn interviews(
        &self,
        scope: &Scope,
        filter: &InterviewFilter,
        page: &Page,
    ) -> Result<Vec<Interview>, PortError> {
        let applications = self.all(|_: &Application| true)?;
        let agency =
            |i: &Interview| applications.iter().find(|a| a.id == i.application_id).and_then(|a| a.agency_id);
        let sees = |i: &Interview| match scope {
            Scope::Interviewer(own) => i.interviewer_id == Some(*own),
            scope => scope.allows(i.client_id, Some(i.job_id), agency(i)),
        };
        let all = self.all(|i: &Interview| {
            sees(i)
                && (filter.states.is_empty() || filter.states.contains(&i.state))
                && filter.application.is_none_or(|id| i.application_id == id)
                && filter.job.is_none_or(|id| i.job_id == id)
                && filter.interviewer.is_none_or(|id| i.interviewer_id == Some(id))
                && filter.from.is_none_or(|from| i.start >= from)
                && filter.until.is_none_or(|until| i.start < until)
        })?;
        self.page(all, page, |i| i.id.to_string())
    }

    async fn draws(&self, range: Span, now: Timestamp) -> Result<Vec<DrawRow>, PortError> {
        let lapsed = self.has(StorageFault::CountsLapsedHolds);
        let holds = self.all(|hold: &Hold| lapsed || now < hold.expires_at)?;
        let open = self.all(|interview: &Interview| interview.state.is_open())?;
        let holds = holds.into_iter().filter_map(|h| {
            Some(DrawRow {
                application: h.application_id,
                span: Span::new(h.start, h.end)?,
                demand: h.demand,
            })
        });
        let open = open.into_iter().map(|i| DrawRow {
            application: i.application_id,
            span: i.span(),
            demand: i.demand,
        });
        Ok(holds.chain(open).filter(|draw| draw.span.overlaps(range)).collect())
    }

    async fn candidate_busy(
        &self,
        email_key: &str,
        range: Span,
        except: Option<InterviewId>,
    ) -> Result<Vec<(ClientId, Span)>, PortError> {
        let person: BTreeSet<_> =
            self.all(|c: &Candidate| c.email_key == email_key)?.into_iter().map(|c| c.id).collect();
        let busy = self.all(|i: &Interview| {
            person.contains(&i.candidate_id)
                && i.state.holds_time()
                && Some(i.id) != except
                && i.span().overlaps(range)
        })?;
        let mut spans: Vec<_> =
            busy.iter().map(|interview| (interview.client_id, interview.span())).collect();
        spans.sort_unstable_by_key(|(_, span)| *span);
        Ok(spans)
    }

    async fn invitations(&self, interview: InterviewId) -> Result<Vec<Invitation>, PortError> {
        self.all(|i: &Invitation| i.interview_id == interview)
    }

    async fn invitations_for(
        &self,
        interviewer: InterviewerId,
        only_open: bool,
        page: &Page,
    ) -> Result<Vec<Invitation>, PortError> {
        let all = self.all(|i: &Invitation| {
            i.interviewer_id == interviewer && (!only_open || i.state == InvitationState::Open)
        })?;
        self.page(all, page, |i| i.id.to_string())
    }

    async fn charges(
        &self,
        scope: &Scope,
        interview: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Charge>, PortError> {
        let sees = |charge: &Charge| match scope {
            Scope::Operator => true,
            Scope::Client(client) => charge.client_id == *client,
            _ => false,
        };
        let all = self.all(|c: &Charge| sees(c) && interview.is_none_or(|id| c.interview_id == id))?;
        self.page(all, page, |c| c.id.to_string())
    }

    async fn earnings(
        &self,
        interviewer: Option<InterviewerId>,
        interview: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Earning>, PortError> {
        let all = self.all(|e: &Earning| {
            interviewer.is_none_or(|id| e.interviewer_id == id)
                && interview.is_none_or(|id| e.interview_id == id)
        })?;
        self.page(all, page, |e| e.id.to_string())
    }

    async fn interviewer_no_shows(
        &self,
        interviewer: InterviewerId,
        since: Timestamp,
    ) -> Result<u32, PortError> {
        use InvitationState::{NoShow, WithdrawnLate};
        let all = self.all(|i: &Invitation| {
            i.interviewer_id == interviewer
                && matches!(i.state, WithdrawnLate | NoShow)
                && i.answered_at.is_some_and(|at| at >= since)
        })?;
        Ok(all.len() as u32)
    }
}

#[async_trait]
impl FeedbackQueries for MemoryStorage {
    async fn rubrics(&self, round: RoundId) -> Result<Vec<Rubric>, PortError> {
        let mut all = self.all(|rubric: &Rubric| rubric.round_id == round)?;
        all.sort_by_key(|rubric| std::cmp::Reverse(rubric.number));
        Ok(all)
    }

    async fn scorecards(&self, interview: InterviewId) -> Result<Vec<Scorecard>, PortError> {
        let mut all = self.all(|card: &Scorecard| card.interview_id == interview)?;
        all.sort_by_key(|card| card.number);
        Ok(all)
    }

    async fn rating_of(&self, interview: InterviewId) -> Result<Option<Rating>, PortError> {
        Ok(self.all(|rating: &Rating| rating.interview_id == interview)?.pop())
    }

    async fn ratings(&self, interviewer: InterviewerId, page: &Page) -> Result<Vec<Rating>, PortError> {
        let all = self.all(|rating: &Rating| rating.interviewer_id == interviewer)?;
        self.page(all, page, |rating| rating.id.to_string())
    }
}
