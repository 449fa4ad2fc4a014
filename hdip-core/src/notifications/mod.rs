//! Notifications: which message goes to whom for which cause.
//!
//! A decision adds one [`MailJob`] per recipient to its own commit; the mail is rendered from current
//! records when it is sent. Its Message-ID is the job's id, so that a repeat after an unknown outcome can
//! be told by the receiver. Templates are keyed (kind, language) and fall back to English.

mod accounts;
mod deliver;
mod desk;
mod ladder;
mod preferences;
mod render;
mod words;

pub use preferences::{Channel, NotificationPreferences, Preference, Preferences, SetPreference};
pub use render::{Rendered, Templates};

use crate::access::Link;
use crate::ports::Method;
use crate::ports::storage::NewJob;
use crate::values::*;
use crate::{Ctx, Hdip, ports::IdsExt};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A time as people of that language write it, where they are.
pub(crate) fn time_text(at: Timestamp, locale: &Locale, zone: Zone) -> String {
    words::Words::of(locale).time(at, zone)
}

/// Job kind of a mail.
pub const SEND_MAIL: &str = "send_mail";

/// What a mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// To a candidate: pick a start. About an application.
    SchedulingLink,
    /// To a candidate who has not picked a start two days later. About an application.
    SchedulingLinkReminder,
    /// To the recruiter: the link is over, and no start was picked. About an application.
    SchedulingLinkUnused,
    /// To recruiter and account manager: the candidate has picked a start.
    SlotRequested,
    /// To a candidate: the request is with the interviewers.
    AwaitingConfirmation,
    /// To an interviewer: a call.
    InterviewerInvitation,
    /// To candidate, interviewer, recruiter, account manager: it takes place. With calendar entry.
    InterviewConfirmed,
    /// To the same: the meeting link, where it was pending when they were told. Updates the entry.
    MeetingLink,
    /// To candidate and interviewer: soon.
    Reminder,
    /// To candidate, interviewer, recruiter, account manager: moved. Removes the entry.
    InterviewRescheduled,
    /// To the same: called off. Removes the entry.
    InterviewCancelled,
    /// To the interviewer who is no longer needed. Removes the entry.
    InterviewerReleased,
    /// To recruiter and account manager: another interviewer is being looked for.
    InterviewerReplaced,
    /// To recruiter, account manager and candidate: nobody accepted.
    NobodyAccepted,
    /// To everybody but the one who stayed away, and to that one: somebody stayed away.
    CandidateNoShow,
    /// The same, of the interviewer.
    InterviewerNoShow,
    /// To account manager: closed without feedback.
    ClosedWithoutFeedback,
    /// To an interviewer: suspended, by the operator or after too many absences.
    InterviewerSuspended,
    /// To an interviewer when feedback is due, to the account manager a day later.
    FeedbackOverdue,
    /// To the account manager: a scorecard was filed.
    FeedbackSubmitted,
    /// To the recruiter: the result is there.
    ReportReleased,
    /// To recruiter and account manager: the result was corrected.
    ReportCorrected,
    /// To the recruiter: a decision has been due for days.
    DecisionDue,
    /// To the candidate: how was the interviewer?
    RateInterviewer,
    /// To a new user: set a password. To the account manager of its client: was invited.
    UserInvited,
    /// To a user: set another password.
    PasswordReset,
    /// To a user: the password was changed.
    PasswordChanged,
    /// To a user's new address: confirm it.
    EmailVerification,
    /// To a user's old address: it is no longer the address.
    EmailChanged,
    /// To a client's owner: the client can begin.
    ClientWelcome,
    /// To a client's owners: no new requests for now.
    ClientSuspended,
    /// To a client's owners: suspended no more.
    ClientReactivated,
    /// To a client's owners: over.
    ClientArchived,
    /// To the operator's support address: somebody says something about the product.
    ProductFeedbackReceived,
    /// To everybody concerned: what an interview counts as was put right.
    OutcomeCorrected,
    /// To an interviewer: the scorecard is due later.
    FeedbackExtended,
    /// To the client's owners: a charge, or part of it, was taken off.
    FeeWaived,
    /// To the client's owners: free interviews or credits.
    GrantReceived,
    /// To the account manager and to the one who contests: it was received.
    ContestOpened,
    /// To the one who contested: what was decided.
    ContestDecided,
    /// To an applicant: the application has arrived.
    ApplicationReceived,
    /// To an applicant: it was turned down, and why.
    ApplicationRejected,
    /// To a new interviewer: what is to be seen to now.
    InterviewerWelcome,
    /// To a learner and its mentor: shadowing begins.
    ShadowingStarted,
    /// To observer, candidate and interviewer: somebody sits in. The observer's with calendar entry.
    ShadowingPlanned,
    /// To the same: nobody does after all. Removes the entry.
    ShadowingCancelled,
    /// To an interviewer: certified for a specialisation, or no longer.
    InterviewerCertified,
    /// To an interviewer: no longer suspended.
    InterviewerReinstated,
    /// To an interviewer: notice was given, or taken back.
    InterviewerNotice,
    /// To an interviewer: has left.
    InterviewerLeft,
    /// To whoever is on call: something is wrong with the deployment, or it was renewed.
    OperatorAlert,
    /// To the same: it is over.
    OperatorAlertOver,
}

