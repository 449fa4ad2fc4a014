//! What users want to hear: per event and channel. Everything is on until it is switched off; mails about
//! money and about the safety of the account are always on.
//!
//! They are looked at when a mail is sent, for users and for interviewers who are users. Candidates and the
//! operator's support address have none.

use super::{MailKind, Recipient};
use crate::access::Role;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::ports::storage::{Changes, RecordsExt, entity};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The ways in which people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By mail.
    Email,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 1] = [Self::Email];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
        }
    }
}

/// What a user has switched off. No row: nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationPreferences {
    /// The user.
    pub id: UserId,
    /// Events not to be mailed. Words, so that one a newer release knows does not trouble an older one.
    pub email_off: BTreeSet<String>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(NotificationPreferences, NotificationPreferences, "notification preferences");

/// Whether a user is told of an event by a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// The event.
    pub event: MailKind,
    /// The channel.
    pub channel: Channel,
    /// Whether it is told.
    pub on: bool,
    /// Cannot be switched off.
    pub always_on: bool,
}

/// The preferences of a user, and the version of the record they come from (0 before there is one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// One per event that can reach the user, and channel.
    pub items: Vec<Preference>,
    /// Record version.
    pub version: i64,
}

/// A wish about one event and channel, in the words of the API.
#[derive(Debug, Clone, Serialize)]
pub struct SetPreference {
    /// A [`MailKind`].
    pub event: String,
    /// A [`Channel`].
    pub channel: String,
    /// Whether to be told.
    pub on: bool,
}

impl MailKind {
    /// Whether nobody can switch it off: money, and the safety and standing of an account.
    pub const fn is_always_on(self) -> bool {
        // A new kind is to be decided about, not forgotten: no `_`.
        match self {
            Self::UserInvited
            | Self::PasswordReset
            | Self::PasswordChanged
            | Self::EmailVerification
            | Self::EmailChanged
            | Self::ClientWelcome
            | Self::ClientSuspended
            | Self::ClientReactivated
            | Self::ClientArchived
            // Filing late costs money.
            | Self::FeedbackOverdue
            | Self::OperatorAlert
            | Self::OperatorAlertOver
            | Self::FeedbackExtended
            | Self::OutcomeCorrected
            | Self::FeeWaived
            | Self::GrantReceived
            | Self::ContestOpened
            | Self::ContestDecided
            | Self::InterviewerSuspended
            | Self::ApplicationReceived
            | Self::ApplicationRejected
            | Self::InterviewerWelcome
            | Self::InterviewerCertified
            | Self::InterviewerReinstated
            | Self::InterviewerNotice
            | Self::InterviewerLeft => true,
            Self::ShadowingStarted | Self::ShadowingPlanned | Self::ShadowingCancelled => false,
            Self::SchedulingLink
            | Self::SchedulingLinkReminder
            | Self::SchedulingLinkUnused
            | Self::SlotRequested
            | Self::AwaitingConfirmation
            | Self::InterviewerInvitation
            | Self::InterviewConfirmed
            | Self::MeetingLink
            | Self::Reminder
            | Self::InterviewRescheduled
            | Self::InterviewCancelled
            | Self::InterviewerReleased
            | Self::InterviewerReplaced
            | Self::NobodyAccepted
            | Self::CandidateNoShow
            | Self::InterviewerNoShow
            | Self::ClosedWithoutFeedback
            | Self::FeedbackSubmitted
            | Self::ReportReleased
            | Self::ReportCorrected
            | Self::DecisionDue
            | Self::RateInterviewer
            | Self::ProductFeedbackReceived => false,
        }
    }

    /// Whether it can reach a user of that role.
    pub const fn reaches(self, role: Role) -> bool {
        let interviewer = matches!(role, Role::Interviewer);
        match self {
            Self::UserInvited
            | Self::PasswordReset
            | Self::PasswordChanged
            | Self::EmailVerification
            | Self::EmailChanged
            | Self::InterviewConfirmed
            | Self::MeetingLink
            | Self::InterviewRescheduled
            | Self::InterviewCancelled
            | Self::CandidateNoShow
            | Self::InterviewerNoShow
            | Self::OutcomeCorrected
            | Self::ContestOpened
            | Self::ContestDecided => true,
            Self::FeeWaived | Self::GrantReceived => matches!(role, Role::ClientOwner),
            Self::FeedbackExtended => interviewer,
            Self::InterviewerInvitation
            | Self::Reminder
            | Self::InterviewerReleased
            | Self::InterviewerSuspended
            | Self::InterviewerWelcome
            | Self::ShadowingStarted
            | Self::ShadowingPlanned
            | Self::ShadowingCancelled
            | Self::InterviewerCertified
            | Self::InterviewerReinstated
            | Self::InterviewerNotice
            | Self::InterviewerLeft => interviewer,
            Self::InterviewerReplaced
            | Self::NobodyAccepted
            | Self::SlotRequested
            | Self::ClosedWithoutFeedback
            | Self::ReportCorrected => !interviewer,
            Self::ReportReleased | Self::DecisionDue | Self::SchedulingLinkUnused => role.is_client(),
            Self::ClientWelcome | Self::ClientSuspended | Self::ClientReactivated | Self::ClientArchived => {
                matches!(role, Role::ClientOwner)
            }
            Self::FeedbackOverdue => interviewer || role.is_operator(),
            Self::FeedbackSubmitted => role.is_operator(),
            Self::SchedulingLink
            | Self::SchedulingLinkReminder
            | Self::AwaitingConfirmation
            | Self::RateInterviewer
            | Self::ApplicationReceived
            | Self::ApplicationRejected
            | Self::OperatorAlert
            | Self::OperatorAlertOver
            | Self::ProductFeedbackReceived => false,
        }
    }
}

