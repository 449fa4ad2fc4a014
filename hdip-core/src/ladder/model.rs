use crate::interviewers::InterviewerStatus;
use crate::ports::storage::{Claim, entity};
use crate::values::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    };
}

words! {
    /// Who entered an application.
    ApplicationOrigin {
        /// The operator.
        Operator "operator",
        /// The applicant, by the public form.
        PublicForm "public_form",
    }
}

words! {
    /// Where an application to become an interviewer stands.
    InterviewerApplicationStatus {
        /// To be reviewed.
        Received "received",
        /// Became an interviewer.
        Accepted "accepted",
        /// Was turned down.
        Rejected "rejected",
    }
}

/// Somebody's application to become an interviewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterviewerApplication {
    /// Its id.
    pub id: InterviewerApplicationId,
    /// Who entered it.
    pub source: ApplicationOrigin,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Email,
    /// The address in the form it is compared in.
    pub email_key: String,
    /// Phone.
    pub phone: Phone,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Zone.
    pub zone: Zone,
    /// Language.
    pub locale: Locale,
    /// Months of experience.
    pub experience_months: u32,
    /// Months of experience as an interviewer.
    pub interviewing_months: u32,
    /// Slugs of the catalogue.
    pub specialisations: BTreeSet<String>,
    /// In the form they are compared in.
    pub skills: BTreeSet<String>,
    /// Present employer.
    pub current_company: Option<String>,
    /// Former employers.
    pub previous_companies: Vec<String>,
    /// Present role.
    pub designation: Option<String>,
    /// At most 3 web addresses.
    pub links: Vec<String>,
    /// The CV.
    pub cv_file_id: Option<FileId>,
    /// What its content is.
    pub cv_type: Option<DocumentType>,
    /// Where it stands.
    pub status: InterviewerApplicationStatus,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Who decided, as in the audit log.
    pub decided_by: Option<String>,
    /// Why it was rejected; mailed to the applicant.
    pub reason: Option<String>,
    /// The interviewer it became.
    pub interviewer_id: Option<InterviewerId>,
    /// When it was received.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(InterviewerApplication, InterviewerApplications, "interviewer application");

/// What is known of an interviewer beside what matching looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterviewerProfile {
    /// The interviewer.
    pub id: InterviewerId,
    /// Months of experience as an interviewer.
    pub interviewing_months: u32,
    /// At most 3 web addresses.
    pub links: Vec<String>,
    /// The CV.
    pub cv_file_id: Option<FileId>,
    /// What its content is.
    pub cv_type: Option<DocumentType>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(InterviewerProfile, InterviewerProfiles, "interviewer profile");

/// Where an interviewer is paid. The numbers are sealed; of each the last four characters are kept to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PayoutAccount {
    /// The interviewer.
    pub id: InterviewerId,
    /// In whose name the account is.
    pub holder: String,
    /// The numbers, sealed for this interviewer.
    pub sealed: String,
    /// Last four of the account number.
    pub account_last4: String,
    /// Last four of the IFSC or BIC.
    pub bank_code_last4: String,
    /// Last four of the PAN.
    pub pan_last4: Option<String>,
    /// Last four of the GSTIN.
    pub gstin_last4: Option<String>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(PayoutAccount, PayoutAccounts, "payout account");

words! {
    /// What happened to an interviewer on the ladder.
    LadderStepKind {
        /// The application was accepted; the interviewer is invited.
        Invited "invited",
        /// The rung changed.
        Status "status",
        /// Learns for a specialisation and level.
        ShadowingStarted "shadowing_started",
        /// Certified for a specialisation and level.
        Certified "certified",
        /// No longer certified for a specialisation.
        CertificationWithdrawn "certification_withdrawn",
        /// Notice was given.
        NoticeGiven "notice_given",
        /// Notice was taken back.
        NoticeWithdrawn "notice_withdrawn",
    }
}

