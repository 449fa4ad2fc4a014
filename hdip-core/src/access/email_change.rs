//! Another address for a user: asked for with the password, carried out when the link that went to the new
//! address is confirmed.

use super::{AccessError, Actor, EmailChange, EmailChangeStatus, LinkPurpose, User};
use crate::edits::changed_fields;
use crate::hdip::Decision;
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, RecordsExt};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde_json::json;
use std::fmt;

/// A wish for another address. `Debug` is redacted.
#[derive(Clone)]
pub struct ChangeEmail {
    /// The address to be; unique over all users.
    pub email: String,
    /// The present password.
    pub password: String,
}

impl fmt::Debug for ChangeEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangeEmail(…)")
    }
}

impl Hdip {
    /// Mails a link to the new address of the user who asks; the address changes when it is confirmed. An
    /// earlier request that is pending is replaced.
    ///
    /// # Errors
    /// [`AccessError::WrongCredentials`] for a wrong password, throttled like signing in;
    /// [`AccessError::EmailTaken`]; [`Error::Invalid`]; [`Error::Forbidden`] for anybody but users.
    pub async fn ask_email_change(&self, ctx: &Ctx, input: ChangeEmail) -> Result<(), Error> {
        let own = ctx.actor.user().ok_or(Error::Forbidden)?;
        let (me, sign_in) = (own.id, own.sign_in);
        let user: User = self.storage.get(me).await?;
        let mut fields = Fields::new();
        let new = fields.email("email", &input.email);
        let same = new.as_ref() == Some(&user.email);
        fields.ensure(!same, "email", "email_unchanged", "is the present address");
        let new = &fields.finish(new)?;
        self.count_attempt(ctx, &user.email_key).await?;
        let hash = user.password_hash.as_deref().unwrap_or_default();
        if !self.secrets.verify_password(&input.password, hash).await? {
            return Err(AccessError::WrongCredentials.into());
        }
        let known = &user.password_hash;
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        self.decide(ctx, "ask_email_change", &(), || async move {
            let user: User = self.storage.get(me).await?;
            if user.password_hash != *known {
                return Err(AccessError::WrongCredentials.into());
            }
            self.need_free_address(new, me).await?;
            let (policy, ..) = self.policy_for(user.client_id, ctx.now).await?;
            let mut changes = Changes::new();
            changes.guard(&user);
            self.give_attempt_back(ctx, &mut changes, &user.email_key).await?;
            self.drop_email_change(ctx, &mut changes, me).await?;
            let change = EmailChange {
                id: self.ids.fresh(),
                user_id: me,
                new_email: new.clone(),
                old_email: user.email.clone(),
                status: EmailChangeStatus::Pending,
                sign_in_id: sign_in,
                expires_at: ctx.now + hours(policy.email_verification_hours.into()),
                created_at: ctx.now,
                live_key: Some(me.to_string()),
                version: 0,
            };
            changes.insert(&change);
            let (purpose, subject) = (LinkPurpose::EmailVerification, change.id.to_string());
            let link =
                self.fresh_link(ctx, &mut changes, &user, purpose, &subject, change.expires_at).await?;
            let to = Recipient::NewAddress(change.id);
            let mail = MailJob::about_user(MailKind::EmailVerification, me, to).link(&link);
            changes.jobs.push(self.mail(ctx, user.client_id, mail, "asked"));
            changes.audit.push(self.audit(ctx, "user.ask_email_change", me, user.client_id));
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    /// Confirms the new address by the link that went to it. The other sign-ins end, and the old address is
    /// told.
    ///
    /// # Errors
    /// [`AccessError::EmailTaken`] when somebody else has got the address meanwhile; [`Error::Forbidden`] for
    /// anybody but the link's holder; as [`Hdip::open_link`].
    pub async fn confirm_email(&self, ctx: &Ctx) -> Result<UserId, Error> {
        let Actor::Link { purpose: LinkPurpose::EmailVerification, subject, .. } = &ctx.actor else {
            return Err(Error::Forbidden);
        };
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let done = self.decide(ctx, "confirm_email", &(), || async move {
            let mut changes = Changes::new();
            self.use_link(ctx, &mut changes).await?;
            let (_, before) = self.user_of_link(ctx).await?;
            let mut change: EmailChange = self.storage.get(subject).await?;
            if change.status != EmailChangeStatus::Pending {
                return Err(AccessError::LinkSpent.into());
            }
            self.need_free_address(&change.new_email, before.id).await?;
            let user =
                User { email: change.new_email.clone(), email_key: change.new_email.key(), ..before.clone() };
            changes.update(&user);
            change.status = EmailChangeStatus::Confirmed;
            change.live_key = None;
            changes.update(&change);
            self.end_sign_ins(&mut changes, user.id, Some(change.sign_in_id), ctx.now, "email_changed")
                .await?;
            // A reset went to the old address.
            let id = user.id.to_string();
            self.revoke_link(ctx, &mut changes, LinkPurpose::PasswordReset, &id, &id).await?;
            let mut entry = self.audit(ctx, "user.change_email", user.id, user.client_id);
            entry.changes = changed_fields(&before, &user);
            changes.audit.push(entry);
            let mail = MailJob::about_user(MailKind::EmailChanged, user.id, Recipient::OldAddress(change.id));
            changes.jobs.push(self.mail(ctx, user.client_id, mail, "changed"));
            let event =
                self.event(ctx, super::users::stream_of(&user), "user.email_changed", user.id, json!({}));
            changes.events.push(event);
            Ok(Decision { changes, output: user.id })
        });
        Ok(done.await?.output)
    }

    /// Ends a pending change of address, if there is one, and its link.
    pub(super) async fn drop_email_change(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        user: UserId,
    ) -> Result<(), Error> {
        let Some(mut change) = self.storage.pending_email_change(user).await? else { return Ok(()) };
        change.status = EmailChangeStatus::Dropped;
        change.live_key = None;
        changes.update(&change);
        let (subject, party) = (change.id.to_string(), user.to_string());
        self.revoke_link(ctx, changes, LinkPurpose::EmailVerification, &subject, &party).await
    }

    async fn need_free_address(&self, email: &Email, me: UserId) -> Result<(), Error> {
        match self.storage.user_by_email(&email.key()).await? {
            Some(user) if user.id != me => Err(AccessError::EmailTaken.into()),
            _ => Ok(()),
        }
    }
}
