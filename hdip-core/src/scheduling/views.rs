//! What each side sees of interviews and invitations: separate types, not hidden fields (product §1).

use super::*;
use crate::access::{Actor, KeyScope, Role, Scope};
use crate::clients::Client;
use crate::hiring::{Application, Candidate, Consent, Job, Round};
use crate::interviewers::Interviewer;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use std::collections::BTreeMap;

/// An earning as its interviewer and the operator see it.
#[derive(Debug, Clone, PartialEq)]
pub struct EarningView {
    /// The line.
    pub earning: Earning,
    /// Somebody contests the interview: it is not paid out before that is decided.
    pub held: bool,
}

/// What every side may know of an interview.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Interview
pub struct InterviewBasics {
    pub id: InterviewId,
    pub state: InterviewState,
    pub start: Timestamp,
    pub end: Timestamp,
    pub job_title: String,
    pub round_name: String,
    pub client_brand: String,
    /// The meeting link, once there is one, while it is of use.
    pub meeting_url: Option<String>,
    pub state_at: Timestamp,
    pub state_by: Side,
}

/// The interviewer as clients see it: never the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterviewerCard {
    /// Present role.
    pub designation: Option<String>,
    /// Present employer.
    pub company: Option<String>,
    /// Whole years.
    pub experience_years: u32,
}

/// An interview as the client's people see it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Interview
pub struct ClientInterview {
    pub basics: InterviewBasics,
    pub client_id: ClientId,
    pub application_id: ApplicationId,
    pub job_id: JobId,
    pub round_id: RoundId,
    pub candidate_id: CandidateId,
    pub candidate_name: String,
    pub interviewer: Option<InterviewerCard>,
    pub requested_by: Side,
    pub requested_at: Timestamp,
    pub confirmed_at: Option<Timestamp>,
    pub calls: u32,
    pub replacements: u32,
    pub predecessor_id: Option<InterviewId>,
    pub successor_id: Option<InterviewId>,
    pub reason: Option<String>,
    /// Charges of its outcome; for those who may see amounts.
    pub charges: Option<Vec<Charge>>,
    /// Who interviews; operators only.
    pub operator: Option<OperatorDetail>,
}

/// What only the operator sees.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct OperatorDetail {
    pub interviewer_id: Option<InterviewerId>,
    pub interviewer_name: Option<String>,
    /// The pinned price.
    pub price: Money,
    pub invitations: BTreeMap<String, u32>,
    pub earnings: Vec<EarningView>,
}

/// An interview as its interviewer sees it after accepting: the candidate's name, no contact data, no price.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct InterviewerInterview {
    pub basics: InterviewBasics,
    pub candidate_name: String,
    pub candidate_experience_months: u32,
    pub candidate_company: Option<String>,
    pub job_description: String,
    pub guidelines: String,
    pub mandatory_skills: Vec<String>,
    /// What it pays.
    pub pay: Option<Money>,
    /// The interviewer's zone.
    pub zone: Zone,
}

/// An interview as the candidate sees it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct CandidateInterview {
    pub basics: InterviewBasics,
    pub application_id: ApplicationId,
    pub candidate_name: String,
    /// The candidate's zone.
    pub zone: Zone,
    /// The newest answer per kind.
    pub consents: Vec<Consent>,
    /// Whether the candidate may still move it.
    pub may_reschedule: bool,
}

/// An invitation as the invited interviewer sees it: no candidate's name, no client price.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct InvitationView {
    pub id: InvitationId,
    pub interview_id: InterviewId,
    pub state: InvitationState,
    pub expires_at: Timestamp,
    pub start: Timestamp,
    pub end: Timestamp,
    pub job_title: String,
    pub specialisation: String,
    pub mandatory_skills: Vec<String>,
    pub candidate_experience_months: u32,
    pub candidate_company: Option<String>,
    pub pay: Money,
    /// The interviewer's zone.
    pub zone: Zone,
}

/// What a candidate sees behind a scheduling link.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct SchedulingPage {
    pub application_id: ApplicationId,
    pub candidate_name: String,
    pub client_brand: String,
    pub job_title: String,
    pub round_name: String,
    pub duration_minutes: u32,
    pub zone: Zone,
    /// Version of the consent notice to show.
    pub consent_notice_version: String,
    /// The interview that is going on already, if there is one.
    pub interview: Option<InterviewBasics>,
}

