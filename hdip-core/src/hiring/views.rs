//! What each side sees of jobs, candidates and applications: separate types, not hidden fields
//! (product §1). An agency never learns of remarks, recruiters, other sources, or the client's own numbers.

use super::*;
use crate::access::{Actor, Role};
use crate::agencies::Agency;
use crate::clients::Client;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Error, Hdip};
use std::collections::{BTreeMap, BTreeSet};

/// A job, as its reader may see it.
#[derive(Debug, Clone, PartialEq)]
pub enum JobView {
    /// The client's own people and the operator: the record.
    Full(Job),
    /// Agencies.
    Agency(AgencyJob),
}

/// A job as agencies see it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Job
pub struct AgencyJob {
    pub id: JobId,
    pub title: String,
    pub experience_min_months: u32,
    pub experience_max_months: u32,
    pub positions: u32,
    pub specialisation: String,
    pub mandatory_skills: BTreeSet<String>,
    pub description: String,
    pub zone: Zone,
    /// Gender is required of candidates.
    pub diversity_hiring: bool,
    pub status: JobStatus,
    pub created_at: Timestamp,
}

pub(crate) fn job_view(actor: &Actor, job: Job) -> JobView {
    if !is_agency(actor) {
        return JobView::Full(job);
    }
    JobView::Agency(AgencyJob {
        id: job.id,
        title: job.title,
        experience_min_months: job.experience_min_months,
        experience_max_months: job.experience_max_months,
        positions: job.positions,
        specialisation: job.specialisation,
        mandatory_skills: job.mandatory_skills,
        description: job.description,
        zone: job.zone,
        diversity_hiring: job.diversity_hiring,
        status: job.status,
        created_at: job.created_at,
    })
}

/// A round, as its reader may see it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Round
pub struct RoundView {
    pub id: RoundId,
    pub job_id: JobId,
    pub position: u32,
    pub name: String,
    pub duration_minutes: u32,
    /// What interviewers are asked to look at; no business of agencies.
    pub guidelines: Option<String>,
    pub created_at: Timestamp,
    pub version: i64,
}

pub(crate) fn round_view(actor: &Actor, round: Round) -> RoundView {
    RoundView {
        id: round.id,
        job_id: round.job_id,
        position: round.position,
        name: round.name,
        duration_minutes: round.duration_minutes,
        guidelines: Some(round.guidelines).filter(|_| !is_agency(actor)),
        created_at: round.created_at,
        version: round.version,
    }
}

/// A candidate, as its reader may see it.
#[derive(Debug, Clone, PartialEq)]
pub enum CandidateView {
    /// The client's own people and the operator: the record.
    Full(Candidate),
    /// The agency that brought the person in: what it said itself.
    Agency(AgencyCandidate),
}

/// A candidate as its agency sees it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Candidate
pub struct AgencyCandidate {
    pub id: CandidateId,
    pub name: String,
    pub email: Email,
    pub phone: Option<Phone>,
    pub experience_months: u32,
    pub current_company: Option<String>,
    pub designation: Option<String>,
    pub zone: Zone,
    pub locale: Locale,
    pub gender: Option<String>,
    pub created_at: Timestamp,
    pub version: i64,
}

pub(crate) fn candidate_view(actor: &Actor, candidate: Candidate) -> CandidateView {
    if !is_agency(actor) {
        return CandidateView::Full(candidate);
    }
    CandidateView::Agency(AgencyCandidate {
        id: candidate.id,
        name: candidate.name,
        email: candidate.email,
        phone: candidate.phone,
        experience_months: candidate.experience_months,
        current_company: candidate.current_company,
        designation: candidate.designation,
        zone: candidate.zone,
        locale: candidate.locale,
        gender: candidate.gender,
        created_at: candidate.created_at,
        version: candidate.version,
    })
}

/// What everybody who sees an application sees of it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Application
pub struct ApplicationBasics {
    pub id: ApplicationId,
    pub job_id: JobId,
    pub job_title: String,
    pub candidate_id: CandidateId,
    pub candidate_name: String,
    pub round_id: RoundId,
    pub round_name: String,
    pub round_position: u32,
    pub status: ApplicationStatus,
    pub drop_reason: Option<DropReason>,
    pub rejected_by: Option<RejectedBy>,
    pub status_at: Timestamp,
    pub created_at: Timestamp,
}

