//! Interviews as each side reads them: a type per side, as in the domain.

use super::earnings::{Charge, Earning};
use super::money::Amount;
use chrono::{DateTime, Utc};
use hdip_core::hiring::Consent as DomainConsent;
use hdip_core::scheduling as domain;
use hdip_core::values::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What every side may know of an interview.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InterviewBasics {
    /// Its id.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: InterviewId,
    /// `requested`, `inviting`, `confirmed`, `in_progress`, `awaiting_feedback`, `completed`, `cancelled`, `expired`,
    /// `rescheduled`, `candidate_no_show`, `interviewer_no_show`, `closed_without_feedback`, `interrupted`.
    #[schema(example = "confirmed")]
    pub state: String,
    /// Start.
    #[schema(example = "2026-01-06T04:30:00Z")]
    pub start: DateTime<Utc>,
    /// End.
    #[schema(example = "2026-01-06T05:30:00Z")]
    pub end: DateTime<Utc>,
    /// Title of the job.
    #[schema(example = "Backend Engineer")]
    pub job_title: String,
    /// Name of the round.
    #[schema(example = "Technical")]
    pub round_name: String,
    /// The client's brand.
    #[schema(example = "Acme")]
    pub client_brand: String,
    /// The meeting link, once there is one and while it is of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://meet.jit.si/hdip-5f2c")]
    pub meeting_url: Option<String>,
    /// When it took its state.
    pub state_at: DateTime<Utc>,
    /// Who caused it: `client`, `candidate`, `interviewer`, `operator`, `system`.
    #[schema(example = "interviewer")]
    pub state_by: String,
}

impl From<domain::InterviewBasics> for InterviewBasics {
    fn from(basics: domain::InterviewBasics) -> Self {
        Self {
            id: basics.id,
            state: basics.state.as_str().to_owned(),
            start: basics.start,
            end: basics.end,
            job_title: basics.job_title,
            round_name: basics.round_name,
            client_brand: basics.client_brand,
            meeting_url: basics.meeting_url,
            state_at: basics.state_at,
            state_by: basics.state_by.as_str().to_owned(),
        }
    }
}

/// An interview as the client's people, its ATS and the operator see it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Interview {
    /// What every side may know.
    #[serde(flatten)]
    pub basics: InterviewBasics,
    /// Tenant.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: ClientId,
    /// For which application.
    #[schema(value_type = String, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub application_id: ApplicationId,
    /// To which job.
    #[schema(value_type = String, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: JobId,
    /// Which round.
    #[schema(value_type = String, example = "rnd_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub round_id: RoundId,
    /// Who is interviewed.
    #[schema(value_type = String, example = "cand_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub candidate_id: CandidateId,
    /// The candidate's name.
    #[schema(example = "Asha Rao")]
    pub candidate_name: String,
    /// Who interviews, without the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interviewer: Option<InterviewerCard>,
    /// Which side asked for it.
    #[schema(example = "candidate")]
    pub requested_by: String,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// When it was last confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Calls made so far for the present search.
    pub calls: u32,
    /// How often the interviewer was replaced.
    pub replacements: u32,
    /// The interview this one replaces in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub predecessor_id: Option<InterviewId>,
    /// The interview that replaces this one in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub successor_id: Option<InterviewId>,
    /// Why it took its state, where a reason was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What its outcome costs; for those who may see amounts, and only in the single view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charges: Option<Vec<Charge>>,
    /// For the operator, and only in the single view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<OperatorDetail>,
}

impl From<hdip_core::scheduling::InterviewerCard> for InterviewerCard {
    fn from(card: hdip_core::scheduling::InterviewerCard) -> Self {
        Self { designation: card.designation, company: card.company, experience_years: card.experience_years }
    }
}

/// The interviewer as clients see it: never the name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InterviewerCard {
    /// Present role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Staff Engineer")]
    pub designation: Option<String>,
    /// Present employer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Globex")]
    pub company: Option<String>,
    /// Whole years.
    #[schema(example = 10)]
    pub experience_years: u32,
}

/// What only the operator sees of an interview.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OperatorDetail {
    /// Who interviews.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub interviewer_id: Option<InterviewerId>,
    /// By name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interviewer_name: Option<String>,
    /// The price pinned at the request.
    pub price: Amount,
    /// Invitations by state.
    pub invitations: BTreeMap<String, u32>,
    /// What was earned.
    pub earnings: Vec<Earning>,
}