impl Hdip {
    /// An interview, for the client's people and the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one the caller does not see; [`Error::Forbidden`].
    pub async fn interview(&self, ctx: &Ctx, id: InterviewId) -> Result<ClientInterview, Error> {
        let (interview, _) = self.interview_for(ctx, id, KeyScope::SchedulingRead).await?;
        self.client_views(ctx, vec![interview], true).await?.pop().ok_or(Error::NotFound("interview"))
    }

    /// Interviews a caller sees, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for links and interviewers; [`Error::InvalidCursor`].
    pub async fn interviews(
        &self,
        ctx: &Ctx,
        filter: &InterviewFilter,
        page: &Page,
    ) -> Result<Paged<ClientInterview>, Error> {
        let scope = ctx.actor.client_scope(KeyScope::SchedulingRead)?;
        let rows = self.storage.interviews(&scope, filter, &page.one_more()).await?;
        let Paged { items, next_cursor } = Paged::cut(rows, page.limit, |i| i.id.to_string());
        Ok(Paged { items: self.client_views(ctx, items, false).await?, next_cursor })
    }

    async fn client_views(
        &self,
        ctx: &Ctx,
        rows: Vec<Interview>,
        single: bool,
    ) -> Result<Vec<ClientInterview>, Error> {
        let jobs: BTreeMap<String, Job> = self.storage.find_all(rows.iter().map(|i| i.job_id)).await?;
        let rounds: BTreeMap<String, Round> = self.storage.find_all(rows.iter().map(|i| i.round_id)).await?;
        let clients: BTreeMap<String, Client> =
            self.storage.find_all(rows.iter().map(|i| i.client_id)).await?;
        let people: BTreeMap<String, Candidate> =
            self.storage.find_all(rows.iter().map(|i| i.candidate_id)).await?;
        let interviewers: BTreeMap<String, Interviewer> =
            self.storage.find_all(rows.iter().filter_map(|i| i.interviewer_id)).await?;
        let agency = ctx.actor.user().is_some_and(|user| user.role == Role::AgencyUser);
        let mut views = Vec::with_capacity(rows.len());
        for interview in rows {
            let who = interview.interviewer_id.and_then(|id| interviewers.get(&id.to_string()));
            let charges = match ctx.actor.sees_amounts() && single {
                true => {
                    Some(self.storage.charges(&Scope::Operator, Some(interview.id), &Page::default()).await?)
                }
                false => None,
            };
            // Why an interviewer left, or was made to, is between the interviewer and the operator.
            let public = !matches!(interview.state_by, Side::Interviewer | Side::Operator)
                || !matches!(interview.state, InterviewState::Inviting | InterviewState::Cancelled);
            let operators = ctx.actor.is_operator();
            let operator = match ctx.actor.is_operator() && single {
                true => Some(self.operator_detail(&interview, who).await?),
                false => None,
            };
            let mut basics = basics(
                &interview,
                jobs.get(&interview.job_id.to_string()),
                rounds.get(&interview.round_id.to_string()),
                clients.get(&interview.client_id.to_string()),
            );
            if agency {
                // The schedule is theirs to see, not the room.
                basics.meeting_url = None;
            }
            views.push(ClientInterview {
                basics,
                client_id: interview.client_id,
                application_id: interview.application_id,
                job_id: interview.job_id,
                round_id: interview.round_id,
                candidate_id: interview.candidate_id,
                candidate_name: people
                    .get(&interview.candidate_id.to_string())
                    .map(|c| c.name.clone())
                    .unwrap_or_default(),
                // An agency sees status and schedule, not who interviews.
                interviewer: who.filter(|_| !agency).map(|who| InterviewerCard {
                    designation: who.designation.clone(),
                    company: who.current_company.clone(),
                    experience_years: who.experience_months / 12,
                }),
                requested_by: interview.requested_by,
                requested_at: interview.requested_at,
                confirmed_at: interview.confirmed_at,
                calls: interview.calls,
                replacements: interview.replacements,
                predecessor_id: interview.predecessor_id,
                successor_id: interview.successor_id,
                reason: interview.reason.filter(|_| !agency && (operators || public)),
                charges,
                operator,
            });
        }
        Ok(views)
    }

    async fn operator_detail(
        &self,
        interview: &Interview,
        who: Option<&Interviewer>,
    ) -> Result<OperatorDetail, Error> {
        let now = self.clock.now();
        let mut invitations = BTreeMap::new();
        for invitation in self.storage.invitations(interview.id).await? {
            *invitations.entry(invitation.state_at(interview, now).as_str().to_owned()).or_default() += 1;
        }
        Ok(OperatorDetail {
            interviewer_id: interview.interviewer_id,
            interviewer_name: who.map(|who| who.name.clone()),
            price: interview.pins.price,
            invitations,
            earnings: self.earning_views(self.earnings_of(interview.id).await?).await?,
        })
    }