impl MailKind {
    /// Every kind; each has a template.
    pub const ALL: [Self; 52] = [
        Self::SchedulingLink,
        Self::SchedulingLinkReminder,
        Self::SchedulingLinkUnused,
        Self::SlotRequested,
        Self::AwaitingConfirmation,
        Self::InterviewerInvitation,
        Self::InterviewConfirmed,
        Self::MeetingLink,
        Self::Reminder,
        Self::InterviewRescheduled,
        Self::InterviewCancelled,
        Self::InterviewerReleased,
        Self::InterviewerReplaced,
        Self::NobodyAccepted,
        Self::CandidateNoShow,
        Self::InterviewerNoShow,
        Self::ClosedWithoutFeedback,
        Self::InterviewerSuspended,
        Self::FeedbackOverdue,
        Self::FeedbackSubmitted,
        Self::ReportReleased,
        Self::ReportCorrected,
        Self::DecisionDue,
        Self::RateInterviewer,
        Self::UserInvited,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::EmailVerification,
        Self::EmailChanged,
        Self::ClientWelcome,
        Self::ClientSuspended,
        Self::ClientReactivated,
        Self::ClientArchived,
        Self::ProductFeedbackReceived,
        Self::OutcomeCorrected,
        Self::FeedbackExtended,
        Self::FeeWaived,
        Self::GrantReceived,
        Self::ContestOpened,
        Self::ContestDecided,
        Self::ApplicationReceived,
        Self::ApplicationRejected,
        Self::InterviewerWelcome,
        Self::ShadowingStarted,
        Self::ShadowingPlanned,
        Self::ShadowingCancelled,
        Self::InterviewerCertified,
        Self::InterviewerReinstated,
        Self::InterviewerNotice,
        Self::InterviewerLeft,
        Self::OperatorAlert,
        Self::OperatorAlertOver,
    ];

    /// As stored, and as the template's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SchedulingLink => "scheduling_link",
            Self::SchedulingLinkReminder => "scheduling_link_reminder",
            Self::SchedulingLinkUnused => "scheduling_link_unused",
            Self::SlotRequested => "slot_requested",
            Self::AwaitingConfirmation => "awaiting_confirmation",
            Self::InterviewerInvitation => "interviewer_invitation",
            Self::InterviewConfirmed => "interview_confirmed",
            Self::MeetingLink => "meeting_link",
            Self::Reminder => "reminder",
            Self::InterviewRescheduled => "interview_rescheduled",
            Self::InterviewCancelled => "interview_cancelled",
            Self::InterviewerReleased => "interviewer_released",
            Self::InterviewerReplaced => "interviewer_replaced",
            Self::NobodyAccepted => "nobody_accepted",
            Self::CandidateNoShow => "candidate_no_show",
            Self::InterviewerNoShow => "interviewer_no_show",
            Self::ClosedWithoutFeedback => "closed_without_feedback",
            Self::InterviewerSuspended => "interviewer_suspended",
            Self::FeedbackOverdue => "feedback_overdue",
            Self::FeedbackSubmitted => "feedback_submitted",
            Self::ReportReleased => "report_released",
            Self::ReportCorrected => "report_corrected",
            Self::DecisionDue => "decision_due",
            Self::RateInterviewer => "rate_interviewer",
            Self::UserInvited => "user_invited",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::EmailVerification => "email_verification",
            Self::EmailChanged => "email_changed",
            Self::ClientWelcome => "client_welcome",
            Self::ClientSuspended => "client_suspended",
            Self::ClientReactivated => "client_reactivated",
            Self::ClientArchived => "client_archived",
            Self::ProductFeedbackReceived => "product_feedback_received",
            Self::OutcomeCorrected => "outcome_corrected",
            Self::FeedbackExtended => "feedback_extended",
            Self::FeeWaived => "fee_waived",
            Self::GrantReceived => "grant_received",
            Self::ContestOpened => "contest_opened",
            Self::ContestDecided => "contest_decided",
            Self::ApplicationReceived => "application_received",
            Self::ApplicationRejected => "application_rejected",
            Self::InterviewerWelcome => "interviewer_welcome",
            Self::ShadowingStarted => "shadowing_started",
            Self::ShadowingPlanned => "shadowing_planned",
            Self::ShadowingCancelled => "shadowing_cancelled",
            Self::InterviewerCertified => "interviewer_certified",
            Self::InterviewerReinstated => "interviewer_reinstated",
            Self::InterviewerNotice => "interviewer_notice",
            Self::InterviewerLeft => "interviewer_left",
            Self::OperatorAlert => "operator_alert",
            Self::OperatorAlertOver => "operator_alert_over",
        }
    }
}

