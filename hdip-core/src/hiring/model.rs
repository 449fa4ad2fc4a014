//! Jobs, rounds, candidates, applications, consents.

use crate::ports::storage::entity;
use crate::values::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whether a job takes candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Yes.
    Open,
    /// No; can be reopened.
    Archived,
}

impl JobStatus {
    /// Every status.
    pub const ALL: [Self; 2] = [Self::Open, Self::Archived];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Archived => "archived",
        }
    }
}

/// An opening at a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub client_id: ClientId,
    /// Title.
    pub title: String,
    /// The client's own number for it.
    pub external_id: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Who decides.
    pub hiring_manager_id: Option<UserId>,
    /// Who works on it; recruiters limited to assigned jobs see only these.
    pub recruiter_ids: BTreeSet<UserId>,
    /// Months.
    pub experience_min_months: u32,
    /// Months.
    pub experience_max_months: u32,
    /// How many people are wanted.
    pub positions: u32,
    /// Slug of the operator's catalogue ([`SPECIALISATIONS`](super::SPECIALISATIONS)).
    pub specialisation: String,
    /// At least one; in the form they are compared in.
    pub mandatory_skills: BTreeSet<String>,
    /// Job description, plain text.
    pub description: String,
    /// Zone of the job's people.
    pub zone: Zone,
    /// Gender is asked for on these.
    pub diversity_hiring: bool,
    /// 60 to 80.
    pub recommended_score: u8,
    /// Whether it takes candidates.
    pub status: JobStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Job, Jobs, "job", found by crate::search::of_job);

/// A round of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Its id.
    pub id: RoundId,
    /// Tenant.
    pub client_id: ClientId,
    /// Whose.
    pub job_id: JobId,
    /// 1, 2, 3 …
    pub position: u32,
    /// Name.
    pub name: String,
    /// 30, 45, 60, 90 or 120.
    pub duration_minutes: u32,
    /// What the interviewer should look at.
    pub guidelines: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Round, Rounds, "round");

/// A person interviewed for a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id.
    pub id: CandidateId,
    /// Whose.
    pub client_id: ClientId,
    /// Name.
    pub name: String,
    /// Address; not unique.
    pub email: Email,
    /// The address in the form it is compared in.
    pub email_key: String,
    /// Phone.
    pub phone: Option<Phone>,
    /// Months.
    pub experience_months: u32,
    /// Present employer.
    pub current_company: Option<String>,
    /// Present role.
    pub designation: Option<String>,
    /// Zone, from the picker, else the job's.
    pub zone: Zone,
    /// Language.
    pub locale: Locale,
    /// As given; required on diversity jobs.
    pub gender: Option<String>,
    /// The agency that brought the person in, if one did.
    pub agency_id: Option<AgencyId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Candidate, Candidates, "candidate", found by crate::search::of_candidate);

/// Where an application came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The client's own people.
    Internal,
    /// An agency of the client.
    Agency,
    /// The client's ATS, by API key.
    Ats,
}

impl Source {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Agency => "agency",
            Self::Ats => "ats",
        }
    }
}

/// Where an application stands (product §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationStatus {
    /// Its round has no live interview.
    ToSchedule,
    /// Its round has a live interview.
    Interviewing,
    /// The round is over; the client decides.
    DecisionDue,
    /// Put aside.
    OnHold,
    /// Rejected after a round or by the hiring manager.
    Rejected,
    /// Selected.
    Selected,
    /// Has an offer.
    Offered,
    /// Declined the offer.
    OfferDeclined,
    /// Dropped, with a reason.
    Dropped,
}

impl ApplicationStatus {
    /// Every status.
    pub const ALL: [Self; 9] = [
        Self::ToSchedule,
        Self::Interviewing,
        Self::DecisionDue,
        Self::OnHold,
        Self::Rejected,
        Self::Selected,
        Self::Offered,
        Self::OfferDeclined,
        Self::Dropped,
    ];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToSchedule => "to_schedule",
            Self::Interviewing => "interviewing",
            Self::DecisionDue => "decision_due",
            Self::OnHold => "on_hold",
            Self::Rejected => "rejected",
            Self::Selected => "selected",
            Self::Offered => "offered",
            Self::OfferDeclined => "offer_declined",
            Self::Dropped => "dropped",
        }
    }

    /// One open application per candidate and job: these are the open ones.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Rejected | Self::OfferDeclined | Self::Dropped)
    }
}