/// What the client's own people see besides.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Application
pub struct ApplicationDetail {
    pub source: Source,
    pub agency_id: Option<AgencyId>,
    /// Name of the agency.
    pub agency_name: Option<String>,
    pub recruiter_id: Option<UserId>,
    pub remark: Option<String>,
    pub ats_reference: Option<String>,
    pub candidate_reschedules: u32,
    pub decision_reason: Option<String>,
    pub version: i64,
}

/// An application, as its reader may see it.
#[derive(Debug, Clone, PartialEq)]
pub enum ApplicationView {
    /// The agency that submitted it: status, round, decision.
    Agency(ApplicationBasics),
    /// The client's own people and its ATS.
    Client(ApplicationBasics, ApplicationDetail),
    /// The operator, who sees whose it is.
    Operator {
        /// As everybody.
        basics: ApplicationBasics,
        /// As the client.
        detail: ApplicationDetail,
        /// Whose.
        client_id: ClientId,
        /// Name of the client.
        client_brand: String,
    },
}

impl ApplicationView {
    /// What everybody sees.
    pub fn basics(&self) -> &ApplicationBasics {
        match self {
            Self::Agency(basics) | Self::Client(basics, _) | Self::Operator { basics, .. } => basics,
        }
    }

    /// What all but agencies see.
    pub fn detail(&self) -> Option<&ApplicationDetail> {
        match self {
            Self::Agency(_) => None,
            Self::Client(_, detail) | Self::Operator { detail, .. } => Some(detail),
        }
    }
}

fn is_agency(actor: &Actor) -> bool {
    actor.user().is_some_and(|user| user.role == Role::AgencyUser)
}

impl Hdip {
    /// Applications with the names of their candidates, jobs and rounds, each table read once.
    pub(crate) async fn application_views(
        &self,
        actor: &Actor,
        rows: Vec<Application>,
    ) -> Result<Vec<ApplicationView>, Error> {
        let jobs: BTreeMap<String, Job> = self.storage.find_all(rows.iter().map(|a| a.job_id)).await?;
        let rounds: BTreeMap<String, Round> = self.storage.find_all(rows.iter().map(|a| a.round_id)).await?;
        let people: BTreeMap<String, Candidate> =
            self.storage.find_all(rows.iter().map(|a| a.candidate_id)).await?;
        let clients: BTreeMap<String, Client> = match actor.is_operator() {
            true => self.storage.find_all(rows.iter().map(|a| a.client_id)).await?,
            false => BTreeMap::new(),
        };
        let firms: BTreeMap<String, Agency> = match is_agency(actor) {
            true => BTreeMap::new(),
            false => self.storage.find_all(rows.iter().filter_map(|a| a.agency_id)).await?,
        };
        let view = |application: Application| {
            let firm = application.agency_id.and_then(|id| firms.get(&id.to_string()));
            let round = rounds.get(&application.round_id.to_string());
            let job = jobs.get(&application.job_id.to_string());
            let candidate = people.get(&application.candidate_id.to_string());
            let client = clients.get(&application.client_id.to_string());
            let basics = ApplicationBasics {
                id: application.id,
                job_id: application.job_id,
                job_title: job.map(|job| job.title.clone()).unwrap_or_default(),
                candidate_id: application.candidate_id,
                candidate_name: candidate.map(|c| c.name.clone()).unwrap_or_default(),
                round_id: application.round_id,
                round_name: round.map(|round| round.name.clone()).unwrap_or_default(),
                round_position: round.map(|round| round.position).unwrap_or_default(),
                status: application.status,
                drop_reason: application.drop_reason,
                rejected_by: application.rejected_by,
                status_at: application.status_at,
                created_at: application.created_at,
            };
            let detail = ApplicationDetail {
                source: application.source,
                agency_id: application.agency_id,
                agency_name: firm.map(|firm| firm.name.clone()),
                recruiter_id: application.recruiter_id,
                remark: application.remark,
                ats_reference: application.ats_reference,
                candidate_reschedules: application.candidate_reschedules,
                decision_reason: application.decision_reason,
                version: application.version,
            };
            if is_agency(actor) {
                ApplicationView::Agency(basics)
            } else if actor.is_operator() {
                ApplicationView::Operator {
                    basics,
                    detail,
                    client_id: application.client_id,
                    client_brand: client.map(|client| client.brand.clone()).unwrap_or_default(),
                }
            } else {
                ApplicationView::Client(basics, detail)
            }
        };
        Ok(rows.into_iter().map(view).collect())
    }
}