impl fmt::Display for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who gets a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "as", content = "id", rename_all = "snake_case")]
pub enum Recipient {
    /// The candidate.
    Candidate(CandidateId),
    /// An interviewer.
    Interviewer(InterviewerId),
    /// The client's recruiter.
    Recruiter(UserId),
    /// The operator's account manager.
    AccountManager(UserId),
    /// A user, about the own account.
    User(UserId),
    /// A user at the address it wants to have.
    NewAddress(EmailChangeId),
    /// A user at the address it had.
    OldAddress(EmailChangeId),
    /// The operator's support address.
    Support,
    /// An interviewer, as the silent observer of an interview.
    Observer(InterviewerId),
    /// Somebody who applies to become an interviewer.
    Applicant(InterviewerApplicationId),
    /// Whoever of the operator is on call.
    OnCall,
}

impl Recipient {
    /// The id of the person.
    pub fn party(&self) -> String {
        match self {
            Self::Candidate(id) => id.to_string(),
            Self::Interviewer(id) | Self::Observer(id) => id.to_string(),
            Self::Applicant(id) => id.to_string(),
            Self::Recruiter(id) | Self::AccountManager(id) | Self::User(id) => id.to_string(),
            Self::NewAddress(id) | Self::OldAddress(id) => id.to_string(),
            Self::Support => "support".into(),
            Self::OnCall => "on_call".into(),
        }
    }
}

/// The calendar entry that goes with a mail, as decided: a later version does not change what an earlier
/// mail carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryChange {
    /// Add, update or remove.
    pub method: Method,
    /// SEQUENCE of this version.
    pub sequence: u32,
}

/// The link that goes with a mail, as decided: a token made later is not sent by an earlier mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMade {
    /// Which.
    pub id: LinkId,
    /// Its generation at that time.
    pub generation: i64,
}

/// One mail to one recipient: ids only, rendered when it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MailJob {
    /// What it says.
    pub kind: MailKind,
    /// To whom.
    pub to: Recipient,
    /// About which application (scheduling links).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationId>,
    /// About which interview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interview: Option<InterviewId>,
    /// Which invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// Minutes before the start (reminders).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// With which calendar entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryChange>,
    /// About which user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// With which link of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkMade>,
    /// About which feedback on the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<ProductFeedbackId>,
    /// About which contest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contest: Option<ContestId>,
    /// About which counter-entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<ChargeId>,
    /// About which grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// About which application to become an interviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<InterviewerApplicationId>,
    /// About which step on the ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<LadderStepId>,
    /// About which shadowing session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<ShadowingSessionId>,
    /// About which alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertId>,
}

impl MailJob {
    fn new(kind: MailKind, to: Recipient) -> Self {
        Self {
            kind,
            to,
            application: None,
            interview: None,
            invitation: None,
            minutes: None,
            entry: None,
            user: None,
            link: None,
            feedback: None,
            contest: None,
            charge: None,
            grant: None,
            applicant: None,
            step: None,
            session: None,
            alert: None,
        }
    }

    /// A mail about an interview.
    pub fn about(kind: MailKind, interview: InterviewId, to: Recipient) -> Self {
        Self { interview: Some(interview), ..Self::new(kind, to) }
    }

