//! Named queries, each after the screen or decision it serves: scope, filter and page in, entities out.
//! No total counts. Views with names from several tables are put together by the use cases from batched
//! keyed loads.

use super::super::PortError;
use crate::access::{ApiKey, EmailChange, Scope, SignIn, TermsAcceptance, User};
use crate::agencies::{Agency, AgencyStatus, SubmissionAttempt};
use crate::clients::{Agreement, Client, ClientContact, Department, PayTable};
use crate::feedback::{Rating, Rubric, Scorecard};
use crate::hiring::*;
use crate::interviewers::*;
use crate::ladder::*;
use crate::policy::PolicyVersion;
use crate::product_feedback::{ProductFeedback, ProductFeedbackStatus};
use crate::scheduling::*;
use crate::search::SearchKind;
use crate::values::*;
use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which part of a list. Lists are newest first (by id) unless their query says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most that many; people may ask for 1 to 200.
    pub limit: u32,
    /// The cursor after which to go on: the id of the last row seen.
    pub after: Option<String>,
}

impl Page {
    /// The largest page.
    pub const MAX: u32 = 200;

    /// The first page of `limit` rows.
    pub fn first(limit: u32) -> Self {
        Self { limit: limit.clamp(1, Self::MAX), after: None }
    }

    /// The same page with a row more, by which [`Paged::cut`] tells whether there is a next one.
    pub fn one_more(&self) -> Self {
        Self { limit: self.limit + 1, after: self.after.clone() }
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::first(50)
    }
}

/// A page of something, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page; none at the end.
    pub next_cursor: Option<String>,
}

