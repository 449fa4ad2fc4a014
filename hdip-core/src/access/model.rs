//! Users, sign-ins, API keys, links.

use crate::ports::storage::entity;
use crate::values::*;
use serde::{Deserialize, Serialize};

/// What a user may do (product §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The operator's staff; everything.
    PlatformAdmin,
    /// The operator's staff; not prices, payouts, staff.
    PlatformModerator,
    /// All of one client's data and its money.
    ClientOwner,
    /// All of one client's data and its users; no money.
    ClientAdmin,
    /// Candidates, scheduling, reports, decisions of one client.
    ClientRecruiter,
    /// Own candidates of an agency of one client.
    AgencyUser,
    /// Own availability, invitations, interviews, earnings.
    Interviewer,
}

impl Role {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::PlatformModerator => "platform_moderator",
            Self::ClientOwner => "client_owner",
            Self::ClientAdmin => "client_admin",
            Self::ClientRecruiter => "client_recruiter",
            Self::AgencyUser => "agency_user",
            Self::Interviewer => "interviewer",
        }
    }

    /// The operator's own staff.
    pub const fn is_operator(self) -> bool {
        matches!(self, Self::PlatformAdmin | Self::PlatformModerator)
    }

    /// Belongs to a client (agency users included).
    pub const fn is_client(self) -> bool {
        matches!(self, Self::ClientOwner | Self::ClientAdmin | Self::ClientRecruiter | Self::AgencyUser)
    }
}

/// Whether a user can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Yes.
    Active,
    /// No; every sign-in has ended.
    Deactivated,
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The client it belongs to; none for the operator's staff and interviewers.
    pub client_id: Option<ClientId>,
    /// The interviewer it is.
    pub interviewer_id: Option<InterviewerId>,
    /// The agency of the client it belongs to.
    pub agency_id: Option<AgencyId>,
    /// What it may do.
    pub role: Role,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Email,
    /// The address in the form it is unique in.
    pub email_key: String,
    /// PHC string; none until a password is set.
    pub password_hash: Option<String>,
    /// Whether it can sign in.
    pub status: UserStatus,
    /// Zone its times are shown in.
    pub zone: Zone,
    /// Language.
    pub locale: Locale,
    /// A recruiter who sees only jobs it is named on.
    pub assigned_jobs_only: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(User, Users, "user");

impl User {
    /// An active member of the operator's staff.
    pub fn is_active_staff(&self) -> bool {
        self.role.is_operator() && self.status == UserStatus::Active
    }

    /// An active user of that client's own, not of one of its agencies.
    pub fn is_active_at(&self, client: ClientId) -> bool {
        self.client_id == Some(client) && self.status == UserStatus::Active && self.role != Role::AgencyUser
    }
}

/// One sign-in of a user: the family of its rotating refresh tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// Its id.
    pub id: SignInId,
    /// Whose.
    pub user_id: UserId,
    /// SHA-256 (hex) of the refresh token that is good now.
    pub refresh_hash: String,
    /// Raised with each refresh; an older token coming back is reuse.
    pub generation: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// Last refresh.
    pub refreshed_at: Timestamp,
    /// The refresh token is good until then.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Why: `signed_out`, `refresh_reused`, `deactivated`, `password_changed`, `password_reset`, `email_changed`,
    /// `revoked`.
    pub ended_because: Option<String>,
    /// Browser, as it named itself (at most 200 characters).
    pub user_agent: Option<String>,
    /// Record version.
    pub version: i64,
}
entity!(SignIn, SignIns, "sign-in");

/// Counts failed sign-ins, or requests for password resets, of one e-mail or one peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoginThrottle {
    /// `email:…` (hashed) or `peer:…`; of requests for resets `reset-email:…` or `reset-peer:…`.
    pub id: String,
    /// Failures in the window.
    pub failures: i64,
    /// When the window began.
    pub window_from: Timestamp,
    /// Attempts are refused until then.
    pub blocked_until: Option<Timestamp>,
    /// Record version.
    pub version: i64,
}
entity!(LoginThrottle, LoginThrottles, "throttle");

/// What an API key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyScope {
    /// Jobs and rounds, candidates, applications: read.
    #[serde(rename = "hiring:read")]
    HiringRead,
    /// … and write.
    #[serde(rename = "hiring:write")]
    HiringWrite,
    /// Slots, interviews: read.
    #[serde(rename = "scheduling:read")]
    SchedulingRead,
    /// Schedule, reschedule, cancel.
    #[serde(rename = "scheduling:write")]
    SchedulingWrite,
    /// The event feed.
    #[serde(rename = "events:read")]
    EventsRead,
    /// Charges.
    #[serde(rename = "billing:read")]
    BillingRead,
}