impl Hdip {
    /// The preferences of the user who asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but users.
    pub async fn notification_preferences(&self, ctx: &Ctx) -> Result<Preferences, Error> {
        let me = ctx.actor.user().ok_or(Error::Forbidden)?;
        let stored: Option<NotificationPreferences> = self.storage.find(me.id).await?;
        let events = MailKind::ALL.into_iter().filter(|kind| kind.reaches(me.role));
        let items = events.map(|event| Preference {
            event,
            channel: Channel::Email,
            on: stored.as_ref().is_none_or(|stored| stored.tells(event)),
            always_on: event.is_always_on(),
        });
        Ok(Preferences {
            items: items.collect(),
            version: stored.as_ref().map_or(0, |stored| stored.version),
        })
    }

    /// Replaces the preferences of the user who asks. What is not named is on.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the item for an event or channel there is not, one that is named twice, and
    /// one that is always on; [`Error::Stale`] unless the record has `expected_version`;
    /// [`Error::Forbidden`] for anybody but users.
    pub async fn set_notification_preferences(
        &self,
        ctx: &Ctx,
        wishes: Vec<SetPreference>,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        let me = ctx.actor.user().ok_or(Error::Forbidden)?;
        let (id, client) = (me.id, me.client);
        let email_off = &events_off(me.role, &wishes)?;
        self.decide(ctx, "set_notification_preferences", &wishes, || async move {
            let stored: Option<NotificationPreferences> = self.storage.find(id).await?;
            let nothing_off =
                NotificationPreferences { id, email_off: BTreeSet::new(), updated_at: ctx.now, version: 0 };
            let before = stored.unwrap_or(nothing_off);
            expect_version(&before, expected_version)?;
            let mut changes = Changes::new();
            if before.email_off != *email_off {
                let mut after = before.clone();
                after.email_off = email_off.clone();
                let mut entry = self.audit(ctx, "user.set_notification_preferences", id, client);
                entry.changes = changed_fields(&before, &after);
                changes.audit.push(entry);
                after.updated_at = ctx.now;
                changes.put(&after);
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    /// Whether the receiver of a mail wants it.
    pub(super) async fn is_wanted(&self, kind: MailKind, to: &Recipient) -> Result<bool, Error> {
        if kind.is_always_on() {
            return Ok(true);
        }
        let user = match to {
            Recipient::Recruiter(id) | Recipient::AccountManager(id) | Recipient::User(id) => Some(*id),
            Recipient::Interviewer(id) | Recipient::Observer(id) => {
                self.storage.user_of_interviewer(*id).await?.map(|user| user.id)
            }
            _ => None,
        };
        let Some(user) = user else { return Ok(true) };
        let stored: Option<NotificationPreferences> = self.storage.find(user).await?;
        Ok(stored.is_none_or(|stored| stored.tells(kind)))
    }
}

impl NotificationPreferences {
    fn tells(&self, event: MailKind) -> bool {
        event.is_always_on() || !self.email_off.contains(event.as_str())
    }
}

fn events_off(role: Role, wishes: &[SetPreference]) -> Result<BTreeSet<String>, Error> {
    let mut fields = Fields::new();
    let (mut seen, mut off) = (BTreeSet::new(), BTreeSet::new());
    for (place, wish) in wishes.iter().enumerate() {
        fields.within(format!("items[{place}]."));
        let event = MailKind::ALL.into_iter().find(|kind| kind.as_str() == wish.event && kind.reaches(role));
        fields.ensure(event.is_some(), "event", "unknown_event", "is no event that can reach you");
        let channel = Channel::ALL.iter().any(|channel| channel.as_str() == wish.channel);
        fields.ensure(channel, "channel", "unknown_channel", "must be email");
        let first = seen.insert((&wish.event, &wish.channel));
        fields.ensure(first, "event", "repeated", "is named twice for this channel");
        if event.is_some_and(MailKind::is_always_on) && !wish.on {
            fields.wrong(
                "on",
                "always_on",
                "cannot be switched off: it is about money or your account's safety",
            );
        }
        if !wish.on {
            off.insert(wish.event.clone());
        }
    }
    fields.done()?;
    Ok(off)
}