impl<T> Paged<T> {
    /// From rows read with a limit one higher than `limit`.
    pub fn cut(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_cursor = if more { items.last().map(cursor) } else { None };
        Self { items, next_cursor }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

/// Who may sign in, and who pays whom.
#[async_trait]
pub trait AccessQueries: Send + Sync {
    /// The user with that address ([`Email::key`]).
    async fn user_by_email(&self, email_key: &str) -> Result<Option<User>, PortError>;
    /// The user an interviewer is.
    async fn user_of_interviewer(&self, interviewer: InterviewerId) -> Result<Option<User>, PortError>;
    /// Users of a client, or (none) the operator's staff.
    async fn users(&self, client: Option<ClientId>, page: &Page) -> Result<Vec<User>, PortError>;
    /// Sign-ins of a user that have not ended, newest first.
    async fn live_sign_ins(&self, user: UserId) -> Result<Vec<SignIn>, PortError>;
    /// The link with that [`natural_key`](crate::access::Link::natural_key).
    async fn link_by_key(&self, natural_key: &str) -> Result<Option<crate::access::Link>, PortError>;
    /// API keys of a client, newest first.
    async fn api_keys(&self, client: ClientId, page: &Page) -> Result<Vec<ApiKey>, PortError>;
    /// Clients, newest first.
    async fn clients(&self, page: &Page) -> Result<Vec<Client>, PortError>;
    /// Agreements of a client, latest `effective_from` first.
    async fn agreements(&self, client: ClientId) -> Result<Vec<Agreement>, PortError>;
    /// The pay table of a currency in force on a day: the latest that has begun.
    async fn pay_table_on(&self, currency: Currency, day: NaiveDate) -> Result<Option<PayTable>, PortError>;
    /// The policy version in force at an instant: a client's override, or (none) the operator's.
    async fn policy_at(
        &self,
        client: Option<ClientId>,
        at: Timestamp,
    ) -> Result<Option<PolicyVersion>, PortError>;
    /// True once anything has been stored (a fresh database has no user).
    async fn any_user(&self) -> Result<bool, PortError>;
}

/// What belongs to a client.
#[async_trait]
pub trait ClientQueries: Send + Sync {
    /// Contacts of a client, newest first.
    async fn client_contacts(&self, client: ClientId, page: &Page) -> Result<Vec<ClientContact>, PortError>;
    /// Departments of a client, newest first.
    async fn departments(&self, client: ClientId, page: &Page) -> Result<Vec<Department>, PortError>;
    /// The department with that [`natural_key`](Department::natural_key).
    async fn department_by_key(&self, natural_key: &str) -> Result<Option<Department>, PortError>;
    /// Every client with that account manager, whatever its status, oldest first.
    async fn clients_of_manager(&self, manager: UserId) -> Result<Vec<Client>, PortError>;
    /// Open applications of a client that a user hears about as their recruiter, oldest first.
    async fn applications_of_recruiter(
        &self,
        client: ClientId,
        recruiter: UserId,
    ) -> Result<Vec<Application>, PortError>;
}

/// What belongs to a user's account.
#[async_trait]
pub trait AccountQueries: Send + Sync {
    /// The change of address of a user that is pending, also one whose time is over.
    async fn pending_email_change(&self, user: UserId) -> Result<Option<EmailChange>, PortError>;
    /// Versions of terms a user accepted, newest first.
    async fn terms_acceptances(&self, user: UserId) -> Result<Vec<TermsAcceptance>, PortError>;
    /// Feedback about the product, newest first; only in one status if so asked.
    async fn product_feedback(
        &self,
        status: Option<ProductFeedbackStatus>,
        page: &Page,
    ) -> Result<Vec<ProductFeedback>, PortError>;
}

/// Filter of the job list.
#[derive(Debug, Clone, Default)]
pub struct HiringJobFilter {
    /// Only these.
    pub status: Option<JobStatus>,
    /// Only the one with this external id.
    pub external_id: Option<String>,
}

/// Filter of the candidate list.
#[derive(Debug, Clone, Default)]
pub struct CandidateFilter {
    /// Only with this address ([`Email::key`]).
    pub email_key: Option<String>,
    /// Name begins with this, without case.
    pub name_prefix: Option<String>,
}

/// Filter of the application list.
#[derive(Debug, Clone, Default)]
pub struct ApplicationFilter {
    /// Only to this job.
    pub job: Option<JobId>,
    /// Only of this candidate.
    pub candidate: Option<CandidateId>,
    /// Only in this status.
    pub status: Option<ApplicationStatus>,
    /// Only with this reference.
    pub ats_reference: Option<String>,
}

/// Filter of the list of attempts.
#[derive(Debug, Clone, Default)]
pub struct AttemptFilter {
    /// Only for this job.
    pub job: Option<JobId>,
    /// Only about this application: the attempt that made it, and those it stood in the way of.
    pub application: Option<ApplicationId>,
    /// Only those that led to an application, or only those that did not.
    pub accepted: Option<bool>,
}

/// Agencies, and who handed over whom.
#[async_trait]
pub trait AgencyQueries: Send + Sync {
    /// Agencies, of a client if so asked, newest first.
    async fn agencies(
        &self,
        client: Option<ClientId>,
        status: Option<AgencyStatus>,
        page: &Page,
    ) -> Result<Vec<Agency>, PortError>;
    /// The active agency with that [`live_key`](Agency::live_key).
    async fn agency_by_key(&self, live_key: &str) -> Result<Option<Agency>, PortError>;
    /// Users of an agency, newest first.
    async fn agency_users(&self, agency: AgencyId, page: &Page) -> Result<Vec<User>, PortError>;
    /// The attempt with that [`natural_key`](SubmissionAttempt::natural_key).
    async fn submission_attempt(&self, natural_key: &str) -> Result<Option<SubmissionAttempt>, PortError>;
    /// Attempts, newest first.
    async fn submission_attempts(
        &self,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Vec<SubmissionAttempt>, PortError>;
}

/// What is searched for.
#[derive(Debug, Clone)]
pub struct SearchQuestion {
    /// The rows the asker sees. In [`Scope::Agency`] the jobs are those whose own entries it finds.
    pub scope: Scope,
    /// Of these kinds; at least one.
    pub kinds: BTreeSet<SearchKind>,
    /// Beginnings of words as [`words`](crate::search::words) makes them; all must be found. At least one.
    pub words: Vec<String>,
}

/// Search over the entries that commits carry ([`Changes::entries`]).
#[async_trait]
pub trait SearchQueries: Send + Sync {
    /// What has, in the entries a scope sees, a token that begins with each of the words: as (kind, id), each once,
    /// by id downwards. Entries marked `inner` are not there for agencies; entries of a job are there only for those
    /// who see the job.
    async fn search(
        &self,
        question: &SearchQuestion,
        page: &Page,
    ) -> Result<Vec<(SearchKind, String)>, PortError>;
}

/// Jobs, candidates, applications.
#[async_trait]
pub trait HiringQueries: Send + Sync {
    /// Jobs a scope sees.
    async fn jobs(&self, scope: &Scope, filter: &HiringJobFilter, page: &Page)
    -> Result<Vec<Job>, PortError>;
    /// Ids of the jobs on which a user is named (recruiter or hiring manager).
    async fn assigned_jobs(&self, client: ClientId, user: UserId) -> Result<Vec<JobId>, PortError>;
    /// Rounds of a job by position.
    async fn rounds(&self, job: JobId) -> Result<Vec<Round>, PortError>;
    /// Candidates a scope sees.
    async fn candidates(
        &self,
        scope: &Scope,
        filter: &CandidateFilter,
        page: &Page,
    ) -> Result<Vec<Candidate>, PortError>;
    /// Candidates of a client with that address or phone, oldest first: the same person.
    async fn same_person(
        &self,
        client: ClientId,
        email_key: &str,
        phone: Option<&Phone>,
    ) -> Result<Vec<Candidate>, PortError>;
    /// Applications a scope sees.
    async fn applications(
        &self,
        scope: &Scope,
        filter: &ApplicationFilter,
        page: &Page,
    ) -> Result<Vec<Application>, PortError>;
    /// Open applications to a job.
    async fn open_applications(&self, job: JobId) -> Result<Vec<Application>, PortError>;
    /// Consents recorded for an application, oldest first.
    async fn consents(&self, application: ApplicationId) -> Result<Vec<Consent>, PortError>;
}

/// Filter of the interviewer list.
#[derive(Debug, Clone, Default)]
pub struct InterviewerFilter {
    /// Only on this rung.
    pub status: Option<InterviewerStatus>,
    /// Only with this specialisation.
    pub specialisation: Option<String>,
}

/// Everything about an interviewer that decides whether it can be had.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolMember {
    /// The interviewer.
    pub interviewer: Interviewer,
    /// Its owner row at the version read; guard or bump it when deciding.
    pub schedule: InterviewerSchedule,
    /// Rules, windows, black-outs.
    pub availability: Vec<Availability>,
    /// Busy times of its own calendar, and of the sessions it observes (which hold it until a buffer after their end).
    pub busy: Vec<Span>,
    /// Its interviews that fill a week ([`InterviewState::fills_week`](crate::scheduling::InterviewState::fills_week)), within the asked range widened by 8
    /// days at both ends, sorted.
    pub interviews: Vec<Booked>,
    /// Interviews confirmed within 30 days before `now`, for fairness.
    pub recent: u32,
}

/// An interview in an interviewer's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Booked {
    /// When.
    pub span: Span,
    /// Until when it holds time: its end and the buffer it was requested under; none if it holds none.
    pub held_until: Option<Timestamp>,
}

impl Booked {
    /// An interview in that state, requested under a buffer of so many minutes.
    pub fn of(state: InterviewState, span: Span, buffer_minutes: u32) -> Self {
        let held_until = span.end() + minutes(buffer_minutes.into());
        Self { span, held_until: state.holds_time().then_some(held_until) }
    }
}

/// Interviewers.
#[async_trait]
pub trait InterviewerQueries: Send + Sync {
    /// Interviewers.
    async fn interviewers(
        &self,
        filter: &InterviewerFilter,
        page: &Page,
    ) -> Result<Vec<Interviewer>, PortError>;
    /// The interviewer with that address.
    async fn interviewer_by_email(&self, email_key: &str) -> Result<Option<Interviewer>, PortError>;
    /// Availability of an interviewer, oldest first.
    async fn availability(&self, interviewer: InterviewerId) -> Result<Vec<Availability>, PortError>;
    /// The interviewers asked for, in id order, with their schedules. One consistent snapshot.
    async fn pool(&self, question: &PoolQuestion) -> Result<Vec<PoolMember>, PortError>;
    /// Interviewers who are or were to meet a person (by address, at any client): named on an interview that
    /// is confirmed, in progress, interrupted, awaiting feedback or completed, `except` one interview; and
    /// those who declined an invitation to one with a conflict of interest. Sorted, each once.
    async fn met(
        &self,
        email_key: &str,
        except: Option<InterviewId>,
    ) -> Result<Vec<InterviewerId>, PortError>;
}

/// What [`InterviewerQueries::pool`] is asked.
#[derive(Debug, Clone)]
pub struct PoolQuestion {
    /// Who.
    pub of: PoolOf,
    /// When.
    pub range: Span,
    /// Now, for fairness.
    pub now: Timestamp,
}

/// Whom a pool is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolOf {
    /// Active interviewers with the specialisation.
    Specialisation(String),
    /// Of these, who has at least one of the skills: nobody else can match.
    Skilled {
        /// Slug.
        specialisation: String,
        /// In the form skills are compared in.
        any_of: Vec<String>,
    },
    /// This one, whatever its status and specialisation.
    One(InterviewerId),
}