/// One step: what, when, by whom, why. Never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LadderStep {
    /// Its id.
    pub id: LadderStepId,
    /// Whose.
    pub interviewer_id: InterviewerId,
    /// What.
    pub step: LadderStepKind,
    /// Rung before.
    pub status_from: InterviewerStatus,
    /// Rung after.
    pub status_to: InterviewerStatus,
    /// Of a certification: for which specialisation.
    pub specialisation: Option<String>,
    /// At which level.
    pub level: Option<u8>,
    /// Who, as in the audit log.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(LadderStep, LadderSteps, "ladder step");

words! {
    /// How far a shadowing has come.
    ShadowingStatus {
        /// Sessions are planned and attended.
        Open "open",
        /// The mentor has signed it off.
        SignedOff "signed_off",
        /// The operator ended it before.
        Ended "ended",
    }
}

/// An interviewer's way to the certification for a specialisation and level, under a mentor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shadowing {
    /// Its id.
    pub id: ShadowingId,
    /// Who learns.
    pub interviewer_id: InterviewerId,
    /// Who signs it off.
    pub mentor_id: InterviewerId,
    /// For which specialisation.
    pub specialisation: String,
    /// For which level.
    pub level: u8,
    /// How far it has come.
    pub status: ShadowingStatus,
    /// `interviewer:specialisation:level` while open, unique.
    pub live_key: Option<String>,
    /// The mentor's note, or why it was ended.
    pub note: Option<String>,
    /// When it was signed off or ended.
    pub ended_at: Option<Timestamp>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Shadowing, Shadowings, "shadowing");

impl Shadowing {
    /// The key an open one is unique in.
    pub fn key(interviewer: InterviewerId, specialisation: &str, level: u8) -> String {
        format!("{interviewer}:{specialisation}:{level}")
    }
}

words! {
    /// What somebody does at a session.
    SessionKind {
        /// Listens, silently.
        Observed "observed",
        /// Leads, in the mentor's presence; the mentor files the scorecard.
        Led "led",
    }
}

words! {
    /// What became of a session.
    SessionState {
        /// It is to come, or is to be settled.
        Planned "planned",
        /// Was there.
        Attended "attended",
        /// Was not.
        Missed "missed",
        /// Was called off, or the interview was.
        Cancelled "cancelled",
    }
}

/// An interview that somebody observes, or leads as a learner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShadowingSession {
    /// Its id.
    pub id: ShadowingSessionId,
    /// Whose interview.
    pub client_id: ClientId,
    /// Part of which shadowing.
    pub shadowing_id: ShadowingId,
    /// Which interview.
    pub interview_id: InterviewId,
    /// Who learns.
    pub shadower_id: InterviewerId,
    /// Whose interview it is.
    pub lead_id: InterviewerId,
    /// What is done.
    pub kind: SessionKind,
    /// Start of the interview.
    pub start: Timestamp,
    /// Until when it holds the learner's time: the interview's end and its buffer.
    pub end: Timestamp,
    /// What became of it.
    pub state: SessionState,
    /// The interview while planned, unique: one learner each.
    pub live_key: Option<String>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// A note of who settled it.
    pub note: Option<String>,
    /// When it was planned.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(ShadowingSession, ShadowingSessions, "shadowing session");

impl ShadowingSession {
    /// The learner's time, which it holds while the interview does.
    pub fn claim(&self) -> Option<Claim> {
        let span = Span::new(self.start, self.end)?;
        Some(Claim { party: self.shadower_id.to_string(), interview: self.interview_id, span })
    }
}

words! {
    /// What an interviewer has to see to before shadowing can begin.
    ChecklistItem {
        /// A password: the invitation was followed.
        Password "password",
        /// The terms in force are accepted.
        Terms "terms",
        /// There are times at which it can be had.
        Availability "availability",
        /// There is an account to pay to; in India with a PAN.
        PayoutAccount "payout_account",
        /// There is a CV.
        Cv "cv",
    }
}