impl KeyScope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::HiringRead,
        Self::HiringWrite,
        Self::SchedulingRead,
        Self::SchedulingWrite,
        Self::EventsRead,
        Self::BillingRead,
    ];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HiringRead => "hiring:read",
            Self::HiringWrite => "hiring:write",
            Self::SchedulingRead => "scheduling:read",
            Self::SchedulingWrite => "scheduling:write",
            Self::EventsRead => "events:read",
            Self::BillingRead => "billing:read",
        }
    }

    /// Whether it changes something.
    pub const fn is_write(self) -> bool {
        matches!(self, Self::HiringWrite | Self::SchedulingWrite)
    }

    /// Whether a key with this scope may do what needs `other`: who writes also reads, so that what was done
    /// can be answered.
    pub fn implies(self, other: Self) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::HiringWrite, Self::HiringRead) | (Self::SchedulingWrite, Self::SchedulingRead)
            )
    }
}

/// An API key of a client. The secret is shown once and stored hashed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, also the public part of the key.
    pub id: ApiKeyId,
    /// Whose data.
    pub client_id: ClientId,
    /// What it is for.
    pub name: String,
    /// SHA-256 (hex) of the secret part.
    pub secret_hash: String,
    /// What it may be used for.
    pub scopes: Vec<KeyScope>,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// Record version.
    pub version: i64,
}
entity!(ApiKey, ApiKeys, "API key");

/// What a link is for. A link of one purpose opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// A candidate picks a start; subject: application.
    Schedule,
    /// An interviewer answers; subject: invitation.
    Invitation,
    /// A candidate sees, reschedules or cancels; subject: interview.
    CandidateInterview,
    /// An interviewer sees or withdraws, and files the scorecard; subject: interview.
    InterviewerInterview,
    /// A candidate rates the interviewer; subject: interview.
    Rating,
    /// A new user sets the first password; subject and party: the user. Good once.
    UserInvitation,
    /// A user sets another password; subject and party: the user. Good once.
    PasswordReset,
    /// A user confirms a new address; subject: the e-mail change, party: the user. Good once.
    EmailVerification,
}

impl LinkPurpose {
    /// As stored, and as in the link's path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Invitation => "invitation",
            Self::CandidateInterview => "candidate_interview",
            Self::InterviewerInterview => "interviewer_interview",
            Self::Rating => "rating",
            Self::UserInvitation => "user_invitation",
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
        }
    }
}

/// A link for someone without an account. The token in the URL is `<id>.<MAC of the row>`: derived while
/// sending, stored nowhere; raising `generation` kills every token handed out before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Tenant it belongs to; none for links of users who belong to no client.
    pub client_id: Option<ClientId>,
    /// What it opens.
    pub purpose: LinkPurpose,
    /// Id of what it is about.
    pub subject: String,
    /// Id of who holds it: a candidate, an interviewer or a user.
    pub party: String,
    /// Part of the MAC.
    pub generation: i64,
    /// Good until then, exclusive.
    pub expires_at: Timestamp,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// When it was used, for links that are good once.
    pub used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// `purpose:subject:party`, unique: one link each, renewed in place.
    pub natural_key: String,
    /// Record version.
    pub version: i64,
}
entity!(Link, Links, "link");

/// How far a change of address has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailChangeStatus {
    /// The link to the new address is out.
    Pending,
    /// The address was changed.
    Confirmed,
    /// Another request, or a new password, took its place.
    Dropped,
}

/// A change of a user's address. It happens when the link that was sent to the new one is confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmailChange {
    /// Its id.
    pub id: EmailChangeId,
    /// Whose.
    pub user_id: UserId,
    /// The address to be.
    pub new_email: Email,
    /// The address at the time of the request; told when it is changed.
    pub old_email: Email,
    /// How far it has come.
    pub status: EmailChangeStatus,
    /// The sign-in it was asked from, which stays when the others end.
    pub sign_in_id: SignInId,
    /// To be confirmed until then, exclusive.
    pub expires_at: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// The user while it is pending, then empty; unique: one pending change each.
    pub live_key: Option<String>,
    /// Record version.
    pub version: i64,
}
entity!(EmailChange, EmailChanges, "e-mail change");

/// Whose terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermsAudience {
    /// A client's users, agencies' included.
    ClientUsers,
    /// Interviewers.
    Interviewers,
}

impl TermsAudience {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientUsers => "client_users",
            Self::Interviewers => "interviewers",
        }
    }

    /// The audience a role belongs to; none for the operator's own staff.
    pub const fn of(role: Role) -> Option<Self> {
        match role {
            Role::PlatformAdmin | Role::PlatformModerator => None,
            Role::Interviewer => Some(Self::Interviewers),
            _ => Some(Self::ClientUsers),
        }
    }
}

/// Who accepted which version of the terms, and when. Never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TermsAcceptance {
    /// Its id.
    pub id: TermsAcceptanceId,
    /// Who.
    pub user_id: UserId,
    /// Whose terms.
    pub audience: TermsAudience,
    /// Which version.
    pub terms_version: String,
    /// When.
    pub accepted_at: Timestamp,
    /// `user:audience:version`, unique: accepted once.
    pub natural_key: String,
    /// Record version.
    pub version: i64,
}
entity!(TermsAcceptance, TermsAcceptances, "acceptance of terms");