/// Filter of the interview list.
#[derive(Debug, Clone, Default)]
pub struct InterviewFilter {
    /// Only in these states; empty means all.
    pub states: Vec<InterviewState>,
    /// Only of this application.
    pub application: Option<ApplicationId>,
    /// Only to this job.
    pub job: Option<JobId>,
    /// Only with this interviewer.
    pub interviewer: Option<InterviewerId>,
    /// Only starting from then on.
    pub from: Option<Timestamp>,
    /// Only starting before.
    pub until: Option<Timestamp>,
}

/// What lowers the count of a start: a live hold or an open request.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawRow {
    /// Whose; an asker does not count against itself.
    pub application: ApplicationId,
    /// When.
    pub span: Span,
    /// On whom.
    pub demand: Demand,
}

/// Holds, interviews, invitations, charges, earnings.
#[async_trait]
pub trait SchedulingQueries: Send + Sync {
    /// Interviews a scope sees.
    async fn interviews(
        &self,
        scope: &Scope,
        filter: &InterviewFilter,
        page: &Page,
    ) -> Result<Vec<Interview>, PortError>;
    /// Live holds at `now` and open requests that overlap `range`.
    async fn draws(&self, range: Span, now: Timestamp) -> Result<Vec<DrawRow>, PortError>;
    /// When, within `range`, a person (by address, at any client) has an interview that holds time, and at
    /// which client.
    async fn candidate_busy(
        &self,
        email_key: &str,
        range: Span,
        except: Option<InterviewId>,
    ) -> Result<Vec<(ClientId, Span)>, PortError>;
    /// Invitations of an interview, oldest first.
    async fn invitations(&self, interview: InterviewId) -> Result<Vec<Invitation>, PortError>;
    /// Invitations of an interviewer, newest first; only open ones if so asked.
    async fn invitations_for(
        &self,
        interviewer: InterviewerId,
        only_open: bool,
        page: &Page,
    ) -> Result<Vec<Invitation>, PortError>;
    /// Charges a scope sees, newest first; of one interview if so asked.
    async fn charges(
        &self,
        scope: &Scope,
        interview: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Charge>, PortError>;
    /// Earnings of an interviewer, newest first; of one interview if so asked.
    async fn earnings(
        &self,
        interviewer: Option<InterviewerId>,
        interview: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Earning>, PortError>;
    /// Invitations of an interviewer in state `withdrawn_late` or `no_show`, answered at or after `since`.
    async fn interviewer_no_shows(
        &self,
        interviewer: InterviewerId,
        since: Timestamp,
    ) -> Result<u32, PortError>;
}

/// Becoming an interviewer: applications, shadowing, history.
#[async_trait]
pub trait LadderQueries: Send + Sync {
    /// Applications, newest first; only in one status if so asked.
    async fn interviewer_applications(
        &self,
        status: Option<InterviewerApplicationStatus>,
        page: &Page,
    ) -> Result<Vec<InterviewerApplication>, PortError>;
    /// Applications with that address ([`Email::key`]) or phone, oldest first, at most 50.
    async fn applications_like(
        &self,
        email_key: &str,
        phone: &Phone,
    ) -> Result<Vec<InterviewerApplication>, PortError>;
    /// Interviewers with that address or phone, oldest first, at most 50.
    async fn interviewers_like(&self, email_key: &str, phone: &Phone) -> Result<Vec<Interviewer>, PortError>;
    /// An application that names a stored CV.
    async fn application_with_cv(&self, file: FileId) -> Result<Option<InterviewerApplication>, PortError>;
    /// Steps of an interviewer, newest first.
    async fn ladder_steps(
        &self,
        interviewer: InterviewerId,
        page: &Page,
    ) -> Result<Vec<LadderStep>, PortError>;
    /// Shadowings, newest first; those in which an interviewer learns or mentors if so asked.
    async fn shadowings(&self, of: Option<InterviewerId>, page: &Page) -> Result<Vec<Shadowing>, PortError>;
    /// Sessions of a shadowing, oldest first.
    async fn shadowing_sessions(&self, shadowing: ShadowingId) -> Result<Vec<ShadowingSession>, PortError>;
    /// The session that is planned in an interview.
    async fn planned_session(&self, interview: InterviewId) -> Result<Option<ShadowingSession>, PortError>;
}

/// Rubrics, scorecards, ratings.
#[async_trait]
pub trait FeedbackQueries: Send + Sync {
    /// Versions of a round's rubric, newest first.
    async fn rubrics(&self, round: RoundId) -> Result<Vec<Rubric>, PortError>;
    /// Versions of an interview's scorecard, oldest first.
    async fn scorecards(&self, interview: InterviewId) -> Result<Vec<Scorecard>, PortError>;
    /// The rating of an interview.
    async fn rating_of(&self, interview: InterviewId) -> Result<Option<Rating>, PortError>;
    /// Ratings of an interviewer, newest first.
    async fn ratings(&self, interviewer: InterviewerId, page: &Page) -> Result<Vec<Rating>, PortError>;
}