    /// An interview, for its interviewer.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody else.
    pub async fn interview_of_interviewer(
        &self,
        ctx: &Ctx,
        id: InterviewId,
    ) -> Result<InterviewerInterview, Error> {
        let interview = self.own_interview(ctx, id).await?;
        self.interviewer_view(interview).await
    }

    /// The interviews of the interviewer who asks, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; [`Error::InvalidCursor`].
    pub async fn my_interviews(&self, ctx: &Ctx, page: &Page) -> Result<Paged<InterviewerInterview>, Error> {
        let me = ctx.actor.interviewer()?;
        let filter = InterviewFilter { interviewer: Some(me), ..Default::default() };
        let rows = self.storage.interviews(&Scope::Interviewer(me), &filter, &page.one_more()).await?;
        let Paged { items, next_cursor } = Paged::cut(rows, page.limit, |i| i.id.to_string());
        let mut views = Vec::with_capacity(items.len());
        for interview in items {
            views.push(self.interviewer_view(interview).await?);
        }
        Ok(Paged { items: views, next_cursor })
    }

    async fn interviewer_view(&self, interview: Interview) -> Result<InterviewerInterview, Error> {
        let case = self.case(interview.application_id, self.clock.now()).await?;
        let round: Round = self.storage.get(interview.round_id).await?;
        let pay = self.promised_pay(&interview).await?.map(|(_, pay)| pay);
        let interviewer: Interviewer =
            self.storage.get(interview.interviewer_id.ok_or(Error::NotFound("interview"))?).await?;
        Ok(InterviewerInterview {
            basics: basics(&interview, Some(&case.job), Some(&round), Some(&case.client)),
            candidate_name: case.candidate.name,
            candidate_experience_months: case.candidate.experience_months,
            candidate_company: case.candidate.current_company,
            job_description: case.job.description,
            guidelines: round.guidelines,
            mandatory_skills: case.job.mandatory_skills.into_iter().collect(),
            pay,
            zone: interviewer.zone,
        })
    }

    /// An interview, for its candidate by link.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody else.
    pub async fn interview_of_candidate(
        &self,
        ctx: &Ctx,
        id: InterviewId,
    ) -> Result<CandidateInterview, Error> {
        if !matches!(ctx.actor, Actor::Link { .. }) {
            return Err(Error::Forbidden);
        }
        let (interview, case) = self.interview_for(ctx, id, KeyScope::SchedulingRead).await?;
        let mut newest: BTreeMap<_, Consent> = BTreeMap::new();
        for consent in self.storage.consents(interview.application_id).await? {
            newest.insert(consent.kind, consent);
        }
        let round: Round = self.storage.get(interview.round_id).await?;
        Ok(CandidateInterview {
            basics: basics(&interview, Some(&case.job), Some(&round), Some(&case.client)),
            application_id: interview.application_id,
            candidate_name: case.candidate.name,
            zone: case.candidate.zone,
            consents: newest.into_values().collect(),
            may_reschedule: interview.before_start(ctx.now).is_ok()
                && case.client.candidate_may_reschedule
                && case.application.candidate_reschedules < case.policy.candidate_reschedules,
        })
    }

    /// What is behind a scheduling link, or what the client's people see when they pick for a candidate.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application the caller does not see.
    pub async fn scheduling_page(
        &self,
        ctx: &Ctx,
        application: ApplicationId,
    ) -> Result<SchedulingPage, Error> {
        let case = self.case_for(ctx, application, KeyScope::SchedulingRead).await?;
        let live = self.live_interview(&case).await?;
        Ok(SchedulingPage {
            application_id: application,
            interview: live.map(|i| basics(&i, Some(&case.job), Some(&case.round), Some(&case.client))),
            candidate_name: case.candidate.name,
            client_brand: case.client.brand,
            job_title: case.job.title,
            round_name: case.round.name,
            duration_minutes: case.round.duration_minutes,
            zone: case.candidate.zone,
            consent_notice_version: case.policy.consent_notice_version,
        })
    }

    /// An invitation, for the one it went to.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody else.
    pub async fn invitation(&self, ctx: &Ctx, id: InvitationId) -> Result<InvitationView, Error> {
        let invitation = self.own_invitation(ctx, id).await?;
        self.invitation_view(ctx, invitation).await
    }