/// Why an application was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DropReason {
    NotInterested,
    NotAvailable,
    NotResponding,
    NoShow,
    Rejected,
    JobArchived,
    Other,
}

impl DropReason {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotInterested => "not_interested",
            Self::NotAvailable => "not_available",
            Self::NotResponding => "not_responding",
            Self::NoShow => "no_show",
            Self::Rejected => "rejected",
            Self::JobArchived => "job_archived",
            Self::Other => "other",
        }
    }
}

/// On whose word an application is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectedBy {
    /// After its present round.
    Round,
    /// By the hiring manager.
    HiringManager,
}

impl RejectedBy {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::HiringManager => "hiring_manager",
        }
    }
}

/// A candidate's application to a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Tenant.
    pub client_id: ClientId,
    /// To what.
    pub job_id: JobId,
    /// Who.
    pub candidate_id: CandidateId,
    /// Where it came from.
    pub source: Source,
    /// The agency that owns it, if one does.
    pub agency_id: Option<AgencyId>,
    /// Who hears about it.
    pub recruiter_id: Option<UserId>,
    /// A note.
    pub remark: Option<String>,
    /// The ATS's reference, unique per client: makes imports idempotent.
    pub ats_reference: Option<String>,
    /// `client:reference`, unique.
    pub reference_key: Option<String>,
    /// The round it is in.
    pub round_id: RoundId,
    /// Where it stands.
    pub status: ApplicationStatus,
    /// Why it was dropped.
    pub drop_reason: Option<DropReason>,
    /// How often the candidate moved the interview of the present round.
    pub candidate_reschedules: u32,
    /// [`live_key`] while open, unique.
    pub live_key: Option<String>,
    /// The same of the phone, where there is one.
    pub live_phone_key: Option<String>,
    /// While `on_hold`: the status it goes back to.
    pub held_from: Option<ApplicationStatus>,
    /// Who rejected it: `round` or `hiring_manager`.
    pub rejected_by: Option<RejectedBy>,
    /// What was said to the last decision.
    pub decision_reason: Option<String>,
    /// When the status changed.
    pub status_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Application, Applications, "application", found by crate::search::of_application);

impl Application {
    /// Changes the status; `step` says which it can be. An application that closes gives its `live_key` up.
    pub fn set_status(&mut self, status: ApplicationStatus, now: Timestamp) {
        self.status = status;
        self.status_at = now;
        if !status.is_open() {
            self.live_key = None;
            self.live_phone_key = None;
        }
    }
}

/// The unique key of the open application of a person to a job: by address (or phone) and not by candidate
/// record, so that two submissions of one person that race with each other cannot both win. The address is
/// hashed; the key stays short and names nobody.
pub fn live_key(address: &str, job: JobId) -> String {
    format!("{job}:{}", &crate::hdip::sha256_hex(address)[..32])
}

/// What a candidate consents to, each on its own (product §3 step 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// Recording the interview.
    Recording,
    /// Making a transcript.
    Transcript,
    /// Drafting feedback by AI.
    Ai,
}

impl ConsentKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Recording, Self::Transcript, Self::Ai];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Transcript => "transcript",
            Self::Ai => "ai",
        }
    }
}

/// A recorded answer; the newest per kind counts. Withdrawal is a new record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Tenant.
    pub client_id: ClientId,
    /// For which application.
    pub application_id: ApplicationId,
    /// Whose.
    pub candidate_id: CandidateId,
    /// To what.
    pub kind: ConsentKind,
    /// Yes or no.
    pub given: bool,
    /// Version of the notice that was shown.
    pub notice_version: String,
    /// When.
    pub at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Consent, Consents, "consent");