    /// A mail about a user's account.
    pub fn about_user(kind: MailKind, user: UserId, to: Recipient) -> Self {
        Self { user: Some(user), ..Self::new(kind, to) }
    }

    /// The mail with a candidate's scheduling link.
    pub fn scheduling_link(application: ApplicationId, candidate: CandidateId) -> Self {
        Self::about_application(MailKind::SchedulingLink, application, Recipient::Candidate(candidate))
    }

    /// A mail about an application whose candidate is to pick a start.
    pub fn about_application(kind: MailKind, application: ApplicationId, to: Recipient) -> Self {
        Self { application: Some(application), ..Self::new(kind, to) }
    }

    /// The mail about feedback on the product.
    pub fn product_feedback(id: ProductFeedbackId) -> Self {
        let to = Recipient::Support;
        Self { feedback: Some(id), ..Self::new(MailKind::ProductFeedbackReceived, to) }
    }

    /// A mail about a contest.
    pub fn contest(kind: MailKind, interview: InterviewId, contest: ContestId, to: Recipient) -> Self {
        Self { contest: Some(contest), ..Self::about(kind, interview, to) }
    }

    /// The mail about a charge that was taken off, by its counter-entry.
    pub fn fee_waived(interview: InterviewId, counter: ChargeId, to: Recipient) -> Self {
        Self { charge: Some(counter), ..Self::about(MailKind::FeeWaived, interview, to) }
    }

    /// The mail about free interviews or credits.
    pub fn grant_received(grant: GrantId, to: Recipient) -> Self {
        Self { grant: Some(grant), ..Self::new(MailKind::GrantReceived, to) }
    }

    /// A mail about an application to become an interviewer, to the applicant.
    pub fn about_applicant(kind: MailKind, id: InterviewerApplicationId) -> Self {
        Self { applicant: Some(id), ..Self::new(kind, Recipient::Applicant(id)) }
    }

    /// A mail about a step on the ladder.
    pub fn about_step(kind: MailKind, step: LadderStepId, to: Recipient) -> Self {
        Self { step: Some(step), ..Self::new(kind, to) }
    }

    /// About a shadowing session.
    pub fn session(mut self, id: ShadowingSessionId) -> Self {
        self.session = Some(id);
        self
    }

    /// A mail about an alert.
    pub fn alert(kind: MailKind, id: AlertId) -> Self {
        Self { alert: Some(id), ..Self::new(kind, Recipient::OnCall) }
    }

    /// With a link of a user.
    pub fn link(mut self, link: &Link) -> Self {
        self.link = Some(LinkMade { id: link.id, generation: link.generation });
        self
    }

    /// With a calendar entry.
    pub fn entry(mut self, method: Method, sequence: u32) -> Self {
        self.entry = Some(EntryChange { method, sequence });
        self
    }
}

/// The UID of one side's calendar entry: constant for that side of that interview.
pub fn calendar_uid(interview: InterviewId, party: &str, domain: &str) -> String {
    format!("{interview}.{party}@{domain}")
}

impl Hdip {
    /// The background job of a mail. `occasion` tells mails of one kind about one thing apart, for example
    /// the call an invitation goes out with; kind, subject, occasion and recipient make the cause, and the
    /// same cause is mailed once.
    pub(crate) fn mail(&self, ctx: &Ctx, client: Option<ClientId>, mail: MailJob, occasion: &str) -> NewJob {
        let subject = mail
            .interview
            .map(|id| id.to_string())
            .or(mail.application.map(|id| id.to_string()))
            .or(mail.user.map(|id| id.to_string()))
            .or(mail.feedback.map(|id| id.to_string()))
            .or(mail.grant.map(|id| id.to_string()))
            .or(mail.applicant.map(|id| id.to_string()))
            .or(mail.step.map(|id| id.to_string()))
            .or(mail.alert.map(|id| id.to_string()))
            .unwrap_or_else(|| mail.to.party());
        NewJob {
            id: self.ids.fresh(),
            client_id: client,
            kind: SEND_MAIL.into(),
            cause: format!("mail:{}:{subject}:{occasion}:{}", mail.kind, mail.to.party()),
            subject,
            data: serde_json::to_value(&mail).unwrap_or_default(),
            due_at: ctx.now,
            created_at: ctx.now,
            request_id: ctx.request_id.clone(),
        }
    }
}