    /// The invitations of the interviewer who asks, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; [`Error::InvalidCursor`].
    pub async fn my_invitations(
        &self,
        ctx: &Ctx,
        only_open: bool,
        page: &Page,
    ) -> Result<Paged<InvitationView>, Error> {
        let me = ctx.actor.interviewer()?;
        let rows = self.storage.invitations_for(me, only_open, &page.one_more()).await?;
        let Paged { items, next_cursor } = Paged::cut(rows, page.limit, |i| i.id.to_string());
        let mut views = Vec::with_capacity(items.len());
        for invitation in items {
            let view = self.invitation_view(ctx, invitation).await?;
            // Stored as open, closed by time or by somebody else's answer.
            if !only_open || view.state == InvitationState::Open {
                views.push(view);
            }
        }
        Ok(Paged { items: views, next_cursor })
    }

    async fn invitation_view(&self, ctx: &Ctx, invitation: Invitation) -> Result<InvitationView, Error> {
        let interview: Interview = self.storage.get(invitation.interview_id).await?;
        let job: Job = self.storage.get(interview.job_id).await?;
        let candidate: Candidate = self.storage.get(interview.candidate_id).await?;
        let interviewer: Interviewer = self.storage.get(invitation.interviewer_id).await?;
        Ok(InvitationView {
            id: invitation.id,
            interview_id: interview.id,
            state: invitation.state_at(&interview, ctx.now),
            expires_at: invitation.expires_at,
            start: interview.start,
            end: interview.end,
            job_title: job.title,
            specialisation: job.specialisation,
            mandatory_skills: job.mandatory_skills.into_iter().collect(),
            candidate_experience_months: interview.demand.candidate_experience_months,
            candidate_company: candidate.current_company,
            pay: invitation.pay,
            zone: interviewer.zone,
        })
    }

    /// Charges a caller may see, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody who may not see amounts; [`Error::InvalidCursor`].
    pub async fn charges(&self, ctx: &Ctx, page: &Page) -> Result<Paged<Charge>, Error> {
        if !ctx.actor.sees_amounts() {
            return Err(Error::Forbidden);
        }
        let scope = ctx.actor.client_scope(KeyScope::BillingRead)?;
        let rows = self.storage.charges(&scope, None, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |charge| charge.id.to_string()))
    }

    /// Earnings: an interviewer's own, or everybody's for the operator; newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; [`Error::InvalidCursor`].
    pub async fn earnings(&self, ctx: &Ctx, page: &Page) -> Result<Paged<EarningView>, Error> {
        let who = if ctx.actor.is_operator() { None } else { Some(ctx.actor.interviewer()?) };
        let rows = self.storage.earnings(who, None, &page.one_more()).await?;
        let Paged { items, next_cursor } = Paged::cut(rows, page.limit, |earning| earning.id.to_string());
        Ok(Paged { items: self.earning_views(items).await?, next_cursor })
    }

    /// Earnings, with the word whether their payout waits for a contest.
    async fn earning_views(&self, rows: Vec<Earning>) -> Result<Vec<EarningView>, Error> {
        let interviews: Vec<InterviewId> = rows.iter().map(|earning| earning.interview_id).collect();
        let contested = self.storage.contested(&interviews).await?;
        let view =
            |earning: Earning| EarningView { held: contested.contains(&earning.interview_id), earning };
        Ok(rows.into_iter().map(view).collect())
    }

    /// The application of an interview, for pages reached by the interview's link.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an interview the caller does not see.
    pub async fn application_of_interview(&self, ctx: &Ctx, id: InterviewId) -> Result<Application, Error> {
        let (_, case) = self.interview_for(ctx, id, KeyScope::SchedulingRead).await?;
        Ok(case.application)
    }
}

pub(crate) fn basics(
    interview: &Interview,
    job: Option<&Job>,
    round: Option<&Round>,
    client: Option<&Client>,
) -> InterviewBasics {
    InterviewBasics {
        id: interview.id,
        state: interview.state,
        start: interview.start,
        end: interview.end,
        job_title: job.map(|job| job.title.clone()).unwrap_or_default(),
        round_name: round.map(|round| round.name.clone()).unwrap_or_default(),
        client_brand: client.map(|client| client.brand.clone()).unwrap_or_default(),
        meeting_url: interview.meeting.url().filter(|_| interview.state.holds_time()).map(str::to_owned),
        state_at: interview.state_at,
        state_by: interview.state_by,
    }
}
