//! Agencies, who owns whom, and what became of each attempt.

use crate::hiring::Source;
use crate::ports::storage::entity;
use crate::search::fold;
use crate::values::*;
use serde::{Deserialize, Serialize};

/// Whether an agency takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgencyStatus {
    /// Yes.
    Active,
    /// No; its users are deactivated, its candidates stay with the client.
    Ended,
}

impl AgencyStatus {
    /// Every status.
    pub const ALL: [Self; 2] = [Self::Active, Self::Ended];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }
}

/// A firm that hands over candidates for one client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// For whom.
    pub client_id: ClientId,
    /// Name.
    pub name: String,
    /// Whether it takes part.
    pub status: AgencyStatus,
    /// [`Agency::key_of`] while active, unique: a name that has ended can be used again.
    pub live_key: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Record version.
    pub version: i64,
}
entity!(Agency, Agencies, "agency");

impl Agency {
    /// The form in which names of a client's agencies are compared: without case, accents and spaces between words
    /// beyond one.
    pub fn key_of(client: ClientId, name: &str) -> String {
        let words: Vec<String> = name.split_whitespace().map(fold).collect();
        format!("{client}:{}", words.join(" "))
    }
}

/// Who was first to hand a person over for a job. There is a row for the address and one for the phone; both are
/// hashed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmissionOwnership {
    /// [`live_key`](crate::hiring::live_key) of the address or phone: the key is the rule.
    pub id: String,
    /// Tenant.
    pub client_id: ClientId,
    /// For which job.
    pub job_id: JobId,
    /// The application that was first.
    pub application_id: ApplicationId,
    /// The agency that was; none if it was the client itself.
    pub agency_id: Option<AgencyId>,
    /// No agency may hand the person over again before.
    pub owned_until: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(SubmissionOwnership, SubmissionOwnerships, "ownership");

/// By what a person was known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// The e-mail address.
    Email,
    /// The phone.
    Phone,
}

impl MatchedBy {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

/// Somebody handed a person over for a job: the first, who got an application, and everybody whom that application
/// stood in the way of. It holds nothing about the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmissionAttempt {
    /// Its id.
    pub id: SubmissionAttemptId,
    /// Tenant.
    pub client_id: ClientId,
    /// For which job.
    pub job_id: JobId,
    /// The application that was made, or that stood in the way.
    pub application_id: ApplicationId,
    /// The agency that tried; none for the client's own people and its ATS.
    pub agency_id: Option<AgencyId>,
    /// Who tried.
    pub source: Source,
    /// Whether it led to the application.
    pub accepted: bool,
    /// By what the person was known again, where it was refused.
    pub matched_by: Option<MatchedBy>,
    /// How often; trying again adds to the same row.
    pub times: u32,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
    /// `application:who:outcome`, unique.
    pub natural_key: String,
    /// Record version.
    pub version: i64,
}
entity!(SubmissionAttempt, SubmissionAttempts, "attempt");

impl SubmissionAttempt {
    /// The unique key of an attempt.
    pub fn key_of(
        application: ApplicationId,
        agency: Option<AgencyId>,
        source: Source,
        accepted: bool,
    ) -> String {
        let who = agency.map_or_else(|| source.as_str().to_owned(), |agency| agency.to_string());
        format!("{application}:{who}:{}", if accepted { "accepted" } else { "refused" })
    }
}