impl From<domain::ClientInterview> for Interview {
    fn from(view: domain::ClientInterview) -> Self {
        Self {
            basics: view.basics.into(),
            client_id: view.client_id,
            application_id: view.application_id,
            job_id: view.job_id,
            round_id: view.round_id,
            candidate_id: view.candidate_id,
            candidate_name: view.candidate_name,
            interviewer: view.interviewer.map(Into::into),
            requested_by: view.requested_by.as_str().to_owned(),
            requested_at: view.requested_at,
            confirmed_at: view.confirmed_at,
            calls: view.calls,
            replacements: view.replacements,
            predecessor_id: view.predecessor_id,
            successor_id: view.successor_id,
            reason: view.reason,
            charges: view.charges.map(|charges| charges.into_iter().map(Into::into).collect()),
            operator: view.operator.map(|detail| OperatorDetail {
                interviewer_id: detail.interviewer_id,
                interviewer_name: detail.interviewer_name,
                price: detail.price.into(),
                invitations: detail.invitations,
                earnings: detail.earnings.into_iter().map(Earning::for_operator).collect(),
            }),
        }
    }
}

/// An interview as its interviewer sees it: the candidate's name, no contact data, no price of the client.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MyInterview {
    /// What every side may know.
    #[serde(flatten)]
    pub basics: InterviewBasics,
    /// Who is interviewed.
    #[schema(example = "Asha Rao")]
    pub candidate_name: String,
    /// The candidate's experience.
    #[schema(example = 60)]
    pub candidate_experience_months: u32,
    /// Where the candidate works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_company: Option<String>,
    /// The job description.
    pub job_description: String,
    /// What the round should look at.
    pub guidelines: String,
    /// Skills that matter.
    pub mandatory_skills: Vec<String>,
    /// What it pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay: Option<Amount>,
    /// The interviewer's own zone (IANA).
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
}

impl From<domain::InterviewerInterview> for MyInterview {
    fn from(view: domain::InterviewerInterview) -> Self {
        Self {
            basics: view.basics.into(),
            candidate_name: view.candidate_name,
            candidate_experience_months: view.candidate_experience_months,
            candidate_company: view.candidate_company,
            job_description: view.job_description,
            guidelines: view.guidelines,
            mandatory_skills: view.mandatory_skills,
            pay: view.pay.map(Into::into),
            zone: view.zone.to_string(),
        }
    }
}

/// An interview as the candidate sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CandidateInterview {
    /// What every side may know.
    #[serde(flatten)]
    pub basics: InterviewBasics,
    /// The candidate's name.
    pub candidate_name: String,
    /// The candidate's own zone (IANA).
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// The newest answer to each question.
    pub consents: Vec<Consent>,
    /// Whether the candidate may still move it.
    pub may_reschedule: bool,
}

/// A recorded answer about recording, transcript or AI.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// `recording`, `transcript` or `ai`.
    #[schema(example = "recording")]
    pub kind: String,
    /// Yes or no.
    pub given: bool,
    /// Version of the notice that was shown.
    #[schema(example = "2026-01")]
    pub notice_version: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<DomainConsent> for Consent {
    fn from(consent: DomainConsent) -> Self {
        Self {
            kind: consent.kind.as_str().to_owned(),
            given: consent.given,
            notice_version: consent.notice_version,
            at: consent.at,
        }
    }
}

impl From<domain::CandidateInterview> for CandidateInterview {
    fn from(view: domain::CandidateInterview) -> Self {
        Self {
            basics: view.basics.into(),
            candidate_name: view.candidate_name,
            zone: view.zone.to_string(),
            consents: view.consents.into_iter().map(Into::into).collect(),
            may_reschedule: view.may_reschedule,
        }
    }
}

/// What cancelling or moving an interview would cause now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Consequence {
    /// It counts as a late change and needs `late_ok`.
    pub late: bool,
    /// What the client is charged; for those who may see amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<Amount>,
    /// What the interviewer earns; for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earning: Option<Amount>,
    /// A sentence for people.
    #[schema(example = "a late-change fee applies")]
    pub text: String,
}

impl Consequence {
    /// For the client's people: they may know that a fee applies, if not how much. An agency and a candidate
    /// only learn that it is late.
    pub fn of(consequence: domain::Consequence, knows_of_fees: bool) -> Self {
        let text = match (consequence.late, knows_of_fees) {
            (false, _) => "this is not a late change",
            (true, true) => "a late-change fee applies",
            (true, false) => "this is a late change",
        };
        Self {
            late: consequence.late,
            charge: consequence.charge.map(Into::into),
            earning: consequence.earning.map(Into::into),
            text: text.to_owned(),
        }
    }
}
